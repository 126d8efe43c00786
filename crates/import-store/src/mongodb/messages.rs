//! Messages: inserted, or merged into those that are there; and the files that they show once those are fetched.

use std::collections::{BTreeMap, HashMap, HashSet, hash_map::Entry};

use bson::{Document, RawDocumentBuf, doc};
use futures_util::{StreamExt, TryStreamExt, stream};
use import_proto::Timestamp;
use mongodb::Collection;
use serde_json::{Map, Value};

use super::{
    MongoStore, activity, bulk,
    change::change,
    codec,
    failure::Failure,
    users::{self, CHANGES, by_id},
};
use crate::{
    documents::Message,
    equal::{equal, instant},
    merge::{merge_message, other_reactors},
    patch::{attach_file, join_thread, update_thread},
    store::{ThreadReply, ThreadUpdate},
    uploads::AttachedFile,
};

/// How many commands that insert messages are under way at once.
const COMMANDS: usize = 2;

/// How many messages of a batch were new, and how many were there already, changed or not.
#[derive(Debug, Default)]
pub(super) struct Written {
    pub(super) created: u64,
    pub(super) updated: u64,
}

/// A message of a batch: as it came, or merged with others of its `_id` that came in the same batch.
enum Incoming<'a> {
    Once(&'a Message),
    Merged(Map<String, Value>),
}

/// A message and its `_id`.
type Keyed<'a> = (&'a str, Incoming<'a>);

impl Incoming<'_> {
    fn fields(&self) -> Result<Map<String, Value>, Failure> {
        match self {
            Self::Once(message) => codec::fields(message),
            Self::Merged(fields) => Ok(fields.clone()),
        }
    }

    fn stored(&self) -> Result<RawDocumentBuf, Failure> {
        match self {
            Self::Once(message) if is_plain(message) => codec::raw(message),
            Self::Once(message) => bytes(&codec::document(message)?),
            Self::Merged(fields) => bytes(&codec::from_fields(fields.clone())),
        }
    }
}

fn bytes(document: &Document) -> Result<RawDocumentBuf, Failure> {
    RawDocumentBuf::try_from(document).map_err(|error| Failure::Damaged(format!("it cannot be stored: {error}")))
}

/// Whether a message holds no names that a source made up.
fn is_plain(message: &Message) -> bool {
    message.attachments.is_empty()
        && message.import_file.as_ref().is_none_or(|file| file.file.original.is_null())
        && !message.reactions.keys().any(|emoji| emoji.starts_with('$') || emoji.contains('\0'))
}

/// The messages of a batch, each `_id` once, and how many came again.
fn each_once(messages: &[Message]) -> Result<(Vec<Keyed<'_>>, u64), Failure> {
    let mut at: HashMap<&str, usize> = HashMap::with_capacity(messages.len());
    let mut each: Vec<Keyed<'_>> = Vec::with_capacity(messages.len());
    let mut again = 0;
    for message in messages {
        match at.entry(&message.id) {
            Entry::Vacant(entry) => {
                entry.insert(each.len());
                each.push((&message.id, Incoming::Once(message)));
            }
            Entry::Occupied(entry) => {
                let (_, earlier) = &mut each[*entry.get()];
                let mut fields = earlier.fields()?;
                merge_message(&mut fields, &codec::fields(message)?, &HashSet::new());
                *earlier = Incoming::Merged(fields);
                again += 1;
            }
        }
    }
    Ok((each, again))
}

