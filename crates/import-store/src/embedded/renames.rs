//! Replaces an old username in every document that repeats it.

use import_proto::Timestamp;
use rusqlite::{Connection, params};
use serde_json::{Map, Value};

use super::{
    failure::Failure,
    json,
    stored::{self, Stored},
};
use crate::rename::Renames;

/// Documents that are read before those of them that changed are written.
const PAGE: i64 = 500;

/// Carries out all renames with one pass over the messages and one over the rooms: nothing finds messages by their author.
pub(super) fn carry_out(database: &Connection, renames: &Renames, now: Timestamp) -> Result<(), Failure> {
    if renames.is_empty() {
        return Ok(());
    }
    let renamed = renames.ids();
    pass_over(database, "message", renames, |_, message| Ok(renames.in_message(message, now)))?;
    pass_over(database, "room", renames, |database, room| {
        let is_member = |user: &Value| user.as_str().is_some_and(|user| renamed.iter().any(|id| id == user));
        let members = room.get("uids").and_then(Value::as_array);
        if room.get("t").and_then(Value::as_str) == Some("d")
            && members.is_some_and(|members| members.iter().any(is_member))
            && let Some(id) = room.get("_id").and_then(Value::as_str)
        {
            // The others' memberships have the name of the member who is renamed, also where only the name shown changes.
            memberships(database, "room", id, renames, now)?;
        }
        Ok(renames.in_room(room, now))
    })?;
    for id in &renamed {
        memberships(database, "user", id, renames, now)?;
        let avatar = {
            let mut find = database.prepare_cached("SELECT number, document FROM avatar WHERE user = ?1")?;
            let mut rows = find.query([id])?;
            match rows.next()? {
                Some(row) => Some(Stored { number: row.get(0)?, fields: json::read(row, 1, "an avatar")? }),
                None => None,
            }
        };
        if let Some(mut avatar) = avatar
            && renames.in_avatar(&mut avatar.fields, now)
        {
            stored::replace(database, "avatar", &avatar)?;
        }
    }
    Ok(())
}

/// Changes the documents of a table that copy one of the names.
fn pass_over(
    database: &Connection,
    table: &'static str,
    renames: &Renames,
    edit: impl Fn(&Connection, &mut Map<String, Value>) -> Result<bool, Failure>,
) -> Result<(), Failure> {
    let mut next = database
        .prepare_cached(&format!("SELECT number, document FROM {table} WHERE number > ?1 ORDER BY number LIMIT ?2"))?;
    let mut after = i64::MIN;
    loop {
        let (mut found, mut read) = (Vec::new(), 0);
        let mut rows = next.query(params![after, PAGE])?;
        while let Some(row) = rows.next()? {
            read += 1;
            after = row.get(0)?;
            if renames.may_concern(row.get_ref(1)?.as_str()?) {
                found.push(Stored { number: after, fields: json::read(row, 1, table)? });
            }
        }
        drop(rows);
        for mut document in found {
            if edit(database, &mut document.fields)? {
                stored::replace(database, table, &document)?;
            }
        }
        if read < PAGE {
            return Ok(());
        }
    }
}

/// Renames in the memberships of a room or of a user.
fn memberships(
    database: &Connection,
    column: &'static str,
    key: &str,
    renames: &Renames,
    now: Timestamp,
) -> Result<(), Failure> {
    let mut find =
        database.prepare_cached(&format!("SELECT room, user, document FROM subscription WHERE {column} = ?1"))?;
    let mut rows = find.query([key])?;
    let mut changed: Vec<(String, String, Map<String, Value>)> = Vec::new();
    while let Some(row) = rows.next()? {
        let mut fields = json::read(row, 2, "a membership")?;
        if renames.in_subscription(&mut fields, now) {
            changed.push((row.get(0)?, row.get(1)?, fields));
        }
    }
    drop(rows);
    let mut replace = database.prepare_cached("UPDATE subscription SET document = ?3 WHERE room = ?1 AND user = ?2")?;
    for (room, user, fields) in changed {
        replace.execute(params![room, user, json::text(&fields)?])?;
    }
    Ok(())
}
