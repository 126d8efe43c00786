//! Exports that are damaged or hostile: what is good in them is read, the rest is named.

use std::fs::File;
use std::io::{Seek as _, SeekFrom, Write as _};

use import_proto::Importer;
use import_sources::Limits;
use serde_json::{Value, json};

use super::{day, failures, reasons, records};
use crate::support::Export;
use crate::zips::{Entry, zip};

const GOOD: &str = r#"{"user": "U1", "text": "good", "ts": "1554112799.000100"}"#;

/// An export with this day, and a good one after it.
fn with_good(text: impl AsRef<[u8]>) -> Export {
    let entries = [
        Entry::deflated("general/2019-04-01.json", text),
        Entry::deflated("general/2019-04-02.json", format!("[{GOOD}]")),
    ];
    Export::file("a.zip", zip(entries)).of(Importer::Slack)
}

/// Why the day fails; the one after it must be read.
fn wrong_in(text: impl AsRef<[u8]>) -> Vec<String> {
    let export = with_good(text);
    let shown = export.shown();
    assert!(shown.contains(&"general> U1: good".to_owned()), "{shown:?}");
    reasons(&export)
}

fn unreadable(reason: &str) -> String {
    format!("general/2019-04-01.json: the entry cannot be read: {reason}")
}

#[test]
fn a_day_that_is_no_json_is_named() {
    for text in ["<html></html>", "hello", "{\"ok\": true, \"messages\": []}", "null", "\"[]\""] {
        assert_eq!(
            wrong_in(text),
            [unreadable("it is to hold a list in JSON, [ … ], and holds something else")],
            "{text}"
        );
    }
    assert_eq!(wrong_in(""), [unreadable("it is to hold a list in JSON, [ … ], and is empty")]);
}

#[test]
fn a_record_that_is_no_json_is_named_with_its_line() {
    let text = "[\n{\"user\": \"U1\",\n \"text\": oops, \"ts\": \"1554112800.000100\"},\n{\"user\": \"U1\", \"text\": \"hi\", \"ts\": \"1554112800.000100\"}\n]";
    assert_eq!(wrong_in(text), ["general/2019-04-01.json:3: the record is no valid JSON: expected value"]);
    let failed = failures(&with_good(text)).remove(0);
    assert_eq!(failed.key, "general/2019-04-01.json[1]");
    assert_eq!(failed.data, json!({"text": "{\"user\": \"U1\",\n \"text\": oops, \"ts\": \"1554112800.000100\"}"}));
}

#[test]
fn a_record_of_another_shape_is_named() {
    assert_eq!(
        wrong_in("[1, \"x\", null, [], [{}]]"),
        ["general/2019-04-01.json:1: the record is no object in JSON, { … }"; 5]
    );
}

#[test]
fn a_day_that_is_cut_off_is_read_up_to_there() {
    let whole = format!("[\n{},\n{}\n]", GOOD.replace("799", "801"), GOOD.replace("799", "800"));
    let cut = &whole[..whole.len() - 30];
    assert_eq!(wrong_in(cut), [unreadable("it is cut off: the list does not end, from line 3 on")]);
    assert_eq!(with_good(cut).shown().iter().filter(|line| line.ends_with("good")).count(), 2);
}

