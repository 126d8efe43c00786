//! What an export in CSV files yields, whatever it is packed in.

use std::fs::File;
use std::io::{Seek as _, SeekFrom, Write as _};

use import_proto::{DataType, Importer};
use import_sources::{Item, Limits, Part};

use crate::support::{Export, all, show};
use crate::zips::{Entry, zip};

const USERS: &str = "ann,ann@example.org,Ann Lee\nbob,,Bob\n";
const CHANNELS: &str = "general,ann,public,ann;bob\nhr,ann,private,ann\n";
const GENERAL: &str = "ann,1479162481336,\"Hello, all\"\nbob,1479162481400,Hi @ann\n";
const DIRECT: &str = "bob,ann,1479162481336,psst\n";
const CONTACTS: &str = "name,emails,phones\nCarl,carl@example.org,+49 1\n";

const FILES: [(&str, &str); 5] = [
    ("users.csv", USERS),
    ("channels.csv", CHANNELS),
    ("general/2016.csv", GENERAL),
    ("directmessages/bob.csv", DIRECT),
    ("contacts.csv", CONTACTS),
];

const SHOWN: [&str; 9] = [
    "user ann ann@example.org",
    "user bob",
    "room c general ann;bob",
    "room p hr ann",
    "general> ann: Hello, all",
    "general> bob: Hi @ann",
    "room d ann/bob ann;bob",
    "ann/bob> bob: psst",
    "contact Carl",
];

fn packed(prefix: &str, pack: impl Fn(String, &str) -> Entry) -> Vec<u8> {
    zip(FILES.iter().rev().map(|(name, contents)| pack(format!("{prefix}{name}"), contents)))
}

#[test]
fn an_export_reads_the_same_stored_deflated_unpacked_and_in_a_top_folder() {
    let stored = packed("", |name, contents| Entry::stored(name, contents));
    assert_eq!(Export::file("a.zip", stored).shown(), SHOWN);
    let deflated = packed("my export/", |name, contents| Entry::deflated(name, contents));
    assert_eq!(Export::file("upload", deflated).shown(), SHOWN);
    let described = packed("", |name, contents| Entry::deflated(name, contents).with_descriptor());
    assert_eq!(Export::file("a.zip", described).shown(), SHOWN);
    let zip64 = packed("./x/", |name, contents| Entry { zip64: true, ..Entry::deflated(name, contents) });
    assert_eq!(Export::file("a.zip", zip64).shown(), SHOWN);
    assert_eq!(Export::folder(&FILES).shown(), SHOWN);
    let nested = FILES.map(|(name, contents)| (format!("top/{name}"), contents));
    let nested: Vec<_> = nested.iter().map(|(name, contents)| (name.as_str(), *contents)).collect();
    assert_eq!(Export::folder(&nested).shown(), SHOWN);
}

#[test]
fn ids_of_messages_are_the_same_whatever_the_export_is_packed_in() {
    let ids = |export: &Export| -> Vec<String> {
        all(&*export.open().unwrap())
            .into_iter()
            .filter_map(|item| match item {
                Item::Record(import_proto::Record::Message(message)) => Some(message.id),
                _ => None,
            })
            .collect()
    };
    let first = ids(&Export::file("a.zip", packed("", |name, contents| Entry::stored(name, contents))));
    assert_eq!(first.len(), 3);
    assert_eq!(first[0], "csv-6c8hnlq-1479162481336-vtk3tno64bg4e");
    assert_eq!(first[2], "csv-itgiq1u-1479162481336-f1j2unvufig60");
    assert_eq!(ids(&Export::file("b.zip", packed("top/", |name, contents| Entry::deflated(name, contents)))), first);
    assert_eq!(ids(&Export::folder(&FILES)), first);
}

#[test]
fn parts_come_in_the_order_of_staging_and_say_what_they_hold() {
    let source = Export::file("a.zip", packed("x/", |name, contents| Entry::stored(name, contents))).open().unwrap();
    let part = |data_type, entry, room: Option<&'static str>, direct, contents: &str| Part {
        data_type,
        entry,
        room: room.map(Into::into),
        direct,
        bytes: contents.len() as u64,
    };
    let parts: Vec<_> = (0..source.part_count()).filter_map(|index| source.part(index)).collect();
    assert_eq!(
        parts,
        [
            part(DataType::User, "users.csv", None, false, USERS),
            part(DataType::Channel, "channels.csv", None, false, CHANNELS),
            part(DataType::Message, "general/2016.csv", Some("general"), false, GENERAL),
            part(DataType::Message, "directmessages/bob.csv", None, true, DIRECT),
            part(DataType::Contact, "contacts.csv", None, false, CONTACTS),
        ]
    );
    assert_eq!(source.part(5), None);
    assert_eq!(source.read(5).count(), 0);
}

#[test]
fn case_and_byte_order_marks_in_names_and_texts_do_not_matter() {
    let entries = [
        Entry::stored("\u{feff}Users.CSV", "\u{feff}ann,,Ann\r\nbob,,Bob\r\n"),
        Entry::stored("Channels.csv", "\u{feff}General,ann,public,\r"),
        Entry::stored("General/A.CSV", "\u{feff}ann,1,hi\rbob,2,\"two\r\nlines\"\r"),
        Entry::stored("DirectMessages/a.csv", "ann,bob,1,hi"),
    ];
    assert_eq!(
        Export::file("a.zip", zip(entries)).shown(),
        [
            "user ann",
            "user bob",
            "room c General ",
            "General> ann: hi",
            "General> bob: two\r\nlines",
            "room d ann/bob ann;bob",
            "ann/bob> ann: hi",
        ]
    );
}

