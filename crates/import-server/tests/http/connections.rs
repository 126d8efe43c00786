//! Connections: kept alive, slow, broken, too many, and the end of the server.

use std::time::Duration;

use serde_json::json;

use super::{
    client::{LAST_CHUNK, Request, chunk},
    server::Server,
    zip::small_export,
};
use import_server::http::HttpOptions;

const HEALTHY: &str = r#"{"status":"ok"}"#;

#[tokio::test]
async fn requests_sent_together_are_answered_in_their_order() {
    let server = Server::start().await;
    let mut connection = server.connect().await;
    let first = server.as_admin(Request::post("/api/v1/import.new")).json(&json!({"a": 1}));
    let second = server.as_admin(Request::get("/api/v1/import.status"));
    connection.write(&[first.bytes(), second.bytes()].concat()).await;
    let created = connection.answer().await.json();
    let status = connection.answer().await.json();
    assert_eq!(status["state"], "new");
    assert_eq!(status["operation"], created["operation"]);
}

#[tokio::test]
async fn a_connection_goes_on_after_a_request_whose_body_was_not_wanted() {
    let server = Server::start().await;
    let mut connection = server.connect().await;
    let large = "x".repeat(2_000_000);
    for (request, status) in [
        (Request::post("/nowhere").text("text/plain", &large), 404),
        (Request::new("PUT", "/health").text("text/plain", &large), 405),
        (Request::post("/api/v1/startImport").text("application/json", &large), 401),
        (server.as_admin(Request::post("/api/v1/startImport")).text("text/plain", &large), 415),
        (server.as_admin(Request::post("/api/v1/import.new")).text("text/plain", &large), 200),
        (Request::get("/health"), 200),
    ] {
        connection.write(&request.bytes()).await;
        assert_eq!(connection.answer().await.status, status);
    }
}

#[tokio::test]
async fn a_client_that_is_slow_with_its_headers_is_cut_off() {
    let options = HttpOptions { header_timeout: Duration::from_millis(100), ..HttpOptions::default() };
    let server = Server::start_with(options).await;
    for begun in ["", "GET /health HTTP/1.1\r\n", "GET /health HTTP/1.1\r\nHost: test\r\nX-User-Id: "] {
        let mut connection = server.connect().await;
        connection.write(begun.as_bytes()).await;
        connection.closed().await;
    }
    let mut connection = server.connect().await;
    connection.write(&Request::get("/health").bytes()).await;
    connection.answer().await.is(200, HEALTHY);
    connection.closed().await;
}

#[tokio::test]
async fn a_body_that_stops_coming_is_given_up() {
    let options = HttpOptions { idle_timeout: Duration::from_millis(100), ..HttpOptions::default() };
    let server = Server::start_with(options).await;
    let mut connection = server.connect().await;
    let request =
        Request::post("/api/v1/login").header("Content-Type", "application/json").header("Content-Length", "20");
    connection.write(&request.bytes()).await;
    connection.write(b"{\"user\":").await;
    let answer = connection.answer().await;
    answer.is(408, r#"{"success":false,"error":"The body of the request stopped coming."}"#);
    assert_eq!(answer.header("connection"), Some("close"));
    connection.closed().await;
}

#[tokio::test]
async fn an_unwanted_body_that_never_comes_delays_no_answer() {
    let server = Server::start().await;
    let mut connection = server.connect().await;
    let request = server.as_admin(Request::post("/api/v1/import.new")).header("Content-Length", "20");
    connection.write(&request.bytes()).await;
    assert_eq!(connection.answer().await.status, 200);
}

#[tokio::test]
async fn what_is_no_http_is_refused_and_the_server_goes_on() {
    let server = Server::start().await;
    let long_header = format!("GET /health HTTP/1.1\r\nX: {}\r\n\r\n", "x".repeat(1_000_000));
    for nonsense in [
        "\r\n\r\nHELO\r\n\r\n",
        "GET /health HTTP/9.9\r\n\r\n",
        "GET /he alth HTTP/1.1\r\n\r\n",
        "\u{16}\u{3}\u{1}",
        &long_header,
    ] {
        let mut connection = server.connect().await;
        connection.write(nonsense.as_bytes()).await;
        if nonsense.ends_with("\r\n\r\n") {
            connection.closed().await;
        }
    }
    let mut broken_chunk = server.connect().await;
    let request = server.as_admin(Request::post("/api/v1/import.addUsers")).header("Content-Type", "application/json");
    broken_chunk.write(&[request.chunked_head(), b"nonsense\r\n".to_vec()].concat()).await;
    assert_eq!(broken_chunk.answer().await.status, 400);
    server.send(Request::get("/health")).await.is(200, HEALTHY);
}

#[tokio::test]
async fn more_connections_than_there_may_be_wait() {
    let server = Server::start_with(HttpOptions { max_connections: 1, ..HttpOptions::default() }).await;
    let mut first = server.connect().await;
    first.write(&Request::get("/health").bytes()).await;
    first.answer().await.is(200, HEALTHY);
    let mut second = server.connect().await;
    second.write(&Request::get("/health").bytes()).await;
    first.write(&Request::get("/health").bytes()).await;
    tokio::select! {
        biased;
        answer = second.answer() => panic!("{answer}"),
        answer = first.answer() => answer.is(200, HEALTHY),
    }
    drop(first);
    second.answer().await.is(200, HEALTHY);
}

#[tokio::test]
async fn a_server_that_stops_ends_what_it_began_and_closes_idle_connections() {
    let mut server = Server::start().await;
    let mut idle = server.connect().await;
    idle.write(&Request::get("/health").bytes()).await;
    idle.answer().await.is(200, HEALTHY);
    let mut upload = server.connect().await;
    upload.write(&server.as_admin(Request::post("/api/ext/import.upload?importerKey=csv")).chunked_head()).await;
    let export = small_export();
    let (first, rest) = export.split_at(100);
    upload.write(&chunk(first)).await;
    server.until("loading").await;

    server.stop();
    assert_eq!(idle.closed().await, b"");
    upload.write(&[chunk(rest), LAST_CHUNK.to_vec()].concat()).await;
    let answer = upload.answer().await;
    assert_eq!(answer.json()["operation"]["status"], "importer_file_loaded");
    server.stopped().await;
    assert!(tokio::net::TcpStream::connect(server.address).await.is_err());
}

#[tokio::test]
async fn a_server_that_stops_does_not_wait_for_ever() {
    let mut server =
        Server::start_with(HttpOptions { shutdown_grace: Duration::from_millis(100), ..HttpOptions::default() }).await;
    let mut upload = server.connect().await;
    upload.write(&server.as_admin(Request::post("/api/ext/import.upload?importerKey=csv")).chunked_head()).await;
    upload.write(&chunk(b"PK")).await;
    server.until("loading").await;
    server.stop();
    server.stopped().await;
    upload.closed().await;
}

#[tokio::test]
async fn an_answer_carries_the_id_of_its_request() {
    let server = Server::start().await;
    let given = server.send(Request::get("/health").header("X-Request-Id", "proxy-42")).await;
    assert_eq!(given.header("x-request-id"), Some("proxy-42"));
    let made = server.send(Request::get("/nowhere")).await;
    assert_eq!(made.header("x-request-id").unwrap().len(), 17);
}
