//! Threads: a reply joins the first message of its thread, or is shown in the room where there is no such message.
//!
//! A reply whose first message is not known yet is imported without its thread, so that the room shows it, and stays staged
//! as incomplete. After all parts of the file it joins the thread if the first message came later, else it is counted as an
//! orphan.

use std::{
    collections::{BTreeMap, HashMap, HashSet},
    hash::{BuildHasher, RandomState},
};

use import_proto::{DataType, ImportMessage, NoticeKind, RecordError};
use import_sources::FILE_MESSAGE_ENDINGS;
use import_store::{
    Store, ThreadReply, ThreadUpdate, WorkspaceBatch,
    documents::Date,
    operation::Position,
    staging::{Outcome, RecordStatus, StagedRecord},
};

use super::{BATCH_BYTES, Processed, Run, messages::EVERYBODY, read_record};
use crate::error::Halt;

/// The part of a run's position once all parts of the file are imported; its item is then the number of the next
/// incomplete message.
pub(crate) const AFTER_PARTS: u64 = u64::MAX >> 2;
/// Why a message is incomplete.
const INCOMPLETE: &str = "importer-message-incomplete";
/// How many ids of a kind the reason names.
const MOST_NAMED: usize = 10;
/// How many messages each of two generations remembers.
const MOST_MESSAGES: usize = 200_000;
/// Incomplete messages that are read at once.
const PAGE: usize = 4_000;

/// The messages that a run has written last, among them those of the batch under commit, which the store may not know yet.
#[derive(Default)]
pub(super) struct SeenMessages {
    hasher: RandomState,
    /// By the hash of the `_id`: whether the source says how many replies the message has.
    recent: HashMap<u64, bool>,
    older: HashMap<u64, bool>,
}

impl SeenMessages {
    /// Makes room for a batch. The one before it stays remembered.
    fn begin_batch(&mut self) {
        if self.recent.len() >= MOST_MESSAGES {
            self.older = std::mem::take(&mut self.recent);
        }
    }

    fn remember(&mut self, id: &str, counted: bool) {
        *self.recent.entry(self.hasher.hash_one(id)).or_default() |= counted;
    }

    /// Whether the message's replies are counted, if it was seen.
    fn get(&self, id: &str) -> Option<bool> {
        let hash = self.hasher.hash_one(id);
        self.recent.get(&hash).or_else(|| self.older.get(&hash)).copied()
    }
}

/// The first message of a thread.
#[derive(Debug, Clone, PartialEq, Eq)]
struct Root {
    id: String,
    /// Whether the source says how many replies it has. Otherwise the store counts them.
    counted: bool,
}

/// What first messages learn of the replies of a batch.
#[derive(Default)]
struct Updates(BTreeMap<String, ThreadUpdate>);

impl Updates {
    fn add(&mut self, root: &Root, author: &str, ts: Date) {
        if root.counted {
            return;
        }
        let new = || ThreadUpdate { root: root.id.clone(), replies: Vec::new(), last: ts };
        let update = self.0.entry(root.id.clone()).or_insert_with(new);
        update.last = update.last.max(ts);
        if !update.replies.iter().any(|there| there == author) {
            update.replies.push(author.to_owned());
        }
    }

    fn into_vec(self) -> Vec<ThreadUpdate> {
        self.0.into_values().collect()
    }
}

