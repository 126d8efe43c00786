//! `import` and `failed`: from a file to the summary, and what is refused.

use std::fs;

use crate::process::{Finished, examples, run};

/// The line of JSON, without what differs from one run to the next.
pub(crate) fn steady_line(finished: &Finished) -> String {
    let mut line = finished.json();
    assert!(line["seconds"].as_f64().unwrap() >= 0.0);
    assert_eq!(line["operation"].as_str().unwrap().len(), 17);
    line["seconds"] = "…".into();
    line["operation"] = "…".into();
    line.to_string()
}

const EXAMPLE: &str = r#"{"state":"done","counts":{"users":61,"channels":28,"contacts":20,"messages":3042,"completed":3140,"error":16,"skipped":0},"seconds":"…","operation":"…","failedByReason":[{"dataType":"message","reason":"importer-message-unknown-room","count":5},{"dataType":"message","reason":"importer-message-unknown-user","count":4},{"dataType":"message","reason":"importer-message-invalid-timestamp","count":2},{"dataType":"user","reason":"importer-user-duplicate","count":1},{"dataType":"user","reason":"the line has 1 of 3 columns","count":1},{"dataType":"channel","reason":"importer-channel-missing-users","count":1},{"dataType":"message","reason":"a quote opens here and does not close","count":1},{"dataType":"message","reason":"the line has 2 of 3 columns","count":1}],"skippedByReason":[],"unknownSubtypes":[],"notices":[]}"#;

