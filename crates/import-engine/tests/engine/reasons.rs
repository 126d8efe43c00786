//! What is counted of records that did not make it: by reason, and by subtype.

use import_proto::{
    DataType, ImportInput, Importer, OperationState, ReasonCount, RecordChoice, RecordError, RecordReasons,
    SubtypeCount,
};
use import_store::Store;

use crate::support::{Workspace, new_user};

fn count(data_type: DataType, reason: &str, count: u64) -> ReasonCount {
    ReasonCount { data_type, reason: reason.into(), count }
}

async fn reasons(workspace: &Workspace) -> RecordReasons {
    workspace.engine.status().await.unwrap().reasons.unwrap_or_default()
}

const EXPORT: &[(&str, &str)] = &[
    ("users.csv", "ann,ann@example.com,Ann\nann2,ANN@example.com,Ann again\nbob\n"),
    ("channels.csv", "lobby,ann,public,\nattic,ann,public,\n"),
    ("lobby/1.csv", "ann,1600000000000,hi\nghost,1600000000000,boo\nwraith,1600000000000,hoo\nann,noon,when\n"),
    ("attic/1.csv", "ann,1600000000000,dust\nann,1600000001000,more dust\n"),
];

#[tokio::test]
async fn failed_and_skipped_records_are_counted_by_reason_and_a_retry_counts_anew() {
    let workspace = Workspace::fresh().await;
    workspace.prepare(&workspace.folder("export", EXPORT)).await;
    let unreadable = [
        count(DataType::User, "the line has 1 of 3 columns", 1),
        count(DataType::Message, "importer-message-invalid-timestamp", 1),
    ];
    assert_eq!(reasons(&workspace).await, RecordReasons { failed: unreadable.to_vec(), skipped: Vec::new() });

    let lobby = Some(RecordChoice::list(["lobby".to_owned()]));
    let input = ImportInput { users: Some(RecordChoice::all()), channels: lobby, contacts: None };
    workspace.engine.start_import(input).await.unwrap();
    let done = workspace.settled().await;
    let failed = [
        count(DataType::Message, "importer-message-unknown-user", 2),
        count(DataType::User, "importer-user-duplicate", 1),
        unreadable[0].clone(),
        unreadable[1].clone(),
    ];
    let skipped = [count(DataType::Message, "not selected", 2), count(DataType::Channel, "not selected", 1)];
    let expected = RecordReasons { failed: failed.to_vec(), skipped: skipped.to_vec() };
    assert_eq!(reasons(&workspace).await, expected);
    assert_eq!((done.counts.error, done.counts.skipped), (5, 3));

    // Nothing was mended: the same again, and nothing twice.
    assert_eq!(workspace.engine.retry().await.unwrap(), 3);
    workspace.settled().await;
    assert_eq!(reasons(&workspace).await, expected);
    let query = import_proto::RecordsQuery { kind: Some(DataType::Message), ..Default::default() };
    let again = workspace.engine.records(query).await.unwrap().records;
    let ghost = again.iter().find(|record| record.data["msg"] == "boo").unwrap();
    let error =
        RecordError { entry: Some("lobby/1.csv".into()), ..RecordError::new("importer-message-unknown-user: ghost") };
    assert_eq!(ghost.errors, [error]);

    let ghost = serde_json::from_value(serde_json::json!({
        "_id": "ghostghostghostgh", "createdAt": {"$date": "2020-01-01T00:00:00.000Z"}, "username": "ghost",
        "name": "Ghost", "emails": [], "type": "user", "roles": ["user"], "active": true, "status": "offline",
        "services": {}, "importIds": [], "_updatedAt": {"$date": "2020-01-01T00:00:00.000Z"},
    }));
    assert!(workspace.engine.store().add_user(ghost.unwrap()).await.unwrap());
    workspace.engine.retry().await.unwrap();
    let mended = workspace.settled().await;
    assert_eq!((mended.counts.error, mended.counts.skipped), (4, 3));
    let again = reasons(&workspace).await;
    assert!(again.failed.contains(&count(DataType::Message, "importer-message-unknown-user", 1)), "{again:?}");
    assert_eq!((again.failed.len(), again.skipped), (4, skipped.to_vec()));
}

