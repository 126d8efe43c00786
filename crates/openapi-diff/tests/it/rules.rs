//! Each rule finds its own kind of difference, and nothing else does.

use std::collections::BTreeSet;

use crate::support::{findings, rules, things, with};
use openapi_diff::{Change, Direction, Document, Frame, Level, Rule, lint};
use serde_json::{Value, json};

const PUT: &str = "/paths/~1things~1{id}/put";
const GET: &str = "/paths/~1things~1{id}/get";
const PLAIN: &str = "/paths/~1plain/post";
const KEY: &str = "/components/securitySchemes/key";
const LOGIN: &str = "/components/securitySchemes/login";
const REQUEST: &str = "/paths/~1things~1{id}/put/requestBody/content/application~1json/schema";
const RESPONSE: &str = "/paths/~1things~1{id}/put/responses/200/content/application~1json/schema";

/// One edit of the document, the only rule that finds it, and the only one that finds it undone.
struct Case {
    pointer: String,
    value: Value,
    done: String,
    undone: String,
}

fn case(pointer: String, value: Value, done: &str, undone: &str) -> Case {
    Case { pointer, value, done: done.to_owned(), undone: undone.to_owned() }
}

/// Edits of paths, operations, servers and security.
fn operations() -> Vec<Case> {
    let empty = || json!({"responses": {"200": {"description": "OK"}}});
    vec![
        case("/paths/~1more".into(), json!({"get": empty()}), "path-added", "path-removed"),
        case("/paths/~1plain/get".into(), empty(), "operation-added", "operation-removed"),
        case(format!("{PUT}/deprecated"), json!(true), "operation-deprecated", "operation-reactivated"),
        case(format!("{PUT}/operationId"), json!("keep"), "operation-id-changed", "operation-id-changed"),
        case(format!("{PLAIN}/operationId"), json!("plain"), "operation-id-added", "operation-id-removed"),
        case(format!("{PUT}/tags/-"), json!("More"), "tag-added", "tag-removed"),
        case("/servers/-".into(), json!({"url": "https://other.example.org"}), "server-added", "server-removed"),
        case(
            "/servers/0/variables/region/default".into(),
            json!("us"),
            "server-variable-changed",
            "server-variable-changed",
        ),
        case(
            "/servers/0/variables/region/enum/-".into(),
            json!("asia"),
            "server-variable-changed",
            "server-variable-changed",
        ),
        case(format!("{PLAIN}/security/-"), json!({"key": []}), "security-added", "security-removed"),
        case(
            format!("{GET}/security/-"),
            json!({"other": []}),
            "security-alternative-added",
            "security-alternative-removed",
        ),
        case(format!("{GET}/security/1/login/-"), json!("write"), "security-scope-added", "security-scope-removed"),
        case(
            "/components/securitySchemes/more".into(),
            json!({"type": "http"}),
            "security-scheme-added",
            "security-scheme-removed",
        ),
        case(format!("{KEY}/type"), json!("http"), "security-scheme-type-changed", "security-scheme-type-changed"),
        case(format!("{KEY}/in"), json!("query"), "security-scheme-place-changed", "security-scheme-place-changed"),
        case(format!("{KEY}/name"), json!("X-Other"), "security-scheme-place-changed", "security-scheme-place-changed"),
        case(
            format!("{LOGIN}/flows/clientCredentials/tokenUrl"),
            json!("https://example.org/tokens"),
            "security-scheme-url-changed",
            "security-scheme-url-changed",
        ),
        case(
            format!("{LOGIN}/flows/password"),
            json!({"scopes": {}}),
            "security-scheme-flow-added",
            "security-scheme-flow-removed",
        ),
        case(
            format!("{LOGIN}/flows/clientCredentials/scopes/write"),
            json!("Write things"),
            "security-scheme-scope-added",
            "security-scheme-scope-removed",
        ),
        case(
            format!("{LOGIN}/flows/clientCredentials/scopes/read"),
            json!("Read"),
            "description-changed",
            "description-changed",
        ),
    ]
}

