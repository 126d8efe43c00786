//! Export files on their way in: as base64 in JSON, as they are, and fetched from an address.

use base64::{Engine as _, engine::general_purpose::STANDARD};
use serde_json::{Value, json};
use std::time::Duration;
use tokio::{
    io::{AsyncReadExt, AsyncWriteExt},
    net::TcpListener,
};

use super::{
    client::{Answer, LAST_CHUNK, Request, chunk},
    server::Server,
    zip::small_export,
};
use import_proto::{ImportOptions, NamesEncoding, UnknownRooms, UnknownUsers};
use import_server::http::HttpOptions;
use import_store::Store as _;

const UPLOAD: &str = "/api/v1/uploadImportFile";
const RAW: &str = "/api/ext/import.upload";

fn base64_upload(content: &str, file_name: &str) -> Value {
    json!({"binaryContent": content, "contentType": "", "fileName": file_name, "importerKey": "csv"})
}

async fn raw(server: &Server, query: &str, body: &[u8]) -> Answer {
    server.send(server.as_admin(Request::post(&format!("{RAW}?{query}"))).body(body)).await
}

fn files(server: &Server) -> usize {
    std::fs::read_dir(server.directory.path().join("data").join("uploads")).unwrap().count()
}

#[tokio::test]
async fn a_base64_file_is_prepared_by_itself() {
    let server = Server::start().await;
    let mut body = base64_upload(&STANDARD.encode(small_export()), "export.zip");
    body["contentType"] = json!("application/zip");
    server.post_json(UPLOAD, body).await.is_accepted();
    let operation = server.until("ready").await;
    assert_eq!((&operation["file"], &operation["contentType"]), (&json!("export.zip"), &json!("application/zip")));
    assert_eq!(operation["type"], "CSV");
    let selection = server.get("/api/v1/getImportFileData").await.json();
    assert_eq!(selection["users"].as_array().unwrap().len(), 2);
    assert_eq!(selection["message_count"], 3);
}

#[tokio::test]
async fn a_file_without_content_type_and_in_lines_is_taken_too() {
    let server = Server::start().await;
    let lines: Vec<_> = STANDARD.encode(small_export()).as_bytes().chunks(76).map(<[u8]>::to_vec).collect();
    let content = String::from_utf8(lines.join(&b"\r\n"[..])).unwrap();
    server
        .post_json(UPLOAD, base64_upload(&format!("data:application/zip;base64,{content}"), "a.zip"))
        .await
        .is_accepted();
    assert_eq!(server.until("ready").await["contentType"], "");
}

#[tokio::test]
async fn options_of_an_upload_are_kept_with_the_operation() {
    let server = Server::start().await;
    let options = async || server.engine.store().current_operation().await.unwrap().unwrap().work.options;
    let query = "importerKey=slack&unknownUsers=placeholder&unknownRooms=fail&namesEncoding=cp1252";
    assert_eq!(raw(&server, query, &small_export()).await.status, 200);
    let expected = ImportOptions {
        unknown_users: Some(UnknownUsers::Placeholder),
        unknown_rooms: Some(UnknownRooms::Fail),
        names_encoding: Some(NamesEncoding::Cp1252),
    };
    assert_eq!(options().await, expected);
    assert_eq!(raw(&server, "importerKey=csv", &small_export()).await.status, 200);
    assert_eq!(options().await, ImportOptions::default());
}

