//! The day files of one room, one after the other.

use std::io::Read;
use std::ops::Range;

use import_proto::{ImportMessage, ImportUser, Notices};

use super::SlackSource;
use super::messages::Messages;
use super::strangers::Strangers;
use crate::items::failed_entry;
use crate::json::ElementReader;
use crate::rows::as_utf8;
use crate::tallies::Tallies;
use crate::windows::{Elements, Made, Window};

/// The messages of one room.
pub(super) struct Days<'a> {
    source: &'a SlackSource,
    /// The room's entries that were not begun, by their places in the order of names.
    places: Range<usize>,
    day: Option<Day<'a>>,
    messages: Messages<'a>,
    strangers: Strangers<'a>,
}

/// A day file that is being read.
struct Day<'a> {
    entry: &'a str,
    elements: ElementReader<Box<dyn Read + Send + 'a>>,
}

impl<'a> Days<'a> {
    pub(super) fn new(source: &'a SlackSource, rid: &'a str, places: Range<usize>) -> Self {
        let strangers = Strangers::new(source.listed_users());
        Self { source, places, day: None, messages: Messages::new(source, rid), strangers }
    }

    fn begin(&mut self, place: usize, window: &mut Window) {
        let Some((entry, contents)) = self.source.day(place) else { return };
        match contents.and_then(as_utf8) {
            Ok(contents) => {
                self.messages.folder = entry.rsplit_once('/').map_or("", |(folder, _)| folder);
                let limits = &self.source.limits;
                let elements = ElementReader::new(contents, limits.row_bytes, limits.json_depth);
                self.day = Some(Day { entry, elements });
            }
            Err(error) => window.put_first(failed_entry(entry, entry.to_owned(), error)),
        }
    }
}

impl Elements for Days<'_> {
    fn read(&mut self, window: &mut Window) -> bool {
        let Some(day) = &mut self.day else {
            let place = self.places.next();
            if let Some(place) = place {
                self.begin(place, window);
            }
            return place.is_some();
        };
        let convert = |text: &str, made: &mut Vec<Made>| {
            self.strangers.note_profile(text);
            self.messages.convert(text, made)
        };
        if !window.read(day.entry, &mut day.elements, convert) {
            self.day = None;
            window.close();
        }
        true
    }

    fn people(&mut self, message: &ImportMessage, ahead: &mut Vec<ImportUser>) {
        self.strangers.of_message(message, ahead);
    }

    fn finish(&mut self) -> (Tallies, Notices) {
        (std::mem::take(&mut self.messages.tallies), std::mem::take(&mut self.messages.notices))
    }
}
