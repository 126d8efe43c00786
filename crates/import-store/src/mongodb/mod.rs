//! The store in a workspace's own database: MongoDB, through the official driver, for as many servers as there are.
//!
//! Nothing here needs a transaction over several documents. A batch writes the workspace's documents first, then the
//! records that it stages, then the operation, whose one update decides whether the batch counts: its filter names the
//! claim and the revision that the batch was made under. What is written by a batch that does not count does no harm:
//! documents are the same documents when the batch is made again, and staged records say under which claim and revision they
//! were staged, so that nobody sees those of one that never came to be (see `claims`).

mod accounts;
mod activity;
mod bulk;
mod change;
mod claims;
mod codec;
mod commit;
mod contacts;
pub mod doctor;
mod export_files;
mod failure;
mod gridfs;
mod importer;
mod indexes;
mod insensitive;
mod lenient;
mod messages;
mod open;
mod operations;
mod renames;
mod rooms;
mod shares;
mod staging;
mod state;
mod uploads;
mod users;

use std::{
    collections::{HashMap, HashSet},
    path::{Path, PathBuf},
    sync::Mutex,
    time::Duration,
};

use bson::Document;
use futures_util::{FutureExt, future::BoxFuture};
use import_proto::{DataType, Timestamp};
use mongodb::{Collection, Database};

pub use self::open::{Dialect, MongoOptions, OpenError};
use self::{claims::Held, failure::Failure};
use crate::{
    Batch, Caller, Claim, Committed, Credentials, NewToken, Result, RoomKeys, RoomRef, StagedCounts, StagedFilter,
    Store, UserKeys, WorkspaceBatch, WorkspaceSettings,
    documents::{Contact, Room, User, UserRef},
    operation::StoredOperation,
    staging::{MessagePart, RecordStatus, StagedRecord},
    uploads::{Bucket, Content, PendingCounts, PendingKey, PendingMessage, Upload},
};

/// The field of documents of `rocketchat_import` and `rocketchat_import_data` that holds what is this project's own.
const OURS: &str = "importServer";

/// A [`Store`] in a workspace's own MongoDB database. Each is a server of its own to the others.
#[derive(Debug)]
pub struct MongoStore {
    database: Database,
    dialect: Dialect,
    wire: open::Wire,
    /// Tells this server from others.
    server: String,
    lease: Duration,
    incoming: PathBuf,
    /// What this server has claimed.
    held: Mutex<HashMap<claims::Key, Held>>,
    /// When the database was asked for its time, and what it said, in milliseconds. What has passed since then is counted by a
    /// clock that nobody sets.
    clock: Mutex<Option<(std::time::Instant, i64)>>,
    /// The rooms that are noted already as written to, of one operation.
    noted: Mutex<(String, HashSet<String>)>,
}

impl MongoStore {
    /// The database.
    pub fn database(&self) -> &Database {
        &self.database
    }

    /// What the database server can do.
    pub fn dialect(&self) -> Dialect {
        self.dialect
    }

    /// By what other servers know this one.
    pub fn server(&self) -> &str {
        &self.server
    }

    fn collection(&self, name: &str) -> Collection<Document> {
        self.database.collection(name)
    }

    fn users(&self) -> Collection<Document> {
        self.collection("users")
    }

    fn rooms(&self) -> Collection<Document> {
        self.collection("rocketchat_room")
    }

    fn subscriptions(&self) -> Collection<Document> {
        self.collection("rocketchat_subscription")
    }

    fn messages(&self) -> Collection<Document> {
        self.collection("rocketchat_message")
    }

    fn contacts(&self) -> Collection<Document> {
        self.collection("rocketchat_livechat_contact")
    }

    fn operations(&self) -> Collection<Document> {
        self.collection("rocketchat_import")
    }

    fn staging(&self) -> Collection<Document> {
        self.collection("rocketchat_import_data")
    }

    /// Shares of operations' messages.
    fn shares_collection(&self) -> Collection<Document> {
        self.collection("import_server_shares")
    }

    /// What is noted of operations beside what Rocket.Chat has collections for.
    fn state(&self) -> Collection<Document> {
        self.collection("import_server_state")
    }
}

