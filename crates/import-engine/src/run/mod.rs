//! The run of an operation: users, contacts, rooms, messages, in this order; or whatever is pending.
//!
//! Each stage takes batches of staged records, converts them and commits what became of them. Nothing is kept between two
//! batches but caches, so a run goes on from the last commit wherever it was stopped.

mod contacts;
mod fetching;
mod held_files;
mod messages;
mod passwords;
mod pending;
mod rooms;
mod shares;
mod threads;
mod users;

pub(crate) use messages::{TOO_LARGE, UNKNOWN_ROOM, UNKNOWN_USER, too_large};
pub(crate) use rooms::{MISSING_USERS, check_names, name_of, slug_of};
pub(crate) use threads::{AFTER_PARTS, without_file_ending};
pub(crate) use users::{DUPLICATE_USER, EMAIL_TAKEN, MISSING_EMAIL_AND_USERNAME, import_ids_name_people};

use std::{collections::HashMap, sync::Arc};

use import_proto::{DataType, Importer, NoticeKind, OperationCount, ProgressStep, ReasonCounts, RecordError};
use import_store::{
    Batch, StagedCounts, Store, StoreError, UserKeys, WorkspaceSettings,
    credentials::derived_id,
    documents::{Date, UserRef},
    operation::{Counts, Position, Reasons, StoredOperation, Work},
    staging::{MessagePart, NOT_SELECTED, Outcome, RecordStatus, StagedKey, StagedRecord},
};
use serde::de::DeserializeOwned;
use tokio_util::sync::CancellationToken;

use self::threads::SeenMessages;
use crate::{engine::Inner, error::Halt};

/// The workspace's own bot: an import does not change it, and sources name it as the author of what nobody wrote.
pub(crate) const ROCKET_CAT: &str = "rocket.cat";
/// Records of a batch at most, messages aside.
const BATCH: usize = 1_000;
/// Records of a batch until the first one is committed after a crash.
const SMALL_BATCH: usize = 100;
/// Bytes of the records of a batch, about.
const BATCH_BYTES: usize = 4 << 20;
/// Counts seen from outside change after a multiple of so many records,
const VISIBLE_RECORDS: u64 = 50;
/// or so many messages.
const VISIBLE_MESSAGES: u64 = 500;
/// How many users and rooms are remembered by import id.
const MOST_REMEMBERED: usize = 200_000;

/// A run in progress.
struct Run<'e, S: Store> {
    inner: &'e Arc<Inner<S>>,
    /// The operation as it was committed last.
    stored: StoredOperation,
    stop: CancellationToken,
    importer: Importer,
    /// Whoever created the operation.
    runner: UserRef,
    /// What new users get.
    settings: WorkspaceSettings,
    /// The workspace's own bot, which sources name by its id.
    bot: Option<UserRef>,
    users: Remembered<UserRef>,
    rooms: Remembered<import_store::RoomRef>,
    /// The messages that were written last.
    seen: SeenMessages,
    /// The parts of the export that hold messages, once they were asked for: a run does not change them.
    parts: Option<Arc<[MessagePart]>>,
}

/// What import ids stand for, remembered between batches; `None`: nothing that is known.
struct Remembered<T>(HashMap<String, Option<T>>);

impl<T: Clone> Remembered<T> {
    fn new() -> Self {
        Self(HashMap::new())
    }

    /// Those of the ids that have to be looked up, each once.
    fn missing<'a>(&mut self, ids: impl Iterator<Item = &'a str>) -> Vec<String> {
        if self.0.len() > MOST_REMEMBERED {
            self.0.clear();
        }
        let mut missing: Vec<String> = ids.filter(|id| !self.0.contains_key(*id)).map(str::to_owned).collect();
        missing.sort_unstable();
        missing.dedup();
        missing
    }

    fn remember(&mut self, asked: Vec<String>, mut found: HashMap<String, T>) {
        for id in asked {
            let value = found.remove(&id);
            self.0.insert(id, value);
        }
    }

    fn get(&self, id: &str) -> Option<&T> {
        self.0.get(id)?.as_ref()
    }
}

/// What becomes of one batch of staged records, to be counted and committed.
struct Processed {
    batch: Batch,
    completed: u64,
    failed: u64,
    skipped: u64,
    reasons: Reasons,
    /// What an administrator should know.
    notes: Vec<String>,
    /// Whether a failed record needs the export file.
    file_needed: bool,
}

