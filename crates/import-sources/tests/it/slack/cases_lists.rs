//! Exports after reports of real ones: what becomes of their lists. Each test is named after its case.

use std::path::{Path, PathBuf};

use import_proto::{Importer, NoticeKind};
use import_sources::{Item, Limits, Source};
use serde_json::{Value, json};

use super::{all_records, export};
use crate::support::{Export, all, to_json};

fn folder(case: &str) -> PathBuf {
    Path::new(env!("CARGO_MANIFEST_DIR")).join("tests/cases/slack").join(case)
}

fn open(case: &str) -> Box<dyn Source> {
    import_sources::open(Importer::Slack, &folder(case), case, Limits::default(), None).unwrap()
}

/// The records of a case, as JSON. None may have failed.
fn records_of(case: &str) -> Vec<Value> {
    let record = |item| match item {
        Item::Record(record) => Some(to_json(&record)),
        Item::Tally(_) | Item::Notice(_) => None,
        Item::Failed(failed) => panic!("{failed:?}"),
    };
    all(&*open(case)).into_iter().filter_map(record).collect()
}

/// The users: import id, username, name.
fn users(records: &[Value]) -> Vec<[Value; 3]> {
    let users = records.iter().filter(|record| record.get("emails").is_some());
    users.map(|user| [user["importIds"][0].clone(), user["username"].clone(), user["name"].clone()]).collect()
}

/// The rooms: import id, type and name; and whether they are archived and unlisted.
fn rooms(records: &[Value]) -> Vec<Value> {
    let rooms = records.iter().filter(|record| record.get("users").is_some());
    let marked = |room: &Value, mark: &str| room.get(mark).is_some();
    rooms
        .map(|room| {
            json!([room["importIds"][0], room["t"], room["name"], marked(room, "archived"), marked(room, "_unlisted")])
        })
        .collect()
}

/// The room of each message, by its text.
fn rooms_by_text(records: &[Value]) -> Vec<(&str, &str)> {
    records.iter().filter_map(|record| Some((record["msg"].as_str()?, record["rid"].as_str()?))).collect()
}

fn placeholders(records: &[Value]) -> Vec<[Value; 3]> {
    let placeholders: Vec<_> = records.iter().filter(|record| record["_placeholder"] == json!(true)).cloned().collect();
    users(&placeholders)
}

#[test]
fn connect_user_member_of_another_workspace_comes_out_with_the_profile() {
    let records = records_of("connect-user");
    let unknown = |id: &str| [json!(id), json!(null), json!(null)];
    assert_eq!(
        placeholders(&records),
        [unknown("U0EXT0001"), [json!("U0EXT0001"), json!("eve.stone"), json!("Eve Stone")], unknown("W0EXT0002"),]
    );
}

#[test]
fn dm_with_unknown_keeps_both_halves() {
    let records = records_of("dm-with-unknown");
    let [ext, gone] = ["U0EXT0001", "U0GONE001"].map(|id| [json!(id), json!(null), json!(null)]);
    assert_eq!(placeholders(&records), [ext, gone, [json!("U0GONE001"), json!("gone.gale"), json!("Gone Gale")]]);
    let direct = records.iter().find(|record| record["importIds"] == json!(["D0DM00001"])).unwrap();
    assert_eq!(direct["users"], json!(["U0ANN0001", "U0GONE001"]));
}

#[test]
fn same_email_comes_out_as_two_records_with_trimmed_addresses() {
    let records = records_of("same-email");
    let emails: Vec<_> = records.iter().filter_map(|record| record["emails"][0].as_str()).collect();
    assert_eq!(emails, ["ann@tide.example", "bob@tide.example", "carl@tide.example", "Carl@Tide.example"]);
}

#[test]
fn guests_have_the_role_guest() {
    let records = records_of("guests");
    let roles: Vec<_> = records
        .iter()
        .filter(|record| record.get("emails").is_some())
        .map(|user| (user["username"].as_str().unwrap(), user.get("roles").cloned()))
        .collect();
    let guest = Some(json!(["guest"]));
    assert_eq!(roles, [("ann", None), ("guest.multi", guest.clone()), ("guest.single", guest)]);
}

#[test]
fn unlisted_channel_is_a_private_archived_room() {
    let records = records_of("unlisted-channel");
    assert_eq!(
        rooms(&records),
        [json!(["C0OPS0001", "c", "ops", false, false]), json!(["old-plans", "p", "old-plans", true, true]),]
    );
    assert!(rooms_by_text(&records).contains(&("ten years of plans", "old-plans")));
}

#[test]
fn an_unlisted_direct_conversation_is_a_private_archived_room() {
    let said = |text: &str| json!([{"type": "message", "user": "U1", "text": text, "ts": "1554112800.000100"}]);
    let export =
        export(&[("D024BE91L/2019-04-01.json", said("two")), ("mpdm-ann--bob-1/2019-04-01.json", said("several"))]);
    let records = all_records(&export);
    assert_eq!(
        rooms(&records),
        [
            json!(["D024BE91L", "p", "D024BE91L", true, true]),
            json!(["mpdm-ann--bob-1", "p", "mpdm-ann--bob-1", true, true]),
        ]
    );
    assert_eq!(rooms_by_text(&records), [("two", "D024BE91L"), ("several", "mpdm-ann--bob-1")]);
}

