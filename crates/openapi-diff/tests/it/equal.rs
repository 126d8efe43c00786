//! What is written otherwise and means the same is no difference; what cannot be compared is an error.

use crate::support::{error, findings, rules, things, with};
use openapi_diff::{Document, Error};
use serde_json::{Value, json};

const PUT: &str = "/paths/~1things~1{id}/put";
const SCHEMA: &str = "/paths/~1things~1{id}/put/requestBody/content/application~1json/schema";

#[track_caller]
fn assert_equal(base: &Value, revision: &Value) {
    assert_eq!(findings(base, revision), []);
    assert_eq!(findings(revision, base), []);
}

/// A document whose request has a property of the schema `left`, beside one where it is `right`.
#[track_caller]
fn assert_same_schema(left: Value, right: Value) {
    let at = format!("{SCHEMA}/properties/probe");
    assert_equal(&with(things(), &at, left), &with(things(), &at, right));
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
    assert_equal(&things(), &reversed(&things()));
}

#[test]
fn references_stand_for_what_they_lead_to() {
    let mut revision = things();
    let operation = revision.pointer(PUT).unwrap().clone();
    let mut body = operation["requestBody"].clone();
    let schema = body.pointer_mut("/content/application~1json/schema").unwrap();
    let mut thing = schema.take();
    *schema = json!({"$ref": "#/components/schemas/Thing"});
    let name = thing["properties"]["name"].clone();
    thing["properties"]["name"] = json!({"$ref": "#/components/schemas/Na%20me"});
    let components = &mut revision["components"];
    components["schemas"]["Thing"] = thing;
    components["schemas"]["Na me"] = json!({"$ref": "#/components/schemas/Text"});
    components["schemas"]["Text"] = name;
    components["requestBodies"] = json!({"Thing": body});
    components["responses"] = json!({"Kept": operation["responses"]["200"]});
    components["parameters"] = json!({"Limit": operation["parameters"][0]});
    components["headers"] = json!({"Rate": operation["responses"]["200"]["headers"]["X-Rate"]});
    components["examples"] = json!({"Shoe": {"value": {"name": "a shoe", "kind": "shoe"}}});
    components["responses"]["Kept"]["headers"]["X-Rate"] = json!({"$ref": "#/components/headers/Rate"});
    let examples = "/components/responses/Kept/content/application~1json/examples/shoe";
    let mut revision = with(revision, examples, json!({"$ref": "#/components/examples/Shoe"}));
    let operation = revision.pointer_mut(PUT).unwrap();
    operation["requestBody"] = json!({"$ref": "#/components/requestBodies/Thing"});
    operation["responses"]["200"] = json!({"$ref": "#/components/responses/Kept"});
    operation["parameters"][0] = json!({"$ref": "#/components/parameters/Limit"});
    let item = revision["paths"]["/things/{id}"].take();
    revision["components"]["pathItems"] = json!({"things": item});
    revision["paths"]["/things/{id}"] = json!({"$ref": "#/components/pathItems/things"});
    assert_eq!(rules(&things(), &revision), [""; 0]);
    assert_eq!(rules(&revision, &things()), [""; 0]);
}

#[test]
fn what_stands_beside_a_reference_means_nothing() {
    let text = json!({"$ref": "#/components/schemas/Person/properties/name"});
    let beside = json!({"$ref": "#/components/schemas/Person/properties/name", "maxLength": 3, "nullable": true});
    assert_same_schema(text, beside);
}

#[test]
fn all_of_stands_for_its_parts_together() {
    let whole = json!({
        "type": "object",
        "description": "A whole",
        "required": ["a", "b"],
        "properties": {"a": {"type": "string", "maxLength": 5}, "b": {"type": "integer"}}
    });
    let split = json!({
        "description": "A whole",
        "allOf": [
            {"type": "object", "required": ["a"], "properties": {"a": {"type": "string"}}},
            {"allOf": [{"properties": {"b": {"allOf": [{"type": "number"}, {"type": "integer"}]}}}]},
            {"required": ["b"], "properties": {"a": {"maxLength": 5}}},
            {"properties": {"a": {"maxLength": 9}}}
        ]
    });
    assert_same_schema(whole, split);
}