impl Processed {
    fn new(stored: &StoredOperation) -> Self {
        let batch = Batch::new(stored.clone());
        Self {
            batch,
            completed: 0,
            failed: 0,
            skipped: 0,
            reasons: Reasons::default(),
            notes: Vec::new(),
            file_needed: false,
        }
    }

    fn imported(&mut self, key: StagedKey) {
        self.completed += 1;
        self.batch.outcomes.push((key, Outcome::Imported));
    }

    /// A record that is in the workspace and lacks what is not known yet.
    fn incomplete(&mut self, key: StagedKey, error: RecordError) {
        self.completed += 1;
        self.batch.outcomes.push((key, Outcome::Incomplete(error)));
    }

    fn failed(&mut self, key: StagedKey, reason: String) {
        self.failed_with(key, RecordError::new(reason));
    }

    /// A record that failed before has failed again: it stands where it stood.
    fn failed_again(&mut self, row: &StagedRecord, reason: String) {
        self.failed_with(row.key, threads::located(row, reason));
    }

    fn failed_with(&mut self, key: StagedKey, error: RecordError) {
        self.count_failed(key.data_type, &error);
        self.batch.outcomes.push((key, Outcome::Failed(error)));
    }

    /// Counts a record that failed and is not staged yet.
    fn count_failed(&mut self, data_type: DataType, error: &RecordError) {
        self.failed += 1;
        self.reasons.failed.count(data_type, error);
    }

    fn skipped(&mut self, key: StagedKey, reason: String) {
        self.skipped += 1;
        let error = RecordError::new(reason);
        self.reasons.skipped.count(key.data_type, &error);
        self.batch.outcomes.push((key, Outcome::Skipped(error)));
    }

    /// Says something that an administrator should know.
    fn note(&mut self, note: String) {
        tracing::warn!(
            operation = self.batch.operation.operation.id,
            note,
            "the import did something that should be known"
        );
        self.notes.push(note);
    }

    fn counts(&mut self) -> &mut Counts {
        &mut self.batch.operation.work.counts
    }

    /// Gives a notice about something with a name.
    fn notice(&mut self, kind: NoticeKind, name: &str) {
        self.batch.operation.work.notices.add(kind, name, 1);
    }

    /// Adds up the counts and the notes; counts seen from outside move only at whole multiples.
    fn count(&mut self, messages: bool) {
        let work = &mut self.batch.operation.work;
        work.file_needed |= self.file_needed;
        let room = Work::MOST_NOTES.saturating_sub(work.notes.len()).min(self.notes.len());
        work.notes_omitted += (self.notes.len() - room) as u64;
        work.notes.extend(self.notes.drain(..).take(room));
        let (completed, failed, skipped) = (self.completed, self.failed, self.skipped);
        self.batch.operation.work.reasons.merge(&self.reasons);
        let counts = self.counts();
        counts.completed += completed;
        counts.error += failed;
        counts.skipped += skipped;
        let processed = if messages { &mut counts.processed_messages } else { &mut counts.processed };
        *processed += completed + failed + skipped;
        let multiple = if messages { VISIBLE_MESSAGES } else { VISIBLE_RECORDS };
        if processed.is_multiple_of(multiple) {
            publish(&mut self.batch.operation);
        }
    }
}

/// Shows the counts as they are.
fn publish(stored: &mut StoredOperation) {
    let counts = stored.work.counts;
    let visible = stored.operation.count.get_or_insert_default();
    visible.completed = Some(counts.completed);
    visible.error = Some(counts.error);
    stored.work.visible_reasons = stored.work.reasons.clone();
}

/// How many of `available` records to take, so that a whole multiple is processed after them where there are enough.
fn aligned(processed: u64, available: usize, multiple: u64) -> usize {
    let beyond = (processed + available as u64) % multiple;
    match available as u64 - beyond.min(available as u64) {
        0 => available,
        whole => whole as usize,
    }
}

impl<S: Store> Inner<S> {
    /// Runs an operation from wherever it stands to its end.
    pub(crate) async fn run_operation(
        self: &Arc<Self>,
        stored: StoredOperation,
        stop: CancellationToken,
    ) -> Result<(), Halt> {
        self.run(stored, stop).await?.go().await
    }

