//! `import`: the import of a file without a server, from the file to the summary.

mod conduct;
mod dry_run;
mod fetch;
mod reasons;
mod report;
mod retry;
mod selection;
mod takeup;

use std::{
    path::{Path, PathBuf},
    sync::Arc,
    time::Instant,
};

use anyhow::{Context as _, bail};
use clap::Args;
use import_engine::{Engine, EngineOptions, FetchPolicy};
use import_proto::Importer;
use import_store::AnyStore;

use self::{
    conduct::{Conducted, Import as Conduct},
    dry_run::DryRun,
    report::Report,
    selection::SelectionOptions,
    takeup::{DiscardOption, Wanted},
};
pub(crate) use self::{fetch::Fetch, retry::Retry};
use super::{
    Ended,
    import_options::ImportOptionArgs,
    limits::LimitOptions,
    log::LogOptions,
    output,
    progress::Progress,
    signals::Signals,
    store::{AsOption, SeveralOptions, StoreOption},
    workspace::DataDir,
};

const LONG_ABOUT: &str = "\
Import a file without a server: an archive, a folder that one was unpacked to, or a single CSV file.

Everything in it is imported, unless --users, --channels or --contacts say what is. Whoever may write to the data directory \
is its administrator: the import is run by the user import-admin. Records that fail do not stop the import; they are kept \
with their reasons (`import-server failed`).

An import that is interrupted goes on where it was when the same command is given again. While it is not finished no other \
is begun, unless --discard gives it up. Importing the same file anew updates what is there and adds nothing twice.

What --users, --channels and --contacts name is looked for among ids first, then among names. A comma in a name is written \
`\\,`; each of the options can be given more than once.";

const EXAMPLES: &str = "\
Examples:
  import-server import export.zip --importer csv
  import-server import export.zip --importer csv --dry-run
  import-server import ./unpacked --importer csv --data-dir /var/lib/import
  import-server import export.zip --importer slack --users all --channels general,C024BE91L

Exit codes: 0 done; 1 not done; 2 done, but some records failed.";

/// Import a file without a server
#[derive(Debug, Args)]
#[command(long_about = LONG_ABOUT, after_help = EXAMPLES)]
pub(crate) struct Import {
    /// The file or folder to import
    #[arg(value_name = "FILE")]
    file: PathBuf,

    /// The importer that reads such files, by its key, such as `csv`
    #[arg(long, value_name = "KEY", env = "IMPORT_SERVER_IMPORTER")]
    importer: String,

    #[command(flatten)]
    data_dir: DataDir,

    #[command(flatten)]
    store: StoreOption,

    #[command(flatten)]
    several: SeveralOptions,

    #[command(flatten)]
    behalf: AsOption,

    #[command(flatten)]
    discard: DiscardOption,

    /// Say what would be created, updated, skipped or fail, and change nothing
    ///
    /// The import is carried out on a copy of the workspace in the directory for temporary files (TMPDIR), which is removed
    /// afterwards. Where the data directory does not exist yet it is not created.
    #[arg(long, env = "IMPORT_SERVER_DRY_RUN")]
    dry_run: bool,

    /// Print the result as one line of JSON
    #[arg(long, env = "IMPORT_SERVER_JSON")]
    json: bool,

    /// Show no progress
    #[arg(long, short, env = "IMPORT_SERVER_QUIET")]
    quiet: bool,

    #[command(flatten)]
    selection: SelectionOptions,

    #[command(flatten)]
    limits: LimitOptions,

    #[command(flatten)]
    options: ImportOptionArgs,
}

