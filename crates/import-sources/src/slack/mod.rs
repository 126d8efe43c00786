//! The importer `slack`: the zip of a workspace export, or the folder that it was unpacked to.

mod attachments;
mod blocks;
mod channels;
mod days;
mod files;
mod layout;
mod message;
mod messages;
mod rich_text;
mod rooms;
mod strangers;
mod subtypes;
mod text;
mod timestamps;
mod users;
mod versions;
mod words;

use std::collections::HashSet;
use std::io;
use std::ops::Range;
use std::path::Path;
use std::sync::OnceLock;

use import_proto::{DataType, NamesEncoding, Notice, NoticeKind, Record, RoomType};

use self::channels::Channels;
use self::channels::SlackChannel;
use self::days::Days;
use self::layout::{File, List};
use self::rooms::{RoomIndex, RoomList, RoomNumber};
use self::strangers::{Profile, Strangers};
pub(crate) use self::text::unescaped;
use self::users::{BotNames, Seen, Users};
use crate::archive::{Archive, EntryId, EntryReader};
use crate::json::{each_element, items, object};
use crate::unread::{Place, Unread};
use crate::windows::Windows;
use crate::{Item, Items, Limits, Part, Source, SourceError};

const EXPECTED: &str = "users.json, channels.json, groups.json, mpims.json, dms.json \
                        or messages in <channel>/<YYYY-MM-DD>.json";
const EXPECTED_ALONE: &str = "the zip of a Slack export, or the folder that it was unpacked to";

/// What the `_id` of a file's message ends in, in the order in which one is to be looked for.
///
/// A Slack message that consists of files only has no message of its own: it is the message of its first file. So a `tmid`
/// without its message means the message with that id and one of these endings.
pub const FILE_MESSAGE_ENDINGS: [&str; 2] = ["-file1", "-fileshare"];

/// A workspace export.
pub(crate) struct SlackSource {
    archive: Archive,
    limits: Limits,
    unread: Unread,
    lists: Vec<(List, EntryId)>,
    rooms: RoomIndex,
    folders: Vec<Folder>,
    /// Everybody whom a list has.
    listed: Seen,
    /// People whom rooms name and no list has.
    strangers: Vec<String>,
    /// Read when the first message needs them.
    bot_names: OnceLock<BotNames>,
}

/// A folder of messages.
struct Folder {
    /// Its entries, by their places in the order of names.
    places: Range<usize>,
    /// `None` where no list has the room.
    room: Option<RoomNumber>,
    direct: bool,
    bytes: u64,
}

impl SlackSource {
    pub(crate) fn open(
        path: &Path,
        file_name: &str,
        limits: Limits,
        names: Option<NamesEncoding>,
    ) -> Result<Self, SourceError> {
        let room_names = |archive: &mut Archive| {
            take_off_top_folder(archive);
            let (_, lists) = find_lists(archive);
            RoomIndex::read(archive, &lists, &limits).names().map(str::to_owned).collect::<HashSet<_>>()
        };
        let mut archive = Archive::open_export(path, file_name, &limits, names, room_names)?;
        if archive.is_plain() {
            return Err(SourceError::UnknownKind { file: file_name.to_owned(), expected: EXPECTED_ALONE });
        }
        take_off_top_folder(&mut archive);
        let (unread, lists) = find_lists(&archive);
        let rooms = RoomIndex::read(&archive, &lists, &limits);
        let lists = lists.into_iter().map(|(_, list, id)| (list, id)).collect::<Vec<_>>();
        let listed = listed_users(&archive, &lists, &limits);
        let strangers = strangers_in_rooms(&archive, &lists, &limits, &listed);
        let folders = folders(&archive, &rooms);
        if lists.is_empty() && folders.is_empty() && !unread.has_failed() {
            return Err(SourceError::NothingToRead { file: file_name.to_owned(), expected: EXPECTED });
        }
        Ok(Self { archive, limits, unread, lists, rooms, folders, listed, strangers, bot_names: OnceLock::new() })
    }

    /// A day file: its name and its contents. `None` for other entries, and those that are refused.
    fn day(&self, place: usize) -> Option<(&str, io::Result<EntryReader<'_>>)> {
        let id = self.archive.nth(place).filter(|&id| is_day_to_read(&self.archive, id))?;
        Some((self.archive.name(id), self.archive.read(id)))
    }

