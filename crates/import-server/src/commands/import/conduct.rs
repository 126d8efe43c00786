//! Conducts one import through the engine: from the file to the end of its operation, or until it is interrupted.

use std::{path::Path, time::Duration};

use anyhow::{Context as _, bail};
use import_engine::{Engine, Pulse};
use import_proto::{ImportOptions, Importer, OperationState, ProgressStep, Selection};
use import_store::{AnyStore, Store as _, operation::StoredOperation};
use tokio::sync::watch;

use super::{note, selection::SelectionOptions};
use crate::commands::{progress::Progress, signals::Signals};

/// How often progress is shown anew while nothing changes.
const TICK: Duration = Duration::from_millis(200);

/// What an import is conducted with.
pub(super) struct Import<'a> {
    /// The `_id` of the user on whose behalf it is done.
    pub(super) user: &'a str,
    pub(super) engine: &'a Engine<AnyStore>,
    pub(super) progress: &'a Progress,
    pub(super) selection: &'a SelectionOptions,
}

/// How conducting ended.
pub(super) enum Conducted {
    /// The operation came to its end: it is done, or it failed.
    Ended {
        /// The operation as it is then.
        operation: Box<StoredOperation>,
        /// How many of its records had been processed when it was taken up; 0 for one that was not.
        before: u64,
    },
    /// The person at the terminal stopped it.
    Interrupted,
}

impl Import<'_> {
    /// Imports the file.
    pub(super) async fn begin(
        &self,
        importer: Importer,
        path: &Path,
        options: ImportOptions,
        signals: Signals,
    ) -> anyhow::Result<Conducted> {
        let pulse = self.engine.pulse();
        let operation = self.engine.import_file_with(self.user, importer, path, options).await?;
        self.conduct(&operation.id, pulse, 0, signals).await
    }

    /// Fetches what is pending.
    pub(super) async fn fetch(&self, importer: Importer, signals: Signals) -> anyhow::Result<Conducted> {
        let pulse = self.engine.pulse();
        let (operation, _) = self.engine.download_pending(self.user, importer).await?;
        self.conduct(&operation.id, pulse, 0, signals).await
    }

    /// Goes on with the current operation.
    pub(super) async fn take_up(&self, signals: Signals) -> anyhow::Result<Conducted> {
        let pulse = self.engine.pulse();
        let current = self.engine.store().current_operation().await?.context("there is no operation to go on with")?;
        if self.selection.choice().is_given() && current.step() > ProgressStep::UserSelection {
            note(
                self.progress,
                "It imports what was selected when it began: --users, --channels and --contacts are disregarded.",
            );
        }
        let counts = current.work.counts;
        self.conduct(&current.operation.id, pulse, counts.completed + counts.error, signals).await
    }

    /// Says that the current operation keeps the options that it began with, where other ones are given.
    pub(super) async fn note_other_options(&self, given: ImportOptions) -> anyhow::Result<()> {
        let current = self.engine.store().current_operation().await?;
        if current.is_some_and(|current| given.or(current.work.options) != current.work.options) {
            note(
                self.progress,
                "It keeps the options that it began with: --unknown-users, --unknown-rooms and --names-encoding are \
                 disregarded.",
            );
        }
        Ok(())
    }

    /// Runs the failed records of the current operation again; answers how many there were. With none it stays as it is.
    pub(super) async fn retry(&self, id: &str, signals: Signals) -> anyhow::Result<(u64, Conducted)> {
        let retried = self.engine.retry().await?;
        // From here on the pulse is that of the new run.
        let conducted = self.conduct(id, self.engine.pulse(), 0, signals).await?;
        Ok((retried, conducted))
    }

    async fn conduct(
        &self,
        id: &str,
        mut pulse: watch::Receiver<Pulse>,
        before: u64,
        mut signals: Signals,
    ) -> anyhow::Result<Conducted> {
        let mut tick = tokio::time::interval(TICK);
        let mut begun = false;
        loop {
            let now = pulse.borrow_and_update().clone();
            // Until the first batch of this operation, the pulse may still be that of the one before.
            if now.operation.as_deref() == Some(id) {
                self.progress.show(&now);
                match now.state {
                    OperationState::Ready if !begun => {
                        begun = true;
                        self.start().await?;
                    }
                    OperationState::Done | OperationState::Error => break,
                    OperationState::Canceled => bail!("the operation {id} was cancelled by somebody else"),
                    _ => {}
                }
            }
            tokio::select! {
                changed = pulse.changed() => changed.context("the engine ended before the import did")?,
                _ = tick.tick() => {}
                () = signals.next() => {
                    note(self.progress, "Stopping after this batch. Interrupt again to stop at once.");
                    signals.exit_at_the_next();
                    return Ok(Conducted::Interrupted);
                }
            }
        }
        let stored = self.engine.store().operation(id).await?;
        let operation = Box::new(stored.with_context(|| format!("the operation {id} is not there any more"))?);
        Ok(Conducted::Ended { operation, before })
    }

    /// Starts the import of what was selected, once the file is prepared.
    async fn start(&self) -> anyhow::Result<()> {
        let choice = self.selection.choice();
        let there = match choice.has_names() {
            true => self.engine.file_data().await?.into_selection().unwrap_or_default(),
            false => Selection::default(),
        };
        let input = choice.input(&there).map_err(anyhow::Error::msg)?;
        Ok(self.engine.start_import(input).await?)
    }
}
