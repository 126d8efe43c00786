//! Entries and records that cannot be read: counted all, the first of the file listed.

use import_proto::ReasonCounts;
use import_sources::FailedRecord;

use super::findings::{Unreadable, UnreadableRecord};

/// How many are listed.
const LISTED: usize = 100;

#[derive(Default)]
pub(super) struct Unread {
    counts: ReasonCounts,
    /// In the order in which they were read, with their parts: a reader takes parts in ascending order.
    listed: Vec<(usize, UnreadableRecord)>,
}

impl Unread {
    pub(super) fn add(&mut self, part: usize, failed: FailedRecord) {
        self.counts.count(failed.data_type, &failed.error);
        if self.listed.len() < LISTED {
            let FailedRecord { data_type, error, .. } = failed;
            let record = UnreadableRecord {
                data_type,
                entry: error.entry,
                line: error.line,
                column: error.column,
                message: error.message,
            };
            self.listed.push((part, record));
        }
    }

    pub(super) fn merge(&mut self, other: Self) {
        self.counts.merge(&other.counts);
        self.listed.extend(other.listed);
        // Stable, so records of one part stay in their order.
        self.listed.sort_by_key(|(part, _)| *part);
        self.listed.truncate(LISTED);
    }

    pub(super) fn findings(self) -> Unreadable {
        Unreadable {
            total: self.counts.total(),
            by_reason: self.counts.sorted(),
            listed: self.listed.into_iter().map(|(_, record)| record).collect(),
        }
    }
}
