//! Exports as people report them: strangers, namesakes, odd names, conversations of the same people, rooms in no list.

use std::path::Path;

use import_engine::Pulse;
use import_proto::{ImportInput, Importer, NoticeKind, OperationState, RoomType};
use import_store::{
    RoomKeys, Store as _, UserKeys, WorkspaceBatch,
    credentials::random_id,
    documents::{Date, Room, User, UserEmail, UserMarks},
};
use serde_json::{Value, json};

use crate::support::Workspace;

impl Workspace {
    async fn prepare_case(&self, case: &str) -> Pulse {
        let cases = Path::new(env!("CARGO_MANIFEST_DIR")).join("../import-sources/tests/cases/slack");
        let ready = self.prepare_as(Importer::Slack, &cases.join(case)).await;
        assert_eq!(ready.state, OperationState::Ready, "{:?}", ready.failure);
        ready
    }

    /// Imports a case. None of its records fails.
    async fn import_case(&self, case: &str) -> Pulse {
        self.prepare_case(case).await;
        self.engine.start_import(ImportInput::everything()).await.unwrap();
        let done = self.settled().await;
        assert_eq!((done.state, self.failures().await), (OperationState::Done, vec![]));
        done
    }

    async fn import_users(&self, name: &str, users: Value) -> Pulse {
        let done = self.import_as(Importer::Slack, &self.folder(name, &[("users.json", &users.to_string())])).await;
        assert_eq!((done.state, self.failures().await), (OperationState::Done, vec![]));
        done
    }

    /// The user of this username, as exported.
    async fn user_named(&self, username: &str) -> Value {
        let users = self.documents("users").await;
        users.into_values().find(|user| user["username"] == username).unwrap_or_else(|| panic!("no user {username}"))
    }

    /// The room with this import id, as exported.
    async fn room_of(&self, import_id: &str) -> Value {
        let rooms = self.documents("rocketchat_room").await;
        let has = |room: &Value| room["importIds"].as_array().unwrap().contains(&json!(import_id));
        rooms.into_values().find(has).unwrap_or_else(|| panic!("no room {import_id}"))
    }

    /// The message whose text begins so, as exported.
    async fn message_of(&self, text: &str) -> Value {
        let messages = self.documents("rocketchat_message").await;
        let begins = |message: &Value| message["msg"].as_str().unwrap().starts_with(text);
        messages.into_values().find(begins).unwrap_or_else(|| panic!("no message {text}"))
    }

    async fn usernames(&self) -> Vec<String> {
        self.column("users", "username").await
    }

    /// The names of the notices of a kind.
    async fn notices(&self, kind: NoticeKind) -> Vec<String> {
        let stored = self.engine.store().current_operation().await.unwrap().unwrap();
        stored.work.notices.of(kind).map(|notice| notice.name.clone()).collect()
    }

    async fn notes(&self) -> Vec<String> {
        self.engine.store().current_operation().await.unwrap().unwrap().work.notes
    }

    async fn add(&self, batch: WorkspaceBatch) {
        self.engine.store().change_workspace(batch).await.unwrap();
    }

    /// Who is in the room with this `_id`.
    async fn members_of(&self, room: &Value) -> Vec<String> {
        let members = self.documents("rocketchat_subscription").await;
        let of_room = members.values().filter(|member| member["rid"] == room["_id"]);
        let mut names: Vec<String> =
            of_room.map(|member| member["u"]["username"].as_str().unwrap().to_owned()).collect();
        names.sort_unstable();
        names
    }
}

/// A user who is in the workspace already.
fn user(username: &str, email: Option<&str>, import_ids: &[&str]) -> User {
    let now = Date::now();
    User {
        id: random_id(),
        created_at: now,
        username: username.into(),
        name: username.to_uppercase(),
        emails: email.map(|address| UserEmail { address: address.into(), verified: true }).into_iter().collect(),
        user_type: Default::default(),
        roles: vec!["user".into()],
        active: true,
        status: "offline".into(),
        status_text: None,
        bio: None,
        utc_offset: None,
        services: Default::default(),
        import_ids: import_ids.iter().map(|id| (*id).to_owned()).collect(),
        pending_avatar_url: None,
        custom_fields: None,
        marks: UserMarks::default(),
        updated_at: now,
    }
}

