//! The example, record by record.

use std::path::Path;

use import_proto::Importer;
use import_sources::{Limits, Source};

use crate::support::{all, shown_parts};

fn open(name: &str) -> Box<dyn Source> {
    let examples = Path::new(env!("CARGO_MANIFEST_DIR")).join("../../examples");
    import_sources::open(Importer::HipchatEnterprise, &examples.join(name), name, Limits::default(), None).unwrap()
}

#[test]
fn an_export_becomes_these_records() {
    insta::assert_snapshot!(shown_parts(&*open("hipchat")));
}

#[test]
fn the_tar_holds_what_the_folder_does() {
    assert_eq!(all(&*open("hipchat-export.tar.gz")), all(&*open("hipchat")));
}
