//! What the staging area holds: the next records to work on, pages to show, counts.

use bson::{Bson, Document, doc};
use futures_util::TryStreamExt;
use import_proto::{DataType, RecordError};
use serde_json::Value;

use super::{
    super::{
        MongoStore, OURS, codec,
        failure::Failure,
        operations::{self, ours},
        state::{self, Kind},
    },
    type_code,
    view::View,
};
use crate::{
    StagedCounts, StagedFilter,
    staging::{MessagePart, RecordStatus, StagedKey, StagedRecord},
};

/// The next records of a kind that stand so, from `from_seq` on, within `limit` and about `max_bytes`.
pub(in crate::mongodb) async fn next(
    store: &MongoStore,
    operation: &str,
    data_type: DataType,
    status: RecordStatus,
    from_seq: u64,
    limit: usize,
    max_bytes: usize,
) -> Result<Vec<StagedRecord>, Failure> {
    let view = View::of(store, operation).await?;
    // Nothing was ever stored beyond the greatest number that can be.
    let Ok(from_seq) = i64::try_from(from_seq) else { return Ok(Vec::new()) };
    if !view.exists || limit == 0 || (view.emptied && status != RecordStatus::Failed) {
        return Ok(Vec::new());
    }
    let filter = view.limit(doc! {
        ours("operation"): operation, ours("status"): status.as_str(), ours("type"): type_code(data_type),
        ours("seq"): { "$gte": from_seq },
    });
    let limit = i64::try_from(limit).unwrap_or(i64::MAX);
    let mut rows = store.staging().find(filter).sort(doc! { ours("seq"): 1 }).limit(limit).await?;
    let mut records = Vec::new();
    let mut bytes = 0;
    while bytes < max_bytes || records.is_empty() {
        if !rows.advance().await? {
            break;
        }
        bytes += rows.current().as_bytes().len();
        records.push(record(rows.deserialize_current()?)?);
    }
    Ok(records)
}

/// A page of records by kind and `seq`, and how many there are in all.
pub(in crate::mongodb) async fn list(
    store: &MongoStore,
    operation: &str,
    filter: &StagedFilter,
    offset: u64,
    limit: u32,
) -> Result<(Vec<StagedRecord>, u64), Failure> {
    let view = View::of(store, operation).await?;
    let status = match (view.emptied, filter.status) {
        (true, None | Some(RecordStatus::Failed)) => Some(RecordStatus::Failed),
        (true, Some(_)) => return Ok((Vec::new(), 0)),
        (false, status) => status,
    };
    if !view.exists {
        return Ok((Vec::new(), 0));
    }
    let mut matching = doc! { ours("operation"): operation };
    if let Some(status) = status {
        matching.insert(ours("status"), status.as_str());
    }
    if let Some(data_type) = filter.data_type {
        matching.insert(ours("type"), type_code(data_type));
    }
    let matching = view.limit(matching);
    let total = store.staging().count_documents(matching.clone()).await?;
    if limit == 0 || offset >= total {
        return Ok((Vec::new(), total));
    }
    let rows = store
        .staging()
        .find(matching)
        .sort(doc! { ours("type"): 1, ours("seq"): 1 })
        .skip(offset)
        .limit(limit.into())
        .await?;
    let rows: Vec<Document> = rows.try_collect().await?;
    Ok((rows.into_iter().map(record).collect::<Result<_, _>>()?, total))
}

/// How many records stand so, by kind; messages of parts included.
pub(in crate::mongodb) async fn counts(
    store: &MongoStore,
    operation: &str,
    status: RecordStatus,
    readable_only: bool,
) -> Result<StagedCounts, Failure> {
    let view = View::of(store, operation).await?;
    let mut counts = StagedCounts::default();
    if !view.exists || (view.emptied && status != RecordStatus::Failed) {
        return Ok(counts);
    }
    for data_type in DataType::ALL {
        let mut matching =
            doc! { ours("operation"): operation, ours("status"): status.as_str(), ours("type"): type_code(data_type) };
        if readable_only {
            matching.insert(ours("readable"), true);
        }
        let count = store.staging().count_documents(view.limit(matching)).await?;
        match data_type {
            DataType::User => counts.users = count,
            DataType::Channel => counts.channels = count,
            DataType::Message => counts.messages = count,
            DataType::Contact => counts.contacts = count,
            DataType::Entry => counts.entries = count,
        }
    }
    let skipped = match status {
        RecordStatus::Staged => false,
        RecordStatus::Skipped => true,
        RecordStatus::Failed | RecordStatus::Incomplete => return Ok(counts),
    };
    let matching = doc! { "operation": operation, "kind": Kind::Part.as_str(), "skipped": skipped };
    let pipeline =
        [doc! { "$match": matching }, doc! { "$group": { "_id": Bson::Null, "sum": { "$sum": "$messages" } } }];
    let sums: Vec<Document> = store.state().aggregate(pipeline).await?.try_collect().await?;
    let sum = sums.first().and_then(|sum| sum.get("sum"));
    counts.messages += match sum {
        Some(Bson::Int32(sum)) => u64::try_from(*sum).unwrap_or_default(),
        Some(Bson::Int64(sum)) => u64::try_from(*sum).unwrap_or_default(),
        _ => 0,
    };
    Ok(counts)
}

/// What the file holds of messages, in order.
pub(in crate::mongodb) async fn parts(store: &MongoStore, operation: &str) -> Result<Vec<MessagePart>, Failure> {
    if !operations::in_use(store, operation).await? {
        return Ok(Vec::new());
    }
    View::of(store, operation).await?;
    let number = |note: &Document, field: &str| {
        let number = note.get_i64(field).ok().and_then(|number| u64::try_from(number).ok());
        number.ok_or_else(|| Failure::Damaged(format!("a part of the file has no {field}")))
    };
    let mut parts = Vec::new();
    // There may be very many: never all of them as documents at once.
    let mut notes = state::find(store, operation, Kind::Part).await?;
    while notes.advance().await? {
        let note: Document = notes.deserialize_current()?;
        parts.push(MessagePart {
            part: number(&note, "part")?,
            room: note.get_str("room").ok().map(str::to_owned),
            direct: note.get_bool("direct").unwrap_or_default(),
            messages: number(&note, "messages")?,
            skipped: note.get_bool("skipped").unwrap_or_default(),
        });
    }
    parts.sort_unstable_by_key(|part| part.part);
    Ok(parts)
}

fn record(row: Document) -> Result<StagedRecord, Failure> {
    let mut fields = codec::to_fields(row);
    let damaged = |what: &str| Failure::Damaged(format!("a staged record has no {what}"));
    let own = fields.remove(OURS).ok_or_else(|| damaged(OURS))?;
    let data_type = fields.get("dataType").cloned().unwrap_or_default();
    let data_type: DataType = serde_json::from_value(data_type).map_err(|_| damaged("kind"))?;
    let errors = fields.remove("errors").unwrap_or_default();
    let errors: Vec<RecordError> =
        if errors.is_null() { Vec::new() } else { serde_json::from_value(errors).map_err(|_| damaged("errors"))? };
    Ok(StagedRecord {
        key: StagedKey { data_type, seq: own["seq"].as_u64().ok_or_else(|| damaged("number"))? },
        import_id: own["importId"].as_str().map(str::to_owned),
        unnamed: own["direct"] == Value::Bool(true),
        data: fields.remove("data").unwrap_or_default(),
        readable: own["readable"] == Value::Bool(true),
        status: own["status"].as_str().and_then(RecordStatus::from_name).ok_or_else(|| damaged("status"))?,
        errors,
    })
}
