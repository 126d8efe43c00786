//! The reader of rows: a buffer that slides over the input and grows up to the limit of one row.

use std::io::{self, Read};

use memchr::{memchr, memchr_iter, memchr2, memchr2_iter};

use super::quotes::Outcome;
use super::row::{Cell, Row};

/// Bytes that are read at a time.
const CHUNK: usize = 128 << 10;
/// Columns that are told apart; what follows the last of them belongs to it.
pub(super) const MAX_COLUMNS: usize = 4096;
/// Bytes that are shown of a row that cannot be read.
const SHOWN: usize = 64 << 10;

/// Reads CSV text, which is to be UTF-8 without a byte order mark, row by row.
pub(crate) struct RowReader<R> {
    input: R,
    buffer: Vec<u8>,
    /// The buffer holds input from `start`, where the next row starts, to `end`.
    pub(super) start: usize,
    pub(super) end: usize,
    /// Where the buffer stands in the input.
    pub(super) offset: u64,
    finished: bool,
    /// The number of the line at `start`.
    pub(super) line: u64,
    /// Whether the line before ended in a CR, so that an LF belongs to it.
    after_cr: bool,
    pub(super) limit: usize,
    /// A quote that opens before this place of the input must close on its own line: a search from further up has
    /// passed it already. So no byte is searched more than twice, whatever the quotes.
    pub(super) closed_until: u64,
    pub(super) cells: Vec<Cell>,
}

/// Why a row did not come.
#[derive(Debug)]
pub(crate) enum RowFailure {
    /// This row is wrong; others may follow.
    Malformed(Malformed),
    /// The rest of the input cannot be read.
    Broken(io::Error),
}

/// A row that cannot be read.
#[derive(Debug, PartialEq, Eq)]
pub(crate) struct Malformed {
    /// What is wrong with it.
    pub(crate) reason: String,
    /// Where: line and column, from 1.
    pub(crate) line: u64,
    pub(crate) column: Option<u64>,
    /// What it looks like: its first 64 KiB.
    pub(crate) text: String,
}

/// A row in the buffer whose cells are known.
struct Found {
    line: u64,
    start: usize,
    len: usize,
}

impl<R: Read> RowReader<R> {
    /// A reader that holds at most `limit` bytes of a row, and one chunk.
    pub(crate) fn new(input: R, limit: usize) -> Self {
        Self {
            input,
            buffer: Vec::new(),
            start: 0,
            end: 0,
            offset: 0,
            finished: false,
            line: 1,
            after_cr: false,
            // Cells count in 32 bits.
            limit: limit.min(1 << 30),
            closed_until: 0,
            cells: Vec::new(),
        }
    }

