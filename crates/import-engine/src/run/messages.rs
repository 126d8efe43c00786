//! Messages: those that failed or were incomplete before are run again from the staging area, all others come from the export
//! file.
//!
//! While one batch is committed the next is converted.

use std::{collections::HashSet, sync::Arc};

use import_proto::{DataType, ImportMessage, ProgressStep, Record, RecordError, RoomType};
use import_sources::{Item, Source};
use import_store::{
    RoomRef, Store, StoreError,
    documents::{Date, EditorRef, Message, MessageUrl, Reaction, RoomMention, UserRef},
    operation::{Position, StoredOperation},
    staging::{RecordStatus, StagedRecord},
    uploads::MessageFile,
};
use serde_json::Value;
use tokio::task::JoinHandle;

use super::{
    Processed, Run, VISIBLE_MESSAGES, aligned,
    held_files::{HeldFiles, held},
    now, read_record,
    threads::located,
};
use crate::{
    error::{EngineError, Halt},
    prepare::{seq_of, staged_record},
    reader::{self, Chunks, Messages},
    size::size_of_value,
    text::{MentionNames, links},
};

/// How many threads read messages: writing them takes longer than reading them.
const READERS: usize = 1;
/// Messages of a batch at most; a multiple of those after which counts are shown.
const BATCH: usize = 4_000;
/// Messages of a batch until the first one is committed after a crash.
const SMALL_BATCH: usize = 500;
/// A batch is closed once its messages take so many bytes.
const BATCH_BYTES: usize = 8 << 20;
/// A batch is closed once the files that the export holds for it have so many bytes, as far as it says.
const BATCH_FILES: u64 = 64 << 20;
/// Bytes of a text with its links and attachments at most: a document of MongoDB holds 16 MiB in all.
const MOST_TEXT: usize = 15 << 20;
/// Bytes around a link where it stands once more beside the text: its place in the list, names, lengths, `meta`.
const LINK_BYTES: usize = 40;
/// Bytes of the shortest link.
const SHORTEST_LINK: usize = 8;
/// Why messages fail: by their author,
pub(crate) const UNKNOWN_USER: &str = "importer-message-unknown-user";
/// by their room,
pub(crate) const UNKNOWN_ROOM: &str = "importer-message-unknown-room";
/// by their text.
pub(crate) const TOO_LARGE: &str = "importer-message-too-large";
/// Mentions that stand for themselves.
pub(super) const EVERYBODY: [&str; 2] = ["all", "here"];

/// Why a message would not fit in a document, if so.
pub(crate) fn too_large(msg: &str, attachments: &[Value]) -> Option<String> {
    let held: usize = attachments.iter().map(size_of_value).sum();
    // However many links there are in it.
    if msg.len() * 2 + msg.len() / SHORTEST_LINK * LINK_BYTES + held <= MOST_TEXT {
        return None;
    }
    if msg.len() > MOST_TEXT {
        return Some(format!("{TOO_LARGE}: {} bytes of text, at most {MOST_TEXT} fit", msg.len()));
    }
    let bytes = msg.len() + links(msg).into_iter().map(|url| url.len() + LINK_BYTES).sum::<usize>() + held;
    (bytes > MOST_TEXT)
        .then(|| format!("{TOO_LARGE}: {bytes} bytes of text, links and attachments, at most {MOST_TEXT} fit"))
}

/// A message of the export file and where it stands there.
struct Located {
    at: Position,
    message: ImportMessage,
}

/// A message of the export file as it is staged, with why.
fn staged_with(
    record: Located,
    status: RecordStatus,
    reason: String,
    source: &dyn Source,
) -> Result<StagedRecord, StoreError> {
    let mut staged = staged_record(Record::Message(record.message), seq_of(record.at))?;
    let entry = source.part(record.at.part as usize).map(|part| part.entry.to_owned());
    staged.status = status;
    staged.errors = vec![RecordError { entry, ..RecordError::new(reason) }];
    Ok(staged)
}

/// A commit under way.
type Commit = JoinHandle<Result<StoredOperation, Halt>>;

