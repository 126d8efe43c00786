//! Schemas that are written in other shapes are compared by what they let through.

use crate::support::{document, operation, told};
use serde_json::{Value, json};

const NONE: [&str; 0] = [];

fn content(schema: &Value) -> Value {
    json!({"application/json": {"schema": schema}})
}

fn request(schema: &Value) -> Value {
    operation(json!({"requestBody": {"content": content(schema)}, "responses": {}}))
}

fn response(schema: &Value) -> Value {
    operation(json!({"responses": {"200": {"description": "OK", "content": content(schema)}}}))
}

#[track_caller]
fn sent(base: Value, revision: Value, expected: &[&str]) {
    assert_eq!(told(&request(&base), &request(&revision)), expected);
}

#[track_caller]
fn answered(base: Value, revision: Value, expected: &[&str]) {
    assert_eq!(told(&response(&base), &response(&revision)), expected);
}

/// A document that answers with the schema `Pet` of these.
fn pets(schemas: Value) -> Value {
    let content = content(&json!({"$ref": "#/components/schemas/Pet"}));
    let answer = json!({"responses": {"200": {"description": "OK", "content": content}}});
    document(json!({"/x": {"get": answer}}), json!({"schemas": schemas}))
}

fn component(name: &str) -> Value {
    json!({"$ref": format!("#/components/schemas/{name}")})
}

#[test]
fn the_types_of_alternatives_are_types() {
    let either = json!({"oneOf": [{"type": "string"}, {"type": "integer"}]});
    let changed = "breaks clients request-type-changed: request body is integer or string instead of object";
    sent(json!({"type": "object"}), either.clone(), &[changed]);
    let changed = "breaks clients response-type-changed: answer 200 is object instead of integer or string";
    answered(either.clone(), json!({"type": "object"}), &[changed]);
    let narrowed = "breaks servers response-type-narrowed: answer 200 is integer or string instead of any type";
    answered(json!({}), either, &[narrowed]);
}

#[test]
fn what_else_differs_is_told_beside_another_type() {
    sent(
        json!({"type": "integer"}),
        json!({"type": "number", "minimum": 100}),
        &[
            "breaks clients request-minimum-tightened: request body has the minimum 100 instead of none",
            "breaks servers request-type-widened: request body is number instead of integer",
        ],
    );
    answered(
        json!({"type": "number"}),
        json!({"type": "integer", "nullable": true}),
        &[
            "breaks clients response-nullable-added: answer 200 may be null",
            "breaks servers response-type-narrowed: answer 200 is integer instead of number",
        ],
    );
}

#[test]
fn null_beside_alternatives_is_a_value() {
    let list = json!({"oneOf": [{"type": "string"}, {"type": "integer"}]});
    let mut null = list.clone();
    null["nullable"] = json!(true);
    answered(list, null, &["breaks clients response-nullable-added: answer 200 may be null"]);
}

#[test]
fn a_schema_alone_is_compared_with_the_alternative_that_it_became() {
    let object = json!({"type": "object", "properties": {"a": {"type": "string"}}});
    let more = json!({"oneOf": [{
        "type": "object", "properties": {"a": {"type": "string"}, "b": {"type": "string"}}, "required": ["a", "b"]
    }]});
    sent(
        object,
        more,
        &[
            "breaks clients request-property-became-required: request body: `a` must be sent",
            "breaks clients request-required-property-added: request body: `b` is added and must be sent",
        ],
    );
}

#[test]
fn what_stands_beside_a_list_of_one_counts() {
    let alone = json!({"type": "string"});
    let list = json!({"oneOf": [{"type": "string"}], "default": "a"});
    sent(alone, list, &["breaks servers request-default-added: request body is \"a\" where it is left out"]);
    let object = json!({"type": "object", "properties": {"kind": {"type": "string"}}});
    let list = json!({"oneOf": [object], "discriminator": {"propertyName": "kind"}});
    let added = "breaks clients request-discriminator-added: request body says by `kind` which of its schemas it is";
    sent(object, list, &[added]);
}

