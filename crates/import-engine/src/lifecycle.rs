//! What administrators ask of the engine: each request is one rule of the protocol, checked before anything changes.

use std::{collections::HashSet, path::Path, time::Instant};

use import_proto::{
    EpochTime, ImportFileData, ImportInput, ImportOptions, ImportProgress, ImportStatus, ImportUser, Importer, IsoTime,
    NewUser, NoticeKind, Operation, OperationCount, OperationState, ProgressCount, ProgressStep, ReasonCounts, Refusal,
    Success, Timestamp,
};
use import_store::{
    Batch, Store,
    credentials::{password_digest, random_id},
    operation::{Position, StoredFile, StoredOperation, Work},
    staging::RecordStatus,
};

use crate::{
    Engine, EngineError,
    engine::Inner,
    error::Halt,
    file,
    prepare::{ADDED_USER, staged_record},
    run::AFTER_PARTS,
};

/// How many operations the history shows.
const HISTORY: u32 = 20;
/// How often a request is tried that another process gets in the way of,
const TRIES: usize = 50;
/// and the pause in between.
const PAUSE: std::time::Duration = std::time::Duration::from_millis(20);

impl<S: Store> Engine<S> {
    /// The importers that read export files, those that this engine has.
    pub fn importers(&self) -> Vec<Importer> {
        Importer::ALL.into_iter().filter(|importer| import_sources::supports(*importer)).collect()
    }

    /// The importer with this key.
    ///
    /// # Errors
    /// [`Refusal::ImporterNotDefined`] where there is none.
    pub fn check_importer(&self, key: &str) -> Result<Importer, EngineError> {
        Importer::from_key(key)
            .filter(|importer| !importer.reads_a_file() || import_sources::supports(*importer))
            .ok_or_else(|| Refusal::ImporterNotDefined(key.to_owned()).into())
    }

    /// Creates an operation for users added over the API. Ends the operation that was current.
    ///
    /// # Errors
    /// Where the store fails.
    pub async fn new_operation(&self, user_id: &str) -> Result<Operation, EngineError> {
        let new = self.0.blank_operation(user_id, Importer::Api, ProgressStep::New);
        Ok(self.create(new).await?.operation)
    }

    /// Stages users: all of them, or none. The operation becomes ready. An empty list changes nothing.
    ///
    /// # Errors
    /// Refusals: no valid operation; one that loads, imports or has ended; a user without address or import id; a role
    /// that does not exist.
    pub async fn add_users(&self, users: Vec<NewUser>) -> Result<(), EngineError> {
        if users.is_empty() {
            return Ok(());
        }
        let _lifecycle = self.0.lifecycle.lock().await;
        let mut checked = false;
        for _ in 0..self.0.tries() {
            if self.add_users_once(&users, &mut checked).await? {
                return Ok(());
            }
            self.0.pause_for_others().await;
        }
        Err(Refusal::NotInitialized.into())
    }

    /// False where somebody else changed the operation meanwhile.
    async fn add_users_once(&self, users: &[NewUser], checked: &mut bool) -> Result<bool, EngineError> {
        let stored = self.0.store.current_operation().await?;
        let stored = stored.filter(|stored| !stored.is_ended()).ok_or(Refusal::NotInitialized)?;
        match stored.state() {
            OperationState::New | OperationState::Ready => {}
            OperationState::Loading | OperationState::Importing => return Err(Refusal::CannotReceiveData.into()),
            _ => return Err(Refusal::AlreadyFinished.into()),
        }
        if !*checked {
            self.check_users(users).await?;
            *checked = true;
        }
        let mut count = stored.operation.count.unwrap_or_default();
        // Numbered on from those that were added before, apart from what a file brought.
        let before = count.users.unwrap_or_default();
        let first = ADDED_USER | before;
        let added = users.len() as u64;
        count.users = Some(before + added);
        count.total = Some(count.total.unwrap_or_default() + added);
        let mut batch = Batch::new(stored);
        batch.operation.operation.count = Some(count);
        batch.stage = users
            .iter()
            .cloned()
            .zip(first..)
            .map(|(user, seq)| staged_record(import_proto::Record::User(import_user(user)), seq))
            .collect::<Result<_, _>>()?;
        match self.0.commit_step(batch, ProgressStep::UserSelection).await {
            Ok(_) => Ok(true),
            Err(Halt::Error(error)) => Err(error),
            Err(Halt::Stopped | Halt::Failed(_)) => Ok(false),
        }
    }

