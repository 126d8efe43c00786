//! One row of a CSV file, borrowed from the reader's buffer.

use std::borrow::Cow;

/// Where a cell stands in the text of its row, in bytes.
#[derive(Debug, Clone, Copy)]
pub(super) struct Cell {
    /// The first byte behind the separator before it.
    pub(super) from: u32,
    /// The value, without quotes.
    pub(super) start: u32,
    pub(super) end: u32,
    /// Whether doubled quotes in the value stand for single ones.
    pub(super) doubled: bool,
}

/// One row: at least one cell, though it may be empty.
#[derive(Debug, Clone, Copy)]
pub(crate) struct Row<'a> {
    line: u64,
    text: &'a str,
    cells: &'a [Cell],
}

impl<'a> Row<'a> {
    pub(super) fn new(line: u64, text: &'a str, cells: &'a [Cell]) -> Self {
        Self { line, text, cells }
    }

    /// The number of its first line, from 1.
    pub(crate) fn line(&self) -> u64 {
        self.line
    }

    /// How many cells it has.
    pub(crate) fn len(&self) -> usize {
        self.cells.len()
    }

    /// Whether there is nothing in it but blanks and separators.
    pub(crate) fn is_blank(&self) -> bool {
        (0..self.cells.len()).all(|column| self.trimmed(column).is_empty())
    }

    /// The value of a cell as it stands; empty where the row is shorter.
    pub(crate) fn value(&self, column: usize) -> Cow<'a, str> {
        self.cells.get(column).map_or(Cow::Borrowed(""), |cell| {
            let raw = self.text.get(cell.start as usize..cell.end as usize).unwrap_or_default();
            if cell.doubled { Cow::Owned(raw.replace("\"\"", "\"")) } else { Cow::Borrowed(raw) }
        })
    }

    /// The value of a cell without blanks around it; empty where the row is shorter.
    pub(crate) fn trimmed(&self, column: usize) -> Cow<'a, str> {
        match self.value(column) {
            Cow::Borrowed(value) => Cow::Borrowed(value.trim()),
            Cow::Owned(value) => Cow::Owned(value.trim().to_owned()),
        }
    }

    /// The value of the last column, and whatever follows it in the row: a comma in text that was not quoted.
    ///
    /// Columns that follow and are all blank are padding, and left out.
    pub(crate) fn value_to_end(&self, column: usize) -> Cow<'a, str> {
        let value = self.value(column);
        if (column + 1..self.cells.len()).all(|column| self.trimmed(column).is_empty()) {
            return value;
        }
        // From the separator behind the cell on.
        let rest = self.cells.get(column + 1).map_or(self.text.len(), |cell| cell.from as usize - 1);
        Cow::Owned(value.into_owned() + self.text.get(rest..).unwrap_or_default())
    }

    /// Every value as it stands.
    pub(crate) fn values(&self) -> impl Iterator<Item = Cow<'a, str>> + '_ {
        (0..self.cells.len()).map(|column| self.value(column))
    }
}

impl Cell {
    /// A cell that is its value.
    pub(super) fn plain(from: usize, end: usize) -> Self {
        // Rows are shorter than 2^31 bytes.
        Self { from: from as u32, start: from as u32, end: end as u32, doubled: false }
    }
}
