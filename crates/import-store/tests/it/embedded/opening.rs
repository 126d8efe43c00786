//! Opening a data directory: fresh, used, in use, or somebody else's.

use std::{fs, path::Path};

use import_proto::{RoomType, UserType};
use import_store::{
    EmbeddedStore, RoomKeys, Store, UserKeys,
    credentials::{hash_token, password_digest, verify_password},
    embedded::{Access, GENERAL, OpenError, ROCKET_CAT},
};
use serde_json::Value;
use tempfile::tempdir;

use super::{mode, names, open, refused};
use crate::fixture::*;

/// The credentials file, once it is seen that they let the administrator in.
async fn credentials(store: &EmbeddedStore, directory: &Path) -> Value {
    let path = directory.join("admin-credentials.json");
    let credentials: Value = serde_json::from_slice(&fs::read(&path).unwrap()).unwrap();
    assert_eq!(mode(&path), 0o600);
    let text = |field: &str| credentials[field].as_str().unwrap();
    let hashed = hash_token(text("authToken"));
    let caller = store.authenticate(text("userId"), &hashed, at("2124-01-01T00:00:00.000Z")).await.unwrap().unwrap();
    assert_eq!(caller.permissions, strings(["run-import", "view-import-operations"]));
    let stored = store.credentials(text("username")).await.unwrap().unwrap();
    assert_eq!(stored.user_id, text("userId"));
    assert!(verify_password(&password_digest(text("password")), &stored.bcrypt.unwrap()));
    credentials
}

#[tokio::test]
async fn a_missing_directory_becomes_a_workspace() {
    let parent = tempdir().unwrap();
    let directory = parent.path().join("deep/data");
    let opened = open(&directory);
    let store = opened.store;
    assert_eq!(opened.created, Some(directory.join("admin-credentials.json")));
    assert_eq!(mode(&directory), 0o700);
    for name in ["lock", "workspace.sqlite3", "workspace.sqlite3-wal", "workspace.sqlite3-shm"] {
        assert_eq!(mode(&directory.join(name)), 0o600, "{name}");
    }

    let credentials = credentials(&store, &directory).await;
    assert_eq!(credentials.as_object().unwrap().len(), 4);
    assert_eq!(credentials["username"], "import-admin");
    assert_eq!(credentials["userId"], store.first_administrator());
    let keys = UserKeys { ids: strings([store.first_administrator(), ROCKET_CAT]), ..UserKeys::default() };
    let users = store.find_users(keys).await.unwrap();
    let told: Vec<_> =
        users.iter().map(|user| (user.username.as_str(), user.user_type, user.roles.join(" "), user.active)).collect();
    assert_eq!(
        told,
        [("rocket.cat", UserType::Bot, "bot".into(), true), ("import-admin", UserType::User, "admin".into(), true)]
    );
    assert_eq!(users[1].id.len(), 17);
    let rooms = store.find_rooms(RoomKeys { names: strings(["general"]), ..RoomKeys::default() }).await.unwrap();
    assert_eq!((rooms[0].id.as_str(), rooms[0].room_type), (GENERAL, RoomType::Channel));
}

#[tokio::test]
async fn secrets_stand_in_the_credentials_file_alone() {
    let directory = tempdir().unwrap();
    let store = open(directory.path()).store;
    let credentials = credentials(&store, directory.path()).await;
    for field in ["authToken", "password"] {
        let secret = credentials[field].as_str().unwrap();
        for name in names(directory.path()) {
            if directory.path().join(&name).is_dir() {
                continue;
            }
            let content = fs::read(directory.path().join(&name)).unwrap();
            let found = content.windows(secret.len()).any(|window| window == secret.as_bytes());
            assert_eq!(found, name == "admin-credentials.json", "{field} in {name}");
        }
    }
}

#[tokio::test]
async fn a_directory_with_only_what_is_ours_becomes_a_workspace() {
    let directory = tempdir().unwrap();
    for name in ["files", "uploads", "lost+found"] {
        fs::create_dir(directory.path().join(name)).unwrap();
    }
    fs::write(directory.path().join("admin-credentials.json"), "of a workspace that was deleted").unwrap();
    fs::write(directory.path().join("lock"), "").unwrap();
    let opened = open(directory.path());
    assert!(opened.created.is_some());
    credentials(&opened.store, directory.path()).await;
}

#[tokio::test]
async fn a_used_directory_keeps_its_workspace() {
    let directory = tempdir().unwrap();
    let first = open(directory.path()).store;
    let created = credentials(&first, directory.path()).await;
    write(&first, |workspace| workspace.new_users = vec![user("u1", "ann")]).await;
    let operation = begin(&first, "a").await;
    drop(first);

    let again = open(directory.path());
    assert_eq!(again.created, None);
    assert_eq!(credentials(&again.store, directory.path()).await, created);
    assert_eq!(again.store.current_operation().await.unwrap(), Some(operation));
    assert!(again.store.credentials("ann").await.unwrap().is_some());
    drop(again);

    fs::remove_file(directory.path().join("admin-credentials.json")).unwrap();
    assert_eq!(open(directory.path()).created, None);
    assert!(!directory.path().join("admin-credentials.json").exists(), "whoever removed it has read it");
}

