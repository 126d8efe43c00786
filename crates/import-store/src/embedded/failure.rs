//! Why a piece of work on the database failed, before it is known what the work was for.

use crate::StoreError;

#[derive(Debug)]
pub(super) enum Failure {
    /// SQLite says no.
    Database(rusqlite::Error),
    /// What is stored cannot be read as what it should be.
    Damaged(String),
    /// What was asked contradicts what is stored.
    Refused(String),
    /// There is nobody left to do it.
    Closed,
    /// The work panicked; what it had done was undone.
    Panicked,
}

impl Failure {
    /// The error of the store, which says what was being done.
    pub(super) fn doing(self, doing: &'static str) -> StoreError {
        match self {
            Self::Database(source) => StoreError::Database { doing, source: Box::new(source) },
            Self::Damaged(reason) => StoreError::Damaged { doing, reason },
            Self::Refused(reason) => StoreError::Database { doing, source: reason.into() },
            Self::Closed => StoreError::Closed,
            Self::Panicked => StoreError::Database { doing, source: "an unexpected error; the log says which".into() },
        }
    }
}

/// The failure of a statement that puts a key into an index which holds each key once: `reason` where it is there already.
pub(super) fn taken(error: rusqlite::Error, reason: impl FnOnce() -> String) -> Failure {
    match error.sqlite_error_code() {
        Some(rusqlite::ErrorCode::ConstraintViolation) => Failure::Refused(reason()),
        _ => Failure::Database(error),
    }
}

impl From<rusqlite::Error> for Failure {
    fn from(error: rusqlite::Error) -> Self {
        Self::Database(error)
    }
}

impl From<rusqlite::types::FromSqlError> for Failure {
    fn from(error: rusqlite::types::FromSqlError) -> Self {
        Self::Database(error.into())
    }
}
