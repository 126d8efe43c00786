//! Rooms: which can be imported, and whom they lose.

use std::collections::{HashMap, HashSet};

use import_proto::{DataType, ImportChannel, Importer, ReasonCounts, RoomType};

use super::{findings::ChannelFindings, frequencies::Frequencies, people::People, strangers::Strangers};
use crate::run::{MISSING_USERS, check_names, name_of, slug_of};

/// How many names are listed of rooms without members.
const LISTED: usize = 20;

/// The rooms that were read.
#[derive(Default)]
pub(super) struct Rooms {
    /// Import ids of rooms that will be there.
    known: HashSet<String>,
    /// Import ids of direct rooms that were counted: they come out again and again.
    direct: HashSet<String>,
    found: ChannelFindings,
    /// What rooms with a name would be called in the workspace.
    slugs: Frequencies,
    unknown_members: Frequencies,
    failing: ReasonCounts,
}

impl Rooms {
    pub(super) fn new(importer: Importer) -> Self {
        let mut rooms = Self::default();
        if importer == Importer::Csv {
            // Every workspace has it, and CSV files name rooms by their names.
            rooms.known.insert("general".to_owned());
        }
        rooms
    }

    pub(super) fn knows(&self, import_id: &str) -> bool {
        self.known.contains(import_id)
    }

    pub(super) fn add(&mut self, room: ImportChannel, people: &People, strangers: &Strangers) {
        let is_direct = room.room_type == RoomType::Direct;
        if is_direct && room.import_ids.first().is_some_and(|id| !self.direct.insert(id.clone())) {
            return;
        }
        self.note(&room);
        match refusal(&room, people, strangers) {
            Some(reason) => self.failing.add(DataType::Channel, reason, 1),
            None => {
                let unknown: HashSet<_> = room.users.iter().filter(|id| !people.knows(id)).collect();
                unknown.into_iter().for_each(|id| self.unknown_members.count(id));
                self.known.extend(room.import_ids);
            }
        }
    }

    fn note(&mut self, room: &ImportChannel) {
        let found = &mut self.found;
        found.total += 1;
        match room.room_type {
            RoomType::Channel => found.public += 1,
            RoomType::Private => found.private += 1,
            RoomType::Direct => found.direct += 1,
        }
        found.archived += u64::from(room.archived);
        if room.room_type != RoomType::Direct {
            self.slugs.count(&slug_of(name_of(room), room));
        }
        // Nobody says who the members of an unlisted room are.
        if room.room_type != RoomType::Direct && room.users.is_empty() && !room.unlisted {
            found.without_members += 1;
            if found.without_members_listed.len() < LISTED {
                let name = room.name.as_ref().or(room.import_ids.first());
                found.without_members_listed.extend(name.cloned());
            }
        }
    }

    /// Adds the direct conversations that a reader of messages came across.
    pub(super) fn merge(&mut self, conversations: Conversations) {
        for (import_id, refusal) in conversations.0 {
            if self.direct.insert(import_id) {
                self.found.total += 1;
                self.found.direct += 1;
                if let Some(reason) = refusal {
                    self.failing.add(DataType::Channel, reason, 1);
                }
            }
        }
    }

    pub(super) fn findings(self, failing: &mut ReasonCounts) -> ChannelFindings {
        failing.merge(&self.failing);
        ChannelFindings {
            unknown_members: self.unknown_members.listed(),
            duplicate_names: self.slugs.repeated(),
            ..self.found
        }
    }
}

/// Direct conversations that come out of parts of messages: import ids, and why they would not be imported.
#[derive(Default)]
pub(super) struct Conversations(HashMap<String, Option<&'static str>>);

impl Conversations {
    pub(super) fn add(&mut self, room: &ImportChannel, people: &People, strangers: &Strangers) {
        let import_id = room.import_ids.first().cloned().unwrap_or_default();
        self.0.entry(import_id).or_insert_with(|| refusal(room, people, strangers));
    }

    pub(super) fn knows(&self, import_id: &str) -> bool {
        self.0.get(import_id).is_some_and(Option::is_none)
    }
}

/// Why a room would not be imported.
fn refusal(room: &ImportChannel, people: &People, strangers: &Strangers) -> Option<&'static str> {
    let known = |id: &String| people.knows(id) || strangers.knows(id);
    let alone = || room.users.is_empty() || !room.users.iter().all(known);
    match check_names(room) {
        Err(reason) => Some(reason),
        Ok(()) => (room.room_type == RoomType::Direct && alone()).then_some(MISSING_USERS),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn rooms_that_would_have_one_name_are_told() {
        let people = People::new(Importer::Slack);
        let mut rooms = Rooms::new(Importer::Slack);
        for (id, name, room_type) in [
            ("G1", "Café", RoomType::Private),
            ("G2", "Cafe", RoomType::Private),
            ("C1", "docks", RoomType::Channel),
            ("D1", "docks", RoomType::Direct),
        ] {
            let record = serde_json::json!({ "importIds": [id], "name": name, "t": room_type, "users": [] });
            rooms.add(serde_json::from_value(record).unwrap(), &people, &Strangers::default());
        }
        let found = rooms.findings(&mut ReasonCounts::default()).duplicate_names;
        assert_eq!((found.values, found.occurrences), (1, 2));
        assert_eq!((found.listed[0].value.as_str(), found.listed[0].count), ("Cafe", 2));
    }
}
