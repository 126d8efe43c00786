//! How fast the embedded store takes and gives: `cargo bench -p import-store`, with `-- NUMBER` of that many records.

#![allow(clippy::expect_used, reason = "a measurement that cannot go on may as well stop")]

use std::{
    sync::{
        Arc,
        atomic::{AtomicBool, Ordering},
    },
    time::{Duration, Instant},
};

use import_proto::{DataType, IsoTime, Operation, ProgressStep, RoomType, Timestamp, UserType};
use import_store::{
    Batch, Committed, EmbeddedStore, Resolved, Store,
    credentials::{derived_id, hash_token, temporary_password_hash},
    documents::{Date, Message, PasswordService, Room, Services, User, UserEmail, UserRef},
    embedded::Access,
    operation::{StoredOperation, Work},
    staging::{Outcome, RecordStatus, StagedKey, StagedRecord},
};
use serde_json::json;

fn main() {
    // Cargo says so where it is to be measured; otherwise it is only to be seen that it runs.
    let default = if std::env::args().any(|argument| argument == "--bench") { 200_000 } else { 5_000 };
    let records = std::env::args().find_map(|argument| argument.parse().ok()).unwrap_or(default);
    let runtime = tokio::runtime::Builder::new_multi_thread().enable_all().build().expect("a runtime");
    runtime.block_on(run(records));
}

async fn run(records: u64) {
    let directory = tempfile::tempdir().expect("a directory");
    let started = Instant::now();
    let store = EmbeddedStore::open(directory.path(), Access::Exclusive).expect("a store").store;
    println!("opening a fresh directory: {:?}", started.elapsed());
    let store = Arc::new(store);
    let mut operation = store.create_operation(operation()).await.expect("an operation");

    let batches = (0..records / 1000).map(|batch| staged(batch * 1000..(batch + 1) * 1000));
    operation = timed("staging, batches of 1000", records, &store, operation, batches, |batch, stage| {
        batch.stage = stage;
    })
    .await;

    let started = Instant::now();
    let mut seq = 0;
    while seq < records {
        let read =
            store.staged("bench", DataType::User, RecordStatus::Staged, seq, 1000, 1 << 20).await.expect("records");
        seq = read.last().expect("a record").key.seq + 1;
    }
    report("reading what is staged, batches of 1000", records, started.elapsed());

    let batches = (0..records / 1000).map(|batch| users(batch * 1000..(batch + 1) * 1000));
    operation = timed("new users, batches of 1000", records, &store, operation, batches, |batch, users| {
        let WrittenUsers { users, resolved, written, outcomes } = users;
        batch.workspace.new_users = users;
        batch.workspace.resolved = resolved;
        batch.workspace.users_written = written;
        batch.outcomes = outcomes;
    })
    .await;

    let mut batch = Batch::new(operation);
    batch.workspace.new_rooms = (0..100).map(room).collect();
    operation = commit(&store, batch).await;

    let polling = Arc::new(AtomicBool::new(true));
    let poller = tokio::spawn(poll(Arc::clone(&store), Arc::clone(&polling)));
    let batches = (0..records / 5000).map(|batch| messages(records, batch * 5000..(batch + 1) * 5000));
    operation = timed("new messages, batches of 5000", records, &store, operation, batches, |batch, messages| {
        batch.workspace.messages = messages;
    })
    .await;
    polling.store(false, Ordering::Relaxed);
    let mut waits = poller.await.expect("polled");
    waits.sort_unstable();
    println!(
        "authenticating and reading the operation meanwhile: {} times, median {:?}, p99 {:?}, longest {:?}",
        waits.len(),
        waits[waits.len() / 2],
        waits[waits.len() * 99 / 100],
        waits[waits.len() - 1]
    );

    let batches = (0..records / 5000).map(|batch| messages(records, batch * 5000..(batch + 1) * 5000));
    operation = timed("the same messages again", records, &store, operation, batches, |batch, messages| {
        batch.workspace.messages = messages;
    })
    .await;

    let batches = (0..records / 1000).map(|batch| staged(batch * 1000..(batch + 1) * 1000));
    timed("staging once more", records, &store, operation, batches, |batch, stage| batch.stage = stage).await;
    let started = Instant::now();
    store.end_operation(now()).await.expect("an end");
    println!("ending the operation: {:?}", started.elapsed());
    let (started, mut longest) = (Instant::now(), Duration::ZERO);
    loop {
        let round = Instant::now();
        let more = store.sweep().await.expect("a sweep");
        longest = longest.max(round.elapsed());
        if !more {
            break;
        }
    }
    report("sweeping, with what was resolved and written", 3 * records, started.elapsed());
    println!("    longest round {longest:?}");

    let started = Instant::now();
    let out = directory.path().join("out");
    store.export(&out, |_, _| ()).await.expect("an export");
    report("export", 2 * records, started.elapsed());

    for file in ["workspace.sqlite3", "workspace.sqlite3-wal"] {
        let bytes = std::fs::metadata(directory.path().join(file)).expect("the file").len();
        println!("{file}: {} MiB", bytes >> 20);
    }
    let status = std::fs::read_to_string("/proc/self/status").unwrap_or_default();
    println!("{}", status.lines().find(|line| line.starts_with("VmHWM")).unwrap_or_default());
}

