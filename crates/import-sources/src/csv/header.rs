//! Header lines in files that are to have none: where one stands, it tells the columns.

use crate::rows::Row;

/// The columns of a file.
pub(super) struct Columns<const N: usize> {
    /// Where each value stands, from 0.
    at: [Option<usize>; N],
    /// What each column of a line is called.
    pub(super) due: Vec<&'static str>,
}

impl<const N: usize> Columns<N> {
    /// The columns of a file without a header line.
    pub(super) fn in_order(names: [&'static str; N]) -> Self {
        Self { at: std::array::from_fn(Some), due: names.to_vec() }
    }

    /// The columns that a header line names: every word in it, in any case, is one of `names`, each of which has one or
    /// more spellings. `None` where the row is no header line, or the first of `names` is missing.
    pub(super) fn named(row: &Row<'_>, names: [&[&'static str]; N]) -> Option<Self> {
        let mut at = [None; N];
        let mut due = Vec::new();
        for column in 0..row.len() {
            let word = row.trimmed(column);
            let spelling = |&&name: &&&'static str| name.eq_ignore_ascii_case(&word);
            match names.iter().enumerate().find_map(|(nth, names)| Some((nth, names.iter().find(spelling)?))) {
                Some((nth, name)) => {
                    if let Some(place) = at.get_mut(nth) {
                        place.get_or_insert(column);
                    }
                    due.push(*name);
                }
                None if word.is_empty() => due.push("(no name)"),
                None => return None,
            }
        }
        at.first()?.as_ref()?;
        let named = at.iter().flatten().max().map_or(0, |last| last + 1);
        due.truncate(named);
        (named > 1).then_some(Self { at, due })
    }

    /// A value of a row without blanks around it; empty where the file has no such column.
    pub(super) fn value(&self, row: &Row<'_>, nth: usize) -> String {
        self.at.get(nth).copied().flatten().map_or_else(String::new, |column| row.trimmed(column).into_owned())
    }

    /// The column of a value, from 1.
    pub(super) fn column(&self, nth: usize) -> u64 {
        self.at.get(nth).copied().flatten().map_or(1, |column| column as u64 + 1)
    }
}
