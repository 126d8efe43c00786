//! Messages: how many, of what time, by whom, with which files. Each thread that reads has its own; they are merged.

use import_proto::{DataType, ImportMessage, IsoTime, PendingFile, ReasonCounts, SubtypeCounts};
use import_sources::Tally;

use super::{
    findings::{FileFindings, MessageFindings, Subtype},
    frequencies::Frequencies,
    people::People,
    rooms::{Conversations, Rooms},
    threads::Threads,
};
use crate::run::{TOO_LARGE, UNKNOWN_ROOM, UNKNOWN_USER, too_large};

pub(super) struct Messages {
    total: u64,
    first: Option<IsoTime>,
    last: Option<IsoTime>,
    known_subtypes: SubtypeCounts,
    unknown_subtypes: SubtypeCounts,
    unknown_authors: Frequencies,
    unknown_rooms: Frequencies,
    reactions_by_unknown_users: u64,
    files: FileFindings,
    failing: ReasonCounts,
    pub(super) threads: Threads,
}

/// Why a message would fail, in the order in which a run looks at it.
///
/// `is_known` tells whether an author is known to the import, as a user or as a placeholder.
pub(super) fn failure(
    message: &ImportMessage,
    is_known: impl Fn(&str) -> bool,
    rooms: &Rooms,
    direct: &Conversations,
) -> Option<&'static str> {
    if !is_known(&message.author.id) {
        return Some(UNKNOWN_USER);
    }
    if !rooms.knows(&message.rid) && !direct.knows(&message.rid) {
        return Some(UNKNOWN_ROOM);
    }
    too_large(&message.msg, &message.attachments).map(|_| TOO_LARGE)
}

impl Messages {
    pub(super) fn new(threads: Threads) -> Self {
        Self {
            total: 0,
            first: None,
            last: None,
            known_subtypes: SubtypeCounts::default(),
            unknown_subtypes: SubtypeCounts::default(),
            unknown_authors: Frequencies::default(),
            unknown_rooms: Frequencies::default(),
            reactions_by_unknown_users: 0,
            files: FileFindings::default(),
            failing: ReasonCounts::default(),
            threads,
        }
    }

    /// `has_placeholder` tells whether the import creates a placeholder for a person who is missing from the export.
    pub(super) fn add(
        &mut self,
        message: &ImportMessage,
        people: &People,
        has_placeholder: impl Fn(&str) -> bool,
        rooms: &Rooms,
        direct: &Conversations,
    ) {
        self.total += 1;
        self.first = Some(self.first.map_or(message.ts, |first| first.min(message.ts)));
        self.last = self.last.max(Some(message.ts));
        let reactions = message.reactions.values().flat_map(|reaction| &reaction.users);
        self.reactions_by_unknown_users += reactions.filter(|id| !people.knows(id)).count() as u64;
        if let Some(file) = &message.import_file {
            self.add_file(file);
        }
        let has_author = people.knows(&message.author.id);
        let has_room = rooms.knows(&message.rid) || direct.knows(&message.rid);
        if !has_author {
            self.unknown_authors.count(&message.author.id);
        }
        if !has_room {
            self.unknown_rooms.count(&message.rid);
        }
        match failure(message, |id| people.knows(id) || has_placeholder(id), rooms, direct) {
            Some(reason) => self.failing.add(DataType::Message, reason, 1),
            None => self.threads.add(message),
        }
    }

    fn add_file(&mut self, file: &PendingFile) {
        let is_http = |url: &String| url.starts_with("http://") || url.starts_with("https://");
        if file.external {
            self.files.elsewhere += 1;
        } else if file.entry.is_some() {
            self.files.in_export.add(file.size);
        } else if file.download_url.as_ref().is_some_and(is_http) {
            self.files.to_fetch.add(file.size);
        } else {
            self.files.gone += 1;
        }
    }

    pub(super) fn tally(&mut self, tally: &Tally) {
        let counts = if tally.known { &mut self.known_subtypes } else { &mut self.unknown_subtypes };
        counts.add(&tally.subtype, tally.kept, tally.left_out);
    }

    pub(super) fn merge(&mut self, other: Self) {
        self.total += other.total;
        self.first = [self.first, other.first].into_iter().flatten().min();
        self.last = self.last.max(other.last);
        self.known_subtypes.merge(&other.known_subtypes);
        self.unknown_subtypes.merge(&other.unknown_subtypes);
        self.unknown_authors.merge(other.unknown_authors);
        self.unknown_rooms.merge(other.unknown_rooms);
        self.reactions_by_unknown_users += other.reactions_by_unknown_users;
        self.files.to_fetch.merge(other.files.to_fetch);
        self.files.in_export.merge(other.files.in_export);
        self.files.elsewhere += other.files.elsewhere;
        self.files.gone += other.files.gone;
        self.failing.merge(&other.failing);
        self.threads.merge(other.threads);
    }

    pub(super) fn findings(self, failing: &mut ReasonCounts) -> (MessageFindings, FileFindings) {
        failing.merge(&self.failing);
        let mut subtypes: Vec<Subtype> =
            [(self.known_subtypes, true), (self.unknown_subtypes, false)].into_iter().flat_map(of_counts).collect();
        let messages = |subtype: &Subtype| subtype.kept + subtype.left_out;
        subtypes.sort_by(|a, b| messages(b).cmp(&messages(a)).then_with(|| a.subtype.cmp(&b.subtype)));
        let messages = MessageFindings {
            total: self.total,
            first: self.first,
            last: self.last,
            subtypes,
            unknown_authors: self.unknown_authors.listed(),
            unknown_rooms: self.unknown_rooms.listed(),
            reactions_by_unknown_users: self.reactions_by_unknown_users,
        };
        (messages, self.files)
    }
}

fn of_counts((counts, known): (SubtypeCounts, bool)) -> impl Iterator<Item = Subtype> {
    counts.into_iter().map(move |count| Subtype {
        subtype: count.subtype,
        known,
        kept: count.kept,
        left_out: count.left_out,
    })
}
