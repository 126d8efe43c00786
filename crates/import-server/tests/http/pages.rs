//! The pages that a browser shows.

use super::{client::Request, server::Server};

const POLICY: &str = "default-src 'none'; script-src 'self'; style-src 'self' 'unsafe-inline'; img-src 'self' data:; \
    connect-src 'self'; base-uri 'none'; form-action 'none'; frame-ancestors 'none'";

/// What the page loads, itself first, with the content types.
const FILES: [(&str, &str); 4] = [
    ("/docs", "text/html; charset=utf-8"),
    ("/docs/docs.js", "text/javascript; charset=utf-8"),
    ("/docs/assets/swagger-ui.css", "text/css"),
    ("/docs/assets/swagger-ui-bundle.js", "text/javascript"),
];

#[tokio::test]
async fn the_document_is_shown_as_a_page_to_anybody() {
    let server = Server::start().await;
    for (path, content_type) in FILES {
        let answer = server.send(Request::get(path)).await;
        assert_eq!((answer.status, answer.header("content-type")), (200, Some(content_type)), "{path}");
        assert_eq!(answer.header("content-security-policy"), Some(POLICY), "{path}");
        assert_eq!(answer.header("x-content-type-options"), Some("nosniff"), "{path}");
    }
}

#[tokio::test]
async fn the_page_loads_nothing_from_anywhere_else_and_works_below_any_path() {
    let server = Server::start().await;
    let page = server.send(Request::get("/docs")).await.body;
    let script = server.send(Request::get("/docs/docs.js")).await.body;
    let addresses = |text: &str| {
        let attributes = text.split("src=\"").skip(1).chain(text.split("href=\"").skip(1));
        attributes.filter_map(|rest| rest.split('"').next()).map(str::to_owned).collect::<Vec<_>>()
    };
    assert_eq!(
        addresses(&page),
        ["docs/assets/swagger-ui-bundle.js", "docs/docs.js", "data:,", "docs/assets/swagger-ui.css", "openapi.json"]
    );
    assert!(script.contains("url: \"openapi.json\"") && !script.contains("://"));
}

#[tokio::test]
async fn a_page_takes_no_other_method() {
    let server = Server::start().await;
    let answer = server.send(Request::post("/docs").body("")).await;
    answer.is(405, r#"{"success":false,"error":"This endpoint takes GET."}"#);
    assert_eq!(answer.header("allow"), Some("GET, HEAD"));
}
