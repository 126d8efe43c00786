//! Reads an export file on a thread of its own and hands its items over in batches.

use std::sync::Arc;

use import_sources::{Item, Source};
use import_store::operation::Position;
use tokio::sync::mpsc;
use tokio_util::sync::CancellationToken;

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
/// How many chunks wait to be taken.
const AHEAD: usize = 4;

/// Reads `parts`, in their order, from a position on. Ends when the receiver is dropped or the token cancelled.
pub(crate) fn read(
    source: Arc<dyn Source>,
    parts: Vec<usize>,
    from: Position,
    stop: CancellationToken,
) -> mpsc::Receiver<Chunk> {
    let (sender, receiver) = mpsc::channel(AHEAD);
    tokio::task::spawn_blocking(move || {
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
                let chunk: Vec<Item> = items.by_ref().take(CHUNK).collect();
                let (len, ends_part) = (chunk.len() as u64, chunk.len() < CHUNK);
                let sent = sender.blocking_send(Chunk { part, first, items: chunk, ends_part });
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
    receiver
}