#[test]
fn a_property_that_gets_a_name_is_held_to_what_it_was_held_to() {
    let base = json!({"type": "object", "additionalProperties": {"type": "string"}});
    let revision = json!({
        "type": "object", "additionalProperties": {"type": "string"}, "required": ["b"],
        "properties": {"a": {"type": "integer"}, "b": {"type": "string"}}
    });
    sent(
        base,
        revision,
        &[
            "breaks clients request-type-changed: request body: `a` is integer instead of string",
            "breaks clients request-property-became-required: request body: `b` must be sent",
        ],
    );
}

#[test]
fn schemas_that_only_a_discriminator_leads_to_are_compared() {
    let of = |kind: &str| {
        let cat = json!({"type": "object", "properties": {"lives": {"type": kind}}});
        let mapping = json!({"cat": "#/components/schemas/Cat"});
        let pet = json!({"type": "object", "discriminator": {"propertyName": "kind", "mapping": mapping}});
        pets(json!({"Pet": pet, "Cat": cat}))
    };
    let changed = ["breaks clients response-type-changed: answer 200: `lives` is string instead of integer"];
    assert_eq!(told(&of("integer"), &of("string")), changed);
}

#[test]
fn schemas_made_of_one_with_a_discriminator_are_compared() {
    let of = |kind: &str, name: &str| {
        let own = json!({"type": "object", "properties": {"lives": {"type": kind}}});
        let pet = json!({"type": "object", "discriminator": {"propertyName": "kind"}});
        let tame = json!({"allOf": [component("Pet")]});
        pets(json!({"Pet": pet, "Tame": tame, name: {"allOf": [component("Tame"), own]}}))
    };
    assert_eq!(told(&of("integer", "Cat"), &of("integer", "Cat")), NONE);
    let changed = ["breaks clients response-type-changed: answer 200: `lives` is string instead of integer"];
    assert_eq!(told(&of("integer", "Cat"), &of("string", "Cat")), changed);
    assert_eq!(
        told(&of("integer", "Cat"), &of("integer", "Lion")),
        [
            "breaks clients response-discriminator-mapping-added: answer 200 knows \"Lion\" as one of its schemas",
            "breaks servers response-discriminator-mapping-removed: answer 200 does not know \"Cat\" as one of its \
             schemas any more",
        ]
    );
}

#[test]
fn names_of_components_count_where_a_discriminator_says_them() {
    let of = |name: &str, discriminator: Value| {
        let cat = json!({"type": "object", "properties": {"kind": {"type": "string"}, "lives": {"type": "integer"}}});
        let dog = json!({"type": "object", "properties": {"kind": {"type": "string"}, "bark": {"type": "boolean"}}});
        let pet = json!({"oneOf": [component(name), component("Dog")], "discriminator": discriminator});
        pets(json!({"Pet": pet, name: cat, "Dog": dog}))
    };
    let plain = json!({"propertyName": "kind"});
    let spelt = json!({"propertyName": "kind", "mapping": {"Cat": "#/components/schemas/Cat", "Dog": "Dog"}});
    assert_eq!(told(&of("Cat", plain.clone()), &of("Cat", spelt.clone())), NONE);
    assert_eq!(told(&of("Cat", spelt), &of("Cat", plain.clone())), NONE);
    assert_eq!(
        told(&of("Cat", plain.clone()), &of("Lion", plain)),
        [
            "breaks clients response-discriminator-mapping-added: schema Pet in answers knows \"Lion\" as one of its \
             schemas",
            "breaks servers response-discriminator-mapping-removed: schema Pet in answers does not know \"Cat\" as one \
             of its schemas any more",
        ]
        .map(|text| text.replace("schema Pet in answers", "answer 200"))
    );
}

#[test]
fn what_is_said_where_a_component_is_used_is_told_there() {
    let of = |first: Value| {
        let schema = json!({"type": "object", "properties": {"a": first, "b": component("Text")}});
        let body = json!({"content": content(&schema)});
        let other = json!({"content": content(&component("Text"))});
        let plain = |body: Value| json!({"post": {"requestBody": body, "responses": {}}});
        document(json!({"/x": plain(body), "/y": plain(other)}), json!({"schemas": {"Text": {"type": "string"}}}))
    };
    let base = of(component("Text"));
    let revision = of(json!({"allOf": [component("Text")], "maxLength": 3}));
    let found = crate::support::findings(&base, &revision);
    assert_eq!(
        told(&base, &revision),
        ["breaks clients request-max-length-tightened: request body: `a` has the maxLength 3 instead of none"]
    );
    let at = "/paths/~1x/post/requestBody/content/application~1json/schema/properties/a/maxLength";
    assert_eq!((found[0].base.as_str(), found[0].revision[0].as_str()), (at, at));
    assert_eq!(found[0].endpoints, ["POST /x"]);
}

