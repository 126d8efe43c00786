//! Why two documents cannot be compared.

use crate::pointer::Pointer;

/// Why a document cannot be read or compared. Each says which document and where.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
pub enum Error {
    /// The text is neither JSON nor YAML, or is not what a document may be written in.
    #[error("{document}:{line}:{column}: {what}")]
    Syntax {
        /// The name of the document.
        document: String,
        /// The line, from 1.
        line: usize,
        /// The column, from 1.
        column: usize,
        /// What is wrong there.
        what: String,
    },
    /// What was read is no OpenAPI 3.0 document.
    #[error("{document} is no OpenAPI 3.0 document: {what}")]
    NoDocument {
        /// The name of the document.
        document: String,
        /// What is missing or other than it should be.
        what: String,
    },
    /// A place in the document cannot be understood.
    #[error("{document}: {what}, at {at}")]
    Place {
        /// The name of the document.
        document: String,
        /// The place.
        at: Pointer,
        /// What is wrong there, without the place.
        what: String,
    },
}

/// What [`Error`] is the failure of.
pub type Result<T> = std::result::Result<T, Error>;
