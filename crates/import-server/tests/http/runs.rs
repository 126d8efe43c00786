//! Whole imports over HTTP, from the first request to the last.

use base64::{Engine as _, engine::general_purpose::STANDARD};
use serde_json::{Value, json};

use super::{
    server::{Server, user},
    zip::small_export,
};

#[tokio::test]
async fn users_are_imported_in_bulk_and_those_who_exist_are_passed_over() {
    let server = Server::start().await;
    server.user("ann", &["user"]).await;
    let created = server.post("/api/v1/import.new").await.json()["operation"].clone();
    assert_eq!((&created["type"], &created["status"]), (&json!("api"), &json!("importer_new")));
    let users = json!([user("ann", "1"), user("bob", "2")]);
    server.post_json("/api/v1/import.addUsers", json!({ "users": users })).await.is_accepted();
    server.post_json("/api/v1/import.addUsers", json!({"users": [user("cleo", "3")]})).await.is_accepted();

    let ready = server.get("/api/v1/import.status").await.json();
    assert_eq!(ready["state"], "ready");
    assert_eq!(ready["operation"]["count"], json!({"total": 3, "users": 3}));

    server.post("/api/v1/import.run").await.is_accepted();
    let done = server.until("done").await;
    assert_eq!(
        (&done["_id"], &done["status"], &done["valid"]),
        (&created["_id"], &json!("importer_done"), &json!(true))
    );
    assert_eq!(done["count"]["completed"], 2);
    assert_eq!(done["count"]["total"], 3);

    // The one who exists stays staged, with why.
    let skipped = server.get("/api/ext/import.records?status=skipped").await.json();
    assert_eq!(skipped["total"], 1);
    assert_eq!(skipped["records"][0]["data"]["username"], "ann");
    assert_eq!(skipped["records"][0]["errors"].as_array().unwrap().len(), 1);
    assert_eq!(server.get("/api/ext/import.records?status=staged").await.json()["total"], 0);
}

#[tokio::test]
async fn an_export_is_uploaded_chosen_from_and_imported() {
    let server = Server::start().await;
    let content = STANDARD.encode(small_export());
    let upload =
        json!({"binaryContent": content, "contentType": "application/zip", "fileName": "a.zip", "importerKey": "csv"});
    server.post_json("/api/v1/uploadImportFile", upload).await.is_accepted();
    let ready = server.until("ready").await;
    let count = |operation: &Value, key: &str| operation["count"][key].as_u64();
    assert_eq!(
        [count(&ready, "users"), count(&ready, "channels"), count(&ready, "messages")],
        [Some(2), Some(1), Some(3)]
    );

    let selection = server.get("/api/v1/getImportFileData").await.json();
    assert_eq!(selection["channels"][0]["channel_id"], "lobby");
    let input = json!({"input": {"users": {"all": true}, "channels": {"list": ["lobby"]}}});
    server.post_json("/api/v1/startImport", input).await.is_accepted();
    let done = server.until("done").await;
    // Two users, a room and two messages; the third message is by somebody unknown.
    assert_eq!([count(&done, "completed"), count(&done, "error"), count(&done, "total")], [Some(5), Some(1), Some(6)]);
    let progress = server.get("/api/v1/getImportProgress").await;
    progress.is(
        200,
        r#"{"key":"csv","name":"CSV","step":"importer_done","count":{"completed":5,"total":6},"success":true}"#,
    );

    let failed = server.get("/api/ext/import.records?status=failed").await.json();
    assert_eq!(failed["total"], 1);
    let record = &failed["records"][0];
    assert_eq!((&record["dataType"], &record["data"]["msg"]), (&json!("message"), &json!("who am I")));
    assert!(record["errors"][0]["message"].as_str().unwrap().starts_with("importer-message-unknown-user"));

    // Nothing has changed, so it fails again.
    server.post("/api/ext/import.retry").await.is(200, r#"{"count":1,"success":true}"#);
    let again = server.until("done").await;
    assert_eq!([count(&again, "completed"), count(&again, "error")], [Some(5), Some(1)]);
    // The failure outlives the staging area.
    server.post("/api/v1/import.new").await;
    let failures = format!("/api/ext/import.records?status=failed&operation={}", done["_id"].as_str().unwrap());
    assert_eq!(server.get(&failures).await.json()["total"], 1);
}

#[tokio::test]
async fn the_history_shows_what_was_ended_by_what_came_after() {
    let server = Server::start().await;
    for _ in 0..22 {
        server.post("/api/v1/import.new").await;
    }
    server.post("/api/v1/import.clear").await.is_accepted();
    let history = server.get("/api/v1/getLatestImportOperations").await.json();
    let history = history.as_array().unwrap();
    assert_eq!(history.len(), 20);
    for operation in history {
        assert_eq!((&operation["status"], &operation["valid"]), (&json!("importer_import_cancelled"), &json!(false)));
        assert!(operation["ts"].is_u64() && operation["_updatedAt"].is_string(), "{operation}");
    }
    let current = server.get("/api/v1/getCurrentImportOperation").await.json();
    assert_eq!(current["operation"], history[0]);
    assert_eq!(server.get("/api/v1/import.status").await.json()["state"], "canceled");
}
