//! Reads an export file on threads of their own and hands its items over in batches, in the order of the file.
//!
//! Each thread takes the next part that nobody has taken. A part has a channel of its own, and the channels stand in a
//! queue in the order of the parts: so several parts are read at once, and come out one after the other.

use std::{
    sync::{Arc, Mutex, PoisonError},
    thread,
};

use import_proto::Record;
use import_sources::{Item, Items, Source};
use import_store::operation::Position;
use tokio::{sync::mpsc, task::JoinHandle};
use tokio_util::sync::{CancellationToken, DropGuard};

use crate::{
    error::{EngineError, Halt},
    size::size_of_item,
};

/// Items of one part, in their order. The last chunk of a part says so, and may be empty.
pub(crate) struct Chunk {
    /// The part.
    pub(crate) part: usize,
    /// The items, each with its number in the part and about how many bytes it takes.
    pub(crate) items: Vec<(u64, Item, usize)>,
    /// How many messages stood among them that were only counted.
    pub(crate) counted: u64,
    /// The number of the item behind the last one.
    pub(crate) next: u64,
    /// Whether the part ends with it.
    pub(crate) ends_part: bool,
}

/// What becomes of messages.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Messages {
    /// They are handed over like every other item.
    Whole,
    /// They are only counted.
    Counted,
}

/// How many threads read at most.
pub(crate) const MOST_READERS: usize = 4;
/// How many items a chunk holds at most, so that a stop is noticed soon.
const CHUNK: usize = 500;
/// How many messages a chunk counts at most, for the same reason.
const CHUNK_COUNTED: u64 = 20_000;
/// A chunk is closed once its items have so many bytes (estimated): one item may be as large as a row may be.
const CHUNK_BYTES: usize = 1 << 20;
/// How many chunks of a part wait to be taken.
const AHEAD: usize = 2;

/// The chunks that are read.
pub(crate) struct Chunks {
    /// The channel of the part whose turn it is.
    part: Option<mpsc::Receiver<Chunk>>,
    parts: mpsc::Receiver<mpsc::Receiver<Chunk>>,
    threads: Vec<JoinHandle<()>>,
    /// Ends the threads, also where nobody takes what they have read any more.
    ending: Option<DropGuard>,
}

impl Chunks {
    /// The next chunk; none after the last, or where the reading was stopped.
    ///
    /// # Errors
    /// Where a thread panicked: what it did not read must not be taken for the end of the file.
    pub(crate) async fn next(&mut self) -> Result<Option<Chunk>, EngineError> {
        if self.part.is_none() {
            self.part = self.parts.recv().await;
        }
        if let Some(part) = &mut self.part
            && let Some(chunk) = part.recv().await
        {
            if chunk.ends_part {
                self.part = None;
            }
            return Ok(Some(chunk));
        }
        // There is no part left, or the thread that read this one ended before the part did: then nothing that other
        // threads have read may be taken for what follows.
        self.part = None;
        self.ending = None;
        self.parts.close();
        // Whoever waits for room in a channel notices that nobody takes anything out of it any more.
        while self.parts.recv().await.is_some() {}
        for thread in self.threads.drain(..) {
            thread
                .await
                .map_err(|panic| EngineError::Internal(format!("the export file could not be read on: {panic}")))?;
        }
        Ok(None)
    }

    /// The next chunk, unless `stop` comes first. Where the file cannot be read on, the operation fails: reading it again
    /// would not help.
    pub(crate) async fn next_until(&mut self, stop: &CancellationToken) -> Result<Option<Chunk>, Halt> {
        tokio::select! {
            biased;
            () = stop.cancelled() => Err(Halt::Stopped),
            chunk = self.next() => chunk.map_err(|error| Halt::Failed(error.to_string())),
        }
    }
}

/// What the threads share.
struct Shared {
    source: Arc<dyn Source>,
    /// Where to begin within the part that the position names.
    from: Position,
    messages: Messages,
    stop: CancellationToken,
    /// The parts that nobody has taken, and the queue that they are put into as they are taken.
    waiting: Mutex<(std::vec::IntoIter<usize>, mpsc::Sender<mpsc::Receiver<Chunk>>)>,
}

