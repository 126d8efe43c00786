//! What an administrator did not select is skipped.

use import_proto::{DIRECT_MESSAGES, DataType, ImportInput, RecordChoice, RecordError};
use rusqlite::{Connection, params};

use super::{errors_text, status_code, type_code};
use crate::{
    embedded::{failure::Failure, json},
    staging::{NOT_SELECTED, RecordStatus},
};

/// What is chosen of a kind: everything, or what the list names.
enum Chosen<'a> {
    All,
    Listed(&'a [String]),
}

impl<'a> Chosen<'a> {
    fn of(choice: &'a Option<RecordChoice>) -> Self {
        match choice {
            Some(RecordChoice { all: Some(true), .. }) => Self::All,
            Some(RecordChoice { list: Some(list), .. }) => Self::Listed(list),
            _ => Self::Listed(&[]),
        }
    }
}

/// Marks staged users, rooms and contacts that `input` does not select as skipped, and the parts of the file whose
/// messages are of such rooms. A part of a room that the operation does not stage stays: the workspace may have that room.
pub(in crate::embedded) fn select(database: &Connection, operation: i64, input: &ImportInput) -> Result<(), Failure> {
    for (data_type, choice) in [(DataType::User, &input.users), (DataType::Contact, &input.contacts)] {
        if let Chosen::Listed(list) = Chosen::of(choice) {
            skip_unlisted(database, operation, data_type, list)?;
        }
    }
    let Chosen::Listed(list) = Chosen::of(&input.channels) else { return Ok(()) };
    if list.is_empty() {
        // Placeholder users are of use only to rooms and their messages.
        skip_unnamed(database, operation, DataType::User)?;
    }
    skip_unlisted(database, operation, DataType::Channel, list)?;
    if !list.iter().any(|id| id == DIRECT_MESSAGES) {
        skip_unnamed(database, operation, DataType::Channel)?;
        database
            .prepare_cached("UPDATE message_part SET skipped = 1 WHERE operation = ?1 AND direct")?
            .execute([operation])?;
    }
    database
        .prepare_cached(
            "UPDATE message_part SET skipped = 1 WHERE operation = ?1 AND room IN (\
                 SELECT staged_room.import_id FROM staged_room \
                 JOIN staging USING (operation, seq) \
                 WHERE operation = ?1 AND data_type = ?2 AND status = ?3)",
        )?
        .execute(params![operation, type_code(DataType::Channel), status_code(RecordStatus::Skipped)])?;
    Ok(())
}

/// Skips what the list does not name. Direct rooms and placeholder users are never named one by one: their column `direct`
/// says so.
fn skip_unlisted(database: &Connection, operation: i64, data_type: DataType, list: &[String]) -> Result<(), Failure> {
    database
        .prepare_cached(
            "UPDATE staging SET status = ?4, errors = ?5 \
             WHERE operation = ?1 AND data_type = ?2 AND status = ?3 AND NOT direct \
             AND (import_id IS NULL OR import_id NOT IN (SELECT value FROM json_each(?6)))",
        )?
        .execute(params![
            operation,
            type_code(data_type),
            status_code(RecordStatus::Staged),
            status_code(RecordStatus::Skipped),
            not_selected()?,
            json::text(&list)?,
        ])?;
    Ok(())
}

fn skip_unnamed(database: &Connection, operation: i64, data_type: DataType) -> Result<(), Failure> {
    database
        .prepare_cached(
            "UPDATE staging SET status = ?4, errors = ?5 \
             WHERE operation = ?1 AND data_type = ?2 AND status = ?3 AND direct",
        )?
        .execute(params![
            operation,
            type_code(data_type),
            status_code(RecordStatus::Staged),
            status_code(RecordStatus::Skipped),
            not_selected()?,
        ])?;
    Ok(())
}

fn not_selected() -> Result<Option<String>, Failure> {
    errors_text(&[RecordError::new(NOT_SELECTED)])
}
