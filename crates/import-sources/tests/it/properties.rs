//! Whatever the bytes: no panic, and every read is the same.

use import_proto::Importer;
use import_sources::{Item, Source};
use proptest::prelude::*;

use crate::support::{Export, all};
use crate::zips::{Entry, zip};

/// Reads everything twice.
fn same_twice(source: &dyn Source) -> Result<Vec<Item>, TestCaseError> {
    let first = all(source);
    prop_assert_eq!(&first, &all(source));
    let mut keys: Vec<_> = first
        .iter()
        .filter_map(|item| match item {
            Item::Failed(failed) => Some(&failed.key),
            Item::Record(_) | Item::Tally(_) | Item::Notice(_) => None,
        })
        .collect();
    let failed = keys.len();
    keys.sort();
    keys.dedup();
    prop_assert_eq!(keys.len(), failed, "a key stands for two failed records");
    Ok(first)
}

fn export() -> Vec<u8> {
    let long = "ann,bob,1,hi\n".repeat(20);
    zip([
        Entry::deflated("top/users.csv", "ann,a@x.org,Ann\n"),
        Entry::stored("top/general/a.csv", "ann,1,hi\nann,1,hi\n"),
        Entry { zip64: true, ..Entry::deflated("top/directmessages/a.csv", long).with_descriptor() },
    ])
}

