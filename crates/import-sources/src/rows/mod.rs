//! CSV text as rows of cells, from a bounded buffer, with the place of everything that is wrong.
//!
//! Cells are separated by commas and may be quoted as RFC 4180 has it: within quotes stand separators, line breaks and
//! doubled quotes. Lines end in LF, CRLF or CR, lines of no character are passed over, a byte order mark is taken off. More is read
//! than the RFC allows, where the meaning is beyond doubt: blanks around a quoted cell do not belong to it, and a cell
//! with more text behind its closing quote, on the same line, was not quoted at all. A quote that does not close is an
//! error of its line alone: reading goes on at the line after it.

mod encoding;
mod quotes;
mod reader;
mod row;

pub(crate) use self::encoding::as_utf8;
pub(crate) use self::reader::{Malformed, RowFailure, RowReader};
pub(crate) use self::row::Row;

#[cfg(test)]
mod tests;