#[tokio::test]
async fn a_wrong_option_is_refused_by_its_name_and_changes_nothing() {
    let server = Server::start().await;
    for (query, said) in [
        ("unknownUsers=create", "unknownUsers: one of `placeholder`, `fail` was expected, not `create`"),
        ("unknownRooms=placeholder", "unknownRooms: one of `create`, `fail` was expected, not `placeholder`"),
        (
            "namesEncoding=latin1",
            "namesEncoding: one of `utf-8`, `cp437`, `cp932`, `cp1252` was expected, not `latin1`",
        ),
    ] {
        raw(&server, &format!("importerKey=csv&{query}"), b"x").await.is_invalid(said);
    }
    raw(&server, "importerKey=csv&unknownUsers=placeholder", b"x").await.is_invalid(
        "unknownUsers: unknown users cannot become placeholders for the importer csv: only exports of Slack and HipChat \
         name people by ids",
    );
    server.get("/api/v1/import.status").await.is(200, r#"{"state":"none","success":true}"#);
}

#[tokio::test]
async fn a_path_below_the_directory_for_imports_is_taken_and_no_other_one_is() {
    let server = Server::start().await;
    let imports = server.directory.path().join("imports");
    std::fs::create_dir(&imports).unwrap();
    std::fs::write(imports.join("export.zip"), small_export()).unwrap();
    let secret = server.directory.path().join("secret.zip");
    std::fs::write(&secret, small_export()).unwrap();
    std::os::unix::fs::symlink(&secret, imports.join("link.zip")).unwrap();
    server.stage_two_users().await;
    let before = server.get("/api/v1/import.status").await.json();
    let download = async |path: &str| {
        let body = json!({"fileUrl": path, "importerKey": "csv"});
        server.post_json("/api/v1/downloadPublicImportFile", body).await
    };
    for path in ["gone.zip", "link.zip", "../secret.zip", ".", "/etc/passwd", secret.to_str().unwrap()] {
        let expected = json!({
            "success": false, "error": format!("{path} [error-import-file-missing]"),
            "errorType": "error-import-file-missing", "details": "downloadPublicImportFile"
        });
        let answer = download(path).await;
        assert_eq!((answer.status, answer.json()), (400, expected));
    }
    assert_eq!(server.get("/api/v1/import.status").await.json(), before);
    for path in ["export.zip", imports.join("export.zip").to_str().unwrap()] {
        download(path).await.is_accepted();
        assert_eq!(server.until("ready").await["file"], "export.zip");
        assert_eq!(server.get("/api/v1/getImportFileData").await.json()["message_count"], 3);
    }
    assert!(imports.join("export.zip").exists());
}

#[tokio::test]
async fn a_base64_file_that_is_none_or_empty_is_refused_and_changes_nothing() {
    let server = Server::start().await;
    server.stage_two_users().await;
    let before = server.get("/api/v1/import.status").await.json();
    for (content, reason) in [
        ("not base64!", "binaryContent: the character at 11 is not base64"),
        ("YWJj*", "binaryContent: the character at 5 is not base64"),
        ("YWJjZ", "binaryContent: the base64 breaks off after 5 characters"),
        ("", "binaryContent: the file is empty"),
    ] {
        server.post_json(UPLOAD, base64_upload(content, "a.zip")).await.is_invalid(reason);
    }
    for key in ["binaryContent", "contentType", "fileName", "importerKey"] {
        let mut body = base64_upload("YQ==", "a.zip");
        body.as_object_mut().unwrap().remove(key);
        server.post_json(UPLOAD, body).await.is_invalid(&format!("{key}: it is missing"));
    }
    assert_eq!(server.get("/api/v1/import.status").await.json(), before);
    assert_eq!(files(&server), 0);
}

#[tokio::test]
async fn a_file_is_taken_as_it_is() {
    let server = Server::start().await;
    let request = server
        .as_admin(Request::post(&format!("{RAW}?importerKey=csv&fileName=our%20export.zip")))
        .header("Content-Type", "application/x-zip; a=b")
        .body(small_export());
    let answer = server.send(request).await.json();
    assert_eq!(answer["success"], true);
    let operation = &answer["operation"];
    assert_eq!(operation["status"], "importer_file_loaded");
    assert_eq!(operation["file"], "our export.zip");
    assert_eq!(operation["contentType"], "application/x-zip; a=b");
    assert_eq!(operation["user"], Value::from(server.admin.user_id.as_str()));
    assert_eq!(server.until("ready").await["_id"], operation["_id"]);
}

#[tokio::test]
async fn a_hipchat_export_is_taken_and_imported() {
    let server = Server::start().await;
    let example = concat!(env!("CARGO_MANIFEST_DIR"), "/../../examples/hipchat-export.tar.gz");
    // Without a name: the importer's usual one counts.
    let answer = raw(&server, "importerKey=hipchatenterprise", &std::fs::read(example).unwrap()).await;
    assert_eq!(answer.status, 200, "{}", answer.body);
    let operation = server.until("ready").await;
    assert_eq!((&operation["type"], &operation["file"]), (&json!("HipChat (tar.gz)"), &json!("export.tar.gz")));
    let selection = server.get("/api/v1/getImportFileData").await.json();
    assert_eq!((selection["users"].as_array().unwrap().len(), &selection["message_count"]), (5, &json!(20)));
    // What it expands to is nowhere to be seen.
    assert_eq!(files(&server), 1);
    let input = json!({"input": {"users": {"all": true}, "channels": {"all": true}}});
    server.post_json("/api/v1/startImport", input).await.is_accepted();
    let operation = server.until("done").await;
    assert_eq!((&operation["count"]["completed"], &operation["count"]["error"]), (&json!(32), &json!(0)));
    assert_eq!(files(&server), 0);
}

#[tokio::test]
async fn a_file_may_come_without_name_type_and_length() {
    let server = Server::start().await;
    let mut connection = server.connect().await;
    connection.write(&server.as_admin(Request::post(&format!("{RAW}?importerKey=csv"))).chunked_head()).await;
    let export = small_export();
    let (first, rest) = export.split_at(100);
    connection.write(&chunk(first)).await;
    // The operation is there before the file is.
    let operation = server.until("loading").await;
    assert_eq!((&operation["status"], &operation["file"]), (&json!("importer_uploading"), &json!("export.zip")));
    connection.write(&[chunk(rest), LAST_CHUNK.to_vec()].concat()).await;
    assert_eq!(connection.answer().await.json()["operation"]["_id"], operation["_id"]);
    server.until("ready").await;
}

#[tokio::test]
async fn a_file_larger_than_any_json_body_is_streamed() {
    let server = Server::start_with(HttpOptions { body_limit: 1000, ..HttpOptions::default() }).await;
    let answer = raw(&server, "importerKey=csv&fileName=large.zip", &vec![0; 3_000_000]).await;
    assert_eq!((answer.status, &answer.json()["operation"]["status"]), (200, &json!("importer_file_loaded")));
}

#[tokio::test]
async fn what_is_wrong_with_a_raw_upload_is_said_before_anything_changes() {
    let server = Server::start().await;
    server.stage_two_users().await;
    let before = server.get("/api/v1/import.status").await.json();
    raw(&server, "fileName=a.zip", b"data").await.is_invalid("importerKey: it is missing");
    raw(&server, "importerKey=csv&name=a.zip", b"data").await.is_invalid("name: there is no such parameter");
    raw(&server, "importerKey=csv", b"").await.is_invalid("the body: the file is empty");
    assert_eq!(server.get("/api/v1/import.status").await.json(), before);
}

#[tokio::test]
async fn an_upload_that_breaks_off_ends_the_operation() {
    let server = Server::start().await;
    let mut connection = server.connect().await;
    let request = server.as_admin(Request::post(&format!("{RAW}?importerKey=csv"))).header("Content-Length", "1000");
    connection.write(&request.bytes()).await;
    connection.write(b"PK").await;
    server.until("loading").await;
    drop(connection);
    let operation = server.until("error").await;
    assert_eq!((&operation["status"], &operation["valid"]), (&json!("importer_import_failed"), &json!(true)));
}

#[tokio::test]
async fn an_upload_that_stops_coming_is_given_up() {
    let options = HttpOptions { idle_timeout: Duration::from_millis(100), ..HttpOptions::default() };
    let server = Server::start_with(options).await;
    let mut connection = server.connect().await;
    connection.write(&server.as_admin(Request::post(&format!("{RAW}?importerKey=csv"))).chunked_head()).await;
    connection.write(&chunk(b"PK")).await;
    connection.answer().await.is(408, r#"{"success":false,"error":"The body of the request stopped coming."}"#);
    connection.closed().await;
    assert_eq!(server.until("error").await["status"], "importer_import_failed");
}

#[tokio::test]
async fn a_newer_operation_is_left_alone_by_an_upload_that_ends_after_it_began() {
    let server = Server::start().await;
    let mut connection = server.connect().await;
    connection.write(&server.as_admin(Request::post(&format!("{RAW}?importerKey=csv"))).chunked_head()).await;
    connection.write(&chunk(&small_export())).await;
    server.until("loading").await;
    let newer = server.post("/api/v1/import.new").await.json();
    connection.write(LAST_CHUNK).await;
    let answer = connection.answer().await.json();
    assert_eq!(
        (&answer["operation"]["status"], &answer["operation"]["valid"]),
        (&json!("importer_import_cancelled"), &json!(false))
    );
    assert_eq!(server.get("/api/v1/import.status").await.json()["operation"], newer["operation"]);
    assert_eq!(files(&server), 0);
}

#[tokio::test]
async fn a_zip_that_is_none_ends_the_operation_and_says_so() {
    let server = Server::start().await;
    for body in [&b"PK\x03\x04 and then nothing"[..], b"\x00\x01\x02", &small_export()[..200]] {
        assert_eq!(raw(&server, "importerKey=csv&fileName=a.zip", body).await.status, 200);
        let operation = server.until("error").await;
        assert_eq!((&operation["status"], &operation["valid"]), (&json!("importer_import_failed"), &json!(true)));
        server.get("/api/v1/getImportFileData").await.is(
            400,
            r#"{"success":false,"error":"Failed to process import file. Please check the file format and try again. [error-import-file-format-invalid]","errorType":"error-import-file-format-invalid","details":"getImportFileData"}"#,
        );
    }
}

#[tokio::test]
async fn a_client_that_asks_first_is_told_to_go_on_or_refused() {
    let server = Server::start().await;
    let export = small_export();
    let request = |key: &str| {
        server
            .as_admin(Request::post(&format!("{RAW}?importerKey={key}")))
            .header("Expect", "100-continue")
            .header("Content-Length", &export.len().to_string())
    };
    let mut connection = server.connect().await;
    connection.write(&request("csv").bytes()).await;
    assert_eq!(connection.answer().await.status, 100);
    connection.write(&export).await;
    assert_eq!(connection.answer().await.status, 200);

    let mut connection = server.connect().await;
    connection.write(&request("png").bytes()).await;
    assert_eq!(connection.answer().await.status, 400);
    connection.closed().await;
}

#[tokio::test]
async fn a_file_is_fetched_from_an_address() {
    let server = Server::start().await;
    let files = TcpListener::bind("127.0.0.1:0").await.unwrap();
    let url = format!("http://{}/export.zip", files.local_addr().unwrap());
    tokio::spawn(async move {
        let (mut stream, _) = files.accept().await.unwrap();
        let _ = stream.read(&mut [0; 4096]).await.unwrap();
        let export = small_export();
        let head = format!("HTTP/1.1 200 OK\r\nContent-Length: {}\r\nConnection: close\r\n\r\n", export.len());
        stream.write_all(head.as_bytes()).await.unwrap();
        stream.write_all(&export).await.unwrap();
    });
    let request = json!({"fileUrl": url, "importerKey": "csv"});
    server.post_json("/api/v1/downloadPublicImportFile", request).await.is_accepted();
    server.until("ready").await;
}

#[tokio::test]
async fn a_download_that_fails_ends_the_operation() {
    let server = Server::start().await;
    let closed = TcpListener::bind("127.0.0.1:0").await.unwrap().local_addr().unwrap();
    let request = json!({"fileUrl": format!("http://{closed}/a.zip"), "importerKey": "csv"});
    server.post_json("/api/v1/downloadPublicImportFile", request).await.is_accepted();
    server.until("error").await;
}
