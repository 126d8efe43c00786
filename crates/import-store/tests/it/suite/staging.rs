//! The staging area: what is put into it, what becomes of it, and what remains of it.

use import_proto::{DataType, RecordError};
use import_store::{
    Batch, Resolved, StagedCounts, StagedFilter, Store,
    staging::{MessagePart, Outcome, RecordStatus, StagedRecord},
};
use serde_json::json;

use crate::fixture::*;

const ALL: StagedFilter = StagedFilter { status: None, data_type: None };

async fn users(store: &impl Store, from_seq: u64, limit: usize, max_bytes: usize) -> Vec<u64> {
    let records = store.staged("a", DataType::User, RecordStatus::Staged, from_seq, limit, max_bytes).await.unwrap();
    seqs(&records)
}

pub(crate) async fn records_come_in_order_and_within_limits(backend: &impl Backend) {
    let store = backend.store();
    let long = |seq| StagedRecord { data: json!({"name": "x".repeat(1000)}), ..staged(DataType::User, seq) };
    let operation = begin(store, "a").await;
    let records = [long(30), long(5), long(1), staged(DataType::Channel, 2), failed(DataType::User, 7, true), long(9)];
    stage(store, operation, records).await;

    assert_eq!(users(store, 0, 10, 1 << 20).await, [1, 5, 9, 30]);
    assert_eq!(users(store, 0, 2, 1 << 20).await, [1, 5]);
    assert_eq!(users(store, 6, 10, 1 << 20).await, [9, 30]);
    assert_eq!(users(store, 31, 10, 1 << 20).await, [0_u64; 0]);
    assert_eq!(users(store, u64::MAX, 10, 1 << 20).await, [0_u64; 0]);
    assert_eq!(users(store, 0, 10, 1500).await, [1, 5], "enough after the second");
    assert_eq!(users(store, 0, 10, 1).await, [1], "at least one");
    assert_eq!(users(store, 0, 0, 1 << 20).await, [0_u64; 0]);
    let failed_ones = store.staged("a", DataType::User, RecordStatus::Failed, 0, 10, 1 << 20).await.unwrap();
    assert_eq!(failed_ones, [failed(DataType::User, 7, true)]);
    assert_eq!(store.staged("b", DataType::User, RecordStatus::Staged, 0, 10, 1 << 20).await.unwrap(), []);
}

pub(crate) async fn a_record_that_is_there_is_left_as_it_is(backend: &impl Backend) {
    let store = backend.store();
    let first = StagedRecord { data: json!({"name": "first"}), ..staged(DataType::User, 1) };
    let operation = stage(store, begin(store, "a").await, [first.clone()]).await;
    let second = StagedRecord { data: json!({"name": "second"}), ..staged(DataType::User, 1) };
    stage(store, operation, [second]).await;
    assert_eq!(store.list_staged("a", ALL, 0, 10).await.unwrap(), (vec![first], 1));
}

pub(crate) async fn outcomes_decide_what_stays(backend: &impl Backend) {
    let store = backend.store();
    let operation = stage(store, begin(store, "a").await, (1..=4).map(|seq| staged(DataType::User, seq))).await;
    let mut batch = Batch::new(operation);
    batch.outcomes = vec![
        (key(DataType::User, 1), Outcome::Imported),
        (key(DataType::User, 2), Outcome::Failed(RecordError::new("no address"))),
        (key(DataType::User, 3), Outcome::Skipped(RecordError::new("it exists"))),
        (key(DataType::User, 9), Outcome::Failed(RecordError::new("it is not there"))),
    ];
    commit(store, batch).await;

    let (records, total) = store.list_staged("a", ALL, 0, 10).await.unwrap();
    assert_eq!(total, 3);
    let failed = StagedRecord {
        status: RecordStatus::Failed,
        errors: vec![RecordError::new("no address")],
        ..staged(DataType::User, 2)
    };
    let skipped = StagedRecord {
        status: RecordStatus::Skipped,
        errors: vec![RecordError::new("it exists")],
        ..staged(DataType::User, 3)
    };
    assert_eq!(records, [failed, skipped, staged(DataType::User, 4)]);
}

