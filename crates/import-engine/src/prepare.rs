//! From the export file to the staging area.
//!
//! Users, rooms and contacts are copied into the staging area; messages are read, checked and counted, and read again by
//! the run. A line that cannot be read is a failed record.

use std::{collections::HashSet, path::PathBuf, time::Instant};

use import_proto::{
    DataType, ImportOptions, ImportUser, Importer, Notices, ProgressStep, ReasonCounts, Record, UnknownRooms,
    UnknownUsers,
};
use import_sources::{Item, Tally};
use import_store::{
    Batch, StagedCounts, Store, StoreError,
    operation::{Position, StoredOperation, Work},
    staging::{MessagePart, Outcome, RecordStatus, StagedKey, StagedRecord},
};
use sha2::{Digest, Sha256};
use tokio_util::sync::CancellationToken;

use crate::{
    engine::Inner,
    error::{EngineError, Halt},
    file, import_dir,
    lifecycle::ready_count,
    parts,
    reader::{self, Chunk, MOST_READERS, Messages},
    run::import_ids_name_people,
    size::size_of_value,
};

/// How many bits of a staged record's number count items within a part; the rest count parts.
const ITEM_BITS: u32 = 38;
/// Set in the number of a direct room, which follows from its import id: it comes out of every part that it has messages in.
const DIRECT_ROOM: u64 = 1 << 62;
/// Set in the number of a user who was added over the API.
pub(crate) const ADDED_USER: u64 = 1 << 61;
/// Set in the number of a placeholder, which follows from what is known of the user and from the import id: the same user
/// comes out of every part that names them. So placeholders are created after the users of the lists, and the best record
/// of a user has the lowest number.
const PLACEHOLDER: u64 = 1 << 60;
/// Where the rank of a placeholder stands in its number; the hash of the import id is below it.
const RANK_BITS: u32 = 58;
/// The part of a placeholder's number that follows from the import id.
const PERSON: u64 = (1 << RANK_BITS) - 1;
/// How many parts can be numbered below those bits.
const MOST_PARTS: u64 = PLACEHOLDER >> ITEM_BITS;
/// How many placeholders are looked at together to find those that were staged twice.
const PAGE: usize = 1_000;
const PAGE_BYTES: usize = 4 << 20;
/// A batch of staged records is committed once it has so many records,
const BATCH_RECORDS: usize = 1_000;
/// or so many parts,
const BATCH_PARTS: usize = 1_000;
/// or so many bytes (estimated),
const BATCH_BYTES: usize = 4 << 20;
/// or after so many milliseconds.
const BATCH_MILLIS: u128 = 500;

/// The number of an item in the staging area.
pub(crate) const fn seq_of(at: Position) -> u64 {
    (at.part << ITEM_BITS) | at.item
}

/// A record as it is staged.
pub(crate) fn staged_record(record: Record, seq: u64) -> Result<StagedRecord, StoreError> {
    let data_type = record.data_type();
    let first = |ids: &[String]| ids.first().cloned();
    let (import_id, unnamed, data) = match &record {
        Record::User(user) => (first(&user.import_ids), user.placeholder, serde_json::to_value(user)),
        Record::Channel(room) => {
            (first(&room.import_ids), room.room_type == import_proto::RoomType::Direct, serde_json::to_value(room))
        }
        Record::Message(message) => (None, false, serde_json::to_value(message)),
        Record::Contact(contact) => (first(&contact.import_ids), false, serde_json::to_value(contact)),
    };
    let data = data.map_err(|error| StoreError::Damaged { doing: "staging a record", reason: error.to_string() })?;
    Ok(StagedRecord {
        key: StagedKey { data_type, seq },
        import_id,
        unnamed,
        data,
        readable: true,
        status: RecordStatus::Staged,
        errors: Vec::new(),
    })
}

/// How little is known of a placeholder: 0 where the export has a profile, 1 where it has a name to mention, else 2.
pub(crate) fn placeholder_rank(user: &ImportUser) -> u64 {
    match user {
        ImportUser { name: Some(_), .. } | ImportUser { avatar_url: Some(_), .. } => 0,
        ImportUser { username: Some(_), .. } => 1,
        _ => 2,
    }
}

/// The number of a placeholder: the better the record, the lower.
fn placeholder_seq(user: &ImportUser) -> u64 {
    let rank = placeholder_rank(user);
    let id = user.import_ids.first().map(String::as_str).unwrap_or_default();
    PLACEHOLDER | (rank << RANK_BITS) | (number_of(id) & PERSON)
}

/// Which made-up records are imported.
#[derive(Clone, Copy)]
pub(crate) struct MadeUp {
    placeholders: bool,
    unlisted_rooms: bool,
}

