//! A millisecond of its own for each message of a room.
//!
//! Clients sort messages by milliseconds alone, and the times of exports are finer. So of two messages of a room in one
//! millisecond the later gets the next that is free.

use import_proto::{ImportMessage, IsoTime, Timestamp};

use crate::recent::Recent;
use crate::stable_id::hash;

/// Gives out milliseconds, room by room.
#[derive(Default)]
pub(crate) struct Clock {
    /// The room of the message before, in which the next one usually is too, and its hash.
    room: Option<(String, u64)>,
    /// How often each millisecond was asked for. So many from it on are taken.
    asked: Recent,
}

impl Clock {
    /// Moves a message to the first millisecond from its own on that is free, and returns the hash of its room.
    pub(crate) fn set(&mut self, message: &mut ImportMessage) -> u64 {
        let known = self.room.take().filter(|(rid, _)| *rid == message.rid);
        let room = known.unwrap_or_else(|| (message.rid.clone(), hash(&message.rid)));
        let hash = self.room.insert(room).1;
        if let Some(free) = Timestamp::from_millis(self.free(hash, message.ts.0.as_millis())) {
            message.ts = IsoTime(free);
        }
        hash
    }

    /// The first millisecond from this one on that no message of the room has, among those of the last 65,536 messages or
    /// more. `room` is a hash that tells the rooms apart.
    fn free(&mut self, room: u64, mut millis: i64) -> i64 {
        loop {
            match self.asked.seen_before(room.wrapping_add(millis as u64)) {
                0 => return millis,
                taken => millis += i64::from(taken),
            }
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn every_message_of_a_room_gets_a_millisecond_of_its_own() {
        let mut clock = Clock::default();
        assert_eq!([5, 5, 5, 6, 9, 8, 8, 4, 4].map(|millis| clock.free(0, millis)), [5, 6, 7, 8, 9, 10, 11, 4, 12]);
        assert_eq!(clock.free(1 << 60, 5), 5);
    }

    #[test]
    fn a_million_messages_of_one_millisecond_are_spread_out_at_once() {
        let mut clock = Clock::default();
        for nth in 0..1_000_000 {
            assert_eq!(clock.free(0, 7), 7 + nth);
        }
    }
}