/// Edits of parameters, bodies and answers.
fn messages() -> Vec<Case> {
    let parameter =
        |required: bool| json!({"name": "all", "in": "query", "required": required, "schema": {"type": "boolean"}});
    let body = |required: bool| json!({"required": required, "content": {"text/csv": {}}});
    let content = || json!({"description": "OK", "content": {"text/csv": {}}});
    let header = |required: bool| json!({"required": required, "schema": {"type": "string"}});
    let limit = format!("{PUT}/parameters/0");
    let words = format!("{PUT}/parameters/1");
    let filter = format!("{PUT}/parameters/3");
    let rate = format!("{PUT}/responses/200/headers/X-Rate");
    vec![
        case(format!("{PUT}/parameters/-"), parameter(false), "optional-parameter-added", "parameter-removed"),
        case(format!("{PUT}/parameters/-"), parameter(true), "required-parameter-added", "parameter-removed"),
        case(format!("{limit}/in"), json!("header"), "parameter-location-changed", "parameter-location-changed"),
        case(format!("{limit}/required"), json!(true), "parameter-became-required", "parameter-became-optional"),
        case(format!("{limit}/deprecated"), json!(true), "parameter-deprecated", "parameter-reactivated"),
        case(format!("{limit}/allowEmptyValue"), json!(true), "parameter-empty-allowed", "parameter-empty-refused"),
        case(format!("{limit}/allowReserved"), json!(true), "parameter-reserved-allowed", "parameter-reserved-refused"),
        case(format!("{words}/style"), json!("pipeDelimited"), "parameter-style-changed", "parameter-style-changed"),
        case(format!("{words}/explode"), json!(false), "parameter-explode-changed", "parameter-explode-changed"),
        case(
            format!("{filter}/content"),
            json!({"text/plain": {"schema": {"type": "string"}}}),
            "parameter-content-changed",
            "parameter-content-changed",
        ),
        case(
            format!("{filter}/content/application~1json/schema/properties/age/type"),
            json!("string"),
            "request-type-changed",
            "request-type-changed",
        ),
        case(format!("{limit}/schema/maximum"), json!(5), "request-maximum-tightened", "request-maximum-loosened"),
        case(format!("{limit}/schema/type"), json!("string"), "request-type-changed", "request-type-changed"),
        case(format!("{PLAIN}/requestBody"), body(false), "optional-request-body-added", "request-body-removed"),
        case(format!("{PLAIN}/requestBody"), body(true), "required-request-body-added", "request-body-removed"),
        case(
            format!("{PUT}/requestBody/required"),
            json!(false),
            "request-body-became-optional",
            "request-body-became-required",
        ),
        case(
            format!("{PUT}/requestBody/content/text~1csv"),
            json!({}),
            "request-media-type-added",
            "request-media-type-removed",
        ),
        case(
            format!("{PUT}/requestBody/content/multipart~1form-data/encoding/file/contentType"),
            json!("image/gif"),
            "request-encoding-changed",
            "request-encoding-changed",
        ),
        case(format!("{PUT}/responses/202"), content(), "response-success-added", "response-success-removed"),
        case(format!("{PUT}/responses/503"), content(), "response-error-added", "response-error-removed"),
        case(format!("{PUT}/responses/5XX"), content(), "response-error-added", "response-error-removed"),
        case(format!("{PUT}/responses/default"), content(), "default-response-added", "default-response-removed"),
        case(
            format!("{PUT}/responses/200/content/text~1csv"),
            json!({}),
            "response-media-type-added",
            "response-media-type-removed",
        ),
        case(
            format!("{PUT}/responses/200/headers/X-More"),
            header(false),
            "optional-response-header-added",
            "response-header-removed",
        ),
        case(
            format!("{PUT}/responses/200/headers/X-More"),
            header(true),
            "required-response-header-added",
            "response-header-removed",
        ),
        case(
            format!("{rate}/required"),
            json!(false),
            "response-header-became-optional",
            "response-header-became-required",
        ),
        case(format!("{rate}/deprecated"), json!(true), "response-header-deprecated", "response-header-reactivated"),
        case(
            format!("{rate}/explode"),
            json!(true),
            "response-header-explode-changed",
            "response-header-explode-changed",
        ),
        case(format!("{rate}/schema/type"), json!("number"), "response-type-widened", "response-type-narrowed"),
        case(format!("{PUT}/callbacks/kept"), json!({}), "callback-changed", "callback-changed"),
        case(format!("{PUT}/callbacks/lost"), json!({}), "callback-changed", "callback-changed"),
        case(format!("{PUT}/responses/200/links/read/operationId"), json!("putThing"), "link-changed", "link-changed"),
    ]
}

