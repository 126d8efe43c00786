//! Threads: replies whose first message is neither in the export nor imported.
//!
//! What is held is hashes of 8 bytes: one for each thread, not for each message. First messages that do not say that replies
//! hang on them are looked for when the rooms concerned are read once more.

use std::{
    collections::{HashMap, HashSet},
    hash::{BuildHasher, RandomState},
};

use import_proto::ImportMessage;

use crate::run::without_file_ending;

/// The replies of a thread whose first message has not been read yet.
#[derive(Clone, Copy)]
struct Waiting {
    room: u64,
    replies: u64,
}

/// The threads that were read. All of one check have the same hasher.
pub(super) struct Threads {
    hasher: RandomState,
    /// First messages that say how many replies they have.
    first: HashSet<u64>,
    waiting: HashMap<u64, Waiting>,
    /// Replies to themselves.
    own: u64,
}

impl Threads {
    pub(super) fn new(hasher: RandomState) -> Self {
        Self { hasher, first: HashSet::new(), waiting: HashMap::new(), own: 0 }
    }

    fn hash(&self, text: &str) -> u64 {
        self.hasher.hash_one(text)
    }

    /// Adds a message that would be imported.
    pub(super) fn add(&mut self, message: &ImportMessage) {
        if message.tcount.is_some() || !message.replies.is_empty() {
            self.first.extend(self.ids(message));
        }
        let Some(tmid) = &message.tmid else { return };
        if *tmid == message.id {
            self.own += 1;
            return;
        }
        let room = self.hash(&message.rid);
        self.waiting.entry(self.hash(tmid)).or_insert(Waiting { room, replies: 0 }).replies += 1;
    }

    /// What replies may call a message that they hang on.
    fn ids(&self, message: &ImportMessage) -> [u64; 2] {
        [self.hash(&message.id), self.hash(without_file_ending(&message.id))]
    }

    pub(super) fn merge(&mut self, other: Self) {
        self.first.extend(other.first);
        for (thread, waiting) in other.waiting {
            let there = self.waiting.entry(thread).or_insert(Waiting { replies: 0, ..waiting });
            there.replies += waiting.replies;
        }
        self.own += other.own;
    }

    /// Lets go of threads whose first message was read. True where others are left.
    pub(super) fn resolve(&mut self) -> bool {
        let first = std::mem::take(&mut self.first);
        self.waiting.retain(|thread, _| !first.contains(thread));
        !self.waiting.is_empty()
    }

    /// Whether a part of messages of this room may have a first message that is looked for; none: of several rooms.
    pub(super) fn wants(&self, rooms: &HashSet<u64>, room: Option<&str>) -> bool {
        room.is_none_or(|room| rooms.contains(&self.hash(room)))
    }

    /// The rooms of threads whose first message was not read.
    pub(super) fn rooms(&self) -> HashSet<u64> {
        self.waiting.values().map(|waiting| waiting.room).collect()
    }

    /// Those of the threads that hang on a message that would be imported.
    pub(super) fn found(&self, message: &ImportMessage) -> impl Iterator<Item = u64> {
        self.ids(message).into_iter().filter(|id| self.waiting.contains_key(id))
    }

    /// Notes that first messages were found.
    pub(super) fn find(&mut self, threads: HashSet<u64>) {
        self.first.extend(threads);
    }

    /// How many replies have no first message.
    pub(super) fn orphans(&self) -> u64 {
        self.own + self.waiting.values().map(|waiting| waiting.replies).sum::<u64>()
    }
}