#[test]
fn the_example_is_imported_but_for_the_records_that_must_fail_and_again_adds_nothing() {
    let parent = tempfile::tempdir().unwrap();
    let dir = parent.path().join("data");
    let dir = dir.to_str().unwrap();
    let zip = examples().join("csv-export.zip");
    let first = run(["import", zip.to_str().unwrap(), "--importer", "csv", "--data-dir", dir, "--json"]);
    assert_eq!((first.code, steady_line(&first).as_str()), (Some(2), EXAMPLE));
    assert_eq!(
        first.stderr,
        format!("A new workspace; its administrator's credentials are in {dir}/admin-credentials.json\n")
    );

    let failed = run(["failed", "--data-dir", dir]);
    assert_eq!(failed.code, Some(0));
    insta::assert_snapshot!("failed records of the example", failed.stdout);
    let operation = first.json()["operation"].as_str().unwrap().to_owned();
    assert_eq!(failed.stderr, format!("16 failed records of the operation {operation} (CSV, csv-export.zip)\n"));

    // The folder is the same export; the summary is for people.
    let folder = examples().join("csv");
    let second = run(["import", folder.to_str().unwrap(), "--importer", "csv", "--data-dir", dir]);
    assert_eq!(second.code, Some(2), "{second:?}");
    let (table, rest) = second.stdout.split_once("\n\n").unwrap();
    insta::assert_snapshot!(table, @r#"
              created  updated  failed  skipped
    users           0       60       2        0
    rooms           0       27       1        0
    messages        0    3,033      13        0
    contacts        0       20       0        0
    total           0    3,140      16        0
    "#);
    let (speed, failures) = rest.split_once("\n\n").unwrap();
    assert!(speed.starts_with("Done: 3,156 records in "), "{speed}");
    assert!(speed.ends_with(" a second)."), "{speed}");
    insta::assert_snapshot!(failures.replace(dir, "DIR"), @r#"
    16 records failed:
      user     j.kowalska  importer-user-duplicate: another record of this import is the same user (j.kowalska)
      user     users.csv, line 62, column 2  the line has 1 of 3 columns: username, email, name are due, separated by commas
      channel  contractor.k/tom.okafor  importer-channel-missing-users: contractor.k
      message  buoy-7/2025-05.csv, line 54, column 3  a quote opens here and does not close
      message  engineering/2025-03.csv, 2025-03-04T12:22:10.996Z  importer-message-unknown-user: contractor.k
      … and 11 more
    By reason:
      5  message  importer-message-unknown-room
      4  message  importer-message-unknown-user
      2  message  importer-message-invalid-timestamp
      1  user     importer-user-duplicate
      1  user     the line has 1 of 3 columns
      1  channel  importer-channel-missing-users
      1  message  a quote opens here and does not close
      1  message  the line has 2 of 3 columns
    All of them: import-server failed --data-dir DIR

    What to do:
      Add an unknown person: import-server user add NAME --import-id ID --data-dir DIR
      Add an unknown room: import-server room add NAME --import-id ID [--private] --data-dir DIR
      Then run these records again: import-server retry --data-dir DIR
    "#);

    // The list of the first operation has outlived it.
    let first_again = run(["failed", "--data-dir", dir, "--operation", &operation]);
    assert_eq!(first_again.stdout, failed.stdout);
    let csv = run(["failed", "--data-dir", dir, "--csv"]);
    assert_eq!(csv.stdout.lines().next(), Some("kind,entry,line,column,reason,data"));
    assert_eq!(csv.stdout.lines().count(), 17);
    let json = run(["failed", "--data-dir", dir, "--json"]);
    insta::assert_snapshot!(json.stdout.lines().find(|line| line.contains("night.shift")).unwrap(), @r#"{"dataType":"message","data":{"_id":"csv-nmncg1f-1744110080008-7negpq8lridgg","rid":"support","u":{"_id":"night.shift"},"msg":"Quiet night, nothing to hand over.","ts":"2025-04-08T11:01:20.008Z"},"errors":[{"message":"importer-message-unknown-user: night.shift","entry":"support/2025-04.csv"}]}"#);
}

#[test]
fn only_what_is_selected_is_imported() {
    let dir = tempfile::tempdir().unwrap();
    let dir = dir.path().to_str().unwrap();
    let folder = examples().join("csv");
    let folder = folder.to_str().unwrap();
    let finished = run([
        "import",
        folder,
        "--importer",
        "csv",
        "--data-dir",
        dir,
        "--users",
        "all",
        "--channels",
        "finance",
        "--json",
    ]);
    // 60 users, a room and its 60 messages; what fails is in no room that could be left out, or was never a record.
    insta::assert_snapshot!(steady_line(&finished), @r#"{"state":"done","counts":{"users":61,"channels":28,"contacts":20,"messages":3042,"completed":121,"error":10,"skipped":3025},"seconds":"…","operation":"…","failedByReason":[{"dataType":"message","reason":"importer-message-unknown-room","count":4},{"dataType":"message","reason":"importer-message-invalid-timestamp","count":2},{"dataType":"user","reason":"importer-user-duplicate","count":1},{"dataType":"user","reason":"the line has 1 of 3 columns","count":1},{"dataType":"message","reason":"a quote opens here and does not close","count":1},{"dataType":"message","reason":"the line has 2 of 3 columns","count":1}],"skippedByReason":[{"dataType":"message","reason":"not selected","count":2978},{"dataType":"channel","reason":"not selected","count":27},{"dataType":"contact","reason":"not selected","count":20}],"unknownSubtypes":[],"notices":[]}"#);
}

#[test]
fn an_unknown_importer_is_refused_with_those_that_there_are() {
    let parent = tempfile::tempdir().unwrap();
    let dir = parent.path().join("data");
    let zip = examples().join("csv-export.zip");
    let none = "that reads files; there are: csv (CSV), slack (Slack), slack-users (Slack_Users), ";
    for (key, why) in [
        ("png", format!("there is no importer `png` {none}")),
        ("api", format!("there is no importer `api` {none}")),
        ("pending-files", "`pending-files` reads no file; `import-server fetch files` does what it does".into()),
        ("pending-avatars", "`pending-avatars` reads no file; `import-server fetch avatars` does what it does".into()),
    ] {
        let finished =
            run(["import", zip.to_str().unwrap(), "--importer", key, "--data-dir", dir.to_str().unwrap(), "--json"]);
        assert_eq!((finished.code, finished.stdout.as_str()), (Some(1), ""));
        assert!(finished.stderr.starts_with(&format!("error: {why}")), "{}", finished.stderr);
    }
    assert!(!dir.exists());
}

#[test]
fn a_file_that_is_missing_is_named_and_no_workspace_is_made() {
    let parent = tempfile::tempdir().unwrap();
    let dir = parent.path().join("data");
    let finished = run(["import", "no/such.zip", "--importer", "csv", "--data-dir", dir.to_str().unwrap()]);
    assert_eq!((finished.code, finished.stdout.as_str()), (Some(1), ""));
    assert_eq!(finished.stderr, "error: cannot read no/such.zip: No such file or directory (os error 2)\n");
    assert!(!dir.exists());
}

#[test]
fn a_file_that_cannot_be_read_as_an_export_is_an_error_and_says_what_is_expected() {
    let dir = tempfile::tempdir().unwrap();
    let file = tempfile::tempdir().unwrap();
    let file = file.path().join("holiday.jpg");
    fs::write(&file, b"\xff\xd8\xff\xe0 not a zip at all").unwrap();
    let dir = dir.path().to_str().unwrap();
    let file = file.to_str().unwrap();
    let finished = run(["import", file, "--importer", "csv", "--data-dir", dir, "--json"]);
    assert_eq!(finished.code, Some(1));
    let line = finished.json();
    assert_eq!(line["state"], "error");
    assert!(line["error"].as_str().unwrap().contains("holiday.jpg"), "{line}");

    let finished = run(["import", file, "--importer", "csv", "--data-dir", dir]);
    assert_eq!((finished.code, finished.stdout.as_str()), (Some(1), ""));
    assert!(finished.stderr.starts_with("error: the import failed: "), "{}", finished.stderr);

    let finished = run(["failed", "--data-dir", dir]);
    assert!(finished.stderr.contains("\nThe operation itself failed: "), "{}", finished.stderr);
    assert!(finished.stderr.contains("holiday.jpg"), "{}", finished.stderr);
}

#[test]
fn a_csv_file_that_is_in_no_archive_is_imported() {
    let dir = tempfile::tempdir().unwrap();
    let users = examples().join("csv/users.csv");
    let dir = dir.path().to_str().unwrap();
    let finished = run(["import", users.to_str().unwrap(), "--importer", "csv", "--data-dir", dir, "--json"]);
    insta::assert_snapshot!(steady_line(&finished), @r#"{"state":"done","counts":{"users":61,"channels":0,"contacts":0,"messages":0,"completed":60,"error":2,"skipped":0},"seconds":"…","operation":"…","failedByReason":[{"dataType":"user","reason":"importer-user-duplicate","count":1},{"dataType":"user","reason":"the line has 1 of 3 columns","count":1}],"skippedByReason":[],"unknownSubtypes":[],"notices":[]}"#);
    assert_eq!(finished.code, Some(2));
}

#[cfg(target_os = "linux")]
#[test]
fn a_file_larger_than_the_memory_that_there_is_is_imported() {
    use std::io::{Seek as _, SeekFrom, Write as _};

    let parent = tempfile::tempdir().unwrap();
    let export = parent.path().join("export");
    fs::create_dir_all(export.join("general")).unwrap();
    fs::write(export.join("users.csv"), "ann,ann@example.com,Ann\n").unwrap();
    let mut messages = fs::File::create(export.join("general/1.csv")).unwrap();
    messages.write_all(b"ann,1600000000000,one\nann,1600000001000,").unwrap();
    // What is not written takes no room on disk and is read as zeros.
    messages.seek(SeekFrom::Start(500_000_000)).unwrap();
    messages.write_all(b"\nann,1600000002000,three\n").unwrap();
    let (export, data) = (export.to_str().unwrap(), parent.path().join("data"));
    let arguments = ["import", export, "--importer", "csv", "--data-dir", data.to_str().unwrap(), "--json"];
    let finished = crate::process::run_within(400_000, arguments);
    assert_eq!(finished.code, Some(2), "{finished:?}");
    let counts = &finished.json()["counts"];
    assert_eq!((&counts["messages"], &counts["error"]), (&2.into(), &1.into()));
}

#[test]
fn a_directory_of_something_else_is_left_alone() {
    let dir = tempfile::tempdir().unwrap();
    fs::write(dir.path().join("thesis.txt"), "").unwrap();
    let zip = examples().join("csv-export.zip");
    let finished =
        run(["import", zip.to_str().unwrap(), "--importer", "csv", "--data-dir", dir.path().to_str().unwrap()]);
    assert_eq!(finished.code, Some(1));
    assert!(finished.stderr.contains("holds no workspace, but other things (\"thesis.txt\")"), "{}", finished.stderr);
    assert_eq!(fs::read_dir(dir.path()).unwrap().count(), 1);
}

#[test]
fn failures_can_be_listed_only_where_something_was_imported() {
    let dir = tempfile::tempdir().unwrap();
    let nowhere = dir.path().join("nowhere");
    let finished = run(["failed", "--data-dir", nowhere.to_str().unwrap()]);
    assert_eq!(finished.code, Some(1));
    assert!(finished.stderr.starts_with("error: there is no workspace in "), "{}", finished.stderr);
    assert!(!nowhere.exists());

    let dir = dir.path().to_str().unwrap();
    let users = examples().join("csv/users.csv");
    run(["import", users.to_str().unwrap(), "--importer", "csv", "--data-dir", dir]);
    let finished = run(["failed", "--data-dir", dir, "--operation", "nonesuch"]);
    assert_eq!(finished.code, Some(1));
    assert_eq!(finished.stderr, format!("error: there is no operation nonesuch in {dir}\n"));
}
