//! CSV exports: what becomes of every kind of record.

use import_proto::{ImportInput, Importer, OperationState, RecordChoice, RecordsQuery, StatusFilter};
use serde_json::{Value, json};

use crate::support::{Workspace, without_updates};

const SMALL: &[(&str, &str)] = &[
    ("users.csv", "ann,ann@example.com,Ann Lee\nbob,bob@example.com,\nzoë,,Zoë\n"),
    ("channels.csv", "Café Lobby,ann,public,bob;zoë\nsecret,bob,private,ann;nobody\n"),
    (
        "Café Lobby/1.csv",
        "ann,1600000000000,\"hello @bob, see #secret and https://example.com/x.\"\nbob,1600000001000,\"two\nlines\"\nghost,1600000002000,who am I\n",
    ),
    ("secret/1.csv", "bob,1600000003000,psst\n"),
    ("directmessages/1.csv", "bob,ann,1600000004000,hi\nann,bob,1600000005000,hi yourself\n"),
    ("contacts.csv", "name,emails,phones,manager,plan\nCarla,carla@example.com;c@example.com,+1 555,ann,gold\n,,,,\n"),
];

#[tokio::test]
async fn every_kind_of_record_becomes_its_document() {
    let workspace = Workspace::fresh().await;
    let done = workspace.import(&workspace.folder("export", SMALL)).await;
    assert_eq!(done.state, OperationState::Done);
    assert_eq!((done.counts.completed, done.counts.error, done.counts.skipped), (12, 1, 0));
    assert_eq!(done.staged.total, Some(13));
    assert_eq!(workspace.failures().await, ["importer-message-unknown-user: ghost"]);
    assert_eq!(done.notes, ["Room secret: 1 member not found. Add them with `user add`, then run `retry`."]);

    assert_eq!(workspace.column("users", "username").await, ["ann", "bob", "zoë"]);
    assert_eq!(workspace.column("users", "name").await, ["Ann Lee", "Bob", "Zoë"]);
    let users = workspace.documents("users").await;
    let id =
        |name: &str| users.values().find(|user| user["username"] == name).unwrap()["_id"].as_str().unwrap().to_owned();
    let (ann, bob) = (id("ann"), id("bob"));
    let user = &users[&ann];
    assert_eq!(user["emails"], json!([{"address": "ann@example.com", "verified": false}]));
    assert_eq!(
        (&user["roles"], &user["active"], &user["importIds"]),
        (&json!(["user"]), &json!(true), &json!(["ann"]))
    );
    assert!(user["services"]["password"]["bcrypt"].as_str().unwrap().starts_with("$2b$10$"));

    let rooms = workspace.documents("rocketchat_room").await;
    let room = |name: &str| rooms.values().find(|room| room["name"] == name).unwrap();
    let lobby = room("Cafe-Lobby");
    assert_eq!(
        (&lobby["fname"], &lobby["t"], &lobby["msgs"], &lobby["usersCount"]),
        (&json!("Café Lobby"), &json!("c"), &json!(2), &json!(3))
    );
    assert_eq!(lobby["u"]["username"], "ann");
    assert_eq!(lobby["lm"], json!({"$date": "2020-09-13T12:26:41.000Z"}));
    assert_eq!(lobby["lastMessage"]["msg"], "two\nlines");
    assert_eq!(room("secret")["t"], "p");
    let mut pair = [ann.as_str(), bob.as_str()];
    pair.sort_unstable();
    let direct = &rooms[&pair.concat()];
    assert_eq!((&direct["t"], &direct["uids"], &direct["msgs"]), (&json!("d"), &json!(pair), &json!(2)));

    let messages = workspace.documents("rocketchat_message").await;
    let message =
        |text: &str| messages.values().find(|message| message["msg"].as_str().unwrap().contains(text)).unwrap();
    let hello = message("hello");
    assert_eq!(hello["msg"], "hello @bob, see #secret and https://example.com/x.");
    assert_eq!(hello["mentions"], json!([{"_id": bob, "username": "bob", "name": "Bob"}]));
    assert_eq!(hello["channels"], json!([{"_id": room("secret")["_id"], "name": "secret"}]));
    assert_eq!(hello["urls"], json!([{"url": "https://example.com/x", "meta": {}}]));
    assert_eq!(hello["ts"], json!({"$date": "2020-09-13T12:26:40.000Z"}));
    assert_eq!(hello["u"], json!({"_id": ann, "username": "ann", "name": "Ann Lee"}));
    assert_eq!(message("yourself")["rid"], direct["_id"]);

    let contacts = workspace.documents("rocketchat_livechat_contact").await;
    let carla = contacts.values().next().unwrap();
    assert_eq!(
        (&carla["name"], &carla["contactManager"], &carla["customFields"]),
        (&json!("Carla"), &json!(ann), &json!({"plan": "gold"}))
    );
    assert_eq!(carla["emails"], json!([{"address": "carla@example.com"}, {"address": "c@example.com"}]));

    let subscriptions = workspace.documents("rocketchat_subscription").await;
    let of = |user: &str, room: &Value| {
        subscriptions.values().find(|one| one["u"]["username"] == user && one["rid"] == room["_id"]).cloned().unwrap()
    };
    assert_eq!(of("ann", lobby)["roles"], json!(["owner"]));
    assert_eq!(of("bob", lobby).get("roles"), None);
    assert_eq!((&of("ann", direct)["name"], &of("ann", direct)["fname"]), (&json!("bob"), &json!("Bob")));
}

