//! Rows with quotes in them, which may go on over several lines.

use std::io::{self, Read};

use memchr::memchr;

use super::reader::{MAX_COLUMNS, RowReader};
use super::row::Cell;

/// What became of a row with quotes. Places are bytes from the row's start.
pub(super) enum Outcome {
    /// It is so many bytes long.
    Row { len: usize },
    /// A quote at `open` in a column, counted from 1, does not close; the line it stands on ends at `line_end`.
    Unclosed { open: usize, column: u64, line_end: usize },
}

/// What became of a quote that opens a cell.
enum Quote {
    /// The value ends at `end`, the cell, with the quote and blanks behind it, at `next`.
    Closed {
        end: usize,
        next: usize,
        doubled: bool,
    },
    /// It closes with text behind it, so it is a character of the text.
    Literal,
    Unclosed,
}

impl<R: Read> RowReader<R> {
    /// Finds the cells of the row at the buffer's start, whose first line ends at `line_end`.
    pub(super) fn split_quoted(&mut self, mut line_end: usize) -> io::Result<Outcome> {
        let mut at = 0;
        // The first cell that goes on over several lines.
        let mut first_long = None;
        loop {
            let from = at;
            let line = self.held(from, line_end);
            let blanks = line.iter().take_while(|&&byte| is_blank(byte)).count();
            let is_last = self.cells.len() + 1 == MAX_COLUMNS;
            let opens = !is_last && line.get(blanks) == Some(&b'"');
            let literal_end =
                if is_last { line_end } else { memchr(b',', line).map_or(line_end, |comma| from + comma) };
            let open = from + blanks;
            match if opens { self.close(open, line_end)? } else { Quote::Literal } {
                Quote::Closed { end, next, doubled } => {
                    let (from, start, end) = (from as u32, open as u32 + 1, end as u32);
                    self.cells.push(Cell { from, start, end, doubled });
                    if next > line_end {
                        let column = self.cells.len() as u64;
                        let (open, column, line_end_before) = *first_long.get_or_insert((open, column, line_end));
                        match self.find_line_end(next)? {
                            Some(end) => line_end = end,
                            // Rather than so long a row, this is a quote too many.
                            None => {
                                self.unclosed(self.limit);
                                return Ok(Outcome::Unclosed { open, column, line_end: line_end_before });
                            }
                        }
                    }
                    at = next;
                }
                Quote::Literal => {
                    self.cells.push(Cell::plain(from, literal_end));
                    at = literal_end;
                }
                Quote::Unclosed => {
                    let column = self.cells.len() as u64 + 1;
                    return Ok(Outcome::Unclosed { open, column, line_end });
                }
            }
            if at >= line_end {
                return Ok(Outcome::Row { len: line_end });
            }
            at += 1;
        }
    }

    /// Looks for the end of the cell whose quote opens at `open`, on a line that ends at `line_end`.
    fn close(&mut self, open: usize, line_end: usize) -> io::Result<Quote> {
        let one_line = self.offset + ((self.start + open) as u64) < self.closed_until;
        let mut doubled = false;
        let mut at = open + 1;
        loop {
            let searched = if one_line { line_end } else { self.held_len().min(self.limit) };
            let Some(found) = memchr(b'"', self.held(at, searched)) else {
                if one_line {
                    return Ok(Quote::Unclosed);
                }
                at = searched;
                if at == self.limit || !self.fill()? {
                    return Ok(self.unclosed(at));
                }
                continue;
            };
            let quote = at + found;
            if self.byte(quote + 1)? == Some(b'"') {
                doubled = true;
                at = quote + 2;
                continue;
            }
            let mut next = quote + 1;
            while self.byte(next)?.is_some_and(is_blank) {
                next += 1;
            }
            return Ok(match self.byte(next)? {
                None | Some(b',' | b'\n' | b'\r') => Quote::Closed { end: quote, next, doubled },
                Some(_) if quote < line_end => Quote::Literal,
                Some(_) => self.unclosed(quote),
            });
        }
    }

    fn unclosed(&mut self, searched: usize) -> Quote {
        self.closed_until = self.closed_until.max(self.offset + (self.start + searched) as u64);
        Quote::Unclosed
    }

    /// A byte of the row; `None` at the end of the input, or beyond the limit.
    fn byte(&mut self, at: usize) -> io::Result<Option<u8>> {
        if at > self.limit {
            return Ok(None);
        }
        while at >= self.held_len() {
            if !self.fill()? {
                return Ok(None);
            }
        }
        Ok(self.held(at, at + 1).first().copied())
    }
}

fn is_blank(byte: u8) -> bool {
    byte == b' ' || byte == b'\t'
}
