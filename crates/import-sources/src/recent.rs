//! A bounded memory of what was seen lately.

use std::collections::HashMap;

/// How many different things are remembered at least.
const REMEMBERED: usize = 65_536;

/// Counts how often a thing, known by its hash, was seen among the last 65,536 or more different ones.
#[derive(Debug, Default)]
pub(crate) struct Recent {
    current: HashMap<u64, u32>,
    previous: HashMap<u64, u32>,
}

impl Recent {
    /// How often this was seen before.
    pub(crate) fn seen_before(&mut self, hash: u64) -> u32 {
        if let Some(count) = self.current.get_mut(&hash) {
            *count = count.saturating_add(1);
            return *count - 1;
        }
        let before = self.previous.get(&hash).copied().unwrap_or(0);
        if self.current.len() == REMEMBERED {
            std::mem::swap(&mut self.current, &mut self.previous);
            self.current.clear();
        }
        self.current.insert(hash, before.saturating_add(1));
        before
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn occurrences_are_counted() {
        let mut recent = Recent::default();
        assert_eq!([7, 8, 7, 7].map(|hash| recent.seen_before(hash)), [0, 0, 1, 2]);
    }

    #[test]
    fn what_was_seen_lately_is_remembered_in_bounded_memory() {
        let mut recent = Recent::default();
        assert_eq!(recent.seen_before(0), 0);
        for hash in 1..=65_536 {
            recent.seen_before(hash);
        }
        assert_eq!(recent.seen_before(0), 1);
        for hash in 1..=1_000_000 {
            recent.seen_before(hash);
        }
        assert!(recent.current.len() <= 65_536 && recent.previous.len() == 65_536);
        assert_eq!(recent.seen_before(0), 0);
    }
}
