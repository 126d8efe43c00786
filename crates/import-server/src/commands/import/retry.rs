//! `retry`: runs the failed records of the last operation again.

use std::{
    sync::Arc,
    time::{Duration, Instant},
};

use anyhow::{Context as _, bail};
use clap::Args;
use import_engine::{Engine, EngineOptions, Limits};
use import_proto::{OperationState, ProgressStep};
use import_store::{AnyStore, Store as _, operation::StoredOperation, staging::RecordStatus};

use super::{
    conduct::{Conducted, Import as Conduct},
    report::Report,
    selection::SelectionOptions,
    takeup::what_goes_on,
};
use crate::commands::{
    Ended,
    allow::AllowOptions,
    log::LogOptions,
    output,
    progress::Progress,
    signals::Signals,
    store::{AsOption, SeveralOptions, StoreOption},
    workspace::DataDir,
};

const LONG_ABOUT: &str = "\
Run the failed records of the last import again, once the cause is mended: after a user was added, say, whose messages \
failed. Records that were imported without a user or room that they name are run again too: mentions, reactions and members \
are added.

Records that could not be read have to be mended in the file, which is then imported anew; so has a file whose import failed \
as a whole. Failed records of earlier imports can be listed, not run again. A run that was interrupted is gone on with.";

const EXAMPLES: &str = "\
Examples:
  import-server failed
  import-server user add contractor.k
  import-server retry

Exit codes: 0 done, nothing is left that failed; 1 not done; 2 done, but some records failed.";

/// Run the failed records of the last import again
#[derive(Debug, Args)]
#[command(long_about = LONG_ABOUT, after_help = EXAMPLES)]
pub(crate) struct Retry {
    /// Only if this operation is the last one
    #[arg(long, value_name = "ID", env = "IMPORT_SERVER_OPERATION")]
    operation: Option<String>,

    #[command(flatten)]
    allow: AllowOptions,

    /// Print the result as one line of JSON
    #[arg(long, env = "IMPORT_SERVER_JSON")]
    json: bool,

    /// Show no progress
    #[arg(long, short, env = "IMPORT_SERVER_QUIET")]
    quiet: bool,

    #[command(flatten)]
    data_dir: DataDir,

    #[command(flatten)]
    store: StoreOption,

    #[command(flatten)]
    several: SeveralOptions,

    #[command(flatten)]
    behalf: AsOption,
}

impl Retry {
    pub(crate) async fn run(self, log: &LogOptions) -> anyhow::Result<Ended> {
        let progress = Progress::new(self.quiet);
        // What the engine warns of is in the summary.
        log.start_on("warn,import_engine=error", progress.log_writer())?;
        let signals = Signals::listen()?;
        // Opening it to work on it would make a workspace where there is none.
        let before = self.last_operation(&self.store.open_beside(&self.data_dir).await?).await?;
        let id = before.operation.id.clone();
        let store = Arc::new(self.store.open(&self.data_dir, &self.several).await?.0);
        let options = EngineOptions {
            files_dir: self.several.files_dir(&self.data_dir),
            limits: Limits::default(),
            fetch: self.allow.policy(),
            share_files: self.several.share_files(&self.store),
            ..EngineOptions::default()
        };
        let began = Instant::now();
        let user = self.behalf.user(&store).await?;
        let engine = Engine::start(Arc::clone(&store), options).await?;
        let selection = SelectionOptions::default();
        let conduct = Conduct { user: &user, engine: &engine, progress: &progress, selection: &selection };
        let conducted = match before.state() {
            OperationState::Importing => {
                super::note(&progress, format_args!("Going on with the operation {id}, which is not finished."));
                conduct.take_up(signals).await.map(|conducted| (None, conducted))
            }
            _ => {
                let completed_before = before.work.counts.completed;
                let incomplete_before = store.staged_counts(&id, RecordStatus::Incomplete, true).await?.total();
                let retried = |records| Retried { records, completed_before, incomplete_before };
                conduct.retry(&id, signals).await.map(|(records, conducted)| (Some(retried(records)), conducted))
            }
        };
        engine.stop().await;
        progress.clear();
        let (retried, conducted) =
            conducted.with_context(|| format!("cannot run the failed records of the operation {id} again"))?;
        match conducted {
            Conducted::Ended { operation, before } => {
                let report = Report {
                    operation: *operation,
                    before,
                    retried,
                    elapsed: began.elapsed(),
                    dry_run: false,
                    workspace: &self.store.options(&self.data_dir),
                };
                report.print(&store, self.json).await
            }
            Conducted::Interrupted => bail!("interrupted; the same command goes on where it was stopped"),
        }
    }

