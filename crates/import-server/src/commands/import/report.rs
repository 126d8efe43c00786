//! What came of an import: the line of JSON, or the summary.

use std::{fmt::Display, time::Duration};

use import_cli::notices::{self, When};
use import_proto::{Importer, Notice, OperationState, ReasonCount, SubtypeCount};
use import_store::{
    AnyStore, StagedCounts, StagedFilter, Store as _,
    operation::{KindCounts, StoredOperation},
    staging::{RecordStatus, StagedRecord},
    uploads::PendingCounts,
};
use serde::Serialize;

use super::{
    Ended, output,
    reasons::{by_reason, by_subtype},
    retry::Retried,
};
use crate::commands::{record_line, rooms::RoomNames};

/// How many failed records the summary shows.
const SHOWN: u32 = 5;
/// How many that of a dry run shows, since they cannot be listed afterwards.
const SHOWN_DRY: u32 = 100;
/// The reasons of failed records that an administrator can do something about.
const UNKNOWN_USER: &str = "importer-message-unknown-user";
const UNKNOWN_ROOM: &str = "importer-message-unknown-room";
/// How many notes it shows.
const NOTES: usize = 10;

/// What there is to say of an operation that ended.
pub(super) struct Report<'a> {
    pub(super) operation: StoredOperation,
    /// How many records had been processed when it was taken up.
    pub(super) before: u64,
    /// What was run again, where it is a retry.
    pub(super) retried: Option<Retried>,
    pub(super) elapsed: Duration,
    pub(super) dry_run: bool,
    pub(super) workspace: &'a str,
}

/// What became of its records that are not in the workspace.
struct Remaining {
    failed: StagedCounts,
    skipped: StagedCounts,
    /// Records that are in the workspace and lack something.
    incomplete: u64,
    first_failed: Vec<StagedRecord>,
    /// What the rooms of those are called.
    rooms: RoomNames,
    /// What the workspace waits for.
    pending: PendingCounts,
}

#[derive(Serialize)]
#[serde(rename_all = "camelCase")]
struct Line<'a> {
    state: OperationState,
    counts: LineCounts,
    seconds: f64,
    operation: &'a str,
    #[serde(skip_serializing_if = "Option::is_none")]
    error: Option<&'a str>,
    #[serde(skip_serializing_if = "Option::is_none")]
    dry_run: Option<bool>,
    #[serde(skip_serializing_if = "Option::is_none")]
    created: Option<KindCounts>,
    #[serde(skip_serializing_if = "Option::is_none")]
    updated: Option<KindCounts>,
    #[serde(skip_serializing_if = "Option::is_none")]
    retried: Option<u64>,
    failed_by_reason: Vec<ReasonCount>,
    skipped_by_reason: Vec<ReasonCount>,
    unknown_subtypes: &'a [SubtypeCount],
    notices: &'a [Notice],
}

#[derive(Serialize)]
struct LineCounts {
    users: u64,
    channels: u64,
    contacts: u64,
    messages: u64,
    completed: u64,
    error: u64,
    skipped: u64,
}

