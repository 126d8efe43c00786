//! An operation as it is stored: what the wire shows, and what the engine needs to go on with it after a restart.

use import_proto::{
    ImportOptions, Notices, Operation, OperationState, ProgressStep, ReasonCounts, RecordReasons, SubtypeCounts,
};
use serde::{Deserialize, Serialize};

use crate::uploads::PendingKey;

/// An operation with everything that is kept of it.
///
/// Whoever changes one sends it back whole in a [`crate::Batch`]; `revision` tells the store whether somebody else changed
/// it meanwhile.
#[derive(Debug, Clone, PartialEq)]
pub struct StoredOperation {
    /// What the wire shows; its counts move only as often as is published.
    pub operation: Operation,
    /// Whether `import.clear` or a newer operation ended it.
    pub ended_by_administrator: bool,
    /// What the engine needs.
    pub work: Work,
    /// Grows by one with each change. Set by the store.
    pub revision: u64,
    /// Of a share of an operation, which: then `work` is the share's own, and `revision` its own too.
    pub share: Option<Share>,
}

/// A share of an operation's messages, which one process imports.
///
/// It is at [`ProgressStep::ImportingMessages`] until it is imported, then at [`ProgressStep::Finishing`].
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct Share {
    /// Its number, counted from 0.
    pub number: u32,
    /// The parts of the file that it has, in order; empty where several shares were asked for.
    pub parts: Vec<u64>,
}

impl StoredOperation {
    /// The state seen from outside.
    pub fn state(&self) -> OperationState {
        OperationState::of(self.operation.status, self.operation.valid, self.ended_by_administrator)
    }

    /// True where nobody may change it any more: ended by an administrator, or at a final step but for a retry.
    pub fn is_ended(&self) -> bool {
        self.ended_by_administrator || !self.operation.valid
    }

    /// The step it stands at.
    pub fn step(&self) -> ProgressStep {
        self.operation.status
    }
}

/// What the engine needs to go on with an operation.
#[derive(Debug, Clone, Default, PartialEq, Serialize, Deserialize)]
#[serde(rename_all = "camelCase", default)]
pub struct Work {
    /// The counts as they are, whereas those of the operation move in steps.
    pub counts: Counts,
    /// Where reading the file goes on: the next part, and the next item in it. Of preparing first, then of the run.
    pub position: Position,
    /// What the administrator decided about the import.
    pub options: ImportOptions,
    /// The export file.
    pub file: Option<StoredFile>,
    /// What the file was allowed when it was opened first, and is from then on.
    pub limits: Option<FileLimits>,
    /// How it is cut into parts, as a text that is compared before anything goes on from a position.
    pub parts: Option<String>,
    /// The address that the file is fetched from, until it is there.
    pub download_url: Option<String>,
    /// How far what is pending has been staged.
    pub pending_after: Option<PendingKey>,
    /// Whether a record that failed can be tried again only with the export file, which holds the file that it brings.
    pub file_needed: bool,
    /// Whether the run skips users that exist (`import.run`) instead of updating them (`startImport`).
    pub skip_existing: bool,
    /// How often it was taken up after a crash without a batch being committed since.
    pub resumes: u32,
    /// How many shares its messages are shared out in.
    pub shares: Option<u32>,
    /// What stopped it.
    pub failure: Option<Failure>,
    /// What an administrator should know although no record failed: a room that got another name, a member whom nobody
    /// knows. Sentences, at most [`Work::MOST_NOTES`].
    pub notes: Vec<String>,
    /// How many more notes there would be.
    pub notes_omitted: u64,
    /// The counts of `counts.error` and `counts.skipped` by reason.
    pub reasons: Reasons,
    /// What of them the wire shows: as they were when the counts of the operation moved last.
    pub visible_reasons: Reasons,
    /// Messages of subtypes that the source does not know: kept as plain messages, or left out because nothing is in them.
    pub unknown_subtypes: SubtypeCounts,
    /// What was left out, made up or changed although no record failed.
    pub notices: Notices,
    /// How many of the orphan replies in `notices` are still staged as incomplete. A retry runs them again.
    pub orphans_incomplete: u64,
}

