//! The engine and its worker: one operation at a time, from wherever it stands to its end.

use std::{
    path::PathBuf,
    pin::pin,
    sync::{Arc, Mutex, PoisonError},
    time::{Duration, Instant},
};

use import_fetch::{FetchPolicy, Fetcher};
use import_proto::{DataType, Importer, IsoTime, ProgressStep, RecordError, Timestamp};
use import_sources::{Limits, Source, SourceError};
use import_store::{
    Batch, Claim, Committed, Store, StoreError,
    operation::{Failure, Position, StoredFile, StoredOperation},
    staging::{RecordStatus, StagedKey, StagedRecord},
};
use tokio::{
    sync::{Notify, watch},
    task::JoinHandle,
};
use tokio_util::sync::CancellationToken;

use crate::{
    error::{EngineError, Halt},
    file,
    keeper::Keeper,
    parts,
    prepare::seq_of,
    pulse::Pulse,
};

/// How often an operation is taken up after a crash at the same place before it is given up.
const MOST_RESUMES: u32 = 3;
/// How often work is taken up after another process that worked on it was gone, before it is given up: more often, since one
/// may go for other reasons, and there are several.
pub(crate) const MOST_ABANDONED: u32 = 10;
/// How often to look whether other processes have made work.
const LOOK_AGAIN: Duration = Duration::from_millis(500);
/// How long a file was not written that is removed although others may know what it is for.
const STRAY_AFTER: Duration = Duration::from_secs(60);
/// How often to show how far all shares of an operation are, while one is worked on.
const SHOW_SHARES: Duration = Duration::from_millis(500);
/// How long a stop waits for a database that others work on too.
const STOP_PATIENCE: Duration = Duration::from_secs(10);
/// Pauses before the worker tries again what the store or the disk refused.
const PAUSES: [Duration; 4] =
    [Duration::from_millis(100), Duration::from_secs(1), Duration::from_secs(5), Duration::from_secs(15)];

/// The number of the record that stands for a file as a whole: that of an item far beyond the end of the first part.
const WHOLE_FILE: u64 = seq_of(Position { part: 1, item: 0 }) - 1;

/// What an engine is given.
#[derive(Debug, Clone)]
pub struct EngineOptions {
    /// The directory that uploaded and downloaded files are kept in until they are not needed any more. Created where it
    /// is not there.
    pub files_dir: PathBuf,
    /// How large and how deep an export may be.
    pub limits: Limits,
    /// Where files may be fetched from, and how patiently.
    pub fetch: FetchPolicy,
    /// Whether export files are put into the store, so that other processes can read them: where several work on it and
    /// `files_dir` is this one's own.
    pub share_files: bool,
}

/// The import engine. Clones are handles to the same one.
pub struct Engine<S: Store>(pub(crate) Arc<Inner<S>>);

impl<S: Store> Clone for Engine<S> {
    fn clone(&self) -> Self {
        Self(Arc::clone(&self.0))
    }
}

/// The file of an operation, opened.
pub(crate) struct Opened {
    operation: String,
    source: Arc<dyn Source>,
    /// How it is cut into parts.
    parts: String,
}

/// What all handles share.
pub(crate) struct Inner<S> {
    pub(crate) store: Arc<S>,
    pub(crate) options: EngineOptions,
    pub(crate) fetcher: Fetcher,
    /// Held by whoever reads the current operation in order to change its step.
    pub(crate) lifecycle: tokio::sync::Mutex<()>,
    /// Tells the worker to look at the current operation.
    pub(crate) wake: Notify,
    /// Stops the work on the current operation; replaced with each piece of work.
    pub(crate) work: Mutex<CancellationToken>,
    /// Stops everything.
    pub(crate) closing: CancellationToken,
    pub(crate) pulse: watch::Sender<Pulse>,
    /// The file that was opened last: its table of entries is read only once.
    pub(crate) source: Mutex<Option<Opened>>,
    /// An operation that this process cannot help with, whatever the reason.
    pub(crate) unhelpful: Mutex<Option<String>>,
    /// The operation that was looked at last, and whether it had ended.
    seen: Mutex<Option<(String, bool)>>,
    shares_shown_at: Mutex<Option<Instant>>,
    worker: Mutex<Option<JoinHandle<()>>>,
}

