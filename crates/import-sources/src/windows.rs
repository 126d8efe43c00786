//! Messages of JSON files in the order of time, each with a millisecond of its own.
//!
//! They are read in windows of some thousand, each put in order: exports are nearly always in order anyway.

use std::collections::VecDeque;
use std::io::Read;

use import_proto::{DataType, ImportMessage, ImportUser, Notices, Record};

use crate::Item;
use crate::clock::Clock;
use crate::json::{ElementFailure, ElementReader, Unusable, failed_element, failure};
use crate::pair::Pair;
use crate::recent::Recent;
use crate::tallies::Tallies;

/// Bytes of the records that are put in order together, at least,
pub(crate) const WINDOW: usize = 2 << 20;
/// where each counts for so many more: what becomes of it is larger than it is.
pub(crate) const OVERHEAD: usize = 512;

/// A message that was made, with what puts it in its place.
pub(crate) struct Made {
    /// When it was written, in microseconds since 1970.
    pub(crate) micros: i64,
    /// Which messages of the window stand for one message of the source, where that is looked for.
    pub(crate) key: u64,
    pub(crate) message: ImportMessage,
    /// Whose direct room it is in. The room comes out ahead of its first message, and possibly again later on.
    pub(crate) pair: Option<Pair>,
    /// Whether an earlier version of it came out in another window. It has that one's id, and takes no millisecond.
    pub(crate) again: bool,
}

/// What the messages of a part are made of: its elements, one after the other.
pub(crate) trait Elements: Send {
    /// Reads on, by one element at most. False where there is nothing left.
    fn read(&mut self, window: &mut Window) -> bool;

    /// Adds the records of people that have to come out ahead of a message.
    fn people(&mut self, _message: &ImportMessage, _ahead: &mut Vec<ImportUser>) {}

    /// How many messages there were of each subtype, and what else is to be known of them, once nothing is left.
    fn finish(&mut self) -> (Tallies, Notices);
}

/// What was read, and is to be put in order together.
#[derive(Default)]
pub(crate) struct Window {
    bytes: usize,
    first: Vec<Item>,
    made: Vec<Made>,
}

impl Window {
    /// Reads the next element of a list. False at its end.
    pub(crate) fn read(
        &mut self,
        entry: &str,
        elements: &mut ElementReader<impl Read>,
        convert: impl FnOnce(&str, &mut Vec<Made>) -> Result<(), Unusable>,
    ) -> bool {
        match elements.next_element() {
            Some(Ok(element)) => {
                self.bytes += OVERHEAD + element.text.len();
                if let Err(unusable) = convert(element.text, &mut self.made) {
                    self.first.push(failed_element(entry, DataType::Message, element, unusable));
                }
            }
            Some(Err(wrong)) => {
                self.bytes +=
                    OVERHEAD + if let ElementFailure::Malformed { text, .. } = &wrong { text.len() } else { 0 };
                self.first.push(failure(entry, DataType::Message, wrong));
            }
            None => return false,
        }
        true
    }

    /// Adds a small item that comes out ahead of the window's messages.
    pub(crate) fn put_first(&mut self, item: Item) {
        self.bytes += OVERHEAD;
        self.first.push(item);
    }

    /// Ends the window, though there would be room in it.
    pub(crate) fn close(&mut self) {
        self.bytes = WINDOW;
    }
}

/// The items of a part.
pub(crate) struct Windows<E> {
    elements: E,
    ended: bool,
    window: Window,
    clock: Clock,
    /// Direct rooms that came out already. One that was not seen for long comes out again.
    rooms: Recent,
    /// Items that come next.
    ready: VecDeque<Item>,
}

impl<E: Elements> Windows<E> {
    pub(crate) fn new(elements: E) -> Self {
        Self {
            elements,
            ended: false,
            window: Window::default(),
            clock: Clock::default(),
            rooms: Recent::default(),
            ready: VecDeque::new(),
        }
    }

    /// Reads the next window.
    fn read_on(&mut self) {
        self.window.bytes = 0;
        while !self.ended && self.window.bytes < WINDOW {
            self.ended = !self.elements.read(&mut self.window);
        }
        self.ready.extend(self.window.first.drain(..));
        self.put_in_order();
        if self.ended {
            let (tallies, notices) = self.elements.finish();
            self.ready.extend(tallies.finish().map(Item::Tally));
            self.ready.extend(notices.as_slice().iter().cloned().map(Item::Notice));
        }
    }

    fn put_in_order(&mut self) {
        let made = &mut self.window.made;
        if !made.is_sorted_by_key(|made| made.micros) {
            made.sort_by_key(|made| made.micros);
        }
        let mut people = Vec::new();
        for Made { mut message, pair, again, .. } in made.drain(..) {
            self.elements.people(&message, &mut people);
            self.ready.extend(people.drain(..).map(|user| Item::Record(Record::User(user))));
            if again {
                self.ready.push_back(Item::Record(Record::Message(message)));
                continue;
            }
            let room = self.clock.set(&mut message);
            if let Some(pair) = pair.filter(|_| self.rooms.seen_before(room) == 0) {
                self.ready.push_back(Item::Record(Record::Channel(pair.room(&message.rid))));
            }
            self.ready.push_back(Item::Record(Record::Message(message)));
        }
    }
}

impl<E: Elements> Iterator for Windows<E> {
    type Item = Item;

    fn next(&mut self) -> Option<Item> {
        while self.ready.is_empty() && !self.ended {
            self.read_on();
        }
        self.ready.pop_front()
    }
}