/// Edits of what only people read.
fn prose() -> Vec<Case> {
    [
        ("/info/title".to_owned(), json!("Other things"), "info-changed"),
        ("/info/x-audience".to_owned(), json!("all"), "extension-changed"),
        ("/info/description".to_owned(), Value::Null, "description-changed"),
        ("/tags/0/description".to_owned(), json!("Things"), "description-changed"),
        ("/externalDocs/url".to_owned(), json!("https://example.org"), "external-docs-changed"),
        ("/servers/0/description".to_owned(), json!("The server"), "description-changed"),
        (format!("{PUT}/summary"), json!("Store a thing"), "summary-changed"),
        (format!("{PUT}/description"), Value::Null, "description-changed"),
        (format!("{PUT}/x-owner"), json!("finders"), "extension-changed"),
        (format!("{PUT}/parameters/0/description"), json!("The number"), "description-changed"),
        (format!("{PUT}/parameters/0/example"), json!(3), "example-changed"),
        (format!("{PUT}/requestBody/description"), json!("The thing"), "description-changed"),
        (format!("{PUT}/responses/200/description"), json!("Kept"), "description-changed"),
        (format!("{PUT}/responses/200/headers/X-Rate/description"), json!("Left"), "description-changed"),
        (
            format!("{PUT}/responses/200/content/application~1json/examples/shoe/value/name"),
            json!("the shoe"),
            "example-changed",
        ),
        (format!("{REQUEST}/properties/name/title"), json!("The name"), "title-changed"),
        (format!("{REQUEST}/properties/name/description"), Value::Null, "description-changed"),
        (format!("{REQUEST}/properties/name/example"), json!("a hat"), "example-changed"),
        (format!("{RESPONSE}/properties/name/x-order"), json!(1), "extension-changed"),
    ]
    .into_iter()
    .map(|(pointer, value, rule)| case(pointer, value, rule, rule))
    .collect()
}