#[tokio::test]
async fn a_second_import_of_the_same_file_adds_nothing() {
    let workspace = Workspace::fresh().await;
    let folder = workspace.folder("export", SMALL);
    workspace.import(&folder).await;
    let mut before = Vec::new();
    let collections =
        ["users", "rocketchat_room", "rocketchat_subscription", "rocketchat_message", "rocketchat_livechat_contact"];
    for collection in collections {
        before.push(without_updates(workspace.documents(collection).await));
    }
    let again = workspace.import(&folder).await;
    assert_eq!((again.counts.completed, again.counts.error), (12, 1));
    assert_eq!(again.counts.created, Default::default());
    for (collection, before) in collections.iter().zip(before) {
        assert_eq!(without_updates(workspace.documents(collection).await), before, "{collection}");
    }
}

#[tokio::test]
async fn a_private_room_never_lands_in_a_public_one_of_its_name() {
    let workspace = Workspace::fresh().await;
    workspace
        .import(&workspace.folder("public", &[("users.csv", "ann,a@x.y,\n"), ("channels.csv", "lobby,ann,,\n")]))
        .await;
    let private = workspace
        .folder("private", &[("channels.csv", "lobby,ann,private,\n"), ("lobby/1.csv", "ann,1600000000000,secret\n")]);
    let done = workspace.import(&private).await;
    assert_eq!(workspace.column("rocketchat_room", "name").await, ["lobby", "lobby-1"]);
    assert_eq!(done.notes, ["The room lobby is imported as lobby-1: another room has that name already."]);
    let rooms = workspace.documents("rocketchat_room").await;
    let secret = workspace.documents("rocketchat_message").await.into_values().next().unwrap();
    assert_eq!(rooms[secret["rid"].as_str().unwrap()]["name"], "lobby-1");
    // And again: the private room is found, no third one is made.
    workspace.import(&private).await;
    assert_eq!(workspace.column("rocketchat_room", "name").await, ["lobby", "lobby-1"]);
}

#[tokio::test]
async fn people_whom_only_the_workspace_knows_are_found_there() {
    let workspace = Workspace::fresh().await;
    workspace.import(&workspace.folder("first", &[("users.csv", "ann,a@x.y,Ann\nbob,b@x.y,Bob\n")])).await;
    let second = workspace.folder(
        "second",
        &[
            ("channels.csv", "lobby,ANN,,bob;ghost\n"),
            ("lobby/1.csv", "bob,1600000000000,hi\n"),
            ("directmessages/1.csv", "ann,bob,1600000000000,hello\n"),
        ],
    );
    let done = workspace.import(&second).await;
    assert_eq!(workspace.failures().await, Vec::<String>::new());
    assert_eq!(done.counts.completed, 4);
    assert_eq!(workspace.column("rocketchat_message", "msg").await, ["hello", "hi"]);
    let rooms = workspace.documents("rocketchat_room").await;
    let lobby = rooms.values().find(|room| room["name"] == "lobby").unwrap();
    assert_eq!((&lobby["u"]["username"], &lobby["usersCount"]), (&json!("ann"), &json!(2)));
    assert_eq!(done.notes, ["Room lobby: 1 member not found. Add them with `user add`, then run `retry`."]);
}

#[tokio::test]
async fn messages_of_a_room_that_is_nowhere_fail_and_those_of_an_existing_one_are_kept() {
    let workspace = Workspace::fresh().await;
    let before = [("users.csv", "ann,a@x.y,Ann\n"), ("channels.csv", "Café Lobby,ann,,\n")];
    workspace.import(&workspace.folder("before", &before)).await;
    let lobby = workspace.column("rocketchat_room", "_id").await.remove(0);
    let folder = workspace.folder(
        "export",
        &[
            ("general/1.csv", "ann,1600000000000,into general\n"),
            ("Café Lobby/1.csv", "ann,1600000001000,into the lobby\n"),
            ("nowhere/1.csv", "ann,1600000000000,lost\n"),
        ],
    );
    let done = workspace.import(&folder).await;
    assert_eq!(workspace.failures().await, ["importer-message-unknown-room: nowhere"]);
    assert_eq!((done.counts.completed, done.counts.error), (2, 1));
    let mut kept: Vec<_> = workspace
        .documents("rocketchat_message")
        .await
        .into_values()
        .map(|message| (message["msg"].clone(), message["rid"].clone()))
        .collect();
    kept.sort_by_key(|(text, _)| text.to_string());
    assert_eq!(kept, [(json!("into general"), json!("GENERAL")), (json!("into the lobby"), json!(lobby))]);
}