#[tokio::test]
async fn same_username() {
    let workspace = Workspace::fresh().await;
    workspace.import_case("same-username").await;
    assert_eq!(workspace.usernames().await, ["Anna2", "anna", "anna1"]);
    assert_eq!(workspace.notices(NoticeKind::ChangedUsernames).await, ["Anna → Anna2", "anna → anna1"]);
    for (text, username, name, active) in [
        ("hi, I am the first anna", "anna", "Anna One", true),
        ("hi, I am the other anna", "anna1", "Anna Two", true),
        ("case differs", "Anna2", "Anna Three", false),
    ] {
        assert_eq!(workspace.message_of(text).await["u"]["username"], username, "{text}");
        let user = workspace.user_named(username).await;
        assert_eq!((&user["name"], &user["active"]), (&json!(name), &json!(active)));
    }
    // The second time they are known by their ids.
    let again = workspace.import_case("same-username").await;
    assert_eq!((again.counts.created.users, again.counts.updated.users), (0, 3));
    assert_eq!(workspace.usernames().await, ["Anna2", "anna", "anna1"]);
    assert_eq!(workspace.notices(NoticeKind::ChangedUsernames).await, [""; 0]);
}

#[tokio::test]
async fn same_email() {
    let workspace = Workspace::fresh().await;
    for _ in 0..2 {
        workspace.import_case("same-email").await;
        assert_eq!(workspace.usernames().await, ["ann", "bob", "carl.b"]);
        let carl = workspace.user_named("carl.b").await;
        assert_eq!((&carl["name"], &carl["active"]), (&json!("Carl B"), &json!(true)));
        assert_eq!(carl["importIds"], json!(["U0OLD0001", "U0NEW0001"]));
        assert_eq!(carl["emails"], json!([{"address": "carl@tide.example", "verified": false}]));
        for text in ["from my old account", "from my new account", "dm by the new account"] {
            assert_eq!(workspace.message_of(text).await["u"]["_id"], carl["_id"], "{text}");
        }
        let greeting = workspace.message_of("hi @").await;
        assert_eq!(greeting["msg"], "hi @carl.b and @carl.b");
        for reaction in greeting["reactions"].as_object().unwrap().values() {
            assert!(reaction["usernames"].as_array().unwrap().contains(&json!("carl.b")));
        }
        let direct = workspace.room_of("D0DM00002").await;
        assert_eq!(workspace.members_of(&direct).await, ["ann", "carl.b"]);
        assert_eq!(workspace.members_of(&workspace.room_of("C0OPS0001").await).await, ["ann", "carl.b"]);
    }
}

#[tokio::test]
async fn two_records_with_one_address_are_told() {
    let workspace = Workspace::fresh().await;
    workspace.import_case("same-email").await;
    assert_eq!(workspace.notices(NoticeKind::MergedUsers).await, ["carl, carl.b"]);
    // A deactivated account does not rename an active one.
    let workspace = Workspace::fresh().await;
    let list = json!([
        {"id": "U1", "name": "dora", "profile": {"real_name": "Dora", "email": "dora@tide.example"}},
        {"id": "U2", "name": "dora.old", "deleted": true, "profile": {"real_name": "Old", "email": "DORA@tide.example "}},
    ]);
    workspace.import_users("export", list).await;
    let dora = workspace.user_named("dora").await;
    assert_eq!(
        (&dora["name"], &dora["active"], &dora["importIds"]),
        (&json!("Dora"), &json!(true), &json!(["U1", "U2"]))
    );
}

#[tokio::test]
async fn users_odd() {
    let workspace = Workspace::fresh().await;
    workspace.import_case("users-odd").await;
    let long = "l".repeat(90);
    let expected = [
        "admin1",
        "all1",
        "ann",
        "guest",
        "jose.umit",
        &long,
        "mailbad",
        "mailweird",
        "nomail",
        "rocket.cat1",
        // A member of a room who is in no list.
        "u0bob0001",
        "u0nul0001",
    ];
    assert_eq!(workspace.usernames().await, expected);
    assert_eq!(
        workspace.notices(NoticeKind::ChangedUsernames).await,
        ["José Ümit → jose.umit", "admin → admin1", "all → all1", "rocket.cat → rocket.cat1"]
    );
    for (username, name) in [("jose.umit", "José Ümit"), ("rocket.cat1", "Rocket.Cat"), ("all1", "All")] {
        assert_eq!(workspace.user_named(username).await["name"], name);
    }
    assert_eq!(workspace.user_named("mailweird").await["emails"][0]["address"], "weird@tide.example");
    let keys = UserKeys { usernames: vec!["rocket.cat".into(), "import-admin".into()], ..UserKeys::default() };
    let own = workspace.engine.store().find_users(keys).await.unwrap();
    assert!(own.len() == 2 && own.iter().all(|user| user.import_ids.is_empty()));
    assert_eq!(workspace.message_of("@jose.umit").await["msg"], "@jose.umit @all1");
}