/// Edits of a schema, each made in a request and in an answer.
fn schemas() -> Vec<Case> {
    let edits = [
        ("properties/name/type", json!("integer"), "type-changed", "type-changed"),
        ("properties/name/type", Value::Null, "type-widened", "type-narrowed"),
        ("properties/weight/type", json!("integer"), "type-narrowed", "type-widened"),
        ("properties/parts/items", json!({}), "type-widened", "type-narrowed"),
        ("properties/parts/items/type", json!("number"), "type-changed", "type-changed"),
        ("properties/labels/additionalProperties/type", json!("number"), "type-changed", "type-changed"),
        ("properties/name/nullable", json!(true), "nullable-added", "nullable-removed"),
        ("properties/nick/nullable", Value::Null, "nullable-removed", "nullable-added"),
        ("properties/bio", json!({"type": "string"}), "optional-property-added", "property-removed"),
        ("properties/sealed/properties/lid", json!({"type": "string"}), "property-added-to-closed", "property-removed"),
        ("required/-", json!("nick"), "property-became-required", "property-became-optional"),
        ("required/0", Value::Null, "property-became-optional", "property-became-required"),
        ("required/-", json!("unheard-of"), "property-became-required", "property-became-optional"),
        ("properties/name/deprecated", json!(true), "property-deprecated", "property-reactivated"),
        ("properties/weight/deprecated", Value::Null, "property-reactivated", "property-deprecated"),
        ("additionalProperties", json!(false), "additional-properties-narrowed", "additional-properties-widened"),
        (
            "additionalProperties",
            json!({"type": "string"}),
            "additional-properties-narrowed",
            "additional-properties-widened",
        ),
        (
            "properties/labels/additionalProperties",
            json!(false),
            "additional-properties-narrowed",
            "additional-properties-widened",
        ),
        ("properties/name/enum", json!(["a", "b"]), "enum-added", "enum-removed"),
        ("properties/kind/enum/-", json!("coat"), "enum-value-added", "enum-value-removed"),
        ("properties/kind/enum/0", Value::Null, "enum-value-removed", "enum-value-added"),
        ("properties/name/default", json!("it"), "default-added", "default-removed"),
        ("properties/mail/default", json!("a@example.org"), "default-changed", "default-changed"),
        ("properties/name/format", json!("uri"), "format-narrowed", "format-widened"),
        ("properties/age/format", json!("int64"), "format-widened", "format-narrowed"),
        ("properties/mail/format", json!("uri"), "format-changed", "format-changed"),
        ("properties/name/pattern", json!("^a"), "pattern-added", "pattern-removed"),
        ("properties/mail/pattern", json!("@example"), "pattern-changed", "pattern-changed"),
        ("properties/age/minimum", json!(2), "minimum-tightened", "minimum-loosened"),
        ("properties/age/minimum", Value::Null, "minimum-loosened", "minimum-tightened"),
        ("properties/age/exclusiveMinimum", json!(true), "minimum-tightened", "minimum-loosened"),
        ("properties/age/maximum", json!(99), "maximum-tightened", "maximum-loosened"),
        ("properties/age/exclusiveMaximum", json!(true), "maximum-tightened", "maximum-loosened"),
        ("properties/weight/multipleOf", json!(0.5), "multiple-of-tightened", "multiple-of-loosened"),
        ("properties/age/multipleOf", json!(8), "multiple-of-tightened", "multiple-of-loosened"),
        ("properties/age/multipleOf", json!(3), "multiple-of-changed", "multiple-of-changed"),
        ("properties/mail/minLength", json!(4), "min-length-tightened", "min-length-loosened"),
        ("properties/mail/maxLength", json!(79), "max-length-tightened", "max-length-loosened"),
        ("properties/parts/minItems", json!(3), "min-items-tightened", "min-items-loosened"),
        ("properties/parts/maxItems", json!(8), "max-items-tightened", "max-items-loosened"),
        ("properties/labels/minProperties", json!(2), "min-properties-tightened", "min-properties-loosened"),
        ("properties/labels/maxProperties", json!(4), "max-properties-tightened", "max-properties-loosened"),
        ("properties/parts/uniqueItems", Value::Null, "unique-items-removed", "unique-items-added"),
        ("properties/owner/oneOf/-", json!({"type": "string"}), "one-of-added", "one-of-removed"),
        ("properties/size/anyOf/-", json!({"type": "boolean"}), "any-of-added", "any-of-removed"),
        (
            "properties/code",
            json!({"oneOf": [{"type": "string", "not": {"enum": ["none"]}}, {"type": "integer"}]}),
            "one-of-added",
            "one-of-removed",
        ),
        (
            "properties/name/anyOf",
            json!([{"format": "uri"}, {"maxLength": 1}]),
            "alternatives-added",
            "alternatives-removed",
        ),
        ("properties/code/not/enum/0", json!("nil"), "not-changed", "not-changed"),
        ("properties/code/not", Value::Null, "not-removed", "not-added"),
        ("properties/owner/discriminator", Value::Null, "discriminator-removed", "discriminator-added"),
        (
            "properties/owner/discriminator/propertyName",
            json!("what"),
            "discriminator-property-changed",
            "discriminator-property-changed",
        ),
        (
            "properties/owner/discriminator/mapping/human",
            json!("#/components/schemas/Person"),
            "discriminator-mapping-added",
            "discriminator-mapping-removed",
        ),
        (
            "properties/owner/discriminator/mapping/person",
            json!("#/components/schemas/Firm"),
            "discriminator-mapping-changed",
            "discriminator-mapping-changed",
        ),
    ];
    let mut cases = Vec::new();
    for (pointer, value, done, undone) in edits {
        for (direction, schema) in [("request", REQUEST), ("response", RESPONSE)] {
            let rule = |id: &str| format!("{direction}-{id}");
            cases.push(case(format!("{schema}/{pointer}"), value.clone(), &rule(done), &rule(undone)));
        }
    }
    cases
}

