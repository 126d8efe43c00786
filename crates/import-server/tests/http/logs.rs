//! What the log says of requests, and what it never says.

use std::{
    io,
    sync::{Arc, Mutex},
};

use serde_json::json;
use tracing_subscriber::fmt::MakeWriter;

use super::{
    client::Request,
    server::{PASSWORD, Server, user},
    zip::small_export,
};

#[derive(Clone, Default)]
struct Log(Arc<Mutex<Vec<u8>>>);

impl Log {
    fn text(&self) -> String {
        String::from_utf8(self.0.lock().unwrap().clone()).unwrap()
    }
}

impl io::Write for Log {
    fn write(&mut self, bytes: &[u8]) -> io::Result<usize> {
        self.0.lock().unwrap().extend_from_slice(bytes);
        Ok(bytes.len())
    }
    fn flush(&mut self) -> io::Result<()> {
        Ok(())
    }
}

impl<'a> MakeWriter<'a> for Log {
    type Writer = Self;
    fn make_writer(&'a self) -> Self {
        self.clone()
    }
}

#[tokio::test]
async fn the_log_has_a_line_for_each_request_and_no_secret() {
    let log = Log::default();
    let subscriber = tracing_subscriber::fmt().json().with_max_level(tracing::Level::TRACE).with_writer(log.clone());
    // Of the whole process, so that it also sees what is logged on other threads; other tests write into it, too.
    tracing::subscriber::set_global_default(subscriber.finish()).unwrap();

    let server = Server::start().await;
    server.user("ann", &["admin"]).await;
    let login = Request::post("/api/v1/login").json(&json!({"user": "ann", "password": PASSWORD}));
    let login = server.send(login.header("X-Request-Id", "the-login")).await.json();
    let wrong = Request::post("/api/v1/login").json(&json!({"user": "ann", "password": ["hunter2"]}));
    assert_eq!(server.send(wrong).await.status, 400);
    server.post("/api/v1/import.new").await;
    let mut cleo = user("cleo", "3");
    cleo["password"] = json!("hunter2");
    server.post_json("/api/v1/import.addUsers", json!({"users": [cleo]})).await.is_accepted();
    server.post("/api/v1/import.run").await.is_accepted();
    server.until("done").await;
    let upload = server.as_admin(Request::post("/api/ext/import.upload?importerKey=csv&fileName=confidential.zip"));
    assert_eq!(server.send(upload.header("X-Request-Id", "the-upload").body(small_export())).await.status, 200);
    server.until("ready").await;
    let everything = json!({"input": {"users": {"all": true}, "channels": {"all": true}}});
    server.post_json("/api/v1/startImport", everything).await.is_accepted();
    server.until("done").await;

    let text = log.text();
    let line = text.lines().find(|line| line.contains("the-upload") && line.contains("answered")).unwrap();
    let line: serde_json::Value = serde_json::from_str(line).unwrap();
    assert_eq!((&line["level"], &line["span"]["id"]), (&json!("INFO"), &json!("the-upload")));
    let fields = &line["fields"];
    assert_eq!((&fields["method"], &fields["path"]), (&json!("POST"), &json!("/api/ext/import.upload")));
    assert_eq!((&fields["status"], &fields["user"]), (&json!(200), &json!(server.admin.user_id)));
    assert_eq!(text.lines().filter(|line| line.contains("the-login") && line.contains("answered")).count(), 1);

    let token = login["data"]["authToken"].as_str().unwrap();
    for secret in [token, &server.admin.token, PASSWORD, "hunter2", "who am I", "confidential"] {
        assert!(!text.contains(secret), "the log says {secret}");
    }
}
