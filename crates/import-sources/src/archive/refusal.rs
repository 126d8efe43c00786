//! Why an entry of an archive is refused without being read.

use std::fmt;

/// A reason not to read an entry.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Refusal {
    UnsafeName,
    Symlink,
    NotAFile,
    Unlistable,
    Encrypted,
    Compression,
    TooLarge,
    Ratio,
    Outside,
    Overlap,
    Duplicate,
}

impl fmt::Display for Refusal {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(match self {
            Self::UnsafeName => "the name is absolute, leads out of the archive or has control characters in it",
            Self::Symlink => "it is a symbolic link, and links are not followed",
            Self::NotAFile => "it is neither a file nor a folder",
            Self::Unlistable => "the operating system refuses to list it",
            Self::Encrypted => "it is encrypted; make an archive without a password",
            Self::Compression => "it is compressed by another method than deflate; make an archive with deflate",
            Self::TooLarge => "it is larger than one entry may be; split it, or raise the limit",
            Self::Ratio => "it expands to more times its compressed size than is allowed",
            Self::Outside => "its data would lie outside of the archive's; the archive is damaged",
            Self::Overlap => "its data overlaps that of another entry; the archive is damaged",
            Self::Duplicate => "another entry has the same name, and the first of them is read",
        })
    }
}