    async fn run(self: &Arc<Self>, stored: StoredOperation, stop: CancellationToken) -> Result<Run<'_, S>, Halt> {
        let importer = Importer::from_key(&stored.operation.importer_key)
            .ok_or_else(|| Halt::Failed(format!("This server has no importer {}.", stored.operation.importer_key)))?;
        let ids = vec![stored.operation.user.clone(), ROCKET_CAT.to_owned()];
        let found = self.store.find_users(UserKeys { ids, ..UserKeys::default() }).await?;
        let known = found.into_iter().map(|user| UserRef { id: user.id, username: user.username, name: user.name });
        let known: HashMap<String, UserRef> = known.map(|user| (user.id.clone(), user)).collect();
        let runner = known.get(&stored.operation.user).cloned();
        let runner =
            runner.ok_or_else(|| Halt::Failed("The user who created the operation is not there any more.".into()))?;
        let bot = known.get(ROCKET_CAT).cloned();
        let settings = self.store.workspace_settings().await?;
        let (users, rooms) = (Remembered::new(), Remembered::new());
        let seen = SeenMessages::default();
        Ok(Run { inner: self, stored, stop, importer, runner, settings, bot, users, rooms, seen, parts: None })
    }
}

impl<S: Store> Run<'_, S> {
    async fn go(&mut self) -> Result<(), Halt> {
        if self.importer.fetches_pending() {
            self.fetch_pending().await?;
            self.enter(ProgressStep::Finishing).await?;
            return self.finish().await;
        }
        // A retry processes what was counted before.
        if self.stored.step() == ProgressStep::ImportingStarted && self.stored.work.position == Position::default() {
            self.total().await?;
        }
        if self.enter(ProgressStep::ImportingUsers).await? {
            self.import_users().await?;
        }
        if self.enter(ProgressStep::ImportingContacts).await? {
            self.import_contacts().await?;
        }
        if self.enter(ProgressStep::ImportingChannels).await? {
            self.import_rooms().await?;
        }
        if self.enter(ProgressStep::ImportingMessages).await? {
            self.import_messages().await?;
        }
        self.enter(ProgressStep::Finishing).await?;
        self.finish().await
    }

    /// Moves to a stage; false where the run has gone beyond it already.
    async fn enter(&mut self, step: ProgressStep) -> Result<bool, Halt> {
        if self.stored.step() > step {
            return Ok(false);
        }
        if self.stored.step() < step {
            self.stored = self.inner.commit_step(Batch::new(self.stored.clone()), step).await?;
        }
        Ok(true)
    }

    /// Sets the total to what is selected, and what was processed before.
    async fn total(&mut self) -> Result<(), Halt> {
        let id = &self.stored.operation.id;
        let staged = self.inner.store.staged_counts(id, RecordStatus::Staged, false).await?.total();
        let skipped = self.inner.store.staged_counts(id, RecordStatus::Skipped, false).await?;
        let mut batch = Batch::new(self.stored.clone());
        batch.operation.work.reasons.skipped = not_selected(skipped);
        let counts = &mut batch.operation.work.counts;
        counts.skipped = skipped.total();
        let total = staged + counts.completed + counts.error;
        let count: &mut OperationCount = batch.operation.operation.count.get_or_insert_default();
        count.total = Some(total);
        publish(&mut batch.operation);
        self.stored = self.inner.commit_step(batch, ProgressStep::ImportingStarted).await?;
        Ok(())
    }

    async fn finish(&mut self) -> Result<(), Halt> {
        let id = self.stored.operation.id.clone();
        self.inner.store.refresh_rooms(&id).await?;
        self.check_stop()?;
        let parts = self.message_parts().await?;
        let mut batch = Batch::new(self.stored.clone());
        publish(&mut batch.operation);
        // Failed messages are staged whole; only those that were passed over, and files that the export holds, are still
        // in it alone.
        let needed = batch.operation.work.file_needed || parts.iter().any(|part| part.skipped);
        let before = (!needed).then(|| batch.operation.clone());
        if !needed {
            batch.operation.work.file = None;
        }
        batch.operation.work.position = Position { part: u64::MAX >> 1, item: 0 };
        batch.operation.work.resumes = 0;
        self.stored = self.inner.commit_step(batch, ProgressStep::Done).await?;
        if let Some(before) = before {
            self.inner.drop_source(&id);
            self.inner.remove_file(&before);
        }
        let counts = self.stored.work.counts;
        tracing::info!(
            operation = id,
            completed = counts.completed,
            error = counts.error,
            skipped = counts.skipped,
            "the import is done"
        );
        Ok(())
    }

    /// The `_id` of the document that a staged record makes where there is none yet. One that is there already was made by
    /// this very record, in a batch that was cut short.
    fn new_id(&self, kind: &str, key: StagedKey) -> String {
        derived_id(&[kind, &self.stored.operation.id, &key.seq.to_string()])
    }

    async fn message_parts(&mut self) -> Result<Arc<[MessagePart]>, Halt> {
        if self.parts.is_none() {
            self.parts = Some(self.inner.store.message_parts(&self.stored.operation.id).await?.into());
        }
        Ok(self.parts.clone().unwrap_or_default())
    }

    fn check_stop(&self) -> Result<(), Halt> {
        if self.stop.is_cancelled() { Err(Halt::Stopped) } else { Ok(()) }
    }

    /// The next staged records of a kind, cut so that counts can be shown after them.
    async fn next_rows(&self, data_type: DataType, from: u64, limit: usize) -> Result<Vec<StagedRecord>, Halt> {
        self.check_stop()?;
        let id = &self.stored.operation.id;
        // After a crash in small steps: what crashes it again is soon behind it, or stands alone.
        let limit = if self.stored.work.resumes > 0 { limit.min(SMALL_BATCH) } else { limit };
        let mut rows = self.inner.store.staged(id, data_type, RecordStatus::Staged, from, limit, BATCH_BYTES).await?;
        rows.truncate(aligned(self.stored.work.counts.processed, rows.len(), VISIBLE_RECORDS));
        Ok(rows)
    }

    async fn commit(&mut self, mut processed: Processed, messages: bool) -> Result<(), Halt> {
        processed.count(messages);
        processed.batch.operation.work.resumes = 0;
        let step = processed.batch.operation.step();
        self.stored = self.inner.commit_step(processed.batch, step).await?;
        Ok(())
    }

    /// Looks up users by import id: those that [`Remembered::missing`] names.
    async fn look_up_users(&mut self, missing: Vec<String>) -> Result<(), Halt> {
        if !missing.is_empty() {
            let by_username = self.importer == Importer::Csv;
            let mut found =
                self.inner.store.resolve_users(&self.stored.operation.id, missing.clone(), by_username).await?;
            if let Some(bot) = &self.bot {
                found.entry(ROCKET_CAT.to_owned()).or_insert_with(|| bot.clone());
            }
            self.users.remember(missing, found);
        }
        Ok(())
    }

    /// Looks up rooms by import id: those that [`Remembered::missing`] names.
    async fn look_up_rooms(&mut self, missing: Vec<String>) -> Result<(), Halt> {
        if !missing.is_empty() {
            let by_name = self.importer == Importer::Csv;
            let found = self.inner.store.resolve_rooms(&self.stored.operation.id, missing.clone(), by_name).await?;
            self.rooms.remember(missing, found);
        }
        Ok(())
    }
}

