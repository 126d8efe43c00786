//! A workspace of its own for each test, and ways to look into it.

use std::{
    collections::BTreeMap,
    fs,
    path::{Path, PathBuf},
    sync::Arc,
    time::Duration,
};

use futures_util::TryStreamExt as _;
use import_engine::{Engine, EngineOptions, FetchPolicy, Limits, Pulse};
use import_proto::{
    ImportInput, ImportOptions, Importer, NewUser, OperationState, Refusal, UnknownRooms, UnknownUsers,
};
use import_sample::workspace;
use import_store::{
    AnyStore, Batch, Committed, EmbeddedStore, MongoStore, Store as _, UserKeys, credentials::random_id,
    documents::UserPatch, embedded::Access, mongodb::MongoOptions,
};
use serde_json::Value;
use tempfile::TempDir;

/// How long a test waits for what has to happen.
pub(crate) const PATIENCE: Duration = Duration::from_secs(60);

/// Which store the tests run on.
#[allow(dead_code, reason = "each target runs on one of them")]
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum On {
    /// In a directory of its own.
    Embedded,
    /// In a workspace's database.
    MongoDb,
}

/// A workspace of its own on the server that MONGODB_URL names.
/// Its administrator is called what the first administrator of a directory is called.
async fn mongodb(dir: &Path) -> (MongoStore, String) {
    let server = std::env::var("MONGODB_URL")
        .unwrap_or_else(|_| panic!("no MONGODB_URL: run `cargo xtask test`, or set it to a MongoDB server's address"));
    let url = format!("{}/import_engine_{}", server.trim_end_matches('/'), random_id());
    let client = ::mongodb::Client::with_uri_str(&url).await.unwrap();
    workspace::fill(&client.default_database().unwrap(), workspace::Line::Seven).await.unwrap();
    let incoming = dir.join("data/files/incoming");
    let store = MongoStore::open(MongoOptions { url, lease: MongoOptions::LEASE, incoming }).await.unwrap();
    let users = store.database().collection::<bson::Document>("users");
    let renamed = bson::doc! { "$set": { "username": "import-admin", "name": "Import administrator", "emails": [] } };
    users.update_one(bson::doc! { "_id": workspace::ADMIN.user_id }, renamed).await.unwrap();
    (store, workspace::ADMIN.user_id.to_owned())
}

pub(crate) struct Workspace {
    pub(crate) engine: Engine<AnyStore>,
    pub(crate) admin: String,
    fetch: FetchPolicy,
    limits: Limits,
    dir: TempDir,
}

impl Workspace {
    pub(crate) async fn fresh() -> Self {
        Self::fetching(FetchPolicy::default(), Limits::default()).await
    }

    /// One that fetches as the policy says, within these limits.
    pub(crate) async fn fetching(fetch: FetchPolicy, limits: Limits) -> Self {
        let dir = TempDir::new().unwrap();
        let (store, admin) = match crate::STORE {
            On::Embedded => {
                let store = EmbeddedStore::open(&dir.path().join("data"), Access::Exclusive).unwrap().store;
                let admin = store.first_administrator().to_owned();
                (AnyStore::from(store), admin)
            }
            On::MongoDb => {
                let (store, admin) = mongodb(dir.path()).await;
                (store.into(), admin)
            }
        };
        // Snapshots are the same, whichever store they come from.
        let mut settings = insta::Settings::clone_current();
        settings.set_prepend_module_to_snapshot(false);
        std::mem::forget(settings.bind_to_scope());
        let engine = Engine::start(Arc::new(store), options(dir.path(), &fetch, limits)).await.unwrap();
        Self { engine, admin, fetch, limits, dir }
    }

    /// Stops the engine in order and starts another on the same store.
    pub(crate) async fn restart(&mut self) {
        self.engine.stop().await;
        self.start().await;
    }

    /// The same, with other limits on export files.
    pub(crate) async fn restart_within(&mut self, limits: Limits) {
        self.limits = limits;
        self.restart().await;
    }

    /// Starts another engine on the store of the one that was stopped.
    pub(crate) async fn start(&mut self) {
        let options = options(self.dir.path(), &self.fetch, self.limits);
        self.engine = Engine::start(Arc::clone(self.engine.store()), options).await.unwrap();
    }

