//! HipChat exports: what becomes of every kind of record, and of an export that is imported again.

use import_proto::{Importer, OperationState};
use serde_json::json;

use crate::slack::{example, named};
use crate::support::{Workspace, without_updates};

const HIPCHAT: Importer = Importer::HipchatEnterprise;

#[tokio::test]
async fn every_kind_of_record_becomes_its_document() {
    let workspace = Workspace::fresh().await;
    let done = workspace.import_as(HIPCHAT, &example("hipchat-export.tar.gz")).await;
    assert_eq!((done.state, workspace.failures().await), (OperationState::Done, vec![]));
    insta::assert_json_snapshot!("hipchat_messages", named(&workspace, "rocketchat_message").await);
    insta::assert_json_snapshot!("hipchat_users", named(&workspace, "users").await);
    let mut rooms = named(&workspace, "rocketchat_room").await;
    for room in rooms.values_mut() {
        let members = room.as_object_mut().unwrap();
        // Messages have a test of their own, and direct rooms no time but that of the import.
        members.shift_remove("lastMessage");
        if members["t"] == "d" {
            members.shift_remove("ts");
        }
    }
    insta::assert_json_snapshot!("hipchat_rooms", rooms);
}

#[tokio::test]
async fn a_second_import_changes_nothing_but_when_it_was_updated() {
    let workspace = Workspace::fresh().await;
    workspace.import_as(HIPCHAT, &example("hipchat-export.tar.gz")).await;
    let collections = ["users", "rocketchat_room", "rocketchat_subscription", "rocketchat_message"];
    let mut before = Vec::new();
    for collection in collections {
        before.push(without_updates(workspace.documents(collection).await));
    }
    // The folder is the same export.
    let again = workspace.import_as(HIPCHAT, &example("hipchat")).await;
    assert_eq!(again.counts.created, Default::default());
    for (collection, before) in collections.into_iter().zip(before) {
        assert_eq!(without_updates(workspace.documents(collection).await), before, "{collection}");
    }
}

#[tokio::test]
async fn whoever_has_the_import_id_is_the_user_whatever_address_and_name_are_now() {
    let workspace = Workspace::fresh().await;
    let list = r#"[{"User": {"id": 1, "mention_name": "ann", "name": "Ann", "email": "ann@example.com"}}]"#;
    workspace.import_as(HIPCHAT, &workspace.folder("older", &[("users.json", list)])).await;
    let renamed = r#"[{"User": {"id": "1", "mention_name": "annie", "name": "Ann Lee", "email": "lee@example.com"}}]"#;
    let done = workspace.import_as(HIPCHAT, &workspace.folder("newer", &[("users.json", renamed)])).await;
    assert_eq!((done.counts.created.users, done.counts.updated.users), (0, 1));
    let users = workspace.documents("users").await;
    let ann = users.values().find(|user| user["username"] == "ann").unwrap();
    assert_eq!(ann["name"], json!("Ann Lee"));
}

#[tokio::test]
async fn a_private_message_never_lands_in_a_room_whose_id_is_both_users_ids() {
    let workspace = Workspace::fresh().await;
    let users = r#"[{"User": {"id": 1, "mention_name": "ann"}}, {"User": {"id": 2, "mention_name": "bob"}}]"#;
    let rooms = r#"[{"Room": {"id": 12, "name": "everybody", "members": [1, 2], "privacy": "public"}}]"#;
    let private = r#"[{"PrivateUserMessage": {"id": "a", "sender": {"id": 1}, "receiver": {"id": 2}, "message": "between us",
        "timestamp": "2016-05-10T14:27:22Z 1"}}]"#;
    let public = r#"[{"UserMessage": {"id": "b", "sender": {"id": 1}, "message": "to all", "timestamp": "2016-05-10T14:27:22Z 1"}}]"#;
    // Once before there is such a room, and once with it.
    let older = [("users.json", users), ("users/1/history.json", private)];
    workspace.import_as(HIPCHAT, &workspace.folder("older", &older)).await;
    let newer = [
        ("users.json", users),
        ("rooms.json", rooms),
        ("rooms/12/history.json", public),
        ("users/1/history.json", private),
        ("users/2/history.json", private),
    ];
    workspace.import_as(HIPCHAT, &workspace.folder("newer", &newer)).await;
    assert_eq!(workspace.failures().await, Vec::<String>::new());
    let rooms = workspace.documents("rocketchat_room").await;
    let messages = workspace.documents("rocketchat_message").await;
    let letter = |text: &str| {
        let message = messages.values().find(|message| message["msg"] == text).unwrap();
        rooms[message["rid"].as_str().unwrap()]["t"].clone()
    };
    assert_eq!((messages.len(), rooms.values().filter(|room| room["t"] == "d").count()), (2, 1));
    assert_eq!((letter("between us"), letter("to all")), (json!("d"), json!("c")));
}

#[tokio::test]
async fn an_export_that_is_cut_off_is_imported_up_to_there() {
    let workspace = Workspace::fresh().await;
    let whole = std::fs::read(example("hipchat-export.tar.gz")).unwrap();
    let folder = workspace.folder("cut", &[]);
    std::fs::create_dir_all(&folder).unwrap();
    let cut = folder.join("cut.tar.gz");
    std::fs::write(&cut, &whole[..whole.len() - 200]).unwrap();
    let done = workspace.import_as(HIPCHAT, &cut).await;
    assert_eq!(done.state, OperationState::Done);
    let failures = workspace.failures().await;
    assert!(failures[0].contains("it is cut off: its compressed data does not end"), "{failures:?}");
    assert!(!workspace.documents("rocketchat_message").await.is_empty());
}
