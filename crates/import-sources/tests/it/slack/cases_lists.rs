//! Exports as people report them: what becomes of their lists of users and rooms, and of folders that no list has.

use std::path::{Path, PathBuf};

use import_proto::{Importer, NamesEncoding, Record};
use import_sources::{Item, Limits, Source};
use serde_json::{Value, json};

use super::{export, records};
use crate::support::{Export, all, to_json};
use crate::zips::{Entry, zip};

fn case(name: &str) -> PathBuf {
    Path::new(env!("CARGO_MANIFEST_DIR")).join("tests/cases/slack").join(name)
}

fn open(name: &str) -> Box<dyn Source> {
    let path = case(name);
    import_sources::open(Importer::Slack, &path, "export", Limits::default(), None).unwrap()
}

/// The records of one kind, none of which failed.
fn read(source: &dyn Source, wanted: fn(&Record) -> bool) -> Vec<Value> {
    let record = |item| match item {
        Item::Record(record) => wanted(&record).then(|| to_json(&record)),
        Item::Tally(_) | Item::Notice(_) => None,
        Item::Failed(failed) => panic!("{failed:?}"),
    };
    all(source).into_iter().filter_map(record).collect()
}

fn users(case: &str) -> Vec<Value> {
    read(&*open(case), |record| matches!(record, Record::User(user) if !user.placeholder))
}

fn placeholders(case: &str) -> Vec<Value> {
    let mut users = read(&*open(case), |record| matches!(record, Record::User(user) if user.placeholder));
    for user in &mut users {
        let fields = user.as_object_mut().unwrap();
        assert_eq!(fields.remove("_placeholder"), Some(json!(true)));
        assert_eq!((fields.remove("emails"), fields.remove("type")), (Some(json!([])), Some(json!("user"))));
    }
    users
}

fn rooms(case: &str) -> Vec<Value> {
    read(&*open(case), |record| matches!(record, Record::Channel(_)))
}

/// Import id, name and type of every room.
fn named(case: &str) -> Vec<(String, Option<String>, String)> {
    let text = |value: &Value| value.as_str().map(str::to_owned);
    let name = |room: &Value| (text(&room["importIds"][0]).unwrap(), text(&room["name"]), text(&room["t"]).unwrap());
    rooms(case).iter().map(name).collect()
}

fn room(id: &str, name: &str, t: &str) -> (String, Option<String>, String) {
    (id.to_owned(), Some(name.to_owned()), t.to_owned())
}

/// The rooms of messages, by their texts.
fn said(case: &str) -> Vec<(String, String)> {
    let text = |value: &Value| value.as_str().unwrap().to_owned();
    let messages = read(&*open(case), |record| matches!(record, Record::Message(_)));
    messages.iter().map(|message| (text(&message["rid"]), text(&message["msg"]))).collect()
}

fn pair(one: &str, other: &str) -> (String, String) {
    (one.to_owned(), other.to_owned())
}

#[test]
fn connect_user() {
    assert_eq!(
        placeholders("connect-user"),
        [
            // The room's list names the member before anything says who that is.
            json!({"importIds": ["U0EXT0001"]}),
            json!({"importIds": ["U0EXT0001"], "username": "eve.stone", "name": "Eve Stone", "avatarUrl": "https://a.example/72.png"}),
            json!({"importIds": ["W0EXT0002"]}),
        ]
    );
    assert_eq!(users("connect-user").len(), 2);
}

#[test]
fn dm_with_unknown() {
    assert_eq!(
        placeholders("dm-with-unknown"),
        [
            json!({"importIds": ["U0EXT0001"]}),
            json!({"importIds": ["U0GONE001"]}),
            json!({"importIds": ["U0GONE001"], "username": "gone.gale", "name": "Gone Gale"}),
        ]
    );
    let members: Vec<_> = rooms("dm-with-unknown").iter().map(|room| room["users"].clone()).collect();
    assert_eq!(
        members,
        [
            json!(["U0ANN0001", "U0BOB0001"]),
            json!(["U0ANN0001", "U0BOB0001", "U0EXT0001"]),
            json!(["U0ANN0001", "U0GONE001"])
        ]
    );
}

#[test]
fn same_email() {
    let found: Vec<_> =
        users("same-email").iter().map(|user| (user["importIds"].clone(), user["emails"].clone())).collect();
    assert_eq!(
        found[2..],
        [(json!(["U0OLD0001"]), json!(["carl@tide.example"])), (json!(["U0NEW0001"]), json!(["Carl@Tide.example"])),]
    );
}

