//! Whether two servers import messages faster than one: `MONGODB_URL=mongodb://… cargo bench -p import-engine`, with
//! `-- NUMBER` of that many messages.
//!
//! The database is not to be the limit, and stands in for one that is far away: every command takes two milliseconds longer,
//! and messages are counted in place of being written. Claims, shares, positions and everything else are really there.
//! A server stands for a machine with one core: all of its threads are kept to one.

#![allow(clippy::expect_used, reason = "a measurement that cannot go on may as well stop")]

mod distant;

use std::{
    io::BufWriter,
    path::Path,
    sync::Arc,
    time::{Duration, Instant},
};

use bson::{DateTime, Document, doc};
use import_engine::{Engine, EngineOptions, FetchPolicy, Limits, Pulse};
use import_proto::{ImportInput, Importer, OperationState, ProgressStep};
use import_sample::SlackSample;
use import_store::{MongoStore, mongodb::MongoOptions};
use rustix::thread::{CpuSet, sched_setaffinity};
use tokio::runtime::{Builder, Runtime};

use self::distant::Distant;

/// How much longer every command takes.
const DISTANCE: Duration = Duration::from_millis(2);
/// How long inserting a thousand messages takes beside: no time, where a server's own core is the limit; and what it takes bare on
/// FerretDB (`cargo xtask bench mongodb`).
const INSERTS: [Duration; 2] = [Duration::ZERO, Duration::from_millis(42)];

/// Who imports.
const ADMIN: &str = "administrator0001";

fn main() {
    // Cargo says so where it is to be measured; otherwise it is only to be seen that it builds.
    if !std::env::args().any(|argument| argument == "--bench") {
        return;
    }
    let url = std::env::var("MONGODB_URL").expect("MONGODB_URL says which server to use");
    let messages = std::env::args().find_map(|argument| argument.parse().ok()).unwrap_or(1_000_000);
    let directory = tempfile::tempdir().expect("a directory");
    let export = directory.path().join("export.zip");
    let sample = SlackSample { messages, users: 1_000, channels: 100, seed: 1 };
    let out = BufWriter::new(std::fs::File::create(&export).expect("an export"));
    sample.write(out, |_| ()).expect("an export");

    for insert in INSERTS {
        println!("commands take 2 ms more, those that insert 1,000 messages {} ms:", (insert + DISTANCE).as_millis());
        let mut alone = None;
        for servers in [1, 2] {
            let (imported, took) = import(&url, servers, insert, &export, directory.path());
            let rate = imported as f64 / took.as_secs_f64();
            let times = rate / *alone.get_or_insert(rate);
            println!("{servers} servers: {imported} messages in {took:.1?}: {rate:.0}/s, {times:.2} times one");
        }
    }
}

/// A server: a runtime of its own, all on one core.
struct Server {
    runtime: Runtime,
    engine: Engine<Distant>,
}

impl Server {
    fn start(url: &str, number: usize, insert: Duration, directory: &Path) -> Self {
        let mut core = CpuSet::new();
        core.set(number % std::thread::available_parallelism().map_or(1, Into::into));
        let pin = move || sched_setaffinity(None, &core).expect("a thread may be given a core");
        let runtime = Builder::new_multi_thread().enable_all().on_thread_start(pin).build().expect("a runtime");
        let options =
            MongoOptions { url: url.into(), lease: MongoOptions::LEASE, incoming: directory.join("incoming") };
        let engine = runtime.block_on(async {
            let store = Distant::new(MongoStore::open(options).await.expect("a store"), DISTANCE, insert);
            let options = EngineOptions {
                files_dir: directory.join("uploads"),
                limits: Limits::default(),
                fetch: FetchPolicy::default(),
                share_files: true,
                ..EngineOptions::default()
            };
            Engine::start(Arc::new(store), options).await.expect("an engine")
        });
        Self { runtime, engine }
    }
}

/// Imports the export with so many servers; answers the messages and how long the stage of messages took.
fn import(url: &str, servers: usize, insert: Duration, export: &Path, directory: &Path) -> (u64, Duration) {
    let database = format!("servers_bench_{servers}_{}_{}", insert.as_millis(), std::process::id());
    let url = format!("{}/{database}", url.trim_end_matches('/'));
    let runtime = Builder::new_current_thread().enable_all().build().expect("a runtime");
    let workspace = runtime.block_on(async {
        let client = mongodb::Client::with_uri_str(&url).await.expect("a server");
        let workspace = client.database(&database);
        fill(&workspace).await;
        workspace
    });
    let own = |server: usize| directory.join(format!("{servers}-{server}-{}", insert.as_millis()));
    let servers: Vec<Server> = (0..servers).map(|server| Server::start(&url, server, insert, &own(server))).collect();
    let (leader, engine) = (&servers[0].runtime, &servers[0].engine);
    let (done, took) = leader.block_on(async {
        engine.import_file(ADMIN, Importer::Slack, export).await.expect("an operation");
        let mut pulses = engine.pulse();
        let ready = pulses.wait_for(|pulse| !pulse.state.is_moving()).await.expect("a pulse").clone();
        assert_eq!(ready.state, OperationState::Ready, "{:?}", ready.failure);
        engine.start_import(ImportInput::everything()).await.expect("a run");
        pulses.wait_for(|pulse| pulse.step == Some(ProgressStep::ImportingMessages)).await.expect("a pulse");
        let begun = Instant::now();
        let finished = |pulse: &Pulse| pulse.step >= Some(ProgressStep::Finishing);
        pulses.wait_for(finished).await.expect("a pulse");
        let took = begun.elapsed();
        (pulses.wait_for(|pulse| !pulse.state.is_moving()).await.expect("a pulse").clone(), took)
    });
    assert_eq!(done.state, OperationState::Done, "{:?}", done.failure);
    for server in &servers {
        server.runtime.block_on(server.engine.stop());
    }
    runtime.block_on(async { workspace.drop().await }).expect("dropped");
    (done.counts.processed_messages, took)
}

/// As little of a workspace as an import needs.
async fn fill(workspace: &mongodb::Database) {
    let now = DateTime::now();
    let user = |id: &str, name: &str, role: &str| {
        doc! {
            "_id": id, "createdAt": now, "username": name, "name": name, "type": "user", "roles": [role], "active": true,
            "status": "offline", "services": {}, "_updatedAt": now,
        }
    };
    let users = [user("rocket.cat", "rocket.cat", "bot"), user(ADMIN, "admin", "admin")];
    workspace.collection::<Document>("users").insert_many(users).await.expect("users");
    let general = doc! {
        "_id": "GENERAL", "name": "general", "fname": "general", "t": "c", "ts": now, "msgs": 0, "usersCount": 0,
        "default": true, "ro": false, "_updatedAt": now,
    };
    workspace.collection::<Document>("rocketchat_room").insert_one(general).await.expect("a room");
}
