//! An import that is interrupted goes on with the same command.

use std::{
    fs::{self, File},
    path::Path,
    sync::Arc,
    time::{Duration, SystemTime},
};

use import_engine::{Engine, EngineOptions, FetchPolicy, Limits};
use import_proto::{Importer, OperationState};
use import_store::{EmbeddedStore, embedded::Access};

use crate::process::{examples, run, spawn};

const MESSAGES: u64 = 200_000;

/// An export that takes a while.
fn large_export(dir: &Path) {
    fs::create_dir(dir).unwrap();
    fs::write(dir.join("users.csv"), "ann,ann@example.com,Ann\nbob,,Bob\n").unwrap();
    fs::write(dir.join("channels.csv"), "lobby,ann,public,ann;bob\n").unwrap();
    fs::create_dir(dir.join("lobby")).unwrap();
    let line =
        |n: u64| format!("{},{},Message number {n} of many\n", ["ann", "bob"][n as usize % 2], 1_700_000_000_000 + n);
    fs::write(dir.join("lobby/1.csv"), (0..MESSAGES).map(line).collect::<String>()).unwrap();
}

#[test]
fn an_import_that_is_interrupted_stops_in_order_and_goes_on_with_the_same_command() {
    let dir = tempfile::tempdir().unwrap();
    let (export, data) = (dir.path().join("export"), dir.path().join("data"));
    large_export(&export);
    let arguments =
        ["import", export.to_str().unwrap(), "--importer", "csv", "--data-dir", data.to_str().unwrap(), "--json"];
    let running = spawn(arguments, &[]);
    running.wait_for("A new workspace");
    running.signal("INT");
    let finished = running.finish();
    assert_eq!((finished.code, finished.stdout.as_str()), (Some(1), ""), "{finished:?}");
    assert_eq!(
        finished.stderr,
        "Stopping after this batch. Interrupt again to stop at once.\n\
         error: interrupted; the same command goes on where the import was stopped\n"
    );

    let finished = run(arguments);
    assert_eq!(finished.code, Some(0), "{finished:?}");
    assert!(finished.stderr.starts_with("Going on with the operation "), "{finished:?}");
    assert_eq!(
        finished.json()["counts"],
        serde_json::json!({
            "users": 2, "channels": 1, "contacts": 0, "messages": MESSAGES, "completed": MESSAGES + 3, "error": 0, "skipped": 0
        })
    );
}

/// Prepares the example in `data` and stops there; answers the operation's id.
fn leave_ready(data: &Path) -> String {
    let runtime = tokio::runtime::Runtime::new().unwrap();
    runtime.block_on(async {
        let store = Arc::new(EmbeddedStore::open(data, Access::Exclusive).unwrap().store);
        let options = EngineOptions {
            files_dir: data.join("uploads"),
            limits: Limits::default(),
            fetch: FetchPolicy::default(),
            share_files: false,
            ..EngineOptions::default()
        };
        let engine = Engine::start(Arc::clone(&store), options).await.unwrap();
        let mut pulse = engine.pulse();
        let file = examples().join("csv-export.zip");
        let operation = engine.import_file(store.first_administrator(), Importer::Csv, &file).await.unwrap();
        pulse.wait_for(|pulse| pulse.state == OperationState::Ready).await.unwrap();
        engine.stop().await;
        operation.id
    })
}

#[test]
fn an_unfinished_import_of_the_same_file_is_gone_on_with() {
    let data = tempfile::tempdir().unwrap();
    let id = leave_ready(data.path());
    let zip = examples().join("csv-export.zip");
    let finished = run([
        "import",
        zip.to_str().unwrap(),
        "--importer",
        "csv",
        "--data-dir",
        data.path().to_str().unwrap(),
        "--json",
        "--unknown-rooms",
        "fail",
    ]);
    assert_eq!(finished.code, Some(2));
    assert_eq!(finished.json()["operation"], id.as_str());
    assert_eq!(
        finished.stderr,
        format!(
            "Going on with the operation {id}, an import of this file that was interrupted.\n\
             It keeps the options that it began with: --unknown-users, --unknown-rooms and --names-encoding are disregarded.\n"
        )
    );
}

#[test]
fn an_unfinished_import_is_not_given_up_for_another_command_without_consent() {
    let data = tempfile::tempdir().unwrap();
    let path = data.path().to_str().unwrap();
    let id = leave_ready(data.path());
    let (users, zip) = (examples().join("csv/users.csv"), examples().join("csv-export.zip").canonicalize().unwrap());
    let import = ["import", users.to_str().unwrap(), "--importer", "csv", "--data-dir", path, "--json"];
    let goes_on =
        format!("`import-server import {} --importer csv --data-dir {path}` goes on with it", zip.to_str().unwrap());
    let unfinished = format!("the operation {id} is not finished (ready)");
    for (refused, doing) in [
        (run(["fetch", "files", "--data-dir", path]), "cannot fetch what is pending".to_owned()),
        (run(["fetch", "avatars", "--data-dir", path]), "cannot fetch what is pending".to_owned()),
        (run(import), format!("cannot import {}", users.to_str().unwrap())),
    ] {
        assert_eq!((refused.code, refused.stdout.as_str()), (Some(1), ""));
        let expected = format!("error: {doing}: {unfinished}. {goes_on}; --discard gives it up for this one\n");
        assert_eq!(refused.stderr, expected);
    }
    let retried = run(["retry", "--data-dir", path]);
    assert_eq!(retried.stderr, format!("error: {unfinished}: nothing of it has failed in a run. {goes_on}\n"));
    let dry = run(["import", users.to_str().unwrap(), "--importer", "csv", "--data-dir", path, "--dry-run", "--json"]);
    assert_eq!(dry.code, Some(2));
    assert_eq!(dry.stderr, "", "what is only tried gives nothing up");

    let [command, file, option, importer, data_dir, ..] = import;
    let finished = run([command, file, option, importer, data_dir, path, "--json", "--discard"]);
    assert_ne!(finished.json()["operation"], id.as_str());
    assert_eq!(
        finished.stderr,
        format!("The operation {id}, which is not finished (ready), is given up for this one.\n")
    );
}

#[test]
fn an_unfinished_import_of_a_file_that_has_changed_is_given_up() {
    let data = tempfile::tempdir().unwrap();
    let path = data.path().to_str().unwrap();
    let copy = data.path().with_extension("zip");
    fs::copy(examples().join("csv-export.zip"), &copy).unwrap();
    let arguments =
        ["import", copy.to_str().unwrap(), "--importer", "csv", "--data-dir", path, "--channels", "nowhere"];
    // It becomes ready, and goes no further.
    assert_eq!(run(arguments).code, Some(1));
    File::options().write(true).open(&copy).unwrap().set_modified(SystemTime::now() + Duration::from_secs(9)).unwrap();
    let finished = run(["import", copy.to_str().unwrap(), "--importer", "csv", "--data-dir", path, "--json"]);
    assert_eq!(finished.code, Some(2));
    assert!(
        finished.stderr.contains(", an interrupted import of this file, is given up: the file has changed since.\n"),
        "{}",
        finished.stderr
    );
    fs::remove_file(copy).unwrap();
}