#[test]
fn canvas_folder_is_a_private_room_named_after_the_title() {
    let records = records_of("canvas-folder");
    assert_eq!(rooms(&records)[1], json!(["C0CANV001", "p", "Plan for May", false, false]));
    assert!(rooms_by_text(&records).contains(&("a comment on the canvas", "C0CANV001")));
}

#[test]
fn a_folder_of_comments_is_found_however_it_is_called() {
    let said = json!([{"type": "message", "user": "U1", "text": "a comment", "ts": "1554112800.000100"}]);
    let lists = |name: &str| [("file_conversations.json", json!([{"id": "C1", "name": name}]))];
    for (name, folder, title) in [
        ("FC:F1:Plan: May", "FC:F1:Plan: May", "Plan: May"),
        ("FC:F1:Plan: May", "FC_F1_Plan_ May", "Plan: May"),
        ("FC:F1:Plan", "C1", "Plan"),
        ("FC:F1:", "FC_F1_", "Title in the list"),
        ("FC:F2:", "FC:F2:", "C1"),
        ("notes", "notes", "notes"),
    ] {
        let day = format!("{folder}/2023-11-14.json");
        let mut files = lists(name).to_vec();
        files.push(("canvases.json", json!([{"id": "F1", "title": "Title in the list"}])));
        files.push((&day, said.clone()));
        let records = all_records(&export(&files));
        assert_eq!(rooms(&records), [json!(["C1", "p", title, false, false])], "{name} in {folder}");
        assert_eq!(rooms_by_text(&records), [("a comment", "C1")], "{name} in {folder}");
    }
}

#[test]
fn public_private_same_name_gives_the_folder_to_the_private_room() {
    assert_eq!(rooms_by_text(&records_of("public-private-same-name")), [("secret salary plan", "G0PLANS02")]);
}

#[test]
fn channel_names_that_are_odd_lose_no_room() {
    let records = records_of("channel-names");
    let found = rooms(&records);
    let named = |id: &str, name: &str| json!([id, "c", name, false, false]);
    assert_eq!(
        found,
        [
            named("C0UML0001", "Über Räume"),
            named("C0KAN0001", "開発_部"),
            named("C0FUL0001", "ＡＢＣ"),
            named("C0LNG0001", &"x".repeat(120)),
            named("C0FSH0001", "emoji-🎣"),
            named("C0NONAME1", "C0NONAME1"),
            named("C0ALL0001", "all"),
            named("C0REN0001", "renamed-now"),
            json!(["not-listed", "p", "not-listed", true, true]),
        ]
    );
    let mut texts = rooms_by_text(&records);
    texts.sort_unstable();
    assert_eq!(
        texts,
        [
            ("before", "C0REN0001"),
            ("deleted channel, folder stays", "not-listed"),
            ("fish", "C0FSH0001"),
            ("fullwidth", "C0FUL0001"),
            ("kanji", "C0KAN0001"),
            ("long name", "C0LNG0001"),
            ("named all", "C0ALL0001"),
            ("no name", "C0NONAME1"),
            ("renamed-now", "C0REN0001"),
            ("second", "not-listed"),
            ("unicode name", "C0UML0001"),
        ]
    );
    let renamed = records.iter().find(|record| record["msg"] == json!("renamed-now")).unwrap();
    assert_eq!(renamed["t"], json!("r"));
}

#[test]
fn users_odd_have_trimmed_addresses_and_no_wrong_ones() {
    let records = records_of("users-odd");
    let addresses: Vec<_> =
        records.iter().filter_map(|user| Some((user["username"].as_str()?, &user["emails"]))).collect();
    let long = "l".repeat(90);
    assert_eq!(
        addresses,
        [
            ("ann", &json!(["ann@tide.example"])),
            ("nomail", &json!([])),
            ("José Ümit", &json!([])),
            (long.as_str(), &json!(["long@tide.example"])),
            ("rocket.cat", &json!(["rc@tide.example"])),
            ("all", &json!(["all@tide.example"])),
            ("admin", &json!(["Admin@Tide.example"])),
            ("guest", &json!(["guest@tide.example"])),
            ("mailweird", &json!(["weird@tide.example"])),
            ("mailbad", &json!([])),
        ]
    );
}

#[test]
fn a_user_without_a_name_is_named_after_the_profile() {
    let list = json!([
        {"id": "U1", "name": null, "profile": {"display_name": "annie", "real_name": "Ann"}},
        {"id": "U2", "name": " ", "profile": {"display_name": "", "real_name": "Bob"}},
        {"id": "U3", "real_name": "Cleo"},
        {"id": "U4", "profile": {"email": " dora@x.org "}},
        {"id": "U5", "name": 7},
    ]);
    let names: Vec<_> =
        users(&all_records(&export(&[("users.json", list)]))).into_iter().map(|[_, name, _]| name).collect();
    assert_eq!(names, ["annie", "Bob", "Cleo", "dora", "7"]);
}

