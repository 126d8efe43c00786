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

use import_proto::{DataType, ImportChannel, NamesEncoding, Notice, NoticeKind, Record, RoomType};
use serde::Deserialize;

use self::channels::Channels;
use self::days::Days;
use self::layout::{File, List};
use self::rooms::{RoomIndex, RoomNumber, file_conversation, folded};
pub(crate) use self::text::unescaped;
use self::timestamps::SlackTime;
use self::users::{BotNames, Seen, Users};
use crate::archive::{Archive, EntryId, EntryReader, composed};
use crate::json::{ElementReader, Text, each_element, items, object};
use crate::rows::as_utf8;
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
    /// Files in the folders of rooms that hold messages and are not named like the file of a day.
    odd_days: OddDays,
    /// Whether there are files that are not read and may hold words.
    has_unread_files: bool,
    /// Whether there are folders of rooms that no list has.
    has_unlisted_rooms: bool,
    /// Users of all lists, read when something names one.
    listed_users: OnceLock<Seen>,
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
        names_encoding: Option<NamesEncoding>,
    ) -> Result<Self, SourceError> {
        let mut archive =
            Archive::open_decoded(path, file_name, &limits, names_encoding, |archive| known_folders(archive, &limits))?;
        if archive.is_plain() {
            return Err(SourceError::UnknownKind { file: file_name.to_owned(), expected: EXPECTED_ALONE });
        }
        take_off_top_folder(&mut archive);
        let mut lists = Vec::new();
        let mut odd_days = OddDays::default();
        let unread = Unread::find(&archive, layout::place, |file, id| match file {
            File::List(team, list) => lists.push((team, list, id)),
            File::MaybeDay(..) if holds_messages(&archive, id, &limits) => {
                odd_days.0.insert(id.number());
            }
            File::Day(..) | File::MaybeDay(..) => {}
        });
        // Those of the organization before those of its teams: who left a team need not have left it.
        lists.sort_by_key(|(team, list, _)| (*list, team.is_some()));
        let rooms = RoomIndex::read(&archive, &lists, &limits);
        let lists = lists.into_iter().map(|(_, list, id)| (list, id)).collect::<Vec<_>>();
        let folders = folders(&archive, &rooms, &odd_days);
        if lists.is_empty() && folders.is_empty() && unread.is_empty() {
            return Err(SourceError::NothingToRead { file: file_name.to_owned(), expected: EXPECTED });
        }
        let has_unlisted_rooms = folders.iter().any(|folder| folder.room.is_none());
        let mut source = Self {
            archive,
            limits,
            unread,
            lists,
            rooms,
            folders,
            odd_days,
            has_unread_files: false,
            has_unlisted_rooms,
            listed_users: OnceLock::new(),
            bot_names: OnceLock::new(),
        };
        let has_unread_files = source.unread_files().next().is_some();
        source.has_unread_files = has_unread_files;
        Ok(source)
    }

    /// Files that are not read and may hold words: in the folders of rooms, and unknown lists.
    fn unread_files(&self) -> impl Iterator<Item = &str> {
        let first = |folder: &Folder| match layout::place(self.archive.name(self.archive.nth(folder.places.start)?)) {
            Place::File(File::Day(team, name) | File::MaybeDay(team, name)) => Some((team, name)),
            _ => None,
        };
        let rooms: HashSet<_> = self.folders.iter().filter_map(first).collect();
        let by_name = self.rooms.folders();
        self.archive.entries().filter(|&id| self.archive.refusal(id).is_none()).filter_map(move |id| {
            let name = self.archive.name(id);
            let (team, folder) = layout::unread(name)?;
            let of_room = folder.is_empty() || rooms.contains(&(team, folder)) || by_name.room(team, folder).is_some();
            (of_room && !self.odd_days.has(id) && self.archive.size(id) > 2).then_some(name)
        })
    }

    /// Rooms that no list has, each once.
    fn unlisted_rooms(&self) -> impl Iterator<Item = ImportChannel> {
        let mut seen = HashSet::new();
        self.folders.iter().filter(|folder| folder.room.is_none()).filter_map(move |folder| {
            let id = self.rid(folder);
            let title = file_conversation(id).map(|(_, title)| title).filter(|title| !title.is_empty());
            seen.insert(id).then(|| ImportChannel {
                id: None,
                import_ids: vec![id.to_owned()],
                name: Some(composed(title.unwrap_or(id)).into_owned()),
                creator: None,
                users: Vec::new(),
                room_type: RoomType::Private,
                topic: None,
                description: None,
                ts: None,
                archived: true,
                unlisted: true,
            })
        })
    }

    /// A day file: its name and its contents. `None` for other entries, and those that are refused.
    fn day(&self, place: usize) -> Option<(&str, io::Result<EntryReader<'_>>)> {
        let id = self.archive.nth(place).filter(|&id| self.odd_days.is_day_to_read(&self.archive, id))?;
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
        let listed = self.listed_users();
        !listed.is_empty() && !listed.contains(id) && users::person(id) != users::ROCKET_CAT
    }

    /// Whether the export lists a user with this id, or a room with this id and a name.
    fn knows(&self, id: &str) -> bool {
        id == users::ROCKET_CAT || self.rooms.has_name(id) || self.listed_users().contains(id)
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

    /// The users of the lists.
    fn listed_users(&self) -> &Seen {
        self.listed_users.get_or_init(|| self.users_before(self.lists.len()))
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
        usize::from(!self.unread.is_empty() || self.has_unread_files)
    }

    /// The part of the rooms that no list has, if there are any.
    fn unlisted_part(&self) -> usize {
        self.first_list() + self.lists.len()
    }

    fn first_folder(&self) -> usize {
        self.unlisted_part() + usize::from(self.has_unlisted_rooms)
    }

    /// The folder's name in the archive, below the top folder.
    fn folder_name(&self, folder: &Folder) -> &str {
        let first = self.archive.nth(folder.places.start).map(|id| self.archive.name(id));
        first.and_then(|name| name.rsplit_once('/')).map_or("", |(folder, _)| folder)
    }

    /// The import id of the room that a folder's messages belong to. One that no list has is called like the folder.
    fn rid(&self, folder: &Folder) -> &str {
        let listed = folder.room.and_then(|number| self.rooms.room(number)).map(|room| &*room.id);
        let name = self.folder_name(folder);
        listed.unwrap_or_else(|| name.rsplit('/').next().unwrap_or(name))
    }
}

