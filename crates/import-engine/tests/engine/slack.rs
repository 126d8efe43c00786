//! Slack exports: what becomes of every kind of record, of a selection, and of an export that is imported again.

use std::{
    collections::BTreeMap,
    path::{Path, PathBuf},
};

use import_proto::{ImportInput, Importer, OperationState, RecordChoice};
use import_sample::SlackSample;
use serde_json::{Value, json};

use crate::support::{Workspace, without_updates};

const COLLECTIONS: [&str; 4] = ["users", "rocketchat_room", "rocketchat_subscription", "rocketchat_message"];

const USERS: &str = r#"[
    {"id": "U1", "name": "ann", "profile": {"email": "ann@example.com", "real_name": "Ann Lee"}},
    {"id": "U12", "name": "bob", "profile": {"email": "bob@example.com", "real_name": "Bob"}}
]"#;
const CHANNELS: &str = r#"[
    {"id": "C1", "name": "general", "is_general": true, "members": ["U1", "U12"], "creator": "U1"},
    {"id": "C2", "name": "quiet", "members": ["U1"], "creator": "U1"}
]"#;
const DIRECT: &str = r#"[{"id": "D1", "members": ["U1", "U12"]}]"#;
const SMALL: &[(&str, &str)] = &[
    ("users.json", USERS),
    ("channels.json", CHANNELS),
    ("dms.json", DIRECT),
    (
        "general/2024-01-01.json",
        r#"[
            {"type": "message", "user": "U1", "ts": "1704100000.000100", "text": "hello <@U12>, see <#C2|quiet>"},
            {"type": "message", "user": "U12", "ts": "1704100001.000200", "text": "hi"}
        ]"#,
    ),
    ("quiet/2024-01-01.json", r#"[{"type": "message", "user": "U1", "ts": "1704100002.000300", "text": "psst"}]"#),
    ("D1/2024-01-01.json", r#"[{"type": "message", "user": "U12", "ts": "1704100003.000400", "text": "between us"}]"#),
];

pub(crate) fn example(name: &str) -> PathBuf {
    Path::new(env!("CARGO_MANIFEST_DIR")).join("../../examples").join(name)
}

fn chosen(ids: &[&str]) -> Option<RecordChoice> {
    Some(RecordChoice::list(ids.iter().map(|id| (*id).to_owned())))
}

/// The documents of a collection, with names in the place of ids that are new in every workspace and without times that
/// are those of the import.
pub(crate) async fn named(workspace: &Workspace, collection: &str) -> BTreeMap<String, Value> {
    let mut names = Vec::new();
    // Rooms first: the id of a direct one is made of those of its members.
    for (id, room) in workspace.documents("rocketchat_room").await {
        names.push((id, format!("id-of-{}", room["importIds"][0].as_str().unwrap())));
    }
    for (id, user) in workspace.documents("users").await {
        names.push((id, format!("id-of-{}", user["username"].as_str().unwrap())));
    }
    names.push((workspace.admin.clone(), "id-of-import-admin".to_owned()));
    let documents = workspace.documents(collection).await.into_values().map(|mut document| {
        let members = document.as_object_mut().unwrap();
        for of_the_import in ["_updatedAt", "createdAt", "services"] {
            members.shift_remove(of_the_import);
        }
        // These are in the order of ids.
        for set in ["uids", "usernames", "__rooms"] {
            members.shift_remove(set);
        }
        let text = names.iter().fold(document.to_string(), |text, (id, name)| text.replace(id, name));
        let mut document = serde_json::from_str::<Value>(&text).unwrap();
        if let Some(Value::Object(ranks)) = document.get_mut("roomRolePriorities") {
            ranks.sort_keys();
        }
        document
    });
    documents.map(|document| (document["_id"].as_str().unwrap().to_owned(), document)).collect()
}

#[tokio::test]
async fn every_kind_of_message_becomes_its_document() {
    let workspace = Workspace::fresh().await;
    let done = workspace.import_as(Importer::Slack, &example("slack")).await;
    assert_eq!(done.state, OperationState::Done);
    insta::assert_json_snapshot!("slack_messages", named(&workspace, "rocketchat_message").await);
    insta::assert_json_snapshot!("slack_failures", workspace.failures().await);
}

#[tokio::test]
async fn every_kind_of_room_becomes_its_document() {
    let workspace = Workspace::fresh().await;
    workspace.import_as(Importer::Slack, &example("slack")).await;
    let mut rooms = named(&workspace, "rocketchat_room").await;
    for room in rooms.values_mut() {
        // Messages have a test of their own.
        room.as_object_mut().unwrap().shift_remove("lastMessage");
    }
    insta::assert_json_snapshot!("slack_rooms", rooms);
    insta::assert_json_snapshot!("slack_users", named(&workspace, "users").await);
}

#[tokio::test]
async fn exports_of_2015_and_of_an_organization_are_imported_whole() {
    let workspace = Workspace::fresh().await;
    let old = workspace.import_as(Importer::Slack, &example("slack-old")).await;
    assert_eq!(old.state, OperationState::Done);
    assert_eq!(
        workspace.failures().await,
        [
            "the record is no object in JSON, { … }",
            "importer-message-invalid-timestamp: the message has no ts",
            "importer-message-unknown-user: the message names no author"
        ]
    );
    insta::assert_json_snapshot!("slack_old_messages", named(&workspace, "rocketchat_message").await);
    let workspace = Workspace::fresh().await;
    let grid = workspace.import_as(Importer::Slack, &example("slack-grid")).await;
    assert_eq!((grid.state, workspace.failures().await), (OperationState::Done, vec![]));
    insta::assert_json_snapshot!("slack_grid_messages", named(&workspace, "rocketchat_message").await);
}

#[tokio::test]
async fn the_selection_is_complete_once_the_operation_is_ready() {
    let workspace = Workspace::fresh().await;
    workspace.prepare_as(Importer::Slack, &workspace.folder("export", SMALL)).await;
    let selection = workspace.engine.file_data().await.unwrap().into_selection().unwrap();
    assert_eq!(selection.name, "Slack");
    let users: Vec<_> = selection.users.iter().map(|user| (user.user_id.as_str(), user.username.as_str())).collect();
    assert_eq!(users, [("U1", "ann"), ("U12", "bob")]);
    let channels: Vec<_> =
        selection.channels.iter().map(|room| (room.channel_id.as_str(), room.name.as_str(), room.is_direct)).collect();
    assert_eq!(
        channels,
        [("C1", "general", false), ("C2", "quiet", false), ("__directMessages__", "Direct Messages", true)]
    );
    assert_eq!(selection.message_count, 4);
}

#[tokio::test]
async fn only_messages_of_selected_rooms_are_imported() {
    let workspace = Workspace::fresh().await;
    workspace.prepare_as(Importer::Slack, &workspace.folder("export", SMALL)).await;
    let input = ImportInput { users: Some(RecordChoice::all()), channels: chosen(&["C2"]), contacts: None };
    workspace.engine.start_import(input).await.unwrap();
    let done = workspace.settled().await;
    assert_eq!(workspace.column("rocketchat_message", "msg").await, ["psst"]);
    // The general room, the direct room, and their three messages.
    assert_eq!((done.counts.completed, done.counts.error, done.counts.skipped), (4, 0, 5));
}

#[tokio::test]
async fn direct_messages_are_selected_together() {
    let workspace = Workspace::fresh().await;
    workspace.prepare_as(Importer::Slack, &workspace.folder("export", SMALL)).await;
    let input =
        ImportInput { users: Some(RecordChoice::all()), channels: chosen(&["__directMessages__"]), contacts: None };
    workspace.engine.start_import(input).await.unwrap();
    let done = workspace.settled().await;
    assert_eq!(workspace.column("rocketchat_message", "msg").await, ["between us"]);
    assert_eq!((done.counts.completed, done.counts.error), (4, 0));
}

#[tokio::test]
async fn authors_who_were_not_selected_are_unknown() {
    let workspace = Workspace::fresh().await;
    workspace.prepare_as(Importer::Slack, &workspace.folder("export", SMALL)).await;
    let input = ImportInput { users: chosen(&["U1"]), channels: chosen(&["C1"]), contacts: None };
    workspace.engine.start_import(input).await.unwrap();
    let done = workspace.settled().await;
    assert_eq!(workspace.failures().await, ["importer-message-unknown-user: U12"]);
    // A mention of somebody unknown stays text.
    assert_eq!(workspace.column("rocketchat_message", "msg").await, ["hello @U12, see #C2"]);
    assert_eq!((done.counts.completed, done.counts.error), (3, 1));
}

#[tokio::test]
async fn nothing_selected_imports_nothing_and_is_done() {
    let workspace = Workspace::fresh().await;
    workspace.prepare_as(Importer::Slack, &workspace.folder("export", SMALL)).await;
    workspace.engine.start_import(ImportInput::default()).await.unwrap();
    let done = workspace.settled().await;
    assert_eq!((done.state, done.counts.completed, done.counts.error), (OperationState::Done, 0, 0));
    assert_eq!((done.counts.skipped, done.staged.total), (9, Some(0)));
    for collection in ["users", "rocketchat_message"] {
        assert_eq!(workspace.documents(collection).await.len(), 0, "{collection}");
    }
}

#[tokio::test]
async fn a_second_import_changes_nothing_but_when_it_was_updated() {
    for export in ["slack", "slack-old", "slack-grid"] {
        let workspace = Workspace::fresh().await;
        workspace.import_as(Importer::Slack, &example(export)).await;
        let mut before = Vec::new();
        for collection in COLLECTIONS {
            before.push(without_updates(workspace.documents(collection).await));
        }
        let again = workspace.import_as(Importer::Slack, &example(export)).await;
        assert_eq!(again.counts.created, Default::default(), "{export}");
        for (collection, before) in COLLECTIONS.into_iter().zip(before) {
            assert_eq!(without_updates(workspace.documents(collection).await), before, "{export}: {collection}");
        }
    }
}

#[tokio::test]
async fn a_newer_export_adds_what_is_new_and_brings_what_was_edited() {
    let workspace = Workspace::fresh().await;
    workspace.import_as(Importer::Slack, &workspace.folder("older", SMALL)).await;
    let newer: Vec<(&str, &str)> = SMALL
        .iter()
        .copied()
        .filter(|(entry, _)| !entry.starts_with("quiet"))
        .chain([
            (
                "quiet/2024-01-01.json",
                r#"[{"type": "message", "user": "U1", "ts": "1704100002.000300", "text": "PSST",
                    "edited": {"user": "U1", "ts": "1704200000.000000"}}]"#,
            ),
            (
                "quiet/2024-01-02.json",
                r#"[{"type": "message", "user": "U12", "ts": "1704200001.000000", "text": "what?"}]"#,
            ),
        ])
        .collect();
    let done = workspace.import_as(Importer::Slack, &workspace.folder("newer", &newer)).await;
    assert_eq!((done.counts.created.users, done.counts.created.channels, done.counts.created.messages), (0, 0, 1));
    assert_eq!(
        workspace.column("rocketchat_message", "msg").await,
        ["PSST", "between us", "hello @bob, see #quiet", "hi", "what?"]
    );
    let messages = named(&workspace, "rocketchat_message").await;
    assert_eq!(messages["slack-C2-1704100002-000300"]["editedBy"], json!({"_id": "id-of-ann", "username": "ann"}));
}