impl<S: Store> Run<'_, S> {
    pub(super) async fn import_messages(&mut self) -> Result<(), Halt> {
        self.retry_messages().await?;
        if self.inner.store.is_shared() {
            self.import_shares().await?;
        } else {
            self.import_parts().await?;
        }
        self.join_waiting_replies().await
    }

    /// Messages that are staged whole because they failed or were incomplete.
    async fn retry_messages(&mut self) -> Result<(), Halt> {
        let mut from = 0;
        loop {
            self.check_stop()?;
            let id = &self.stored.operation.id;
            let mut rows =
                self.inner.store.staged(id, DataType::Message, RecordStatus::Staged, from, BATCH, BATCH_BYTES).await?;
            rows.truncate(aligned(self.stored.work.counts.processed_messages, rows.len(), VISIBLE_MESSAGES));
            let Some(last) = rows.last() else { return Ok(()) };
            from = last.key.seq + 1;
            let mut records = Vec::with_capacity(rows.len());
            for row in &rows {
                records.push(read_record::<ImportMessage>(row)?);
            }
            let unknown = self.unknown(records.iter());
            self.look_up(unknown).await?;
            let mut processed = Processed::new(&self.stored);
            let source = self.source_of_files(&records).await?;
            let files = self.take_held_files(records.iter(), source.as_ref(), &mut processed).await?;
            let time = now();
            let mut imported = Vec::with_capacity(rows.len());
            for (row, record) in rows.iter().zip(&records) {
                match self.convert_with_file(record, time, &files, &mut processed) {
                    Ok(message) => {
                        processed.batch.workspace.messages.push(message);
                        imported.push((row, record));
                    }
                    Err(reason) => processed.failed_again(row, reason),
                }
            }
            let orphans = self.join_threads(&mut processed.batch.workspace).await?;
            for (index, (row, record)) in imported.into_iter().enumerate() {
                match self.missing(record, orphans.contains(&index)) {
                    Some(reason) => processed.incomplete(row.key, located(row, reason)),
                    None => processed.imported(row.key),
                }
            }
            self.commit(processed, true).await?;
        }
    }

    /// The export file, where it is still there and one of these records has its file in it.
    async fn source_of_files(&self, records: &[ImportMessage]) -> Result<Option<Arc<dyn Source>>, Halt> {
        if !records.iter().any(|record| held(record).is_some()) {
            return Ok(None);
        }
        match self.inner.open_source(&self.stored).await {
            Ok(source) => Ok(Some(source)),
            // Each record says so.
            Err(Halt::Failed(_)) => Ok(None),
            Err(halt) => Err(halt),
        }
    }

    /// Messages of the export file, from the position reached.
    pub(super) async fn import_parts(&mut self) -> Result<(), Halt> {
        let from = self.stored.work.position;
        let parts = self.message_parts().await?;
        let own = self.stored.share.as_ref().map(|share| share.parts.iter().copied().collect::<HashSet<_>>());
        let wanted = parts.iter().filter(|part| !part.skipped && part.messages > 0 && part.part >= from.part);
        let wanted = wanted.filter(|part| own.as_ref().is_none_or(|own| own.contains(&part.part)));
        let wanted: Vec<usize> = wanted.map(|part| part.part as usize).collect();
        if wanted.is_empty() {
            return Ok(());
        }
        let source = self.inner.open_source(&self.stored).await?;
        let chunks = reader::read(Arc::clone(&source), wanted, from, Messages::Whole, READERS, &self.stop);
        let mut pending = None;
        let taken = self.take_messages(chunks, &source, &mut pending).await;
        self.settle(&mut pending).await?;
        taken
    }

    async fn take_messages(
        &mut self,
        mut chunks: Chunks,
        source: &Arc<dyn Source>,
        pending: &mut Option<Commit>,
    ) -> Result<(), Halt> {
        let mut processed = self.stored.work.counts.processed_messages;
        let (mut taken, mut bytes, mut files) = (Vec::with_capacity(BATCH), 0, 0);
        loop {
            let Some(chunk) = chunks.next_until(&self.stop).await? else { break };
            for (number, item, size) in chunk.items {
                // What could not be read was staged as failed when the file was prepared, and so were direct rooms.
                let Item::Record(Record::Message(message)) = item else { continue };
                bytes += size;
                let file = held(&message).map_or(0, |(file, _)| file.size.unwrap_or_default().max(1));
                files = u64::saturating_add(files, file);
                taken.push(Located { at: Position { part: chunk.part as u64, item: number }, message });
                // After a crash in small steps: what crashes it again is soon behind it, or stands alone.
                let most = if self.stored.work.resumes > 0 { SMALL_BATCH } else { BATCH };
                let full = taken.len() >= most || bytes >= BATCH_BYTES || files > 0;
                let whole = (processed + taken.len() as u64).is_multiple_of(VISIBLE_MESSAGES);
                // A batch ends where counts can be shown, unless its messages are huge or copying their files takes long.
                if full && (whole || bytes >= 4 * BATCH_BYTES || files >= BATCH_FILES) {
                    processed += taken.len() as u64;
                    (bytes, files) = (0, 0);
                    let batch = std::mem::replace(&mut taken, Vec::with_capacity(BATCH));
                    self.import_batch(batch, source, pending, ProgressStep::ImportingMessages).await?;
                }
            }
        }
        // The reader ends early where it is stopped.
        self.check_stop()?;
        if !taken.is_empty() {
            // With its last batch a share is done.
            let own = self.stored.share.is_some();
            let step = if own { ProgressStep::Finishing } else { ProgressStep::ImportingMessages };
            self.import_batch(taken, source, pending, step).await?;
        }
        Ok(())
    }

    /// Converts a batch while the one before is committed, then commits it in the background and moves to `step` with it.
    async fn import_batch(
        &mut self,
        records: Vec<Located>,
        source: &Arc<dyn Source>,
        pending: &mut Option<Commit>,
        step: ProgressStep,
    ) -> Result<(), Halt> {
        let unknown = self.unknown(records.iter().map(|record| &record.message));
        self.look_up(unknown).await?;
        let reached = records.last().map(|last| Position { part: last.at.part, item: last.at.item + 1 });
        let mut processed = Processed::new(&self.stored);
        let messages = records.iter().map(|record| &record.message);
        let files = self.take_held_files(messages, Some(source), &mut processed).await?;
        self.process_messages(records, &**source, &files, &mut processed).await?;
        self.settle(pending).await?;
        processed.batch.operation = self.stored.clone();
        processed.count(true);
        processed.batch.operation.work.position = reached.unwrap_or(self.stored.work.position);
        processed.batch.operation.work.resumes = 0;
        let (inner, batch) = (Arc::clone(self.inner), processed.batch);
        *pending = Some(tokio::spawn(async move { inner.commit_step(batch, step).await }));
        Ok(())
    }

    /// Waits for the commit under way.
    async fn settle(&mut self, pending: &mut Option<Commit>) -> Result<(), Halt> {
        if let Some(commit) = pending.take() {
            self.stored = commit.await.map_err(|panic| EngineError::Internal(panic.to_string()))??;
        }
        Ok(())
    }

    async fn process_messages(
        &mut self,
        records: Vec<Located>,
        source: &dyn Source,
        files: &HeldFiles,
        processed: &mut Processed,
    ) -> Result<(), Halt> {
        processed.batch.workspace.messages.reserve(records.len());
        let time = now();
        let mut imported = Vec::with_capacity(records.len());
        for record in records {
            match self.convert_with_file(&record.message, time, files, processed) {
                Ok(message) => {
                    processed.completed += 1;
                    processed.batch.workspace.messages.push(message);
                    imported.push(record);
                }
                Err(reason) => {
                    let failed = staged_with(record, RecordStatus::Failed, reason, source)?;
                    failed.errors.iter().for_each(|error| processed.count_failed(DataType::Message, error));
                    processed.batch.stage.push(failed);
                }
            }
        }
        let orphans = self.join_threads(&mut processed.batch.workspace).await?;
        for (index, record) in imported.into_iter().enumerate() {
            if let Some(reason) = self.missing(&record.message, orphans.contains(&index)) {
                processed.batch.stage.push(staged_with(record, RecordStatus::Incomplete, reason, source)?);
            }
        }
        Ok(())
    }

    /// Looks up everybody and every room that the messages name, in two questions.
    pub(super) async fn look_up(&mut self, (people, rooms): (Vec<String>, Vec<String>)) -> Result<(), Halt> {
        self.look_up_users(people).await?;
        self.look_up_rooms(rooms).await
    }

    /// Import ids of people and rooms that the messages name and that are not remembered yet.
    pub(super) fn unknown<'a>(
        &mut self,
        records: impl Iterator<Item = &'a ImportMessage> + Clone,
    ) -> (Vec<String>, Vec<String>) {
        let people = records.clone().flat_map(|message| {
            let reactions = message.reactions.values().flat_map(|reaction| &reaction.users);
            [&message.author.id]
                .into_iter()
                .chain(&message.edited_by)
                .chain(&message.pinned_by)
                .chain(&message.replies)
                .chain(&message.mentions)
                .chain(reactions)
                .map(String::as_str)
        });
        let rooms = records.flat_map(|message| [&message.rid].into_iter().chain(&message.channels).map(String::as_str));
        (self.users.missing(people), self.rooms.missing(rooms))
    }

    /// The document of a message, with the file that the export holds for it.
    fn convert_with_file(
        &self,
        record: &ImportMessage,
        time: Date,
        files: &HeldFiles,
        processed: &mut Processed,
    ) -> Result<Message, String> {
        let shown = self.convert(record, time).and_then(|mut message| {
            files.show(record, &mut message, processed)?;
            Ok(message)
        });
        if shown.is_err() && held(record).is_some() {
            processed.file_needed = true;
        }
        shown
    }

    /// The document of a message, or why there can be none.
    fn convert<'r>(&'r self, record: &'r ImportMessage, time: Date) -> Result<Message, String> {
        let author = self.users.get(&record.author.id);
        let author = author.ok_or_else(|| format!("{UNKNOWN_USER}: {}", record.author.id))?;
        let room = self.rooms.get(&record.rid);
        let room = room.ok_or_else(|| format!("{UNKNOWN_ROOM}: {}", record.rid))?;
        let names = self.names(record);
        let msg = names.replace(&record.msg);
        if let Some(reason) = too_large(&msg, &record.attachments) {
            return Err(reason);
        }
        let urls = links(&msg).into_iter().map(MessageUrl::new).collect();
        let users = |ids: &'r [String]| ids.iter().filter_map(|id| self.users.get(id));
        let reactions = record.reactions.iter().filter_map(|(emoji, reaction)| {
            let usernames = each_once(users(&reaction.users).map(|user| user.username.as_str()));
            (!usernames.is_empty()).then(|| (emoji.clone(), Reaction { usernames }))
        });
        let editor = |id: &Option<String>| {
            let user = self.users.get(id.as_ref()?)?;
            Some(EditorRef { id: user.id.clone(), username: user.username.clone() })
        };
        Ok(Message {
            id: record.id.clone(),
            rid: room.id.clone(),
            msg,
            ts: Date(record.ts.0),
            user: author.clone(),
            system_type: record.system_type.clone(),
            groupable: record.groupable,
            tmid: record.tmid.clone(),
            tshow: record.tshow,
            tlm: record.tlm.map(|tlm| Date(tlm.0)),
            tcount: record.tcount,
            replies: each_once(users(&record.replies).map(|user| user.id.as_str())),
            edited_at: record.edited_at.map(|at| Date(at.0)),
            edited_by: editor(&record.edited_by),
            mentions: self.mentions(record),
            channels: self.mentioned_rooms(record),
            pinned: record.pinned,
            pinned_at: record.pinned_at.map(|at| Date(at.0)),
            pinned_by: editor(&record.pinned_by),
            reactions: reactions.collect(),
            attachments: record.attachments.iter().map(|attachment| names.replace_in(attachment)).collect(),
            import_file: record.import_file.clone().map(MessageFile::from),
            urls,
            alias: record.alias.clone(),
            emoji: record.emoji.clone(),
            bot: record.bot,
            hidden: record.hidden,
            updated_at: time,
        })
    }

    /// What the import ids of a record's mentions are called in the workspace.
    fn names<'r>(&'r self, record: &'r ImportMessage) -> MentionNames<'r> {
        let users = record.mentions.iter().filter_map(|id| Some((id.as_str(), self.users.get(id)?.username.as_str())));
        let rooms = record.channels.iter().filter_map(|id| Some((id.as_str(), self.named_room(id)?.name.as_str())));
        let mut names = MentionNames { users: users.collect(), rooms: rooms.collect() };
        for (id, label) in &record.mention_names {
            let label = label.trim().trim_start_matches(['@', '#']);
            if !label.is_empty() {
                names.users.entry(id).or_insert(label);
                names.rooms.entry(id).or_insert(label);
            }
        }
        names
    }

    fn named_room(&self, id: &str) -> Option<&RoomRef> {
        self.rooms.get(id).filter(|room| room.room_type != RoomType::Direct)
    }

    fn mentions(&self, record: &ImportMessage) -> Vec<UserRef> {
        let (mut mentions, mut seen): (Vec<UserRef>, _) = (Vec::new(), HashSet::new());
        for id in &record.mentions {
            let everybody = EVERYBODY.contains(&id.as_str());
            let user = if everybody {
                Some(UserRef { id: id.clone(), username: id.clone(), name: id.clone() })
            } else {
                self.users.get(id).cloned()
            };
            mentions.extend(user.filter(|user| seen.insert(user.id.clone())));
        }
        mentions
    }

    fn mentioned_rooms(&self, record: &ImportMessage) -> Vec<RoomMention> {
        let mut seen = HashSet::new();
        let named = record.channels.iter().filter_map(|id| self.named_room(id));
        let rooms = named.filter(|room| seen.insert(room.id.as_str()));
        rooms.map(|room| RoomMention { id: room.id.clone(), name: room.name.clone() }).collect()
    }
}

/// The texts in their order, each once: two people of an export can be one user of the workspace.
fn each_once<'t>(texts: impl Iterator<Item = &'t str>) -> Vec<String> {
    let mut seen = HashSet::new();
    texts.filter(|text| seen.insert(*text)).map(str::to_owned).collect()
}
