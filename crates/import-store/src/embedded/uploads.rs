//! Files and avatars: what is pending, and the documents of those that are there.

use std::collections::HashMap;

use import_proto::Timestamp;
use rusqlite::{Connection, OptionalExtension, params};

use super::{
    failure::Failure,
    json::{self, unsigned},
    stored,
};
use crate::{
    documents::UserRef,
    patch,
    uploads::{KeptUpload, NewAvatar, PendingCounts, PendingKey, PendingMessage, Upload},
};

/// How many messages and users wait for a file or an avatar.
pub(super) fn counts(database: &Connection) -> Result<PendingCounts, Failure> {
    let count = |sql: &str| -> Result<u64, Failure> { database.query_row(sql, [], |row| Ok(unsigned(row, 0)))? };
    Ok(PendingCounts {
        files: count("SELECT count(*) FROM message WHERE pending_file IS NOT NULL")?,
        avatars: count("SELECT count(*) FROM user WHERE document ->> '$._pendingAvatarUrl' IS NOT NULL")?,
    })
}

/// The next messages whose file is pending.
pub(super) fn pending_files(
    database: &Connection,
    after: Option<PendingKey>,
    limit: usize,
) -> Result<Vec<PendingMessage>, Failure> {
    let after = after.unwrap_or_default();
    database
        .prepare_cached(
            "SELECT document FROM message WHERE pending_file IS NOT NULL AND (pending_file, id) > (?1, ?2) \
             ORDER BY pending_file, id LIMIT ?3",
        )?
        .query_and_then(params![after.file, after.id, limit_of(limit)], |row| json::read(row, 0, "a message"))?
        .collect()
}

/// The next users whose avatar is pending.
pub(super) fn pending_avatars(
    database: &Connection,
    after: Option<PendingKey>,
    limit: usize,
) -> Result<Vec<UserRef>, Failure> {
    database
        .prepare_cached(
            "SELECT document FROM user WHERE document ->> '$._pendingAvatarUrl' IS NOT NULL AND id > ?1 \
             ORDER BY id LIMIT ?2",
        )?
        .query_and_then(params![after.unwrap_or_default().id, limit_of(limit)], |row| json::read(row, 0, "a user"))?
        .collect()
}

fn limit_of(limit: usize) -> i64 {
    i64::try_from(limit).unwrap_or(i64::MAX)
}

/// The files with these ids.
pub(super) fn find(database: &Connection, ids: Vec<String>) -> Result<HashMap<String, Upload>, Failure> {
    let mut statement = database.prepare_cached("SELECT document FROM upload WHERE id = ?1")?;
    let mut found = HashMap::new();
    for id in ids {
        let mut rows = statement.query([&id])?;
        if let Some(row) = rows.next()? {
            found.insert(id, json::read(row, 0, "a file")?);
        }
    }
    Ok(found)
}

/// Adds files; one whose `_id` is there already is left as it is. Answers the digests of those that gave way so.
pub(super) fn write(database: &Connection, uploads: &[KeptUpload]) -> Result<Vec<String>, Failure> {
    let mut insert = database
        .prepare_cached("INSERT INTO upload (id, digest, document) VALUES (?1, ?2, ?3) ON CONFLICT DO NOTHING")?;
    let mut same = database.prepare_cached("SELECT 1 FROM upload WHERE id = ?1 AND digest = ?2")?;
    let mut disregarded = Vec::new();
    for KeptUpload { document, content } in uploads {
        if insert.execute(params![document.id, content.digest, json::text(document)?])? == 0
            && !same.exists([&document.id, &content.digest])?
        {
            disregarded.push(content.digest.clone());
        }
    }
    Ok(disregarded)
}

/// Puts avatars in the place of those that their users have, and takes the addresses off that they were fetched from.
/// Answers the digests of those that gave way.
pub(super) fn write_avatars(
    database: &Connection,
    avatars: &[NewAvatar],
    now: Timestamp,
) -> Result<Vec<String>, Failure> {
    let mut replaced = Vec::new();
    for avatar in avatars {
        let upload = &avatar.upload;
        let Some(mut user) = stored::by_id(database, "user", &upload.document.user_id)? else { continue };
        if !patch::take_avatar(&mut user.fields, avatar, now) {
            continue;
        }
        stored::replace(database, "user", &user)?;
        let before: Option<String> = database
            .prepare_cached("SELECT digest FROM avatar WHERE user = ?1")?
            .query_row([&upload.document.user_id], |row| row.get(0))
            .optional()?;
        replaced.extend(before.filter(|digest| *digest != upload.content.digest));
        database
            .prepare_cached(
                "INSERT INTO avatar (id, user, digest, document) VALUES (?1, ?2, ?3, ?4) \
                 ON CONFLICT (user) DO UPDATE SET id = ?1, digest = ?3, document = ?4",
            )?
            .execute(params![
                upload.document.id,
                upload.document.user_id,
                upload.content.digest,
                json::text(&upload.document)?
            ])?;
    }
    Ok(replaced)
}
