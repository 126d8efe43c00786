//! Users, rooms, memberships and contacts: added, changed, found.

use std::slice::from_ref;

use import_proto::{RoomType, UserType};
use import_store::{
    RoomKeys, Store, UserKeys, WorkspaceBatch,
    documents::{
        Contact, ContactPhone, EditorRef, Message, Reaction, Room, RoomPatch, Subscription, User, UserMarks, UserPatch,
    },
};
use serde_json::json;

use crate::fixture::*;

fn ids_of_users(users: &[User]) -> Vec<&str> {
    let mut ids: Vec<_> = users.iter().map(|user| user.id.as_str()).collect();
    ids.sort_unstable();
    ids
}

fn ids_of_rooms(rooms: &[Room]) -> Vec<&str> {
    let mut ids: Vec<_> = rooms.iter().map(|room| room.id.as_str()).collect();
    ids.sort_unstable();
    ids
}

pub(crate) async fn users_are_found_by_every_key(backend: &impl Backend) {
    let store = backend.store();
    let ann = User {
        emails: vec![email("Ann@Example.org"), email("ann@home.example")],
        import_ids: strings(["1", "U1"]),
        ..user("u1", "Ann")
    };
    let bob = User { emails: vec![email("bob@example.org")], import_ids: strings(["1"]), ..user("u2", "bob") };
    let odd = User { emails: vec![email("ÄNNE@example.org"), email("änne@EXAMPLE.org")], ..user("u3", "Änne") };
    let nameless = [user("u4", ""), user("u5", "")];
    write(store, |workspace| {
        workspace.new_users = vec![ann.clone(), bob.clone(), odd.clone()];
        workspace.new_users.extend(nameless);
    })
    .await;

    let find = async |keys| store.find_users(keys).await.unwrap();
    let keys = UserKeys::default;
    assert_eq!(find(UserKeys { ids: strings(["u1", "U1", "x"]), ..keys() }).await, from_ref(&ann));
    assert_eq!(find(UserKeys { emails: strings(["ANN@HOME.example"]), ..keys() }).await, from_ref(&ann));
    assert_eq!(find(UserKeys { emails: strings(["Änne@Example.Org"]), ..keys() }).await, from_ref(&odd));
    assert_eq!(find(UserKeys { usernames: strings(["ANN"]), ..keys() }).await, from_ref(&ann));
    assert_eq!(find(UserKeys { usernames: strings(["ÄNNE"]), ..keys() }).await, [odd]);
    assert_eq!(ids_of_users(&find(UserKeys { import_ids: strings(["1"]), ..keys() }).await), ["u1", "u2"]);
    assert_eq!(find(UserKeys { import_ids: strings(["u1"]), ..keys() }).await, [], "import ids are exact");
    let every_key = UserKeys {
        ids: strings(["u1", "u2"]),
        emails: strings(["ann@example.org"]),
        usernames: strings(["ann", ""]),
        import_ids: strings(["1"]),
    };
    assert_eq!(ids_of_users(&find(every_key).await), ["u1", "u2"], "each once");
    assert_eq!(find(keys()).await, []);
}

pub(crate) async fn a_user_that_is_there_is_left_as_it_is(backend: &impl Backend) {
    let store = backend.store();
    let ann = user("u1", "ann");
    write(store, |workspace| workspace.new_users = vec![ann.clone(), user("u1", "other")]).await;
    let again = User { emails: vec![email("new@example.org")], import_ids: strings(["9"]), ..user("u1", "ann") };
    write(store, |workspace| workspace.new_users = vec![again]).await;

    let by_new_keys = UserKeys {
        emails: strings(["new@example.org"]),
        usernames: strings(["other"]),
        import_ids: strings(["9"]),
        ..UserKeys::default()
    };
    assert_eq!(store.find_users(by_new_keys).await.unwrap(), []);
    assert_eq!(store.find_users(UserKeys { ids: strings(["u1"]), ..UserKeys::default() }).await.unwrap(), [ann]);
}

