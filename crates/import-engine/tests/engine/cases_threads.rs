//! Threads and mentions of real exports: replies without a first message, names of who is not known, and what a retry adds.

use std::path::{Path, PathBuf};

use import_engine::{Limits, Pulse};
use import_proto::{
    DataType, ImportInput, ImportMessage, ImportOptions, Importer, IsoTime, NoticeKind, OperationState, Timestamp,
    UnknownRooms, UnknownUsers,
};
use import_store::{
    Batch, Committed, Store,
    documents::User,
    staging::{RecordStatus, StagedKey, StagedRecord},
};
use serde_json::{Value, json};

use crate::support::{Workspace, without_updates};

const FAIL: ImportOptions = ImportOptions {
    unknown_users: Some(UnknownUsers::Fail),
    unknown_rooms: Some(UnknownRooms::Fail),
    names_encoding: None,
};

const USERS: &str = r#"[
    {"id": "U1ANN", "name": "ann", "profile": {"email": "ann@example.com", "real_name": "Ann"}},
    {"id": "U2BOB", "name": "bob", "profile": {"email": "bob@example.com", "real_name": "Bob"}}
]"#;
const CHANNELS: &str = r#"[{"id": "C1OPS", "name": "ops", "creator": "U1ANN", "members": ["U1ANN", "U2BOB"]}]"#;

fn case(name: &str) -> PathBuf {
    Path::new(env!("CARGO_MANIFEST_DIR")).join("../import-sources/tests/cases/slack").join(name)
}

/// A Slack export with one room, from its day files.
fn export(workspace: &Workspace, name: &str, days: &[(&str, &str)]) -> PathBuf {
    let days: Vec<(String, &str)> = days.iter().map(|(day, text)| (format!("ops/{day}.json"), *text)).collect();
    let mut files = vec![("users.json", USERS), ("channels.json", CHANNELS)];
    files.extend(days.iter().map(|(day, text)| (day.as_str(), *text)));
    workspace.folder(name, &files)
}

/// Imports an export; what needs unknown users or rooms fails.
async fn import(workspace: &Workspace, export: &Path) -> Pulse {
    let done = workspace.import_strictly(export).await;
    assert_eq!(done.state, OperationState::Done, "{:?}", done.failure);
    done
}

async fn retry(workspace: &Workspace, records: u64) -> Pulse {
    assert_eq!(workspace.engine.retry().await.unwrap(), records);
    workspace.settled().await
}

async fn orphans(workspace: &Workspace) -> u64 {
    let stored = workspace.engine.store().current_operation().await.unwrap().unwrap();
    stored.work.notices.total(NoticeKind::OrphanReplies)
}

/// The message with this text.
async fn message(workspace: &Workspace, text: &str) -> Value {
    let messages = workspace.documents("rocketchat_message").await;
    let found = messages.into_values().find(|message| message["msg"] == text);
    found.unwrap_or_else(|| panic!("there is no message {text:?}"))
}

/// A user who was added by hand.
async fn add_user(workspace: &Workspace, username: &str, import_id: &str) {
    let user: User = serde_json::from_value(json!({
        "_id": format!("id-of-{username}"), "createdAt": {"$date": "2020-01-01T00:00:00.000Z"}, "username": username,
        "name": username, "emails": [], "type": "user", "roles": ["user"], "active": true, "status": "offline",
        "services": {}, "importIds": [import_id], "_updatedAt": {"$date": "2020-01-01T00:00:00.000Z"},
    }))
    .unwrap();
    assert!(workspace.engine.store().add_user(user).await.unwrap());
}

/// Stages messages beside those of the prepared file. A run imports them before those of the file.
async fn stage(workspace: &Workspace, records: Vec<ImportMessage>) {
    let store = workspace.engine.store();
    let mut batch = Batch::new(store.current_operation().await.unwrap().unwrap());
    batch.stage = (1 << 50..)
        .zip(records)
        .map(|(seq, record)| StagedRecord {
            key: StagedKey { data_type: DataType::Message, seq },
            import_id: None,
            unnamed: false,
            data: serde_json::to_value(&record).unwrap(),
            readable: true,
            status: RecordStatus::Staged,
            errors: Vec::new(),
        })
        .collect();
    assert!(matches!(store.commit(batch).await.unwrap(), Committed::Done(_)));
}

