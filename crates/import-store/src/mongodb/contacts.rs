//! Contacts: inserted, put in place of others, looked up by import id.
use super::{MongoStore, failure::Failure};
use crate::documents::Contact;
use std::collections::HashMap;
pub(super) async fn write(_store: &MongoStore, _contacts: &[Contact]) -> Result<(), Failure> {
    todo!()
}
pub(super) async fn find(_store: &MongoStore, _import_ids: Vec<String>) -> Result<HashMap<String, Contact>, Failure> {
    todo!()
}
