//! Several servers on one database.

use std::{
    fs::File,
    io::BufWriter,
    path::Path,
    sync::{
        Arc,
        atomic::{AtomicBool, Ordering},
    },
    time::Duration,
};

use import_engine::{Engine, EngineOptions, FetchPolicy, Limits};
use import_proto::{ImportInput, Importer, OperationState};
use import_sample::{SlackSample, workspace};
use import_store::{Batch, Committed, MongoStore, Result, Store, credentials::random_id, mongodb::MongoOptions};
use tempfile::TempDir;
use tokio::{sync::Barrier, time::timeout};

use crate::support::PATIENCE;

/// A server's store that, with its first batch of a share, waits for the other server to be as far.
struct Meeting {
    store: MongoStore,
    other: Arc<Barrier>,
    met: AtomicBool,
}

macro_rules! delegate {
    ($($name:ident($($argument:ident: $type:ty),*) -> $answer:ty;)+) => {
        $(async fn $name(&self, $($argument: $type),*) -> Result<$answer> {
            self.store.$name($($argument),*).await
        })+
    };
}

impl Store for Meeting {
    fn is_shared(&self) -> bool {
        true
    }

    fn lease(&self) -> Duration {
        self.store.lease()
    }

    fn incoming(&self) -> &Path {
        self.store.incoming()
    }

    async fn commit(&self, batch: Batch) -> Result<Committed> {
        if batch.operation.share.is_some() && !self.met.swap(true, Ordering::Relaxed) {
            timeout(PATIENCE, self.other.wait()).await.unwrap_or_else(|_| panic!("the other server imports no share"));
        }
        self.store.commit(batch).await
    }

    import_store::for_each_store_method!(delegate);
}

async fn server(url: &str, directory: &Path, other: &Arc<Barrier>) -> Engine<Meeting> {
    let options = MongoOptions { url: url.into(), lease: MongoOptions::LEASE, incoming: directory.join("incoming") };
    let store = MongoStore::open(options).await.unwrap();
    let store = Meeting { store, other: Arc::clone(other), met: AtomicBool::new(false) };
    let options = EngineOptions {
        files_dir: directory.join("uploads"),
        limits: Limits::default(),
        fetch: FetchPolicy::default(),
        share_files: true,
        ..EngineOptions::default()
    };
    Engine::start(Arc::new(store), options).await.unwrap()
}

#[tokio::test]
async fn two_servers_import_messages_of_one_export_at_the_same_time_and_each_message_once() {
    let directory = TempDir::new().unwrap();
    let export = directory.path().join("export.zip");
    let sample = SlackSample { messages: 41_000, users: 20, channels: 8, seed: 5 };
    sample.write(BufWriter::new(File::create(&export).unwrap()), |_| ()).unwrap();
    let server_url = std::env::var("MONGODB_URL").unwrap();
    let url = format!("{}/import_engine_{}", server_url.trim_end_matches('/'), random_id());
    let database = mongodb::Client::with_uri_str(&url).await.unwrap().default_database().unwrap();
    workspace::fill(&database, workspace::Line::Seven).await.unwrap();

    let barrier = Arc::new(Barrier::new(2));
    let leader = server(&url, &directory.path().join("leader"), &barrier).await;
    let helper = server(&url, &directory.path().join("helper"), &barrier).await;
    leader.import_file(workspace::ADMIN.user_id, Importer::Slack, &export).await.unwrap();
    let mut pulses = leader.pulse();
    let ready = timeout(PATIENCE, pulses.wait_for(|pulse| !pulse.state.is_moving())).await.unwrap().unwrap().clone();
    assert_eq!(ready.state, OperationState::Ready, "{:?}", ready.failure);
    leader.start_import(ImportInput::everything()).await.unwrap();
    let done = timeout(PATIENCE, pulses.wait_for(|pulse| !pulse.state.is_moving())).await.unwrap().unwrap().clone();
    assert_eq!(done.state, OperationState::Done, "{:?}", done.failure);

    let messages = database.collection::<bson::Document>("rocketchat_message");
    let stored = messages.count_documents(bson::doc! {}).await.unwrap();
    let counts = done.counts;
    assert_eq!((counts.processed_messages, counts.created.messages, counts.updated.messages), (stored, stored, 0));
    assert!(stored >= 41_000, "{stored}");
    assert_eq!((counts.error, counts.skipped), (0, 0));
    let mut said = 0;
    let mut rooms = database.collection::<bson::Document>("rocketchat_room").find(bson::doc! {}).await.unwrap();
    while rooms.advance().await.unwrap() {
        let room = rooms.deserialize_current().unwrap();
        said += room.get_i64("msgs").or_else(|_| room.get_i32("msgs").map(i64::from)).unwrap();
    }
    assert_eq!(said.cast_unsigned(), stored, "rooms say how many messages they have");
    leader.stop().await;
    helper.stop().await;
    database.drop().await.unwrap();
}
