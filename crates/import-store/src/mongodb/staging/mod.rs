//! The staging area: the documents of `rocketchat_import_data`, and what becomes of them.
//!
//! Records are staged before the commit that they belong to, with a stamp that says which: they are seen only once that came
//! to be. What a commit decides of records that are there already (its log) is stored with the operation, in the one update
//! that makes the commit, and carried out afterwards; whoever finds a log carries it out first. Carrying one out again, or
//! late, changes nothing: each record says at which revision it was last changed, and a log changes only what is older.

mod list;
mod log;
mod view;

use bson::{Bson, Document, doc};
use import_proto::DataType;
use serde_json::Value;

pub(super) use self::{
    list::{counts, list, next, parts},
    log::{Log, carry_out, carry_out_log},
};
use super::{
    MongoStore, OURS, activity, bulk, claims, codec, export_files,
    failure::Failure,
    operations::{self, ours},
    state::{self, Kind},
};
use crate::staging::{MessagePart, RecordStatus, StagedKey, StagedRecord};

/// Bytes of a staged record at most: MongoDB holds 16 MiB, all around it included.
const MOST_BYTES: usize = 15 << 20;

/// Under which claim, and for which revision, something is staged.
#[derive(Debug, Clone)]
pub(super) struct Stamp {
    pub(super) claim: String,
    pub(super) revision: u64,
    /// The revision of the operation at which it was changed last.
    pub(super) changed: u64,
}

/// The number that stands for a kind of record; they are listed in this order.
const fn type_code(data_type: DataType) -> i32 {
    match data_type {
        DataType::User => 0,
        DataType::Channel => 1,
        DataType::Message => 2,
        DataType::Contact => 3,
        DataType::Entry => 4,
    }
}

/// The `_id` of a staged record.
fn id_of(operation: &str, key: StagedKey) -> String {
    format!("{operation}/{}/{}", key.data_type.as_str(), key.seq)
}

/// Puts records into the staging area; one whose key is there already is left as it is, unless it stems from a commit that
/// never came to be.
pub(super) async fn stage(
    store: &MongoStore,
    operation: &str,
    records: &[StagedRecord],
    stamp: &Stamp,
) -> Result<(), Failure> {
    if records.is_empty() {
        return Ok(());
    }
    let mut rooms = Vec::new();
    for record in records.iter().filter(|record| record.key.data_type == DataType::Channel) {
        let others = record.data["importIds"].as_array().into_iter().flatten().filter_map(Value::as_str);
        let seq = claims::number(record.key.seq)?;
        rooms.extend(
            record.import_id.as_deref().into_iter().chain(others).map(|id| (id.to_owned(), doc! { "seq": seq })),
        );
    }
    state::put(store, operation, Kind::Room, rooms).await?;

    let rows = records.iter().map(|record| row(operation, record, stamp)).collect::<Result<Vec<_>, _>>()?;
    let there = bulk::insert(&store.staging(), &rows).await?;
    if there.is_empty() {
        return Ok(());
    }
    let view = view::View::of(store, operation).await?;
    let ids: Vec<String> = there.iter().filter_map(|at| Some(rows.get(*at)?.get_str("_id").ok()?.to_owned())).collect();
    for before in store.by_ids(&store.staging(), &ids, Some(doc! { "_id": 1, OURS: 1 })).await? {
        let (Ok(id), Ok(own)) = (before.get_str("_id"), before.get_document(OURS)) else { continue };
        let (claim, revision) = (own.get_str("claim").unwrap_or_default(), own.get_i64("revision").unwrap_or_default());
        let Some(row) = rows.iter().find(|row| row.get_str("_id").is_ok_and(|own| own == id)) else { continue };
        // What a later claim has staged is about to be committed: whoever lost it must not touch that.
        if !view.sees(claim, revision) && !claims::is_later(claim, &stamp.claim) {
            let filter = doc! { "_id": id, ours("claim"): claim, ours("revision"): revision };
            store.staging().replace_one(filter, row).await?;
        }
    }
    Ok(())
}

