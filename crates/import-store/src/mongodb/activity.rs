//! What rooms say of their messages and members: `msgs`, `usersCount`, `lm`, `lastMessage`.
use super::{MongoStore, failure::Failure};
/// Notes that messages or members are written to these rooms, before they are.
pub(super) async fn note(
    _store: &MongoStore,
    _operation: &str,
    _rooms: impl IntoIterator<Item = &str> + Send,
) -> Result<(), Failure> {
    todo!()
}
/// Brings the rooms up to date that an operation has written to.
pub(super) async fn refresh(_store: &MongoStore, _operation: &str) -> Result<(), Failure> {
    todo!()
}
