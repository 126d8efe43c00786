//! The command: what it prints, what it asks the server, how it exits.

use std::{
    io::Write,
    process::{Command, Stdio},
};

use crate::{
    answers::{FORBIDDEN, LATEST, NO_SUCH_IMPORTER, OPERATION, STRINGLY_STATUS, SUCCESS, UNAUTHORIZED, status},
    double::{Double, OURS, ROCKET_CHAT, answer, ok},
};

/// What a run of the command did.
pub(crate) struct Ran {
    pub(crate) code: i32,
    pub(crate) stdout: String,
    pub(crate) stderr: String,
}

impl Ran {
    /// All of it as one text, but for what differs from run to run.
    pub(crate) fn shown(&self) -> String {
        let stderr: Vec<_> = self
            .stderr
            .lines()
            .map(|line| if line.starts_with("It took ") { "It took … seconds." } else { line })
            .collect();
        format!("exit code {}\n--- stdout\n{}--- stderr\n{}\n", self.code, self.stdout, stderr.join("\n"))
    }
}

/// The command in an environment of its own.
pub(crate) fn bare(arguments: &[&str]) -> Command {
    let mut command = Command::new(env!("CARGO_BIN_EXE_import-client"));
    command.env_clear().args(arguments).stdin(Stdio::null());
    command
}

/// The command with address and credentials in its environment.
pub(crate) fn against(double: &Double, arguments: &[&str]) -> Command {
    let mut command = bare(arguments);
    command
        .env("ROCKETCHAT_URL", &double.url)
        .env("ROCKETCHAT_USER_ID", "user-1")
        .env("ROCKETCHAT_AUTH_TOKEN", "token-1");
    command
}

/// Runs it to its end, with `input` on its standard input.
pub(crate) async fn finish_with(mut command: Command, input: &str) -> Ran {
    let input = input.to_owned();
    let run = move || {
        let mut child = command.stdin(Stdio::piped()).stdout(Stdio::piped()).stderr(Stdio::piped()).spawn().unwrap();
        // A command that ends before it read all of it is no failure here.
        let _ = child.stdin.take().unwrap().write_all(input.as_bytes());
        child.wait_with_output().unwrap()
    };
    let output = tokio::task::spawn_blocking(run).await.unwrap();
    Ran {
        code: output.status.code().unwrap(),
        stdout: String::from_utf8(output.stdout).unwrap(),
        stderr: String::from_utf8(output.stderr).unwrap(),
    }
}

pub(crate) async fn finish(command: Command) -> Ran {
    finish_with(command, "").await
}

pub(crate) async fn run(double: &Double, arguments: &[&str]) -> Ran {
    finish(against(double, arguments)).await
}

/// What several runs did, with the address of the server made the same.
async fn shown(double: &Double, runs: &[&[&str]]) -> String {
    let mut text = String::new();
    for arguments in runs {
        let ran = run(double, arguments).await;
        text += &format!("$ import-client {}\n{}\n", arguments.join(" "), ran.shown());
    }
    text.replace(&double.url, "http://server")
}

