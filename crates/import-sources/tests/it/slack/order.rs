//! The times of messages: finer than a millisecond in the export, a millisecond each in the workspace.

use serde_json::{Value, json};

use super::{day, export, items, messages, records};

fn said(ts: &str, text: &str) -> Value {
    json!({"type": "message", "user": "U1", "text": text, "ts": ts})
}

/// The milliseconds behind 10:00:00, and the text, of each message.
fn shown(records: Vec<Value>) -> Vec<(String, String)> {
    let shown = |message: Value| {
        let ts = message["ts"].as_str().unwrap().strip_prefix("2019-04-01T10:00:00.").unwrap().replace('Z', "");
        Some((ts, message["msg"].as_str()?.to_owned()))
    };
    records.into_iter().filter_map(shown).collect()
}

fn expected(times: &[(&str, &str)]) -> Vec<(String, String)> {
    times.iter().map(|(ts, text)| ((*ts).to_owned(), (*text).to_owned())).collect()
}

#[test]
fn of_two_messages_in_a_millisecond_the_later_gets_the_next_free_one() {
    let list = json!([
        said("1554112800.005001", "a"),
        said("1554112800.005002", "b"),
        said("1554112800.005999", "c"),
        said("1554112800.006000", "d"),
        said("1554112800.020000", "e"),
    ]);
    assert_eq!(
        shown(messages(list.clone())),
        expected(&[("005", "a"), ("006", "b"), ("007", "c"), ("008", "d"), ("020", "e")])
    );
    let ids: Vec<_> = messages(list).into_iter().map(|message| message["_id"].clone()).collect();
    assert_eq!(ids[1], json!("slack-C1-1554112800-005002"));
}

#[test]
fn messages_that_stand_out_of_order_are_put_in_order() {
    let list = json!([
        said("1554112800.005999", "c"),
        said("1554112800.020000", "e"),
        said("1554112800.005001", "a"),
        said("1554112800.006000", "d"),
        said("1554112800.005002", "b"),
    ]);
    assert_eq!(
        shown(messages(list)),
        expected(&[("005", "a"), ("006", "b"), ("007", "c"), ("008", "d"), ("020", "e")])
    );
}

#[test]
fn milliseconds_are_taken_across_the_files_of_a_room_and_not_across_rooms() {
    let export = export(&[
        ("channels.json", json!([{"id": "C1", "name": "general"}, {"id": "C2", "name": "random"}])),
        ("general/2019-04-01.json", json!([said("1554112800.005001", "a"), said("1554112800.005002", "b")])),
        ("general/2019-04-02.json", json!([said("1554112800.006001", "c")])),
        ("random/2019-04-01.json", json!([said("1554112800.005001", "d")])),
    ]);
    assert_eq!(
        shown(records(&export).split_off(2)),
        expected(&[("005", "a"), ("006", "b"), ("007", "c"), ("005", "d")])
    );
}

#[test]
fn every_read_gives_the_same_times_also_where_it_is_taken_up_further_down() {
    // Some megabytes, so that the file is put in order in several pieces.
    let text = "x".repeat(2_000);
    let list: Vec<_> =
        (0..2_500).map(|n| said(&format!("1554112800.{:06}", n % 7 * 1_000 + 2_500 - n), &text)).collect();
    let export = day(json!(list));
    let all = items(&export);
    // The room, the author, who is in no list, and the messages.
    assert_eq!(all.iter().filter(|item| matches!(item, import_sources::Item::Record(_))).count(), 2_502);
    let source = export.open().unwrap();
    for from in [0, 1, 700, 2_499] {
        assert_eq!(source.read(1).skip(from).collect::<Vec<_>>(), all[from + 1..]);
    }
    let mut times: Vec<_> =
        records(&export).split_off(1).into_iter().map(|message| message["ts"].to_string()).collect();
    times.sort();
    times.dedup();
    assert_eq!(times.len(), 2_500);
}
