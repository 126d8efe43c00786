//! Rooms and who is in them: added, changed, looked up by their keys.

use std::collections::{BTreeMap, HashMap, HashSet, btree_map::Entry};

use import_proto::{DataType, RoomType, Timestamp};
use rusqlite::{Connection, params};

use super::{
    failure::{Failure, taken},
    json,
    staging::type_code,
    stored,
};
use crate::{
    RoomKeys, RoomRef,
    documents::{Room, RoomPatch, Subscription},
    patch,
};

/// Adds a room; one whose `_id` is there already is left as it is. The slug of another room is refused.
pub(super) fn insert(database: &Connection, room: &Room) -> Result<(), Failure> {
    let added = database
        .prepare_cached(
            "INSERT INTO room (id, name, fname, type, members, document) VALUES (?1, ?2, ?3, ?4, ?5, ?6) \
             ON CONFLICT (id) DO NOTHING",
        )?
        .execute(params![
            room.id,
            room.name,
            room.fname,
            room.room_type.as_str(),
            (room.room_type == RoomType::Direct).then(|| members_key(&room.uids)),
            json::text(room)?,
        ])
        .map_err(|error| slug_taken(error, &room.id))?;
    if added > 0 {
        add_import_ids(database, database.last_insert_rowid(), &room.import_ids)?;
    }
    Ok(())
}

/// Carries out a patch; one of a room that is not there is no matter. A new name is told to the members' subscriptions.
pub(super) fn patch(database: &Connection, patch: &RoomPatch, now: Timestamp) -> Result<(), Failure> {
    let Some(mut room) = stored::by_id(database, "room", &patch.id)? else { return Ok(()) };
    if !patch::patch_room(&mut room.fields, patch, now) {
        return Ok(());
    }
    stored::replace(database, "room", &room)?;
    add_import_ids(database, room.number, &patch.add_import_ids)?;
    if let Some((slug, name)) = &patch.names {
        database.prepare_cached("UPDATE room SET name = ?2, fname = ?3 WHERE number = ?1")?.execute(params![
            room.number,
            slug,
            name
        ])?;
        database
            .prepare_cached(
                "UPDATE subscription SET document = \
                 json_set(document, '$.name', ?2, '$.fname', ?3, '$._updatedAt', json(?4)) \
                 WHERE room = ?1 AND (document ->> '$.name' IS NOT ?2 OR document ->> '$.fname' IS NOT ?3)",
            )?
            .execute(params![patch.id, slug, name, patch::date(now).to_string()])?;
    }
    Ok(())
}

fn slug_taken(error: rusqlite::Error, id: &str) -> Failure {
    taken(error, || format!("the name of the room {id} belongs to another room already"))
}

fn add_import_ids(database: &Connection, number: i64, import_ids: &[String]) -> Result<(), Failure> {
    let mut insert = database
        .prepare_cached("INSERT INTO room_import_id (import_id, room) VALUES (?1, ?2) ON CONFLICT DO NOTHING")?;
    for import_id in import_ids {
        insert.execute(params![import_id, number])?;
    }
    Ok(())
}

/// What stands for a set of members: the ids in order, one a line.
fn members_key(members: &[String]) -> String {
    let mut members: Vec<&str> = members.iter().map(String::as_str).collect();
    members.sort_unstable();
    members.dedup();
    members.join("\n")
}

/// Adds memberships; one for a user and room that have one already is left as it is.
pub(super) fn subscribe(database: &Connection, subscriptions: &[Subscription]) -> Result<(), Failure> {
    let mut insert = database
        .prepare_cached("INSERT INTO subscription (room, user, document) VALUES (?1, ?2, ?3) ON CONFLICT DO NOTHING")?;
    for subscription in subscriptions {
        insert.execute(params![subscription.rid, subscription.user.id, json::text(subscription)?])?;
    }
    Ok(())
}

const BY_IMPORT_ID: &str = "SELECT number, document FROM room_import_id JOIN room ON number = room_import_id.room WHERE import_id = ?1 \
     ORDER BY number";

