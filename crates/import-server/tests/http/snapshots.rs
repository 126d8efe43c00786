//! One answer of every endpoint, and one of every error, as they are sent; only what differs from run to run is left out.

use serde_json::{Value, json};

use super::{
    client::{Answer, LAST_CHUNK, Request, chunk},
    server::{PASSWORD, Server, as_user, user},
    zip::small_export,
};

/// Requests and their answers, one below the other.
#[derive(Default)]
struct Script(String);

impl Script {
    fn add(&mut self, request: &str, answer: &Answer) {
        let mut body = answer.json();
        redact(&mut body);
        assert_eq!(answer.header("content-type"), Some("application/json"));
        self.0.push_str(&format!("{request}\n{} {body}\n\n", answer.status));
    }

    async fn get(&mut self, server: &Server, path: &str) {
        self.add(&format!("GET {path}"), &server.get(path).await);
    }

    async fn post(&mut self, server: &Server, path: &str) {
        self.add(&format!("POST {path}"), &server.post(path).await);
    }

    async fn post_json(&mut self, server: &Server, path: &str, body: Value) {
        let shown = match body.to_string() {
            long if long.len() > 200 => "{…}".to_owned(),
            short => short,
        };
        self.add(&format!("POST {path} {shown}"), &server.post_json(path, body).await);
    }
}

/// Compares with what is kept under a name, whichever store it comes from.
fn same(name: &str, script: &Script) {
    insta::with_settings!({ prepend_module_to_snapshot => false }, { insta::assert_snapshot!(name, script.0) });
}

/// Leaves out what differs from run to run.
fn redact(value: &mut Value) {
    match value {
        Value::Object(fields) => {
            let is_record = fields.contains_key("dataType");
            for (key, value) in fields {
                match (key.as_str(), &*value) {
                    // What a record holds is the same in every run.
                    ("data", _) if is_record => {}
                    ("_id" | "user" | "userId", Value::String(_)) => *value = json!("[id]"),
                    ("authToken", Value::String(token)) if token.len() == 43 => *value = json!("[token]"),
                    ("ts" | "_updatedAt", Value::String(time)) if time.len() == 24 => *value = json!("[ISO 8601]"),
                    ("ts", Value::Number(_)) => *value = json!("[milliseconds]"),
                    ("importServer", _) => *value = json!({"version": "[version]"}),
                    _ => redact(value),
                }
            }
        }
        Value::Array(items) => items.iter_mut().for_each(redact),
        _ => {}
    }
}

#[tokio::test]
async fn bulk_import() {
    let server = Server::start().await;
    let mut script = Script::default();
    script.get(&server, "/api/v1/import.status").await;
    script.get(&server, "/api/v1/getCurrentImportOperation").await;
    script.post(&server, "/api/v1/import.new").await;
    script.get(&server, "/api/v1/getImportFileData").await;
    let users = json!([user("ann", "1"), user("rocket.cat", "2")]);
    script.post_json(&server, "/api/v1/import.addUsers", json!({ "users": users })).await;
    script.get(&server, "/api/v1/import.status").await;
    script.get(&server, "/api/v1/getImportFileData").await;
    script.post(&server, "/api/v1/import.run").await;
    server.until("done").await;
    script.get(&server, "/api/v1/import.status").await;
    script.get(&server, "/api/v1/getImportProgress").await;
    script.get(&server, "/api/ext/import.records").await;
    script.post(&server, "/api/v1/import.clear").await;
    script.get(&server, "/api/v1/import.status").await;
    same("bulk_import", &script);
}

