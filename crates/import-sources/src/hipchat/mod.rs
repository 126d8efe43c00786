//! The importer `hipchatenterprise`: the tar.gz of a HipChat export, or the folder that it was unpacked to.

mod avatars;
mod conversations;
mod files;
mod history;
mod layout;
mod messages;
mod person;
mod rooms;
mod text;
mod timestamps;
mod users;

use std::collections::HashSet;
use std::io;
use std::path::Path;
use std::sync::OnceLock;

use import_proto::{DataType, NamesEncoding};

use self::conversations::Conversations;
use self::layout::File;
use self::messages::{Owner, PrivateMessage};
use self::rooms::Rooms;
use self::users::{MentionNames, Users};
use crate::archive::{Archive, EntryId, EntryReader};
use crate::items::failed_entry;
use crate::json::{each_element, items};
use crate::stable_id::hash;
use crate::unread::{Place, Unread};
use crate::{Items, Limits, Part, Source, SourceError};

const EXPECTED: &str = "users.json, rooms.json, or messages in rooms/<id>/history.json and users/<id>/history.json";
const EXPECTED_ALONE: &str = "the tar.gz of a HipChat export, or the folder that it was unpacked to";

/// A HipChat export.
pub(crate) struct HipchatSource {
    archive: Archive,
    limits: Limits,
    unread: Unread,
    /// Users, rooms, messages of rooms, private messages.
    files: Vec<(Kind, EntryId)>,
    /// Read when the first text needs them.
    mention_names: OnceLock<MentionNames>,
    /// Hashes of the ids of all listed users, read when the first message names a person.
    listed_users: OnceLock<HashSet<u64>>,
    /// Read when the first private message needs them.
    conversations: OnceLock<Conversations>,
}

/// What a file holds, in the order in which parts are staged.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord)]
enum Kind {
    Users,
    Rooms,
    RoomHistory,
    PrivateHistory,
}

impl Kind {
    fn of(file: &File<'_>) -> Self {
        match file {
            File::Users => Self::Users,
            File::Rooms => Self::Rooms,
            File::RoomHistory(_) => Self::RoomHistory,
            File::PrivateHistory(_) => Self::PrivateHistory,
        }
    }
}

impl HipchatSource {
    pub(crate) fn open(
        path: &Path,
        file_name: &str,
        limits: Limits,
        names_encoding: Option<NamesEncoding>,
    ) -> Result<Self, SourceError> {
        let mut archive = Archive::open_tar(path, file_name, &limits, names_encoding)?;
        if archive.is_plain() {
            return Err(SourceError::UnknownKind { file: file_name.to_owned(), expected: EXPECTED_ALONE });
        }
        // An export of private messages alone lies in `users` as a whole, which is no top folder.
        if archive.entries().all(|id| !matches!(layout::place(archive.name(id)), Place::File(_))) {
            archive.take_off_top_folder(&layout::TOP_LEVEL);
        }
        let mut files = Vec::new();
        let unread = Unread::find(&archive, layout::place, |file, id| files.push((Kind::of(&file), id)));
        if files.is_empty() && unread.is_empty() && archive.cut().is_none() {
            return Err(SourceError::NothingToRead { file: file_name.to_owned(), expected: EXPECTED });
        }
        // Stable, so that files of one kind stay in the order of their names.
        files.sort_by_key(|(kind, _)| *kind);
        Ok(Self {
            archive,
            limits,
            unread,
            files,
            mention_names: OnceLock::new(),
            listed_users: OnceLock::new(),
            conversations: OnceLock::new(),
        })
    }

    fn file(&self, index: usize) -> Option<(Kind, EntryId)> {
        self.files.get(index.checked_sub(self.first_file())?).copied()
    }

    fn first_file(&self) -> usize {
        usize::from(!self.unread.is_empty() || self.archive.cut().is_some())
    }

    fn files_of(&self, kind: Kind) -> impl Iterator<Item = EntryId> {
        self.files.iter().filter(move |(its, _)| *its == kind).map(|(_, id)| *id)
    }

    /// Whom names mention.
    fn mention_names(&self) -> &MentionNames {
        self.mention_names.get_or_init(|| {
            let mut names = MentionNames::default();
            for id in self.files_of(Kind::Users) {
                each_element(self.archive.read(id), &self.limits, |element| names.note(element));
            }
            names
        })
    }

