//! The rooms that the lists of an export name: which folder is whose, and what each is called in the workspace.

use std::borrow::Cow;
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
    /// What further entries of a room call it: those of other lists, and of other teams.
    further_names: Vec<(Option<Box<str>>, Box<str>, RoomNumber)>,
    /// Names of private rooms that have no id. What lies in their folders is private.
    without_id: Vec<(Option<Box<str>>, Box<str>)>,
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
    /// Where the entry is that its record is made of: the number of the list, and of the element in it. It is the first
    /// entry that says that the room is not public, else the first.
    pub(super) place: (usize, u32),
    /// Empty where it has none.
    name: Box<str>,
    /// The file that people talk about in this room, where there is one.
    file: Option<Box<str>>,
    team: Option<Box<str>>,
    general: bool,
    pins: Vec<Pin>,
}

/// Rooms by what their folders are called.
pub(super) struct Folders<'a> {
    index: &'a RoomIndex,
    by_name: HashMap<Key<'a>, Candidate>,
    /// The same by names as other tools and file systems write them: see [`folded`].
    by_folded: HashMap<(Option<&'a str>, String), Candidate>,
}

type Key<'a> = (Option<&'a str>, &'a str);

/// Which room a name means. The order is that in which one beats another: private text never lands in a public room.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
enum Candidate {
    Private(RoomNumber),
    /// A private room that has no id, so that its record fails.
    WithoutId,
    Public(RoomNumber),
}

impl Candidate {
    fn rank(self) -> u8 {
        match self {
            Self::Private(_) => 0,
            Self::WithoutId => 1,
            Self::Public(_) => 2,
        }
    }

    fn room(self) -> Option<RoomNumber> {
        match self {
            Self::Private(number) | Self::Public(number) => Some(number),
            Self::WithoutId => None,
        }
    }
}

/// A list of rooms: its team, its sort and its entry.
pub(super) type RoomList<'a> = (Option<&'a str>, List, EntryId);

/// A canvas or list, of which people talk in a room of its own.
#[derive(Default, Deserialize)]
#[serde(default)]
struct Document<'a> {
    #[serde(borrow)]
    id: Text<'a>,
    #[serde(borrow)]
    title: Text<'a>,
}

impl RoomIndex {
    /// Reads the lists. What is unreadable in them is passed over.
    pub(super) fn read(archive: &Archive, lists: &[RoomList<'_>], limits: &Limits) -> Self {
        let mut index = Self::default();
        for (number, (team, list, entry)) in lists.iter().enumerate().filter(|(_, (_, list, _))| !list.is_of_users()) {
            let mut nth = 0;
            each_element(archive.read(*entry), limits, |element| {
                if let Ok(channel) = object::<SlackChannel<'_>>(element, &mut String::new()) {
                    index.add(&channel, *team, *list, (number, nth));
                }
                nth += 1;
            });
        }
        index.add_titles(archive, limits);
        index.look_over();
        index
    }

    fn add(&mut self, channel: &SlackChannel<'_>, team: Option<&str>, list: List, place: (usize, u32)) {
        let room_type = channel.room_type(list);
        let said = channel.name.get().filter(|name| !name.trim().is_empty()).unwrap_or_default();
        let (file, title) = match file_conversation(said).filter(|_| list == List::FileConversations) {
            Some((file, title)) => (Some(file), title),
            None => (None, said),
        };
        let (name, team) = (composed(title), team.map(Box::from));
        let Some(id) = channel.id.get() else {
            if room_type != RoomType::Channel && !name.is_empty() {
                self.without_id.push((team, name.into()));
            }
            return;
        };
        let Ok(nth) = u32::try_from(self.rooms.len()) else { return };
        let general = list == List::Channels && channel.is_general.is_set();
        let pins = channel.pins.0.iter().filter_map(|Object(pin)| {
            let by = pin.user.get().map(Into::into);
            Some(Pin { message: SlackTime::parse(&pin.id.0)?.micros(), at: of_seconds(pin.created.0), by })
        });
        let mut pins: Vec<_> = pins.take(MOST_PINS.saturating_sub(self.pins)).collect();
        pins.sort_by_key(|pin| pin.message);
        self.pins += pins.len();
        let new = Room {
            id: id.into(),
            room_type,
            place,
            name: name.into(),
            file: file.map(Into::into),
            team,
            general,
            pins,
        };
        let Some(&known) = self.by_id.get(id) else {
            self.by_id.insert(id.into(), RoomNumber(nth));
            self.rooms.push(new);
            return;
        };
        let Some(room) = self.rooms.get_mut(known.0 as usize) else { return };
        let private = room.room_type == RoomType::Channel && room_type != RoomType::Channel;
        let further = if private { std::mem::replace(room, new) } else { new };
        room.file = room.file.take().or(further.file);
        if room.pins.is_empty() {
            room.pins = further.pins;
        }
        if room.name.is_empty() {
            room.name = further.name.clone();
        }
        if !further.name.is_empty() && (&room.team, &room.name) != (&further.team, &further.name) {
            self.further_names.push((further.team, further.name, known));
        }
    }

