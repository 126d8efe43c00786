//! `user add --import-id`, where the workspace has a placeholder user or somebody with the address.

use std::{fs, path::Path};

use import_proto::Timestamp;
use import_store::{
    Batch, Committed, EmbeddedStore, Store as _, credentials::random_id, embedded::Access, operation::StoredOperation,
};
use serde_json::{Value, json};

use crate::process::{Finished, run};

const NOON: &str = "2024-05-01T12:00:00.000Z";

/// A workspace with ann, a placeholder for U1, and a message of the placeholder.
async fn workspace(dir: &Path) {
    let date = json!({"$date": NOON});
    let of = |value: Value| {
        let mut fields = json!({"_updatedAt": date, "createdAt": date, "ts": date});
        fields.as_object_mut().unwrap().extend(value.as_object().unwrap().clone());
        fields
    };
    let store = EmbeddedStore::open(dir, Access::Exclusive).unwrap().store;
    let operation = json!({
        "_id": random_id(), "type": "Slack", "importerKey": "slack", "ts": NOON, "status": "importer_importing_messages",
        "valid": true, "user": store.first_administrator(), "_updatedAt": NOON,
    });
    let operation = StoredOperation {
        operation: serde_json::from_value(operation).unwrap(),
        ended_by_administrator: false,
        work: Default::default(),
        revision: 0,
        share: None,
    };
    let mut batch = Batch::new(store.create_operation(operation).await.unwrap());
    let placeholder = of(json!({
        "_id": "p", "username": "u1", "name": "U1", "roles": ["user"], "active": false, "importIds": ["U1"],
        "bio": "Placeholder for U1: an imported export names this user, but does not describe them.",
        "importServer": {"placeholder": true},
    }));
    let ann = of(json!({
        "_id": "a", "username": "ann", "name": "Ann", "roles": ["user"], "active": true, "importIds": ["U2"],
        "emails": [{"address": "ann@example.org", "verified": true}],
    }));
    let room = of(json!({"_id": "r", "name": "lobby", "fname": "lobby", "t": "c"}));
    let by = json!({"_id": "p", "username": "u1", "name": "U1"});
    let message = of(json!({"_id": "m", "rid": "r", "msg": "ask @u1", "u": by, "mentions": [by]}));
    let changes = &mut batch.workspace;
    changes.new_users = vec![serde_json::from_value(placeholder).unwrap(), serde_json::from_value(ann).unwrap()];
    changes.new_rooms = vec![serde_json::from_value(room).unwrap()];
    changes.messages = vec![serde_json::from_value(message).unwrap()];
    assert!(matches!(store.commit(batch).await.unwrap(), Committed::Done(_)));
    store.end_operation(Timestamp::now()).await.unwrap();
}

/// The document with this `_id`, as it is exported.
fn exported(dir: &Path, collection: &str, id: &str) -> Value {
    let out = dir.join(random_id());
    let finished = run(["export", "--out", out.to_str().unwrap(), "--data-dir", dir.join("data").to_str().unwrap()]);
    assert_eq!(finished.code, Some(0), "{finished:?}");
    let lines = fs::read_to_string(out.join(format!("{collection}.ndjson"))).unwrap();
    let mut documents = lines.lines().map(|line| serde_json::from_str::<Value>(line).unwrap());
    documents.find(|document| document["_id"] == id).unwrap()
}

async fn add<const N: usize>(dir: &Path, words: [&str; N]) -> Finished {
    let data = dir.join("data");
    if !data.exists() {
        workspace(&data).await;
    }
    let mut all = vec!["user", "add"];
    all.extend(words);
    all.extend(["--data-dir", data.to_str().unwrap()]);
    match all.len() {
        7 => run::<7>(all.try_into().unwrap()),
        9 => run::<9>(all.try_into().unwrap()),
        _ => panic!("{all:?}"),
    }
}

#[tokio::test]
async fn a_placeholder_becomes_the_user_with_all_messages() {
    let dir = tempfile::tempdir().unwrap();
    let added = add(dir.path(), ["eve", "--import-id", "U1", "--email", "eve@example.org"]).await;
    assert_eq!((added.code, added.stderr.as_str()), (Some(0), ""));
    let answer = added.json();
    assert_eq!((&answer["userId"], &answer["username"]), (&json!("p"), &json!("eve")));
    assert_eq!(answer["outcome"], "placeholderBecameUser");
    assert!(answer["password"].is_string());
    let eve = exported(dir.path(), "users", "p");
    for (field, value) in [
        ("username", json!("eve")),
        ("name", json!("eve")),
        ("active", json!(true)),
        ("roles", json!(["user"])),
        ("importIds", json!(["U1"])),
        ("emails", json!([{"address": "eve@example.org", "verified": false}])),
        ("bio", Value::Null),
        ("importServer", Value::Null),
    ] {
        assert_eq!(eve[field], value, "{field}");
    }
    let message = exported(dir.path(), "rocketchat_message", "m");
    let named = json!({"_id": "p", "username": "eve", "name": "eve"});
    assert_eq!((&message["u"], &message["msg"], &message["mentions"][0]), (&named, &json!("ask @eve"), &named));
}

#[tokio::test]
async fn somebody_with_the_address_gets_the_import_id_and_nothing_else() {
    let dir = tempfile::tempdir().unwrap();
    let added = add(dir.path(), ["anna", "--import-id", "U9", "--email", "ANN@example.org"]).await;
    assert_eq!(added.json(), json!({"userId": "a", "username": "ann", "outcome": "importIdsAdded"}));
    assert_eq!(added.stderr, "ann has this address already and got the import id. Nothing else of ann changed.\n");
    let ann = exported(dir.path(), "users", "a");
    assert_eq!(
        (&ann["importIds"], &ann["name"], &ann["username"]),
        (&json!(["U2", "U9"]), &json!("Ann"), &json!("ann"))
    );
}

#[tokio::test]
async fn an_import_id_moves_from_a_placeholder_to_the_user_with_the_address() {
    let dir = tempfile::tempdir().unwrap();
    let added = add(dir.path(), ["ann", "--import-id", "U1", "--email", "ann@example.org"]).await;
    assert_eq!(added.json()["userId"], "a");
    assert!(added.stderr.contains("stay with the placeholder user u1."), "{}", added.stderr);
    assert_eq!(exported(dir.path(), "users", "a")["importIds"], json!(["U2", "U1"]));
    assert_eq!(exported(dir.path(), "users", "p")["importIds"], json!([]));
    assert_eq!(exported(dir.path(), "rocketchat_message", "m")["u"]["username"], "u1");
}

#[tokio::test]
async fn a_placeholder_does_not_become_somebody_whose_name_is_taken() {
    let dir = tempfile::tempdir().unwrap();
    let refused = add(dir.path(), ["ANN", "--import-id", "U1"]).await;
    assert_eq!((refused.code, refused.stdout.as_str()), (Some(1), ""));
    assert_eq!(refused.stderr, "error: cannot add ANN: there is a user of that name already\n");
    let refused = add(dir.path(), ["eve", "--import-id", "U2"]).await;
    assert_eq!(refused.stderr, "error: cannot add eve: the import id U2 is ann's already\n");
}
