//! Users: added, changed, looked up by their keys.
use super::{MongoStore, failure::Failure};
use crate::{
    UserKeys,
    documents::{User, UserPatch, UserRef},
};
use import_proto::Timestamp;
use std::collections::HashMap;
/// Refuses users and patches whose username or address belongs to somebody else, before anything is written.
pub(super) async fn check(_store: &MongoStore, _new: &[User], _patches: &[UserPatch]) -> Result<(), Failure> {
    todo!()
}
pub(super) async fn insert(_store: &MongoStore, _users: &[User]) -> Result<(), Failure> {
    todo!()
}
pub(super) async fn patch(_store: &MongoStore, _patches: &[UserPatch], _now: Timestamp) -> Result<(), Failure> {
    todo!()
}
pub(super) async fn note_written(
    _store: &MongoStore,
    _operation: &str,
    _written: &[(String, u64)],
) -> Result<(), Failure> {
    todo!()
}
pub(super) async fn find(_store: &MongoStore, _keys: &UserKeys) -> Result<Vec<User>, Failure> {
    todo!()
}
pub(super) async fn resolve(
    _store: &MongoStore,
    _operation: &str,
    _import_ids: Vec<String>,
    _by_username: bool,
) -> Result<HashMap<String, UserRef>, Failure> {
    todo!()
}
pub(super) async fn written(
    _store: &MongoStore,
    _operation: &str,
    _ids: Vec<String>,
) -> Result<HashMap<String, u64>, Failure> {
    todo!()
}
pub(super) async fn add(_store: &MongoStore, _user: &User) -> Result<bool, Failure> {
    todo!()
}
