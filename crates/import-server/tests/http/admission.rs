//! Who may call which endpoint: every endpoint against every way of not being allowed.

use std::collections::BTreeMap;

use import_proto::{Access, Method, Spec, Timestamp, openapi::table};
use import_store::{
    NewToken, Store,
    credentials::{hash_token, new_token},
};

use super::{
    client::Request,
    server::{Account, Server, as_user},
};

const UNAUTHORIZED: &str =
    r#"{"success":false,"status":"error","message":"You must be logged in to do this.","error":"unauthorized"}"#;
const FORBIDDEN: &str =
    r#"{"success":false,"error":"User does not have the permissions required for this action [error-unauthorized]"}"#;

fn request(spec: &Spec) -> Request {
    match spec.method {
        Method::Get => Request::get(spec.path),
        Method::Post => Request::post(spec.path).body(""),
    }
}

fn rows(filter: fn(Access) -> bool) -> Vec<Spec> {
    let rows: Vec<_> = table().into_iter().filter(|spec| filter(spec.access)).collect();
    assert!(!rows.is_empty());
    rows
}

#[tokio::test]
async fn every_endpoint_but_the_public_ones_refuses_whoever_is_not_logged_in() {
    let server = Server::start().await;
    let other = server.user("other", &["admin"]).await;
    let admin = &server.admin;
    let expired = new_token();
    let long_ago = Timestamp::from_millis(Timestamp::now().as_millis() - 91 * 24 * 60 * 60 * 1000).unwrap();
    let hash = hash_token(&expired);
    server.engine.store().add_token(&admin.user_id, &hash, NewToken::Login, long_ago).await.unwrap();
    let with = |user_id: &str, token: &str| Account { user_id: user_id.into(), token: token.into() };
    for spec in rows(|access| access != Access::Public) {
        let cases = [
            ("no header", request(&spec)),
            ("no token", request(&spec).header("X-User-Id", &admin.user_id)),
            ("no user", request(&spec).header("X-Auth-Token", &admin.token)),
            ("wrong token", as_user(request(&spec), &with(&admin.user_id, "wrong"))),
            ("expired token", as_user(request(&spec), &with(&admin.user_id, &expired))),
            ("another's token", as_user(request(&spec), &with(&admin.user_id, &other.token))),
            ("unknown user", as_user(request(&spec), &with("nobody", &admin.token))),
            ("empty headers", as_user(request(&spec), &with("", ""))),
            ("not ASCII", as_user(request(&spec), &with(&admin.user_id, "tökén"))),
        ];
        for (case, request) in cases {
            let answer = server.send(request).await;
            assert_eq!((answer.status, answer.body.as_str()), (401, UNAUTHORIZED), "{} with {case}", spec.path);
        }
    }
}

#[tokio::test]
async fn every_endpoint_that_needs_a_permission_refuses_whoever_lacks_it() {
    let server = Server::start().await;
    let nobody = server.user("nobody", &["user"]).await;
    for spec in rows(|access| matches!(access, Access::Permitted(_))) {
        let answer = server.send(as_user(request(&spec), &nobody)).await;
        assert_eq!((answer.status, answer.body.as_str()), (403, FORBIDDEN), "{}", spec.path);
    }
}

