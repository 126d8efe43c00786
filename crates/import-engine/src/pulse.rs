//! How far an operation really is, for whoever runs it in the same process.

use import_proto::{OperationCount, OperationState, ProgressStep};
use import_store::operation::{Counts, StoredOperation};

/// How far the current operation is, after every batch; the wire shows counts only after every 50 records.
#[derive(Debug, Clone, PartialEq)]
pub struct Pulse {
    /// The operation's id; none before the first.
    pub operation: Option<String>,
    /// The state.
    pub state: OperationState,
    /// The step.
    pub step: Option<ProgressStep>,
    /// Exact counts.
    pub counts: Counts,
    /// What is staged, by kind, and the total to process.
    pub staged: OperationCount,
    /// While the file is being prepared: bytes read of it, expanded.
    pub bytes_read: u64,
    /// While the file is being prepared: how many bytes there are, expanded, as the file says.
    pub bytes_total: u64,
    /// Why it failed.
    pub failure: Option<String>,
    /// What an administrator should know although no record failed.
    pub notes: Vec<String>,
}

impl Default for Pulse {
    fn default() -> Self {
        Self {
            operation: None,
            state: OperationState::None,
            step: None,
            counts: Counts::default(),
            staged: OperationCount::default(),
            bytes_read: 0,
            bytes_total: 0,
            failure: None,
            notes: Vec::new(),
        }
    }
}

impl Pulse {
    /// The pulse of an operation as it is stored, its bytes unknown.
    pub(crate) fn of(stored: &StoredOperation) -> Self {
        Self {
            operation: Some(stored.operation.id.clone()),
            state: stored.state(),
            step: Some(stored.step()),
            counts: stored.work.counts,
            staged: stored.operation.count.unwrap_or_default(),
            bytes_read: 0,
            bytes_total: 0,
            failure: stored.work.failure.as_ref().map(|failure| failure.message.clone()),
            notes: stored.work.notes.clone(),
        }
    }
}
