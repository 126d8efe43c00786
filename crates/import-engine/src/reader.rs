//! Reads an export file on a thread of its own and hands its items over in batches.

use std::sync::Arc;

use import_proto::Record;
use import_sources::{Item, Items, Source};
use import_store::operation::Position;
use serde_json::Value;
use tokio::{sync::mpsc, task::JoinHandle};
use tokio_util::sync::CancellationToken;

use crate::error::{EngineError, Halt};

/// Items of one part, in their order. The last chunk of a part says so, and may be empty.
pub(crate) struct Chunk {
    /// The part.
    pub(crate) part: usize,
    /// The number of the first item in the part.
    pub(crate) first: u64,
    /// The items.
    pub(crate) items: Vec<Item>,
    /// Whether the part ends with it.
    pub(crate) ends_part: bool,
}

/// How many items a chunk holds at most, so that a stop is noticed soon.
const CHUNK: usize = 500;
/// A chunk is closed once its items have so many bytes (estimated): one item may be as large as a row may be.
const CHUNK_BYTES: usize = 1 << 20;
/// How many chunks wait to be taken.
const AHEAD: usize = 4;

/// The chunks that a thread reads.
pub(crate) struct Chunks {
    receiver: mpsc::Receiver<Chunk>,
    thread: JoinHandle<()>,
}

impl Chunks {
    /// The next chunk; none after the last, or where the reading was stopped.
    ///
    /// # Errors
    /// Where the thread panicked: what it did not read must not be taken for the end of the file.
    pub(crate) async fn next(&mut self) -> Result<Option<Chunk>, EngineError> {
        if let Some(chunk) = self.receiver.recv().await {
            return Ok(Some(chunk));
        }
        match (&mut self.thread).await {
            Ok(()) => Ok(None),
            Err(panic) => Err(EngineError::Internal(format!("the export file could not be read on: {panic}"))),
        }
    }

    /// The next chunk, unless `stop` comes first. Where the file cannot be read on, the operation fails: reading it again
    /// would not help.
    pub(crate) async fn next_until(&mut self, stop: &CancellationToken) -> Result<Option<Chunk>, Halt> {
        tokio::select! {
            chunk = self.next() => chunk.map_err(|error| Halt::Failed(error.to_string())),
            () = stop.cancelled() => Err(Halt::Stopped),
        }
    }
}

/// Reads `parts`, in their order, from a position on. Ends when the chunks are dropped or the token cancelled.
pub(crate) fn read(source: Arc<dyn Source>, parts: Vec<usize>, from: Position, stop: CancellationToken) -> Chunks {
    let (sender, receiver) = mpsc::channel(AHEAD);
    let thread = tokio::task::spawn_blocking(move || {
        for part in parts.into_iter().filter(|part| *part as u64 >= from.part) {
            let mut first = if part as u64 == from.part { from.item } else { 0 };
            let mut items = source.read(part);
            // A seek within a deflated entry is a read.
            for _ in 0..first {
                if stop.is_cancelled() || items.next().is_none() {
                    break;
                }
            }
            loop {
                let (items, ends_part) = take(&mut items);
                let len = items.len() as u64;
                let sent = sender.blocking_send(Chunk { part, first, items, ends_part });
                if sent.is_err() || stop.is_cancelled() {
                    return;
                }
                if ends_part {
                    break;
                }
                first += len;
            }
        }
    });
    Chunks { receiver, thread }
}

/// The next items of a part, as many as a chunk may hold, and whether the part ends with them.
fn take(items: &mut Items<'_>) -> (Vec<Item>, bool) {
    let (mut taken, mut bytes) = (Vec::with_capacity(CHUNK), 0);
    while taken.len() < CHUNK && bytes < CHUNK_BYTES {
        let Some(item) = items.next() else { return (taken, true) };
        bytes += size(&item);
        taken.push(item);
    }
    (taken, false)
}

/// About how many bytes an item holds beside itself: what of it can be large.
fn size(item: &Item) -> usize {
    fn texts(list: &[String]) -> usize {
        list.iter().map(|text| text.len() + size_of::<String>()).sum()
    }
    fn text(text: &Option<String>) -> usize {
        text.as_ref().map_or(0, String::len)
    }
    let Item::Record(record) = item else {
        return if let Item::Failed(failed) = item { size_of_value(&failed.data) } else { 0 };
    };
    match record {
        Record::Message(message) => message.msg.len() + message.attachments.iter().map(size_of_value).sum::<usize>(),
        Record::Channel(room) => texts(&room.users) + text(&room.topic) + text(&room.description),
        Record::User(user) => {
            texts(&user.import_ids) + texts(&user.emails) + text(&user.username) + text(&user.name) + text(&user.bio)
        }
        Record::Contact(contact) => {
            let fields = contact.custom_fields.values().map(size_of_value).sum::<usize>();
            texts(&contact.emails) + texts(&contact.phones) + text(&contact.name) + fields
        }
    }
}

/// About how many bytes a JSON value holds.
pub(crate) fn size_of_value(value: &Value) -> usize {
    match value {
        Value::String(text) => text.len(),
        Value::Array(list) => list.iter().map(size_of_value).sum(),
        Value::Object(map) => map.iter().map(|(key, value)| key.len() + size_of_value(value)).sum(),
        _ => 8,
    }
}

#[cfg(test)]
mod tests {
    use import_proto::{DataType, RecordError};
    use import_sources::{FailedRecord, Part};

    use super::*;

    /// One part of items that hold so many bytes each, and a panic behind them where they are followed by none.
    struct Sized(Vec<usize>, bool);

    impl Source for Sized {
        fn part_count(&self) -> usize {
            1
        }

        fn part(&self, _index: usize) -> Option<Part<'_>> {
            None
        }

        fn read(&self, _index: usize) -> Items<'_> {
            let items = self.0.iter().map(|bytes| {
                Item::Failed(FailedRecord {
                    data_type: DataType::Entry,
                    data: "x".repeat(*bytes).into(),
                    error: RecordError::new("why"),
                    key: String::new(),
                })
            });
            Box::new(items.chain(std::iter::from_fn(|| if self.1 { panic!("on purpose") } else { None })))
        }
    }

    fn chunks(source: Sized) -> Chunks {
        read(Arc::new(source), vec![0], Position::default(), CancellationToken::new())
    }

    #[tokio::test]
    async fn a_chunk_is_closed_by_its_items_or_by_their_bytes() {
        for (sizes, lengths) in [
            (vec![1; 1_200], vec![500, 500, 200]),
            (vec![700_000; 5], vec![2, 2, 1]),
            (vec![8_000_000, 1, 8_000_000], vec![1, 2, 0]),
        ] {
            let mut chunks = chunks(Sized(sizes, false));
            let mut seen = Vec::new();
            while let Some(chunk) = chunks.next().await.unwrap() {
                assert_eq!(chunk.first, seen.iter().sum::<usize>() as u64);
                seen.push(chunk.items.len());
            }
            assert_eq!(seen, lengths);
        }
    }

    #[tokio::test]
    async fn a_reader_that_panics_has_not_reached_the_end() {
        let mut chunks = chunks(Sized(vec![700_000; 3], true));
        assert_eq!(chunks.next().await.unwrap().map(|chunk| chunk.items.len()), Some(2));
        assert!(chunks.next().await.is_err());
    }
}
