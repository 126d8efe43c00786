//! `retry`: the failed records again, once the cause is mended, and what cannot be run again.

use std::{fs, path::Path};

use crate::process::{Finished, Server, examples, run};

/// A folder with an export of one user, one room and one message by somebody whom nobody knows.
fn export(parent: &Path, more: &[(&str, &str)]) -> String {
    let folder = parent.join("export");
    let files = [
        ("users.csv", "ann,ann@example.com,Ann\n"),
        ("channels.csv", "lobby,ann,public,\n"),
        ("lobby/1.csv", "ann,1600000000000,hi\nghost,1600000001000,boo\nghost,1600000002000,hoo\n"),
    ];
    for (name, text) in files.iter().chain(more) {
        let path = folder.join(name);
        fs::create_dir_all(path.parent().unwrap()).unwrap();
        fs::write(path, text).unwrap();
    }
    folder.to_str().unwrap().to_owned()
}

fn import(folder: &str, dir: &str) -> Finished {
    run(["import", folder, "--importer", "csv", "--data-dir", dir, "--json"])
}

fn retry(dir: &str) -> Finished {
    run(["retry", "--data-dir", dir])
}

/// What a command printed, without what differs from run to run.
fn steady(finished: &Finished, dir: &str) -> String {
    let text = finished.stdout.replace(dir, "DIR");
    let lines = text.lines().map(|line| match (line.split_once(" again in "), line.split_once(" s: ")) {
        (Some((before, _)), Some((_, after))) => format!("{before} again in …: {after}\n"),
        _ => format!("{line}\n"),
    });
    lines.collect()
}

