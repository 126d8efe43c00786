//! What an administrator should know of an import although no record failed: what was left out, made up or changed.

use schemars::JsonSchema;
use serde::{Deserialize, Serialize};

use crate::{lenient, step::wire_names};

// Variants carry no doc comments: schemars would turn the string enum into a `oneOf`.
/// What a notice is about.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, PartialOrd, Ord, Serialize, Deserialize, JsonSchema)]
#[serde(rename_all = "camelCase")]
#[allow(missing_docs)]
pub enum NoticeKind {
    // Users who were created because something names them and neither the export nor the workspace has them.
    PlaceholderUsers,
    // Rooms that no list of the export names. Each was created as a private, archived room.
    UnlistedRooms,
    // Users of the export who share an address and became one user.
    MergedUsers,
    // Usernames that were changed because the workspace cannot have them as they are.
    ChangedUsernames,
    // Replies whose thread has no first message, shown in the room.
    OrphanReplies,
    // Earlier texts of edited messages, left out.
    EarlierTexts,
    // Notes of messages that were deleted in the source system, left out.
    DeletedMessages,
    // Reactions that name nobody, left out.
    ReactionsWithoutUsers,
    // Emoji that only the source system has. They have to be added to the workspace.
    CustomEmoji,
    // Files of the export that no importer reads.
    UnreadFiles,
    // Timestamps that were read as seconds where milliseconds are expected.
    TimestampsInSeconds,
}

wire_names!(NoticeKind {
    PlaceholderUsers = "placeholderUsers",
    UnlistedRooms = "unlistedRooms",
    MergedUsers = "mergedUsers",
    ChangedUsernames = "changedUsernames",
    OrphanReplies = "orphanReplies",
    EarlierTexts = "earlierTexts",
    DeletedMessages = "deletedMessages",
    ReactionsWithoutUsers = "reactionsWithoutUsers",
    CustomEmoji = "customEmoji",
    UnreadFiles = "unreadFiles",
    TimestampsInSeconds = "timestampsInSeconds",
});

impl NoticeKind {
    /// What a notice of this kind says.
    pub const fn description(self) -> &'static str {
        match self {
            Self::PlaceholderUsers => {
                "A user was created because something names it and neither export nor workspace has it."
            }
            Self::UnlistedRooms => "A room that no list of the export names was created as a private, archived room.",
            Self::MergedUsers => "Users of the export who share an address became one user.",
            Self::ChangedUsernames => "A username was changed because the workspace cannot have it as it is.",
            Self::OrphanReplies => "A reply whose thread has no first message is shown in the room.",
            Self::EarlierTexts => "An earlier text of an edited message was left out.",
            Self::DeletedMessages => "A note that a message was deleted in the source system was left out.",
            Self::ReactionsWithoutUsers => "A reaction that names nobody was left out.",
            Self::CustomEmoji => "An emoji that only the source system has. It has to be added to the workspace.",
            Self::UnreadFiles => "A file of the export that no importer reads.",
            Self::TimestampsInSeconds => "Times of a file were read as seconds where milliseconds are expected.",
        }
    }
}

/// A notice, and how often it was given.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
#[serde(rename_all = "camelCase")]
pub struct Notice {
    /// What it is about.
    pub kind: NoticeKind,
    /// Which user, room, file or emoji. Empty where only the number counts; `…` for all that are not told apart.
    #[serde(default)]
    pub name: String,
    /// How often.
    #[serde(deserialize_with = "lenient::count")]
    pub count: u64,
}

impl Notice {
    /// A notice about something with a name, given once.
    pub fn named(kind: NoticeKind, name: impl Into<String>) -> Self {
        Self { kind, name: name.into(), count: 1 }
    }
}

/// Notices by kind and name. At most [`Self::MOST`] names of a kind are told apart.
///
/// Those are the first names in the order of texts. So the notices are the same in whatever order the records are read.
#[derive(Debug, Clone, Default, PartialEq, Eq, Serialize, Deserialize)]
#[serde(transparent)]
pub struct Notices(Vec<Notice>);

impl Notices {
    /// How many names of a kind are told apart.
    pub const MOST: usize = 50;
    /// Characters of a name at most; the rest is cut off.
    pub const LONGEST: usize = 120;
    /// The name that all others of a kind are counted under.
    pub const OTHERS: &str = "…";