    async fn check_users(&self, users: &[NewUser]) -> Result<(), EngineError> {
        let some = |list: &[String]| list.iter().any(|text| !text.trim().is_empty());
        if !users.iter().all(|user| some(&user.emails) && some(&user.import_ids)) {
            return Err(Refusal::MissingUserData.into());
        }
        if users.iter().any(|user| user.roles.as_ref().is_some_and(|roles| !roles.is_empty())) {
            let known: HashSet<String> = self.0.store.roles().await?.into_iter().collect();
            if !users.iter().flat_map(|user| user.roles.iter().flatten()).all(|role| known.contains(role)) {
                return Err(Refusal::InvalidRoles.into());
            }
        }
        Ok(())
    }

    /// Runs everything that is staged; users who exist are passed over. Returns once the run is accepted.
    ///
    /// # Errors
    /// Refusals: no valid operation; one that is not ready; an importer that this engine does not have.
    pub async fn run(&self) -> Result<(), EngineError> {
        self.begin_run(None).await
    }

    /// Runs what `input` selects of what is staged; users and rooms that exist are updated. Returns once the run is
    /// accepted.
    ///
    /// # Errors
    /// As [`Engine::run`].
    pub async fn start_import(&self, input: ImportInput) -> Result<(), EngineError> {
        self.begin_run(Some(input)).await
    }

    async fn begin_run(&self, input: Option<ImportInput>) -> Result<(), EngineError> {
        let _lifecycle = self.0.lifecycle.lock().await;
        for _ in 0..self.0.tries() {
            if self.begin_run_once(input.as_ref()).await? {
                return Ok(());
            }
            self.0.pause_for_others().await;
        }
        Err(Refusal::NothingToRun.into())
    }

    /// False where somebody else changed the operation meanwhile.
    async fn begin_run_once(&self, input: Option<&ImportInput>) -> Result<bool, EngineError> {
        let stored = self.current_valid().await?;
        if stored.step() != ProgressStep::UserSelection {
            return Err(Refusal::NotReady.into());
        }
        if Importer::from_key(&stored.operation.importer_key).is_none() {
            return Err(Refusal::CannotRunImporter.into());
        }
        let mut batch = Batch::new(stored);
        batch.operation.work.skip_existing = input.is_none();
        batch.operation.work.position = Position::default();
        batch.select = input.cloned();
        self.begin(batch).await
    }

    /// Runs the failed and the incomplete records of the current operation again, once it is done. Returns how many there are;
    /// with none, nothing changes.
    ///
    /// # Errors
    /// Refusals: no valid operation; one that is not done.
    pub async fn retry(&self) -> Result<u64, EngineError> {
        let _lifecycle = self.0.lifecycle.lock().await;
        for _ in 0..self.0.tries() {
            if let Some(records) = self.retry_once().await? {
                return Ok(records);
            }
            self.0.pause_for_others().await;
        }
        Err(Refusal::NothingToRun.into())
    }

    /// None where somebody else changed the operation meanwhile.
    async fn retry_once(&self) -> Result<Option<u64>, EngineError> {
        let stored = self.current_valid().await?;
        if stored.step() != ProgressStep::Done {
            return Err(Refusal::NotReady.into());
        }
        let id = &stored.operation.id;
        let failed = self.0.store.staged_counts(id, RecordStatus::Failed, true).await?.total();
        let incomplete = self.0.store.staged_counts(id, RecordStatus::Incomplete, true).await?.total();
        if failed + incomplete > 0 {
            let mut batch = Batch::new(stored);
            let work = &mut batch.operation.work;
            work.counts.error = work.counts.error.saturating_sub(failed);
            // They are counted again once they are imported again.
            work.counts.completed = work.counts.completed.saturating_sub(incomplete);
            work.notices.subtract(NoticeKind::OrphanReplies, "", std::mem::take(&mut work.orphans_incomplete));
            work.reasons.failed = ReasonCounts::default();
            work.position = Position { part: AFTER_PARTS, item: 0 };
            batch.restage = true;
            batch.operation.work.file_needed = false;
            // What was shared out before is counted.
            batch.operation.work.shares = None;
            if !self.begin(batch).await? {
                return Ok(None);
            }
        }
        Ok(Some(failed + incomplete))
    }

