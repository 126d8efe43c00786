//! Why the engine did not do what it was asked.

use std::{io, path::PathBuf};

use import_fetch::FetchError;
use import_proto::Refusal;
use import_store::StoreError;

/// Why the engine did not do what it was asked.
#[derive(Debug, thiserror::Error)]
pub enum EngineError {
    /// A rule of the protocol refuses it; nothing was changed.
    #[error(transparent)]
    Refused(#[from] Refusal),
    /// The store failed.
    #[error(transparent)]
    Store(#[from] StoreError),
    /// A file on the server's disk could not be handled.
    #[error("cannot {doing} {}: {source}", path.display())]
    File {
        /// What was being done: "create", "write", …
        doing: &'static str,
        /// The file.
        path: PathBuf,
        /// What the system says.
        #[source]
        source: io::Error,
    },
    /// The HTTP client could not be set up.
    #[error(transparent)]
    Fetch(#[from] FetchError),
    /// The engine is being stopped.
    #[error("the import engine is stopping")]
    Stopping,
    /// Something that must not happen did.
    #[error("the import stopped unexpectedly: {0}")]
    Internal(
        /// What happened.
        String,
    ),
}

/// Why work on an operation ended before the operation did.
#[derive(Debug)]
pub(crate) enum Halt {
    /// The engine is stopping, or the operation was ended or changed by somebody else. Nothing is to be done about it.
    Stopped,
    /// The operation cannot go on: it fails with this sentence.
    Failed(String),
    /// The store or the disk failed; trying again may help.
    Error(EngineError),
}

impl<E: Into<EngineError>> From<E> for Halt {
    fn from(error: E) -> Self {
        Self::Error(error.into())
    }
}
