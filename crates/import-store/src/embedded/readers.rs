//! Connections that read, beside the writer and beside each other.

use std::{
    path::PathBuf,
    sync::{Arc, Mutex, PoisonError},
};

use rusqlite::Connection;
use tokio::sync::Semaphore;

use super::{connection, failure::Failure};

/// How many may take their time at once.
const READERS: usize = 8;

#[derive(Debug)]
pub(super) struct Readers {
    database: PathBuf,
    free: Mutex<Vec<Connection>>,
    permits: Arc<Semaphore>,
}

impl Readers {
    pub(super) fn new(database: PathBuf) -> Arc<Self> {
        Arc::new(Self { database, free: Mutex::default(), permits: Arc::new(Semaphore::new(READERS)) })
    }

    /// Does `job` on one state of the database, the latest that was committed, on a thread that may wait for the disk.
    pub(super) async fn run<T: Send + 'static>(
        self: &Arc<Self>,
        job: impl FnOnce(&Connection) -> Result<T, Failure> + Send + 'static,
    ) -> Result<T, Failure> {
        let permit = Arc::clone(&self.permits).acquire_owned().await.map_err(|_| Failure::Closed)?;
        let readers = Arc::clone(self);
        let read = tokio::task::spawn_blocking(move || {
            let _permit = permit;
            readers.run_here(job)
        });
        match read.await {
            Ok(value) => value,
            Err(error) if error.is_panic() => std::panic::resume_unwind(error.into_panic()),
            Err(_) => Err(Failure::Closed),
        }
    }

    /// Does a `job` of a few pages on this very thread: some ten microseconds, whereas with all cores at work another
    /// thread may take milliseconds to get its turn.
    pub(super) fn run_here<T>(&self, job: impl FnOnce(&Connection) -> Result<T, Failure>) -> Result<T, Failure> {
        let mut connection = self.take()?;
        let value = connection.transaction().map_err(Failure::from).and_then(|snapshot| job(&snapshot));
        self.free().push(connection);
        value
    }

    fn take(&self) -> Result<Connection, Failure> {
        if let Some(connection) = self.free().pop() {
            return Ok(connection);
        }
        Ok(connection::open_reader(&self.database)?)
    }

    fn free(&self) -> std::sync::MutexGuard<'_, Vec<Connection>> {
        self.free.lock().unwrap_or_else(PoisonError::into_inner)
    }
}