    /// Names rooms about files after the titles that the lists of files have, where their own names have none.
    fn add_titles(&mut self, archive: &Archive, limits: &Limits) {
        let mut titles: HashMap<Box<str>, Option<Box<str>>> = self
            .rooms
            .iter()
            .filter(|room| room.name.is_empty())
            .filter_map(|room| Some((room.file.clone()?, None)))
            .collect();
        if titles.is_empty() {
            return;
        }
        for id in archive.entries().filter(|&id| layout::is_list_of_documents(archive.name(id))) {
            each_element(archive.read(id), limits, |element| {
                let mut mended = String::new();
                let Ok(document) = object::<Document<'_>>(element, &mut mended) else { return };
                if let (Some(title), Some(known)) = (document.title.get(), titles.get_mut(&*document.id.0)) {
                    known.get_or_insert_with(|| composed(title).into());
                }
            });
        }
        for room in self.rooms.iter_mut().filter(|room| room.name.is_empty()) {
            let title = room.file.as_ref().and_then(|file| titles.get(file).cloned()).flatten();
            room.name = title.filter(|title| !title.trim().is_empty()).unwrap_or_default();
        }
    }

    /// Finds out what only all rooms together tell.
    fn look_over(&mut self) {
        let mut names = HashSet::new();
        let named = |room: &&Room| room.room_type != RoomType::Direct && !room.name.is_empty();
        for room in self.rooms.iter().filter(named) {
            if !names.insert(&*room.name) {
                self.clashing.insert(room.name.clone());
            }
        }
        // Every team has a general room. Where there are several, it is the organization's own, or none. A private one is
        // not the workspace's: that is public.
        let is_general = |room: &Room| room.general && room.room_type == RoomType::Channel;
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

    /// The pinned messages of a room, in the order of time.
    pub(super) fn pins(&self, id: &str) -> &[Pin] {
        self.by_id(id).and_then(|number| self.room(number)).map_or(&[], |room| &room.pins)
    }

    pub(super) fn by_id(&self, id: &str) -> Option<RoomNumber> {
        self.by_id.get(id).copied()
    }

    pub(super) fn is_general(&self, id: &str) -> bool {
        self.general.is_some() && self.general == self.by_id(id)
    }

    /// Whether this is the id of a room that is not direct, so that a mention of it becomes one.
    pub(super) fn has_name(&self, id: &str) -> bool {
        self.by_id(id).and_then(|number| self.room(number)).is_some_and(|room| room.room_type != RoomType::Direct)
    }

    /// What a room that is not direct is called: of rooms with one name, those of a team have the team's before it. A room
    /// without a name is called by its id.
    pub(super) fn name(&self, room: &Room) -> Option<String> {
        if room.name.is_empty() {
            return Some(room.id.to_string());
        }
        let team = room.team.as_ref().filter(|_| self.clashing.contains(&room.name));
        Some(team.map_or_else(|| room.name.to_string(), |team| format!("{team}-{}", room.name)))
    }

    /// The names of all rooms as folders may have them, whichever team they are of.
    pub(super) fn folded_names(&self) -> HashSet<String> {
        self.folders().by_folded.into_keys().map(|(_, name)| name).collect()
    }

    pub(super) fn folders(&self) -> Folders<'_> {
        let mut folders = Folders { index: self, by_name: HashMap::new(), by_folded: HashMap::new() };
        for (team, name) in &self.without_id {
            folders.add(team.as_deref(), name, Candidate::WithoutId);
        }
        for (nth, room) in (0..).map(RoomNumber).zip(&self.rooms) {
            folders.add(room.team.as_deref(), &room.name, room.candidate(nth));
            folders.add_folded(room.team.as_deref(), &room.id, room.candidate(nth));
            if let Some(file) = &room.file {
                folders.add(room.team.as_deref(), file, room.candidate(nth));
            }
        }
        for (team, name, number) in &self.further_names {
            if let Some(room) = self.room(*number) {
                folders.add(team.as_deref(), name, room.candidate(*number));
            }
        }
        folders
    }
}

impl Room {
    fn candidate(&self, number: RoomNumber) -> Candidate {
        match self.room_type {
            RoomType::Channel => Candidate::Public(number),
            RoomType::Private | RoomType::Direct => Candidate::Private(number),
        }
    }
}

