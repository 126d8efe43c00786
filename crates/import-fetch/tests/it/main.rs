//! Downloads from a real server on the loopback interface.
#![allow(clippy::unwrap_used, reason = "a helper fails its test as the test itself would")]

mod refusals;
mod resumption;
mod server;
mod transfers;

use std::path::PathBuf;
use std::time::Duration;

use import_fetch::{FetchError, FetchPolicy, Fetched, Fetcher, Progress};

/// A policy for a server on 127.0.0.1 that never waits between attempts.
fn policy() -> FetchPolicy {
    FetchPolicy { allow: vec!["127.0.0.0/8".parse().unwrap()], backoff: Duration::ZERO, ..FetchPolicy::default() }
}

/// A download and what came of it.
struct Download {
    result: Result<Fetched, FetchError>,
    progress: Vec<Progress>,
    path: PathBuf,
    _directory: tempfile::TempDir,
}

impl Download {
    async fn of(url: &str, policy: FetchPolicy) -> Self {
        let directory = tempfile::tempdir().unwrap();
        let path = directory.path().join("file");
        let mut progress = Vec::new();
        let result = Fetcher::new(policy).unwrap().fetch(url, &path, |now| progress.push(now)).await;
        Self { result, progress, path, _directory: directory }
    }

    /// The file that was downloaded.
    fn text(&self) -> String {
        if let Err(error) = &self.result {
            panic!("the download failed: {error}");
        }
        std::fs::read_to_string(&self.path).unwrap()
    }

    /// The error, which left no file.
    fn error(&self) -> &FetchError {
        assert!(!self.path.exists(), "a failed download left its file");
        self.result.as_ref().unwrap_err()
    }
}
