//! Whether it is safe to import now.

use std::time::Duration;

use bson::{DateTime, Document, doc};
use import_proto::ProgressStep;
use import_store::{
    Claim, MongoStore, Store,
    credentials::random_id,
    mongodb::{
        MongoOptions,
        doctor::{Finding, Level},
    },
};

use super::{Mongo, server};
use crate::fixture::*;

async fn found(store: &MongoStore, name: &str) -> Finding {
    let findings = store.examine().await;
    findings.iter().find(|finding| finding.name == name).unwrap_or_else(|| panic!("{name} of {findings:?}")).clone()
}

async fn set(store: &MongoStore, collection: &str, id: &str, set: Document) {
    let collection = store.database().collection::<Document>(collection);
    let updated = collection.update_one(doc! { "_id": id }, doc! { "$set": set }).await.unwrap();
    assert_eq!(updated.matched_count, 1);
}

async fn connect(url: String) -> (MongoStore, tempfile::TempDir) {
    let directory = tempfile::tempdir().unwrap();
    let incoming = directory.path().join("incoming");
    (MongoStore::connect(MongoOptions { url, lease: MongoOptions::LEASE, incoming }).await.unwrap(), directory)
}

#[tokio::test]
async fn a_workspace_that_was_opened_is_fit_for_an_import_and_left_as_it_is() {
    let backend = Mongo::fresh().await;
    let store = backend.store();
    let findings = store.examine().await;
    // What depends on the machine and the server that the tests run on.
    let elsewhere = ["connection", "database server", "clock", "encryption", "free space"];
    for finding in &findings {
        assert_eq!(finding.level == Level::Ok, finding.advice.is_none(), "{finding:?}");
        assert!(finding.level != Level::Problem, "{finding:?}");
        assert!(finding.level == Level::Ok || elsewhere.contains(&finding.name), "{finding:?}");
    }
    let said = |name: &str| findings.iter().find(|finding| finding.name == name).unwrap().found.as_str();
    assert_eq!(said("Rocket.Chat"), "written by 8.0.1");
    assert_eq!(said("run-import"), "1 active user has it by admin");
    assert_eq!(said("roles"), "14 roles, `user` among them");
    assert_eq!(said("operation"), "nothing was imported yet");
    assert_eq!(said("write concern"), "majority");
    let state = store.database().collection::<Document>("import_server_state");
    assert_eq!(state.count_documents(doc! {}).await.unwrap(), 0);
}

#[tokio::test]
async fn a_database_without_a_workspace_is_a_problem() {
    let (store, _directory) = connect(format!("{}/import_store_{}", server().trim_end_matches('/'), random_id())).await;
    let findings = store.examine().await;
    let problems = findings.iter().filter(|finding| finding.level == Level::Problem).map(|finding| finding.name);
    assert_eq!(problems.collect::<Vec<_>>(), ["workspace", "roles", "run-import", "view-import-operations"]);
    assert_eq!(found(&store, "Rocket.Chat").await.level, Level::Warning);
    assert!(found(&store, "indexes").await.found.contains("rocketchat_import.importServer_number"));
    store.database().drop().await.unwrap();
}

#[tokio::test]
async fn what_an_administrator_is_to_know_before_is_a_warning() {
    let backend = Mongo::fresh().await;
    let store = backend.store();
    set(store, "rocketchat_statistics", "statisticsStati17", doc! { "version": "6.13.1" }).await;
    set(store, "rocketchat_settings", "FileUpload_Storage_Type", doc! { "value": "AmazonS3" }).await;
    store.database().collection::<Document>("rocketchat_room").drop_index("importServer_fname").await.unwrap();
    for (name, said) in [
        ("Rocket.Chat", "written by 6.13.1"),
        ("file storage", "FileUpload_Storage_Type is AmazonS3"),
        ("indexes", "missing: rocketchat_room.importServer_fname"),
    ] {
        let finding = found(store, name).await;
        assert_eq!(finding.level, Level::Warning, "{finding:?}");
        assert!(finding.found.contains(said), "{finding:?}");
    }

    let separator = if backend.url.contains('?') { '&' } else { '?' };
    let (careless, _directory) = connect(format!("{}{separator}w=1", backend.url)).await;
    let finding = found(&careless, "write concern").await;
    assert_eq!((finding.level, finding.found.as_str()), (Level::Warning, "w=1, as the address says"));
}

#[tokio::test]
async fn a_permission_that_nobody_active_has_is_a_problem() {
    let backend = Mongo::fresh().await;
    let store = backend.store();
    set(store, "users", import_sample::workspace::ADMIN.user_id, doc! { "active": false }).await;
    set(store, "rocketchat_permissions", "view-import-operations", doc! { "roles": [] }).await;
    let finding = found(store, "run-import").await;
    assert_eq!((finding.level, finding.found.as_str()), (Level::Problem, "no active user has it; its roles are admin"));
    let finding = found(store, "view-import-operations").await;
    assert_eq!((finding.level, finding.found.as_str()), (Level::Problem, "no role has it"));
}

#[tokio::test]
async fn an_import_at_work_is_told_with_its_server() {
    let backend = Mongo::fresh().await;
    let other = backend.another(Duration::from_secs(60)).await;
    let mut new = operation("a");
    new.operation.status = ProgressStep::ImportingUsers;
    other.create_operation(new).await.unwrap();
    let finding = found(backend.store(), "operation").await;
    assert_eq!(finding.level, Level::Warning);
    let expected =
        format!("a is at importer_importing_users; at work, by claims that they renew: {} until ", other.server());
    assert!(finding.found.starts_with(&expected), "{finding:?}");

    other.release("a", None).await.unwrap();
    let finding = found(backend.store(), "operation").await;
    let expected = "a is at importer_importing_users, and no server works on it";
    assert_eq!((finding.level, finding.found.as_str()), (Level::Warning, expected));

    let hung = backend.another(Duration::ZERO).await;
    assert!(matches!(hung.claim("a").await.unwrap(), Claim::Held { .. }));
    assert_eq!(found(backend.store(), "operation").await.found, expected, "its lease is over");

    other.end_operation(noon()).await.unwrap();
    let finding = found(backend.store(), "operation").await;
    assert_eq!(finding.level, Level::Ok, "{finding:?}");
}

#[tokio::test]
async fn an_import_of_rocket_chats_own_that_is_unfinished_is_a_problem() {
    let backend = Mongo::fresh().await;
    let store = backend.store();
    let own = doc! {
        "_id": "theirs", "type": "CSV", "importerKey": "csv", "ts": DateTime::now(), "valid": true, "user": "somebody",
        "status": "importer_importing_messages", "_updatedAt": DateTime::now(),
    };
    store.database().collection::<Document>("rocketchat_import").insert_one(own).await.unwrap();
    let finding = found(store, "operation").await;
    assert_eq!(finding.level, Level::Problem);
    assert_eq!(finding.found, "theirs is Rocket.Chat's own, is unfinished and is at importer_importing_messages");

    set(store, "rocketchat_import", "theirs", doc! { "valid": false }).await;
    assert_eq!(found(store, "operation").await.level, Level::Ok);
}