impl<'a> Folders<'a> {
    fn add(&mut self, team: Option<&'a str>, name: &'a str, candidate: Candidate) {
        if name.is_empty() {
            return;
        }
        let known = self.by_name.entry((team, name)).or_insert(candidate);
        if candidate.rank() < known.rank() {
            *known = candidate;
        }
        self.add_folded(team, name, candidate);
    }

    fn add_folded(&mut self, team: Option<&'a str>, name: &str, candidate: Candidate) {
        let known = self.by_folded.entry((team, folded(name))).or_insert(candidate);
        match (candidate.rank(), known.rank()) {
            (new, old) if new < old => *known = candidate,
            // Which of several it is, nobody can tell.
            (new, old) if new == old && *known != candidate => *known = Candidate::WithoutId,
            _ => {}
        }
    }

    /// The room whose messages lie in a folder: it has that name, in the team or in the organization, else that id, else
    /// that name as other tools write it. `None` where no room has.
    pub(super) fn room(&self, team: Option<&str>, folder: &str) -> Option<RoomNumber> {
        let folder = composed(folder);
        let by_id = |folder: &str| {
            self.index
                .by_id(folder)
                .map(|number| self.index.room(number).map_or(Candidate::WithoutId, |room| room.candidate(number)))
        };
        let of = |team: Option<&str>| self.by_name.get(&(team, &*folder)).copied();
        let folded_of = |name: &str| {
            let of = |team| self.by_folded.get(&(team, folded(name))).copied();
            better(of(team), of(None))
        };
        let file = || file_conversation(&folder).map(|(file, _)| file);
        let found = match better(of(team), of(None).filter(|other| of(team).is_some() && other.rank() < 2)) {
            Some(found) => Some(found),
            None => by_id(&folder).or_else(|| of(None)),
        };
        let found = found.or_else(|| folded_of(&folder)).or_else(|| file().and_then(folded_of));
        found.or_else(|| self.with_lost_letters(team, &folder))?.room()
    }

    /// The only room of whose name the folder has all letters that are not `?`: zip tools write that for a letter which
    /// their encoding does not have.
    fn with_lost_letters(&self, team: Option<&str>, folder: &str) -> Option<Candidate> {
        if !folder.contains('?') {
            return None;
        }
        // In a folded name there is no question mark.
        let written: Vec<String> =
            folder.split('?').map(|piece| if piece.is_empty() { String::new() } else { folded(piece) }).collect();
        let fits = |name: &str| {
            let mut rest = name;
            written.iter().enumerate().all(|(nth, piece)| {
                if nth > 0 {
                    let mut letters = rest.chars();
                    if letters.next().is_none_or(|letter| letter.is_ascii()) {
                        return false;
                    }
                    rest = letters.as_str();
                }
                rest.strip_prefix(piece.as_str()).is_some_and(|behind| {
                    rest = behind;
                    true
                })
            }) && rest.is_empty()
        };
        let mut found = self.by_folded.iter().filter(|((of, name), _)| (*of == team || of.is_none()) && fits(name));
        found.next().filter(|_| found.next().is_none()).map(|(_, candidate)| *candidate)
    }
}

/// The candidate that beats the other; the first of equals.
fn better(one: Option<Candidate>, other: Option<Candidate>) -> Option<Candidate> {
    match (one, other) {
        (Some(one), Some(other)) => Some(if other.rank() < one.rank() { other } else { one }),
        (one, other) => one.or(other),
    }
}

/// The file and the title in what a room about a file is called: `FC:<file>:<title>`, or as a folder `FC_<file>_<title>`.
pub(super) fn file_conversation(name: &str) -> Option<(&str, &str)> {
    let (begin, rest) = name.split_at_checked(3)?;
    let sign = if begin.eq_ignore_ascii_case("fc:") {
        ':'
    } else if begin.eq_ignore_ascii_case("fc_") {
        '_'
    } else {
        return None;
    };
    let (file, title) = rest.split_once(sign).unwrap_or((rest, ""));
    let is_id = file.len() >= 5 && file.bytes().all(|byte| byte.is_ascii_alphanumeric());
    is_id.then_some((file, title.trim()))
}

/// A name without what tells case apart, and with `_` for what other file systems do not allow in names.
pub(super) fn folded(name: &str) -> String {
    let plain =
        |character: char| if character.is_control() || r#"<>:"/\|?*"#.contains(character) { '_' } else { character };
    let folded: String = name.to_lowercase().chars().map(plain).collect();
    match composed(folded.trim_end_matches([' ', '.'])) {
        Cow::Borrowed(text) => text.to_owned(),
        Cow::Owned(text) => text,
    }
}