impl Report<'_> {
    /// Prints it, and says how the command ends.
    pub(super) async fn print(&self, store: &AnyStore, json: bool) -> anyhow::Result<Ended> {
        match json {
            true => output::json_line(&self.line())?,
            false => self.summary(&self.remaining(store).await?)?,
        }
        Ok(match (self.operation.state(), self.operation.work.counts.error) {
            (OperationState::Done, 0) => Ended::Done,
            (OperationState::Done, _) => Ended::SomeFailed,
            _ => Ended::NotDone,
        })
    }

    async fn remaining(&self, store: &AnyStore) -> anyhow::Result<Remaining> {
        let id = &self.operation.operation.id;
        let filter = StagedFilter { status: Some(RecordStatus::Failed), data_type: None };
        let shown = if self.dry_run { SHOWN_DRY } else { SHOWN };
        let first_failed = store.list_staged(id, filter, 0, shown).await?.0;
        let mut remaining = Remaining {
            failed: store.staged_counts(id, RecordStatus::Failed, false).await?,
            skipped: store.staged_counts(id, RecordStatus::Skipped, false).await?,
            incomplete: store.staged_counts(id, RecordStatus::Incomplete, false).await?.total(),
            rooms: RoomNames::of(store, &self.operation, &first_failed).await?,
            first_failed,
            pending: store.pending_counts().await?,
        };
        if let Some(failure) = self.operation.work.failure.as_ref().filter(|failure| failure.while_loading) {
            // The record that stands for the file as a whole says what is said of the operation.
            remaining.failed.entries = remaining.failed.entries.saturating_sub(1);
            remaining.first_failed.retain(|record| record.errors.iter().all(|error| error.message != failure.message));
        }
        Ok(remaining)
    }

    fn line(&self) -> Line<'_> {
        let staged = self.operation.operation.count.unwrap_or_default();
        let work = &self.operation.work;
        let reasons = work.reasons.shown().unwrap_or_default();
        Line {
            state: self.operation.state(),
            counts: LineCounts {
                users: staged.users.unwrap_or_default(),
                channels: staged.channels.unwrap_or_default(),
                contacts: staged.contacts.unwrap_or_default(),
                messages: staged.messages.unwrap_or_default(),
                completed: work.counts.completed,
                error: work.counts.error,
                skipped: work.counts.skipped,
            },
            seconds: output::seconds(self.elapsed),
            operation: &self.operation.operation.id,
            error: work.failure.as_ref().map(|failure| failure.message.as_str()),
            dry_run: self.dry_run.then_some(true),
            created: self.dry_run.then_some(work.counts.created),
            updated: self.dry_run.then_some(work.counts.updated),
            retried: self.retried.as_ref().map(|retried| retried.records),
            failed_by_reason: reasons.failed,
            skipped_by_reason: reasons.skipped,
            unknown_subtypes: work.unknown_subtypes.as_slice(),
            notices: work.notices.as_slice(),
        }
    }

    fn summary(&self, remaining: &Remaining) -> anyhow::Result<()> {
        if let Some(failure) = &self.operation.work.failure {
            output::note(format_args!("error: the import failed: {}", failure.message));
            if failure.while_loading {
                // Nothing was imported: there is nothing to sum up.
                return self.failures(remaining);
            }
        }
        let fetches = self.fetches();
        if fetches.is_none() {
            output::lines(self.table(remaining).lines())?;
            output::line("")?;
        }
        output::line(match (&self.retried, fetches) {
            (Some(retried), _) => retried.sentence(&self.operation, remaining.incomplete, self.elapsed),
            (None, Some(kind)) => self.fetched(kind),
            (None, None) => self.sentence(),
        })?;
        self.failures(remaining)?;
        self.incomplete(remaining.incomplete)?;
        self.advice(remaining.incomplete)?;
        self.skipped()?;
        self.subtypes()?;
        self.notes()?;
        if fetches.is_none() { self.pending(remaining.pending) } else { Ok(()) }
    }

    /// What is left to be fetched.
    fn pending(&self, PendingCounts { files, avatars }: PendingCounts) -> anyhow::Result<()> {
        if self.dry_run || files + avatars == 0 {
            return Ok(());
        }
        let workspace = self.workspace;
        title("Still to be fetched:")?;
        let waiting = [
            (files, "message waits for its file", "messages wait for their files", "files"),
            (avatars, "user waits for an avatar", "users wait for their avatars", "avatars"),
        ];
        for (count, one, many, what) in waiting {
            if count > 0 {
                let counted = output::counted(count, one, many);
                output::line(format_args!("  {counted}: import-server fetch {what} {workspace}"))?;
            }
        }
        Ok(())
    }

    /// Who gets what, where the operation fetches what is pending.
    fn fetches(&self) -> Option<[&'static str; 3]> {
        match Importer::from_key(&self.operation.operation.importer_key)? {
            Importer::PendingFiles => Some(["message", "messages", "file"]),
            Importer::PendingAvatars => Some(["user", "users", "avatar"]),
            _ => None,
        }
    }

    fn fetched(&self, [one, many, what]: [&str; 3]) -> String {
        let counts = &self.operation.work.counts;
        if counts.completed + counts.error == 0 && self.operation.state() == OperationState::Done {
            return format!("Nothing to do: no {one} waits for a {what}.").replace("a avatar", "an avatar");
        }
        let failed = match counts.error {
            0 => String::new(),
            failed => format!(", {} did not", output::number(failed)),
        };
        format!(
            "{}: {} got their {what}{failed}, in {}.",
            if self.operation.state() == OperationState::Done { "Done" } else { "Not done" },
            output::counted(counts.completed, one, many),
            output::duration(self.elapsed)
        )
    }

    /// Kinds of records and what became of them.
    fn table(&self, Remaining { failed, skipped, .. }: &Remaining) -> comfy_table::Table {
        let (created, updated) = (&self.operation.work.counts.created, &self.operation.work.counts.updated);
        let rows = [
            ("users", created.users, updated.users, failed.users, skipped.users),
            ("rooms", created.channels, updated.channels, failed.channels, skipped.channels),
            ("messages", created.messages, updated.messages, failed.messages, skipped.messages),
            ("contacts", created.contacts, updated.contacts, failed.contacts, skipped.contacts),
            ("unreadable", 0, 0, failed.entries, skipped.entries),
        ];
        let mut table = output::table(["", "created", "updated", "failed", "skipped"]);
        let mut total = (0, 0, 0, 0);
        for (kind, created, updated, failed, skipped) in rows {
            if kind == "unreadable" && failed == 0 {
                continue;
            }
            total = (total.0 + created, total.1 + updated, total.2 + failed, total.3 + skipped);
            table.add_row(row(kind, created, updated, failed, skipped));
        }
        table.add_row(row("total", total.0, total.1, total.2, total.3));
        table
    }

    fn sentence(&self) -> String {
        let counts = &self.operation.work.counts;
        let records = (counts.completed + counts.error).saturating_sub(self.before);
        let ended = match (self.operation.state(), self.dry_run) {
            (OperationState::Done, false) => "Done",
            (_, false) => "Not done",
            (_, true) => "Dry run, nothing was changed",
        };
        let earlier = match self.before {
            0 => String::new(),
            before => format!(", after {} before the interruption", output::number(before)),
        };
        format!(
            "{ended}: {} in {} ({} a second){earlier}.",
            output::counted(records, "record", "records"),
            output::duration(self.elapsed),
            output::number(output::rate(records, self.elapsed))
        )
    }

    fn failures(&self, remaining: &Remaining) -> anyhow::Result<()> {
        let failed = remaining.failed.total();
        if failed == 0 {
            return Ok(());
        }
        let more = failed - (remaining.first_failed.len() as u64).min(failed);
        let would_fail = if self.dry_run { "would fail" } else { "failed" };
        title(format_args!("{} {would_fail}:", output::counted(failed, "record", "records")))?;
        for record in &remaining.first_failed {
            output::line(format_args!("  {}", record_line::text(record, &remaining.rooms)))?;
        }
        if more > 0 {
            output::line(format_args!("  … and {} more", output::number(more)))?;
            let reasons = self.operation.work.reasons.shown().unwrap_or_default();
            output::line("By reason:")?;
            indented(by_reason(&reasons.failed))?;
        }
        if !self.dry_run {
            output::line(format_args!("All of them: import-server failed {}", self.workspace))?;
        }
        Ok(())
    }

    /// Records that are in the workspace and lack something.
    fn incomplete(&self, incomplete: u64) -> anyhow::Result<()> {
        if incomplete == 0 {
            return Ok(());
        }
        let records = match self.dry_run {
            true => output::counted(incomplete, "record would be", "records would be"),
            false => output::counted(incomplete, "record was", "records were"),
        };
        title(format_args!("{records} imported without some people, rooms or messages that they name."))?;
        if !self.dry_run {
            output::line(format_args!("All of them: import-server failed --incomplete {}", self.workspace))?;
        }
        Ok(())
    }

    /// What to do about people and rooms that nobody knows.
    fn advice(&self, incomplete: u64) -> anyhow::Result<()> {
        if self.dry_run {
            return Ok(());
        }
        let failed = self.operation.work.reasons.failed.clone().sorted();
        let lacks = |reason: &str| failed.iter().any(|entry| entry.reason == reason);
        let workspace = self.workspace;
        let mut lines = Vec::new();
        if incomplete > 0 || lacks(UNKNOWN_USER) {
            lines.push(format!("Add an unknown person: import-server user add NAME --import-id ID {workspace}"));
        }
        if incomplete > 0 || lacks(UNKNOWN_ROOM) {
            lines.push(format!(
                "Add an unknown room: import-server room add NAME --import-id ID [--private] {workspace}"
            ));
        }
        if !lines.is_empty() {
            lines.push(format!("Then run these records again: import-server retry {workspace}"));
        }
        section("What to do:", lines)
    }

    fn skipped(&self) -> anyhow::Result<()> {
        let skipped = self.operation.work.reasons.skipped.clone();
        let title = match self.dry_run {
            true => format!("{} would be skipped:", output::counted(skipped.total(), "record", "records")),
            false => format!("{} skipped:", output::counted(skipped.total(), "record was", "records were")),
        };
        section(&title, by_reason(&skipped.sorted()))
    }

    fn subtypes(&self) -> anyhow::Result<()> {
        let title = "The file holds messages of subtypes that are not known:";
        section(title, by_subtype(self.operation.work.unknown_subtypes.as_slice()))
    }

    fn notes(&self) -> anyhow::Result<()> {
        let when = if self.dry_run { When::Ahead } else { When::Done };
        let sentences = notices::sentences(self.operation.work.notices.as_slice(), when);
        let notes = &self.operation.work.notes;
        if sentences.is_empty() && notes.is_empty() {
            return Ok(());
        }
        title("What you should know:")?;
        indented(sentences)?;
        indented(notes.iter().take(NOTES))?;
        let more = notes.len().saturating_sub(NOTES) as u64 + self.operation.work.notes_omitted;
        if more > 0 {
            output::line(format_args!("  … and {} more", output::number(more)))?;
        }
        Ok(())
    }
}

/// A title and indented lines, where there are any.
fn section(text: &str, lines: Vec<String>) -> anyhow::Result<()> {
    if lines.is_empty() {
        return Ok(());
    }
    title(text)?;
    indented(lines)
}

/// A line apart from what stands before it.
fn title(text: impl Display) -> anyhow::Result<()> {
    output::line("")?;
    output::line(text)
}

fn indented(lines: impl IntoIterator<Item = impl Display>) -> anyhow::Result<()> {
    output::lines(lines.into_iter().map(|line| format!("  {line}")))
}

fn row(kind: &str, created: u64, updated: u64, failed: u64, skipped: u64) -> [String; 5] {
    [kind.to_owned(), output::number(created), output::number(updated), output::number(failed), output::number(skipped)]
}
