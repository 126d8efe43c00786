//! What holds of any document: of edits at any place of the published contract, of ways to write the
//! same thing, and of JSON that is no document at all.

use crate::support::{documented, findings, things, with};
use openapi_diff::{Document, Source, compare, lint};
use proptest::prelude::*;
use proptest::sample::{Index, select};
use serde_json::{Map, Value, json};

/// A schema of a document that an endpoint reaches, and the direction of what it describes.
#[derive(Clone, Debug)]
struct Place {
    at: String,
    direction: &'static str,
}

fn join(at: &str, key: &str) -> String {
    format!("{at}/{}", key.replace('~', "~0").replace('/', "~1"))
}

/// Every schema at or within the one at `at`.
fn schemas(value: &Value, at: &str, direction: &'static str, found: &mut Vec<Place>) {
    found.push(Place { at: at.to_owned(), direction });
    for (name, schema) in value["properties"].as_object().into_iter().flatten() {
        schemas(schema, &join(&format!("{at}/properties"), name), direction, found);
    }
    if let Some(items) = value.get("items") {
        schemas(items, &format!("{at}/items"), direction, found);
    }
}

/// Every schema of the published contract: all are written in place, but for shared answers.
fn published_schemas() -> Vec<Place> {
    let document = documented();
    let mut found = Vec::new();
    let mut content = |holder: &Value, at: String, direction: &'static str| {
        for (name, media) in holder["content"].as_object().into_iter().flatten() {
            let at = format!("{}/schema", join(&format!("{at}/content"), name));
            schemas(&media["schema"], &at, direction, &mut found);
        }
    };
    for (path, item) in document["paths"].as_object().unwrap() {
        for method in ["get", "post"] {
            let at = format!("{}/{method}", join("/paths", path));
            content(&item[method]["requestBody"], format!("{at}/requestBody"), "request");
            for (status, answer) in item[method]["responses"].as_object().into_iter().flatten() {
                content(answer, format!("{at}/responses/{status}"), "response");
            }
        }
    }
    for (name, answer) in document["components"]["responses"].as_object().unwrap() {
        content(answer, format!("/components/responses/{name}"), "response");
    }
    found
}

/// An edit of a schema: the key that it sets, or takes away, and the change that it makes.
fn edits(schema: &Value) -> Vec<(String, Value, &'static str)> {
    let kind = schema["type"].as_str().unwrap_or("");
    let other = if kind == "boolean" { "string" } else { "boolean" };
    let mut edits = vec![
        ("type".to_owned(), json!(other), "type-changed"),
        ("nullable".to_owned(), json!(true), "nullable-added"),
        ("default".to_owned(), json!(0), "default-added"),
        ("not".to_owned(), json!({"enum": [1]}), "not-added"),
    ];
    let more: &[(&str, Value, &str)] = &match kind {
        "string" => vec![
            ("maxLength", json!(100), "max-length-tightened"),
            ("minLength", json!(1), "min-length-tightened"),
            ("pattern", json!("."), "pattern-added"),
            ("format", json!("uri"), "format-narrowed"),
            ("enum", json!(["a"]), "enum-added"),
        ],
        "integer" | "number" => {
            vec![("minimum", json!(0), "minimum-tightened"), ("multipleOf", json!(2), "multiple-of-tightened")]
        }
        "array" => {
            vec![("maxItems", json!(9), "max-items-tightened"), ("uniqueItems", json!(true), "unique-items-added")]
        }
        "object" => vec![
            ("properties/new", json!({"type": "string"}), "optional-property-added"),
            ("additionalProperties", json!(false), "additional-properties-narrowed"),
            ("maxProperties", json!(99), "max-properties-tightened"),
        ],
        _ => vec![],
    };
    edits.extend(more.iter().map(|(key, value, change)| ((*key).to_owned(), value.clone(), *change)));
    for (name, _) in schema["properties"].as_object().into_iter().flatten() {
        let required = schema["required"].as_array().is_some_and(|names| names.contains(&json!(name)));
        if !required {
            edits.push((join("properties", name), Value::Null, "property-removed"));
        }
    }
    edits
}

/// The same document with keys, and the lists whose order says nothing, in another order.
fn shuffled(value: &Value, seed: &mut u64) -> Value {
    let mut next = || {
        *seed = seed.wrapping_mul(6_364_136_223_846_793_005).wrapping_add(1_442_695_040_888_963_407);
        *seed >> 33
    };
    match value {
        Value::Object(map) => {
            let mut keys: Vec<(u64, &String)> = map.keys().map(|key| (next(), key)).collect();
            keys.sort_unstable();
            let entry = |(_, key): (u64, &String)| {
                let lists = ["required", "enum", "tags", "parameters", "oneOf", "anyOf", "allOf"];
                let mut value = shuffled(&map[key], seed);
                if let (Value::Array(items), true) = (&mut value, lists.contains(&key.as_str())) {
                    items.reverse();
                }
                (key.clone(), value)
            };
            keys.into_iter().map(entry).collect::<Map<_, _>>().into()
        }
        // What is in a list has its place, as in an example.
        Value::Array(items) => items.iter().map(|item| shuffled(item, seed)).collect(),
        other => other.clone(),
    }
}

