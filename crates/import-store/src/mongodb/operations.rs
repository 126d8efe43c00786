//! Operations: the documents of `rocketchat_import`, created, ended, read.
//!
//! What Rocket.Chat knows of an operation stands where it expects it; everything else is in the field `importServer`, and
//! decides: Rocket.Chat writes `valid: false` into every unfinished operation when it starts, which ends nothing.

use std::time::Instant;

use bson::{Bson, DateTime, Document, doc};
use import_proto::{IsoTime, Operation, ProgressStep, Timestamp};
use serde_json::{Map, Value};

use super::{MongoStore, OURS, bulk, claims, codec, failure::Failure, staging};
use crate::operation::{StoredOperation, Work};

/// How often something is tried again that somebody else was quicker with.
const TRIES: usize = 100;

/// How far the staging area of an operation is emptied: not at all,
const IN_USE: i32 = 0;
/// by word alone,
pub(super) const EMPTIED: i32 = 1;
/// or really.
pub(super) const SWEPT: i32 = 2;

/// The name of a field of ours.
pub(super) fn ours(field: &str) -> String {
    format!("{OURS}.{field}")
}

/// An operation as it is stored.
#[derive(Debug, Clone)]
pub(super) struct Stored {
    pub(super) operation: StoredOperation,
    /// What is ours in it; none of an operation that Rocket.Chat made.
    pub(super) own: Option<Own>,
}

/// What is in the field [`OURS`] beside what the engine knows.
#[derive(Debug, Clone)]
pub(super) struct Own {
    /// The number in the order of creation.
    pub(super) number: i64,
    /// Whether its staging area was emptied: see [`EMPTIED`].
    pub(super) emptied: bool,
    /// Who claims it, and up to which revision others did.
    pub(super) claims: claims::Claims,
    /// What its last commit decided on and may not have carried out in the staging area.
    pub(super) log: Option<Document>,
}

/// Whether nobody works on an operation at this step.
pub(super) fn is_at_rest(step: ProgressStep) -> bool {
    step.is_final() || matches!(step, ProgressStep::New | ProgressStep::UserSelection)
}

pub(super) async fn create(store: &MongoStore, mut operation: StoredOperation) -> Result<StoredOperation, Failure> {
    operation.revision = 1;
    for _ in 0..TRIES {
        let before = current_stored(store).await?;
        let last = newest_of_ours(store).await?.and_then(|stored| stored.own).map_or(0, |own| own.number);
        let mut document = wire_fields(&operation)?;
        let mut own = own_fields(&operation)?;
        own.extend(doc! { "number": last + 1, "emptied": IN_USE, "claim": 0_i64, "epochs": [] });
        let works = !is_at_rest(operation.step());
        if works {
            // Whoever made it works on it, before anybody else can wonder why nobody does.
            own.extend(doc! { "claim": 1_i64, "lease": store.new_lease() });
        }
        document.insert("_id", &operation.operation.id);
        document.insert(OURS, own);
        let key = (operation.operation.id.clone(), None);
        if works {
            // Before it is there: this server's worker must not take it for somebody else's.
            let held = claims::Held::new(1, operation.revision, false, Instant::now(), store.lease);
            store.hold(key.clone(), held);
        }
        let error = match store.operations().insert_one(document).await {
            Ok(_) => {
                // It is the current one already: nobody sees the one before ended and none begun.
                let now = operation.operation.updated_at.0;
                let ended = async {
                    if let Some(before) = before {
                        end_one(store, &before.operation.operation.id, now).await?;
                    }
                    end_earlier(store, last + 1, now).await
                };
                if let Err(failure) = ended.await {
                    // Whoever asked for it is told that there is none.
                    store.lose(&key);
                    return Err(failure);
                }
                return Ok(operation);
            }
            Err(error) => error,
        };
        store.lose(&key);
        // Another server has created one at the same time: that one is to be ended first.
        if !bulk::is_duplicate(&error) {
            return Err(error.into());
        }
    }
    Err(Failure::Refused("other servers create operations all the time".into()))
}

pub(super) async fn end(store: &MongoStore, now: Timestamp) -> Result<Option<StoredOperation>, Failure> {
    let Some(current) = current_stored(store).await? else { return Ok(None) };
    let ended = end_one(store, &current.operation.operation.id, now).await?;
    if let Some(own) = current.own {
        end_earlier(store, own.number, now).await?;
    }
    Ok(ended)
}

