//! The store in a workspace's own database.

mod doctor;
mod several;

use bson::{Bson, Document, doc};
use futures_util::TryStreamExt;
use import_sample::workspace::{self as rocket_chat, Line};
use import_store::{MongoStore, Store, credentials::random_id, documents::Date, mongodb::MongoOptions};
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
        rocket_chat::fill(&database, Line::Eight).await.unwrap();
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
        let of_the_start: Vec<String> = Line::Eight
            .collections("2026-01-01T00:00:00Z")
            .into_iter()
            .flat_map(|(_, documents)| documents)
            .map(|document| document["_id"].as_str().unwrap().to_owned())
            .collect();
        let is_new =
            |document: &Document| !document.get_str("_id").is_ok_and(|id| of_the_start.iter().any(|own| own == id));
        documents
            .into_iter()
            .filter(is_new)
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
