//! `channels.csv`: name, creator's username, `private` or anything else, members' usernames split by `;`.

use std::collections::HashSet;

use import_proto::{DataType, ImportChannel, ImportRef, Record, RoomType};
use serde_json::json;

use super::header::Columns;
use crate::archive::composed;
use crate::items::{Convert, Converted, RowError, too_few_columns};
use crate::rows::Row;
use crate::stable_id;

/// Makes rooms of rows. A name is the room's import id.
#[derive(Default)]
pub(super) struct Channels {
    /// None before the first row, which may be a header line.
    columns: Option<Columns<4>>,
    /// Hashes of the names that came already.
    names: HashSet<u64>,
}

/// Whether a row is a header line of rooms, such as `name,creator,type,members`.
pub(super) fn is_header(row: &Row<'_>) -> bool {
    header(row).is_some()
}

fn header(row: &Row<'_>) -> Option<Columns<4>> {
    Columns::named(row, [&["name"], &["creator"], &["type", "private"], &["members"]])
}

impl Convert for Channels {
    const DATA_TYPE: DataType = DataType::Channel;

    fn convert(&mut self, row: &Row<'_>) -> Converted {
        if self.columns.is_none()
            && let Some(columns) = header(row)
        {
            self.columns = Some(columns);
            return Converted::Nothing;
        }
        let columns = self.columns.get_or_insert_with(|| Columns::in_order(["name", "creator", "type", "members"]));
        if let Some(error) = too_few_columns(row, &columns.due) {
            return Converted::Failed(error);
        }
        let [name, creator, kind, members] = [0, 1, 2, 3].map(|nth| columns.value(row, nth));
        let users: Vec<String> =
            members.split(';').map(str::trim).filter(|member| !member.is_empty()).map(str::to_owned).collect();
        let private = kind.eq_ignore_ascii_case("private");
        let room_type = if private { RoomType::Private } else { RoomType::Channel };
        if name.is_empty() {
            return Converted::Failed(RowError {
                message: "importer-channel-missing-name: the room has no name, which would be the import id".to_owned(),
                column: columns.column(0),
                data: json!({ "importIds": [], "u": { "_id": creator }, "users": users, "t": room_type }),
            });
        }
        let name = composed(&name).into_owned();
        if !self.names.insert(stable_id::hash(&name)) {
            return Converted::Failed(RowError {
                message: format!("another room of the list has the same name: {name}"),
                column: columns.column(0),
                data: json!({ "importIds": [name], "u": { "_id": creator }, "users": users, "t": room_type }),
            });
        }
        Converted::Record(Record::Channel(ImportChannel {
            id: None,
            import_ids: vec![name.clone()],
            name: Some(name),
            creator: (!creator.is_empty()).then_some(ImportRef { id: creator }),
            users,
            room_type,
            topic: None,
            description: None,
            ts: None,
            archived: false,
            unlisted: false,
        }))
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::csv::tests::{failures, read, records};

    fn room(name: &str, creator: Option<&str>, room_type: RoomType, users: &[&str]) -> Record {
        Record::Channel(ImportChannel {
            id: None,
            import_ids: vec![name.to_owned()],
            name: Some(name.to_owned()),
            creator: creator.map(|id| ImportRef { id: id.to_owned() }),
            users: users.iter().map(|user| (*user).to_owned()).collect(),
            room_type,
            topic: None,
            description: None,
            ts: None,
            archived: false,
            unlisted: false,
        })
    }

    #[test]
    fn a_line_is_name_creator_type_and_members() {
        assert_eq!(
            records(read(
                "general,ann,public,ann; bob;;cat ;\n Secret , bob ,Private,\ncafe\u{301},,,ann,spare\n",
                Channels::default()
            )),
            [
                room("general", Some("ann"), RoomType::Channel, &["ann", "bob", "cat"]),
                room("Secret", Some("bob"), RoomType::Private, &[]),
                room("café", None, RoomType::Channel, &["ann"]),
            ]
        );
    }

    #[test]
    fn a_header_line_is_no_room() {
        assert_eq!(
            records(read("name,creator,private,members\nhr,ann,private,ann\n", Channels::default())),
            [room("hr", Some("ann"), RoomType::Private, &["ann"])]
        );
    }

    #[test]
    fn of_lines_with_one_name_the_first_is_read() {
        let text = "hr,ann,public,ann\ncafe\u{301},ann,,\nhr,bob,private,bob\ncaf\u{e9},bob,,\nHR,bob,private,bob\n";
        let items = read(text, Channels::default());
        let failed: Vec<_> = failures(items.clone()).into_iter().map(|failed| (failed.error, failed.data)).collect();
        assert_eq!(failed[0].0.message, "another room of the list has the same name: hr");
        assert_eq!((failed[0].0.line, failed[0].0.column), (Some(3), Some(1)));
        assert_eq!(failed[0].1, json!({"importIds": ["hr"], "u": {"_id": "bob"}, "users": ["bob"], "t": "p"}));
        assert_eq!(failed[1].0.message, "another room of the list has the same name: caf\u{e9}");
        let read = records(items.into_iter().filter(|item| matches!(item, crate::Item::Record(_))).collect());
        assert_eq!(
            read,
            [
                room("hr", Some("ann"), RoomType::Channel, &["ann"]),
                room("café", Some("ann"), RoomType::Channel, &[]),
                room("HR", Some("bob"), RoomType::Private, &["bob"]),
            ]
        );
    }

    #[test]
    fn a_line_without_name_or_with_too_few_columns_fails() {
        let failed = failures(read(",ann,private,bob\nhr,ann,private\n", Channels::default()));
        assert_eq!(
            failed[0].error.message,
            "importer-channel-missing-name: the room has no name, which would be the import id"
        );
        assert_eq!((failed[0].error.line, failed[0].error.column), (Some(1), Some(1)));
        assert_eq!(failed[0].data, json!({"importIds": [], "u": {"_id": "ann"}, "users": ["bob"], "t": "p"}));
        assert_eq!(
            failed[1].error.message,
            "the line has 3 of 4 columns: name, creator, type, members are due, separated by commas"
        );
        assert_eq!((failed[1].error.line, failed[1].error.column), (Some(2), Some(4)));
    }
}