/// Ends whatever was created before the operation of this number: others may have created some at the same time.
pub(super) async fn end_earlier(store: &MongoStore, number: i64, now: Timestamp) -> Result<(), Failure> {
    let filter = doc! { ours("number"): { "$lt": number }, ours("ended"): false };
    for earlier in bulk::all(&store.operations(), filter, Some(doc! { "_id": 1 })).await? {
        if let Ok(id) = earlier.get_str("_id") {
            end_one(store, id, now).await?;
        }
    }
    Ok(())
}

async fn end_one(store: &MongoStore, id: &str, now: Timestamp) -> Result<Option<StoredOperation>, Failure> {
    for _ in 0..TRIES {
        let Some(Stored { mut operation, own }) = stored_by_id(store, id).await? else { return Ok(None) };
        if operation.ended_by_administrator && !operation.operation.valid {
            return Ok(Some(operation));
        }
        if let Some(own) = &own {
            staging::carry_out(store, id, own).await?;
        }
        let revision = operation.revision;
        operation.ended_by_administrator = true;
        operation.operation.valid = false;
        if !operation.step().is_final() {
            operation.operation.status = ProgressStep::ImportCancelled;
        }
        // It may hold a password or a token, and nobody fetches from it any more.
        operation.work.download_url = None;
        operation.operation.updated_at = IsoTime(now);
        let (filter, update) = match &own {
            Some(own) => {
                operation.revision += 1;
                let mut filter = doc! { "_id": id };
                filter.extend(own.claims.filter(OURS, revision));
                let mut set = update_fields(&operation)?;
                set.insert(ours("emptied"), EMPTIED);
                set.insert(ours("lease"), Bson::Null);
                set.insert(ours("log"), Bson::Null);
                // Whoever works on it makes no commit at this revision any more.
                set.insert(ours("claim"), own.claims.number + 1);
                (filter, doc! { "$set": set, "$push": { ours("epochs"): own.claims.epoch(revision) } })
            }
            None => {
                let set = doc! {
                    "valid": false, "status": operation.step().as_str(), "_updatedAt": DateTime::from_millis(now.as_millis()),
                };
                (doc! { "_id": id }, doc! { "$set": set })
            }
        };
        if store.operations().update_one(filter, update).await?.matched_count > 0 {
            store.let_go_of(id);
            if operation.work.shares.is_some() {
                // Nor on a share of it.
                let shares = store.shares_collection();
                shares.update_many(doc! { "operation": id }, doc! { "$set": { "lease": Bson::Null } }).await?;
            }
            return Ok(Some(operation));
        }
    }
    Err(Failure::Refused("other servers change the operation all the time".into()))
}

pub(super) async fn current(store: &MongoStore) -> Result<Option<StoredOperation>, Failure> {
    Ok(current_stored(store).await?.map(|stored| stored.operation))
}

/// The operation that was created last: of ours, or by Rocket.Chat itself since then.
pub(super) async fn current_stored(store: &MongoStore) -> Result<Option<Stored>, Failure> {
    let newest = newest_of_ours(store).await?;
    let mut foreign = doc! { OURS: { "$exists": false } };
    if let Some(newest) = &newest {
        let since = DateTime::from_millis(newest.operation.operation.ts.0.as_millis());
        foreign.insert("ts", doc! { "$gt": since });
    }
    let found = store.operations().find_one(foreign).sort(doc! { "ts": -1 }).await?;
    Ok(found.and_then(readable).or(newest))
}

async fn newest_of_ours(store: &MongoStore) -> Result<Option<Stored>, Failure> {
    let filter = doc! { ours("number"): { "$gt": 0_i64 } };
    let found = store.operations().find_one(filter).sort(doc! { ours("number"): -1 }).await?;
    found.map(stored).transpose()
}

pub(super) async fn by_id(store: &MongoStore, id: &str) -> Result<Option<StoredOperation>, Failure> {
    Ok(stored_by_id(store, id).await?.map(|stored| stored.operation))
}

pub(super) async fn stored_by_id(store: &MongoStore, id: &str) -> Result<Option<Stored>, Failure> {
    let found = store.operations().find_one(doc! { "_id": id }).await?;
    Ok(match found {
        Some(document) if document.contains_key(OURS) => Some(stored(document)?),
        Some(document) => readable(document),
        None => None,
    })
}

pub(super) async fn latest(store: &MongoStore, limit: u32) -> Result<Vec<StoredOperation>, Failure> {
    let sort = doc! { "_updatedAt": -1, ours("number"): -1 };
    let mut found = store.operations().find(doc! {}).sort(sort).limit(limit.into()).await?;
    let mut latest = Vec::new();
    while found.advance().await? {
        let document = found.deserialize_current()?;
        let operation = if document.contains_key(OURS) { Some(stored(document)?) } else { readable(document) };
        latest.extend(operation.map(|stored| stored.operation));
    }
    Ok(latest)
}