    /// Whether the list of users has this id.
    fn lists_user(&self, id: &str) -> bool {
        let listed = self.listed_users.get_or_init(|| {
            let mut listed = HashSet::new();
            for entry in self.files_of(Kind::Users) {
                each_element(self.archive.read(entry), &self.limits, |element| {
                    listed.extend(users::user_id(element).map(|id| hash(&id)));
                });
            }
            listed
        });
        listed.contains(&hash(id))
    }

    /// What all private messages together tell.
    fn conversations(&self) -> &Conversations {
        self.conversations.get_or_init(|| {
            let mut conversations = Conversations::default();
            for id in self.files_of(Kind::Rooms) {
                each_element(self.archive.read(id), &self.limits, |element| {
                    if let Some(id) = rooms::room_id(element) {
                        conversations.note_room(&id);
                    }
                });
            }
            for (_, id) in &self.files {
                match layout::place(self.archive.name(*id)) {
                    Place::File(File::RoomHistory(room)) => conversations.note_room(room),
                    Place::File(File::PrivateHistory(owner)) => {
                        each_element(self.archive.read(*id), &self.limits, |element| {
                            if let Some(message) = PrivateMessage::of(element) {
                                conversations.note(owner, &message);
                            }
                        });
                    }
                    _ => {}
                }
            }
            conversations
        })
    }

    /// The entry that holds a file which somebody shared in a history: one of these paths, from the top of the export or
    /// from where files of the history's owner or of the author lie.
    fn held(&self, paths: &[&str], owner: Owner<'_>, author: &str) -> Option<String> {
        let folders = match owner {
            Owner::Room(room) => [format!("rooms/{room}/files/"), format!("users/{author}/files/")],
            Owner::User(user) => [format!("users/{user}/files/"), format!("users/{author}/files/")],
        };
        let found = paths.iter().map(|path| path.trim_start_matches('/')).find_map(|path| {
            let below = folders.iter().map(|folder| self.archive.find(&format!("{folder}{path}")));
            // A path without a folder could be any entry at the top.
            let whole = path.contains('/').then(|| self.archive.find(path));
            whole.into_iter().chain(below).flatten().next()
        });
        let is_file = |id: &EntryId| layout::place(self.archive.name(*id)) == Place::Elsewhere;
        found.filter(is_file).map(|id| self.archive.name(id).to_owned())
    }

    fn unread_items(&self) -> Items<'_> {
        let refused = self.unread.items(&self.archive, layout::place);
        let cut = self.archive.cut().map(|(file, reason)| {
            failed_entry(
                file,
                file.to_owned(),
                format!("{reason}; what stands before is read, what is missing behind is not known"),
            )
        });
        Box::new(refused.chain(cut))
    }
}

impl Source for HipchatSource {
    fn part_count(&self) -> usize {
        self.first_file() + self.files.len()
    }

    fn part(&self, index: usize) -> Option<Part<'_>> {
        if index < self.first_file() {
            return Some(Unread::part());
        }
        let (kind, id) = self.file(index)?;
        let (entry, bytes) = (self.archive.name(id), self.archive.size(id));
        let (data_type, room, direct) = match (kind, layout::place(entry)) {
            (Kind::Users, _) => (DataType::User, None, false),
            (Kind::Rooms, _) => (DataType::Channel, None, false),
            (_, Place::File(File::RoomHistory(room))) => (DataType::Message, Some(room.into()), false),
            _ => (DataType::Message, None, true),
        };
        Some(Part { data_type, entry, room, direct, bytes })
    }

    fn read(&self, index: usize) -> Items<'_> {
        if index < self.first_file() {
            return self.unread_items();
        }
        let Some((kind, id)) = self.file(index) else { return Box::new(std::iter::empty()) };
        let (entry, contents) = (self.archive.name(id), self.archive.read(id));
        match (kind, layout::place(entry)) {
            (Kind::Users, _) => items(entry, contents, &self.limits, Users::default()),
            (Kind::Rooms, _) => items(entry, contents, &self.limits, Rooms::default()),
            (_, Place::File(File::RoomHistory(room))) => history::items(self, entry, contents, Owner::Room(room)),
            (_, Place::File(File::PrivateHistory(user))) => history::items(self, entry, contents, Owner::User(user)),
            _ => Box::new(std::iter::empty()),
        }
    }

    fn open_file(&self, entry: &str) -> io::Result<EntryReader<'_>> {
        self.archive.read_named(entry)
    }
}
