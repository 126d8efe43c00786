//! `channels.json`, `groups.json`, `mpims.json`, `dms.json`: rooms with their members.

use std::collections::HashSet;

use import_proto::{DataType, ImportChannel, ImportRef, Record, RoomType};
use serde::Deserialize;
use serde_json::json;

use super::layout::List;
use super::rooms::{RoomIndex, RoomNumber};
use super::text::label_text;
use super::timestamps::of_seconds;
use super::users::person;
use crate::json::{self, Convert, Converted, Flag, Number, Object, Text, Unusable};

/// How many members a direct room can have.
const MOST_IN_DIRECT_ROOM: usize = 8;

/// An entry of a list of rooms.
#[derive(Default, Deserialize)]
#[serde(default)]
pub(super) struct SlackChannel<'a> {
    #[serde(borrow)]
    pub(super) id: Text<'a>,
    #[serde(borrow)]
    pub(super) name: Text<'a>,
    #[serde(borrow)]
    creator: Text<'a>,
    #[serde(borrow)]
    members: json::List<Text<'a>>,
    created: Number,
    is_archived: Flag,
    pub(super) is_general: Flag,
    is_private: Flag,
    is_group: Flag,
    is_mpim: Flag,
    is_im: Flag,
    #[serde(borrow)]
    topic: Object<Described<'a>>,
    #[serde(borrow)]
    purpose: Object<Described<'a>>,
    #[serde(borrow)]
    pub(super) pins: json::List<Object<SlackPin<'a>>>,
}

/// A pinned message: its `ts`, and when it was pinned and by whom.
#[derive(Default, Deserialize)]
#[serde(default)]
pub(super) struct SlackPin<'a> {
    #[serde(borrow)]
    pub(super) id: Text<'a>,
    pub(super) created: Number,
    #[serde(borrow)]
    pub(super) user: Text<'a>,
}

#[derive(Default, Deserialize)]
#[serde(default)]
struct Described<'a> {
    #[serde(borrow)]
    value: Text<'a>,
}

impl SlackChannel<'_> {
    /// What it becomes, by the list that it stands in. Whatever says that it is private wins.
    pub(super) fn room_type(&self, list: List) -> RoomType {
        let flags = [self.is_private, self.is_group, self.is_mpim, self.is_im];
        match list {
            List::Channels if flags.into_iter().any(Flag::is_set) => RoomType::Private,
            List::Channels => RoomType::Channel,
            List::Mpims if self.members().len() <= MOST_IN_DIRECT_ROOM => RoomType::Direct,
            List::Dms => RoomType::Direct,
            List::Groups | List::Mpims | List::FileConversations | List::Users | List::OrgUsers => RoomType::Private,
        }
    }

    /// Import ids of those whom it names: the creator and the members.
    pub(super) fn people(&self) -> impl Iterator<Item = &str> {
        self.creator.get().map(person).into_iter().chain(self.members())
    }

    /// Import ids of the members, each once.
    fn members(&self) -> Vec<&str> {
        let mut seen = HashSet::new();
        self.members.0.iter().filter_map(Text::get).map(person).filter(|member| seen.insert(*member)).collect()
    }
}

/// Makes rooms of the entries of one list.
pub(super) struct Channels<'a> {
    index: &'a RoomIndex,
    list: List,
    /// The number of the list among all.
    number: usize,
    seen: HashSet<RoomNumber>,
}

impl<'a> Channels<'a> {
    pub(super) fn new(index: &'a RoomIndex, list: List, number: usize) -> Self {
        Self { index, list, number, seen: HashSet::new() }
    }
}

impl Convert for Channels<'_> {
    const DATA_TYPE: DataType = DataType::Channel;

    fn convert(&mut self, element: &str) -> Result<Converted, Unusable> {
        let mut mended = String::new();
        let channel: SlackChannel<'_> = json::object(element, &mut mended)?;
        let name = channel.name.to_owned();
        let listed = channel.room_type(self.list);
        let Some((id, number)) = channel.id.get().and_then(|id| Some((id, self.index.by_id(id)?))) else {
            let data = json!({ "importIds": [], "name": name, "t": listed });
            return Err(Unusable::new("importer-channel-missing-import-id: the room has no id", data));
        };
        if !self.index.is_of_list(number, self.number) {
            // Rooms that teams share stand in the lists of each.
            return Ok(Converted::Nothing);
        }
        // Another list may say that it is private.
        let room_type = self.index.room(number).map_or(listed, |room| room.room_type);
        if !self.seen.insert(number) {
            let data = json!({ "importIds": [id], "name": name, "t": room_type });
            return Err(Unusable::new(format!("another room of the list has the same id: {id}"), data));
        }
        let named = room_type != RoomType::Direct;
        let described = |text: &Object<Described<'_>>| text.0.value.get().map(label_text);
        Ok(Converted::Record(Record::Channel(ImportChannel {
            id: self.index.is_general(number).then(|| "general".to_owned()),
            import_ids: vec![id.to_owned()],
            name: if named { self.index.name(number) } else { None },
            creator: channel.creator.get().filter(|_| named).map(|id| ImportRef { id: person(id).to_owned() }),
            users: channel.members().into_iter().map(str::to_owned).collect(),
            room_type,
            topic: described(&channel.topic),
            description: described(&channel.purpose),
            ts: of_seconds(channel.created.0),
            archived: channel.is_archived.is_set(),
            unlisted: false,
        })))
    }
}
