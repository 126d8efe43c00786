//! Emptying the staging areas of ended operations, a bounded number of rows at a time.

use rusqlite::{Connection, OptionalExtension, params};

use crate::embedded::failure::Failure;

/// How many rows go at once: a fraction of a second, in which nobody else can write.
const ROWS: usize = 20_000;

/// What goes with an emptied staging area, all but failed records: tables, which of their rows, and the column that tells
/// those of one operation apart.
const SWEPT: [(&str, &str, &str); 10] = [
    ("staging", "data_type = 0 AND status IN (0, 2, 3)", "seq"),
    ("staging", "data_type = 1 AND status IN (0, 2, 3)", "seq"),
    ("staging", "data_type = 2 AND status IN (0, 2, 3)", "seq"),
    ("staging", "data_type = 3 AND status IN (0, 2, 3)", "seq"),
    ("staging", "data_type = 4 AND status IN (0, 2, 3)", "seq"),
    ("staged_room", "true", "import_id"),
    ("message_part", "true", "part"),
    ("resolved", "data_type = 0", "import_id"),
    ("resolved", "data_type = 1", "import_id"),
    ("user_written", "true", "user"),
];

/// Deletes some of what ended operations have staged; true where there is more.
pub(in crate::embedded) fn sweep(database: &Connection) -> Result<bool, Failure> {
    let Some(operation) = next_emptied(database)? else { return Ok(false) };
    let mut left = ROWS;
    for (table, rows, key) in SWEPT {
        left -= database
            .prepare_cached(&format!(
                "DELETE FROM {table} WHERE operation = ?1 AND {rows} AND {key} IN \
                 (SELECT {key} FROM {table} WHERE operation = ?1 AND {rows} LIMIT ?2)"
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