pub(crate) async fn a_patched_user_is_found_by_the_new_keys(backend: &impl Backend) {
    let store = backend.store();
    let ann = User { emails: vec![email("ann@example.org")], import_ids: strings(["1"]), ..user("u1", "ann") };
    write(store, |workspace| workspace.new_users = vec![ann.clone()]).await;
    let patch = UserPatch {
        id: "u1".into(),
        add_import_ids: strings(["1", "2"]),
        add_roles: strings(["leader"]),
        add_emails: strings(["ANN@example.org", "Ann@Home.example"]),
        user_type: Some(UserType::Bot),
        name: Some("Ann Other".into()),
        active: Some(false),
        ..UserPatch::default()
    };
    let nobody = UserPatch { id: "nobody".into(), add_emails: strings(["x@example.org"]), ..UserPatch::default() };
    write(store, |workspace| workspace.user_patches = vec![patch, nobody]).await;

    let patched = User {
        import_ids: strings(["1", "2"]),
        roles: strings(["user", "leader"]),
        emails: vec![email("ann@example.org"), email("Ann@Home.example")],
        user_type: UserType::Bot,
        name: "Ann Other".into(),
        active: false,
        ..ann
    };
    for keys in [
        UserKeys { import_ids: strings(["2"]), ..UserKeys::default() },
        UserKeys { emails: strings(["ann@home.example"]), ..UserKeys::default() },
    ] {
        assert_eq!(store.find_users(keys).await.unwrap(), from_ref(&patched));
    }
}

/// Whether a batch is carried out.
async fn is_taken(store: &impl Store, fill: impl FnOnce(&mut WorkspaceBatch)) -> bool {
    let mut batch = import_store::Batch::new(begin_any(store).await);
    fill(&mut batch.workspace);
    store.commit(batch).await.is_ok()
}