/// Commits batch after batch, and reports how fast committing alone was.
async fn timed<T>(
    what: &str,
    records: u64,
    store: &EmbeddedStore,
    mut operation: StoredOperation,
    batches: impl Iterator<Item = T>,
    fill: impl Fn(&mut Batch, T),
) -> StoredOperation {
    let mut committing = Duration::ZERO;
    let mut longest = Duration::ZERO;
    for content in batches {
        let mut batch = Batch::new(operation);
        fill(&mut batch, content);
        let started = Instant::now();
        operation = commit(store, batch).await;
        let took = started.elapsed();
        committing += took;
        longest = longest.max(took);
    }
    report(what, records, committing);
    println!("    longest commit {longest:?}");
    operation
}

async fn commit(store: &EmbeddedStore, batch: Batch) -> StoredOperation {
    match store.commit(batch).await.expect("a commit") {
        Committed::Done(operation) => *operation,
        Committed::Stale => panic!("nobody else is at work"),
    }
}

fn report(what: &str, records: u64, took: Duration) {
    println!("{what}: {:.0}/s ({records} in {took:?})", records as f64 / took.as_secs_f64());
}

async fn poll(store: Arc<EmbeddedStore>, polling: Arc<AtomicBool>) -> Vec<Duration> {
    let mut waits = Vec::new();
    loop {
        let started = Instant::now();
        let user = store.first_administrator();
        store.authenticate(user, &hash_token("none"), Timestamp::now()).await.expect("an answer");
        store.current_operation().await.expect("an operation");
        waits.push(started.elapsed());
        if !polling.load(Ordering::Relaxed) {
            return waits;
        }
        tokio::time::sleep(Duration::from_millis(1)).await;
    }
}

fn now() -> Timestamp {
    Timestamp::parse("2024-05-01T12:00:00.000Z").expect("a time")
}

fn operation() -> StoredOperation {
    StoredOperation {
        operation: Operation {
            id: "bench".into(),
            operation_type: "CSV".into(),
            importer_key: "csv".into(),
            ts: IsoTime(now()),
            status: ProgressStep::New,
            valid: true,
            user: "u".into(),
            updated_at: IsoTime(now()),
            content_type: None,
            file: None,
            count: None,
        },
        ended_by_administrator: false,
        work: Work::default(),
        revision: 0,
        share: None,
    }
}

