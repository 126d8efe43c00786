//! The one thread that writes. It owns the only writing connection of the process and does one piece of work after another,
//! each in a transaction of its own.

use std::{
    fs::File,
    io,
    panic::{AssertUnwindSafe, catch_unwind},
    sync::mpsc,
    thread,
};

use rusqlite::{Connection, Transaction, TransactionBehavior};
use tokio::sync::oneshot;

use super::failure::Failure;

type Job = Box<dyn FnOnce(&mut Connection) + Send>;

#[derive(Debug)]
pub(super) struct Writer {
    jobs: Option<mpsc::Sender<Job>>,
    thread: Option<thread::JoinHandle<()>>,
}

impl Writer {
    /// Starts the thread. It holds `lock` for as long as it may still write.
    pub(super) fn start(mut connection: Connection, lock: Option<File>) -> io::Result<Self> {
        let (jobs, queue) = mpsc::channel::<Job>();
        let thread = thread::Builder::new().name("store-writer".into()).spawn(move || {
            for job in queue {
                job(&mut connection);
            }
            drop(connection);
            drop(lock);
        })?;
        Ok(Self { jobs: Some(jobs), thread: Some(thread) })
    }

    /// Does `job` in a transaction, which is undone where it fails. Once asked, it is done even if nobody waits for it.
    pub(super) async fn run<T: Send + 'static>(
        &self,
        job: impl FnOnce(&Transaction<'_>) -> Result<T, Failure> + Send + 'static,
    ) -> Result<T, Failure> {
        let (answer, answered) = oneshot::channel();
        let job: Job = Box::new(move |connection| {
            // A panic undoes this transaction alone: the thread has the next one to carry out.
            let done = catch_unwind(AssertUnwindSafe(|| in_transaction(connection, job)));
            // Nobody may be waiting any more.
            let _ = answer.send(done.unwrap_or_else(|_| Err(Failure::Panicked)));
        });
        let jobs = self.jobs.as_ref().ok_or(Failure::Closed)?;
        jobs.send(job).map_err(|_| Failure::Closed)?;
        answered.await.map_err(|_| Failure::Closed)?
    }
}

fn in_transaction<T>(
    connection: &mut Connection,
    job: impl FnOnce(&Transaction<'_>) -> Result<T, Failure>,
) -> Result<T, Failure> {
    // Taking the lock at once: a transaction that begins by reading cannot wait for another writer later.
    let transaction = connection.transaction_with_behavior(TransactionBehavior::Immediate)?;
    let value = job(&transaction)?;
    transaction.commit()?;
    Ok(value)
}

impl Drop for Writer {
    /// Waits for what was asked before, so that whoever opens the directory next finds it free.
    fn drop(&mut self) {
        self.jobs = None;
        if let Some(thread) = self.thread.take() {
            // Nothing that it runs panics past a job.
            let _ = thread.join();
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[tokio::test]
    async fn a_panic_undoes_its_own_work_and_leaves_the_writer_to_others() {
        let writer = Writer::start(Connection::open_in_memory().unwrap(), None).unwrap();
        writer.run(|database| Ok(database.execute_batch("CREATE TABLE t (x)")?)).await.unwrap();
        let panicked = writer
            .run(|database| {
                database.execute_batch("INSERT INTO t VALUES (1)")?;
                if database.is_autocommit() { Ok(()) } else { panic!("on purpose") }
            })
            .await;
        assert!(matches!(panicked, Err(Failure::Panicked)));
        let rows: i64 = writer
            .run(|database| Ok(database.query_row("SELECT count(*) FROM t", [], |row| row.get(0))?))
            .await
            .unwrap();
        assert_eq!(rows, 0);
    }
}
