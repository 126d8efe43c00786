//! Claims.
use super::{MongoStore, failure::Failure};
use crate::Claim;
/// What is claimed: an operation, or a share of one.
pub(super) type Key = (String, Option<u32>);
#[derive(Debug, Clone)]
pub(super) struct Held;
pub(super) async fn claim_operation(_store: &MongoStore, _operation: &str) -> Result<Claim, Failure> {
    todo!()
}
pub(super) async fn keep(_store: &MongoStore, _operation: &str, _share: Option<u32>) -> Result<bool, Failure> {
    todo!()
}
pub(super) async fn release(_store: &MongoStore, _operation: &str, _share: Option<u32>) -> Result<(), Failure> {
    todo!()
}