/// The same document, with the value at `at` among the components.
fn outlined(mut document: Value, at: &str) -> Value {
    let value = document.pointer_mut(at).unwrap();
    let schema = value.take();
    *value = json!({"$ref": "#/components/schemas/out~1lined%20one"});
    let components = document.as_object_mut().unwrap().entry("components").or_insert(json!({}));
    components["schemas"]["out/lined one"] = schema;
    document
}

/// The same document, with the keywords of the schema at `at` in two parts.
fn split(mut document: Value, at: &str, seed: u64) -> Value {
    let value = document.pointer_mut(at).unwrap();
    let Value::Object(schema) = value.take() else { panic!("{at} is no schema") };
    let (mut left, mut right, mut outer) = (Map::new(), Map::new(), Map::new());
    for (index, (key, keyword)) in schema.into_iter().enumerate() {
        let part = match key.as_str() {
            // These say how the whole is read.
            "nullable" | "description" | "title" | "example" | "additionalProperties" => &mut outer,
            _ if seed >> (index % 60) & 1 == 0 => &mut left,
            _ => &mut right,
        };
        part.insert(key, keyword);
    }
    outer.insert("allOf".to_owned(), json!([left, {"allOf": [right]}]));
    *value = outer.into();
    document
}

fn any_json() -> impl Strategy<Value = Value> {
    let keys = select(vec![
        "$ref",
        "allOf",
        "oneOf",
        "anyOf",
        "not",
        "type",
        "enum",
        "properties",
        "required",
        "items",
        "nullable",
        "additionalProperties",
        "discriminator",
        "mapping",
        "propertyName",
        "minimum",
        "exclusiveMinimum",
        "maxLength",
        "multipleOf",
        "pattern",
        "format",
        "default",
        "example",
        "examples",
        "value",
        "schema",
        "content",
        "headers",
        "parameters",
        "requestBody",
        "responses",
        "security",
        "servers",
        "url",
        "variables",
        "name",
        "in",
        "200",
        "default",
        "get",
        "post",
        "a",
        "x-b",
    ]);
    let texts = select(vec![
        "object",
        "string",
        "integer",
        "number",
        "array",
        "a",
        "query",
        "path",
        "header",
        "form",
        "",
        "#",
        "#/",
        "#/paths",
        "#/paths/~1a",
        "#/components/schemas/A",
        "#/components/schemas/B",
        "b.json",
    ]);
    let leaf = prop_oneof![
        Just(Value::Null),
        any::<bool>().prop_map(Value::from),
        any::<i64>().prop_map(Value::from),
        any::<f64>().prop_map(Value::from),
        texts.prop_map(Value::from),
    ];
    leaf.prop_recursive(6, 60, 6, move |inner| {
        prop_oneof![
            prop::collection::vec(inner.clone(), 0..4).prop_map(Value::from),
            prop::collection::vec((keys.clone(), inner), 0..6)
                .prop_map(|entries| entries.into_iter().map(|(key, value)| (key.to_owned(), value)).collect()),
        ]
    })
}

/// Compares and lints what may be no document, and lets any error pass.
fn try_all(base: &Value, revision: &Value) {
    let documents = (Document::new("base", base), Document::new("revision", revision));
    if let (Ok(base), Ok(revision)) = documents {
        let _ = compare(&base, &revision);
        let _ = lint(&revision);
    }
}