fn record(id: &str, second: i64, text: &str) -> ImportMessage {
    let ts = IsoTime(Timestamp::from_millis(1_700_000_000_000 + second * 1_000).unwrap());
    ImportMessage::new(id.into(), "C0OPS0001".into(), "U0ANN0001".into(), text.into(), ts)
}

fn check(export: &Path) -> u64 {
    let name = export.file_name().unwrap().to_str().unwrap();
    let source = import_sources::open(Importer::Slack, export, name, Limits::default(), None).unwrap();
    let findings = import_engine::check::check(&*source, Importer::Slack, FAIL, &Default::default()).unwrap();
    findings.notices.total(NoticeKind::OrphanReplies)
}

const ORPHANS_ROOT: &str = r#"[
    {"type": "message", "ts": "1690000001.000100", "user": "U0ANN0001", "text": "what is the answer?",
     "thread_ts": "1690000001.000100", "reply_count": 2, "reply_users": ["U0BOB0001", "U0ANN0001"],
     "latest_reply": "1700000005.000100"}
]"#;

/// The case `orphan-replies`, exported once more with the first message.
fn orphans_with_root(workspace: &Workspace) -> PathBuf {
    let read = |file: &str| std::fs::read_to_string(case("orphan-replies").join(file)).unwrap();
    workspace.folder(
        "newer",
        &[
            ("users.json", &read("users.json")),
            ("channels.json", &read("channels.json")),
            ("ops/2023-11-14.json", &read("ops/2023-11-14.json")),
            ("ops/2023-07-22.json", ORPHANS_ROOT),
        ],
    )
}

#[tokio::test]
async fn orphan_replies_are_shown_in_the_room() {
    let workspace = Workspace::fresh().await;
    let done = import(&workspace, &case("orphan-replies")).await;
    assert_eq!((done.counts.error, done.counts.created.messages, done.counts.updated.messages), (0, 3, 0));
    assert_eq!((done.counts.processed_messages, done.staged.completed, done.staged.total), (3, Some(6), Some(6)));
    assert_eq!(orphans(&workspace).await, 2);
    assert_eq!(workspace.incomplete().await, Vec::<String>::new());
    let messages = workspace.documents("rocketchat_message").await;
    assert!(messages.values().all(|message| message.get("tmid").is_none() && message.get("tshow").is_none()));
    workspace.assert_each_message_is_shown_once().await;
    assert_eq!(workspace.engine.retry().await.unwrap(), 0);

    // The same export again adds and changes nothing.
    let before = without_updates(messages);
    let again = import(&workspace, &case("orphan-replies")).await;
    assert_eq!((again.counts.created.messages, again.counts.updated.messages), (0, 3));
    assert_eq!(without_updates(workspace.documents("rocketchat_message").await), before);
    assert_eq!(orphans(&workspace).await, 2);
}

#[tokio::test]
async fn orphan_replies_join_the_thread_that_a_newer_export_brings() {
    let workspace = Workspace::fresh().await;
    import(&workspace, &case("orphan-replies")).await;
    let newer = orphans_with_root(&workspace);
    let done = import(&workspace, &newer).await;
    assert_eq!((done.counts.error, done.counts.created.messages, done.counts.updated.messages), (0, 1, 3));
    assert_eq!(orphans(&workspace).await, 0);
    let root = message(&workspace, "what is the answer?").await;
    assert_eq!(message(&workspace, "thanks").await["tmid"], root["_id"]);
    assert_eq!(message(&workspace, "the answer is 42").await["tmid"], root["_id"]);
    assert!(message(&workspace, "hello").await.get("tmid").is_none());
    workspace.assert_each_message_is_shown_once().await;

    // An export of some days finds the first message in the workspace.
    let before = without_updates(workspace.documents("rocketchat_message").await);
    import(&workspace, &case("orphan-replies")).await;
    assert_eq!(orphans(&workspace).await, 0);
    assert_eq!(without_updates(workspace.documents("rocketchat_message").await), before);
}