/// Edits of schemas that mean something in one direction, or otherwise in each.
fn directed() -> Vec<Case> {
    let stamp = "properties/stamp/readOnly";
    let secret = "properties/secret/writeOnly";
    let xml = "content/application~1xml/schema/properties/id/xml/attribute";
    vec![
        case(
            format!("{REQUEST}/properties/nick/readOnly"),
            json!(true),
            "request-property-became-read-only",
            "request-property-became-not-read-only",
        ),
        case(
            format!("{RESPONSE}/properties/nick/readOnly"),
            json!(true),
            "response-property-became-read-only",
            "response-property-became-not-read-only",
        ),
        case(
            format!("{REQUEST}/{stamp}"),
            Value::Null,
            "request-property-became-not-read-only",
            "request-property-became-read-only",
        ),
        case(
            format!("{REQUEST}/properties/nick/writeOnly"),
            json!(true),
            "request-property-became-write-only",
            "request-property-became-not-write-only",
        ),
        case(
            format!("{RESPONSE}/properties/nick/writeOnly"),
            json!(true),
            "response-property-became-write-only",
            "response-property-became-not-write-only",
        ),
        case(
            format!("{RESPONSE}/{secret}"),
            Value::Null,
            "response-property-became-not-write-only",
            "response-property-became-write-only",
        ),
        case(
            format!("{REQUEST}/properties/name/readOnly"),
            json!(true),
            "request-property-became-read-only",
            "request-property-became-required",
        ),
        case(format!("{PUT}/requestBody/{xml}"), json!(false), "request-xml-changed", "request-xml-changed"),
        case(format!("{PUT}/responses/200/{xml}"), json!(false), "response-xml-changed", "response-xml-changed"),
    ]
}

fn cases() -> Vec<Case> {
    [operations(), messages(), prose(), schemas(), directed()].into_iter().flatten().collect()
}

/// Differences that take more than one edit: the rule that finds the whole, and that finds it undone.
fn pairs() -> Vec<(Value, &'static str, &'static str)> {
    let renamed = {
        let mut document = things();
        let paths = document["paths"].as_object_mut().unwrap();
        let mut item = paths.shift_remove("/things/{id}").unwrap();
        item["parameters"][0]["name"] = json!("thing");
        paths.insert("/things/{thing}".to_owned(), item);
        document
    };
    let required = |schema: &str| {
        let document = with(things(), &format!("{schema}/properties/must"), json!({"type": "string"}));
        with(document, &format!("{schema}/required/-"), json!("must"))
    };
    let any_of = |schema: &str| {
        let document = with(
            things(),
            &format!("{schema}/properties/owner/anyOf"),
            things().pointer(&format!("{schema}/properties/owner/oneOf")).unwrap().clone(),
        );
        with(document, &format!("{schema}/properties/owner/oneOf"), Value::Null)
    };
    vec![
        (renamed, "path-parameter-renamed", "path-parameter-renamed"),
        (required(REQUEST), "request-required-property-added", "request-property-removed"),
        (required(RESPONSE), "response-required-property-added", "response-property-removed"),
        (any_of(REQUEST), "request-one-of-became-any-of", "request-any-of-became-one-of"),
        (any_of(RESPONSE), "response-one-of-became-any-of", "response-any-of-became-one-of"),
    ]
}

#[test]
fn an_edit_is_found_by_one_rule_and_undoing_it_by_one() {
    for case in cases() {
        let edited = with(things(), &case.pointer, case.value.clone());
        let what = format!("{} = {}", case.pointer, case.value);
        assert_eq!(rules(&things(), &edited), [case.done], "{what}");
        assert_eq!(rules(&edited, &things()), [case.undone], "{what}, undone");
    }
    for (edited, done, undone) in pairs() {
        assert_eq!(rules(&things(), &edited), [done]);
        assert_eq!(rules(&edited, &things()), [undone]);
    }
}

#[test]
fn an_example_that_does_not_match_is_found_in_its_document() {
    let at = format!("{PUT}/responses/200/content/application~1json/examples/shoe/value/kind");
    let edited = with(things(), &at, json!("boat"));
    let lints = lint(&Document::new("things", &edited).unwrap()).unwrap();
    assert_eq!(lints.len(), 1);
    assert_eq!(lints[0].rule, Frame::ExampleInvalid.into());
    assert_eq!(lint(&Document::new("things", &things()).unwrap()).unwrap(), []);
}

#[test]
fn no_two_rules_have_the_same_id() {
    let ids: BTreeSet<String> = Rule::all().map(Rule::id).collect();
    assert_eq!(ids.len(), Rule::all().count());
}

