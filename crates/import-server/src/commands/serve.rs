//! `serve`: the import API over HTTP, until a signal says otherwise.

use std::{
    net::SocketAddr,
    path::{Path, PathBuf},
    sync::Arc,
    time::Duration,
};

use anyhow::{Context as _, anyhow, bail};
use clap::Args;
use import_engine::{Engine, EngineOptions};
use import_server::http::{self, HttpOptions};
use import_store::AnyStore;
use tokio::net::TcpListener;

use super::{
    Ended,
    allow::AllowOptions,
    import_options::ImportOptionArgs,
    limits::LimitOptions,
    output,
    signals::Signals,
    size::ByteSize,
    store::{SeveralOptions, StoreOption},
    workspace::DataDir,
};

const LONG_ABOUT: &str = "\
Serve the import API over HTTP, on a data directory that is created where it is missing.

A fresh data directory gets an administrator, import-admin, whose password and token are written to admin-credentials.json \
in it. Once requests are answered, one line says where: `listening on http://…`.

SIGTERM and SIGINT stop the server in order: requests that are being answered have five seconds, the import stops after its \
batch and goes on when the server is started again. A second signal stops it at once. Nothing is lost either way.";

const EXAMPLES: &str = "\
Examples:
  import-server serve
  import-server serve --listen 127.0.0.1:0 --data-dir /var/lib/import
  import-server serve --listen 0.0.0.0:3000 --allow-address 10.20.0.0/16";

/// Serve the import API over HTTP
#[derive(Debug, Args)]
#[command(long_about = LONG_ABOUT, after_help = EXAMPLES)]
pub(crate) struct Serve {
    /// The address and port to listen on; port 0 picks a free one
    #[arg(long, value_name = "ADDRESS:PORT", env = "IMPORT_SERVER_LISTEN", default_value = "127.0.0.1:3000")]
    listen: String,

    #[command(flatten)]
    data_dir: DataDir,

    #[command(flatten)]
    store: StoreOption,

    #[command(flatten)]
    several: SeveralOptions,

    #[command(flatten)]
    allow: AllowOptions,

    /// A directory whose files can be imported by their path
    ///
    /// `downloadPublicImportFile` then takes the path of a file below this directory in the place of a URL. The file is copied,
    /// and never changed or removed. Links that lead out of the directory are refused. Without this option no path is taken.
    #[arg(long, value_name = "DIR", env = "IMPORT_SERVER_IMPORT_DIR")]
    import_dir: Option<PathBuf>,

    #[command(flatten)]
    import: ImportOptionArgs,

    /// Size of a JSON body; uploads that are streamed may be of any size
    #[arg(long, value_name = "SIZE", env = "IMPORT_SERVER_MAX_JSON_BODY", default_value = "50MB", help_heading = HTTP)]
    max_json_body: ByteSize,

    /// Connections that are open at once; more have to wait
    #[arg(long, value_name = "N", env = "IMPORT_SERVER_MAX_CONNECTIONS", default_value = "10000", help_heading = HTTP)]
    #[arg(value_parser = clap::value_parser!(u32).range(1..))]
    max_connections: u32,

    /// Seconds that a client has to send the head of a request
    #[arg(long, value_name = "SECONDS", env = "IMPORT_SERVER_HEADER_TIMEOUT", default_value = "30", help_heading = HTTP)]
    #[arg(value_parser = clap::value_parser!(u32).range(1..))]
    header_timeout: u32,

    /// Seconds that a body may send nothing
    #[arg(long, value_name = "SECONDS", env = "IMPORT_SERVER_IDLE_TIMEOUT", default_value = "30", help_heading = HTTP)]
    #[arg(value_parser = clap::value_parser!(u32).range(1..))]
    idle_timeout: u32,

    #[command(flatten)]
    limits: LimitOptions,
}

/// The whole path of a directory that is there.
fn directory(path: &Path) -> anyhow::Result<PathBuf> {
    let whole = path.canonicalize().with_context(|| format!("cannot import from {}", path.display()))?;
    match whole.is_dir() {
        true => Ok(whole),
        false => bail!("cannot import from {}: it is not a directory", path.display()),
    }
}

const HTTP: &str = "Limits on requests";

impl Serve {
    pub(crate) async fn run(self) -> anyhow::Result<Ended> {
        let mut signals = Signals::listen()?;
        // Before the data directory is touched: who made a mistake with the address finds nothing changed.
        let listener = TcpListener::bind(&self.listen).await.map_err(|error| {
            anyhow!("cannot listen on {}: {error}; choose another address with --listen", self.listen)
        })?;
        let address = listener.local_addr().context("cannot tell which port was picked")?;

        let import_dir = self.import_dir.as_deref().map(directory).transpose()?;

        let (store, _) = self.store.open(&self.data_dir, &self.several).await?;
        let options = EngineOptions {
            files_dir: self.several.files_dir(&self.data_dir),
            limits: self.limits.limits(),
            fetch: self.allow.policy(),
            share_files: self.several.share_files(&self.store),
            import: self.import.options(),
            import_dir,
        };
        let server = match &store {
            AnyStore::Mongo(store) => Some(store.server().to_owned()),
            AnyStore::Embedded(_) => None,
        };
        let engine = Engine::start(Arc::new(store), options).await.context("cannot start the import engine")?;

        self.announce(address, server.as_deref());
        output::line(format_args!("listening on http://{address}"))?;

        http::serve(listener, engine.clone(), self.http_options(), async move {
            signals.next().await;
            tracing::info!("stopping; a second signal stops at once");
            signals.exit_at_the_next();
        })
        .await;
        engine.stop().await;
        tracing::info!("stopped");
        Ok(Ended::Done)
    }

    fn announce(&self, address: SocketAddr, server: Option<&str>) {
        if let (Some(url), Some(server)) = (&self.store.url, server) {
            tracing::info!(store = %url, server, "working on a workspace's own database");
        }
        tracing::info!(%address, data_dir = %self.data_dir.path.display(), version = env!("CARGO_PKG_VERSION"), "serving");
        let credentials = self.data_dir.credentials();
        // Whoever noted them down may have removed it.
        if self.store.url.is_none() && credentials.is_file() {
            tracing::info!(file = %credentials.display(), "the first administrator's password and token are in a file");
        }
        if !address.ip().is_loopback() {
            tracing::warn!(
                %address,
                "other machines can reach this server, and it speaks plain HTTP: passwords and tokens can be read on the way; \
                 put a proxy that speaks TLS in front of it"
            );
        }
    }

    fn http_options(&self) -> HttpOptions {
        HttpOptions {
            body_limit: self.max_json_body.0,
            max_connections: usize::try_from(self.max_connections).unwrap_or(usize::MAX),
            header_timeout: Duration::from_secs(self.header_timeout.into()),
            idle_timeout: Duration::from_secs(self.idle_timeout.into()),
            ..HttpOptions::default()
        }
    }
}
