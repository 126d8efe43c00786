//! Inputs made after real exports, in `tests/cases/slack`: a test for each, named after it.

use std::path::PathBuf;

use import_proto::{Importer, Record};
use import_sources::{FILE_MESSAGE_ENDINGS, Item, Limits};
use serde_json::{Value, json};

use crate::support::{all, to_json};

/// Everything that a case holds.
fn items(case: &str) -> Vec<Item> {
    let path = PathBuf::from(env!("CARGO_MANIFEST_DIR")).join("tests/cases/slack").join(case);
    all(&*import_sources::open(Importer::Slack, &path, case, Limits::default(), None).unwrap())
}

/// The messages of a case. None may have failed.
fn messages(case: &str) -> Vec<Value> {
    let message = |item| match item {
        Item::Record(record @ Record::Message(_)) => Some(to_json(&record)),
        Item::Failed(failed) => panic!("{failed:?}"),
        _ => None,
    };
    items(case).into_iter().filter_map(message).collect()
}

/// What else the case says: tallies of what was left out or is not known, and notices.
fn said(case: &str) -> Vec<String> {
    let said = |item| match item {
        Item::Tally(tally) if tally.left_out > 0 || !tally.known => Some(format!(
            "{:?}{}: {} kept, {} left out",
            tally.subtype,
            if tally.known { "" } else { " (unknown)" },
            tally.kept,
            tally.left_out
        )),
        Item::Notice(notice) => Some(format!("{} {:?} {}", notice.kind, notice.name, notice.count)),
        _ => None,
    };
    items(case).into_iter().filter_map(said).collect()
}

fn texts(case: &str) -> Vec<String> {
    messages(case).iter().map(|message| message["msg"].as_str().unwrap().to_owned()).collect()
}

/// The attachments of each message.
fn shown_attachments(case: &str) -> Vec<Value> {
    messages(case).into_iter().map(|message| message["attachments"].clone()).collect()
}

#[test]
fn blocks_longer_than_text() {
    assert_eq!(
        texts("blocks-longer-than-text"),
        [
            "*Deploy finished*\n*Service:* buoy-api\n*Version:* 4.2.1 [build 42](https://ci.example/42)\n*By*\n@U0ANN0001\n\
             *Took*\n3 min",
            "Who takes the night watch?",
            "*Incident 7* is open",
            "plain text",
            "only blocks",
            "see the table\nMon | ann\nTue | bob",
        ]
    );
    assert_eq!(messages("blocks-longer-than-text")[0]["mentions"], json!(["U0ANN0001"]));
}

#[test]
fn attachments() {
    let all = messages("attachments");
    assert_eq!(all.len(), 6);
    assert_eq!(
        all[0]["attachments"],
        json!([{"id": "1", "color": "#36a64f", "fallback": "Build 9 passed on main", "text": "Build 9 passed on main"}])
    );
    assert_eq!(
        all[1]["attachments"],
        json!([{
            "id": "1", "color": "#a30200", "fallback": "Build 10 failed",
            "text": "*Build 10* failed at step _lint_, see https://ci.example/10",
        }])
    );
    let quoted = &all[2]["attachments"][0];
    assert_eq!(quoted["text"], "the plan for May");
    assert_eq!(quoted["ts"], json!({"$date": "2023-11-14T19:43:20.000Z"}));
    assert_eq!((quoted.get("files"), &quoted["author_name"]), (None, &json!("Bob")));
    assert_eq!(all[3]["_id"], "slack-C0OPS0001-1700000020-000100-file1");
    assert_eq!(all[3]["_importFile"]["id"], "F0PLAN001");
    assert_eq!(
        all[4]["attachments"][0]["text"], "from message_blocks",
        "the words of a quoted message are in its blocks alone"
    );
    assert_eq!(
        all[5]["attachments"],
        json!([{
            "id": "1", "pretext": "New ticket & more", "title": "T-1", "title_link": "https://tk.example/1",
            "fields": [{"title": "Priority", "value": "High", "short": true}], "author_name": "Desk",
            "author_icon": "https://tk.example/i.png", "image_url": "https://tk.example/p.png", "footer": "Desk app",
            "ts": {"$date": "2023-11-14T22:13:20.000Z"}, "color": "#ff0000",
        }])
    );
}