#[tokio::test]
async fn guests() {
    let workspace = Workspace::fresh().await;
    workspace
        .add(WorkspaceBatch { new_users: vec![user("visitor", None, &["U0GST0002"])], ..Default::default() })
        .await;
    workspace.import_case("guests").await;
    assert_eq!(workspace.user_named("ann").await["roles"], json!(["user"]));
    assert_eq!(workspace.user_named("guest.multi").await["roles"], json!(["guest"]));
    // Roles are only ever added to a user who is there.
    assert_eq!(workspace.user_named("visitor").await["roles"], json!(["user", "guest"]));
}

#[tokio::test]
async fn connect_user() {
    let workspace = Workspace::fresh().await;
    workspace.import_case("connect-user").await;
    assert_eq!(workspace.notices(NoticeKind::PlaceholderUsers).await, ["Eve Stone (U0EXT0001)", "W0EXT0002"]);
    for (username, name, import_id) in
        [("eve.stone", "Eve Stone", "U0EXT0001"), ("w0ext0002", "W0EXT0002", "W0EXT0002")]
    {
        let user = workspace.user_named(username).await;
        let bio =
            format!("Placeholder for {import_id}: an imported export names this user, but does not describe them.");
        for (field, value) in [
            ("name", json!(name)),
            ("active", json!(false)),
            ("type", json!("user")),
            ("roles", json!(["user"])),
            ("importIds", json!([import_id])),
            ("importServer", json!({"placeholder": true})),
            ("bio", json!(bio)),
            ("emails", Value::Null),
        ] {
            assert_eq!(user[field], value, "{username}: {field}");
        }
    }
    assert_eq!(workspace.documents("rocketchat_message").await.len(), 5);
    assert_eq!(workspace.message_of("hi from the other").await["u"]["username"], "eve.stone");
    assert_eq!(workspace.message_of("root by a stranger").await["u"]["username"], "w0ext0002");
    let welcome = workspace.message_of("welcome").await;
    assert_eq!(
        (&welcome["msg"], &welcome["mentions"][0]["username"]),
        (&json!("welcome @eve.stone"), &json!("eve.stone"))
    );
    let reaction = welcome["reactions"].as_object().unwrap().values().next().unwrap();
    assert_eq!(reaction["usernames"], json!(["eve.stone", "bob"]));
    assert_eq!(workspace.members_of(&workspace.room_of("C0OPS0001").await).await, ["ann", "bob", "eve.stone"]);

    let again = workspace.import_case("connect-user").await;
    assert_eq!((again.counts.created.users, workspace.usernames().await.len()), (0, 4));
    assert_eq!(workspace.notices(NoticeKind::PlaceholderUsers).await, [""; 0]);
}

#[tokio::test]
async fn a_placeholder_becomes_the_person_of_a_newer_export() {
    let workspace = Workspace::fresh().await;
    workspace.import_case("connect-user").await;
    let before = workspace.user_named("eve.stone").await;
    let newer = json!([
        {"id": "U0EXT0001", "name": "eve", "is_bot": false,
         "profile": {"real_name": "Eve B. Stone", "email": "eve@other.example", "title": "Pilot"}},
        {"id": "W0EXT0002", "name": "ann", "deleted": true, "profile": {"real_name": "Ann Two"}},
    ]);
    workspace.import_users("newer", newer).await;
    assert_eq!(workspace.notices(NoticeKind::ChangedUsernames).await, ["ann → ann1"]);
    let eve = workspace.user_named("eve").await;
    for (field, value) in [
        ("_id", before["_id"].clone()),
        ("name", json!("Eve B. Stone")),
        ("active", json!(true)),
        ("roles", json!(["user"])),
        ("emails", json!([{"address": "eve@other.example", "verified": false}])),
        ("bio", json!("Pilot")),
        ("importServer", Value::Null),
        ("importIds", json!(["U0EXT0001"])),
    ] {
        assert_eq!(eve[field], value, "{field}");
    }
    let second = workspace.user_named("ann1").await;
    assert_eq!(
        (&second["active"], &second["bio"], &second["importServer"]),
        (&json!(false), &Value::Null, &Value::Null)
    );

    let named = json!({"_id": before["_id"], "username": "eve", "name": "Eve B. Stone"});
    assert_eq!(workspace.message_of("hi from the other").await["u"], named);
    assert_eq!(workspace.message_of("root by a stranger").await["u"]["username"], "ann1");
    let welcome = workspace.message_of("welcome").await;
    assert_eq!((&welcome["msg"], &welcome["mentions"][0]), (&json!("welcome @eve"), &named));
    let reaction = welcome["reactions"].as_object().unwrap().values().next().unwrap();
    assert_eq!(reaction["usernames"], json!(["eve", "bob"]));
    assert_eq!(workspace.members_of(&workspace.room_of("C0OPS0001").await).await, ["ann", "bob", "eve"]);
}