#[test]
fn records_are_imported_once_the_cause_is_mended() {
    let parent = tempfile::tempdir().unwrap();
    let dir = parent.path().join("data");
    let dir = dir.to_str().unwrap();
    assert_eq!(import(&export(parent.path(), &[("lobby/2.csv", "ann,never,x\n")]), dir).code, Some(2));

    let again = retry(dir);
    assert_eq!((again.code, again.stderr.as_str()), (Some(2), ""));
    insta::assert_snapshot!(steady(&again, dir), @r#"
              created  updated  failed  skipped
    users           1        0       0        0
    rooms           1        0       0        0
    messages        1        0       3        0
    contacts        0        0       0        0
    total           3        0       3        0

    Done: 2 failed records were run again in …: 0 imported, 2 failed.

    3 records failed:
      message  lobby/1.csv, 2020-09-13T12:26:41.000Z  importer-message-unknown-user: ghost
      message  lobby/1.csv, 2020-09-13T12:26:42.000Z  importer-message-unknown-user: ghost
      message  lobby/2.csv, line 1, column 2  importer-message-invalid-timestamp: "never" is not a time in whole milliseconds from 1970 to 2099
    All of them: import-server failed --data-dir DIR

    What to do:
      Add an unknown person: import-server user add NAME --import-id ID --data-dir DIR
      Then run these records again: import-server retry --data-dir DIR
    "#);

    assert_eq!(run(["user", "add", "ghost", "--data-dir", dir]).code, Some(0));
    let mended = retry(dir);
    assert_eq!(mended.code, Some(2));
    insta::assert_snapshot!(steady(&mended, dir), @r#"
              created  updated  failed  skipped
    users           1        0       0        0
    rooms           1        0       0        0
    messages        3        0       1        0
    contacts        0        0       0        0
    total           5        0       1        0

    Done: 2 failed records were run again in …: 2 imported, 0 failed.

    1 record failed:
      message  lobby/2.csv, line 1, column 2  importer-message-invalid-timestamp: "never" is not a time in whole milliseconds from 1970 to 2099
    All of them: import-server failed --data-dir DIR
    "#);

    // What could not be read is read again with the file alone.
    let nothing = retry(dir);
    assert_eq!(nothing.code, Some(2));
    assert!(
        nothing
            .stdout
            .contains("\nNothing can be run again: 1 record could not be read. Mend the file, and import it anew.\n"),
        "{}",
        nothing.stdout
    );
    let line = run(["retry", "--data-dir", dir, "--json"]);
    assert_eq!((line.code, &line.json()["retried"], &line.json()["counts"]["error"]), (Some(2), &0.into(), &1.into()));
}

#[test]
fn messages_by_a_visitor_are_imported_once_somebody_has_their_import_id() {
    let parent = tempfile::tempdir().unwrap();
    let dir = parent.path().join("data");
    let dir = dir.to_str().unwrap();
    let example = examples().join("slack-export.zip");
    let example = example.to_str().unwrap();
    let import = ["import", example, "--importer", "slack", "--data-dir", dir, "--json", "--unknown-users", "fail"];
    assert_eq!(run(import).code, Some(2));
    let visitor = ["user", "add", "visitor", "--import-id", "U04VISITOR1", "--data-dir", dir];
    assert_eq!(run(visitor).code, Some(0));
    let line = run(["retry", "--data-dir", dir, "--json"]);
    assert_eq!((line.code, line.json()["counts"]["error"].as_u64()), (Some(0), Some(0)));
}

#[test]
fn a_retry_after_which_nothing_is_left_that_failed_is_a_success() {
    let parent = tempfile::tempdir().unwrap();
    let dir = parent.path().join("data");
    let dir = dir.to_str().unwrap();
    assert_eq!(import(&export(parent.path(), &[]), dir).code, Some(2));
    assert_eq!(run(["user", "add", "ghost", "--data-dir", dir]).code, Some(0));
    let line = run(["retry", "--data-dir", dir, "--json"]);
    assert_eq!(line.code, Some(0));
    let json = line.json();
    assert_eq!(
        (&json["retried"], &json["counts"]["error"], &json["counts"]["completed"]),
        (&2.into(), &0.into(), &5.into())
    );
    assert_eq!(json["failedByReason"], serde_json::json!([]));

    let nothing = retry(dir);
    assert_eq!(nothing.code, Some(0));
    assert!(nothing.stdout.ends_with("\nNothing has failed: there is nothing to run again.\n"), "{}", nothing.stdout);
}

#[test]
fn what_cannot_be_run_again_is_refused_with_what_to_do() {
    let parent = tempfile::tempdir().unwrap();
    let path = parent.path().join("data");
    let dir = path.to_str().unwrap();
    let refused = |finished: Finished| {
        assert_eq!((finished.code, finished.stdout.as_str()), (Some(1), ""), "{finished:?}");
        finished.stderr.replace(dir, "DIR")
    };
    assert!(refused(retry(dir)).starts_with("error: there is no workspace in DIR: "));
    assert!(!path.exists());

    let folder = export(parent.path(), &[]);
    let first = import(&folder, dir).json()["operation"].as_str().unwrap().to_owned();
    let second = import(&folder, dir).json()["operation"].as_str().unwrap().to_owned();
    let older = refused(run(["retry", "--data-dir", dir, "--operation", &first]));
    insta::assert_snapshot!(older.replace(&first, "FIRST").replace(&second, "SECOND"), @r#"error: the operation FIRST is not the last one: another, SECOND, was created after it. Its failed records can be listed (`import-server failed --operation FIRST`); to import them, import the file anew"#);
    assert_eq!(
        refused(run(["retry", "--data-dir", dir, "--operation", "nonesuch"])),
        "error: there is no operation nonesuch in DIR\n"
    );
    assert_eq!(run(["retry", "--data-dir", dir, "--operation", &second]).code, Some(2));

    let server = Server::start(&path);
    let beside = refused(retry(dir));
    assert!(beside.contains("in use"), "{beside}");
    let credentials: serde_json::Value =
        serde_json::from_str(&fs::read_to_string(path.join("admin-credentials.json")).unwrap()).unwrap();
    let headers = [
        ("X-User-Id", credentials["userId"].as_str().unwrap()),
        ("X-Auth-Token", credentials["authToken"].as_str().unwrap()),
    ];
    assert_eq!(server.request("POST /api/v1/import.new", &headers, "").0, 200);
    server.end_with("TERM");
    let blank = refused(retry(dir));
    assert!(blank.ends_with(" is not started yet: nothing of it has failed in a run\n"), "{blank}");

    let server = Server::start(&path);
    assert_eq!(server.request("POST /api/v1/import.clear", &headers, "").0, 200);
    server.end_with("TERM");
    let ended = refused(retry(dir));
    assert!(ended.contains(" was ended by an administrator. "), "{ended}");

    let picture = parent.path().join("holiday.jpg");
    fs::write(&picture, b"\xff\xd8\xff\xe0 not a zip at all").unwrap();
    assert_eq!(import(picture.to_str().unwrap(), dir).code, Some(1));
    let failed = refused(retry(dir));
    assert!(
        failed.contains(" failed, and nothing of it can be run again: cannot tell what holiday.jpg holds"),
        "{failed}"
    );
    assert!(failed.ends_with(". Mend the cause and import the file anew\n"), "{failed}");
}

#[test]
fn skipped_records_are_listed_and_those_in_the_file_alone_are_counted() {
    let dir = tempfile::tempdir().unwrap();
    let dir = dir.path().to_str().unwrap();
    let folder = examples().join("csv");
    let arguments = [
        "import",
        folder.to_str().unwrap(),
        "--importer",
        "csv",
        "--data-dir",
        dir,
        "--users",
        "all",
        "--channels",
        "finance",
    ];
    let imported = run(arguments);
    let (_, skipped) = imported.stdout.split_once(" records were skipped:\n").unwrap();
    assert!(skipped.starts_with("  2,978  message  not selected\n"), "{skipped}");
    let listed = run(["failed", "--skipped", "--data-dir", dir]);
    assert_eq!(listed.code, Some(0));
    assert_eq!(listed.stdout.lines().next(), Some("channel  general  not selected"));
    let notes: Vec<_> = listed.stderr.lines().collect();
    assert!(notes[0].starts_with("47 skipped records of the operation "), "{notes:?}");
    assert_eq!(notes[1], "2,978 more were skipped: messages of rooms that were not selected, in the file alone.");
}
