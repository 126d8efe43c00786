//! Documents and values as they stand in the database: JSON in text columns.

use rusqlite::Row;
use serde::{Serialize, de::DeserializeOwned};
use serde_json::{Map, Value};

use super::failure::Failure;

/// What a column holds, read without copying its text. `what` names it where it is damaged.
pub(super) fn read<T: DeserializeOwned>(row: &Row<'_>, column: usize, what: &str) -> Result<T, Failure> {
    parse(row.get_ref(column)?.as_str()?, what)
}

/// What the text holds.
pub(super) fn parse<T: DeserializeOwned>(text: &str, what: &str) -> Result<T, Failure> {
    serde_json::from_str(text).map_err(|error| Failure::Damaged(format!("{what}: {error}")))
}

/// The text of a value.
pub(super) fn text<T: Serialize>(value: &T) -> Result<String, Failure> {
    serde_json::to_string(value).map_err(|error| unwritable(&error))
}

/// The fields of a document.
pub(super) fn fields<T: Serialize>(document: &T) -> Result<Map<String, Value>, Failure> {
    match serde_json::to_value(document) {
        Ok(Value::Object(fields)) => Ok(fields),
        Ok(_) => Err(Failure::Refused("it is no document".into())),
        Err(error) => Err(unwritable(&error)),
    }
}

fn unwritable(error: &serde_json::Error) -> Failure {
    Failure::Refused(format!("it cannot be written as JSON: {error}"))
}

/// A number that SQLite can hold.
pub(super) fn integer(number: u64) -> Result<i64, Failure> {
    i64::try_from(number).map_err(|_| Failure::Refused(format!("the number {number} is too great to be stored")))
}

/// A number that was stored by [`integer`].
pub(super) fn unsigned(row: &Row<'_>, column: usize) -> Result<u64, Failure> {
    let number: i64 = row.get(column)?;
    u64::try_from(number).map_err(|_| Failure::Damaged(format!("a count is negative: {number}")))
}