    /// Writes files into a folder and answers its path.
    pub(crate) fn folder(&self, name: &str, files: &[(&str, &str)]) -> PathBuf {
        let folder = self.dir.path().join(name);
        for (file, text) in files {
            let path = folder.join(file);
            fs::create_dir_all(path.parent().unwrap()).unwrap();
            fs::write(path, text).unwrap();
        }
        folder
    }

    /// Waits until the operation neither loads nor imports.
    pub(crate) async fn settled(&self) -> Pulse {
        self.pulse(|pulse| !pulse.state.is_moving()).await
    }

    pub(crate) async fn pulse(&self, wanted: impl FnMut(&Pulse) -> bool) -> Pulse {
        let mut pulses = self.engine.pulse();
        tokio::time::timeout(PATIENCE, pulses.wait_for(wanted)).await.unwrap().unwrap().clone()
    }

    pub(crate) async fn prepare(&self, folder: &Path) -> Pulse {
        self.prepare_as(Importer::Csv, folder).await
    }

    pub(crate) async fn prepare_as(&self, importer: Importer, file: &Path) -> Pulse {
        self.engine.import_file(&self.admin, importer, file).await.unwrap();
        self.settled().await
    }

    /// Imports everything in a Slack export; what needs unknown users or rooms fails.
    pub(crate) async fn import_strictly(&self, folder: &Path) -> Pulse {
        let options = ImportOptions {
            unknown_users: Some(UnknownUsers::Fail),
            unknown_rooms: Some(UnknownRooms::Fail),
            names_encoding: None,
        };
        self.engine.import_file_with(&self.admin, Importer::Slack, folder, options).await.unwrap();
        let ready = self.settled().await;
        assert_eq!(ready.state, OperationState::Ready, "{:?}", ready.failure);
        self.engine.start_import(ImportInput::everything()).await.unwrap();
        self.settled().await
    }

    /// Imports everything in a folder of CSV files.
    pub(crate) async fn import(&self, folder: &Path) -> Pulse {
        self.import_as(Importer::Csv, folder).await
    }

    /// Imports everything in a file or folder.
    pub(crate) async fn import_as(&self, importer: Importer, file: &Path) -> Pulse {
        let ready = self.prepare_as(importer, file).await;
        assert_eq!(ready.state, OperationState::Ready, "{:?}", ready.failure);
        self.engine.start_import(ImportInput::everything()).await.unwrap();
        self.settled().await
    }

    /// The documents of a collection by `_id`, as they are exported.
    pub(crate) async fn documents(&self, collection: &str) -> BTreeMap<String, Value> {
        let store = match &**self.engine.store() {
            AnyStore::Embedded(store) => store,
            AnyStore::Mongo(store) => return stored(store, collection).await,
        };
        let out = self.dir.path().join("out");
        store.export(&out, |_, _| {}).await.unwrap();
        let lines = fs::read_to_string(out.join(format!("{collection}.ndjson"))).unwrap();
        let documents = lines.lines().map(|line| serde_json::from_str::<Value>(line).unwrap());
        documents.map(|document| (document["_id"].as_str().unwrap().to_owned(), document)).collect()
    }

    /// Asserts that clients show each message in exactly one place, the room or a thread of it, but for replies that are
    /// shown in both on purpose. Messages that wait for their file are hidden until then.
    pub(crate) async fn assert_each_message_is_shown_once(&self) {
        let messages = self.documents("rocketchat_message").await;
        for (id, message) in &messages {
            let fields = message.as_object().unwrap();
            assert!(fields.values().all(|value| !value.is_null()), "{id} has a field that is null: {message}");
            let Some(tmid) = fields.get("tmid") else {
                assert!(!fields.contains_key("tshow"), "{id} is shown in the room without tshow: {message}");
                continue;
            };
            let root = messages.get(tmid.as_str().unwrap());
            let root = root.unwrap_or_else(|| panic!("{id} is shown nowhere: there is no {tmid}"));
            assert_eq!(root["rid"], message["rid"], "{id} is in another room than its thread");
            assert!(root.get("tmid").is_none(), "{id} is in a thread of a thread: {root}");
            assert!(root["tcount"].as_u64().is_some_and(|count| count > 0), "no list shows the thread of {id}: {root}");
            assert!(root.get("tlm").is_some(), "the thread of {id} has no last reply: {root}");
        }
    }

