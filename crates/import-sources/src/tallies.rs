//! How many messages there were of each subtype, and what became of them.

use import_proto::SubtypeCounts;

use crate::Tally;

#[derive(Debug, Default)]
pub(crate) struct Tallies {
    /// Messages without a subtype, which most are.
    ordinary: u64,
    /// Copies of such messages.
    copies: u64,
    known: SubtypeCounts,
    unknown: SubtypeCounts,
}

impl Tallies {
    /// A message became a record.
    pub(crate) fn kept(&mut self, subtype: &str, known: bool) {
        if subtype.is_empty() {
            self.ordinary += 1;
        } else {
            self.of(known).add(subtype, 1, 0);
        }
    }

    /// A message could be read and became no record.
    pub(crate) fn left_out(&mut self, subtype: &str, known: bool) {
        if subtype.is_empty() {
            self.copies += 1;
        } else {
            self.of(known).add(subtype, 0, 1);
        }
    }

    fn of(&mut self, known: bool) -> &mut SubtypeCounts {
        if known { &mut self.known } else { &mut self.unknown }
    }

    /// All of them, by subtype.
    pub(crate) fn finish(self) -> impl Iterator<Item = Tally> {
        let ordinary = Tally { subtype: String::new(), known: true, kept: self.ordinary, left_out: self.copies };
        let mut tallies: Vec<Tally> = Vec::from_iter((ordinary.kept + ordinary.left_out > 0).then_some(ordinary));
        for (counts, known) in [(self.known, true), (self.unknown, false)] {
            tallies.extend(counts.into_iter().map(|count| Tally {
                subtype: count.subtype,
                known,
                kept: count.kept,
                left_out: count.left_out,
            }));
        }
        tallies.sort_by(|one, other| one.subtype.cmp(&other.subtype));
        tallies.into_iter()
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn what_is_not_told_apart_is_known_or_not_still() {
        let mut tallies = Tallies::default();
        for number in 0..203 {
            tallies.left_out(&format!("known {number:03}"), true);
            tallies.left_out(&format!("unknown {number:03}"), false);
            tallies.kept("both", number % 2 == 0);
        }
        let tallies: Vec<_> = tallies.finish().collect();
        let tally = |subtype: &str, known, kept, left_out| Tally { subtype: subtype.into(), known, kept, left_out };
        assert_eq!(tallies.len(), 402);
        assert_eq!(tallies[..2], [tally("both", true, 102, 0), tally("both", false, 101, 0)]);
        assert_eq!(tallies[400..], [tally("…", true, 0, 4), tally("…", false, 0, 4)]);
    }
}
