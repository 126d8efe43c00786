//! Tests of the comparison over small documents.

mod deviations;
mod equal;
mod rules;

use serde_json::{Value, json};

use super::finding::Finding;
use super::{Document, compare};

/// A document with one endpoint that has every part, and one that has as few as can be.
fn base() -> Value {
    let schema = json!({
        "type": "object",
        "required": ["emails"],
        "properties": {
            "name": {"type": "string"},
            "emails": {"type": "array", "items": {"type": "string"}}
        }
    });
    json!({
        "openapi": "3.0.0",
        "info": {"title": "Users", "version": "1.0.0"},
        "paths": {
            "/users": {
                "post": {
                    "operationId": "addUsers",
                    "tags": ["Users", "Import"],
                    "parameters": [
                        {"name": "X-User-Id", "in": "header", "required": true, "schema": {"type": "string"}},
                        {"name": "count", "in": "query", "schema": {"type": "integer"}}
                    ],
                    "requestBody": {"content": {"application/json": {"schema": schema}}},
                    "responses": {
                        "200": {"description": "OK", "content": {"application/json": {"schema": schema}}}
                    }
                }
            },
            "/run": {
                "post": {"responses": {"200": {"description": "OK"}}}
            }
        }
    })
}

/// A document with `value` at `pointer`, whose parent is there; `null` takes away what is there.
fn with(mut document: Value, pointer: &str, value: Value) -> Value {
    let (parent, key) = pointer.rsplit_once('/').unwrap();
    match document.pointer_mut(parent).unwrap() {
        Value::Object(map) if value.is_null() => drop(map.remove(key).unwrap()),
        Value::Object(map) => drop(map.insert(key.replace("~1", "/"), value)),
        Value::Array(items) => items.push(value),
        other => panic!("{other} has nothing under {key}"),
    }
    document
}

fn findings(base: &Value, revision: &Value) -> Vec<Finding> {
    let base = Document::new("the base", base).unwrap();
    let revision = Document::new("the revision", revision).unwrap();
    compare(&base, &revision).unwrap()
}

/// What comparing `document` with itself fails with.
fn error(document: &Value) -> String {
    let document = Document::new("the document", document).unwrap();
    format!("{:#}", compare(&document, &document).unwrap_err())
}
