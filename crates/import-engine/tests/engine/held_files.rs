//! Files that an export holds itself: they are in the workspace with their messages.

use std::path::Path;

use import_engine::Limits;
use import_proto::{ImportInput, Importer, OperationState};
use serde_json::{Value, json};

use crate::{
    file_server::FileServer,
    pending_files::local,
    support::{Workspace, without_updates},
};

const USERS: &str = r#"[{"id": "U1", "name": "ann", "profile": {"email": "ann@example.com"}}]"#;
const CHANNELS: &str = r#"[{"id": "C1", "name": "docks", "members": ["U1"], "creator": "U1"}]"#;

fn day(messages: &Value) -> String {
    messages.to_string()
}

async fn message_with_file(workspace: &Workspace, id: &str) -> Value {
    let messages = workspace.documents("rocketchat_message").await;
    messages.into_values().find(|message| message["_importFile"]["id"] == id).unwrap()
}

#[tokio::test]
async fn a_file_of_the_example_is_there_once_its_export_is_imported() {
    let example = Path::new(env!("CARGO_MANIFEST_DIR")).join("../../examples/slack");
    for export in [example.clone(), example.with_file_name("slack-export.zip")] {
        let workspace = Workspace::fresh().await;
        workspace.import_as(Importer::Slack, &export).await;
        let uploads = workspace.documents("rocketchat_uploads").await;
        let (id, upload) = uploads.first_key_value().unwrap();
        let size = std::fs::metadata(example.join("__uploads/F04UPLOAD01/tide-table.csv")).unwrap().len();
        assert_eq!(uploads.len(), 1);
        assert_eq!((&upload["name"], &upload["type"]), (&json!("tide-table.csv"), &json!("text/csv")));
        assert_eq!(upload["size"], size, "what is there counts, not what the export says");
        let message = message_with_file(&workspace, "F04UPLOAD01").await;
        let link = format!("/file-upload/{id}/tide-table.csv");
        let attachment = json!({
            "title": "tide-table.csv", "type": "file", "title_link": link, "title_link_download": true, "fileId": id,
            "format": "CSV", "size": size
        });
        assert_eq!(message["attachments"], json!([attachment]));
        assert_eq!(
            (&message["_importFile"]["downloaded"], &message["_importFile"]["rocketChatUrl"], message.get("_hidden")),
            (&json!(true), &json!(link), None)
        );
        let files = workspace.documents("rocketchat_uploads.files").await;
        assert_eq!(files[id]["length"], size);

        // The same export again changes nothing.
        let messages = workspace.documents("rocketchat_message").await;
        workspace.import_as(Importer::Slack, &export).await;
        assert_eq!(workspace.documents("rocketchat_message").await, messages);
        assert_eq!(workspace.documents("rocketchat_uploads").await, uploads);
        assert_eq!(workspace.incoming(), Vec::<String>::new());
    }
}

#[tokio::test]
async fn a_file_that_the_export_cannot_give_is_left_to_be_fetched_or_fails() {
    let server = FileServer::start().await;
    server.serve_file("/F1", "text/plain", b"abc");
    let messages = json!([
        {"type": "message", "user": "U1", "ts": "1704100000.000100", "text": "one",
            "files": [{"id": "F1", "name": "one.txt", "url_private_download": server.url("/F1")}]},
        {"type": "message", "user": "U1", "ts": "1704100001.000100", "text": "two", "files": [{"id": "F2", "name": "two.txt"}]},
        {"type": "message", "user": "U1", "ts": "1704100002.000100", "text": "three", "files": [{"id": "F3", "name": "three.txt"}]},
    ]);
    let workspace = Workspace::fetching(local(), Limits::default()).await;
    let folder = workspace.folder(
        "slack",
        &[
            ("users.json", USERS),
            ("channels.json", CHANNELS),
            ("docks/2024-01-01.json", &day(&messages)),
            ("__uploads/F1/one.txt", "one"),
            ("__uploads/F2/two.txt", "two"),
            ("__uploads/F3/three.txt", "three"),
        ],
    );
    workspace.prepare_as(Importer::Slack, &folder).await;
    for name in ["F1/one.txt", "F2/two.txt"] {
        std::fs::write(folder.join("__uploads").join(name), "x").unwrap();
    }
    workspace.engine.start_import(ImportInput::everything()).await.unwrap();
    let done = workspace.settled().await;
    assert_eq!((done.state, done.counts.error), (OperationState::Done, 1));
    assert_eq!(
        workspace.failures().await,
        [
            "the file cannot be read from the export: two.txt: __uploads/F2/two.txt: it ends after 1 of the 3 bytes that it declares"
        ]
    );
    assert_eq!(
        done.notes,
        ["The file one.txt could not be read from the export and is left to be fetched \
          (__uploads/F1/one.txt: it ends after 1 of the 3 bytes that it declares)."]
    );
    assert_eq!(message_with_file(&workspace, "F1").await["_hidden"], true);
    assert_eq!(message_with_file(&workspace, "F3").await["_importFile"]["downloaded"], true);

    let (_, count) = workspace.engine.download_pending(&workspace.admin, Importer::PendingFiles).await.unwrap();
    assert_eq!(count, 1);
    assert_eq!(workspace.settled().await.counts.completed, 1);
    assert_eq!(message_with_file(&workspace, "F1").await["_importFile"]["downloaded"], true);
}

