//! What is written otherwise and means the same is no difference; what cannot be compared is an error.

use serde_json::{Value, json};

use super::{Document, base, error, findings, with};

const SCHEMA: &str = "/paths/~1users/post/requestBody/content/application~1json/schema";

#[track_caller]
fn assert_equal(base: &Value, revision: &Value) {
    assert_eq!(findings(base, revision), []);
    assert_eq!(findings(revision, base), []);
}

#[test]
fn a_document_is_equal_to_itself() {
    assert_equal(&base(), &base());
}

#[test]
fn the_order_of_keys_and_lists_is_no_difference() {
    fn reversed(value: &Value) -> Value {
        match value {
            Value::Object(map) => map.iter().rev().map(|(key, value)| (key.clone(), reversed(value))).collect(),
            Value::Array(items) => items.iter().rev().map(reversed).collect(),
            other => other.clone(),
        }
    }
    let base = with(base(), &format!("{SCHEMA}/required"), json!(["emails", "name"]));
    let base = with(base, &format!("{SCHEMA}/properties/name/enum"), json!(["a", "b"]));
    let base = with(
        base,
        &format!("{SCHEMA}/properties/name/anyOf"),
        json!([{"format": "uri"}, {"maxLength": 1, "minLength": 1}]),
    );
    assert_equal(&base, &reversed(&base));
}

#[test]
fn prose_and_examples_are_no_difference() {
    let mut revision = base();
    revision["info"] = json!({"title": "Other", "version": "2.0.0"});
    let operation = &mut revision["paths"]["/users"]["post"];
    operation["summary"] = json!("Adds users");
    operation["responses"]["200"]["description"] = json!("They are added");
    let media = &mut operation["requestBody"]["content"]["application/json"];
    media["example"] = json!({"emails": []});
    media["schema"]["description"] = json!("Users");
    media["schema"]["properties"]["name"]["title"] = json!("Name");
    assert_equal(&base(), &revision);
}

#[test]
fn references_stand_for_what_they_lead_to() {
    let mut revision = base();
    let operation = revision["paths"]["/users"]["post"].clone();
    let name = json!({"$ref": "#/components/schemas/Name"});
    let at = "/content/application~1json/schema";
    let mut body = operation["requestBody"].clone();
    let mut schema = body.pointer(at).unwrap().clone();
    schema["properties"]["name"] = name;
    *body.pointer_mut(at).unwrap() = json!({"$ref": "#/components/schemas/User"});
    revision["components"] = json!({
        "schemas": {"User": schema, "Name": {"$ref": "#/components/schemas/Text"}, "Text": {"type": "string"}},
        "requestBodies": {"User": body},
        "responses": {"User": operation["responses"]["200"]},
        "parameters": {"Count": operation["parameters"][1]}
    });
    let operation = &mut revision["paths"]["/users"]["post"];
    operation["requestBody"] = json!({"$ref": "#/components/requestBodies/User"});
    operation["responses"]["200"] = json!({"$ref": "#/components/responses/User"});
    operation["parameters"][1] = json!({"$ref": "#/components/parameters/Count"});
    assert_equal(&base(), &revision);
}

#[test]
fn all_of_stands_for_its_parts_together() {
    let mut revision = with(
        base(),
        SCHEMA,
        json!({
            "allOf": [
                {"$ref": "#/components/schemas/Named"},
                {
                    "type": "object",
                    "required": ["emails"],
                    "properties": {"emails": {"type": "array", "items": {"type": "string"}}}
                }
            ]
        }),
    );
    revision["components"] = json!({
        "schemas": {
            "Named": {"type": "object", "properties": {"name": {"allOf": [{"type": "string"}]}}}
        }
    });
    assert_equal(&base(), &revision);
}

#[test]
fn alternatives_are_compared_by_what_they_refer_to() {
    let at = format!("{SCHEMA}/properties/name");
    let inline = with(base(), &at, json!({"oneOf": [{"type": "string", "title": "Name"}]}));
    let mut revision = with(base(), &at, json!({"oneOf": [{"$ref": "#/components/schemas/Name"}]}));
    revision["components"] = json!({"schemas": {"Name": {"type": "string"}}});
    assert_equal(&inline, &revision);
}