impl MadeUp {
    pub(crate) fn of(options: ImportOptions, importer: Option<Importer>) -> Self {
        let placeholders = match options.unknown_users {
            Some(choice) => choice == UnknownUsers::Placeholder,
            None => importer.is_some_and(import_ids_name_people),
        };
        Self { placeholders, unlisted_rooms: options.unknown_rooms != Some(UnknownRooms::Fail) }
    }

    pub(crate) fn leaves_out_placeholders(self) -> bool {
        !self.placeholders
    }

    pub(crate) fn leaves_out(self, record: &Record) -> bool {
        match record {
            Record::User(user) => user.placeholder && !self.placeholders,
            Record::Channel(room) => room.unlisted && !self.unlisted_rooms,
            Record::Message(_) | Record::Contact(_) => false,
        }
    }
}

/// What is collected for the next commit.
struct Collected {
    batch: Batch,
    bytes: usize,
    since: Instant,
}

impl Collected {
    fn new(stored: StoredOperation) -> Self {
        Self { batch: Batch::new(stored), bytes: 0, since: Instant::now() }
    }

    fn is_full(&self) -> bool {
        self.batch.stage.len() >= BATCH_RECORDS
            || self.batch.parts.len() >= BATCH_PARTS
            || self.bytes >= BATCH_BYTES
            || self.since.elapsed().as_millis() >= BATCH_MILLIS
    }
}

impl<S: Store> Inner<S> {
    /// Fetches the file of an operation.
    pub(crate) async fn download_file(&self, stored: StoredOperation, stop: CancellationToken) -> Result<(), Halt> {
        let (Some(url), Some(file)) = (stored.work.download_url.clone(), self.file_of(&stored)) else {
            return Err(Halt::Failed("The address of the export file is not known any more.".into()));
        };
        let (file_name, content_type) = match import_dir::is_url(&url) {
            true => {
                let fetched = tokio::select! {
                    fetched = self.fetcher.fetch(&url, &file.path, |_| {}) => fetched,
                    () = stop.cancelled() => return Err(Halt::Stopped),
                };
                let fetched =
                    fetched.map_err(|error| Halt::Failed(format!("The export file could not be fetched: {error}")))?;
                (fetched.file_name, fetched.content_type)
            }
            false => (Some(self.copy_file(url, file.path.clone(), stop).await?), None),
        };
        if self.options.share_files {
            self.store.put_export_file(&stored.operation.id, &file.path).await?;
        }
        let mut batch = Batch::new(stored);
        batch.operation.operation.file = file_name.or(Some("download".into()));
        batch.operation.operation.content_type = content_type;
        batch.operation.work.download_url = None;
        batch.operation.work.resumes = 0;
        self.commit_step(batch, ProgressStep::FileLoaded).await?;
        Ok(())
    }

    /// Copies an export file out of the directory for imports: what is imported is then what was there, whoever changes or
    /// removes the file afterwards. Answers its name.
    async fn copy_file(&self, path: String, target: PathBuf, stop: CancellationToken) -> Result<String, Halt> {
        let Some(dir) = self.options.import_dir.clone() else {
            return Err(Halt::Failed(
                "The server was started without a directory for imports: the file is out of reach.".into(),
            ));
        };
        let copied = tokio::task::spawn_blocking(move || import_dir::copy(&dir, &path, &target, &stop))
            .await
            .map_err(|panic| EngineError::Internal(panic.to_string()))?;
        let name = copied.map_err(|error| Halt::Failed(format!("The export file could not be copied: {error}")))?;
        file::sync_dir(&self.options.files_dir)?;
        name.ok_or(Halt::Stopped)
    }