#[tokio::test]
async fn a_page_that_an_export_holds_under_the_name_of_an_image_is_shown_as_a_page() {
    let workspace = Workspace::fresh().await;
    let messages = json!([
        {"type": "message", "user": "U1", "ts": "1704100000.000100", "text": "", "files": [
            {"id": "F1", "name": "one.png", "mimetype": "image/png"}
        ]},
    ]);
    let folder = workspace.folder(
        "slack",
        &[
            ("users.json", USERS),
            ("channels.json", CHANNELS),
            ("docks/2024-01-01.json", &day(&messages)),
            ("__uploads/F1/one.png", "<!DOCTYPE html><p>Sign in"),
        ],
    );
    workspace.import_as(Importer::Slack, &folder).await;
    let upload = workspace.documents("rocketchat_uploads").await.into_values().next().unwrap();
    assert_eq!((&upload["name"], &upload["type"]), (&json!("one.png"), &json!("text/html")));
    let attachment = message_with_file(&workspace, "F1").await["attachments"][0].clone();
    assert_eq!((&attachment["title"], attachment.get("image_url")), (&json!("one.png"), None));
}

#[tokio::test]
async fn a_failed_message_finds_its_file_when_it_is_tried_again() {
    let workspace = Workspace::fresh().await;
    let messages = json!([
        {"type": "message", "user": "U7", "ts": "1704100000.000100", "text": "", "files": [{"id": "F1", "name": "one.txt"}]},
    ]);
    let folder = workspace.folder(
        "slack",
        &[
            ("users.json", USERS),
            ("channels.json", CHANNELS),
            ("docks/2024-01-01.json", &day(&messages)),
            ("__uploads/F1/one.txt", "one"),
        ],
    );
    let failed = workspace.import_strictly(&folder).await;
    assert_eq!(workspace.failures().await, ["importer-message-unknown-user: U7"]);
    assert_eq!(failed.counts.error, 1);
    workspace.give_import_id("ann", "U7").await;
    assert_eq!(workspace.engine.retry().await.unwrap(), 1);
    let mended = workspace.settled().await;
    assert_eq!((mended.counts.completed, mended.counts.error), (failed.counts.completed + 1, 0));
    assert_eq!(message_with_file(&workspace, "F1").await["_importFile"]["downloaded"], true);
}

#[tokio::test]
async fn a_message_that_waited_for_its_file_shows_the_one_of_a_later_export() {
    let workspace = Workspace::fresh().await;
    let messages = json!([
        {"type": "message", "user": "U1", "ts": "1704100000.000100", "text": "", "files": [
            {"id": "F1", "name": "one.txt", "url_private_download": "https://files.example/F1?t=1"}
        ]},
    ]);
    let files = [("users.json", USERS), ("channels.json", CHANNELS), ("docks/2024-01-01.json", &day(&messages))];
    workspace.import_as(Importer::Slack, &workspace.folder("bare", &files)).await;
    assert_eq!(message_with_file(&workspace, "F1").await["_hidden"], true);
    let with_file = [&files[..], &[("__uploads/F1/one.txt", "one")]].concat();
    workspace.import_as(Importer::Slack, &workspace.folder("full", &with_file)).await;
    let message = message_with_file(&workspace, "F1").await;
    assert_eq!((message.get("_hidden"), &message["_importFile"]["downloaded"]), (None, &json!(true)));
    assert_eq!(message["attachments"].as_array().map(Vec::len), Some(1));
    let (_, count) = workspace.engine.download_pending(&workspace.admin, Importer::PendingFiles).await.unwrap();
    assert_eq!(count, 0);
    // And the export without the file takes nothing away.
    let before = workspace.documents("rocketchat_message").await;
    workspace.import_as(Importer::Slack, &workspace.folder("bare", &files)).await;
    assert_eq!(without_updates(workspace.documents("rocketchat_message").await), without_updates(before));
}
