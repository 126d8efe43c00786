//! Uploads in both forms, and what stops them.

use std::{io::Write, path::Path};

use base64::{Engine, prelude::BASE64_STANDARD};
use import_client::{
    Error, UploadProgress,
    import_proto::{ImportOptions, NamesEncoding, UnknownUsers},
};

use crate::{
    answers::{NO_SUCH_IMPORTER, OPERATION, SUCCESS, UNAUTHORIZED},
    double::{Double, OURS, ROCKET_CHAT, answer, ok},
};

/// Larger than one piece of the file, and than what a connection buffers.
const LENGTH: usize = 1_000_001;

fn file(folder: &Path, name: &str) -> (std::path::PathBuf, Vec<u8>) {
    let content: Vec<u8> = (0..LENGTH).map(|place| (place * 7 % 256) as u8).collect();
    let path = folder.join(name);
    std::fs::File::create(&path).unwrap().write_all(&content).unwrap();
    (path, content)
}

#[tokio::test]
async fn an_import_server_gets_the_file_as_it_is() {
    let double = Double::of_kind(OURS).await;
    double.on("POST /api/ext/import.upload", [ok(format!(r#"{{"operation":{OPERATION},"success":true}}"#))]);
    let folder = tempfile::tempdir().unwrap();
    let (path, content) = file(folder.path(), "my export.zip");
    let mut seen = Vec::new();
    let uploaded = double.client().upload(&path, "csv", |progress| seen.push(progress)).await.unwrap();
    assert_eq!(uploaded.value.unwrap().id, "op-1");

    let asked = double.asked_for("/api/ext/import.upload");
    assert_eq!(asked[0].line, "POST /api/ext/import.upload?importerKey=csv&fileName=my+export.zip");
    assert_eq!(asked[0].header("content-type"), Some("application/zip"));
    assert_eq!(asked[0].header("content-length"), Some("1000001"));
    assert_eq!(asked[0].header("transfer-encoding"), None);
    assert_eq!(asked[0].header("x-auth-token"), Some("token-1"));
    assert!(asked[0].body == content);

    assert_eq!(seen.last(), Some(&UploadProgress { sent: 1_000_001, total: 1_000_001 }));
    assert!(seen.is_sorted_by_key(|progress| progress.sent));
}

#[tokio::test]
async fn options_go_to_an_import_server_and_to_no_other() {
    let options = ImportOptions {
        unknown_users: Some(UnknownUsers::Fail),
        unknown_rooms: None,
        names_encoding: Some(NamesEncoding::Cp932),
    };
    let folder = tempfile::tempdir().unwrap();
    let (path, _) = file(folder.path(), "export.zip");

    let ours = Double::of_kind(OURS).await;
    ours.on("POST /api/ext/import.upload", [ok(format!(r#"{{"operation":{OPERATION},"success":true}}"#))]);
    ours.client().upload_with(&path, "slack", options, |_| {}).await.unwrap();
    assert_eq!(
        ours.asked_for("/api/ext/import.upload")[0].line,
        "POST /api/ext/import.upload?importerKey=slack&fileName=export.zip&unknownUsers=fail&namesEncoding=cp932"
    );

    let other = Double::of_kind(ROCKET_CHAT).await;
    let error = other.client().upload_with(&path, "slack", options, |_| {}).await.unwrap_err();
    assert_eq!(error.to_string(), "import.upload: this server is a Rocket.Chat 8.1, which does not offer it");
    assert!(other.asked_for("/api/v1/uploadImportFile").is_empty());
}

#[tokio::test]
async fn a_rocket_chat_gets_the_file_as_base64_in_json() {
    let double = Double::of_kind(ROCKET_CHAT).await;
    double.on("POST /api/v1/uploadImportFile", [ok(SUCCESS)]);
    let folder = tempfile::tempdir().unwrap();
    let (path, content) = file(folder.path(), "\"users\".csv");
    let uploaded = double.client().upload(&path, "slack-users", |_| {}).await.unwrap();
    assert_eq!((uploaded.value, &uploaded.body[..]), (None, SUCCESS.as_bytes()));

    let asked = double.asked_for("/api/v1/uploadImportFile");
    let body = asked[0].json();
    assert_eq!(asked[0].header("content-type"), Some("application/json"));
    assert_eq!(asked[0].header("content-length"), Some(asked[0].body.len().to_string().as_str()));
    assert_eq!(asked[0].header("transfer-encoding"), None);
    assert_eq!(body.as_object().unwrap().len(), 4);
    assert_eq!(body["importerKey"], "slack-users");
    assert_eq!(body["fileName"], "\"users\".csv");
    assert_eq!(body["contentType"], "text/csv");
    assert!(body["binaryContent"] == BASE64_STANDARD.encode(content));
}

#[tokio::test]
async fn an_empty_file_is_uploaded_too() {
    let double = Double::of_kind(ROCKET_CHAT).await;
    double.on("POST /api/v1/uploadImportFile", [ok(SUCCESS)]);
    let file = tempfile::NamedTempFile::new().unwrap();
    double.client().upload(file.path(), "csv", |_| {}).await.unwrap();
    assert_eq!(double.asked_for("/api/v1/uploadImportFile")[0].json()["binaryContent"], "");
}

#[tokio::test]
async fn nothing_is_uploaded_by_whoever_is_not_logged_in() {
    let double = Double::of_kind(OURS).await;
    double.on("GET /api/v1/import.status", [answer(401, UNAUTHORIZED[0])]);
    let folder = tempfile::tempdir().unwrap();
    let (path, _) = file(folder.path(), "export.zip");
    let error = double.client().upload(&path, "csv", |_| {}).await.unwrap_err();
    assert!(matches!(error, Error::Unauthorized { .. }));
    assert_eq!(double.lines(), ["GET /api/info", "GET /api/v1/import.status"]);
}

#[tokio::test]
async fn a_refused_upload_has_its_code_and_is_not_sent_again() {
    let double = Double::of_kind(ROCKET_CHAT).await;
    double.on("POST /api/v1/uploadImportFile", [answer(400, NO_SUCH_IMPORTER)]);
    let folder = tempfile::tempdir().unwrap();
    let (path, _) = file(folder.path(), "export.zip");
    let error = double.client().upload(&path, "png", |_| {}).await.unwrap_err();
    assert!(matches!(error, Error::Refused { code: Some(code), .. } if code == "error-importer-not-defined"));
    assert_eq!(double.asked_for("/api/v1/uploadImportFile").len(), 1);
}

#[tokio::test]
async fn an_upload_that_was_one_request_too_many_is_sent_again_whole() {
    let double = Double::of_kind(ROCKET_CHAT).await;
    double.on("POST /api/v1/uploadImportFile", [answer(429, "").header("x-ratelimit-reset", 1), ok(SUCCESS)]);
    let folder = tempfile::tempdir().unwrap();
    let (path, _) = file(folder.path(), "export.zip");
    double.client().upload(&path, "csv", |_| {}).await.unwrap();
    let asked = double.asked_for("/api/v1/uploadImportFile");
    assert_eq!(asked.len(), 2);
    assert!(asked[0].body == asked[1].body);
}

#[tokio::test]
async fn a_file_that_is_not_there_is_said_before_anything_is_sent() {
    let double = Double::of_kind(OURS).await;
    let error = double.client().upload(Path::new("/nowhere/export.zip"), "csv", |_| {}).await.unwrap_err();
    assert!(error.to_string().starts_with("cannot read /nowhere/export.zip: "), "{error}");
    assert_eq!(double.lines(), [] as [&str; 0]);
}
