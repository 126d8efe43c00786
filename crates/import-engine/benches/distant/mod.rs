//! A store that is far away, and has no end of room for messages.

use std::{
    collections::{HashMap, HashSet},
    path::Path,
    time::Duration,
};

use import_proto::{DataType, Timestamp};
use import_store::{
    Batch, Caller, Claim, Committed, Credentials, MongoStore, NewToken, Result, RoomKeys, RoomRef, StagedCounts,
    StagedFilter, Store, UserKeys,
    documents::{Contact, Room, User, UserRef},
    operation::StoredOperation,
    staging::{MessagePart, RecordStatus, StagedRecord},
    uploads::{Bucket, Content, PendingCounts, PendingKey, PendingMessage, Upload},
};

/// How many messages go in one command.
const AT_ONCE: usize = 1_000;

/// A store whose every command takes so much longer, and that counts messages instead of writing them.
pub(crate) struct Distant {
    store: MongoStore,
    distance: Duration,
}

impl Distant {
    pub(crate) fn new(store: MongoStore, distance: Duration) -> Self {
        Self { store, distance }
    }
}

macro_rules! delegate {
    ($($name:ident($($argument:ident: $type:ty),*) -> $answer:ty;)+) => {
        $(async fn $name(&self, $($argument: $type),*) -> Result<$answer> {
            tokio::time::sleep(self.distance).await;
            self.store.$name($($argument),*).await
        })+
    };
}

impl Store for Distant {
    fn is_shared(&self) -> bool {
        true
    }

    fn lease(&self) -> Duration {
        self.store.lease()
    }

    fn incoming(&self) -> &Path {
        self.store.incoming()
    }

    async fn commit(&self, mut batch: Batch) -> Result<Committed> {
        let messages = std::mem::take(&mut batch.workspace.messages).len();
        let commands = u32::try_from(messages.div_ceil(AT_ONCE) + 1).unwrap_or(u32::MAX);
        tokio::time::sleep(self.distance * commands).await;
        batch.operation.work.counts.created.messages += messages as u64;
        self.store.commit(batch).await
    }

    delegate! {
        create_operation(operation: StoredOperation) -> StoredOperation;
        end_operation(now: Timestamp) -> Option<StoredOperation>;
        current_operation() -> Option<StoredOperation>;
        operation(id: &str) -> Option<StoredOperation>;
        latest_operations(limit: u32) -> Vec<StoredOperation>;
        claim(operation: &str) -> Claim;
        keep(operation: &str, share: Option<u32>) -> bool;
        release(operation: &str, share: Option<u32>) -> ();
        share_out(operation: StoredOperation, shares: Vec<Vec<u64>>) -> Committed;
        shares(operation: &str) -> Vec<StoredOperation>;
        claim_share(operation: &str) -> Claim;
        refresh_rooms(operation: &str) -> ();
        put_export_file(operation: &str, path: &Path) -> ();
        get_export_file(operation: &str, path: &Path) -> bool;
        remove_export_file(operation: &str) -> ();
        sweep() -> bool;
        staged(
            operation: &str, data_type: DataType, status: RecordStatus, from_seq: u64, limit: usize, max_bytes: usize
        ) -> Vec<StagedRecord>;
        list_staged(operation: &str, filter: StagedFilter, offset: u64, limit: u32) -> (Vec<StagedRecord>, u64);
        staged_counts(operation: &str, status: RecordStatus, readable_only: bool) -> StagedCounts;
        message_parts(operation: &str) -> Vec<MessagePart>;
        find_users(keys: UserKeys) -> Vec<User>;
        find_rooms(keys: RoomKeys) -> Vec<Room>;
        resolve_users(operation: &str, import_ids: Vec<String>, by_username: bool) -> HashMap<String, UserRef>;
        resolve_rooms(operation: &str, import_ids: Vec<String>, by_name: bool) -> HashMap<String, RoomRef>;
        users_written(operation: &str, ids: Vec<String>) -> HashMap<String, u64>;
        rooms_written(operation: &str, ids: Vec<String>) -> HashSet<String>;
        find_contacts(import_ids: Vec<String>) -> HashMap<String, Contact>;
        pending_counts() -> PendingCounts;
        pending_files(after: Option<PendingKey>, limit: usize) -> Vec<PendingMessage>;
        pending_avatars(after: Option<PendingKey>, limit: usize) -> Vec<UserRef>;
        find_uploads(ids: Vec<String>) -> HashMap<String, Upload>;
        keep_file(bucket: Bucket, id: &str, path: &Path) -> Content;
        roles() -> Vec<String>;
        authenticate(user_id: &str, hashed_token: &str, now: Timestamp) -> Option<Caller>;
        credentials(username_or_email: &str) -> Option<Credentials>;
        add_token(user_id: &str, hashed_token: &str, token: NewToken, now: Timestamp) -> ();
        remove_token(user_id: &str, hashed_token: &str) -> ();
        add_user(user: User) -> bool;
    }
}
