//! Messages: inserted, or merged into those that are there; and the files that they show once those are fetched.

use std::collections::HashSet;

use import_proto::Timestamp;
use rusqlite::{Connection, params};
use serde_json::{Map, Value};

use super::{
    failure::Failure,
    json,
    stored::{self, Stored},
    users,
};
use crate::{
    documents::Message,
    merge::{merge_message, other_reactors},
    patch::{attach_file, join_thread, update_thread},
    store::{ThreadReply, ThreadUpdate},
    uploads::{AttachedFile, is_pending},
};

/// How many messages of a batch were new, and how many were there already, changed or not.
#[derive(Debug, Default)]
pub(super) struct Written {
    pub(super) created: u64,
    pub(super) updated: u64,
}

/// Inserts messages, or merges them into those with their ids.
pub(super) fn write(database: &Connection, messages: &[Message]) -> Result<Written, Failure> {
    let mut insert = database.prepare_cached(
        "INSERT INTO message (id, room, hidden, ts, pending_file, thread, document) VALUES (?1, ?2, ?3, ?4, ?5, ?6, ?7) \
         ON CONFLICT (id) DO NOTHING",
    )?;
    let mut written = Written::default();
    for message in messages {
        let inserted = insert.execute(params![
            message.id,
            message.rid,
            message.hidden,
            message.ts.0.as_millis(),
            message.import_file.as_ref().filter(|file| file.is_pending()).map(|file| file.file.id.as_str()),
            message.tmid,
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
    let incoming = json::fields(message)?;
    let gone = users::standing_for_nobody(database, other_reactors(&stored.fields, &incoming))?;
    if !merge_message(&mut stored.fields, &incoming, &gone) {
        return Ok(());
    }
    replace(database, &stored)?;
    database.prepare_cached("UPDATE message SET room = ?2, ts = ?3 WHERE number = ?1")?.execute(params![
        stored.number,
        message.rid,
        message.ts.0.as_millis()
    ])?;
    Ok(())
}

/// Lets messages show files that were fetched. One that is not there, or has its file already, is no matter.
pub(super) fn attach(database: &Connection, attached: &[AttachedFile], now: Timestamp) -> Result<(), Failure> {
    for file in attached {
        let Some(mut stored) = stored::by_id(database, "message", &file.message)? else { continue };
        if attach_file(&mut stored.fields, file, now) {
            replace(database, &stored)?;
        }
    }
    Ok(())
}

/// Makes messages replies in threads. One that is not there is passed over.
pub(super) fn join_threads(database: &Connection, replies: &[ThreadReply], now: Timestamp) -> Result<(), Failure> {
    for reply in replies {
        let Some(mut stored) = stored::by_id(database, "message", &reply.id)? else { continue };
        if join_thread(&mut stored.fields, reply, now) {
            replace(database, &stored)?;
        }
    }
    Ok(())
}

/// Tells first messages of threads about their replies. One that is not there is passed over.
pub(super) fn update_threads(database: &Connection, updates: &[ThreadUpdate], now: Timestamp) -> Result<(), Failure> {
    let mut count = database.prepare_cached("SELECT count(*) FROM message WHERE thread = ?1")?;
    for update in updates {
        let Some(mut stored) = stored::by_id(database, "message", &update.root)? else { continue };
        let count = count.query_row([&update.root], |row| Ok(json::unsigned(row, 0)))??;
        if update_thread(&mut stored.fields, update, count, now) {
            replace(database, &stored)?;
        }
    }
    Ok(())
}

/// Which of these messages are there.
pub(super) fn existing(database: &Connection, ids: Vec<String>) -> Result<HashSet<String>, Failure> {
    let mut statement = database.prepare_cached("SELECT 1 FROM message WHERE id = ?1")?;
    let mut existing = HashSet::new();
    for id in ids {
        if statement.exists([&id])? {
            existing.insert(id);
        }
    }
    Ok(existing)
}

/// Stores a message in place of what was there of it, with what follows from its fields alone.
fn replace(database: &Connection, stored: &Stored) -> Result<(), Failure> {
    let hidden = stored.fields.get("_hidden") == Some(&Value::Bool(true));
    database
        .prepare_cached(
            "UPDATE message SET hidden = ?2, pending_file = ?3, thread = ?4, document = ?5 WHERE number = ?1",
        )?
        .execute(params![
            stored.number,
            hidden,
            pending_file(&stored.fields),
            stored.fields.get("tmid").and_then(Value::as_str),
            json::text(&stored.fields)?
        ])?;
    Ok(())
}

/// The id of a file that is pending.
fn pending_file(message: &Map<String, Value>) -> Option<&str> {
    let file = message.get("_importFile").filter(|file| is_pending(file))?;
    Some(file["id"].as_str().unwrap_or_default())
}
