//! Files and avatars: what is pending, the documents of those that are there, and their bytes in GridFS.
use super::{MongoStore, failure::Failure};
use crate::{
    documents::UserRef,
    uploads::{Bucket, Content, KeptUpload, NewAvatar, PendingCounts, PendingKey, PendingMessage, Upload},
};
use import_proto::Timestamp;
use std::{collections::HashMap, path::Path};
pub(super) async fn counts(_store: &MongoStore) -> Result<PendingCounts, Failure> {
    todo!()
}
pub(super) async fn pending_files(
    _store: &MongoStore,
    _after: Option<PendingKey>,
    _limit: usize,
) -> Result<Vec<PendingMessage>, Failure> {
    todo!()
}
pub(super) async fn pending_avatars(
    _store: &MongoStore,
    _after: Option<PendingKey>,
    _limit: usize,
) -> Result<Vec<UserRef>, Failure> {
    todo!()
}
pub(super) async fn find(_store: &MongoStore, _ids: Vec<String>) -> Result<HashMap<String, Upload>, Failure> {
    todo!()
}
pub(super) async fn keep(_store: &MongoStore, _bucket: Bucket, _id: &str, _path: &Path) -> Result<Content, Failure> {
    todo!()
}
pub(super) async fn write(_store: &MongoStore, _uploads: &[KeptUpload]) -> Result<(), Failure> {
    todo!()
}
pub(super) async fn write_avatars(_store: &MongoStore, _avatars: &[NewAvatar], _now: Timestamp) -> Result<(), Failure> {
    todo!()
}
