//! How many records failed or were skipped, by reason.

use schemars::JsonSchema;
use serde::{Deserialize, Serialize};

use crate::{
    lenient,
    records::{DataType, RecordError},
};

/// How many records of one kind failed, or were skipped, for one reason.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
#[serde(rename_all = "camelCase")]
pub struct ReasonCount {
    /// What the records are.
    pub data_type: DataType,
    /// What the messages of their errors begin with: a published code, or a phrase. `other` for all that are not told apart.
    pub reason: String,
    /// How many records.
    #[serde(deserialize_with = "lenient::count")]
    pub count: u64,
}

/// Failed and skipped records by reason, the most frequent first.
#[derive(Debug, Clone, Default, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
pub struct RecordReasons {
    /// Records that failed, those that could not be read included.
    #[serde(default)]
    pub failed: Vec<ReasonCount>,
    /// Records that were passed over.
    #[serde(default)]
    pub skipped: Vec<ReasonCount>,
}

impl RecordReasons {
    /// Whether nothing failed and nothing was skipped.
    pub fn is_empty(&self) -> bool {
        self.failed.is_empty() && self.skipped.is_empty()
    }
}

/// Counts by kind and reason, of which no more than [`Self::MOST`] are told apart.
#[derive(Debug, Clone, Default, PartialEq, Eq, Serialize, Deserialize)]
#[serde(transparent)]
pub struct ReasonCounts(Vec<ReasonCount>);

impl ReasonCounts {
    /// How many kinds and reasons are told apart; further ones are counted by kind alone.
    pub const MOST: usize = 50;
    /// The reason under which they are.
    const OTHER: &str = "other";

    /// Counts a record with this error.
    pub fn count(&mut self, data_type: DataType, error: &RecordError) {
        self.add(data_type, error.reason(), 1);
    }

    /// Counts so many records.
    pub fn add(&mut self, data_type: DataType, reason: &str, count: u64) {
        if count == 0 {
            return;
        }
        let full = self.0.len() >= Self::MOST;
        for reason in [reason, Self::OTHER] {
            match self.0.iter_mut().find(|entry| entry.data_type == data_type && entry.reason == reason) {
                Some(entry) => return entry.count += count,
                None if full && reason != Self::OTHER => {}
                None => return self.0.push(ReasonCount { data_type, reason: reason.to_owned(), count }),
            }
        }
    }

    /// Adds what others counted.
    pub fn merge(&mut self, others: &Self) {
        for entry in &others.0 {
            self.add(entry.data_type, &entry.reason, entry.count);
        }
    }

    /// How many records there are in all.
    pub fn total(&self) -> u64 {
        self.0.iter().map(|entry| entry.count).sum()
    }

    /// The counts, the most frequent first, then by kind and reason.
    pub fn sorted(mut self) -> Vec<ReasonCount> {
        self.0.sort_by(|a, b| {
            b.count.cmp(&a.count).then(a.data_type.cmp(&b.data_type)).then_with(|| a.reason.cmp(&b.reason))
        });
        self.0
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn count(data_type: DataType, reason: &str, count: u64) -> ReasonCount {
        ReasonCount { data_type, reason: reason.into(), count }
    }

    #[test]
    fn records_are_counted_by_kind_and_reason_whatever_the_particulars() {
        let mut counts = ReasonCounts::default();
        for (data_type, message) in [
            (DataType::Message, "importer-message-unknown-user: U1"),
            (DataType::User, "the user exists already"),
            (DataType::Message, "importer-message-unknown-user: U2"),
            (DataType::Channel, "importer-channel-missing-name"),
        ] {
            counts.count(data_type, &RecordError::new(message));
        }
        assert_eq!(counts.total(), 4);
        let expected = [
            count(DataType::Message, "importer-message-unknown-user", 2),
            count(DataType::User, "the user exists already", 1),
            count(DataType::Channel, "importer-channel-missing-name", 1),
        ];
        assert_eq!(counts.sorted(), expected);
    }

    #[test]
    fn reasons_beyond_the_most_are_counted_together() {
        let mut counts = ReasonCounts::default();
        for number in 0..60 {
            counts.add(DataType::Message, &format!("reason {number:02}"), 1);
        }
        counts.add(DataType::Message, "reason 00", 5);
        counts.add(DataType::User, "reason 99", 3);
        let mut again = ReasonCounts::default();
        again.merge(&counts);
        assert_eq!(again.total(), 68);
        let sorted = again.sorted();
        assert_eq!(sorted.len(), 52);
        assert_eq!(
            sorted[..3],
            [
                count(DataType::Message, "other", 10),
                count(DataType::Message, "reason 00", 6),
                count(DataType::User, "other", 3)
            ]
        );
    }
}
