//! Why a piece of work on the database failed, before it is known what the work was for.

use mongodb::error::{Error, ErrorKind};

use crate::StoreError;

#[derive(Debug)]
pub(super) enum Failure {
    /// The database or the way to it fails.
    Database(Error),
    /// What is stored cannot be read as what it should be.
    Damaged(String),
    /// What was asked contradicts what is stored.
    Refused(String),
    /// A file on the way in or out could not be read or written.
    File(StoreError),
}

impl Failure {
    /// The error of the store, which says what was being done.
    pub(super) fn doing(self, doing: &'static str) -> StoreError {
        match self {
            Self::Database(source) if is_unreachable(&source) => {
                StoreError::Unreachable { doing, source: Box::new(source) }
            }
            Self::Database(source) => StoreError::Database { doing, source: Box::new(source) },
            Self::Damaged(reason) => StoreError::Damaged { doing, reason },
            Self::Refused(reason) => StoreError::Database { doing, source: reason.into() },
            Self::File(error) => error,
        }
    }
}

/// Whether it lies with the way to the database, or with one that is just taking over from another.
fn is_unreachable(error: &Error) -> bool {
    let of_the_way = matches!(
        &*error.kind,
        ErrorKind::Io(_)
            | ErrorKind::ServerSelection { .. }
            | ErrorKind::ConnectionPoolCleared { .. }
            | ErrorKind::DnsResolve { .. }
            | ErrorKind::Shutdown
    );
    of_the_way || error.contains_label("RetryableWriteError") || error.contains_label("RetryableError")
}

impl From<Error> for Failure {
    fn from(error: Error) -> Self {
        Self::Database(error)
    }
}

impl From<StoreError> for Failure {
    fn from(error: StoreError) -> Self {
        Self::File(error)
    }
}