#[tokio::test]
async fn whoever_has_the_import_id_is_the_user_whatever_address_and_name_are_now() {
    let workspace = Workspace::fresh().await;
    workspace.import_as(Importer::Slack, &workspace.folder("older", SMALL)).await;
    let renamed =
        r#"[{"id": "U1", "name": "ann.lee", "profile": {"email": "ann.lee@example.org", "real_name": "Ann B. Lee"}}]"#;
    let done = workspace.import_as(Importer::Slack, &workspace.folder("newer", &[("users.json", renamed)])).await;
    assert_eq!((done.counts.created.users, done.counts.updated.users), (0, 1));
    let users = workspace.documents("users").await;
    let ann = users.values().find(|user| user["username"] == "ann").unwrap();
    assert_eq!(
        (&ann["name"], &ann["emails"]),
        (
            &json!("Ann B. Lee"),
            &json!([
                {"address": "ann@example.com", "verified": false},
                {"address": "ann.lee@example.org", "verified": false}
            ])
        )
    );
}

#[tokio::test]
async fn whoever_is_mentioned_has_a_name_in_attachments_too() {
    let workspace = Workspace::fresh().await;
    let message = r#"[{"type": "message", "user": "U1", "ts": "1704100000.000100", "text": "look",
        "attachments": [{"text": "<@U12> in <#C2>", "fields": [{"title": "by", "value": "<@U1>"}]}]}]"#;
    let export = [("users.json", USERS), ("channels.json", CHANNELS), ("general/2024-01-01.json", message)];
    workspace.import_as(Importer::Slack, &workspace.folder("export", &export)).await;
    let messages = workspace.documents("rocketchat_message").await;
    assert_eq!(
        messages["slack-C1-1704100000-000100"]["attachments"],
        json!([{"text": "@bob in #quiet", "fields": [{"title": "by", "value": "@ann"}]}])
    );
}