    /// Reads the file of an operation into the staging area, from where it stands to `importer_user_selection`.
    pub(crate) async fn prepare(&self, mut stored: StoredOperation, stop: CancellationToken) -> Result<(), Halt> {
        if stored.step() == ProgressStep::FileLoaded {
            stored = self.commit_step(Batch::new(stored), ProgressStep::PreparingStarted).await?;
        }
        // Whoever goes on with it reads it within the limits that it was begun with.
        stored.work.limits.get_or_insert_with(|| parts::kept(&self.options.limits));
        let (source, cut) = self.open_parts(&stored).await?;
        stored.work.parts.get_or_insert(cut);
        if source.part_count() as u64 > MOST_PARTS {
            return Err(Halt::Failed(format!(
                "The export file falls into {} parts; at most {MOST_PARTS} can be told apart.",
                source.part_count()
            )));
        }
        let total: u64 = (0..source.part_count()).filter_map(|part| Some(source.part(part)?.bytes)).sum();
        let from = stored.work.position;
        let mut read: u64 = (0..from.part as usize).filter_map(|part| Some(source.part(part)?.bytes)).sum();
        self.show_bytes(read, total);

        let parts = (0..source.part_count()).collect();
        let shared = std::sync::Arc::clone(&source);
        let mut chunks = reader::read(shared, parts, from, Messages::Counted, MOST_READERS, &stop);
        let mut collected = Collected::new(stored);
        let mut of_part = OfPart::default();
        let work = &collected.batch.operation;
        let made_up = MadeUp::of(work.work.options, Importer::from_key(&work.operation.importer_key));
        loop {
            let Some(chunk) = chunks.next_until(&stop).await? else { break };
            let part = source.part(chunk.part).ok_or_else(|| {
                EngineError::Internal(format!("the export file has no part {} that was read of it", chunk.part))
            })?;
            let step = step_of(part.data_type).max(collected.batch.operation.step());
            if step != collected.batch.operation.step() {
                // A step is shown before its work begins.
                collected = Collected::new(self.commit_step(collected.batch, step).await?);
            }
            collect(&mut collected, &mut of_part, &chunk, made_up)?;
            let ends = chunk.ends_part;
            let counted_whole = part.data_type == DataType::Message;
            if ends && counted_whole {
                collected.batch.parts.push(MessagePart {
                    part: chunk.part as u64,
                    room: part.room.map(|room| room.into_owned()),
                    direct: part.direct,
                    messages: of_part.messages,
                    skipped: false,
                });
            }
            let reached = match (ends, counted_whole) {
                (true, _) => Position { part: chunk.part as u64 + 1, item: 0 },
                // Messages are counted part by part: a part that is not counted to its end is counted again.
                (false, true) => Position { part: chunk.part as u64, item: 0 },
                (false, false) => Position { part: chunk.part as u64, item: chunk.next },
            };
            let work = &mut collected.batch.operation.work;
            if ends || !counted_whole {
                std::mem::take(&mut of_part).add_to(work);
            }
            if reached > work.position {
                // Whatever it stumbled over before lies behind it.
                (work.position, work.resumes) = (reached, 0);
            }
            if ends {
                read += part.bytes;
                self.show_bytes(read, total);
            }
            if collected.is_full() {
                let step = collected.batch.operation.step();
                collected = Collected::new(self.commit_step(collected.batch, step).await?);
            }
        }
        if stop.is_cancelled() {
            return Err(Halt::Stopped);
        }
        let step = collected.batch.operation.step();
        let stored = self.commit_step(collected.batch, step).await?;
        self.become_ready(stored).await
    }

    /// Removes every placeholder from the staging area that has a better record of the same user before it.
    ///
    /// A crash in between leaves some of them, and the next call removes those.
    async fn remove_worse_placeholders(&self, mut stored: StoredOperation) -> Result<StoredOperation, Halt> {
        let mut people = HashSet::new();
        let mut from = PLACEHOLDER;
        loop {
            let id = &stored.operation.id;
            let page = self.store.staged(id, DataType::User, RecordStatus::Staged, from, PAGE, PAGE_BYTES).await?;
            let Some(last) = page.last() else { return Ok(stored) };
            from = last.key.seq + 1;
            let placeholders = page.iter().map(|record| record.key).filter(|key| key.seq < ADDED_USER);
            let worse: Vec<_> = placeholders.filter(|key| !people.insert(key.seq & PERSON)).collect();
            if !worse.is_empty() {
                let mut batch = Batch::new(stored);
                batch.outcomes = worse.into_iter().map(|key| (key, Outcome::Imported)).collect();
                let step = batch.operation.step();
                stored = self.commit_step(batch, step).await?;
            }
            if from >= ADDED_USER {
                return Ok(stored);
            }
        }
    }

    async fn become_ready(&self, stored: StoredOperation) -> Result<(), Halt> {
        let mut stored = self.remove_worse_placeholders(stored).await?;
        let id = stored.operation.id.clone();
        let staged = self.store.staged_counts(&id, RecordStatus::Staged, false).await?;
        let failed = self.store.staged_counts(&id, RecordStatus::Failed, false).await?.total();
        stored.operation.count = Some(ready_count(staged, failed));
        stored.work.counts.error = failed;
        stored.work.visible_reasons = stored.work.reasons.clone();
        stored.work.position = Position::default();
        stored.work.resumes = 0;
        if staged.total() == 0 || self.has_only_empty_rooms(&id, staged).await? {
            let name = stored.operation.file.clone().unwrap_or_default();
            // The counts are kept, so that the failed lines can be looked at.
            let step = stored.step();
            self.commit_step(Batch::new(stored), step).await?;
            return Err(Halt::Failed(match failed {
                0 => format!("{name} holds no record."),
                1 => format!("Nothing in {name} could be read: 1 record failed."),
                failed => format!("Nothing in {name} could be read: {failed} records failed."),
            }));
        }
        let stored = self.commit_step(Batch::new(stored), ProgressStep::UserSelection).await?;
        tracing::info!(
            operation = id,
            users = staged.users,
            channels = staged.channels,
            messages = staged.messages,
            contacts = staged.contacts,
            failed,
            "the export file is prepared"
        );
        for unknown in &stored.work.unknown_subtypes {
            tracing::warn!(
                operation = id,
                subtype = unknown.subtype,
                kept = unknown.kept,
                left_out = unknown.left_out,
                "the export holds messages of a subtype that is not known; those with text are kept as plain messages"
            );
        }
        self.show(&stored);
        Ok(())
    }