    async fn current_valid(&self) -> Result<StoredOperation, EngineError> {
        let stored = self.0.store.current_operation().await?;
        Ok(stored.filter(|stored| !stored.is_ended()).ok_or(Refusal::NothingToRun)?)
    }

    async fn begin(&self, batch: Batch) -> Result<bool, EngineError> {
        match self.0.commit_step(batch, ProgressStep::ImportingStarted).await {
            Ok(_) => {
                self.0.wake.notify_one();
                Ok(true)
            }
            Err(Halt::Error(error)) => Err(error),
            Err(Halt::Stopped | Halt::Failed(_)) => Ok(false),
        }
    }

    /// Ends the current operation, whatever it is at, and empties the staging area.
    ///
    /// # Errors
    /// Where the store fails.
    pub async fn clear(&self) -> Result<(), EngineError> {
        let _lifecycle = self.0.lifecycle.lock().await;
        let ended = self.0.store.end_operation(Timestamp::now()).await?;
        self.0.interrupt();
        if let Some(stored) = ended {
            self.0.show(&stored);
            self.0.let_go(&stored);
        }
        Ok(())
    }

    /// Fetches an export file in the background and prepares it: from a URL, or from a path in the directory for imports. Ends
    /// the operation that was current.
    ///
    /// # Errors
    /// Refusals: no such importer; what is neither an `http` or `https` URL nor a file in the directory for imports. Nothing is
    /// changed then.
    pub async fn download(&self, user_id: &str, file_url: &str, importer_key: &str) -> Result<(), EngineError> {
        let importer = self.check_importer(importer_key)?;
        if !self.0.has_reach(file_url) {
            return Err(Refusal::ImportFileMissing(file_url.to_owned()).into());
        }
        if !importer.reads_a_file() {
            self.create_without_file(user_id, importer).await?;
            return Ok(());
        }
        let mut new = self.0.blank_operation(user_id, importer, ProgressStep::DownloadingFile);
        let path = file::path_of(&self.0.options.files_dir, &new.operation.id);
        new.work.file = Some(StoredFile { path, owned: true });
        new.work.download_url = Some(file_url.to_owned());
        self.create(new).await?;
        self.0.wake.notify_one();
        Ok(())
    }

    /// Creates an operation that reads a file, or the folder that one was unpacked to, where it lies: it is neither copied
    /// nor removed. It has the engine's own options. Ends the operation that was current.
    ///
    /// # Errors
    /// [`Refusal::ImporterNotDefined`]; a file that is not there.
    pub async fn import_file(&self, user_id: &str, importer: Importer, path: &Path) -> Result<Operation, EngineError> {
        self.import_file_with(user_id, importer, path, ImportOptions::default()).await
    }

    /// The same, with options of its own. What they leave open, the engine's options decide.
    ///
    /// # Errors
    /// As [`Engine::import_file`].
    pub async fn import_file_with(
        &self,
        user_id: &str,
        importer: Importer,
        path: &Path,
        options: ImportOptions,
    ) -> Result<Operation, EngineError> {
        if !import_sources::supports(importer) {
            return Err(Refusal::ImporterNotDefined(importer.key().to_owned()).into());
        }
        let path =
            path.canonicalize().map_err(|source| EngineError::File { doing: "read", path: path.to_owned(), source })?;
        let mut new = self.0.blank_operation(user_id, importer, ProgressStep::FileLoaded);
        new.work.options = options.or(self.0.options.import);
        new.operation.file = path.file_name().map(|name| name.to_string_lossy().into_owned());
        new.work.file = Some(StoredFile { path, owned: false });
        let stored = self.create(new).await?;
        self.0.wake.notify_one();
        Ok(stored.operation)
    }

    /// Creates an operation that fetches what was imported as pending: it runs at once. Answers the operation and how many
    /// messages or users wait; where none does, the operation is done already. Ends the operation that was current.
    ///
    /// # Errors
    /// [`Refusal::ImporterNotDefined`] for an importer that fetches nothing.
    pub async fn download_pending(&self, user_id: &str, importer: Importer) -> Result<(Operation, u64), EngineError> {
        if !importer.fetches_pending() {
            return Err(Refusal::ImporterNotDefined(importer.key().to_owned()).into());
        }
        let stored = self.create_without_file(user_id, importer).await?;
        let count = stored.operation.count.and_then(|count| count.total).unwrap_or_default();
        Ok((stored.operation, count))
    }