#[tokio::test]
async fn only_what_is_selected_is_imported_and_the_rest_is_skipped() {
    let workspace = Workspace::fresh().await;
    workspace.prepare(&workspace.folder("export", SMALL)).await;
    let list = |ids: &[&str]| Some(RecordChoice::list(ids.iter().map(|id| (*id).to_owned())));
    let input =
        ImportInput { users: list(&["ann", "bob"]), channels: list(&["secret", "__directMessages__"]), contacts: None };
    workspace.engine.start_import(input).await.unwrap();
    let done = workspace.settled().await;
    assert_eq!(workspace.column("users", "username").await, ["ann", "bob"]);
    assert_eq!(workspace.column("rocketchat_message", "msg").await, ["hi", "hi yourself", "psst"]);
    assert_eq!((done.counts.completed, done.counts.error, done.staged.total), (7, 0, Some(7)));
    // Zoë, the lobby, its three messages and Carla.
    assert_eq!(done.counts.skipped, 6);
    let query = RecordsQuery { status: Some(StatusFilter::Skipped), ..Default::default() };
    let page = workspace.engine.records(query).await.unwrap();
    assert_eq!((page.total, page.count), (6, 6));
    assert!(page.records.iter().all(|record| record.errors[0].message == "not selected"));
}

#[tokio::test]
async fn what_is_staged_can_be_listed_messages_included() {
    let workspace = Workspace::fresh().await;
    workspace.prepare(&workspace.folder("export", SMALL)).await;
    let page =
        workspace.engine.records(RecordsQuery { count: Some(3), offset: Some(9), ..Default::default() }).await.unwrap();
    assert_eq!((page.total, page.count, page.offset), (13, 3, 9));
    let kinds: Vec<_> = page.records.iter().map(|record| record.data["msg"].as_str().unwrap()).collect();
    assert_eq!(kinds, ["who am I", "psst", "hi"]);
    assert!(page.records.iter().all(|record| record.id.len() == 17));
}

#[tokio::test]
async fn lines_that_cannot_be_read_are_failed_records_and_the_rest_is_imported() {
    let workspace = Workspace::fresh().await;
    let folder = workspace.folder(
        "export",
        &[
            ("users.csv", "ann,a@x.y,Ann\nlonely\n"),
            ("general/1.csv", "ann,1600000000000,one\nann,yesterday,two\nann,1600000001000,three\n"),
        ],
    );
    let ready = workspace.prepare(&folder).await;
    assert_eq!(
        (ready.staged.total, ready.staged.messages, ready.staged.users, ready.counts.error),
        (Some(5), Some(2), Some(1), 2)
    );
    workspace.engine.start_import(ImportInput::everything()).await.unwrap();
    let done = workspace.settled().await;
    assert_eq!((done.state, done.counts.completed, done.counts.error), (OperationState::Done, 3, 2));
    let query = RecordsQuery { status: Some(StatusFilter::Failed), ..Default::default() };
    let failed = workspace.engine.records(query).await.unwrap().records;
    let places: Vec<_> = failed
        .iter()
        .map(|record| (record.data_type.as_str(), record.errors[0].entry.as_deref().unwrap(), record.errors[0].line))
        .collect();
    assert_eq!(places, [("user", "users.csv", Some(2)), ("message", "general/1.csv", Some(2))]);
}

#[tokio::test]
async fn a_file_without_a_record_ends_in_error() {
    let workspace = Workspace::fresh().await;
    let nothing = workspace.prepare(&workspace.folder("empty", &[("users.csv", "")])).await;
    assert_eq!(nothing.state, OperationState::Error);
    let unreadable = workspace.prepare(&workspace.folder("broken", &[("users.csv", "lonely\n")])).await;
    assert_eq!(unreadable.state, OperationState::Error);
    // The line, and the file as a whole.
    assert_eq!(
        workspace.failures().await,
        [
            "the line has 1 of 3 columns: username, email, name are due, separated by commas",
            "Nothing in broken could be read: 1 record failed."
        ]
    );
    let refused = crate::support::refusal(workspace.engine.file_data().await);
    assert_eq!(refused, import_proto::Refusal::FileFormatInvalid);
}