/// Says what was being done where something fails. On the heap: what the driver does takes much room, and whoever asks may
/// be deep in something else.
fn doing<'a, T: 'a>(
    doing: &'static str,
    work: impl Future<Output = Result<T, Failure>> + Send + 'a,
) -> BoxFuture<'a, Result<T>> {
    Box::pin(work.map(move |done| done.map_err(|failure| failure.doing(doing))))
}

impl Store for MongoStore {
    async fn create_operation(&self, operation: StoredOperation) -> Result<StoredOperation> {
        doing("creating an operation", operations::create(self, operation)).await
    }

    async fn end_operation(&self, now: Timestamp) -> Result<Option<StoredOperation>> {
        doing("ending an operation", operations::end(self, now)).await
    }

    async fn current_operation(&self) -> Result<Option<StoredOperation>> {
        doing("reading the current operation", operations::current(self)).await
    }

    async fn operation(&self, id: &str) -> Result<Option<StoredOperation>> {
        doing("reading an operation", operations::by_id(self, id)).await
    }

    async fn latest_operations(&self, limit: u32) -> Result<Vec<StoredOperation>> {
        doing("reading the latest operations", operations::latest(self, limit)).await
    }

    async fn commit(&self, batch: Batch) -> Result<Committed> {
        doing("committing a batch", commit::commit(self, batch)).await
    }

    fn is_shared(&self) -> bool {
        true
    }

    fn lease(&self) -> Duration {
        self.lease
    }

    async fn claim(&self, operation: &str) -> Result<Claim> {
        doing("claiming an operation", claims::claim_operation(self, operation)).await
    }

    async fn keep(&self, operation: &str, share: Option<u32>) -> Result<bool> {
        doing("keeping the claim on an operation", claims::keep(self, operation, share)).await
    }

    async fn release(&self, operation: &str, share: Option<u32>) -> Result<()> {
        doing("letting go of an operation", claims::release(self, operation, share)).await
    }

    async fn share_out(&self, operation: StoredOperation, shares: Vec<Vec<u64>>) -> Result<Committed> {
        doing("sharing out the messages", shares::share_out(self, operation, shares)).await
    }

    async fn shares(&self, operation: &str) -> Result<Vec<StoredOperation>> {
        doing("reading the shares of an operation", shares::all(self, operation)).await
    }

    async fn share_parts(&self, operation: &str) -> Result<HashMap<u32, Vec<u64>>> {
        doing("reading the shares of an operation", shares::parts(self, operation)).await
    }

    async fn claim_share(&self, operation: &str) -> Result<Claim> {
        doing("claiming a share of the messages", shares::claim(self, operation)).await
    }

    async fn refresh_rooms(&self, operation: &str) -> Result<()> {
        let held = self.held(&(operation.to_owned(), None));
        let stop = || held.as_ref().is_some_and(claims::Held::is_lost);
        doing("bringing rooms up to date", activity::refresh(self, operation, &stop)).await
    }

    async fn put_export_file(&self, operation: &str, path: &Path) -> Result<()> {
        doing("storing the export file in the database", export_files::put(self, operation, path)).await
    }

    async fn get_export_file(&self, operation: &str, path: &Path) -> Result<bool> {
        doing("reading the export file from the database", export_files::get(self, operation, path)).await
    }

    async fn remove_export_file(&self, operation: &str) -> Result<()> {
        doing("removing the export file from the database", export_files::remove(self, operation)).await
    }

    async fn sweep(&self) -> Result<bool> {
        doing("emptying the staging area", staging::sweep(self)).await
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
        doing("reading the staging area", staging::next(self, operation, data_type, status, from_seq, limit, max_bytes))
            .await
    }

    async fn list_staged(
        &self,
        operation: &str,
        filter: StagedFilter,
        offset: u64,
        limit: u32,
    ) -> Result<(Vec<StagedRecord>, u64)> {
        doing("reading the staging area", staging::list(self, operation, &filter, offset, limit)).await
    }

    async fn staged_counts(&self, operation: &str, status: RecordStatus, readable_only: bool) -> Result<StagedCounts> {
        doing("counting the staging area", staging::counts(self, operation, status, readable_only)).await
    }

    async fn message_parts(&self, operation: &str) -> Result<Vec<MessagePart>> {
        doing("reading the staging area", staging::parts(self, operation)).await
    }