#[test]
fn attachment_shapes() {
    let vote = "Vote\n[Open the report](https://r.example/1)\nApprove";
    assert_eq!(
        shown_attachments("attachment-shapes"),
        [
            json!([{
                "id": "1", "fallback": "f", "fields": [{"title": "", "value": "3 errors", "short": false}],
                "text": "field without a title",
            }]),
            json!([{
                "id": "1", "fallback": "f",
                "fields": [{"title": "Count", "value": "7", "short": true}, {"title": "Ok", "value": "true"}],
            }]),
            json!([{"id": "1", "fallback": "f", "text": "t"}]),
            json!([{"id": "1", "title": "5", "pretext": "x"}]),
            json!([{"id": "1", "fallback": "Vote", "text": vote}]),
            json!([{"id": "1", "fallback": "NEW INCIDENT", "text": "NEW INCIDENT"}]),
            json!([{
                "id": "1", "footer": "only a footer", "ts": {"$date": "2023-11-14T22:13:20.000Z"}, "text": "only a footer",
            }]),
            json!([{
                "id": "1", "service_name": "GitHub", "title": "repo", "title_link": "https://g.example",
                "from_url": "https://g.example", "original_url": "https://g.example", "fallback": "GitHub: repo",
                "service_icon": "https://g.example/i.png", "thumb_url": "https://g.example/t.png", "author_name": "GitHub",
            }]),
        ]
    );
}

#[test]
fn huddle_thread_empty() {
    let all = messages("huddle-thread-empty");
    assert_eq!(
        all[0],
        json!({
            "_id": "slack-C0OPS0001-1700000000-000100", "rid": "C0OPS0001", "u": {"_id": "rocket.cat"},
            "msg": "A huddle took place.", "ts": "2023-11-14T22:13:20.000Z", "tlm": "2023-11-14T22:14:20.000Z",
            "tcount": 2, "replies": ["U0ANN0001", "U0BOB0001"],
        })
    );
    assert_eq!(all.len(), 3);
    assert_eq!(all[1]["tmid"], all[0]["_id"]);
    assert_eq!(
        said("huddle-thread-empty"),
        ["\"huddle_thread\" (unknown): 1 kept, 0 left out", "\"sh_room_created\" (unknown): 0 kept, 1 left out",]
    );
}

#[test]
fn file_comment() {
    let all = messages("file-comment");
    let shown: Vec<_> = all
        .iter()
        .map(|message| {
            (message["u"]["_id"].as_str().unwrap(), message["msg"].as_str().unwrap(), message["_id"].as_str().unwrap())
        })
        .collect();
    assert_eq!(
        shown,
        [
            ("U0ANN0001", "the new map, please check", "slack-C0OPS0001-1700000000-000100"),
            ("U0ANN0001", "", "slack-C0OPS0001-1700000000-000100-fileshare"),
            ("U0BOB0001", "the west buoy is missing", "slack-C0OPS0001-1700000060-000100"),
        ]
    );
    assert_eq!(said("file-comment"), ["\"file_mention\": 0 kept, 1 left out"]);
}

#[test]
fn thread_broadcast() {
    let all = messages("thread-broadcast");
    let shown: Vec<_> = all
        .iter()
        .map(|message| (message["msg"].as_str().unwrap(), message["tmid"].as_str(), message.get("tshow").is_some()))
        .collect();
    assert_eq!(
        shown,
        [
            ("who is on call?", None, false),
            ("I am, all week", Some("slack-C0OPS0001-1700000000-000100"), true),
            ("old: who has the key?", None, false),
            ("me", Some("slack-C0OPS0001-1700000200-000100"), true),
        ]
    );
    assert_eq!(said("thread-broadcast"), ["\"reply_broadcast\": 0 kept, 1 left out"]);
}

#[test]
fn duplicates_block_id() {
    assert_eq!(texts("duplicates-block-id"), ["same message", "the typo", "root", "bc"]);
    let all = messages("duplicates-block-id");
    assert_eq!(all[1]["editedAt"], "2023-11-14T22:13:29.000Z");
    assert_eq!(all[3]["tshow"], true);
    assert_eq!(
        said("duplicates-block-id"),
        ["\"\": 3 kept, 2 left out", "\"thread_broadcast\": 1 kept, 1 left out", "earlierTexts \"\" 1",]
    );
}

