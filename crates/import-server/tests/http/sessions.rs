//! Logging in and out.

use serde_json::{Value, json};

use super::{
    client::{Answer, Request},
    server::{Account, PASSWORD, Server, as_user},
};

const FAILED: &str = r#"{"status":"error","error":"Unauthorized","message":"Unauthorized"}"#;

async fn log_in(server: &Server, body: Value) -> Answer {
    server.send(Request::post("/api/v1/login").json(&body)).await
}

fn account(answer: &Answer) -> Account {
    let data = &answer.json()["data"];
    Account { user_id: data["userId"].as_str().unwrap().into(), token: data["authToken"].as_str().unwrap().into() }
}

#[tokio::test]
async fn a_password_gives_a_token_that_works_until_it_is_given_back() {
    let server = Server::start().await;
    server.user("ann", &["admin"]).await;
    for name in ["user", "username", "email"] {
        let who = if name == "email" { "ANN@example.com" } else { "ann" };
        let answer = log_in(&server, json!({name: who, "password": PASSWORD})).await;
        assert_eq!(answer.json()["status"], "success", "{answer}");
        let ann = account(&answer);
        let me = server.send(as_user(Request::get("/api/v1/me"), &ann)).await;
        let expected = json!({
            "_id": ann.user_id, "name": "The ann", "username": "ann",
            "emails": [{"address": "ann@example.com", "verified": true}], "roles": ["admin"], "success": true
        });
        assert_eq!(me.json(), expected);
        let out = server.send(as_user(Request::post("/api/v1/logout"), &ann)).await;
        out.is(200, r#"{"status":"success","data":{"message":"You've been logged out!"}}"#);
        assert_eq!(server.send(as_user(Request::get("/api/v1/me"), &ann)).await.status, 401);
    }
}

#[tokio::test]
async fn logging_out_leaves_other_tokens_alone() {
    let server = Server::start().await;
    let first = server.user("ann", &[]).await;
    let second = account(&log_in(&server, json!({"user": "ann", "password": PASSWORD})).await);
    assert_eq!(server.send(as_user(Request::post("/api/v1/logout"), &second)).await.status, 200);
    assert_eq!(server.send(as_user(Request::get("/api/v1/me"), &first)).await.status, 200);
}

#[tokio::test]
async fn a_login_may_come_as_a_form() {
    let server = Server::start().await;
    server.user("ann", &[]).await;
    let form = Request::post("/api/v1/login")
        .text("application/x-www-form-urlencoded", "user=ann%40example.com&password=correct+horse");
    assert_eq!(server.send(form).await.status, 200);
}

#[tokio::test]
async fn a_wrong_name_or_password_is_401_and_does_not_tell_which() {
    let server = Server::start().await;
    server.user("ann", &[]).await;
    for body in [
        json!({"user": "ann", "password": "wrong"}),
        json!({"user": "ann", "password": ""}),
        json!({"user": "zoe", "password": PASSWORD}),
        json!({"user": "", "password": ""}),
        json!({"user": "rocket.cat", "password": PASSWORD}),
    ] {
        log_in(&server, body).await.is(401, FAILED);
    }
}

#[tokio::test]
async fn a_login_without_name_or_password_is_refused_by_its_form() {
    let server = Server::start().await;
    log_in(&server, json!({"password": PASSWORD})).await.is_invalid("user: it is missing");
    log_in(&server, json!({"user": "ann"})).await.is_invalid("password: it is missing");
    log_in(&server, json!({"user": "ann", "password": ["hunter2"]}))
        .await
        .is_invalid("password: a string was expected, not a list");
}

#[tokio::test]
async fn answers_are_not_kept_by_caches() {
    let server = Server::start().await;
    assert_eq!(server.get("/api/v1/me").await.header("cache-control"), Some("no-store"));
}
