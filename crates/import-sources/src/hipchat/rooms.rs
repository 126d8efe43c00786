//! `rooms.json`: rooms with their members.

use std::collections::HashSet;

use import_proto::{DataType, ImportChannel, ImportRef, Record, RoomType};
use serde::Deserialize;
use serde_json::json;
use serde_json::value::RawValue;

use super::person::person;
use super::timestamps::HipchatTime;
use crate::json::{Convert, Converted, Flag, List, Object, Text, Unusable, object};
use crate::stable_id::hash;

#[derive(Default, Deserialize)]
#[serde(default)]
struct Element<'a> {
    #[serde(borrow, rename = "Room")]
    room: Option<Object<HipchatRoom<'a>>>,
}

#[derive(Default, Deserialize)]
#[serde(default)]
struct HipchatRoom<'a> {
    #[serde(borrow)]
    id: Text<'a>,
    #[serde(borrow)]
    name: Text<'a>,
    #[serde(borrow)]
    owner: Option<&'a RawValue>,
    #[serde(borrow)]
    members: List<&'a RawValue>,
    #[serde(borrow)]
    privacy: Text<'a>,
    #[serde(borrow)]
    topic: Text<'a>,
    #[serde(borrow)]
    created: Text<'a>,
    is_archived: Flag,
}

fn room<'a>(element: &'a str, mended: &'a mut String) -> Result<HipchatRoom<'a>, Unusable> {
    let element: Element<'a> = object(element, mended)?;
    let missing = || Unusable::of_text("the record holds no room: { \"Room\": { … } } is due");
    element.room.map(|room| room.0).ok_or_else(missing)
}

/// The id of the room that an element holds.
pub(super) fn room_id(element: &str) -> Option<String> {
    room(element, &mut String::new()).ok().and_then(|room| room.id.to_owned())
}

/// Makes rooms of the elements of the list.
#[derive(Default)]
pub(super) struct Rooms {
    /// Hashes of the ids that came.
    seen: HashSet<u64>,
}

impl Convert for Rooms {
    const DATA_TYPE: DataType = DataType::Channel;

    fn convert(&mut self, element: &str) -> Result<Converted, Unusable> {
        let mut mended = String::new();
        let room = room(element, &mut mended)?;
        let private = room.privacy.0.trim().eq_ignore_ascii_case("private");
        let room_type = if private { RoomType::Private } else { RoomType::Channel };
        let name = room.name.to_owned();
        let shown = |ids: &[&str]| json!({ "importIds": ids, "name": name, "t": room_type });
        let Some(id) = room.id.get() else {
            return Err(Unusable::new("importer-channel-missing-import-id: the room has no id", shown(&[])));
        };
        if !self.seen.insert(hash(id)) {
            return Err(Unusable::new(format!("another room of the list has the id {id} too"), shown(&[id])));
        }
        let mut seen = HashSet::new();
        let members = room.members.0.iter().filter_map(|member| person(Some(member)).id);
        Ok(Converted::Record(Record::Channel(ImportChannel {
            id: None,
            import_ids: vec![id.to_owned()],
            name: name.clone(),
            creator: person(room.owner).id.map(|id| ImportRef { id }),
            users: members.filter(|member| seen.insert(member.clone())).collect(),
            room_type,
            topic: room.topic.to_owned(),
            description: None,
            ts: HipchatTime::parse(&room.created.0).map(HipchatTime::iso),
            archived: room.is_archived.is_set(),
            unlisted: false,
        })))
    }
}
