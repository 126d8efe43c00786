//! Messages: new or merged, and what rooms make of them.

use import_store::{
    Batch, Store, ThreadReply, ThreadUpdate,
    documents::{EditorRef, Message, MessageUrl, Reaction, User, UserMarks, UserPatch},
};
use serde_json::{Value, json};

use crate::fixture::*;

/// Begins an operation and writes messages in it; answers how many were new and how many were there already, so far.
async fn import(store: &impl Store, messages: Vec<Message>) -> (u64, u64) {
    let mut batch = Batch::new(begin_any(store).await);
    batch.workspace.messages = messages;
    let counts = commit(store, batch).await.work.counts;
    (counts.created.messages, counts.updated.messages)
}

/// A room's `msgs`, `usersCount`, the text of its `lastMessage`, and its `lm`.
async fn activity(backend: &impl Backend, room: &str) -> (u64, u64, Value, Value) {
    let room = backend.document("rocketchat_room", room).await;
    let count = |field: &str| room[field].as_u64().unwrap();
    (count("msgs"), count("usersCount"), room["lastMessage"]["msg"].clone(), room["lm"]["$date"].clone())
}

async fn two_rooms(backend: &impl Backend) {
    write(backend.store(), |workspace| workspace.new_rooms = vec![room("r1", "red"), room("r2", "blue")]).await;
}

pub(crate) async fn new_and_known_messages_are_counted(backend: &impl Backend) {
    let store = backend.store();
    let mut batch = Batch::new(begin(store, "a").await);
    batch.operation.work.counts.created.messages = 100;
    batch.workspace.messages = vec![message("m1", "r1", 1), message("m2", "r1", 2)];
    let operation = commit(store, batch).await;
    assert_eq!((operation.work.counts.created.messages, operation.work.counts.updated.messages), (102, 0));

    let mut batch = Batch::new(operation);
    batch.workspace.messages = vec![message("m2", "r1", 2), message("m3", "r1", 3)];
    let operation = commit(store, batch).await;
    assert_eq!((operation.work.counts.created.messages, operation.work.counts.updated.messages), (103, 1));
    assert_eq!(store.current_operation().await.unwrap(), Some(operation));
}

pub(crate) async fn a_known_message_is_merged(backend: &impl Backend) {
    let store = backend.store();
    let with_reactions = |names: &[&str], text: &str| Message {
        msg: text.into(),
        alias: Some("Ann".into()),
        reactions: [(":a:".into(), Reaction { usernames: names.iter().map(|name| (*name).into()).collect() })].into(),
        ..message("m1", "r1", 1)
    };
    import(store, vec![with_reactions(&["ann"], "old")]).await;
    let again = Message { alias: None, ..with_reactions(&["bob"], "new") };
    assert_eq!(import(store, vec![again]).await, (0, 1));
    assert_eq!(
        backend.documents("rocketchat_message").await,
        [json!({
            "_id": "m1", "rid": "r1", "msg": "new", "ts": {"$date": "2024-05-01T12:01:00.000Z"},
            "u": {"_id": "ann", "username": "ann", "name": "ANN"}, "reactions": {":a:": {"usernames": ["ann", "bob"]}},
            "alias": "Ann", "_updatedAt": {"$date": "2024-05-01T12:00:00.000Z"}
        })]
    );
}

pub(crate) async fn links_are_written_with_a_meta_object(backend: &impl Backend) {
    let linked = |url: &str| Message { urls: vec![MessageUrl::new(url)], ..message("m1", "r1", 1) };
    import(backend.store(), vec![linked("https://a.example")]).await;
    let stored = backend.document("rocketchat_message", "m1").await;
    assert_eq!(stored["urls"], json!([{"url": "https://a.example", "meta": {}}]));
    import(backend.store(), vec![linked("https://a.example")]).await;
    assert_eq!(backend.document("rocketchat_message", "m1").await, stored);
    import(backend.store(), vec![linked("https://b.example")]).await;
    let stored = backend.document("rocketchat_message", "m1").await;
    assert_eq!(stored["urls"], json!([{"url": "https://b.example", "meta": {}}]));
}

