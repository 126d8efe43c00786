//! A history as items in the order of time, each message with a millisecond of its own.
//!
//! It is read in windows of some thousand messages, each put in order: a history is nearly always in order anyway.

use std::collections::VecDeque;
use std::io::{self, Read};

use import_proto::{DataType, IsoTime, Record, Timestamp};

use super::HipchatSource;
use super::messages::{Made, Messages, Owner};
use crate::Item;
use crate::clock::Clock;
use crate::items::failed_entry;
use crate::json::{ElementFailure, ElementReader, failed_element, failure};
use crate::recent::Recent;
use crate::rows::as_utf8;
use crate::stable_id::hash;

/// Bytes of the elements that are put in order together, at least,
const WINDOW: usize = 2 << 20;
/// where each counts for so many more: what becomes of it is larger than it is.
const OVERHEAD: usize = 512;

/// The items of one history.
pub(super) struct History<'a> {
    entry: &'a str,
    /// `None` once all are read.
    elements: Option<ElementReader<Box<dyn Read + Send + 'a>>>,
    messages: Messages<'a>,
    clock: Clock,
    /// Direct rooms that came out already. One that was not seen for long comes out again.
    rooms: Recent,
    made: Vec<Made>,
    /// Items that come next.
    ready: VecDeque<Item>,
}

impl<'a> History<'a> {
    pub(super) fn new(
        source: &'a HipchatSource,
        entry: &'a str,
        contents: io::Result<impl Read + Send + 'a>,
        owner: Owner<'a>,
    ) -> Self {
        let limits = &source.limits;
        let (elements, ready) = match contents.and_then(as_utf8) {
            Ok(contents) => (Some(ElementReader::new(contents, limits.row_bytes, limits.json_depth)), VecDeque::new()),
            Err(error) => (None, VecDeque::from([failed_entry(entry, entry.to_owned(), error)])),
        };
        let messages = Messages::new(source, owner);
        let (clock, rooms) = (Clock::default(), Recent::default());
        Self { entry, elements, messages, clock, rooms, made: Vec::new(), ready }
    }

    fn read_window(&mut self, mut elements: ElementReader<Box<dyn Read + Send + 'a>>) {
        let mut bytes = 0;
        while bytes < WINDOW {
            match elements.next_element() {
                Some(Ok(element)) => {
                    bytes += element.text.len() + OVERHEAD;
                    if let Err(unusable) = self.messages.convert(element.text, &mut self.made) {
                        self.ready.push_back(failed_element(self.entry, DataType::Message, element, unusable));
                    }
                }
                Some(Err(wrong)) => {
                    bytes +=
                        OVERHEAD + if let ElementFailure::Malformed { text, .. } = &wrong { text.len() } else { 0 };
                    self.ready.push_back(failure(self.entry, DataType::Message, wrong));
                }
                None => {
                    self.put_in_order();
                    return self.ready.extend(std::mem::take(&mut self.messages.tallies).finish().map(Item::Tally));
                }
            }
        }
        self.elements = Some(elements);
        self.put_in_order();
    }

    fn put_in_order(&mut self) {
        if !self.made.is_sorted_by_key(|made| made.time) {
            self.made.sort_by_key(|made| made.time);
        }
        for Made { time, mut message, pair } in self.made.drain(..) {
            let room = hash(&message.rid);
            if let Some(free) = Timestamp::from_millis(self.clock.free(room, time.iso().0.as_millis())) {
                message.ts = IsoTime(free);
            }
            if let Some(pair) = pair.filter(|_| self.rooms.seen_before(room) == 0) {
                self.ready.push_back(Item::Record(Record::Channel(pair.room(&message.rid))));
            }
            self.ready.push_back(Item::Record(Record::Message(message)));
        }
    }
}

impl Iterator for History<'_> {
    type Item = Item;

    fn next(&mut self) -> Option<Item> {
        while self.ready.is_empty() {
            let elements = self.elements.take()?;
            self.read_window(elements);
        }
        self.ready.pop_front()
    }
}
