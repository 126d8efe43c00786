//! The table of an archive's entries: compact, because a large export has millions of them.

use super::Refusal;
use crate::SourceError;

/// Bytes that all names together may take.
const NAME_BYTES: usize = 512 << 20;

#[derive(Default)]
pub(super) struct EntryTable {
    /// All names, one behind the other.
    names: String,
    rows: Vec<Row>,
    order: Vec<u32>,
}

struct Row {
    size: u64,
    name_at: u32,
    deflated: bool,
    refusal: Option<Refusal>,
}

/// There is no room for another entry.
#[derive(Debug)]
pub(super) struct Full;

impl Full {
    pub(super) fn of(&self, file: &str) -> SourceError {
        let limit = format!("their names take more than {} MiB", NAME_BYTES >> 20);
        SourceError::TooManyEntries { file: file.to_owned(), limit }
    }
}

impl EntryTable {
    /// Adds an entry, whose index is the number of entries so far.
    pub(super) fn push(
        &mut self,
        name: &str,
        size: u64,
        deflated: bool,
        refusal: Option<Refusal>,
    ) -> Result<u32, Full> {
        if self.names.len() + name.len() > NAME_BYTES {
            return Err(Full);
        }
        let index = u32::try_from(self.rows.len()).map_err(|_| Full)?;
        let name_at = u32::try_from(self.names.len()).map_err(|_| Full)?;
        self.names.push_str(name);
        self.rows.push(Row { size, name_at, deflated, refusal });
        Ok(index)
    }

    /// Puts the entries in the order of their names, and refuses every further entry of the same name.
    pub(super) fn sort(&mut self) {
        let mut order: Vec<u32> = (0..self.rows.len() as u32).collect();
        // Stable, so that of two entries of one name the first in the archive stays the first.
        order.sort_by(|&a, &b| self.name(a).cmp(self.name(b)));
        let mut first = None;
        for &index in &order {
            // An entry that is refused anyway does not stand in the way of a good one.
            if self.refusal(index).is_some() {
                continue;
            }
            match first {
                Some(first) if self.name(first) == self.name(index) => self.refuse(index, Refusal::Duplicate),
                _ => first = Some(index),
            }
        }
        self.order = order;
    }

    pub(super) fn in_order(&self) -> impl Iterator<Item = u32> + '_ {
        self.order.iter().copied()
    }

    /// The entry at this place in the order of names.
    pub(super) fn nth(&self, place: usize) -> Option<u32> {
        self.order.get(place).copied()
    }

    /// The first place in the order of names whose name is not before this one.
    pub(super) fn place(&self, name: &str) -> usize {
        self.order.partition_point(|&index| self.name(index) < name)
    }

    pub(super) fn name(&self, index: u32) -> &str {
        let start = self.rows.get(index as usize).map_or(self.names.len(), |row| row.name_at as usize);
        let end = self.rows.get(index as usize + 1).map_or(self.names.len(), |row| row.name_at as usize);
        self.names.get(start..end).unwrap_or_default()
    }

    pub(super) fn size(&self, index: u32) -> u64 {
        self.rows.get(index as usize).map_or(0, |row| row.size)
    }

    pub(super) fn is_deflated(&self, index: u32) -> bool {
        self.rows.get(index as usize).is_some_and(|row| row.deflated)
    }

    pub(super) fn refusal(&self, index: u32) -> Option<Refusal> {
        self.rows.get(index as usize).and_then(|row| row.refusal)
    }

    pub(super) fn refuse(&mut self, index: u32, refusal: Refusal) {
        if let Some(row) = self.rows.get_mut(index as usize) {
            row.refusal.get_or_insert(refusal);
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn an_entry_takes_sixteen_bytes_beside_its_name() {
        assert_eq!(size_of::<Row>(), 16);
    }

    #[test]
    fn entries_are_in_the_order_of_their_names_and_the_first_of_a_name_is_read() {
        let mut table = EntryTable::default();
        for (name, refusal) in
            [("b", None), ("a", Some(Refusal::Encrypted)), ("c", None), ("a", None), ("a", None), ("", None)]
        {
            table.push(name, 1, false, refusal).unwrap();
        }
        table.sort();
        let sorted: Vec<_> = table.in_order().map(|index| (index, table.name(index), table.refusal(index))).collect();
        assert_eq!(
            sorted,
            [
                (5, "", None),
                (1, "a", Some(Refusal::Encrypted)),
                (3, "a", None),
                (4, "a", Some(Refusal::Duplicate)),
                (0, "b", None),
                (2, "c", None),
            ]
        );
        assert_eq!(["", "a", "ab", "c", "d"].map(|name| table.place(name)), [0, 1, 4, 5, 6]);
        assert_eq!((table.nth(4), table.nth(6)), (Some(0), None));
    }
}
