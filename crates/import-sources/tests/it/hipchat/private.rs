//! Private messages, which stand in the histories of both users.

use import_sources::Item;
use serde_json::{Value, json};

use super::{export, items, records, said, tallies};
use crate::support::Export;

fn private(id: &str, from: u32, to: u32) -> Value {
    said("PrivateUserMessage", id, json!({"sender": {"id": from}, "receiver": {"id": to}}))
}

/// An export with these private histories.
fn histories(histories: &[(&str, Value)]) -> Export {
    let files: Vec<_> =
        histories.iter().map(|(user, list)| (format!("users/{user}/history.json"), list.clone())).collect();
    export(&files.iter().map(|(name, list)| (name.as_str(), list.clone())).collect::<Vec<_>>())
}

/// Rooms with their members, and messages with their rooms.
fn shown(export: &Export) -> Vec<String> {
    let line = |record: Value| match record.get("msg") {
        Some(text) => format!("{}: {}", record["rid"].as_str().unwrap(), text.as_str().unwrap()),
        None => format!("room {} {} {}", record["t"].as_str().unwrap(), record["importIds"], record["users"]),
    };
    records(export).into_iter().map(line).collect()
}

#[test]
fn a_conversation_is_a_direct_room_ahead_of_its_first_message() {
    let export = histories(&[("1", json!([private("a", 2, 1), private("b", 1, 2)]))]);
    assert_eq!(
        records(&export),
        [
            json!({"importIds": ["12"], "users": ["1", "2"], "t": "d"}),
            json!({"_id": "hipchatenterprise-private-a", "rid": "12", "u": {"_id": "2"}, "msg": "a", "ts": "2016-05-10T14:27:22.123Z"}),
            json!({"_id": "hipchatenterprise-private-b", "rid": "12", "u": {"_id": "1"}, "msg": "b", "ts": "2016-05-10T14:27:22.124Z"}),
        ]
    );
    let part = export.open().unwrap();
    let part = part.part(0).unwrap();
    assert!(part.direct && part.room.is_none());
}

#[test]
fn of_two_copies_one_is_read() {
    let list = json!([private("a", 1, 2), private("b", 2, 1)]);
    let export = histories(&[("1", list.clone()), ("2", list)]);
    assert_eq!(shown(&export), [r#"room d ["12"] ["1","2"]"#, "12: a", "12: b"]);
    assert_eq!(tallies(&export), [" 2 0", "PrivateUserMessage (second copy) 0 2"]);
}

#[test]
fn a_copy_that_is_alone_is_read_whoevers_it_is() {
    for owner in ["1", "2"] {
        let export = histories(&[(owner, json!([private("a", 1, 2)]))]);
        assert_eq!(shown(&export), [r#"room d ["12"] ["1","2"]"#, "12: a"]);
    }
}

#[test]
fn where_a_copy_is_missing_every_message_is_there() {
    let first = json!([private("a", 1, 2), private("c", 1, 3)]);
    let second = json!([private("a", 1, 2), private("b", 1, 2)]);
    let third = json!([private("c", 1, 3)]);
    let export = histories(&[("1", first), ("2", second), ("3", third)]);
    let mut ids: Vec<_> = records(&export).iter().filter_map(|record| Some(record.get("_id")?.to_string())).collect();
    ids.sort();
    ids.dedup();
    let ids: Vec<&str> = ids.iter().map(|id| id.trim_matches('"')).collect();
    assert_eq!(ids, ["hipchatenterprise-private-a", "hipchatenterprise-private-b", "hipchatenterprise-private-c"]);
    // Only the conversation that is not the same in both is read twice, under the same ids.
    assert_eq!(tallies(&export)[2..], ["PrivateUserMessage (second copy) 0 1"]);
}

#[test]
fn a_copy_that_cannot_be_read_does_not_hide_the_other() {
    let broken =
        said("PrivateUserMessage", "a", json!({"sender": {"id": 1}, "receiver": {"id": 2}, "timestamp": "soon"}));
    let export = histories(&[("1", json!([broken])), ("2", json!([private("a", 1, 2)]))]);
    let read = items(&export).into_iter().filter(|item| matches!(item, Item::Record(_))).count();
    assert_eq!(read, 2);
}

#[test]
fn notes_to_oneself_are_a_room_of_one() {
    let export = histories(&[("4", json!([private("a", 4, 4), private("a", 4, 4)]))]);
    assert_eq!(shown(&export), [r#"room d ["44"] ["4"]"#, "44: a"]);
}

#[test]
fn rooms_are_named_by_both_ids_in_the_order_of_texts() {
    let export = histories(&[("9", json!([private("a", 9, 10)]))]);
    assert_eq!(shown(&export), [r#"room d ["109"] ["10","9"]"#, "109: a"]);
}

#[test]
fn two_conversations_are_never_one_room() {
    let export = histories(&[("12", json!([private("a", 12, 3)])), ("23", json!([private("b", 1, 23)]))]);
    assert_eq!(
        shown(&export),
        [r#"room d ["12/3"] ["12","3"]"#, "12/3: a", r#"room d ["1/23"] ["1","23"]"#, "1/23: b"]
    );
}

#[test]
fn a_conversation_is_never_a_room_of_the_list() {
    let files = [
        ("rooms.json", json!([{"Room": {"id": 12, "name": "everybody"}}])),
        ("rooms/34/history.json", json!([])),
        ("users/1/history.json", json!([private("a", 1, 2)])),
        ("users/3/history.json", json!([private("b", 3, 4)])),
    ];
    assert_eq!(
        shown(&export(&files))[1..],
        [r#"room d ["1/2"] ["1","2"]"#, "1/2: a", r#"room d ["3/4"] ["3","4"]"#, "3/4: b"]
    );
}

#[test]
fn messages_without_sender_or_receiver_fail() {
    let list = json!([
        said("PrivateUserMessage", "a", json!({"sender": {"id": 1}})),
        said("PrivateUserMessage", "b", json!({"sender": null, "receiver": {"id": 1}})),
        said("UserMessage", "c", json!({})),
    ]);
    let export = histories(&[("1", list)]);
    assert_eq!(
        super::reasons(&export),
        [
            "users/1/history.json:1: importer-channel-missing-users: the message names nobody whom it is for",
            "users/1/history.json:1: importer-message-unknown-user: the message names no sender",
        ]
    );
    assert_eq!(tallies(&export), ["UserMessage? 0 1"]);
}
