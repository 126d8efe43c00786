//! What users of the importer that this one replaces complain about, as far as no other test is about it.

use std::{fs, os::unix::fs::PermissionsExt as _};

use import_proto::{DataType, ImportInput, Importer, NewUser, OperationState, RecordChoice};
use import_store::{Store as _, staging::RecordStatus};
use serde_json::json;

use crate::{
    support::{Workspace, new_user},
    zip::{Entry, zip},
};

#[tokio::test]
async fn an_uploaded_file_is_for_the_owner_alone_and_removed_once_the_operation_is_done() {
    let workspace = Workspace::fresh().await;
    let mut upload = workspace.engine.begin_upload(&workspace.admin, "csv", "users.csv", None).await.unwrap();
    upload.write(b"ann,ann@example.com,Ann\n").await.unwrap();
    let operation = upload.finish().await.unwrap();
    let file = workspace.upload_path(&operation.id);
    assert_eq!(fs::metadata(&file).unwrap().permissions().mode() & 0o777, 0o600);
    workspace.settled().await;
    workspace.engine.start_import(ImportInput::everything()).await.unwrap();
    assert_eq!(workspace.settled().await.state, OperationState::Done);
    assert_eq!(workspace.uploads(), Vec::<String>::new());
}

#[tokio::test]
async fn an_uploaded_file_stays_while_what_was_passed_over_lies_in_it_alone_and_goes_with_the_operation() {
    let workspace = Workspace::fresh().await;
    let export = zip(&[
        Entry::new("users.csv", "ann,ann@example.com,Ann\n"),
        Entry::new("channels.csv", "docks,ann,public,\n"),
        Entry::new("docks/1.csv", "ann,1600000000000,hi\n"),
    ]);
    let mut upload = workspace.engine.begin_upload(&workspace.admin, "csv", "export.zip", None).await.unwrap();
    upload.write(&export).await.unwrap();
    let operation = upload.finish().await.unwrap();
    workspace.settled().await;
    let users_alone = ImportInput { users: Some(RecordChoice::all()), ..ImportInput::default() };
    workspace.engine.start_import(users_alone).await.unwrap();
    assert_eq!(workspace.settled().await.counts.skipped, 2);
    assert_eq!(workspace.uploads(), [operation.id]);
    workspace.engine.clear().await.unwrap();
    assert_eq!(workspace.uploads(), Vec::<String>::new());
}

#[tokio::test]
async fn a_password_is_staged_as_its_digest_alone() {
    let workspace = Workspace::fresh().await;
    let operation = workspace.engine.new_operation(&workspace.admin).await.unwrap();
    let user = NewUser { password: Some("hunter2".to_owned()), ..new_user(1) };
    workspace.engine.add_users(vec![user]).await.unwrap();
    let staged = workspace
        .engine
        .store()
        .staged(&operation.id, DataType::User, RecordStatus::Staged, 0, 10, 1 << 20)
        .await
        .unwrap();
    let data = &staged[0].data;
    assert!(!data.to_string().contains("hunter2"), "{data}");
    // And nobody is told even that.
    let listed = workspace.engine.records(Default::default()).await.unwrap().records;
    assert_eq!((&listed[0].data["username"], listed[0].data.get("password")), (&json!("user1"), None));
    // The SHA-256 of `hunter2`, which is what bcrypt is given.
    assert!(data.to_string().contains("f52fbd32b2b3b86ff88ef6c490628285f482af15ddcb29541f94bcf526a3f6c7"), "{data}");
}

#[tokio::test]
async fn a_list_of_3_000_users_in_no_archive_is_imported_whole() {
    let workspace = Workspace::fresh().await;
    let lines: String = (0..3_000).map(|n| format!("user{n},user{n}@example.com,User {n}\n")).collect();
    let folder = workspace.folder("lists", &[("users.csv", &lines)]);
    let done = workspace.import_as(Importer::Csv, &folder.join("users.csv")).await;
    assert_eq!((done.state, done.counts.created.users, done.counts.error), (OperationState::Done, 3_000, 0));
}

#[tokio::test]
async fn bad_entries_and_records_of_a_slack_export_are_counted_and_named_and_the_rest_is_imported() {
    let workspace = Workspace::fresh().await;
    let good = |ts: &str, text: &str| json!({"type": "message", "user": "U1", "ts": ts, "text": text}).to_string();
    let day = |records: &[String]| format!("[{}]", records.join(","));
    let deep = format!("[{}, {}{}]", good("1704100001.000000", "after"), "[".repeat(10_000), "]".repeat(10_000));
    let cut_off = format!("[{}, {{\"type\": \"mess", good("1704100002.000000", "cut off behind"));
    let times = day(&["NaN", "-62135596800", "10413792000"].map(|ts| good(ts, "when?")));
    let twice = day(&[good("1704100003.000000", "one"), good("1704100003.000000", "two")]);
    let folder = workspace.folder(
        "export",
        &[
            ("users.json", r#"[{"id": "U1", "name": "ann"}, {"id": "U1", "name": "bob"}]"#),
            ("channels.json", r#"[{"id": "C1", "name": "general"}]"#),
            ("general/2024-01-01.json", "no json"),
            ("general/2024-01-02.json", r#"{"messages": []}"#),
            ("general/2024-01-03.json", &cut_off),
            ("general/2024-01-04.json", &deep),
            ("general/2024-01-05.json", &times),
            ("general/2024-01-06.json", &twice),
        ],
    );
    let done = workspace.import_as(Importer::Slack, &folder).await;
    assert_eq!(done.state, OperationState::Done);
    assert_eq!(workspace.column("rocketchat_message", "msg").await, ["after", "cut off behind", "one", "two"]);
    let mut failures = workspace.located_failures().await;
    failures.sort_unstable();
    insta::assert_json_snapshot!("bad_slack_export", failures);
    assert_eq!(done.counts.error, failures.len() as u64);
    assert_eq!(done.staged.total, Some(done.counts.completed + done.counts.error));
}

#[tokio::test]
async fn a_slack_export_of_which_nothing_can_be_read_ends_in_error() {
    let workspace = Workspace::fresh().await;
    let folder = workspace.folder("export", &[("users.json", "{"), ("general/2024-01-01.json", "no json")]);
    let failed = workspace.prepare_as(Importer::Slack, &folder).await;
    assert_eq!(
        (failed.state, failed.failure.as_deref()),
        (OperationState::Error, Some("Nothing in export could be read: 2 records failed."))
    );
}
