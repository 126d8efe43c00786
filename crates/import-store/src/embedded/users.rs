//! Users: added, changed, looked up by their keys.

use std::collections::{BTreeMap, HashMap, HashSet, btree_map::Entry};

use import_proto::{DataType, Timestamp};
use rusqlite::{Connection, OptionalExtension, params};
use serde::Deserialize;
use serde_json::{Map, Value};

use super::{
    failure::{Failure, taken},
    json::{self, integer},
    staging::type_code,
    stored,
};
use crate::{
    UserKeys,
    documents::{Date, User, UserPatch, UserRef},
    merge::stands_for_nobody,
    patch,
    rename::{Rename, Renames},
};

/// Keys in which case is disregarded are stored and sought in lower case.
pub(super) fn folded(text: &str) -> String {
    text.to_lowercase()
}

/// Adds a user; false where its `_id` is there already. An address or username of somebody else is refused.
pub(super) fn insert(database: &Connection, user: &User) -> Result<bool, Failure> {
    let username = (!user.username.is_empty()).then(|| folded(&user.username));
    let added = database
        .prepare_cached("INSERT INTO user (id, username, document) VALUES (?1, ?2, ?3) ON CONFLICT (id) DO NOTHING")?
        .execute(params![user.id, username, json::text(user)?])
        .map_err(|error| username_taken(error, &user.id))?;
    if added == 0 {
        return Ok(false);
    }
    let number = database.last_insert_rowid();
    for email in &user.emails {
        add_email(database, number, &user.id, &email.address)?;
    }
    for import_id in &user.import_ids {
        add_import_id(database, number, import_id)?;
    }
    Ok(true)
}

/// Carries out a patch; one of a user who is not there is no matter.
pub(super) fn patch(database: &Connection, patch: &UserPatch, now: Timestamp) -> Result<(), Failure> {
    let Some(mut user) = stored::by_id(database, "user", &patch.id)? else { return Ok(()) };
    if !patch::patch_user(&mut user.fields, patch, now) {
        return Ok(());
    }
    stored::replace(database, "user", &user)?;
    if let Some(username) = &patch.username {
        database
            .prepare_cached("UPDATE user SET username = ?2 WHERE number = ?1")?
            .execute(params![user.number, folded(username)])
            .map_err(|error| username_taken(error, &patch.id))?;
    }
    let mut remove = database.prepare_cached("DELETE FROM user_import_id WHERE import_id = ?1 AND user = ?2")?;
    for import_id in &patch.remove_import_ids {
        remove.execute(params![import_id, user.number])?;
    }
    for address in &patch.add_emails {
        add_email(database, user.number, &patch.id, address)?;
    }
    for import_id in &patch.add_import_ids {
        if !patch.remove_import_ids.contains(import_id) {
            add_import_id(database, user.number, import_id)?;
        }
    }
    Ok(())
}

/// The users that the patches rename.
pub(super) fn renames(database: &Connection, patches: &[UserPatch]) -> Result<Renames, Failure> {
    let mut renames = Vec::new();
    for patch in patches {
        let Some(username) = &patch.username else { continue };
        let Some(user) = stored::by_id(database, "user", &patch.id)? else { continue };
        let text = |field: &str| user.fields.get(field).and_then(Value::as_str).unwrap_or_default().to_owned();
        let before = text("username");
        if before != *username {
            let name = patch.name.clone().unwrap_or_else(|| text("name"));
            renames.push(Rename { id: patch.id.clone(), before, username: username.clone(), name });
        }
    }
    Ok(renames.into_iter().collect())
}

/// Which of these usernames are those of placeholder users who stand for nobody any more.
pub(super) fn standing_for_nobody<'n>(
    database: &Connection,
    usernames: impl Iterator<Item = &'n str>,
) -> Result<HashSet<String>, Failure> {
    let mut find = database.prepare_cached("SELECT document FROM user WHERE username = ?1")?;
    let mut found = HashSet::new();
    for username in usernames {
        let mut rows = find.query([folded(username)])?;
        let Some(row) = rows.next()? else { continue };
        let user: Map<String, Value> = json::read(row, 0, "a user")?;
        if stands_for_nobody(&user) && user.get("username").and_then(Value::as_str) == Some(username) {
            found.insert(username.to_owned());
        }
    }
    Ok(found)
}

fn username_taken(error: rusqlite::Error, id: &str) -> Failure {
    taken(error, || format!("the username of the user {id} belongs to another user already"))
}

fn add_email(database: &Connection, number: i64, id: &str, address: &str) -> Result<(), Failure> {
    let address = folded(address);
    let added = database
        .prepare_cached("INSERT INTO user_email (address, user) VALUES (?1, ?2) ON CONFLICT DO NOTHING")?
        .execute(params![address, number])?;
    let whose = database.prepare_cached("SELECT user FROM user_email WHERE address = ?1");
    if added == 0 && whose?.query_row([address], |row| row.get::<_, i64>(0))? != number {
        return Err(Failure::Refused(format!("an address of the user {id} belongs to another user already")));
    }
    Ok(())
}

fn add_import_id(database: &Connection, number: i64, import_id: &str) -> Result<(), Failure> {
    database
        .prepare_cached("INSERT INTO user_import_id (import_id, user) VALUES (?1, ?2) ON CONFLICT DO NOTHING")?
        .execute(params![import_id, number])?;
    Ok(())
}

