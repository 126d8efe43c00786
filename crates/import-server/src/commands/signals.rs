//! The signals that ask a command to stop: SIGINT (Ctrl-C) and SIGTERM.

use std::process;

use anyhow::Context as _;
use tokio::signal::unix::{Signal, SignalKind, signal};

/// Listens for signals from when it is made; until then they end the process.
pub(crate) struct Signals {
    interrupt: Signal,
    terminate: Signal,
}

impl Signals {
    pub(crate) fn listen() -> anyhow::Result<Self> {
        let listen = |kind| signal(kind).context("cannot listen for signals");
        Ok(Self { interrupt: listen(SignalKind::interrupt())?, terminate: listen(SignalKind::terminate())? })
    }

    /// Waits for the next one.
    pub(crate) async fn next(&mut self) {
        tokio::select! {
            _ = self.interrupt.recv() => {}
            _ = self.terminate.recv() => {}
        }
    }

    /// From now on a signal ends the process at once. What was committed is safe.
    pub(crate) fn exit_at_the_next(mut self) {
        tokio::spawn(async move {
            self.next().await;
            process::exit(1);
        });
    }
}
