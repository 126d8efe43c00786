//! Which file of the export holds what.

use crate::unread::Place;

/// Files that stand at the top of an export, or of a team within one.
pub(super) const TOP_LEVEL: [&str; 7] = [
    "org_users.json",
    "users.json",
    "channels.json",
    "groups.json",
    "mpims.json",
    "dms.json",
    "file_conversations.json",
];

/// The list of canvases, which has their titles.
pub(super) const CANVASES: &str = "canvases.json";

/// Files at the top of an export, or of a team, that say nothing that is imported.
const NOT_IMPORTED: [&str; 5] =
    [CANVASES, "emoji.json", "huddle_transcripts.json", "integration_logs.json", "lists.json"];

/// The folder that holds the teams of an Enterprise Grid export, each in a folder of its own.
pub(super) const TEAMS: &str = "teams/";

/// The folder in which other tools put the files that messages share: `__uploads/<file id>/<name>`.
pub(super) const UPLOADS: &str = "__uploads";

/// Another such folder, also in the folder of each room: `attachments/<file id>-<name>`.
pub(super) const ATTACHMENTS: &str = "attachments";

/// What a list at the top holds, in the order in which lists are read.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord)]
pub(super) enum List {
    OrgUsers,
    Users,
    Channels,
    Groups,
    Mpims,
    Dms,
    /// Comments on canvases and lists: a room for each of them.
    FileConversations,
}

impl List {
    pub(super) fn is_of_users(self) -> bool {
        self <= Self::Users
    }
}

/// What a file holds.
#[derive(Debug, PartialEq, Eq)]
pub(super) enum File<'a> {
    /// A list of users or rooms, of a team or of the export as a whole.
    List(Option<&'a str>, List),
    /// The messages of one day, in the folder of a room.
    Day(Option<&'a str>, &'a str),
}

/// The place of the file with this name. Case does not matter, but for the names of teams and rooms.
pub(super) fn place(name: &str) -> Place<File<'_>> {
    let (team, below) = team(name);
    match below.split_once('/') {
        None => match list(below) {
            Some(list) => Place::File(File::List(team, list)),
            None if ends_with(below, ".zip") => {
                Place::Misplaced("it is an archive within the archive; unpack it first")
            }
            None => Place::Elsewhere,
        },
        Some((folder, file)) if is_day(file) && !file.contains('/') && folder != UPLOADS => {
            Place::File(File::Day(team, folder))
        }
        Some(_) => Place::Elsewhere,
    }
}

/// Whether an administrator has to know that the file with this name is not read: it lies in the folder of a room, or is a
/// list that is not known. Files that messages share are no such files.
pub(super) fn is_unread(name: &str) -> bool {
    let (_, below) = team(name);
    match below.split_once('/') {
        None => ends_with(below, ".json") && !NOT_IMPORTED.iter().any(|known| known.eq_ignore_ascii_case(below)),
        Some((folder, file)) => !folder.starts_with("__") && !file.contains('/') && !is_hidden(file),
    }
}

/// Whether a system made the file for itself: `.DS_Store`, `Thumbs.db`.
fn is_hidden(file: &str) -> bool {
    file.starts_with('.') || file.eq_ignore_ascii_case("thumbs.db") || file.eq_ignore_ascii_case("desktop.ini")
}

/// The team that a file belongs to, and its name below the team's folder.
fn team(name: &str) -> (Option<&str>, &str) {
    let below = name.get(..TEAMS.len()).filter(|top| top.eq_ignore_ascii_case(TEAMS)).and(name.get(TEAMS.len()..));
    match below.and_then(|below| below.split_once('/')) {
        Some((team, below)) => (Some(team), below),
        None => (None, name),
    }
}

fn list(file: &str) -> Option<List> {
    const LISTS: [List; 7] =
        [List::OrgUsers, List::Users, List::Channels, List::Groups, List::Mpims, List::Dms, List::FileConversations];
    let nth = TOP_LEVEL.iter().position(|known| known.eq_ignore_ascii_case(file))?;
    LISTS.get(nth).copied()
}

/// Whether a file in the folder of a room holds messages: `2019-04-01.json`, or as other tools and copies name it, such as
/// `2019-4-1.json`, `2019-04-01 (1).json` or `messages.json`.
fn is_day(file: &str) -> bool {
    let year = file.bytes().take_while(u8::is_ascii_digit).count();
    let dated = year == 4 && file.as_bytes().get(4) == Some(&b'-');
    (dated && ends_with(file, ".json")) || file.eq_ignore_ascii_case("messages.json")
}

fn ends_with(name: &str, ending: &str) -> bool {
    name.len()
        .checked_sub(ending.len())
        .and_then(|at| name.get(at..))
        .is_some_and(|end| end.eq_ignore_ascii_case(ending))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn files_are_placed_by_their_names() {
        for (name, expected) in [
            ("users.json", Place::File(File::List(None, List::Users))),
            ("Org_Users.JSON", Place::File(File::List(None, List::OrgUsers))),
            ("channels.json", Place::File(File::List(None, List::Channels))),
            ("groups.json", Place::File(File::List(None, List::Groups))),
            ("mpims.json", Place::File(File::List(None, List::Mpims))),
            ("dms.json", Place::File(File::List(None, List::Dms))),
            ("file_conversations.json", Place::File(File::List(None, List::FileConversations))),
            ("teams/Berlin/channels.json", Place::File(File::List(Some("Berlin"), List::Channels))),
            ("general/2019-04-01.json", Place::File(File::Day(None, "general"))),
            ("Général/2019-04-01.JSON", Place::File(File::Day(None, "Général"))),
            ("general/2019-4-1.json", Place::File(File::Day(None, "general"))),
            ("general/2019-04-01 (1).json", Place::File(File::Day(None, "general"))),
            ("general/messages.json", Place::File(File::Day(None, "general"))),
            ("teams/2019-04-01.json", Place::File(File::Day(None, "teams"))),
            ("teams/Berlin/general/2019-04-01.json", Place::File(File::Day(Some("Berlin"), "general"))),
        ] {
            assert_eq!(place(name), expected, "{name}");
        }
        assert!(matches!(place("old.ZIP"), Place::Misplaced(_)));
    }

    #[test]
    fn a_file_in_a_folder_of_a_room_that_is_not_read_is_told() {
        for name in
            ["general/20190401.json", "general/canvas_in_the_conversation.json", "general/notes.txt", "polls.json"]
        {
            assert!(is_unread(name), "{name}");
        }
        for name in [
            "canvases.json",
            "teams/Berlin/integration_logs.json",
            "readme",
            "__uploads/F1/plan.zip",
            "__uploads/2019-04-01.json",
            "general/attachments/F1-a.json",
            "general/.DS_Store",
        ] {
            assert!(!is_unread(name), "{name}");
        }
    }

    #[test]
    fn other_files_are_no_business_of_ours() {
        for name in [
            "integration_logs.json",
            "canvases.json",
            "huddle_transcripts.json",
            "general/canvas_in_the_conversation.json",
            "general/attachments/F1-2019-04-01.json",
            "general/20190401.json",
            "general/2019-04-01/canvas.json",
            "general/2019-04-01.txt",
            "__uploads/F1/plan.zip",
            "__uploads/2019-04-01.json",
            "teams/Berlin/integration_logs.json",
            "general/tägl.json",
            "readme",
        ] {
            assert_eq!(place(name), Place::Elsewhere, "{name}");
        }
    }
}