fn row(operation: &str, record: &StagedRecord, stamp: &Stamp) -> Result<Document, Failure> {
    let (data, readable) = fitting(record);
    let mut row = doc! {
        "_id": id_of(operation, record.key),
        "data": data,
        "dataType": record.key.data_type.as_str(),
        OURS: {
            "operation": operation,
            "type": type_code(record.key.data_type),
            "seq": claims::number(record.key.seq)?,
            "status": record.status.as_str(),
            "readable": readable,
            "direct": record.unnamed,
            "importId": record.import_id.clone(),
            "claim": &stamp.claim,
            "revision": claims::number(stamp.revision)?,
            "changed": claims::number(stamp.changed)?,
        },
    };
    row.extend(shown(record.status, &record.errors)?);
    Ok(row)
}

/// What of a record fits in a document. What does not cannot be imported either.
fn fitting(record: &StagedRecord) -> (Bson, bool) {
    let bytes = |value: &Value| value.as_str().map_or(0, str::len);
    let texts: usize = record.data.as_object().into_iter().flatten().map(|(_, value)| bytes(value)).sum();
    let text = if texts < MOST_BYTES / 4 { 0 } else { record.data.to_string().len() };
    if text <= MOST_BYTES {
        return (codec::from_value(made_fit(record.data.clone())), record.readable);
    }
    let mut data = record.data.clone();
    for value in data.as_object_mut().into_iter().flatten().map(|(_, value)| value) {
        if bytes(value) > 4096 || value.is_array() || value.is_object() {
            *value = Value::String("(too large to be kept)".into());
        }
    }
    (codec::from_value(data), false)
}

fn made_fit(mut data: Value) -> Value {
    if let Some(fields) = data.as_object_mut() {
        crate::extended_json::importable(fields);
    }
    data
}

/// The fields of a record by which Rocket.Chat knows how it stands.
fn shown(status: RecordStatus, errors: &[import_proto::RecordError]) -> Result<Document, Failure> {
    let errors = serde_json::to_value(errors).map_err(|error| Failure::Damaged(error.to_string()))?;
    Ok(doc! { "errors": codec::from_value(errors), "skipped": status == RecordStatus::Skipped })
}

/// Puts parts of the file into the staging area; one that is there already is left as it is.
pub(super) async fn add_parts(store: &MongoStore, operation: &str, parts: &[MessagePart]) -> Result<(), Failure> {
    let mut notes = Vec::with_capacity(parts.len());
    for part in parts {
        let note = doc! {
            "part": claims::number(part.part)?, "room": part.room.clone(), "direct": part.direct,
            "messages": claims::number(part.messages)?, "skipped": part.skipped,
        };
        notes.push((part.part.to_string(), note));
    }
    state::put(store, operation, Kind::Part, notes).await
}

/// Lets go of what an ended operation has staged, failed records aside; true where there is more.
pub(super) async fn sweep(store: &MongoStore) -> Result<bool, Failure> {
    let waiting = doc! { ours("emptied"): operations::EMPTIED };
    let mut found = store.operations().find(waiting.clone()).projection(doc! { "_id": 1 }).limit(2).await?;
    let mut ids = Vec::new();
    while found.advance().await? {
        ids.push(found.deserialize_current()?.get_str("_id").unwrap_or_default().to_owned());
    }
    let Some(id) = ids.first() else { return Ok(false) };
    let view = view::View::of(store, id).await?;
    let failed = RecordStatus::Failed.as_str();
    store.staging().delete_many(doc! { ours("operation"): id, ours("status"): { "$ne": failed } }).await?;
    for unseen in view.unseen() {
        let mut filter = doc! { ours("operation"): id };
        filter.extend(unseen);
        store.staging().delete_many(filter).await?;
    }
    // Of a run that was ended: rooms say what they hold, before it is forgotten which were written to.
    activity::refresh(store, id, &|| false).await?;
    store.state().delete_many(doc! { "operation": id }).await?;
    // Whoever was to remove it may have crashed before.
    export_files::remove(store, id).await?;
    let set = doc! { "$set": { ours("emptied"): operations::SWEPT } };
    store.operations().update_one(doc! { "_id": id }, set).await?;
    Ok(ids.len() > 1)
}
