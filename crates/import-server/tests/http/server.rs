//! A server of its own for a test.

use std::{net::SocketAddr, sync::Arc, time::Duration};

use import_engine::{Engine, EngineOptions, FetchPolicy, Limits};
use import_proto::{Timestamp, UserType};
use import_server::http::{HttpOptions, serve};
use import_store::{
    EmbeddedStore, NewToken, Store,
    credentials::{hash_password, hash_token, new_token, password_digest, random_id},
    documents::{Date, PasswordService, Services, User, UserEmail},
    embedded::Access,
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

/// A running server.
pub(crate) struct Server {
    pub(crate) address: SocketAddr,
    pub(crate) engine: Engine<EmbeddedStore>,
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
        let opened = EmbeddedStore::open(&directory.path().join("data"), Access::Exclusive).unwrap();
        let credentials = std::fs::read_to_string(opened.created.unwrap()).unwrap();
        let credentials: Value = serde_json::from_str(&credentials).unwrap();
        let text = |key: &str| credentials[key].as_str().unwrap().to_owned();
        let admin = Account { user_id: text("userId"), token: text("authToken") };

        let fetch = FetchPolicy { allow: vec!["127.0.0.0/8".parse().unwrap()], attempts: 1, ..FetchPolicy::default() };
        let files_dir = directory.path().join("data").join("uploads");
        let engine_options = EngineOptions { files_dir, limits: Limits::default(), fetch, share_files: false };
        let engine = Engine::start(Arc::new(opened.store), engine_options).await.unwrap();
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
        let user = User {
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
            services: Services { password: Some(PasswordService { bcrypt }) },
            import_ids: Vec::new(),
            pending_avatar_url: None,
            custom_fields: None,
            updated_at: Date(now),
        };
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

/// The request with somebody's headers.
pub(crate) fn as_user(request: Request, account: &Account) -> Request {
    request.header("X-User-Id", &account.user_id).header("X-Auth-Token", &account.token)
}

/// A user to add.
pub(crate) fn user(username: &str, import_id: &str) -> Value {
    json!({"username": username, "emails": [format!("{username}@example.com")], "importIds": [import_id]})
}
