//! How much large request bodies may take of the memory together.

use std::sync::Arc;

use tokio::sync::{OwnedSemaphorePermit, Semaphore};

/// What large bodies may have together. Parsed and staged, users take some sixteen times the room of their text.
const TOTAL: u64 = 12_000_000;

/// A body up to this size is not counted.
pub(crate) const UNCOUNTED: u64 = 1_000_000;

/// One permit stands for this much.
const GRAIN: u64 = 1_000;

/// The memory that large bodies share. Who finds it taken waits; first come, first served.
pub(crate) struct Memory {
    grains: Arc<Semaphore>,
}

/// A share of it, given back when it is dropped.
pub(crate) struct Share {
    _grains: Option<OwnedSemaphorePermit>,
}

impl Default for Memory {
    fn default() -> Self {
        Self { grains: Arc::new(Semaphore::new(grains_of(TOTAL) as usize)) }
    }
}

impl Memory {
    /// Waits until there is room for a body of `bytes`. One larger than everything there is waits until it is alone.
    pub(crate) async fn share(&self, bytes: u64) -> Share {
        let grains = if bytes <= UNCOUNTED {
            None
        } else {
            // It fails where the semaphore is closed, which nobody does.
            Arc::clone(&self.grains).acquire_many_owned(grains_of(bytes.min(TOTAL))).await.ok()
        };
        Share { _grains: grains }
    }
}

fn grains_of(bytes: u64) -> u32 {
    u32::try_from(bytes.div_ceil(GRAIN)).unwrap_or(u32::MAX)
}

#[cfg(test)]
mod tests {
    use std::{
        pin::pin,
        task::{Context, Poll, Waker},
    };

    use super::*;

    fn poll<F: Future>(future: std::pin::Pin<&mut F>) -> Poll<F::Output> {
        future.poll(&mut Context::from_waker(Waker::noop()))
    }

    #[test]
    fn a_body_waits_until_there_is_room_for_it_and_small_ones_never_do() {
        let memory = Memory::default();
        let Poll::Ready(first) = poll(pin!(memory.share(10_000_000))) else { panic!("there was room") };
        let mut second = pin!(memory.share(5_000_000));
        assert!(poll(second.as_mut()).is_pending());
        assert!(poll(pin!(memory.share(1_000_000))).is_ready());
        drop(first);
        assert!(poll(second).is_ready());
    }

    #[test]
    fn a_body_larger_than_everything_waits_until_it_is_alone() {
        let memory = Memory::default();
        let Poll::Ready(_large) = poll(pin!(memory.share(1_000_000_000))) else { panic!("there was room") };
        assert!(poll(pin!(memory.share(1_000_001))).is_pending());
    }
}
