//! The rooms that the lists of an export name: which folder is whose, and what each is called in the workspace.

use std::collections::{HashMap, HashSet};

use import_proto::{IsoTime, RoomType};

use super::channels::SlackChannel;
use super::layout::List;
use super::timestamps::{SlackTime, of_seconds};
use crate::Limits;
use crate::archive::{Archive, EntryId, composed};
use crate::json::{Object, each_element, object};

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
    /// Empty where it has none.
    name: Box<str>,
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
        for (number, (team, list, entry)) in lists.iter().enumerate().filter(|(_, (_, list, _))| !list.is_of_users()) {
            each_element(archive.read(*entry), limits, |element| {
                if let Ok(channel) = object::<SlackChannel<'_>>(element, &mut String::new()) {
                    index.add(&channel, *team, *list, number);
                }
            });
        }
        index.look_over();
        index
    }

    fn add(&mut self, channel: &SlackChannel<'_>, team: Option<&str>, list: List, number: usize) {
        let (Some(id), Ok(nth)) = (channel.id.get(), u32::try_from(self.rooms.len())) else { return };
        let name = composed(channel.name.get().unwrap_or_default());
        let team: Option<Box<str>> = team.map(Into::into);
        if let Some(&known) = self.by_id.get(id) {
            if self.room(known).is_some_and(|room| room.team != team) {
                self.further_names.push((team, name.into(), known));
            }
            return;
        }
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
            room_type: channel.room_type(list),
            name: name.into(),
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
        // Every team has a general room. Where there are several, it is the organization's own, or none.
        let general = |whose: fn(&Room) -> bool| {
            let mut found = (0..).zip(&self.rooms).filter(|(_, room)| room.general && whose(room)).map(|(nth, _)| nth);
            let first = found.next();
            if found.next().is_none() { first.map(RoomNumber) } else { None }
        };
        self.general = general(|_| true).or_else(|| general(|room| room.team.is_none()));
    }

    pub(super) fn room(&self, number: RoomNumber) -> Option<&Room> {
        self.rooms.get(number.0 as usize)
    }

    /// The pinned messages of a room, in the order of time.
    pub(super) fn pins(&self, id: &str) -> &[Pin] {
        self.by_id(id).and_then(|number| self.room(number)).map_or(&[], |room| &room.pins)
    }

    pub(super) fn by_id(&self, id: &str) -> Option<RoomNumber> {
        self.by_id.get(id).copied()
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

    /// What a room that is not direct is called: of rooms with one name, those of a team have the team's before it.
    pub(super) fn name(&self, number: RoomNumber) -> Option<String> {
        let room = self.room(number).filter(|room| !room.name.is_empty())?;
        let team = room.team.as_ref().filter(|_| self.clashing.contains(&room.name));
        Some(team.map_or_else(|| room.name.to_string(), |team| format!("{team}-{}", room.name)))
    }

    pub(super) fn folders(&self) -> Folders<'_> {
        let mut by_name = HashMap::new();
        let rooms = (0..).zip(&self.rooms).map(|(nth, room)| (&room.team, &room.name, RoomNumber(nth)));
        let further = self.further_names.iter().map(|(team, name, number)| (team, name, *number));
        for (team, name, number) in rooms.chain(further).filter(|(_, name, _)| !name.is_empty()) {
            by_name.entry((team.as_deref(), &**name)).or_insert(number);
        }
        Folders { index: self, by_name }
    }
}

impl Folders<'_> {
    /// The room whose messages lie in a folder: it has that name, in the team or in the organization, else that id.
    pub(super) fn room(&self, team: Option<&str>, folder: &str) -> Option<RoomNumber> {
        let folder = composed(folder);
        let named = |team| self.by_name.get(&(team, &*folder)).copied();
        let found = named(team).or_else(|| self.index.by_id(&folder)).or_else(|| named(None));
        found.or_else(|| self.in_another_case(team, &folder))
    }

    /// The only room of this name in another case: Slack's own names are in lower case, folders may have been renamed.
    fn in_another_case(&self, team: Option<&str>, folder: &str) -> Option<RoomNumber> {
        let lower = folder.to_lowercase();
        let mut found = self.by_name.iter().filter(|((of, name), _)| *of == team && name.to_lowercase() == lower);
        found.next().filter(|_| found.next().is_none()).map(|(_, number)| *number)
    }
}
