//! A running `import-server serve`, to be measured or checked.

use std::{
    ffi::OsStr,
    fs,
    io::{BufRead, BufReader},
    path::Path,
    process::{Child, Command, Stdio},
};

use anyhow::{Context, Result, ensure};
use serde::Deserialize;

/// A server on a free port of 127.0.0.1. Ended when it is dropped.
pub(crate) struct Server {
    child: Child,
    address: String,
}

impl Server {
    /// Starts a server, with `options` beside address and directory; its log goes to `log`. Returns once it listens.
    ///
    /// # Errors
    /// If it cannot be started, or ends before it listens.
    pub(crate) fn start(binary: &Path, data_dir: &Path, options: &[&str], log: Stdio) -> Result<Self> {
        let mut child = Command::new(binary)
            .args(["serve", "--listen", "127.0.0.1:0", "--data-dir"])
            .arg(data_dir)
            .args(options)
            .stdout(Stdio::piped())
            .stderr(log)
            .spawn()
            .with_context(|| format!("starting {}", binary.display()))?;
        let stdout = child.stdout.take().context("no output to read the address from")?;
        let mut server = Self { child, address: String::new() };
        let mut line = String::new();
        BufReader::new(stdout).read_line(&mut line)?;
        let (_, address) = line.trim().split_once("http://").context("the server did not say where it listens")?;
        server.address = address.to_owned();
        Ok(server)
    }

    /// `host:port`
    pub(crate) fn address(&self) -> &str {
        &self.address
    }

    /// The process.
    pub(crate) fn id(&self) -> u32 {
        self.child.id()
    }

    /// Stops the server in order.
    ///
    /// # Errors
    /// If it had ended already, or ends with a failure.
    pub(crate) fn stop(mut self) -> Result<()> {
        let ended = self.child.try_wait().context("looking after the server")?;
        ensure!(ended.is_none(), "the server ended before it was stopped");
        let signalled = Command::new("kill").arg(self.child.id().to_string()).status().context("running kill")?;
        ensure!(signalled.success(), "the server could not be signalled");
        let status = self.child.wait().context("waiting for the server")?;
        ensure!(status.success(), "the server ended with {status}");
        Ok(())
    }
}

impl Drop for Server {
    fn drop(&mut self) {
        // Already gone after `stop`.
        let _ = self.child.kill();
        let _ = self.child.wait();
    }
}

/// What the first administrator of a fresh data directory logs in with.
#[derive(Deserialize)]
#[serde(rename_all = "camelCase")]
pub(crate) struct Credentials {
    /// `X-User-Id`
    pub(crate) user_id: String,
    /// `X-Auth-Token`
    pub(crate) auth_token: String,
    /// The password of `import-admin`.
    pub(crate) password: String,
}

impl Credentials {
    /// Reads them from a server's data directory.
    ///
    /// # Errors
    /// If they are not there, or not as the server writes them.
    pub(crate) fn read(data_dir: &Path) -> Result<Self> {
        let path = data_dir.join("admin-credentials.json");
        let text = fs::read(&path).with_context(|| format!("reading {}", path.display()))?;
        serde_json::from_slice(&text).with_context(|| format!("reading {}", path.display()))
    }

    /// Them, and the server's address, as variables of the environment.
    pub(crate) fn variables(&self, server: &Server) -> [(&'static str, impl AsRef<OsStr> + use<>); 4] {
        [
            ("IMPORT_URL", format!("http://{}", server.address())),
            ("IMPORT_USER_ID", self.user_id.clone()),
            ("IMPORT_AUTH_TOKEN", self.auth_token.clone()),
            ("IMPORT_PASSWORD", self.password.clone()),
        ]
    }
}
