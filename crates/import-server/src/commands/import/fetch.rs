//! `fetch`: gets the files and avatars that an import left to be fetched.

use std::{sync::Arc, time::Instant};

use anyhow::{Context as _, bail};
use clap::{Args, ValueEnum};
use import_engine::{Engine, EngineOptions, Limits};
use import_proto::Importer;
use import_store::AnyStore;

use super::{
    conduct::{Conducted, Import as Conduct},
    report::Report,
    selection::SelectionOptions,
    takeup::{self, DiscardOption, Wanted},
};
use crate::commands::{
    Ended,
    allow::AllowOptions,
    log::LogOptions,
    progress::Progress,
    signals::Signals,
    size::ByteSize,
    store::{AsOption, SeveralOptions, StoreOption},
    workspace::DataDir,
};

const LONG_ABOUT: &str = "\
Fetch what an import left to be fetched: the files of messages, or the avatars of users, ten at a time.

A message with a file is hidden until its file is there. A file that cannot be had is a failed record \
(`import-server failed`); the others are fetched all the same. The same command tries again whatever is still missing, and \
goes on where an earlier one was interrupted. An import that was interrupted comes first, unless --discard gives it up.

Only public addresses are fetched from, unless --allow-address names others. Addresses in an export expire: fetch soon.";

const EXAMPLES: &str = "\
Examples:
  import-server fetch files
  import-server fetch avatars
  import-server fetch files --allow-address 10.20.0.0/16

Exit codes: 0 done, nothing is missing; 1 not done; 2 done, but something could not be had.";

/// Fetch the files or avatars that an import left to be fetched
#[derive(Debug, Args)]
#[command(long_about = LONG_ABOUT, after_help = EXAMPLES)]
pub(crate) struct Fetch {
    /// What to fetch
    #[arg(value_name = "WHAT")]
    what: What,

    #[command(flatten)]
    allow: AllowOptions,

    /// Size of one file; what is larger is not fetched
    #[arg(long, value_name = "SIZE", env = "IMPORT_SERVER_MAX_FILE", default_value = "1GiB")]
    max_file: ByteSize,

    #[command(flatten)]
    discard: DiscardOption,

    #[command(flatten)]
    data_dir: DataDir,

    #[command(flatten)]
    store: StoreOption,

    #[command(flatten)]
    several: SeveralOptions,

    #[command(flatten)]
    behalf: AsOption,

    /// Print the result as one line of JSON
    #[arg(long, env = "IMPORT_SERVER_JSON")]
    json: bool,

    /// Show no progress
    #[arg(long, short, env = "IMPORT_SERVER_QUIET")]
    quiet: bool,
}

#[derive(Debug, Clone, Copy, ValueEnum)]
enum What {
    /// The files that messages bring
    Files,
    /// The avatars of users
    Avatars,
}

impl From<What> for Importer {
    fn from(what: What) -> Self {
        match what {
            What::Files => Self::PendingFiles,
            What::Avatars => Self::PendingAvatars,
        }
    }
}

impl Fetch {
    pub(crate) async fn run(self, log: &LogOptions) -> anyhow::Result<Ended> {
        let progress = Progress::new(self.quiet);
        // What the engine warns of is in the summary, and downloads that are tried again are no news.
        log.start_on("warn,import_engine=error,import_fetch=error", progress.log_writer())?;
        let signals = Signals::listen()?;
        // Opening it to work on it would make a workspace where there is none.
        if self.store.url.is_none() {
            drop(self.data_dir.open_beside()?);
        }
        let store = Arc::new(self.store.open(&self.data_dir, &self.several).await?.0);
        let began = Instant::now();
        let conducted = self.conduct(&store, &progress, signals).await;
        progress.clear();
        match conducted.context("cannot fetch what is pending")? {
            Conducted::Ended { operation, before } => {
                let report = Report {
                    operation: *operation,
                    before,
                    retried: None,
                    elapsed: began.elapsed(),
                    dry_run: false,
                    workspace: &self.store.options(&self.data_dir),
                };
                report.print(&store, self.json).await
            }
            Conducted::Interrupted => bail!("interrupted; the same command goes on where it was stopped"),
        }
    }

    async fn conduct(&self, store: &Arc<AnyStore>, progress: &Progress, signals: Signals) -> anyhow::Result<Conducted> {
        let importer = Importer::from(self.what);
        let wanted = Wanted::Fetch(importer);
        let takes_up = takeup::look(store, wanted, self.discard.discard, &self.store.options(&self.data_dir)).await?;
        let options = EngineOptions {
            files_dir: self.several.files_dir(&self.data_dir),
            limits: Limits { entry_bytes: self.max_file.0, ..Limits::default() },
            fetch: self.allow.policy(),
            share_files: self.several.share_files(&self.store),
            ..EngineOptions::default()
        };
        let user = self.behalf.user(store).await?;
        let engine = Engine::start(Arc::clone(store), options).await?;
        let selection = SelectionOptions::default();
        let conduct = Conduct { user: &user, engine: &engine, progress, selection: &selection };
        let conducted = match takes_up {
            true => conduct.take_up(signals).await,
            false => conduct.fetch(importer, signals).await,
        };
        engine.stop().await;
        conducted
    }
}
