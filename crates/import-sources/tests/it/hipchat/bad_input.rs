//! Histories that are damaged or hostile: what is good in them is read, the rest is named.

use import_sources::Limits;
use serde_json::json;

use super::{failures, packed, reasons, room, said};
use crate::support::Export;
use crate::tars::tar_gz;

const GOOD: &str =
    r#"{"UserMessage": {"id": "g", "sender": {"id": 1}, "message": "good", "timestamp": "2016-05-10T14:27:22Z 1"}}"#;

/// An export with this history, and a good one of another room.
fn with_good(text: &str) -> Export {
    let good = format!("[{GOOD}]");
    packed(tar_gz(&[("rooms/7/history.json", text), ("rooms/8/history.json", &good)]))
}

/// Why records of the history fail; the other one must be read.
fn wrong_in(text: &str) -> Vec<String> {
    let export = with_good(text);
    let shown = export.shown();
    assert!(shown.contains(&"8> 1: good".to_owned()), "{shown:?}");
    reasons(&export).into_iter().map(|reason| reason.replace("rooms/7/history.json", "…")).collect()
}

#[test]
fn a_history_that_is_no_list_is_named() {
    for text in ["<html></html>", "{\"UserMessage\": {}}", "null"] {
        assert_eq!(
            wrong_in(text),
            ["…: the entry cannot be read: it is to hold a list in JSON, [ … ], and holds something else"],
            "{text}"
        );
    }
    assert_eq!(wrong_in(""), ["…: the entry cannot be read: it is to hold a list in JSON, [ … ], and is empty"]);
}

#[test]
fn a_history_that_is_cut_off_is_read_up_to_there() {
    let cut = format!("[\n{GOOD},\n{}", &GOOD[..40]);
    assert_eq!(wrong_in(&cut), ["…: the entry cannot be read: it is cut off: the list does not end, from line 3 on"]);
    assert_eq!(
        with_good(&cut).shown()[0],
        "failed entry in rooms/7/history.json: the entry cannot be read: it is cut off: the list does not end, from line 3 on"
    );
    assert!(with_good(&cut).shown().contains(&"7> 1: good".to_owned()));
}

#[test]
fn records_of_another_shape_are_named() {
    assert_eq!(
        wrong_in("[1,\n{},\n{\"UserMessage\": 1},\n{\"UserMessage\" {}},\n{\"UserMessage\": {\"id\": oops}}]"),
        [
            "…:1: the record is no object in JSON, { … }",
            "…:2: the record holds no message: { \"UserMessage\": { … } } or the like is due",
            "…:3: the message has no id",
            "…:4: the record is no valid JSON: expected `:`",
            "…:5: the record is no valid JSON: expected value",
        ]
    );
}

#[test]
fn a_record_nested_too_deep_or_too_long_is_passed_over() {
    let deep = format!("[{}{}, {GOOD}]", "[".repeat(10_000), "]".repeat(10_000));
    assert_eq!(wrong_in(&deep), ["…:1: the record cannot be read: it is nested deeper than is allowed"]);
    let long = format!("[{{\"UserMessage\": \"{}\"}}, {GOOD}]", "x".repeat(3 << 20));
    let shown = with_good(&long).shown_with(Limits { row_bytes: 1 << 20, ..Limits::default() });
    assert_eq!(
        shown[..2],
        [
            "failed message in rooms/7/history.json at 1: the record cannot be read: it is longer than 1048576 bytes",
            "7> 1: good",
        ]
    );
}

#[test]
fn a_message_without_a_time_or_with_a_bad_one_fails() {
    for (timestamp, reason) in [
        (json!(null), "the message has no timestamp"),
        (json!(""), "the message has no timestamp"),
        (json!("soon"), "\"soon\" is no time from 1970 to 2099 such as 2016-05-10T14:27:22Z 123456"),
        (json!(1462890442), "\"1462890442\" is no time from 1970 to 2099 such as 2016-05-10T14:27:22Z 123456"),
        (json!("NaN"), "\"NaN\" is no time from 1970 to 2099 such as 2016-05-10T14:27:22Z 123456"),
        (
            json!("0001-01-01T00:00:00Z 1"),
            "\"0001-01-01T00:00:00Z 1\" is no time from 1970 to 2099 such as 2016-05-10T14:27:22Z 123456",
        ),
        (
            json!("2300-01-01T00:00:00Z 1"),
            "\"2300-01-01T00:00:00Z 1\" is no time from 1970 to 2099 such as 2016-05-10T14:27:22Z 123456",
        ),
        (
            json!("2016-05-10T14:27:22Z x"),
            "\"2016-05-10T14:27:22Z x\" is no time from 1970 to 2099 such as 2016-05-10T14:27:22Z 123456",
        ),
    ] {
        let failed = failures(&room(json!([said("UserMessage", "x", json!({"timestamp": timestamp}))]))).remove(0);
        assert_eq!(failed.error.message, format!("importer-message-invalid-timestamp: {reason}"));
        assert_eq!(failed.key, "rooms/7/history.json[1]");
        assert_eq!(
            (&failed.data["rid"], &failed.data["u"], &failed.data["msg"]),
            (&json!("7"), &json!({"_id": "1"}), &json!("x"))
        );
    }
}

#[test]
fn messages_without_id_or_sender_and_twins_fail() {
    let history = json!([
        said("UserMessage", "x", json!({"id": null})),
        said("UserMessage", "a", json!({"sender": null})),
        said("TopicRoomMessage", "b", json!({"sender": {"name": "Ann"}})),
        said("UserMessage", "c", json!({})),
        said("UserMessage", "c", json!({"message": "another"})),
    ]);
    let wrong: Vec<_> = failures(&room(history)).into_iter().map(|failed| failed.error.message).collect();
    assert_eq!(
        wrong,
        [
            "the message has no id",
            "importer-message-unknown-user: the message names no sender",
            "importer-message-unknown-user: the message names no sender",
            "another such message of the room has the id c too",
        ]
    );
}

#[test]
fn half_a_character_becomes_a_replacement_character() {
    let text = r#"[{"UserMessage": {"id": "h", "sender": {"id": 1}, "message": "cut \ud83d", "timestamp": "2016-05-10T14:27:22Z 1"}}]"#;
    assert_eq!(with_good(text).shown()[0], "7> 1: cut \u{fffd}");
}