/// Reads `parts`, in their order, from a position on, on at most so many threads. Ends when the chunks are dropped or the
/// token cancelled.
pub(crate) fn read(
    source: Arc<dyn Source>,
    mut parts: Vec<usize>,
    from: Position,
    messages: Messages,
    readers: usize,
    stop: &CancellationToken,
) -> Chunks {
    parts.retain(|part| *part as u64 >= from.part);
    let cores = thread::available_parallelism().map_or(1, usize::from);
    let readers = readers.min(cores).min(parts.len()).max(1);
    let (sender, receiver) = mpsc::channel(readers);
    let stop = stop.child_token();
    let ending = Some(stop.clone().drop_guard());
    let waiting = Mutex::new((parts.into_iter(), sender));
    let shared = Arc::new(Shared { source, from, messages, stop, waiting });
    let threads = (0..readers)
        .map(|_| {
            let shared = Arc::clone(&shared);
            tokio::task::spawn_blocking(move || while shared.read_next() {})
        })
        .collect();
    Chunks { part: None, parts: receiver, threads, ending }
}

impl Shared {
    /// Takes the next part and reads it; false where there is none, or nobody wants it.
    fn read_next(&self) -> bool {
        let (part, chunks) = {
            // Held while it waits for room in the queue: whoever takes the part behind this one has to stand behind it.
            let mut waiting = self.waiting.lock().unwrap_or_else(PoisonError::into_inner);
            let (parts, queue) = &mut *waiting;
            let Some(part) = parts.next() else { return false };
            let (sender, receiver) = mpsc::channel(AHEAD);
            if queue.blocking_send(receiver).is_err() {
                return false;
            }
            (part, sender)
        };
        let mut number = if part as u64 == self.from.part { self.from.item } else { 0 };
        let mut items = self.source.read(part);
        // A seek within a deflated entry is a read.
        for _ in 0..number {
            if self.stop.is_cancelled() {
                return false;
            }
            if items.next().is_none() {
                break;
            }
        }
        while !self.stop.is_cancelled() {
            let chunk = self.take(part, number, &mut items);
            number = chunk.next;
            let ends_part = chunk.ends_part;
            if chunks.blocking_send(chunk).is_err() {
                return false;
            }
            if ends_part {
                return true;
            }
        }
        false
    }

