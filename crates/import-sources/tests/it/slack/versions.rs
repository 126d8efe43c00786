//! Several messages with one `ts`: copies, versions and different messages.

use serde_json::{Value, json};

use super::{day, export, messages, records};
use crate::support::Export;

fn said(text: &str, more: Value) -> Value {
    let mut message = json!({"type": "message", "user": "U1", "text": text, "ts": "1554112800.000100"});
    message.as_object_mut().unwrap().extend(more.as_object().unwrap().clone());
    message
}

fn edited(text: &str, seconds: u32) -> Value {
    said(text, json!({"edited": {"user": "U1", "ts": format!("15541129{seconds:02}.000000")}}))
}

fn texts(records: &[Value]) -> Vec<&str> {
    records.iter().filter_map(|record| record["msg"].as_str()).collect()
}

/// An export with a file for each of these lists. A window ends with each file.
fn days(days: &[Value]) -> Export {
    let names: Vec<_> = (1..=days.len()).map(|day| format!("general/2019-04-{day:02}.json")).collect();
    let files: Vec<_> = names.iter().map(String::as_str).zip(days.iter().cloned()).collect();
    export(&files)
}

#[test]
fn of_three_versions_the_one_edited_last_comes_out_in_whatever_order() {
    for order in [[0, 1, 2], [2, 1, 0], [1, 2, 0], [2, 0, 1]] {
        let versions = [said("one", json!({})), edited("two", 1), edited("three", 2)];
        let list: Vec<_> = order.iter().map(|nth| versions[*nth].clone()).collect();
        assert_eq!(texts(&messages(json!(list))), ["three"], "{order:?}");
    }
}

#[test]
fn a_newer_version_further_down_comes_out_again_with_the_same_id_and_time() {
    let newer = json!([edited("two", 1), {"user": "U1", "text": "next", "ts": "1554112800.000200"}]);
    let mut all = records(&days(&[json!([said("one", json!({}))]), newer]));
    all.retain(|record| record.get("msg").is_some());
    assert_eq!(texts(&all), ["one", "two", "next"]);
    assert_eq!((&all[0]["_id"], &all[0]["ts"]), (&all[1]["_id"], &all[1]["ts"]));
    let older = records(&days(&[json!([edited("two", 1)]), json!([said("one", json!({}))])]));
    assert_eq!(texts(&older), ["two"]);
}

#[test]
fn an_edit_brings_the_newer_version_of_a_message_above_it() {
    let edit = json!({"subtype": "message_changed", "ts": "1554112901.000000", "message": edited("two", 1),
        "previous_message": said("one", json!({}))});
    let all = messages(json!([said("one", json!({})), edit]));
    assert_eq!(texts(&all), ["two"]);
    assert_eq!(all[0]["editedAt"], json!("2019-04-01T10:01:41.000Z"));
    for nothing in [json!(null), json!("x"), json!([])] {
        let edit = json!({"subtype": "message_changed", "ts": "1554112901.000000", "message": nothing});
        assert_eq!(messages(json!([edit])), Vec::<Value>::new());
    }
}

#[test]
fn a_copy_with_more_replies_takes_the_place_of_the_one_before() {
    let replied = said("one", json!({"reply_count": 2, "reply_users": ["U2"]}));
    for list in [[said("one", json!({})), replied.clone()], [replied.clone(), said("one", json!({}))]] {
        let all = messages(json!(list));
        assert_eq!((texts(&all), all[0]["tcount"].clone()), (vec!["one"], json!(2)));
    }
}

#[test]
fn another_message_with_the_same_ts_gets_an_id_that_follows_from_its_words() {
    let list = json!([said("one", json!({})), said("two", json!({})), said("two", json!({"user": "U2"}))]);
    let all = messages(list.clone());
    let ids: Vec<_> = all.iter().map(|message| message["_id"].as_str().unwrap()).collect();
    assert_eq!((texts(&all), ids[0]), (vec!["one", "two", "two"], "slack-C1-1554112800-000100"));
    assert!(ids[1..].iter().all(|id| id.starts_with("slack-C1-1554112800-000100-") && id.len() == ids[0].len() + 9));
    assert_ne!(ids[1], ids[2]);
    assert_eq!(messages(list), all);
}

#[test]
fn what_stands_for_a_deleted_message_gives_way_to_the_message() {
    let deleted = said("This message was deleted.", json!({"subtype": "tombstone", "user": "USLACKBOT"}));
    for list in [[said("one", json!({})), deleted.clone()], [deleted.clone(), said("one", json!({}))]] {
        assert_eq!(texts(&messages(json!(list))), ["one"]);
    }
}

#[test]
fn a_reply_that_an_old_broadcast_repeats_is_shown_in_the_room() {
    let reply = said("me", json!({"thread_ts": "1554112700.000100"}));
    let broadcast = json!({"subtype": "reply_broadcast", "user": "U1", "ts": "1554112801.000100",
        "attachments": [{"ts": "1554112800.000100", "text": "me"}, null, {"ts": 7}]});
    let all = messages(json!([reply, broadcast]));
    assert_eq!((all.len(), &all[0]["tshow"]), (1, &json!(true)));
}

#[test]
fn notices_come_once_for_a_part() {
    let shown = day(json!([
        said("one", json!({})),
        edited("two", 1),
        {"subtype": "message_deleted", "ts": "1554112950.000000", "previous_message": {"text": "gone"}},
        {"subtype": "message_deleted", "ts": "1554112951.000000"},
    ]))
    .shown();
    assert_eq!(shown[shown.len() - 2..], ["notice earlierTexts \"\": 1", "notice deletedMessages \"\": 2"]);
}
