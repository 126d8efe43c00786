//! What only all private messages together tell: which copies can be passed over, and which rooms' ids are clear.
//!
//! A private message stands in the history of either user, once each. The copy of whose id sorts first is read, and the
//! other passed over; but an export may lack the first. So for each conversation both copies are added up, and only where
//! they come to the same is one passed over: sixteen bytes a conversation tell what the ids of all messages would.

use std::collections::{HashMap, HashSet};

use super::messages::PrivateMessage;
use crate::pair::Pair;
use crate::stable_id::{TextHash, hash};

#[derive(Default)]
pub(super) struct Conversations {
    /// The copies of the first user less those of the second, by conversation.
    balance: HashMap<u64, u64>,
    /// Which conversation has an id, by hashes of both.
    joined: HashMap<u64, u64>,
    /// Hashes of ids that several conversations have, or a room.
    unclear: HashSet<u64>,
}

impl Conversations {
    /// Takes note of the id of a room.
    pub(super) fn note_room(&mut self, id: &str) {
        self.unclear.insert(hash(id));
    }

    /// Takes note of a message in the history of `owner`.
    pub(super) fn note(&mut self, owner: &str, message: &PrivateMessage) {
        let pair = &message.pair;
        let number = number(pair);
        let joined = hash(&joined(pair));
        if *self.joined.entry(joined).or_insert(number) != number {
            self.unclear.insert(joined);
        }
        let mut copy = TextHash::new();
        copy.add(&message.id);
        // A copy that cannot be read is no copy.
        copy.add(if message.readable { "readable" } else { "" });
        let copy = copy.finish();
        let balance = self.balance.entry(number).or_default();
        if owner == pair.first {
            *balance = balance.wrapping_add(copy);
        }
        if owner == pair.second {
            *balance = balance.wrapping_sub(copy);
        }
    }

    /// Whether all messages of this conversation in the history of `owner` stand in that of the other user too, where they
    /// are read.
    pub(super) fn are_copies(&self, owner: &str, pair: &Pair) -> bool {
        owner == pair.second && owner != pair.first && self.balance.get(&number(pair)) == Some(&0)
    }

    /// The import id of a direct room: the two ids, one behind the other. Where this is the id of another room too, there
    /// is a slash between: nobody's messages may come to stand where others read them.
    pub(super) fn room_id(&self, pair: &Pair) -> String {
        let joined = joined(pair);
        if self.unclear.contains(&hash(&joined)) { format!("{}/{}", pair.first, pair.second) } else { joined }
    }
}

/// A number for a conversation.
fn number(pair: &Pair) -> u64 {
    let mut hash = TextHash::new();
    hash.add(&pair.first);
    hash.add(&pair.second);
    hash.finish()
}

/// Both ids, one behind the other.
fn joined(pair: &Pair) -> String {
    [pair.first.as_str(), &pair.second].concat()
}

#[cfg(test)]
mod tests {
    use super::*;

    fn message(id: &str, one: &str, other: &str) -> PrivateMessage {
        PrivateMessage { id: id.to_owned(), pair: Pair::new(one, other), readable: true }
    }

    #[test]
    fn copies_are_passed_over_where_the_first_are_all_there() {
        let mut conversations = Conversations::default();
        for owner in ["1", "2"] {
            conversations.note(owner, &message("a", "1", "2"));
            conversations.note(owner, &message("b", "2", "1"));
        }
        conversations.note("1", &message("c", "1", "3"));
        conversations.note("3", &message("c", "1", "3"));
        conversations.note("3", &message("d", "1", "3"));
        let are_copies = |owner: &str, one: &str, other: &str| conversations.are_copies(owner, &Pair::new(one, other));
        assert!(are_copies("2", "1", "2") && are_copies("2", "2", "1"));
        assert!(!are_copies("1", "1", "2") && !are_copies("3", "1", "2"));
        assert!(!are_copies("3", "1", "3"));
    }

    #[test]
    fn a_copy_that_cannot_be_read_is_no_copy() {
        let mut conversations = Conversations::default();
        conversations.note("1", &PrivateMessage { readable: false, ..message("a", "1", "2") });
        conversations.note("2", &message("a", "1", "2"));
        assert!(!conversations.are_copies("2", &Pair::new("1", "2")));
    }

    #[test]
    fn notes_to_oneself_have_no_copy() {
        let mut conversations = Conversations::default();
        conversations.note("1", &message("a", "1", "1"));
        assert!(!conversations.are_copies("1", &Pair::new("1", "1")));
    }

    #[test]
    fn rooms_are_called_by_both_ids_where_that_is_clear() {
        let mut conversations = Conversations::default();
        for (one, other) in [("12", "3"), ("1", "23"), ("10", "9")] {
            conversations.note(one, &message("a", one, other));
        }
        conversations.note_room("45");
        let id = |one: &str, other: &str| conversations.room_id(&Pair::new(one, other));
        assert_eq!(id("9", "10"), "109");
        assert_eq!((id("12", "3"), id("1", "23")), ("12/3".to_owned(), "1/23".to_owned()));
        assert_eq!(id("5", "4"), "4/5");
    }
}