/// Rooms that match any of the keys, each once, in the order in which they were added.
pub(super) fn find(database: &Connection, keys: &RoomKeys) -> Result<Vec<Room>, Failure> {
    let mut found = BTreeMap::new();
    let mut seek = |sql: &str, keys: &[String]| -> Result<(), Failure> {
        let mut statement = database.prepare_cached(sql)?;
        for key in keys {
            let mut rows = statement.query([key])?;
            while let Some(row) = rows.next()? {
                if let Entry::Vacant(entry) = found.entry(row.get::<_, i64>(0)?) {
                    entry.insert(json::read::<Room>(row, 1, "a room")?);
                }
            }
        }
        Ok(())
    };
    let member_keys: Vec<String> = keys.member_sets.iter().map(|members| members_key(members)).collect();
    seek("SELECT number, document FROM room WHERE id = ?1", &keys.ids)?;
    seek("SELECT number, document FROM room WHERE name = ?1", &keys.names)?;
    seek(BY_IMPORT_ID, &keys.import_ids)?;
    seek("SELECT number, document FROM room WHERE members = ?1", &member_keys)?;
    Ok(found.into_values().collect())
}

/// Which rooms import ids stand for: see [`crate::Store::resolve_rooms`].
pub(super) fn resolve(
    database: &Connection,
    operation: Option<i64>,
    import_ids: Vec<String>,
    by_name: bool,
) -> Result<HashMap<String, RoomRef>, Failure> {
    let mut by_resolved = database.prepare_cached(
        "SELECT room.id, name, type FROM resolved JOIN room USING (id) \
         WHERE operation = ?1 AND data_type = ?2 AND import_id = ?3",
    )?;
    let mut by_import_id = database.prepare_cached(
        "SELECT id, name, type FROM room_import_id JOIN room ON number = room_import_id.room WHERE import_id = ?1 \
         ORDER BY number LIMIT 1",
    )?;
    let mut by_slug = database.prepare_cached("SELECT id, name, type FROM room WHERE name = ?1 AND type <> 'd'")?;
    let mut by_given_name = database
        .prepare_cached("SELECT id, name, type FROM room WHERE fname = ?1 AND type <> 'd' ORDER BY number LIMIT 1")?;
    let mut resolved = HashMap::with_capacity(import_ids.len());
    for import_id in import_ids {
        let mut room = None;
        if let Some(operation) = operation {
            room = reference(by_resolved.query(params![operation, type_code(DataType::Channel), import_id])?)?;
        }
        if room.is_none() {
            room = reference(by_import_id.query([&import_id])?)?;
        }
        if room.is_none() && by_name {
            room = reference(by_slug.query([&import_id])?)?;
        }
        if room.is_none() && by_name {
            room = reference(by_given_name.query([&import_id])?)?;
        }
        if let Some(room) = room {
            resolved.insert(import_id, room);
        }
    }
    Ok(resolved)
}

/// Which of these rooms records of the operation have become: see [`crate::Store::rooms_written`].
pub(super) fn written(database: &Connection, operation: i64, ids: Vec<String>) -> Result<HashSet<String>, Failure> {
    // A room has the import ids of every record that it is.
    let mut resolved = database.prepare_cached(
        "SELECT 1 FROM room, json_each(room.document, '$.importIds') AS own \
         JOIN resolved ON operation = ?1 AND data_type = ?2 AND import_id = own.value AND resolved.id = room.id \
         WHERE room.id = ?3",
    )?;
    let mut written = HashSet::new();
    for id in ids {
        if resolved.exists(params![operation, type_code(DataType::Channel), id])? {
            written.insert(id);
        }
    }
    Ok(written)
}

fn reference(mut rows: rusqlite::Rows<'_>) -> Result<Option<RoomRef>, Failure> {
    let Some(row) = rows.next()? else { return Ok(None) };
    let letter = row.get_ref(2)?.as_str()?;
    let room_type = RoomType::from_letter(letter)
        .ok_or_else(|| Failure::Damaged(format!("no type of room is called {letter:?}")))?;
    Ok(Some(RoomRef { id: row.get(0)?, name: row.get::<_, Option<String>>(1)?.unwrap_or_default(), room_type }))
}
