//! Why an entry of an archive is refused without being read.

use std::fmt;

/// A reason not to read an entry.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Refusal {
    UnsafeName,
    Symlink,
    HardLink,
    Sparse,
    ExtendedHeader,
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
            Self::HardLink => "it is a hard link, and links are not followed",
            Self::Sparse => "it is a file with holes; make an archive without --sparse",
            Self::ExtendedHeader => "its extended header, which holds its name or size, is damaged or too long",
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

impl Refusal {
    /// Whether the entry is never harmless company: what it stands for is not known, so it is always shown.
    pub(crate) fn is_suspicious(self) -> bool {
        matches!(
            self,
            Self::UnsafeName
                | Self::Symlink
                | Self::HardLink
                | Self::ExtendedHeader
                | Self::NotAFile
                | Self::Unlistable
        )
    }
}