#[test]
fn patterns_formats_and_alternatives_of_several_parts_hold_together() {
    let one = json!({"allOf": [
        {"type": "string", "pattern": "a", "oneOf": [{"format": "uri"}, {"format": "email"}]},
        {"pattern": "b", "oneOf": [{"minLength": 2}, {"maxLength": 1}]}
    ]});
    let other = json!({"allOf": [
        {"pattern": "b", "oneOf": [{"maxLength": 1}, {"minLength": 2}]},
        {"pattern": "a", "oneOf": [{"format": "email"}, {"format": "uri"}]},
        {"type": "string"}
    ]});
    assert_same_schema(one, other);
}

#[test]
fn a_schema_alone_is_the_one_alternative_of_a_list() {
    let text = json!({"type": "string", "minLength": 1});
    assert_same_schema(text.clone(), json!({"oneOf": [text.clone()]}));
    assert_same_schema(text.clone(), json!({"anyOf": [text]}));
}

#[test]
fn nullable_beside_all_of_is_meant() {
    let person = json!({"$ref": "#/components/schemas/Person"});
    let at = format!("{SCHEMA}/properties/probe");
    let before = with(things(), &at, json!({"allOf": [person]}));
    let after = with(things(), &at, json!({"allOf": [person], "nullable": true}));
    assert_eq!(rules(&before, &after), ["request-nullable-added"]);
}

#[test]
fn parameters_of_a_path_hold_for_its_operations() {
    let mut revision = things();
    let path = &mut revision["paths"]["/things/{id}"];
    let limit = path["put"]["parameters"].as_array_mut().unwrap().remove(0);
    path["get"]["parameters"] = json!([{"name": "limit", "in": "query", "schema": {"type": "boolean"}}]);
    path["parameters"].as_array_mut().unwrap().push(limit);
    let mut base = things();
    base["paths"]["/things/{id}"]["get"]["parameters"] = revision["paths"]["/things/{id}"]["get"]["parameters"].clone();
    assert_equal(&base, &revision);
}

#[test]
fn names_of_headers_and_media_types_have_no_case() {
    let mut revision = with(things(), &format!("{PUT}/parameters/2/name"), json!("x-trace"));
    let operation = revision.pointer_mut(PUT).unwrap();
    for (at, before, after) in [
        ("/responses/200/headers", "X-Rate", "x-rate"),
        ("/requestBody/content", "application/json", "Application/JSON"),
    ] {
        let map = operation.pointer_mut(at).unwrap().as_object_mut().unwrap();
        let value = map.shift_remove(before).unwrap();
        map.insert(after.to_owned(), value);
    }
    assert_equal(&things(), &revision);
}

#[test]
fn a_keyword_that_excludes_nothing_is_no_difference() {
    assert_same_schema(json!({"type": "string"}), json!({"type": "string", "minLength": 0, "nullable": false}));
    assert_same_schema(json!({"type": "string"}), json!({"type": "string", "minimum": 3, "maxItems": 1}));
    assert_same_schema(json!({"type": "integer", "minimum": 1}), json!({"type": "integer", "minimum": 1.0}));
    assert_same_schema(json!({"type": "object"}), json!({"type": "object", "additionalProperties": {}}));
    assert_same_schema(json!({"items": {"type": "string"}}), json!({"type": "array", "items": {"type": "string"}}));
    let style = with(things(), &format!("{PUT}/parameters/0/style"), json!("form"));
    assert_equal(&things(), &with(style.clone(), &format!("{PUT}/parameters/0/explode"), json!(true)));
    // A single value is written the same alone or together.
    assert_equal(&things(), &with(style, &format!("{PUT}/parameters/0/explode"), json!(false)));
}

