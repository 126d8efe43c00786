//! Each rule finds its own kind of difference, and nothing else does.

use std::collections::BTreeSet;

use serde_json::{Value, json};

use super::super::rules::{Level, Rule};
use super::{base, findings, with};

const POST: &str = "/paths/~1users/post";
const RUN: &str = "/paths/~1run/post";
const REQUEST: &str = "/paths/~1users/post/requestBody/content/application~1json/schema";
const RESPONSE: &str = "/paths/~1users/post/responses/200/content/application~1json/schema";

/// One edit of [`base`], the only rule that finds it, and the only one that finds it undone.
struct Case {
    pointer: String,
    value: Value,
    done: String,
    undone: String,
}

fn case(pointer: String, value: Value, done: &str, undone: &str) -> Case {
    Case { pointer, value, done: done.to_owned(), undone: undone.to_owned() }
}

fn operation_cases() -> Vec<Case> {
    let empty = || json!({"responses": {"200": {"description": "OK"}}});
    let content = || json!({"content": {"text/csv": {}}});
    let parameter =
        |required: bool| json!({"name": "all", "in": "query", "required": required, "schema": {"type": "boolean"}});
    let body = |required: bool| json!({"required": required, "content": {"text/csv": {}}});
    vec![
        case("/paths/~1more".into(), json!({"get": empty()}), "path-added", "path-missing"),
        case("/paths/~1users/get".into(), empty(), "operation-added", "operation-missing"),
        case(format!("{POST}/operationId"), json!("users"), "operation-id-changed", "operation-id-changed"),
        case(format!("{POST}/tags"), json!(["Users"]), "tags-changed", "tags-changed"),
        case(format!("{POST}/parameters/2"), parameter(false), "parameter-added", "parameter-missing"),
        case(format!("{POST}/parameters/2"), parameter(true), "parameter-became-required", "parameter-missing"),
        case(
            format!("{POST}/parameters/1/required"),
            json!(true),
            "parameter-became-required",
            "parameter-became-optional",
        ),
        case(
            format!("{POST}/parameters/1/schema/type"),
            json!("string"),
            "request-type-changed",
            "request-type-changed",
        ),
        case(format!("{RUN}/requestBody"), body(false), "request-body-added", "request-body-missing"),
        case(format!("{RUN}/requestBody"), body(true), "request-body-became-required", "request-body-missing"),
        case(
            format!("{POST}/requestBody/required"),
            json!(true),
            "request-body-became-required",
            "request-body-became-optional",
        ),
        case(
            format!("{POST}/requestBody/content/text~1csv"),
            json!({}),
            "request-media-type-added",
            "request-media-type-missing",
        ),
        case(format!("{POST}/responses/202"), content(), "response-status-added", "response-status-missing"),
        case(format!("{POST}/responses/503"), content(), "response-error-added", "response-status-missing"),
        case(
            format!("{POST}/responses/200/content/text~1csv"),
            json!({}),
            "response-media-type-added",
            "response-media-type-missing",
        ),
    ]
}

fn schema_cases() -> Vec<Case> {
    let edits = [
        ("properties/name/type", json!("integer"), "type-changed", "type-changed"),
        ("properties/name/type", Value::Null, "type-widened", "type-narrowed"),
        ("properties/emails/items", json!({}), "type-widened", "type-narrowed"),
        ("properties/emails/items/type", json!("number"), "type-changed", "type-changed"),
        ("properties/name/nullable", json!(true), "nullable-added", "nullable-removed"),
        ("properties/name/type", json!(["string", "null"]), "nullable-added", "nullable-removed"),
        ("properties/bio", json!({"type": "string"}), "property-added", "property-missing"),
        ("required", json!(["emails", "name"]), "property-became-required", "property-became-optional"),
        ("additionalProperties", json!(false), "additional-properties-narrowed", "additional-properties-widened"),
        (
            "additionalProperties",
            json!({"type": "string"}),
            "additional-properties-narrowed",
            "additional-properties-widened",
        ),
        ("properties/name/enum", json!(["a", "b"]), "enum-narrowed", "enum-widened"),
        ("properties/name/const", json!("a"), "enum-narrowed", "enum-widened"),
        ("properties/name/format", json!("uri"), "constraint-tightened", "constraint-loosened"),
        ("properties/name/pattern", json!("^a"), "constraint-tightened", "constraint-loosened"),
        ("properties/name/maxLength", json!(20), "constraint-tightened", "constraint-loosened"),
        ("properties/emails/minItems", json!(1), "constraint-tightened", "constraint-loosened"),
        ("properties/emails/uniqueItems", json!(true), "constraint-tightened", "constraint-loosened"),
        (
            "properties/name/anyOf",
            json!([{"format": "uri"}, {"maxLength": 0}]),
            "alternatives-changed",
            "alternatives-changed",
        ),
        ("properties/name/not", json!({"maxLength": 0}), "alternatives-changed", "alternatives-changed"),
    ];
    let mut cases = Vec::new();
    for (pointer, value, done, undone) in edits {
        for (direction, schema) in [("request", REQUEST), ("response", RESPONSE)] {
            cases.push(case(
                format!("{schema}/{pointer}"),
                value.clone(),
                &format!("{direction}-{done}"),
                &format!("{direction}-{undone}"),
            ));
        }
    }
    cases
}

fn cases() -> Vec<Case> {
    let mut cases = operation_cases();
    cases.extend(schema_cases());
    cases
}

fn rules(base: &Value, revision: &Value) -> Vec<String> {
    let found = findings(base, revision);
    found.iter().map(|finding| finding.rule.id()).collect()
}