impl<S: Store> Run<'_, S> {
    /// Joins the replies of a batch with the first messages of their threads. A reply without one is shown in the room.
    /// Returns the indexes of such replies.
    pub(super) async fn join_threads(&mut self, batch: &mut WorkspaceBatch) -> Result<HashSet<usize>, Halt> {
        self.seen.begin_batch();
        for message in &batch.messages {
            self.seen.remember(&message.id, message.tcount.is_some_and(|count| count > 0));
        }
        let wanted = batch.messages.iter().filter_map(|message| message.tmid.as_deref());
        let roots = self.find_roots(wanted.map(str::to_owned).collect()).await?;
        let (mut updates, mut orphans) = (Updates::default(), HashSet::new());
        for (index, message) in batch.messages.iter_mut().enumerate() {
            let Some(tmid) = &message.tmid else { continue };
            match roots.get(tmid).filter(|root| root.id != message.id) {
                Some(root) => {
                    updates.add(root, &message.user.id, message.ts);
                    message.tmid = Some(root.id.clone());
                }
                None => {
                    (message.tmid, message.tshow) = (None, false);
                    orphans.insert(index);
                }
            }
        }
        batch.threads = updates.into_vec();
        Ok(orphans)
    }

    /// The first messages of these threads, those that are there.
    async fn find_roots(&mut self, wanted: HashSet<String>) -> Result<HashMap<String, Root>, Halt> {
        let mut found = HashMap::new();
        let mut unknown = Vec::new();
        for tmid in wanted {
            let seen = candidates(&tmid).find_map(|id| Some(Root { counted: self.seen.get(&id)?, id }));
            match seen {
                Some(root) => {
                    found.insert(tmid, root);
                }
                None => unknown.push(tmid),
            }
        }
        // Few consist of files: those ids are asked for only where the first question finds nothing.
        for (from, count) in [(0, 1), (1, FILE_MESSAGE_ENDINGS.len())] {
            if unknown.is_empty() {
                break;
            }
            let ids = unknown.iter().flat_map(|tmid| candidates(tmid).skip(from).take(count)).collect();
            let there = self.inner.store.existing_messages(ids).await?;
            let mut left = Vec::new();
            for tmid in unknown {
                let id = candidates(&tmid).skip(from).take(count).find(|id| there.contains(id));
                match id {
                    Some(id) => {
                        self.seen.remember(&id, false);
                        found.insert(tmid, Root { id, counted: false });
                    }
                    None => left.push(tmid),
                }
            }
            unknown = left;
        }
        Ok(found)
    }

    /// After all parts of the file: joins replies whose first message came after them, and counts the others as orphans.
    pub(super) async fn join_waiting_replies(&mut self) -> Result<(), Halt> {
        let reached = self.stored.work.position;
        let mut from = if reached.part == AFTER_PARTS { reached.item } else { 0 };
        // A retry may bring the first message.
        let may_come =
            self.stored.work.reasons.failed.clone().sorted().iter().any(|count| count.data_type == DataType::Message);
        loop {
            self.check_stop()?;
            let id = &self.stored.operation.id;
            let (status, page) = (RecordStatus::Incomplete, PAGE);
            let rows = self.inner.store.staged(id, DataType::Message, status, from, page, BATCH_BYTES).await?;
            let Some(last) = rows.last() else { return Ok(()) };
            from = last.key.seq + 1;
            let mut replies = Vec::new();
            for row in &rows {
                let record: ImportMessage = read_record(row)?;
                if record.tmid.is_some() {
                    replies.push((row, record));
                }
            }
            if replies.is_empty() {
                continue;
            }
            self.seen.begin_batch();
            let unknown = self.unknown(replies.iter().map(|(_, record)| record));
            self.look_up(unknown).await?;
            let wanted = replies.iter().filter_map(|(_, record)| record.tmid.clone()).collect();
            let roots = self.find_roots(wanted).await?;
            let mut processed = Processed::new(&self.stored);
            let mut updates = Updates::default();
            for (row, record) in &replies {
                let root = record.tmid.as_ref().and_then(|tmid| roots.get(tmid)).filter(|root| root.id != record.id);
                let work = &mut processed.batch.operation.work;
                let left = match root {
                    Some(root) => {
                        if let Some(author) = self.users.get(&record.author.id) {
                            updates.add(root, &author.id, Date(record.ts.0));
                        }
                        let (id, root) = (record.id.clone(), root.id.clone());
                        let reply = ThreadReply { id, root, tshow: record.tshow };
                        processed.batch.workspace.thread_replies.push(reply);
                        self.missing(record, false)
                    }
                    None => {
                        work.notices.add(NoticeKind::OrphanReplies, "", 1);
                        let left = self.missing(record, may_come).and_then(|_| self.missing(record, true));
                        work.orphans_incomplete += u64::from(left.is_some());
                        left
                    }
                };
                let outcome = left.map_or(Outcome::Imported, |reason| Outcome::Incomplete(located(row, reason)));
                processed.batch.outcomes.push((row.key, outcome));
            }
            processed.batch.workspace.threads = updates.into_vec();
            let work = &mut processed.batch.operation.work;
            (work.position, work.resumes) = (Position { part: AFTER_PARTS, item: from }, 0);
            let step = processed.batch.operation.step();
            self.stored = self.inner.commit_step(processed.batch, step).await?;
        }
    }

    /// What an imported message lacks because it is not known, if anything. `orphan`: its thread's first message.
    pub(super) fn missing(&self, record: &ImportMessage, orphan: bool) -> Option<String> {
        let reactions = record.reactions.values().flat_map(|reaction| &reaction.users);
        let mentions = record.mentions.iter().filter(|id| !EVERYBODY.contains(&id.as_str()));
        let people = mentions.chain(reactions).chain(&record.replies).chain(&record.edited_by).chain(&record.pinned_by);
        let people = named(people.filter(|id| self.users.get(id).is_none()));
        let rooms = named(record.channels.iter().filter(|id| self.rooms.get(id).is_none()));
        let root = record.tmid.as_ref().filter(|_| orphan).map(|tmid| format!("no first message {tmid}"));
        let people = people.map(|ids| format!("unknown users {ids}"));
        let rooms = rooms.map(|ids| format!("unknown rooms {ids}"));
        let all: Vec<String> = [root, people, rooms].into_iter().flatten().collect();
        (!all.is_empty()).then(|| format!("{INCOMPLETE}: {}", all.join("; ")))
    }
}

