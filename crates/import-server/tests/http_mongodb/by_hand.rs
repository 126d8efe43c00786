//! `user add` and `room add` on a workspace's own database.

use std::{path::Path, process::Command};

use import_sample::workspace;
use import_store::credentials::random_id;
use mongodb::{
    Client, Database,
    bson::{Bson, DateTime, Document, doc},
};
use serde_json::{Value, json};

/// A workspace of its own, and its address.
async fn fresh() -> (Database, String) {
    let server = std::env::var("MONGODB_URL");
    let server = server.expect("no MONGODB_URL: run `cargo xtask test`, or set it to a MongoDB server's address");
    let url = format!("{}/import_commands_{}", server.trim_end_matches('/'), random_id());
    let database = Client::with_uri_str(&url).await.unwrap().default_database().unwrap();
    workspace::fill(&database, workspace::Line::Eight).await.unwrap();
    (database, url)
}

/// Runs the command on the workspace; answers what it printed.
fn run(words: &[&str], url: &str, directory: &Path) -> Value {
    let mut command = Command::new(env!("CARGO_BIN_EXE_import-server"));
    let finished =
        command.args(words).args(["--store", url, "--data-dir"]).arg(directory.join("data")).output().unwrap();
    assert!(finished.status.success(), "{finished:?}");
    serde_json::from_slice(&finished.stdout).unwrap()
}

async fn one(database: &Database, collection: &str, filter: Document) -> Value {
    let found = database.collection::<Document>(collection).find_one(filter).await.unwrap();
    Bson::Document(found.expect("a document")).into_relaxed_extjson()
}

#[tokio::test]
async fn a_placeholder_of_a_live_workspace_becomes_the_user_and_a_room_is_added() {
    let directory = tempfile::tempdir().unwrap();
    let (database, url) = fresh().await;
    let by = doc! { "_id": "p", "username": "u1", "name": "U1" };
    let placeholder = doc! {
        "_id": "p", "username": "u1", "name": "U1", "roles": ["user"], "active": false, "importIds": ["U1"],
        "importServer": { "placeholder": true }, "createdAt": DateTime::now(), "_updatedAt": DateTime::now(),
    };
    let message = doc! {
        "_id": "m", "rid": "GENERAL", "msg": "hi", "u": by, "ts": DateTime::now(), "_updatedAt": DateTime::now(),
        "reactions": { ":wave:": { "usernames": ["u1"] } },
    };
    database.collection("users").insert_one(placeholder).await.unwrap();
    database.collection("rocketchat_message").insert_one(message).await.unwrap();

    let answer = run(&["user", "add", "eve", "--import-id", "U1"], &url, directory.path());
    assert_eq!((answer["userId"].as_str(), answer["outcome"].as_str()), (Some("p"), Some("placeholderBecameUser")));
    let eve = one(&database, "users", doc! { "_id": "p" }).await;
    assert_eq!((&eve["username"], &eve["active"], eve.get("importServer")), (&json!("eve"), &json!(true), None));
    let message = one(&database, "rocketchat_message", doc! { "_id": "m" }).await;
    assert_eq!(message["u"]["username"], "eve");
    assert_eq!(message["reactions"], json!({":wave:": {"usernames": ["eve"]}}));

    let answer = run(&["room", "add", "old plans", "--import-id", "C1", "--private"], &url, directory.path());
    let room = one(&database, "rocketchat_room", doc! { "importIds": "C1" }).await;
    assert_eq!(answer, json!({"roomId": room["_id"], "name": "old-plans", "type": "private"}));
    assert_eq!((&room["t"], &room["usersCount"]), (&json!("p"), &json!(1)));
    let member = one(&database, "rocketchat_subscription", doc! { "rid": room["_id"].as_str().unwrap() }).await;
    assert_eq!(member["u"]["_id"], workspace::ADMIN.user_id);
}