#[test]
fn an_edit_is_found_by_one_rule_and_undoing_it_by_one() {
    for case in cases() {
        let edited = with(base(), &case.pointer, case.value.clone());
        let what = format!("{} = {}", case.pointer, case.value);
        assert_eq!(rules(&base(), &edited), [case.done], "{what}");
        assert_eq!(rules(&edited, &base()), [case.undone], "{what}, undone");
    }
}

#[test]
fn every_rule_has_an_edit_that_it_finds() {
    let seen: BTreeSet<String> = cases().into_iter().flat_map(|case| [case.done, case.undone]).collect();
    let known: BTreeSet<String> = Rule::all().iter().map(|rule| rule.id()).collect();
    assert_eq!(seen, known);
}

#[test]
fn requests_may_not_narrow_and_answers_may_not_widen() {
    let level = |id: &str| Rule::all().into_iter().find(|rule| rule.id() == id).unwrap().level();
    for (id, expected) in [
        ("request-enum-narrowed", Level::Breaking),
        ("response-enum-narrowed", Level::Info),
        ("request-enum-widened", Level::Warning),
        ("response-enum-widened", Level::Breaking),
        ("request-property-became-required", Level::Breaking),
        ("response-property-became-required", Level::Info),
        ("request-additional-properties-narrowed", Level::Breaking),
        ("response-additional-properties-narrowed", Level::Info),
        ("request-property-added", Level::Warning),
        ("response-property-added", Level::Warning),
        ("response-error-added", Level::Info),
        ("path-added", Level::Info),
    ] {
        assert_eq!(level(id), expected, "{id}");
    }
}

#[test]
fn a_new_property_that_must_be_sent_is_found_once() {
    let edited = with(base(), &format!("{REQUEST}/properties/key"), json!({"type": "string"}));
    let edited = with(edited, &format!("{REQUEST}/required"), json!(["emails", "key"]));
    let found = findings(&base(), &edited);
    assert_eq!(found.len(), 1);
    assert_eq!(found[0].rule.id(), "request-property-became-required");
    assert_eq!(found[0].base.as_str(), format!("{REQUEST}/properties/key"));
    assert_eq!(found[0].sentence, "request body: `key` must be sent");
}

#[test]
fn values_of_an_enum_that_come_and_go_are_two_findings() {
    let at = format!("{RESPONSE}/properties/name/enum");
    let before = with(base(), &at, json!(["a", "b"]));
    let after = with(base(), &at, json!(["b", "c"]));
    let sentences: Vec<String> = findings(&before, &after).into_iter().map(|finding| finding.sentence).collect();
    assert_eq!(sentences, [r#"answer 200: `name` allows "c" too"#, r#"answer 200: `name` allows only "b", "c""#,]);
}

#[test]
fn a_moved_bound_is_found_by_the_side_that_is_stricter() {
    for (keyword, loose, strict) in [("minLength", 2, 3), ("maxLength", 9, 8)] {
        let at = format!("{REQUEST}/properties/name/{keyword}");
        let (loose, strict) = (with(base(), &at, json!(loose)), with(base(), &at, json!(strict)));
        assert_eq!(rules(&loose, &strict), ["request-constraint-tightened"]);
        assert_eq!(rules(&strict, &loose), ["request-constraint-loosened"]);
    }
}

#[test]
fn another_format_breaks_requests_and_answers_alike() {
    for (schema, rule) in [(REQUEST, "request-constraint-tightened"), (RESPONSE, "response-constraint-loosened")] {
        let at = format!("{schema}/properties/name/format");
        let before = with(base(), &at, json!("uri"));
        let after = with(base(), &at, json!("email"));
        assert_eq!(rules(&before, &after), [rule]);
    }
}

#[test]
fn a_finding_names_its_place_in_both_documents_and_what_it_is() {
    let mut revision =
        with(base(), &format!("{RESPONSE}/properties/emails"), json!({"$ref": "#/components/schemas/Emails"}));
    revision["components"] = json!({
        "schemas": {"Emails": {"type": "array", "items": {"type": "integer"}}}
    });
    let found = findings(&base(), &revision);
    assert_eq!(found.len(), 1);
    assert_eq!(found[0].base.as_str(), format!("{RESPONSE}/properties/emails/items/type"));
    assert_eq!(found[0].revision[0].as_str(), "/components/schemas/Emails/items/type");
    assert_eq!(found[0].endpoints, ["POST /users"]);
    assert_eq!(found[0].sentence, "answer 200: `emails[]` is integer instead of string");
}

#[test]
fn what_endpoints_share_is_found_once_and_names_them_all() {
    let shared = |schema: Value| {
        json!({
            "openapi": "3.0.0",
            "paths": {
                "/a": {"get": {"responses": {"401": {"$ref": "#/components/responses/refused"}}}},
                "/b": {"get": {"responses": {"401": {"$ref": "#/components/responses/refused"}}}}
            },
            "components": {"responses": {"refused": {
                "description": "Unauthorized",
                "content": {"application/json": {"schema": schema}}
            }}}
        })
    };
    let before = shared(json!({"type": "object", "properties": {}}));
    let after = shared(json!({"type": "object", "properties": {"error": {"type": "string"}}}));
    let found = findings(&before, &after);
    assert_eq!(found.len(), 1);
    assert_eq!(
        found[0].base.as_str(),
        "/components/responses/refused/content/application~1json/schema/properties/error"
    );
    assert_eq!(found[0].endpoints, ["GET /a", "GET /b"]);
}
