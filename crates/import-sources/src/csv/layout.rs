//! Which file of the export holds what.

use std::borrow::Cow;

use import_proto::DataType;

use crate::archive::composed;
use crate::unread::Place;

/// Files that stand at the top of the export.
pub(super) const TOP_LEVEL: [&str; 3] = ["users.csv", "channels.csv", "contacts.csv"];

const DIRECT_MESSAGES: &str = "directmessages";

/// What a file holds, in the order in which parts are staged.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord)]
pub(super) enum Kind {
    Users,
    Channels,
    Messages,
    DirectMessages,
    Contacts,
}

impl Kind {
    pub(super) fn data_type(self) -> DataType {
        match self {
            Self::Users => DataType::User,
            Self::Channels => DataType::Channel,
            Self::Messages | Self::DirectMessages => DataType::Message,
            Self::Contacts => DataType::Contact,
        }
    }
}

/// The place of the file with this name. Case does not matter, but for the names of rooms.
pub(super) fn place(name: &str) -> Place<Kind> {
    let lower = name.to_ascii_lowercase();
    if lower.ends_with(".zip") {
        return Place::Misplaced("it is an archive within the archive; unpack it first");
    }
    if !lower.ends_with(".csv") {
        return Place::Elsewhere;
    }
    match lower.split('/').collect::<Vec<_>>().as_slice() {
        ["users.csv"] => Place::File(Kind::Users),
        ["channels.csv"] => Place::File(Kind::Channels),
        ["contacts.csv"] => Place::File(Kind::Contacts),
        [_] => Place::Misplaced(
            "only users.csv, channels.csv and contacts.csv may stand at the top; \
             messages lie in a folder with the name of their room",
        ),
        [DIRECT_MESSAGES, _] => Place::File(Kind::DirectMessages),
        [room, _] if room.trim().is_empty() => Place::Misplaced("its folder, which is to name a room, has no name"),
        [_, _] => Place::File(Kind::Messages),
        _ => Place::Misplaced("messages lie right in a folder with the name of their room, not in a folder within it"),
    }
}

/// The room that a file of messages belongs to.
pub(super) fn room(name: &str) -> Cow<'_, str> {
    composed(name.split('/').next().unwrap_or_default().trim())
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn files_are_placed_by_their_names_in_any_case() {
        for (name, kind) in [
            ("users.csv", Kind::Users),
            ("Users.CSV", Kind::Users),
            ("CHANNELS.csv", Kind::Channels),
            ("contacts.csv", Kind::Contacts),
            ("general/a.csv", Kind::Messages),
            ("general/users.csv", Kind::Messages),
            ("DirectMessages/ann.Csv", Kind::DirectMessages),
        ] {
            assert_eq!(place(name), Place::File(kind), "{name}");
        }
        for name in ["general.csv", "general/2020/a.csv", "directmessages/x/a.csv", " /a.csv", "old.zip"] {
            assert!(matches!(place(name), Place::Misplaced(_)), "{name}");
        }
        for name in ["readme.txt", "general/picture.png", "users"] {
            assert_eq!(place(name), Place::Elsewhere, "{name}");
        }
    }

    #[test]
    fn a_room_is_named_by_its_folder() {
        assert_eq!(room(" General /a.csv"), "General");
        assert_eq!(room("cafe\u{301}/a.csv"), "café");
    }
}