#[test]
fn guests() {
    let roles: Vec<_> = users("guests").iter().map(|user| (user["username"].clone(), user["roles"].clone())).collect();
    assert_eq!(
        roles,
        [
            (json!("ann"), Value::Null),
            (json!("guest.multi"), json!(["guest"])),
            (json!("guest.single"), json!(["guest"])),
        ]
    );
}

#[test]
fn unlisted_channel() {
    assert_eq!(
        rooms("unlisted-channel")[1..],
        [
            json!({"importIds": ["old-plans"], "name": "old-plans", "users": [], "t": "p", "archived": true, "_unlisted": true})
        ]
    );
    assert!(said("unlisted-channel").contains(&pair("old-plans", "ten years of plans")));
}

#[test]
fn canvas_folder() {
    assert_eq!(named("canvas-folder"), [room("C0OPS0001", "ops", "c"), room("C0CANV001", "Plan for May", "p")]);
    assert!(said("canvas-folder").contains(&pair("C0CANV001", "a comment on the canvas")));
}

#[test]
fn public_private_same_name() {
    assert_eq!(named("public-private-same-name"), [room("C0PLANS01", "plans", "c"), room("G0PLANS02", "plans", "p")]);
    assert_eq!(said("public-private-same-name"), [pair("G0PLANS02", "secret salary plan")]);
}

#[test]
fn zip_cp932() {
    let path = case("zip-cp932/export.zip");
    let source = import_sources::open(Importer::Slack, &path, "export.zip", Limits::default(), None).unwrap();
    let texts = |source: &dyn Source| {
        let messages = read(source, |record| matches!(record, Record::Message(_)));
        messages.iter().map(|message| message["rid"].as_str().unwrap().to_owned()).collect::<Vec<_>>()
    };
    // The tool wrote a question mark for the letter that cp932 does not have.
    assert_eq!(texts(&*source), ["C0UML0001", "C0OPS0001", "C0KAI0001"]);
    let rooms = read(&*source, |record| matches!(record, Record::Channel(_)));
    assert_eq!(rooms.iter().map(|room| &room["name"]).collect::<Vec<_>>(), ["ops", "überblick", "開発"]);

    let encoding = Some(NamesEncoding::Cp1252);
    let source = import_sources::open(Importer::Slack, &path, "export.zip", Limits::default(), encoding).unwrap();
    assert_eq!(texts(&*source), ["C0UML0001", "C0OPS0001", "ŠJ”\u{ad}"]);
}

#[test]
fn names_in_a_zip_are_decoded_by_what_the_rooms_are_called() {
    let message = json!([{"type": "message", "user": "U1", "text": "hi", "ts": "1554112800.000100"}]).to_string();
    let list = json!([{"id": "C1", "name": "büro"}, {"id": "C2", "name": "表"}]).to_string();
    let rid = |prefix: &str, folder: &[u8], extra: Vec<u8>, encoding: Option<NamesEncoding>| {
        let name = [prefix.as_bytes(), folder, b"/2019-04-01.json"].concat();
        let day = Entry { extra, ..Entry::stored(name, &message) };
        let export = Export::file("a.zip", zip([Entry::stored(format!("{prefix}channels.json"), &list), day]));
        let export = export.of(Importer::Slack);
        let export = match encoding {
            Some(encoding) => export.with_names_in(encoding),
            None => export,
        };
        let records = records(&export);
        records.iter().find_map(|record| record["rid"].as_str().map(str::to_owned)).unwrap()
    };
    for prefix in ["", "export/"] {
        assert_eq!(rid(prefix, b"b\xfcro", Vec::new(), None), "C1");
        assert_eq!(rid(prefix, b"b\x81ro", Vec::new(), None), "C1");
        assert_eq!(rid(prefix, "büro".as_bytes(), Vec::new(), None), "C1");
        // The second byte of the character is a backslash elsewhere.
        assert_eq!(rid(prefix, b"\x95\\", Vec::new(), None), "C2");
        assert_eq!(rid(prefix, b"b\xfcro", Vec::new(), Some(NamesEncoding::Cp437)), "bⁿro");
        assert_eq!(rid(prefix, b"n\x81rgends", Vec::new(), None), "nürgends");
    }
    let field = |name: &[u8]| {
        let data = [&[1][..], &rawzip::crc32(name).to_le_bytes(), "büro/2019-04-01.json".as_bytes()].concat();
        [&0x7075_u16.to_le_bytes()[..], &(data.len() as u16).to_le_bytes(), &data].concat()
    };
    assert_eq!(rid("", b"x\xff", field(b"x\xff/2019-04-01.json"), None), "C1");
    assert_eq!(rid("", b"xx", field(b"xx/2019-04-01.json"), Some(NamesEncoding::Cp932)), "C1");
    assert_eq!(rid("", b"xx", field(b"other/2019-04-01.json"), None), "xx");
}