#[test]
fn a_directory_is_used_by_one_at_a_time() {
    let directory = tempdir().unwrap();
    let first = open(directory.path());
    let error = refused(directory.path(), Access::Exclusive);
    assert!(matches!(error, OpenError::InUse { .. }));
    assert_eq!(
        error.to_string(),
        format!(
            "the data directory {} is in use by another server or import: wait for it or stop it, or name another directory",
            directory.path().display()
        )
    );
    drop(first);
    open(directory.path());
}

#[test]
fn a_directory_of_something_else_is_left_alone() {
    let directory = tempdir().unwrap();
    fs::write(directory.path().join("thesis.txt"), "…").unwrap();
    let error = refused(directory.path(), Access::Exclusive);
    assert_eq!(
        error.to_string(),
        format!(
            "the directory {} holds no workspace, but other things (\"thesis.txt\"): name an empty directory, or one that \
             does not exist",
            directory.path().display()
        )
    );
    assert_eq!(names(directory.path()), ["thesis.txt"]);
}

#[test]
fn other_things_may_come_to_a_workspace_later() {
    let directory = tempdir().unwrap();
    drop(open(directory.path()));
    fs::write(directory.path().join("notes.txt"), "…").unwrap();
    open(directory.path());
}

#[test]
fn what_is_no_directory_is_refused() {
    let parent = tempdir().unwrap();
    let file = parent.path().join("file");
    fs::write(&file, "").unwrap();
    assert!(matches!(refused(&file, Access::Exclusive), OpenError::File { .. }));
    assert!(matches!(refused(&file, Access::Beside), OpenError::File { .. } | OpenError::NoWorkspace { .. }));
}

/// A crash at each stage of creation leaves a directory that the next one to open it completes.
mod creation_cut_short {
    use super::*;

    async fn is_completed(directory: &Path, created: bool) {
        let opened = open(directory);
        assert_eq!(opened.created.is_some(), created);
        credentials(&opened.store, directory).await;
        assert_eq!(
            names(directory),
            [
                "admin-credentials.json",
                "files",
                "lock",
                "workspace.sqlite3",
                "workspace.sqlite3-shm",
                "workspace.sqlite3-wal"
            ]
        );
        assert!(opened.store.credentials("import-admin").await.unwrap().is_some());
    }

    #[tokio::test]
    async fn after_the_lock() {
        let directory = tempdir().unwrap();
        fs::write(directory.path().join("lock"), "").unwrap();
        is_completed(directory.path(), true).await;
    }

    #[tokio::test]
    async fn after_an_empty_database() {
        let directory = tempdir().unwrap();
        fs::write(directory.path().join("workspace.sqlite3"), "").unwrap();
        is_completed(directory.path(), true).await;
    }

    #[tokio::test]
    async fn while_the_secrets_are_written() {
        let directory = tempdir().unwrap();
        let database = rusqlite::Connection::open(directory.path().join("workspace.sqlite3")).unwrap();
        database.execute_batch("PRAGMA page_size = 16384; PRAGMA journal_mode = wal; VACUUM").unwrap();
        drop(database);
        fs::write(directory.path().join(".admin-credentials.json.part"), "{\"userId\": \"ab").unwrap();
        is_completed(directory.path(), true).await;
    }

    #[tokio::test]
    async fn before_the_commit() {
        let directory = tempdir().unwrap();
        drop(open(directory.path()));
        let secrets = fs::read(directory.path().join("admin-credentials.json")).unwrap();
        for name in ["workspace.sqlite3", "admin-credentials.json"] {
            fs::remove_file(directory.path().join(name)).unwrap();
        }
        fs::write(directory.path().join("workspace.sqlite3"), "").unwrap();
        fs::write(directory.path().join(".admin-credentials.json.part"), secrets).unwrap();
        is_completed(directory.path(), true).await;
    }

    #[tokio::test]
    async fn after_the_commit() {
        let directory = tempdir().unwrap();
        drop(open(directory.path()));
        let part = directory.path().join(".admin-credentials.json.part");
        fs::rename(directory.path().join("admin-credentials.json"), part).unwrap();
        is_completed(directory.path(), false).await;
    }

    #[tokio::test]
    async fn with_the_commit_still_in_the_log() {
        let (directory, copy) = (tempdir().unwrap(), tempdir().unwrap());
        let opened = open(directory.path());
        for name in ["workspace.sqlite3", "workspace.sqlite3-wal", "admin-credentials.json"] {
            fs::copy(directory.path().join(name), copy.path().join(name)).unwrap();
        }
        drop(opened);
        fs::rename(copy.path().join("admin-credentials.json"), copy.path().join(".admin-credentials.json.part"))
            .unwrap();
        is_completed(copy.path(), false).await;
    }
}
