//! What every source offers: the parts of an export file, and the records in each.

use std::borrow::Cow;
use std::io::{self, Read};

use import_proto::{DataType, Notice, Record, RecordError};
use serde_json::Value;

/// An export file that was opened.
///
/// It holds a table of what is in the file, never the contents. Several threads may read different parts, or the same
/// part, at the same time.
pub trait Source: Send + Sync {
    /// How many parts the file has. At least one.
    fn part_count(&self) -> usize;

    /// The part with this index, from 0; `None` beyond the last.
    ///
    /// The order is that in which they are to be staged: what cannot be read at all, then users, channels, messages
    /// by room, direct messages, contacts.
    fn part(&self, index: usize) -> Option<Part<'_>>;

    /// The records of a part, in the order of the file or, where a source puts messages in order, of time; nothing beyond
    /// the last part.
    ///
    /// Every read yields the same items in the same order, so an item can be found again by its part and its number
    /// within it. Where the rest of a part cannot be read, the last item is a failed record of the kind
    /// [`DataType::Entry`]. Dropping the iterator ends the reading.
    fn read(&self, index: usize) -> Items<'_>;

    /// The contents of an entry that [`PendingFile::entry`](import_proto::PendingFile::entry) names, checked as they are
    /// read: a file that a message shares and that the export holds itself.
    ///
    /// # Errors
    /// Where the export has no such entry, or it cannot be read.
    fn open_file(&self, entry: &str) -> io::Result<Box<dyn Read + Send + '_>> {
        Err(io::Error::new(io::ErrorKind::NotFound, format!("the export holds no entry {entry}")))
    }
}

/// The items of one part.
pub type Items<'a> = Box<dyn Iterator<Item = Item> + Send + 'a>;

/// A piece of an export file that is read on its own.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Part<'a> {
    /// What it holds. A part of [`DataType::Entry`] stands for all entries that are not read: each comes out of it as a
    /// failed record, or as a notice.
    pub data_type: DataType,
    /// The name to show people: that of the entry, below the export's top folder. Empty for refused entries, and for rooms
    /// that no list has.
    pub entry: &'a str,
    /// Import id of the room whose messages these are. `None` for other parts, and for direct messages, which are
    /// selected together and of which one part may hold many rooms.
    pub room: Option<Cow<'a, str>>,
    /// Whether it holds direct messages. Unless a part of rooms names them, each of their rooms comes out as a channel
    /// record ahead of its first message in the part, and possibly again later on.
    pub direct: bool,
    /// Expanded size in bytes as the file declares it, to measure progress by.
    pub bytes: u64,
}

/// What a source yields.
#[derive(Debug, Clone, PartialEq)]
// A record is moved once and most are messages: a box for each would cost more than the moves.
#[allow(clippy::large_enum_variant)]
pub enum Item {
    /// A record.
    Record(Record),
    /// A record that could not be read, or an entry of which nothing or not all could be read.
    Failed(FailedRecord),
    /// How many messages of one subtype the part held: at its end, where the source tells subtypes apart.
    Tally(Tally),
    /// What an administrator should know of the part although no record failed.
    Notice(Notice),
}

/// What became of the messages of one subtype in one part.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Tally {
    /// The source's own word for such messages; empty for ordinary ones, `…` for all that are not told apart.
    pub subtype: String,
    /// Whether it is known what they mean. Others are kept as plain messages if there is something in them.
    pub known: bool,
    /// How many came out, be it as several messages.
    pub kept: u64,
    /// How many were left out: they say nothing that other messages do not say, or there is nothing in them.
    pub left_out: u64,
}

/// A record that could not be read.
#[derive(Debug, Clone, PartialEq)]
pub struct FailedRecord {
    /// What it was to be; [`DataType::Entry`] for the (rest of an) entry.
    pub data_type: DataType,
    /// What could be read of it: the record as far as it goes, else `{"columns": […]}`, `{"text": "…"}`
    /// (its first 64 KiB) or `{"entry": "…"}`.
    pub data: Value,
    /// Why, and where it stands: entry, line and column.
    pub error: RecordError,
    /// Names the record within the file, the same at every read and different for every failed record: `entry:line`, in
    /// JSON `entry[number]`, for entries `entry` or `entry#number`.
    pub key: String,
}