/// What every endpoint answers to an administrator who sends no body, in a fresh workspace. Dots stand for what differs
/// from run to run.
const LET_IN: [(&str, u16, &str); 24] = [
    (
        "importers.list",
        200,
        r#"[{"key":"csv","name":"CSV"},{"key":"slack","name":"Slack"},{"key":"slack-users","name":"Slack_Users"},{"key":"omnichannel_contact","name":"omnichannel_contacts_importer"},{"key":"hipchatenterprise","name":"HipChat (tar.gz)"}]"#,
    ),
    (
        "import.new",
        200,
        r#"{"operation":{"_id":"…","type":"api","importerKey":"api","ts":"…","status":"importer_new","valid":true,"user":"…","_updatedAt":"…"},"success":true}"#,
    ),
    ("import.addUsers", 415, JSON_ALONE),
    ("import.run", 400, r#"{"success":false,"error":"error-operation-not-found"}"#),
    ("import.status", 200, r#"{"state":"none","success":true}"#),
    ("import.clear", 200, r#"{"success":true}"#),
    ("uploadImportFile", 415, JSON_ALONE),
    ("downloadPublicImportFile", 415, JSON_ALONE),
    ("getImportFileData", 400, NO_OPERATION),
    ("startImport", 415, JSON_ALONE),
    ("getImportProgress", 400, NO_OPERATION),
    ("getCurrentImportOperation", 200, r#"{"success":true}"#),
    ("getLatestImportOperations", 200, "[]"),
    ("downloadPendingFiles", 200, r#"{"count":0,"success":true}"#),
    ("downloadPendingAvatars", 200, r#"{"count":0,"success":true}"#),
    (
        "login",
        415,
        r#"{"success":false,"error":"The body has to be sent with the content type application/json or application/x-www-form-urlencoded."}"#,
    ),
    ("logout", 200, r#"{"status":"success","data":{"message":"You've been logged out!"}}"#),
    (
        "me",
        200,
        r#"{"_id":"…","name":"Import administrator","username":"import-admin","emails":[],"roles":["admin"],"success":true}"#,
    ),
    ("info", 200, r#"{"version":"8.0.0","importServer":{"version":"…"},"success":true}"#),
    ("health", 200, r#"{"status":"ok"}"#),
    ("import.records", 400, NO_OPERATION),
    ("import.retry", 400, r#"{"success":false,"error":"error-operation-not-found"}"#),
    (
        "import.upload",
        400,
        r#"{"success":false,"errorType":"invalid-params","error":"importerKey: it is missing [invalid-params]"}"#,
    ),
    ("openapi.json", 200, "…"),
];

const JSON_ALONE: &str =
    r#"{"success":false,"error":"The body has to be sent with the content type application/json."}"#;
/// `ENDPOINT` stands for the endpoint's name.
const NO_OPERATION: &str = r#"{"success":false,"error":"Import Operation Not Found [error-operation-not-found]","errorType":"error-operation-not-found","details":"ENDPOINT"}"#;

/// Whether the text is the pattern, in which each … stands for anything without a quotation mark in it.
fn fits(text: &str, pattern: &str) -> bool {
    if pattern == "…" {
        return true;
    }
    let mut rest = text;
    for (at, part) in pattern.split('…').enumerate() {
        match rest.find(part) {
            Some(0) => rest = &rest[part.len()..],
            Some(found) if at > 0 && !rest[..found].contains('"') => rest = &rest[found + part.len()..],
            _ => return false,
        }
    }
    rest.is_empty()
}

#[tokio::test]
async fn every_endpoint_lets_an_administrator_in() {
    let expected: BTreeMap<_, _> = LET_IN.iter().map(|(name, status, body)| (*name, (*status, *body))).collect();
    for spec in table() {
        let server = Server::start().await;
        let answer = server.send(server.as_admin(request(&spec))).await;
        let (status, body) = expected[spec.name()];
        let body = body.replace("ENDPOINT", spec.name());
        assert!(answer.status == status && fits(&answer.body, &body), "{}: {answer}", spec.path);
    }
    assert_eq!(expected.len(), table().len());
}

#[tokio::test]
async fn whoever_is_logged_in_may_ask_who_that_is_and_log_out() {
    let server = Server::start().await;
    let nobody = server.user("nobody", &[]).await;
    for spec in rows(|access| access == Access::LoggedIn).iter().rev() {
        assert_eq!(server.send(as_user(request(spec), &nobody)).await.status, 200, "{}", spec.path);
    }
}

#[tokio::test]
async fn header_names_may_have_any_case() {
    let server = Server::start().await;
    let request = Request::get("/api/v1/me")
        .header("x-user-id", &server.admin.user_id)
        .header("X-AUTH-TOKEN", &server.admin.token);
    assert_eq!(server.send(request).await.status, 200);
}
