//! Names in zips that do not say how they are encoded.

use std::path::{Path, PathBuf};

use import_proto::{Importer, NamesEncoding};
use import_sources::Limits;
use serde_json::json;

use crate::support::Export;
use crate::zips::{Entry, zip};

/// The parts of an export that hold messages: entry and room.
fn rooms(importer: Importer, path: &Path, names: Option<NamesEncoding>) -> Vec<(String, String)> {
    let source = import_sources::open(importer, path, "export.zip", Limits::default(), names).unwrap();
    let parts = (0..source.part_count()).filter_map(|index| source.part(index));
    parts.filter_map(|part| Some((part.entry.to_owned(), part.room?.into_owned()))).collect()
}

fn pairs(pairs: &[(&str, &str)]) -> Vec<(String, String)> {
    pairs.iter().map(|(entry, room)| ((*entry).to_owned(), (*room).to_owned())).collect()
}

fn case() -> PathBuf {
    Path::new(env!("CARGO_MANIFEST_DIR")).join("tests/cases/slack/zip-cp932/export.zip")
}

#[test]
fn zip_cp932_names_are_those_of_the_rooms() {
    // The Japanese tool that made this zip has no ü: it wrote a question mark.
    let expected = [("?berblick", "C0UML0001"), ("ops", "C0OPS0001"), ("開発", "C0KAI0001")];
    assert_eq!(rooms(Importer::Slack, &case(), None), pairs(&expected));
}

#[test]
fn a_question_mark_stands_for_a_lost_character_where_one_room_fits() {
    let list = json!([{"id": "C0A", "name": "büro"}, {"id": "C0B", "name": "käse"}, {"id": "C0C", "name": "köse"}]);
    let export = Export::file(
        "slack.zip",
        zip([
            Entry::stored("channels.json", list.to_string()),
            Entry::stored("b?ro/2023-11-14.json", "[]"),
            Entry::stored("k?se/2023-11-14.json", "[]"),
        ]),
    );
    let found = rooms(Importer::Slack, &export.path(), None);
    assert_eq!(found, pairs(&[("b?ro", "C0A"), ("k?se", "k?se")]));
}

#[test]
fn an_encoding_that_is_named_overrides_the_guess() {
    let folders = |names| -> Vec<String> {
        rooms(Importer::Slack, &case(), Some(names)).into_iter().map(|(entry, _)| entry).collect()
    };
    assert_eq!(folders(NamesEncoding::Cp932), ["?berblick", "ops", "開発"]);
    assert_eq!(folders(NamesEncoding::Cp437), ["?berblick", "ops", "èJö¡"]);
    assert_eq!(folders(NamesEncoding::Cp1252), ["?berblick", "ops", "ŠJ”\u{ad}"]);
}

#[test]
fn the_unicode_path_of_a_zip_counts_where_it_belongs_to_the_name() {
    let raw = b"caf\x82/2023-11-14.json";
    let list = Entry::stored("channels.json", json!([{"id": "C0CAFE001", "name": "kaffee"}]).to_string());
    let export = |of: &[u8]| {
        let day = Entry::stored(raw, "[]").with_unicode_path("kaffee/2023-11-14.json", of);
        Export::file("slack.zip", zip([list.clone(), day]))
    };
    assert_eq!(rooms(Importer::Slack, &export(raw).path(), None), pairs(&[("kaffee", "C0CAFE001")]));
    // The entry was renamed by a tool that does not know the field.
    let renamed = rooms(Importer::Slack, &export(b"other/2023-11-14.json").path(), None);
    assert_eq!(renamed[0].0, "café");
}

#[test]
fn names_in_a_zip_of_csv_files_are_those_of_its_rooms() {
    for (room, raw) in [("開発", &b"\x8aJ\x94\xad"[..]), ("Café", b"Caf\xe9"), ("Büro", b"B\x81ro")] {
        let name = [b"export/", raw, b"/a.csv"].concat();
        let list = Entry::stored("export/channels.csv", format!("{room},ann,public,\n"));
        let export = Export::file("csv.zip", zip([list, Entry::stored(name, "ann,1700000000000,hi\n")]));
        assert_eq!(rooms(Importer::Csv, &export.path(), None), pairs(&[(&format!("{room}/a.csv"), room)]));
    }
}
