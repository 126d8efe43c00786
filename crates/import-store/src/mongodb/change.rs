//! Changing a document that others may be changing too.

use bson::{Bson, Document, doc};
use mongodb::Collection;
use serde_json::{Map, Value};

use super::{MongoStore, codec, failure::Failure};

/// How often a document is read again that somebody else changed between reading and writing.
const ATTEMPTS: usize = 20;

/// Changes the document with this `_id`: `edit` is given its fields, says whether it changed any, and is asked again
/// where somebody else was faster. Only fields that changed are written. False where the document is not there, or
/// nothing changed. `read` is the document where it was read already.
pub(super) async fn change(
    store: &MongoStore,
    collection: &Collection<Document>,
    id: &str,
    mut read: Option<Document>,
    edit: impl Fn(&mut Map<String, Value>) -> bool + Send + Sync,
) -> Result<bool, Failure> {
    for _ in 0..ATTEMPTS {
        let stored = match read.take() {
            Some(stored) => stored,
            None => match collection.find_one(doc! { "_id": id }).await? {
                Some(stored) => stored,
                None => return Ok(false),
            },
        };
        let before = codec::to_fields(stored.clone());
        let mut after = before.clone();
        if !edit(&mut after) {
            return Ok(false);
        }
        let Some(update) = codec::changes(&stored, &before, after) else { return Ok(false) };
        let filter = if store.dialect.many_ids_scan {
            doc! { "_id": id }
        } else {
            unchanged(&stored, &update)
        };
        if collection.update_one(filter, update).await?.matched_count > 0 {
            return Ok(true);
        }
    }
    Err(Failure::Refused(format!("the document {id} of {} is changed by others all the time", collection.name())))
}

/// Matches a document for as long as it says of its last change what it said, and its lists that are to be written are what
/// they were: not everybody who adds to a list says so in `_updatedAt`.
fn unchanged(stored: &Document, update: &Document) -> Document {
    let mut filter = doc! { "_id": stored.get("_id").cloned().unwrap_or(Bson::Null) };
    filter.insert("_updatedAt", as_read(stored.get("_updatedAt")));
    let written = ["$set", "$unset"].into_iter().filter_map(|operator| update.get_document(operator).ok());
    for name in written.flat_map(Document::keys) {
        if let Some(list @ Bson::Array(_)) = stored.get(name) {
            filter.insert(name.clone(), doc! { "$eq": list.clone() });
        }
    }
    filter
}

/// Matches a field that is as it was read.
pub(super) fn as_read(value: Option<&Bson>) -> Bson {
    match value {
        Some(value) => Bson::Document(doc! { "$eq": value.clone() }),
        None => Bson::Document(doc! { "$exists": false }),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_document_is_changed_only_while_it_is_as_it_was_read() {
        let stored = doc! { "_id": "u", "_updatedAt": 1, "roles": ["user"], "importIds": ["1"], "name": "Ann" };
        let update = doc! { "$set": { "roles": ["user", "leader"], "name": "Anna", "bio": "Hi" } };
        assert_eq!(
            unchanged(&stored, &update),
            doc! { "_id": "u", "_updatedAt": { "$eq": 1 }, "roles": { "$eq": ["user"] } }
        );
        let bare = doc! { "_id": "u" };
        assert_eq!(unchanged(&bare, &update), doc! { "_id": "u", "_updatedAt": { "$exists": false } });
    }
}
