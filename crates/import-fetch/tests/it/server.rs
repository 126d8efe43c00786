//! A server on the loopback interface that answers as a test says, byte for byte.

use std::net::SocketAddr;
use std::sync::{Arc, Mutex};

use tokio::io::{AsyncReadExt, AsyncWriteExt};
use tokio::net::{TcpListener, TcpStream};
use tokio::sync::Notify;

/// A request as it came.
#[derive(Debug, Clone)]
pub(crate) struct Request {
    pub(crate) path: String,
    head: String,
}

impl Request {
    /// The value of the header `name`, which is written in lower case.
    pub(crate) fn header(&self, name: &str) -> Option<&str> {
        self.head.lines().find_map(|line| {
            let (found, value) = line.split_once(": ")?;
            found.eq_ignore_ascii_case(name).then_some(value)
        })
    }
}

/// What goes over the wire, and whether the connection is closed after it or left open in silence.
#[derive(Debug)]
pub(crate) struct Reply {
    pub(crate) bytes: Vec<u8>,
    pub(crate) hang: bool,
}

impl Reply {
    /// The status line and headers that `head` lists (separated by `|`), then `body`.
    pub(crate) fn raw(head: &str, body: &str) -> Self {
        let head = head.replace('|', "\r\n");
        Self { bytes: format!("HTTP/1.1 {head}\r\nConnection: close\r\n\r\n{body}").into(), hang: false }
    }

    /// A whole file.
    pub(crate) fn file(body: &str) -> Self {
        Self::raw(&format!("200 OK|Content-Length: {}", body.len()), body)
    }

    /// A redirect with `status`.
    pub(crate) fn redirect(status: &str, location: &str) -> Self {
        Self::raw(&format!("{status}|Location: {location}|Content-Length: 0"), "")
    }

    /// The same, but silence where the end of the connection would be.
    pub(crate) fn then_hang(self) -> Self {
        Self { hang: true, ..self }
    }
}

pub(crate) struct Server {
    pub(crate) address: SocketAddr,
    requests: Arc<Mutex<Vec<Request>>>,
    /// Told each time that a client closes a connection that was left open.
    pub(crate) left: Arc<Notify>,
}

impl Server {
    /// Answers each request, counted from 0, on a connection of its own.
    pub(crate) async fn start(answer: impl Fn(usize, &Request) -> Reply + Send + Sync + 'static) -> Self {
        let listener = TcpListener::bind("127.0.0.1:0").await.unwrap();
        let server = Self { address: listener.local_addr().unwrap(), requests: Arc::default(), left: Arc::default() };
        let (requests, left) = (Arc::clone(&server.requests), Arc::clone(&server.left));
        tokio::spawn(async move {
            loop {
                let (mut stream, _) = listener.accept().await.unwrap();
                let Some(request) = read_request(&mut stream).await else {
                    continue;
                };
                let count = {
                    let mut requests = requests.lock().unwrap();
                    requests.push(request.clone());
                    requests.len() - 1
                };
                let reply = answer(count, &request);
                let left = Arc::clone(&left);
                tokio::spawn(async move {
                    // The client may leave whenever it likes.
                    let _ = stream.write_all(&reply.bytes).await;
                    if reply.hang {
                        while matches!(stream.read(&mut [0; 64]).await, Ok(1..)) {}
                        left.notify_one();
                    }
                });
            }
        });
        server
    }

    pub(crate) fn url(&self, path: &str) -> String {
        format!("http://{}{path}", self.address)
    }

    /// The requests so far.
    pub(crate) fn requests(&self) -> Vec<Request> {
        self.requests.lock().unwrap().clone()
    }

    /// The `Range` of each request so far.
    pub(crate) fn ranges(&self) -> Vec<Option<String>> {
        self.requests().iter().map(|request| request.header("range").map(str::to_owned)).collect()
    }
}

/// Reads the head of a request; `None` for what is none, such as a TLS handshake.
async fn read_request(stream: &mut TcpStream) -> Option<Request> {
    let mut bytes = Vec::new();
    while !bytes.ends_with(b"\r\n\r\n") {
        bytes.push(stream.read_u8().await.ok()?);
        if !bytes.starts_with(b"G") {
            return None;
        }
    }
    let head = String::from_utf8(bytes).ok()?;
    let path = head.strip_prefix("GET ")?.split(' ').next()?.to_owned();
    Some(Request { path, head })
}
