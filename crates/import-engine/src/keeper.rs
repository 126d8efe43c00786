//! Keeps a claim while something is worked on.

use std::{
    sync::Arc,
    time::{Duration, Instant},
};

use import_store::Store;
use tokio::time::MissedTickBehavior;
use tokio_util::sync::{CancellationToken, DropGuard};

/// How often a claim is renewed at least: an end by an administrator, noticed so, has to stop the work within a second.
const OFTEN: Duration = Duration::from_millis(300);
/// How many times within the time of a lease it is renewed.
const TIMES: u32 = 5;

/// Keeps the claim on an operation, or on a share of one, until it is dropped.
pub(crate) struct Keeper {
    _ending: DropGuard,
}

impl Keeper {
    /// Begins to keep a claim; `stop` is cancelled once it is lost.
    pub(crate) fn start<S: Store>(
        store: &Arc<S>,
        operation: &str,
        share: Option<u32>,
        stop: &CancellationToken,
    ) -> Self {
        let ending = CancellationToken::new();
        if store.is_shared() {
            let keep = keep(Arc::clone(store), operation.to_owned(), share, stop.clone(), ending.clone());
            tokio::spawn(keep);
        }
        Self { _ending: ending.drop_guard() }
    }
}

async fn keep<S: Store>(
    store: Arc<S>,
    operation: String,
    share: Option<u32>,
    stop: CancellationToken,
    ending: CancellationToken,
) {
    let mut pace = tokio::time::interval(OFTEN.min(store.lease() / TIMES));
    pace.set_missed_tick_behavior(MissedTickBehavior::Delay);
    let mut kept_at = Instant::now();
    loop {
        tokio::select! {
            _ = pace.tick() => {}
            () = ending.cancelled() => return,
        }
        let asked_at = Instant::now();
        let answer = tokio::select! {
            answer = store.keep(&operation, share) => Some(answer),
            // Whoever gets no answer for so long has lost it to somebody who does.
            () = tokio::time::sleep(store.lease().saturating_sub(kept_at.elapsed())) => None,
            () = ending.cancelled() => return,
        };
        match answer {
            Some(Ok(true)) => kept_at = asked_at,
            Some(Ok(false)) => {
                if !ending.is_cancelled() {
                    tracing::info!(
                        operation,
                        share,
                        "the work on the operation was ended, or taken over by another server"
                    );
                    stop.cancel();
                }
                return;
            }
            Some(Err(error)) if kept_at.elapsed() < store.lease() => {
                tracing::warn!(%error, operation, share, "could not renew the claim on the operation; trying again");
            }
            Some(Err(_)) | None => {
                tracing::error!(operation, share, "the claim on the operation ran out: the database does not answer");
                stop.cancel();
                return;
            }
        }
    }
}
