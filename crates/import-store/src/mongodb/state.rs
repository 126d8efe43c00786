//! What is noted of an operation beside the staging area: what import ids stand for, who wrote whom, parts of the file,
//! what each share has of them. One document for each note; it goes when the operation's staging area is swept.

use std::collections::HashMap;

use bson::{Document, doc};
use futures_util::TryStreamExt as _;
use mongodb::Cursor;

use super::{MongoStore, bulk, failure::Failure};

/// What is noted.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Kind {
    /// The user that an import id stands for: `id`.
    User,
    /// The room that an import id stands for: `id`.
    Channel,
    /// The staged record that wrote a user: `seq`.
    Written,
    /// A room that messages or members were written to.
    Touched,
    /// A part of the file that holds messages.
    Part,
    /// A staged room, by each of its import ids: `seq`.
    Room,
    /// Ids of a selection.
    Selected,
    /// The parts of the file that a share has: `parts`.
    Share,
}

impl Kind {
    pub(super) const fn as_str(self) -> &'static str {
        match self {
            Self::User => "user",
            Self::Channel => "channel",
            Self::Written => "written",
            Self::Touched => "touched",
            Self::Part => "part",
            Self::Room => "room",
            Self::Selected => "selected",
            Self::Share => "share",
        }
    }
}

/// The `_id` of a note.
pub(super) fn id_of(operation: &str, kind: Kind, key: &str) -> String {
    format!("{operation}/{}/{key}", kind.as_str())
}

/// Makes notes: a key and what is noted of it. One that is there already is left as it is.
pub(super) async fn put(
    store: &MongoStore,
    operation: &str,
    kind: Kind,
    notes: impl IntoIterator<Item = (String, Document)>,
) -> Result<(), Failure> {
    let notes: Vec<Document> = notes
        .into_iter()
        .map(|(key, rest)| {
            let mut note = doc! {
                "_id": id_of(operation, kind, &key), "operation": operation, "kind": kind.as_str(), "key": key,
            };
            note.extend(rest);
            note
        })
        .collect();
    bulk::insert(&store.state(), &notes).await?;
    Ok(())
}

/// The notes with these keys: key to note.
pub(super) async fn get(
    store: &MongoStore,
    operation: &str,
    kind: Kind,
    keys: &[String],
) -> Result<HashMap<String, Document>, Failure> {
    let ids: Vec<String> = keys.iter().map(|key| id_of(operation, kind, key)).collect();
    let notes = store.by_ids(&store.state(), &ids, None).await?;
    let keyed = notes.into_iter().filter_map(|note| Some((note.get_str("key").ok()?.to_owned(), note)));
    Ok(keyed.collect())
}

/// Takes notes back; one that is not there is no matter.
pub(super) async fn remove(store: &MongoStore, operation: &str, kind: Kind, keys: &[String]) -> Result<(), Failure> {
    for keys in keys.chunks(bulk::AT_ONCE) {
        let ids: Vec<String> = keys.iter().map(|key| id_of(operation, kind, key)).collect();
        store.state().delete_many(doc! { "_id": { "$in": ids } }).await?;
    }
    Ok(())
}

/// The notes of a kind, in any order.
pub(super) async fn find(store: &MongoStore, operation: &str, kind: Kind) -> Result<Cursor<Document>, Failure> {
    Ok(store.state().find(doc! { "operation": operation, "kind": kind.as_str() }).await?)
}

/// All notes of a kind, in any order.
pub(super) async fn all(store: &MongoStore, operation: &str, kind: Kind) -> Result<Vec<Document>, Failure> {
    Ok(find(store, operation, kind).await?.try_collect().await?)
}