#[test]
fn every_rule_has_an_edit_that_it_finds() {
    let mut seen: BTreeSet<String> = cases().into_iter().flat_map(|case| [case.done, case.undone]).collect();
    seen.extend(pairs().into_iter().flat_map(|(_, done, undone)| [done.to_owned(), undone.to_owned()]));
    // The test above has its edit.
    seen.insert("example-invalid".to_owned());
    let known: BTreeSet<String> = Rule::all().map(Rule::id).collect();
    assert_eq!(known.difference(&seen).collect::<Vec<_>>(), Vec::<&String>::new());
    assert_eq!(seen.difference(&known).collect::<Vec<_>>(), Vec::<&String>::new());
}

#[test]
fn what_narrows_breaks_clients_in_a_request_and_servers_in_an_answer() {
    use Level::{BreaksClients, BreaksServers, Compatible};
    let odd = [
        (Change::OptionalPropertyAdded, [BreaksServers, Compatible]),
        (Change::DefaultAdded, [BreaksServers, BreaksServers]),
        (Change::PropertyBecameReadOnly, [BreaksClients, Compatible]),
        (Change::PropertyBecameNotReadOnly, [BreaksServers, Compatible]),
        (Change::PropertyBecameWriteOnly, [Compatible, BreaksClients]),
    ];
    let lawful = [
        [BreaksClients, BreaksServers],
        [BreaksServers, BreaksClients],
        [BreaksClients, BreaksClients],
        [Compatible, Compatible],
    ];
    for change in Change::ALL {
        let level = |direction| Rule::Schema(direction, *change).level();
        let levels = [level(Direction::Request), level(Direction::Response)];
        match odd.iter().find(|(known, _)| known == change) {
            Some((_, expected)) => assert_eq!(levels, *expected, "{change:?}"),
            None => assert!(lawful.contains(&levels), "{change:?}"),
        }
    }
}

#[test]
fn adding_and_removing_a_thing_break_opposite_sides() {
    let level = |id: &str| Rule::all().find(|rule| rule.id() == id).unwrap().level();
    for (id, expected) in [
        ("path-added", Level::BreaksServers),
        ("path-removed", Level::BreaksClients),
        ("request-enum-value-removed", Level::BreaksClients),
        ("response-enum-value-removed", Level::BreaksServers),
        ("request-enum-value-added", Level::BreaksServers),
        ("response-enum-value-added", Level::BreaksClients),
        ("request-required-property-added", Level::BreaksClients),
        ("response-required-property-added", Level::BreaksServers),
        ("response-optional-property-added", Level::Compatible),
        ("response-property-removed", Level::BreaksClients),
        ("response-error-added", Level::Compatible),
        ("description-changed", Level::Documentation),
    ] {
        assert_eq!(level(id), expected, "{id}");
    }
}

#[test]
fn a_new_property_that_must_be_sent_is_found_once() {
    let edited = with(things(), &format!("{REQUEST}/properties/key"), json!({"type": "string"}));
    let edited = with(edited, &format!("{REQUEST}/required/-"), json!("key"));
    let found = findings(&things(), &edited);
    assert_eq!(found.len(), 1);
    assert_eq!(found[0].base.as_str(), format!("{REQUEST}/properties/key"));
    assert_eq!(found[0].sentence, "request body: `key` is added and must be sent");
}

#[test]
fn values_of_an_enum_that_come_and_go_are_found_one_by_one() {
    let at = format!("{RESPONSE}/properties/kind/enum");
    let after = with(things(), &at, json!(["hat", "coat", "scarf"]));
    let found = findings(&things(), &after);
    let said: Vec<(&str, &str)> =
        found.iter().map(|finding| (finding.base.as_str(), finding.sentence.as_str())).collect();
    assert_eq!(
        said,
        [
            (format!("{at}/coat").as_str(), "answer 200: `kind` may be \"coat\" too"),
            (format!("{at}/scarf").as_str(), "answer 200: `kind` may be \"scarf\" too"),
            (format!("{at}/0").as_str(), "answer 200: `kind` may not be \"shoe\" any more"),
        ]
    );
}

