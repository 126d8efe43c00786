//! Who may call which endpoint: every endpoint against every way of not being allowed.

use import_proto::{Access, Method, Spec, openapi::table};

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
    let with = |user_id: &str, token: &str| Account { user_id: user_id.into(), token: token.into() };
    for spec in rows(|access| access != Access::Public) {
        let cases = [
            ("no header", request(&spec)),
            ("no token", request(&spec).header("X-User-Id", &admin.user_id)),
            ("no user", request(&spec).header("X-Auth-Token", &admin.token)),
            ("wrong token", as_user(request(&spec), &with(&admin.user_id, "wrong"))),
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

#[tokio::test]
async fn every_endpoint_lets_an_administrator_in() {
    let server = Server::start().await;
    for spec in rows(|access| access != Access::Public) {
        let account = server.user(&spec.operation_id(), &["admin"]).await;
        let status = server.send(as_user(request(&spec), &account)).await.status;
        assert!([200, 400, 415].contains(&status), "{}: {status}", spec.path);
    }
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
