//! Every refusal by a rule, to the byte, and that a refused request changes nothing.

use import_proto::{IsoTime, Operation, ProgressStep, Timestamp};
use import_store::{
    Store,
    credentials::random_id,
    operation::{StoredOperation, Work},
};
use serde_json::{Value, json};

use super::{
    client::{Answer, Request, chunk},
    server::{PASSWORD, Server, user},
};

const ADD_USERS: &str = "/api/v1/import.addUsers";
const RUN: &str = "/api/v1/import.run";
const START: &str = "/api/v1/startImport";
const RETRY: &str = "/api/ext/import.retry";

const NOT_INITIALIZED: &str = r#"{"success":false,"error":"Import operation not initialized."}"#;
const NO_NEW_DATA: &str = r#"{"success":false,"error":"The current import operation can not receive new data."}"#;
const FINISHED: &str = r#"{"success":false,"error":"The current import operation is already finished."}"#;
const NOTHING_TO_RUN: &str = r#"{"success":false,"error":"error-operation-not-found"}"#;
const NOT_READY: &str = r#"{"success":false,"error":"error-invalid-operation-status"}"#;

async fn add_one(server: &Server) -> Answer {
    server.post_json(ADD_USERS, json!({"users": [user("cleo", "3")]})).await
}

async fn start_everything(server: &Server) -> Answer {
    server.post_json(START, json!({"input": {"users": {"all": true}, "channels": {"all": true}}})).await
}

/// Everything that a refused request could have changed.
async fn everything(server: &Server) -> [Value; 3] {
    [
        server.get("/api/v1/import.status").await.json(),
        server.get("/api/v1/getLatestImportOperations").await.json(),
        server.get("/api/ext/import.records").await.json(),
    ]
}

/// Makes the current operation one that this server would not have made.
async fn put_operation(server: &Server, importer_key: &str, status: ProgressStep, valid: bool) {
    let now = IsoTime(Timestamp::now());
    let operation = Operation {
        id: random_id(),
        operation_type: importer_key.into(),
        importer_key: importer_key.into(),
        ts: now,
        status,
        valid,
        user: server.admin.user_id.clone(),
        updated_at: now,
        content_type: None,
        file: None,
        count: None,
    };
    let stored =
        StoredOperation { operation, ended_by_administrator: false, work: Work::default(), revision: 0, share: None };
    server.engine.store().create_operation(stored).await.unwrap();
}

/// Begins an upload that does not end, and waits until the operation exists.
async fn begin_upload(server: &Server) -> super::client::Connection {
    let mut connection = server.connect().await;
    let request = server.as_admin(Request::post("/api/ext/import.upload?importerKey=csv"));
    connection.write(&request.chunked_head()).await;
    connection.write(&chunk(b"PK")).await;
    server.until("loading").await;
    connection
}

/// Begins a run that hashes passwords for some seconds.
async fn begin_long_run(server: &Server) {
    server.post("/api/v1/import.new").await;
    let users: Vec<_> = (0..200)
        .map(|number| {
            let mut user = user(&format!("user{number}"), &number.to_string());
            user["password"] = json!(PASSWORD);
            user
        })
        .collect();
    server.post_json(ADD_USERS, json!({ "users": users })).await.is_accepted();
    server.post(RUN).await.is_accepted();
}

#[tokio::test]
async fn users_are_refused_where_there_is_no_valid_operation() {
    let server = Server::start().await;
    add_one(&server).await.is(400, NOT_INITIALIZED);
    server.post("/api/v1/import.new").await;
    server.post("/api/v1/import.clear").await.is_accepted();
    add_one(&server).await.is(400, NOT_INITIALIZED);
    put_operation(&server, "csv", ProgressStep::PreparingUsers, false).await;
    add_one(&server).await.is(400, NOT_INITIALIZED);
}

#[tokio::test]
async fn users_are_refused_while_the_operation_loads_or_imports_and_after_it_ended() {
    let server = Server::start().await;
    let upload = begin_upload(&server).await;
    add_one(&server).await.is(400, NO_NEW_DATA);
    drop(upload);
    server.until("error").await;
    add_one(&server).await.is(400, FINISHED);

    begin_long_run(&server).await;
    add_one(&server).await.is(400, NO_NEW_DATA);
    server.post(RUN).await.is(400, NOT_READY);
    start_everything(&server).await.is(400, NOT_READY);

    server.stage_two_users().await;
    server.post(RUN).await.is_accepted();
    server.until("done").await;
    add_one(&server).await.is(400, FINISHED);
}

#[tokio::test]
async fn users_are_added_all_or_none() {
    let server = Server::start().await;
    server.stage_two_users().await;
    let before = everything(&server).await;
    let missing = r#"{"success":false,"error":"Users are missing required data."}"#;
    let roles = r#"{"success":false,"error":"One or more of the users have been assigned invalid roles."}"#;
    let email = |emails: Value| json!({"emails": emails, "importIds": ["4"]});
    for (second, body) in [
        (email(json!([])), missing),
        (email(json!([""])), missing),
        (email(json!([" "])), missing),
        (json!({"emails": ["d@example.com"], "importIds": []}), missing),
        (json!({"emails": ["d@example.com"], "importIds": [""]}), missing),
        (json!({"emails": ["d@example.com"], "importIds": ["4"], "roles": ["user", "emperor"]}), roles),
    ] {
        server.post_json(ADD_USERS, json!({"users": [user("cleo", "3"), second]})).await.is(400, body);
    }
    assert_eq!(everything(&server).await, before);
}

