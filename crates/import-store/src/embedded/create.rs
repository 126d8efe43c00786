//! A fresh workspace: what stands in it from the start, and the credentials of its first administrator.
//!
//! The secrets are on disk, beside their final place, before the workspace is committed with their hashes; they are put in
//! their place once it is. So wherever creation is cut short, the next one to open the directory either begins anew, with
//! other secrets, or finds the workspace complete and finishes with a rename.

use std::{
    fs,
    io::{self, Write},
    path::{Path, PathBuf},
};

use import_proto::{RoomType, Timestamp, UserType};
use rusqlite::{Connection, TransactionBehavior};
use serde::Serialize;

use super::{GENERAL, OpenError, ROCKET_CAT, accounts, failure::Failure, files, rooms, schema, users};
use crate::{
    NewToken, credentials,
    documents::{Date, PasswordService, Room, Services, User},
};

/// The name of the file with the first administrator's credentials.
pub(super) const CREDENTIALS: &str = "admin-credentials.json";

/// Where they stand until the workspace is committed.
pub(super) const UNCOMMITTED_CREDENTIALS: &str = ".admin-credentials.json.part";

/// Under which name in `workspace` the first administrator's id stands.
const FIRST_ADMINISTRATOR: &str = "first administrator";

#[derive(Serialize)]
#[serde(rename_all = "camelCase")]
struct AdminCredentials<'a> {
    user_id: &'a str,
    auth_token: &'a str,
    username: &'a str,
    password: &'a str,
}

/// Makes the blank database a workspace, in one commit.
pub(super) fn create(connection: &mut Connection, directory: &Path) -> Result<(), OpenError> {
    let now = Timestamp::now();
    let (id, token, password) = (credentials::random_id(), credentials::new_token(), credentials::new_token());
    let bcrypt = credentials::hash_password(&credentials::password_digest(&password)).map_err(|error| {
        OpenError::file("hash the password for", &directory.join(CREDENTIALS))(io::Error::other(error))
    })?;
    let admin = User {
        name: "Import administrator".into(),
        roles: vec!["admin".into()],
        services: Services { password: Some(PasswordService { bcrypt }), email2fa: None },
        ..user(&id, "import-admin", now)
    };
    write_credentials(
        directory,
        &AdminCredentials { user_id: &id, auth_token: &token, username: &admin.username, password: &password },
    )?;
    commit(connection, &admin, &token, now)
        .map_err(|failure| OpenError::Workspace(failure.doing("creating the workspace")))
}

/// Puts the credentials in their place, where that was not done yet.
pub(super) fn finish(directory: &Path) -> Result<(), OpenError> {
    let (from, to) = (directory.join(UNCOMMITTED_CREDENTIALS), directory.join(CREDENTIALS));
    match fs::rename(&from, &to) {
        Err(error) if error.kind() == io::ErrorKind::NotFound => return Ok(()),
        renamed => renamed.map_err(OpenError::file("write", &to))?,
    }
    files::sync_directory(directory).map_err(OpenError::file("make durable", directory))
}

/// Who the first administrator is.
pub(super) fn first_administrator(database: &Connection) -> rusqlite::Result<String> {
    database.query_row("SELECT value FROM workspace WHERE name = ?1", [FIRST_ADMINISTRATOR], |row| row.get(0))
}

fn write_credentials(directory: &Path, credentials: &AdminCredentials<'_>) -> Result<(), OpenError> {
    let path: PathBuf = directory.join(UNCOMMITTED_CREDENTIALS);
    let write = || -> io::Result<()> {
        let mut text = serde_json::to_vec_pretty(credentials)?;
        text.push(b'\n');
        let mut file = files::create(&path)?;
        file.write_all(&text)?;
        file.sync_all()?;
        files::sync_directory(directory)
    };
    write().map_err(OpenError::file("write", &path))
}

fn commit(connection: &mut Connection, admin: &User, token: &str, now: Timestamp) -> Result<(), Failure> {
    let transaction = connection.transaction_with_behavior(TransactionBehavior::Immediate)?;
    schema::migrate(&transaction)?;
    users::insert(
        &transaction,
        &User {
            name: "Rocket.Cat".into(),
            user_type: UserType::Bot,
            roles: vec!["bot".into()],
            ..user(ROCKET_CAT, ROCKET_CAT, now)
        },
    )?;
    users::insert(&transaction, admin)?;
    let access =
        NewToken::PersonalAccess { name: CREDENTIALS.into(), last_token_part: credentials::last_token_part(token) };
    accounts::add_token(&transaction, &admin.id, &credentials::hash_token(token), &access, now)?;
    rooms::insert(&transaction, &general(now))?;
    transaction.execute("INSERT INTO workspace (name, value) VALUES (?1, ?2)", [FIRST_ADMINISTRATOR, &admin.id])?;
    Ok(transaction.commit()?)
}

fn user(id: &str, username: &str, now: Timestamp) -> User {
    User {
        id: id.into(),
        created_at: Date(now),
        username: username.into(),
        name: String::new(),
        emails: Vec::new(),
        user_type: UserType::User,
        roles: Vec::new(),
        active: true,
        status: "offline".into(),
        status_text: None,
        bio: None,
        utc_offset: None,
        services: Services::default(),
        import_ids: Vec::new(),
        pending_avatar_url: None,
        custom_fields: None,
        marks: Default::default(),
        updated_at: Date(now),
    }
}

fn general(now: Timestamp) -> Room {
    Room {
        id: GENERAL.into(),
        name: Some("general".into()),
        fname: Some("general".into()),
        room_type: RoomType::Channel,
        owner: None,
        ts: Date(now),
        ro: false,
        topic: None,
        description: None,
        archived: false,
        import_ids: Vec::new(),
        uids: Vec::new(),
        usernames: Vec::new(),
        team_main: false,
        federated: false,
        encrypted: false,
        default: true,
        updated_at: Date(now),
    }
}
