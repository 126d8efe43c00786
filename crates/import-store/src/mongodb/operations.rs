//! Operations.
use super::{MongoStore, failure::Failure};
use crate::operation::StoredOperation;
use import_proto::Timestamp;
pub(super) async fn create(_store: &MongoStore, _operation: StoredOperation) -> Result<StoredOperation, Failure> {
    todo!()
}
pub(super) async fn end(_store: &MongoStore, _now: Timestamp) -> Result<Option<StoredOperation>, Failure> {
    todo!()
}
pub(super) async fn current(_store: &MongoStore) -> Result<Option<StoredOperation>, Failure> {
    todo!()
}
pub(super) async fn by_id(_store: &MongoStore, _id: &str) -> Result<Option<StoredOperation>, Failure> {
    todo!()
}
pub(super) async fn latest(_store: &MongoStore, _limit: u32) -> Result<Vec<StoredOperation>, Failure> {
    todo!()
}