impl Work {
    /// How many notes are kept: they are written with every batch.
    pub const MOST_NOTES: usize = 100;
}

/// Records that failed or were skipped, counted by reason.
#[derive(Debug, Clone, Default, PartialEq, Eq, Serialize, Deserialize)]
#[serde(default)]
pub struct Reasons {
    /// Records that failed in a run: those that a retry runs again.
    pub failed: ReasonCounts,
    /// Records of the file that could not be read: those that it does not.
    pub unreadable: ReasonCounts,
    /// Records that were left alone.
    pub skipped: ReasonCounts,
}

impl Reasons {
    /// As the wire shows them; none where there are none.
    pub fn shown(&self) -> Option<RecordReasons> {
        let mut failed = self.unreadable.clone();
        failed.merge(&self.failed);
        let shown = RecordReasons { failed: failed.sorted(), skipped: self.skipped.clone().sorted() };
        (!shown.is_empty()).then_some(shown)
    }

    /// Adds what was counted of a batch.
    pub fn merge(&mut self, others: &Self) {
        self.failed.merge(&others.failed);
        self.unreadable.merge(&others.unreadable);
        self.skipped.merge(&others.skipped);
    }
}

/// A place in an export file.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq, PartialOrd, Ord, Serialize, Deserialize)]
pub struct Position {
    /// The part, counted from 0.
    pub part: u64,
    /// The item in the part, counted from 0.
    pub item: u64,
}

/// An export file on the server's disk.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "camelCase")]
pub struct StoredFile {
    /// Where it lies.
    pub path: std::path::PathBuf,
    /// Whether it is the server's own copy, to be removed at the end.
    pub owned: bool,
}

/// How much an export file may ask of the machine. What it is cut into follows from them too.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "camelCase")]
pub struct FileLimits {
    /// Entries of the archive.
    pub entries: u64,
    /// Bytes of all entries together, expanded.
    pub expanded_bytes: u64,
    /// Bytes of one entry, expanded.
    pub entry_bytes: u64,
    /// How many times its size an entry may expand to,
    pub ratio: u64,
    /// once it expands to more bytes than this.
    pub ratio_floor: u64,
    /// Bytes of one record.
    pub row_bytes: usize,
    /// How deep a record of a JSON file may be nested.
    pub json_depth: usize,
}

/// Why an operation failed.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "camelCase")]
pub struct Failure {
    /// A sentence.
    pub message: String,
    /// Whether it failed before anything was ready to be imported.
    pub while_loading: bool,
}

/// Exact counts of an operation.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "camelCase", default)]
pub struct Counts {
    /// Records created or updated.
    pub completed: u64,
    /// Records that failed, those of the file that could not be read included.
    pub error: u64,
    /// Records left alone.
    pub skipped: u64,
    /// Records processed in runs, messages aside.
    pub processed: u64,
    /// Messages processed in runs.
    pub processed_messages: u64,
    /// Documents that were new.
    pub created: KindCounts,
    /// Documents that were there already.
    pub updated: KindCounts,
}

impl Counts {
    /// Adds others.
    pub fn add(&mut self, others: &Self) {
        let Self { completed, error, skipped, processed, processed_messages, created, updated } = *others;
        self.completed += completed;
        self.error += error;
        self.skipped += skipped;
        self.processed += processed;
        self.processed_messages += processed_messages;
        self.created.add(&created);
        self.updated.add(&updated);
    }
}

/// A number for each kind of record.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq, Serialize, Deserialize)]
#[serde(default)]
pub struct KindCounts {
    /// Users.
    pub users: u64,
    /// Rooms.
    pub channels: u64,
    /// Contacts.
    pub contacts: u64,
    /// Messages.
    pub messages: u64,
}

impl KindCounts {
    fn add(&mut self, others: &Self) {
        let Self { users, channels, contacts, messages } = *others;
        self.users += users;
        self.channels += channels;
        self.contacts += contacts;
        self.messages += messages;
    }
}