#[tokio::test]
async fn a_reply_joins_a_first_message_that_comes_later_in_the_export() {
    let workspace = Workspace::fresh().await;
    let days = [
        (
            "a",
            r#"[{"type": "message", "ts": "1700000002.000100", "user": "U2BOB", "text": "reply", "thread_ts": "1700000001.000100"}]"#,
        ),
        ("b", r#"[{"type": "message", "ts": "1700000001.000100", "user": "U1ANN", "text": "root"}]"#),
    ];
    // Each file is large enough to be a batch of its own.
    let filler = |day: &str, text: &str| {
        let more: String = (0..5_000)
            .map(|number| {
                format!(r#",{{"type":"message","ts":"16{day}{number:06}.000100","user":"U1ANN","text":"x"}}"#)
            })
            .collect();
        text.trim_end_matches(']').to_owned() + &more + "]"
    };
    let texts = [filler("10", days[0].1), filler("20", days[1].1)];
    let folder = export(&workspace, "export", &[("2023-11-15", &texts[1]), ("2023-11-14", &texts[0])]);
    let done = import(&workspace, &folder).await;
    assert_eq!((done.counts.error, done.counts.created.messages, done.counts.updated.messages), (0, 10_002, 0));
    assert_eq!((done.staged.completed, done.staged.total), (Some(10_005), Some(10_005)));
    let (root, reply) = (message(&workspace, "root").await, message(&workspace, "reply").await);
    assert_eq!(reply["tmid"], root["_id"]);
    assert_eq!((&root["tcount"], &root["tlm"]), (&json!(1), &reply["ts"]));
    workspace.assert_each_message_is_shown_once().await;
    assert_eq!((orphans(&workspace).await, check(&folder)), (0, 0));
    assert_eq!(workspace.incomplete().await, Vec::<String>::new());
}

#[tokio::test]
async fn a_first_message_without_a_count_counts_its_replies() {
    let workspace = Workspace::fresh().await;
    let first = r#"[
        {"type": "message", "ts": "1700000001.000100", "user": "U1ANN", "text": "root", "thread_ts": "1700000001.000100"},
        {"type": "message", "ts": "1700000002.000100", "user": "U2BOB", "text": "one", "thread_ts": "1700000001.000100"}
    ]"#;
    let second = r#"[{"type": "message", "ts": "1700090000.000100", "user": "U1ANN", "text": "two", "thread_ts": "1700000001.000100"}]"#;
    import(&workspace, &export(&workspace, "one", &[("2023-11-14", first)])).await;
    let root = message(&workspace, "root").await;
    assert_eq!((&root["tcount"], root["replies"].as_array().unwrap().len()), (&json!(1), 1));

    // A later export brings a reply and not the first message.
    let later = export(&workspace, "two", &[("2023-11-15", second)]);
    for _ in 0..2 {
        import(&workspace, &later).await;
        let root = message(&workspace, "root").await;
        assert_eq!((&root["tcount"], root["replies"].as_array().unwrap().len()), (&json!(2), 2));
        assert_eq!(root["tlm"], message(&workspace, "two").await["ts"]);
        workspace.assert_each_message_is_shown_once().await;
    }
}

#[tokio::test]
async fn thread_broadcast_keeps_its_thread() {
    let workspace = Workspace::fresh().await;
    import(&workspace, &case("thread-broadcast")).await;
    let (root, reply) = (message(&workspace, "who is on call?").await, message(&workspace, "I am, all week").await);
    assert_eq!((&reply["tmid"], &reply["tshow"]), (&root["_id"], &json!(true)));
    let (root, reply) = (message(&workspace, "old: who has the key?").await, message(&workspace, "me").await);
    assert_eq!((&reply["tmid"], reply.get("tshow")), (&root["_id"], Some(&json!(true))));
    workspace.assert_each_message_is_shown_once().await;
    assert_eq!((orphans(&workspace).await, check(&case("thread-broadcast"))), (0, 0));
}

#[tokio::test]
async fn file_only_root_has_its_thread_on_a_message_that_is_there() {
    let workspace = Workspace::fresh().await;
    import(&workspace, &case("file-only-root")).await;
    workspace.assert_each_message_is_shown_once().await;
    assert!(message(&workspace, "nice map").await["tmid"].is_string());
    assert_eq!((orphans(&workspace).await, check(&case("file-only-root"))), (0, 0));
}

#[tokio::test]
async fn a_thread_whose_first_message_is_a_file_hangs_on_the_file_s_message() {
    let workspace = Workspace::fresh().await;
    let day = r#"[
        {"type": "message", "ts": "1700000000.000100", "user": "U1ANN", "text": "",
         "files": [{"id": "F1", "name": "map.png", "mimetype": "image/png", "url_private_download": "https://files.example/F1"}]},
        {"type": "message", "ts": "1700000005.000100", "user": "U2BOB", "text": "nice map", "thread_ts": "1700000000.000100"}
    ]"#;
    let folder = export(&workspace, "export", &[("2023-11-14", day)]);
    import(&workspace, &folder).await;
    assert_eq!(message(&workspace, "nice map").await["tmid"], "slack-C1OPS-1700000000-000100-file1");
    workspace.assert_each_message_is_shown_once().await;
    assert_eq!((orphans(&workspace).await, check(&folder)), (0, 0));

    // The workspace knows it too.
    let day = r#"[{"type": "message", "ts": "1700000006.000100", "user": "U2BOB", "text": "really", "thread_ts": "1700000000.000100"}]"#;
    import(&workspace, &export(&workspace, "later", &[("2023-11-15", day)])).await;
    assert_eq!(message(&workspace, "really").await["tmid"], "slack-C1OPS-1700000000-000100-file1");
    workspace.assert_each_message_is_shown_once().await;
}

