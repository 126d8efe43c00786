//! Who may log in, and with what: passwords, tokens, roles and what they permit.
use super::{MongoStore, failure::Failure};
use crate::{Caller, Credentials, NewToken};
use import_proto::Timestamp;
pub(super) async fn roles(_store: &MongoStore) -> Result<Vec<String>, Failure> {
    todo!()
}
pub(super) async fn authenticate(
    _store: &MongoStore,
    _user_id: &str,
    _hashed_token: &str,
    _now: Timestamp,
) -> Result<Option<Caller>, Failure> {
    todo!()
}
pub(super) async fn credentials(_store: &MongoStore, _username_or_email: &str) -> Result<Option<Credentials>, Failure> {
    todo!()
}
pub(super) async fn add_token(
    _store: &MongoStore,
    _user_id: &str,
    _hashed_token: &str,
    _token: &NewToken,
    _now: Timestamp,
) -> Result<(), Failure> {
    todo!()
}
pub(super) async fn remove_token(_store: &MongoStore, _user_id: &str, _hashed_token: &str) -> Result<(), Failure> {
    todo!()
}