    /// Creates an operation of an importer that reads no file.
    pub(crate) async fn create_without_file(
        &self,
        user_id: &str,
        importer: Importer,
    ) -> Result<StoredOperation, EngineError> {
        let mut new = self.0.blank_operation(user_id, importer, ProgressStep::New);
        if importer.fetches_pending() {
            let pending = self.0.store.pending_counts().await?;
            let total = if importer == Importer::PendingFiles { pending.files } else { pending.avatars };
            new.operation.status = if total == 0 { ProgressStep::Done } else { ProgressStep::ImportingStarted };
            new.operation.count = Some(OperationCount {
                total: Some(total),
                completed: Some(0),
                error: Some(0),
                ..OperationCount::default()
            });
        }
        let stored = self.create(new).await?;
        self.0.wake.notify_one();
        Ok(stored)
    }

    /// The state of the current operation, the operation, and why records of it failed or were skipped.
    ///
    /// # Errors
    /// Where the store fails.
    pub async fn status(&self) -> Result<ImportStatus, EngineError> {
        Ok(match self.0.current_as_seen().await? {
            Some(stored) => ImportStatus {
                state: stored.state(),
                reasons: stored.work.visible_reasons.shown(),
                notices: stored.work.notices.shown(),
                operation: Some(stored.operation),
                success: Success,
            },
            None => ImportStatus {
                state: OperationState::None,
                operation: None,
                reasons: None,
                notices: None,
                success: Success,
            },
        })
    }

    /// The operation that was created last, ended or not.
    ///
    /// # Errors
    /// Where the store fails.
    pub async fn current_operation(&self) -> Result<Option<Operation<EpochTime>>, EngineError> {
        Ok(self.0.current_as_seen().await?.map(|stored| stored.operation.into()))
    }

    /// The last twenty operations, by the time of their last change, newest first.
    ///
    /// # Errors
    /// Where the store fails.
    pub async fn latest_operations(&self) -> Result<Vec<Operation<EpochTime>>, EngineError> {
        let mut latest = Vec::new();
        for stored in self.0.store.latest_operations(HISTORY).await? {
            latest.push(self.0.as_seen(stored).await?.operation.into());
        }
        Ok(latest)
    }

    /// How far the current operation is.
    ///
    /// # Errors
    /// [`Refusal::OperationNotFound`] where there was never one.
    pub async fn progress(&self) -> Result<ImportProgress, EngineError> {
        let stored = self.0.current_as_seen().await?.ok_or(Refusal::OperationNotFound)?;
        let count = stored.operation.count.unwrap_or_default();
        Ok(ImportProgress {
            name: display_name(&stored.operation),
            key: stored.operation.importer_key,
            step: stored.operation.status,
            count: ProgressCount {
                completed: count.completed.unwrap_or_default(),
                total: count.total.unwrap_or_default(),
            },
            success: Success,
        })
    }

    /// What the current operation has staged, or that its file is still being prepared.
    ///
    /// # Errors
    /// Refusals: no operation; one that another server gave up; a file that could not be read.
    pub async fn file_data(&self) -> Result<ImportFileData, EngineError> {
        let stored = self.0.store.current_operation().await?.ok_or(Refusal::OperationNotFound)?;
        match stored.state() {
            OperationState::Loading => return Ok(ImportFileData::waiting()),
            OperationState::Error if !stored.step().is_final() => return Err(Refusal::OperationInvalid.into()),
            OperationState::Error if stored.work.failure.as_ref().is_some_and(|failure| failure.while_loading) => {
                return Err(Refusal::FileFormatInvalid.into());
            }
            _ => {}
        }
        Ok(self.0.selection(&stored).await?.into())
    }

    /// Stores a new operation as the current one and lets go of what the one before leaves behind.
    pub(crate) async fn create(&self, new: StoredOperation) -> Result<StoredOperation, EngineError> {
        if self.0.closing.is_cancelled() {
            return Err(EngineError::Stopping);
        }
        let _lifecycle = self.0.lifecycle.lock().await;
        let before = self.0.store.current_operation().await?;
        let stored = self.0.store.create_operation(new).await?;
        self.0.interrupt();
        self.0.show(&stored);
        if let Some(before) = before {
            self.0.let_go(&before);
        }
        tracing::info!(
            operation = stored.operation.id,
            importer = stored.operation.importer_key,
            "created an operation"
        );
        Ok(stored)
    }
}

