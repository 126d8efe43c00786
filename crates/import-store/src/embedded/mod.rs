//! The store in a directory of its own: SQLite, one thread that writes, and as many readers as are needed.

mod accounts;
mod commit;
mod connection;
mod contacts;
mod contents;
mod copy;
mod create;
mod export;
mod failure;
mod files;
mod gridfs;
mod json;
mod messages;
mod open;
mod operations;
mod readers;
mod renames;
mod rooms;
mod schema;
mod staging;
mod stored;
mod uploads;
mod users;
mod writer;

use std::{
    collections::{HashMap, HashSet},
    path::{Path, PathBuf},
    sync::Arc,
};

use import_proto::{DataType, Timestamp};
use rusqlite::Connection;

use self::{contents::Contents, failure::Failure, operations::Area, readers::Readers, writer::Writer};
pub use self::{
    export::{ExportCounts, ExportError},
    open::{Access, OpenError, Opened},
};
use crate::{
    Batch, Caller, Committed, Credentials, NewToken, Result, RoomKeys, RoomRef, StagedCounts, StagedFilter, Store,
    StoreError, UserKeys, WorkspaceBatch, WorkspaceSettings,
    documents::{Contact, Room, User, UserRef},
    operation::StoredOperation,
    staging::{MessagePart, RecordStatus, StagedRecord},
    uploads::{Bucket, Content, PendingCounts, PendingKey, PendingMessage, Upload},
};

pub use crate::documents::{GENERAL, ROCKET_CAT};

/// A [`Store`] in one directory. Dropping it waits for what it was asked to write, and frees the directory.
#[derive(Debug)]
pub struct EmbeddedStore {
    // Before the writer: the last connection that is closed tidies up, and it should be one that may write.
    readers: Arc<Readers>,
    writer: Writer,
    database: PathBuf,
    contents: Contents,
    first_administrator: String,
}

impl EmbeddedStore {
    /// The `_id` of the user who was made with the workspace, and on whose behalf a command without a login works.
    pub fn first_administrator(&self) -> &str {
        &self.first_administrator
    }

    async fn read<T: Send + 'static>(
        &self,
        doing: &'static str,
        job: impl FnOnce(&Connection) -> Result<T, Failure> + Send + 'static,
    ) -> Result<T> {
        self.readers.run(job).await.map_err(|failure| failure.doing(doing))
    }

    /// Reads what is found at once by its key.
    fn look_up<T>(&self, doing: &'static str, job: impl FnOnce(&Connection) -> Result<T, Failure>) -> Result<T> {
        self.readers.run_here(job).map_err(|failure| failure.doing(doing))
    }

    async fn write<T: Send + 'static>(
        &self,
        doing: &'static str,
        job: impl FnOnce(&Connection) -> Result<T, Failure> + Send + 'static,
    ) -> Result<T> {
        self.writer.run(|transaction| job(transaction)).await.map_err(|failure| failure.doing(doing))
    }

    /// Reads of the staging area of an operation; of an operation that is not there, nothing.
    async fn read_staging<T: Default + Send + 'static>(
        &self,
        operation: &str,
        job: impl FnOnce(&Connection, Area) -> Result<T, Failure> + Send + 'static,
    ) -> Result<T> {
        let operation = operation.to_owned();
        self.read("reading the staging area", move |database| match operations::area(database, &operation)? {
            Some(area) => job(database, area),
            None => Ok(T::default()),
        })
        .await
    }

    /// Reads what goes with the staging area of an operation; once that is emptied, nothing.
    async fn read_staging_in_use<T: Default + Send + 'static>(
        &self,
        operation: &str,
        job: impl FnOnce(&Connection, i64) -> Result<T, Failure> + Send + 'static,
    ) -> Result<T> {
        self.read_staging(
            operation,
            |database, area| {
                if area.emptied { Ok(T::default()) } else { job(database, area.operation) }
            },
        )
        .await
    }
}

