//! How often values occur, in bounded memory.

use std::collections::HashMap;

use super::findings::{Listed, ValueCount};

/// Counts values: of users and rooms, say, that nobody knows. An export may name another one in each message.
#[derive(Debug, Default)]
pub(super) struct Frequencies {
    counts: HashMap<String, u64>,
    occurrences: u64,
}

impl Frequencies {
    /// How many values are told apart.
    const MOST: usize = 100_000;
    /// How many are listed.
    const LISTED: usize = 20;

    /// Of values that were counted elsewhere.
    pub(super) fn of(counts: HashMap<String, u64>) -> Self {
        Self { occurrences: counts.values().sum(), counts }
    }

    pub(super) fn count(&mut self, value: &str) {
        self.add(value, 1);
    }

    fn add(&mut self, value: &str, count: u64) {
        self.occurrences += count;
        if let Some(counted) = self.counts.get_mut(value) {
            *counted += count;
        } else if self.counts.len() < Self::MOST {
            self.counts.insert(value.to_owned(), count);
        }
    }

    pub(super) fn merge(&mut self, other: Self) {
        // What was not told apart still occurred.
        let untold = other.occurrences - other.counts.values().sum::<u64>();
        self.occurrences += untold;
        for (value, count) in other.counts {
            self.add(&value, count);
        }
    }

    /// Those that occur more than once.
    pub(super) fn repeated(mut self) -> Listed {
        self.counts.retain(|_, count| *count > 1);
        self.occurrences = self.counts.values().sum();
        self.listed()
    }

    pub(super) fn listed(self) -> Listed {
        let values = self.counts.len() as u64;
        let mut listed: Vec<_> = self.counts.into_iter().map(|(value, count)| ValueCount { value, count }).collect();
        listed.sort_unstable_by(|a, b| b.count.cmp(&a.count).then_with(|| a.value.cmp(&b.value)));
        listed.truncate(Self::LISTED);
        Listed { values, occurrences: self.occurrences, listed }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn of(values: impl IntoIterator<Item = String>) -> Frequencies {
        let mut frequencies = Frequencies::default();
        values.into_iter().for_each(|value| frequencies.count(&value));
        frequencies
    }

    #[test]
    fn the_most_frequent_are_listed_and_all_are_counted() {
        let mut frequencies = of((0..30).map(|number| format!("u{number:02}")));
        frequencies.merge(of(["u07".to_owned(), "u07".to_owned(), "u03".to_owned()]));
        let listed = frequencies.listed();
        assert_eq!((listed.values, listed.occurrences, listed.listed.len()), (30, 33, 20));
        let first: Vec<_> = listed.listed[..3].iter().map(|entry| (entry.value.as_str(), entry.count)).collect();
        assert_eq!(first, [("u07", 3), ("u03", 2), ("u00", 1)]);
    }

    #[test]
    fn beyond_the_bound_values_are_counted_but_not_told_apart() {
        let mut frequencies = of((0..100_010).map(|number| number.to_string()));
        frequencies.merge(of((0..100_010).map(|number| number.to_string())));
        let listed = frequencies.listed();
        assert_eq!((listed.values, listed.occurrences), (100_000, 200_020));
    }

    #[test]
    fn only_what_occurs_more_than_once_is_repeated() {
        let listed = of(["a", "b", "a", "c"].map(str::to_owned)).repeated();
        assert_eq!((listed.values, listed.occurrences, listed.listed[0].value.as_str()), (1, 2, "a"));
    }
}