pub(crate) async fn a_reaction_moves_with_the_import_id_of_a_placeholder(backend: &impl Backend) {
    let store = backend.store();
    let placeholder = |id: &str, username: &str| User {
        marks: UserMarks { placeholder: true },
        import_ids: vec![id.to_uppercase()],
        ..user(id, username)
    };
    write(store, |workspace| {
        workspace.new_users =
            vec![placeholder("u1", "U.one"), placeholder("u2", "u2"), user("ann", "ann"), user("zoe", "zoe")];
    })
    .await;
    let with = |names: &[&str]| {
        let usernames = names.iter().map(|name| (*name).into()).collect();
        Message { reactions: [(":a:".into(), Reaction { usernames })].into(), ..message("m1", "r1", 1) }
    };
    let reactors = async || backend.document("rocketchat_message", "m1").await["reactions"][":a:"]["usernames"].clone();
    import(store, vec![with(&["U.one", "u2", "zoe"])]).await;
    write(store, |workspace| {
        let (from, to) = (UserPatch { id: "u1".into(), ..Default::default() }, "ann".to_owned());
        workspace.user_patches = vec![
            UserPatch { remove_import_ids: strings(["U1"]), ..from },
            UserPatch { id: to, add_import_ids: strings(["U1"]), ..UserPatch::default() },
        ];
    })
    .await;
    // zoe reacted in the workspace, and u2 still stands for somebody.
    import(store, vec![with(&["ann"])]).await;
    assert_eq!(reactors().await, json!(["u2", "zoe", "ann"]));
    let before = backend.document("rocketchat_message", "m1").await;
    import(store, vec![with(&["ann"])]).await;
    assert_eq!(backend.document("rocketchat_message", "m1").await, before);
}

pub(crate) async fn dates_in_attachments_stay_dates(backend: &impl Backend) {
    let store = backend.store();
    write(store, |workspace| workspace.new_rooms = vec![room("r1", "red")]).await;
    let old = json!({"text": "old", "ts": {"$date": {"$numberLong": "-1000"}}});
    let quote = |text: &str| json!({"text": text, "ts": {"$date": "2020-02-01T10:00:00.000Z"}, "attachments": [old]});
    let with = |text: &str| Message { attachments: vec![quote(text), old.clone()], ..message("m1", "r1", 1) };
    import(store, vec![with("first")]).await;
    // A store that does not know it as a date must not write a name that begins with `$`, and changes that.
    let stored = backend.document("rocketchat_message", "m1").await;
    assert_eq!(stored["attachments"], json!([quote("first"), old]));
    assert_eq!(backend.document("rocketchat_room", "r1").await["lastMessage"]["attachments"], stored["attachments"]);

    import(store, vec![with("first")]).await;
    assert_eq!(backend.document("rocketchat_message", "m1").await, stored, "the same again changes nothing");
    let without_millis = json!({"text": "first", "ts": {"$date": "2020-02-01T10:00:00Z"}, "attachments": [old]});
    let same = Message { attachments: vec![without_millis, old.clone()], ..with("first") };
    import(store, vec![same]).await;
    assert_eq!(backend.document("rocketchat_message", "m1").await, stored, "nor does the same date in other words");

    import(store, vec![with("second")]).await;
    assert_eq!(backend.document("rocketchat_message", "m1").await["attachments"], json!([quote("second"), old]));
    // Twice in a batch, and patched.
    let mut batch = Batch::new(begin_any(store).await);
    batch.workspace.messages = vec![with("third"), with("fourth")];
    batch.workspace.thread_replies = vec![ThreadReply { id: "m1".into(), root: "m0".into(), tshow: true }];
    commit(store, batch).await;
    assert_eq!(backend.document("rocketchat_message", "m1").await["attachments"], json!([quote("fourth"), old]));
}

pub(crate) async fn no_document_has_a_field_that_is_null(backend: &impl Backend) {
    let store = backend.store();
    write(store, |workspace| {
        workspace.new_users = vec![user("ann", "ann")];
        workspace.user_patches = vec![Default::default()];
        workspace.new_rooms = vec![room("r1", "red"), room("r2", "blue"), direct_room("annbob", ["ann", "bob"])];
        workspace.subscriptions = vec![subscription("r1", "ann")];
        workspace.messages = vec![message("m1", "r1", 1)];
        workspace.contacts = vec![contact("c1", "1")];
    })
    .await;
    import(store, vec![Message { rid: "r2".into(), ..message("m1", "r1", 1) }]).await;
    for (collection, count) in [
        ("users", 1),
        ("rocketchat_room", 3),
        ("rocketchat_subscription", 1),
        ("rocketchat_message", 1),
        ("rocketchat_livechat_contact", 1),
    ] {
        let documents = backend.documents(collection).await;
        assert_eq!(documents.len(), count, "{collection}");
        // A query for an absent field does not find one that is null.
        for document in documents {
            let fields = document.as_object().unwrap();
            assert!(fields.values().all(|value| !value.is_null()), "{collection}: {document}");
        }
    }
}

