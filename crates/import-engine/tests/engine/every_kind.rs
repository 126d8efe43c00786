//! The example that has every kind of record of real exports.

use std::path::Path;

use import_proto::{Importer, NoticeKind, OperationState};
use import_store::Store as _;
use serde_json::{Value, json};

use crate::support::Workspace;

/// What a person sees of a message.
fn shown(message: &Value, rooms: &std::collections::BTreeMap<String, Value>) -> String {
    let room = &rooms[message["rid"].as_str().unwrap()];
    let name = match room["name"].as_str() {
        Some(name) => name.to_owned(),
        None => {
            // Their order is that of the users' ids, which are random.
            let mut names: Vec<&str> =
                room["usernames"].as_array().unwrap().iter().map(|name| name.as_str().unwrap()).collect();
            names.sort_unstable();
            names.join("+")
        }
    };
    let author = message["alias"].as_str().or(message["u"]["username"].as_str()).unwrap();
    let mut line = format!("{name} {author}: {}", message["msg"].as_str().unwrap().replace('\n', " / "));
    for attachment in message["attachments"].as_array().into_iter().flatten() {
        let words = ["title", "text"].into_iter().filter_map(|field| attachment[field].as_str());
        line.push_str(&format!(" [{}]", words.collect::<Vec<_>>().join(": ").replace('\n', " / ")));
    }
    for (field, mark) in
        [("tmid", "in a thread"), ("tshow", "shown in the room"), ("tcount", "a thread"), ("pinned", "pinned")]
    {
        if message.get(field).is_some() {
            line.push_str(&format!(" ({mark})"));
        }
    }
    for (emoji, reaction) in message["reactions"].as_object().into_iter().flatten() {
        line.push_str(&format!(" {emoji}{}", reaction["usernames"]));
    }
    line
}

#[tokio::test]
async fn every_kind_of_record_comes_in_and_is_shown() {
    let workspace = Workspace::fresh().await;
    let example = Path::new(env!("CARGO_MANIFEST_DIR")).join("../../examples/slack-every-kind");
    let done = workspace.import_as(Importer::Slack, &example).await;
    assert_eq!((done.state, workspace.failures().await), (OperationState::Done, vec![]));
    workspace.assert_each_message_is_shown_once().await;

    let rooms = workspace.documents("rocketchat_room").await;
    let mut messages: Vec<Value> = workspace.documents("rocketchat_message").await.into_values().collect();
    // The general room is the workspace's own and is not among the exported ones.
    messages.retain(|message| message["rid"] != "GENERAL");
    messages.sort_by_key(|message| (message["ts"].to_string(), message["_id"].to_string()));
    let lines: Vec<String> = messages.iter().map(|message| shown(message, &rooms)).collect();
    insta::assert_json_snapshot!("every_kind_messages", lines);

    let notices = workspace.engine.store().current_operation().await.unwrap().unwrap().work.notices;
    let count = |kind| notices.total(kind);
    assert_eq!(
        [
            count(NoticeKind::PlaceholderUsers),
            count(NoticeKind::UnlistedRooms),
            count(NoticeKind::MergedUsers),
            count(NoticeKind::ChangedUsernames),
            count(NoticeKind::OrphanReplies),
            count(NoticeKind::EarlierTexts),
            count(NoticeKind::DeletedMessages),
            count(NoticeKind::ReactionsWithoutUsers),
            count(NoticeKind::CustomEmoji),
            count(NoticeKind::UnreadFiles),
        ],
        [3, 1, 1, 4, 1, 2, 1, 3, 1, 1]
    );
    let again = workspace.import_as(Importer::Slack, &example).await;
    assert_eq!(json!(again.counts.created), json!({"users": 0, "channels": 0, "contacts": 0, "messages": 0}));
    assert_eq!(workspace.failures().await, Vec::<String>::new());
}
