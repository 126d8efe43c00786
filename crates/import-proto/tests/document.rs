//! The OpenAPI document, whole, and the examples in it.
#![allow(clippy::unwrap_used, reason = "a test may fail where it likes")]

use import_proto::{
    Endpoint,
    endpoints::*,
    openapi,
    requests::{AddUsers, DownloadPublicImportFile, Login, StartImport, UploadImportFile},
};
use serde_json::Value;

#[test]
fn the_document_is_this() {
    insta::assert_json_snapshot!(openapi::document());
}

#[test]
fn no_two_rows_of_the_table_share_a_path() {
    let mut paths: Vec<_> = openapi::table().iter().map(|row| row.path).collect();
    paths.sort_unstable();
    let all = paths.len();
    paths.dedup();
    assert_eq!(paths.len(), all);
}

#[test]
fn fifteen_endpoints_are_published_ones() {
    let published =
        openapi::table().iter().filter(|row| matches!(row.tag.name(), "Import" | "Bulk User Import")).count();
    assert_eq!(published, 15);
}

/// An answer survives being read and written again: nothing in the example is misspelt or left out of the model.
fn reads_and_writes<E: Endpoint>() {
    let example = E::example_response();
    let read: E::Response = serde_json::from_value(example.clone()).unwrap_or_else(|e| panic!("{}: {e}", E::SPEC.path));
    assert_eq!(serde_json::to_value(read).unwrap(), example, "{}", E::SPEC.path);
}

#[test]
fn every_example_of_an_answer_is_what_the_model_writes() {
    macro_rules! check {
        ($($endpoint:ident)*) => { $(reads_and_writes::<$endpoint>();)* };
    }
    import_proto::for_each_endpoint!(check);
    import_proto::for_each_special_endpoint!(check);
}

#[test]
fn every_example_of_a_request_is_what_the_model_reads() {
    fn read<E: Endpoint, T: serde::de::DeserializeOwned + serde::Serialize>() {
        let example = E::example_request().unwrap_or_else(|| panic!("{} has no example", E::SPEC.path));
        let read: T = serde_json::from_value(example.clone()).unwrap_or_else(|e| panic!("{}: {e}", E::SPEC.path));
        assert_eq!(serde_json::to_value(read).unwrap(), example, "{}", E::SPEC.path);
    }
    read::<ImportAddUsers, AddUsers>();
    read::<UploadFile, UploadImportFile>();
    read::<DownloadPublicFile, DownloadPublicImportFile>();
    read::<Start, StartImport>();
    read::<LogIn, Login>();
}

#[test]
fn nothing_in_the_document_is_null_or_a_choice() {
    fn look(value: &Value, at: &str) {
        match value {
            Value::Object(object) => {
                for (key, value) in object {
                    assert!(!matches!(key.as_str(), "nullable" | "oneOf" | "anyOf"), "{at}/{key}");
                    look(value, &format!("{at}/{key}"));
                }
            }
            Value::Array(list) => list.iter().enumerate().for_each(|(i, value)| look(value, &format!("{at}/{i}"))),
            Value::Null => panic!("{at} is null"),
            _ => {}
        }
    }
    look(&openapi::document(), "");
}

#[test]
fn the_documentation_draws_the_state_machine_as_it_is() {
    let page = include_str!("../../../docs/protocol.md");
    let drawn = import_proto::step::mermaid();
    assert!(page.contains(&drawn), "docs/protocol.md has to hold:\n{drawn}");
}
