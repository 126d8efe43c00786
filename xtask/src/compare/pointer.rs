//! JSON pointers: the place of a value within a document.

use std::fmt;

/// A JSON pointer, such as `/paths/~1api~1info/get`. The empty one is the whole document.
#[derive(Clone, Debug, Default, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub(crate) struct Pointer(String);

impl Pointer {
    /// The pointer written as `text`, which starts with `/` or is empty.
    pub(crate) fn new(text: &str) -> Self {
        Pointer(text.to_owned())
    }

    /// The place of `key` within the object, or of the index `key` within the array, at this place.
    pub(crate) fn join(&self, key: impl fmt::Display) -> Self {
        let key = key.to_string().replace('~', "~0").replace('/', "~1");
        Pointer(format!("{}/{key}", self.0))
    }

    /// The pointer as it is written.
    pub(crate) fn as_str(&self) -> &str {
        &self.0
    }
}

impl fmt::Display for Pointer {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(&self.0)
    }
}
