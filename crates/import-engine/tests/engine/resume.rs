//! Stopping, going on, trying again.

use import_engine::Limits;
use import_proto::{ImportInput, OperationState, ProgressStep};

use crate::{
    bench_data::{messages, users},
    support::{Workspace, new_user, refusal},
};

const MESSAGES: usize = 30_000;

fn large(workspace: &Workspace) -> std::path::PathBuf {
    workspace.folder("large", &[("users.csv", &users(20)), ("general/1.csv", &messages(MESSAGES, 20))])
}

#[tokio::test]
async fn a_run_that_was_stopped_goes_on_at_its_last_batch_and_doubles_nothing() {
    let mut workspace = Workspace::fresh().await;
    workspace.prepare(&large(&workspace)).await;
    workspace.engine.start_import(ImportInput::everything()).await.unwrap();
    workspace.pulse(|pulse| pulse.counts.processed_messages > 0).await;
    workspace.engine.stop().await;
    let stopped = workspace.engine.status().await.unwrap();
    assert_eq!(stopped.state, OperationState::Importing);
    workspace.restart().await;
    let done = workspace.settled().await;
    assert_eq!((done.state, done.counts.completed, done.counts.error), (OperationState::Done, 20 + MESSAGES as u64, 0));
    assert_eq!(done.counts.created.messages, MESSAGES as u64);
    let rooms = workspace.engine.store();
    let keys = import_store::RoomKeys { ids: vec!["GENERAL".into()], ..Default::default() };
    assert_eq!(import_store::Store::find_rooms(&**rooms, keys).await.unwrap().len(), 1);
    assert_eq!(workspace.documents("rocketchat_message").await.len(), MESSAGES);
}

#[tokio::test]
async fn preparing_goes_on_after_a_stop() {
    let mut workspace = Workspace::fresh().await;
    let folder = large(&workspace);
    workspace.engine.import_file(&workspace.admin, import_proto::Importer::Csv, &folder).await.unwrap();
    workspace.restart().await;
    let ready = workspace.settled().await;
    assert_eq!(
        (ready.state, ready.staged.users, ready.staged.messages),
        (OperationState::Ready, Some(20), Some(MESSAGES as u64))
    );
    // A ready operation stays ready.
    workspace.restart().await;
    assert_eq!(workspace.engine.status().await.unwrap().state, OperationState::Ready);
}

#[tokio::test]
async fn a_file_is_read_on_within_the_limits_that_it_was_begun_with() {
    let mut workspace = Workspace::fresh().await;
    workspace.prepare(&large(&workspace)).await;
    // Every file of the export is larger than this: none would be left to read.
    workspace.restart_within(Limits { entry_bytes: 10, ..Limits::default() }).await;
    workspace.engine.start_import(ImportInput::everything()).await.unwrap();
    let done = workspace.settled().await;
    assert_eq!((done.state, done.counts.completed), (OperationState::Done, 20 + MESSAGES as u64));
}

#[tokio::test]
async fn a_folder_that_was_changed_after_it_was_prepared_is_not_read_on() {
    let mut workspace = Workspace::fresh().await;
    let folder = large(&workspace);
    workspace.prepare(&folder).await;
    std::fs::create_dir(folder.join("a-room")).unwrap();
    std::fs::write(folder.join("a-room/1.csv"), "user1,1600000000000,new\n").unwrap();
    workspace.restart().await;
    workspace.engine.start_import(ImportInput::everything()).await.unwrap();
    let failed = workspace.settled().await;
    assert_eq!((failed.state, failed.counts.created.messages), (OperationState::Error, 0));
    assert_eq!(
        failed.failure.unwrap(),
        "The export file is not what it was when it was prepared: files of it are gone, new, or of another size. Import it anew."
    );
}

#[tokio::test]
async fn clearing_stops_a_run_and_nothing_is_written_afterwards() {
    let workspace = Workspace::fresh().await;
    workspace.prepare(&large(&workspace)).await;
    workspace.engine.start_import(ImportInput::everything()).await.unwrap();
    workspace.pulse(|pulse| pulse.step == Some(ProgressStep::ImportingMessages)).await;
    workspace.engine.clear().await.unwrap();
    let written = workspace.documents("rocketchat_message").await.len();
    let cleared = workspace.engine.status().await.unwrap();
    assert_eq!((cleared.state, cleared.operation.unwrap().valid), (OperationState::Canceled, false));
    // The next operation is worked on by the same worker: whatever was still under way has ended by then.
    workspace.engine.new_operation(&workspace.admin).await.unwrap();
    workspace.engine.add_users(vec![new_user(1_000)]).await.unwrap();
    workspace.engine.run().await.unwrap();
    workspace.settled().await;
    assert_eq!(workspace.documents("rocketchat_message").await.len(), written);
    assert!(written < MESSAGES);
}

