//! Exports whose documents are checked: of each example and of a sample, each from a data directory of its own.

use std::{
    fs,
    io::{BufRead as _, BufReader, Write as _},
    net::{SocketAddr, TcpListener, TcpStream},
    path::{Path, PathBuf},
    process::{Command, Stdio},
    sync::{
        Arc,
        atomic::{AtomicBool, Ordering},
    },
    thread::{self, JoinHandle},
    time::{Duration, Instant},
};

use anyhow::{Context, Result, bail, ensure};
use import_sample::SlackSample;
use serde_json::{Value, json};

use crate::{
    http::Connection,
    sample,
    server::{Credentials, Server},
};

/// Files of `examples` and the importers that read them.
const EXAMPLES: [(&str, &str); 8] = [
    ("slack-export.zip", "slack"),
    ("slack-every-kind", "slack"),
    ("slack-grid", "slack"),
    ("slack-old", "slack"),
    ("csv-export.zip", "csv"),
    ("hipchat-export.tar.gz", "hipchatenterprise"),
    ("slack-users.csv", "slack-users"),
    ("contacts.csv", "omnichannel_contact"),
];
/// Files that are fetched, one for each way to show a file: name, media type, first bytes.
const FETCHED: [(&str, &str, &[u8]); 5] = [
    ("quay.png", "image/png", b"\x89PNG\r\n\x1a\n and a picture"),
    ("horn.mp3", "audio/mpeg", b"ID3 and a sound"),
    ("tide.mp4", "video/mp4", b"\0\0\0\x18ftypmp42 and a film"),
    ("tide table.pdf", "application/pdf", b"%PDF-1.7 and a page"),
    ("README", "text/plain", b"a text whose name has no ending"),
];
/// The users that are added over HTTP, and the name of their export.
const BULK_USERS: &str = "bulk-users.json";
/// An avatar of one pixel that needs no other server.
const AVATAR: &str = "data:image/png;base64,iVBORw0KGgoAAAANSUhEUgAAAAEAAAABCAYAAAAfFcSJAAAADUlEQVR42mNk+M9QDwADhgGAWjR9awAAAABJRU5ErkJggg==";
/// The exit code of a command that did its work, although some records failed.
const SOME_FAILED: i32 = 2;
/// How long a run of the added users may take.
const PATIENCE: Duration = Duration::from_secs(60);
/// How often the server is asked whether it is done.
const PACE: Duration = Duration::from_millis(50);

/// Makes exports below `exports`, from data directories below `data`.
pub(super) struct Exports<'a> {
    /// The workspace of the source code.
    pub(super) root: &'a Path,
    /// `import-server`
    pub(super) binary: &'a Path,
    /// An empty folder to work in.
    pub(super) scratch: &'a Path,
    /// Messages of the sample.
    pub(super) messages: u64,
    /// The seed of the sample.
    pub(super) seed: u64,
}

