//! The staging area: what is put into it and what becomes of it. Reading is in `list`, emptying in `sweep`.

mod list;
mod select;
mod sweep;

use import_proto::{DataType, RecordError};
use rusqlite::{Connection, params};
use serde_json::Value;

pub(super) use list::{counts, list, next, parts};
pub(super) use select::select;
pub(super) use sweep::sweep;

use super::{
    failure::Failure,
    json::{self, integer},
};
use crate::staging::{MessagePart, Outcome, RecordStatus, StagedKey, StagedRecord};

/// The number that stands for a kind of record; they are listed in this order.
pub(super) const fn type_code(data_type: DataType) -> i64 {
    match data_type {
        DataType::User => 0,
        DataType::Channel => 1,
        DataType::Message => 2,
        DataType::Contact => 3,
        DataType::Entry => 4,
    }
}

fn type_of(code: i64) -> Result<DataType, Failure> {
    DataType::ALL
        .into_iter()
        .find(|data_type| type_code(*data_type) == code)
        .ok_or_else(|| Failure::Damaged(format!("no kind of record has the number {code}")))
}

const fn status_code(status: RecordStatus) -> i64 {
    match status {
        RecordStatus::Staged => 0,
        RecordStatus::Failed => 1,
        RecordStatus::Skipped => 2,
        RecordStatus::Incomplete => 3,
    }
}

fn status_of(code: i64) -> Result<RecordStatus, Failure> {
    RecordStatus::ALL
        .into_iter()
        .find(|status| status_code(*status) == code)
        .ok_or_else(|| Failure::Damaged(format!("no status of a record has the number {code}")))
}

/// Puts every failed or incomplete record that can be run back among those that wait. Its errors stay until its next
/// outcome: they say where it stood in the file.
pub(super) fn restage(database: &Connection, operation: i64) -> Result<(), Failure> {
    database
        .prepare_cached("UPDATE staging SET status = ?4 WHERE operation = ?1 AND status IN (?2, ?3) AND readable")?
        .execute(params![
            operation,
            status_code(RecordStatus::Failed),
            status_code(RecordStatus::Incomplete),
            status_code(RecordStatus::Staged)
        ])?;
    Ok(())
}

/// Puts records into the staging area; one whose key is there already is left as it is.
pub(super) fn stage(database: &Connection, operation: i64, records: &[StagedRecord]) -> Result<(), Failure> {
    let mut insert = database.prepare_cached(
        "INSERT INTO staging (operation, data_type, seq, status, readable, direct, import_id, errors, data) \
         VALUES (?1, ?2, ?3, ?4, ?5, ?6, ?7, ?8, ?9) ON CONFLICT DO NOTHING",
    )?;
    let mut insert_room = database.prepare_cached(
        "INSERT INTO staged_room (operation, import_id, seq) VALUES (?1, ?2, ?3) ON CONFLICT DO NOTHING",
    )?;
    for record in records {
        let seq = integer(record.key.seq)?;
        insert.execute(params![
            operation,
            type_code(record.key.data_type),
            seq,
            status_code(record.status),
            record.readable,
            record.unnamed,
            record.import_id,
            errors_text(&record.errors)?,
            json::text(&record.data)?,
        ])?;
        if record.key.data_type == DataType::Channel {
            let others = record.data["importIds"].as_array().into_iter().flatten().filter_map(Value::as_str);
            for import_id in record.import_id.as_deref().into_iter().chain(others) {
                insert_room.execute(params![operation, import_id, seq])?;
            }
        }
    }
    Ok(())
}

/// Puts parts of the file into the staging area; one that is there already is left as it is.
pub(super) fn add_parts(database: &Connection, operation: i64, parts: &[MessagePart]) -> Result<(), Failure> {
    let mut insert = database.prepare_cached(
        "INSERT INTO message_part (operation, part, room, direct, messages, skipped) VALUES (?1, ?2, ?3, ?4, ?5, ?6) \
         ON CONFLICT DO NOTHING",
    )?;
    for part in parts {
        insert.execute(params![
            operation,
            integer(part.part)?,
            part.room,
            part.direct,
            integer(part.messages)?,
            part.skipped
        ])?;
    }
    Ok(())
}

/// Lets go of imported records, and marks the others with why they are still there.
pub(super) fn settle(database: &Connection, operation: i64, outcomes: &[(StagedKey, Outcome)]) -> Result<(), Failure> {
    let mut delete =
        database.prepare_cached("DELETE FROM staging WHERE operation = ?1 AND data_type = ?2 AND seq = ?3")?;
    let mut mark = database.prepare_cached(
        "UPDATE staging SET status = ?4, errors = ?5 WHERE operation = ?1 AND data_type = ?2 AND seq = ?3",
    )?;
    for (key, outcome) in outcomes {
        let (data_type, seq) = (type_code(key.data_type), integer(key.seq)?);
        let (status, error) = match outcome {
            Outcome::Imported => {
                delete.execute(params![operation, data_type, seq])?;
                continue;
            }
            Outcome::Failed(error) => (RecordStatus::Failed, error),
            Outcome::Skipped(error) => (RecordStatus::Skipped, error),
            Outcome::Incomplete(error) => (RecordStatus::Incomplete, error),
        };
        let errors = errors_text(std::slice::from_ref(error))?;
        mark.execute(params![operation, data_type, seq, status_code(status), errors])?;
    }
    Ok(())
}

fn errors_text(errors: &[RecordError]) -> Result<Option<String>, Failure> {
    if errors.is_empty() { Ok(None) } else { json::text(&errors).map(Some) }
}
