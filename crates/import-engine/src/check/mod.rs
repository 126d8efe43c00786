//! Reads an export without a workspace, and says what is in it and what is wrong with it, before anything is imported.
//!
//! Users, rooms and contacts are read first, messages after them by several threads: whoever wrote them must be known by
//! then. Memory holds a set of users, of rooms and of missing people. It holds only numbers of messages, and hashes of threads.

mod findings;
mod frequencies;
mod messages;
mod people;
mod rooms;
mod strangers;
mod threads;
mod unread;

use std::{
    collections::HashSet,
    hash::RandomState,
    sync::atomic::{AtomicU64, AtomicUsize, Ordering},
    thread,
};

use import_proto::{DataType, ImportOptions, Importer, NoticeKind, Notices, ReasonCounts, Record};
use import_sources::{Item, Source};

pub use self::findings::*;
use self::{
    messages::{Messages, failure},
    people::People,
    rooms::{Conversations, Rooms},
    strangers::Strangers,
    threads::Threads,
    unread::Unread,
};
use crate::{error::EngineError, prepare::MadeUp, reader::MOST_READERS};

/// How far a check is, for whoever watches it.
#[derive(Debug, Default)]
pub struct CheckProgress {
    /// Bytes that were read, expanded.
    pub bytes_read: AtomicU64,
    /// Bytes that there are to read, expanded, as the file says.
    pub bytes_total: AtomicU64,
}

/// Reads all of an export, as an import with these options would.
///
/// # Errors
/// Where reading broke off for a reason that no export should be the cause of. What is wrong with the export is a finding.
pub fn check(
    source: &dyn Source,
    importer: Importer,
    options: ImportOptions,
    progress: &CheckProgress,
) -> Result<Findings, EngineError> {
    let parts: Vec<(DataType, u64)> = (0..source.part_count())
        .filter_map(|part| source.part(part))
        .map(|part| (part.data_type, part.bytes))
        .collect();
    progress.bytes_total.store(parts.iter().map(|(_, bytes)| bytes).sum(), Ordering::Relaxed);
    let read = |part: usize| {
        progress.bytes_read.fetch_add(parts.get(part).map_or(0, |(_, bytes)| *bytes), Ordering::Relaxed);
    };
    let (of_messages, others): (Vec<usize>, Vec<usize>) =
        (0..parts.len()).partition(|part| parts[*part].0 == DataType::Message);

    let mut lists = Lists::new(importer, options);
    for part in others {
        lists.read(source, part);
        read(part);
    }
    let hasher = RandomState::new();
    let readers = read_parts(
        &of_messages,
        || Reader::new(Threads::new(hasher.clone())),
        |reader, part| {
            reader.read(source, part, &lists);
            read(part);
        },
    )?;
    let mut all = Reader::new(Threads::new(hasher));
    for reader in readers {
        all.messages.merge(reader.messages);
        all.unread.merge(reader.unread);
        all.notices.merge(&reader.notices);
        lists.rooms.merge(reader.conversations);
        lists.strangers.merge(reader.strangers);
    }
    all.notices.add(NoticeKind::OrphanReplies, "", orphans(source, &of_messages, &lists, &mut all.messages.threads)?);
    Ok(lists.findings(all))
}

/// Reads parts with several threads. Returns what each has read.
fn read_parts<R: Send>(
    parts: &[usize],
    new: impl Fn() -> R + Sync,
    read: impl Fn(&mut R, usize) + Sync,
) -> Result<Vec<R>, EngineError> {
    let next = AtomicUsize::new(0);
    let reader = || {
        let mut reader = new();
        while let Some(part) = parts.get(next.fetch_add(1, Ordering::Relaxed)) {
            read(&mut reader, *part);
        }
        reader
    };
    let readers = thread::available_parallelism().map_or(1, usize::from).min(MOST_READERS).min(parts.len().max(1));
    thread::scope(|scope| {
        let others: Vec<_> = (1..readers)
            // Where no thread can be had, there is one less.
            .filter_map(|_| thread::Builder::new().spawn_scoped(scope, reader).ok())
            .collect();
        let mut readers = vec![Ok(reader())];
        readers.extend(others.into_iter().map(|other| other.join()));
        let broken = |_| EngineError::Internal("the export file could not be read on".into());
        readers.into_iter().map(|reader| reader.map_err(broken)).collect()
    })
}

/// How many replies have no first message. Rooms are read once more where replies are left whose first message did not say
/// that it is one.
fn orphans(source: &dyn Source, parts: &[usize], lists: &Lists, threads: &mut Threads) -> Result<u64, EngineError> {
    if threads.resolve() {
        let rooms = threads.rooms();
        let concerned =
            |part: &usize| source.part(*part).is_some_and(|part| threads.wants(&rooms, part.room.as_deref()));
        let parts: Vec<usize> = parts.iter().copied().filter(concerned).collect();
        let found = read_parts(&parts, HashSet::new, |found: &mut HashSet<u64>, part| {
            let mut conversations = Conversations::default();
            for item in source.read(part) {
                match item {
                    Item::Record(Record::Channel(room)) => conversations.add(&room, &lists.people, &lists.strangers),
                    Item::Record(Record::Message(message))
                        if failure(&message, |id| lists.knows(id), &lists.rooms, &conversations).is_none() =>
                    {
                        found.extend(threads.found(&message));
                    }
                    _ => {}
                }
            }
        })?;
        found.into_iter().for_each(|found| threads.find(found));
        threads.resolve();
    }
    Ok(threads.orphans())
}