    /// The next items of a part, as many as a chunk may hold.
    fn take(&self, part: usize, first: u64, items: &mut Items<'_>) -> Chunk {
        let mut chunk = Chunk { part, items: Vec::new(), counted: 0, next: first, ends_part: false };
        let mut bytes = 0;
        while chunk.items.len() < CHUNK && chunk.counted < CHUNK_COUNTED && bytes < CHUNK_BYTES {
            let Some(item) = items.next() else {
                chunk.ends_part = true;
                break;
            };
            let number = chunk.next;
            chunk.next += 1;
            match (&item, self.messages) {
                (Item::Record(Record::Message(_)), Messages::Counted) => chunk.counted += 1,
                _ => {
                    let size = size_of_item(&item);
                    bytes += size;
                    chunk.items.push((number, item, size));
                }
            }
        }
        chunk
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
            let items = self.0.iter().map(|bytes| failed(String::new(), *bytes));
            Box::new(items.chain(std::iter::from_fn(|| if self.1 { panic!("on purpose") } else { None })))
        }
    }

    /// Parts of so many messages each, of which every tenth comes out with the number of its part.
    struct Parts(Vec<u64>);

    impl Source for Parts {
        fn part_count(&self) -> usize {
            self.0.len()
        }

        fn part(&self, _index: usize) -> Option<Part<'_>> {
            None
        }

        fn read(&self, index: usize) -> Items<'_> {
            let message = serde_json::json!({ "_id": "m", "rid": "r", "u": { "_id": "u" }, "msg": "", "ts": "2024-01-01T00:00:00.000Z" });
            let message: Record = Record::Message(serde_json::from_value(message).unwrap());
            Box::new((0..self.0[index]).map(move |number| match number % 10 {
                0 => failed(format!("{index}-{number}"), 1),
                _ => Item::Record(message.clone()),
            }))
        }
    }

    fn failed(key: String, bytes: usize) -> Item {
        let (data, error) = ("x".repeat(bytes).into(), RecordError::new("why"));
        Item::Failed(FailedRecord { data_type: DataType::Entry, data, error, key })
    }

    fn chunks(source: Sized) -> Chunks {
        read(Arc::new(source), vec![0], Position::default(), Messages::Whole, 1, &CancellationToken::new())
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
            let mut next = 0;
            while let Some(chunk) = chunks.next().await.unwrap() {
                assert_eq!(chunk.items.first().map_or(next, |(number, ..)| *number), next);
                seen.push(chunk.items.len());
                next = chunk.next;
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

    /// The keys of the failed records among what is read, and how many messages stand between them.
    async fn read_all(mut chunks: Chunks) -> (Vec<String>, u64) {
        let (mut keys, mut messages) = (Vec::new(), 0);
        while let Some(chunk) = chunks.next().await.unwrap() {
            messages += chunk.counted;
            for (number, item, _) in chunk.items {
                match item {
                    Item::Failed(failed) => {
                        assert_eq!(failed.key, format!("{}-{number}", chunk.part));
                        keys.push(failed.key);
                    }
                    _ => messages += 1,
                }
            }
        }
        (keys, messages)
    }

    #[tokio::test]
    async fn parts_come_out_in_their_order_however_many_threads_read_them() {
        let sizes = || (0..60).map(|part| if part == 7 { 2_345 } else { part * 131 % 97 }).collect::<Vec<u64>>();
        let expected: Vec<String> = (0..60)
            .zip(sizes())
            .flat_map(|(part, size)| (0..size).step_by(10).map(move |number| format!("{part}-{number}")))
            .skip_while(|key| key != "7-1010")
            .collect();
        let messages = 2_345 - 1_001 + sizes()[8..].iter().sum::<u64>() - expected.len() as u64;
        for (how, readers) in [(Messages::Counted, 1), (Messages::Counted, 4), (Messages::Whole, 4)] {
            let from = Position { part: 7, item: 1_001 };
            let source = Arc::new(Parts(sizes()));
            let chunks = read(source, (0..60).collect(), from, how, readers, &CancellationToken::new());
            assert_eq!(read_all(chunks).await, (expected.clone(), messages));
        }
    }

    #[tokio::test]
    async fn nothing_is_read_once_it_is_stopped() {
        let source = Arc::new(Parts(vec![1_000_000; 8]));
        let stop = CancellationToken::new();
        let mut chunks = read(source, (0..8).collect(), Position::default(), Messages::Whole, 4, &stop);
        assert!(chunks.next().await.unwrap().is_some());
        stop.cancel();
        assert!(matches!(chunks.next_until(&stop).await, Err(Halt::Stopped)));
        while let Some(chunk) = chunks.next().await.unwrap() {
            assert!(!chunk.ends_part);
        }
        assert!(chunks.threads.is_empty());
    }

    /// Stops the reading when its first item is taken, which is one to be passed over.
    struct StopsAtOnce(CancellationToken);

    impl Source for StopsAtOnce {
        fn part_count(&self) -> usize {
            1
        }

        fn part(&self, _index: usize) -> Option<Part<'_>> {
            None
        }

        fn read(&self, _index: usize) -> Items<'_> {
            Box::new(std::iter::from_fn(|| {
                self.0.cancel();
                Some(failed("not to be seen".into(), 1))
            }))
        }
    }

    #[tokio::test]
    async fn a_stop_while_items_are_passed_over_hands_none_of_them_over() {
        let stop = CancellationToken::new();
        let from = Position { part: 0, item: 1_000 };
        let source = Arc::new(StopsAtOnce(stop.clone()));
        let mut chunks = read(source, vec![0], from, Messages::Whole, 1, &stop);
        assert!(chunks.next().await.unwrap().is_none());
    }

    /// Many parts of one item, of which reading the one with this number panics.
    struct Panics(usize);

    impl Source for Panics {
        fn part_count(&self) -> usize {
            200
        }

        fn part(&self, _index: usize) -> Option<Part<'_>> {
            None
        }

        fn read(&self, index: usize) -> Items<'_> {
            assert_ne!(index, self.0, "on purpose");
            Box::new(std::iter::repeat_with(|| failed(String::new(), 1)).take(1_700))
        }
    }

    #[tokio::test]
    async fn a_panic_in_one_of_several_readers_ends_them_all() {
        for part in [0, 1, 50, 199] {
            let source = Arc::new(Panics(part));
            let parts = (0..200).collect();
            let mut chunks = read(source, parts, Position::default(), Messages::Whole, 4, &CancellationToken::new());
            let mut ended = 0;
            let error = loop {
                match chunks.next().await {
                    Ok(Some(chunk)) => ended += usize::from(chunk.ends_part),
                    Ok(None) => panic!("it was taken for the end"),
                    Err(error) => break error,
                }
            };
            assert!(error.to_string().contains("could not be read on"), "{error}");
            assert_eq!(ended, part);
        }
    }

    #[tokio::test]
    async fn readers_end_when_nobody_wants_what_they_read() {
        let source = Arc::new(Parts(vec![1_000_000; 8]));
        let parts = (0..8).collect();
        let shared: Arc<dyn Source> = source.clone();
        let mut chunks = read(shared, parts, Position::default(), Messages::Whole, 4, &CancellationToken::new());
        assert!(chunks.next().await.unwrap().is_some());
        let threads = std::mem::take(&mut chunks.threads);
        drop(chunks);
        for thread in threads {
            thread.await.unwrap();
        }
        assert_eq!(Arc::strong_count(&source), 1);
    }
}
