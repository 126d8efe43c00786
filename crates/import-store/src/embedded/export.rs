//! The workspace written out for `mongoimport`: one file a collection, one document of MongoDB Extended JSON a line.

use std::{
    fs,
    io::{self, BufWriter, Write},
    path::{Path, PathBuf},
};

use import_proto::Timestamp;
use rusqlite::{Connection, Params, Row, Statement, params_from_iter};
use serde::Deserialize as _;
use serde_json::{Map, Value};

use super::{
    EmbeddedStore, GENERAL, ROCKET_CAT, connection, contents::Contents, failure::Failure, files, gridfs, json,
};
use crate::{
    StoreError,
    credentials::derived_id,
    documents::{Room, Subscription, UserRef, role_priority},
    extended_json::importable,
    rename::{Rename, Renames},
};

/// Why a workspace could not be written out.
#[derive(Debug, thiserror::Error)]
pub enum ExportError {
    /// The workspace could not be read.
    #[error(transparent)]
    Store(#[from] StoreError),
    /// A file could not be written.
    #[error("cannot {doing} {}: {source}", path.display())]
    File {
        /// What was being done to it.
        doing: &'static str,
        /// Which.
        path: PathBuf,
        /// What the operating system says.
        source: io::Error,
    },
}

/// How many documents were written to each file.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq)]
pub struct ExportCounts {
    /// `users.ndjson`
    pub users: u64,
    /// `rocketchat_room.ndjson`
    pub rooms: u64,
    /// `rocketchat_subscription.ndjson`
    pub subscriptions: u64,
    /// `rocketchat_message.ndjson`
    pub messages: u64,
    /// `rocketchat_livechat_contact.ndjson`
    pub contacts: u64,
    /// `rocketchat_uploads.ndjson`, and `rocketchat_uploads.files.ndjson`
    pub uploads: u64,
    /// `rocketchat_avatars.ndjson`, and `rocketchat_avatars.files.ndjson`
    pub avatars: u64,
}

impl EmbeddedStore {
    /// Writes the workspace into `directory`, which is made where it is missing: one state of it, whatever is written
    /// meanwhile. Files of an earlier export are replaced once all are complete.
    ///
    /// `progress` is called now and then with the name of a file and how many documents it has. Left out are the first
    /// administrator with every membership, login tokens, and `rocket.cat` and `GENERAL` themselves: what is written can be
    /// added to a live workspace, which has its own. The bytes of files and avatars are written as GridFS holds them.
    ///
    /// No document names the first administrator: no other workspace has that user. `rocket.cat`, a user of every workspace,
    /// takes the place:
    ///
    /// - as the owner of rooms, with the membership of an owner, so that every room has one;
    /// - in the members of direct rooms, and in the names that such rooms have for the others. Their `_id` stays;
    /// - in messages, as the author, in mentions and the text of them, as the editor, as who pinned, in reactions and
    ///   threads;
    /// - as who uploaded a file.
    ///
    /// A contact that the first administrator looks after has no manager, because a program looks after nobody. The
    /// avatar of the first administrator is left out: `rocket.cat` has its own. `roomRolePriorities` stands on users,
    /// and `rocket.cat` itself is not written, so that it lacks `__rooms` and the rank in the rooms that it gets.
    pub async fn export(
        &self,
        directory: &Path,
        progress: impl FnMut(&'static str, u64) + Send + 'static,
    ) -> Result<ExportCounts, ExportError> {
        let directory = directory.to_owned();
        let (database, contents) = (self.database.clone(), self.contents.clone());
        let first_administrator = self.first_administrator.clone();
        let export = tokio::task::spawn_blocking(move || {
            write_all(&database, &contents, &directory, &first_administrator, progress)
        });
        match export.await {
            Ok(counts) => counts,
            Err(error) if error.is_panic() => std::panic::resume_unwind(error.into_panic()),
            Err(_) => Err(ExportError::Store(StoreError::Closed)),
        }
    }
}

/// A collection of files, and the two of the GridFS bucket that holds their bytes.
struct BucketFiles {
    documents: &'static str,
    files: &'static str,
    chunks: &'static str,
    /// Documents and digests, in order; given the first administrator.
    sql: &'static str,
}

const UPLOADS: BucketFiles = BucketFiles {
    documents: "rocketchat_uploads.ndjson",
    files: "rocketchat_uploads.files.ndjson",
    chunks: "rocketchat_uploads.chunks.ndjson",
    sql: "SELECT document, digest, id FROM upload WHERE ?1 = ?1 ORDER BY number",
};

const AVATARS: BucketFiles = BucketFiles {
    documents: "rocketchat_avatars.ndjson",
    files: "rocketchat_avatars.files.ndjson",
    chunks: "rocketchat_avatars.chunks.ndjson",
    sql: "SELECT document, digest, id FROM avatar WHERE user <> ?1 ORDER BY number",
};

/// How often progress is told.
const PROGRESS_EVERY: u64 = 1000;

fn write_all(
    database: &Path,
    contents: &Contents,
    directory: &Path,
    first_administrator: &str,
    progress: impl FnMut(&'static str, u64),
) -> Result<ExportCounts, ExportError> {
    fs::create_dir_all(directory).map_err(failed("create the directory", directory))?;
    let mut connection = connection::open_reader(database).map_err(unreadable)?;
    let snapshot = connection.transaction().map_err(unreadable)?;
    let successor = Successor::read(&snapshot, first_administrator).map_err(unreadable)?;
    let mut export = Export { directory, finished: Vec::new(), progress };
    let counts = ExportCounts {
        users: export.collection(
            "users.ndjson",
            snapshot.prepare("SELECT document, id FROM user WHERE id NOT IN (?1, ?2) ORDER BY number"),
            [first_administrator, ROCKET_CAT],
            |user, row| add_rooms(&snapshot, user, row.get_ref(1)?.as_str()?),
        )?,
        rooms: export.collection(
            "rocketchat_room.ndjson",
            snapshot.prepare("SELECT document, id FROM room WHERE id <> ?1 ORDER BY number"),
            [GENERAL],
            |room, row| {
                add_activity(&snapshot, room, row.get_ref(1)?.as_str()?, first_administrator)?;
                successor.take_room(room);
                Ok(())
            },
        )?,
        subscriptions: export.collection(
            "rocketchat_subscription.ndjson",
            snapshot.prepare(MEMBERSHIPS),
            [first_administrator, ROCKET_CAT, GENERAL],
            |member, row| {
                match (row.get(1)?, row.get(2)?) {
                    (true, _) => *member = successor.owner(member)?,
                    (false, true) => add_owner_role(member),
                    (false, false) => successor.take_membership(member),
                }
                Ok(())
            },
        )?,
        messages: export.collection(
            "rocketchat_message.ndjson",
            snapshot.prepare("SELECT document FROM message ORDER BY number"),
            [],
            |message, row| {
                if successor.may_concern(row.get_ref(0)?.as_str()?) {
                    successor.take_message(message);
                }
                Ok(())
            },
        )?,
        contacts: export.collection(
            "rocketchat_livechat_contact.ndjson",
            snapshot.prepare("SELECT document FROM contact ORDER BY number"),
            [],
            |contact, _| {
                if contact.get("contactManager").and_then(Value::as_str) == Some(first_administrator) {
                    contact.shift_remove("contactManager");
                }
                Ok(())
            },
        )?,
        uploads: export.bucket(UPLOADS, &snapshot, contents, &successor)?,
        avatars: export.bucket(AVATARS, &snapshot, contents, &successor)?,
    };
    for file in export.finished {
        file.put_in_place()?;
    }
    files::sync_directory(directory).map_err(failed("make durable", directory))?;
    Ok(counts)
}

/// What the memberships make of a user: `__rooms`, without direct rooms, and `roomRolePriorities`.
fn add_rooms(database: &Connection, user: &mut Map<String, Value>, id: &str) -> Result<(), Failure> {
    let mut statement = database.prepare_cached(
        "SELECT room, document -> '$.roles' FROM subscription WHERE user = ?1 AND document ->> '$.t' <> 'd' ORDER BY room",
    )?;
    let mut rows = statement.query([id])?;
    let (mut rooms, mut priorities) = (Vec::new(), Map::new());
    while let Some(row) = rows.next()? {
        let room: String = row.get(0)?;
        let has_roles = row.get_ref(1)? != rusqlite::types::ValueRef::Null;
        let roles: Vec<String> = if has_roles { json::read(row, 1, "roles")? } else { Vec::new() };
        if let Some(priority) = role_priority(&roles) {
            priorities.insert(room.clone(), priority.into());
        }
        rooms.push(room);
    }
    user.insert("__rooms".into(), rooms.into());
    if !priorities.is_empty() {
        user.insert("roomRolePriorities".into(), priorities.into());
    }
    Ok(())
}

/// What a room's messages and memberships make of it: `msgs`, `usersCount`, `lm` and `lastMessage`.
fn add_activity(
    database: &Connection,
    room: &mut Map<String, Value>,
    id: &str,
    first_administrator: &str,
) -> Result<(), Failure> {
    let count = |sql: &str, params: &[&str]| -> Result<u64, Failure> {
        database.prepare_cached(sql)?.query_row(params_from_iter(params), |row| Ok(json::unsigned(row, 0)))?
    };
    let messages = count("SELECT count(*) FROM message WHERE room = ?1", &[id])?;
    let members =
        count("SELECT count(*) FROM subscription WHERE room = ?1 AND user <> ?2", &[id, first_administrator])?;
    let new_owners = count(
        "SELECT document ->> '$.u._id' IS ?2 AND type <> 'd' \
         AND NOT EXISTS (SELECT 1 FROM subscription WHERE room = ?1 AND user = ?3) FROM room WHERE id = ?1",
        &[id, first_administrator, ROCKET_CAT],
    )?;
    let users = members + new_owners;
    room.insert("msgs".into(), messages.into());
    room.insert("usersCount".into(), users.into());

    let mut statement = database.prepare_cached(
        "SELECT document FROM message WHERE room = ?1 AND hidden = 0 ORDER BY ts DESC, number DESC LIMIT 1",
    )?;
    let mut rows = statement.query([id])?;
    if let Some(row) = rows.next()? {
        let last: Map<String, Value> = json::read(row, 0, "a message")?;
        room.insert("lm".into(), last.get("ts").cloned().unwrap_or_default());
        room.insert("lastMessage".into(), last.into());
    }
    Ok(())
}

/// Memberships but for the first administrator's (?1), and rooms in the place of a membership of `rocket.cat` (?2): those
/// that were the first administrator's. Then: whether it is such a room; whether `rocket.cat` is a member and becomes the
/// owner.
const MEMBERSHIPS: &str = "\
    SELECT document, 0, user = ?2 AND EXISTS ( \
        SELECT 1 FROM room AS r WHERE r.id = s.room AND r.document ->> '$.u._id' = ?1 AND r.type <> 'd' AND r.id <> ?3 \
    ), room AS at_room, user AS at_user FROM subscription AS s WHERE user <> ?1 \
    UNION ALL \
    SELECT document, 1, 0, id, ?2 FROM room AS r WHERE document ->> '$.u._id' = ?1 AND type <> 'd' AND id <> ?3 \
    AND NOT EXISTS (SELECT 1 FROM subscription AS s WHERE s.room = r.id AND s.user = ?2) \
    ORDER BY at_room, at_user";

/// `rocket.cat`, in the place of the first administrator.
struct Successor {
    /// The `_id` of the first administrator.
    before: String,
    renames: Renames,
    name: String,
}

impl Successor {
    fn read(database: &Connection, first_administrator: &str) -> Result<Self, Failure> {
        let text = |id: &str, field: &str| -> Result<String, Failure> {
            let mut statement =
                database.prepare_cached("SELECT coalesce(document ->> ?2, '') FROM user WHERE id = ?1")?;
            let mut rows = statement.query([id, field])?;
            Ok(match rows.next()? {
                Some(row) => row.get(0)?,
                None => String::new(),
            })
        };
        let name = Some(text(ROCKET_CAT, "name")?).filter(|name| !name.is_empty());
        let name = name.unwrap_or_else(|| ROCKET_CAT.to_owned());
        let rename = Rename {
            id: first_administrator.to_owned(),
            before: text(first_administrator, "username")?,
            username: ROCKET_CAT.to_owned(),
            name: name.clone(),
        };
        Ok(Self { before: first_administrator.to_owned(), renames: [rename].into_iter().collect(), name })
    }

    /// False where a document, given as JSON, does not name the first administrator.
    fn may_concern(&self, json: &str) -> bool {
        self.renames.may_concern(json)
    }

    fn take_message(&self, message: &mut Map<String, Value>) {
        keeping_time(message, |message| self.renames.in_message(message, Timestamp::now()));
        self.take_ids_of_message(message);
    }

    fn take_room(&self, room: &mut Map<String, Value>) {
        keeping_time(room, |room| self.renames.in_room(room, Timestamp::now()));
        if let Some(owner) = room.get_mut("u") {
            self.take_reference(owner);
        }
        for list in ["uids", "usernames"] {
            if let Some(list) = room.get_mut(list) {
                self.take_list(list);
            }
        }
        if let Some(Value::Object(last)) = room.get_mut("lastMessage") {
            self.take_ids_of_message(last);
        }
    }

    fn take_membership(&self, member: &mut Map<String, Value>) {
        keeping_time(member, |member| self.renames.in_subscription(member, Timestamp::now()));
    }

    fn take_ids_of_message(&self, message: &mut Map<String, Value>) {
        for field in ["u", "editedBy", "pinnedBy"] {
            if let Some(user) = message.get_mut(field) {
                self.take_reference(user);
            }
        }
        if let Some(Value::Array(mentions)) = message.get_mut("mentions") {
            mentions.iter_mut().for_each(|mention| self.take_reference(mention));
        }
        if let Some(replies) = message.get_mut("replies") {
            self.take_list(replies);
        }
        if let Some(Value::Object(reactions)) = message.get_mut("reactions") {
            for (_, reaction) in reactions.iter_mut() {
                if let Some(usernames) = reaction.get_mut("usernames") {
                    self.take_list(usernames);
                }
            }
        }
    }

    fn take_reference(&self, user: &mut Value) {
        if let Some(id) = user.get_mut("_id") {
            self.take_id(id);
        }
    }

    fn take_id(&self, id: &mut Value) {
        if id.as_str() == Some(&self.before) {
            *id = ROCKET_CAT.into();
        }
    }

    /// A list of ids or usernames, in which `rocket.cat` is once at most.
    fn take_list(&self, list: &mut Value) {
        let Value::Array(list) = list else { return };
        list.iter_mut().for_each(|id| self.take_id(id));
        let mut is_there = false;
        list.retain(|id| id.as_str() != Some(ROCKET_CAT) || !std::mem::replace(&mut is_there, true));
    }

    /// The membership of the new owner of a room.
    fn owner(&self, room: &Map<String, Value>) -> Result<Map<String, Value>, Failure> {
        let damaged = |error: serde_json::Error| Failure::Damaged(format!("a room: {error}"));
        let room = Room::deserialize(room).map_err(damaged)?;
        let member = Subscription {
            id: derived_id(&["subscription", &room.id, ROCKET_CAT]),
            rid: room.id,
            user: UserRef { id: ROCKET_CAT.into(), username: ROCKET_CAT.into(), name: self.name.clone() },
            name: room.name.unwrap_or_default(),
            fname: room.fname.unwrap_or_default(),
            room_type: room.room_type,
            open: !room.archived,
            alert: false,
            unread: 0,
            user_mentions: 0,
            group_mentions: 0,
            ts: room.ts,
            ls: Some(room.ts),
            roles: vec![OWNER.into()],
            archived: room.archived,
            updated_at: room.updated_at,
        };
        match serde_json::to_value(member).map_err(damaged)? {
            Value::Object(member) => Ok(member),
            _ => Err(Failure::Damaged("a membership is no object".into())),
        }
    }
}

/// The role of a room's owner.
const OWNER: &str = "owner";

fn add_owner_role(member: &mut Map<String, Value>) {
    if let Value::Array(roles) = member.entry("roles").or_insert_with(|| Value::Array(Vec::new()))
        && !roles.iter().any(|role| role == OWNER)
    {
        roles.push(OWNER.into());
    }
}

/// Edits a document without a new `_updatedAt`: an export of the same workspace is the same.
fn keeping_time(document: &mut Map<String, Value>, edit: impl FnOnce(&mut Map<String, Value>) -> bool) {
    let time = document.get("_updatedAt").cloned();
    edit(document);
    if let Some(time) = time {
        document.insert("_updatedAt".into(), time);
    }
}

struct Export<'a, P> {
    directory: &'a Path,
    finished: Vec<CollectionFile>,
    progress: P,
}

impl<P: FnMut(&'static str, u64)> Export<'_, P> {
    /// Writes a collection beside its final place: the documents of the statement's first column, each completed by
    /// `complete`. Answers how many there were.
    fn collection(
        &mut self,
        name: &'static str,
        statement: rusqlite::Result<Statement<'_>>,
        params: impl Params,
        mut complete: impl FnMut(&mut Map<String, Value>, &Row<'_>) -> Result<(), Failure>,
    ) -> Result<u64, ExportError> {
        let mut file = CollectionFile::create(self.directory, name)?;
        let mut statement = statement.map_err(unreadable)?;
        let mut rows = statement.query(params).map_err(unreadable)?;
        let mut written = 0;
        while let Some(row) = rows.next().map_err(unreadable)? {
            let mut document: Map<String, Value> = json::read(row, 0, name).map_err(unreadable)?;
            complete(&mut document, row).map_err(unreadable)?;
            importable(&mut document);
            file.write(&document)?;
            written += 1;
            if written % PROGRESS_EVERY == 0 {
                (self.progress)(name, written);
            }
        }
        (self.progress)(name, written);
        file.sync()?;
        self.finished.push(file);
        Ok(written)
    }

    /// Writes files and their bytes; answers how many files there were.
    fn bucket(
        &mut self,
        bucket: BucketFiles,
        snapshot: &Connection,
        contents: &Contents,
        successor: &Successor,
    ) -> Result<u64, ExportError> {
        let before = [successor.before.as_str()];
        let written = self.collection(bucket.documents, snapshot.prepare(bucket.sql), before, |file, _| {
            if let Some(user) = file.get_mut("userId") {
                successor.take_id(user);
            }
            Ok(())
        })?;
        self.collection(bucket.files, snapshot.prepare(bucket.sql), before, |document, _| {
            *document = gridfs::file_document(document);
            Ok(())
        })?;
        self.chunks(bucket, snapshot, contents, before)?;
        Ok(written)
    }

    fn chunks(
        &mut self,
        bucket: BucketFiles,
        snapshot: &Connection,
        contents: &Contents,
        params: impl Params,
    ) -> Result<(), ExportError> {
        let mut out = CollectionFile::create(self.directory, bucket.chunks)?;
        let mut statement = snapshot.prepare(bucket.sql).map_err(unreadable)?;
        let mut rows = statement.query(params).map_err(unreadable)?;
        let mut written = 0;
        while let Some(row) = rows.next().map_err(unreadable)? {
            let text = |column: usize| row.get::<_, String>(column).map_err(unreadable);
            let (path, id) = (contents.path(&text(1)?), text(2)?);
            let mut chunks = gridfs::Chunks::open(&id, &path).map_err(failed("read", &path))?;
            while let Some(chunk) = chunks.next().map_err(failed("read", &path))? {
                out.write(&chunk)?;
                written += 1;
                if written % PROGRESS_EVERY == 0 {
                    (self.progress)(bucket.chunks, written);
                }
            }
        }
        (self.progress)(bucket.chunks, written);
        out.sync()?;
        self.finished.push(out);
        Ok(())
    }
}

/// A file that is written under another name until the whole export is complete.
struct CollectionFile {
    path: PathBuf,
    part: PathBuf,
    out: BufWriter<fs::File>,
}

impl CollectionFile {
    fn create(directory: &Path, name: &str) -> Result<Self, ExportError> {
        let part = directory.join(format!(".{name}.part"));
        let out = BufWriter::with_capacity(1 << 20, files::create(&part).map_err(failed("create", &part))?);
        Ok(Self { path: directory.join(name), part, out })
    }

    fn write(&mut self, document: &Map<String, Value>) -> Result<(), ExportError> {
        serde_json::to_writer(&mut self.out, document)
            .map_err(io::Error::from)
            .and_then(|()| self.out.write_all(b"\n"))
            .map_err(failed("write", &self.part))
    }

    fn sync(&mut self) -> Result<(), ExportError> {
        self.out.flush().and_then(|()| self.out.get_ref().sync_all()).map_err(failed("write", &self.part))
    }

    fn put_in_place(self) -> Result<(), ExportError> {
        fs::rename(&self.part, &self.path).map_err(failed("replace", &self.path))
    }
}

impl Drop for CollectionFile {
    /// Leaves nothing half-written behind. One that was put in place has no other name any more.
    fn drop(&mut self) {
        let _ = fs::remove_file(&self.part);
    }
}

fn failed(doing: &'static str, path: &Path) -> impl FnOnce(io::Error) -> ExportError {
    let path = path.to_owned();
    move |source| ExportError::File { doing, path, source }
}

fn unreadable(failure: impl Into<Failure>) -> ExportError {
    ExportError::Store(failure.into().doing("exporting the workspace"))
}