#[test]
fn names_in_a_zip_of_tables_are_decoded_by_what_the_rooms_are_called() {
    let export = Export::file(
        "a.zip",
        zip([
            Entry::stored("channels.csv", "開発,ann,public,ann\n"),
            Entry::stored([b"\x8aJ\x94\xad", &b"/1.csv"[..]].concat(), "ann,1600000000000,hi\n"),
        ]),
    );
    assert_eq!(export.shown()[1..], ["開発> ann: hi"]);
}

#[test]
fn channel_names() {
    let found = named("channel-names");
    assert_eq!(found[5], room("C0NONAME1", "C0NONAME1", "c"));
    assert_eq!(found[8..], [room("not-listed", "not-listed", "p")]);
    let said = said("channel-names");
    for (room, text) in [
        ("C0ALL0001", "named all"),
        ("C0UML0001", "unicode name"),
        ("C0KAN0001", "kanji"),
        ("C0FUL0001", "fullwidth"),
        ("C0LNG0001", "long name"),
        ("C0FSH0001", "fish"),
        ("C0NONAME1", "no name"),
        ("C0REN0001", "renamed-now"),
        ("not-listed", "second"),
    ] {
        assert!(said.contains(&pair(room, text)), "{text}");
    }
}

#[test]
fn users_odd() {
    let found: Vec<_> = users("users-odd")
        .iter()
        .map(|user| format!("{} {} {}", user["importIds"][0], user["username"], user["emails"]).replace('"', ""))
        .collect();
    assert_eq!(
        found,
        [
            "U0ANN0001 ann [ann@tide.example]",
            "U0NOM0001 nomail []",
            "U0SPC0001 José Ümit []",
            "U0NUL0001 null []",
            &format!("U0LNG0001 {} [long@tide.example]", "l".repeat(90)),
            "U0RC00001 rocket.cat [rc@tide.example]",
            "U0ALL0001 all [all@tide.example]",
            "U0ADM0001 admin [Admin@Tide.example]",
            "U0GST0001 guest [guest@tide.example]",
            "U0EML0001 mailweird [weird@tide.example]",
            "U0EML0002 mailbad []",
        ]
    );
}

#[test]
fn reactions() {
    assert_eq!(placeholders("reactions"), [json!({"importIds": ["U0GONE001"]})]);
}

#[test]
fn mention_label_of_unknown() {
    // Who is only mentioned writes nothing and reads nothing.
    assert_eq!(placeholders("mention-label-of-unknown"), Vec::<Value>::new());
}

#[test]
fn a_name_that_is_null_is_taken_from_the_profile_or_the_address() {
    let list = json!([
        {"id": "U1", "name": null, "profile": {"display_name": " ann ", "real_name": "Ann"}},
        {"id": "U2", "name": "", "profile": {"display_name": "", "real_name": "Bob &amp; Co"}},
        {"id": "U3", "profile": {"email": "cat@x.org "}},
        {"id": "U4", "name": "   ", "profile": {"email": "@x.org"}},
        {"id": "U5", "name": 42, "profile": {"email": "two words@x.org"}},
        {"id": 6, "real_name": "Fay"},
    ]);
    let found: Vec<_> = records(&export(&[("users.json", list)]))
        .iter()
        .map(|user| format!("{} {} {}", user["importIds"][0], user["username"], user["emails"]).replace('"', ""))
        .collect();
    assert_eq!(found, ["U1 ann []", "U2 Bob & Co []", "U3 cat [cat@x.org]", "U4 null []", "U5 42 []", "6 Fay []"]);
}