/// Inserts messages, or merges them into those with their ids. `again`: since when documents count as new that are there
/// already and the same, because the batch is made again. None once `stop` says that nothing more may be written.
pub(super) async fn write(
    store: &MongoStore,
    operation: &str,
    messages: &[Message],
    again: Option<Timestamp>,
    stop: &(dyn Fn() -> bool + Sync),
) -> Result<Option<Written>, Failure> {
    let rooms: HashSet<&str> = messages.iter().map(|message| message.rid.as_str()).collect();
    activity::note(store, operation, rooms).await?;
    let (each, twice) = each_once(messages)?;
    let collection: Collection<RawDocumentBuf> = store.messages().clone_with_type();
    let chunks: Vec<_> = each
        .chunks(bulk::AT_ONCE)
        .map(|chunk| {
            let collection = &collection;
            async move {
                if stop() {
                    return Ok::<_, Failure>(None);
                }
                let documents = chunk.iter().map(|(_, message)| message.stored()).collect::<Result<Vec<_>, _>>()?;
                let met = bulk::insert(collection, &documents).await?;
                Ok(Some(met.into_iter().map(|index| &chunk[index]).collect::<Vec<_>>()))
            }
        })
        .collect();
    let met: Vec<Option<Vec<&Keyed<'_>>>> = stream::iter(chunks).buffered(COMMANDS).try_collect().await?;
    let Some(met) = met.into_iter().collect::<Option<Vec<_>>>() else { return Ok(None) };
    let met: Vec<&Keyed<'_>> = met.into_iter().flatten().collect();

    let mut written = Written { created: (each.len() - met.len()) as u64, updated: twice };
    for chunk in met.chunks(bulk::AT_ONCE) {
        match merge(store, operation, chunk, again, stop).await? {
            Some(merged) => {
                written.created += merged.created;
                written.updated += merged.updated;
            }
            None => return Ok(None),
        }
    }
    Ok(Some(written))
}