#[test]
fn a_folder_of_messages_alone_is_a_room_and_not_a_top_folder() {
    let export = Export::file("a.zip", zip([Entry::stored("general/messages.csv", "ann,1,hi\n")]));
    assert_eq!(export.shown(), ["general> ann: hi"]);
}

#[test]
fn entries_of_macos_folders_and_other_files_are_no_business_of_ours() {
    let entries = [
        Entry::stored("__MACOSX/general/._a.csv", "\0"),
        Entry::stored("general/.DS_Store", "\0"),
        Entry::stored("general/", ""),
        Entry::stored("general/a.csv", "ann,1,hi\n"),
        Entry::stored("general/picture.png", "\0"),
        Entry::stored("readme.txt", "hello"),
    ];
    assert_eq!(Export::file("a.zip", zip(entries)).shown(), ["general> ann: hi"]);
}

#[test]
fn a_bad_line_fails_and_the_lines_around_it_are_read() {
    let text = b"ann,1,one\nann\nann,2,\"two\nann,soon,three\nann,4,f\xffur\nann,5,five\n";
    let export = Export::file("a.zip", zip([Entry::deflated("general/a.csv", text)]));
    assert_eq!(
        export.shown(),
        [
            "general> ann: one",
            "failed message in general/a.csv at 2:2: the line has 1 of 3 columns: username, epoch milliseconds, text are \
             due, separated by commas",
            "failed message in general/a.csv at 3:3: a quote opens here and does not close",
            "failed message in general/a.csv at 4:2: importer-message-invalid-timestamp: \"soon\" is not a time in whole \
             milliseconds from 1970 to 2099",
            "failed message in general/a.csv at 5:3: the text is not valid UTF-8; save the file as UTF-8",
            "general> ann: five",
        ]
    );
    let source = export.open().unwrap();
    let keys: Vec<_> = all(&*source)
        .into_iter()
        .filter_map(|item| match item {
            Item::Failed(failed) => Some((failed.key, failed.data.to_string())),
            Item::Record(_) | Item::Tally(_) | Item::Notice(_) => None,
        })
        .collect();
    let shown: Vec<_> = keys.iter().map(|(key, data)| (key.as_str(), data.as_str())).collect();
    assert_eq!(
        shown,
        [
            ("general/a.csv:2", r#"{"columns":["ann"]}"#),
            ("general/a.csv:3", r#"{"text":"ann,2,\"two"}"#),
            ("general/a.csv:4", r#"{"rid":"general","u":{"_id":"ann"},"ts":"soon","msg":"three"}"#),
            ("general/a.csv:5", "{\"text\":\"ann,4,f\u{fffd}ur\"}"),
        ]
    );
}

#[test]
fn threads_read_from_one_source_and_all_read_the_same() {
    let text = |room: &str| (0..2_000).map(|n| format!("ann,{n},{room} number {n}\n")).collect::<String>();
    let rooms = ["a", "b", "c", "d"];
    let export = Export::file("a.zip", zip(rooms.map(|room| Entry::deflated(format!("{room}/a.csv"), text(room)))));
    let source = export.open().unwrap();
    let read = |part| source.read(part).map(|item| show(&item)).collect::<Vec<_>>();
    let expected: Vec<_> = (0..4).map(read).collect();
    assert!(expected.iter().all(|shown| shown.len() == 2_000));
    std::thread::scope(|scope| {
        for reader in 0..8 {
            let (read, expected) = (&read, &expected);
            scope.spawn(move || assert_eq!(read(reader % 4), expected[reader % 4]));
        }
    });
    // Dropped half-way, nothing is left behind and another read starts anew.
    let mut dropped = source.read(0);
    dropped.nth(1_000);
    drop(dropped);
    assert_eq!(read(0), expected[0]);
}

#[test]
fn only_importers_that_can_be_read_are_opened() {
    let supported: Vec<_> =
        Importer::ALL.into_iter().filter(|importer| import_sources::supports(*importer)).map(Importer::key).collect();
    assert_eq!(supported, ["csv", "slack", "slack-users", "omnichannel_contact", "hipchatenterprise"]);
    let export = Export::file("a.zip", zip([Entry::stored("users.csv", USERS)]));
    let error = import_sources::open(Importer::Api, &export.path(), "a.zip", Limits::default(), None).err().unwrap();
    assert_eq!(error.to_string(), "files of the importer api cannot be read");
}

#[test]
fn a_line_of_500_megabytes_is_passed_over_and_the_entry_read_on() {
    let export = Export::folder(&[("general/a.csv", "")]);
    let mut entry = File::create(export.path().join("general/a.csv")).unwrap();
    entry.write_all(b"ann,1,one\nann,2,").unwrap();
    // What is not written takes no room on disk and is read as zeros.
    entry.seek(SeekFrom::Start(500_000_000)).unwrap();
    entry.write_all(b"\nann,3,three\n").unwrap();
    assert_eq!(
        export.shown(),
        [
            "general> ann: one",
            "failed message in general/a.csv at 2: the row is longer than 16777216 bytes",
            "general> ann: three",
        ]
    );
}