/// All of an export may lie in one folder, or in the folders of its teams.
fn take_off_top_folder(archive: &mut Archive) {
    if archive.entries().any(|id| !archive.name(id).starts_with(layout::TEAMS)) {
        archive.take_off_top_folder(&layout::TOP_LEVEL);
    }
}

/// Whether a folder has the name of a room of the lists, whose own names are plain.
fn known_folders(archive: &mut Archive, limits: &Limits) -> impl Fn(&str) -> bool + use<> {
    take_off_top_folder(archive);
    let mut lists = Vec::new();
    Unread::find(archive, layout::place, |file, id| {
        if let File::List(team, list) = file {
            lists.push((team, list, id));
        }
    });
    let names = RoomIndex::read(archive, &lists, limits).folded_names();
    move |folder| names.contains(&folded(folder))
}

/// Entries that hold messages and are not named like the file of a day, by their numbers.
#[derive(Default)]
struct OddDays(HashSet<u32>);

impl OddDays {
    fn has(&self, id: EntryId) -> bool {
        self.0.contains(&id.number())
    }

    fn is_day_to_read(&self, archive: &Archive, id: EntryId) -> bool {
        archive.refusal(id).is_none()
            && match layout::place(archive.name(id)) {
                Place::File(File::Day(..)) => true,
                Place::File(File::MaybeDay(..)) => self.has(id),
                _ => false,
            }
    }
}

/// Whether the first element of a file is a message. No more than that is read.
fn holds_messages(archive: &Archive, id: EntryId, limits: &Limits) -> bool {
    #[derive(Default, Deserialize)]
    #[serde(default)]
    struct Sign<'a> {
        #[serde(borrow, rename = "type")]
        sort: Text<'a>,
        #[serde(borrow)]
        ts: Text<'a>,
    }
    let Ok(contents) = archive.read(id).and_then(as_utf8) else { return false };
    let mut elements = ElementReader::new(contents, limits.row_bytes, limits.json_depth);
    let Some(Ok(element)) = elements.next_element() else { return false };
    let mut mended = String::new();
    object::<Sign<'_>>(element.text, &mut mended).is_ok_and(|sign| {
        SlackTime::parse(&sign.ts.0).is_some() && sign.sort.get().is_none_or(|sort| sort == "message")
    })
}

/// The folders with messages in them: those of rooms, then those of direct rooms.
fn folders(archive: &Archive, rooms: &RoomIndex, odd_days: &OddDays) -> Vec<Folder> {
    let by_name = rooms.folders();
    let mut folders: Vec<Folder> = Vec::new();
    let mut last = None;
    for (place, id) in archive.entries().enumerate().filter(|(_, id)| odd_days.is_day_to_read(archive, *id)) {
        let Place::File(File::Day(team, name) | File::MaybeDay(team, name)) = layout::place(archive.name(id)) else {
            continue;
        };
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
        if self.has_unlisted_rooms && index == self.unlisted_part() {
            return Some(Part { data_type: DataType::Channel, entry: "", room: None, direct: false, bytes: 0 });
        }
        let folder = self.folder(index)?;
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
            let refused = self.unread.items(&self.archive, layout::place);
            return Box::new(refused.chain(self.unread_files().map(notice)));
        }
        if let Some((number, list, id)) = self.list(index) {
            let (entry, contents) = (self.archive.name(id), self.archive.read(id));
            return if list.is_of_users() {
                items(entry, contents, &self.limits, Users::new(self.users_before(number)))
            } else {
                items(entry, contents, &self.limits, Channels::new(&self.rooms, list, number, self.listed_users()))
            };
        }
        if self.has_unlisted_rooms && index == self.unlisted_part() {
            return Box::new(self.unlisted_rooms().map(|room| Item::Record(Record::Channel(room))));
        }
        match self.folder(index) {
            Some(folder) => Box::new(Windows::new(Days::new(self, self.rid(folder), folder.places.clone()))),
            None => Box::new(std::iter::empty()),
        }
    }

    fn open_file(&self, entry: &str) -> io::Result<EntryReader<'_>> {
        self.archive.read_named(entry)
    }
}