#[test]
fn files_of_room_folders_that_are_not_read_are_named() {
    let export = export(&[
        ("channels.json", json!([{"id": "C1", "name": "general"}])),
        ("general/2019-04-01.json", json!([])),
        ("general/canvas_in_the_conversation.json", json!({})),
        ("general/20190402.json", json!([])),
        ("general/attachments/F1-a.json", json!(1)),
        ("integration_logs.json", json!([])),
        ("polls.json", json!([])),
    ]);
    let named = |item| match item {
        Item::Notice(notice) if notice.kind == NoticeKind::UnreadFiles => Some(notice.name),
        _ => None,
    };
    let names: Vec<_> = all(&*export.open().unwrap()).into_iter().filter_map(named).collect();
    assert_eq!(names, ["general/20190402.json", "general/canvas_in_the_conversation.json", "polls.json"]);
}

/// What a room is in one list.
#[derive(Debug, Clone, Copy, PartialEq)]
enum In {
    Channels,
    Groups,
    Mpims,
    Dms,
    FileConversations,
}

impl In {
    const ALL: [Self; 5] = [Self::Channels, Self::Groups, Self::Mpims, Self::Dms, Self::FileConversations];

    fn file(self) -> &'static str {
        match self {
            Self::Channels => "channels.json",
            Self::Groups => "groups.json",
            Self::Mpims => "mpims.json",
            Self::Dms => "dms.json",
            Self::FileConversations => "file_conversations.json",
        }
    }
}

/// The type of the room that the only message of the export is in.
fn type_of_the_room(files: &[(&str, Value)]) -> Value {
    let records = all_records(&export(files));
    let [(_, rid)] = rooms_by_text(&records)[..] else { panic!("{records:?}") };
    let is_it = |record: &&Value| record["importIds"].as_array().is_some_and(|ids| ids.contains(&json!(rid)));
    let room = records.iter().filter(|record| record.get("users").is_some()).find(is_it);
    room.map_or_else(|| panic!("no room {rid}: {records:?}"), |room| room["t"].clone())
}

fn secret() -> (&'static str, Value) {
    ("plans/2023-11-14.json", json!([{"type": "message", "user": "U1", "text": "secret", "ts": "1700000000.000100"}]))
}

#[test]
fn a_room_is_public_only_where_nothing_says_that_it_is_private() {
    let flags = ["is_private", "is_group", "is_mpim", "is_im"];
    let values = [json!(null), json!(false), json!("0"), json!(true), json!(1), json!("true")];
    for list in In::ALL {
        for flag in flags {
            for value in &values {
                let room =
                    json!({"id": "C1", "name": "plans", "members": ["U1", "U2"], "is_channel": true, flag: value});
                let is_private = [json!(true), json!(1), json!("true")].contains(value);
                let found = type_of_the_room(&[(list.file(), json!([room])), secret()]);
                let expected = if list == In::Channels && !is_private { json!("c") } else { found.clone() };
                assert_eq!(found, expected, "{list:?}, {flag} is {value}");
                assert!(list == In::Channels && !is_private || found != "c", "{list:?}, {flag} is {value}: {found}");
            }
        }
    }
}

#[test]
fn of_two_rooms_or_two_entries_of_one_room_the_private_one_wins() {
    for first in In::ALL {
        for second in In::ALL.into_iter().filter(|second| *second != first) {
            for second_id in ["C1", "C2"] {
                let room = |id: &str| json!([{"id": id, "name": "plans", "members": ["U1", "U2"]}]);
                let files = [(first.file(), room("C1")), (second.file(), room(second_id)), secret()];
                assert_ne!(type_of_the_room(&files), "c", "{first:?} and {second:?} as {second_id}");
            }
        }
    }
}

#[test]
fn a_general_room_that_is_called_private_elsewhere_is_not_the_workspaces_own() {
    let general = |flag: bool| json!([{"id": "C1", "name": "general", "is_general": true, "is_private": flag}]);
    for files in [
        vec![("channels.json", general(true))],
        vec![("channels.json", general(false)), ("groups.json", json!([{"id": "C1", "name": "general"}]))],
    ] {
        let records = all_records(&export(&files));
        assert_eq!((records[0]["t"].clone(), records[0].get("_id")), (json!("p"), None));
    }
}

#[test]
fn a_private_room_of_the_name_in_another_case_does_not_take_a_public_folder() {
    let export: Export = export(&[
        ("channels.json", json!([{"id": "C1", "name": "plans"}])),
        ("groups.json", json!([{"id": "G1", "name": "Plans"}])),
        secret(),
    ]);
    assert_eq!(rooms_by_text(&all_records(&export)), [("secret", "C1")]);
}