#[test]
fn security_of_the_document_holds_for_operations_that_say_nothing() {
    let said = with(things(), &format!("{PUT}/security"), json!([{"key": []}]));
    assert_equal(&things(), &said);
    let nobody = with(things(), &format!("{PUT}/security"), json!([]));
    assert_eq!(rules(&things(), &nobody), ["security-removed"]);
    let either = with(things(), &format!("{PUT}/security"), json!([{"key": []}, {}]));
    assert_eq!(rules(&things(), &either), ["security-removed"]);
    // Who sends both may send one.
    let both = with(things(), &format!("{PUT}/security"), json!([{"key": []}, {"key": [], "login": ["read"]}]));
    assert_equal(&things(), &both);
}

#[test]
fn a_schema_that_contains_itself_is_compared() {
    let tree = |kind: &str| {
        let document = with(things(), SCHEMA, json!({"$ref": "#/components/schemas/Tree"}));
        with(
            document,
            "/components/schemas/Tree",
            json!({
                "type": "object",
                "properties": {
                    "value": {"type": kind},
                    "children": {"type": "array", "items": {"$ref": "#/components/schemas/Tree"}},
                    "next": {"oneOf": [{"$ref": "#/components/schemas/Tree"}, {"type": "string"}]},
                    "other": {"not": {"$ref": "#/components/schemas/Tree"}}
                }
            }),
        )
    };
    assert_equal(&tree("string"), &tree("string"));
    let found = findings(&tree("string"), &tree("integer"));
    assert_eq!(found[0].rule.id(), "request-type-changed");
    assert_eq!(found[0].sentence, "request body: `value` is integer instead of string");
}

#[test]
fn schemas_that_refer_to_each_other_in_many_ways_are_compared_in_time() {
    let mut document = things();
    for index in 0..40 {
        let next = json!({"$ref": format!("#/components/schemas/N{}", (index + 1) % 40)});
        document["components"]["schemas"][format!("N{index}")] = json!({
            "type": "object",
            "allOf": [{"properties": {"a": next, "b": next}}, {"properties": {"a": next}}],
            "properties": {"c": {"oneOf": [next, {"type": "array", "items": next}, {"type": "string"}]}}
        });
    }
    let base = with(document, SCHEMA, json!({"$ref": "#/components/schemas/N0"}));
    assert_equal(&base, &base);
    let revision = with(base.clone(), "/components/schemas/N20/properties/d", json!({"type": "string"}));
    assert!(rules(&base, &revision).contains(&"request-optional-property-added".to_owned()));
}

#[test]
fn long_chains_of_schemas_are_followed_to_their_end() {
    let chain = |length: usize, link: fn(Value) -> Value| {
        let mut document = with(things(), SCHEMA, json!({"$ref": "#/components/schemas/N0"}));
        for index in 0..length {
            let next = json!({"$ref": format!("#/components/schemas/N{}", index + 1)});
            document["components"]["schemas"][format!("N{index}")] = link(next);
        }
        document["components"]["schemas"][format!("N{length}")] = json!({"type": "string"});
        document
    };
    let links: [fn(Value) -> Value; 5] = [
        |next| json!({"type": "object", "properties": {"next": next}}),
        |next| json!({"oneOf": [{"type": "integer"}, next]}),
        |next| json!({"type": "object", "additionalProperties": {"not": next}}),
        |next| json!({"allOf": [next]}),
        |next| next,
    ];
    for link in links {
        let deep = chain(3000, link);
        assert_equal(&deep, &deep);
        let other = with(deep.clone(), "/components/schemas/N3000/type", json!("boolean"));
        assert!(!findings(&deep, &other).is_empty());
    }
}

