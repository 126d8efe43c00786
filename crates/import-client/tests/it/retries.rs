//! What is sent again, and what never is.

use import_client::{Error, RetryPolicy};

use crate::{
    answers::{STRINGLY_STATUS, SUCCESS},
    double::{Double, answer, ok},
};

#[tokio::test]
async fn a_read_is_sent_again_until_the_server_is_back() {
    let double = Double::start().await;
    let gone = ["<html>Bad Gateway</html>", "", r#"{"success":false,"error":"The server is stopping."}"#];
    double.on(
        "GET /api/v1/import.status",
        [answer(502, gone[0]), answer(504, gone[1]), answer(503, gone[2]), ok(STRINGLY_STATUS)],
    );
    assert!(double.client().status().await.is_ok());
    assert_eq!(double.lines().len(), 4);
}

#[tokio::test]
async fn a_read_is_given_up_after_the_last_try_with_the_last_answer() {
    let double = Double::start().await;
    double.on("GET /api/v1/import.status", [answer(503, r#"{"success":false,"error":"The server is stopping."}"#)]);
    let error = double.client().status().await.unwrap_err();
    assert_eq!(error.to_string(), "import.status: the server failed (503): The server is stopping.");
    assert_eq!(double.lines().len(), 5);
}

#[tokio::test]
async fn a_write_is_never_sent_again_after_a_5xx() {
    let double = Double::start().await;
    double.on("POST /api/v1/import.new", [answer(503, "")]);
    let error = double.client().import_new().await.unwrap_err();
    assert!(matches!(error, Error::Failed { status: 503, .. }));
    assert_eq!(double.lines(), ["POST /api/v1/import.new"]);
}

#[tokio::test]
async fn too_many_requests_are_waited_out_by_reads_and_writes() {
    let double = Double::start().await;
    let limited = || answer(429, r#"{"success":false,"error":"Error, too many requests. [error-too-many-requests]"}"#);
    // By this machine's clock the limit is over, so that nothing is waited for.
    double.on("GET /api/v1/import.status", [limited().header("x-ratelimit-reset", 1), ok(STRINGLY_STATUS)]);
    double.on("POST /api/v1/import.run", [limited().header("x-ratelimit-reset", 1), ok(SUCCESS)]);
    assert!(double.client().status().await.is_ok());
    assert!(double.client().run().await.is_ok());
    assert_eq!(double.lines().len(), 4);
}

#[tokio::test]
async fn a_limit_that_lasts_too_long_is_an_error_that_says_until_when() {
    let double = Double::start().await;
    let far = 4_102_444_800_000_i64;
    double.on("POST /api/v1/import.run", [answer(429, "").header("x-ratelimit-reset", far)]);
    let error = double.client().run().await.unwrap_err();
    assert_eq!(error.to_string(), "import.run: too many requests: try again after 2100-01-01T00:00:00.000Z");
    assert_eq!(double.lines().len(), 1);
}

#[tokio::test]
async fn nothing_is_sent_again_where_that_is_turned_off() {
    let double = Double::start().await;
    double.on("GET /api/v1/import.status", [answer(502, "")]);
    let client = double.builder().retry(RetryPolicy { retries: 0, ..RetryPolicy::default() }).build().unwrap();
    assert!(client.status().await.is_err());
    assert_eq!(double.lines().len(), 1);
}