#[test]
fn parameters_of_a_path_hold_for_its_operations() {
    let mut revision = base();
    let path = &mut revision["paths"]["/users"];
    let header = path["post"]["parameters"][0].clone();
    path["post"]["parameters"] = json!([path["post"]["parameters"][1]]);
    // The operation's own `count` goes before that of the path.
    path["parameters"] = json!([
        header,
        {"name": "count", "in": "query", "required": true, "schema": {"type": "string"}}
    ]);
    assert_equal(&base(), &revision);
}

#[test]
fn names_of_headers_have_no_case() {
    let mut revision = base();
    revision["paths"]["/users"]["post"]["parameters"][0]["name"] = json!("x-user-id");
    assert_equal(&base(), &revision);
}

#[test]
fn a_keyword_that_excludes_nothing_is_no_difference() {
    let schema = json!({
        "required": ["emails"],
        "additionalProperties": {},
        "properties": {
            "name": {"type": "string", "minLength": 0, "nullable": false},
            "emails": {"items": {"type": "string"}, "uniqueItems": false}
        }
    });
    assert_equal(&base(), &with(base(), SCHEMA, schema));
}

#[test]
fn a_schema_that_contains_itself_is_compared() {
    let tree = |kind: &str| {
        let mut document = with(base(), SCHEMA, json!({"$ref": "#/components/schemas/Tree"}));
        document["components"] = json!({"schemas": {"Tree": {
            "type": "object",
            "properties": {
                "value": {"type": kind},
                "children": {"type": "array", "items": {"$ref": "#/components/schemas/Tree"}}
            }
        }}});
        document
    };
    assert_equal(&tree("string"), &tree("string"));
    let found = findings(&tree("string"), &tree("integer"));
    assert_eq!(found.len(), 1);
    assert_eq!(found[0].sentence, "request body: `value` is integer instead of string");
}

#[test]
fn what_is_no_document_is_refused() {
    for (document, expected) in [
        (json!([]), "the file is no OpenAPI 3 document: its `openapi` is not a version 3"),
        (json!({"swagger": "2.0", "paths": {}}), "the file is no OpenAPI 3 document: its `openapi` is not a version 3"),
        (json!({"openapi": "3.0.0"}), "the file is no OpenAPI 3 document: it has no `paths`"),
    ] {
        let error = Document::new("the file", &document).unwrap_err();
        assert_eq!(error.to_string(), expected);
    }
}

#[test]
fn references_that_lead_nowhere_are_errors() {
    let name = format!("{SCHEMA}/properties/name");
    for (reference, expected) in
        [("#/components/schemas/Name", "leads to nothing"), ("other.json#/Name", "leads outside the document")]
    {
        let document = with(base(), &name, json!({"$ref": reference}));
        assert_eq!(error(&document), format!("the document: the reference to {reference} at {name} {expected}"));
    }
    let mut circle = with(base(), &name, json!({"$ref": "#/components/schemas/A"}));
    circle["components"] = json!({"schemas": {
        "A": {"$ref": "#/components/schemas/B"},
        "B": {"allOf": [{"$ref": "#/components/schemas/A"}]}
    }});
    assert_eq!(error(&circle), "the document: the reference at /components/schemas/B/allOf/0 leads in a circle");
}

#[test]
fn parts_of_all_of_that_contradict_each_other_are_an_error() {
    let name = format!("{SCHEMA}/properties/name");
    let document = with(base(), &name, json!({"allOf": [{"type": "string"}, {"type": "integer"}]}));
    assert_eq!(
        error(&document),
        format!(
            "the document: the parts of the schema at {name} contradict each other in `type`, \
             at {name}/allOf/1"
        )
    );
}

#[test]
fn a_parameter_without_a_schema_is_an_error() {
    let at = "/paths/~1users/post/parameters/1/schema";
    assert_eq!(
        error(&with(base(), at, Value::Null)),
        "the document: the parameter at /paths/~1users/post/parameters/1 needs a `name`, an `in` \
         and a `schema`"
    );
}
