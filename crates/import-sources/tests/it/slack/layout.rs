//! Where things stand in an export, whatever it is packed in.

use import_proto::{DataType, Importer};
use import_sources::Part;
use serde_json::{Value, json};

use super::{export, records};
use crate::support::Export;
use crate::zips::{Entry, zip};

fn said(text: &str) -> Value {
    json!([{"type": "message", "user": "U1", "text": text, "ts": "1554112800.000100"}])
}

/// The rooms that messages belong to, by their texts.
fn rooms_of(export: &Export) -> Vec<(String, String)> {
    let text = |value: &Value| value.as_str().map(str::to_owned);
    records(export).iter().filter_map(|record| Some((text(&record["msg"])?, text(&record["rid"])?))).collect()
}

fn pairs(pairs: &[(&str, &str)]) -> Vec<(String, String)> {
    pairs.iter().map(|(text, room)| ((*text).to_owned(), (*room).to_owned())).collect()
}

#[test]
fn a_folder_is_that_of_the_room_with_its_name_or_else_its_id() {
    let members = |count: usize| (1..=count).map(|n| format!("U{n}")).collect::<Vec<_>>();
    let export = export(&[
        ("channels.json", json!([{"id": "C1", "name": "general"}, {"id": "C2", "name": "G1"}])),
        ("groups.json", json!([{"id": "G1", "name": "hr"}])),
        (
            "mpims.json",
            json!([{"id": "G2", "name": "mpdm-ann--bob-1", "members": members(3)}, {"id": "G3", "name": "mpdm-many-1", "members": members(9)}]),
        ),
        ("dms.json", json!([{"id": "D1", "members": ["U1", "U2"]}])),
        ("general/2019-04-01.json", said("public")),
        ("G1/2019-04-01.json", said("named like the id of another")),
        ("hr/2019-04-01.json", said("private")),
        ("mpdm-ann--bob-1/2019-04-01.json", said("several")),
        ("mpdm-many-1/2019-04-01.json", said("many")),
        ("D1/2019-04-01.json", said("two")),
        ("nowhere/2019-04-01.json", said("of no list")),
    ]);
    assert_eq!(
        rooms_of(&export),
        pairs(&[
            ("named like the id of another", "C2"),
            ("public", "C1"),
            ("private", "G1"),
            ("many", "G3"),
            ("of no list", "nowhere"),
            ("two", "D1"),
            ("several", "G2"),
        ])
    );
}

#[test]
fn names_with_accents_are_one_in_either_form() {
    let export = export(&[
        ("channels.json", json!([{"id": "C1", "name": "caf\u{e9}"}])),
        ("cafe\u{301}/2019-04-01.json", said("composed or not")),
    ]);
    assert_eq!(rooms_of(&export), pairs(&[("composed or not", "C1")]));
}

#[test]
fn parts_come_in_the_order_of_staging_and_say_whose_they_are() {
    let files = [
        ("users.json", json!([])),
        ("channels.json", json!([{"id": "C1", "name": "zoo"}])),
        ("dms.json", json!([{"id": "D1", "members": ["U1", "U2"]}])),
        ("D1/2019-04-01.json", said("hi")),
        ("zoo/2019-04-01.json", said("one")),
        ("zoo/2019-04-02.json", said("two")),
        ("D024BE91L/2019-04-01.json", said("of no list")),
        ("integration_logs.json", json!({"not": "ours"})),
    ];
    let export = export(&files);
    let source = export.open().unwrap();
    let len = |name: &str| files.iter().find(|(file, _)| *file == name).unwrap().1.to_string().len() as u64;
    let part = |data_type, entry, room: Option<&'static str>, direct, bytes| Part {
        data_type,
        entry,
        room: room.map(Into::into),
        direct,
        bytes,
    };
    let parts: Vec<_> = (0..source.part_count()).filter_map(|index| source.part(index)).collect();
    assert_eq!(
        parts,
        [
            part(DataType::User, "users.json", None, false, len("users.json")),
            part(DataType::Channel, "channels.json", None, false, len("channels.json")),
            part(DataType::Channel, "dms.json", None, false, len("dms.json")),
            // The room that no list has.
            part(DataType::Channel, "", None, false, 0),
            part(DataType::Message, "D024BE91L", Some("D024BE91L"), false, len("D024BE91L/2019-04-01.json")),
            part(DataType::Message, "zoo", Some("C1"), false, len("zoo/2019-04-01.json") + len("zoo/2019-04-02.json")),
            part(DataType::Message, "D1", None, true, len("D1/2019-04-01.json")),
        ]
    );
    assert_eq!((source.part(7), source.read(7).count()), (None, 0));
}