#[tokio::test]
async fn answers_are_shown_as_aligned_text() {
    let double = Double::of_kind(OURS).await;
    let counts = r#""users":12345,"channels":7,"messages":100000,"total":112352,"completed":2000,"error":3"#;
    let reasons = r#""reasons":{"failed":[{"dataType":"message","reason":"importer-message-unknown-user","count":2},
        {"dataType":"user","reason":"importer-user-duplicate","count":1}],
        "skipped":[{"dataType":"message","reason":"not selected","count":12345}]},
        "notices":[{"kind":"unlistedRooms","name":"old-plans","count":1},{"kind":"earlierTexts","name":"","count":2}],"success""#;
    let importing = status("importing", "importer_importing_messages", counts).replace(r#""success""#, reasons);
    double.on("GET /api/v1/import.status", [ok(importing)]);
    double.on(
        "GET /api/v1/getImportProgress",
        [ok(r#"{"key":"csv","name":"CSV","step":"importer_importing_users","count":{"completed":50,"total":1200},"success":true}"#)],
    );
    double.on("GET /api/v1/getCurrentImportOperation", [ok(format!(r#"{{"operation":{LATEST},"success":true}}"#))]);
    double.on("GET /api/v1/getLatestImportOperations", [ok(format!("[{LATEST},{OPERATION}]"))]);
    double.on(
        "GET /api/v1/importers.list",
        [ok(r#"[{"key":"csv","name":"CSV"},{"key":"omnichannel_contact","name":"omnichannel_contacts_importer"}]"#)],
    );
    double.on(
        "GET /api/v1/getImportFileData",
        [ok(r#"{"name":"CSV","users":[{"user_id":"ann","username":"ann","email":"ann@example.com","is_deleted":true,"is_bot":true,
            "do_import":true},{"user_id":"bob","username":"bob","email":null,"is_deleted":false,"is_bot":false,"do_import":true}],
            "channels":[{"channel_id":"lobby","name":"lobby","is_archived":true,"do_import":true,"is_private":true,"is_direct":false},
            {"channel_id":"__directMessages__","name":"Direct Messages","is_archived":false,"do_import":true,"is_private":true,
            "is_direct":true}],"contacts":[{"id":"7","name":"Zoe","emails":["z@example.com","zoe@example.com"],"phones":["+49 1"],
            "do_import":true}],"message_count":1234,"success":true}"#)],
    );
    double.on("POST /api/v1/import.new", [ok(format!(r#"{{"operation":{OPERATION},"success":true}}"#))]);
    for accepted in ["import.run", "import.clear", "startImport"] {
        double.on(&format!("POST /api/v1/{accepted}"), [ok(SUCCESS)]);
    }
    let runs: &[&[&str]] = &[
        &["status"],
        &["progress"],
        &["current"],
        &["history"],
        &["importers"],
        &["file-data"],
        &["new"],
        &["run"],
        &["start"],
        &["clear"],
    ];
    insta::assert_snapshot!(shown(&double, runs).await);
}

#[tokio::test]
async fn where_there_is_nothing_that_is_said() {
    let double = Double::of_kind(OURS).await;
    double.on("GET /api/v1/import.status", [ok(r#"{"state":"none","success":true}"#)]);
    double.on("GET /api/v1/getCurrentImportOperation", [ok(SUCCESS)]);
    double.on("GET /api/v1/getLatestImportOperations", [ok("[]")]);
    double.on(
        "GET /api/v1/getImportFileData",
        [
            ok(r#"{"waiting":true,"success":true}"#),
            ok(r#"{"users":[],"channels":[],"message_count":0,"success":true}"#),
        ],
    );
    insta::assert_snapshot!(
        shown(&double, &[&["status"], &["current"], &["history"], &["file-data"], &["file-data"], &["watch"]]).await
    );
}

#[tokio::test]
async fn json_is_the_answer_of_the_endpoint_on_one_line() {
    let double = Double::of_kind(OURS).await;
    double.on("GET /api/v1/import.status", [ok(STRINGLY_STATUS)]);
    double.on(
        "GET /api/v1/importers.list",
        [ok("{\"importers\": [\n {\"key\":\"csv\",\"name\":\"CSV\"}\n], \"unheardOf\": 1.5}")],
    );
    double.on("POST /api/v1/import.clear", [ok(SUCCESS)]);
    double.on("POST /api/v1/startImport", [ok(SUCCESS)]);
    for (command, expected) in [
        (
            "status",
            r#"{"state":"ready","operation":{"_id":"64d51ea91558939980aab371","type":"api","importerKey":"api","ts":"2023-08-10T17:30:17.519Z","status":"importer_user_selection","valid":"true","user":"7TY57bBj3xQXvf2i2","_updatedAt":"2023-08-10T17:41:20.052Z","count":{"total":"2","users":"2"}},"success":"true"}"#,
        ),
        ("importers", r#"{"importers":[{"key":"csv","name":"CSV"}],"unheardOf":1.5}"#),
        ("clear", r#"{"success":true}"#),
        ("start", r#"{"success":true}"#),
    ] {
        for arguments in [["--json", command], [command, "--json"]] {
            let ran = run(&double, &arguments).await;
            assert_eq!((ran.code, ran.stdout), (0, format!("{expected}\n")));
        }
    }
}

#[tokio::test]
async fn options_stand_before_or_after_the_subcommand_and_win_over_the_environment() {
    let double = Double::of_kind(OURS).await;
    double.on("GET /api/v1/import.status", [ok(STRINGLY_STATUS)]);
    let given =
        ["--url", &double.url, "--user-id", "user-2", "--auth-token", "token-2", "--timeout", "5", "--retries", "0"];
    let before = [&given[..], &["status"]].concat();
    let after = [&["status"], &given[..]].concat();
    let split = [&given[..2], &["status"], &given[2..]].concat();
    for arguments in [before, after, split] {
        let ran = finish(bare(&arguments)).await;
        assert_eq!(ran.code, 0, "{}", ran.stderr);
        let mut command = bare(&arguments);
        command
            .env("ROCKETCHAT_URL", "http://nowhere.invalid")
            .env("ROCKETCHAT_USER_ID", "x")
            .env("ROCKETCHAT_AUTH_TOKEN", "");
        assert_eq!(finish(command).await.code, 0);
    }
    let asked = double.asked();
    assert_eq!(asked.len(), 6);
    for asked in asked {
        assert_eq!((asked.header("x-user-id"), asked.header("x-auth-token")), (Some("user-2"), Some("token-2")));
    }
}

#[tokio::test]
async fn errors_say_what_to_do_next() {
    let double = Double::of_kind(ROCKET_CHAT).await;
    double.on("GET /api/v1/import.status", [answer(401, UNAUTHORIZED[1])]);
    double.on("GET /api/v1/getLatestImportOperations", [answer(403, FORBIDDEN[1])]);
    double.on("GET /api/v1/getImportProgress", [answer(400, r#"{"success":false,"error":"Import Operation Not Found [error-operation-not-found]","errorType":"error-operation-not-found"}"#)]);
    double
        .on("POST /api/v1/import.run", [answer(400, r#"{"success":false,"error":"error-invalid-operation-status"}"#)]);
    double.on("POST /api/v1/import.new", [answer(429, "").header("x-ratelimit-reset", 4_102_444_800_000_i64)]);
    double.on("GET /api/v1/importers.list", [ok("<!doctype html>")]);
    double.on(
        "POST /api/v1/login",
        [
            answer(401, r#"{"status":"error","error":"Unauthorized","message":"Unauthorized"}"#),
            answer(401, r#"{"status":"error","error":"totp-required","message":"TOTP Required [totp-required]"}"#),
        ],
    );
    let login: &[&str] = &["login", "ann", "--password-stdin"];
    let runs: &[&[&str]] = &[
        &["status"],
        &["history"],
        &["progress"],
        &["run"],
        &["new"],
        &["importers"],
        &["current"],
        &["failed"],
        login,
        login,
    ];
    insta::assert_snapshot!(shown(&double, runs).await);
}

#[tokio::test]
async fn a_server_that_is_not_there_is_said_with_its_address() {
    let gone = std::net::TcpListener::bind("127.0.0.1:0").unwrap().local_addr().unwrap();
    let url = format!("http://{gone}");
    let ran = finish(bare(&["status", "--url", &url, "--retries", "0"])).await;
    insta::assert_snapshot!(ran.shown().replace(&url, "http://server"));
}

#[tokio::test]
async fn usage_errors_exit_with_1_and_help_with_0() {
    for arguments in
        [&["unheard-of"][..], &[], &["upload", "x.zip"], &["start", "--users", ","], &["status", "--timeout", "0"]]
    {
        assert_eq!(finish(bare(arguments)).await.code, 1, "{arguments:?}");
    }
    let half = finish(bare(&["status", "--user-id", "user-1"])).await;
    assert_eq!(
        (half.code, half.stderr.as_str()),
        (1, "error: --user-id is given without --auth-token: both are needed\n")
    );
    let help = finish(bare(&["--help"])).await;
    assert_eq!((help.code, help.stderr.as_str()), (0, ""));
}

#[tokio::test]
async fn help_never_shows_what_is_in_the_environment() {
    let double = Double::start().await;
    let ran = run(&double, &["--help"]).await;
    assert!(!ran.stdout.contains("token-1") && !ran.stdout.contains("user-1") && !ran.stdout.contains(&double.url));
    insta::assert_snapshot!(ran.stdout);
}

#[tokio::test]
async fn a_watch_exits_by_how_the_operation_ended() {
    let importing = || ok(status("importing", "importer_importing_users", r#""total":1000,"completed":100,"error":0"#));
    let double = Double::of_kind(OURS).await;
    let mut text = String::new();
    for last in [
        status("done", "importer_done", r#""total":1000,"completed":1000,"error":0"#),
        status("done", "importer_done", r#""total":1000,"completed":993,"error":7"#),
        status("error", "importer_import_failed", r#""total":1000,"completed":100"#),
        status("canceled", "importer_import_cancelled", ""),
        status("error", "importer_importing_users", "").replace(r#""valid":true"#, r#""valid":false"#),
    ] {
        double.on("GET /api/v1/import.status", [importing(), ok(last)]);
        text += &shown(&double, &[&["watch"]]).await;
    }
    insta::assert_snapshot!(text);
}

#[tokio::test]
async fn a_watch_in_json_prints_a_line_for_each_change() {
    let double = Double::of_kind(OURS).await;
    let importing = status("importing", "importer_importing_users", r#""total":2,"completed":1"#);
    double.on(
        "GET /api/v1/import.status",
        [ok(importing.clone()), ok(importing), ok(status("done", "importer_done", r#""total":2,"completed":2"#))],
    );
    let ran = run(&double, &["watch", "--json"]).await;
    let states: Vec<_> = ran
        .stdout
        .lines()
        .map(|line| serde_json::from_str::<serde_json::Value>(line).unwrap()["state"].as_str().unwrap().to_owned())
        .collect();
    assert_eq!((ran.code, states), (0, vec!["importing".to_owned(), "done".to_owned()]));
}

#[tokio::test]
async fn a_login_prints_the_two_values_and_takes_the_password_from_where_nobody_sees_it() {
    let double = Double::start().await;
    let login = r#"{"status":"success","data":{"userId":"user-9","authToken":"token-9","me":{"_id":"user-9","username":"ann"}}}"#;
    double.on("POST /api/v1/login", [ok(login)]);
    let piped = finish_with(against(&double, &["login", "ann", "--password-stdin"]), "pass 1\r\n").await;
    insta::assert_snapshot!(piped.shown());
    let mut command = against(&double, &["login", "ann", "--json"]);
    command.env("ROCKETCHAT_PASSWORD", "pass 2");
    assert_eq!(finish(command).await.stdout, format!("{login}\n"));
    let passwords: Vec<_> = double.asked().iter().map(|asked| asked.json()["password"].clone()).collect();
    assert_eq!(passwords, ["pass 1", "pass 2"]);
    let nowhere = run(&double, &["login", "ann"]).await;
    assert_eq!(
        (nowhere.code, nowhere.stderr.as_str()),
        (1, "error: there is no terminal to ask for the password: use --password-stdin or ROCKETCHAT_PASSWORD\n")
    );
}

#[tokio::test]
async fn an_upload_says_which_operation_it_is() {
    let double = Double::of_kind(OURS).await;
    double.on(
        "POST /api/ext/import.upload",
        [ok(format!(r#"{{"operation":{OPERATION},"success":true}}"#)), answer(400, NO_SUCH_IMPORTER)],
    );
    let folder = tempfile::tempdir().unwrap();
    std::fs::write(folder.path().join("export.zip"), "content").unwrap();
    let mut text = String::new();
    for importer in ["csv", "png"] {
        let mut command = against(&double, &["upload", "export.zip", "--importer", importer]);
        command.current_dir(folder.path());
        text += &finish(command).await.shown();
    }
    insta::assert_snapshot!(text);
}