impl Import {
    pub(crate) async fn run(self, log: &LogOptions) -> anyhow::Result<Ended> {
        let progress = Progress::new(self.quiet);
        // What the engine warns of is in the summary.
        log.start_on("warn,import_engine=error", progress.log_writer())?;
        // From here on an interruption is one in order.
        let signals = Signals::listen()?;
        // Whatever can be wrong with the command is found out before a workspace is made.
        let importer = importer(&self.importer)?;
        self.options.check(importer)?;
        let path = self.file.canonicalize().with_context(|| format!("cannot read {}", self.file.display()))?;

        if self.dry_run {
            self.store.refuse("a dry run works on a copy of the workspace in a data directory")?;
        }
        let (dry_run, (store, created)) = match self.dry_run {
            true => {
                let (dry_run, opened) = DryRun::prepare(&self.data_dir)?;
                (Some(dry_run), (opened.store.into(), opened.created))
            }
            false => (None, self.store.open(&self.data_dir, &self.several).await?),
        };
        if let (Some(credentials), None) = (&created, &dry_run) {
            note(
                &progress,
                format_args!("A new workspace; its administrator's credentials are in {}", credentials.display()),
            );
        }
        let store = Arc::new(store);
        let data_dir = dry_run.as_ref().map_or(&self.data_dir, |dry_run| &dry_run.data_dir);
        let began = Instant::now();
        let conducted = self.conduct(&store, importer, &path, data_dir, &progress, signals).await;
        progress.clear();
        match conducted.with_context(|| format!("cannot import {}", self.file.display()))? {
            Conducted::Ended { operation, before } => {
                let report = Report {
                    operation: *operation,
                    before,
                    retried: None,
                    elapsed: began.elapsed(),
                    dry_run: self.dry_run,
                    workspace: &self.store.options(&self.data_dir),
                };
                report.print(&store, self.json).await
            }
            Conducted::Interrupted if self.dry_run => bail!("interrupted; nothing was changed"),
            Conducted::Interrupted => bail!("interrupted; the same command goes on where the import was stopped"),
        }
    }

    async fn conduct(
        &self,
        store: &Arc<AnyStore>,
        importer: Importer,
        path: &Path,
        data_dir: &DataDir,
        progress: &Progress,
        signals: Signals,
    ) -> anyhow::Result<Conducted> {
        let wanted = Wanted::Import(importer, path);
        let takes_up = takeup::look(store, wanted, self.discard.discard, &self.store.options(&self.data_dir)).await?;
        let options = EngineOptions {
            files_dir: self.several.files_dir(data_dir),
            limits: self.limits.limits(),
            fetch: FetchPolicy::default(),
            share_files: self.several.share_files(&self.store),
            import: self.options.options(),
            ..EngineOptions::default()
        };
        let user = self.behalf.user(store).await?;
        let engine = Engine::start(Arc::clone(store), options).await?;
        let conduct = Conduct { user: &user, engine: &engine, progress, selection: &self.selection };
        let conducted = match takes_up {
            true => {
                conduct.note_other_options(self.options.options()).await?;
                conduct.take_up(signals).await
            }
            false => conduct.begin(importer, path, self.options.options(), signals).await,
        };
        engine.stop().await;
        conducted
    }
}

/// The importer of this key, if it reads files.
pub(crate) fn importer(key: &str) -> anyhow::Result<Importer> {
    let known: Vec<_> = Importer::ALL.into_iter().filter(|importer| import_sources::supports(*importer)).collect();
    if let Some(importer) = known.iter().find(|importer| importer.key() == key) {
        return Ok(*importer);
    }
    match Importer::from_key(key) {
        Some(Importer::PendingFiles) => bail!("`{key}` reads no file; `import-server fetch files` does what it does"),
        Some(Importer::PendingAvatars) => {
            bail!("`{key}` reads no file; `import-server fetch avatars` does what it does")
        }
        _ => {}
    }
    let list: Vec<_> = known.iter().map(|importer| format!("{} ({})", importer.key(), importer.name())).collect();
    bail!("there is no importer `{key}` that reads files; there are: {}", list.join(", "))
}

/// Tells the person at the terminal what is done and was not asked for in so many words.
fn note(progress: &Progress, text: impl std::fmt::Display) {
    progress.suspend(|| output::note(text));
}