#[test]
fn an_export_reads_the_same_in_a_top_folder_and_unpacked() {
    let files = [
        ("users.json", r#"[{"id": "U1", "name": "ann"}]"#),
        ("Channels.JSON", "\u{feff}[{\"id\": \"C1\", \"name\": \"general\"}]"),
        ("general/2019-04-01.json", r#"[{"user": "U1", "text": "hi", "ts": "1554112800.000100"}]"#),
        ("__MACOSX/general/._2019-04-01.json", "\0"),
    ];
    let expected = records(&Export::folder(&files).of(Importer::Slack));
    assert_eq!(expected.len(), 3);
    let packed = |prefix: &str| {
        let entries = files.iter().map(|(name, text)| Entry::deflated(format!("{prefix}{name}"), text));
        records(&Export::file("a.zip", zip(entries)).of(Importer::Slack))
    };
    assert_eq!(packed(""), expected);
    assert_eq!(packed("Tidewater Slack export Mar 1 2024/"), expected);
}

#[test]
fn other_files_are_no_business_of_ours() {
    let export = export(&[
        ("integration_logs.json", json!([{"user_id": "U1"}])),
        ("canvases.json", json!({})),
        ("huddle_transcripts.json", json!("x")),
        ("general/canvas_in_the_conversation.json", json!({"a": 1})),
        ("general/attachments/F1-a.json", json!(1)),
        ("general/2019-04-01.json", said("hi")),
    ]);
    // The message, and its room, which no list has.
    assert_eq!(records(&export).len(), 2);
}

#[test]
fn files_of_messages_are_read_however_other_tools_name_them() {
    let at = |seconds: u64| json!([{"type": "message", "user": "U1", "text": "hi", "ts": format!("{seconds}.000100")}]);
    let export = export(&[
        ("channels.json", json!([{"id": "C1", "name": "general"}])),
        ("general/2019-04-01.json", at(1_554_112_800)),
        ("general/2019-4-2.json", at(1_554_199_200)),
        ("general/2019-04-03 (1).json", at(1_554_285_600)),
        ("General/messages.json", at(1_554_372_000)),
    ]);
    assert_eq!(rooms_of(&export), pairs(&[("hi", "C1"); 4]));
}

#[test]
fn teams_of_an_organization_are_one_workspace() {
    let export = export(&[
        ("teams/Berlin/channels.json", json!([{"id": "C1", "name": "general"}, {"id": "C3", "name": "both"}])),
        ("teams/Berlin/general/2019-04-01.json", said("berlin")),
        ("teams/Berlin/both/2019-04-01.json", said("shared here")),
        ("teams/Berlin/D024BE91L/2019-04-01.json", said("direct")),
        ("teams/Oslo/channels.json", json!([{"id": "C2", "name": "general"}, {"id": "C3", "name": "both"}])),
        ("teams/Oslo/general/2019-04-01.json", said("oslo")),
        ("teams/Oslo/both/2019-04-02.json", said("shared there")),
        ("teams/Oslo/2019-04-01.json", said("in no room")),
    ]);
    assert_eq!(
        rooms_of(&export),
        pairs(&[
            ("direct", "D024BE91L"),
            ("shared here", "C3"),
            ("berlin", "C1"),
            ("shared there", "C3"),
            ("oslo", "C2"),
        ])
    );
}

#[test]
fn what_is_no_export_is_refused() {
    let nothing = "holds nothing to import: expected users.json, channels.json, groups.json, mpims.json, dms.json \
                   or messages in <channel>/<YYYY-MM-DD>.json";
    assert_eq!(export(&[]).refusal(), format!("slack.zip {nothing}"));
    assert_eq!(export(&[("integration_logs.json", json!([]))]).refusal(), format!("slack.zip {nothing}"));
    for name in ["users.json", "export.tar.gz"] {
        assert_eq!(
            Export::file(name, "[]").of(Importer::Slack).refusal(),
            format!(
                "cannot tell what {name} holds: expected the zip of a Slack export, or the folder that it was unpacked to"
            )
        );
    }
    assert_eq!(Export::file("a.zip", "").of(Importer::Slack).refusal(), "a.zip is empty");
}

#[test]
fn lists_of_members_and_contacts_are_single_files() {
    let packed = || zip([Entry::stored("users.csv", "a")]);
    assert_eq!(
        Export::file("a.zip", packed()).of(Importer::SlackUsers).refusal(),
        "cannot tell what a.zip holds: expected the CSV file of its members that a Slack workspace gives out, in no archive"
    );
    assert_eq!(
        Export::file("a.zip", packed()).of(Importer::OmnichannelContact).refusal(),
        "cannot tell what a.zip holds: expected a CSV file of contacts in no archive, with a first line that names its \
         columns: name, emails, phones, manager, id"
    );
    let members = Export::file("members", "username,email\nann,a@x.org\n").of(Importer::SlackUsers);
    assert_eq!(members.shown(), ["user a@x.org a@x.org"]);
    let source = members.open().unwrap();
    assert_eq!((source.part(0).unwrap().entry, source.part(1), source.read(1).count()), ("members", None, 0));
}
