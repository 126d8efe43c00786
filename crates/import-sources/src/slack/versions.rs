//! Copies and versions of messages: which of several with one `ts` say something new.
//!
//! Exports that were put together from several have messages twice, and those with the history of edits have every version.

use std::collections::HashMap;

/// How many messages are remembered at least.
const REMEMBERED: usize = 65_536;

/// What tells one version of a message from another: hashes of what it becomes.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) struct Version {
    pub(super) author: u64,
    pub(super) text: u64,
    /// Of attachments and files; 0 where there are none.
    pub(super) shared: u64,
    /// When it was edited last, in microseconds; 0 where it was not, less where the message was deleted.
    pub(super) edited: i64,
    /// How much other people added to it: replies, reactions.
    pub(super) added: u64,
}

impl Version {
    /// Of what Slack shows in the place of a deleted message.
    pub(super) const DELETED: i64 = -1;

    /// Whether both are of one message. Two people do not write one message, and nobody changes a text without an edit.
    fn is_of_message(&self, other: &Self) -> bool {
        let deleted = self.edited == Self::DELETED || other.edited == Self::DELETED;
        let same_shared = self.shared == other.shared || self.shared == 0 || other.shared == 0;
        let unchanged = self.text == other.text && same_shared;
        deleted || self.author == other.author && (self.edited != other.edited || unchanged)
    }

    fn says_more_than(&self, other: &Self) -> bool {
        let rank = |version: &Self| (version.edited, version.shared != 0, version.added);
        rank(self) > rank(other)
    }
}

/// What a version is among those that came before.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Standing {
    First,
    /// It takes the place of the one that came before; whether that one had another text.
    Newer(bool),
    /// It says nothing new; whether it has an earlier text.
    Older(bool),
    /// Another message with the same `ts`.
    Another,
}

/// The latest versions of the last 65,536 or more messages.
#[derive(Default)]
pub(super) struct Versions {
    current: HashMap<u64, Version>,
    previous: HashMap<u64, Version>,
}

impl Versions {
    /// Compares a version with the one that is known under its key, and remembers the newer of them.
    pub(super) fn compare(&mut self, key: u64, version: Version) -> Standing {
        let Some(known) = self.current.get(&key).or_else(|| self.previous.get(&key)) else {
            self.remember(key, version);
            return Standing::First;
        };
        if !version.is_of_message(known) {
            return Standing::Another;
        }
        let other_text = known.text != version.text && known.edited != Version::DELETED;
        if version.says_more_than(known) {
            self.remember(key, version);
            return Standing::Newer(other_text);
        }
        Standing::Older(known.text != version.text && version.edited != Version::DELETED)
    }

    fn remember(&mut self, key: u64, version: Version) {
        if self.current.len() >= REMEMBERED && !self.current.contains_key(&key) {
            std::mem::swap(&mut self.current, &mut self.previous);
            self.current.clear();
        }
        self.current.insert(key, version);
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn version(author: u64, text: u64, edited: i64) -> Version {
        Version { author, text, shared: 0, edited, added: 0 }
    }

    #[test]
    fn the_version_that_was_edited_last_counts_in_either_order() {
        let (first, edited) = (version(1, 1, 0), version(1, 2, 9));
        let mut versions = Versions::default();
        assert_eq!(versions.compare(7, first), Standing::First);
        assert_eq!(versions.compare(7, edited), Standing::Newer(true));
        assert_eq!(versions.compare(7, first), Standing::Older(true));
        assert_eq!(versions.compare(7, edited), Standing::Older(false));
        assert_eq!(versions.compare(8, edited), Standing::First);
        assert_eq!(versions.compare(8, first), Standing::Older(true));
    }

    #[test]
    fn a_copy_counts_where_people_added_more_to_it() {
        let mut versions = Versions::default();
        let first = version(1, 1, 0);
        assert_eq!(versions.compare(7, first), Standing::First);
        assert_eq!(versions.compare(7, Version { added: 1, ..first }), Standing::Newer(false));
        assert_eq!(versions.compare(7, Version { shared: 5, ..first }), Standing::Newer(false));
        assert_eq!(versions.compare(7, Version { shared: 6, ..first }), Standing::Another);
    }

    #[test]
    fn other_words_or_another_author_are_another_message() {
        let mut versions = Versions::default();
        assert_eq!(versions.compare(7, version(1, 1, 0)), Standing::First);
        assert_eq!(versions.compare(7, version(1, 2, 0)), Standing::Another);
        assert_eq!(versions.compare(7, version(2, 1, 5)), Standing::Another);
    }

    #[test]
    fn a_deleted_message_gives_way_to_its_words() {
        let mut versions = Versions::default();
        assert_eq!(versions.compare(7, version(9, 9, Version::DELETED)), Standing::First);
        assert_eq!(versions.compare(7, version(1, 1, 0)), Standing::Newer(false));
        assert_eq!(versions.compare(7, version(9, 9, Version::DELETED)), Standing::Older(false));
    }

    #[test]
    fn memory_is_bounded() {
        let mut versions = Versions::default();
        for key in 0..200_000 {
            assert_eq!(versions.compare(key, version(1, 1, 0)), Standing::First);
        }
        assert!(versions.current.len() + versions.previous.len() <= 2 * REMEMBERED);
    }
}