/// Adds a user unless the username or an address is taken; false then.
pub(super) fn add(database: &Connection, user: &User) -> Result<bool, Failure> {
    let taken = database
        .prepare_cached("SELECT 1 FROM user WHERE username = ?1")?
        .exists([(!user.username.is_empty()).then(|| folded(&user.username))])?;
    if taken {
        return Ok(false);
    }
    let mut find = database.prepare_cached("SELECT 1 FROM user_email WHERE address = ?1")?;
    for email in &user.emails {
        if find.exists([folded(&email.address)])? {
            return Ok(false);
        }
    }
    insert(database, user)
}

const BY_ID: &str = "SELECT number, document FROM user WHERE id = ?1";
const BY_USERNAME: &str = "SELECT number, document FROM user WHERE username = ?1";
const BY_EMAIL: &str =
    "SELECT number, document FROM user_email JOIN user ON number = user_email.user WHERE address = ?1";
const BY_IMPORT_ID: &str =
    "SELECT number, document FROM user_import_id JOIN user ON number = user_import_id.user WHERE import_id = ?1";
const BY_RESOLVED: &str = "SELECT number, document FROM resolved JOIN user USING (id) \
     WHERE operation = ?1 AND data_type = ?2 AND import_id = ?3";

/// Users that match any of the keys, each once, in the order in which they were added.
pub(super) fn find(database: &Connection, keys: &UserKeys) -> Result<Vec<User>, Failure> {
    let mut found = BTreeMap::new();
    let mut seek = |sql: &str, keys: &[String], fold: bool| -> Result<(), Failure> {
        let mut statement = database.prepare_cached(sql)?;
        for key in keys {
            let mut rows = statement.query([if fold { folded(key) } else { key.clone() }])?;
            while let Some(row) = rows.next()? {
                if let Entry::Vacant(entry) = found.entry(row.get::<_, i64>(0)?) {
                    entry.insert(json::read::<User>(row, 1, "a user")?);
                }
            }
        }
        Ok(())
    };
    seek(BY_ID, &keys.ids, false)?;
    seek(BY_EMAIL, &keys.emails, true)?;
    seek(BY_USERNAME, &keys.usernames, true)?;
    seek(BY_IMPORT_ID, &keys.import_ids, false)?;
    Ok(found.into_values().collect())
}

/// As much of a user as tells who it is.
#[derive(Deserialize)]
#[serde(rename_all = "camelCase")]
struct Known {
    created_at: Date,
    #[serde(flatten)]
    user: UserRef,
}

/// Whom import ids stand for: see [`crate::Store::resolve_users`].
pub(super) fn resolve(
    database: &Connection,
    operation: Option<i64>,
    import_ids: Vec<String>,
    by_username: bool,
) -> Result<HashMap<String, UserRef>, Failure> {
    let mut by_resolved = database.prepare_cached(BY_RESOLVED)?;
    let mut by_import_id = database.prepare_cached(BY_IMPORT_ID)?;
    let mut by_name = database.prepare_cached(BY_USERNAME)?;
    let mut resolved = HashMap::with_capacity(import_ids.len());
    for import_id in import_ids {
        let mut user = None;
        if let Some(operation) = operation {
            user = first_created(by_resolved.query(params![operation, type_code(DataType::User), import_id])?)?;
        }
        if user.is_none() {
            user = first_created(by_import_id.query([&import_id])?)?;
        }
        if user.is_none() && by_username {
            user = first_created(by_name.query([folded(&import_id)])?)?;
        }
        if let Some(user) = user {
            resolved.insert(import_id, user);
        }
    }
    Ok(resolved)
}

fn first_created(mut rows: rusqlite::Rows<'_>) -> Result<Option<UserRef>, Failure> {
    let mut first: Option<((Date, i64), UserRef)> = None;
    while let Some(row) = rows.next()? {
        let known: Known = json::read(row, 1, "a user")?;
        let age = (known.created_at, row.get(0)?);
        if first.as_ref().is_none_or(|(oldest, _)| age < *oldest) {
            first = Some((age, known.user));
        }
    }
    Ok(first.map(|(_, user)| user))
}

/// Notes who wrote which user; the first entry for a user stays.
pub(super) fn note_written(database: &Connection, operation: i64, written: &[(String, u64)]) -> Result<(), Failure> {
    let mut insert = database.prepare_cached(
        "INSERT INTO user_written (operation, user, seq) SELECT ?1, number, ?3 FROM user WHERE id = ?2 \
         ON CONFLICT DO NOTHING",
    )?;
    for (user, seq) in written {
        insert.execute(params![operation, user, integer(*seq)?])?;
    }
    Ok(())
}

/// Which of these users the operation has written, and by which record.
pub(super) fn written(
    database: &Connection,
    operation: i64,
    ids: Vec<String>,
) -> Result<HashMap<String, u64>, Failure> {
    let mut find = database.prepare_cached(
        "SELECT seq FROM user_written JOIN user ON number = user_written.user WHERE operation = ?1 AND id = ?2",
    )?;
    let mut written = HashMap::new();
    for id in ids {
        if let Some(seq) = find.query_row(params![operation, id], |row| Ok(json::unsigned(row, 0))).optional()? {
            written.insert(id, seq?);
        }
    }
    Ok(written)
}
