//! What is there and what is not, and in which order a request is checked.

use import_proto::{BodyKind, Method, openapi::table};

use super::{
    client::Request,
    server::{Server, as_user},
};
use import_server::http::HttpOptions;

const NOT_FOUND: &str = r#"{"success":false,"error":"There is no endpoint at this path."}"#;

#[tokio::test]
async fn a_path_that_no_endpoint_has_is_404_whoever_asks() {
    let server = Server::start().await;
    let paths = [
        "/",
        "/api/v1/import.nothing",
        "/api/v1/import.status/",
        "/api/v1//import.status",
        "//api/v1/import.status",
        "/api/v1/import%2Estatus",
        "/API/v1/import.status",
        "/api/v1/../v1/import.status",
        "/api/v1/%00",
        "/health%20",
    ];
    for path in paths {
        for request in [Request::get(path), Request::post(path).body("{"), Request::new("BREW", path)] {
            let answer = server.send(request).await;
            assert_eq!((answer.status, answer.body.as_str()), (404, NOT_FOUND), "{path}");
            assert_eq!(answer.header("content-type"), Some("application/json"));
        }
    }
}

#[tokio::test]
async fn another_method_is_405_and_says_which_one_is_taken() {
    let server = Server::start().await;
    for spec in table() {
        let (body, allow, others) = match spec.method {
            Method::Get => ("This endpoint takes GET.", "GET, HEAD", ["POST", "PUT", "OPTIONS", "BREW"]),
            Method::Post => ("This endpoint takes POST.", "POST", ["GET", "DELETE", "OPTIONS", "BREW"]),
        };
        for method in others {
            let answer = server.send(Request::new(method, spec.path).body("")).await;
            answer.is(405, &format!(r#"{{"success":false,"error":"{body}"}}"#));
            assert_eq!(answer.header("allow"), Some(allow), "{method} {}", spec.path);
        }
    }
}

#[tokio::test]
async fn head_is_answered_as_get_without_the_body() {
    let server = Server::start().await;
    let mut connection = server.connect().await;
    connection.write(&Request::new("HEAD", "/health").bytes()).await;
    let answer = connection.head_answer().await;
    assert_eq!((answer.status, answer.header("content-length")), (200, Some("15")));
    connection.write(&Request::get("/health").bytes()).await;
    connection.answer().await.is(200, r#"{"status":"ok"}"#);
    connection.write(&Request::new("HEAD", "/api/v1/import.run").bytes()).await;
    assert_eq!(connection.head_answer().await.status, 405);
}

#[tokio::test]
async fn a_request_line_may_hold_a_whole_address() {
    let server = Server::start().await;
    server.send(Request::get("http://import.example/health")).await.is(200, r#"{"status":"ok"}"#);
    server.send(Request::new("OPTIONS", "*")).await.is(404, NOT_FOUND);
    server.send(Request::new("CONNECT", "import.example:443")).await.is(404, NOT_FOUND);
}

#[tokio::test]
async fn a_body_has_to_be_json_where_json_is_taken() {
    let server = Server::start().await;
    let wrong = r#"{"success":false,"error":"The body has to be sent with the content type application/json."}"#;
    for spec in table().iter().filter(|spec| spec.body == BodyKind::Json) {
        let request = || server.as_admin(Request::post(spec.path));
        server.send(request().body("{}")).await.is(415, wrong);
        server.send(request().body("")).await.is(415, wrong);
        server.send(request()).await.is(415, wrong);
        for content_type in
            ["text/plain", "application/x-www-form-urlencoded", "multipart/form-data; boundary=x", "json"]
        {
            server.send(request().text(content_type, "{}")).await.is(415, wrong);
        }
        for content_type in ["application/json", "application/json; charset=utf-8", "APPLICATION/JSON;x=y"] {
            assert_eq!(server.send(request().text(content_type, "{}")).await.status, 400, "{}", spec.path);
        }
    }
    let login = server.send(Request::post("/api/v1/login").text("text/plain", "{}")).await;
    let either = "The body has to be sent with the content type application/json or application/x-www-form-urlencoded.";
    login.is(415, &format!(r#"{{"success":false,"error":"{either}"}}"#));
}

#[tokio::test]
async fn whatever_is_sent_to_an_endpoint_that_takes_no_body_is_disregarded() {
    let server = Server::start().await;
    for path in ["/api/v1/import.new", "/api/v1/import.clear", "/api/v1/downloadPendingFiles"] {
        let request = || server.as_admin(Request::post(path));
        let bare = server.send(request()).await.status;
        let odd = [
            request().body(""),
            request().text("application/json", ""),
            request().text("application/json", "{\"a\":"),
            request().text("text/csv", "a,b"),
            request().text("application/octet-stream", &"x".repeat(300_000)),
        ];
        for request in odd {
            assert_eq!(server.send(request).await.status, bare, "{path}");
        }
    }
    let account = server.user("leaver", &[]).await;
    let logout = as_user(Request::post("/api/v1/logout"), &account).text("application/json", "no");
    assert_eq!(server.send(logout).await.status, 200);
}

#[tokio::test]
async fn checks_come_in_their_order() {
    let server = Server::start_with(HttpOptions { body_limit: 100, ..HttpOptions::default() }).await;
    let nobody = server.user("nobody", &[]).await;
    let large = "x".repeat(101);
    let path = "/api/v1/startImport";
    let status = async |request: Request| server.send(request).await.status;
    let wrong_in_every_way = |path| Request::post(path).text("text/plain", &large);
    assert_eq!(status(wrong_in_every_way("/nowhere")).await, 404);
    assert_eq!(status(Request::new("PUT", path).text("text/plain", &large)).await, 405);
    assert_eq!(status(wrong_in_every_way(path)).await, 401);
    assert_eq!(status(as_user(wrong_in_every_way(path), &nobody)).await, 403);
    assert_eq!(status(server.as_admin(wrong_in_every_way(path))).await, 413);
    assert_eq!(status(server.as_admin(Request::post(path)).text("text/plain", "x")).await, 415);
    server
        .send(server.as_admin(Request::post(path)).text("application/json", "x"))
        .await
        .is_invalid("the body is not JSON: expected value at line 1 column 1");
    server
        .send(server.as_admin(Request::post(path)).text("application/json", r#"{"input":{}}"#))
        .await
        .is(400, r#"{"success":false,"error":"error-operation-not-found"}"#);
}