/// Locks a mutex whose data stays whole even where a holder panicked.
pub(crate) fn lock<T>(mutex: &Mutex<T>) -> std::sync::MutexGuard<'_, T> {
    mutex.lock().unwrap_or_else(PoisonError::into_inner)
}

impl<S: Store> Engine<S> {
    /// Takes up what an earlier process left unfinished and begins to work on it in the background.
    ///
    /// # Errors
    /// Where the store fails, the files' directory cannot be made, or no HTTP client can be set up.
    pub async fn start(store: Arc<S>, options: EngineOptions) -> Result<Self, EngineError> {
        file::create_dir(&options.files_dir)?;
        let fetcher = Fetcher::new(options.fetch.clone())?;
        let engine = Self(Arc::new(Inner {
            store,
            options,
            fetcher,
            lifecycle: tokio::sync::Mutex::new(()),
            wake: Notify::new(),
            work: Mutex::new(CancellationToken::new()),
            closing: CancellationToken::new(),
            pulse: watch::Sender::new(Pulse::default()),
            source: Mutex::new(None),
            unhelpful: Mutex::new(None),
            seen: Mutex::new(None),
            shares_shown_at: Mutex::new(None),
            worker: Mutex::new(None),
        }));
        engine.0.take_up().await?;
        let worker = tokio::spawn(Arc::clone(&engine.0).work_until_closed());
        *lock(&engine.0.worker) = Some(worker);
        Ok(engine)
    }

    /// Stops between two batches. The unfinished operation goes on at the next start.
    pub async fn stop(&self) {
        self.0.closing.cancel();
        let worker = lock(&self.0.worker).take();
        if let Some(mut worker) = worker {
            // A database on another machine may never answer; whoever goes on there waits for the claim to run out.
            let patience = if self.0.store.is_shared() { STOP_PATIENCE } else { Duration::MAX };
            match tokio::time::timeout(patience, &mut worker).await {
                Ok(Ok(())) => {}
                Ok(Err(error)) => tracing::error!(%error, "the import worker did not stop properly"),
                Err(_) => {
                    tracing::error!("the database does not answer: stopping without waiting for it any longer");
                    worker.abort();
                }
            }
        }
        // An orderly stop is no crash, so it does not count as one. Where others may go on at once, the worker has let go.
        if !self.0.store.is_shared()
            && let Err(error) = self.0.forget_resumes().await
        {
            tracing::warn!(%error, "could not note that the import was stopped in order");
        }
    }

    /// The store.
    pub fn store(&self) -> &Arc<S> {
        &self.0.store
    }

    /// How far the current operation is, after every batch.
    pub fn pulse(&self) -> watch::Receiver<Pulse> {
        self.0.pulse.subscribe()
    }
}

impl<S: Store> Inner<S> {
    /// Looks at what an earlier process left: an upload that broke off with it has failed; other work goes on, unless it
    /// crashed the process too often.
    async fn take_up(&self) -> Result<(), EngineError> {
        let Some(mut stored) = self.store.current_operation().await? else { return Ok(()) };
        self.show(&stored);
        self.sweep_in_background();
        self.remove_strays(&stored);
        if stored.is_ended() || stored.step().is_final() {
            return Ok(());
        }
        if self.store.is_shared() {
            // Another process may be at work on it: whoever claims it sees whether the one before let go of it.
            return Ok(());
        }
        if stored.step() == ProgressStep::Uploading {
            return self.fail(&stored.operation.id, "The upload broke off: the server was stopped.".into()).await;
        }
        if !is_work(stored.step()) {
            return Ok(());
        }
        if stored.work.resumes >= MOST_RESUMES {
            return self.fail(&stored.operation.id, crashed_too_often(stored.step(), MOST_RESUMES)).await;
        }
        stored.work.resumes += 1;
        tracing::info!(operation = stored.operation.id, step = %stored.step(), "taking up an unfinished operation");
        self.commit(Batch::new(stored)).await?;
        Ok(())
    }

    async fn forget_resumes(&self) -> Result<(), EngineError> {
        let Some(mut stored) = self.store.current_operation().await? else { return Ok(()) };
        if stored.is_ended() || !is_work(stored.step()) || stored.work.resumes == 0 {
            return Ok(());
        }
        stored.work.resumes = 0;
        self.commit(Batch::new(stored)).await?;
        Ok(())
    }

