//! What the tests of converters share.

use import_proto::{ImportMessage, Record};

use crate::items::{Convert, items};
use crate::{FailedRecord, Item};

/// The items of a file `test.csv` with this text.
pub(crate) fn read(text: &str, convert: impl Convert) -> Vec<Item> {
    items("test.csv", Ok(text.as_bytes()), 1 << 20, convert).collect()
}

/// All records, none of which may have failed.
pub(crate) fn records(items: Vec<Item>) -> Vec<Record> {
    items
        .into_iter()
        .map(|item| match item {
            Item::Record(record) => record,
            other => panic!("{other:?}"),
        })
        .collect()
}

/// The messages among records that did not fail.
pub(crate) fn messages(items: Vec<Item>) -> Vec<ImportMessage> {
    records(items)
        .into_iter()
        .filter_map(|record| match record {
            Record::Message(message) => Some(message),
            _ => None,
        })
        .collect()
}

/// The failed records only.
pub(crate) fn failures(items: Vec<Item>) -> Vec<FailedRecord> {
    items
        .into_iter()
        .filter_map(|item| match item {
            Item::Failed(failed) => Some(failed),
            Item::Record(_) | Item::Tally(_) | Item::Notice(_) => None,
        })
        .collect()
}