#[tokio::test]
async fn an_import_id_moves_from_a_placeholder_to_the_user_with_the_address() {
    let workspace = Workspace::fresh().await;
    workspace.import_case("connect-user").await;
    let here = user("evelyn", Some("Eve@other.example"), &[]);
    let id = here.id.clone();
    workspace.add(WorkspaceBatch { new_users: vec![here], ..Default::default() }).await;
    let newer = json!([{"id": "U0EXT0001", "name": "eve", "profile": {"email": "eve@other.example"}}]);
    workspace.import_users("newer", newer).await;
    assert_eq!(
        workspace.notes().await,
        [
            "The placeholder user eve.stone is evelyn now. Messages that were imported before stay with eve.stone; import \
          their export again to give them to evelyn."
        ]
    );
    assert_eq!(workspace.user_named("evelyn").await["importIds"], json!(["U0EXT0001"]));
    assert!(workspace.user_named("eve.stone").await["importIds"].as_array().is_none_or(Vec::is_empty));
    assert_eq!(workspace.message_of("thank you").await["u"]["username"], "eve.stone");
    workspace.import_case("connect-user").await;
    let author = &workspace.message_of("thank you").await["u"];
    assert_eq!((&author["_id"], &author["username"]), (&json!(id), &json!("evelyn")));
}

#[tokio::test]
async fn a_stranger_is_nobody_of_the_same_name() {
    let workspace = Workspace::fresh().await;
    workspace.add(WorkspaceBatch { new_users: vec![user("Eve.Stone", None, &[])], ..Default::default() }).await;
    workspace.import_case("connect-user").await;
    assert_eq!(workspace.message_of("thank you").await["u"]["username"], "eve.stone1");
}

#[tokio::test]
async fn a_username_alone_makes_nobody_the_author_of_another_persons_messages() {
    let workspace = Workspace::fresh().await;
    let admin = User { roles: vec!["user".into(), "admin".into()], ..user("f", None, &[]) };
    let made_up = User { marks: UserMarks { placeholder: true }, ..user("g", None, &["U0MADE001"]) };
    let new_users = vec![
        user("a", None, &[]),
        user("B", Some("b@x.example"), &[]),
        user("c", Some("c@x.example"), &[]),
        user("d", None, &["U0OTHER01"]),
        user("e", None, &["e"]),
        admin,
        made_up,
        user("h", None, &[]),
    ];
    workspace.add(WorkspaceBatch { new_users, ..Default::default() }).await;
    let cases = [
        // Made by hand, without an address: the same person, whether or not the export knows an address.
        ("a", Some("a@x.example"), "a"),
        // The workspace alone knows an address, and the case differs.
        ("b", None, "B"),
        // Both know an address, and they differ.
        ("c", Some("c@y.example"), "c1"),
        // Known by another id of Slack.
        ("d", None, "d1"),
        // Known by an id of another source.
        ("e", None, "e"),
        // An administrator.
        ("f", None, "f1"),
        // Made up for somebody else.
        ("g", None, "g1"),
        // The first record of this name is the user, the second somebody else.
        ("h", None, "h"),
        ("h", None, "h1"),
    ];
    let list: Vec<Value> = cases
        .iter()
        .enumerate()
        .map(|(at, (username, email, _))| json!({"id": format!("U0{at}"), "name": username, "profile": {"email": email}}))
        .collect();
    for _ in 0..2 {
        workspace.import_users("export", Value::Array(list.clone())).await;
        for (at, (_, _, expected)) in cases.iter().enumerate() {
            let import_ids = workspace.user_named(expected).await["importIds"].clone();
            assert!(import_ids.as_array().unwrap().contains(&json!(format!("U0{at}"))), "{expected}: {import_ids}");
        }
        assert_eq!(workspace.usernames().await.len(), 13);
    }
}

