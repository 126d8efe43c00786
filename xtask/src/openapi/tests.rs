//! Whole outputs of check and diff over small documents, and the shape of the published contract.

use std::path::Path;

use insta::assert_snapshot;
use openapi_diff::display::{Format, Options, Paint, write};
use openapi_diff::{Report, Source};
use serde_json::{Value, json};

use super::check::{FAIL_ON, checked};
use super::{DOCUMENTED, GENERATED, declared, generate, source};

/// A published contract of two endpoints that refuse in the same way.
fn documented() -> Value {
    let refused = json!({"$ref": "#/components/responses/refused"});
    json!({
        "openapi": "3.0.0",
        "paths": {
            "/api/v1/import.status": {
                "get": {
                    "operationId": "status",
                    "responses": {
                        "200": {"description": "OK", "content": {"application/json": {"schema": {
                            "type": "object",
                            "properties": {
                                "state": {"type": "string"},
                                "count": {"type": "object", "properties": {"total": {"type": "integer"}}}
                            }
                        }}}},
                        "401": refused
                    }
                }
            },
            "/api/v1/import.addUsers": {
                "post": {
                    "operationId": "addUsers",
                    "requestBody": {"content": {"application/json": {"schema": {
                        "type": "object",
                        "properties": {"users": {"type": "array", "items": {"type": "string"}}}
                    }}}},
                    "responses": {"401": refused}
                }
            }
        },
        "components": {"responses": {"refused": {
            "description": "Unauthorized",
            "content": {"application/json": {"schema": {
                "type": "object",
                "properties": {"message": {"type": "string"}}
            }}}
        }}}
    })
}

/// A document that differs from [`documented`] in each of the ways that matter to a report.
fn generated() -> Value {
    let mut document = documented();
    let refused = &mut document["components"]["responses"]["refused"]["content"];
    refused["application/json"]["schema"] = json!({"$ref": "#/components/schemas/Refusal"});
    document["components"]["schemas"] = json!({"Refusal": {
        "type": "object",
        "required": ["message"],
        "properties": {"message": {"type": "string"}, "error": {"type": "string"}}
    }});
    let status = &mut document["paths"]["/api/v1/import.status"]["get"];
    status["responses"]["500"] = json!({"description": "Internal Server Error"});
    let answer = &mut status["responses"]["200"]["content"]["application/json"]["schema"];
    answer["properties"]["count"]["properties"]["total"]["type"] = json!("string");
    let add = &mut document["paths"]["/api/v1/import.addUsers"]["post"];
    add["responses"]["500"] = json!({"description": "Internal Server Error"});
    add["requestBody"]["content"]["application/json"]["schema"]["required"] = json!(["users"]);
    document["paths"]["/health"] = json!({"get": {"responses": {"200": {"description": "OK"}}}});
    document
}

/// Declarations for every difference between the two.
const DECLARED: &str = r#"
[[deviation]]
rule = "response-type-changed"
pointers = ["/paths/~1api~1v1~1import.status/get/responses/200/content/application~1json/schema/properties/count/properties/total/type"]
reason = "totals can be larger than a number can say"
benefits = "administrators of large workspaces"

[[deviation]]
rule = "request-property-became-required"
pointers = ["/paths/~1api~1v1~1import.addUsers/post/requestBody/content/application~1json/schema/properties/users"]
reason = "a request without users adds none"
benefits = "clients that misspell it and are told"

[[deviation]]
rule = "response-optional-property-added"
pointers = ["/components/responses/refused/content/application~1json/schema/properties/error"]
reason = "older clients read `error`"
benefits = "older clients"

[[deviation]]
rule = "response-property-became-required"
pointers = ["/components/responses/refused/content/application~1json/schema/properties/message"]
reason = "a refusal says why"
benefits = "users of generated clients"

[[deviation]]
rule = "path-added"
pointers = ["/paths/~1health"]
reason = "somebody has to ask"
benefits = "administrators"
"#;

/// A check of the document on disk, which is `text`, against one that would be generated.
fn checked_against(fresh: &Value, text: &str, documented: &Value, declared: &str) -> (bool, String) {
    let documented = Source::new(DOCUMENTED, documented.clone());
    let checked = checked(fresh, text, &documented, declared, Paint(false)).unwrap();
    (checked.conforms, checked.output)
}

/// The output of a check whose document is generated as it is.
fn check(generated: &Value, declared: &str) -> (bool, String) {
    checked_against(generated, &generate::text(generated).unwrap(), &documented(), declared)
}

/// What a comparison of `generated` with the published contract prints.
fn diff(generated: &Value, deviations: &str) -> String {
    let (base, revision) = (Source::new(DOCUMENTED, documented()), Source::new(GENERATED, generated.clone()));
    let report = declared(&base, &revision, deviations).unwrap();
    write(&report, Options { format: Format::Text, fail_on: FAIL_ON, documentation: false, paint: Paint(false) })
}

#[test]
fn check_is_content_with_the_published_contract_itself() {
    let (conforms, output) = check(&documented(), "");
    assert!(conforms);
    assert_snapshot!(output);
}

