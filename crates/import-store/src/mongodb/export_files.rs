//! Export files that were uploaded, in a GridFS bucket of this project's own, so that every server can read them.
use super::{MongoStore, failure::Failure};
use std::path::Path;
pub(super) async fn put(_store: &MongoStore, _operation: &str, _path: &Path) -> Result<(), Failure> {
    todo!()
}
pub(super) async fn get(_store: &MongoStore, _operation: &str, _path: &Path) -> Result<bool, Failure> {
    todo!()
}
pub(super) async fn remove(_store: &MongoStore, _operation: &str) -> Result<(), Failure> {
    todo!()
}