#[tokio::test]
async fn dm_with_unknown() {
    let workspace = Workspace::fresh().await;
    workspace.import_case("dm-with-unknown").await;
    let direct = workspace.room_of("D0DM00001").await;
    assert_eq!(workspace.members_of(&direct).await, ["ann", "gone.gale"]);
    for (text, author) in [("my half of the talk", "ann"), ("the other half", "gone.gale")] {
        let message = workspace.message_of(text).await;
        assert_eq!((&message["rid"], &message["u"]["username"]), (&direct["_id"], &json!(author)));
    }
    let group = workspace.room_of("G0MP00001").await;
    assert_eq!(
        (&group["t"], workspace.members_of(&group).await),
        (&json!("d"), vec!["ann".to_owned(), "bob".to_owned(), "u0ext0001".to_owned()])
    );
    assert_eq!(workspace.message_of("group talk").await["rid"], group["_id"]);
}

#[tokio::test]
async fn mpims_same_members() {
    let workspace = Workspace::fresh().await;
    for _ in 0..2 {
        workspace.import_case("mpims-same-members").await;
        let group = workspace.room_of("G0MP00001").await;
        let mut import_ids: Vec<&str> =
            group["importIds"].as_array().unwrap().iter().map(|id| id.as_str().unwrap()).collect();
        import_ids.sort_unstable();
        assert_eq!(import_ids, ["G0MP00001", "G0MP00002"]);
        // Both began in one second: the later id is the newer conversation.
        assert_eq!(group["topic"], "t2");
        for text in ["first talk", "second talk"] {
            assert_eq!(workspace.message_of(text).await["rid"], group["_id"]);
        }
        assert_eq!(workspace.notes().await, ["2 group conversations of ann, bob, carl became one; topics: t1 · t2."]);
    }
}

#[tokio::test]
async fn unlisted_channel() {
    let workspace = Workspace::fresh().await;
    workspace.import_case("unlisted-channel").await;
    let room = workspace.room_of("old-plans").await;
    for (field, value) in [("t", json!("p")), ("name", json!("old-plans")), ("archived", json!(true))] {
        assert_eq!(room[field], value, "{field}");
    }
    // In an export rocket.cat owns the room of the administrator, who is the only member.
    assert_eq!(room["u"]["username"], "rocket.cat");
    assert_eq!(workspace.members_of(&room).await, ["rocket.cat"]);
    assert_eq!(workspace.message_of("ten years of plans").await["rid"], room["_id"]);
    assert_eq!(workspace.notices(NoticeKind::UnlistedRooms).await, ["old-plans"]);
    let again = workspace.import_case("unlisted-channel").await;
    assert_eq!((again.counts.created.channels, again.counts.updated.channels), (0, 2));
    assert_eq!(workspace.notices(NoticeKind::UnlistedRooms).await, [""; 0]);
}

/// A room that is in the workspace already.
fn room(name: &str, room_type: RoomType, import_ids: &[&str]) -> Room {
    let now = Date::now();
    Room {
        id: random_id(),
        name: Some(name.into()),
        fname: Some(name.into()),
        room_type,
        owner: None,
        ts: now,
        ro: false,
        topic: None,
        description: None,
        archived: false,
        import_ids: import_ids.iter().map(|id| (*id).to_owned()).collect(),
        uids: Vec::new(),
        usernames: Vec::new(),
        team_main: false,
        federated: false,
        encrypted: false,
        default: false,
        updated_at: now,
    }
}

#[tokio::test]
async fn an_unlisted_room_is_never_a_public_room_or_another_room_of_its_name() {
    for (there, expected) in [
        (room("old-plans", RoomType::Private, &[]), "old-plans"),
        (room("old-plans", RoomType::Private, &["C0OTHER01"]), "old-plans-1"),
        (room("old-plans", RoomType::Private, &["17"]), "old-plans-1"),
        (room("old-plans", RoomType::Channel, &[]), "old-plans-1"),
        (room("old-plans", RoomType::Channel, &["old-plans"]), "old-plans-1"),
    ] {
        let workspace = Workspace::fresh().await;
        let shown = format!("{there:?}");
        workspace.add(WorkspaceBatch { new_rooms: vec![there], ..Default::default() }).await;
        workspace.import_case("unlisted-channel").await;
        let rid = workspace.message_of("ten years of plans").await["rid"].clone();
        let room = workspace.documents("rocketchat_room").await.remove(rid.as_str().unwrap()).unwrap();
        assert_eq!((&room["name"], &room["t"]), (&json!(expected), &json!("p")), "{shown}");
    }
}

