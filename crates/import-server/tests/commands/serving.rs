//! `serve`: what it says, what it refuses, how it ends.

use std::{fs, net::TcpListener, os::unix::fs::PermissionsExt as _};

use serde_json::Value;

use crate::process::{Server, examples, run, spawn};

#[test]
fn it_is_ready_once_it_says_where_it_listens_and_ends_in_order_on_a_signal() {
    for signal in ["TERM", "INT"] {
        let dir = tempfile::tempdir().unwrap();
        let server = Server::start(dir.path());
        assert_eq!(server.request("GET /health", &[], ""), (200, serde_json::json!({"status": "ok"})));
        let finished = server.end_with(signal);
        assert_eq!((finished.code, finished.stdout.as_str()), (Some(0), ""), "{signal}");
        assert!(finished.stderr.contains("stopped"), "{}", finished.stderr);
    }
}

#[test]
fn it_serves_where_nobody_takes_its_log() {
    let dir = tempfile::tempdir().unwrap();
    let server = Server::start_unheard(dir.path());
    for _ in 0..2 {
        assert_eq!(server.request("GET /api/v1/import.status", &[], "").0, 401);
        assert_eq!(server.request("GET /health", &[], ""), (200, serde_json::json!({"status": "ok"})));
    }
    assert_eq!(server.end_with("TERM").code, Some(0));
}

#[test]
fn a_fresh_directory_has_an_administrator_whose_secrets_are_in_one_file_alone() {
    let dir = tempfile::tempdir().unwrap();
    let server = Server::start(dir.path());
    let file = dir.path().join("admin-credentials.json");
    assert_eq!(fs::metadata(&file).unwrap().permissions().mode() & 0o777, 0o600);
    let credentials: Value = serde_json::from_slice(&fs::read(&file).unwrap()).unwrap();
    let word = |key: &str| credentials[key].as_str().unwrap();
    let headers = [("X-User-Id", word("userId")), ("X-Auth-Token", word("authToken"))];
    let (status, me) = server.request("GET /api/v1/me", &headers, "");
    assert_eq!((status, &me["username"], &me["roles"]), (200, &"import-admin".into(), &serde_json::json!(["admin"])));

    let finished = server.end_with("TERM");
    assert!(finished.stderr.contains("admin-credentials.json"), "{}", finished.stderr);
    for secret in [word("authToken"), word("password")] {
        assert!(!finished.stderr.contains(secret) && !finished.stdout.contains(secret));
    }
}

#[test]
fn a_directory_has_one_server_or_import_at_a_time() {
    let dir = tempfile::tempdir().unwrap();
    let data = dir.path().to_str().unwrap();
    let server = Server::start(dir.path());
    let zip = examples().join("csv-export.zip");
    let expected = format!(
        "error: the data directory {data} is in use by another server or import: wait for it or stop it, or name another directory\n"
    );
    for finished in [
        run(["import", zip.to_str().unwrap(), "--importer", "csv", "--data-dir", data]),
        run(["serve", "--listen", "127.0.0.1:0", "--data-dir", data, "--log", "error"]),
    ] {
        assert_eq!((finished.code, finished.stdout.as_str()), (Some(1), ""));
        assert_eq!(finished.stderr, expected);
    }
    // Gone with the process.
    assert_eq!(server.end_with("TERM").code, Some(0));
    let finished = run(["import", zip.to_str().unwrap(), "--importer", "csv", "--data-dir", data]);
    assert_eq!(finished.code, Some(2));
}

#[test]
fn a_port_that_is_taken_is_named_and_no_workspace_is_made() {
    let parent = tempfile::tempdir().unwrap();
    let dir = parent.path().join("data");
    let taken = TcpListener::bind("127.0.0.1:0").unwrap();
    let address = taken.local_addr().unwrap().to_string();
    let finished = run(["serve", "--listen", &address, "--data-dir", dir.to_str().unwrap()]);
    assert_eq!((finished.code, finished.stdout.as_str()), (Some(1), ""));
    assert_eq!(
        finished.stderr,
        format!(
            "error: cannot listen on {address}: Address already in use (os error 98); choose another address with --listen\n"
        )
    );
    assert!(!dir.exists());
}

#[test]
fn options_can_be_variables_of_the_environment_and_the_log_can_be_json() {
    let dir = tempfile::tempdir().unwrap();
    let variables = [
        ("IMPORT_SERVER_LISTEN", "0.0.0.0:0"),
        ("IMPORT_SERVER_DATA_DIR", dir.path().to_str().unwrap()),
        ("IMPORT_SERVER_LOG_FORMAT", "json"),
        ("IMPORT_SERVER_ALLOW_ADDRESS", "10.0.0.0/8,fd00::/8"),
        ("IMPORT_SERVER_MAX_JSON_BODY", "1MiB"),
    ];
    let running = spawn(["serve"], &variables);
    assert!(running.line().starts_with("listening on http://0.0.0.0:"));
    // Whoever opens it to other machines is told what that means.
    let warning: Value = serde_json::from_str(&running.wait_for("plain HTTP")).unwrap();
    assert_eq!(warning["level"], "WARN");
    running.signal("TERM");
    assert_eq!(running.finish().code, Some(0));
}

#[test]
fn what_is_no_network_size_or_number_is_refused() {
    for (option, value) in [
        ("--max-connections", "0"),
        ("--idle-timeout", "soon"),
        ("--allow-address", "10.0.0.0/99"),
        ("--max-json-body", "plenty"),
        ("--log", "=,="),
    ] {
        let finished = run(["serve", "--listen", "127.0.0.1:0", option, value]);
        assert_eq!((finished.code, finished.stdout.as_str()), (Some(1), ""), "{option}");
        assert!(finished.stderr.contains(option), "{}", finished.stderr);
    }
}
