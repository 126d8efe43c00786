//! Several at work at once: readers beside the writer, other processes beside both.

use std::{fs, future::Future, pin::pin, task::Poll};

use import_proto::DataType;
use import_store::{
    Batch, EmbeddedStore, Store, UserKeys,
    embedded::{Access, OpenError},
};
use rusqlite::Connection;
use tempfile::tempdir;

use super::{Embedded, names, open, refused};
use crate::fixture::*;

#[test]
fn there_must_be_a_workspace_to_look_at() {
    let parent = tempdir().unwrap();
    let missing = parent.path().join("missing");
    let error = refused(&missing, Access::Beside);
    assert!(matches!(error, OpenError::NoWorkspace { .. }));
    assert_eq!(
        error.to_string(),
        format!("there is no workspace in {}: name the data directory of a server or an import", missing.display())
    );
    assert_eq!(names(parent.path()), [""; 0], "nothing is made");

    let begun = parent.path().join("begun");
    fs::create_dir(&begun).unwrap();
    fs::write(begun.join("workspace.sqlite3"), "").unwrap();
    assert!(matches!(refused(&begun, Access::Beside), OpenError::NoWorkspace { .. }));
}

#[tokio::test]
async fn users_and_tokens_are_added_beside_a_server() {
    let directory = tempdir().unwrap();
    let server = open(directory.path()).store;
    let beside = EmbeddedStore::open(directory.path(), Access::Beside).unwrap().store;
    assert_eq!(beside.first_administrator(), server.first_administrator());
    assert!(beside.add_user(user("u1", "ann")).await.unwrap());
    let token = import_store::NewToken::PersonalAccess { name: "t".into(), last_token_part: "abcdef".into() };
    beside.add_token("u1", "hash", token, noon()).await.unwrap();
    assert!(server.authenticate("u1", "hash", noon()).await.unwrap().is_some());
    assert!(!server.add_user(user("u2", "ann")).await.unwrap());
    drop(beside);
    begin(&server, "a").await;
}

/// Polls a future once, which must leave it waiting.
async fn begin_to_wait<F: Future>(mut future: std::pin::Pin<&mut F>) {
    std::future::poll_fn(|context| {
        assert!(future.as_mut().poll(context).is_pending());
        Poll::Ready(())
    })
    .await;
}

/// Another process that is writing, for as long as it likes.
fn writing(directory: &std::path::Path) -> Connection {
    let other = Connection::open(directory.join("workspace.sqlite3")).unwrap();
    other.execute_batch("BEGIN IMMEDIATE; UPDATE workspace SET value = value").unwrap();
    other
}

#[tokio::test]
async fn reading_does_not_wait_for_writing() {
    let backend = Embedded::fresh().await;
    let store = backend.store();
    let operation = begin(store, "a").await;
    let other = writing(backend.directory.path());

    let mut batch = Batch::new(operation.clone());
    batch.stage = vec![staged(DataType::User, 1)];
    batch.workspace.new_users = vec![user("u1", "ann")];
    let mut committing = pin!(store.commit(batch));
    begin_to_wait(committing.as_mut()).await;

    let keys = || UserKeys { ids: strings(["u1"]), ..UserKeys::default() };
    assert_eq!(store.current_operation().await.unwrap(), Some(operation));
    assert_eq!(store.find_users(keys()).await.unwrap(), []);
    assert_eq!(store.list_staged("a", Default::default(), 0, 10).await.unwrap().1, 0);
    other.execute_batch("COMMIT").unwrap();
    committing.await.unwrap();
    assert_eq!(store.find_users(keys()).await.unwrap(), [user("u1", "ann")]);
    assert_eq!(store.current_operation().await.unwrap().unwrap().revision, 2);
}

#[tokio::test]
async fn a_commit_that_was_sent_is_carried_out_though_nobody_waits() {
    let backend = Embedded::fresh().await;
    let operation = begin(backend.store(), "a").await;
    let other = writing(backend.directory.path());
    {
        let committing = pin!(backend.store().commit(Batch::new(operation)));
        begin_to_wait(committing).await;
    }
    other.execute_batch("COMMIT").unwrap();
    drop(other);
    let Embedded { store, directory } = backend;
    drop(store);
    let again = open(directory.path()).store;
    assert_eq!(again.current_operation().await.unwrap().unwrap().revision, 2);
}