    /// Adds a notice.
    pub fn add(&mut self, kind: NoticeKind, name: &str, count: u64) {
        if count == 0 {
            return;
        }
        let end = name.char_indices().nth(Self::LONGEST).map_or(name.len(), |(end, _)| end);
        let name = name.get(..end).unwrap_or(name);
        match self.0.binary_search_by(|entry| order(entry.kind, &entry.name).cmp(&order(kind, name))) {
            Ok(at) => {
                if let Some(entry) = self.0.get_mut(at) {
                    entry.count += count;
                }
            }
            Err(at) => self.0.insert(at, Notice { kind, name: name.to_owned(), count }),
        }
        let mut of_kind = (0..).zip(&self.0).filter(|(_, entry)| entry.kind == kind && entry.name != Self::OTHERS);
        if let Some(at) = of_kind.nth(Self::MOST).map(|(at, _): (usize, _)| at) {
            let other = self.0.remove(at);
            self.add(kind, Self::OTHERS, other.count);
        }
    }

    /// Takes back up to `count` notices of a kind and name.
    pub fn subtract(&mut self, kind: NoticeKind, name: &str, count: u64) {
        if let Ok(at) = self.0.binary_search_by(|entry| order(entry.kind, &entry.name).cmp(&order(kind, name)))
            && let Some(entry) = self.0.get_mut(at)
        {
            entry.count = entry.count.saturating_sub(count);
            if entry.count == 0 {
                self.0.remove(at);
            }
        }
    }

    /// Adds all notices of another collection.
    pub fn merge(&mut self, others: &Self) {
        for entry in &others.0 {
            self.add(entry.kind, &entry.name, entry.count);
        }
    }

    /// The notices, by kind and then by name.
    pub fn as_slice(&self) -> &[Notice] {
        &self.0
    }

    /// As the wire shows them; none where there are none.
    pub fn shown(&self) -> Option<Vec<Notice>> {
        (!self.is_empty()).then(|| self.0.clone())
    }

    /// The notices of one kind, by name.
    pub fn of(&self, kind: NoticeKind) -> impl Iterator<Item = &Notice> {
        self.0.iter().filter(move |entry| entry.kind == kind)
    }

    /// How often a kind of notice was given.
    pub fn total(&self, kind: NoticeKind) -> u64 {
        self.of(kind).map(|entry| entry.count).sum()
    }

    /// Whether there are none.
    pub fn is_empty(&self) -> bool {
        self.0.is_empty()
    }
}

/// Where a notice stands: what is not told apart comes behind its kind's names.
fn order(kind: NoticeKind, name: &str) -> (NoticeKind, bool, &str) {
    (kind, name == Notices::OTHERS, name)
}

#[cfg(test)]
mod tests {
    use super::*;

    fn notice(kind: NoticeKind, name: &str, count: u64) -> Notice {
        Notice { kind, name: name.into(), count }
    }

    #[test]
    fn notices_are_counted_by_kind_and_name() {
        let mut notices = Notices::default();
        notices.add(NoticeKind::CustomEmoji, "tide", 2);
        notices.add(NoticeKind::OrphanReplies, "", 1);
        notices.add(NoticeKind::CustomEmoji, "buoy", 1);
        notices.add(NoticeKind::CustomEmoji, "tide", 3);
        notices.add(NoticeKind::UnreadFiles, "a", 0);
        assert_eq!(
            notices.as_slice(),
            [
                notice(NoticeKind::OrphanReplies, "", 1),
                notice(NoticeKind::CustomEmoji, "buoy", 1),
                notice(NoticeKind::CustomEmoji, "tide", 5),
            ]
        );
        assert_eq!(notices.total(NoticeKind::CustomEmoji), 6);
    }

    #[test]
    fn notices_can_be_taken_back() {
        let mut notices = Notices::default();
        notices.add(NoticeKind::OrphanReplies, "", 3);
        notices.subtract(NoticeKind::OrphanReplies, "", 1);
        assert_eq!(notices.as_slice(), [notice(NoticeKind::OrphanReplies, "", 2)]);
        notices.subtract(NoticeKind::CustomEmoji, "tide", 1);
        notices.subtract(NoticeKind::OrphanReplies, "", 5);
        assert!(notices.is_empty());
    }

    #[test]
    fn the_same_names_are_told_apart_in_whatever_order_they_come() {
        let names: Vec<String> = (0..60).map(|number| format!("emoji-{number:02}")).collect();
        let (mut forward, mut backward) = (Notices::default(), Notices::default());
        names.iter().for_each(|name| forward.add(NoticeKind::CustomEmoji, name, 1));
        names.iter().rev().for_each(|name| backward.add(NoticeKind::CustomEmoji, name, 1));
        assert_eq!(forward, backward);
        assert_eq!(forward.as_slice().len(), 51);
        assert_eq!(
            forward.as_slice()[49..],
            [notice(NoticeKind::CustomEmoji, "emoji-49", 1), notice(NoticeKind::CustomEmoji, "…", 10),]
        );
        let mut twice = forward.clone();
        twice.merge(&backward);
        assert_eq!(twice.total(NoticeKind::CustomEmoji), 120);
    }
}