    /// The next row; `None` at the end of the input, or after [`RowFailure::Broken`].
    pub(crate) fn next_row(&mut self) -> Option<Result<Row<'_>, RowFailure>> {
        let found = match self.advance().transpose()? {
            Ok(found) => found,
            Err(error) => {
                self.finished = true;
                self.start = self.end;
                return Some(Err(RowFailure::Broken(error)));
            }
        };
        Some(found.map_err(RowFailure::Malformed).and_then(|found| {
            let bytes = self.buffer.get(found.start..found.start + found.len).unwrap_or_default();
            match std::str::from_utf8(bytes) {
                Ok(text) => Ok(Row::new(found.line, text, &self.cells)),
                Err(error) => {
                    let at = error.valid_up_to();
                    let column = self.cells.iter().take_while(|cell| cell.from as usize <= at).count();
                    Err(RowFailure::Malformed(Malformed {
                        reason: "the text is not valid UTF-8; save the file as UTF-8".to_owned(),
                        line: found.line + count_line_ends(bytes.get(..at).unwrap_or_default()),
                        column: Some(column as u64),
                        text: shown(bytes),
                    }))
                }
            }
        }))
    }

    /// How many bytes of the input are behind the row that came last.
    pub(crate) fn position(&self) -> u64 {
        self.offset + self.start as u64
    }

    /// Goes past the next row, whose cells are in `cells` then.
    fn advance(&mut self) -> io::Result<Option<Result<Found, Malformed>>> {
        if !self.skip_empty_lines()? {
            return Ok(None);
        }
        let Some(line_end) = self.find_line_end(0)? else {
            return self.skip_long_row().map(|malformed| Some(Err(malformed)));
        };
        let (start, line) = (self.start, self.line);
        let mut cells = std::mem::take(&mut self.cells);
        cells.clear();
        let row = self.held(0, line_end);
        let plain = memchr(b'"', row).is_none();
        if plain {
            split(row, &mut cells);
        }
        self.cells = cells;
        if plain {
            self.go_past(line_end, 1);
            return Ok(Some(Ok(Found { line, start, len: line_end })));
        }
        match self.split_quoted(line_end)? {
            Outcome::Row { len } => {
                let lines = count_line_ends(self.held(0, len)) + 1;
                // Reading on may have moved the row within the buffer.
                let start = self.start;
                self.go_past(len, lines);
                Ok(Some(Ok(Found { line, start, len })))
            }
            Outcome::Unclosed { open, column, line_end } => {
                let malformed = Malformed {
                    reason: "a quote opens here and does not close".to_owned(),
                    line: line + count_line_ends(self.held(0, open)),
                    column: Some(column),
                    text: shown(self.held(0, line_end)),
                };
                let lines = count_line_ends(self.held(0, line_end)) + 1;
                self.go_past(line_end, lines);
                Ok(Some(Err(malformed)))
            }
        }
    }

    /// The bytes of the row from one place to another, counted from its start.
    pub(super) fn held(&self, from: usize, to: usize) -> &[u8] {
        self.buffer.get(self.start + from..self.start + to).unwrap_or_default()
    }

    /// How many bytes from the row's start on are in the buffer.
    pub(super) fn held_len(&self) -> usize {
        self.end - self.start
    }

    /// Reads more into the buffer; `false` at the end of the input.
    pub(super) fn fill(&mut self) -> io::Result<bool> {
        if self.finished {
            return Ok(false);
        }
        if self.end == self.buffer.len() || self.start == self.end {
            if self.start > 0 {
                self.buffer.copy_within(self.start..self.end, 0);
                self.offset += self.start as u64;
                self.end -= self.start;
                self.start = 0;
            } else if self.end == self.buffer.len() {
                let len = (self.buffer.len() * 2).clamp(CHUNK, self.limit + CHUNK);
                self.buffer.resize(len, 0);
            }
        }
        loop {
            match self.input.read(self.buffer.get_mut(self.end..).unwrap_or_default()) {
                Ok(0) => {
                    self.finished = true;
                    return Ok(false);
                }
                Ok(count) => {
                    self.end += count;
                    return Ok(true);
                }
                Err(error) if error.kind() == io::ErrorKind::Interrupted => {}
                Err(error) => return Err(error),
            }
        }
    }

    /// `false` where nothing but empty lines is left.
    fn skip_empty_lines(&mut self) -> io::Result<bool> {
        loop {
            if self.start == self.end && !self.fill()? {
                return Ok(false);
            }
            match self.held(0, 1) {
                b"\n" if self.after_cr => {
                    self.after_cr = false;
                    self.start += 1;
                }
                b"\n" | b"\r" => self.go_past(0, 1),
                _ => {
                    self.after_cr = false;
                    return Ok(true);
                }
            }
        }
    }

    /// Where the line ends that the place `from` of the row lies in; `None` where the row is over the limit by then.
    pub(super) fn find_line_end(&mut self, mut from: usize) -> io::Result<Option<usize>> {
        loop {
            let held = self.held_len();
            if let Some(at) = memchr2(b'\n', b'\r', self.held(from, held)) {
                return Ok(Some(from + at).filter(|&end| end <= self.limit));
            }
            from = held;
            if from > self.limit {
                return Ok(None);
            }
            if !self.fill()? {
                return Ok(Some(from));
            }
        }
    }

    /// Goes to the line after the one that ends `len` bytes on, `lines` lines on.
    fn go_past(&mut self, len: usize, lines: u64) {
        self.start += len;
        self.after_cr = false;
        if self.start < self.end {
            self.after_cr = self.held(0, 1) == b"\r";
            self.start += 1;
        }
        self.line += lines;
    }

    /// Goes past a line that is over the limit.
    fn skip_long_row(&mut self) -> io::Result<Malformed> {
        let malformed = Malformed {
            reason: format!("the row is longer than {} bytes", self.limit),
            line: self.line,
            column: None,
            text: shown(self.held(0, self.held_len())),
        };
        loop {
            let held = self.held_len();
            if let Some(at) = memchr2(b'\n', b'\r', self.held(0, held)) {
                self.go_past(at, 1);
                return Ok(malformed);
            }
            self.start = self.end;
            if !self.fill()? {
                self.go_past(0, 1);
                return Ok(malformed);
            }
        }
    }
}

/// The cells of a row without quotes.
fn split(row: &[u8], cells: &mut Vec<Cell>) {
    let mut from = 0;
    for comma in memchr_iter(b',', row).take(MAX_COLUMNS - 1) {
        cells.push(Cell::plain(from, comma));
        from = comma + 1;
    }
    cells.push(Cell::plain(from, row.len()));
}

/// The start of a row that cannot be read.
fn shown(row: &[u8]) -> String {
    String::from_utf8_lossy(row.get(..SHOWN).unwrap_or(row)).into_owned()
}

/// How many lines end within the text. A CR and the LF behind it are one end.
fn count_line_ends(text: &[u8]) -> u64 {
    memchr2_iter(b'\n', b'\r', text)
        .filter(|&at| text.get(at) == Some(&b'\r') || at == 0 || text.get(at - 1) != Some(&b'\r'))
        .count() as u64
}