#[test]
fn what_is_no_document_is_refused() {
    for (document, expected) in [
        (json!([]), "its `openapi` does not say a version"),
        (json!({"swagger": "2.0", "paths": {}}), "it says Swagger 2.0"),
        (json!({"openapi": "3.1.0", "paths": {}}), "it says version 3.1.0"),
        (json!({"openapi": "3.0.0"}), "it has no `paths`"),
    ] {
        let error = Document::new("the file", &document).unwrap_err();
        assert_eq!(error.to_string(), format!("the file is no OpenAPI 3.0 document: {expected}"));
    }
}

#[test]
fn references_that_lead_nowhere_are_errors() {
    let name = format!("{SCHEMA}/properties/name");
    for (reference, expected) in
        [("#/components/schemas/Name", "leads to nothing"), ("other.json#/Name", "leads outside the document")]
    {
        let document = with(things(), &name, json!({"$ref": reference}));
        assert_eq!(error(&document), format!("the document: the reference to {reference} {expected}, at {name}"));
    }
    let circle = with(things(), &name, json!({"$ref": "#/components/schemas/A"}));
    let circle = with(circle, "/components/schemas/A", json!({"$ref": "#/components/schemas/B"}));
    let circle = with(circle, "/components/schemas/B", json!({"allOf": [{"$ref": "#/components/schemas/A"}]}));
    assert_eq!(error(&circle), "the document: the reference leads in a circle, at /components/schemas/A");
}

#[test]
fn what_a_keyword_may_not_be_is_an_error() {
    let name = format!("{SCHEMA}/properties/name");
    for (at, value, expected) in [
        (format!("{name}/format"), json!(1), "`format` has to be a string"),
        (format!("{name}/maxLength"), json!("9"), "`maxLength` has to be a whole number from zero"),
        (format!("{name}/enum"), json!("a"), "`enum` has to be a list"),
        (format!("{name}/exclusiveMinimum"), json!(3), "`exclusiveMinimum` has to be true or false"),
        (format!("{name}/nullable"), json!("yes"), "`nullable` has to be true or false"),
        (format!("{SCHEMA}/required"), json!(true), "`required` has to be a list"),
        (name.clone(), json!(true), "a schema has to be an object"),
        (format!("{PUT}/parameters/0/in"), Value::Null, ""),
    ] {
        let document = with(things(), &at, value);
        let error = error(&document);
        if expected.is_empty() {
            assert_eq!(error, format!("the document: a parameter needs a `name` and an `in`, at {PUT}/parameters/0"));
        } else {
            assert_eq!(error, format!("the document: {expected}, at {at}"));
        }
    }
}

#[test]
fn types_that_are_none_are_an_error() {
    let name = format!("{SCHEMA}/properties/name");
    for value in [json!(["string", "null"]), json!("text")] {
        let document = with(things(), &format!("{name}/type"), value.clone());
        assert_eq!(error(&document), format!("the document: there is no type {value} in OpenAPI 3.0, at {name}"));
    }
}

#[test]
fn parts_of_all_of_that_contradict_each_other_are_an_error() {
    let name = format!("{SCHEMA}/properties/name");
    let document = with(things(), &name, json!({"allOf": [{"type": "string"}, {"type": "integer"}]}));
    let expected = format!("the document: one part of `allOf` has the type integer, another string, at {name}/allOf/1");
    assert_eq!(error(&document), expected);
}

#[test]
fn an_error_says_where_a_caller_can_act_on_it() {
    let error = Document::new("d", &json!({})).unwrap_err();
    assert!(matches!(error, Error::NoDocument { document, .. } if document == "d"));
}

#[test]
fn a_size_may_be_written_with_a_point() {
    assert_same_schema(json!({"type": "string", "maxLength": 10}), json!({"type": "string", "maxLength": 10.0}));
    let negative = with(things(), &format!("{SCHEMA}/properties/probe"), json!({"type": "string", "maxLength": 1.5}));
    assert!(error(&negative).contains("`maxLength` has to be a whole number from zero"));
}
