//! A document as it stands in its table, beside the keys that it is found by.

use rusqlite::{Connection, params};
use serde_json::{Map, Value};

use super::{failure::Failure, json};

pub(super) struct Stored {
    pub(super) number: i64,
    pub(super) fields: Map<String, Value>,
}

/// The document with this `_id`.
pub(super) fn by_id(database: &Connection, table: &'static str, id: &str) -> Result<Option<Stored>, Failure> {
    let mut statement = database.prepare_cached(&format!("SELECT number, document FROM {table} WHERE id = ?1"))?;
    let mut rows = statement.query([id])?;
    let Some(row) = rows.next()? else { return Ok(None) };
    Ok(Some(Stored { number: row.get(0)?, fields: json::read(row, 1, table)? }))
}

/// The document with this `_id`, which an insertion just ran into.
pub(super) fn in_the_way(database: &Connection, table: &'static str, id: &str) -> Result<Stored, Failure> {
    by_id(database, table, id)?
        .ok_or_else(|| Failure::Damaged(format!("an index knows of a {table} with the _id {id:?}, which is not there")))
}

/// Stores a document in place of what was there of it.
pub(super) fn replace(database: &Connection, table: &'static str, document: &Stored) -> Result<(), Failure> {
    database
        .prepare_cached(&format!("UPDATE {table} SET document = ?2 WHERE number = ?1"))?
        .execute(params![document.number, json::text(&document.fields)?])?;
    Ok(())
}
