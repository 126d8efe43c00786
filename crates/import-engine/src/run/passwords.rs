//! Hashes given passwords on every core, for about as long as a batch may take.

use std::{
    num::NonZero,
    thread,
    time::{Duration, Instant},
};

use import_proto::PasswordDigest;
use import_store::credentials::hash_password;
use tokio_util::sync::CancellationToken;

use crate::error::{EngineError, Halt};

/// How long hashing for one batch goes on.
const TIME: Duration = Duration::from_millis(500);

/// Hashes digests in their order until all are done or the time is over; answers the hashes of as many as were done, at
/// least one. A stop ends it after the hashes in progress (tens of milliseconds).
pub(super) async fn hash(digests: Vec<PasswordDigest>, stop: &CancellationToken) -> Result<Vec<String>, Halt> {
    let begun = Instant::now();
    let cores = thread::available_parallelism().map_or(1, NonZero::get);
    let mut hashes = Vec::with_capacity(digests.len());
    for wave in digests.chunks(cores) {
        if stop.is_cancelled() {
            return Err(Halt::Stopped);
        }
        let tasks: Vec<_> =
            wave.iter().cloned().map(|digest| tokio::task::spawn_blocking(move || hash_password(&digest))).collect();
        for task in tasks {
            let hash = task.await.map_err(|panic| EngineError::Internal(panic.to_string()))?;
            hashes.push(hash.map_err(|error| EngineError::Internal(error.to_string()))?);
        }
        if begun.elapsed() >= TIME {
            break;
        }
    }
    Ok(hashes)
}