pub(crate) async fn pins_and_broadcasts_follow_the_record(backend: &impl Backend) {
    let store = backend.store();
    let by = |id: &str| Some(EditorRef { id: id.into(), username: id.into() });
    let pinned = |minute, user| Message {
        pinned: true,
        pinned_at: Some(message("any", "r1", minute).ts),
        pinned_by: by(user),
        tmid: Some("m0".into()),
        tshow: true,
        ..message("m1", "r1", 1)
    };
    let marks = async || {
        let message = backend.document("rocketchat_message", "m1").await;
        ["pinned", "pinnedAt", "pinnedBy", "tmid", "tshow"].map(|field| message.get(field).cloned().unwrap_or_default())
    };
    let expected = |minute: u8, user: &str| {
        let at = json!({"$date": format!("2024-05-01T12:0{minute}:00.000Z")});
        [json!(true), at, json!({"_id": user, "username": user}), json!("m0"), json!(true)]
    };
    // An export of an earlier day does not know of the pin.
    import(store, vec![message("m1", "r1", 1)]).await;
    assert_eq!(marks().await, [(); 5].map(|()| Value::Null));
    import(store, vec![pinned(2, "bob")]).await;
    assert_eq!(marks().await, expected(2, "bob"));
    let before = backend.document("rocketchat_message", "m1").await;
    import(store, vec![pinned(2, "bob")]).await;
    import(store, vec![message("m1", "r1", 1)]).await;
    assert_eq!(backend.document("rocketchat_message", "m1").await, before, "what a record does not bring stays");
    import(store, vec![pinned(3, "eve")]).await;
    assert_eq!(marks().await, expected(3, "eve"));
}

pub(crate) async fn a_message_twice_in_a_batch_is_merged_with_itself(backend: &impl Backend) {
    let edited = Message { msg: "edited".into(), ..message("m1", "r1", 1) };
    assert_eq!(import(backend.store(), vec![message("m1", "r1", 1), edited]).await, (1, 1));
    assert_eq!(backend.document("rocketchat_message", "m1").await["msg"], "edited");
}

pub(crate) async fn a_room_s_activity_follows_its_messages(backend: &impl Backend) {
    two_rooms(backend).await;
    let room = backend.document("rocketchat_room", "r1").await;
    assert_eq!((&room["msgs"], &room["usersCount"]), (&json!(0), &json!(0)));
    assert!(room.get("lm").is_none() && room.get("lastMessage").is_none());

    let messages = vec![message("m2", "r1", 2), message("m3", "r1", 3), message("m1", "r1", 1), message("n1", "r2", 9)];
    import(backend.store(), messages.clone()).await;
    let expected = (3, 0, json!("text of m3"), json!("2024-05-01T12:03:00.000Z"));
    assert_eq!(activity(backend, "r1").await, expected);
    import(backend.store(), messages).await;
    assert_eq!(activity(backend, "r1").await, expected, "the same again changes nothing");
    import(backend.store(), vec![message("m0", "r1", 0)]).await;
    assert_eq!(activity(backend, "r1").await, (4, 0, expected.2, expected.3), "an earlier one is not the last");
    assert_eq!(activity(backend, "r2").await, (1, 0, json!("text of n1"), json!("2024-05-01T12:09:00.000Z")));

    let last = backend.document("rocketchat_room", "r2").await["lastMessage"].clone();
    assert_eq!(last, backend.document("rocketchat_message", "n1").await);
}

pub(crate) async fn a_hidden_message_is_not_the_last_one(backend: &impl Backend) {
    two_rooms(backend).await;
    let hidden = |id, minute| Message { hidden: true, ..message(id, "r1", minute) };
    import(backend.store(), vec![hidden("h1", 1)]).await;
    let room = backend.document("rocketchat_room", "r1").await;
    assert_eq!(room["msgs"], 1);
    assert!(room.get("lm").is_none() && room.get("lastMessage").is_none());

    import(backend.store(), vec![message("m2", "r1", 2), hidden("h3", 3)]).await;
    assert_eq!(activity(backend, "r1").await, (3, 0, json!("text of m2"), json!("2024-05-01T12:02:00.000Z")));
}

