//! The messages of one room on one day.

use super::calendar::{self, Time};
use super::draw::{happens, rng};
use super::message::{Kind, Thread, Writing};
use super::people::People;
use super::rooms::{Room, Rooms};
use super::{Contents, SlackSample};

/// One day of one room.
pub(super) struct Day<'a> {
    pub(super) sample: &'a SlackSample,
    pub(super) people: &'a People,
    pub(super) rooms: &'a Rooms,
    pub(super) room: &'a Room,
    /// Which of the room's days, from 0.
    pub(super) number: u32,
}

impl Day<'_> {
    /// The entry that holds it.
    pub(super) fn entry(&self) -> String {
        format!("{}/{}.json", self.room.folder(), calendar::date(self.room.working_day(self.number)))
    }

    /// Its list of messages.
    pub(super) fn write(&self, contents: &mut Contents) -> String {
        let authors = self.authors(self.number);
        let rng = &mut rng(self.sample.seed, &[4, self.room.number, self.number.into()]);
        let plan = self.plan(&authors, rng);
        let mut text = String::from("[");
        for (nth, ((user, time), (kind, thread))) in authors.into_iter().zip(plan).enumerate() {
            let (people, rooms, room) = (self.people, self.rooms, self.room);
            let writing = Writing { people, rooms, room, kind, user, time, thread };
            text.push_str(if nth > 0 { ",\n" } else { "\n" });
            text.push_str(&writing.object(rng, contents).to_string());
        }
        text.push_str("\n]");
        text
    }

    /// Who writes on one of the room's days, and when.
    fn authors(&self, number: u32) -> Vec<(u32, Time)> {
        let rng = &mut rng(self.sample.seed, &[3, self.room.number, number.into()]);
        let count = self.room.messages_on(number);
        let day = self.room.working_day(number);
        (0..count).map(|nth| (self.room.somebody(rng), calendar::time(day, nth, count, rng.u64(..)))).collect()
    }

    /// Whether the last message of one of the room's days is answered by the first one of the next.
    fn goes_on(&self, number: u32) -> bool {
        let enough = self.room.messages_on(number) > 1 && self.room.messages_on(number + 1) > 1;
        let chance = &mut rng(self.sample.seed, &[5, self.room.number, number.into()]);
        number + 1 < self.room.days && enough && happens(chance, 300)
    }

    /// What each message is, and where in a thread it stands.
    fn plan(&self, authors: &[(u32, Time)], rng: &mut fastrand::Rng) -> Vec<(Kind, Thread)> {
        let mut plan: Vec<(Kind, Thread)> =
            authors.iter().map(|_| (Kind::some(rng, self.room.kind.is_direct()), Thread::None)).collect();
        let mut free = vec![true; plan.len()];
        let (mut first, mut end) = (0, plan.len());
        if let Some(before) = self.number.checked_sub(1).filter(|before| self.goes_on(*before))
            && let (Some((user, time)), Some(slot)) = (self.authors(before).last(), plan.first_mut())
        {
            *slot = (Kind::Ordinary, Thread::Reply(*user, *time));
            first = 1;
        }
        if self.goes_on(self.number) {
            let answer = self.authors(self.number + 1).first().copied();
            if let (Some(answer), Some(slot)) = (answer, plan.last_mut()) {
                *slot = (Kind::Ordinary, Thread::First(vec![answer]));
                end -= 1;
            }
        }
        for nth in first..end {
            let begins = free.get(nth) == Some(&true)
                && matches!(plan.get(nth), Some((Kind::Ordinary | Kind::Program | Kind::Files, _)))
                && happens(rng, 60);
            let Some(&begun) = authors.get(nth).filter(|_| begins) else { continue };
            let wanted = 1 + rng.usize(0..6);
            let mut replies = Vec::new();
            for later in nth + 1..end {
                if replies.len() == wanted {
                    break;
                }
                let (Some(unused), Some(slot)) = (free.get_mut(later), plan.get_mut(later)) else { break };
                let fits = matches!(slot.0, Kind::Ordinary | Kind::Files);
                if *unused && fits && happens(rng, 600) {
                    *unused = false;
                    slot.1 = Thread::Reply(begun.0, begun.1);
                    replies.extend(authors.get(later));
                }
            }
            if let Some(slot) = plan.get_mut(nth).filter(|_| !replies.is_empty()) {
                slot.1 = Thread::First(replies);
            }
        }
        plan
    }
}