#[tokio::test]
async fn failed_records_are_run_again_once_the_cause_is_mended() {
    let workspace = Workspace::fresh().await;
    let folder = workspace.folder(
        "export",
        &[("general/1.csv", "user7,1600000000000,one\nuser7,1600000001000,two\nuser7,never,three\n")],
    );
    let failed = workspace.import(&folder).await;
    assert_eq!((failed.counts.completed, failed.counts.error), (0, 3));
    // Nothing was mended: they fail again.
    assert_eq!(workspace.engine.retry().await.unwrap(), 2);
    let again = workspace.settled().await;
    assert_eq!((again.counts.completed, again.counts.error, again.staged.total), (0, 3, Some(3)));

    let keeper = new_user(7);
    let user = import_store::documents::User {
        id: "user7user7user7us".into(),
        created_at: import_store::documents::Date::now(),
        username: keeper.username.unwrap(),
        name: "Seven".into(),
        emails: Vec::new(),
        user_type: Default::default(),
        roles: vec!["user".into()],
        active: true,
        status: "offline".into(),
        status_text: None,
        bio: None,
        utc_offset: None,
        services: Default::default(),
        import_ids: Vec::new(),
        pending_avatar_url: None,
        custom_fields: None,
        marks: Default::default(),
        updated_at: import_store::documents::Date::now(),
    };
    assert!(import_store::Store::add_user(&**workspace.engine.store(), user).await.unwrap());
    assert_eq!(workspace.engine.retry().await.unwrap(), 2);
    let mended = workspace.settled().await;
    assert_eq!((mended.state, mended.counts.completed, mended.counts.error), (OperationState::Done, 2, 1));
    assert_eq!(workspace.column("rocketchat_message", "msg").await, ["one", "two"]);
    // What is left could not be read, and reading it again would not help.
    assert_eq!(workspace.engine.retry().await.unwrap(), 0);
    assert_eq!(workspace.engine.status().await.unwrap().state, OperationState::Done);
}

#[tokio::test]
async fn only_a_done_operation_can_be_retried() {
    let workspace = Workspace::fresh().await;
    workspace.engine.new_operation(&workspace.admin).await.unwrap();
    assert_eq!(refusal(workspace.engine.retry().await), import_proto::Refusal::NotReady);
}

#[tokio::test]
async fn failures_outlive_the_operation_that_they_belong_to() {
    let workspace = Workspace::fresh().await;
    let folder = workspace.folder("export", &[("general/1.csv", "ghost,1600000000000,boo\n")]);
    let done = workspace.import(&folder).await;
    workspace.engine.new_operation(&workspace.admin).await.unwrap();
    assert_eq!(workspace.failures().await, Vec::<String>::new());
    let query = import_proto::RecordsQuery { operation: done.operation, ..Default::default() };
    let page = workspace.engine.records(query).await.unwrap();
    assert_eq!((page.total, page.records[0].data["msg"].as_str()), (1, Some("boo")));
}

#[tokio::test]
async fn the_file_of_an_operation_that_was_ended_just_before_a_crash_is_removed_at_the_next_start() {
    let mut workspace = Workspace::fresh().await;
    let mut upload = workspace.engine.begin_upload(&workspace.admin, "csv", "users.csv", None).await.unwrap();
    upload.write(b"ann,ann@example.com,Ann\n").await.unwrap();
    let operation = upload.finish().await.unwrap();
    workspace.settled().await;
    workspace.engine.stop().await;
    assert_eq!(workspace.uploads(), [operation.id]);
    // What a process that was killed between the two had done of `import.clear`.
    import_store::Store::end_operation(&**workspace.engine.store(), import_proto::Timestamp::now()).await.unwrap();
    workspace.restart().await;
    assert_eq!(workspace.uploads(), Vec::<String>::new());
}
