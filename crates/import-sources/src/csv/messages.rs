//! `<room>/<any>.csv`: username, epoch milliseconds, text.

use import_proto::{DataType, ImportMessage, NoticeKind, Record};
use serde_json::json;

use super::mentions;
use crate::items::{Convert, Converted, RowError, too_few_columns};
use crate::recent::Recent;
use crate::rows::Row;
use crate::stable_id::{TextHash, message_id, message_prefix, occurrence};
use crate::years;

/// The smallest number that is read as seconds: 2001-09-09T01:46:40Z.
const FIRST_IN_SECONDS: i64 = 1_000_000_000;

/// Makes messages of the rows of one room's file.
pub(super) struct RoomMessages {
    room: Room,
    lines: Lines,
}

impl RoomMessages {
    pub(super) fn new(entry: &str, rid: String) -> Self {
        Self { room: Room::new(rid), lines: Lines::new(entry) }
    }
}

impl Convert for RoomMessages {
    const DATA_TYPE: DataType = DataType::Message;

    fn convert(&mut self, row: &Row<'_>) -> Converted {
        if let Some(error) = too_few_columns(row, &["username", "epoch milliseconds", "text"]) {
            return Converted::Failed(error);
        }
        match self.lines.message(row, &self.room, 1) {
            Ok(message) => Converted::Record(Record::Message(message)),
            Err(error) => Converted::Failed(error),
        }
    }

    fn notice(&mut self) -> Option<(NoticeKind, u64)> {
        self.lines.notice()
    }
}

/// A room as its messages need it.
pub(super) struct Room {
    pub(super) rid: String,
    id_prefix: String,
}

impl Room {
    pub(super) fn new(rid: String) -> Self {
        Self { id_prefix: message_prefix("csv", &rid), rid }
    }
}

/// Makes the messages of one file, each with an id of its own.
///
/// The id follows from the room, the entry's name below the top folder, time, author and text; of lines that are the
/// same in all these, each further one counts, as long as no more than 65,536 other lines lie between.
pub(super) struct Lines {
    entry: TextHash,
    recent: Recent,
    /// How many times were read as seconds, and are not reported yet.
    in_seconds: u64,
}

impl Lines {
    pub(super) fn new(entry: &str) -> Self {
        let mut hash = TextHash::new();
        hash.add(entry);
        Self { entry: hash, recent: Recent::default(), in_seconds: 0 }
    }

    /// How many times were read as seconds, once.
    pub(super) fn notice(&mut self) -> Option<(NoticeKind, u64)> {
        let count = std::mem::take(&mut self.in_seconds);
        (count > 0).then_some((NoticeKind::TimestampsInSeconds, count))
    }

    /// The message of a row: the author in its first column, the time in column `time` from 0, the text in the next
    /// and all that follow.
    pub(super) fn message(&mut self, row: &Row<'_>, room: &Room, time: usize) -> Result<ImportMessage, RowError> {
        let author = row.trimmed(0);
        let written = row.trimmed(time);
        let text = row.value_to_end(time + 1);
        let failed = |message: String, column: usize| RowError {
            message,
            column: column as u64 + 1,
            data: json!({ "rid": room.rid, "u": { "_id": author }, "ts": written, "msg": text }),
        };
        if author.is_empty() {
            return Err(failed("importer-message-unknown-user: the line names no author".to_owned(), 0));
        }
        let seconds = seconds(&written);
        let millis = seconds.map(|seconds| seconds * 1_000).or_else(|| written.parse().ok());
        let ts = millis.and_then(years::of_millis).ok_or_else(|| {
            let what = "is not a time in whole milliseconds from 1970 to 2099";
            failed(format!("importer-message-invalid-timestamp: {written:?} {what}"), time)
        })?;
        self.in_seconds += u64::from(seconds.is_some());
        let mut hash = self.entry.clone();
        hash.add(&room.rid);
        hash.add(&written);
        hash.add(&author);
        hash.add(&text);
        let same = hash.finish();
        let hash = occurrence(same, self.recent.seen_before(same));
        let mentioned = mentions::of(&text);
        let id = message_id(&room.id_prefix, ts.as_millis(), hash);
        let mut message = ImportMessage::new(id, room.rid.clone(), author.into_owned(), text.into_owned(), ts.into());
        message.mentions = mentioned.users;
        message.channels = mentioned.rooms;
        Ok(message)
    }
}