#[test]
fn a_use_that_is_deprecated_is_told_at_the_use() {
    let of = |used: Value| {
        let schema = json!({"type": "object", "properties": {"a": used, "b": component("Text")}});
        let mut document = request(&schema);
        document["components"]["schemas"] = json!({"Text": {"type": "string"}});
        document
    };
    let used = json!({"allOf": [component("Text")], "deprecated": true, "default": "a"});
    let found = crate::support::findings(&of(component("Text")), &of(used));
    let at = "/paths/~1x/post/requestBody/content/application~1json/schema/properties/a";
    let places: Vec<&str> = found.iter().map(|found| found.base.as_str()).collect();
    assert_eq!(places, [format!("{at}/default"), format!("{at}/deprecated")]);
}

#[test]
fn schemas_that_contain_each_other_as_alternatives_are_compared_whatever_they_are_called() {
    let of = |length: u64, mark: &str| {
        let name = |name: &str| component(&format!("{name}{mark}"));
        let mut schemas = json!({"Pet": name("A")});
        schemas[format!("A{mark}")] = json!({"type": "object", "properties": {"b": {"oneOf": [name("B"), name("D")]}}});
        let long = json!({"type": "string", "maxLength": length});
        schemas[format!("B{mark}")] = json!({"type": "object", "properties": {"a": name("A"), "k": long}});
        let text = json!({"type": "string"});
        schemas[format!("D{mark}")] = json!({"type": "object", "properties": {"a": name("A"), "z": text}});
        pets(schemas)
    };
    assert_eq!(told(&of(1, ""), &of(1, "x")), NONE);
    assert_eq!(
        told(&of(1, ""), &of(2, "x")),
        ["breaks clients response-max-length-loosened: answer 200: `b.k` has the maxLength 2 instead of 1"]
    );
}

/// A document of many endpoints that answer with schemas which all lead to each other.
fn wide(endpoints: usize, kind: &str) -> Value {
    let mut schemas = json!({"S0": {"type": "object", "properties": {"value": {"type": kind}}}});
    for index in 1..60 {
        let properties =
            json!({"one": component(&format!("S{}", index - 1)), "other": component(&format!("S{}", index / 2))});
        schemas[format!("S{index}")] = json!({"type": "object", "properties": properties});
    }
    let mut paths = json!({});
    for index in 0..endpoints {
        let schema = json!({"type": "object", "properties": {"data": component("S59")}});
        let answer = json!({"responses": {"200": {"description": "OK", "content": content(&schema)}}});
        paths[format!("/p{index}")] = json!({"get": answer});
    }
    document(paths, json!({"schemas": schemas}))
}

#[test]
fn what_many_endpoints_share_is_compared_once_and_told_with_all_of_them() {
    let base = wide(300, "string");
    assert_eq!(told(&base, &base), NONE);
    let found = crate::support::findings(&base, &wide(300, "integer"));
    assert_eq!(found.len(), 1);
    assert_eq!(found[0].base.as_str(), "/components/schemas/S0/properties/value/type");
    assert_eq!(found[0].endpoints.len(), 300);
}

#[test]
fn many_alternatives_that_all_changed_are_told_apart_by_their_names() {
    let of = |kind: &str| {
        let names: Vec<String> = (0..100).map(|index| format!("N{index}")).collect();
        let mut schemas = json!({"Pet": {"oneOf": names.iter().map(|name| component(name)).collect::<Vec<_>>()}});
        for name in names {
            schemas[&name] = json!({"type": "object", "properties": {&name: {"type": kind}}});
        }
        pets(schemas)
    };
    let found = crate::support::findings(&of("string"), &of("integer"));
    assert_eq!(found.len(), 100);
    assert!(found.iter().all(|found| found.rule.id() == "response-type-changed"));
}
