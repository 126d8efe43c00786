//! How many messages there were of each subtype.

use serde::{Deserialize, Serialize};

/// The messages of one subtype.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "camelCase")]
pub struct SubtypeCount {
    /// The source's word for them; `…` for all that are not told apart.
    pub subtype: String,
    /// How many come out, be it as several messages.
    pub kept: u64,
    /// How many are left out.
    pub left_out: u64,
}

/// Counts by subtype, of which no more than [`Self::MOST`] are told apart.
///
/// Those are the first in the order of texts, so that the counts are the same in whatever order, and by however many
/// threads, the messages are read. Known and unknown subtypes have counts of their own: what is not told apart is one or
/// the other still.
#[derive(Debug, Clone, Default, PartialEq, Eq, Serialize, Deserialize)]
#[serde(transparent)]
pub struct SubtypeCounts(Vec<SubtypeCount>);

impl SubtypeCounts {
    /// How many subtypes are told apart.
    pub const MOST: usize = 200;
    /// Characters of a subtype at most; what is behind them does not count.
    pub const LONGEST: usize = 80;
    /// What the others are counted under, behind all that are told apart.
    const OTHERS: &str = "…";

    /// Counts messages of a subtype.
    pub fn add(&mut self, subtype: &str, kept: u64, left_out: u64) {
        let end = subtype.char_indices().nth(Self::LONGEST).map_or(subtype.len(), |(end, _)| end);
        let subtype = subtype.get(..end).unwrap_or(subtype);
        match self.0.binary_search_by(|entry| place(&entry.subtype).cmp(&place(subtype))) {
            Ok(at) => {
                if let Some(entry) = self.0.get_mut(at) {
                    entry.kept += kept;
                    entry.left_out += left_out;
                }
            }
            Err(at) => self.0.insert(at, SubtypeCount { subtype: subtype.to_owned(), kept, left_out }),
        }
        // One too many is not told apart any more, nor will it be: what was told apart instead sorts before it.
        if self.0.get(Self::MOST).is_some_and(|entry| entry.subtype != Self::OTHERS) {
            let other = self.0.remove(Self::MOST);
            self.add(Self::OTHERS, other.kept, other.left_out);
        }
    }

    /// Adds what others counted.
    pub fn merge(&mut self, others: &Self) {
        for entry in others {
            self.add(&entry.subtype, entry.kept, entry.left_out);
        }
    }

    /// The counts, in the order of texts.
    pub fn as_slice(&self) -> &[SubtypeCount] {
        &self.0
    }
}

/// Where a subtype stands among others.
fn place(subtype: &str) -> (bool, &str) {
    (subtype == SubtypeCounts::OTHERS, subtype)
}

impl IntoIterator for SubtypeCounts {
    type Item = SubtypeCount;
    type IntoIter = std::vec::IntoIter<SubtypeCount>;

    fn into_iter(self) -> Self::IntoIter {
        self.0.into_iter()
    }
}

impl<'a> IntoIterator for &'a SubtypeCounts {
    type Item = &'a SubtypeCount;
    type IntoIter = std::slice::Iter<'a, SubtypeCount>;

    fn into_iter(self) -> Self::IntoIter {
        self.0.iter()
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn count(subtype: &str, kept: u64, left_out: u64) -> SubtypeCount {
        SubtypeCount { subtype: subtype.into(), kept, left_out }
    }

    fn counted(subtypes: impl IntoIterator<Item = u32>) -> SubtypeCounts {
        let mut counts = SubtypeCounts::default();
        for number in subtypes {
            counts.add(&format!("subtype {number:03}"), 1, 2);
        }
        counts
    }

    #[test]
    fn messages_are_counted_by_subtype() {
        let mut counts = SubtypeCounts::default();
        for (subtype, kept, left_out) in [("huddle", 1, 0), ("canvas", 2, 1), ("huddle", 0, 3), ("", 5, 0)] {
            counts.add(subtype, kept, left_out);
        }
        assert_eq!(counts.as_slice(), [count("", 5, 0), count("canvas", 2, 1), count("huddle", 1, 3)]);
    }

    #[test]
    fn beyond_the_most_the_first_by_name_are_told_apart_whatever_comes_first() {
        let expected = |counts: &SubtypeCounts| {
            let all = counts.as_slice();
            assert_eq!((all.len(), &all[0]), (201, &count("subtype 000", 1, 2)));
            assert_eq!(all[199..], [count("subtype 199", 1, 2), count("…", 50, 100)]);
        };
        expected(&counted(0..250));
        expected(&counted((0..250).rev()));
        for (one, other) in [(0..40, 40..250), (40..250, 0..40), (0..225, 225..250)] {
            let mut counts = counted(one);
            counts.merge(&counted(other));
            expected(&counts);
        }
    }

    #[test]
    fn of_very_long_subtypes_the_first_eighty_characters_count() {
        let mut counts = SubtypeCounts::default();
        let long = "é".repeat(80);
        counts.add(&format!("{long}a"), 1, 0);
        counts.add(&format!("{long}b"), 1, 0);
        counts.add(&long, 1, 0);
        assert_eq!(counts.as_slice(), [count(&long, 3, 0)]);
    }
}