#[tokio::test]
async fn every_reaction_of_a_message_is_kept() {
    let workspace = Workspace::fresh().await;
    let message = r#"[{"type": "message", "user": "U1", "ts": "1704100000.000100", "text": "look", "reactions": [
        {"name": "tada", "users": ["U1", "U12"], "count": 2}, {"name": "eyes", "users": ["U12"], "count": 1},
        {"name": "gone", "users": ["U99"], "count": 1}]}]"#;
    let export = [("users.json", USERS), ("channels.json", CHANNELS), ("general/2024-01-01.json", message)];
    workspace.import_as(Importer::Slack, &workspace.folder("export", &export)).await;
    let messages = workspace.documents("rocketchat_message").await;
    assert_eq!(
        messages["slack-C1-1704100000-000100"]["reactions"],
        json!({
            ":tada:": {"usernames": ["ann", "bob"]}, ":eyes:": {"usernames": ["bob"]}, ":gone:": {"usernames": ["u99"]},
        })
    );
}

#[tokio::test]
async fn two_accounts_of_one_person_react_once() {
    let workspace = Workspace::fresh().await;
    let users = r#"[{"id": "U1", "name": "ann", "profile": {"email": "ann@example.com"}}, {"id": "U2", "name": "bob"},
        {"id": "U3", "name": "ann.lee", "profile": {"email": "ANN@example.com"}}]"#;
    let messages = r#"[
        {"type": "message", "user": "U2", "ts": "1704100000.000100", "text": "look", "thread_ts": "1704100000.000100",
         "reply_count": 2, "reply_users": ["U1", "U3", "U2"], "latest_reply": "1704100002.000100",
         "reactions": [{"name": "tada", "users": ["U1", "U2", "U3"], "count": 3}]},
        {"type": "message", "user": "U1", "ts": "1704100001.000100", "text": "a", "thread_ts": "1704100000.000100"},
        {"type": "message", "user": "U3", "ts": "1704100002.000100", "text": "b", "thread_ts": "1704100000.000100"}]"#;
    let export = [("users.json", users), ("channels.json", CHANNELS), ("general/2024-01-01.json", messages)];
    workspace.import_as(Importer::Slack, &workspace.folder("export", &export)).await;
    let messages = workspace.documents("rocketchat_message").await;
    let root = &messages["slack-C1-1704100000-000100"];
    assert_eq!(root["reactions"], json!({":tada:": {"usernames": ["ann", "bob"]}}));
    let [ann, bob] =
        ["slack-C1-1704100001-000100", "slack-C1-1704100000-000100"].map(|id| messages[id]["u"]["_id"].clone());
    assert_eq!(root["replies"], json!([ann, bob]));
}