proptest! {
    #![proptest_config(ProptestConfig::with_cases(32))]

    #[test]
    fn an_edit_of_a_published_schema_is_one_finding(place in select(published_schemas()), edit in any::<Index>()) {
        let document = documented();
        let schema = document.pointer(&place.at).unwrap();
        let edits = edits(schema);
        let (key, value, change) = edit.get(&edits);
        let mut parent = document.clone();
        if key.starts_with("properties/") && schema.get("properties").is_none() {
            parent = with(parent, &format!("{}/properties", place.at), json!({}));
        }
        let revision = with(parent, &format!("{}/{key}", place.at), value.clone());
        let found = findings(&document, &revision);
        let rules: Vec<String> = found.iter().map(|finding| finding.rule.id()).collect();
        prop_assert_eq!(&rules, &[format!("{}-{change}", place.direction)], "{} {}", place.at, key);
        let expected = if change == &"not-added" { format!("{}/not", place.at) } else { format!("{}/{key}", place.at) };
        prop_assert_eq!(found[0].base.as_str(), expected);
        prop_assert!(!found[0].endpoints.is_empty());
    }

    #[test]
    fn an_edit_swapped_is_one_finding_of_the_other_way(place in select(published_schemas()), edit in any::<Index>()) {
        let document = documented();
        let schema = document.pointer(&place.at).unwrap();
        let edits = edits(schema);
        let (key, value, change) = edit.get(&edits);
        prop_assume!(!key.starts_with("properties/") || schema.get("properties").is_some());
        let revision = with(document.clone(), &format!("{}/{key}", place.at), value.clone());
        let back = findings(&revision, &document);
        prop_assert_eq!(back.len(), 1);
        let id = back[0].rule.id();
        let opposite = [
            ("optional-property-added", "property-removed"), ("property-removed", "optional-property-added"),
            ("-added", "-removed"), ("-removed", "-added"), ("-tightened", "-loosened"), ("-narrowed", "-widened"),
            ("-changed", "-changed"),
        ];
        let (from, to) = opposite.into_iter().find(|(from, _)| change.ends_with(from)).unwrap();
        let expected = format!("{}{to}", format!("{}-{change}", place.direction).strip_suffix(from).unwrap());
        prop_assert_eq!(id, expected);
    }

    #[test]
    fn another_order_is_no_finding(mut seed in any::<u64>(), which in any::<bool>()) {
        let document = if which { documented() } else { things() };
        let other = shuffled(&document, &mut seed);
        prop_assert_eq!(findings(&document, &other), []);
        prop_assert_eq!(findings(&other, &document), []);
    }

    #[test]
    fn a_schema_among_the_components_is_no_finding(place in select(published_schemas())) {
        let document = documented();
        let other = outlined(document.clone(), &place.at);
        prop_assert_eq!(findings(&document, &other), []);
        prop_assert_eq!(findings(&other, &document), []);
    }

    #[test]
    fn a_schema_in_parts_is_no_finding(place in select(published_schemas()), seed in any::<u64>()) {
        let document = documented();
        let other = split(document.clone(), &place.at, seed);
        prop_assert_eq!(findings(&document, &other), []);
        prop_assert_eq!(findings(&other, &document), []);
    }

    #[test]
    fn an_edit_is_found_however_it_is_written(place in select(published_schemas()), mut seed in any::<u64>()) {
        let document = documented();
        let revision = with(document.clone(), &format!("{}/nullable", place.at), json!(true));
        let other = shuffled(&outlined(split(revision, &place.at, seed), &place.at), &mut seed);
        let found = findings(&document, &other);
        prop_assert_eq!(found.len(), 1);
        prop_assert_eq!(found[0].rule.id(), format!("{}-nullable-added", place.direction));
    }

    #[test]
    fn yaml_says_what_json_says(which in any::<bool>()) {
        let document = if which { documented() } else { things() };
        let text = serde_json::to_string_pretty(&document).unwrap();
        prop_assert_eq!(&Source::parse("a.yaml", &text).unwrap().value, &document);
        prop_assert_eq!(&Source::parse("a.json", &text).unwrap().value, &document);
    }
}

proptest! {
    #![proptest_config(ProptestConfig::with_cases(150))]

    #[test]
    fn no_json_is_too_odd(base in any_json(), revision in any_json()) {
        try_all(&base, &revision);
        let as_schema = |schema: Value, other: Value| json!({
            "openapi": "3.0.0",
            "paths": {"/a": {"post": {"requestBody": {"content": {"a": {"schema": schema, "example": other}}}}}},
            "components": {"schemas": {"A": schema, "B": other}}
        });
        try_all(&as_schema(base.clone(), revision.clone()), &as_schema(revision.clone(), base.clone()));
        let as_item = |item: Value| json!({
            "openapi": "3.0.0",
            "paths": {"/a": item, "/{b}": {"get": item}},
            "security": item, "servers": item, "tags": item, "info": item, "components": item
        });
        try_all(&as_item(base), &as_item(revision));
    }

    #[test]
    fn an_odd_value_anywhere_is_an_answer_or_an_error(
        place in select(published_schemas()), levels in 0_usize..12, odd in any_json()
    ) {
        let document = documented();
        let mut at = place.at.as_str();
        for _ in 0..levels {
            at = at.rsplit_once('/').map_or("", |(outer, _)| outer);
        }
        let mut revision = document.clone();
        *revision.pointer_mut(at).unwrap() = odd;
        try_all(&document, &revision);
        try_all(&revision, &document);
    }

    #[test]
    fn no_text_is_too_odd(text in "[ \\n\\-:?&*\\[\\]{}\"'#|>!%,a-c0-9<~]{0,60}") {
        let _ = Source::parse("a.yaml", &text);
        let _ = Source::parse("a.json", &text);
        let _ = Source::parse("-", &text);
    }
}