    async fn work_until_closed(self: Arc<Self>) {
        let mut failures = 0;
        loop {
            // A wake-up that comes before the wait is kept for it, so none falls between question and wait.
            let mut woken = pin!(self.wake.notified());
            if self.closing.is_cancelled() {
                return;
            }
            let token = self.closing.child_token();
            *lock(&self.work) = token.clone();
            let before = self.pulse.borrow().clone();
            let error = match self.work_once(token).await {
                Ok(true) => {
                    failures = 0;
                    continue;
                }
                Ok(false) => {
                    failures = 0;
                    tokio::select! {
                        () = &mut woken => continue,
                        // Others may have made work, or let go of it.
                        () = tokio::time::sleep(LOOK_AGAIN), if self.store.is_shared() => continue,
                        () = self.closing.cancelled() => return,
                    }
                }
                Err(error) => error,
            };
            // Work that got on before it failed is no repetition of the last failure.
            failures = if *self.pulse.borrow() == before { failures + 1 } else { 1 };
            tracing::error!(%error, failures, "work on the import was interrupted");
            // Nothing is wrong with an import whose database is away: it goes on once that is there again.
            let is_away = matches!(error, EngineError::Store(StoreError::Unreachable { .. }));
            match PAUSES.get(failures - 1).or(PAUSES.last().filter(|_| is_away)) {
                Some(pause) => tokio::select! {
                    () = tokio::time::sleep(*pause) => {}
                    // There may be another operation to work on.
                    () = &mut woken => {}
                    () = self.closing.cancelled() => return,
                },
                None => {
                    failures = 0;
                    self.give_up(&error).await;
                }
            }
        }
    }

    /// Fails the current operation after the store or the disk refused too often.
    async fn give_up(&self, cause: &EngineError) {
        let failed = async {
            let Some(stored) = self.store.current_operation().await? else { return Ok(()) };
            if !is_work(stored.step()) {
                // What waits for an administrator has not failed.
                return Ok(());
            }
            self.fail(&stored.operation.id, format!("The database or the disk failed repeatedly: {cause}")).await
        };
        if let Err(error) = failed.await {
            tracing::error!(%error, "could not note that the operation failed");
        }
    }

    /// Works on the current operation; true where there was something to do and it came to an end or a next stage.
    async fn work_once(self: &Arc<Self>, token: CancellationToken) -> Result<bool, EngineError> {
        let stored = {
            // What is read here is shown: nobody of this process may have shown something newer meanwhile.
            let _lifecycle = self.lifecycle.lock().await;
            let Some(stored) = self.store.current_operation().await? else { return Ok(false) };
            self.see(&stored);
            stored
        };
        let uploading = stored.step() == ProgressStep::Uploading && self.store.is_shared();
        if stored.is_ended() || !(is_work(stored.step()) || uploading) || self.is_out_of_reach(&stored) {
            return Ok(false);
        }
        let id = stored.operation.id.clone();
        let (stored, abandoned) = match self.store.claim(&id).await? {
            Claim::Held { operation, abandoned } => (*operation, abandoned),
            Claim::Elsewhere => return self.help(stored, token).await,
            Claim::Nothing => return Ok(false),
        };
        if stored.step() == ProgressStep::Uploading {
            if abandoned {
                self.fail(&id, "The upload broke off: the server that it came to does not answer any more.".into())
                    .await?;
            }
            return Ok(false);
        }
        if !is_work(stored.step()) {
            self.store.release(&id, None).await?;
            return Ok(true);
        }
        let Some(stored) = self.count_resume(stored, abandoned).await? else { return Ok(true) };
        let keeper = Keeper::start(&self.store, &id, None, &token);
        let inner = Arc::clone(self);
        // A task of its own, so that a panic ends the operation and not the worker.
        let work = tokio::spawn(async move {
            match stored.step() {
                ProgressStep::DownloadingFile => inner.download_file(stored, token).await,
                step if step < ProgressStep::UserSelection => inner.prepare(stored, token).await,
                _ => inner.run_operation(stored, token).await,
            }
        });
        let worked = work.await;
        drop(keeper);
        let worked = self.settle(&id, worked).await;
        self.store.release(&id, None).await?;
        worked
    }