pub(crate) async fn a_room_s_activity_follows_merged_messages(backend: &impl Backend) {
    two_rooms(backend).await;
    import(backend.store(), vec![message("m1", "r1", 1), message("m2", "r1", 2)]).await;
    let edited = Message { msg: "edited".into(), ..message("m2", "r1", 2) };
    import(backend.store(), vec![edited]).await;
    assert_eq!(activity(backend, "r1").await, (2, 0, json!("edited"), json!("2024-05-01T12:02:00.000Z")));

    import(backend.store(), vec![message("m2", "r1", 0)]).await;
    assert_eq!(activity(backend, "r1").await, (2, 0, json!("text of m1"), json!("2024-05-01T12:01:00.000Z")));

    import(backend.store(), vec![message("m1", "r2", 1)]).await;
    assert_eq!(activity(backend, "r1").await, (1, 0, json!("text of m2"), json!("2024-05-01T12:00:00.000Z")));
    assert_eq!(activity(backend, "r2").await, (1, 0, json!("text of m1"), json!("2024-05-01T12:01:00.000Z")));
}

pub(crate) async fn a_room_counts_its_members(backend: &impl Backend) {
    two_rooms(backend).await;
    write(backend.store(), |workspace| {
        workspace.subscriptions = vec![
            subscription("r1", "ann"),
            subscription("r1", "bob"),
            subscription("r1", "ann"),
            subscription("r2", "ann"),
        ];
    })
    .await;
    assert_eq!(activity(backend, "r1").await.1, 2);
    assert_eq!(activity(backend, "r2").await.1, 1);
}

pub(crate) async fn existing_messages_are_found_by_id(backend: &impl Backend) {
    let store = backend.store();
    import(store, vec![message("m1", "r1", 1), message("m2", "r1", 2)]).await;
    let ids = ["m1", "m2", "m3", "m1"].map(String::from).to_vec();
    let found = store.existing_messages(ids).await.unwrap();
    assert_eq!(found, ["m1", "m2"].map(String::from).into());
    assert!(store.existing_messages(Vec::new()).await.unwrap().is_empty());
}

fn reply(id: &str, minute: i64) -> Message {
    Message { tmid: Some("root".into()), ..message(id, "r1", minute) }
}

fn update(root: &str, users: &[&str], minute: i64) -> ThreadUpdate {
    let last = message("any", "r1", minute).ts;
    ThreadUpdate { root: root.into(), replies: users.iter().map(|user| (*user).to_owned()).collect(), last }
}

pub(crate) async fn first_messages_count_their_replies_once(backend: &impl Backend) {
    // The same batch twice, as after a crash, then a later one.
    for (minute, count) in [(2, 2), (2, 2), (4, 3)] {
        write(backend.store(), |workspace| {
            workspace.messages = vec![message("root", "r1", 0), reply("a", 1), reply(&format!("at {minute}"), minute)];
            workspace.threads = vec![update("root", &["bob", "ann"], minute), update("elsewhere", &["ann"], 9)];
        })
        .await;
        let root = backend.document("rocketchat_message", "root").await;
        assert_eq!(root["tcount"], count);
        assert_eq!(root["replies"], json!(["bob", "ann"]));
        assert_eq!(root["tlm"]["$date"], format!("2024-05-01T12:0{minute}:00.000Z"));
    }
}

pub(crate) async fn a_message_becomes_a_reply(backend: &impl Backend) {
    let store = backend.store();
    import(store, vec![message("root", "r1", 0), message("a", "r1", 1), message("b", "r1", 2)]).await;
    let join = |id: &str, tshow| ThreadReply { id: id.into(), root: "root".into(), tshow };
    let mut batch = Batch::new(begin_any(store).await);
    batch.workspace.thread_replies = vec![join("a", false), join("b", true), join("elsewhere", false)];
    batch.workspace.threads = vec![update("root", &["ann"], 2)];
    let counts = commit(store, batch).await.work.counts;
    assert_eq!((counts.created.messages, counts.updated.messages), (0, 0));
    let (a, b) = (backend.document("rocketchat_message", "a").await, backend.document("rocketchat_message", "b").await);
    assert_eq!((&a["tmid"], a.get("tshow")), (&json!("root"), None));
    assert_eq!((&b["tmid"], b.get("tshow")), (&json!("root"), Some(&json!(true))));
    assert_eq!(backend.document("rocketchat_message", "root").await["tcount"], 2);
}
