//! The rooms that the lists of an export name: which folder is whose, and what each is called in the workspace.

use std::collections::{HashMap, HashSet};

use import_proto::{IsoTime, RoomType};
use serde::Deserialize;

use super::channels::SlackChannel;
use super::layout::{self, List};
use super::timestamps::{SlackTime, of_seconds};
use crate::Limits;
use crate::archive::{Archive, EntryId, composed};
use crate::json::{Object, Text, each_element, object};

/// Every room of the export once, in the order of the lists.
#[derive(Default)]
pub(super) struct RoomIndex {
    rooms: Vec<Room>,
    by_id: HashMap<Box<str>, RoomNumber>,
    /// What the lists of further teams call a room that teams share.
    further_names: Vec<(Option<Box<str>>, Box<str>, RoomNumber)>,
    /// Names that several rooms have.
    clashing: HashSet<Box<str>>,
    /// The room that is the workspace's own general room.
    general: Option<RoomNumber>,
    /// How many pins were read.
    pins: usize,
}

/// Pins that are read of all rooms at most.
const MOST_PINS: usize = 1_000_000;

/// A pinned message of a room.
pub(super) struct Pin {
    /// Its time, in microseconds since 1970.
    pub(super) message: i64,
    pub(super) at: Option<IsoTime>,
    pub(super) by: Option<Box<str>>,
}

/// A room's number among all.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
pub(super) struct RoomNumber(u32);

pub(super) struct Room {
    pub(super) id: Box<str>,
    pub(super) room_type: RoomType,
    /// What it is called, in the workspace too. Empty where it has no name.
    name: Box<str>,
    /// What its folder is called, where that is not the name.
    folder: Option<Box<str>>,
    team: Option<Box<str>>,
    /// The number of the list that it stands in first.
    list: usize,
    general: bool,
    pins: Vec<Pin>,
}

/// Rooms by what their folders are called.
pub(super) struct Folders<'a> {
    index: &'a RoomIndex,
    by_name: HashMap<(Option<&'a str>, &'a str), RoomNumber>,
}

/// A list of rooms: its team, its sort and its entry.
pub(super) type RoomList<'a> = (Option<&'a str>, List, EntryId);

impl RoomIndex {
    /// Reads the lists. What is unreadable in them is passed over.
    pub(super) fn read(archive: &Archive, lists: &[RoomList<'_>], limits: &Limits) -> Self {
        let mut index = Self::default();
        let titles = canvas_titles(archive, lists, limits);
        for (number, (team, list, entry)) in lists.iter().enumerate().filter(|(_, (_, list, _))| !list.is_of_users()) {
            each_element(archive.read(*entry), limits, |element| {
                if let Ok(channel) = object::<SlackChannel<'_>>(element, &mut String::new()) {
                    index.add(&channel, *team, *list, number, &titles);
                }
            });
        }
        index.look_over();
        index
    }

    fn add(
        &mut self,
        channel: &SlackChannel<'_>,
        team: Option<&str>,
        list: List,
        number: usize,
        titles: &HashMap<String, String>,
    ) {
        let (Some(id), Ok(nth)) = (channel.id.get(), u32::try_from(self.rooms.len())) else { return };
        let name = composed(channel.name.get().unwrap_or_default());
        let room_type = channel.room_type(list);
        let team: Option<Box<str>> = team.map(Into::into);
        if let Some(&known) = self.by_id.get(id) {
            if let Some(room) = self.rooms.get_mut(known.0 as usize) {
                if room.room_type == RoomType::Channel && room_type != RoomType::Channel {
                    room.room_type = RoomType::Private;
                }
                if room.team != team || *room.name != *name {
                    self.further_names.push((team, name.into(), known));
                }
            }
            return;
        }
        let (name, folder) = match list {
            List::FileConversations => {
                let title = canvas_title(&name, titles).unwrap_or_default();
                // Unpacked on Windows, a folder has no colon in its name.
                self.further_names.push((team.clone(), name.replace(':', "_").into(), RoomNumber(nth)));
                (title.into(), Some(name.into()))
            }
            _ => (name.into(), None),
        };
        self.by_id.insert(id.into(), RoomNumber(nth));
        let pins = channel.pins.0.iter().filter_map(|Object(pin)| {
            let by = pin.user.get().map(Into::into);
            Some(Pin { message: SlackTime::parse(&pin.id.0)?.micros(), at: of_seconds(pin.created.0), by })
        });
        let mut pins: Vec<_> = pins.take(MOST_PINS.saturating_sub(self.pins)).collect();
        pins.sort_by_key(|pin| pin.message);
        self.pins += pins.len();
        self.rooms.push(Room {
            id: id.into(),
            room_type,
            name,
            folder,
            team,
            list: number,
            general: list == List::Channels && channel.is_general.is_set(),
            pins,
        });
    }