fn slack_export() -> Vec<u8> {
    let day = r#"[{"user": "U1", "text": "<@U1>", "ts": "1554112800.000100", "files": [{"id": "F1"}]}, {"ts": "1"}]"#;
    zip([
        Entry::deflated("top/users.json", r#"[{"id": "U1", "name": "ann"}]"#),
        Entry::stored("top/channels.json", r#"[{"id": "C1", "name": "general"}]"#),
        Entry { zip64: true, ..Entry::deflated("top/general/2019-04-01.json", day).with_descriptor() },
        Entry::stored("top/__uploads/F1/a.png", "PNG"),
    ])
}

/// JSON of any shape, a few levels deep.
fn any_json() -> impl Strategy<Value = String> {
    let leaf = prop::sample::select(vec![
        "null",
        "true",
        "0",
        "1",
        "-1.5",
        "1e300",
        "18446744073709551615",
        "-9223372036854775808",
        "\"\"",
        "\"U1\"",
        "\"<@U1> `x`\"",
        "\"1554112800.000100\"",
        "\"file_share\"",
        "\"\\ud83d\"",
        "\"rich_text\"",
        "\"mrkdwn\"",
        "\"rich_text_list\"",
        "[]",
        "{}",
        "\"NaN\"",
    ]);
    let members = prop::sample::select(vec![
        "type",
        "text",
        "user",
        "ts",
        "elements",
        "name",
        "users",
        "id",
        "url_private",
        "value",
        "blocks",
        "message",
        "style",
        "indent",
        "offset",
        "timestamp",
        "skin_tone",
        "fields",
        "size",
    ]);
    leaf.prop_map(str::to_owned).prop_recursive(4, 24, 4, move |inner| {
        let list = prop::collection::vec(inner.clone(), 0..4).prop_map(|values| format!("[{}]", values.join(",")));
        let object = prop::collection::vec((members.clone(), inner), 0..4).prop_map(|pairs| {
            let pairs: Vec<_> = pairs.into_iter().map(|(name, value)| format!("\"{name}\":{value}")).collect();
            format!("{{{}}}", pairs.join(","))
        });
        prop_oneof![list, object]
    })
}

/// Members that a message, a user or a room may have.
const MEMBERS: [&str; 27] = [
    "type",
    "subtype",
    "ts",
    "user",
    "text",
    "username",
    "bot_id",
    "bot_profile",
    "icons",
    "thread_ts",
    "reply_count",
    "reply_users",
    "replies",
    "latest_reply",
    "edited",
    "reactions",
    "purpose",
    "topic",
    "name",
    "item",
    "file",
    "files",
    "attachments",
    "blocks",
    "id",
    "members",
    "profile",
];

proptest! {
    #[test]
    fn any_values_can_be_members_of_a_record(
        records in prop::collection::vec(prop::collection::btree_map(prop::sample::select(MEMBERS.to_vec()), any_json(), 0..8), 0..5),
    ) {
        let record = |record: std::collections::BTreeMap<&str, String>| {
            let members: Vec<_> = record.into_iter().map(|(name, value)| format!("\"{name}\":{value}")).collect();
            format!("{{{}}}", members.join(","))
        };
        let list = format!("[{}]", records.into_iter().map(record).collect::<Vec<_>>().join(","));
        let entries = ["users.json", "channels.json", "mpims.json", "general/2019-04-01.json"]
            .map(|name| Entry::stored(name, &list));
        same_twice(&*Export::file("a.zip", zip(entries)).of(Importer::Slack).open().unwrap())?;
    }

    #[test]
    fn any_bytes_can_be_a_day(
        text in prop::collection::vec(
            prop_oneof![4 => prop::sample::select(b"[]{}\",:1 \n\\tsuexr".to_vec()), 1 => any::<u8>()],
            0..200,
        ),
    ) {
        let entries = ["general/2019-04-01.json", "general/2019-04-02.json"].map(|name| Entry::stored(name, &text));
        same_twice(&*Export::file("a.zip", zip(entries)).of(Importer::Slack).open().unwrap())?;
    }

    #[test]
    fn a_zip_of_slack_may_have_any_bytes_altered(
        alterations in prop::collection::vec((any::<prop::sample::Index>(), any::<u8>()), 1..6),
    ) {
        let mut bytes = slack_export();
        for (at, byte) in alterations {
            let at = at.index(bytes.len());
            bytes[at] = byte;
        }
        if let Ok(source) = Export::file("a.zip", &bytes).of(Importer::Slack).open() {
            same_twice(&*source)?;
        }
    }

    #[test]
    fn any_bytes_can_be_a_csv_file(
        text in prop::collection::vec(
            prop_oneof![
                4 => prop::sample::select(b"a,,,\"\"\n\r; 1@#".to_vec()),
                1 => any::<u8>(),
            ],
            1..200,
        ),
        name in prop::sample::select(vec!["users.csv", "channels.csv", "contacts.csv"]),
    ) {
        if let Ok(source) = Export::file(name, &text).open() {
            same_twice(&*source)?;
        }
    }

    #[test]
    fn any_text_can_be_messages(text in "([ab]{0,2},){0,4}[0-9-]{0,3},([\\PC\n\"]{0,8}\n){0,5}") {
        let entries =
            ["general/a.csv", "directmessages/a.csv"].map(|name| Entry::deflated(name, &text));
        let source = Export::file("a.zip", zip(entries)).open().unwrap();
        same_twice(&*source)?;
    }

    #[test]
    fn any_bytes_can_be_a_zip(mut bytes in prop::collection::vec(any::<u8>(), 0..300)) {
        bytes.splice(0..0, *b"PK\x03\x04");
        if let Ok(source) = Export::file("a.zip", &bytes).open() {
            same_twice(&*source)?;
        }
    }

    #[test]
    fn a_zip_may_have_any_bytes_altered(
        alterations in prop::collection::vec((any::<prop::sample::Index>(), any::<u8>()), 1..6),
        cut in prop::option::of(any::<prop::sample::Index>()),
    ) {
        let mut bytes = export();
        for (at, byte) in alterations {
            let at = at.index(bytes.len());
            bytes[at] = byte;
        }
        if let Some(cut) = cut {
            bytes.truncate(cut.index(bytes.len()) + 1);
        }
        if let Ok(source) = Export::file("a.zip", &bytes).open() {
            same_twice(&*source)?;
        }
    }
}