pub(crate) async fn a_new_username_is_told_to_every_copy(backend: &impl Backend) {
    let store = backend.store();
    let editor = |id: &str| Some(EditorRef { id: id.into(), username: id.into() });
    let by = |usernames| Reaction { usernames };
    let of_eve = Message {
        user: user_ref("eve", "u1"),
        edited_by: Some(EditorRef { id: "eve".into(), username: "u1".into() }),
        ..message("m1", "r1", 1)
    };
    let to_eve = Message {
        msg: "@u1 @bob @u10".into(),
        mentions: vec![user_ref("eve", "u1"), user_ref("bob", "bob")],
        pinned_by: Some(EditorRef { id: "eve".into(), username: "u1".into() }),
        reactions: [(":+1:".to_owned(), by(strings(["u1", "bob"]))), (":x:".to_owned(), by(strings(["ann"])))].into(),
        ..message("m2", "r1", 2)
    };
    let of_others = Message { msg: "@u1 is no mention".into(), edited_by: editor("ann"), ..message("m3", "r1", 3) };
    let direct = |user: &str, name: &str, fname: &str| Subscription {
        room_type: RoomType::Direct,
        name: name.into(),
        fname: fname.into(),
        ..subscription("d1", user)
    };
    let of_eve_in = |room: &str| Subscription { user: user_ref("eve", "u1"), ..subscription(room, "eve") };
    write(store, |workspace| {
        workspace.new_users = vec![
            user("ann", "ann"),
            user("bob", "bob"),
            User { marks: UserMarks { placeholder: true }, active: false, ..user("eve", "u1") },
        ];
        workspace.new_rooms = vec![
            Room { owner: Some(user_ref("eve", "u1")), ..room("r1", "red") },
            Room { usernames: strings(["ann", "bob", "u1"]), ..direct_room("d1", ["ann", "bob", "eve"]) },
        ];
        workspace.subscriptions = vec![
            subscription("r1", "ann"),
            of_eve_in("r1"),
            direct("ann", "bob, u1", "BOB, U1"),
            direct("bob", "ann, u1", "ANN, U1"),
            Subscription { user: user_ref("eve", "u1"), ..direct("eve", "ann, bob", "ANN, BOB") },
        ];
        workspace.messages = vec![of_eve, to_eve, of_others];
    })
    .await;
    let untouched = backend.document("rocketchat_message", "m3").await;

    // A batch that is written twice has the effect of one.
    for _ in 0..2 {
        write(store, |workspace| {
            workspace.user_patches = vec![UserPatch {
                id: "eve".into(),
                ends_placeholder: true,
                username: Some("Eve".into()),
                name: Some("Eve Stone".into()),
                active: Some(true),
                add_roles: strings(["guest"]),
                ..UserPatch::default()
            }];
        })
        .await;
    }

    let keys = |username: &str| UserKeys { usernames: strings([username]), ..UserKeys::default() };
    assert_eq!(store.find_users(keys("u1")).await.unwrap(), []);
    let eve = store.find_users(keys("eve")).await.unwrap().remove(0);
    assert_eq!((eve.username.as_str(), eve.name.as_str(), eve.active), ("Eve", "Eve Stone", true));
    assert_eq!((eve.marks, eve.roles), (UserMarks::default(), strings(["guest"])));

    let named = json!({"_id": "eve", "username": "Eve", "name": "Eve Stone"});
    let message = backend.document("rocketchat_message", "m1").await;
    assert_eq!((&message["u"], &message["editedBy"]["username"]), (&named, &json!("Eve")));
    let message = backend.document("rocketchat_message", "m2").await;
    assert_eq!(message["msg"], "@Eve @bob @u10");
    assert_eq!((&message["mentions"][0], &message["mentions"][1]["username"]), (&named, &json!("bob")));
    assert_eq!(message["pinnedBy"]["username"], "Eve");
    assert_eq!(message["reactions"][":+1:"]["usernames"], json!(["Eve", "bob"]));
    assert_eq!(message["reactions"][":x:"]["usernames"], json!(["ann"]));
    assert_eq!(backend.document("rocketchat_message", "m3").await, untouched);

    assert_eq!(backend.document("rocketchat_room", "r1").await["u"], named);
    assert_eq!(backend.document("rocketchat_room", "d1").await["usernames"], json!(["ann", "bob", "Eve"]));
    for (id, member, name, fname) in [
        ("r1-eve", "Eve", "r1", "r1"),
        ("d1-ann", "ann", "bob, Eve", "BOB, Eve Stone"),
        ("d1-bob", "bob", "ann, Eve", "ANN, Eve Stone"),
        ("d1-eve", "Eve", "ann, bob", "ANN, BOB"),
    ] {
        let document = backend.document("rocketchat_subscription", id).await;
        assert_eq!(
            (&document["u"]["username"], &document["name"], &document["fname"]),
            (&json!(member), &json!(name), &json!(fname)),
            "{id}"
        );
    }
    let mut batch = import_store::Batch::new(begin_any(store).await);
    batch.workspace.user_patches =
        vec![UserPatch { id: "bob".into(), username: Some("EVE".into()), ..UserPatch::default() }];
    assert!(store.commit(batch).await.is_err(), "a username belongs to one user");
}

pub(crate) async fn an_import_id_can_move_to_another_user(backend: &impl Backend) {
    let store = backend.store();
    write(store, |workspace| {
        workspace.new_users = vec![User { import_ids: strings(["U1", "U2"]), ..user("u1", "one") }, user("u2", "two")];
    })
    .await;
    let batch = || WorkspaceBatch {
        user_patches: vec![
            UserPatch { id: "u1".into(), remove_import_ids: strings(["U1"]), ..UserPatch::default() },
            UserPatch { id: "u2".into(), add_import_ids: strings(["U1"]), ..UserPatch::default() },
        ],
        ..WorkspaceBatch::default()
    };
    for _ in 0..2 {
        store.change_workspace(batch()).await.unwrap();
        let by = async |id: &str| {
            let keys = UserKeys { import_ids: strings([id]), ..UserKeys::default() };
            ids_of_users(&store.find_users(keys).await.unwrap()).join(",")
        };
        assert_eq!((by("U1").await.as_str(), by("U2").await.as_str()), ("u2", "u1"));
    }
}

