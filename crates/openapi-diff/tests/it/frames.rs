//! What stands around the schemas is set beside what it belongs to.

use crate::support::{document, operation, told};
use serde_json::{Value, json};

const NONE: [&str; 0] = [];

fn answers(responses: Value) -> Value {
    operation(json!({"responses": responses}))
}

fn json_of(schema: Value) -> Value {
    json!({"description": "OK", "content": {"application/json": {"schema": schema}}})
}

#[test]
fn paths_of_one_shape_are_told_apart_by_how_they_are_written() {
    let answer = json!({"responses": {"200": {"description": "OK"}}});
    let both = document(json!({"/a/{x}": {"delete": answer}, "/a/{y}": {"get": answer}}), json!({}));
    assert_eq!(told(&both, &both), NONE);
    let one = document(json!({"/a/{z}": {"delete": answer}, "/a/{y}": {"get": answer}}), json!({}));
    assert_eq!(told(&both, &one), ["compatible path-parameter-renamed: the path /a/{x} is written /a/{z}"]);
    let fewer = document(json!({"/a/{y}": {"get": answer}}), json!({}));
    assert_eq!(told(&both, &fewer), ["breaks clients path-removed: the path /a/{x} is removed"]);
}

#[test]
fn names_that_begin_like_an_extension_are_names() {
    let answer = json!({"200": {"description": "OK"}});
    let of = |name: &str, kind: &str, variable: &str| {
        let body = json!({"content": {"multipart/form-data": {
            "schema": {"type": "object", "properties": {"x-file": {"type": "string"}}},
            "encoding": {"x-file": {"contentType": kind}}
        }}});
        let server = json!({"url": "https://{x-at}", "variables": {"x-at": {"default": variable}}});
        document(
            json!({"/x": {"post": {"requestBody": body, "responses": answer, "servers": [server]}}}),
            json!({"securitySchemes": {"x-api-key": {"type": "apiKey", "in": "header", "name": name}}}),
        )
    };
    assert_eq!(
        told(&of("X-Key", "image/png", "a"), &of("X-Other", "image/gif", "b")),
        [
            "breaks clients server-variable-changed: the variable x-at of the server https://{x-at} is b (of none) \
             instead of a (of none)",
            "breaks clients request-encoding-changed: request body has the contentType \"image/gif\" instead of \
             \"image/png\" for `x-file`",
            "breaks clients security-scheme-place-changed: the security scheme x-api-key has `name` X-Other instead of \
             X-Key",
        ]
    );
}

#[test]
fn a_success_is_not_what_default_says() {
    let default = json_of(json!({"type": "object"}));
    let more = answers(json!({"default": default, "201": default}));
    let less = answers(json!({"default": default}));
    assert_eq!(told(&less, &more), ["breaks clients response-success-added: answer 201 is added"]);
    let gone = told(&more, &less);
    assert_eq!(gone, ["breaks clients response-success-removed: answer 201 is removed"]);
    let error = answers(json!({"default": default, "404": default}));
    assert_eq!(told(&less, &error), NONE);
    assert_eq!(told(&error, &less), NONE);
}

#[test]
fn a_success_is_compared_with_the_range_that_it_is_in() {
    let one = answers(json!({"201": json_of(json!({"type": "string"}))}));
    let range = answers(json!({"2XX": json_of(json!({"type": "integer"}))}));
    assert_eq!(
        told(&one, &range),
        [
            "breaks clients response-type-changed: answer 201 is integer instead of string",
            "breaks clients response-success-added: answer 2XX is added",
        ]
    );
}

#[test]
fn a_media_type_is_compared_with_the_range_that_stays_beside_it() {
    let text = json!({"schema": {"type": "string"}});
    let body = |content: Value| operation(json!({"requestBody": {"content": content}, "responses": {}}));
    let range = body(json!({"application/*": text}));
    let same = body(json!({"application/*": text, "application/json": text}));
    let other = body(json!({"application/*": text, "application/json": {"schema": {"type": "integer"}}}));
    assert_eq!(told(&range, &same), NONE);
    assert_eq!(told(&same, &range), NONE);
    let found = told(&range, &other);
    assert_eq!(found, ["breaks clients request-type-changed: request body is integer instead of string"]);
}

#[test]
fn a_property_of_a_callback_may_be_called_like_a_word_for_people() {
    let of = |kind: &str, words: &str| {
        let schema = json!({"type": "object", "description": words, "properties": {"description": {"type": kind}}});
        let back = json!({"{$url}": {"post": {"requestBody": {"content": {"application/json": {"schema": schema}}}}}});
        operation(json!({"responses": {}, "callbacks": {"done": back}}))
    };
    assert_eq!(told(&of("string", "a"), &of("string", "b")), NONE);
    let found = told(&of("string", "a"), &of("integer", "a"));
    assert_eq!(found, ["breaks clients callback-changed: the callback done is not the same"]);
}

#[test]
fn no_server_is_where_the_document_came_from() {
    let mut base = operation(json!({"responses": {}}));
    let revision = operation(json!({"responses": {}, "servers": [{"url": "/"}]}));
    assert_eq!(told(&base, &revision), NONE);
    assert_eq!(told(&revision, &base), NONE);
    base["servers"] = json!([{"url": "https://a"}]);
    assert_eq!(
        told(&base, &revision),
        [
            "breaks clients server-removed: the server https://a is removed",
            "breaks servers server-added: the server / is added",
        ]
    );
}

#[test]
fn the_content_of_a_parameter_may_be_spelt_otherwise() {
    let of = |media: &str| {
        let parameter = json!({"name": "q", "in": "query", "content": {media: {"schema": {"type": "string"}}}});
        operation(json!({"responses": {}, "parameters": [parameter]}))
    };
    assert_eq!(told(&of("application/json; charset=utf-8"), &of("Application/JSON;charset=utf-8")), NONE);
}

#[test]
fn headers_of_a_part_of_a_form_are_compared() {
    let of = |kind: &str| {
        let part = json!({"headers": {"X-Part": {"schema": {"type": kind}}}});
        let content = json!({"multipart/form-data": {"schema": {"type": "object"}, "encoding": {"file": part}}});
        operation(json!({"responses": {}, "requestBody": {"content": content}}))
    };
    assert_eq!(
        told(&of("string"), &of("integer")),
        ["breaks clients request-encoding-changed: request body: `file` the header X-Part is not the same"]
    );
}
