//! One history: its items.

use std::io::{self, Read};

use import_proto::{Notices, Record};

use super::HipchatSource;
use super::messages::{Messages, Owner};
use crate::items::failed_entry;
use crate::json::ElementReader;
use crate::rows::as_utf8;
use crate::tallies::Tallies;
use crate::windows::{Elements, Window, Windows};
use crate::{Item, Items};

/// The items of the history that an entry holds, from its contents.
pub(super) fn items<'a>(
    source: &'a HipchatSource,
    entry: &'a str,
    contents: io::Result<impl Read + Send + 'a>,
    owner: Owner<'a>,
) -> Items<'a> {
    match contents.and_then(as_utf8) {
        Ok(contents) => {
            let elements = ElementReader::new(contents, source.limits.row_bytes, source.limits.json_depth);
            Box::new(Windows::new(History { entry, elements, messages: Messages::new(source, owner) }))
        }
        Err(error) => Box::new(std::iter::once(failed_entry(entry, entry.to_owned(), error))),
    }
}

struct History<'a> {
    entry: &'a str,
    elements: ElementReader<Box<dyn Read + Send + 'a>>,
    messages: Messages<'a>,
}

impl Elements for History<'_> {
    fn read(&mut self, window: &mut Window) -> bool {
        let read = window.read(self.entry, &mut self.elements, |text, made| self.messages.convert(text, made));
        for stranger in self.messages.strangers.drain(..) {
            window.put_first(Item::Record(Record::User(stranger)));
        }
        read
    }

    fn finish(&mut self) -> (Tallies, Notices) {
        (std::mem::take(&mut self.messages.tallies), Notices::default())
    }
}