/// The seconds that a time stands for, where it can only be seconds: ten digits, from 2001 to 2099. As milliseconds it would be
/// a day in early 1970.
fn seconds(written: &str) -> Option<i64> {
    let is_whole = written.len() == 10 && written.bytes().all(|digit| digit.is_ascii_digit());
    let seconds = is_whole.then(|| written.parse().ok()).flatten()?;
    (FIRST_IN_SECONDS..years::END).contains(&seconds).then_some(seconds)
}

#[cfg(test)]
mod tests {
    use std::io::{self, Read};
    use std::sync::atomic::{AtomicUsize, Ordering};

    use super::*;
    use import_proto::Notice;

    use crate::Item;
    use crate::csv::tests::{failures, messages, read};
    use crate::items::items;

    fn general(text: &str) -> Vec<ImportMessage> {
        messages(read(text, RoomMessages::new("general/a.csv", "general".to_owned())))
    }

    #[test]
    fn a_line_is_author_time_and_text() {
        let read = general("ann, 1479162481336 ,\"hi, @bob:\nsee #random\"\n");
        assert_eq!(
            serde_json::to_value(&read[0]).unwrap(),
            json!({
                "_id": "csv-6c8hnlq-1479162481336-8iatevm6oep42",
                "rid": "general",
                "u": {"_id": "ann"},
                "msg": "hi, @bob:\nsee #random",
                "ts": "2016-11-14T22:28:01.336Z",
                "mentions": ["bob"],
                "channels": ["random"],
            })
        );
    }

    #[test]
    fn text_stays_exactly_as_it_stands() {
        let texts: Vec<_> = general(
            "a,1,  two blanks  \na,2,\"  \"\"quoted\"\"  \"\na,3,one, two,, three\na,4,\"say, \"\"so\"\"\", he said\n\
             a,5,\na,6,padded,, \n",
        )
        .into_iter()
        .map(|message| message.msg)
        .collect();
        assert_eq!(
            texts,
            ["  two blanks  ", "  \"quoted\"  ", "one, two,, three", "say, \"so\", he said", "", "padded"]
        );
    }

    #[test]
    fn identical_lines_are_different_messages_with_ids_that_stay() {
        let text = "ann,1,hi\nann,1,hi\nbob,1,hi\nann,2,hi\nann,1,hi\n";
        let ids: Vec<_> = general(text).into_iter().map(|message| message.id).collect();
        assert_eq!(ids, general(text).into_iter().map(|message| message.id).collect::<Vec<_>>());
        assert_eq!(ids.iter().collect::<std::collections::HashSet<_>>().len(), 5);
    }