impl Store for EmbeddedStore {
    async fn create_operation(&self, operation: StoredOperation) -> Result<StoredOperation> {
        self.write("creating an operation", |database| operations::create(database, operation)).await
    }

    async fn end_operation(&self, now: Timestamp) -> Result<Option<StoredOperation>> {
        self.write("ending an operation", move |database| operations::end(database, now)).await
    }

    async fn current_operation(&self) -> Result<Option<StoredOperation>> {
        self.look_up("reading the current operation", operations::current)
    }

    async fn operation(&self, id: &str) -> Result<Option<StoredOperation>> {
        self.look_up("reading an operation", |database| operations::by_id(database, id))
    }

    async fn latest_operations(&self, limit: u32) -> Result<Vec<StoredOperation>> {
        self.read("reading the latest operations", move |database| operations::latest(database, limit)).await
    }

    async fn commit(&self, batch: Batch) -> Result<Committed> {
        let of_avatars = batch.workspace.avatars.iter().map(|avatar| &avatar.upload);
        let contents = batch.workspace.uploads.iter().chain(of_avatars).map(|upload| upload.content.digest.clone());
        let contents: Vec<String> = contents.collect();
        let (committed, unnamed) = self.write("committing a batch", |database| commit::commit(database, batch)).await?;
        if let Committed::Done(_) = committed {
            contents.iter().for_each(|digest| self.contents.unmark(digest));
            for digest in unnamed {
                // Others may name the same bytes: whoever opens the directory next finds out.
                let _ = self.contents.mark(&digest);
            }
        }
        Ok(committed)
    }

    async fn sweep(&self) -> Result<bool> {
        self.write("emptying the staging area", staging::sweep).await
    }

    async fn staged(
        &self,
        operation: &str,
        data_type: DataType,
        status: RecordStatus,
        from_seq: u64,
        limit: usize,
        max_bytes: usize,
    ) -> Result<Vec<StagedRecord>> {
        self.read_staging(operation, move |database, area| {
            staging::next(database, area, data_type, status, from_seq, limit, max_bytes)
        })
        .await
    }

    async fn list_staged(
        &self,
        operation: &str,
        filter: StagedFilter,
        offset: u64,
        limit: u32,
    ) -> Result<(Vec<StagedRecord>, u64)> {
        self.read_staging(operation, move |database, area| staging::list(database, area, &filter, offset, limit)).await
    }

    async fn staged_counts(&self, operation: &str, status: RecordStatus, readable_only: bool) -> Result<StagedCounts> {
        self.read_staging(operation, move |database, area| staging::counts(database, area, status, readable_only)).await
    }

    async fn message_parts(&self, operation: &str) -> Result<Vec<MessagePart>> {
        self.read_staging_in_use(operation, staging::parts).await
    }

    async fn find_users(&self, keys: UserKeys) -> Result<Vec<User>> {
        self.read("looking for users", move |database| users::find(database, &keys)).await
    }

    async fn find_rooms(&self, keys: RoomKeys) -> Result<Vec<Room>> {
        self.read("looking for rooms", move |database| rooms::find(database, &keys)).await
    }

    async fn resolve_users(
        &self,
        operation: &str,
        import_ids: Vec<String>,
        by_username: bool,
    ) -> Result<HashMap<String, UserRef>> {
        let operation = operation.to_owned();
        self.read("resolving users", move |database| {
            users::resolve(database, operations::area_in_use(database, &operation)?, import_ids, by_username)
        })
        .await
    }

    async fn resolve_rooms(
        &self,
        operation: &str,
        import_ids: Vec<String>,
        by_name: bool,
    ) -> Result<HashMap<String, RoomRef>> {
        let operation = operation.to_owned();
        self.read("resolving rooms", move |database| {
            rooms::resolve(database, operations::area_in_use(database, &operation)?, import_ids, by_name)
        })
        .await
    }

