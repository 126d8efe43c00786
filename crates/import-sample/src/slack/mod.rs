//! A Slack workspace's export.

mod calendar;
mod day;
mod draw;
mod message;
mod people;
mod rooms;
mod text;

use std::io::{self, Write};
use std::iter;

use serde_json::Value;

use self::day::Day;
use self::people::People;
use self::rooms::{Kind, Rooms};
use crate::archive::Archive;

/// How large an export is to be.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct SlackSample {
    /// Messages in all of its day files.
    pub messages: u64,
    /// Users, programs among them. At least one.
    pub users: u32,
    /// Public and private rooms. At least one. Direct conversations come on top, one for every two users.
    pub channels: u32,
    /// Another seed gives another export of the same size.
    pub seed: u64,
}

/// What an export holds, counted as it was written.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq)]
pub struct Contents {
    /// Users, programs among them.
    pub users: u64,
    /// Public and private rooms.
    pub channels: u64,
    /// Direct conversations of two or more.
    pub direct: u64,
    /// Messages in all day files, those that an importer leaves out among them.
    pub messages: u64,
    /// Messages that answer another in its thread.
    pub replies: u64,
    /// Messages that somebody reacted to.
    pub reacted: u64,
    /// Messages that were edited.
    pub edited: u64,
    /// Files that messages share.
    pub files: u64,
    /// Messages that programs wrote.
    pub by_programs: u64,
    /// Entries of the zip.
    pub entries: u64,
    /// Bytes of its entries, expanded.
    pub bytes: u64,
}

impl SlackSample {
    /// Writes the zip to `out`. `progress` is told how many messages were written, after each day of a room.
    ///
    /// # Errors
    /// Where `out` cannot be written to, or the sample is to have no user or no room.
    pub fn write(&self, out: impl Write, mut progress: impl FnMut(u64)) -> io::Result<Contents> {
        if self.users == 0 || self.channels == 0 {
            return Err(io::Error::new(io::ErrorKind::InvalidInput, "an export has at least one user and one room"));
        }
        let people = People::new(self.users, self.seed);
        let rooms = Rooms::new(self, &people);
        let mut archive = Archive::new(out);
        let mut contents = Contents { users: self.users.into(), ..Contents::default() };

        archive.add("users.json", list(people.list()))?;
        for (name, kinds) in [
            ("channels.json", &[Kind::Public][..]),
            ("groups.json", &[Kind::Private]),
            ("mpims.json", &[Kind::Several]),
            ("dms.json", &[Kind::Two]),
        ] {
            archive.add(name, list(rooms.listed(kinds, &people)))?;
        }
        archive.add("integration_logs.json", ["[]"])?;
        for room in rooms.all() {
            *if room.kind.is_direct() { &mut contents.direct } else { &mut contents.channels } += 1;
            for number in 0..room.days {
                let day = Day { sample: self, people: &people, rooms: &rooms, room, number };
                let text = day.write(&mut contents);
                archive.add(&day.entry(), [text])?;
                progress(contents.messages);
            }
        }
        (contents.entries, contents.bytes) = (archive.entries, archive.bytes);
        archive.finish()?.flush()?;
        Ok(contents)
    }
}

/// The text of a list, an element at a time.
fn list(elements: impl Iterator<Item = Value>) -> impl Iterator<Item = String> {
    let line = |(number, element)| format!("{}\n{element}", if number > 0 { "," } else { "" });
    iter::once("[".to_owned()).chain(elements.enumerate().map(line)).chain(iter::once("\n]".to_owned()))
}

#[cfg(test)]
mod tests {
    use super::*;

    fn written(sample: SlackSample) -> (Vec<u8>, Contents) {
        let mut zip = Vec::new();
        let contents = sample.write(&mut zip, |_| {}).unwrap();
        (zip, contents)
    }

    #[test]
    fn a_list_has_an_element_a_line() {
        let text = |numbers: &[u32]| list(numbers.iter().map(|number| Value::from(*number))).collect::<String>();
        assert_eq!(text(&[7, 8, 9]), "[\n7,\n8,\n9\n]");
        assert_eq!(text(&[]), "[\n]");
    }

    #[test]
    fn the_same_numbers_give_the_same_file_and_another_seed_another() {
        let sample = SlackSample { messages: 2_000, users: 40, channels: 8, seed: 1 };
        let (zip, contents) = written(sample);
        assert_eq!(written(sample), (zip.clone(), contents));
        let (other, _) = written(SlackSample { seed: 2, ..sample });
        assert_ne!(other, zip);
    }

    #[test]
    fn there_are_as_many_messages_as_were_asked_for() {
        for (messages, users, channels) in [(0, 1, 1), (1, 1, 1), (7, 2, 3), (1_234, 5, 2), (999, 6, 40), (50, 500, 9)]
        {
            let (_, contents) = written(SlackSample { messages, users, channels, seed: 3 });
            assert_eq!(
                (contents.messages, contents.users, contents.channels),
                (messages, users.into(), channels.into()),
            );
        }
    }

    #[test]
    fn progress_is_told_up_to_the_end() {
        let mut told = Vec::new();
        let sample = SlackSample { messages: 300, users: 10, channels: 3, seed: 1 };
        sample.write(Vec::new(), |messages| told.push(messages)).unwrap();
        assert!(told.is_sorted() && told.len() > 5);
        assert_eq!(told.last(), Some(&300));
    }

    #[test]
    fn an_export_without_users_or_rooms_is_refused() {
        for (users, channels) in [(0, 1), (1, 0)] {
            let sample = SlackSample { messages: 1, users, channels, seed: 1 };
            let error = sample.write(Vec::new(), |_| {}).unwrap_err();
            assert_eq!(error.to_string(), "an export has at least one user and one room");
        }
    }
}
