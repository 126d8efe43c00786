//! Messages: inserted, or merged into those that are there.

use rusqlite::{Connection, params};
use serde_json::Value;

use super::{failure::Failure, json, stored};
use crate::{documents::Message, merge::merge_message};

/// How many messages of a batch were new, and how many were there already, changed or not.
#[derive(Debug, Default)]
pub(super) struct Written {
    pub(super) created: u64,
    pub(super) updated: u64,
}

/// Inserts messages, or merges them into those with their ids.
pub(super) fn write(database: &Connection, messages: &[Message]) -> Result<Written, Failure> {
    let mut insert = database.prepare_cached(
        "INSERT INTO message (id, room, hidden, ts, document) VALUES (?1, ?2, ?3, ?4, ?5) ON CONFLICT (id) DO NOTHING",
    )?;
    let mut written = Written::default();
    for message in messages {
        let inserted = insert.execute(params![
            message.id,
            message.rid,
            message.hidden,
            message.ts.0.as_millis(),
            json::text(message)?
        ])?;
        if inserted > 0 {
            written.created += 1;
        } else {
            merge(database, message)?;
            written.updated += 1;
        }
    }
    Ok(written)
}

fn merge(database: &Connection, message: &Message) -> Result<(), Failure> {
    let mut stored = stored::in_the_way(database, "message", &message.id)?;
    if !merge_message(&mut stored.fields, &json::fields(message)?) {
        return Ok(());
    }
    let hidden = stored.fields.get("_hidden") == Some(&Value::Bool(true));
    database
        .prepare_cached("UPDATE message SET room = ?2, hidden = ?3, ts = ?4, document = ?5 WHERE number = ?1")?
        .execute(params![stored.number, message.rid, hidden, message.ts.0.as_millis(), json::text(&stored.fields)?])?;
    Ok(())
}