pub(crate) async fn failed_records_are_run_again(backend: &impl Backend) {
    let store = backend.store();
    let records = [
        failed(DataType::User, 1, true),
        failed(DataType::User, 2, false),
        failed(DataType::Message, 3, true),
        failed(DataType::Entry, 4, false),
        staged(DataType::User, 5),
    ];
    let operation = stage(store, begin(store, "a").await, records).await;
    let mut batch = Batch::new(operation);
    batch.restage = true;
    // In the same batch one of them fails again: what was put back is what the outcomes speak of.
    batch.outcomes = vec![(key(DataType::User, 1), Outcome::Failed(RecordError::new("again")))];
    commit(store, batch).await;

    let (records, _) = store.list_staged("a", ALL, 0, 10).await.unwrap();
    let again = StagedRecord { errors: vec![RecordError::new("again")], ..failed(DataType::User, 1, true) };
    assert_eq!(
        records,
        [
            again,
            failed(DataType::User, 2, false),
            staged(DataType::User, 5),
            // Where it stood in the file is not forgotten.
            StagedRecord { status: RecordStatus::Staged, ..failed(DataType::Message, 3, true) },
            failed(DataType::Entry, 4, false),
        ]
    );
}

pub(crate) async fn lists_are_paged_by_kind_and_number(backend: &impl Backend) {
    let store = backend.store();
    let records = [
        staged(DataType::Entry, 1),
        staged(DataType::Contact, 1),
        failed(DataType::Message, 1, true),
        staged(DataType::Channel, 1),
        staged(DataType::User, 2),
        failed(DataType::User, 1, true),
    ];
    stage(store, begin(store, "a").await, records).await;

    let page = async |filter: StagedFilter, offset, limit| {
        let (records, total) = store.list_staged("a", filter, offset, limit).await.unwrap();
        let keys: Vec<_> = records.iter().map(|record| (record.key.data_type, record.key.seq)).collect();
        (keys, total)
    };
    use DataType::*;
    assert_eq!(
        page(ALL, 0, 10).await,
        (vec![(User, 1), (User, 2), (Channel, 1), (Message, 1), (Contact, 1), (Entry, 1)], 6)
    );
    assert_eq!(page(ALL, 1, 2).await, (vec![(User, 2), (Channel, 1)], 6));
    assert_eq!(page(ALL, 6, 2).await, (vec![], 6));
    assert_eq!(page(ALL, u64::MAX, 2).await, (vec![], 6));
    let of_users = StagedFilter { data_type: Some(User), status: None };
    assert_eq!(page(of_users, 1, 5).await, (vec![(User, 2)], 2));
    let failed = StagedFilter { data_type: None, status: Some(RecordStatus::Failed) };
    assert_eq!(page(failed, 0, 5).await, (vec![(User, 1), (Message, 1)], 2));
    let failed_messages = StagedFilter { data_type: Some(Message), status: Some(RecordStatus::Failed) };
    assert_eq!(page(failed_messages, 0, 5).await, (vec![(Message, 1)], 1));
    assert_eq!(store.list_staged("b", ALL, 0, 5).await.unwrap(), (vec![], 0));
}

fn part(number: u64, room: Option<&str>) -> MessagePart {
    MessagePart { part: number, room: room.map(String::from), direct: false, messages: 10, skipped: false }
}