impl<S: Store> Inner<S> {
    /// How often a request is tried that another process may get in the way of.
    fn tries(&self) -> usize {
        if self.store.is_shared() { TRIES } else { 1 }
    }

    async fn pause_for_others(&self) {
        if self.store.is_shared() {
            tokio::time::sleep(PAUSE).await;
        }
    }

    async fn current_as_seen(&self) -> Result<Option<StoredOperation>, EngineError> {
        Ok(match self.store.current_operation().await? {
            Some(stored) => Some(self.as_seen(stored).await?),
            None => None,
        })
    }

    /// An operation with the counts of its shares, where its messages are shared out.
    pub(crate) async fn as_seen(&self, mut stored: StoredOperation) -> Result<StoredOperation, EngineError> {
        if stored.step() != ProgressStep::ImportingMessages || stored.work.shares.is_none() {
            return Ok(stored);
        }
        for share in self.store.shares(&stored.operation.id).await? {
            let (count, shown) =
                (stored.operation.count.get_or_insert_default(), share.operation.count.unwrap_or_default());
            let add = |all: &mut Option<u64>, more: Option<u64>| {
                *all = Some(all.unwrap_or_default() + more.unwrap_or_default());
            };
            add(&mut count.completed, shown.completed);
            add(&mut count.error, shown.error);
            stored.work.counts.add(&share.work.counts);
            stored.work.visible_reasons.merge(&share.work.visible_reasons);
            stored.work.notices.merge(&share.work.notices);
        }
        Ok(stored)
    }

    /// A new operation, not stored yet.
    pub(crate) fn blank_operation(&self, user_id: &str, importer: Importer, step: ProgressStep) -> StoredOperation {
        let now = IsoTime(Timestamp::now());
        StoredOperation {
            operation: Operation {
                id: random_id(),
                operation_type: importer.operation_type().to_owned(),
                importer_key: importer.key().to_owned(),
                ts: now,
                status: step,
                valid: true,
                user: user_id.to_owned(),
                updated_at: now,
                content_type: None,
                file: None,
                count: None,
            },
            ended_by_administrator: false,
            work: Work { options: self.options.import, ..Work::default() },
            revision: 0,
            share: None,
        }
    }

    /// Lets go of the file and the staged records of an operation that has ended.
    fn let_go(&self, stored: &StoredOperation) {
        let begun = Instant::now();
        self.drop_source(&stored.operation.id);
        self.remove_file(stored);
        self.sweep_in_background();
        tracing::debug!(
            operation = stored.operation.id,
            ms = begun.elapsed().as_millis() as u64,
            "let go of an operation"
        );
    }
}

/// The importer's display name, as progress and selection show it.
pub(crate) fn display_name(operation: &Operation) -> String {
    Importer::from_key(&operation.importer_key)
        .map_or_else(|| operation.operation_type.clone(), |importer| importer.name().to_owned())
}

/// The record of a user who was added over the API: the password becomes its digest, blanks are dropped.
fn import_user(user: NewUser) -> ImportUser {
    let texts = |list: Vec<String>| -> Vec<String> {
        list.into_iter().map(|text| text.trim().to_owned()).filter(|text| !text.is_empty()).collect()
    };
    let some = |text: Option<String>| text.filter(|text| !text.trim().is_empty());
    ImportUser {
        import_ids: texts(user.import_ids),
        emails: texts(user.emails),
        username: some(user.username).map(|name| name.trim().to_owned()),
        name: some(user.name),
        user_type: user.user_type.unwrap_or_default(),
        roles: user.roles.unwrap_or_default(),
        utc_offset: user.utc_offset,
        avatar_url: some(user.avatar_url),
        deleted: user.deleted,
        status_text: user.status_text,
        bio: user.bio,
        password_digest: some(user.password).map(|password| password_digest(&password)),
        custom_fields: None,
        placeholder: false,
    }
}

/// The counts of an operation that is ready.
pub(crate) fn ready_count(staged: import_store::StagedCounts, failed: u64) -> OperationCount {
    OperationCount {
        total: Some(staged.total() + failed),
        completed: None,
        error: (failed > 0).then_some(failed),
        users: Some(staged.users),
        channels: Some(staged.channels),
        messages: Some(staged.messages),
        contacts: Some(staged.contacts),
    }
}