    /// Finds out what only all rooms together tell.
    fn look_over(&mut self) {
        let mut names = HashSet::new();
        for room in self.rooms.iter().filter(|room| room.room_type != RoomType::Direct) {
            if !names.insert(&*room.name) {
                self.clashing.insert(room.name.clone());
            }
        }
        // A room that another list calls private must not become the public general room.
        let is_general = |room: &Room| room.general && room.room_type == RoomType::Channel;
        // Every team has a general room. Where there are several, it is the organization's own, or none.
        let general = |whose: fn(&Room) -> bool| {
            let mut found =
                (0..).zip(&self.rooms).filter(|(_, room)| is_general(room) && whose(room)).map(|(nth, _)| nth);
            let first = found.next();
            if found.next().is_none() { first.map(RoomNumber) } else { None }
        };
        self.general = general(|_| true).or_else(|| general(|room| room.team.is_none()));
    }

    pub(super) fn room(&self, number: RoomNumber) -> Option<&Room> {
        self.rooms.get(number.0 as usize)
    }

    /// What the lists call the rooms, composed.
    pub(super) fn names(&self) -> impl Iterator<Item = &str> {
        let further = self.further_names.iter().map(|(_, name, _)| &**name);
        self.rooms.iter().map(|room| &*room.name).chain(further).filter(|name| !name.is_empty())
    }

    /// The pinned messages of a room, in the order of time.
    pub(super) fn pins(&self, id: &str) -> &[Pin] {
        self.by_id(id).and_then(|number| self.room(number)).map_or(&[], |room| &room.pins)
    }

    pub(super) fn by_id(&self, id: &str) -> Option<RoomNumber> {
        self.by_id.get(id).copied()
    }

    fn is_public(&self, number: RoomNumber) -> bool {
        self.room(number).is_some_and(|room| room.room_type == RoomType::Channel)
    }

    /// Whether the room stands in this list first.
    pub(super) fn is_of_list(&self, number: RoomNumber, list: usize) -> bool {
        self.room(number).is_some_and(|room| room.list == list)
    }

    pub(super) fn is_general(&self, number: RoomNumber) -> bool {
        self.general == Some(number)
    }

    /// Whether this is the id of a room that is not direct, so that a mention of it becomes one.
    pub(super) fn has_name(&self, id: &str) -> bool {
        self.by_id(id).and_then(|number| self.room(number)).is_some_and(|room| room.room_type != RoomType::Direct)
    }

    /// What a room that is not direct is called; without a name it is called by its id. Of rooms with one name, those of a team have the team's before it.
    pub(super) fn name(&self, number: RoomNumber) -> Option<String> {
        let room = self.room(number)?;
        if room.name.is_empty() {
            return Some(room.id.to_string());
        }
        let team = room.team.as_ref().filter(|_| self.clashing.contains(&room.name));
        Some(team.map_or_else(|| room.name.to_string(), |team| format!("{team}-{}", room.name)))
    }

