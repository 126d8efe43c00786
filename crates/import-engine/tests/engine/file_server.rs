//! A server of files on the loopback interface: what it answers can be changed, and held back.

use std::{
    collections::BTreeMap,
    net::SocketAddr,
    sync::{Arc, Mutex},
};

use tokio::{
    io::{AsyncReadExt, AsyncWriteExt},
    net::{TcpListener, TcpStream},
    sync::watch,
};

/// What is answered for a path.
#[derive(Debug, Clone)]
pub(crate) enum Answer {
    /// A file of this media type.
    File(&'static str, Vec<u8>),
    /// A status line and headers.
    Head(String),
}

/// Requests that are held back, and how it stands with them.
#[derive(Debug, Clone, Copy, Default)]
pub(crate) struct Open {
    /// Requests that wait for their answer.
    pub(crate) waiting: usize,
    /// The most that ever waited at once.
    pub(crate) most: usize,
    /// Requests whose client left before the answer.
    pub(crate) left: usize,
}

pub(crate) struct FileServer {
    address: SocketAddr,
    answers: Arc<Mutex<BTreeMap<String, Answer>>>,
    requests: Arc<Mutex<Vec<String>>>,
    held: watch::Sender<bool>,
    open: watch::Sender<Open>,
}

impl FileServer {
    /// A server that has nothing yet: whatever is not there is answered with 404.
    pub(crate) async fn start() -> Self {
        let listener = TcpListener::bind("127.0.0.1:0").await.unwrap();
        let server = Self {
            address: listener.local_addr().unwrap(),
            answers: Arc::default(),
            requests: Arc::default(),
            held: watch::Sender::new(false),
            open: watch::Sender::new(Open::default()),
        };
        let (answers, requests) = (Arc::clone(&server.answers), Arc::clone(&server.requests));
        let (held, open) = (server.held.clone(), server.open.clone());
        tokio::spawn(async move {
            loop {
                let (mut stream, _) = listener.accept().await.unwrap();
                let (answers, requests) = (Arc::clone(&answers), Arc::clone(&requests));
                let (mut held, open) = (held.subscribe(), open.clone());
                tokio::spawn(async move {
                    let Some(path) = path_of_request(&mut stream).await else { return };
                    requests.lock().unwrap().push(path.clone());
                    open.send_modify(|open| {
                        open.waiting += 1;
                        open.most = open.most.max(open.waiting);
                    });
                    // Nothing comes after a request but its end.
                    let mut beyond = [0];
                    let left = tokio::select! {
                        _ = held.wait_for(|held| !held) => false,
                        _ = stream.peek(&mut beyond) => true,
                    };
                    open.send_modify(|open| {
                        open.waiting -= 1;
                        open.left += usize::from(left);
                    });
                    let answer = answers.lock().unwrap().get(&path).cloned();
                    let bytes = match answer {
                        Some(Answer::File(media_type, bytes)) => {
                            let head = format!(
                                "HTTP/1.1 200 OK\r\nContent-Type: {media_type}\r\nContent-Length: {}\r\nConnection: close\r\n\r\n",
                                bytes.len()
                            );
                            [head.into_bytes(), bytes].concat()
                        }
                        Some(Answer::Head(head)) => {
                            format!("HTTP/1.1 {head}\r\nContent-Length: 0\r\nConnection: close\r\n\r\n").into_bytes()
                        }
                        None => b"HTTP/1.1 404 Not Found\r\nContent-Length: 0\r\nConnection: close\r\n\r\n".to_vec(),
                    };
                    // The client may leave whenever it likes.
                    let _ = stream.write_all(&bytes).await;
                });
            }
        });
        server
    }

    pub(crate) fn url(&self, path: &str) -> String {
        format!("http://{}{path}", self.address)
    }

    pub(crate) fn serve(&self, path: &str, answer: Answer) {
        self.answers.lock().unwrap().insert(path.to_owned(), answer);
    }

    pub(crate) fn serve_file(&self, path: &str, media_type: &'static str, bytes: &[u8]) {
        self.serve(path, Answer::File(media_type, bytes.to_vec()));
    }

    /// Keeps every answer back from now on.
    pub(crate) fn hold(&self) {
        self.held.send_replace(true);
    }

    /// Answers whatever waits.
    pub(crate) fn release(&self) {
        self.held.send_replace(false);
    }

    /// Waits until it stands so with the open requests.
    pub(crate) async fn wait_for(&self, wanted: impl FnMut(&Open) -> bool) -> Open {
        let mut open = self.open.subscribe();
        let waited = tokio::time::timeout(crate::support::PATIENCE, open.wait_for(wanted)).await;
        *waited.unwrap().unwrap()
    }

    /// The paths that were asked for so far, sorted; the list is empty afterwards.
    pub(crate) fn take_requests(&self) -> Vec<String> {
        let mut requests = std::mem::take(&mut *self.requests.lock().unwrap());
        requests.sort_unstable();
        requests
    }
}

/// Reads the head of a request; answers its path.
async fn path_of_request(stream: &mut TcpStream) -> Option<String> {
    let mut bytes = Vec::new();
    while !bytes.ends_with(b"\r\n\r\n") {
        bytes.push(stream.read_u8().await.ok()?);
    }
    let head = String::from_utf8(bytes).ok()?;
    Some(head.strip_prefix("GET ")?.split(' ').next()?.to_owned())
}
