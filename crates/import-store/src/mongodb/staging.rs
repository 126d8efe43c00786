//! The staging area.
use super::{MongoStore, failure::Failure};
use crate::{
    StagedCounts, StagedFilter,
    staging::{MessagePart, RecordStatus, StagedRecord},
};
use import_proto::DataType;
pub(super) async fn next(
    _store: &MongoStore,
    _operation: &str,
    _data_type: DataType,
    _status: RecordStatus,
    _from_seq: u64,
    _limit: usize,
    _max_bytes: usize,
) -> Result<Vec<StagedRecord>, Failure> {
    todo!()
}
pub(super) async fn list(
    _store: &MongoStore,
    _operation: &str,
    _filter: &StagedFilter,
    _offset: u64,
    _limit: u32,
) -> Result<(Vec<StagedRecord>, u64), Failure> {
    todo!()
}
pub(super) async fn counts(
    _store: &MongoStore,
    _operation: &str,
    _status: RecordStatus,
    _readable_only: bool,
) -> Result<StagedCounts, Failure> {
    todo!()
}
pub(super) async fn parts(_store: &MongoStore, _operation: &str) -> Result<Vec<MessagePart>, Failure> {
    todo!()
}
pub(super) async fn sweep(_store: &MongoStore) -> Result<bool, Failure> {
    todo!()
}