#[tokio::test]
async fn huddle_thread_empty_shows_every_message() {
    let workspace = Workspace::fresh().await;
    import(&workspace, &case("huddle-thread-empty")).await;
    message(&workspace, "notes: raise the buoy on Friday").await;
    assert!(message(&workspace, "agreed").await["tmid"].is_string());
    workspace.assert_each_message_is_shown_once().await;
}

#[tokio::test]
async fn duplicates_block_id_keeps_the_thread() {
    let workspace = Workspace::fresh().await;
    import(&workspace, &case("duplicates-block-id")).await;
    assert_eq!(workspace.column("rocketchat_message", "msg").await, ["bc", "root", "same message", "the typo"]);
    assert_eq!(message(&workspace, "bc").await["tmid"], message(&workspace, "root").await["_id"]);
    workspace.assert_each_message_is_shown_once().await;
}

#[tokio::test]
async fn connect_user_replies_to_a_failed_message_are_shown_until_a_retry_brings_it() {
    let workspace = Workspace::fresh().await;
    let done = import(&workspace, &case("connect-user")).await;
    assert_eq!((done.counts.error, done.counts.created.messages), (3, 2));
    let reply = "reply by bob under the stranger's message";
    assert!(message(&workspace, reply).await.get("tmid").is_none());
    workspace.assert_each_message_is_shown_once().await;
    assert_eq!(orphans(&workspace).await, 1);
    assert_eq!(
        workspace.incomplete().await,
        [
            "importer-channel-incomplete: 1 unknown members",
            "importer-message-incomplete: unknown users U0EXT0001",
            "importer-message-incomplete: no first message slack-C0OPS0001-1700000008-000100",
        ]
    );

    // Nothing was mended: the same again, and nothing twice.
    let completed = done.counts.completed;
    let again = retry(&workspace, 6).await;
    assert_eq!((again.counts.completed, again.counts.error, orphans(&workspace).await), (completed, 3, 1));
    assert_eq!(workspace.incomplete().await.len(), 3);

    add_user(&workspace, "stranger", "W0EXT0002").await;
    let mended = retry(&workspace, 6).await;
    assert_eq!((mended.counts.completed, mended.counts.error), (completed + 1, 2));
    let root = message(&workspace, "root by a stranger").await;
    assert_eq!(message(&workspace, reply).await["tmid"], root["_id"]);
    assert_eq!(orphans(&workspace).await, 0);
    workspace.assert_each_message_is_shown_once().await;

    add_user(&workspace, "eve", "U0EXT0001").await;
    let mended = retry(&workspace, 4).await;
    assert_eq!((mended.counts.completed, mended.counts.error), (completed + 3, 0));
    assert_eq!(workspace.incomplete().await, Vec::<String>::new());
    let welcome = message(&workspace, "welcome @eve").await;
    assert_eq!(welcome["reactions"], json!({":wave:": {"usernames": ["bob", "eve"]}}));
    assert_eq!(welcome["mentions"][0]["username"], "eve");
    assert_eq!(message(&workspace, "thank you").await["tmid"], welcome["_id"]);
    let members = workspace.documents("rocketchat_subscription").await;
    let members: Vec<_> = members.values().filter(|member| member["name"] == "ops").collect();
    assert!(members.iter().any(|member| member["u"]["username"] == "eve"), "{members:?}");
    assert_eq!((mended.counts.created.channels, mended.staged.total), (1, mended.staged.completed));
    assert_eq!(workspace.engine.retry().await.unwrap(), 0);
    workspace.assert_each_message_is_shown_once().await;
}

