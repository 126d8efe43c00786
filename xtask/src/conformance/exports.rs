//! Exports whose documents are checked: of each example and of a sample, each from a data directory of its own.

use std::{
    fs,
    path::{Path, PathBuf},
    process::{Command, Stdio},
    thread,
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

        let data_dir = self.data_dir(BULK_USERS);
        self.add_users(&data_dir)?;
        self.run(Command::new(self.binary).args(["fetch", "avatars", "--data-dir"]).arg(&data_dir))?;
        self.export(BULK_USERS, &data_dir)?;
        Ok(self.scratch.join("exports"))
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