    pub(super) fn folders(&self) -> Folders<'_> {
        let mut by_name: HashMap<_, RoomNumber> = HashMap::new();
        let rooms = (0..).zip(&self.rooms);
        let rooms = rooms.map(|(nth, room)| (&room.team, room.folder.as_ref().unwrap_or(&room.name), RoomNumber(nth)));
        let further = self.further_names.iter().map(|(team, name, number)| (team, name, *number));
        for (team, name, number) in rooms.chain(further).filter(|(_, name, _)| !name.is_empty()) {
            let known = by_name.entry((team.as_deref(), &**name)).or_insert(number);
            // Of a public and a private room of one name, both may have written into the folder.
            if self.is_public(*known) && !self.is_public(number) {
                *known = number;
            }
        }
        Folders { index: self, by_name }
    }
}

/// The titles of canvases by their ids, where the export has comments on canvases.
fn canvas_titles(archive: &Archive, lists: &[RoomList<'_>], limits: &Limits) -> HashMap<String, String> {
    #[derive(Default, Deserialize)]
    #[serde(default)]
    struct Canvas<'a> {
        #[serde(borrow)]
        id: Text<'a>,
        #[serde(borrow)]
        title: Text<'a>,
    }
    let mut titles = HashMap::new();
    let has_comments = lists.iter().any(|(_, list, _)| *list == List::FileConversations);
    if let Some(entry) = archive.find(layout::CANVASES).filter(|_| has_comments) {
        each_element(archive.read(entry), limits, |element| {
            if let Ok(canvas) = object::<Canvas<'_>>(element, &mut String::new())
                && let (Some(id), Some(title)) = (canvas.id.get(), canvas.title.get())
            {
                titles.insert(id.to_owned(), title.to_owned());
            }
        });
    }
    titles
}

/// What the room of comments on a canvas is called: its name is `FC:<file>:<title>`.
fn canvas_title(name: &str, titles: &HashMap<String, String>) -> Option<String> {
    let Some((file, title)) = name.strip_prefix("FC:").and_then(|rest| rest.split_once(':')) else {
        return Some(name.to_owned());
    };
    let title = Some(title.trim()).filter(|title| !title.is_empty());
    title.map(str::to_owned).or_else(|| titles.get(file).cloned())
}

impl Folders<'_> {
    /// The room whose messages lie in a folder: it has that name, in the team or in the organization, else that id.
    pub(super) fn room(&self, team: Option<&str>, folder: &str) -> Option<RoomNumber> {
        let folder = composed(folder);
        let named = |team| self.by_name.get(&(team, &*folder)).copied();
        let found = named(team).or_else(|| self.index.by_id(&folder)).or_else(|| named(None));
        found.or_else(|| self.in_another_case(team, &folder)).or_else(|| self.with_lost_characters(team, &folder))
    }

    /// The only room of this name where each `?` of the folder stands for one character. Zip tools write it for a character
    /// that their encoding does not have.
    fn with_lost_characters(&self, team: Option<&str>, folder: &str) -> Option<RoomNumber> {
        if !folder.contains('?') {
            return None;
        }
        let same = |name: &str| {
            name.chars().count() == folder.chars().count()
                && name.chars().zip(folder.chars()).all(|(of_name, of_folder)| of_folder == '?' || of_name == of_folder)
        };
        let mut found = self.by_name.iter().filter(|((of, name), _)| *of == team && same(name));
        found.next().filter(|_| found.next().is_none()).map(|(_, number)| *number)
    }

    /// The only room of this name in another case: Slack's own names are in lower case, folders may have been renamed.
    fn in_another_case(&self, team: Option<&str>, folder: &str) -> Option<RoomNumber> {
        let lower = folder.to_lowercase();
        let mut found = self.by_name.iter().filter(|((of, name), _)| *of == team && name.to_lowercase() == lower);
        found.next().filter(|_| found.next().is_none()).map(|(_, number)| *number)
    }
}