    /// The reasons of incomplete records.
    pub(crate) async fn incomplete(&self) -> Vec<String> {
        let query =
            import_proto::RecordsQuery { status: Some(import_proto::StatusFilter::Incomplete), ..Default::default() };
        let page = self.engine.records(query).await.unwrap();
        page.records.iter().flat_map(|record| record.errors.iter().map(|error| error.message.clone())).collect()
    }

    /// One field of every document of a collection, sorted.
    pub(crate) async fn column(&self, collection: &str, field: &str) -> Vec<String> {
        let documents = self.documents(collection).await;
        let text = |value: &Value| value.as_str().map_or_else(|| value.to_string(), str::to_owned);
        let mut column: Vec<String> = documents.values().map(|document| text(&document[field])).collect();
        column.sort_unstable();
        column
    }

    /// The names of the files that the engine keeps.
    pub(crate) fn uploads(&self) -> Vec<String> {
        let entries = fs::read_dir(self.dir.path().join("data/uploads")).unwrap();
        entries.map(|entry| entry.unwrap().file_name().into_string().unwrap()).collect()
    }

    /// The names of the files that are on their way into the workspace.
    pub(crate) fn incoming(&self) -> Vec<String> {
        let entries = fs::read_dir(self.dir.path().join("data/files/incoming")).unwrap();
        entries.map(|entry| entry.unwrap().file_name().into_string().unwrap()).collect()
    }

    /// Lets an import id stand for the user of this username.
    pub(crate) async fn give_import_id(&self, username: &str, import_id: &str) {
        let store = self.engine.store();
        let keys = UserKeys { usernames: vec![username.into()], ..UserKeys::default() };
        let id = store.find_users(keys).await.unwrap().remove(0).id;
        let mut batch = Batch::new(store.current_operation().await.unwrap().unwrap());
        batch.workspace.user_patches =
            vec![UserPatch { id, add_import_ids: vec![import_id.into()], ..UserPatch::default() }];
        assert!(matches!(store.commit(batch).await.unwrap(), Committed::Done(_)));
    }

    /// Takes the general room away.
    pub(crate) async fn remove_general(&self) {
        match &**self.engine.store() {
            AnyStore::Embedded(_) => {
                let database = rusqlite::Connection::open(self.dir.path().join("data/workspace.sqlite3")).unwrap();
                assert_eq!(database.execute("DELETE FROM room WHERE id = 'GENERAL'", []).unwrap(), 1);
            }
            AnyStore::Mongo(store) => {
                let rooms = store.database().collection::<bson::Document>("rocketchat_room");
                assert_eq!(rooms.delete_one(bson::doc! { "_id": "GENERAL" }).await.unwrap().deleted_count, 1);
            }
        }
    }

    /// Where the file of an operation lies.
    pub(crate) fn upload_path(&self, operation: &str) -> PathBuf {
        self.dir.path().join("data/uploads").join(operation)
    }

    /// The reasons of failed records, with the places where they stand.
    pub(crate) async fn located_failures(&self) -> Vec<String> {
        let query =
            import_proto::RecordsQuery { status: Some(import_proto::StatusFilter::Failed), ..Default::default() };
        let page = self.engine.records(query).await.unwrap();
        let errors = page.records.into_iter().flat_map(|record| record.errors);
        let place = |entry: Option<String>, line: Option<u64>| match (entry, line) {
            (Some(entry), Some(line)) => format!("{entry}:{line}: "),
            (Some(entry), None) => format!("{entry}: "),
            (None, _) => String::new(),
        };
        errors.map(|error| place(error.entry, error.line) + &error.message).collect()
    }

