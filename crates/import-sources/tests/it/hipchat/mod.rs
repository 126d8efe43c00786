//! Exports of HipChat.

mod archives;
mod bad_input;
mod examples;
mod files;
mod messages;
mod order;
mod private;
mod rooms;
mod users;

use import_proto::Importer;
use import_sources::{FailedRecord, Item, Tally};
use serde_json::{Value, json};

use crate::support::{Export, all, is_placeholder, to_json};
use crate::tars::tar_gz;

/// A tar.gz with these bytes.
fn packed(bytes: impl AsRef<[u8]>) -> Export {
    Export::file("hipchat.tar.gz", bytes).of(Importer::HipchatEnterprise)
}

/// A tar.gz with these files.
fn export(files: &[(&str, Value)]) -> Export {
    let files: Vec<_> = files.iter().map(|(name, value)| (*name, value.to_string())).collect();
    packed(tar_gz(&files.iter().map(|(name, text)| (*name, text.as_str())).collect::<Vec<_>>()))
}

/// All items but the placeholders of people who are in no list.
fn items(export: &Export) -> Vec<Item> {
    all(&*export.open().unwrap()).into_iter().filter(|item| !is_placeholder(item)).collect()
}

/// All records as JSON. None may have failed.
fn records(export: &Export) -> Vec<Value> {
    let record = |item| match item {
        Item::Record(record) => Some(to_json(&record)),
        Item::Tally(_) | Item::Notice(_) => None,
        Item::Failed(failed) => panic!("{failed:?}"),
    };
    items(export).into_iter().filter_map(record).collect()
}

fn failures(export: &Export) -> Vec<FailedRecord> {
    let failed = |item| match item {
        Item::Failed(failed) => Some(failed),
        _ => None,
    };
    items(export).into_iter().filter_map(failed).collect()
}

/// Where failed records stand, and why they failed.
fn reasons(export: &Export) -> Vec<String> {
    let line = |failed: FailedRecord| {
        let line = failed.error.line.map_or_else(String::new, |line| format!(":{line}"));
        format!("{}{line}: {}", failed.error.entry.unwrap(), failed.error.message)
    };
    failures(export).into_iter().map(line).collect()
}

/// What became of the messages of each kind, in a word: its name, `?` if it is not known, kept, left out.
fn tallies(export: &Export) -> Vec<String> {
    let tally = |item| match item {
        Item::Tally(Tally { subtype, known, kept, left_out }) => {
            Some(format!("{subtype}{} {kept} {left_out}", if known { "" } else { "?" }))
        }
        _ => None,
    };
    items(export).into_iter().filter_map(tally).collect()
}

fn someone(id: u32) -> Value {
    json!({"id": id, "mention_name": format!("u{id}"), "name": format!("User {id}")})
}

/// A message of a kind; `more` has what is not as usual.
fn said(kind: &str, id: &str, more: Value) -> Value {
    let mut body = json!({"id": id, "sender": someone(1), "message": id, "timestamp": "2016-05-10T14:27:22Z 123456"});
    body.as_object_mut().unwrap().extend(more.as_object().unwrap().clone());
    json!({ kind: body })
}

/// An export of the room 7 with this history.
fn room(history: Value) -> Export {
    let users = json!([
        {"User": {"id": 1, "mention_name": "u1"}}, {"User": {"id": 2, "mention_name": "bob"}},
    ]);
    export(&[("users.json", users), ("rooms/7/history.json", history)])
}

/// The records that this history of room 7 becomes.
fn messages(history: Value) -> Vec<Value> {
    records(&room(history)).split_off(2)
}

/// The record that a message becomes, without what all messages have.
fn message(kind: &str, more: Value) -> Value {
    let mut records = messages(json!([said(kind, "x", more)]));
    assert_eq!(records.len(), 1);
    let mut record = records.remove(0);
    let members = record.as_object_mut().unwrap();
    assert_eq!(members.shift_remove("rid"), Some(json!("7")));
    assert_eq!(members.shift_remove("ts"), Some(json!("2016-05-10T14:27:22.123Z")));
    record
}
