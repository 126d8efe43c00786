//! Messages: inserted, or merged into those that are there; and the files that they show once those are fetched.

use std::collections::{HashMap, HashSet};

use bson::{Document, RawDocumentBuf, doc};
use futures_util::{StreamExt, stream};
use import_proto::Timestamp;
use mongodb::Collection;
use serde_json::{Map, Value};

use super::{MongoStore, activity, bulk, change, codec, failure::Failure, keys};
use crate::{
    documents::Message,
    equal::{equal, instant},
    merge::merge_message,
    patch::attach_file,
    uploads::AttachedFile,
};

/// How many commands are under way at once: while the database writes one, the next is read by it.
const UNDER_WAY: usize = 2;

/// How many messages of a batch were new, and how many were there already, changed or not.
#[derive(Debug, Default)]
pub(super) struct Written {
    pub(super) created: u64,
    pub(super) updated: u64,
}

/// Inserts messages, or merges them into those with their ids; none where `stop` says that nothing more may be written.
///
/// `again`: since when documents count as new that are there already and the same, because the batch may have been made
/// before and was cut short.
pub(super) async fn write(
    store: &MongoStore,
    operation: &str,
    messages: &[Message],
    again: Option<Timestamp>,
    stop: &(dyn Fn() -> bool + Sync),
) -> Result<Option<Written>, Failure> {
    let mut written = Written::default();
    if messages.is_empty() {
        return Ok(Some(written));
    }
    let rooms: HashSet<&str> = messages.iter().map(|message| message.rid.as_str()).collect();
    activity::note(store, operation, rooms).await?;

    // One whose id stands twice in the batch is merged with itself, in order, once the first is there.
    let mut seen = HashSet::with_capacity(messages.len());
    let (first, later): (Vec<&Message>, Vec<&Message>) =
        messages.iter().partition(|message| seen.insert(message.id.as_str()));
    let mut chunks = Vec::with_capacity(first.len().div_ceil(bulk::AT_ONCE));
    for chunk in first.chunks(bulk::AT_ONCE) {
        chunks.push(chunk.iter().map(|message| raw(message)).collect::<Result<Vec<_>, _>>()?);
    }
    let collection: Collection<RawDocumentBuf> = store.messages().clone_with_type();
    let inserts = chunks.into_iter().enumerate().map(|(at, chunk)| insert(collection.clone(), at, chunk));
    let mut inserts = stream::iter(inserts.collect::<Vec<_>>()).buffer_unordered(UNDER_WAY);
    let mut there = Vec::new();
    // Those that are under way when it is to stop are let go: they carry the same documents as whoever goes on.
    while let Some(inserted) = inserts.next().await {
        there.extend(inserted?);
        if stop() {
            return Ok(None);
        }
    }
    written.created += (first.len() - there.len()) as u64;
    let known: Vec<&Message> = there.into_iter().filter_map(|at| first.get(at).copied()).collect();
    merge(store, operation, &known, again, &mut written).await?;
    for message in later {
        merge(store, operation, &[message], None, &mut written).await?;
    }
    Ok(Some(written))
}

/// Inserts one chunk; answers the indexes, in the batch, of messages that are there already.
async fn insert(
    collection: Collection<RawDocumentBuf>,
    at: usize,
    chunk: Vec<RawDocumentBuf>,
) -> Result<Vec<usize>, Failure> {
    let there = bulk::insert(&collection, &chunk).await?;
    Ok(there.into_iter().map(|index| at * bulk::AT_ONCE + index).collect())
}

/// A message as it is stored.
fn raw(message: &Message) -> Result<RawDocumentBuf, Failure> {
    // Objects that a source brought may hold what BSON has no room for.
    if message.attachments.is_empty() && message.import_file.is_none() && message.reactions.is_empty() {
        return codec::raw(message);
    }
    RawDocumentBuf::try_from(&codec::document(message)?)
        .map_err(|error| Failure::Damaged(format!("a message cannot be stored: {error}")))
}

/// Merges messages into those that are there.
async fn merge(
    store: &MongoStore,
    operation: &str,
    messages: &[&Message],
    again: Option<Timestamp>,
    written: &mut Written,
) -> Result<(), Failure> {
    let ids: Vec<String> = messages.iter().map(|message| message.id.clone()).collect();
    let found = store.by_ids(&store.messages(), &ids, None).await?;
    let mut found: HashMap<String, Document> =
        found.into_iter().filter_map(|document| Some((keys::id(&document)?, document))).collect();
    for message in messages {
        let Some(there) = found.remove(&message.id) else {
            return Err(Failure::Damaged(format!("another document stands in the way of {}", message.id)));
        };
        let incoming = incoming(message)?;
        if is_same(&there, &incoming) {
            let since = again.map(|since| bson::DateTime::from_millis(since.as_millis()));
            let own = since.is_some_and(|since| there.get_datetime("_updatedAt").is_ok_and(|at| *at >= since));
            *(if own { &mut written.created } else { &mut written.updated }) += 1;
            continue;
        }
        written.updated += 1;
        let before = there.get_str("rid").unwrap_or_default().to_owned();
        if before != message.rid {
            activity::note(store, operation, [before.as_str()]).await?;
        }
        let mut merge = |fields: &mut Map<String, Value>| merge_message(fields, &incoming);
        if !change::apply(&store.messages(), there, &mut merge).await? {
            change::change(&store.messages(), &message.id, merge).await?;
        }
    }
    Ok(())
}

/// A message as it is to be merged: made fit to be stored like what is there.
fn incoming(message: &Message) -> Result<Map<String, Value>, Failure> {
    Ok(codec::to_fields(codec::document(message)?))
}

/// Whether a stored message is the incoming one, but for when it was written.
fn is_same(there: &Document, incoming: &Map<String, Value>) -> bool {
    if there.len() != incoming.len() {
        return false;
    }
    let there = codec::to_fields(there.clone());
    incoming.iter().all(|(field, value)| {
        field == "_updatedAt" || there.get(field).is_some_and(|there| equal(there, value) && same_kind(there, value))
    })
}

/// Dates are compared as dates.
fn same_kind(a: &Value, b: &Value) -> bool {
    instant(a).is_some() == instant(b).is_some()
}

/// Lets messages show files that were fetched. One that is not there, or has its file already, is no matter.
pub(super) async fn attach(
    store: &MongoStore,
    operation: &str,
    attached: &[AttachedFile],
    now: Timestamp,
) -> Result<(), Failure> {
    let ids: Vec<String> = attached.iter().map(|file| file.message.clone()).collect();
    let rooms = store.by_ids(&store.messages(), &ids, Some(doc! { "_id": 1, "rid": 1 })).await?;
    activity::note(store, operation, rooms.iter().filter_map(|message| message.get_str("rid").ok())).await?;
    for file in attached {
        change::change(&store.messages(), &file.message, |message| attach_file(message, file, now)).await?;
    }
    Ok(())
}
