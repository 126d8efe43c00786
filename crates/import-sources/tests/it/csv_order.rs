//! The times of messages in CSV files: many in a millisecond in the export, a millisecond each in the workspace.

use import_proto::{ImportMessage, Record};
use import_sources::Item;

use crate::support::{Export, all};

fn messages(items: Vec<Item>) -> Vec<ImportMessage> {
    let message = |item| if let Item::Record(Record::Message(message)) = item { Some(message) } else { None };
    items.into_iter().filter_map(message).collect()
}

/// The room, the time in milliseconds and the text of each message.
fn shown(files: &[(&str, &str)]) -> Vec<String> {
    let messages = messages(all(&*Export::folder(files).open().unwrap()));
    messages.iter().map(|message| format!("{} {} {}", message.rid, message.ts.0.as_millis(), message.msg)).collect()
}

#[test]
fn of_two_messages_in_a_millisecond_the_one_further_down_gets_the_next_free_one() {
    assert_eq!(
        shown(&[("general/a.csv", "ann,5,a\nbob,5,b\nann,5,c\nann,6,d\nbob,20,e\n")]),
        ["general 5 a", "general 6 b", "general 7 c", "general 8 d", "general 20 e"]
    );
}

#[test]
fn messages_that_stand_out_of_order_stay_where_they_are_and_the_later_gets_the_next_free_millisecond() {
    assert_eq!(
        shown(&[("general/a.csv", "ann,20,e\nann,6,d\nann,5,a\nann\nann,5,b\nann,4,z\n")]),
        ["general 20 e", "general 7 d", "general 5 a", "general 6 b", "general 4 z"]
    );
}

#[test]
fn ids_keep_the_time_that_stands_in_the_file() {
    let files = [("general/a.csv", "ann,1479162481336,hi\nann,1479162481336,hi\nann,1479162481336,ho\n")];
    let messages = messages(all(&*Export::folder(&files).open().unwrap()));
    let shown: Vec<_> = messages.iter().map(|message| (message.id.as_str(), message.ts.0.as_millis())).collect();
    assert_eq!(
        shown,
        [
            ("csv-6c8hnlq-1479162481336-pf661tnskdivo", 1_479_162_481_336),
            ("csv-6c8hnlq-1479162481336-7bm04uuuump36", 1_479_162_481_337),
            ("csv-6c8hnlq-1479162481336-48kihh8s98cte", 1_479_162_481_338),
        ]
    );
}

#[test]
fn direct_rooms_of_one_file_have_milliseconds_of_their_own() {
    assert_eq!(
        shown(&[("directmessages/a.csv", "ann,bob,5,a\nann,cat,5,b\nbob,ann,5,c\ncat,ann,6,d\n")]),
        ["ann/bob 5 a", "ann/cat 5 b", "ann/bob 6 c", "ann/cat 6 d"]
    );
}

#[test]
fn files_of_one_room_keep_their_times_each_since_nothing_says_which_is_the_later() {
    let files = [("general/a.csv", "ann,5,a\nann,5,b\n"), ("general/b.csv", "ann,5,c\nann,5,d\n")];
    assert_eq!(shown(&files), ["general 5 a", "general 6 b", "general 5 c", "general 6 d"]);
}

#[test]
fn every_read_gives_the_same_times_also_where_it_is_taken_up_further_down() {
    // Some megabytes, so that milliseconds are given out in several pieces; the newest first, three in a millisecond.
    let text = "x".repeat(2_000);
    let lines: String = (0..6_000).map(|n| format!("ann,{},{n} {text}\n", 9_000 - n / 3 * 3)).collect();
    let export = Export::folder(&[("general/a.csv", &lines)]);
    let source = export.open().unwrap();
    let all = all(&*source);
    for from in [0, 1, 1_033, 5_999] {
        assert_eq!(source.read(0).skip(from).collect::<Vec<_>>(), all[from..]);
    }
    let times: Vec<_> = messages(all).into_iter().map(|message| message.ts.0.as_millis()).collect();
    assert_eq!(times[..6], [9_000, 9_001, 9_002, 8_997, 8_998, 8_999]);
    let expected: Vec<_> = (3_003..9_003).collect();
    let mut sorted = times;
    sorted.sort();
    assert_eq!(sorted, expected);
}
