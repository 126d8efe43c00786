//! The command's `push` and `failed`.

use serde_json::json;

use crate::{
    answers::{OPERATION, SUCCESS, status},
    command::{Ran, against, finish, run},
    double::{Double, OURS, ROCKET_CHAT, answer, ok},
};

/// An import server that takes an upload and then stands at these statuses.
async fn server(statuses: &[String]) -> Double {
    let double = Double::of_kind(OURS).await;
    double.on("POST /api/ext/import.upload", [ok(format!(r#"{{"operation":{OPERATION},"success":true}}"#))]);
    double.on("POST /api/v1/startImport", [ok(SUCCESS)]);
    // The first look is the upload's, which makes sure of the credentials.
    let before = ok(r#"{"state":"none","success":true}"#);
    double.on("GET /api/v1/import.status", std::iter::once(before).chain(statuses.iter().map(ok)));
    double
}

async fn push(double: &Double, options: &[&str]) -> Ran {
    let folder = tempfile::tempdir().unwrap();
    std::fs::write(folder.path().join("export.zip"), "content").unwrap();
    let mut command = against(double, &[&["push", "export.zip", "--importer", "csv"], options].concat());
    command.current_dir(folder.path());
    finish(command).await
}

fn ready() -> String {
    status("ready", "importer_user_selection", r#""users":2,"channels":1,"messages":7,"total":10"#)
}

#[tokio::test]
async fn a_push_does_the_whole_thing() {
    let double = server(&[
        status("loading", "importer_preparing_users", r#""users":2"#),
        ready(),
        status(
            "importing",
            "importer_importing_messages",
            r#""users":2,"channels":1,"messages":7,"total":10,"completed":3,"error":0"#,
        ),
        status("done", "importer_done", r#""users":2,"channels":1,"messages":7,"total":10,"completed":9,"error":1"#),
    ])
    .await;
    let ran = push(&double, &["--wait"]).await;
    insta::assert_snapshot!(ran.shown());
    assert_eq!(double.asked_for("/api/ext/import.upload")[0].body, "content");
    assert_eq!(
        double.asked_for("/api/v1/startImport")[0].json(),
        json!({"input": {"users": {"all": true}, "channels": {"all": true}, "contacts": {"all": true}}})
    );
}

#[tokio::test]
async fn a_push_imports_what_is_chosen_and_returns_once_it_is_started() {
    let double = server(&[ready()]).await;
    double.on("GET /api/v1/getImportFileData", [ok(staged())]);
    let ran = push(&double, &["--users", "all", "--channels", "lobby,__directMessages__", "--json"]).await;
    assert_eq!((ran.code, ran.stdout.as_str()), (0, "{\"success\":true}\n"));
    assert_eq!(
        double.asked_for("/api/v1/startImport")[0].json(),
        json!({"input": {"users": {"all": true}, "channels": {"list": ["C1", "__directMessages__"]}}})
    );
}

/// What is staged of an export with two rooms called ops.
fn staged() -> String {
    let channel = |id: &str, name: &str| json!({"channel_id": id, "name": name, "do_import": true});
    let direct = json!({"channel_id": "__directMessages__", "name": "Direct Messages", "is_direct": true});
    json!({
        "name": "Slack",
        "users": [{"user_id": "U1", "username": "ann"}, {"user_id": "U2", "username": "bob"}],
        "channels": [channel("C1", "lobby"), channel("C2", "ops"), channel("C3", "ops"), direct],
        "contacts": [{"id": "7", "name": "Kowalska, Janina"}],
        "message_count": 7,
        "success": true,
    })
    .to_string()
}

#[tokio::test]
async fn what_is_started_is_chosen_by_id_or_name() {
    let double = Double::of_kind(OURS).await;
    double.on("GET /api/v1/getImportFileData", [ok(staged())]);
    double.on("POST /api/v1/startImport", [ok(SUCCESS)]);
    let options = ["start", "--users", "ann,U2", "--channels", "C3", "--contacts", r"Kowalska\, Janina"];
    assert_eq!(run(&double, &options).await.code, 0);
    assert_eq!(
        double.asked_for("/api/v1/startImport")[0].json(),
        json!({"input": {"users": {"list": ["U1", "U2"]}, "channels": {"list": ["C3"]}, "contacts": {"list": ["7"]}}})
    );
}

#[tokio::test]
async fn a_choice_that_means_nothing_starts_nothing() {
    let double = Double::of_kind(OURS).await;
    let waiting = r#"{"waiting":true,"success":true}"#;
    double.on("GET /api/v1/getImportFileData", [ok(staged()), ok(staged()), ok(waiting)]);
    double.on("POST /api/v1/startImport", [ok(SUCCESS)]);
    for (channels, why) in [
        ("loby", "--channels takes ids or names: there is no room `loby` (did you mean lobby (C1)?)"),
        ("ops", "--channels takes ids or names: 2 rooms have the name `ops`, say which by id: C2, C3"),
        ("lobby", "the file is still being prepared; `import-client watch` tells when it is"),
    ] {
        let ran = run(&double, &["start", "--channels", channels]).await;
        assert_eq!((ran.code, ran.stderr), (1, format!("error: {why}\n")));
    }
    let empty = run(&double, &["start", "--users", ""]).await;
    assert_eq!(empty.code, 1);
    let why = "nothing is chosen: say `all`, or ids or names with commas between them";
    assert!(empty.stderr.contains(why), "{}", empty.stderr);
    assert_eq!(double.asked_for("/api/v1/startImport").len(), 0);
}

#[tokio::test]
async fn a_push_whose_file_cannot_be_read_says_why() {
    let double = server(&[status("error", "importer_import_failed", "")]).await;
    let refusal = r#"{"success":false,"error":"Failed to process import file. Please check the file format and try again. [error-import-file-format-invalid]","errorType":"error-import-file-format-invalid","details":"getImportFileData"}"#;
    double.on("GET /api/v1/getImportFileData", [answer(400, refusal)]);
    insta::assert_snapshot!(push(&double, &["--wait"]).await.shown());
    assert_eq!(double.asked_for("/api/v1/startImport").len(), 0);
}

#[tokio::test]
async fn a_push_of_what_is_pending_needs_no_start() {
    let double = server(&[
        status("importing", "importer_importing_files", r#""total":2,"completed":0"#),
        status("done", "importer_done", r#""total":2,"completed":2"#),
    ])
    .await;
    let ran = push(&double, &["--wait", "--json"]).await;
    assert_eq!(ran.code, 0, "{}", ran.stderr);
    assert_eq!(serde_json::from_str::<serde_json::Value>(&ran.stdout).unwrap()["state"], "done");
    assert_eq!(double.asked_for("/api/v1/startImport").len(), 0);
}

#[tokio::test]
async fn a_push_to_a_rocket_chat_uses_published_endpoints_alone() {
    let double = Double::of_kind(ROCKET_CHAT).await;
    double.on("POST /api/v1/uploadImportFile", [ok(SUCCESS)]);
    double.on("GET /api/v1/getImportFileData", [ok(r#"{"users":[],"channels":[],"message_count":0,"success":true}"#)]);
    double.on("POST /api/v1/startImport", [ok(SUCCESS)]);
    double.on(
        "GET /api/v1/import.status",
        [ok(ready()), ok(ready()), ok(status("done", "importer_done", r#""completed":10"#))],
    );
    let ran = push(&double, &["--wait"]).await;
    assert_eq!(ran.code, 0, "{}", ran.stderr);
    assert_eq!(
        double.lines(),
        [
            "GET /api/info",
            "GET /api/v1/import.status",
            "POST /api/v1/uploadImportFile",
            "GET /api/v1/getImportFileData",
            "GET /api/v1/import.status",
            "POST /api/v1/startImport",
            "GET /api/v1/import.status",
        ]
    );
}

/// A page of records that failed: those from `first` to `last`.
fn page(first: u64, last: u64, total: u64) -> String {
    let records: Vec<_> = (first..=last)
        .map(|number| {
            json!({"_id": format!("r{number}"), "dataType": "message", "data": {"msg": format!("text {number}")},
                "errors": [{"message": "importer-message-unknown-user: zoe", "entry": "lobby/2021.csv", "line": number}]})
        })
        .collect();
    json!({"records": records, "offset": first - 1, "count": records.len(), "total": total, "success": true})
        .to_string()
}

#[tokio::test]
async fn failed_records_are_listed_to_the_last_page_in_every_form() {
    let double = Double::of_kind(OURS).await;
    let pages = || [ok(page(1, 1000, 1002)), ok(page(1001, 1002, 1002))];
    double.on("GET /api/ext/import.records", pages());
    let ran = run(&double, &["failed", "--kind", "message", "--operation", "op-1"]).await;
    let lines: Vec<_> = ran.stdout.lines().collect();
    assert_eq!(lines[1], "message  r1      lobby/2021.csv:1     importer-message-unknown-user: zoe");
    assert_eq!(lines.last(), Some(&"message  r1002   lobby/2021.csv:1002  importer-message-unknown-user: zoe"));
    assert_eq!((ran.code, ran.stderr.as_str()), (0, "1,002 records failed.\n"));
    assert_eq!(
        double.lines()[1..],
        [
            "GET /api/ext/import.records?status=failed&kind=message&operation=op-1&offset=0&count=1000",
            "GET /api/ext/import.records?status=failed&kind=message&operation=op-1&offset=1000&count=1000"
        ]
    );

    double.on("GET /api/ext/import.records", pages());
    let ran = run(&double, &["failed", "--json"]).await;
    let whole: serde_json::Value = serde_json::from_str(&ran.stdout).unwrap();
    assert_eq!(ran.stdout.lines().count(), 1);
    assert_eq!((&whole["offset"], &whole["count"], &whole["total"]), (&json!(0), &json!(1002), &json!(1002)));
    assert_eq!(whole["records"].as_array().unwrap().len(), 1002);
    assert_eq!(whole["records"][1001]["_id"], "r1002");

    double.on("GET /api/ext/import.records", pages());
    let ran = run(&double, &["failed", "--csv"]).await;
    let lines: Vec<_> = ran.stdout.lines().collect();
    assert_eq!(lines.len(), 1003);
    assert_eq!(lines[0], "dataType,_id,message,entry,line,column,data");
    assert_eq!(
        lines[1002],
        r#"message,r1002,importer-message-unknown-user: zoe,lobby/2021.csv,1002,,"{""msg"":""text 1002""}""#
    );
}

#[tokio::test]
async fn what_an_export_says_neither_reaches_the_terminal_nor_is_a_formula() {
    let double = Double::of_kind(OURS).await;
    let record = json!({"_id": "r1", "dataType": "user", "data": {"name": "\u{1b}\u{9b}x"}, "errors": [
        {"message": "=cmd\u{1b}[2J\r\n9 added", "entry": "-a\u{7}/b.json", "line": 1, "column": 345}
    ]});
    let page = json!({"records": [record], "offset": 0, "count": 1, "total": 1, "success": true});
    double.on("GET /api/ext/import.records", [ok(page.to_string())]);
    assert_eq!(
        run(&double, &["failed"]).await.stdout,
        "Kind  Record  Place             Reason\nuser  r1      -a /b.json:1:345  =cmd [2J  9 added\n"
    );
    assert_eq!(
        run(&double, &["failed", "--csv"]).await.stdout,
        "dataType,_id,message,entry,line,column,data\n\
         user,r1,'=cmd [2J  9 added,'-a /b.json,1,345,\"{\"\"name\"\":\"\"\\u001b\\u009bx\"\"}\"\n"
    );
    assert!(run(&double, &["failed", "--json"]).await.stdout.contains("\u{9b}x"), "as the server says it");
    let refusal = r#"{"success":false,"error":"no\u001b[2J\nerror: forged"}"#;
    double.on("GET /api/v1/import.status", [answer(400, refusal)]);
    let ran = run(&double, &["status"]).await;
    assert_eq!(ran.stderr.lines().next(), Some("error: import.status: refused (400): no [2J error: forged"));
}

#[tokio::test]
async fn no_failed_records_are_said_in_every_form() {
    let double = Double::of_kind(OURS).await;
    double.on("GET /api/ext/import.records", [ok(r#"{"records":[],"offset":0,"count":0,"total":0,"success":true}"#)]);
    let mut text = String::new();
    for form in [&["failed"][..], &["failed", "--json"], &["failed", "--csv"]] {
        text += &run(&double, form).await.shown();
    }
    insta::assert_snapshot!(text);
}

#[tokio::test]
async fn skipped_records_are_listed_where_they_are_asked_for() {
    let double = Double::of_kind(OURS).await;
    double.on("GET /api/ext/import.records", [ok(page(1, 2, 2))]);
    let ran = run(&double, &["failed", "--skipped"]).await;
    assert_eq!((ran.code, ran.stderr.as_str()), (0, "2 records were skipped.\n"));
    assert_eq!(double.lines()[1], "GET /api/ext/import.records?status=skipped&offset=0&count=1000");
}

#[tokio::test]
async fn failed_records_are_run_again_and_waited_for() {
    let double = Double::of_kind(OURS).await;
    double.on("POST /api/ext/import.retry", [ok(r#"{"count":14,"success":true}"#)]);
    double.on(
        "GET /api/v1/import.status",
        [
            ok(status("importing", "importer_importing_users", r#""total":100,"completed":84,"error":2"#)),
            ok(status("done", "importer_done", r#""total":100,"completed":98,"error":2"#)),
        ],
    );
    let mut text = String::new();
    for options in [&["retry"][..], &["retry", "--json"], &["retry", "--wait"], &["retry", "--wait", "--json"]] {
        text += &format!("$ import-client {}\n{}\n", options.join(" "), run(&double, options).await.shown());
    }
    insta::assert_snapshot!(text);
}

#[tokio::test]
async fn a_retry_that_cannot_be_says_why() {
    let double = Double::of_kind(OURS).await;
    let refused = |code: &str| answer(400, format!(r#"{{"success":false,"error":"{code}"}}"#));
    double.on(
        "POST /api/ext/import.retry",
        [
            refused("error-invalid-operation-status"),
            refused("error-operation-not-found"),
            ok(r#"{"count":0,"success":true}"#),
        ],
    );
    let mut text = String::new();
    for _ in 0..3 {
        text += &run(&double, &["retry"]).await.shown();
    }
    let rocket_chat = Double::of_kind(ROCKET_CHAT).await;
    text += &run(&rocket_chat, &["retry"]).await.shown();
    insta::assert_snapshot!(text.replace(&double.url, "http://server").replace(&rocket_chat.url, "http://server"));
}

#[tokio::test]
async fn what_is_pending_is_fetched_and_waited_for() {
    let double = Double::of_kind(OURS).await;
    double.on("POST /api/v1/downloadPendingFiles", [ok(r#"{"count":3,"success":true}"#)]);
    double.on("POST /api/v1/downloadPendingAvatars", [ok(r#"{"count":1,"success":true}"#)]);
    double.on(
        "GET /api/v1/import.status",
        [
            ok(status("importing", "importer_importing_files", r#""total":3,"completed":0,"error":0"#)),
            ok(status("done", "importer_done", r#""total":3,"completed":2,"error":1"#)),
        ],
    );
    let mut text = String::new();
    for options in
        [&["fetch", "files"][..], &["fetch", "avatars"], &["fetch", "avatars", "--json"], &["fetch", "files", "--wait"]]
    {
        text += &format!("$ import-client {}\n{}\n", options.join(" "), run(&double, options).await.shown());
    }
    insta::assert_snapshot!(text);
}
