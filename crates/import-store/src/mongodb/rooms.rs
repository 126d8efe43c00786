//! Rooms and who is in them: added, changed, looked up by their keys.
use super::{MongoStore, failure::Failure};
use crate::{
    Resolved, RoomKeys, RoomRef,
    documents::{Room, RoomPatch, Subscription},
};
use import_proto::Timestamp;
use std::collections::{HashMap, HashSet};
/// Refuses rooms and patches whose slug belongs to another room, before anything is written.
pub(super) async fn check(_store: &MongoStore, _new: &[Room], _patches: &[RoomPatch]) -> Result<(), Failure> {
    todo!()
}
pub(super) async fn insert(_store: &MongoStore, _rooms: &[Room]) -> Result<(), Failure> {
    todo!()
}
pub(super) async fn patch(_store: &MongoStore, _patches: &[RoomPatch], _now: Timestamp) -> Result<(), Failure> {
    todo!()
}
pub(super) async fn subscribe(
    _store: &MongoStore,
    _operation: &str,
    _subscriptions: &[Subscription],
) -> Result<(), Failure> {
    todo!()
}
pub(super) async fn note_resolved(
    _store: &MongoStore,
    _operation: &str,
    _resolved: &[Resolved],
) -> Result<(), Failure> {
    todo!()
}
pub(super) async fn find(_store: &MongoStore, _keys: &RoomKeys) -> Result<Vec<Room>, Failure> {
    todo!()
}
pub(super) async fn resolve(
    _store: &MongoStore,
    _operation: &str,
    _import_ids: Vec<String>,
    _by_name: bool,
) -> Result<HashMap<String, RoomRef>, Failure> {
    todo!()
}
pub(super) async fn written(
    _store: &MongoStore,
    _operation: &str,
    _ids: Vec<String>,
) -> Result<HashSet<String>, Failure> {
    todo!()
}
