//! A batch, carried out in the order in which its parts depend on each other.
use super::{MongoStore, failure::Failure};
use crate::{Batch, Committed};
pub(super) async fn commit(_store: &MongoStore, _batch: Batch) -> Result<Committed, Failure> {
    todo!()
}
