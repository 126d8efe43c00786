//! Databases that cannot be used, and what is said of them.

use std::{fs, path::PathBuf};

use import_store::embedded::{Access, OpenError};
use tempfile::{TempDir, tempdir};

use super::{open, refused};

/// A workspace that is closed, and its database.
fn workspace() -> (TempDir, PathBuf) {
    let directory = tempdir().unwrap();
    drop(open(directory.path()));
    let database = directory.path().join("workspace.sqlite3");
    (directory, database)
}

#[test]
fn a_newer_workspace_is_refused() {
    let (directory, database) = workspace();
    rusqlite::Connection::open(&database).unwrap().execute_batch("PRAGMA user_version = 99").unwrap();
    for access in [Access::Exclusive, Access::Beside] {
        assert_eq!(
            refused(directory.path(), access).to_string(),
            format!(
                "the workspace {} is of version 99, which this program does not know (it knows up to 3): use a newer program",
                database.display()
            )
        );
    }
}

#[test]
fn what_is_no_database_is_said_to_be_damaged() {
    let (directory, database) = workspace();
    fs::write(&database, "this was a database once ".repeat(1000)).unwrap();
    for access in [Access::Exclusive, Access::Beside] {
        assert_eq!(
            refused(directory.path(), access).to_string(),
            format!(
                "the workspace {} is damaged (file is not a database): put a backup in its place, or move it away to begin \
                 anew",
                database.display()
            )
        );
    }
    assert_eq!(fs::read_to_string(&database).unwrap().len(), 25_000, "it is left as it is");
}

#[test]
fn a_database_that_was_cut_off_is_said_to_be_damaged() {
    let (directory, database) = workspace();
    let file = fs::OpenOptions::new().write(true).open(&database).unwrap();
    file.set_len(file.metadata().unwrap().len() / 2).unwrap();
    assert!(matches!(refused(directory.path(), Access::Exclusive), OpenError::Damaged { .. }));
}

#[test]
fn a_database_of_something_else_is_refused() {
    let directory = tempdir().unwrap();
    let database = directory.path().join("workspace.sqlite3");
    rusqlite::Connection::open(&database).unwrap().execute_batch("CREATE TABLE song (title TEXT)").unwrap();
    let error = refused(directory.path(), Access::Exclusive);
    assert!(matches!(&error, OpenError::Damaged { .. }), "{error}");
    assert!(error.to_string().contains("it is a database of something else"), "{error}");
}
