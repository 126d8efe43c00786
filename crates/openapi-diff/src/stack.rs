//! Room for schemas that lead to each other in long chains.

use std::thread;

/// How much may be kept of what is under way. Memory that is not used is not taken.
const SIZE: usize = 1 << 30;

/// Does `work` where there is room for it to go deep.
pub(crate) fn with_room<T: Send>(work: impl FnOnce() -> T + Send) -> T {
    let slot = std::sync::Mutex::new(Some(work));
    let take = || slot.lock().ok().and_then(|mut work| work.take());
    let done = thread::scope(|scope| {
        let started = thread::Builder::new().stack_size(SIZE).spawn_scoped(scope, || take().map(|work| work()));
        started.ok().map(thread::ScopedJoinHandle::join)
    });
    match done {
        Some(Ok(Some(result))) => result,
        Some(Err(panic)) => std::panic::resume_unwind(panic),
        // No thread could be started: short chains fit here as well.
        Some(Ok(None)) | None => match take() {
            Some(work) => work(),
            None => unreachable!("the work is taken once"),
        },
    }
}