    async fn users_written(&self, operation: &str, ids: Vec<String>) -> Result<HashMap<String, u64>> {
        self.read_staging_in_use(operation, |database, operation| users::written(database, operation, ids)).await
    }

    async fn rooms_written(&self, operation: &str, ids: Vec<String>) -> Result<HashSet<String>> {
        self.read_staging_in_use(operation, |database, operation| rooms::written(database, operation, ids)).await
    }

    async fn find_contacts(&self, import_ids: Vec<String>) -> Result<HashMap<String, Contact>> {
        self.read("looking for contacts", |database| contacts::find(database, import_ids)).await
    }

    async fn existing_messages(&self, ids: Vec<String>) -> Result<HashSet<String>> {
        self.read("looking for messages", |database| messages::existing(database, ids)).await
    }

    async fn pending_counts(&self) -> Result<PendingCounts> {
        self.read("counting what is pending", uploads::counts).await
    }

    async fn pending_files(&self, after: Option<PendingKey>, limit: usize) -> Result<Vec<PendingMessage>> {
        self.read("looking for pending files", move |database| uploads::pending_files(database, after, limit)).await
    }

    async fn pending_avatars(&self, after: Option<PendingKey>, limit: usize) -> Result<Vec<UserRef>> {
        self.read("looking for pending avatars", move |database| uploads::pending_avatars(database, after, limit)).await
    }

    async fn find_uploads(&self, ids: Vec<String>) -> Result<HashMap<String, Upload>> {
        self.read("looking for files", |database| uploads::find(database, ids)).await
    }

    fn incoming(&self) -> &Path {
        self.contents.incoming()
    }

    async fn keep_file(&self, _bucket: Bucket, _id: &str, path: &Path) -> Result<Content> {
        let (contents, path) = (self.contents.clone(), path.to_owned());
        match tokio::task::spawn_blocking(move || contents.keep(&path)).await {
            Ok(kept) => kept,
            Err(error) if error.is_panic() => std::panic::resume_unwind(error.into_panic()),
            Err(_) => Err(StoreError::Closed),
        }
    }

    async fn roles(&self) -> Result<Vec<String>> {
        self.look_up("reading the roles", accounts::roles)
    }

    async fn workspace_settings(&self) -> Result<WorkspaceSettings> {
        Ok(WorkspaceSettings::default())
    }

    async fn authenticate(&self, user_id: &str, hashed_token: &str, now: Timestamp) -> Result<Option<Caller>> {
        self.look_up("looking for a token", |database| accounts::authenticate(database, user_id, hashed_token, now))
    }

    async fn token_owner(&self, hashed_token: &str) -> Result<Option<String>> {
        self.look_up("looking for a token", |database| accounts::token_owner(database, hashed_token))
    }

    async fn credentials(&self, username_or_email: &str) -> Result<Option<Credentials>> {
        self.look_up("looking for credentials", |database| accounts::credentials(database, username_or_email))
    }

    async fn add_token(&self, user_id: &str, hashed_token: &str, token: NewToken, now: Timestamp) -> Result<()> {
        let (user_id, hashed_token) = (user_id.to_owned(), hashed_token.to_owned());
        self.write("adding a token", move |database| {
            accounts::add_token(database, &user_id, &hashed_token, &token, now)
        })
        .await
    }

    async fn remove_token(&self, user_id: &str, hashed_token: &str) -> Result<()> {
        let (user_id, hashed_token) = (user_id.to_owned(), hashed_token.to_owned());
        self.write("removing a token", move |database| accounts::remove_token(database, &user_id, &hashed_token)).await
    }

    async fn change_workspace(&self, batch: WorkspaceBatch) -> Result<()> {
        self.write("changing the workspace", |database| commit::change_workspace(database, batch, Timestamp::now()))
            .await
    }

    async fn add_user(&self, user: User) -> Result<bool> {
        self.write("adding a user", move |database| users::add(database, &user)).await
    }
}
