//! Logging in and out.

use import_store::credentials::password_digest;
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
async fn a_login_may_name_the_user_in_an_object_and_bring_the_digest_of_the_password() {
    let server = Server::start().await;
    let ann = server.user("ann", &[]).await;
    let digest = json!({"digest": password_digest(PASSWORD).0, "algorithm": "sha-256"});
    let upper = json!({"digest": password_digest(PASSWORD).0.to_uppercase(), "algorithm": "sha-256"});
    for body in [
        json!({"user": {"username": "ann"}, "password": PASSWORD}),
        json!({"user": {"email": "ann@example.com"}, "password": PASSWORD}),
        json!({"user": {"username": "ann"}, "password": digest}),
        json!({"user": "ann", "password": digest}),
        json!({"username": "ann", "password": upper}),
        json!({"email": "ann@example.com", "password": digest}),
    ] {
        let answer = log_in(&server, body).await;
        assert_eq!((answer.status, account(&answer).user_id), (200, ann.user_id.clone()), "{answer}");
    }
    for body in [
        json!({"user": "ann", "password": {"digest": password_digest("wrong").0, "algorithm": "sha-256"}}),
        json!({"user": {"username": "zoe"}, "password": digest}),
        json!({"user": {"email": "zoe@example.com"}, "password": PASSWORD}),
    ] {
        log_in(&server, body).await.is(401, FAILED);
    }
    for (body, reason) in [
        (json!({"user": {}, "password": PASSWORD}), "user: it is missing"),
        (json!({"user": ["ann"], "password": PASSWORD}), "user: a string or an object was expected, not a list"),
        (
            json!({"user": {"username": ["ann"]}, "password": PASSWORD}),
            "user.username: a string was expected, not a list",
        ),
        (json!({"user": "ann", "password": {"algorithm": "sha-256"}}), "password.digest: it is missing"),
        (json!({"user": "ann", "password": {"digest": "00"}}), "password.algorithm: it is missing"),
        (
            json!({"user": "ann", "password": {"digest": "00", "algorithm": "md5"}}),
            "password.algorithm: one of `sha-256` was expected",
        ),
        (
            json!({"user": "ann", "password": {"digest": "00", "algorithm": "sha-256"}}),
            "password.digest: 64 hexadecimal digits were expected",
        ),
    ] {
        log_in(&server, body).await.is_invalid(reason);
    }
}

#[tokio::test]
async fn a_token_that_is_still_good_logs_in_again() {
    let server = Server::start().await;
    let personal = server.user("ann", &["admin"]).await;
    let of_password = account(&log_in(&server, json!({"user": "ann", "password": PASSWORD})).await);
    for token in [&personal.token, &of_password.token] {
        let answer = log_in(&server, json!({"resume": token})).await;
        assert_eq!((answer.status, &account(&answer).token), (200, token), "{answer}");
        assert_eq!(answer.json()["data"]["userId"], personal.user_id);
        assert_eq!(answer.json()["data"]["me"]["username"], "ann");
    }
    server.send(as_user(Request::post("/api/v1/logout"), &of_password)).await;
    for token in [of_password.token.as_str(), "", "nobody's"] {
        log_in(&server, json!({"resume": token})).await.is(401, FAILED);
    }
    log_in(&server, json!({"resume": {}})).await.is_invalid("resume: a string was expected, not an object");
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
        .is_invalid("password: a string or an object was expected, not a list");
}

#[tokio::test]
async fn answers_are_not_kept_by_caches() {
    let server = Server::start().await;
    assert_eq!(server.get("/api/v1/me").await.header("cache-control"), Some("no-store"));
}
