//! The store in a workspace's own database.

use bson::{Bson, Document, doc};
use futures_util::TryStreamExt;
use import_store::{
    MongoStore, Store,
    credentials::random_id,
    documents::{Date, GENERAL, ROCKET_CAT},
    mongodb::MongoOptions,
};
use serde_json::Value;
use std::time::Duration;
use tempfile::TempDir;

use crate::{fixture::Backend, suite::every_test};

pub(crate) struct Mongo {
    store: MongoStore,
    url: String,
    directory: TempDir,
}

/// Where the database server is that the tests are to use.
fn server() -> String {
    std::env::var("MONGODB_URL")
        .expect("no MONGODB_URL: run `cargo xtask test`, or set it to a MongoDB server's address")
}

impl Mongo {
    /// Another server on the same database.
    pub(crate) async fn another(&self, lease: Duration) -> MongoStore {
        open(&self.url, self.directory.path(), lease).await
    }
}

async fn open(url: &str, directory: &std::path::Path, lease: Duration) -> MongoStore {
    let incoming = directory.join(random_id());
    MongoStore::open(MongoOptions { url: url.to_owned(), lease, incoming }).await.unwrap()
}

impl Backend for Mongo {
    type Store = MongoStore;

    async fn fresh() -> Self {
        let directory = tempfile::tempdir().unwrap();
        let url = format!("{}/import_store_{}", server().trim_end_matches('/'), random_id());
        let client = mongodb::Client::with_uri_str(&url).await.unwrap();
        let database = client.default_database().unwrap();
        let users = database.collection::<Document>("users");
        users
            .insert_one(doc! { "_id": ROCKET_CAT, "username": ROCKET_CAT, "type": "bot", "roles": ["bot"], "active": true, "createdAt": bson::DateTime::from_millis(0), "_updatedAt": bson::DateTime::from_millis(0), "name": "Rocket.Cat" })
            .await
            .unwrap();
        let roles = [
            "admin",
            "user",
            "bot",
            "guest",
            "moderator",
            "leader",
            "owner",
            "anonymous",
            "app",
            "livechat-agent",
            "livechat-manager",
            "livechat-monitor",
            "auditor",
            "auditor-log",
        ];
        database
            .collection::<Document>("rocketchat_roles")
            .insert_many(roles.map(|role| doc! { "_id": role, "name": role }))
            .await
            .unwrap();
        database
            .collection::<Document>("rocketchat_permissions")
            .insert_many(["run-import", "view-import-operations"].map(|id| doc! { "_id": id, "roles": ["admin"] }))
            .await
            .unwrap();
        database
            .collection::<Document>("rocketchat_room")
            .insert_one(doc! { "_id": GENERAL, "name": "general", "fname": "general", "t": "c", "ts": bson::DateTime::from_millis(0), "_updatedAt": bson::DateTime::from_millis(0), "msgs": 0, "usersCount": 0 })
            .await
            .unwrap();
        Self { store: open(&url, directory.path(), MongoOptions::LEASE).await, url, directory }
    }

    fn store(&self) -> &MongoStore {
        &self.store
    }

    async fn documents(&self, collection: &str) -> Vec<Value> {
        if let Some(current) = self.store.current_operation().await.unwrap() {
            self.store.refresh_rooms(&current.operation.id).await.unwrap();
        }
        let found = self.store.database().collection::<Document>(collection).find(doc! {}).await.unwrap();
        let documents: Vec<Document> = found.try_collect().await.unwrap();
        let own = |document: &Document| !document.get_str("_id").is_ok_and(|id| [ROCKET_CAT, GENERAL].contains(&id));
        documents
            .into_iter()
            .filter(own)
            .map(|document| with_dates(Bson::Document(document).into_relaxed_extjson()))
            .collect()
    }
}

/// Dates in the form in which this project writes them.
fn with_dates(value: Value) -> Value {
    match value {
        Value::Object(fields) if fields.contains_key("$date") => {
            let date: Date = serde_json::from_value(Value::Object(fields)).unwrap();
            serde_json::to_value(date).unwrap()
        }
        Value::Object(fields) => fields.into_iter().map(|(name, value)| (name, with_dates(value))).collect(),
        Value::Array(values) => values.into_iter().map(with_dates).collect(),
        other => other,
    }
}

every_test!(crate::mongodb::Mongo);