    /// Notes how a piece of work on an operation ended.
    async fn settle(
        self: &Arc<Self>,
        id: &str,
        worked: Result<Result<(), Halt>, tokio::task::JoinError>,
    ) -> Result<bool, EngineError> {
        match worked {
            Ok(Ok(())) => Ok(true),
            // Stopped by an end of the operation, there may be a newer one; stopped by closing, the loop sees it.
            Ok(Err(Halt::Stopped)) => {
                self.tidy(id).await?;
                Ok(true)
            }
            Ok(Err(Halt::Failed(message))) => {
                self.fail(id, message).await?;
                Ok(true)
            }
            Ok(Err(Halt::Error(error))) => Err(error),
            Err(panic) => {
                tracing::error!(%panic, operation = id, "the import failed unexpectedly");
                self.fail(id, "An unexpected error stopped the import; the server's log says which.".into()).await?;
                Ok(true)
            }
        }
    }

    /// Lets go of the file of an operation that was ended while it was worked on: the work may have opened or made it
    /// after the end.
    async fn tidy(&self, id: &str) -> Result<(), EngineError> {
        if let Some(stored) = self.store.operation(id).await?.filter(StoredOperation::is_ended) {
            self.drop_source(id);
            self.remove_file(&stored);
        }
        Ok(())
    }

    /// Counts that an operation was taken up after whoever worked on it ceased to answer; none where that happened too often.
    async fn count_resume(
        &self,
        mut stored: StoredOperation,
        abandoned: bool,
    ) -> Result<Option<StoredOperation>, EngineError> {
        // Shares count for themselves.
        if !abandoned || (stored.step() == ProgressStep::ImportingMessages && stored.work.shares.is_some()) {
            return Ok(Some(stored));
        }
        if stored.work.resumes >= MOST_ABANDONED {
            self.fail(&stored.operation.id, crashed_too_often(stored.step(), MOST_ABANDONED)).await?;
            return Ok(None);
        }
        stored.work.resumes += 1;
        tracing::info!(
            operation = stored.operation.id,
            step = %stored.step(),
            "taking up an operation whose server does not answer any more"
        );
        self.commit(Batch::new(stored)).await
    }

    /// Notices that there is another operation, or that this one has ended: its file is of no use here any more.
    fn see(&self, stored: &StoredOperation) {
        if !self.store.is_shared() {
            return;
        }
        let now = (stored.operation.id.clone(), stored.is_ended());
        let before = lock(&self.seen).replace(now.clone());
        if before.as_ref().is_some_and(|before| *before != now) {
            if let Some((id, _)) = before.filter(|(id, _)| *id != now.0 || now.1) {
                self.drop_source(&id);
            }
            self.remove_strays(stored);
        }
        self.show(stored);
    }

    /// Removes files from the own directory that no operation needs.
    fn remove_strays(&self, current: &StoredOperation) {
        // What is in a directory that others use too is theirs to remove.
        if self.store.is_shared() && !self.options.share_files {
            return;
        }
        let needed = self.file_of(current).filter(|_| !current.is_ended());
        if let Some(file) = self.file_of(current).filter(|_| current.is_ended()) {
            file::remove(Some(&file));
        }
        // Where others create operations too, a file may come in whose operation is not seen yet.
        let idle = if self.store.is_shared() { STRAY_AFTER } else { Duration::ZERO };
        file::remove_strays(&self.options.files_dir, needed.as_ref(), idle);
    }

    /// The file of an operation, where it lies for this process.
    pub(crate) fn file_of(&self, stored: &StoredOperation) -> Option<StoredFile> {
        let file = stored.work.file.clone()?;
        if !file.owned {
            return Some(file);
        }
        Some(StoredFile { path: file::path_of(&self.options.files_dir, &stored.operation.id), owned: true })
    }

    /// Whether an operation reads a file that only another machine has.
    pub(crate) fn is_out_of_reach(&self, stored: &StoredOperation) -> bool {
        let elsewhere = |file: &StoredFile| !file.owned && !file.path.exists();
        self.store.is_shared() && stored.work.file.as_ref().is_some_and(elsewhere)
    }