    /// The entry that holds the file with this id, where another tool added it: below the room's `folder` or beside all
    /// rooms. The one of its name is taken, else the first.
    fn upload(&self, folder: &str, file: &str, name: Option<&str>) -> Option<String> {
        let beginnings = [
            format!("{}/{file}/", layout::UPLOADS),
            format!("{folder}/{}/{file}-", layout::ATTACHMENTS),
            format!("{}/{file}-", layout::ATTACHMENTS),
        ];
        let named = beginnings.iter().find_map(|beginning| self.archive.find(&format!("{beginning}{}", name?)));
        let id = named.or_else(|| beginnings.iter().find_map(|beginning| self.archive.first_below(beginning)))?;
        Some(self.archive.name(id).to_owned())
    }

    /// Whether the export lists users, and not this one.
    fn lacks_user(&self, id: &str) -> bool {
        !self.listed.is_empty() && !self.listed.contains(id) && users::person(id) != users::ROCKET_CAT
    }

    /// Whether the export lists a user with this id, or a room with this id and a name.
    fn knows(&self, id: &str) -> bool {
        id == users::ROCKET_CAT || self.rooms.has_name(id) || self.listed.contains(id)
    }

    /// What programs are called.
    fn bot_names(&self) -> &BotNames {
        self.bot_names.get_or_init(|| {
            let mut names = BotNames::default();
            for (_, id) in self.lists.iter().filter(|(list, _)| list.is_of_users()) {
                each_element(self.archive.read(*id), &self.limits, |element| names.note(element));
            }
            names
        })
    }

    /// Users who stand in the lists before this one.
    fn users_before(&self, number: usize) -> Seen {
        let mut seen = Seen::default();
        for (_, id) in self.lists.iter().take(number).filter(|(list, _)| list.is_of_users()) {
            each_element(self.archive.read(*id), &self.limits, |element| seen.note(element));
        }
        seen
    }

    fn folder(&self, index: usize) -> Option<&Folder> {
        self.folders.get(index.checked_sub(self.first_folder())?)
    }

    fn list(&self, index: usize) -> Option<(usize, List, EntryId)> {
        let number = index.checked_sub(self.first_list())?;
        self.lists.get(number).map(|(list, id)| (number, *list, *id))
    }

    fn first_list(&self) -> usize {
        usize::from(!self.unread.is_empty())
    }

    fn first_folder(&self) -> usize {
        self.first_list() + self.lists.len() + usize::from(self.has_unlisted())
    }

    /// Whether there is a part of people and rooms that no list has.
    fn has_unlisted(&self) -> bool {
        !self.strangers.is_empty() || self.folders.iter().any(|folder| folder.room.is_none())
    }

    /// The records of people whom rooms name, and of rooms that have a folder, where no list has them.
    fn unlisted(&self) -> impl Iterator<Item = Item> + Send + '_ {
        let mut people = Strangers::new(&self.listed);
        let users = self.strangers.iter().filter_map(move |id| people.meet(id, Profile::default())).map(Record::User);
        let mut seen = HashSet::new();
        let folders = self.folders.iter().filter(|folder| folder.room.is_none()).map(|folder| self.rid(folder));
        let rooms = folders.filter(move |name| seen.insert(*name)).map(strangers::unlisted_room).map(Record::Channel);
        users.chain(rooms).map(Item::Record)
    }

    /// The folder's name in the archive, below the top folder.
    fn folder_name(&self, folder: &Folder) -> &str {
        let first = self.archive.nth(folder.places.start).map(|id| self.archive.name(id));
        first.and_then(|name| name.rsplit_once('/')).map_or("", |(folder, _)| folder)
    }

    /// The import id of the room that a folder's messages belong to. Of a room that no list has it is the folder's name.
    fn rid(&self, folder: &Folder) -> &str {
        let listed = folder.room.and_then(|number| self.rooms.room(number)).map(|room| &*room.id);
        let name = self.folder_name(folder);
        listed.unwrap_or_else(|| name.rsplit('/').next().unwrap_or(name))
    }
}

/// Takes the folder off that the whole export lies in, if it lies in one.
fn take_off_top_folder(archive: &mut Archive) {
    // All of an export may lie in the folders of its teams.
    if archive.entries().any(|id| !archive.name(id).starts_with(layout::TEAMS)) {
        archive.take_off_top_folder(&layout::TOP_LEVEL);
    }
}

/// The lists of an export in the order in which they are read, and the entries that are not read.
fn find_lists(archive: &Archive) -> (Unread, Vec<RoomList<'_>>) {
    let mut lists = Vec::new();
    let unread = Unread::find(archive, layout::place, |file, id| {
        if let File::List(team, list) = file {
            lists.push((team, list, id));
        }
    });
    // Those of the organization before those of its teams: who left a team need not have left it.
    lists.sort_by_key(|(team, list, _)| (*list, team.is_some()));
    (unread.with_files(archive, layout::place, layout::is_unread), lists)
}