pub(crate) async fn counts_are_by_kind_and_status(backend: &impl Backend) {
    let store = backend.store();
    let mut batch = Batch::new(begin(store, "a").await);
    batch.stage = vec![
        staged(DataType::User, 1),
        staged(DataType::User, 2),
        staged(DataType::Channel, 1),
        staged(DataType::Contact, 1),
        staged(DataType::Message, 1),
        failed(DataType::User, 3, true),
        failed(DataType::User, 4, false),
        failed(DataType::Message, 5, true),
        failed(DataType::Entry, 6, false),
    ];
    batch.parts = vec![part(0, Some("x")), part(1, None), MessagePart { skipped: true, messages: 7, ..part(2, None) }];
    commit(store, batch).await;

    let counts = async |status, readable_only| store.staged_counts("a", status, readable_only).await.unwrap();
    let staged = StagedCounts { users: 2, channels: 1, contacts: 1, messages: 21, entries: 0 };
    assert_eq!(counts(RecordStatus::Staged, false).await, staged);
    assert_eq!(counts(RecordStatus::Staged, true).await, staged);
    let failed = StagedCounts { users: 2, channels: 0, contacts: 0, messages: 1, entries: 1 };
    assert_eq!(counts(RecordStatus::Failed, false).await, failed);
    let readable = StagedCounts { users: 1, channels: 0, contacts: 0, messages: 1, entries: 0 };
    assert_eq!(counts(RecordStatus::Failed, true).await, readable);
    let skipped = StagedCounts { messages: 7, ..StagedCounts::default() };
    assert_eq!(counts(RecordStatus::Skipped, false).await, skipped);
    assert_eq!(store.staged_counts("b", RecordStatus::Staged, false).await.unwrap(), StagedCounts::default());
}

pub(crate) async fn parts_come_in_order_and_are_left_as_they_are(backend: &impl Backend) {
    let store = backend.store();
    let mut batch = Batch::new(begin(store, "a").await);
    let direct = MessagePart { direct: true, messages: 3, ..part(1, None) };
    batch.parts = vec![part(2, Some("x")), direct.clone()];
    let mut batch = Batch::new(commit(store, batch).await);
    batch.parts = vec![MessagePart { messages: 99, ..part(2, Some("y")) }, part(0, Some("y"))];
    commit(store, batch).await;
    assert_eq!(store.message_parts("a").await.unwrap(), [part(0, Some("y")), direct, part(2, Some("x"))]);
    assert_eq!(store.message_parts("b").await.unwrap(), []);
}

pub(crate) async fn failed_records_outlive_the_staging_area(backend: &impl Backend) {
    let store = backend.store();
    let mut batch = Batch::new(begin(store, "a").await);
    batch.stage = vec![staged(DataType::User, 1), failed(DataType::User, 2, true), staged(DataType::Channel, 3)];
    batch.parts = vec![part(0, None)];
    batch.outcomes = vec![(key(DataType::Channel, 3), Outcome::Skipped(RecordError::new("why not")))];
    commit(store, batch).await;
    store.end_operation(noon()).await.unwrap();

    let remaining = async || {
        let failed_ones = vec![failed(DataType::User, 2, true)];
        assert_eq!(store.list_staged("a", ALL, 0, 10).await.unwrap(), (failed_ones.clone(), 1));
        for status in [RecordStatus::Staged, RecordStatus::Skipped] {
            let filter = StagedFilter { status: Some(status), data_type: None };
            assert_eq!(store.list_staged("a", filter, 0, 10).await.unwrap(), (vec![], 0));
            assert_eq!(store.staged_counts("a", status, false).await.unwrap(), StagedCounts::default());
            assert_eq!(store.staged("a", DataType::User, status, 0, 10, 1000).await.unwrap(), []);
        }
        assert_eq!(store.staged_counts("a", RecordStatus::Failed, false).await.unwrap().users, 1);
        assert_eq!(store.staged("a", DataType::User, RecordStatus::Failed, 0, 10, 1000).await.unwrap(), failed_ones);
        assert_eq!(store.message_parts("a").await.unwrap(), []);
    };
    remaining().await;
    begin(store, "b").await;
    assert!(!store.sweep().await.unwrap(), "so little is swept at once");
    remaining().await;
}