#[tokio::test]
async fn users_that_exist_are_counted_as_skipped() {
    let workspace = Workspace::fresh().await;
    for _ in 0..2 {
        workspace.engine.new_operation(&workspace.admin).await.unwrap();
        workspace.engine.add_users((0..3).map(new_user).collect()).await.unwrap();
        workspace.engine.run().await.unwrap();
        workspace.settled().await;
    }
    let skipped = vec![count(DataType::User, "the user exists already", 3)];
    assert_eq!(reasons(&workspace).await, RecordReasons { failed: Vec::new(), skipped });
}

#[tokio::test]
async fn while_a_run_goes_on_reasons_move_only_where_the_counts_do() {
    let workspace = Workspace::fresh().await;
    let ghosts: String = (0..700).map(|number| format!("ghost,{},boo\n", 1_600_000_000_000_u64 + number)).collect();
    workspace.prepare(&workspace.folder("export", &[("general/1.csv", &ghosts)])).await;
    workspace.engine.start_import(ImportInput::everything()).await.unwrap();
    loop {
        let status = workspace.engine.status().await.unwrap();
        let shown = status.operation.unwrap().count.unwrap().error.unwrap_or_default();
        let by_reason: u64 = status.reasons.unwrap_or_default().failed.iter().map(|entry| entry.count).sum();
        assert_eq!(shown, by_reason);
        if status.state == OperationState::Done {
            return assert_eq!(shown, 700);
        }
        tokio::task::yield_now().await;
    }
}

/// A Slack export with two rooms of messages whose subtypes nobody knows: every third has no text.
fn strange(workspace: &Workspace) -> std::path::PathBuf {
    let day = |subtype: &str, messages: u64| {
        let message = |number: u64| {
            let text = if number.is_multiple_of(3) { "" } else { "hello" };
            let ts = 1_600_000_000 + number;
            format!(r#"{{"type":"message","subtype":"{subtype}","user":"U1","ts":"{ts}.000100","text":"{text}"}}"#)
        };
        format!("[{}]", (0..messages).map(message).collect::<Vec<_>>().join(",\n"))
    };
    workspace.folder(
        "strange",
        &[
            ("users.json", r#"[{"id":"U1","name":"ann","profile":{"email":"ann@example.com"}}]"#),
            ("channels.json", r#"[{"id":"C1","name":"lobby","members":["U1"]},{"id":"C2","name":"attic"}]"#),
            ("attic/2020-09-13.json", &day("canvas_thing", 30)),
            ("lobby/2020-09-13.json", &day("canvas_thing", 9_000)),
            ("lobby/2020-09-14.json", &day("huddle_note", 6).replace("1600", "1601")),
        ],
    )
}

#[tokio::test]
async fn messages_of_unknown_subtypes_are_counted_once_however_often_preparing_is_stopped() {
    let mut workspace = Workspace::fresh().await;
    let folder = strange(&workspace);
    workspace.engine.import_file(&workspace.admin, Importer::Slack, &folder).await.unwrap();
    for _ in 0..3 {
        workspace.restart().await;
    }
    let ready = workspace.settled().await;
    assert_eq!((ready.state, ready.staged.messages), (OperationState::Ready, Some(6_024)));
    let stored = workspace.engine.store().current_operation().await.unwrap().unwrap();
    let subtype = |subtype: &str, kept, left_out| SubtypeCount { subtype: subtype.into(), kept, left_out };
    assert_eq!(
        stored.work.unknown_subtypes.as_slice(),
        [subtype("canvas_thing", 6_020, 3_010), subtype("huddle_note", 4, 2)]
    );
}