/// Whether there is such an operation and its staging area is in use.
pub(super) async fn in_use(store: &MongoStore, id: &str) -> Result<bool, Failure> {
    let fields = doc! { ours("emptied"): 1 };
    let found = store.operations().find_one(doc! { "_id": id }).projection(fields).await?;
    Ok(found.and_then(|found| found.get_document(OURS).ok()?.get_i32("emptied").ok()) == Some(IN_USE))
}

/// An operation that Rocket.Chat made; none where it is in no form that is known here.
fn readable(document: Document) -> Option<Stored> {
    let id = document.get_str("_id").unwrap_or_default().to_owned();
    match stored(document) {
        Ok(stored) => Some(stored),
        Err(failure) => {
            tracing::debug!(operation = id, ?failure, "an operation that Rocket.Chat made cannot be read");
            None
        }
    }
}

fn stored(mut document: Document) -> Result<Stored, Failure> {
    let own = match document.remove(OURS) {
        Some(Bson::Document(own)) => Some(own),
        _ => None,
    };
    let mut operation = StoredOperation {
        operation: wire(codec::to_fields(document))?,
        ended_by_administrator: false,
        work: Work::default(),
        revision: 0,
        share: None,
    };
    let Some(own) = own else { return Ok(Stored { operation, own: None }) };
    operation.work = work(&own)?;
    operation.revision = claims::revision(&own)?;
    operation.ended_by_administrator = own.get_bool("ended").unwrap_or_default();
    // What Rocket.Chat writes into the other one when it starts ends nothing.
    operation.operation.valid = own.get_bool("valid").unwrap_or(!operation.ended_by_administrator);
    let own = Own {
        number: own.get_i64("number").unwrap_or_default(),
        emptied: !own.get_i32("emptied").is_ok_and(|emptied| emptied == IN_USE),
        claims: claims::Claims::of(&own),
        log: own.get_document("log").ok().cloned(),
    };
    Ok(Stored { operation, own: Some(own) })
}

/// What the engine needs, which is kept as a text: its numbers are larger than BSON's, and its names are of any kind.
pub(super) fn work(own: &Document) -> Result<Work, Failure> {
    let text = own.get_str("work").unwrap_or("{}");
    serde_json::from_str(text).map_err(|error| Failure::Damaged(format!("what an operation needs to go on: {error}")))
}

pub(super) fn work_text(work: &Work) -> Result<String, Failure> {
    serde_json::to_string(work).map_err(|error| Failure::Damaged(error.to_string()))
}

const DATES: [&str; 2] = ["ts", "_updatedAt"];

/// What the wire shows, from what is stored.
fn wire(mut fields: Map<String, Value>) -> Result<Operation, Failure> {
    for field in DATES {
        if let Some(value) = fields.get(field)
            && let Some(date) = crate::equal::instant(value)
        {
            fields.insert(field.into(), serde_json::to_value(IsoTime(date.0)).unwrap_or_default());
        }
    }
    serde_json::from_value(Value::Object(fields)).map_err(|error| Failure::Damaged(format!("an operation: {error}")))
}

/// What Rocket.Chat knows of an operation, all but its `_id`.
fn wire_fields(operation: &StoredOperation) -> Result<Document, Failure> {
    let mut document = codec::document(&operation.operation)?;
    document.remove("_id");
    for (field, time) in DATES.into_iter().zip([operation.operation.ts, operation.operation.updated_at]) {
        document.insert(field, DateTime::from_millis(time.0.as_millis()));
    }
    Ok(document)
}

/// What of an operation is ours, as far as the engine knows of it.
fn own_fields(operation: &StoredOperation) -> Result<Document, Failure> {
    Ok(doc! {
        "revision": claims::number(operation.revision)?,
        "ended": operation.ended_by_administrator,
        "valid": operation.operation.valid,
        "work": work_text(&operation.work)?,
        "shares": operation.work.shares.map(i64::from),
    })
}

/// The fields to set for an operation to be stored as it is.
pub(super) fn update_fields(operation: &StoredOperation) -> Result<Document, Failure> {
    let mut set = wire_fields(operation)?;
    set.extend(own_fields(operation)?.into_iter().map(|(field, value)| (ours(&field), value)));
    Ok(set)
}
