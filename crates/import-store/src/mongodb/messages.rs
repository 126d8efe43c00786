//! Messages: inserted, or merged into those that are there; and the files that they show once those are fetched.
use super::{MongoStore, failure::Failure};
use crate::{documents::Message, uploads::AttachedFile};
use import_proto::Timestamp;
/// How many messages of a batch were new, and how many were there already, changed or not.
#[derive(Debug, Default)]
pub(super) struct Written {
    pub(super) created: u64,
    pub(super) updated: u64,
}
/// Inserts messages, or merges them into those with their ids. `again`: since when documents count as new that are there
/// already and the same, because the batch is made again.
pub(super) async fn write(
    _store: &MongoStore,
    _operation: &str,
    _messages: &[Message],
    _again: Option<Timestamp>,
    _stop: &(dyn Fn() -> bool + Sync),
) -> Result<Option<Written>, Failure> {
    todo!()
}
pub(super) async fn attach(
    _store: &MongoStore,
    _operation: &str,
    _attached: &[AttachedFile],
    _now: Timestamp,
) -> Result<(), Failure> {
    todo!()
}
