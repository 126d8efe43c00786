//! From the rows of a part to its items: the one loop that every CSV part goes through.

use std::io::{self, Read};

use import_proto::{DataType, ImportChannel, ImportMessage, Notice, NoticeKind, Record, RecordError};
use serde_json::{Value, json};

use crate::rows::{Malformed, Row, RowFailure, RowReader, as_utf8};
use crate::spread::Spread;
use crate::{FailedRecord, Item, Items};

/// Makes records of rows.
pub(crate) trait Convert: Send {
    /// What the records are.
    const DATA_TYPE: DataType;

    /// What one row, which is not blank, stands for.
    fn convert(&mut self, row: &Row<'_>) -> Converted;

    /// What an administrator should know once all rows are converted, and how often.
    fn notice(&mut self) -> Option<(NoticeKind, u64)> {
        None
    }
}

/// What a row stands for.
// See `Item`.
#[allow(clippy::large_enum_variant)]
pub(crate) enum Converted {
    /// No record, and no failure: a header line, say.
    Nothing,
    Record(Record),
    /// A message, and the direct room that it is the first of.
    InNewRoom(ImportChannel, ImportMessage),
    /// A record that cannot be made.
    Failed(RowError),
    /// Nothing can be made of this row and all that follow.
    Unusable(String),
}

/// Why no record can be made of a row.
pub(crate) struct RowError {
    pub(crate) message: String,
    /// The column, from 1.
    pub(crate) column: u64,
    /// What could be read of it.
    pub(crate) data: Value,
}

/// The failure of a row that has fewer columns than `due`, if it has.
pub(crate) fn too_few_columns(row: &Row<'_>, due: &[&str]) -> Option<RowError> {
    (row.len() < due.len()).then(|| RowError {
        message: format!(
            "the line has {} of {} columns: {} are due, separated by commas",
            row.len(),
            due.len(),
            due.join(", ")
        ),
        column: row.len() as u64 + 1,
        data: json!({ "columns": row.values().collect::<Vec<_>>() }),
    })
}

/// The failed record that stands for an entry, or the rest of one.
pub(crate) fn failed_entry(entry: &str, key: String, reason: impl std::fmt::Display) -> Item {
    Item::Failed(FailedRecord {
        data_type: DataType::Entry,
        data: json!({ "entry": entry }),
        error: RecordError {
            message: format!("the entry cannot be read: {reason}"),
            entry: Some(entry.to_owned()),
            line: None,
            column: None,
        },
        key,
    })
}

/// The items of a CSV entry, from its contents. Messages have a millisecond of their own each.
pub(crate) fn items<'a, C: Convert + 'a>(
    entry: &'a str,
    contents: io::Result<impl Read + Send + 'a>,
    row_bytes: usize,
    convert: C,
) -> Items<'a> {
    match contents.and_then(as_utf8) {
        Ok(contents) => {
            let rows = RowReader::new(contents, row_bytes);
            let rows = RowItems { entry, rows, convert, next: None, ended: false };
            if C::DATA_TYPE == DataType::Message { Box::new(Spread::new(rows)) } else { Box::new(rows) }
        }
        Err(error) => Box::new(std::iter::once(failed_entry(entry, entry.to_owned(), error))),
    }
}

/// The items as they stand in the file.
pub(crate) struct RowItems<'a, C> {
    entry: &'a str,
    rows: RowReader<Box<dyn Read + Send + 'a>>,
    convert: C,
    /// The message that comes after its room.
    next: Option<ImportMessage>,
    ended: bool,
}

impl<C> RowItems<'_, C> {
    /// How many bytes of the contents were read so far.
    pub(crate) fn bytes_read(&self) -> u64 {
        self.rows.position()
    }
}

impl<C: Convert> Iterator for RowItems<'_, C> {
    type Item = Item;

    fn next(&mut self) -> Option<Item> {
        if let Some(message) = self.next.take() {
            return Some(Item::Record(Record::Message(message)));
        }
        while !self.ended {
            let Some(row) = self.rows.next_row() else {
                self.ended = true;
                break;
            };
            let row = match row {
                Ok(row) if row.is_blank() => continue,
                Ok(row) => row,
                Err(RowFailure::Malformed(wrong)) => return Some(malformed::<C>(self.entry, wrong)),
                Err(RowFailure::Broken(error)) => {
                    self.ended = true;
                    return Some(failed_entry(self.entry, self.entry.to_owned(), error));
                }
            };
            match self.convert.convert(&row) {
                Converted::Nothing => {}
                Converted::Record(record) => return Some(Item::Record(record)),
                Converted::InNewRoom(room, message) => {
                    self.next = Some(message);
                    return Some(Item::Record(Record::Channel(room)));
                }
                Converted::Failed(RowError { message, column, data }) => {
                    return Some(failed_row::<C>(self.entry, row.line(), Some(column), message, data));
                }
                Converted::Unusable(reason) => {
                    self.ended = true;
                    return Some(failed_entry(self.entry, self.entry.to_owned(), reason));
                }
            }
        }
        let (kind, count) = self.convert.notice()?;
        Some(Item::Notice(Notice { kind, name: self.entry.to_owned(), count }))
    }
}

fn malformed<C: Convert>(entry: &str, wrong: Malformed) -> Item {
    failed_row::<C>(entry, wrong.line, wrong.column, wrong.reason, json!({ "text": wrong.text }))
}

fn failed_row<C: Convert>(entry: &str, line: u64, column: Option<u64>, message: String, data: Value) -> Item {
    Item::Failed(FailedRecord {
        data_type: C::DATA_TYPE,
        data,
        error: RecordError { message, entry: Some(entry.to_owned()), line: Some(line), column },
        key: format!("{entry}:{line}"),
    })
}