#[tokio::test]
async fn mention_label_of_unknown_is_shown_and_becomes_a_mention_after_a_retry() {
    let workspace = Workspace::fresh().await;
    let ready = workspace.prepare_as(Importer::Slack, &case("mention-label-of-unknown")).await;
    assert_eq!(ready.state, OperationState::Ready);
    let text = "thanks @U0GONE002, see #C0GONE001, `@U0GONE002` @U0GONE003";
    let mut record = record("m", 1, text);
    record.mentions = ["U0GONE002", "U0GONE003"].map(String::from).to_vec();
    record.channels = vec!["C0GONE001".into()];
    record.mention_names =
        [("U0GONE002", "old.name"), ("C0GONE001", "old-room")].map(|(id, name)| (id.into(), name.into())).into();
    record.attachments = vec![json!({"text": "by @U0GONE002"})];
    stage(&workspace, vec![record]).await;
    workspace.engine.start_import(ImportInput::everything()).await.unwrap();
    let done = workspace.settled().await;

    message(&workspace, "thanks @old.name, see #old-room").await;
    let shown = workspace.documents("rocketchat_message").await.remove("m").unwrap();
    assert_eq!(shown["msg"], "thanks @old.name, see #old-room, `@U0GONE002` @U0GONE003");
    assert_eq!(shown["attachments"], json!([{"text": "by @old.name"}]));
    assert!(shown.get("mentions").is_none() && shown.get("channels").is_none());
    let reason = "importer-message-incomplete: unknown users U0GONE002, U0GONE003; unknown rooms C0GONE001";
    assert!(workspace.incomplete().await.contains(&reason.to_owned()), "{:?}", workspace.incomplete().await);

    add_user(&workspace, "back.again", "U0GONE002").await;
    let incomplete = workspace.incomplete().await.len() as u64;
    let again = retry(&workspace, incomplete).await;
    assert_eq!(again.counts.completed, done.counts.completed);
    let shown = workspace.documents("rocketchat_message").await.remove("m").unwrap();
    assert_eq!(shown["msg"], "thanks @back.again, see #old-room, `@U0GONE002` @U0GONE003");
    assert_eq!(shown["attachments"], json!([{"text": "by @back.again"}]));
    assert_eq!(shown["mentions"][0]["username"], "back.again");
    let reason = "importer-message-incomplete: unknown users U0GONE003; unknown rooms C0GONE001";
    assert!(workspace.incomplete().await.contains(&reason.to_owned()));
}

