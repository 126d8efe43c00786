//! Ids for records that bring none: the same at every read of the same file, on every machine.

use std::fmt::Write;
use std::hash::{DefaultHasher, Hash, Hasher};

use sha2::{Digest, Sha256};

/// A hash over several texts, each told apart from the next.
#[derive(Clone)]
pub(crate) struct TextHash(Sha256);

impl TextHash {
    pub(crate) fn new() -> Self {
        Self(Sha256::new())
    }

    pub(crate) fn add(&mut self, text: &str) {
        self.0.update((text.len() as u64).to_le_bytes());
        self.0.update(text.as_bytes());
    }

    /// 64 bits of it.
    pub(crate) fn finish(self) -> u64 {
        let digest: [u8; 32] = self.0.finalize().into();
        let [a, b, c, d, e, f, g, h, ..] = digest;
        u64::from_be_bytes([a, b, c, d, e, f, g, h])
    }
}

/// A hash for comparisons within one read; it may be another in another version.
pub(crate) fn quick_hash(text: &str) -> u64 {
    let mut hasher = DefaultHasher::new();
    text.hash(&mut hasher);
    hasher.finish()
}

/// The hash of one text.
pub(crate) fn hash(text: &str) -> u64 {
    let mut hash = TextHash::new();
    hash.add(text);
    hash.finish()
}

/// The hash of the nth thing, from 0, that has the same hash.
pub(crate) fn occurrence(same: u64, nth: u32) -> u64 {
    if nth == 0 {
        return same;
    }
    let mut hash = Sha256::new();
    hash.update(same.to_be_bytes());
    hash.update(nth.to_be_bytes());
    TextHash(hash).finish()
}

/// Writes the topmost `digits` times five bits of a hash as digits and small letters.
pub(crate) fn push_digits(text: &mut String, hash: u64, digits: u32) {
    const DIGITS: &[u8; 32] = b"0123456789abcdefghijklmnopqrstuv";
    for digit in 0..digits {
        let five_bits = if digit < 12 { hash >> (59 - 5 * digit) } else { hash << 1 };
        text.push(char::from(DIGITS[(five_bits & 31) as usize]));
    }
}

/// What stands before every message id of a room.
pub(crate) fn message_prefix(source: &str, room: &str) -> String {
    let mut prefix = format!("{source}-");
    push_digits(&mut prefix, hash(room), 7);
    prefix.push('-');
    prefix
}

/// The id of a message: its room's prefix, its time, its hash. Ids of one room sort by time, so that a room's
/// messages are inserted at one place of an index.
pub(crate) fn message_id(prefix: &str, millis: i64, hash: u64) -> String {
    let mut id = String::with_capacity(prefix.len() + 28);
    id.push_str(prefix);
    // Thirteen digits reach the year 2286. Writing to a string cannot fail.
    let _ = write!(id, "{millis:013}-");
    push_digits(&mut id, hash, 13);
    id
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn hashes_are_the_same_on_every_machine_and_tell_texts_apart() {
        assert_eq!(hash("general"), 3_679_752_982_176_464_223);
        let [mut one, mut other] = [TextHash::new(), TextHash::new()];
        one.add("ab");
        one.add("c");
        other.add("a");
        other.add("bc");
        assert_ne!(one.finish(), other.finish());
    }

    #[test]
    fn every_occurrence_has_a_hash_of_its_own() {
        assert_eq!(occurrence(5, 0), 5);
        assert_ne!(occurrence(5, 1), occurrence(5, 2));
        assert_ne!(occurrence(5, 1), 5);
    }

    #[test]
    fn all_bits_of_a_hash_are_written() {
        let written = |hash, digits| {
            let mut text = String::new();
            push_digits(&mut text, hash, digits);
            text
        };
        assert_eq!(written(u64::MAX, 13), "vvvvvvvvvvvvu");
        assert_eq!(written(1, 13), "0000000000002");
        assert_eq!(written(1 << 63, 7), "g000000");
    }

    #[test]
    fn message_ids_of_a_room_sort_by_time() {
        let ids = [0, 999, 1_479_162_481_336, 1_479_162_481_337].map(|millis| message_id("csv-abc-", millis, 0));
        assert_eq!(ids[2], "csv-abc-1479162481336-0000000000000");
        assert!(ids.is_sorted());
        assert_eq!(message_id("p-", -1, 0), "p--000000000001-0000000000000");
    }
}
