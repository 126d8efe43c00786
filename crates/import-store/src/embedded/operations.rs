//! Operations: created, ended, read and stored again.

use import_proto::{IsoTime, ProgressStep, Timestamp};
use rusqlite::{Connection, OptionalExtension, Row, params};

use super::{
    failure::Failure,
    json::{self, integer},
};
use crate::operation::StoredOperation;

const COLUMNS: &str = "revision, ended_by_administrator, wire, work";

/// The staging area of an operation.
#[derive(Debug, Clone, Copy)]
pub(super) struct Area {
    /// The operation's number.
    pub(super) operation: i64,
    /// Whether it was emptied: only failed records count any more, whatever is there yet to be swept.
    pub(super) emptied: bool,
}

pub(super) fn create(database: &Connection, mut operation: StoredOperation) -> Result<StoredOperation, Failure> {
    end(database, operation.operation.updated_at.0)?;
    operation.revision = 1;
    database
        .prepare_cached(
            "INSERT INTO operation (id, revision, updated_at, ended_by_administrator, wire, work) \
             VALUES (?1, ?2, ?3, ?4, ?5, ?6)",
        )?
        .execute(params![
            operation.operation.id,
            integer(operation.revision)?,
            operation.operation.updated_at.0.as_millis(),
            operation.ended_by_administrator,
            json::text(&operation.operation)?,
            json::text(&operation.work)?,
        ])?;
    Ok(operation)
}

pub(super) fn end(database: &Connection, now: Timestamp) -> Result<Option<StoredOperation>, Failure> {
    let Some(mut operation) = current(database)? else { return Ok(None) };
    if operation.operation.valid || !operation.ended_by_administrator {
        operation.ended_by_administrator = true;
        operation.operation.valid = false;
        if !operation.step().is_final() {
            operation.operation.status = ProgressStep::ImportCancelled;
        }
        // It may hold a password or a token, and nobody fetches from it any more.
        operation.work.download_url = None;
        operation.operation.updated_at = IsoTime(now);
        operation.revision += 1;
        store(database, &operation)?;
    }
    database.prepare_cached("UPDATE operation SET emptied = 1 WHERE emptied = 0")?.execute([])?;
    Ok(Some(operation))
}

/// Stores an operation in place of what is there of it.
pub(super) fn store(database: &Connection, operation: &StoredOperation) -> Result<(), Failure> {
    database
        .prepare_cached(
            "UPDATE operation SET revision = ?2, updated_at = ?3, ended_by_administrator = ?4, wire = ?5, work = ?6 \
             WHERE id = ?1",
        )?
        .execute(params![
            operation.operation.id,
            integer(operation.revision)?,
            operation.operation.updated_at.0.as_millis(),
            operation.ended_by_administrator,
            json::text(&operation.operation)?,
            json::text(&operation.work)?,
        ])?;
    Ok(())
}

pub(super) fn current(database: &Connection) -> Result<Option<StoredOperation>, Failure> {
    let mut statement =
        database.prepare_cached(&format!("SELECT {COLUMNS} FROM operation ORDER BY number DESC LIMIT 1"))?;
    let mut rows = statement.query([])?;
    rows.next()?.map(from_row).transpose()
}

pub(super) fn by_id(database: &Connection, id: &str) -> Result<Option<StoredOperation>, Failure> {
    let mut statement = database.prepare_cached(&format!("SELECT {COLUMNS} FROM operation WHERE id = ?1"))?;
    let mut rows = statement.query([id])?;
    rows.next()?.map(from_row).transpose()
}

pub(super) fn latest(database: &Connection, limit: u32) -> Result<Vec<StoredOperation>, Failure> {
    let mut statement = database
        .prepare_cached(&format!("SELECT {COLUMNS} FROM operation ORDER BY updated_at DESC, number DESC LIMIT ?1"))?;
    statement.query_and_then([limit], from_row)?.collect()
}

/// The staging area of an operation; none where there is no such operation.
pub(super) fn area(database: &Connection, id: &str) -> Result<Option<Area>, Failure> {
    Ok(database
        .prepare_cached("SELECT number, emptied > 0 FROM operation WHERE id = ?1")?
        .query_row([id], |row| Ok(Area { operation: row.get(0)?, emptied: row.get(1)? }))
        .optional()?)
}

/// The number of an operation whose staging area is in use.
pub(super) fn area_in_use(database: &Connection, id: &str) -> Result<Option<i64>, Failure> {
    Ok(area(database, id)?.filter(|area| !area.emptied).map(|area| area.operation))
}

fn from_row(row: &Row<'_>) -> Result<StoredOperation, Failure> {
    Ok(StoredOperation {
        revision: json::unsigned(row, 0)?,
        share: None,
        ended_by_administrator: row.get(1)?,
        operation: json::read(row, 2, "an operation")?,
        work: json::read(row, 3, "what an operation needs to go on")?,
    })
}