    /// The operation whose records are run again, refused where it is none that can be.
    async fn last_operation(&self, store: &AnyStore) -> anyhow::Result<StoredOperation> {
        let dir = self.store.place(&self.data_dir);
        let last = store.current_operation().await?.with_context(|| format!("nothing was imported into {dir} yet"))?;
        let id = &last.operation.id;
        if let Some(named) = self.operation.as_ref().filter(|named| *named != id) {
            match store.operation(named).await? {
                None => bail!("there is no operation {named} in {dir}"),
                Some(_) => bail!(
                    "the operation {named} is not the last one: another, {id}, was created after it. Its failed records can \
                     be listed (`import-server failed --operation {named}`); to import them, import the file anew"
                ),
            }
        }
        if last.is_ended() {
            bail!(
                "the operation {id} was ended by an administrator. Its failed records can be listed (`import-server \
                 failed`); to import them, import the file anew"
            );
        }
        match last.state() {
            OperationState::Done | OperationState::Importing => Ok(last),
            OperationState::Error => bail!(
                "the operation {id} failed, and nothing of it can be run again: {}. Mend the cause and import the file anew",
                failure(&last)
            ),
            _ if last.step() == ProgressStep::New => {
                bail!("the operation {id} is not started yet: nothing of it has failed in a run")
            }
            state => bail!(
                "the operation {id} is not finished ({state}): nothing of it has failed in a run. {}",
                what_goes_on(&last, &self.store.options(&self.data_dir))
            ),
        }
    }
}

fn failure(operation: &StoredOperation) -> &str {
    let failure = operation.work.failure.as_ref();
    failure.map_or("the reason is not known", |failure| failure.message.trim_end_matches('.'))
}

/// What was run again.
pub(super) struct Retried {
    /// How many failed and incomplete records.
    pub(super) records: u64,
    /// How many records of the operation were imported before.
    pub(super) completed_before: u64,
    /// How many of the records were incomplete.
    pub(super) incomplete_before: u64,
}

impl Retried {
    /// What became of them.
    pub(super) fn sentence(&self, operation: &StoredOperation, incomplete: u64, elapsed: Duration) -> String {
        let work = &operation.work;
        if self.records == 0 {
            return match work.reasons.unreadable.total() {
                0 => "Nothing has failed: there is nothing to run again.".to_owned(),
                unreadable => format!(
                    "Nothing can be run again: {} could not be read. Mend the file, and import it anew.",
                    output::counted(unreadable, "record", "records")
                ),
            };
        }
        let done = if operation.state() == OperationState::Done { "Done" } else { "Not done" };
        let elapsed = output::duration(elapsed);
        let completed = match self.incomplete_before {
            0 => None,
            before => Some(format!(
                "{}: {} completed",
                output::counted(before, "incomplete record was run again", "incomplete records were run again"),
                output::number(before.saturating_sub(incomplete))
            )),
        };
        let records = self.records - self.incomplete_before.min(self.records);
        if records == 0 {
            return format!("{done} in {elapsed}: {}.", completed.unwrap_or_default());
        }
        let imported = work.counts.completed.saturating_sub(self.completed_before);
        let failed = work.reasons.failed.total();
        let skipped = match records.saturating_sub(imported + failed) {
            0 => String::new(),
            skipped => format!(", {} skipped", output::number(skipped)),
        };
        format!(
            "{done}: {} run again in {elapsed}: {} imported, {} failed{skipped}.{}",
            output::counted(records, "failed record was", "failed records were"),
            output::number(imported),
            output::number(failed),
            completed.map(|completed| format!(" {completed}.")).unwrap_or_default()
        )
    }
}