    /// A line of so many bytes for ever, and how many bytes of it were taken.
    struct Endless<'a>(usize, &'a AtomicUsize);

    impl Read for Endless<'_> {
        fn read(&mut self, buffer: &mut [u8]) -> io::Result<usize> {
            let taken = self.1.fetch_add(buffer.len(), Ordering::Relaxed);
            let line = format!("ann,5,{}\n", "x".repeat(self.0 - 7));
            let bytes = line.bytes().cycle().skip(taken % self.0);
            buffer.iter_mut().zip(bytes).for_each(|(byte, next)| *byte = next);
            Ok(buffer.len())
        }
    }

    #[test]
    fn no_more_of_a_file_is_read_ahead_than_its_messages_are_put_in_order_in() {
        for (line, most) in [(20, 256 << 10), (50_000, 3 << 20)] {
            let taken = AtomicUsize::new(0);
            let convert = RoomMessages::new("general/a.csv", "general".to_owned());
            let mut items = items("general/a.csv", Ok(Endless(line, &taken)), 1 << 20, convert);
            assert!(items.next().is_some());
            assert!(taken.load(Ordering::Relaxed) <= most, "{taken:?}");
        }
    }

    #[test]
    fn ids_differ_between_rooms_and_between_files() {
        let id = |entry: &str, room: &str| {
            messages(read("ann,1,hi\n", RoomMessages::new(entry, room.to_owned())))[0].id.clone()
        };
        let ids = [id("general/a.csv", "general"), id("general/b.csv", "general"), id("random/a.csv", "random")];
        assert_ne!(ids[0], ids[1]);
        assert_ne!(ids[0], ids[2]);
        assert_eq!(ids[0][..12], ids[1][..12]);
        assert_ne!(ids[0][..12], ids[2][..12]);
    }

    #[test]
    fn a_time_that_is_none_fails_its_line() {
        // The years 1, 1969, 2100 and 2300, and the first and the last millisecond that are taken.
        let text = "ann,yesterday,a\nann,1.5e12,b\nann,,c\nann,NaN,d\nann,-62135596800000,e\nann,-1,f\n\
                    ann,4102444800000,g\nann,10413792000000,h\nann,0,i\nann,4102444799999,j\n";
        let items = read(text, RoomMessages::new("general/a.csv", "general".to_owned()));
        let failed = failures(items);
        assert_eq!(
            failed.iter().map(|failed| failed.error.line).collect::<Vec<_>>(),
            [1, 2, 3, 4, 5, 6, 7, 8].map(Some)
        );
        assert_eq!(
            failed[0].error.message,
            "importer-message-invalid-timestamp: \"yesterday\" is not a time in whole milliseconds from 1970 to 2099"
        );
        assert_eq!(failed[0].error.column, Some(2));
        assert_eq!(failed[0].data, json!({"rid": "general", "u": {"_id": "ann"}, "ts": "yesterday", "msg": "a"}));
    }

    #[test]
    fn times_of_ten_digits_are_seconds_and_reported_once() {
        let text = "ann,1700000000,first\nbob,1700000000,second\nann,1700000000,first\nann,1700000001234,millis\n\
                    ann,999999999,before\nann,1000000000,from\nann,4102444799,last\nann,4102444800,beyond\nann,soon,bad\n";
        let items = read(text, RoomMessages::new("general/a.csv", "general".to_owned()));
        let notices: Vec<_> = items.iter().filter(|item| matches!(item, Item::Notice(_))).collect();
        let name = "test.csv".to_owned();
        assert_eq!(notices, [&Item::Notice(Notice { kind: NoticeKind::TimestampsInSeconds, name, count: 5 })]);
        assert!(matches!(items.last(), Some(Item::Notice(_))));
        let messages: Vec<_> = items
            .into_iter()
            .filter_map(|item| match item {
                Item::Record(Record::Message(message)) => Some(message),
                _ => None,
            })
            .collect();
        let times: Vec<_> = messages.iter().map(|message| (message.msg.as_str(), message.ts.0.to_string())).collect();
        let at = |text: &'static str, time: &str| (text, time.to_owned());
        assert_eq!(
            times,
            [
                at("first", "2023-11-14T22:13:20.000Z"),
                at("second", "2023-11-14T22:13:20.001Z"),
                at("first", "2023-11-14T22:13:20.002Z"),
                at("millis", "2023-11-14T22:13:21.234Z"),
                at("before", "1970-01-12T13:46:39.999Z"),
                at("from", "2001-09-09T01:46:40.000Z"),
                at("last", "2099-12-31T23:59:59.000Z"),
                at("beyond", "1970-02-17T11:34:04.800Z"),
            ]
        );
        let ids: std::collections::HashSet<_> = messages.iter().map(|message| &message.id).collect();
        assert_eq!(ids.len(), 8);
    }

    #[test]
    fn milliseconds_are_not_reported() {
        let items = read("ann,1700000000000,a\n", RoomMessages::new("general/a.csv", "general".to_owned()));
        assert_eq!(items.len(), 1);
    }

    #[test]
    fn a_line_without_author_or_with_too_few_columns_fails() {
        let failed = failures(read(" ,1,hi\nann,1\n", RoomMessages::new("general/a.csv", "general".to_owned())));
        assert_eq!(failed[0].error.message, "importer-message-unknown-user: the line names no author");
        assert_eq!(failed[0].error.column, Some(1));
        assert_eq!(
            failed[1].error.message,
            "the line has 2 of 3 columns: username, epoch milliseconds, text are due, separated by commas"
        );
        assert_eq!(failed[1].data_type, DataType::Message);
    }
}