/// An error with the place where the record stands in the file, as an earlier error says.
pub(super) fn located(row: &StagedRecord, message: String) -> RecordError {
    match row.errors.first() {
        Some(before) => RecordError { message, ..before.clone() },
        None => RecordError::new(message),
    }
}

/// The ids that the first message of a thread may have.
fn candidates(tmid: &str) -> impl Iterator<Item = String> {
    [""].into_iter().chain(FILE_MESSAGE_ENDINGS).map(move |ending| format!("{tmid}{ending}"))
}

/// The `_id` that replies give for a message: of one of several files, that of the message they came with.
pub(crate) fn without_file_ending(id: &str) -> &str {
    FILE_MESSAGE_ENDINGS.into_iter().find_map(|ending| id.strip_suffix(ending)).unwrap_or(id)
}

/// Each id once, the first ones of many.
fn named<'r>(ids: impl Iterator<Item = &'r String>) -> Option<String> {
    let mut each: Vec<&str> = Vec::new();
    for id in ids {
        if each.len() == MOST_NAMED {
            each.push("…");
            break;
        }
        if !each.contains(&id.as_str()) {
            each.push(id);
        }
    }
    (!each.is_empty()).then(|| each.join(", "))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_messages_of_two_generations_are_remembered() {
        let mut seen = SeenMessages::default();
        for number in 0..3 {
            seen.begin_batch();
            for message in 0..MOST_MESSAGES {
                seen.remember(&format!("{number}-{message}"), message == 7);
            }
        }
        assert_eq!(seen.get("0-7"), None);
        assert_eq!((seen.get("1-7"), seen.get("1-8"), seen.get("2-7")), (Some(true), Some(false), Some(true)));
        assert_eq!(seen.recent.len() + seen.older.len(), 2 * MOST_MESSAGES);
    }

    #[test]
    fn a_first_message_of_files_has_one_of_their_ids() {
        assert_eq!(candidates("m").collect::<Vec<_>>(), ["m", "m-file1", "m-fileshare"]);
        assert_eq!(["m-file1", "m-file2", "m"].map(without_file_ending), ["m", "m-file2", "m"]);
    }

    #[test]
    fn a_reason_names_each_id_once_and_not_too_many() {
        let ids: Vec<String> = (0..30).map(|number| format!("U{}", number / 2)).collect();
        assert_eq!(named(ids.iter()).unwrap(), "U0, U1, U2, U3, U4, U5, U6, U7, U8, U9, …");
        assert_eq!(named([].iter()), None);
    }
}
