//! Documents to compare, and edits of them.

use std::sync::LazyLock;

use openapi_diff::{Document, Finding, Source, compare};
use serde_json::{Value, json};

/// The published contract that this workspace keeps to.
pub(crate) fn documented() -> Value {
    static DOCUMENTED: LazyLock<Value> =
        LazyLock::new(|| serde_json::from_str(include_str!("../../../../openapi/documented.json")).unwrap());
    DOCUMENTED.clone()
}

/// A document that has each construct once.
pub(crate) fn things() -> Value {
    static THINGS: LazyLock<Value> =
        LazyLock::new(|| Source::parse("things.yaml", include_str!("things.yaml")).unwrap().value);
    THINGS.clone()
}

/// A document with `value` at `pointer`, whose parent is there; `null` takes away what is there. An
/// index past the end of a list, or `-`, adds to it.
pub(crate) fn with(mut document: Value, pointer: &str, value: Value) -> Value {
    let (parent, key) = pointer.rsplit_once('/').unwrap();
    let key = key.replace("~1", "/").replace("~0", "~");
    match document.pointer_mut(parent).unwrap_or_else(|| panic!("there is no {parent}")) {
        Value::Object(map) if value.is_null() => drop(map.shift_remove(&key).unwrap_or_else(|| panic!("no {pointer}"))),
        Value::Object(map) => drop(map.insert(key, value)),
        Value::Array(items) => match key.parse::<usize>() {
            Ok(index) if index < items.len() && value.is_null() => drop(items.remove(index)),
            Ok(index) if index < items.len() => items[index] = value,
            _ => items.push(value),
        },
        other => panic!("{other} has nothing under {key}"),
    }
    document
}

pub(crate) fn findings(base: &Value, revision: &Value) -> Vec<Finding> {
    let base = Document::new("the base", base).unwrap();
    let revision = Document::new("the revision", revision).unwrap();
    compare(&base, &revision).unwrap()
}

/// The ids of the rules that find something.
pub(crate) fn rules(base: &Value, revision: &Value) -> Vec<String> {
    findings(base, revision).iter().map(|finding| finding.rule.id()).collect()
}

/// What comparing `document` with itself fails with.
pub(crate) fn error(document: &Value) -> String {
    let document = Document::new("the document", document).unwrap();
    compare(&document, &document).unwrap_err().to_string()
}

/// A document with these paths and components.
pub(crate) fn document(paths: Value, components: Value) -> Value {
    json!({"openapi": "3.0.3", "info": {"title": "A", "version": "1"}, "paths": paths, "components": components})
}

/// A document whose one operation, `POST /x`, is `operation`.
pub(crate) fn operation(operation: Value) -> Value {
    document(json!({"/x": {"post": operation}}), json!({}))
}

/// What is found, as `level rule: sentence` each.
pub(crate) fn told(base: &Value, revision: &Value) -> Vec<String> {
    let tell = |found: &Finding| format!("{} {}: {}", found.rule.level(), found.rule.id(), found.sentence);
    findings(base, revision).iter().map(tell).collect()
}
