//! Bodies and queries that have not the documented form, and forms that are read although they are not quite it.

use serde_json::{Value, json};

use super::{
    client::{LAST_CHUNK, Request, chunk},
    server::{Server, user},
};
use import_server::http::HttpOptions;

const ADD_USERS: &str = "/api/v1/import.addUsers";

async fn add(server: &Server, body: &[u8]) -> super::client::Answer {
    server.send(server.as_admin(Request::post(ADD_USERS)).header("Content-Type", "application/json").body(body)).await
}

async fn staged(server: &Server) -> Value {
    server.get("/api/ext/import.records").await.json()
}

#[tokio::test]
async fn what_is_wrong_with_a_body_is_said_and_nothing_of_it_is_added() {
    let server = Server::start().await;
    server.stage_two_users().await;
    let before = staged(&server).await;
    let cases: [(&[u8], &str); 12] = [
        (b"", "the body is empty: a JSON object was expected"),
        (b"{\"users\":[", "the body is not JSON: EOF while parsing a list at line 1 column 10"),
        (b"{\"users\":[]}x", "the body is not JSON: trailing characters at line 1 column 13"),
        (b"{'users':[]}", "the body is not JSON: key must be a string at line 1 column 2"),
        (b"{\"users\":\"\xc3\x28\"}", "the body is not UTF-8: byte 11 cannot be read"),
        (b"[]", "the body: an object was expected, not a list"),
        (b"{}", "users: it is missing"),
        (b"{\"users\":null}", "users: a list was expected, not null"),
        (b"{\"users\":[],\"dryRun\":true}", "dryRun: there is no such parameter"),
        (
            br#"{"users":[{"emails":["c@example.com"],"importIds":["3"]},{"emails":["d@example.com"],"importIds":null}]}"#,
            "users[1].importIds: a list of strings was expected, not null",
        ),
        (
            br#"{"users":[{"emails":["c@example.com"],"importIds":["3"]},{"importIds":["4"]}]}"#,
            "users[1].emails: it is missing",
        ),
        (
            br#"{"users":[{"emails":["c@example.com"],"importIds":["3"],"password":{"plain":"hunter2"}}]}"#,
            "users[0].password: a string was expected, not an object",
        ),
    ];
    for (body, reason) in cases {
        add(&server, body).await.is_invalid(reason);
    }
    assert_eq!(staged(&server).await, before);
}

#[tokio::test]
async fn users_are_read_as_the_existing_server_reads_them() {
    let server = Server::start().await;
    server.post("/api/v1/import.new").await;
    let users = json!([{
        "emails": ["ann@example.com"], "importIds": [1523], "username": "ann", "name": null, "utcOffset": "-5.5",
        "deleted": "false", "type": "bot", "_id": "x", "services": {"a": 1}, "customFields": 7, "voipExtension": "9",
        "unheardOf": []
    }]);
    server.post_json(ADD_USERS, json!({ "users": users })).await.is_accepted();
    let expected = json!({
        "importIds": ["1523"], "emails": ["ann@example.com"], "username": "ann", "type": "bot", "utcOffset": -5.5,
        "deleted": false
    });
    assert_eq!(staged(&server).await["records"][0]["data"], expected);
}

#[tokio::test]
async fn a_body_may_be_sent_without_saying_how_long_it_is() {
    let server = Server::start().await;
    server.post("/api/v1/import.new").await;
    let body = json!({"users": [user("ann", "1")]}).to_string();
    let mut connection = server.connect().await;
    let request = server.as_admin(Request::post(ADD_USERS)).header("Content-Type", "application/json");
    connection.write(&request.chunked_head()).await;
    for piece in body.as_bytes().chunks(7) {
        connection.write(&chunk(piece)).await;
    }
    connection.write(LAST_CHUNK).await;
    connection.answer().await.is_accepted();
}

