//! Why an export file cannot be read at all.

use std::io;

/// An export file that cannot be read at all. Files are named as the upload named them.
///
/// Where only some entries or lines are unreadable, the file opens and they come out as failed records.
#[derive(Debug, thiserror::Error)]
#[non_exhaustive]
pub enum SourceError {
    /// No source reads files of this importer.
    #[error("files of the importer {key} cannot be read")]
    Unsupported {
        /// The importer's key.
        key: &'static str,
    },
    /// The operating system refused.
    #[error("cannot read {file}: {source}")]
    Io {
        /// The file.
        file: String,
        /// What the operating system says.
        source: io::Error,
    },
    /// There is not a single byte in it.
    #[error("{file} is empty")]
    Empty {
        /// The file.
        file: String,
    },
    /// It says that it is a zip or a tar, but its list of entries, or its first header, is not there or makes no sense.
    #[error("{file} is not a readable {format} file: {reason}; export or upload it again")]
    BrokenArchive {
        /// The file.
        file: String,
        /// What it is to be: `zip` or `tar`.
        format: &'static str,
        /// What is wrong with it.
        reason: String,
    },
    /// More entries than [`Limits::entries`](crate::Limits::entries), or names too long to hold.
    #[error("{file} has too many entries: {limit}; split it, or raise the limit")]
    TooManyEntries {
        /// The file.
        file: String,
        /// The limit in words.
        limit: String,
    },
    /// More than [`Limits::expanded_bytes`](crate::Limits::expanded_bytes).
    #[error("{file} would expand to {bytes} bytes, and {limit} are allowed; split it, or raise the limit")]
    TooLarge {
        /// The file.
        file: String,
        /// What the entries declare together.
        bytes: u64,
        /// The limit.
        limit: u64,
    },
    /// An archive or folder with nothing in it that the importer knows.
    #[error("{file} holds nothing to import: expected {expected}")]
    NothingToRead {
        /// The file.
        file: String,
        /// What would have been read.
        expected: &'static str,
    },
    /// A single file that is no archive, and neither its name nor its first line tells what it holds.
    #[error("cannot tell what {file} holds: expected {expected}")]
    UnknownKind {
        /// The file.
        file: String,
        /// The names and header lines that tell.
        expected: &'static str,
    },
}
