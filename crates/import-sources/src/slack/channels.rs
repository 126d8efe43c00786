//! `channels.json`, `groups.json`, `mpims.json`, `dms.json`, `file_conversations.json`: rooms with their members.

use std::collections::HashSet;

use import_proto::{DataType, ImportChannel, ImportRef, Record, RoomType};
use serde::Deserialize;
use serde_json::json;

use super::layout::List;
use super::rooms::RoomIndex;
use super::strangers::Strangers;
use super::text::label_text;
use super::timestamps::of_seconds;
use super::users::{Seen, person};
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

/// A pinned message: its `ts`, the time of the pin and the person who pinned it.
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
    /// What it becomes, by the list that it stands in and its own flags. Whatever says that it is private wins.
    ///
    /// An id that begins with `G` says nothing: a room keeps it when it is made public.
    pub(super) fn room_type(&self, list: List) -> RoomType {
        let private = self.is_private.is_set() || self.is_group.is_set() || self.is_mpim.is_set();
        match list {
            List::Mpims if self.members().len() <= MOST_IN_DIRECT_ROOM => RoomType::Direct,
            List::Dms => RoomType::Direct,
            List::Channels if !private && !self.is_im.is_set() => RoomType::Channel,
            _ => RoomType::Private,
        }
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
    /// How many elements of the list were read.
    elements: u32,
    strangers: Strangers<'a>,
}

impl<'a> Channels<'a> {
    pub(super) fn new(index: &'a RoomIndex, list: List, number: usize, listed_users: &'a Seen) -> Self {
        Self { index, list, number, elements: 0, strangers: Strangers::new(listed_users) }
    }
}

impl Convert for Channels<'_> {
    const DATA_TYPE: DataType = DataType::Channel;

    fn convert(&mut self, element: &str) -> Result<Converted, Unusable> {
        let nth = self.elements;
        self.elements += 1;
        let mut mended = String::new();
        let channel: SlackChannel<'_> = json::object(element, &mut mended)?;
        let name = channel.name.to_owned();
        let found = channel.id.get().and_then(|id| Some((id, self.index.by_id(id)?)));
        let Some((id, room)) = found.and_then(|(id, number)| Some((id, self.index.room(number)?))) else {
            let data = json!({ "importIds": [], "name": name, "t": channel.room_type(self.list) });
            return Err(Unusable::new("importer-channel-missing-import-id: the room has no id", data));
        };
        if room.place != (self.number, nth) {
            if room.place.0 != self.number {
                // A room may stand in several lists: those of the teams that share it, or of what it was before.
                return Ok(Converted::Nothing);
            }
            let data = json!({ "importIds": [id], "name": name, "t": room.room_type });
            return Err(Unusable::new(format!("another room of the list has the same id: {id}"), data));
        }
        let room_type = room.room_type;
        let named = room_type != RoomType::Direct;
        let described = |text: &Object<Described<'_>>| text.0.value.get().map(label_text);
        let room = ImportChannel {
            id: self.index.is_general(id).then(|| "general".to_owned()),
            import_ids: vec![id.to_owned()],
            name: self.index.name(room).filter(|_| named),
            creator: channel.creator.get().filter(|_| named).map(|id| ImportRef { id: person(id).to_owned() }),
            users: channel.members().into_iter().map(str::to_owned).collect(),
            room_type,
            topic: described(&channel.topic),
            description: described(&channel.purpose),
            ts: of_seconds(channel.created.0),
            archived: channel.is_archived.is_set(),
            unlisted: false,
        };
        let mut strangers = Vec::new();
        self.strangers.of_room(&room, &mut strangers);
        let strangers = strangers.into_iter().map(Record::User);
        Ok(Converted::Records(strangers.chain([Record::Channel(room)]).collect()))
    }
}