#[tokio::test]
async fn a_body_that_is_too_large_is_refused_before_it_is_read_or_while_it_is() {
    let server = Server::start_with(HttpOptions { body_limit: 1000, ..HttpOptions::default() }).await;
    let too_large = r#"{"success":false,"error":"The body is larger than the 1000 bytes that this endpoint takes."}"#;
    let request = server.as_admin(Request::post(ADD_USERS)).header("Content-Type", "application/json");

    let mut connection = server.connect().await;
    connection.write(&request.clone().header("Content-Length", "1001").bytes()).await;
    connection.answer().await.is(413, too_large);

    let mut connection = server.connect().await;
    connection.write(&request.chunked_head()).await;
    connection.write(&chunk(&[b' '; 1000])).await;
    connection.write(&chunk(b"{")).await;
    connection.answer().await.is(413, too_large);
    // The rest is passed over, and the connection goes on.
    connection.write(&[chunk(b"}"), LAST_CHUNK.to_vec()].concat()).await;
    connection.write(&Request::get("/health").bytes()).await;
    connection.answer().await.is(200, r#"{"status":"ok"}"#);

    let mut fits = json!({"users": []}).to_string();
    fits.push_str(&" ".repeat(1000 - fits.len()));
    add(&server, fits.as_bytes()).await.is_accepted();
}

#[tokio::test]
async fn fifty_megabytes_are_too_large_and_the_answer_is_seen_by_a_client_that_sends_all_of_it_first() {
    let server = Server::start().await;
    let answer = add(&server, &vec![b' '; 50_000_001]).await;
    answer
        .is(413, r#"{"success":false,"error":"The body is larger than the 50000000 bytes that this endpoint takes."}"#);
}

#[tokio::test]
async fn somebody_who_is_not_logged_in_cannot_send_much() {
    let server = Server::start().await;
    let request = Request::post("/api/v1/login").text("application/json", &" ".repeat(100_001));
    let body = r#"{"success":false,"error":"The body is larger than the 100000 bytes that this endpoint takes."}"#;
    server.send(request).await.is(413, body);
}

#[tokio::test]
async fn several_large_bodies_at_once_are_all_read() {
    let server = Server::start().await;
    server.post("/api/v1/import.new").await;
    // Together they are more than the server holds at once.
    let body = format!("{{\"users\":[]{}}}", " ".repeat(20_000_000));
    let request = server.as_admin(Request::post(ADD_USERS)).text("application/json", &body);
    let answers = futures_util::future::join_all((0..5).map(|_| server.send(request.clone()))).await;
    for answer in answers {
        answer.is_accepted();
    }
}

#[tokio::test]
async fn a_query_is_refused_where_none_is_taken_and_ignored_where_it_is_ignored() {
    let server = Server::start().await;
    for path in [
        "importers.list",
        "getImportFileData",
        "getImportProgress",
        "getCurrentImportOperation",
        "getLatestImportOperations",
    ] {
        let answer = server.get(&format!("/api/v1/{path}?count=5&x")).await;
        answer.is_invalid("count: this endpoint takes no parameters in its query");
        assert_ne!(server.get(&format!("/api/v1/{path}?")).await.status, 500);
    }
    for path in ["/api/v1/import.status?count=5", "/api/v1/me?x=1", "/api/info?x", "/health?%%%"] {
        assert_eq!(server.get(path).await.status, 200, "{path}");
    }
}

#[tokio::test]
async fn a_query_that_is_taken_is_read_or_refused_by_parameter() {
    let server = Server::start().await;
    server.stage_two_users().await;
    let records = async |query: &str| server.get(&format!("/api/ext/import.records?{query}")).await;
    for (query, reason) in [
        ("count=many", "count: a whole number from zero was expected, not `many`"),
        ("offset=-1", "offset: a whole number from zero was expected, not `-1`"),
        ("status=gone", "status: one of `staged`, `failed`, `skipped`, `incomplete` was expected, not `gone`"),
        ("kind=room", "kind: one of `user`, `channel`, `message`, `contact`, `entry` was expected, not `room`"),
        ("limit=1", "limit: there is no such parameter"),
        ("count=1&count=2", "count: it is given twice"),
    ] {
        records(query).await.is_invalid(reason);
    }
    let page = records("status=staged&kind=user&operation=&offset=1&count=1").await.json();
    assert_eq!((&page["offset"], &page["count"], &page["total"]), (&json!(1), &json!(1), &json!(2)));
    assert_eq!(page["records"][0]["data"]["username"], "bob");
    assert_eq!(records("kind=message").await.json()["total"], 0);
    let unknown = r#"{"success":false,"error":"Import Operation Not Found [error-operation-not-found]","errorType":"error-operation-not-found","details":"import.records"}"#;
    records("operation=nope").await.is(400, unknown);
}

#[tokio::test]
async fn a_get_with_a_body_is_answered_all_the_same() {
    let server = Server::start().await;
    let request = server.as_admin(Request::get("/api/v1/importers.list")).json(&json!({"a": 1}));
    assert_eq!(server.send(request).await.status, 200);
}
