//! Files that messages share.

use std::io::Read;

use import_proto::Importer;
use serde_json::{Value, json};

use super::{messages, records};
use crate::support::Export;
use crate::zips::{Entry, zip};

fn file(id: &str) -> Value {
    json!({"id": id, "name": "a.png", "size": 3, "url_private_download": format!("https://files.example/{id}")})
}

/// Id, text, file and whether it is hidden, of each message.
fn shown(list: Value) -> Vec<(String, String, Option<String>, bool)> {
    let text = |value: &Value| value.as_str().map(str::to_owned);
    messages(list)
        .into_iter()
        .map(|message| {
            let id = text(&message["_id"]).unwrap().replace("slack-C1-1554112800-000100", "…");
            let hidden = message.get("_hidden") == Some(&json!(true));
            (id, text(&message["msg"]).unwrap(), text(&message["_importFile"]["id"]), hidden)
        })
        .collect()
}

fn is(id: &str, msg: &str, file: Option<&str>) -> (String, String, Option<String>, bool) {
    (id.to_owned(), msg.to_owned(), file.map(str::to_owned), file.is_some())
}

#[test]
fn each_file_is_a_message_of_its_own_behind_the_text() {
    let list =
        json!([{"user": "U1", "text": "look", "ts": "1554112800.000100", "files": [file("F1"), null, file("F2")]}]);
    assert_eq!(shown(list), [is("…", "look", None), is("…-file1", "", Some("F1")), is("…-file2", "", Some("F2"))]);
}

#[test]
fn files_without_text_are_messages_alone() {
    let list = json!([{
        "user": "U1", "text": "", "ts": "1554112800.000100", "files": [file("F1"), file("F2")],
        "reactions": [{"name": "eyes", "users": ["U2"]}],
    }]);
    assert_eq!(shown(list.clone()), [is("…-file1", "", Some("F1")), is("…-file2", "", Some("F2"))]);
    // What people thought of them stays.
    assert_eq!(messages(list)[0]["reactions"], json!({":eyes:": {"name": ":eyes:", "users": ["U2"]}}));
}

#[test]
fn a_thread_hangs_on_the_file_that_it_begins_with() {
    let list = json!([{
        "user": "U1", "text": "", "ts": "1554112800.000100", "files": [file("F1")], "thread_ts": "1554112800.000100",
        "reply_count": 1, "reply_users": ["U2"],
    }]);
    assert_eq!(shown(list.clone()), [("…-file1".to_owned(), "a.png".to_owned(), Some("F1".to_owned()), false)]);
    assert_eq!(messages(list)[0]["tcount"], json!(1));
}

#[test]
fn files_within_a_thread_stay_in_it() {
    let list = json!([{"user": "U1", "text": "", "ts": "1554112800.000100", "files": [file("F1")], "thread_ts": "1554112700.000100"}]);
    assert_eq!(messages(list)[0]["tmid"], json!("slack-C1-1554112700-000100"));
}

#[test]
fn a_file_of_an_old_export_is_a_message_of_its_own() {
    let list = json!([{
        "subtype": "file_share", "user": "U1", "username": "<@U1|ann>", "upload": true, "ts": "1554112800.000100",
        "text": "<@U1|ann> uploaded a file: <https://team.example/F1|a.png>", "file": file("F1"),
    }]);
    assert_eq!(shown(list), [is("…-fileshare", "", Some("F1"))]);
}

#[test]
fn the_private_url_of_a_file_stands_in_no_text() {
    let list = json!([{"user": "U1", "text": "look", "ts": "1554112800.000100", "files": [file("F1")]}]);
    for message in messages(list) {
        assert!(!message["msg"].as_str().unwrap().contains("files.example"));
        assert!(message.get("url").is_none());
    }
}

#[test]
fn a_file_is_to_be_fetched_with_all_that_slack_says_of_it() {
    let list = json!([{"user": "U1", "text": "", "ts": "1554112800.000100", "files": [file("F1")]}]);
    assert_eq!(
        messages(list)[0],
        json!({
            "_id": "slack-C1-1554112800-000100-file1", "rid": "C1", "u": {"_id": "U1"}, "msg": "",
            "ts": "2019-04-01T10:00:00.000Z", "_hidden": true,
            "_importFile": {
                "downloadUrl": "https://files.example/F1", "id": "F1", "size": 3, "name": "a.png", "external": false,
                "source": "slack", "original": file("F1"),
            },
        })
    );
}

