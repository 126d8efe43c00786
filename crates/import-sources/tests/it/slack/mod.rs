//! Exports of Slack, of every age and shape.

mod bad_input;
mod cases;
mod cases_lists;
mod examples;
mod files;
mod layout;
mod messages;
mod order;
mod privacy;
mod rooms;
mod sample;
mod threads;
mod users;
mod versions;

use import_proto::{Importer, Record};
use import_sources::{FailedRecord, Item, Tally};
use serde_json::{Value, json};

use crate::support::{Export, all, to_json};
use crate::zips::{Entry, zip};

/// A zip with these files.
pub(crate) fn export(files: &[(&str, Value)]) -> Export {
    let entries = files.iter().map(|(name, value)| Entry::deflated(name, value.to_string()));
    Export::file("slack.zip", zip(entries)).of(Importer::Slack)
}

fn items(export: &Export) -> Vec<Item> {
    all(&*export.open().unwrap())
}

/// All records as JSON, but for placeholders: most exports of these tests list no users. None may have failed.
fn records(export: &Export) -> Vec<Value> {
    let is_placeholder = |record: &Record| matches!(record, Record::User(user) if user.placeholder);
    let record = |item| match item {
        Item::Record(record) => (!is_placeholder(&record)).then(|| to_json(&record)),
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

/// What became of the messages of each subtype, those without one aside.
fn tallies(export: &Export) -> Vec<Tally> {
    let tally = |item| match item {
        Item::Tally(tally) if !tally.subtype.is_empty() => Some(tally),
        _ => None,
    };
    items(export).into_iter().filter_map(tally).collect()
}

/// An export with the room `general` and these messages in it.
fn day(messages: Value) -> Export {
    export(&[("channels.json", json!([{"id": "C1", "name": "general"}])), ("general/2019-04-01.json", messages)])
}

/// The records that these messages become.
fn messages(messages: Value) -> Vec<Value> {
    records(&day(messages)).split_off(1)
}

/// The record that a message becomes, without what all messages have. The message brings everything but `ts`, and
/// perhaps `type` and `user`.
fn message(mut message: Value) -> Value {
    let members = message.as_object_mut().unwrap();
    members.entry("type").or_insert(json!("message"));
    members.entry("user").or_insert(json!("U1"));
    members.insert("ts".to_owned(), json!("1554112800.000100"));
    let mut records = messages(json!([message]));
    assert_eq!(records.len(), 1);
    let mut record = records.remove(0);
    let members = record.as_object_mut().unwrap();
    assert_eq!(members.shift_remove("_id"), Some(json!("slack-C1-1554112800-000100")));
    assert_eq!(members.shift_remove("rid"), Some(json!("C1")));
    assert_eq!(members.shift_remove("ts"), Some(json!("2019-04-01T10:00:00.000Z")));
    if members.get("u") == Some(&json!({"_id": "U1"})) {
        members.shift_remove("u");
    }
    record
}