/// The folders with messages in them: those of rooms, then those of direct rooms.
fn folders(archive: &Archive, rooms: &RoomIndex) -> Vec<Folder> {
    let by_name = rooms.folders();
    let mut folders: Vec<Folder> = Vec::new();
    let mut last = None;
    for (place, id) in archive.entries().enumerate().filter(|(_, id)| is_day_to_read(archive, *id)) {
        let Place::File(File::Day(team, name)) = layout::place(archive.name(id)) else { continue };
        match folders.last_mut().filter(|_| last == Some((team, name))) {
            Some(folder) => {
                folder.places.end = place + 1;
                folder.bytes = folder.bytes.saturating_add(archive.size(id));
            }
            None => {
                last = Some((team, name));
                let room = by_name.room(team, name);
                let listed = room.and_then(|number| rooms.room(number));
                let direct = listed.is_some_and(|room| room.room_type == RoomType::Direct);
                folders.push(Folder { places: place..place + 1, room, direct, bytes: archive.size(id) });
            }
        }
    }
    folders.sort_by_key(|folder| folder.direct);
    folders
}

fn is_day_to_read(archive: &Archive, id: EntryId) -> bool {
    archive.refusal(id).is_none() && matches!(layout::place(archive.name(id)), Place::File(File::Day(..)))
}

/// Everybody whom a list has.
fn listed_users(archive: &Archive, lists: &[(List, EntryId)], limits: &Limits) -> Seen {
    let mut seen = Seen::default();
    for (_, id) in lists.iter().filter(|(list, _)| list.is_of_users()) {
        each_element(archive.read(*id), limits, |element| seen.note(element));
    }
    seen
}

/// People whom rooms name as creators and members and whom no list of users has, each once.
fn strangers_in_rooms(archive: &Archive, lists: &[(List, EntryId)], limits: &Limits, listed: &Seen) -> Vec<String> {
    let mut strangers = Strangers::new(listed);
    let mut found = Vec::new();
    for (_, id) in lists.iter().filter(|(list, _)| !list.is_of_users()) {
        each_element(archive.read(*id), limits, |element| {
            if let Ok(channel) = object::<SlackChannel<'_>>(element, &mut String::new()) {
                let met = channel.people().filter_map(|person| strangers.meet(person, Profile::default()));
                found.extend(met.flat_map(|user| user.import_ids));
            }
        });
    }
    found
}

impl Source for SlackSource {
    fn part_count(&self) -> usize {
        self.first_folder() + self.folders.len()
    }

    fn part(&self, index: usize) -> Option<Part<'_>> {
        if index < self.first_list() {
            return Some(Unread::part());
        }
        if let Some((_, list, id)) = self.list(index) {
            let data_type = if list.is_of_users() { DataType::User } else { DataType::Channel };
            let (entry, bytes) = (self.archive.name(id), self.archive.size(id));
            return Some(Part { data_type, entry, room: None, direct: false, bytes });
        }
        let Some(folder) = self.folder(index) else {
            let is_unlisted = self.has_unlisted() && index + 1 == self.first_folder();
            let entry = "";
            return is_unlisted.then_some(Part {
                data_type: DataType::Channel,
                entry,
                room: None,
                direct: false,
                bytes: 0,
            });
        };
        Some(Part {
            data_type: DataType::Message,
            entry: self.folder_name(folder),
            room: (!folder.direct).then(|| self.rid(folder).into()),
            direct: folder.direct,
            bytes: folder.bytes,
        })
    }

    fn read(&self, index: usize) -> Items<'_> {
        if index < self.first_list() {
            let notice = |name: &str| Item::Notice(Notice::named(NoticeKind::UnreadFiles, name));
            let files = self.unread.files().map(move |id| notice(self.archive.name(id)));
            return Box::new(self.unread.items(&self.archive, layout::place).chain(files));
        }
        if let Some((number, list, id)) = self.list(index) {
            let (entry, contents) = (self.archive.name(id), self.archive.read(id));
            return if list.is_of_users() {
                items(entry, contents, &self.limits, Users::new(self.users_before(number)))
            } else {
                items(entry, contents, &self.limits, Channels::new(&self.rooms, list, number))
            };
        }
        match self.folder(index) {
            Some(folder) => Box::new(Windows::new(Days::new(self, self.rid(folder), folder.places.clone()))),
            None if self.has_unlisted() && index + 1 == self.first_folder() => Box::new(self.unlisted()),
            None => Box::new(std::iter::empty()),
        }
    }

    fn open_file(&self, entry: &str) -> io::Result<EntryReader<'_>> {
        self.archive.read_named(entry)
    }
}
