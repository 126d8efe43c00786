//! A small HTTP client that can also send what no proper client would.

use std::{fmt, net::SocketAddr, time::Duration};

use serde_json::Value;
use tokio::{
    io::{AsyncBufReadExt, AsyncReadExt, AsyncWriteExt, BufReader},
    net::TcpStream,
    time::timeout,
};

/// How long anything may take before a test gives up.
pub(crate) const PATIENCE: Duration = Duration::from_secs(30);

/// A request in the making.
#[derive(Debug, Clone)]
pub(crate) struct Request {
    method: String,
    path: String,
    headers: Vec<(String, String)>,
    body: Option<Vec<u8>>,
}

impl Request {
    pub(crate) fn new(method: &str, path: &str) -> Self {
        Self { method: method.into(), path: path.into(), headers: Vec::new(), body: None }
    }

    pub(crate) fn get(path: &str) -> Self {
        Self::new("GET", path)
    }

    pub(crate) fn post(path: &str) -> Self {
        Self::new("POST", path)
    }

    pub(crate) fn header(mut self, name: &str, value: &str) -> Self {
        self.headers.push((name.into(), value.into()));
        self
    }

    pub(crate) fn json(self, body: &Value) -> Self {
        self.text("application/json", &body.to_string())
    }

    pub(crate) fn text(self, content_type: &str, body: &str) -> Self {
        self.header("Content-Type", content_type).body(body.as_bytes())
    }

    pub(crate) fn body(mut self, body: impl Into<Vec<u8>>) -> Self {
        self.body = Some(body.into());
        self
    }

    /// The bytes to send.
    pub(crate) fn bytes(&self) -> Vec<u8> {
        let mut bytes = format!("{} {} HTTP/1.1\r\nHost: test\r\n", self.method, self.path).into_bytes();
        for (name, value) in &self.headers {
            bytes.extend(format!("{name}: {value}\r\n").bytes());
        }
        if let Some(body) = &self.body {
            bytes.extend(format!("Content-Length: {}\r\n", body.len()).bytes());
        }
        bytes.extend(b"\r\n");
        bytes.extend(self.body.iter().flatten());
        bytes
    }

    /// The head for a body of unknown length, which [`chunk`] and [`LAST_CHUNK`] make.
    pub(crate) fn chunked_head(&self) -> Vec<u8> {
        let mut bytes = self.clone().header("Transfer-Encoding", "chunked").bytes();
        bytes.truncate(bytes.len() - self.body.as_ref().map_or(0, Vec::len));
        bytes
    }
}

/// A piece of a body of unknown length.
pub(crate) fn chunk(data: &[u8]) -> Vec<u8> {
    [format!("{:x}\r\n", data.len()).as_bytes(), data, b"\r\n"].concat()
}

/// The end of a body of unknown length.
pub(crate) const LAST_CHUNK: &[u8] = b"0\r\n\r\n";

/// An answer.
#[derive(Debug)]
pub(crate) struct Answer {
    pub(crate) status: u16,
    pub(crate) headers: Vec<(String, String)>,
    pub(crate) body: String,
}

impl Answer {
    /// The header's value; names are lower-case.
    pub(crate) fn header(&self, name: &str) -> Option<&str> {
        self.headers.iter().find(|(found, _)| found == name).map(|(_, value)| value.as_str())
    }

    pub(crate) fn json(&self) -> Value {
        serde_json::from_str(&self.body).unwrap_or_else(|error| panic!("{error}: {self}"))
    }

    /// Checks status and body to the byte.
    #[track_caller]
    pub(crate) fn is(&self, status: u16, body: &str) {
        assert_eq!((self.status, self.body.as_str()), (status, body));
    }

    /// Checks that the request was refused because of its form, for this reason.
    #[track_caller]
    pub(crate) fn is_invalid(&self, reason: &str) {
        let reason = Value::from(format!("{reason} [invalid-params]"));
        self.is(400, &format!(r#"{{"success":false,"errorType":"invalid-params","error":{reason}}}"#));
    }

    /// Checks that it is the plain success.
    #[track_caller]
    pub(crate) fn is_accepted(&self) {
        self.is(200, r#"{"success":true}"#);
    }
}

impl fmt::Display for Answer {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "{} {}", self.status, self.body)
    }
}

/// One connection.
pub(crate) struct Connection(BufReader<TcpStream>);

impl Connection {
    pub(crate) async fn open(address: SocketAddr) -> Self {
        Self(BufReader::new(TcpStream::connect(address).await.unwrap()))
    }

    pub(crate) async fn write(&mut self, bytes: &[u8]) {
        timeout(PATIENCE, self.0.write_all(bytes)).await.unwrap().unwrap();
    }

    /// The next answer, to a request that was not HEAD.
    pub(crate) async fn answer(&mut self) -> Answer {
        self.read_answer(true).await
    }

    /// The next answer, to HEAD.
    pub(crate) async fn head_answer(&mut self) -> Answer {
        self.read_answer(false).await
    }

    async fn line(&mut self) -> String {
        let mut line = String::new();
        timeout(PATIENCE, self.0.read_line(&mut line)).await.unwrap().unwrap();
        line.trim_end().to_owned()
    }

    async fn read_answer(&mut self, has_body: bool) -> Answer {
        let status_line = self.line().await;
        let status = status_line.split(' ').nth(1).unwrap_or_else(|| panic!("no status in {status_line:?}"));
        let mut headers = Vec::new();
        loop {
            let line = self.line().await;
            let Some((name, value)) = line.split_once(": ") else { break };
            headers.push((name.to_lowercase(), value.to_owned()));
        }
        let mut answer = Answer { status: status.parse().unwrap(), headers, body: String::new() };
        if has_body && answer.status >= 200 {
            let length = answer.header("content-length").unwrap().parse().unwrap();
            let mut body = vec![0; length];
            timeout(PATIENCE, self.0.read_exact(&mut body)).await.unwrap().unwrap();
            answer.body = String::from_utf8(body).unwrap();
        }
        answer
    }

    /// Waits until the server has closed the connection; answers what it sent before.
    pub(crate) async fn closed(&mut self) -> Vec<u8> {
        let mut rest = Vec::new();
        // A reset is a closed connection too.
        let _ = timeout(PATIENCE, self.0.read_to_end(&mut rest)).await.expect("the server keeps the connection open");
        rest
    }
}