pub(crate) async fn rooms_and_users_are_made_by_hand_without_an_operation(backend: &impl Backend) {
    let store = backend.store();
    let batch = WorkspaceBatch {
        new_users: vec![user("ann", "ann")],
        new_rooms: vec![Room { import_ids: strings(["C1"]), team_main: true, ..room("r1", "red") }],
        subscriptions: vec![subscription("r1", "ann")],
        ..WorkspaceBatch::default()
    };
    store.change_workspace(batch).await.unwrap();
    assert!(store.current_operation().await.unwrap().is_none());
    let found = store.find_rooms(RoomKeys { import_ids: strings(["C1"]), ..RoomKeys::default() }).await.unwrap();
    assert_eq!(ids_of_rooms(&found), ["r1"]);
    assert!(found[0].team_main && !found[0].federated && !found[0].encrypted);
    let red = backend.document("rocketchat_room", "r1").await;
    assert_eq!((&red["usersCount"], &red["msgs"]), (&json!(1), &json!(0)));
    let taken = WorkspaceBatch { new_rooms: vec![room("r2", "red")], ..WorkspaceBatch::default() };
    assert!(store.change_workspace(taken).await.is_err(), "a slug belongs to one room");
}

pub(crate) async fn names_and_addresses_belong_to_one_user(backend: &impl Backend) {
    let store = backend.store();
    let ann = User { emails: vec![email("ann@example.org")], ..user("u1", "ann") };
    write(store, |workspace| workspace.new_users = vec![ann, user("u2", "bob")]).await;

    assert!(!is_taken(store, |workspace| workspace.new_users = vec![user("u3", "ANN")]).await);
    let same_address = User { emails: vec![email("Ann@Example.ORG")], ..user("u3", "zoe") };
    assert!(!is_taken(store, |workspace| workspace.new_users = vec![same_address]).await);
    let patch = UserPatch { id: "u2".into(), add_emails: strings(["ANN@example.org"]), ..UserPatch::default() };
    assert!(!is_taken(store, |workspace| workspace.user_patches = vec![patch]).await);
    assert!(is_taken(store, |workspace| workspace.new_users = vec![user("u3", "zoe")]).await);
}

pub(crate) async fn rooms_are_found_by_every_key(backend: &impl Backend) {
    let store = backend.store();
    let red = Room { import_ids: strings(["C1", "red"]), ..room("r1", "Red") };
    let blue = Room { import_ids: strings(["C1"]), ..room("r2", "blue") };
    let (pair, trio) = (direct_room("ab", ["a", "b"]), direct_room("r4", ["a", "b", "c"]));
    write(store, |workspace| {
        workspace.new_rooms =
            vec![red.clone(), blue.clone(), pair.clone(), trio.clone(), direct_room("ab", ["x", "y"])];
    })
    .await;

    let find = async |keys| {
        let mut found = store.find_rooms(keys).await.unwrap();
        found.sort_by(|a, b| a.id.cmp(&b.id));
        found
    };
    let keys = RoomKeys::default;
    assert_eq!(find(RoomKeys { ids: strings(["r1", "ab"]), ..keys() }).await, [pair.clone(), red.clone()]);
    assert_eq!(find(RoomKeys { names: strings(["Red", "BLUE"]), ..keys() }).await, from_ref(&red));
    assert_eq!(ids_of_rooms(&find(RoomKeys { import_ids: strings(["C1"]), ..keys() }).await), ["r1", "r2"]);
    let sets = |sets: Vec<Vec<String>>| RoomKeys { member_sets: sets, ..RoomKeys::default() };
    assert_eq!(find(sets(vec![strings(["a", "b"])])).await, from_ref(&pair));
    assert_eq!(find(sets(vec![strings(["a", "b", "c"]), strings(["a", "c"])])).await, [trio]);
    assert_eq!(find(sets(vec![strings(["x", "y"]), strings([]), strings(["a"])])).await, []);
    let every_key = RoomKeys {
        ids: strings(["ab", "r1"]),
        names: strings(["Red"]),
        import_ids: strings(["red"]),
        member_sets: vec![strings(["a", "b"])],
    };
    assert_eq!(ids_of_rooms(&find(every_key).await), ["ab", "r1"], "each once");
}