#[tokio::test]
async fn many_orphans_are_counted_once_however_often_the_run_is_stopped() {
    let mut workspace = Workspace::fresh().await;
    let replies: Vec<String> = (0..12_345)
        .map(|number| {
            let root = 1_600_000_000 + number % 1_000;
            format!(
                r#"{{"type":"message","ts":"17{number:08}.000100","user":"U1ANN","text":"x","thread_ts":"{root}.000100"}}"#
            )
        })
        .collect();
    let folder = export(&workspace, "export", &[("2023-11-14", &format!("[{}]", replies.join(",")))]);
    workspace.prepare_as(Importer::Slack, &folder).await;
    let mut pulses = workspace.engine.pulse();
    workspace.engine.start_import(ImportInput::everything()).await.unwrap();
    let mut seen = Vec::new();
    for _ in 0..6 {
        if tokio::time::timeout(crate::support::PATIENCE, pulses.changed()).await.unwrap().is_err() {
            break;
        }
        seen.push(pulses.borrow_and_update().staged.completed.unwrap_or_default());
        workspace.restart().await;
        pulses = workspace.engine.pulse();
    }
    let done = workspace.settled().await;
    assert_eq!(
        (done.state, done.counts.completed, done.counts.created.messages),
        (OperationState::Done, 12_348, 12_345)
    );
    // Two users and a room, then multiples of 500 messages.
    assert!(seen.iter().all(|completed| matches!(completed, 0 | 12_348) || (completed - 3) % 500 == 0), "{seen:?}");
    assert_eq!((orphans(&workspace).await, check(&folder)), (12_345, 12_345));
    assert_eq!(workspace.incomplete().await, Vec::<String>::new());
    workspace.assert_each_message_is_shown_once().await;
}

#[tokio::test]
async fn check_counts_replies_whose_first_message_is_missing_or_will_fail() {
    let workspace = Workspace::fresh().await;
    assert_eq!(check(&case("orphan-replies")), 2);
    assert_eq!(check(&orphans_with_root(&workspace)), 0);
    let day = r#"[
        {"type": "message", "ts": "1700000001.000100", "user": "U1ANN", "text": "root"},
        {"type": "message", "ts": "1700000002.000100", "user": "U2BOB", "text": "reply", "thread_ts": "1700000001.000100"}
    ]"#;
    let other = r#"[{"type": "message", "ts": "1700090000.000100", "user": "U2BOB", "text": "another", "thread_ts": "1700000001.000100"}]"#;
    assert_eq!(check(&export(&workspace, "uncounted", &[("2023-11-14", day), ("2023-11-13", other)])), 0);
}

#[tokio::test]
async fn a_broadcast_is_shown_in_the_room_and_joins_its_thread_later() {
    let workspace = Workspace::fresh().await;
    workspace.prepare_as(Importer::Slack, &case("thread-broadcast")).await;
    let of_thread =
        |id: &str, second, root: &str| ImportMessage { tmid: Some(root.into()), tshow: true, ..record(id, second, id) };
    stage(
        &workspace,
        vec![
            of_thread("joins", 40, "slack-C0OPS0001-1700000200-000100"),
            of_thread("stays", 41, "elsewhere"),
            of_thread("own", 42, "own"),
            of_thread("at once", 43, "first"),
            record("first", 39, "first"),
        ],
    )
    .await;
    workspace.engine.start_import(ImportInput::everything()).await.unwrap();
    let done = workspace.settled().await;
    assert_eq!((done.counts.error, done.counts.updated.messages), (0, 0));
    let thread = async |text: &str| {
        let message = message(&workspace, text).await;
        (message.get("tmid").cloned(), message.get("tshow").cloned())
    };
    assert_eq!(thread("joins").await, (Some(json!("slack-C0OPS0001-1700000200-000100")), Some(json!(true))));
    assert_eq!(thread("at once").await, (Some(json!("first")), Some(json!(true))));
    assert_eq!(thread("stays").await, (None, None));
    assert_eq!(thread("own").await, (None, None));
    assert_eq!(orphans(&workspace).await, 2);
    workspace.assert_each_message_is_shown_once().await;
}

#[tokio::test]
async fn the_later_of_two_versions_of_a_message_wins() {
    let workspace = Workspace::fresh().await;
    workspace.prepare_as(Importer::Slack, &case("thread-broadcast")).await;
    stage(&workspace, vec![record("m", 1, "teh typo"), record("m", 1, "the typo")]).await;
    workspace.engine.start_import(ImportInput::everything()).await.unwrap();
    let done = workspace.settled().await;
    assert_eq!((done.counts.error, done.counts.updated.messages), (0, 1));
    message(&workspace, "the typo").await;
}