#[test]
fn a_day_of_any_size_is_read_piece_by_piece() {
    let text: Vec<String> = (0..50_000)
        .map(|n| format!(r#"{{"user": "U1", "text": "{n}", "ts": "{}.000100"}}"#, 1_554_000_000 + n))
        .collect();
    let export = with_good(format!("[{}]", text.join(",\n")));
    assert_eq!(records(&export).len(), 50_002);
}

#[test]
fn a_record_over_the_limit_is_passed_over() {
    let long = format!(r#"[{{"user": "U1", "text": "{}", "ts": "1554112800.000100"}}]"#, "x".repeat(3 << 20));
    let export = with_good(&long);
    let limits = Limits { row_bytes: 1 << 20, ..Limits::default() };
    assert_eq!(
        export.shown_with(limits)[..3],
        [
            "room p general ",
            "failed message in general/2019-04-01.json at 1: the record cannot be read: it is longer than 1048576 bytes",
            "general> U1: good",
        ]
    );
    assert_eq!(records(&with_good(&long)).len(), 3);
}

#[test]
fn a_record_nested_too_deep_is_passed_over() {
    let nested = |depth: usize| format!("[{}{}, {}]", "[".repeat(depth), "]".repeat(depth), GOOD.replace("799", "800"));
    let deep = ["general/2019-04-01.json:1: the record cannot be read: it is nested deeper than is allowed"];
    assert_eq!(wrong_in(nested(10_000)), deep);
    assert_eq!(wrong_in(nested(64)), deep);
    assert_eq!(wrong_in(nested(63)), ["general/2019-04-01.json:1: the record is no object in JSON, { … }"]);
    let attachments = format!(
        r#"[{{"user": "U1", "text": "hi", "ts": "1554112800.000100", "attachments": {}1{}}}]"#,
        "[".repeat(62),
        "]".repeat(62)
    );
    assert_eq!(wrong_in(attachments), Vec::<String>::new());
}

#[test]
fn text_that_is_no_utf_8_spoils_its_own_record_only() {
    let text = b"[{\"user\": \"U1\", \"text\": \"\xff\", \"ts\": \"1554112800.000100\"},\n\
                 {\"user\": \"U1\", \"text\": \"hi\", \"ts\": \"1554112800.000200\"}]";
    assert_eq!(wrong_in(text), ["general/2019-04-01.json:1: the record cannot be read: its text is not valid UTF-8"]);
    assert_eq!(with_good(text).shown()[2], "general> U1: hi");
}

#[test]
fn a_copy_of_a_message_is_left_out_and_no_failure() {
    let said = json!({"user": "U1", "text": "one", "ts": "1554112800.000100"});
    let export = day(json!([said, said]));
    assert_eq!(export.shown(), ["room c C1 ", "C1> U1: one", "\"\": 1 kept, 1 left out"]);
}

#[test]
fn messages_with_one_ts_and_different_words_are_all_kept() {
    let said = |text: &str| json!({"user": "U1", "text": text, "ts": "1554112800.000100"});
    let export = day(json!([said("one"), said("two"), said("three")]));
    assert_eq!(
        export.shown(),
        ["room c C1 ", "C1> U1: one", "C1> U1: two", "C1> U1: three", "\"\": 3 kept, 0 left out",]
    );
}

#[test]
fn a_message_without_a_ts_or_with_one_that_is_no_time_fails() {
    for (ts, reason) in [
        (json!(null), "the message has no ts"),
        (json!(""), "the message has no ts"),
        (json!([1]), "the message has no ts"),
        (json!("NaN"), "\"NaN\" is no time in seconds from 1970 to 2099"),
        (json!("-62135596800.000000"), "\"-62135596800.000000\" is no time in seconds from 1970 to 2099"),
        (json!("10413792000.000000"), "\"10413792000.000000\" is no time in seconds from 1970 to 2099"),
        (json!("2019-04-01"), "\"2019-04-01\" is no time in seconds from 1970 to 2099"),
    ] {
        let export = day(json!([{"user": "USLACKBOT", "text": "hi", "ts": ts}]));
        let failed = failures(&export).remove(0);
        assert_eq!(failed.error.message, format!("importer-message-invalid-timestamp: {reason}"));
        let shown = ts.as_str().filter(|ts| !ts.is_empty());
        assert_eq!(failed.data, json!({"rid": "C1", "u": {"_id": "rocket.cat"}, "ts": shown, "msg": "hi"}));
    }
    assert_eq!(
        wrong_in(r#"[{"user": "U1", "text": "hi", "ts": NaN}]"#),
        ["general/2019-04-01.json:1: the record is no valid JSON: expected value"]
    );
}

#[test]
fn lists_that_cannot_be_read_do_not_keep_messages_from_it() {
    let entries = [
        Entry::deflated("users.json", "[{\"id\": \"U1\", \"name\": \"ann\"}, {\"id\": \"U2\""),
        Entry::deflated("channels.json", "{}"),
        Entry::deflated("general/2019-04-02.json", format!("[{GOOD}]")),
    ];
    let export = Export::file("a.zip", zip(entries)).of(Importer::Slack);
    assert_eq!(
        export.shown(),
        [
            "user U1",
            "failed entry in users.json: the entry cannot be read: it is cut off: the list does not end, from line 1 on",
            "failed entry in channels.json: the entry cannot be read: it is to hold a list in JSON, [ … ], and holds something else",
            "room p general ",
            "general> U1: good",
            "\"\": 1 kept, 0 left out",
        ]
    );
}

#[test]
fn hostile_entries_are_named_and_others_read() {
    let day = format!("[{GOOD}]");
    let entries = [
        Entry::stored("../../etc/passwd", "root"),
        Entry { unix_mode: Some(0o120_777), ..Entry::stored("general/2019-04-03.json", "/etc/passwd") },
        Entry { flags: 1, ..Entry::stored("general/2019-04-04.json", &day) },
        Entry { checksum: 1, ..Entry::stored("random/2019-04-01.json", &day) },
        Entry::stored("inner.zip", "PK"),
        Entry::stored("general/2019-04-02.json", &day),
    ];
    let export = Export::file("a.zip", zip(entries)).of(Importer::Slack);
    assert_eq!(
        export.shown(),
        [
            "failed entry in ../../etc/passwd: the entry cannot be read: the name is absolute, leads out of the archive or \
             has control characters in it",
            "failed entry in general/2019-04-03.json: the entry cannot be read: it is a symbolic link, and links are not \
             followed",
            "failed entry in general/2019-04-04.json: the entry cannot be read: it is encrypted; make an archive without a \
             password",
            "failed entry in inner.zip: the entry cannot be read: it is an archive within the archive; unpack it first",
            "room p general ",
            "room p random ",
            "general> U1: good",
            "\"\": 1 kept, 0 left out",
            "failed entry in random/2019-04-01.json: the entry cannot be read: its checksum is wrong, so what was read of it \
             may be wrong too",
            "random> U1: good",
            "\"\": 1 kept, 0 left out",
        ]
    );
}

#[test]
fn a_message_with_files_without_end_fails() {
    let files = vec![json!({}); 1_001];
    let export = day(json!([{"user": "U1", "text": "hi", "ts": "1554112800.000100", "files": files}]));
    assert_eq!(
        reasons(&export),
        ["general/2019-04-01.json:1: the message shares too many files: 1001, and 1000 are allowed"]
    );
}

#[test]
fn subtypes_without_end_are_counted_together() {
    let list: Vec<Value> =
        (0..300).map(|n| json!({"subtype": format!("odd-{n:03}"), "user": "U1", "ts": "1554112800"})).collect();
    let tallies = super::tallies(&day(json!(list)));
    assert_eq!((tallies.len(), tallies[200].subtype.as_str(), tallies[200].left_out), (201, "…", 100));
}

#[test]
fn a_record_of_500_megabytes_is_passed_over_and_the_entry_read_on() {
    let entries = [("general/2019-04-01.json", ""), ("general/2019-04-02.json", "[]")];
    let export = Export::folder(&entries).of(Importer::Slack);
    let mut day = File::create(export.path().join("general/2019-04-01.json")).unwrap();
    day.write_all(br#"[{"user": "U1", "text": ""#).unwrap();
    // What is not written takes no room on disk and is read as zeros.
    day.seek(SeekFrom::Start(500_000_000)).unwrap();
    day.write_all(format!("\"}},\n{GOOD}]").as_bytes()).unwrap();
    assert_eq!(
        export.shown(),
        [
            "room p general ",
            "failed message in general/2019-04-01.json at 1: the record cannot be read: it is longer than 16777216 bytes",
            "general> U1: good",
            "\"\": 1 kept, 0 left out",
        ]
    );
}
