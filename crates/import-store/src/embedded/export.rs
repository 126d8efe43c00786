//! The workspace written out for `mongoimport`: one file a collection, one document of MongoDB Extended JSON a line.

use std::{
    fs,
    io::{self, BufWriter, Write},
    path::{Path, PathBuf},
};

use rusqlite::{Connection, Params, Row, Statement, params_from_iter};
use serde_json::{Map, Value};

use super::{
    EmbeddedStore, GENERAL, ROCKET_CAT, connection, contents::Contents, failure::Failure, files, gridfs, json,
};
use crate::{StoreError, documents::role_priority, extended_json::importable};

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
    /// Documents and digests, in order.
    sql: &'static str,
}

const UPLOADS: BucketFiles = BucketFiles {
    documents: "rocketchat_uploads.ndjson",
    files: "rocketchat_uploads.files.ndjson",
    chunks: "rocketchat_uploads.chunks.ndjson",
    sql: "SELECT document, digest, id FROM upload ORDER BY number",
};

const AVATARS: BucketFiles = BucketFiles {
    documents: "rocketchat_avatars.ndjson",
    files: "rocketchat_avatars.files.ndjson",
    chunks: "rocketchat_avatars.chunks.ndjson",
    sql: "SELECT document, digest, id FROM avatar ORDER BY number",
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
            |room, row| add_activity(&snapshot, room, row.get_ref(1)?.as_str()?, first_administrator),
        )?,
        subscriptions: export.collection(
            "rocketchat_subscription.ndjson",
            snapshot.prepare("SELECT document FROM subscription WHERE user <> ?1 ORDER BY room, user"),
            [first_administrator],
            |_, _| Ok(()),
        )?,
        messages: export.collection(
            "rocketchat_message.ndjson",
            snapshot.prepare("SELECT document FROM message ORDER BY number"),
            [],
            |_, _| Ok(()),
        )?,
        contacts: export.collection(
            "rocketchat_livechat_contact.ndjson",
            snapshot.prepare("SELECT document FROM contact ORDER BY number"),
            [],
            |_, _| Ok(()),
        )?,
        uploads: export.bucket(UPLOADS, &snapshot, contents)?,
        avatars: export.bucket(AVATARS, &snapshot, contents)?,
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
    let users = count("SELECT count(*) FROM subscription WHERE room = ?1 AND user <> ?2", &[id, first_administrator])?;
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
    fn bucket(&mut self, bucket: BucketFiles, snapshot: &Connection, contents: &Contents) -> Result<u64, ExportError> {
        let written = self.collection(bucket.documents, snapshot.prepare(bucket.sql), [], |_, _| Ok(()))?;
        self.collection(bucket.files, snapshot.prepare(bucket.sql), [], |document, _| {
            *document = gridfs::file_document(document);
            Ok(())
        })?;
        self.chunks(bucket, snapshot, contents)?;
        Ok(written)
    }

    fn chunks(&mut self, bucket: BucketFiles, snapshot: &Connection, contents: &Contents) -> Result<(), ExportError> {
        let mut out = CollectionFile::create(self.directory, bucket.chunks)?;
        let mut statement = snapshot.prepare(bucket.sql).map_err(unreadable)?;
        let mut rows = statement.query([]).map_err(unreadable)?;
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