#[test]
fn a_finding_names_its_place_in_both_documents_and_what_it_is() {
    let mut revision =
        with(things(), &format!("{RESPONSE}/properties/parts"), json!({"$ref": "#/components/schemas/Parts"}));
    let mut parts = things().pointer(&format!("{RESPONSE}/properties/parts")).unwrap().clone();
    parts["items"]["type"] = json!("integer");
    revision["components"]["schemas"]["Parts"] = parts;
    let found = findings(&things(), &revision);
    assert_eq!(found.len(), 1);
    assert_eq!(found[0].base.as_str(), format!("{RESPONSE}/properties/parts/items/type"));
    assert_eq!(found[0].revision[0].as_str(), "/components/schemas/Parts/items/type");
    assert_eq!(found[0].endpoints, ["PUT /things/{id}"]);
    assert_eq!(found[0].sentence, "answer 200: `parts[]` is integer instead of string");
}

#[test]
fn what_endpoints_share_is_found_once_and_names_them_all() {
    let shared = |schema: Value| {
        json!({
            "openapi": "3.0.0",
            "paths": {
                "/a": {"get": {"responses": {"401": {"$ref": "#/components/responses/refused"}}}},
                "/b": {"get": {"responses": {"403": {"$ref": "#/components/responses/refused"}}}}
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
    let at = "/components/responses/refused/content/application~1json/schema/properties/error";
    assert_eq!(found[0].base.as_str(), at);
    assert_eq!(found[0].endpoints, ["GET /a", "GET /b"]);
    assert_eq!(found[0].sentence, "answer refused: `error` is added");
}

#[test]
fn a_status_is_held_to_the_range_or_default_that_covers_it() {
    let answer =
        |kind: &str| json!({"description": "The thing", "content": {"application/json": {"schema": {"type": kind}}}});
    let same = with(things(), &format!("{GET}/responses/200"), answer("string"));
    assert_eq!(rules(&things(), &same), [""; 0]);
    let other = with(things(), &format!("{GET}/responses/200"), answer("integer"));
    assert_eq!(rules(&things(), &other), ["response-type-changed"]);
    let split = with(same, &format!("{GET}/responses/2XX"), Value::Null);
    assert_eq!(rules(&things(), &split), ["response-success-removed"]);
}

#[test]
fn a_media_type_is_held_to_the_range_that_covers_it() {
    let content = format!("{PUT}/requestBody/content");
    let wide = with(
        things(),
        &format!("{content}/application~1*"),
        things().pointer(&format!("{content}/application~1json")).unwrap().clone(),
    );
    let wide = with(wide, &format!("{content}/application~1json"), Value::Null);
    assert_eq!(rules(&things(), &wide), ["request-media-type-added"]);
    assert_eq!(rules(&wide, &things()), ["request-media-type-removed"]);
}

#[test]
fn an_alternative_that_differs_within_is_told_from_one_that_is_gone() {
    let person = with(things(), "/components/schemas/Person/properties/name/type", json!("integer"));
    let found = findings(&things(), &person);
    assert_eq!(
        found.iter().map(|finding| finding.rule.id()).collect::<Vec<_>>(),
        ["request-type-changed", "response-type-changed"]
    );
    assert_eq!(found[0].sentence, "request body: `owner.name` is integer instead of string");
}

#[test]
fn alternatives_are_not_mistaken_for_what_a_property_changed_to() {
    let schema = |name: &str| json!({"$ref": format!("#/components/schemas/{name}")});
    let with_owner = |is: &str, members: [&str; 2]| {
        let document = with(things(), &format!("{REQUEST}/properties/a"), schema(is));
        with(document, &format!("{REQUEST}/properties/owner"), json!({"oneOf": members.map(schema)}))
    };
    let found = findings(&with_owner("Person", ["Person", "Firm"]), &with_owner("Firm", ["Firm", "Person"]));
    let said: Vec<&str> = found.iter().map(|finding| finding.sentence.as_str()).collect();
    assert_eq!(said, ["request body: `a.name` is removed", "request body: `a.address` is added"]);
}

#[test]
fn what_a_header_holds_is_compared() {
    let at = format!("{PUT}/responses/200/headers/X-More");
    let header = |kind: &str| json!({"content": {"application/json": {"schema": {"type": kind}}}});
    let (before, after) = (with(things(), &at, header("string")), with(things(), &at, header("integer")));
    assert_eq!(rules(&before, &after), ["response-type-changed"]);
}
