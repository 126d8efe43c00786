//! Emptying the staging areas of ended operations, a bounded number of rows at a time.

use rusqlite::{Connection, OptionalExtension, params};

use crate::embedded::failure::Failure;

/// How many rows go at once: a fraction of a second, in which nobody else can write.
const ROWS: usize = 20_000;

/// Tables, their keys, and which rows go with an emptied staging area: all but failed records.
const SWEPT: [(&str, &str, &str); 6] = [
    ("staging", "operation, data_type, seq", "status = 0"),
    ("staging", "operation, data_type, seq", "status = 2"),
    ("staged_room", "operation, import_id", "true"),
    ("message_part", "operation, part", "true"),
    ("resolved", "operation, data_type, import_id", "true"),
    ("user_written", "operation, user", "true"),
];

/// Deletes some of what ended operations have staged; true where there is more.
pub(in crate::embedded) fn sweep(database: &Connection) -> Result<bool, Failure> {
    let Some(operation) = next_emptied(database)? else { return Ok(false) };
    let mut left = ROWS;
    for (table, key, condition) in SWEPT {
        left -= database
            .prepare_cached(&format!(
                "DELETE FROM {table} WHERE ({key}) IN \
                 (SELECT {key} FROM {table} WHERE operation = ?1 AND {condition} LIMIT ?2)"
            ))?
            .execute(params![operation, i64::try_from(left).unwrap_or(i64::MAX)])?;
        if left == 0 {
            return Ok(true);
        }
    }
    database.prepare_cached("UPDATE operation SET emptied = 2 WHERE number = ?1")?.execute([operation])?;
    Ok(next_emptied(database)?.is_some())
}

/// The first operation whose emptied staging area still holds something.
fn next_emptied(database: &Connection) -> Result<Option<i64>, Failure> {
    Ok(database
        .prepare_cached("SELECT number FROM operation WHERE emptied = 1 ORDER BY number LIMIT 1")?
        .query_row([], |row| row.get(0))
        .optional()?)
}
