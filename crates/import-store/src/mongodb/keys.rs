//! Looking for documents by texts in which case is disregarded.

use std::collections::{HashMap, HashSet};

use bson::{Bson, Document, doc};
use mongodb::{
    Collection,
    options::{Collation, CollationStrength},
};

use super::{MongoStore, bulk, failure::Failure};

/// Keys in which case is disregarded are compared in lower case.
pub(super) fn folded(text: &str) -> String {
    text.to_lowercase()
}

/// How Rocket.Chat compares where it disregards case: its indexes of usernames and addresses are made so.
pub(super) fn ignoring_case() -> Collation {
    Collation::builder().locale("en").strength(CollationStrength::Secondary).case_level(false).build()
}

/// The texts of a field; `emails.address` is one of each element.
pub(super) fn texts<'a>(document: &'a Document, field: &str) -> Vec<&'a str> {
    match field.split_once('.') {
        None => document.get_str(field).into_iter().collect(),
        Some((list, inner)) => {
            let elements = document.get_array(list).map(Vec::as_slice).unwrap_or_default();
            elements.iter().filter_map(|element| element.as_document()?.get_str(inner).ok()).collect()
        }
    }
}

impl MongoStore {
    /// Documents whose `field` is one of these texts, case disregarded, with the fields of `projection` or all of them.
    pub(super) async fn by_folded(
        &self,
        collection: &Collection<Document>,
        field: &str,
        keys: &[String],
        projection: Option<Document>,
    ) -> Result<Vec<Document>, Failure> {
        let wanted: HashSet<String> = keys.iter().map(|key| folded(key)).filter(|key| !key.is_empty()).collect();
        if wanted.is_empty() {
            return Ok(Vec::new());
        }
        let matches = |document: &Document| texts(document, field).iter().any(|text| wanted.contains(&folded(text)));
        if !self.dialect.collation {
            let fields = doc! { "_id": 1, field: 1 };
            let all = bulk::all(collection, doc! { field: { "$exists": true } }, Some(fields)).await?;
            let ids: Vec<String> =
                all.iter().filter(|document| matches(document)).filter_map(|document| id(document)).collect();
            return self.by_ids(collection, &ids, projection).await;
        }
        let mut found = Vec::new();
        let mut seen = HashSet::new();
        let wanted: Vec<&String> = wanted.iter().collect();
        for chunk in wanted.chunks(bulk::AT_ONCE) {
            let keys = Bson::Array(chunk.iter().map(|key| Bson::String((*key).clone())).collect());
            let mut find = collection.find(doc! { field: { "$in": keys } }).collation(ignoring_case());
            if let Some(projection) = &projection {
                find = find.projection(projection.clone());
            }
            let mut rows = find.await?;
            while rows.advance().await? {
                let document = rows.deserialize_current()?;
                // Collation takes more for equal than letters of another case.
                if matches(&document) && id(&document).is_some_and(|id| seen.insert(id)) {
                    found.push(document);
                }
            }
        }
        Ok(found)
    }

    /// Documents whose `field`, a text or a list of texts, holds one of these.
    pub(super) async fn by_texts(
        &self,
        collection: &Collection<Document>,
        field: &str,
        keys: &[String],
        projection: Option<Document>,
    ) -> Result<Vec<Document>, Failure> {
        let mut found = HashMap::new();
        for chunk in keys.chunks(bulk::AT_ONCE) {
            let keys = Bson::Array(chunk.iter().map(|key| Bson::String(key.clone())).collect());
            for document in bulk::all(collection, doc! { field: { "$in": keys } }, projection.clone()).await? {
                if let Some(id) = id(&document) {
                    found.insert(id, document);
                }
            }
        }
        Ok(found.into_values().collect())
    }
}

/// The `_id` of a document of Rocket.Chat's.
pub(super) fn id(document: &Document) -> Option<String> {
    document.get_str("_id").ok().map(str::to_owned)
}