    async fn find_users(&self, keys: UserKeys) -> Result<Vec<User>> {
        doing("looking for users", users::find(self, &keys)).await
    }

    async fn find_rooms(&self, keys: RoomKeys) -> Result<Vec<Room>> {
        doing("looking for rooms", rooms::find(self, &keys)).await
    }

    async fn resolve_users(
        &self,
        operation: &str,
        import_ids: Vec<String>,
        by_username: bool,
    ) -> Result<HashMap<String, UserRef>> {
        doing("resolving users", users::resolve(self, operation, import_ids, by_username)).await
    }

    async fn resolve_rooms(
        &self,
        operation: &str,
        import_ids: Vec<String>,
        by_name: bool,
    ) -> Result<HashMap<String, RoomRef>> {
        doing("resolving rooms", rooms::resolve(self, operation, import_ids, by_name)).await
    }

    async fn users_written(&self, operation: &str, ids: Vec<String>) -> Result<HashMap<String, u64>> {
        doing("looking for users", users::written(self, operation, ids)).await
    }

    async fn rooms_written(&self, operation: &str, ids: Vec<String>) -> Result<HashSet<String>> {
        doing("looking for rooms", rooms::written(self, operation, ids)).await
    }

    async fn find_contacts(&self, import_ids: Vec<String>) -> Result<HashMap<String, Contact>> {
        doing("looking for contacts", contacts::find(self, import_ids)).await
    }

    async fn existing_messages(&self, ids: Vec<String>) -> Result<HashSet<String>> {
        doing("looking for messages", messages::existing(self, ids)).await
    }

    async fn pending_counts(&self) -> Result<PendingCounts> {
        doing("counting what is pending", uploads::counts(self)).await
    }

    async fn pending_files(&self, after: Option<PendingKey>, limit: usize) -> Result<Vec<PendingMessage>> {
        doing("looking for pending files", uploads::pending_files(self, after, limit)).await
    }

    async fn pending_avatars(&self, after: Option<PendingKey>, limit: usize) -> Result<Vec<UserRef>> {
        doing("looking for pending avatars", uploads::pending_avatars(self, after, limit)).await
    }

    async fn find_uploads(&self, ids: Vec<String>) -> Result<HashMap<String, Upload>> {
        doing("looking for files", uploads::find(self, ids)).await
    }

    fn incoming(&self) -> &Path {
        &self.incoming
    }

    async fn keep_file(&self, bucket: Bucket, id: &str, path: &Path) -> Result<Content> {
        doing("storing a file", uploads::keep(self, bucket, id, path)).await
    }

    async fn roles(&self) -> Result<Vec<String>> {
        doing("reading the roles", accounts::roles(self)).await
    }

    async fn workspace_settings(&self) -> Result<WorkspaceSettings> {
        doing("reading the settings", accounts::settings(self)).await
    }

    async fn authenticate(&self, user_id: &str, hashed_token: &str, now: Timestamp) -> Result<Option<Caller>> {
        doing("looking for a token", accounts::authenticate(self, user_id, hashed_token, now)).await
    }

    async fn token_owner(&self, hashed_token: &str) -> Result<Option<String>> {
        doing("looking for a token", accounts::token_owner(self, hashed_token)).await
    }

    async fn credentials(&self, username_or_email: &str) -> Result<Option<Credentials>> {
        doing("looking for credentials", accounts::credentials(self, username_or_email)).await
    }

    async fn add_token(&self, user_id: &str, hashed_token: &str, token: NewToken, now: Timestamp) -> Result<()> {
        doing("adding a token", accounts::add_token(self, user_id, hashed_token, &token, now)).await
    }

    async fn remove_token(&self, user_id: &str, hashed_token: &str) -> Result<()> {
        doing("removing a token", accounts::remove_token(self, user_id, hashed_token)).await
    }

    async fn change_workspace(&self, batch: WorkspaceBatch) -> Result<()> {
        doing("changing the workspace", commit::change_workspace(self, batch, Timestamp::now())).await
    }

    async fn add_user(&self, user: User) -> Result<bool> {
        doing("adding a user", users::add(self, &user)).await
    }
}
