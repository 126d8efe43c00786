//! A server of its own for a test.

use std::{net::SocketAddr, path::Path, sync::Arc, time::Duration};

use import_engine::{Engine, EngineOptions, FetchPolicy};
use import_proto::{Timestamp, UserType};
use import_sample::workspace;
use import_server::http::{HttpOptions, serve};
use import_store::{
    AnyStore, EmbeddedStore, MongoStore, NewToken, Store,
    credentials::{hash_password, hash_token, new_token, password_digest, random_id},
    documents::{Date, PasswordService, Services, User, UserEmail},
    embedded::Access,
    mongodb::MongoOptions,
};
use serde_json::{Value, json};
use tempfile::TempDir;
use tokio::{net::TcpListener, sync::oneshot, task::JoinHandle, time::MissedTickBehavior};

use super::client::{Answer, Connection, PATIENCE, Request};

/// The password of every user that a test adds.
pub(crate) const PASSWORD: &str = "correct horse";

/// Somebody with a token.
#[derive(Debug, Clone)]
pub(crate) struct Account {
    pub(crate) user_id: String,
    pub(crate) token: String,
}

/// Which store the tests run on.
#[allow(dead_code, reason = "each target runs on one of them")]
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum On {
    /// In a directory of its own.
    Embedded,
    /// In a workspace's database.
    MongoDb,
}

/// A fresh directory, and its administrator.
fn embedded(directory: &Path) -> (AnyStore, Account) {
    let opened = EmbeddedStore::open(&directory.join("data"), Access::Exclusive).unwrap();
    let credentials = std::fs::read_to_string(opened.created.unwrap()).unwrap();
    let credentials: Value = serde_json::from_str(&credentials).unwrap();
    let text = |key: &str| credentials[key].as_str().unwrap().to_owned();
    (opened.store.into(), Account { user_id: text("userId"), token: text("authToken") })
}

/// A workspace of its own on the server that MONGODB_URL names, and its administrator.
async fn mongodb(directory: &Path) -> (AnyStore, Account) {
    let server = std::env::var("MONGODB_URL");
    let server = server.expect("no MONGODB_URL: run `cargo xtask test`, or set it to a MongoDB server's address");
    let url = format!("{}/import_http_{}", server.trim_end_matches('/'), random_id());
    let client = ::mongodb::Client::with_uri_str(&url).await.unwrap();
    workspace::fill(&client.default_database().unwrap(), workspace::Line::Eight).await.unwrap();
    let options = MongoOptions { url, lease: MongoOptions::LEASE, incoming: directory.join("data").join("incoming") };
    let store = MongoStore::open(options).await.unwrap();
    // Called what the first administrator of a directory is called, so that answers are the same.
    let user = User {
        name: "Import administrator".into(),
        emails: Vec::new(),
        ..new_user("import-admin", &["admin"], String::new())
    };
    let admin = Account { user_id: user.id.clone(), token: new_token() };
    assert!(store.add_user(user).await.unwrap());
    let access = NewToken::PersonalAccess { name: "import".into(), last_token_part: "abcdef".into() };
    store.add_token(&admin.user_id, &hash_token(&admin.token), access, Timestamp::now()).await.unwrap();
    (store.into(), admin)
}

/// A running server.
pub(crate) struct Server {
    pub(crate) address: SocketAddr,
    pub(crate) engine: Engine<AnyStore>,
    /// The first administrator.
    pub(crate) admin: Account,
    /// The data directory, gone with the server.
    pub(crate) directory: TempDir,
    stop: Option<oneshot::Sender<()>>,
    task: JoinHandle<()>,
}

impl Server {
    pub(crate) async fn start() -> Self {
        Self::start_with(HttpOptions::default()).await
    }

    pub(crate) async fn start_with(options: HttpOptions) -> Self {
        let directory = TempDir::new().unwrap();
        let (store, admin) = match crate::STORE {
            On::Embedded => embedded(directory.path()),
            On::MongoDb => mongodb(directory.path()).await,
        };

        let fetch = FetchPolicy { allow: vec!["127.0.0.0/8".parse().unwrap()], attempts: 1, ..FetchPolicy::default() };
        let files_dir = directory.path().join("data").join("uploads");
        let import_dir = Some(directory.path().join("imports"));
        let engine_options =
            EngineOptions { files_dir, fetch, share_files: store.is_shared(), import_dir, ..EngineOptions::default() };
        let engine = Engine::start(Arc::new(store), engine_options).await.unwrap();
        let listener = TcpListener::bind("127.0.0.1:0").await.unwrap();
        let address = listener.local_addr().unwrap();
        let (stop, stopped) = oneshot::channel();
        let shutdown = async move { drop(stopped.await) };
        let task = tokio::spawn(serve(listener, engine.clone(), options, shutdown));
        Self { address, engine, admin, directory, stop: Some(stop), task }
    }