#[test]
fn a_file_that_is_not_to_be_fetched_is_not_hidden() {
    let external = json!({"id": "F1", "title": "Plan", "is_external": true, "url_private": "https://docs.example/1"});
    let gone = json!({"id": "F2", "mode": "tombstone"});
    let list = json!([{"user": "U1", "text": "", "ts": "1554112800.000100", "files": [external, gone]}]);
    let shown: Vec<_> = messages(list)
        .into_iter()
        .map(|message| {
            (
                message.get("_hidden").cloned(),
                message["_importFile"]["external"].clone(),
                message["attachments"].clone(),
            )
        })
        .collect();
    assert_eq!(
        shown,
        [
            (None, json!(true), json!([{"title": "Plan", "title_link": "https://docs.example/1"}])),
            (None, json!(false), json!([{"text": "This file was deleted in Slack."}])),
        ]
    );
}

#[test]
fn of_several_entries_for_a_file_the_one_of_its_name_is_taken() {
    let named = json!({"id": "F9", "name": "report.txt"});
    let other = json!({"id": "F8", "name": "nowhere.txt"});
    let list = json!([{"user": "U1", "text": "", "ts": "1554112800.000100", "files": [named, other]}]);
    let entries = [
        Entry::deflated("__uploads/F8/b.txt", "first"),
        Entry::deflated("__uploads/F8/c.txt", "second"),
        Entry::deflated("__uploads/F9/a_thumb.txt", "small"),
        Entry::deflated("__uploads/F9/report.txt", "whole"),
        Entry::deflated("channels.json", r#"[{"id": "C1", "name": "general"}]"#),
        Entry::deflated("general/2019-04-01.json", list.to_string()),
    ];
    let export = Export::file("a.zip", zip(entries)).of(Importer::Slack);
    let entries: Vec<_> =
        records(&export).split_off(1).into_iter().map(|message| message["_importFile"]["entry"].clone()).collect();
    assert_eq!(entries, ["__uploads/F9/report.txt", "__uploads/F8/b.txt"]);
}

#[test]
fn a_file_that_another_tool_put_into_the_export_is_taken_from_there() {
    let list = json!([{"user": "U1", "text": "", "ts": "1554112800.000100", "files": [file("F1"), file("F12")]}]);
    let entries = [
        Entry::deflated("top/__uploads/F12/b.png", "PNG"),
        Entry::deflated("top/__uploads/F13/c.png", "no"),
        Entry { flags: 1, ..Entry::stored("top/__uploads/F1/a.png", "encrypted") },
        Entry::deflated("top/channels.json", r#"[{"id": "C1", "name": "general"}]"#),
        Entry::deflated("top/general/2019-04-01.json", list.to_string()),
    ];
    let export = Export::file("a.zip", zip(entries)).of(Importer::Slack);
    let entries: Vec<_> =
        records(&export).split_off(1).into_iter().map(|message| message["_importFile"].get("entry").cloned()).collect();
    assert_eq!(entries, [None, Some(json!("__uploads/F12/b.png"))]);
    let source = export.open().unwrap();
    let mut contents = String::new();
    source.open_file("__uploads/F12/b.png").unwrap().read_to_string(&mut contents).unwrap();
    assert_eq!(contents, "PNG");
    for (entry, reason) in [
        ("__uploads/F12", "the export holds no entry __uploads/F12"),
        ("__uploads/F1/a.png", "the export holds no entry __uploads/F1/a.png"),
        ("../../etc/passwd", "the export holds no entry ../../etc/passwd"),
    ] {
        assert_eq!(source.open_file(entry).err().unwrap().to_string(), reason);
    }
}

#[test]
fn files_of_one_message_come_one_after_the_other() {
    let list = json!([
        {"user": "U1", "text": "look", "ts": "1554112800.000100", "files": [file("F1")]},
        {"user": "U1", "text": "next", "ts": "1554112800.000200"},
    ]);
    let times: Vec<_> = messages(list).into_iter().map(|message| message["ts"].clone()).collect();
    assert_eq!(times, ["2019-04-01T10:00:00.000Z", "2019-04-01T10:00:00.001Z", "2019-04-01T10:00:00.002Z"]);
}