#[tokio::test]
async fn file_import() {
    let server = Server::start().await;
    let mut script = Script::default();
    script.get(&server, "/api/v1/importers.list").await;

    let path = "/api/ext/import.upload?importerKey=csv&fileName=export.zip";
    let mut connection = server.connect().await;
    connection.write(&server.as_admin(Request::post(path)).text("application/zip", "").chunked_head()).await;
    connection.write(&chunk(&small_export())).await;
    server.until("loading").await;
    script.get(&server, "/api/v1/getImportFileData").await;
    connection.write(LAST_CHUNK).await;
    script.add(&format!("POST {path}"), &connection.answer().await);
    server.until("ready").await;
    script.get(&server, "/api/v1/getImportFileData").await;
    script.get(&server, "/api/v1/getCurrentImportOperation").await;
    script.get(&server, "/api/ext/import.records?status=staged&kind=channel").await;
    let input = json!({"input": {"users": {"all": true}, "channels": {"list": ["lobby"]}}});
    script.post_json(&server, "/api/v1/startImport", input).await;
    server.until("done").await;
    script.get(&server, "/api/v1/getImportProgress").await;
    script.get(&server, "/api/ext/import.records?status=failed").await;
    script.post(&server, "/api/ext/import.retry").await;
    server.until("done").await;

    let upload = json!({"binaryContent": "YW5u", "contentType": "", "fileName": "a.zip", "importerKey": "csv"});
    script.post_json(&server, "/api/v1/uploadImportFile", upload).await;
    server.until("error").await;
    let download = json!({"fileUrl": "http://127.0.0.1:1/a.zip", "importerKey": "csv"});
    script.post_json(&server, "/api/v1/downloadPublicImportFile", download).await;
    server.until("error").await;
    script.post(&server, "/api/v1/downloadPendingFiles").await;
    script.post(&server, "/api/v1/downloadPendingAvatars").await;
    script.get(&server, "/api/v1/getLatestImportOperations").await;
    same("file_import", &script);
}

#[tokio::test]
async fn sessions_and_server() {
    let server = Server::start().await;
    let ann = server.user("ann", &["user"]).await;
    let mut script = Script::default();
    script.get(&server, "/health").await;
    script.get(&server, "/api/info").await;
    let login = Request::post("/api/v1/login").json(&json!({"user": "ann", "password": PASSWORD}));
    script.add("POST /api/v1/login", &server.send(login).await);
    script.add("GET /api/v1/me", &server.send(as_user(Request::get("/api/v1/me"), &ann)).await);
    script.add("POST /api/v1/logout", &server.send(as_user(Request::post("/api/v1/logout"), &ann)).await);
    same("sessions_and_server", &script);
}

#[tokio::test]
async fn errors() {
    let server = Server::start().await;
    let mut script = Script::default();
    let mut show = async |text: &str, request: Request| script.add(text, &server.send(request).await);
    let admin = |request: Request| server.as_admin(request);
    let nobody = server.user("nobody", &[]).await;
    show("no such endpoint", Request::get("/api/v1/nowhere")).await;
    show("wrong method", Request::get("/api/v1/import.run")).await;
    show("not logged in", Request::get("/api/v1/me")).await;
    show("not permitted", as_user(Request::get("/api/v1/import.status"), &nobody)).await;
    let add_users = || admin(Request::post("/api/v1/import.addUsers"));
    show("too large", add_users().header("Content-Length", "60000000")).await;
    show("wrong content type", add_users().text("text/plain", "{}")).await;
    show("not JSON", add_users().text("application/json", "{")).await;
    show("wrong type", add_users().json(&json!({"users": [{"emails": 7}]}))).await;
    show("unknown parameter", admin(Request::get("/api/v1/importers.list?x=1"))).await;
    show("no operation to add to", add_users().json(&json!({"users": [user("ann", "1")]}))).await;
    show("no operation to run", admin(Request::post("/api/v1/import.run"))).await;
    show("no operation to ask about", admin(Request::get("/api/v1/getImportProgress"))).await;
    let upload = json!({"binaryContent": "YQ==", "contentType": "", "fileName": "a", "importerKey": "png"});
    show("no such importer", admin(Request::post("/api/v1/uploadImportFile")).json(&upload)).await;
    let download = json!({"fileUrl": "ftp://a/b", "importerKey": "csv"});
    show("no web address", admin(Request::post("/api/v1/downloadPublicImportFile")).json(&download)).await;
    let login = json!({"user": "nobody", "password": "wrong"});
    show("wrong password", Request::post("/api/v1/login").json(&login)).await;
    std::fs::remove_dir_all(server.directory.path().join("data").join("uploads")).unwrap();
    let upload = json!({"binaryContent": "YQ==", "contentType": "", "fileName": "a", "importerKey": "csv"});
    show("failed inside", admin(Request::post("/api/v1/uploadImportFile")).json(&upload)).await;
    show("nothing was changed by it", admin(Request::get("/api/v1/import.status"))).await;
    server.engine.stop().await;
    show("shutting down", admin(Request::post("/api/v1/import.new"))).await;
    same("errors", &script);
}

#[tokio::test]
async fn the_document_is_the_one_that_the_table_makes() {
    let server = Server::start().await;
    let answer = server.send(Request::get("/openapi.json")).await;
    assert_eq!((answer.status, answer.json()), (200, import_proto::openapi::document()));
}
