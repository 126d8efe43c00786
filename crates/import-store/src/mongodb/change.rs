//! Changing documents that Rocket.Chat may change at the same time.

use bson::{Bson, Document, doc};
use mongodb::Collection;
use serde_json::{Map, Value};

use super::{bulk, codec, failure::Failure};

/// How often a document is read again that somebody else has changed meanwhile.
const TRIES: usize = 20;

/// Changes the document with this `_id` as `change` says; false where it is not there. Only fields that `change` gives
/// another value are written, and only on the document that it saw.
pub(super) async fn change(
    collection: &Collection<Document>,
    id: &str,
    mut change: impl FnMut(&mut Map<String, Value>) -> bool + Send,
) -> Result<bool, Failure> {
    for _ in 0..TRIES {
        let Some(found) = collection.find_one(doc! { "_id": id }).await? else { return Ok(false) };
        if apply(collection, found, &mut change).await? {
            return Ok(true);
        }
    }
    Err(Failure::Refused(format!("the document {id} of {} is changed all the time", collection.name())))
}

/// Changes a document that was read; false where it is another one by now.
pub(super) async fn apply(
    collection: &Collection<Document>,
    found: Document,
    change: &mut (impl FnMut(&mut Map<String, Value>) -> bool + Send),
) -> Result<bool, Failure> {
    let Some(id) = found.get("_id").cloned() else { return Ok(true) };
    let seen = found.clone();
    let before = codec::to_fields(found);
    let mut after = before.clone();
    if !change(&mut after) {
        return Ok(true);
    }
    let Some(update) = codec::changes(&before, after) else { return Ok(true) };
    // Every field that is to be written is still what was read of it: what others write beside does not matter.
    let mut filter = doc! { "_id": id };
    let written =
        ["$set", "$unset"].into_iter().filter_map(|verb| update.get_document(verb).ok()).flat_map(Document::keys);
    for field in written {
        match seen.get(field) {
            Some(value) => filter.insert(field.clone(), doc! { "$eq": value.clone() }),
            None => filter.insert(field.clone(), doc! { "$exists": false }),
        };
    }
    Ok(collection.update_one(filter, update).await?.matched_count > 0)
}

/// Adds a text to the lists of many documents, each once: `_id` to texts.
pub(super) async fn add_to_lists(
    collection: &Collection<Document>,
    database: &mongodb::Database,
    field: &str,
    additions: impl IntoIterator<Item = (String, Vec<String>)>,
) -> Result<(), Failure> {
    let updates = additions.into_iter().map(|(id, texts)| {
        let texts = Bson::Array(texts.into_iter().map(Bson::String).collect());
        doc! { "q": { "_id": id }, "u": { "$addToSet": { field: { "$each": texts } } } }
    });
    bulk::update(collection, database, updates.collect()).await
}