/// Merges messages into those with their ids.
async fn merge(
    store: &MongoStore,
    operation: &str,
    messages: &[&Keyed<'_>],
    again: Option<Timestamp>,
    stop: &(dyn Fn() -> bool + Sync),
) -> Result<Option<Written>, Failure> {
    let collection = store.messages();
    let ids: Vec<String> = messages.iter().map(|(id, _)| (*id).to_owned()).collect();
    let mut there = by_id(store.by_ids(&collection, &ids, None).await?);
    let mut written = Written::default();
    let mut known = Vec::new();
    for (id, message) in messages {
        let incoming = message.fields()?;
        let Some(document) = there.remove(*id) else {
            // Somebody has deleted it since it was met.
            let inserted = bulk::insert(&collection.clone_with_type(), &[message.stored()?]).await?.is_empty();
            if !inserted {
                return Err(Failure::Damaged(format!("an index knows of a message {id:?}, which is not there")));
            }
            written.created += 1;
            continue;
        };
        let before = codec::to_fields(document.clone());
        if again.is_some_and(|since| is_made_again(&before, &incoming, since)) {
            written.created += 1;
            continue;
        }
        written.updated += 1;
        known.push((*id, document, before, incoming));
    }
    let others: HashSet<&str> =
        known.iter().flat_map(|(_, _, before, incoming)| other_reactors(before, incoming)).collect();
    let gone = users::standing_for_nobody(store, others).await?;
    let mut changes = Vec::new();
    let mut left_rooms = HashSet::new();
    for (id, document, before, incoming) in known {
        let mut after = before.clone();
        if !merge_message(&mut after, &incoming, &gone) {
            continue;
        }
        if before.get("rid") != after.get("rid") {
            left_rooms.extend(before.get("rid").and_then(Value::as_str).map(str::to_owned));
        }
        changes.push((id, document, incoming));
    }
    activity::note(store, operation, left_rooms.iter().map(String::as_str)).await?;
    let changes: Vec<_> = changes
        .into_iter()
        .map(|(id, document, incoming)| {
            let (collection, gone) = (&collection, &gone);
            async move {
                if stop() {
                    return Ok::<_, Failure>(false);
                }
                change(store, collection, id, Some(document), |there| merge_message(there, &incoming, gone)).await?;
                Ok(true)
            }
        })
        .collect();
    let done: Vec<bool> = stream::iter(changes).buffer_unordered(CHANGES).try_collect().await?;
    Ok(done.into_iter().all(|done| done).then_some(written))
}

/// Whether a message is what the same batch has left when it was made before, at `since` or later.
fn is_made_again(there: &Map<String, Value>, incoming: &Map<String, Value>, since: Timestamp) -> bool {
    const UPDATED_AT: &str = "_updatedAt";
    let is_late = there.get(UPDATED_AT).and_then(instant).is_some_and(|date| date.0 >= since);
    is_late
        && there.len() == incoming.len()
        && incoming
            .iter()
            .all(|(name, value)| there.get(name).is_some_and(|there| name == UPDATED_AT || equal(there, value)))
}

/// Makes messages replies in threads. One that is not there is passed over.
pub(super) async fn join_threads(store: &MongoStore, replies: &[ThreadReply], now: Timestamp) -> Result<(), Failure> {
    let collection = store.messages();
    let changes: Vec<_> = replies
        .iter()
        .map(|reply| change(store, &collection, &reply.id, None, move |message| join_thread(message, reply, now)))
        .collect();
    stream::iter(changes).buffer_unordered(CHANGES).try_for_each(|_| async { Ok(()) }).await
}

/// Tells first messages of threads about their replies. One that is not there is passed over.
pub(super) async fn update_threads(
    store: &MongoStore,
    updates: &[ThreadUpdate],
    now: Timestamp,
) -> Result<(), Failure> {
    if updates.is_empty() {
        return Ok(());
    }
    let collection = store.messages();
    let roots: Vec<&str> = updates.iter().map(|update| update.root.as_str()).collect();
    // Rocket.Chat has an index by `tmid`. Counted, not added to: a batch that is made again counts nothing twice.
    let pipeline = [
        doc! { "$match": { "tmid": { "$in": roots } } },
        doc! { "$group": { "_id": "$tmid", "count": { "$sum": 1 } } },
    ];
    let found: Vec<Document> = collection.aggregate(pipeline).await?.try_collect().await?;
    let counted = |count: &Document| {
        let number = count.get_i32("count").map(i64::from).or_else(|_| count.get_i64("count")).ok()?;
        Some((count.get_str("_id").ok()?.to_owned(), u64::try_from(number).ok()?))
    };
    let counts: HashMap<String, u64> = found.iter().filter_map(counted).collect();
    let changes: Vec<_> = updates
        .iter()
        .filter_map(|update| Some((update, *counts.get(&update.root)?)))
        .map(|(update, count)| {
            change(store, &collection, &update.root, None, move |root| update_thread(root, update, count, now))
        })
        .collect();
    stream::iter(changes).buffer_unordered(CHANGES).try_for_each(|_| async { Ok(()) }).await
}

/// Which of these messages are there.
pub(super) async fn existing(store: &MongoStore, ids: Vec<String>) -> Result<HashSet<String>, Failure> {
    let found = store.by_ids(&store.messages(), &ids, Some(doc! { "_id": 1 })).await?;
    Ok(found.iter().filter_map(|message| message.get_str("_id").ok().map(str::to_owned)).collect())
}

/// Lets messages show files that were fetched. One that is not there, or has its file already, is no matter.
pub(super) async fn attach(
    store: &MongoStore,
    operation: &str,
    attached: &[AttachedFile],
    now: Timestamp,
) -> Result<(), Failure> {
    let mut of: BTreeMap<&str, Vec<&AttachedFile>> = BTreeMap::new();
    for file in attached {
        of.entry(&file.message).or_default().push(file);
    }
    let collection = store.messages();
    let ids: Vec<String> = of.keys().map(|id| (*id).to_owned()).collect();
    let mut there = by_id(store.by_ids(&collection, &ids, None).await?);
    let rooms: HashSet<String> =
        there.values().filter_map(|message| message.get_str("rid").ok().map(str::to_owned)).collect();
    activity::note(store, operation, rooms.iter().map(String::as_str)).await?;
    let changes: Vec<_> = of
        .iter()
        .filter_map(|(id, files)| {
            let document = there.remove(*id)?;
            let edit = move |message: &mut Map<String, Value>| {
                files.iter().fold(false, |changed, file| attach_file(message, file, now) | changed)
            };
            Some(change(store, &collection, id, Some(document), edit))
        })
        .collect();
    stream::iter(changes).buffer_unordered(CHANGES).try_for_each(|_| async { Ok(()) }).await
}
