//! The examples, record by record.

use std::path::{Path, PathBuf};

use import_proto::Importer;
use import_sources::{Item, Limits, Source};
use serde_json::json;

use super::to_json;
use crate::support::all;

fn examples() -> PathBuf {
    Path::new(env!("CARGO_MANIFEST_DIR")).join("../../examples")
}

fn open(importer: Importer, name: &str) -> Box<dyn Source> {
    import_sources::open(importer, &examples().join(name), name, Limits::default()).unwrap()
}

/// Every part, and a line for each of its items.
fn shown(importer: Importer, name: &str) -> String {
    let source = open(importer, name);
    let mut shown = String::new();
    for index in 0..source.part_count() {
        let part = source.part(index).unwrap();
        let whose = part.room.map_or_else(String::new, |room| format!(" of {room}"));
        let direct = if part.direct { ", direct" } else { "" };
        shown.push_str(&format!("\n## {} ({}{whose}{direct})\n", part.entry, part.data_type.as_str()));
        for item in source.read(index) {
            shown.push_str(&match item {
                Item::Record(record) => format!("{}\n", to_json(&record)),
                Item::Failed(failed) => format!("FAILED {} {} {}\n", failed.key, json!(failed.error), failed.data),
                Item::Tally(tally) => format!(
                    "TALLY {:?}{}: {} kept, {} left out\n",
                    tally.subtype,
                    if tally.known { "" } else { " (unknown)" },
                    tally.kept,
                    tally.left_out
                ),
            });
        }
    }
    shown
}

#[test]
fn an_export_of_today_becomes_these_records() {
    insta::assert_snapshot!(shown(Importer::Slack, "slack"));
}

#[test]
fn an_export_of_2015_becomes_these_records() {
    insta::assert_snapshot!(shown(Importer::Slack, "slack-old"));
}

#[test]
fn an_export_of_an_organization_becomes_these_records() {
    insta::assert_snapshot!(shown(Importer::Slack, "slack-grid"));
}

#[test]
fn a_list_of_members_becomes_these_records() {
    insta::assert_snapshot!(shown(Importer::SlackUsers, "slack-users.csv"));
}

#[test]
fn contacts_become_these_records() {
    insta::assert_snapshot!(shown(Importer::OmnichannelContact, "contacts.csv"));
}

#[test]
fn the_zip_holds_what_the_folder_does() {
    assert_eq!(all(&*open(Importer::Slack, "slack-export.zip")), all(&*open(Importer::Slack, "slack")));
}
