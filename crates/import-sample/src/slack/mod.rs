//! A Slack workspace's export.

mod calendar;
mod day;
mod draw;
mod message;
mod people;
mod rooms;
mod text;

use std::io::{self, Write};

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

        add_list(&mut archive, "users.json", people.list())?;
        for (name, kinds) in [
            ("channels.json", &[Kind::Public][..]),
            ("groups.json", &[Kind::Private]),
            ("mpims.json", &[Kind::Several]),
            ("dms.json", &[Kind::Two]),
        ] {
            add_list(&mut archive, name, rooms.listed(kinds, &people))?;
        }
        archive.add("integration_logs.json", b"[]")?;
        for room in rooms.all() {
            *if room.kind.is_direct() { &mut contents.direct } else { &mut contents.channels } += 1;
            for number in 0..room.days {
                let day = Day { sample: self, people: &people, rooms: &rooms, room, number };
                let text = day.write(&mut contents);
                archive.add(&day.entry(), text.as_bytes())?;
                progress(contents.messages);
            }
        }
        (contents.entries, contents.bytes) = (archive.entries, archive.bytes);
        archive.finish()?.flush()?;
        Ok(contents)
    }
}

/// Writes a list, an element at a time.
fn add_list<W: Write>(archive: &mut Archive<W>, name: &str, elements: impl Iterator<Item = Value>) -> io::Result<()> {
    let mut text = String::from("[");
    for (number, element) in elements.enumerate() {
        text.push_str(if number > 0 { ",\n" } else { "\n" });
        text.push_str(&element.to_string());
    }
    text.push_str("\n]");
    archive.add(name, text.as_bytes())
}
