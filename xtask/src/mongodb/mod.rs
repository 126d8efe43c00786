//! A server that speaks MongoDB's protocol, for tests and tasks: FerretDB over SQLite, unless `MONGODB_URL` names another.

mod install;

use std::{
    fs::{self, File},
    net::{Ipv4Addr, TcpListener, TcpStream},
    path::{Path, PathBuf},
    process::{Child, Command, ExitCode, Stdio},
    thread,
    time::{Duration, Instant},
};

use anyhow::{Context, Result, bail};

use import_sample::workspace;

use crate::{cargo, print};

/// The variable that says which server to use.
pub(crate) const VARIABLE: &str = "MONGODB_URL";

/// How long a server may take until it can be connected to.
const PATIENCE: Duration = Duration::from_secs(30);

/// A server for as long as it is wanted.
pub(crate) struct Server {
    url: String,
    /// The one that was started for it; none where it was there already.
    own: Option<Own>,
}

struct Own {
    process: Child,
    directory: PathBuf,
}

impl Server {
    /// The server that `MONGODB_URL` names; else FerretDB, installed where it is not there yet, on a free port of 127.0.0.1
    /// and in a directory of its own.
    ///
    /// # Errors
    /// If it cannot be installed or started.
    pub(crate) fn start(root: &Path) -> Result<Self> {
        if let Some(url) = std::env::var(VARIABLE).ok().filter(|url| !url.is_empty()) {
            println!("using the server that {VARIABLE} names");
            return Ok(Self { url, own: None });
        }
        let tools = cargo::target(root).join("tools");
        let binary = install::ferretdb(&tools)?;
        let directory = tools.join(format!("ferretdb-data-{}", std::process::id()));
        if directory.exists() {
            fs::remove_dir_all(&directory).context("removing what another server left")?;
        }
        fs::create_dir_all(&directory).context("creating a directory for the database server")?;
        let port = free_port()?;
        let log = File::create(directory.join("log")).context("creating the database server's log")?;
        let process = Command::new(&binary)
            .args(["--handler=sqlite", "--telemetry=disable", "--debug-addr=-", "--log-level=error"])
            .arg(format!("--sqlite-url=file:{}/", directory.display()))
            .arg(format!("--state-dir={}", directory.display()))
            .arg(format!("--listen-addr=127.0.0.1:{port}"))
            // It has little in memory at a time, and throws much away: collected less often, it needs a third less of the processor.
            .env("GOGC", "1000")
            .stdin(Stdio::null())
            .stdout(log.try_clone().context("creating the database server's log")?)
            .stderr(log)
            .spawn()
            .with_context(|| format!("starting {}", binary.display()))?;
        let mut own = Own { process, directory };
        own.wait_for(port)?;
        Ok(Self { url: format!("mongodb://127.0.0.1:{port}/"), own: Some(own) })
    }

    /// Its address, without a database.
    pub(crate) fn url(&self) -> &str {
        &self.url
    }
}

impl Own {
    fn wait_for(&mut self, port: u16) -> Result<()> {
        let begun = Instant::now();
        while TcpStream::connect((Ipv4Addr::LOCALHOST, port)).is_err() {
            if let Some(status) = self.process.try_wait().context("looking after the database server")? {
                let log = fs::read_to_string(self.directory.join("log")).unwrap_or_default();
                bail!("the database server ended with {status}: {log}");
            }
            if begun.elapsed() > PATIENCE {
                bail!("the database server cannot be connected to after {PATIENCE:?}");
            }
            thread::sleep(Duration::from_millis(20));
        }
        Ok(())
    }
}

impl Drop for Own {
    fn drop(&mut self) {
        // One that has ended already leaves nothing but its files.
        let _ = self.process.kill();
        let _ = self.process.wait();
        let _ = fs::remove_dir_all(&self.directory);
    }
}

fn free_port() -> Result<u16> {
    let listener = TcpListener::bind((Ipv4Addr::LOCALHOST, 0)).context("looking for a free port")?;
    Ok(listener.local_addr().context("looking for a free port")?.port())
}

/// A workspace in a database of its own.
pub(crate) struct Workspace {
    url: String,
    database: mongodb::Database,
}

impl Workspace {
    /// Fills a database with what Rocket.Chat has in a small workspace.
    ///
    /// # Errors
    /// If the server fails.
    pub(crate) async fn create(server: &str) -> Result<Self> {
        let name = format!("xtask_{}", std::process::id());
        let url = format!("{}/{name}", server.trim_end_matches('/'));
        let client = mongodb::Client::with_uri_str(&url).await.context("connecting to the database server")?;
        let database = client.database(&name);
        workspace::fill(&database, workspace::Line::Eight).await.context("filling a database")?;
        Ok(Self { url, database })
    }

    /// The address of the database.
    pub(crate) fn url(&self) -> &str {
        &self.url
    }

    /// The database.
    pub(crate) fn database(&self) -> &mongodb::Database {
        &self.database
    }

    /// Whether a document was there from the start.
    pub(crate) fn holds_from_the_start(&self, collection: &str, id: &str) -> bool {
        let collections = workspace::Line::Eight.collections("2026-01-01T00:00:00Z");
        let mut of_it = collections.iter().filter(|(name, _)| *name == collection).flat_map(|(_, documents)| documents);
        of_it.any(|document| document["_id"] == id)
    }

    /// Removes the database.
    ///
    /// # Errors
    /// If the server fails.
    pub(crate) async fn remove(&self) -> Result<()> {
        self.database.drop().await.context("removing the database")
    }
}

/// Runs a server until it is interrupted, for whoever works on the store.
///
/// # Errors
/// If it cannot be started.
pub(crate) fn serve(root: &Path) -> Result<ExitCode> {
    let mut server = Server::start(root)?;
    print(&format!("export {VARIABLE}={}\n", server.url()))?;
    if let Some(own) = &mut server.own {
        own.process.wait().context("waiting for the database server")?;
    }
    Ok(ExitCode::SUCCESS)
}
