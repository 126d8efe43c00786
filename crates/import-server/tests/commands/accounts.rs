//! `user add` and `token create`, beside a running server.

use std::path::Path;

use serde_json::{Value, json};

use crate::process::{Finished, Server, run, run_with_input};

fn me(server: &Server, token: &Value) -> (u16, Value) {
    let headers =
        [("X-User-Id", token["userId"].as_str().unwrap()), ("X-Auth-Token", token["authToken"].as_str().unwrap())];
    server.request("GET /api/v1/me", &headers, "")
}

fn login(server: &Server, user: &str, password: &str) -> u16 {
    let body = json!({"user": user, "password": password}).to_string();
    server.request("POST /api/v1/login", &[("Content-Type", "application/json")], &body).0
}

fn keys(value: &Value) -> Vec<&str> {
    value.as_object().unwrap().keys().map(String::as_str).collect()
}

fn refused(finished: &Finished, sentence: &str) {
    assert_eq!((finished.code, finished.stdout.as_str()), (Some(1), ""));
    assert_eq!(finished.stderr, format!("error: {sentence}\n"));
}

fn path(dir: &Path) -> &str {
    dir.to_str().unwrap()
}

#[test]
fn who_is_added_beside_a_running_server_can_log_in_to_it() {
    let dir = tempfile::tempdir().unwrap();
    let server = Server::start(dir.path());

    let added = run(["user", "add", "ann", "--role", "admin", "--name", "Ann Ash", "--data-dir", path(dir.path())]);
    assert_eq!((added.code, added.stderr.as_str()), (Some(0), ""));
    let added = added.json();
    assert_eq!(keys(&added), ["userId", "username", "password"]);
    assert_eq!(login(&server, "ann", added["password"].as_str().unwrap()), 200);
    assert_eq!(login(&server, "ann", "guessed"), 401);

    let token = run(["token", "create", "--user", "ANN", "--data-dir", path(dir.path())]);
    assert_eq!((token.code, token.stderr.as_str()), (Some(0), ""));
    let token = token.json();
    assert_eq!(keys(&token), ["userId", "authToken"]);
    assert_eq!(token["userId"], added["userId"]);
    let expected = json!({
        "_id": added["userId"], "name": "Ann Ash", "username": "ann", "emails": [], "roles": ["user", "admin"], "success": true
    });
    assert_eq!(me(&server, &token), (200, expected));
}

#[test]
fn a_password_can_be_chosen_and_is_not_printed() {
    let dir = tempfile::tempdir().unwrap();
    let server = Server::start(dir.path());
    let add = ["user", "add", "bob", "--email", "bob@example.com", "--password-stdin", "--data-dir", path(dir.path())];
    let added = run_with_input(add, "p w\r\n");
    assert_eq!(keys(&added.json()), ["userId", "username"]);
    assert_eq!(login(&server, "bob@example.com", "p w"), 200);
    let add = ["user", "add", "eve", "--password-stdin", "--data-dir", path(dir.path())];
    refused(&run_with_input(add, "\n"), "the password is empty: nothing came from standard input");
}

#[test]
fn what_is_taken_or_unknown_is_refused() {
    let dir = tempfile::tempdir().unwrap();
    let data = path(dir.path());
    drop(Server::start(dir.path()));
    let add = ["user", "add", "Ann", "--email", "ann@example.com", "--data-dir", data];
    assert_eq!(run(add).code, Some(0));

    refused(&run(["user", "add", "ann", "--data-dir", data]), "cannot add ann: there is a user of that name already");
    refused(
        &run(["user", "add", "bob", "--email", "ANN@example.com", "--data-dir", data]),
        "cannot add bob: the address ANN@example.com belongs to another user",
    );
    refused(
        &run(["user", "add", "bob", "--role", "bot", "--role", "king", "--data-dir", data]),
        "there is no role king; there are admin, anonymous, app, auditor, auditor-log, bot, guest, leader, livechat-agent, \
         livechat-manager, livechat-monitor, moderator, owner, user",
    );
    refused(
        &run(["user", "add", "a b", "--data-dir", data]),
        "`a b` is no username: it may not be empty, nor have spaces or @ in it",
    );
    refused(&run(["user", "add", "bob", "--email", "bob", "--data-dir", data]), "`bob` is no address");
    refused(&run(["token", "create", "--user", "bob", "--data-dir", data]), &format!("there is no user bob in {data}"));

    let create = ["token", "create", "--user", "ann", "--name", "ci", "--data-dir", data];
    assert_eq!(run(create).code, Some(0));
    refused(
        &run(create),
        "cannot give Ann a token: adding a token: the user has a personal access token of this name already",
    );
}

#[test]
fn a_fresh_directory_is_left_to_the_server_and_the_import() {
    let dir = tempfile::tempdir().unwrap();
    let data = dir.path().join("data");
    for finished in [
        run(["user", "add", "ann", "--data-dir", path(&data)]),
        run(["token", "create", "--user", "ann", "--data-dir", path(&data)]),
    ] {
        assert_eq!(finished.code, Some(1));
        assert!(finished.stderr.starts_with("error: there is no workspace in "), "{}", finished.stderr);
    }
    assert!(!data.exists());
}

#[test]
fn an_import_id_that_is_somebodys_is_given_to_nobody_else() {
    let dir = tempfile::tempdir().unwrap();
    let _server = Server::start(dir.path());
    let add = |name| run(["user", "add", name, "--import-id", "U1", "--data-dir", path(dir.path())]);
    assert_eq!(add("ann").code, Some(0));
    refused(&add("bob"), "cannot add bob: the import id U1 is ann's already");
}
