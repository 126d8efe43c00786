//! Who may log in, and with what: passwords, tokens, roles and what they permit.

use import_proto::Timestamp;
use rusqlite::{Connection, OptionalExtension, params};

use super::{failure::Failure, json, users::folded};
use crate::{
    Caller, Credentials, NewToken,
    documents::{User, UserRef},
};

/// How long a login token is good for: 90 days, what `Accounts_LoginExpiration` is unless somebody set it.
const LOGIN_MILLIS: i64 = 90 * 24 * 60 * 60 * 1000;

/// The ids of all roles.
pub(super) fn roles(database: &Connection) -> Result<Vec<String>, Failure> {
    let mut statement = database.prepare_cached("SELECT id FROM role ORDER BY id")?;
    Ok(statement.query_map([], |row| row.get(0))?.collect::<Result<_, _>>()?)
}

/// Who has this token: see [`crate::Store::authenticate`].
pub(super) fn authenticate(
    database: &Connection,
    user_id: &str,
    hashed_token: &str,
    now: Timestamp,
) -> Result<Option<Caller>, Failure> {
    let mut statement = database.prepare_cached(
        "SELECT document FROM user JOIN token ON token.user = number \
         WHERE id = ?1 AND hash = ?2 AND (token.name IS NOT NULL OR at > ?3)",
    )?;
    let mut rows = statement.query(params![user_id, hashed_token, now.as_millis() - LOGIN_MILLIS])?;
    let Some(row) = rows.next()? else { return Ok(None) };
    let user: User = json::read(row, 0, "a user")?;
    if !user.active {
        return Ok(None);
    }
    let mut statement = database.prepare_cached(
        "SELECT DISTINCT id FROM permission WHERE role IN (SELECT value FROM json_each(?1)) ORDER BY id",
    )?;
    let permissions = statement.query_map([json::text(&user.roles)?], |row| row.get(0))?.collect::<Result<_, _>>()?;
    Ok(Some(Caller {
        user: UserRef { id: user.id, username: user.username, name: user.name },
        emails: user.emails,
        roles: user.roles,
        permissions,
    }))
}

/// The id of the user who has a token.
pub(super) fn token_owner(database: &Connection, hashed_token: &str) -> Result<Option<String>, Failure> {
    let mut statement =
        database.prepare_cached("SELECT id FROM token JOIN user ON token.user = number WHERE hash = ?1 LIMIT 1")?;
    let mut rows = statement.query([hashed_token])?;
    Ok(rows.next()?.map(|row| row.get(0)).transpose()?)
}

/// The credentials of the active user with this username, else of the one with this address.
pub(super) fn credentials(database: &Connection, username_or_email: &str) -> Result<Option<Credentials>, Failure> {
    let key = folded(username_or_email);
    for sql in [
        "SELECT document FROM user WHERE username = ?1",
        "SELECT document FROM user_email JOIN user ON number = user_email.user WHERE address = ?1",
    ] {
        let mut statement = database.prepare_cached(sql)?;
        let mut rows = statement.query([&key])?;
        let Some(row) = rows.next()? else { continue };
        let user: User = json::read(row, 0, "a user")?;
        if user.active {
            let bcrypt = user.services.password.map(|password| password.bcrypt);
            return Ok(Some(Credentials { user_id: user.id, bcrypt }));
        }
    }
    Ok(None)
}

/// Gives a user a token, and forgets the user's login tokens that have expired.
pub(super) fn add_token(
    database: &Connection,
    user_id: &str,
    hashed_token: &str,
    token: &NewToken,
    now: Timestamp,
) -> Result<(), Failure> {
    let user: Option<i64> = database
        .prepare_cached("SELECT number FROM user WHERE id = ?1")?
        .query_row([user_id], |row| row.get(0))
        .optional()?;
    let user = user.ok_or_else(|| Failure::Refused(format!("there is no user {user_id}")))?;
    let (name, last_part) = match token {
        NewToken::Login => (None, None),
        NewToken::PersonalAccess { name, last_token_part } => (Some(name), Some(last_token_part)),
    };
    database
        .prepare_cached("DELETE FROM token WHERE user = ?1 AND name IS NULL AND at <= ?2")?
        .execute(params![user, now.as_millis() - LOGIN_MILLIS])?;
    let taken = match name {
        Some(name) => {
            database.prepare_cached("SELECT 1 FROM token WHERE user = ?1 AND name = ?2")?.exists(params![user, name])?
        }
        None => false,
    };
    if taken {
        return Err(Failure::Refused("the user has a personal access token of this name already".into()));
    }
    database
        .prepare_cached(
            "INSERT INTO token (user, hash, at, name, last_part) VALUES (?1, ?2, ?3, ?4, ?5) ON CONFLICT DO NOTHING",
        )?
        .execute(params![user, hashed_token, now.as_millis(), name, last_part])?;
    Ok(())
}

/// Takes a token away; one that is not there is no matter.
pub(super) fn remove_token(database: &Connection, user_id: &str, hashed_token: &str) -> Result<(), Failure> {
    database
        .prepare_cached("DELETE FROM token WHERE user = (SELECT number FROM user WHERE id = ?1) AND hash = ?2")?
        .execute([user_id, hashed_token])?;
    Ok(())
}