    /// The reasons of failed records.
    pub(crate) async fn failures(&self) -> Vec<String> {
        let query =
            import_proto::RecordsQuery { status: Some(import_proto::StatusFilter::Failed), ..Default::default() };
        let page = self.engine.records(query).await.unwrap();
        page.records.iter().flat_map(|record| record.errors.iter().map(|error| error.message.clone())).collect()
    }
}

/// The documents of a collection but for those that were there from the start, in the form in which they are exported.
async fn stored(store: &MongoStore, collection: &str) -> BTreeMap<String, Value> {
    let there: Vec<Value> =
        workspace::Line::Seven.collections("2026-01-01T00:00:00Z").into_iter().flat_map(|(_, all)| all).collect();
    let members = store.database().collection::<bson::Document>("rocketchat_subscription");
    let of_admin = members.find(bson::doc! { "u._id": workspace::ADMIN.user_id }).await.unwrap();
    let of_admin: Vec<bson::Document> = of_admin.try_collect().await.unwrap();
    let mut found = store.database().collection::<bson::Document>(collection).find(bson::doc! {}).await.unwrap();
    let mut documents = BTreeMap::new();
    while found.advance().await.unwrap() {
        let document = found.deserialize_current().unwrap();
        let document = exported(bson::Bson::Document(document).into_relaxed_extjson());
        let mut document = document;
        // In an export, rocket.cat owns the first administrator's rooms.
        let cat = serde_json::json!({"_id": "rocket.cat", "username": "rocket.cat", "name": "Rocket.Cat"});
        let is_owned = document["u"]["_id"] == workspace::ADMIN.user_id && document["t"] != "d";
        let has_owner_role = document["roles"].as_array().is_some_and(|roles| roles.iter().any(|role| role == "owner"));
        if collection == "rocketchat_room" && is_owned
            || collection == "rocketchat_subscription" && is_owned && has_owner_role
        {
            document["u"] = cat;
        } else if collection == "rocketchat_room"
            && of_admin.iter().any(|member| member.get_str("rid").unwrap() == document["_id"])
        {
            document["usersCount"] = (document["usersCount"].as_i64().unwrap() - 1).into();
        }
        let id = document["_id"].as_str().map_or_else(|| document["_id"].to_string(), str::to_owned);
        // An export leaves out the first administrator, and every membership of theirs.
        let of_admin = collection == "rocketchat_subscription" && document["u"]["_id"] == workspace::ADMIN.user_id;
        if !of_admin && there.iter().all(|there| there["_id"] != id) {
            documents.insert(id, document);
        }
    }
    documents
}

fn exported(value: Value) -> Value {
    match value {
        Value::Object(fields) if fields.len() == 1 && fields.contains_key("$date") => {
            let date: import_store::documents::Date = serde_json::from_value(Value::Object(fields)).unwrap();
            serde_json::to_value(date).unwrap()
        }
        Value::Object(fields) => fields.into_iter().map(|(name, value)| (name, exported(value))).collect(),
        Value::Array(values) => values.into_iter().map(exported).collect(),
        other => other,
    }
}

/// The documents without the time of their last update.
pub(crate) fn without_updates(mut documents: BTreeMap<String, Value>) -> Vec<Value> {
    for document in documents.values_mut() {
        document.as_object_mut().unwrap().remove("_updatedAt");
    }
    documents.into_values().collect()
}

fn options(dir: &Path, fetch: &FetchPolicy, limits: Limits) -> EngineOptions {
    EngineOptions {
        files_dir: dir.join("data/uploads"),
        limits,
        fetch: fetch.clone(),
        share_files: crate::STORE == On::MongoDb,
        import_dir: Some(dir.join("imports")),
        ..EngineOptions::default()
    }
}

pub(crate) fn new_user(number: usize) -> NewUser {
    NewUser {
        username: Some(format!("user{number}")),
        emails: vec![format!("user{number}@example.com")],
        import_ids: vec![number.to_string()],
        ..NewUser::default()
    }
}

pub(crate) fn refusal<T: std::fmt::Debug>(result: Result<T, import_engine::EngineError>) -> Refusal {
    match result {
        Err(import_engine::EngineError::Refused(refusal)) => refusal,
        other => panic!("not refused: {other:?}"),
    }
}