/// What is read first.
struct Lists {
    made_up: MadeUp,
    people: People,
    strangers: Strangers,
    rooms: Rooms,
    contacts: ContactFindings,
    failing: ReasonCounts,
    unread: Unread,
    notices: Notices,
}

impl Lists {
    fn new(importer: Importer, options: ImportOptions) -> Self {
        Self {
            made_up: MadeUp::of(options, Some(importer)),
            strangers: Strangers::default(),
            people: People::new(importer),
            rooms: Rooms::new(importer),
            contacts: ContactFindings::default(),
            failing: ReasonCounts::default(),
            unread: Unread::default(),
            notices: Notices::default(),
        }
    }

    /// Whether the import knows a person, as a user of the export or as a placeholder.
    fn knows(&self, import_id: &str) -> bool {
        self.people.knows(import_id) || self.strangers.knows(import_id)
    }

    fn read(&mut self, source: &dyn Source, part: usize) {
        for item in source.read(part) {
            match item {
                Item::Record(record) if self.made_up.leaves_out(&record) => {}
                Item::Record(Record::User(user)) if user.placeholder => self.strangers.add(&user),
                Item::Record(Record::User(user)) => self.people.add(user, &mut self.failing),
                Item::Record(Record::Channel(room)) => {
                    if room.unlisted {
                        self.notices.add(NoticeKind::UnlistedRooms, room.name.as_deref().unwrap_or_default(), 1);
                    }
                    self.rooms.add(room, &self.people, &self.strangers);
                }
                Item::Record(Record::Contact(contact)) => {
                    self.contacts.total += 1;
                    // All users are read by now: their parts come first.
                    let unknown = contact.contact_manager.is_some_and(|manager| !self.people.has_username(&manager));
                    self.contacts.managers_not_in_export += u64::from(unknown);
                }
                Item::Failed(failed) => self.unread.add(part, failed),
                Item::Notice(notice) => self.notices.add(notice.kind, &notice.name, notice.count),
                // Messages have parts of their own.
                Item::Record(Record::Message(_)) | Item::Tally(_) => {}
            }
        }
    }

    fn findings(mut self, read: Reader) -> Findings {
        let mut failing = self.failing;
        self.unread.merge(read.unread);
        self.notices.merge(&read.notices);
        std::mem::take(&mut self.strangers).give_notice(&mut self.notices);
        let users = self.people.findings();
        let mut channels = self.rooms.findings(&mut failing);
        let (mut messages, files) = read.messages.findings(&mut failing);
        if !self.made_up.leaves_out_placeholders() {
            // What placeholders did is not lost.
            channels.unknown_members = Listed::default();
            messages.reactions_by_unknown_users = 0;
        }
        let mut findings = Findings {
            verdict: Verdict::Whole,
            users,
            channels,
            messages,
            contacts: self.contacts,
            files,
            will_fail: Failing { total: failing.total(), by_reason: failing.sorted() },
            unreadable: self.unread.findings(),
            notices: self.notices,
        };
        findings.verdict = verdict(&findings);
        findings
    }
}

/// What one thread has read of the messages.
struct Reader {
    messages: Messages,
    conversations: Conversations,
    /// The people that messages name.
    strangers: Strangers,
    unread: Unread,
    notices: Notices,
}

impl Reader {
    fn new(threads: Threads) -> Self {
        Self {
            messages: Messages::new(threads),
            strangers: Strangers::default(),
            conversations: Conversations::default(),
            unread: Unread::default(),
            notices: Notices::default(),
        }
    }

    fn read(&mut self, source: &dyn Source, part: usize, lists: &Lists) {
        for item in source.read(part) {
            match item {
                Item::Record(Record::Message(message)) => {
                    let has_author = |id: &str| self.strangers.knows(id) || lists.strangers.knows(id);
                    self.messages.add(&message, &lists.people, has_author, &lists.rooms, &self.conversations);
                }
                Item::Record(Record::User(user)) if user.placeholder && !lists.made_up.leaves_out_placeholders() => {
                    self.strangers.add(&user);
                }
                Item::Record(Record::Channel(room)) => self.conversations.add(&room, &lists.people, &lists.strangers),
                Item::Failed(failed) => self.unread.add(part, failed),
                Item::Tally(tally) => self.messages.tally(&tally),
                Item::Notice(notice) => self.notices.add(notice.kind, &notice.name, notice.count),
                Item::Record(Record::User(_) | Record::Contact(_)) => {}
            }
        }
    }
}

impl Findings {
    /// How many records can be read.
    pub fn records(&self) -> u64 {
        self.users.total + self.channels.total + self.messages.total + self.contacts.total
    }

    /// How many messages are left out because their subtype is not known and there is nothing in them.
    pub fn unknown_left_out(&self) -> u64 {
        let unknown = self.messages.subtypes.iter().filter(|subtype| !subtype.known);
        unknown.map(|subtype| subtype.left_out).sum()
    }
}

fn verdict(findings: &Findings) -> Verdict {
    let of_unknown = findings.channels.unknown_members.occurrences + findings.messages.reactions_by_unknown_users;
    let lost = findings.will_fail.total + findings.unreadable.total + of_unknown + findings.unknown_left_out();
    match (findings.records(), lost) {
        (0, _) => Verdict::Nothing,
        (_, 0) => Verdict::Whole,
        _ => Verdict::Partly,
    }
}
