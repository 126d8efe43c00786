//! Operations: one is current, and a batch is carried out only on the operation that it was made for.

use import_proto::{
    DataType, ImportOptions, NoticeKind, Notices, OperationCount, OperationState, ProgressStep, ReasonCounts,
    SubtypeCounts, UnknownUsers,
};
use import_store::{
    Batch, Committed, RoomKeys, Store, UserKeys,
    operation::{Counts, Failure, FileLimits, KindCounts, Position, Reasons, StoredFile, Work},
    uploads::PendingKey,
};

use crate::fixture::*;

pub(crate) async fn a_new_operation_is_the_current_one(backend: &impl Backend) {
    let store = backend.store();
    assert_eq!(store.current_operation().await.unwrap(), None);
    let created = store.create_operation(operation("a")).await.unwrap();
    assert_eq!(created.revision, 1);
    assert_eq!(store.current_operation().await.unwrap(), Some(created.clone()));
    assert_eq!(store.operation("a").await.unwrap(), Some(created));
    assert_eq!(store.operation("b").await.unwrap(), None);
}

pub(crate) async fn an_operation_is_kept_with_everything_in_it(backend: &impl Backend) {
    let store = backend.store();
    let mut batch = Batch::new(begin(store, "a").await);
    let wire = &mut batch.operation.operation;
    wire.status = ProgressStep::ImportingUsers;
    wire.content_type = Some("application/zip".into());
    wire.file = Some("export.zip".into());
    wire.count = Some(OperationCount { total: Some(7), completed: Some(3), ..OperationCount::default() });
    let kinds = KindCounts { users: 1, channels: 2, contacts: 3, messages: 4 };
    let reasons = |reason: &str| {
        let mut counts = ReasonCounts::default();
        counts.add(DataType::Message, reason, 3);
        counts
    };
    let options = ImportOptions { unknown_users: Some(UnknownUsers::Fail), ..ImportOptions::default() };
    let mut notices = Notices::default();
    notices.add(NoticeKind::CustomEmoji, "tide-logo", 3);
    let mut unknown_subtypes = SubtypeCounts::default();
    unknown_subtypes.add("canvas", 1, 2);
    batch.operation.work = Work {
        pending_after: Some(PendingKey { file: "F1".into(), id: "m1".into() }),
        file_needed: true,
        counts: Counts {
            completed: 1,
            error: 2,
            skipped: 3,
            processed: 4,
            processed_messages: 5,
            created: kinds,
            updated: kinds,
        },
        position: Position { part: 5, item: 6 },
        file: Some(StoredFile { path: "/data/uploads/a".into(), owned: true }),
        limits: Some(FileLimits {
            entries: 1,
            expanded_bytes: 2,
            entry_bytes: 3,
            ratio: 4,
            ratio_floor: 5,
            row_bytes: 6,
            json_depth: 7,
        }),
        parts: Some("c0ffee".into()),
        download_url: Some("https://example.org/export.zip".into()),
        shares: Some(3),
        orphans_incomplete: 8,
        skip_existing: true,
        resumes: 2,
        failure: Some(Failure { message: "It failed.".into(), while_loading: true }),
        notes: vec!["A room got another name.".into()],
        notes_omitted: 9,
        reasons: Reasons { failed: reasons("taken"), unreadable: reasons("cut off"), skipped: reasons("not selected") },
        visible_reasons: Reasons { failed: reasons("taken"), ..Reasons::default() },
        unknown_subtypes,
        notices,
        options,
    };
    let mut expected = batch.operation.clone();
    expected.revision = 2;
    assert_eq!(commit(store, batch).await, expected);
    assert_eq!(store.current_operation().await.unwrap(), Some(expected));
}

pub(crate) async fn creating_an_operation_ends_the_current_one(backend: &impl Backend) {
    let store = backend.store();
    begin(store, "a").await;
    let mut newer = operation("b");
    newer.operation.updated_at.0 = at("2024-05-01T13:00:00.000Z");
    store.create_operation(newer).await.unwrap();

    let ended = store.operation("a").await.unwrap().unwrap();
    assert!(ended.ended_by_administrator);
    assert!(!ended.operation.valid);
    assert_eq!(ended.step(), ProgressStep::ImportCancelled);
    assert_eq!(ended.operation.updated_at.0, at("2024-05-01T13:00:00.000Z"));
    assert_eq!(ended.revision, 2);
    assert_eq!(ended.state(), OperationState::Canceled);
    assert_eq!(store.current_operation().await.unwrap().unwrap().operation.id, "b");
}

pub(crate) async fn a_finished_operation_keeps_its_step(backend: &impl Backend) {
    let store = backend.store();
    for step in [ProgressStep::Done, ProgressStep::ImportFailed] {
        let mut batch = Batch::new(begin(store, step.as_str()).await);
        batch.operation.operation.status = step;
        commit(store, batch).await;
        let ended = store.end_operation(noon()).await.unwrap().unwrap();
        assert_eq!(ended.step(), step);
        assert!(!ended.operation.valid && ended.ended_by_administrator);
    }
}

