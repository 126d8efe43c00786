//! JSON pointers: the place of a value within a document.

use std::fmt::{self, Write as _};

use serde::Serialize;

/// A JSON pointer, such as `/paths/~1api~1info/get`. The empty one is the whole document.
#[derive(Clone, Debug, Default, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize)]
#[serde(transparent)]
pub struct Pointer(String);

impl Pointer {
    /// The pointer written as `text`, which starts with `/` or is empty.
    pub fn new(text: &str) -> Self {
        Pointer(text.to_owned())
    }

    /// The place of `key` within the object, or of the index `key` within the array, at this place.
    pub fn join(&self, key: impl fmt::Display) -> Self {
        let mut text = String::with_capacity(self.0.len() + 16);
        text.push_str(&self.0);
        text.push('/');
        let start = text.len();
        // Writing into a string cannot fail.
        let _ = write!(text, "{key}");
        if text[start..].contains(['~', '/']) {
            let escaped = text[start..].replace('~', "~0").replace('/', "~1");
            text.replace_range(start.., &escaped);
        }
        Pointer(text)
    }

    /// The pointer as it is written.
    pub fn as_str(&self) -> &str {
        &self.0
    }

    /// The keys and indexes on the way to the place, unescaped.
    pub fn segments(&self) -> Vec<String> {
        self.0.split('/').skip(1).map(|key| key.replace("~1", "/").replace("~0", "~")).collect()
    }

    /// This place and those around it, the whole document last.
    pub fn outwards(&self) -> impl Iterator<Item = &str> {
        let mut rest = Some(self.0.as_str());
        std::iter::from_fn(move || {
            let here = rest?;
            rest = here.rfind('/').map(|end| &here[..end]);
            Some(here)
        })
    }
}

impl fmt::Display for Pointer {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(&self.0)
    }
}