    /// Removes the server's own copies of an operation's file.
    pub(crate) fn remove_file(&self, stored: &StoredOperation) {
        let Some(file) = self.file_of(stored) else { return };
        file::remove(Some(&file));
        if file.owned && self.options.share_files {
            let (store, id) = (Arc::clone(&self.store), stored.operation.id.clone());
            tokio::spawn(async move {
                if let Err(error) = store.remove_export_file(&id).await {
                    tracing::warn!(%error, operation = id, "could not remove an export file that is not needed any more");
                }
            });
        }
    }

    /// Commits a batch and shows the operation as it is then; none where somebody else ended or changed it.
    pub(crate) async fn commit(&self, mut batch: Batch) -> Result<Option<StoredOperation>, EngineError> {
        batch.operation.operation.updated_at = IsoTime(Timestamp::now());
        match self.store.commit(batch).await? {
            Committed::Done(stored) => {
                if stored.share.is_none() {
                    self.show(&stored);
                } else {
                    self.show_shares(&stored.operation.id).await?;
                }
                Ok(Some(*stored))
            }
            Committed::Stale => Ok(None),
        }
    }

    /// Shows how far all shares of an operation are, unless that was done just now.
    async fn show_shares(&self, id: &str) -> Result<(), EngineError> {
        let due = {
            let mut shown_at = lock(&self.shares_shown_at);
            let due = shown_at.is_none_or(|at| at.elapsed() >= SHOW_SHARES);
            if due {
                *shown_at = Some(Instant::now());
            }
            due
        };
        if due && let Some(stored) = self.store.operation(id).await? {
            self.show(&self.as_seen(stored).await?);
        }
        Ok(())
    }

    /// Commits a batch that moves the operation to `step`, as the table of moves allows.
    pub(crate) async fn commit_step(&self, mut batch: Batch, step: ProgressStep) -> Result<StoredOperation, Halt> {
        let from = batch.operation.step();
        if from != step && !from.may_become(step) {
            return Err(Halt::Error(EngineError::Internal(format!("an operation may not go from {from} to {step}"))));
        }
        batch.operation.operation.status = step;
        self.commit(batch).await?.ok_or(Halt::Stopped)
    }

    /// Ends an operation with an error, unless it ended already.
    pub(crate) async fn fail(&self, id: &str, message: String) -> Result<(), EngineError> {
        let lifecycle = self.lifecycle.lock().await;
        loop {
            let mut stored = match self.store.claim(id).await? {
                Claim::Held { operation, .. } => *operation,
                // It is for whoever works on it to say.
                Claim::Elsewhere | Claim::Nothing => return Ok(()),
            };
            if stored.step().is_final() {
                return Ok(());
            }
            let step = stored.step();
            let before = stored.clone();
            stored.work.file = None;
            // It may hold a password or a token.
            stored.work.download_url = None;
            let failure = Failure { message: message.clone(), while_loading: step < ProgressStep::UserSelection };
            stored.work.failure = Some(failure);
            let unreadable = (step < ProgressStep::UserSelection).then(|| unreadable_file(&stored, &message));
            let mut batch = Batch::new(stored);
            batch.stage.extend(unreadable);
            match self.commit_step(batch, ProgressStep::ImportFailed).await {
                Ok(_) => {
                    tracing::warn!(operation = id, %step, reason = message, "the operation failed");
                    self.drop_source(id);
                    self.remove_file(&before);
                    // What was imported is there, and its rooms are to say so: nobody waits for that.
                    drop(lifecycle);
                    if let Err(error) = self.store.refresh_rooms(id).await {
                        tracing::warn!(operation = id, %error, "the rooms are not brought up to date yet");
                    }
                    return Ok(());
                }
                Err(Halt::Error(error)) => return Err(error),
                // A batch that was under way was committed between reading and writing.
                Err(Halt::Stopped | Halt::Failed(_)) => {}
            }
        }
    }

    pub(crate) fn show(&self, stored: &StoredOperation) {
        let mut pulse = Pulse::of(stored);
        self.pulse.send_modify(|before| {
            if before.operation == pulse.operation && pulse.step.is_some_and(|step| step < ProgressStep::UserSelection)
            {
                pulse.bytes_read = before.bytes_read;
                pulse.bytes_total = before.bytes_total;
            }
            *before = pulse;
        });
    }

