//! Examples are held to their schemas.

use crate::support::{documented, things, with};
use openapi_diff::{Document, lint};
use serde_json::{Value, json};

/// What is said of the example `example` of a request with the schema `schema`.
fn said(schema: Value, example: Value) -> Option<String> {
    let content = json!({"application/json": {"schema": schema, "example": example}});
    let document = with(things(), "/paths/~1plain/post/requestBody", json!({"content": content}));
    let lints = lint(&Document::new("things", &document).unwrap()).unwrap();
    assert!(lints.len() <= 1, "{lints:?}");
    let lint = lints.first()?;
    assert_eq!(lint.at.as_str(), "/paths/~1plain/post/requestBody/content/application~1json/example");
    Some(lint.sentence.strip_prefix("the example does not match its schema: ").unwrap().to_owned())
}

#[test]
fn the_published_examples_match() {
    assert_eq!(lint(&Document::new("documented", &documented()).unwrap()).unwrap(), []);
}

#[test]
fn what_does_not_match_is_said() {
    let text = || json!({"type": "string"});
    for (schema, example, expected) in [
        (text(), json!(1), "the value is of type integer instead of string"),
        (text(), json!(null), "the value is null"),
        (json!({"type": "integer"}), json!(1.5), "the value is of type number instead of integer"),
        (json!({"enum": ["a", "b"]}), json!("c"), "the value is \"c\", which is none of its values"),
        (json!({"type": "string", "pattern": "^a"}), json!("b"), "the value is \"b\", which does not match ^a"),
        (
            json!({"type": "string", "maxLength": 1}),
            json!("äöü"),
            "the value has the length 3, more than its maxLength of 1 lets through",
        ),
        (
            json!({"type": "number", "minimum": 1, "exclusiveMinimum": true}),
            json!(1),
            "the value is 1, less than its minimum of 1 lets through",
        ),
        (json!({"type": "number", "multipleOf": 0.5}), json!(0.7), "the value is 0.7, which is no multiple of 0.5"),
        (json!({"type": "array", "uniqueItems": true}), json!([1, 1.0]), "the value has the same item twice"),
        (
            json!({"type": "array", "minItems": 2}),
            json!([1]),
            "the value has a number of items of 1, less than its minItems of 2 lets through",
        ),
        (json!({"items": text()}), json!(["a", 1]), "`[1]` is of type integer instead of string"),
        (
            json!({"properties": {"a": {"items": {"properties": {"b": text()}}}}}),
            json!({"a": [{"b": 1}]}),
            "`a[0].b` is of type integer instead of string",
        ),
        (json!({"required": ["a"]}), json!({}), "`a` is missing"),
        (json!({"type": "object", "additionalProperties": false}), json!({"a": 1}), "`a` is not one of its properties"),
        (
            json!({"type": "object", "additionalProperties": text()}),
            json!({"a": 1}),
            "`a` is of type integer instead of string",
        ),
        (json!({"oneOf": [text(), {"type": "boolean"}]}), json!(1), "the value matches none of the 2 schemas it may"),
        (
            json!({"oneOf": [text(), {"maxLength": 3}]}),
            json!("a"),
            "the value matches 2 schemas where it has to match one",
        ),
        (json!({"anyOf": [text()]}), json!(1), "the value is of type integer instead of string"),
        (json!({"not": text()}), json!("a"), "the value matches the schema under `not`"),
        (json!({"allOf": [{"properties": {"a": text()}}, {"required": ["b"]}]}), json!({"a": "a"}), "`b` is missing"),
    ] {
        assert_eq!(said(schema.clone(), example.clone()).as_deref(), Some(expected), "{schema} {example}");
    }
}

#[test]
fn what_matches_is_let_through() {
    let person = json!({"$ref": "#/components/schemas/Person"});
    for (schema, example) in [
        (json!({}), json!(null)),
        (json!({"type": "string", "nullable": true, "enum": ["a"]}), json!(null)),
        (json!({"allOf": [person], "nullable": true}), json!(null)),
        (json!({"type": "number"}), json!(1)),
        (json!({"type": "integer"}), json!(2.0)),
        (json!({"type": "string", "pattern": "(?=look)ahead is not known here"}), json!("b")),
        (json!({"required": ["id"], "properties": {"id": {"type": "string", "readOnly": true}}}), json!({})),
        (json!({"anyOf": [{"type": "string"}, {"maxLength": 3}]}), json!("a")),
    ] {
        assert_eq!(said(schema.clone(), example.clone()), None, "{schema} {example}");
    }
}

#[test]
fn examples_of_schemas_parameters_and_headers_are_looked_at() {
    let put = "/paths/~1things~1{id}/put";
    for (at, value) in [
        (format!("{put}/parameters/0/example"), json!("many")),
        (format!("{put}/parameters/0/examples"), json!({"few": {"value": "few"}})),
        (format!("{put}/responses/200/headers/X-Rate/example"), json!("all")),
        (format!("{put}/requestBody/content/application~1json/schema/properties/age/example"), json!("old")),
        ("/components/schemas/Person/example".to_owned(), json!({"name": "Ada"})),
    ] {
        let document = with(things(), &at, value);
        let lints = lint(&Document::new("things", &document).unwrap()).unwrap();
        assert_eq!(lints.len(), 1, "{at}");
    }
}

#[test]
fn a_schema_that_is_one_of_itself_lets_its_example_through() {
    let at = "/components/schemas/Loop";
    let itself = json!({"$ref": "#/components/schemas/Loop"});
    let document = with(things(), at, json!({"example": 1, "anyOf": [itself, itself]}));
    assert_eq!(lint(&Document::new("things", &document).unwrap()).unwrap(), []);
}
