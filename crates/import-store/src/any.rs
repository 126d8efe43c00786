//! Either store, for whoever learns only at run time which it is.

use std::{path::Path, time::Duration};

use crate::{Batch, Committed, EmbeddedStore, MongoStore, Result, Store};

/// One of the stores.
#[derive(Debug)]
pub enum AnyStore {
    /// In a directory of its own.
    Embedded(Box<EmbeddedStore>),
    /// In a workspace's database.
    Mongo(Box<MongoStore>),
}

impl From<EmbeddedStore> for AnyStore {
    fn from(store: EmbeddedStore) -> Self {
        Self::Embedded(Box::new(store))
    }
}

impl From<MongoStore> for AnyStore {
    fn from(store: MongoStore) -> Self {
        Self::Mongo(Box::new(store))
    }
}

macro_rules! either {
    ($self:ident, $store:ident => $asked:expr) => {
        match $self {
            Self::Embedded($store) => $asked,
            Self::Mongo($store) => $asked,
        }
    };
}

/// Hands the asynchronous methods of [`Store`] to a macro, all but [`Store::commit`], for a store that stands before another:
/// `name(argument: Type, …) -> Answer;` each, where the method answers `Result<Answer>`.
#[macro_export]
macro_rules! for_each_store_method {
    ($each:ident) => {
        $each! {
            create_operation(operation: $crate::operation::StoredOperation) -> $crate::operation::StoredOperation;
            end_operation(now: ::import_proto::Timestamp) -> Option<$crate::operation::StoredOperation>;
            current_operation() -> Option<$crate::operation::StoredOperation>;
            operation(id: &str) -> Option<$crate::operation::StoredOperation>;
            latest_operations(limit: u32) -> Vec<$crate::operation::StoredOperation>;
            claim(operation: &str) -> $crate::Claim;
            keep(operation: &str, share: Option<u32>) -> bool;
            release(operation: &str, share: Option<u32>) -> ();
            share_out(operation: $crate::operation::StoredOperation, shares: Vec<Vec<u64>>) -> $crate::Committed;
            shares(operation: &str) -> Vec<$crate::operation::StoredOperation>;
            share_parts(operation: &str) -> ::std::collections::HashMap<u32, Vec<u64>>;
            claim_share(operation: &str) -> $crate::Claim;
            refresh_rooms(operation: &str) -> ();
            put_export_file(operation: &str, path: &::std::path::Path) -> ();
            get_export_file(operation: &str, path: &::std::path::Path) -> bool;
            remove_export_file(operation: &str) -> ();
            sweep() -> bool;
            staged(
                operation: &str, data_type: ::import_proto::DataType, status: $crate::staging::RecordStatus, from_seq: u64, limit: usize, max_bytes: usize
            ) -> Vec<$crate::staging::StagedRecord>;
            list_staged(operation: &str, filter: $crate::StagedFilter, offset: u64, limit: u32) -> (Vec<$crate::staging::StagedRecord>, u64);
            staged_counts(operation: &str, status: $crate::staging::RecordStatus, readable_only: bool) -> $crate::StagedCounts;
            message_parts(operation: &str) -> Vec<$crate::staging::MessagePart>;
            find_users(keys: $crate::UserKeys) -> Vec<$crate::documents::User>;
            find_rooms(keys: $crate::RoomKeys) -> Vec<$crate::documents::Room>;
            resolve_users(operation: &str, import_ids: Vec<String>, by_username: bool) -> ::std::collections::HashMap<String, $crate::documents::UserRef>;
            resolve_rooms(operation: &str, import_ids: Vec<String>, by_name: bool) -> ::std::collections::HashMap<String, $crate::RoomRef>;
            users_written(operation: &str, ids: Vec<String>) -> ::std::collections::HashMap<String, u64>;
            rooms_written(operation: &str, ids: Vec<String>) -> ::std::collections::HashSet<String>;
            find_contacts(import_ids: Vec<String>) -> ::std::collections::HashMap<String, $crate::documents::Contact>;
            existing_messages(ids: Vec<String>) -> ::std::collections::HashSet<String>;
            pending_counts() -> $crate::uploads::PendingCounts;
            pending_files(after: Option<$crate::uploads::PendingKey>, limit: usize) -> Vec<$crate::uploads::PendingMessage>;
            pending_avatars(after: Option<$crate::uploads::PendingKey>, limit: usize) -> Vec<$crate::documents::UserRef>;
            find_uploads(ids: Vec<String>) -> ::std::collections::HashMap<String, $crate::uploads::Upload>;
            keep_file(bucket: $crate::uploads::Bucket, id: &str, path: &::std::path::Path) -> $crate::uploads::Content;
            roles() -> Vec<String>;
            workspace_settings() -> $crate::WorkspaceSettings;
            authenticate(user_id: &str, hashed_token: &str, now: ::import_proto::Timestamp) -> Option<$crate::Caller>;
            token_owner(hashed_token: &str) -> Option<String>;
            credentials(username_or_email: &str) -> Option<$crate::Credentials>;
            add_token(user_id: &str, hashed_token: &str, token: $crate::NewToken, now: ::import_proto::Timestamp) -> ();
            remove_token(user_id: &str, hashed_token: &str) -> ();
            change_workspace(batch: $crate::WorkspaceBatch) -> ();
            add_user(user: $crate::documents::User) -> bool;
        }
    };
}

macro_rules! delegate {
    ($($name:ident($($argument:ident: $type:ty),*) -> $answer:ty;)+) => {
        $(async fn $name(&self, $($argument: $type),*) -> Result<$answer> {
            either!(self, store => store.$name($($argument),*).await)
        })+
    };
}

impl Store for AnyStore {
    fn is_shared(&self) -> bool {
        either!(self, store => store.is_shared())
    }

    fn lease(&self) -> Duration {
        either!(self, store => store.lease())
    }

    fn incoming(&self) -> &Path {
        either!(self, store => store.incoming())
    }

    async fn commit(&self, batch: Batch) -> Result<Committed> {
        either!(self, store => store.commit(batch).await)
    }

    for_each_store_method!(delegate);
}
