//! Whatever the bytes: no panic, and every read is the same.

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
            Item::Record(_) | Item::Tally(_) => None,
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

proptest! {
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
