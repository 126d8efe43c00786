//! How many messages there were of each subtype, and what became of them.

use std::collections::BTreeMap;

use crate::Tally;

/// How many subtypes are told apart.
const MOST: usize = 200;
/// Under what the others are counted.
const OTHERS: &str = "…";
/// Characters of a subtype at most.
const LONGEST: usize = 80;

#[derive(Debug, Default)]
pub(crate) struct Tallies {
    /// Messages without a subtype, which most are.
    ordinary: u64,
    others: BTreeMap<String, Tally>,
}

impl Tallies {
    /// A message became a record.
    pub(crate) fn kept(&mut self, subtype: &str, known: bool) {
        if subtype.is_empty() {
            self.ordinary += 1;
        } else {
            self.of(subtype, known).kept += 1;
        }
    }

    /// A message could be read and became no record.
    pub(crate) fn left_out(&mut self, subtype: &str, known: bool) {
        self.of(subtype, known).left_out += 1;
    }

    fn of(&mut self, subtype: &str, known: bool) -> &mut Tally {
        let full = self.others.len() >= MOST && !self.others.contains_key(subtype);
        let subtype: String = if full { OTHERS.to_owned() } else { subtype.chars().take(LONGEST).collect() };
        self.others.entry(subtype.clone()).or_insert(Tally { subtype, known, kept: 0, left_out: 0 })
    }

    /// All of them, by subtype.
    pub(crate) fn finish(self) -> impl Iterator<Item = Tally> {
        let ordinary = Tally { subtype: String::new(), known: true, kept: self.ordinary, left_out: 0 };
        [ordinary].into_iter().filter(|tally| tally.kept > 0).chain(self.others.into_values())
    }
}