    /// Whether nothing is staged but rooms that no list has, whose messages cannot be read.
    async fn has_only_empty_rooms(&self, id: &str, staged: StagedCounts) -> Result<bool, Halt> {
        let mut from = 0;
        if staged.channels == 0 || staged.channels != staged.total() {
            return Ok(false);
        }
        loop {
            let page = self.store.staged(id, DataType::Channel, RecordStatus::Staged, from, PAGE, PAGE_BYTES).await?;
            let Some(last) = page.last() else { return Ok(true) };
            from = last.key.seq + 1;
            if page.iter().any(|room| room.data["_unlisted"] != true) {
                return Ok(false);
            }
        }
    }

    fn show_bytes(&self, read: u64, total: u64) {
        self.pulse.send_modify(|pulse| {
            pulse.bytes_read = read;
            pulse.bytes_total = total;
        });
    }
}

/// The step in which records of a kind are prepared.
fn step_of(data_type: DataType) -> ProgressStep {
    match data_type {
        DataType::User => ProgressStep::PreparingUsers,
        DataType::Channel => ProgressStep::PreparingChannels,
        DataType::Message => ProgressStep::PreparingMessages,
        DataType::Contact => ProgressStep::PreparingContacts,
        DataType::Entry => ProgressStep::PreparingStarted,
    }
}

/// What is counted of a part of the file, or of a piece of one, until the position moves beyond it.
#[derive(Default)]
struct OfPart {
    messages: u64,
    unreadable: ReasonCounts,
    unknown_subtypes: Vec<Tally>,
    notices: Notices,
}

impl OfPart {
    fn add_to(self, work: &mut Work) {
        work.reasons.unreadable.merge(&self.unreadable);
        work.notices.merge(&self.notices);
        for tally in self.unknown_subtypes {
            work.unknown_subtypes.add(&tally.subtype, tally.kept, tally.left_out);
        }
    }
}

/// Stages a chunk, and counts what is in it.
fn collect(collected: &mut Collected, of_part: &mut OfPart, chunk: &Chunk, made_up: MadeUp) -> Result<(), Halt> {
    of_part.messages += chunk.counted;
    for (number, item, _) in &chunk.items {
        let seq = seq_of(Position { part: chunk.part as u64, item: *number });
        let record = match item {
            Item::Record(record) if made_up.leaves_out(record) => continue,
            Item::Record(Record::User(user)) if user.placeholder => {
                staged_record(Record::User(user.clone()), placeholder_seq(user))?
            }
            Item::Record(Record::Channel(room)) if room.room_type == import_proto::RoomType::Direct => {
                let id = room.import_ids.first().map(String::as_str).unwrap_or_default();
                staged_record(Record::Channel(room.clone()), DIRECT_ROOM | (number_of(id) >> 2))?
            }
            Item::Record(record) => staged_record(record.clone(), seq)?,
            Item::Tally(tally) => {
                of_part.unknown_subtypes.extend((!tally.known).then(|| tally.clone()));
                continue;
            }
            Item::Notice(notice) => {
                of_part.notices.add(notice.kind, &notice.name, notice.count);
                continue;
            }
            Item::Failed(failed) => {
                of_part.unreadable.count(failed.data_type, &failed.error);
                StagedRecord {
                    key: StagedKey { data_type: failed.data_type, seq },
                    import_id: None,
                    unnamed: false,
                    data: failed.data.clone(),
                    readable: false,
                    status: RecordStatus::Failed,
                    errors: vec![failed.error.clone()],
                }
            }
        };
        collected.bytes += 256 + size_of_value(&record.data);
        collected.batch.stage.push(record);
    }
    Ok(())
}

/// A number that follows from a text.
fn number_of(text: &str) -> u64 {
    let digest = Sha256::digest(text);
    digest.iter().take(8).fold(0, |number, byte| (number << 8) | u64::from(*byte))
}