impl Exports<'_> {
    /// Makes all exports; answers the folder that they are in.
    ///
    /// # Errors
    /// If an import or an export fails.
    pub(super) fn make(&self) -> Result<PathBuf> {
        for (file, importer) in EXAMPLES {
            let data_dir = self.data_dir(file);
            self.import(&self.root.join("examples").join(file), importer, &data_dir)?;
            self.export(file, &data_dir)?;
        }
        let sample = self.scratch.join("sample.zip");
        let size = SlackSample { messages: self.messages, users: 60, channels: 12, seed: self.seed };
        sample::write(&size, &sample)?;
        let data_dir = self.data_dir("sample");
        self.import(&sample, "slack", &data_dir)?;
        self.export("sample", &data_dir)?;

        let data_dir = self.data_dir("fetched");
        let files = FileServer::start()?;
        self.import(&self.export_with_files(&files)?, "slack", &data_dir)?;
        let mut fetch = Command::new(self.binary);
        fetch.args(["fetch", "files", "--allow-address", "127.0.0.0/8", "--data-dir"]).arg(&data_dir);
        self.run(&mut fetch)?;
        self.export("fetched", &data_dir)?;

        let data_dir = self.data_dir(BULK_USERS);
        self.add_users(&data_dir)?;
        self.run(Command::new(self.binary).args(["fetch", "avatars", "--data-dir"]).arg(&data_dir))?;
        self.export(BULK_USERS, &data_dir)?;
        Ok(self.scratch.join("exports"))
    }

    /// A Slack export whose messages bring the files of a server, one each.
    fn export_with_files(&self, files: &FileServer) -> Result<PathBuf> {
        let messages = FETCHED.iter().zip(1..).map(|((name, media_type, bytes), number)| {
            let url = format!("http://{}/{}", files.address, name.replace(' ', "%20"));
            let file = json!({
                "id": format!("F0FETCHED{number}"), "name": name, "mimetype": media_type, "size": bytes.len(),
                "url_private_download": url,
            });
            json!({
                "type": "message", "user": "U0ANN", "ts": format!("170410000{number}.000100"), "text": name, "files": [file],
            })
        });
        let messages = Value::from(messages.collect::<Vec<_>>());
        let folder = self.scratch.join("with-files");
        let entries = [
            ("users.json", json!([{"id": "U0ANN", "name": "ann", "profile": {"email": "ann@example.org"}}])),
            ("channels.json", json!([{"id": "C0DOCKS", "name": "docks", "members": ["U0ANN"], "creator": "U0ANN"}])),
            ("docks/2024-01-01.json", messages),
        ];
        fs::create_dir_all(folder.join("docks")).context("creating an export")?;
        for (entry, content) in entries {
            fs::write(folder.join(entry), content.to_string()).with_context(|| format!("writing {entry}"))?;
        }
        Ok(folder)
    }

    fn data_dir(&self, name: &str) -> PathBuf {
        self.scratch.join("data").join(name)
    }

    fn import(&self, file: &Path, importer: &str, data_dir: &Path) -> Result<()> {
        let mut command = Command::new(self.binary);
        self.run(command.arg("import").arg(file).args(["--importer", importer, "--data-dir"]).arg(data_dir))
    }

    fn export(&self, name: &str, data_dir: &Path) -> Result<()> {
        let out = self.scratch.join("exports").join(name);
        self.run(Command::new(self.binary).arg("export").arg("--out").arg(out).arg("--data-dir").arg(data_dir))
    }

    /// Runs a command whose failed records do not matter here.
    fn run(&self, command: &mut Command) -> Result<()> {
        let output = command.output().with_context(|| format!("running {command:?}"))?;
        let done = output.status.success() || output.status.code() == Some(SOME_FAILED);
        ensure!(done, "{command:?} failed ({}):\n{}", output.status, String::from_utf8_lossy(&output.stderr));
        Ok(())
    }

    /// Adds the users of the example by the API, one of them with an avatar.
    fn add_users(&self, data_dir: &Path) -> Result<()> {
        let path = self.root.join("examples").join(BULK_USERS);
        let text = fs::read(&path).with_context(|| format!("reading {}", path.display()))?;
        let mut body: Value = serde_json::from_slice(&text).with_context(|| format!("reading {}", path.display()))?;
        let users = body.get_mut("users").and_then(Value::as_array_mut).context("the example has no users")?;
        users.push(json!({
            "importIds": ["with-an-avatar"], "username": "with.an.avatar", "emails": ["avatar@tidewater.example"],
            "avatarUrl": AVATAR,
        }));
        let server = Server::start(self.binary, data_dir, &[], Stdio::null())?;
        let Credentials { user_id, auth_token, .. } = Credentials::read(data_dir)?;
        let mut connection = Connection::open(server.address(), user_id, auth_token)?;
        connection.post("/api/v1/import.new", b"{}")?;
        connection.post("/api/v1/import.addUsers", body.to_string().as_bytes())?;
        connection.post("/api/v1/import.run", b"{}")?;
        let begun = Instant::now();
        while connection.get("/api/v1/import.status")?.get("state") != Some(&json!("done")) {
            if begun.elapsed() > PATIENCE {
                bail!("the users of {BULK_USERS} are not imported after {} s", PATIENCE.as_secs());
            }
            thread::sleep(PACE);
        }
        drop(connection);
        server.stop()
    }
}

/// Serves the files to fetch, on a free port of 127.0.0.1, until it is dropped.
struct FileServer {
    address: SocketAddr,
    ended: Arc<AtomicBool>,
    thread: Option<JoinHandle<()>>,
}

impl FileServer {
    fn start() -> Result<Self> {
        let listener = TcpListener::bind("127.0.0.1:0").context("listening for those who fetch files")?;
        let address = listener.local_addr()?;
        let ended = Arc::new(AtomicBool::new(false));
        let end = Arc::clone(&ended);
        let thread = thread::spawn(move || {
            for stream in listener.incoming() {
                if end.load(Ordering::Relaxed) {
                    return;
                }
                // What could not be fetched is missing from the export, and the check says so.
                let _ = stream.and_then(answer);
            }
        });
        Ok(Self { address, ended, thread: Some(thread) })
    }
}

impl Drop for FileServer {
    fn drop(&mut self) {
        self.ended.store(true, Ordering::Relaxed);
        // The thread wakes for this connection.
        let _ = TcpStream::connect(self.address);
        if let Some(thread) = self.thread.take() {
            let _ = thread.join();
        }
    }
}

/// Reads a request and answers with the file that it asks for.
fn answer(stream: TcpStream) -> std::io::Result<()> {
    let mut reader = BufReader::new(stream);
    let mut request = String::new();
    reader.read_line(&mut request)?;
    let mut header = String::new();
    while reader.read_line(&mut header)? > 2 {
        header.clear();
    }
    let path = request.split(' ').nth(1).unwrap_or_default().replace("%20", " ");
    let file = FETCHED.iter().find(|(name, ..)| path.strip_prefix('/') == Some(*name));
    let (status, media_type, bytes) = match file {
        Some((_, media_type, bytes)) => ("200 OK", *media_type, *bytes),
        None => ("404 Not Found", "text/plain", &b""[..]),
    };
    let length = bytes.len();
    let head = format!(
        "HTTP/1.1 {status}\r\nContent-Type: {media_type}\r\nContent-Length: {length}\r\nConnection: close\r\n\r\n"
    );
    let mut stream = reader.into_inner();
    stream.write_all(head.as_bytes())?;
    stream.write_all(bytes)
}
