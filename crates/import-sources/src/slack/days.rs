//! The day files of one room, one after the other, as items in the order of time.
//!
//! Files are read in windows of some thousand messages, each put in order: day files are nearly always smaller and in
//! order anyway, and those of other tools may not be.

use std::collections::VecDeque;
use std::io::Read;
use std::ops::Range;

use import_proto::{DataType, IsoTime, Record, Timestamp};

use super::SlackSource;
use super::messages::{Made, Messages};
use crate::Item;
use crate::clock::Clock;
use crate::items::failed_entry;
use crate::json::{ElementFailure, ElementReader, failed_element, failure};
use crate::rows::as_utf8;

/// Bytes of the elements that are put in order together, at least,
const WINDOW: usize = 2 << 20;
/// where each counts for so many more: what becomes of it is larger than it is.
const OVERHEAD: usize = 512;

/// The items of one room.
pub(super) struct Days<'a> {
    source: &'a SlackSource,
    /// The room's entries that were not begun, by their places in the order of names.
    places: Range<usize>,
    day: Option<Day<'a>>,
    messages: Messages<'a>,
    clock: Clock,
    made: Vec<Made>,
    /// Items that come next.
    ready: VecDeque<Item>,
    ended: bool,
}

/// A day file that is being read.
struct Day<'a> {
    entry: &'a str,
    elements: ElementReader<Box<dyn Read + Send + 'a>>,
}

impl<'a> Days<'a> {
    pub(super) fn new(source: &'a SlackSource, rid: &'a str, places: Range<usize>) -> Self {
        Self {
            source,
            places,
            day: None,
            messages: Messages::new(source, rid),
            clock: Clock::default(),
            made: Vec::new(),
            ready: VecDeque::new(),
            ended: false,
        }
    }

    /// Reads the next window, or begins the next day.
    fn read_on(&mut self) {
        match self.day.take() {
            Some(day) => self.read_window(day),
            None => match self.places.next() {
                Some(place) => self.begin(place),
                None => {
                    self.ended = true;
                    self.ready.extend(std::mem::take(&mut self.messages.tallies).finish().map(Item::Tally));
                }
            },
        }
    }

    fn begin(&mut self, place: usize) {
        let Some((entry, contents)) = self.source.day(place) else { return };
        match contents.and_then(as_utf8) {
            Ok(contents) => {
                let limits = &self.source.limits;
                let elements = ElementReader::new(contents, limits.row_bytes, limits.json_depth);
                self.day = Some(Day { entry, elements });
            }
            Err(error) => self.ready.push_back(failed_entry(entry, entry.to_owned(), error)),
        }
    }

    fn read_window(&mut self, mut day: Day<'a>) {
        let mut bytes = 0;
        while bytes < WINDOW {
            match day.elements.next_element() {
                Some(Ok(element)) => {
                    bytes += element.text.len() + OVERHEAD;
                    if let Err(unusable) = self.messages.convert(element.text, &mut self.made) {
                        self.ready.push_back(failed_element(day.entry, DataType::Message, element, unusable));
                    }
                }
                Some(Err(wrong)) => {
                    bytes +=
                        OVERHEAD + if let ElementFailure::Malformed { text, .. } = &wrong { text.len() } else { 0 };
                    self.ready.push_back(failure(day.entry, DataType::Message, wrong));
                }
                None => return self.put_in_order(),
            }
        }
        self.day = Some(day);
        self.put_in_order();
    }

    fn put_in_order(&mut self) {
        if !self.made.is_sorted_by_key(|made| made.time) {
            self.made.sort_by_key(|made| made.time);
        }
        for Made { time, mut message } in self.made.drain(..) {
            if let Some(free) = Timestamp::from_millis(self.clock.free(0, time.iso().0.as_millis())) {
                message.ts = IsoTime(free);
            }
            self.ready.push_back(Item::Record(Record::Message(message)));
        }
    }
}

impl Iterator for Days<'_> {
    type Item = Item;

    fn next(&mut self) -> Option<Item> {
        while self.ready.is_empty() && !self.ended {
            self.read_on();
        }
        self.ready.pop_front()
    }
}