#[tokio::test]
async fn messages_of_one_second_keep_their_order() {
    let workspace = Workspace::fresh().await;
    let messages = r#"[
        {"type": "message", "user": "U1", "ts": "1704100000.000100", "text": "one"},
        {"type": "message", "user": "U1", "ts": "1704100000.000200", "text": "two"},
        {"type": "message", "user": "U1", "ts": "1704100000.120000", "text": "three"}]"#;
    let export = [("users.json", USERS), ("channels.json", CHANNELS), ("general/2024-01-01.json", messages)];
    workspace.import_as(Importer::Slack, &workspace.folder("export", &export)).await;
    let documents = workspace.documents("rocketchat_message").await;
    let times: BTreeMap<&str, &str> =
        documents.values().map(|one| (one["msg"].as_str().unwrap(), one["ts"]["$date"].as_str().unwrap())).collect();
    assert_eq!(
        times,
        BTreeMap::from([
            ("one", "2024-01-01T09:06:40.000Z"),
            ("two", "2024-01-01T09:06:40.001Z"),
            ("three", "2024-01-01T09:06:40.120Z")
        ])
    );
}

#[tokio::test]
async fn a_large_export_imported_twice_is_there_once() {
    let workspace = Workspace::fresh().await;
    let export = tempfile::Builder::new().suffix(".zip").tempfile().unwrap();
    let sample = SlackSample { messages: 3_000, users: 60, channels: 9, seed: 5 };
    sample.write(export.as_file(), |_| {}).unwrap();
    let first = workspace.import_as(Importer::Slack, export.path()).await;
    assert_eq!((first.counts.error, first.counts.skipped), (0, 0));
    let before = workspace.documents("rocketchat_message").await;
    // Files that come without a word have no message of their own, several files have several.
    assert!(before.len() > 2_900 && before.len() < 3_200, "{}", before.len());

    let second = workspace.import_as(Importer::Slack, export.path()).await;
    assert_eq!((second.counts.error, second.counts.skipped), (0, 0));
    assert_eq!(second.counts.completed, first.counts.completed);
    assert_eq!(workspace.documents("rocketchat_message").await, before);
}
