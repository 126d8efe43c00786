//! The messages of a CSV file, each with a millisecond of its own.
//!
//! They come out as they stand in the file. Which of two is the later is told by their times, then by their lines: so they
//! are looked at in windows of some thousand, for a file need not be in order. Files are read each on its own, also those of
//! one room, by whatever threads: nothing says which of two files is the later, and a time depends on no other file.

use std::collections::VecDeque;

use import_proto::Record;

use crate::Item;
use crate::clock::Clock;
use crate::items::{Convert, RowItems};
use crate::windows::{OVERHEAD, WINDOW};

/// The items of one file.
pub(crate) struct Spread<'a, C> {
    rows: RowItems<'a, C>,
    clock: Clock,
    /// What is left of the window.
    ready: VecDeque<Item>,
}

impl<'a, C: Convert> Spread<'a, C> {
    pub(crate) fn new(rows: RowItems<'a, C>) -> Self {
        Self { rows, clock: Clock::default(), ready: VecDeque::new() }
    }

    /// Reads the next window, and gives its messages their milliseconds.
    fn read_on(&mut self) {
        let before = self.rows.bytes_read();
        while let Some(item) = self.rows.next() {
            self.ready.push_back(item);
            let bytes = self.rows.bytes_read() - before + (self.ready.len() * OVERHEAD) as u64;
            if bytes >= WINDOW as u64 {
                break;
            }
        }
        let messages = self.ready.iter_mut().filter_map(|item| match item {
            Item::Record(Record::Message(message)) => Some(message),
            _ => None,
        });
        let mut messages: Vec<_> = messages.collect();
        if !messages.is_sorted_by_key(|message| message.ts) {
            messages.sort_by_key(|message| message.ts);
        }
        for message in messages {
            self.clock.set(message);
        }
    }
}

impl<C: Convert> Iterator for Spread<'_, C> {
    type Item = Item;

    fn next(&mut self) -> Option<Item> {
        if self.ready.is_empty() {
            self.read_on();
        }
        self.ready.pop_front()
    }
}
