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
fn the_document_in_the_repository_is_this_one() {
    let written: Value = serde_json::from_str(include_str!("../../../openapi/generated.json")).unwrap();
    assert!(written == openapi::document(), "`cargo xtask openapi generate` writes it anew; look at what changed");
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
    let first = (E::EXAMPLE_NAME, E::example_response());
    for (name, example) in [first].into_iter().chain(E::more_example_responses()) {
        let read: E::Response =
            serde_json::from_value(example.clone()).unwrap_or_else(|e| panic!("{} {name}: {e}", E::SPEC.path));
        assert_eq!(serde_json::to_value(read).unwrap(), example, "{} {name}", E::SPEC.path);
    }
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

#[test]
fn every_refusal_in_the_table_is_explained_and_has_an_example() {
    let document = openapi::document();
    for row in openapi::table() {
        let operation = &document["paths"][row.path][row.method.as_str().to_lowercase()];
        let description = operation["description"].as_str().unwrap();
        let bodies = operation["responses"]["400"]["content"]["application/json"].to_string();
        for refusal in row.refusals {
            assert!(description.contains(&format!("`{refusal}`: ")), "{} {refusal}", row.path);
            assert!(bodies.contains(refusal), "{} {refusal}", row.path);
        }
    }
}

#[test]
fn everything_a_reader_meets_is_described() {
    let document = openapi::document();
    for (name, schema) in document["components"]["schemas"].as_object().unwrap() {
        assert!(schema["description"].as_str().is_some_and(|text| !text.is_empty()), "{name}");
        for (field, property) in schema["properties"].as_object().into_iter().flatten() {
            let of_its_own = property["description"].as_str().is_some_and(|text| !text.is_empty());
            assert!(of_its_own || property["$ref"].is_string(), "{name}.{field}");
        }
        for value in schema["enum"].as_array().into_iter().flatten() {
            let listed = format!("\n- `{}`: ", value.as_str().unwrap());
            assert!(schema["description"].as_str().unwrap().contains(&listed), "{name} {value}");
        }
    }
    for scheme in ["userId", "authToken"] {
        assert!(document["components"]["securitySchemes"][scheme]["description"].is_string(), "{scheme}");
    }
    for (path, item) in document["paths"].as_object().unwrap() {
        for (method, operation) in item.as_object().unwrap() {
            for field in ["operationId", "summary", "description"] {
                assert!(operation[field].as_str().is_some_and(|text| !text.is_empty()), "{method} {path} {field}");
            }
            let bodies = operation["requestBody"]["content"].as_object();
            let answers = operation["responses"].as_object().unwrap().values();
            let contents = answers.filter_map(|answer| answer["content"].as_object()).chain(bodies);
            for (media_type, content) in contents.flatten() {
                assert!(
                    content["example"] != Value::Null || content["examples"].is_object(),
                    "{method} {path} {media_type}"
                );
            }
        }
    }
}
