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

/// Lists of files that people can talk about, each with a title.
const DOCUMENTS: [&str; 2] = ["canvases.json", "lists.json"];

/// Further files at the top that hold neither people nor rooms nor messages.
const WITHOUT_WORDS: [&str; 8] = [
    "integration_logs.json",
    "org_integration_logs.json",
    "integrations.json",
    "huddle_transcripts.json",
    "emoji.json",
    "workspace.json",
    "teams.json",
    "index.json",
];

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
    /// A JSON file of another name in the folder of a room: what is in it tells whether these are messages.
    MaybeDay(Option<&'a str>, &'a str),
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
        Some((folder, file)) if file.contains('/') || is_of_tool(folder) || !ends_with(file, ".json") => {
            Place::Elsewhere
        }
        Some((folder, file)) if is_day(file) => Place::File(File::Day(team, folder)),
        Some((folder, _)) => Place::File(File::MaybeDay(team, folder)),
    }
}

/// Whether other tools keep something of their own in this folder: no room has such a name.
fn is_of_tool(folder: &str) -> bool {
    folder.starts_with("__")
}

/// Whether a file at the top lists canvases and the like.
pub(super) fn is_list_of_documents(name: &str) -> bool {
    let (_, below) = team(name);
    DOCUMENTS.iter().any(|known| known.eq_ignore_ascii_case(below))
}

/// The folder of a file that no importer reads and that may hold words of people; `""` at the top. `None` of every other
/// file: of what is read, of what messages share, and of lists that hold no words.
pub(super) fn unread(name: &str) -> Option<(Option<&str>, &str)> {
    let (team, below) = team(name);
    match below.split_once('/') {
        None => {
            let known = DOCUMENTS.iter().chain(&WITHOUT_WORDS).any(|known| known.eq_ignore_ascii_case(below));
            (ends_with(below, ".json") && list(below).is_none() && !known).then_some((team, ""))
        }
        Some((folder, file)) => {
            let day = is_day(file) && !file.contains('/');
            let shared = file.split_once('/').is_some_and(|(below, _)| below == ATTACHMENTS || below == UPLOADS);
            let of_system = ["thumbs.db", "desktop.ini"].iter().any(|known| known.eq_ignore_ascii_case(file));
            (!day && !shared && !of_system && !is_of_tool(folder) && folder != ATTACHMENTS).then_some((team, folder))
        }
    }
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
            ("teams/Berlin/channels.json", Place::File(File::List(Some("Berlin"), List::Channels))),
            ("general/2019-04-01.json", Place::File(File::Day(None, "general"))),
            ("Général/2019-04-01.JSON", Place::File(File::Day(None, "Général"))),
            ("general/2019-4-1.json", Place::File(File::Day(None, "general"))),
            ("general/2019-04-01 (1).json", Place::File(File::Day(None, "general"))),
            ("general/messages.json", Place::File(File::Day(None, "general"))),
            ("teams/2019-04-01.json", Place::File(File::Day(None, "teams"))),
            ("teams/Berlin/general/2019-04-01.json", Place::File(File::Day(Some("Berlin"), "general"))),
            ("file_conversations.json", Place::File(File::List(None, List::FileConversations))),
            ("general/20190401.json", Place::File(File::MaybeDay(None, "general"))),
            ("general/tägl.json", Place::File(File::MaybeDay(None, "general"))),
        ] {
            assert_eq!(place(name), expected, "{name}");
        }
        assert!(matches!(place("old.ZIP"), Place::Misplaced(_)));
    }

    #[test]
    fn other_files_are_no_business_of_ours() {
        for name in [
            "integration_logs.json",
            "canvases.json",
            "huddle_transcripts.json",
            "general/attachments/F1-2019-04-01.json",
            "general/2019-04-01/canvas.json",
            "general/2019-04-01.txt",
            "__uploads/F1/plan.zip",
            "__uploads/2019-04-01.json",
            "teams/Berlin/integration_logs.json",
            "readme",
        ] {
            assert_eq!(place(name), Place::Elsewhere, "{name}");
        }
    }

    #[test]
    fn files_that_may_hold_words_and_are_not_read_are_told() {
        for (name, expected) in [
            ("general/notes.txt", Some((None, "general"))),
            ("general/canvas.json", Some((None, "general"))),
            ("general/old/2019-04-01.json", Some((None, "general"))),
            ("teams/Berlin/general/a.html", Some((Some("Berlin"), "general"))),
            ("teams/Berlin/more.json", Some((Some("Berlin"), ""))),
            ("polls.json", Some((None, ""))),
            ("general/2019-04-01.json", None),
            ("general/attachments/F1-a.txt", None),
            ("attachments/F1-a.txt", None),
            ("__uploads/F1/a.txt", None),
            ("__avatars/U1.png", None),
            ("general/Thumbs.db", None),
            ("users.json", None),
            ("Canvases.json", None),
            ("integration_logs.json", None),
            ("readme.txt", None),
        ] {
            assert_eq!(unread(name), expected, "{name}");
        }
    }
}
