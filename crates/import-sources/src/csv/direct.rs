//! `directmessages/<any>.csv`: username, other username, epoch milliseconds, text.

use import_proto::{DataType, NoticeKind, Record};
use serde_json::json;

use super::messages::{Lines, Room};
use crate::items::{Convert, Converted, RowError, too_few_columns};
use crate::pair::Pair;
use crate::recent::Recent;
use crate::rows::Row;
use crate::stable_id;

/// Makes direct messages of rows, and their rooms.
pub(super) struct DirectMessages {
    lines: Lines,
    /// Rooms that came out already. One that was not seen for long comes out again.
    rooms: Recent,
    /// The room of the line before, in which the next one usually is too.
    last: Option<Conversation>,
}

struct Conversation {
    pair: Pair,
    room: Room,
}

impl Conversation {
    fn of(one: &str, other: &str) -> Self {
        let pair = Pair::new(one, other);
        let room = Room::new(format!("{}/{}", pair.first, pair.second));
        Self { pair, room }
    }
}

impl DirectMessages {
    pub(super) fn new(entry: &str) -> Self {
        Self { lines: Lines::new(entry), rooms: Recent::default(), last: None }
    }
}

impl Convert for DirectMessages {
    const DATA_TYPE: DataType = DataType::Message;

    fn convert(&mut self, row: &Row<'_>) -> Converted {
        if let Some(error) = too_few_columns(row, &["username", "other username", "epoch milliseconds", "text"]) {
            return Converted::Failed(error);
        }
        let (author, other) = (row.trimmed(0), row.trimmed(1));
        if other.is_empty() {
            return Converted::Failed(RowError {
                message: "importer-channel-missing-users: the line names nobody whom the message is for".to_owned(),
                column: 2,
                data: json!({ "u": { "_id": author }, "ts": row.trimmed(2), "msg": row.value_to_end(3) }),
            });
        }
        let last = self.last.take().filter(|last| last.pair.is_of(&author, &other));
        let is_same = last.is_some();
        let conversation = last.unwrap_or_else(|| Conversation::of(&author, &other));
        let message = match self.lines.message(row, &conversation.room, 2) {
            Ok(message) => message,
            Err(error) => return Converted::Failed(error),
        };
        let Conversation { pair, room } = self.last.insert(conversation);
        let is_new = !is_same && self.rooms.seen_before(stable_id::hash(&room.rid)) == 0;
        if is_new {
            Converted::InNewRoom(pair.room(&room.rid), message)
        } else {
            Converted::Record(Record::Message(message))
        }
    }

    fn notice(&mut self) -> Option<(NoticeKind, u64)> {
        self.lines.notice()
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::Item;
    use crate::csv::tests::{failures, messages, read, records};

    fn direct(text: &str) -> Vec<Item> {
        read(text, DirectMessages::new("directmessages/a.csv"))
    }

    #[test]
    fn a_room_comes_out_ahead_of_its_first_message_whoever_wrote_it() {
        let read = records(direct("bob,ann,1,hi\nann,bob,2,hello\nann,cat,3,hey\nbob,ann,4,bye\n"));
        let shown: Vec<_> = read
            .iter()
            .map(|record| match record {
                Record::Channel(room) => format!("room {} of {}", room.import_ids[0], room.users.join(" and ")),
                Record::Message(message) => format!("{} in {}: {}", message.author.id, message.rid, message.msg),
                other => panic!("{other:?}"),
            })
            .collect();
        assert_eq!(
            shown,
            [
                "room ann/bob of ann and bob",
                "bob in ann/bob: hi",
                "ann in ann/bob: hello",
                "room ann/cat of ann and cat",
                "ann in ann/cat: hey",
                "bob in ann/bob: bye",
            ]
        );
    }

    #[test]
    fn notes_to_oneself_are_a_room_of_one() {
        let Record::Channel(room) = records(direct("ann,ann,1,note\n")).remove(0) else { panic!() };
        assert_eq!((room.import_ids, room.users), (vec!["ann/ann".to_owned()], vec!["ann".to_owned()]));
    }

    #[test]
    fn bad_lines_fail_and_bring_no_room() {
        let failed = failures(direct("ann,bob,soon,hi\nann,,1,hi\n,bob,1,hi\nann,bob,1\n"));
        let shown: Vec<_> = failed.iter().map(|failed| (failed.error.message.as_str(), failed.error.column)).collect();
        assert_eq!(
            shown,
            [
                (
                    "importer-message-invalid-timestamp: \"soon\" is not a time in whole milliseconds from 1970 to 2099",
                    Some(3)
                ),
                ("importer-channel-missing-users: the line names nobody whom the message is for", Some(2)),
                ("importer-message-unknown-user: the line names no author", Some(1)),
                (
                    "the line has 3 of 4 columns: username, other username, epoch milliseconds, text are due, \
                     separated by commas",
                    Some(4)
                ),
            ]
        );
        assert_eq!(failed[0].data, json!({"rid": "ann/bob", "u": {"_id": "ann"}, "ts": "soon", "msg": "hi"}));
    }

    #[test]
    fn times_in_seconds_are_reported_once_for_the_file() {
        let mut items = direct("bob,ann,1700000000,hi\nann,cat,1700000001,hi\n");
        let Some(Item::Notice(notice)) = items.pop() else { panic!("{items:?}") };
        assert_eq!((notice.kind, notice.name.as_str(), notice.count), (NoticeKind::TimestampsInSeconds, "test.csv", 2));
        assert_eq!(messages(items)[1].ts.0.to_string(), "2023-11-14T22:13:21.000Z");
    }

    #[test]
    fn ids_of_one_room_have_one_prefix() {
        let ids: Vec<_> = messages(direct("bob,ann,1,hi\nann,bob,2,hi\ncat,ann,3,hi\n"))
            .into_iter()
            .map(|message| message.id)
            .collect();
        assert_eq!(ids[0][..12], ids[1][..12]);
        assert_ne!(ids[0][..12], ids[2][..12]);
    }
}