    /// Stops the work on the operation that was current until now.
    pub(crate) fn interrupt(&self) {
        lock(&self.work).cancel();
    }

    /// Lets go of what ended operations staged, a piece at a time.
    pub(crate) fn sweep_in_background(&self) {
        let (store, closing) = (Arc::clone(&self.store), self.closing.clone());
        tokio::spawn(async move {
            while !closing.is_cancelled() {
                match store.sweep().await {
                    Ok(true) => tokio::task::yield_now().await,
                    Ok(false) => return,
                    Err(error) => return tracing::warn!(%error, "could not empty the staging area"),
                }
            }
        });
    }

    /// The file of an operation, opened; its table of entries is kept for the next question.
    pub(crate) async fn open_source(&self, stored: &StoredOperation) -> Result<Arc<dyn Source>, Halt> {
        self.open_parts(stored).await.map(|(source, _)| source)
    }

    /// The same, and how it is cut into parts: as it was, where anything was read of it before.
    pub(crate) async fn open_parts(&self, stored: &StoredOperation) -> Result<(Arc<dyn Source>, String), Halt> {
        let id = &stored.operation.id;
        if let Some(opened) = &*lock(&self.source)
            && opened.operation == *id
        {
            return Ok((Arc::clone(&opened.source), opened.parts.clone()));
        }
        let (Some(file), Some(importer)) = (self.file_of(stored), Importer::from_key(&stored.operation.importer_key))
        else {
            return Err(Halt::Failed("The export file is not there any more; upload it again.".into()));
        };
        let limits = stored.work.limits.as_ref().map_or(self.options.limits, parts::limits);
        let path = file.path;
        let fetches = file.owned && self.options.share_files && !path.exists();
        if fetches && !self.store.get_export_file(id, &path).await? {
            return Err(Halt::Failed("The export file is not in the database any more; upload it again.".into()));
        }
        let name = stored.operation.file.clone().unwrap_or_else(|| importer.key().to_owned());
        let names_encoding = stored.work.options.names_encoding;
        let open = move || {
            let source = import_sources::open(importer, &path, &name, limits, names_encoding)?;
            let parts = parts::fingerprint(&*source);
            Ok((source, parts))
        };
        let (source, parts) = tokio::task::spawn_blocking(open)
            .await
            .map_err(|panic| EngineError::Internal(panic.to_string()))?
            .map_err(|error: SourceError| Halt::Failed(error.to_string()))?;
        if stored.work.parts.as_ref().is_some_and(|before| *before != parts) {
            return Err(Halt::Failed(
                "The export file is not what it was when it was prepared: files of it are gone, new, or of another size. \
                 Import it anew."
                    .into(),
            ));
        }
        let source: Arc<dyn Source> = Arc::from(source);
        let opened = Opened { operation: id.clone(), source: Arc::clone(&source), parts: parts.clone() };
        *lock(&self.source) = Some(opened);
        Ok((source, parts))
    }

    /// Closes the file of an operation.
    pub(crate) fn drop_source(&self, id: &str) {
        let mut source = lock(&self.source);
        if source.as_ref().is_some_and(|opened| opened.operation == id) {
            *source = None;
        }
    }
}

/// The record that stands for a file as a whole, so that clients can ask why its operation failed.
fn unreadable_file(stored: &StoredOperation, message: &str) -> StagedRecord {
    let file = stored.operation.file.clone();
    StagedRecord {
        key: StagedKey { data_type: DataType::Entry, seq: WHOLE_FILE },
        import_id: None,
        unnamed: false,
        data: serde_json::json!({ "entry": file }),
        readable: false,
        status: RecordStatus::Failed,
        errors: vec![RecordError { entry: file, ..RecordError::new(message) }],
    }
}

/// Why an operation is given up that crashes whoever works on it.
pub(crate) fn crashed_too_often(step: ProgressStep, times: u32) -> String {
    format!(
        "The server crashed again each of the {times} times that the operation was taken up at {step}, without getting any further."
    )
}

/// Whether there is something to do at this step that nobody asks for.
fn is_work(step: ProgressStep) -> bool {
    !matches!(step, ProgressStep::New | ProgressStep::Uploading | ProgressStep::UserSelection) && !step.is_final()
}