pub(crate) async fn ending_an_operation_twice_is_ending_it_once(backend: &impl Backend) {
    let store = backend.store();
    begin(store, "a").await;
    let later = at("2024-05-01T13:00:00.000Z");
    let ended = store.end_operation(later).await.unwrap().unwrap();
    assert_eq!((ended.revision, ended.operation.updated_at.0), (2, later));
    assert_eq!(store.end_operation(at("2024-05-01T14:00:00.000Z")).await.unwrap(), Some(ended.clone()));
    assert_eq!(store.current_operation().await.unwrap(), Some(ended.clone()));
    begin(store, "b").await;
    assert_eq!(store.operation("a").await.unwrap(), Some(ended));
}

pub(crate) async fn there_is_nothing_to_end_before_the_first_operation(backend: &impl Backend) {
    assert_eq!(backend.store().end_operation(noon()).await.unwrap(), None);
}

pub(crate) async fn the_latest_operations_come_first(backend: &impl Backend) {
    let store = backend.store();
    for (id, time) in
        [("a", "2024-05-03T00:00:00.000Z"), ("b", "2024-05-01T00:00:00.000Z"), ("c", "2024-05-02T00:00:00.000Z")]
    {
        let mut operation = operation(id);
        operation.operation.updated_at.0 = at(time);
        store.create_operation(operation).await.unwrap();
    }
    let ids = |operations: Vec<import_store::operation::StoredOperation>| -> Vec<String> {
        operations.into_iter().map(|operation| operation.operation.id).collect()
    };
    // Each was changed last when the next one ended it: a at b's time, b at c's.
    assert_eq!(ids(store.latest_operations(20).await.unwrap()), ["c", "b", "a"]);
    assert_eq!(ids(store.latest_operations(2).await.unwrap()), ["c", "b"]);

    let mut batch = Batch::new(store.operation("c").await.unwrap().unwrap());
    batch.operation.operation.updated_at.0 = at("2024-04-01T00:00:00.000Z");
    commit(store, batch).await;
    assert_eq!(ids(store.latest_operations(20).await.unwrap()), ["b", "a", "c"]);
}

pub(crate) async fn a_batch_at_another_revision_is_stale(backend: &impl Backend) {
    let store = backend.store();
    let read = begin(store, "a").await;
    let current = commit(store, Batch::new(read.clone())).await;

    let mut late = Batch::new(read);
    late.stage = vec![staged(import_proto::DataType::User, 1)];
    late.workspace.new_users = vec![user("u1", "ann")];
    late.workspace.new_rooms = vec![room("r1", "red")];
    assert!(matches!(store.commit(late).await.unwrap(), Committed::Stale));

    assert_eq!(store.current_operation().await.unwrap(), Some(current));
    assert_eq!(store.list_staged("a", Default::default(), 0, 10).await.unwrap(), (vec![], 0));
    assert_eq!(store.find_users(UserKeys { ids: strings(["u1"]), ..UserKeys::default() }).await.unwrap(), []);
    assert_eq!(store.find_rooms(RoomKeys { ids: strings(["r1"]), ..RoomKeys::default() }).await.unwrap(), []);
    assert!(matches!(store.commit(Batch::new(operation("nowhere"))).await.unwrap(), Committed::Stale));
}

pub(crate) async fn a_batch_of_an_ended_operation_is_stale(backend: &impl Backend) {
    let store = backend.store();
    begin(store, "a").await;
    let ended = store.end_operation(noon()).await.unwrap().unwrap();
    assert!(matches!(store.commit(Batch::new(ended.clone())).await.unwrap(), Committed::Stale));
    begin(store, "b").await;
    assert!(matches!(store.commit(Batch::new(ended)).await.unwrap(), Committed::Stale));
}

pub(crate) async fn a_batch_that_is_refused_leaves_nothing_behind(backend: &impl Backend) {
    let store = backend.store();
    write(store, |workspace| workspace.new_users = vec![user("u1", "ann")]).await;
    let read = begin(store, "a").await;
    let mut batch = Batch::new(read.clone());
    batch.stage = vec![staged(import_proto::DataType::User, 1)];
    batch.workspace.new_users = vec![user("u2", "bob"), user("u3", "Ann")];
    assert!(store.commit(batch).await.is_err());

    assert_eq!(store.current_operation().await.unwrap(), Some(read.clone()));
    assert_eq!(store.list_staged("a", Default::default(), 0, 10).await.unwrap(), (vec![], 0));
    assert_eq!(store.find_users(UserKeys { ids: strings(["u2"]), ..UserKeys::default() }).await.unwrap(), []);
    commit(store, Batch::new(read)).await;
}