#[tokio::test]
async fn an_empty_list_of_users_is_a_success_that_changes_nothing() {
    let server = Server::start().await;
    let empty = async || server.post_json(ADD_USERS, json!({"users": []})).await;
    empty().await.is_accepted();
    server.get("/api/v1/import.status").await.is(200, r#"{"state":"none","success":true}"#);
    server.post("/api/v1/import.new").await;
    let before = everything(&server).await;
    empty().await.is_accepted();
    assert_eq!(everything(&server).await, before);
}

#[tokio::test]
async fn a_run_needs_an_operation_that_is_ready() {
    let server = Server::start().await;
    let refused = async |body: &str| {
        server.post(RUN).await.is(400, body);
        start_everything(&server).await.is(400, body);
    };
    refused(NOTHING_TO_RUN).await;
    server.post(RETRY).await.is(400, NOTHING_TO_RUN);

    server.post("/api/v1/import.new").await;
    refused(NOT_READY).await;
    server.post(RETRY).await.is(400, NOT_READY);

    let upload = begin_upload(&server).await;
    refused(NOT_READY).await;
    drop(upload);
    server.until("error").await;
    refused(NOT_READY).await;

    server.stage_two_users().await;
    server.post(RUN).await.is_accepted();
    server.until("done").await;
    refused(NOT_READY).await;

    server.post("/api/v1/import.clear").await;
    refused(NOTHING_TO_RUN).await;
    server.post(RETRY).await.is(400, NOTHING_TO_RUN);
}

#[tokio::test]
async fn a_run_of_an_importer_that_the_server_does_not_have_is_refused() {
    let server = Server::start().await;
    put_operation(&server, "png", ProgressStep::UserSelection, true).await;
    let body = r#"{"success":false,"error":"error-importer-not-defined"}"#;
    server.post(RUN).await.is(400, body);
    start_everything(&server).await.is(400, body);
}

#[tokio::test]
async fn an_unknown_importer_is_refused_and_changes_nothing() {
    let server = Server::start().await;
    server.stage_two_users().await;
    let before = everything(&server).await;
    let body = |key: &str, endpoint: &str| {
        format!(
            r#"{{"success":false,"error":"The importer ({key}) has no import class defined. [error-importer-not-defined]","errorType":"error-importer-not-defined","details":"{endpoint}"}}"#
        )
    };
    // An empty key is one that no importer has.
    for key in ["png", ""] {
        let upload = json!({"binaryContent": "YQ==", "contentType": "", "fileName": "a.png", "importerKey": key});
        server.post_json("/api/v1/uploadImportFile", upload).await.is(400, &body(key, "uploadImportFile"));
        let download = json!({"fileUrl": "https://example.com/a.png", "importerKey": key});
        let answer = server.post_json("/api/v1/downloadPublicImportFile", download).await;
        answer.is(400, &body(key, "downloadPublicImportFile"));
        let raw = server.as_admin(Request::post(&format!("/api/ext/import.upload?importerKey={key}"))).body("data");
        server.send(raw).await.is(400, &body(key, "import.upload"));
    }
    assert_eq!(everything(&server).await, before);
}

#[tokio::test]
async fn only_web_addresses_are_downloaded_from() {
    let server = Server::start().await;
    server.stage_two_users().await;
    let before = everything(&server).await;
    for url in ["ftp://example.com/a.zip", "file:///etc/passwd", "/etc/passwd", "a.zip", ""] {
        let body = format!(
            r#"{{"success":false,"error":"{url} [error-import-file-missing]","errorType":"error-import-file-missing","details":"downloadPublicImportFile"}}"#
        );
        let request = json!({"fileUrl": url, "importerKey": "csv"});
        server.post_json("/api/v1/downloadPublicImportFile", request).await.is(400, &body);
    }
    assert_eq!(everything(&server).await, before);
}

#[tokio::test]
async fn questions_about_an_operation_need_one() {
    let server = Server::start().await;
    let not_found = |endpoint: &str| {
        format!(
            r#"{{"success":false,"error":"Import Operation Not Found [error-operation-not-found]","errorType":"error-operation-not-found","details":"{endpoint}"}}"#
        )
    };
    server.get("/api/v1/getImportFileData").await.is(400, &not_found("getImportFileData"));
    server.get("/api/v1/getImportProgress").await.is(400, &not_found("getImportProgress"));
    server.get("/api/ext/import.records").await.is(400, &not_found("import.records"));
    server.get("/api/v1/import.status").await.is(200, r#"{"state":"none","success":true}"#);
    server.get("/api/v1/getCurrentImportOperation").await.is(200, r#"{"success":true}"#);
    server.get("/api/v1/getLatestImportOperations").await.is(200, "[]");
    server.post("/api/v1/import.clear").await.is_accepted();
}

#[tokio::test]
async fn what_is_staged_is_shown_by_the_state_of_the_operation() {
    let server = Server::start().await;
    let file_data = async || server.get("/api/v1/getImportFileData").await;
    server.post("/api/v1/import.new").await;
    let empty = r#"{"name":"API","users":[],"channels":[],"contacts":[],"message_count":0,"success":true}"#;
    file_data().await.is(200, empty);
    assert_eq!(server.get("/api/v1/import.status").await.json()["state"], "new");

    let upload = begin_upload(&server).await;
    file_data().await.is(200, r#"{"waiting":true,"success":true}"#);
    drop(upload);
    server.until("error").await;
    let unreadable = r#"{"success":false,"error":"Failed to process import file. Please check the file format and try again. [error-import-file-format-invalid]","errorType":"error-import-file-format-invalid","details":"getImportFileData"}"#;
    file_data().await.is(400, unreadable);

    put_operation(&server, "csv", ProgressStep::PreparingUsers, false).await;
    let invalid = r#"{"success":false,"error":"Invalid Import Operation [error-import-operation-invalid]","errorType":"error-import-operation-invalid","details":"getImportFileData"}"#;
    file_data().await.is(400, invalid);
}