pub(crate) async fn a_patched_room_is_found_by_the_new_keys(backend: &impl Backend) {
    let store = backend.store();
    let red = Room { import_ids: strings(["C1"]), ..room("r1", "red") };
    write(store, |workspace| {
        workspace.new_rooms = vec![red.clone(), room("r2", "blue")];
        workspace.subscriptions = vec![subscription("r1", "ann"), subscription("r2", "ann")];
    })
    .await;
    let patch = RoomPatch {
        id: "r1".into(),
        add_import_ids: strings(["C2"]),
        names: Some(("Town-square".into(), "Town square".into())),
        topic: Some("News".into()),
        ..RoomPatch::default()
    };
    let nowhere = RoomPatch { id: "nowhere".into(), topic: Some("News".into()), ..RoomPatch::default() };
    write(store, |workspace| workspace.room_patches = vec![patch, nowhere]).await;

    let patched = Room {
        import_ids: strings(["C1", "C2"]),
        name: Some("Town-square".into()),
        fname: Some("Town square".into()),
        topic: Some("News".into()),
        ..red
    };
    for keys in [
        RoomKeys { names: strings(["red", "Town-square"]), ..RoomKeys::default() },
        RoomKeys { import_ids: strings(["C2"]), ..RoomKeys::default() },
    ] {
        assert_eq!(store.find_rooms(keys).await.unwrap(), from_ref(&patched));
    }
    let by_given_name = store.resolve_rooms("none", strings(["RED", "Town square"]), true).await.unwrap();
    assert_eq!(by_given_name.keys().collect::<Vec<_>>(), ["Town square"]);
    let renamed = backend.document("rocketchat_subscription", "r1-ann").await;
    assert_eq!((&renamed["name"], &renamed["fname"]), (&json!("Town-square"), &json!("Town square")));
    let other = backend.document("rocketchat_subscription", "r2-ann").await;
    assert_eq!((&other["name"], &other["fname"]), (&json!("r2"), &json!("r2")));
}

pub(crate) async fn a_slug_belongs_to_one_room(backend: &impl Backend) {
    let store = backend.store();
    write(store, |workspace| workspace.new_rooms = vec![room("r1", "red"), room("r2", "RED")]).await;
    assert!(!is_taken(store, |workspace| workspace.new_rooms = vec![room("r3", "red")]).await);
    assert!(is_taken(store, |workspace| workspace.new_rooms = vec![room("r3", "Red")]).await);
}

pub(crate) async fn one_membership_for_a_user_and_room(backend: &impl Backend) {
    let store = backend.store();
    write(store, |workspace| {
        workspace.new_rooms = vec![room("r1", "red"), room("r2", "blue")];
        workspace.subscriptions = vec![subscription("r1", "ann"), subscription("r1", "bob"), subscription("r2", "zoe")];
    })
    .await;
    let mut again = subscription("r1", "ann");
    again.roles = strings(["owner"]);
    write(store, |workspace| workspace.subscriptions = vec![again]).await;

    let members = backend.documents("rocketchat_subscription").await;
    let members: Vec<_> = members.iter().map(|member| member["_id"].as_str().unwrap_or_default()).collect();
    assert_eq!(members, ["r1-ann", "r1-bob", "r2-zoe"]);
    assert_eq!(
        backend.document("rocketchat_subscription", "r1-ann").await,
        json!({
            "_id": "r1-ann", "rid": "r1", "u": {"_id": "ann", "username": "ann", "name": "ANN"}, "name": "r1", "fname": "r1",
            "t": "c", "open": true, "alert": false, "unread": 0, "userMentions": 0, "groupMentions": 0,
            "ts": {"$date": "2024-05-01T12:00:00.000Z"}, "_updatedAt": {"$date": "2024-05-01T12:00:00.000Z"}
        })
    );
}

