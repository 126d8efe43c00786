//! Shares.
use super::{MongoStore, failure::Failure};
use crate::{Claim, Committed, operation::StoredOperation};
pub(super) async fn share_out(
    _store: &MongoStore,
    _operation: StoredOperation,
    _shares: Vec<Vec<u64>>,
) -> Result<Committed, Failure> {
    todo!()
}
pub(super) async fn all(_store: &MongoStore, _operation: &str) -> Result<Vec<StoredOperation>, Failure> {
    todo!()
}
pub(super) async fn claim(_store: &MongoStore, _operation: &str) -> Result<Claim, Failure> {
    todo!()
}
