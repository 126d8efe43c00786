//! From the elements of a list to items, and from their text to values.

use std::collections::VecDeque;
use std::io::{self, Read};

use import_proto::{DataType, Record, RecordError};
use serde::Deserialize;
use serde_json::{Value, json};

use super::{Element, ElementFailure, ElementReader, elements, surrogates};
use crate::items::failed_entry;
use crate::rows::as_utf8;
use crate::{FailedRecord, Item, Items, Limits};

/// Makes records of elements.
pub(crate) trait Convert: Send {
    /// What the records are.
    const DATA_TYPE: DataType;

    /// What one element stands for.
    fn convert(&mut self, element: &str) -> Result<Converted, Unusable>;
}

/// What an element stands for.
// See `Item`.
#[allow(clippy::large_enum_variant)]
pub(crate) enum Converted {
    /// No record, and no failure.
    Nothing,
    Record(Record),
    /// Several, in this order.
    Records(Vec<Record>),
}

/// Why no record can be made of an element.
#[derive(Debug)]
pub(crate) struct Unusable {
    pub(crate) message: String,
    /// How many lines below the element's first it stands.
    pub(crate) line: u64,
    /// What could be read of it; the element's text where nothing could.
    pub(crate) data: Option<Value>,
}

impl Unusable {
    /// Something that is wrong with the element as a whole.
    pub(crate) fn new(message: impl Into<String>, data: Value) -> Self {
        Self { message: message.into(), line: 0, data: Some(data) }
    }

    /// The same, where the element's text says the most about it.
    pub(crate) fn of_text(message: impl Into<String>) -> Self {
        Self { message: message.into(), line: 0, data: None }
    }
}

/// The object that an element holds.
///
/// A character that is there by half becomes a replacement character; `mended` keeps the text in which it did.
pub(crate) fn object<'a, T: Deserialize<'a>>(element: &'a str, mended: &'a mut String) -> Result<T, Unusable> {
    if !element.starts_with('{') {
        return Err(Unusable { message: "the record is no object in JSON, { … }".to_owned(), line: 0, data: None });
    }
    let wrong = match serde_json::from_str(element) {
        Ok(value) => return Ok(value),
        Err(wrong) => wrong,
    };
    *mended = surrogates::mended(element).into_owned();
    serde_json::from_str(mended).map_err(|_| {
        let said = wrong.to_string();
        let what = said.rfind(" at line ").and_then(|end| said.get(..end)).unwrap_or(&said);
        let line = wrong.line().saturating_sub(1) as u64;
        Unusable { message: format!("the record is no valid JSON: {what}"), line, data: None }
    })
}

/// The value of a part of an element, with characters that are there by half replaced; null where it is no JSON.
pub(crate) fn value(text: &str) -> Value {
    serde_json::from_str(text).or_else(|_| serde_json::from_str(&surrogates::mended(text))).unwrap_or_default()
}

/// Gives `each` the text of every element of a list that can be read.
pub(crate) fn each_element(contents: io::Result<impl Read + Send>, limits: &Limits, mut each: impl FnMut(&str)) {
    let Ok(contents) = contents.and_then(as_utf8) else { return };
    let mut elements = ElementReader::new(contents, limits.row_bytes, limits.json_depth);
    while let Some(element) = elements.next_element() {
        if let Ok(element) = element {
            each(element.text);
        }
    }
}

/// The failed record that stands for an element which `entry` holds.
pub(crate) fn failed_element(entry: &str, data_type: DataType, element: Element<'_>, unusable: Unusable) -> Item {
    let Unusable { message, line, data } = unusable;
    let data = data.unwrap_or_else(|| json!({ "text": elements::shown(element.text.as_bytes()) }));
    failed(entry, data_type, element.number, element.line + line, message, data)
}

/// The failed record that stands for an element which cannot be read, or for the rest of an entry.
pub(crate) fn failure(entry: &str, data_type: DataType, failure: ElementFailure) -> Item {
    match failure {
        ElementFailure::Malformed { reason, line, number, text } => {
            let message = format!("the record cannot be read: {reason}");
            failed(entry, data_type, number, line, message, json!({ "text": text }))
        }
        ElementFailure::Broken(reason) => failed_entry(entry, entry.to_owned(), reason),
    }
}

fn failed(entry: &str, data_type: DataType, number: u64, line: u64, message: String, data: Value) -> Item {
    Item::Failed(FailedRecord {
        data_type,
        data,
        error: RecordError { message, entry: Some(entry.to_owned()), line: Some(line), column: None },
        // There may be many on a line.
        key: format!("{entry}[{number}]"),
    })
}

/// The items of an entry that holds a list, from its contents.
pub(crate) fn items<'a, C: Convert + 'a>(
    entry: &'a str,
    contents: io::Result<impl Read + Send + 'a>,
    limits: &Limits,
    convert: C,
) -> Items<'a> {
    match contents.and_then(as_utf8) {
        Ok(contents) => {
            let elements = ElementReader::new(contents, limits.row_bytes, limits.json_depth);
            Box::new(ListItems { entry, elements, convert, ready: VecDeque::new() })
        }
        Err(error) => Box::new(std::iter::once(failed_entry(entry, entry.to_owned(), error))),
    }
}

struct ListItems<'a, C> {
    entry: &'a str,
    elements: ElementReader<Box<dyn Read + Send + 'a>>,
    convert: C,
    /// Records of the last element that did not come out yet.
    ready: VecDeque<Record>,
}

impl<C: Convert> Iterator for ListItems<'_, C> {
    type Item = Item;

    fn next(&mut self) -> Option<Item> {
        loop {
            if let Some(record) = self.ready.pop_front() {
                return Some(Item::Record(record));
            }
            let element = match self.elements.next_element()? {
                Ok(element) => element,
                Err(wrong) => return Some(failure(self.entry, C::DATA_TYPE, wrong)),
            };
            match self.convert.convert(element.text) {
                Ok(Converted::Nothing) => {}
                Ok(Converted::Record(record)) => return Some(Item::Record(record)),
                Ok(Converted::Records(records)) => self.ready.extend(records),
                Err(unusable) => return Some(failed_element(self.entry, C::DATA_TYPE, element, unusable)),
            }
        }
    }
}