pub(crate) async fn a_user_s_rooms_are_those_of_the_memberships(backend: &impl Backend) {
    let store = backend.store();
    write(store, |workspace| {
        workspace.new_users = vec![user("ann", "ann"), user("bob", "bob")];
        workspace.subscriptions = vec![subscription("r1", "ann"), subscription("r2", "ann")];
    })
    .await;
    assert_eq!(backend.document("users", "ann").await["__rooms"], json!(["r1", "r2"]));
    assert_eq!(backend.document("users", "bob").await["__rooms"], json!([]));
}

pub(crate) async fn a_user_s_rank_in_rooms_follows_the_roles(backend: &impl Backend) {
    let store = backend.store();
    let member = |room: &str, user: &str, roles: &[&str]| Subscription {
        roles: roles.iter().map(|role| (*role).to_owned()).collect(),
        ..subscription(room, user)
    };
    let direct = Subscription { room_type: RoomType::Direct, ..subscription("annbob", "ann") };
    // Written twice: a batch that was cut short is made again.
    for _ in 0..2 {
        write(store, |workspace| {
            workspace.new_users = vec![user("ann", "ann"), user("bob", "bob")];
            workspace.subscriptions = vec![
                member("r1", "ann", &["owner"]),
                member("r2", "ann", &["moderator", "leader"]),
                member("r3", "ann", &[]),
                direct.clone(),
                member("r1", "bob", &[]),
            ];
        })
        .await;
    }
    // A member keeps the roles; a further room changes nothing of the others.
    write(store, |workspace| {
        workspace.subscriptions =
            vec![member("r3", "ann", &["owner"]), member("r4", "ann", &["moderator"]), member("r1", "bob", &["owner"])];
    })
    .await;
    let ann = backend.document("users", "ann").await;
    assert_eq!(ann["roomRolePriorities"], json!({"r1": 0, "r2": 250, "r4": 500}));
    assert_eq!(ann["__rooms"], json!(["r1", "r2", "r3", "r4"]));
    assert_eq!(backend.document("users", "bob").await.get("roomRolePriorities"), None);
}

pub(crate) async fn contacts_are_put_in_place_of_those_that_are_there(backend: &impl Backend) {
    let store = backend.store();
    write(store, |workspace| workspace.contacts = vec![contact("c1", "1"), contact("c2", "2")]).await;
    let later = import_store::documents::Date(at("2024-06-01T12:00:00.000Z"));
    let again = Contact {
        name: "New".into(),
        emails: Vec::new(),
        phones: vec![ContactPhone { phone_number: "555".into() }],
        import_ids: strings(["3", "4"]),
        created_at: later,
        updated_at: later,
        ..contact("c1", "1")
    };
    write(store, |workspace| workspace.contacts = vec![again.clone()]).await;

    let found = store.find_contacts(strings(["1", "2", "3", "4", "5"])).await.unwrap();
    let mut import_ids: Vec<_> = found.keys().collect();
    import_ids.sort();
    assert_eq!(import_ids, ["2", "3", "4"]);
    assert_eq!(found["2"], contact("c2", "2"));
    let expected = Contact { created_at: import_store::documents::Date(noon()), ..again };
    assert_eq!((&found["3"], &found["4"]), (&expected, &expected));
    assert_eq!(backend.documents("rocketchat_livechat_contact").await.len(), 2);
}
