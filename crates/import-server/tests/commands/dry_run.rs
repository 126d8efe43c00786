//! `import --dry-run`: says what would come of it, and changes nothing.

use std::{collections::BTreeMap, fs, path::Path};

use crate::{
    importing::steady_line,
    process::{examples, run},
};

/// The files of a data directory and what is in them, but for the lock and the database's companions, which come and go.
fn contents(dir: &Path) -> BTreeMap<String, Vec<u8>> {
    let entries = fs::read_dir(dir).unwrap().map(|entry| entry.unwrap());
    entries
        .filter(|entry| entry.file_type().unwrap().is_file())
        .map(|entry| (entry.file_name().into_string().unwrap(), fs::read(entry.path()).unwrap()))
        .filter(|(name, _)| !name.ends_with("-shm") && !name.ends_with("-wal"))
        .collect()
}

#[test]
fn a_data_directory_that_does_not_exist_is_not_created() {
    let parent = tempfile::tempdir().unwrap();
    let dir = parent.path().join("data");
    let zip = examples().join("csv-export.zip");
    let arguments = [
        "import",
        zip.to_str().unwrap(),
        "--importer",
        "csv",
        "--data-dir",
        dir.to_str().unwrap(),
        "--dry-run",
        "--json",
    ];
    let finished = run(arguments);
    assert_eq!((finished.code, finished.stderr.as_str()), (Some(2), ""));
    insta::assert_snapshot!(steady_line(&finished), @r#"{"state":"done","counts":{"users":61,"channels":28,"contacts":20,"messages":3042,"completed":3140,"error":16,"skipped":0},"seconds":"…","operation":"…","dryRun":true,"created":{"users":60,"channels":26,"contacts":20,"messages":3033},"updated":{"users":0,"channels":1,"contacts":0,"messages":0},"failedByReason":[{"dataType":"message","reason":"importer-message-unknown-room","count":5},{"dataType":"message","reason":"importer-message-unknown-user","count":4},{"dataType":"message","reason":"importer-message-invalid-timestamp","count":2},{"dataType":"user","reason":"importer-user-duplicate","count":1},{"dataType":"user","reason":"the line has 1 of 3 columns","count":1},{"dataType":"channel","reason":"importer-channel-missing-users","count":1},{"dataType":"message","reason":"a quote opens here and does not close","count":1},{"dataType":"message","reason":"the line has 2 of 3 columns","count":1}],"skippedByReason":[],"unknownSubtypes":[],"notices":[]}"#);
    assert!(!dir.exists());
}

#[test]
fn an_existing_workspace_stays_as_it_is_and_what_would_change_is_said() {
    let dir = tempfile::tempdir().unwrap();
    let path = dir.path().to_str().unwrap();
    let (users, folder) = (examples().join("csv/users.csv"), examples().join("csv"));
    assert_eq!(run(["import", users.to_str().unwrap(), "--importer", "csv", "--data-dir", path]).code, Some(2));
    let before = contents(dir.path());
    let failed = run(["failed", "--data-dir", path]).stdout;

    let arguments = ["import", folder.to_str().unwrap(), "--importer", "csv", "--data-dir", path, "--dry-run"];
    let finished = run(arguments);
    assert_eq!(finished.code, Some(2), "{finished:?}");
    let (table, rest) = finished.stdout.split_once("\n\n").unwrap();
    insta::assert_snapshot!(table, @r#"
              created  updated  failed  skipped
    users           0       60       2        0
    rooms          26        1       1        0
    messages    3,033        0      13        0
    contacts       20        0       0        0
    total       3,079       61      16        0
    "#);
    assert!(rest.starts_with("Dry run, nothing was changed: 3,156 records in "), "{rest}");
    assert!(rest.contains("\n16 records would fail:\n"), "{rest}");
    assert!(!rest.contains("import-server failed"), "{rest}");

    assert_eq!(contents(dir.path()).keys().collect::<Vec<_>>(), before.keys().collect::<Vec<_>>());
    assert!(contents(dir.path()) == before, "the database has changed");
    assert_eq!(run(["failed", "--data-dir", path]).stdout, failed);
}

#[test]
fn a_copy_that_was_made_is_removed() {
    let (dir, temporary) = (tempfile::tempdir().unwrap(), tempfile::tempdir().unwrap());
    let folder = examples().join("csv");
    let path = dir.path().to_str().unwrap();
    let arguments = ["import", folder.to_str().unwrap(), "--importer", "csv", "--data-dir", path, "--dry-run"];
    let running = crate::process::spawn(arguments, &[("TMPDIR", temporary.path().to_str().unwrap())]);
    assert_eq!(running.finish().code, Some(2));
    assert_eq!(fs::read_dir(temporary.path()).unwrap().count(), 0);
}
