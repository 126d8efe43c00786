//! Which file of the export holds what.

use crate::unread::Place;

/// Files that stand at the top of an export.
pub(super) const TOP_LEVEL: [&str; 2] = ["users.json", "rooms.json"];

/// What a file holds.
#[derive(Debug, PartialEq, Eq)]
pub(super) enum File<'a> {
    Users,
    Rooms,
    /// The messages of the room with this id.
    RoomHistory(&'a str),
    /// The private messages of the user with this id.
    PrivateHistory(&'a str),
}

/// The place of the file with this name. Case does not matter, but for ids. Files that messages share are elsewhere.
pub(super) fn place(name: &str) -> Place<File<'_>> {
    let is = |one: &str, other: &str| one.eq_ignore_ascii_case(other);
    let mut steps = name.split('/');
    match [steps.next(), steps.next(), steps.next(), steps.next()] {
        [Some(users), None, ..] if is(users, "users.json") => Place::File(File::Users),
        [Some(rooms), None, ..] if is(rooms, "rooms.json") => Place::File(File::Rooms),
        [Some(file), None, ..] if is_archive(file) => {
            Place::Misplaced("it is an archive within the archive; unpack it first")
        }
        [Some(rooms), Some(id), Some(file), None] if is(rooms, "rooms") && is(file, "history.json") => {
            Place::File(File::RoomHistory(id))
        }
        [Some(users), Some(id), Some(file), None] if is(users, "users") && is(file, "history.json") => {
            Place::File(File::PrivateHistory(id))
        }
        _ => Place::Elsewhere,
    }
}

fn is_archive(file: &str) -> bool {
    let file = file.to_ascii_lowercase();
    [".zip", ".tar", ".tar.gz", ".tgz"].iter().any(|ending| file.ends_with(ending))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn files_are_placed_by_their_names() {
        for (name, expected) in [
            ("users.json", Place::File(File::Users)),
            ("Rooms.JSON", Place::File(File::Rooms)),
            ("rooms/12/history.json", Place::File(File::RoomHistory("12"))),
            ("Users/7/History.json", Place::File(File::PrivateHistory("7"))),
            ("users/7/files/a/history.json", Place::Elsewhere),
            ("users/history.json", Place::Elsewhere),
            ("rooms/12/history.json.bak", Place::Elsewhere),
            ("metadata.json", Place::Elsewhere),
            ("export/users.json", Place::Elsewhere),
        ] {
            assert_eq!(place(name), expected, "{name}");
        }
        assert!(matches!(place("inner.TAR.gz"), Place::Misplaced(_)));
    }
}
