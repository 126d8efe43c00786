//! The staging area: records between the export file and the workspace.

use import_proto::{DataType, RecordError};
use serde_json::Value;

/// Why records are skipped that an administrator did not select.
pub const NOT_SELECTED: &str = "not selected";

/// Where a staged record stands.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
pub enum RecordStatus {
    /// It waits for a run.
    Staged,
    /// It failed; `errors` says why.
    Failed,
    /// It was left alone; `errors` says why.
    Skipped,
    /// It is in the workspace without some users, rooms or messages that it names; `errors` says which. It counts as imported.
    Incomplete,
}

impl RecordStatus {
    /// Every status.
    pub const ALL: [Self; 4] = [Self::Staged, Self::Failed, Self::Skipped, Self::Incomplete];

    /// The word for it in requests and in the database.
    pub const fn as_str(self) -> &'static str {
        match self {
            Self::Staged => "staged",
            Self::Failed => "failed",
            Self::Skipped => "skipped",
            Self::Incomplete => "incomplete",
        }
    }

    /// The status that the word stands for.
    pub fn from_name(name: &str) -> Option<Self> {
        Self::ALL.into_iter().find(|status| status.as_str() == name)
    }
}

/// Names a staged record within its operation: records of a kind are read in the order of `seq`.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, PartialOrd, Ord)]
pub struct StagedKey {
    /// What it is.
    pub data_type: DataType,
    /// Its number.
    pub seq: u64,
}

/// A record of the staging area.
#[derive(Debug, Clone, PartialEq)]
pub struct StagedRecord {
    /// Its name.
    pub key: StagedKey,
    /// The first import id, by which a selection names it; none for a message or a record that could not be read.
    pub import_id: Option<String>,
    /// A record that no selection names: a direct room, which is selected together with all others, or a placeholder user,
    /// who is selected with any room.
    pub unnamed: bool,
    /// The record, or what could be read of it.
    pub data: Value,
    /// Whether `data` is a whole record, which can be run (again).
    pub readable: bool,
    /// Where it stands.
    pub status: RecordStatus,
    /// Why it failed or was skipped; of one that waits, why it failed before.
    pub errors: Vec<RecordError>,
}

/// The messages of one part of an export file. They are not copied into the staging area: the file is read again.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct MessagePart {
    /// The part's number in the file.
    pub part: u64,
    /// The import id of the room, where all messages of the part are of one room that is not direct.
    pub room: Option<String>,
    /// Whether its messages are of direct rooms.
    pub direct: bool,
    /// How many messages can be read.
    pub messages: u64,
    /// Whether a run leaves the part out, because its room was not selected.
    pub skipped: bool,
}

/// What became of a staged record.
#[derive(Debug, Clone, PartialEq)]
pub enum Outcome {
    /// It is in the workspace; the staging area lets go of it.
    Imported,
    /// It failed and stays.
    Failed(RecordError),
    /// It was left alone and stays.
    Skipped(RecordError),
    /// It is in the workspace and stays, because it names what is not known yet.
    Incomplete(RecordError),
}