#[test]
fn pins() {
    let all = messages("pins");
    assert_eq!(
        all[0],
        json!({
            "_id": "slack-C0OPS0001-1700000000-000100", "rid": "C0OPS0001", "u": {"_id": "U0ANN0001"},
            "msg": "wifi password is on the board", "ts": "2023-11-14T22:13:20.000Z", "pinned": true,
            "pinnedAt": "2023-11-14T22:14:10.000Z", "pinnedBy": "U0BOB0001",
        })
    );
    assert_eq!(all[1]["t"], "message_pinned");
    assert_eq!(all[1]["attachments"], json!([{"text": "wifi password is on the board", "author_name": "ann"}]));
}

#[test]
fn files_stubs() {
    let all = messages("files-stubs");
    let shown: Vec<_> = all
        .iter()
        .map(|message| {
            let hidden = message.get("_hidden").is_some();
            (message["msg"].as_str().unwrap(), message.get("attachments").map_or(json!([]), Value::clone), hidden)
        })
        .collect();
    let stub = |text: &str| ("", json!([{ "text": text }]), false);
    assert_eq!(
        shown,
        [
            stub("This file was deleted in Slack."),
            ("with text", json!([]), false),
            stub("Slack's plan hides this file."),
            stub("The person who made the export has no access to this file."),
            stub("Slack did not find this file."),
            stub("The export does not show this file."),
            ("", json!([{"title": "Plan", "title_link": "https://docs.example/d/1"}]), false),
            ("", json!([]), true),
            ("snippet", json!([]), false),
            ("", json!([{"title": "fix.py", "text": "```\nprint(1)\n```"}]), false),
            ("", json!([{"title": "Order 7", "text": "please ship"}]), false),
        ]
    );
}

#[test]
fn slackdump_standard() {
    let all = messages("slackdump-standard");
    assert_eq!(all[1]["_importFile"]["entry"], "ops/attachments/F0CHART01-chart.png");
}

#[test]
fn edits_and_deletes() {
    assert_eq!(
        texts("edits-and-deletes"),
        [
            "final text",
            "only here, never as a message of its own",
            "This message was deleted.",
            "reply below a deleted message",
        ]
    );
    assert_eq!(messages("edits-and-deletes")[1]["_id"], "slack-C0OPS0001-1700000030-000100");
    assert_eq!(
        said("edits-and-deletes"),
        [
            "\"message_changed\": 1 kept, 1 left out",
            "\"message_deleted\": 0 kept, 1 left out",
            "\"message_replied\": 0 kept, 1 left out",
            "earlierTexts \"\" 1",
            "deletedMessages \"\" 1",
        ]
    );
}

#[test]
fn mention_label_of_unknown() {
    let all = messages("mention-label-of-unknown");
    assert_eq!(all[0]["msg"], "thanks @U0GONE002, see #C0GONE001");
    assert_eq!(all[0]["_mentionNames"], json!({"U0GONE002": "old.name", "C0GONE001": "old-room"}));
    assert_eq!((&all[0]["mentions"], &all[0]["channels"]), (&json!(["U0GONE002"]), &json!(["C0GONE001"])));
}

#[test]
fn file_only_root() {
    let all = messages("file-only-root");
    let root = &all[0];
    assert_eq!(root["_id"], "slack-C0OPS0001-1700000000-000100-file1");
    assert_eq!((&root["msg"], root.get("_hidden")), (&json!("map.png"), None));
    assert_eq!((&root["tcount"], &root["replies"]), (&json!(1), &json!(["U0BOB0001"])));
    assert_eq!(root["reactions"], json!({":+1:": {"name": ":+1:", "users": ["U0BOB0001"]}}));
    assert_eq!(all.len(), 2);
    let tmid = all[1]["tmid"].as_str().unwrap();
    assert_eq!(tmid, "slack-C0OPS0001-1700000000-000100");
    assert_eq!(*root["_id"].as_str().unwrap(), format!("{tmid}{}", FILE_MESSAGE_ENDINGS[0]));
}

#[test]
fn reactions() {
    let all = messages("reactions");
    let users = |name: &str| all[0]["reactions"][name]["users"].clone();
    assert_eq!(users(":+1:"), json!(["U0ANN0001", "U0GONE001"]));
    assert_eq!(users(":+1_tone2:"), json!(["U0BOB0001"]));
    assert_eq!(users(":tide-logo:"), json!(["U0ANN0001"]));
    assert_eq!(users(":heart:"), json!(["U0GONE001"]));
    assert!(all[0]["reactions"].get(":tada:").is_none());
    assert_eq!(said("reactions"), ["reactionsWithoutUsers \"\" 3", "customEmoji \"tide-logo\" 1"]);
}
