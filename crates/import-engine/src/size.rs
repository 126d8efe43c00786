//! About how much memory records take, for all bounds that are in bytes.

use import_proto::{ImportChannel, ImportContact, ImportMessage, ImportUser, Record};
use import_sources::Item;
use serde_json::{Map, Value};

/// About how many bytes an item takes, itself included.
pub(crate) fn size_of_item(item: &Item) -> usize {
    let held = match item {
        Item::Record(record) => return size_of_record(record),
        Item::Failed(failed) => size_of_value(&failed.data) + failed.error.message.len() + failed.key.len(),
        Item::Tally(tally) => tally.subtype.len(),
        Item::Notice(notice) => notice.name.len(),
    };
    size_of::<Item>() + held
}

fn size_of_record(record: &Record) -> usize {
    let held = match record {
        Record::Message(message) => of_message(message),
        Record::Channel(room) => of_room(room),
        Record::User(user) => of_user(user),
        Record::Contact(contact) => of_contact(contact),
    };
    size_of::<Item>() + held
}

fn of_message(message: &ImportMessage) -> usize {
    let ImportMessage { id, rid, author, msg, attachments, import_file, reactions, mention_names, .. } = message;
    let short = [
        &message.system_type,
        &message.alias,
        &message.emoji,
        &message.tmid,
        &message.edited_by,
        &message.pinned_by,
        &message.url,
    ];
    let names = mention_names.iter().map(|(id, name)| 64 + id.len() + name.len());
    let lists = [&message.replies, &message.mentions, &message.channels];
    let reactions = reactions.iter().map(|(name, reaction)| 64 + 2 * name.len() + texts(&reaction.users));
    let file = import_file.as_ref().map_or(0, |file| {
        let named = file.id.len() + file.name.len() + file.source.len();
        named + text(&file.download_url) + text(&file.entry) + size_of_value(&file.original)
    });
    id.len()
        + rid.len()
        + author.id.len()
        + msg.len()
        + short.into_iter().map(text).sum::<usize>()
        + lists.into_iter().map(|list| texts(list)).sum::<usize>()
        + reactions.sum::<usize>()
        + names.sum::<usize>()
        + attachments.iter().map(size_of_value).sum::<usize>()
        + file
}

fn of_room(room: &ImportChannel) -> usize {
    texts(&room.import_ids) + texts(&room.users) + text(&room.name) + text(&room.topic) + text(&room.description)
}

fn of_user(user: &ImportUser) -> usize {
    let lists = [&user.import_ids, &user.emails, &user.roles];
    let short = [&user.username, &user.name, &user.avatar_url, &user.status_text, &user.bio];
    lists.into_iter().map(|list| texts(list)).sum::<usize>()
        + short.into_iter().map(text).sum::<usize>()
        + user.custom_fields.as_ref().map_or(0, of_fields)
}

fn of_contact(contact: &ImportContact) -> usize {
    let lists = [&contact.import_ids, &contact.emails, &contact.phones];
    lists.into_iter().map(|list| texts(list)).sum::<usize>()
        + text(&contact.name)
        + text(&contact.contact_manager)
        + of_fields(&contact.custom_fields)
}

/// About how many bytes a JSON value takes, itself included.
pub(crate) fn size_of_value(value: &Value) -> usize {
    let held = match value {
        Value::String(text) => text.len(),
        Value::Array(list) => list.iter().map(size_of_value).sum(),
        Value::Object(map) => of_fields(map),
        _ => 0,
    };
    size_of::<Value>() + held
}

fn of_fields(map: &Map<String, Value>) -> usize {
    map.iter().map(|(key, value)| size_of::<String>() + key.len() + size_of_value(value)).sum()
}

fn texts(list: &[String]) -> usize {
    list.iter().map(|text| size_of::<String>() + text.len()).sum()
}

fn text(text: &Option<String>) -> usize {
    text.as_ref().map_or(0, String::len)
}

#[cfg(test)]
mod tests {
    use serde_json::json;

    use super::*;

    const LONG: usize = 1 << 20;

    fn record(data_type: &str, fields: Value) -> Item {
        let record = match data_type {
            "user" => Record::User(serde_json::from_value(fields).unwrap()),
            "channel" => Record::Channel(serde_json::from_value(fields).unwrap()),
            "message" => Record::Message(serde_json::from_value(fields).unwrap()),
            _ => Record::Contact(serde_json::from_value(fields).unwrap()),
        };
        Item::Record(record)
    }

    /// Whatever of a record a file can make large is counted.
    #[test]
    fn every_text_of_a_record_is_counted() {
        let long = "x".repeat(LONG);
        let user = json!({ "importIds": ["1"], "emails": ["a@b.c"], "type": "user" });
        let room = json!({ "importIds": ["1"], "users": [], "t": "c" });
        let message =
            json!({ "_id": "1", "rid": "r", "u": { "_id": "u" }, "msg": "", "ts": "2024-01-01T00:00:00.000Z" });
        let file = json!({ "id": "f", "name": "f", "external": false, "source": "slack", "original": { "a": [long] } });
        for (data_type, base, field, value) in [
            ("user", &user, "importIds", json!([long])),
            ("user", &user, "emails", json!([long])),
            ("user", &user, "username", json!(long)),
            ("user", &user, "name", json!(long)),
            ("user", &user, "roles", json!([long])),
            ("user", &user, "avatarUrl", json!(long)),
            ("user", &user, "statusText", json!(long)),
            ("user", &user, "bio", json!(long)),
            ("user", &user, "customFields", json!({ "a": { "b": long } })),
            ("channel", &room, "importIds", json!([long])),
            ("channel", &room, "users", json!([long])),
            ("channel", &room, "name", json!(long)),
            ("channel", &room, "topic", json!(long)),
            ("channel", &room, "description", json!(long)),
            ("message", &message, "msg", json!(long)),
            ("message", &message, "alias", json!(long)),
            ("message", &message, "replies", json!([long])),
            ("message", &message, "mentions", json!([long])),
            ("message", &message, "channels", json!([long])),
            ("message", &message, "reactions", json!({ "a": { "name": "a", "users": [long] } })),
            ("message", &message, "attachments", json!([{ "text": long }])),
            ("message", &message, "_importFile", file),
            ("contact", &json!({ "importIds": ["1"] }), "customFields", json!({ "a": long })),
            ("contact", &json!({ "importIds": ["1"] }), "phones", json!([long])),
        ] {
            let mut fields = base.clone();
            assert!(size_of_item(&record(data_type, fields.clone())) < 4_096, "{data_type}");
            fields[field] = value;
            let size = size_of_item(&record(data_type, fields));
            assert!((LONG..LONG + 4_096).contains(&size), "{data_type} {field}: {size}");
        }
    }
}