#[tokio::test]
async fn channel_names() {
    let workspace = Workspace::fresh().await;
    workspace.import_case("channel-names").await;
    let nameless = workspace.room_of("C0NONAME1").await;
    assert_eq!((&nameless["name"], &nameless["fname"]), (&json!("C0NONAME1"), &json!("C0NONAME1")));
    assert_eq!(workspace.message_of("no name").await["rid"], nameless["_id"]);
    let unlisted = workspace.room_of("not-listed").await;
    assert_eq!((&unlisted["t"], &unlisted["archived"]), (&json!("p"), &json!(true)));
    assert_eq!(workspace.message_of("deleted channel").await["rid"], unlisted["_id"]);
    let renamed = workspace.room_of("C0REN0001").await;
    assert_eq!(
        (&renamed["name"], &workspace.message_of("before").await["rid"]),
        (&json!("renamed-now"), &renamed["_id"])
    );
}

#[tokio::test]
async fn reactions() {
    let workspace = Workspace::fresh().await;
    workspace.import_case("reactions").await;
    let vote = workspace.message_of("vote").await;
    let by_the_stranger = vote["reactions"]
        .as_object()
        .unwrap()
        .values()
        .filter(|reaction| reaction["usernames"].as_array().unwrap().contains(&json!("u0gone001")));
    assert_eq!(by_the_stranger.count(), 2);
    assert_eq!(workspace.user_named("u0gone001").await["active"], false);
}

#[tokio::test]
async fn nobody_is_added_to_a_teams_federated_or_encrypted_room() {
    let workspace = Workspace::fresh().await;
    let with_id = |name: &str| room(name, RoomType::Channel, &[]);
    let new_rooms = vec![
        Room { team_main: true, ..with_id("team") },
        Room { federated: true, ..with_id("bridge") },
        Room { encrypted: true, ..with_id("secret") },
        with_id("plain"),
    ];
    workspace.add(WorkspaceBatch { new_rooms, ..Default::default() }).await;
    let channel =
        |id: &str, name: &str| json!({"id": id, "name": name, "members": ["U1"], "topic": {"value": "theirs"}});
    let channels =
        json!([channel("C1", "team"), channel("C2", "bridge"), channel("C3", "secret"), channel("C4", "plain")]);
    let files = [("users.json", r#"[{"id": "U1", "name": "ann"}]"#), ("channels.json", &channels.to_string())];
    let done = workspace.import_as(Importer::Slack, &workspace.folder("export", &files)).await;
    assert_eq!((done.counts.created.channels, done.counts.updated.channels), (0, 4));
    let mut notes = workspace.notes().await;
    notes.sort_unstable();
    assert_eq!(
        notes,
        [
            "The room bridge is federated: the import adds no members to it.",
            "The room secret is encrypted: the import adds no members to it.",
            "The room team is a team's main room: the import adds no members to it.",
        ]
    );
    for (id, topic, members) in [("C1", None, 0), ("C2", None, 0), ("C3", None, 0), ("C4", Some("theirs"), 1)] {
        let room = workspace.room_of(id).await;
        assert_eq!((room["topic"].as_str(), workspace.members_of(&room).await.len()), (topic, members), "{id}");
    }
    let keys = RoomKeys { names: vec!["team".into()], ..RoomKeys::default() };
    assert!(workspace.engine.store().find_rooms(keys).await.unwrap()[0].team_main);
}

#[tokio::test]
async fn placeholders_are_chosen_with_any_room_and_not_one_by_one() {
    let workspace = Workspace::fresh().await;
    let chosen = |ids: &[&str]| {
        Some(import_proto::RecordChoice::list(ids.iter().map(|id| (*id).to_owned()).collect::<Vec<_>>()))
    };
    for (channels, created) in [(chosen(&[]), 1), (chosen(&["C0OPS0001"]), 2)] {
        workspace.prepare_case("connect-user").await;
        let selection = workspace.engine.file_data().await.unwrap().into_selection().unwrap();
        let listed: Vec<&str> = selection.users.iter().map(|user| user.user_id.as_str()).collect();
        assert_eq!(listed, ["U0ANN0001", "U0BOB0001"]);
        let input = ImportInput { users: chosen(&["U0ANN0001"]), channels, contacts: None };
        workspace.engine.start_import(input).await.unwrap();
        assert_eq!(workspace.settled().await.counts.created.users, created);
    }
    assert_eq!(workspace.usernames().await, ["ann", "eve.stone", "w0ext0002"]);
}