#[test]
fn rooms_about_files_are_found_however_their_folders_are_spelled() {
    let talk = |text: &str| json!([{"type": "message", "user": "U1", "text": text, "ts": "1554112800.000100"}]);
    let conversations = json!([
        {"id": "C1", "name": "FC:F0CANV001:Plan: May?"},
        {"id": "C2", "name": "FC:F0CANV002:"},
        {"id": "C3", "name": "FC:F0CANV003"},
        {"id": "C4", "name": "fc:F0CANV004:In lower case"},
        {"id": "C5", "name": "about nothing"},
        {"id": "C6"},
        {"id": "C7", "name": "FC:F0CANV007:A title that is cut off"},
    ]);
    let export = export(&[
        ("file_conversations.json", conversations),
        ("canvases.json", json!([{"id": "F0CANV002", "title": "From the list"}])),
        ("FC_F0CANV001_Plan_ May_/2019-04-01.json", talk("1")),
        ("FC:F0CANV002:/2019-04-01.json", talk("2")),
        ("FC_F0CANV003/2019-04-01.json", talk("3")),
        ("C4/2019-04-01.json", talk("4")),
        ("About Nothing/2019-04-01.json", talk("5")),
        ("C6/2019-04-01.json", talk("6")),
        ("FC_F0CANV007_A title/2019-04-01.json", talk("7")),
        ("FC_F0CANV008_In no list/2019-04-01.json", talk("8")),
    ]);
    let records = records(&export);
    let (messages, rooms): (Vec<_>, Vec<_>) = records.iter().partition(|record| record["msg"].is_string());
    let names: Vec<_> =
        rooms.iter().map(|room| (room["t"].as_str().unwrap(), room["name"].as_str().unwrap())).collect();
    assert_eq!(
        names,
        [
            ("p", "Plan: May?"),
            ("p", "From the list"),
            ("p", "C3"),
            ("p", "In lower case"),
            ("p", "about nothing"),
            ("p", "C6"),
            ("p", "A title that is cut off"),
            ("p", "In no list"),
        ]
    );
    let mut found: Vec<_> =
        messages.iter().map(|message| (message["msg"].as_str().unwrap(), message["rid"].as_str().unwrap())).collect();
    found.sort_unstable();
    assert_eq!(
        found,
        [
            ("1", "C1"),
            ("2", "C2"),
            ("3", "C3"),
            ("4", "C4"),
            ("5", "C5"),
            ("6", "C6"),
            ("7", "C7"),
            ("8", "FC_F0CANV008_In no list"),
        ]
    );
}

#[test]
fn files_that_are_not_read_are_named() {
    let message = json!([{"type": "message", "user": "U1", "text": "hi", "ts": "1554112800.000100"}]);
    let export = export(&[
        ("channels.json", json!([{"id": "C1", "name": "general"}, {"id": "C2", "name": "quiet"}])),
        ("polls.json", json!([{"question": "when?"}])),
        ("integration_logs.json", json!([{"user_id": "U1"}])),
        ("general/2019-04-01.json", message.clone()),
        ("general/20190402.json", json!([{"type": "message", "user": "U1", "text": "odd", "ts": "1554199200.000100"}])),
        ("general/canvas_in_the_conversation.json", json!([{"id": "F1", "title": "Plan"}])),
        ("general/empty.json", json!([])),
        ("general/notes.txt", json!("hello")),
        ("general/old/2019-04-01.json", message.clone()),
        ("general/attachments/F1-a.txt", json!("shared")),
        ("__uploads/F2/b.txt", json!("shared")),
        ("quiet/notes.txt", json!("hello")),
        ("elsewhere/picture.txt", json!("of no room")),
    ]);
    let source = export.open().unwrap();
    let notices: Vec<_> = source
        .read(0)
        .map(|item| match item {
            Item::Notice(notice) => format!("{} {}", notice.kind, notice.name),
            other => panic!("{other:?}"),
        })
        .collect();
    assert_eq!(
        notices,
        [
            "unreadFiles general/canvas_in_the_conversation.json",
            "unreadFiles general/notes.txt",
            "unreadFiles general/old/2019-04-01.json",
            "unreadFiles polls.json",
            "unreadFiles quiet/notes.txt",
        ]
    );
    let texts: Vec<_> =
        records(&export).iter().filter_map(|record| record["msg"].as_str().map(str::to_owned)).collect();
    assert_eq!(texts, ["hi", "odd"]);
}
