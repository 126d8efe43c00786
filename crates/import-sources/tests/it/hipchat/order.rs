//! The times of messages: finer than a millisecond in the export, a millisecond each in the workspace.

use serde_json::{Value, json};

use super::{items, messages, room, said};

fn at(fraction: &str, text: &str) -> Value {
    said("UserMessage", text, json!({"timestamp": format!("2016-05-10T14:27:22Z {fraction}")}))
}

fn shown(records: Vec<Value>) -> Vec<(String, String)> {
    let shown = |message: Value| {
        let ts = message["ts"].as_str().unwrap().strip_prefix("2016-05-10T14:27:22.").unwrap().replace('Z', "");
        (ts, message["msg"].as_str().unwrap().to_owned())
    };
    records.into_iter().map(shown).collect()
}

fn expected(times: &[(&str, &str)]) -> Vec<(String, String)> {
    times.iter().map(|(ts, text)| ((*ts).to_owned(), (*text).to_owned())).collect()
}

#[test]
fn of_two_messages_in_a_millisecond_the_later_gets_the_next_free_one() {
    let list = json!([at("005999", "c"), at("005001", "a"), at("006000", "d"), at("005002", "b"), at("020000", "e")]);
    assert_eq!(
        shown(messages(list)),
        expected(&[("005", "a"), ("006", "b"), ("007", "c"), ("008", "d"), ("020", "e")])
    );
}

#[test]
fn every_read_gives_the_same_times_also_where_it_is_taken_up_further_down() {
    // Some megabytes, so that it is put in order in several pieces.
    let text = "x".repeat(2_000);
    let list: Vec<_> = (0..2_500)
        .map(|n| {
            let timestamp = format!("2016-05-10T14:27:22Z {:06}", n % 7 * 1_000 + 2_500 - n);
            said("UserMessage", &n.to_string(), json!({"message": text, "timestamp": timestamp}))
        })
        .collect();
    let export = room(json!(list));
    let all = items(&export);
    let source = export.open().unwrap();
    for from in [0, 1, 700, 2_499] {
        assert_eq!(source.read(1).skip(from).collect::<Vec<_>>(), all[from + 2..]);
    }
    let mut times: Vec<_> = messages(json!(list)).into_iter().map(|message| message["ts"].to_string()).collect();
    times.sort();
    times.dedup();
    assert_eq!(times.len(), 2_500);
}