fn staged(numbers: std::ops::Range<u64>) -> Vec<StagedRecord> {
    numbers
        .map(|n| StagedRecord {
            key: StagedKey { data_type: DataType::User, seq: n },
            import_id: Some(format!("U{n}")),
            unnamed: false,
            data: json!({
                "importIds": [format!("U{n}")], "emails": [format!("user{n}@example.org")], "username": format!("user{n}"),
                "name": format!("User number {n}"), "type": "user", "roles": ["user"]
            }),
            readable: true,
            status: RecordStatus::Staged,
            errors: Vec::new(),
        })
        .collect()
}

struct WrittenUsers {
    users: Vec<User>,
    resolved: Vec<Resolved>,
    written: Vec<(String, u64)>,
    outcomes: Vec<(StagedKey, Outcome)>,
}

fn user_id(n: u64) -> String {
    derived_id(&["bench", "user", &n.to_string()])
}

fn users(numbers: std::ops::Range<u64>) -> WrittenUsers {
    let user = |n: u64| User {
        id: user_id(n),
        created_at: Date(now()),
        username: format!("user{n}"),
        name: format!("User number {n}"),
        emails: vec![UserEmail { address: format!("user{n}@example.org"), verified: false }],
        user_type: UserType::User,
        roles: vec!["user".into()],
        active: true,
        status: "offline".into(),
        status_text: None,
        bio: None,
        utc_offset: None,
        services: Services { password: Some(PasswordService { bcrypt: temporary_password_hash() }), email2fa: None },
        import_ids: vec![format!("U{n}")],
        pending_avatar_url: None,
        custom_fields: None,
        marks: Default::default(),
        updated_at: Date(now()),
    };
    let resolved = |n: u64| Resolved { data_type: DataType::User, import_id: format!("U{n}"), id: user_id(n) };
    WrittenUsers {
        users: numbers.clone().map(user).collect(),
        resolved: numbers.clone().map(resolved).collect(),
        written: numbers.clone().map(|n| (user_id(n), n)).collect(),
        outcomes: numbers.map(|n| (StagedKey { data_type: DataType::User, seq: n }, Outcome::Imported)).collect(),
    }
}

fn room(n: u64) -> Room {
    Room {
        id: derived_id(&["room", &n.to_string()]),
        name: Some(format!("room-{n}")),
        fname: Some(format!("Room {n}")),
        room_type: RoomType::Channel,
        owner: None,
        ts: Date(now()),
        ro: false,
        topic: None,
        description: None,
        archived: false,
        import_ids: vec![format!("C{n}")],
        uids: Vec::new(),
        usernames: Vec::new(),
        team_main: false,
        federated: false,
        encrypted: false,
        default: false,
        updated_at: Date(now()),
    }
}

/// Messages of a hundred rooms, one room after the other, in the order in which they were written.
fn messages(of: u64, numbers: std::ops::Range<u64>) -> Vec<Message> {
    let ts = |n: u64| Date(Timestamp::from_millis(1_700_000_000_000 + n as i64 * 1000).expect("a time"));
    numbers
        .map(|n| Message {
            id: format!("slack-C{:03}-1700000000-{n:010}", n * 100 / of),
            rid: derived_id(&["room", &(n * 100 / of).to_string()]),
            msg: format!("Message number {n}: the quick brown fox jumps over the lazy dog, and the dog does not mind."),
            ts: ts(n),
            user: UserRef { id: user_id(n % 1000), username: format!("user{}", n % 1000), name: format!("User {n}") },
            system_type: None,
            groupable: None,
            tshow: false,
            pinned: false,
            pinned_at: None,
            pinned_by: None,
            tmid: None,
            tlm: None,
            tcount: None,
            replies: Vec::new(),
            edited_at: None,
            edited_by: None,
            mentions: Vec::new(),
            channels: Vec::new(),
            reactions: Default::default(),
            attachments: Vec::new(),
            import_file: None,
            urls: Vec::new(),
            alias: None,
            emoji: None,
            bot: false,
            hidden: false,
            updated_at: Date(now()),
        })
        .collect()
}
