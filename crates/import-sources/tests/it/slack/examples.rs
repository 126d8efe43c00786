//! The examples, record by record.

use std::path::{Path, PathBuf};

use import_proto::Importer;
use import_sources::{Limits, Source};

use crate::support::{all, shown_parts};

fn examples() -> PathBuf {
    Path::new(env!("CARGO_MANIFEST_DIR")).join("../../examples")
}

fn open(importer: Importer, name: &str) -> Box<dyn Source> {
    import_sources::open(importer, &examples().join(name), name, Limits::default(), None).unwrap()
}

fn shown(importer: Importer, name: &str) -> String {
    shown_parts(&*open(importer, name))
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