/// The counts of what was skipped before a run begins.
fn not_selected(skipped: StagedCounts) -> ReasonCounts {
    let mut reasons = ReasonCounts::default();
    for (data_type, count) in [
        (DataType::User, skipped.users),
        (DataType::Channel, skipped.channels),
        (DataType::Message, skipped.messages),
        (DataType::Contact, skipped.contacts),
    ] {
        reasons.add(data_type, NOT_SELECTED, count);
    }
    reasons
}

/// A staged record as the record it is.
fn read_record<T: DeserializeOwned>(row: &StagedRecord) -> Result<T, Halt> {
    T::deserialize(&row.data)
        .map_err(|error| StoreError::Damaged { doing: "reading a staged record", reason: error.to_string() }.into())
}

/// One instant for everything that a batch writes.
fn now() -> Date {
    Date::now()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn batches_end_at_whole_multiples_where_there_are_enough_records() {
        assert_eq!(aligned(0, 1_000, 50), 1_000);
        assert_eq!(aligned(0, 120, 50), 100);
        assert_eq!(aligned(100, 20, 50), 20);
        assert_eq!(aligned(120, 1_000, 50), 980);
        assert_eq!(aligned(120, 10, 50), 10);
        assert_eq!(aligned(120, 30, 50), 30);
        assert_eq!(aligned(0, 0, 50), 0);
    }
}
