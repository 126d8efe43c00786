//! A server on this machine that answers what a test tells it to, and remembers what it was asked.

use std::{
    collections::{HashMap, VecDeque},
    sync::{Arc, Mutex},
};

use axum::{
    Router,
    body::{Body, Bytes, to_bytes},
    extract::{Request, State},
    http::{HeaderMap, Response, StatusCode},
};
use import_client::{Client, ClientBuilder, Credentials, RetryPolicy};
use tokio::net::TcpListener;

/// An answer that is scripted.
#[derive(Debug, Clone)]
pub(crate) struct Scripted {
    status: u16,
    headers: Vec<(&'static str, String)>,
    body: String,
}

/// A 200 with a body of JSON.
pub(crate) fn ok(body: impl Into<String>) -> Scripted {
    answer(200, body)
}

/// An answer with a body.
pub(crate) fn answer(status: u16, body: impl Into<String>) -> Scripted {
    Scripted { status, headers: Vec::new(), body: body.into() }
}

impl Scripted {
    pub(crate) fn header(mut self, name: &'static str, value: impl ToString) -> Self {
        self.headers.push((name, value.to_string()));
        self
    }
}

/// A request as it came.
#[derive(Debug, Clone)]
pub(crate) struct Asked {
    /// `POST /api/v1/import.run`, with the query.
    pub(crate) line: String,
    pub(crate) headers: HeaderMap,
    pub(crate) body: Bytes,
}

impl Asked {
    pub(crate) fn header(&self, name: &str) -> Option<&str> {
        self.headers.get(name).map(|value| value.to_str().unwrap())
    }

    pub(crate) fn json(&self) -> serde_json::Value {
        serde_json::from_slice(&self.body).unwrap()
    }
}

#[derive(Default)]
struct Script {
    /// Answers by `METHOD /path` without the query; the last one is given again and again.
    answers: HashMap<String, VecDeque<Scripted>>,
    asked: Vec<Asked>,
}

/// The server. It is gone with the test's runtime.
pub(crate) struct Double {
    pub(crate) url: String,
    script: Arc<Mutex<Script>>,
}

/// `/api/info` of an import server.
pub(crate) const OURS: &str = r#"{"version":"8.0.0","importServer":{"version":"0.1.0"},"success":true}"#;
/// `/api/info` of a Rocket.Chat.
pub(crate) const ROCKET_CHAT: &str = r#"{"version":"8.1","success":true}"#;

impl Double {
    /// A server that answers 404 to everything.
    pub(crate) async fn start() -> Self {
        let listener = TcpListener::bind("127.0.0.1:0").await.unwrap();
        let url = format!("http://{}", listener.local_addr().unwrap());
        let script = Arc::new(Mutex::new(Script::default()));
        let app = Router::new().fallback(respond).with_state(Arc::clone(&script));
        tokio::spawn(async move { axum::serve(listener, app).await });
        Self { url, script }
    }

    /// A server that says what it is.
    pub(crate) async fn of_kind(info: &str) -> Self {
        let double = Self::start().await;
        double.on("GET /api/info", [ok(info)]);
        double
    }

    /// Answers requests of this method and path with these, one after the other, the last one for ever.
    pub(crate) fn on(&self, request: &str, answers: impl IntoIterator<Item = Scripted>) {
        self.script.lock().unwrap().answers.insert(request.to_owned(), answers.into_iter().collect());
    }

    /// Every request so far.
    pub(crate) fn asked(&self) -> Vec<Asked> {
        self.script.lock().unwrap().asked.clone()
    }

    /// Their methods, paths and queries.
    pub(crate) fn lines(&self) -> Vec<String> {
        self.asked().into_iter().map(|asked| asked.line).collect()
    }

    /// The requests to one path.
    pub(crate) fn asked_for(&self, path: &str) -> Vec<Asked> {
        let to = |asked: &Asked| asked.line.split(['?', ' ']).nth(1) == Some(path);
        self.asked().into_iter().filter(to).collect()
    }

    /// A client with credentials that does not wait between tries.
    pub(crate) fn client(&self) -> Client {
        self.builder().build().unwrap()
    }

    pub(crate) fn builder(&self) -> ClientBuilder {
        Client::builder(&self.url)
            .credentials(Credentials::new("user-1", "token-1").unwrap())
            .retry(RetryPolicy { first_delay: std::time::Duration::ZERO, ..RetryPolicy::default() })
    }
}

async fn respond(State(script): State<Arc<Mutex<Script>>>, request: Request) -> Response<Body> {
    let (parts, body) = request.into_parts();
    let body = to_bytes(body, usize::MAX).await.unwrap_or_default();
    let uri = parts.uri.path_and_query().unwrap();
    let mut script = script.lock().unwrap();
    let key = format!("{} {}", parts.method, uri.path());
    let line = format!("{} {uri}", parts.method);
    script.asked.push(Asked { line, headers: parts.headers, body });
    let scripted = match script.answers.get_mut(&key) {
        Some(answers) if answers.len() > 1 => answers.pop_front(),
        Some(answers) => answers.front().cloned(),
        None => None,
    };
    let Scripted { status, headers, body } =
        scripted.unwrap_or_else(|| answer(404, r#"{"success":false,"error":"There is no such endpoint."}"#));
    let mut response = Response::new(Body::from(body));
    *response.status_mut() = StatusCode::from_u16(status).unwrap();
    for (name, value) in headers {
        response.headers_mut().insert(name, value.parse().unwrap());
    }
    response
}
