//! The indexes that an import needs.
use super::{MongoStore, OpenError};
/// Creates those that are not there. None that Rocket.Chat has made is changed.
pub(super) async fn create(_store: &MongoStore) -> Result<(), OpenError> {
    todo!()
}