pub(crate) async fn sweeping_empties_the_areas_of_ended_operations(backend: &impl Backend) {
    let store = backend.store();
    for (id, records) in [("a", 25_000), ("b", 10)] {
        let mut batch = Batch::new(begin(store, id).await);
        batch.stage = (0..records).map(|seq| staged(DataType::User, seq)).collect();
        batch.stage.push(failed(DataType::User, records, true));
        batch.parts = vec![part(0, None)];
        batch.workspace.resolved =
            vec![Resolved { data_type: DataType::User, import_id: "1".into(), id: "rocket.cat".into() }];
        commit(store, batch).await;
    }
    let operation = begin(store, "c").await;
    let operation = stage(store, operation, [staged(DataType::User, 1)]).await;

    let mut rounds = 1;
    while store.sweep().await.unwrap() {
        rounds += 1;
    }
    assert!(rounds > 1, "no more than some 20,000 rows go at once");
    assert!(!store.sweep().await.unwrap());
    for (id, seq) in [("a", 25_000), ("b", 10)] {
        let remaining = store.list_staged(id, ALL, 0, 10).await.unwrap();
        assert_eq!(remaining, (vec![failed(DataType::User, seq, true)], 1));
    }
    assert_eq!(store.list_staged("c", ALL, 0, 10).await.unwrap(), (vec![staged(DataType::User, 1)], 1));
    stage(store, operation, [staged(DataType::User, 2)]).await;
}

pub(crate) async fn incomplete_records_are_run_again_and_swept(backend: &impl Backend) {
    let store = backend.store();
    let incomplete = StagedRecord { status: RecordStatus::Incomplete, ..failed(DataType::Message, 1, true) };
    let operation = begin(store, "a").await;
    let records = [incomplete, staged(DataType::Channel, 2), failed(DataType::Message, 3, true)];
    let operation = stage(store, operation, records).await;
    let mut batch = Batch::new(operation);
    batch.outcomes = vec![(key(DataType::Channel, 2), Outcome::Incomplete(RecordError::new("a member is missing")))];
    let operation = commit(store, batch).await;

    let counts = store.staged_counts("a", RecordStatus::Incomplete, true).await.unwrap();
    assert_eq!((counts.channels, counts.messages, counts.total()), (1, 1, 2));
    assert_eq!(store.staged_counts("a", RecordStatus::Staged, false).await.unwrap().total(), 0);
    let filter = StagedFilter { status: Some(RecordStatus::Incomplete), data_type: None };
    let (listed, total) = store.list_staged("a", filter, 0, 10).await.unwrap();
    assert_eq!((seqs(&listed), total), (vec![2, 1], 2));
    assert_eq!(listed[0].errors, [RecordError::new("a member is missing")]);
    assert_eq!(store.list_staged("a", StagedFilter::default(), 0, 10).await.unwrap().1, 3);

    let mut batch = Batch::new(operation);
    batch.restage = true;
    let operation = commit(store, batch).await;
    let waiting = store.staged("a", DataType::Message, RecordStatus::Staged, 0, 10, 1 << 20).await.unwrap();
    assert_eq!(seqs(&waiting), [1, 3]);
    assert_eq!(waiting[0].errors, failed(DataType::Message, 1, true).errors);

    let mut batch = Batch::new(operation);
    batch.outcomes = vec![
        (key(DataType::Message, 1), Outcome::Incomplete(RecordError::new("again"))),
        (key(DataType::Message, 3), Outcome::Failed(RecordError::new("again"))),
    ];
    commit(store, batch).await;
    // Only what failed outlives the operation.
    begin(store, "b").await;
    while store.sweep().await.unwrap() {}
    let (left, _) = store.list_staged("a", StagedFilter::default(), 0, 10).await.unwrap();
    assert_eq!(seqs(&left), [3]);
    assert_eq!(store.staged_counts("a", RecordStatus::Incomplete, false).await.unwrap().total(), 0);
}