#[test]
fn check_is_content_when_every_difference_is_declared() {
    let (conforms, output) = check(&generated(), DECLARED);
    assert!(conforms);
    assert_snapshot!(output);
}

#[test]
fn check_shows_each_difference_that_is_not_declared() {
    let (conforms, output) = check(&generated(), "");
    assert!(!conforms);
    assert_snapshot!(output);
}

#[test]
fn check_shows_what_is_wrong_with_the_declarations() {
    let declared = DECLARED.replace("reason = \"older clients read `error`\"\n", "");
    let (conforms, output) = check(&documented(), &declared);
    assert!(!conforms);
    assert_snapshot!(output);
}

#[test]
fn check_shows_where_the_generated_document_is_out_of_date() {
    let text = generate::text(&documented()).unwrap();
    let (conforms, output) = checked_against(&generated(), &text, &documented(), "");
    assert!(!conforms);
    assert_snapshot!(output);
}

#[test]
fn check_is_not_content_with_another_layout() {
    let text = documented().to_string();
    let (conforms, output) = checked_against(&documented(), &text, &documented(), "");
    assert!(!conforms);
    assert_snapshot!(output);
}

#[test]
fn check_cannot_compare_what_is_no_document() {
    let refused = |fresh: &Value, text: &str, declared: &str| {
        let documented = Source::new(DOCUMENTED, documented());
        checked(fresh, text, &documented, declared, Paint(false)).unwrap_err().to_string()
    };
    let whole = |document: &Value| generate::text(document).unwrap();
    assert_snapshot!(refused(&documented(), "{", ""));
    assert_snapshot!(refused(&json!({}), &whole(&json!({})), ""));
    assert_snapshot!(refused(&documented(), &whole(&documented()), "[[deviation]"));
}

#[test]
fn check_does_not_let_the_servers_own_examples_mislead() {
    let mut document = documented();
    let answer = &mut document["paths"]["/api/v1/import.status"]["get"]["responses"]["200"];
    answer["content"]["application/json"]["example"] = json!({"count": {"total": "many"}});
    let (conforms, output) = check(&document, "");
    assert!(!conforms);
    assert_snapshot!(output);
}

#[test]
fn diff_prints_every_difference_and_why_it_is_there() {
    assert_snapshot!(diff(&generated(), DECLARED));
}

#[test]
fn diff_prints_differences_that_are_not_declared_first() {
    let (_, some) = DECLARED.split_at(DECLARED.match_indices("[[deviation]]").nth(2).unwrap().0);
    assert_snapshot!(diff(&generated(), some));
}

#[test]
fn diff_of_equal_documents_says_so() {
    assert_snapshot!(diff(&documented(), ""));
}

#[test]
fn the_published_contract_has_its_fifteen_endpoints() {
    let document = source(&workspace(), DOCUMENTED).unwrap().value;
    let mut endpoints: Vec<String> = Vec::new();
    for (path, item) in document["paths"].as_object().unwrap() {
        for (method, operation) in item.as_object().unwrap() {
            if operation.is_object() {
                endpoints.push(format!("{} {path}", method.to_uppercase()));
                let id = format!("{method}-{}", path.trim_start_matches('/').replace('/', "-"));
                assert_eq!(operation["operationId"], json!(id), "{path}");
            }
        }
    }
    endpoints.sort();
    assert_eq!(
        endpoints,
        [
            "GET /api/v1/getCurrentImportOperation",
            "GET /api/v1/getImportFileData",
            "GET /api/v1/getImportProgress",
            "GET /api/v1/getLatestImportOperations",
            "GET /api/v1/import.status",
            "GET /api/v1/importers.list",
            "POST /api/v1/downloadPendingAvatars",
            "POST /api/v1/downloadPendingFiles",
            "POST /api/v1/downloadPublicImportFile",
            "POST /api/v1/import.addUsers",
            "POST /api/v1/import.clear",
            "POST /api/v1/import.new",
            "POST /api/v1/import.run",
            "POST /api/v1/startImport",
            "POST /api/v1/uploadImportFile",
        ]
    );
}

#[test]
fn the_published_contract_holds_no_prose() {
    fn walk(value: &Value, at: &str, names: bool) {
        match value {
            Value::Object(map) => {
                for (key, value) in map {
                    let at = format!("{at}/{key}");
                    assert!(names || key != "summary", "{at}");
                    if !names && key == "description" {
                        let phrases = ["OK", "Bad Request", "Unauthorized", "Forbidden"];
                        assert!(phrases.map(Value::from).contains(value), "{at}");
                    }
                    let names = matches!(key.as_str(), "properties" | "examples" | "value");
                    walk(value, &at, names);
                }
            }
            Value::Array(items) => items.iter().for_each(|item| walk(item, at, names)),
            _ => {}
        }
    }
    walk(&source(&workspace(), DOCUMENTED).unwrap().value, "", false);
}

#[test]
fn the_published_contract_conforms_to_itself() {
    let document = source(&workspace(), DOCUMENTED).unwrap();
    assert_eq!(Report::of(&document, &document).unwrap().differences, []);
}

fn workspace() -> std::path::PathBuf {
    Path::new(env!("CARGO_MANIFEST_DIR")).join("..")
}
