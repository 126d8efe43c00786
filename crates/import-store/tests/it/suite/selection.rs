//! What is not selected is skipped, with why.

use import_proto::{DIRECT_MESSAGES, DataType, ImportInput, RecordChoice, RecordError};
use import_store::{
    Batch, StagedFilter, Store,
    staging::{MessagePart, RecordStatus, StagedRecord},
};

use crate::fixture::*;

fn named(data_type: DataType, seq: u64, import_id: &str) -> StagedRecord {
    StagedRecord { import_id: Some(import_id.into()), ..staged(data_type, seq) }
}

fn direct(seq: u64, import_id: &str) -> StagedRecord {
    StagedRecord { unnamed: true, ..named(DataType::Channel, seq, import_id) }
}

fn list<const N: usize>(ids: [&str; N]) -> Option<RecordChoice> {
    Some(RecordChoice::list(strings(ids)))
}

/// Stages records and parts, selects, and answers the import ids that are still to be imported.
async fn selected(
    store: &impl Store,
    records: Vec<StagedRecord>,
    parts: Vec<MessagePart>,
    input: ImportInput,
) -> Vec<String> {
    let mut batch = Batch::new(begin_any(store).await);
    let id = batch.operation.operation.id.clone();
    batch.stage = records;
    batch.parts = parts;
    let mut batch = Batch::new(commit(store, batch).await);
    batch.select = Some(input);
    commit(store, batch).await;

    let skipped = StagedFilter { status: Some(RecordStatus::Skipped), data_type: None };
    for record in store.list_staged(&id, skipped, 0, 100_000).await.unwrap().0 {
        assert_eq!(record.errors, [RecordError::new("not selected")]);
    }
    let staged = StagedFilter { status: Some(RecordStatus::Staged), data_type: None };
    let (records, _) = store.list_staged(&id, staged, 0, 100_000).await.unwrap();
    records.into_iter().filter_map(|record| record.import_id).collect()
}

fn one_of_each() -> Vec<StagedRecord> {
    vec![
        named(DataType::User, 1, "u1"),
        named(DataType::User, 2, "u2"),
        named(DataType::Channel, 3, "c1"),
        named(DataType::Channel, 4, "c2"),
        direct(5, "d1"),
        direct(6, "d2"),
        named(DataType::Contact, 7, "k1"),
        named(DataType::Contact, 8, "k2"),
    ]
}

pub(crate) async fn everything_can_be_selected(backend: &impl Backend) {
    let selected = selected(backend.store(), one_of_each(), vec![], ImportInput::everything()).await;
    assert_eq!(selected, ["u1", "u2", "c1", "c2", "d1", "d2", "k1", "k2"]);
}

pub(crate) async fn what_is_left_out_is_skipped(backend: &impl Backend) {
    let store = backend.store();
    assert_eq!(selected(store, one_of_each(), vec![], ImportInput::default()).await, strings([]));
    let all_is_false = RecordChoice { all: Some(false), list: None };
    let input = ImportInput { users: Some(all_is_false), channels: list(["c2"]), contacts: list(["k1", "nobody"]) };
    assert_eq!(selected(store, one_of_each(), vec![], input).await, ["c2", "k1"]);
    let all_and_list = RecordChoice { all: Some(true), list: Some(strings(["u1"])) };
    let input = ImportInput { users: Some(all_and_list), channels: None, contacts: None };
    assert_eq!(selected(store, one_of_each(), vec![], input).await, ["u1", "u2"]);
}

pub(crate) async fn ids_are_taken_literally(backend: &impl Backend) {
    let records = vec![
        named(DataType::User, 1, " Ann "),
        named(DataType::User, 2, "Ann"),
        named(DataType::User, 3, "ann"),
        named(DataType::User, 4, "a%n"),
        named(DataType::User, 5, "\"ä'\\"),
        StagedRecord { import_id: None, ..staged(DataType::User, 6) },
        named(DataType::Channel, 7, "Ann"),
    ];
    let input = ImportInput { users: list([" Ann ", "ANN", "a_n", "\"ä'\\"]), ..ImportInput::default() };
    assert_eq!(selected(backend.store(), records, vec![], input).await, [" Ann ", "\"ä'\\"]);
}