    /// Adds a user with [`PASSWORD`].
    pub(crate) async fn user(&self, username: &str, roles: &[&str]) -> Account {
        let now = Timestamp::now();
        let bcrypt = hash_password(&password_digest(PASSWORD)).unwrap();
        let user = new_user(username, roles, bcrypt);
        let account = Account { user_id: user.id.clone(), token: new_token() };
        assert!(self.engine.store().add_user(user).await.unwrap());
        let hash = hash_token(&account.token);
        self.engine.store().add_token(&account.user_id, &hash, NewToken::Login, now).await.unwrap();
        account
    }

    pub(crate) async fn connect(&self) -> Connection {
        Connection::open(self.address).await
    }

    /// Sends a request as it is, on a connection of its own.
    pub(crate) async fn send(&self, request: Request) -> Answer {
        let mut connection = self.connect().await;
        connection.write(&request.bytes()).await;
        connection.answer().await
    }

    /// The request with the first administrator's headers.
    pub(crate) fn as_admin(&self, request: Request) -> Request {
        as_user(request, &self.admin)
    }

    /// Sends a GET as the first administrator.
    pub(crate) async fn get(&self, path: &str) -> Answer {
        self.send(self.as_admin(Request::get(path))).await
    }

    /// Sends a POST without a body as the first administrator.
    pub(crate) async fn post(&self, path: &str) -> Answer {
        self.send(self.as_admin(Request::post(path)).body("")).await
    }

    /// Sends a JSON body as the first administrator.
    pub(crate) async fn post_json(&self, path: &str, body: Value) -> Answer {
        self.send(self.as_admin(Request::post(path)).json(&body)).await
    }

    /// Asks for the state until it is `state`; answers the operation. Any other state that is final is a failure.
    pub(crate) async fn until(&self, state: &str) -> Value {
        let reached = async {
            let mut pace = tokio::time::interval(Duration::from_millis(5));
            pace.set_missed_tick_behavior(MissedTickBehavior::Delay);
            loop {
                pace.tick().await;
                let status = self.get("/api/v1/import.status").await.json();
                let found = status["state"].as_str().unwrap().to_owned();
                if found == state {
                    return status["operation"].clone();
                }
                assert!(!["done", "error", "canceled"].contains(&found.as_str()), "it is {status}, not {state}");
            }
        };
        tokio::time::timeout(PATIENCE, reached).await.expect("the state is not reached")
    }

    /// Creates an operation with two users staged.
    pub(crate) async fn stage_two_users(&self) {
        self.post("/api/v1/import.new").await;
        let users = json!([user("ann", "1"), user("bob", "2")]);
        self.post_json("/api/v1/import.addUsers", json!({ "users": users })).await.is_accepted();
    }

    /// Tells the server to stop; [`Server::stopped`] waits for it.
    pub(crate) fn stop(&mut self) {
        drop(self.stop.take());
    }

    /// Waits until the server has stopped.
    pub(crate) async fn stopped(&mut self) {
        tokio::time::timeout(PATIENCE, &mut self.task).await.expect("the server goes on").unwrap();
    }
}

fn new_user(username: &str, roles: &[&str], bcrypt: String) -> User {
    let now = Timestamp::now();
    User {
        id: random_id(),
        created_at: Date(now),
        username: username.into(),
        name: format!("The {username}"),
        emails: vec![UserEmail { address: format!("{username}@example.com"), verified: true }],
        user_type: UserType::User,
        roles: roles.iter().map(|&role| role.to_owned()).collect(),
        active: true,
        status: "offline".into(),
        status_text: None,
        bio: None,
        utc_offset: None,
        services: Services { password: Some(PasswordService { bcrypt }), email2fa: None },
        import_ids: Vec::new(),
        pending_avatar_url: None,
        custom_fields: None,
        marks: Default::default(),
        updated_at: Date(now),
    }
}

/// The request with somebody's headers.
pub(crate) fn as_user(request: Request, account: &Account) -> Request {
    request.header("X-User-Id", &account.user_id).header("X-Auth-Token", &account.token)
}

/// A user to add.
pub(crate) fn user(username: &str, import_id: &str) -> Value {
    json!({"username": username, "emails": [format!("{username}@example.com")], "importIds": [import_id]})
}