#[tokio::test]
async fn nobody_can_import_from_a_file_that_is_not_there() {
    let workspace = Workspace::fresh().await;
    let missing = std::path::Path::new("/nowhere/export.zip");
    assert!(workspace.engine.import_file(&workspace.admin, Importer::Csv, missing).await.is_err());
    assert_eq!(workspace.engine.status().await.unwrap().state, OperationState::None);
}

#[tokio::test]
async fn a_contact_keeps_the_name_that_a_later_line_does_not_bring() {
    let workspace = Workspace::fresh().await;
    let first = workspace.folder("first", &[("contacts.csv", "name,emails,id\nAnn,ann@example.com,c1\n")]);
    workspace.import(&first).await;
    let later = workspace.folder("later", &[("contacts.csv", "emails,id\nann@example.org,c1\n")]);
    workspace.import(&later).await;
    let contacts = workspace.documents("rocketchat_livechat_contact").await;
    let contact = contacts.values().next().unwrap();
    assert_eq!(
        (contacts.len(), &contact["name"], &contact["emails"][0]["address"]),
        (1, &"Ann".into(), &"ann@example.org".into())
    );
}

#[tokio::test]
async fn a_contact_is_known_by_its_id_and_its_manager_by_the_username() {
    let workspace = Workspace::fresh().await;
    let folder = workspace.folder(
        "export",
        &[
            ("users.csv", "ann,ann@example.com,Ann\n"),
            ("contacts.csv", "name,emails,manager,id\nCarla,c@example.com,ANN,c1\nDora,,ghost,c2\n"),
        ],
    );
    let done = workspace.import(&folder).await;
    assert_eq!((done.counts.created.contacts, done.counts.updated.contacts, done.counts.error), (2, 0, 0));
    assert_eq!(done.notes, ["The contact Dora has a manager whom nobody knows: ghost"]);
    let newer = workspace.folder("newer", &[("contacts.csv", "name,emails,manager,id\nCarla B.,,,c1\n")]);
    let done = workspace.import(&newer).await;
    assert_eq!((done.counts.created.contacts, done.counts.updated.contacts, done.counts.error), (0, 1, 0));
    let ann = workspace.documents("users").await.into_keys().next().unwrap();
    let contacts = workspace.documents("rocketchat_livechat_contact").await;
    let carla = contacts.values().find(|contact| contact["importIds"] == json!(["c1"])).unwrap();
    assert_eq!(
        (&carla["name"], &carla["emails"], &carla["contactManager"]),
        (&json!("Carla B."), &json!([{"address": "c@example.com"}]), &json!(ann))
    );
}

#[tokio::test]
async fn a_list_of_contacts_in_no_archive_is_imported_and_again_adds_nothing() {
    let workspace = Workspace::fresh().await;
    let example = crate::slack::example("contacts.csv");
    let done = workspace.import_as(Importer::OmnichannelContact, &example).await;
    assert_eq!((done.state, done.counts.created.contacts, done.counts.error), (OperationState::Done, 20, 0));
    let before = without_updates(workspace.documents("rocketchat_livechat_contact").await);
    let again = workspace.import_as(Importer::OmnichannelContact, &example).await;
    assert_eq!((again.counts.created.contacts, again.counts.updated.contacts), (0, 20));
    assert_eq!(without_updates(workspace.documents("rocketchat_livechat_contact").await), before);
}

#[tokio::test]
async fn whom_a_room_loses_is_said() {
    let workspace = Workspace::fresh().await;
    let folder = workspace.folder(
        "export",
        &[("users.csv", "ann,ann@example.com,Ann\n"), ("channels.csv", "red,ghost,,ann;ann;gone\nblue,ann,,ann\n")],
    );
    let done = workspace.import(&folder).await;
    assert_eq!(
        done.notes,
        [
            "Room red: 1 member not found. Add them with `user add`, then run `retry`.",
            "Room red: creator ghost not found; import-admin owns it."
        ]
    );
}

#[tokio::test]
async fn an_import_of_a_newer_export_adds_what_is_new_and_nothing_twice() {
    let workspace = Workspace::fresh().await;
    let older = [("users.csv", "ann,a@x.y,Ann\n"), ("general/1.csv", "ann,1600000000000,one\n")];
    workspace.import(&workspace.folder("older", &older)).await;
    let newer = [
        ("users.csv", "ann,a@x.y,Ann\nbob,b@x.y,Bob\n"),
        ("general/1.csv", "ann,1600000000000,one\nbob,1600000001000,two\n"),
        ("general/2.csv", "ann,1600000002000,three\n"),
    ];
    let done = workspace.import(&workspace.folder("newer", &newer)).await;
    assert_eq!((done.counts.created.users, done.counts.created.messages), (1, 2));
    assert_eq!(workspace.column("users", "username").await, ["ann", "bob"]);
    assert_eq!(workspace.column("rocketchat_message", "msg").await, ["one", "three", "two"]);
}