pub(crate) async fn direct_rooms_are_selected_together(backend: &impl Backend) {
    let store = backend.store();
    let channels = |choice| ImportInput { channels: choice, ..ImportInput::default() };
    assert_eq!(
        selected(store, one_of_each(), vec![], channels(list(["c1", DIRECT_MESSAGES]))).await,
        ["c1", "d1", "d2"]
    );
    assert_eq!(selected(store, one_of_each(), vec![], channels(list(["c1", "d1"]))).await, ["c1"]);
    assert_eq!(
        selected(store, one_of_each(), vec![], channels(Some(RecordChoice::all()))).await,
        ["c1", "c2", "d1", "d2"]
    );
}

pub(crate) async fn placeholders_are_selected_with_any_room(backend: &impl Backend) {
    let store = backend.store();
    let records = || {
        vec![
            named(DataType::User, 1, "u1"),
            StagedRecord { unnamed: true, ..named(DataType::User, 2, "p1") },
            named(DataType::Channel, 1, "c1"),
            named(DataType::Channel, 2, "c2"),
            direct(3, "d1"),
        ]
    };
    let with = |users, channels| ImportInput { users, channels, ..ImportInput::default() };
    for (input, expected) in [
        (with(None, list(["c1"])), vec!["p1", "c1"]),
        (with(list(["u1"]), list([DIRECT_MESSAGES])), vec!["u1", "p1", "d1"]),
        (with(list(["u1"]), None), vec!["u1"]),
        (with(list(["u1", "p1"]), list([])), vec!["u1"]),
        (ImportInput::everything(), vec!["u1", "p1", "c1", "c2", "d1"]),
    ] {
        let shown = format!("{input:?}");
        assert_eq!(selected(store, records(), Vec::new(), input).await, expected, "{shown}");
    }
}

pub(crate) async fn parts_follow_their_rooms(backend: &impl Backend) {
    let store = backend.store();
    let part = |number, room: Option<&str>, direct| MessagePart {
        part: number,
        room: room.map(String::from),
        direct,
        messages: 1,
        skipped: false,
    };
    let parts = || {
        vec![
            part(0, Some("c1"), false),
            part(1, Some("c2"), false),
            part(2, Some("elsewhere"), false),
            part(3, None, false),
            part(4, None, true),
        ]
    };
    let skipped = async |input| -> Vec<u64> {
        selected(store, one_of_each(), parts(), input).await;
        let current = store.current_operation().await.unwrap().unwrap();
        let parts = store.message_parts(&current.operation.id).await.unwrap();
        parts.into_iter().filter(|part| part.skipped).map(|part| part.part).collect()
    };
    let channels = |choice| ImportInput { channels: choice, ..ImportInput::default() };
    assert_eq!(skipped(channels(None)).await, [0, 1, 4]);
    assert_eq!(skipped(channels(list(["c1"]))).await, [1, 4]);
    assert_eq!(skipped(channels(list([DIRECT_MESSAGES]))).await, [0, 1]);
    assert_eq!(skipped(ImportInput::everything()).await, [0_u64; 0]);
}

pub(crate) async fn a_long_list_is_no_matter(backend: &impl Backend) {
    let records = (0..2_000).map(|seq| staged(DataType::User, seq)).collect();
    let chosen = (0..100_000_u64).filter(|id| id % 2 == 1).map(|id| id.to_string());
    let input = ImportInput { users: Some(RecordChoice::list(chosen)), ..ImportInput::default() };
    let selected = selected(backend.store(), records, vec![], input).await;
    assert_eq!(selected.len(), 1_000);
    assert_eq!((selected[0].as_str(), selected[999].as_str()), ("1", "1999"));
}

pub(crate) async fn only_waiting_records_are_skipped(backend: &impl Backend) {
    let store = backend.store();
    let records = vec![
        failed(DataType::User, 1, true),
        failed(DataType::Entry, 2, false),
        staged(DataType::Message, 3),
        staged(DataType::User, 4),
    ];
    assert_eq!(selected(store, records, vec![], ImportInput::default()).await, ["3"]);
    let failed_ones = StagedFilter { status: Some(RecordStatus::Failed), data_type: None };
    let current = store.current_operation().await.unwrap().unwrap();
    let (records, _) = store.list_staged(&current.operation.id, failed_ones, 0, 10).await.unwrap();
    assert_eq!(records, [failed(DataType::User, 1, true), failed(DataType::Entry, 2, false)]);
}
