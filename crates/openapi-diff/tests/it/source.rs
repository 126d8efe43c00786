//! Documents are read from JSON and YAML alike, and what cannot be read is refused at its line.

use openapi_diff::{Pointer, Source};
use serde_json::json;

#[track_caller]
fn refused(name: &str, text: &str, expected: &str) {
    assert_eq!(Source::parse(name, text).unwrap_err().to_string(), expected);
}

#[test]
fn yaml_stands_for_the_same_as_json() {
    let text = r#"
paths:
  /a:
    get:
      responses:
        200:
          description: &fine Fine
        "404": {description: *fine}
list: [1, -2, 1.5, 0x1f, true, ~, null, "1", yes, 3.0.0, 2024-01-01, "", !!str 7, .5, 1e3, 1.2.3, +]
text: |
  two
  lines
"#;
    let source = Source::parse("a.yaml", text).unwrap();
    assert_eq!(
        source.value,
        json!({
            "paths": {"/a": {"get": {"responses": {"200": {"description": "Fine"}, "404": {"description": "Fine"}}}}},
            "list": [
                1, -2, 1.5, 31, true, null, null, "1", "yes", "3.0.0", "2024-01-01", "", "7", 0.5, 1000.0, "1.2.3", "+"
            ],
            "text": "two\nlines\n"
        })
    );
    let line = |at: &str| source.line(&Pointer::new(at));
    assert_eq!(line("/paths/~1a/get/responses/200/description"), Some(7));
    assert_eq!(line("/paths/~1a/get/responses/404/description"), Some(8));
    // What is not there has the line of what it would stand in.
    assert_eq!(line("/paths/~1a/get/responses/500/description"), Some(5));
    assert_eq!(line("/paths/~1a/put"), Some(3));
}

#[test]
fn keys_can_be_merged_from_an_anchor() {
    let text = "a: &a {x: 1, y: 2}\nb:\n  <<: *a\n  y: 3\nc:\n  <<: [*a, {z: 4}]\n";
    let value = Source::parse("-", text).unwrap().value;
    assert_eq!(value, json!({"a": {"x": 1, "y": 2}, "b": {"y": 3, "x": 1}, "c": {"x": 1, "y": 2, "z": 4}}));
}

#[test]
fn json_has_lines_too() {
    let source =
        Source::parse("a.json", "{\n\t\"a\": {\n\t\t\"b\\/c\": [1,\n\t\t\t\"\\ud83d\\ude00\"]\n\t}\n}").unwrap();
    assert_eq!(source.value, json!({"a": {"b/c": [1, "😀"]}}));
    assert_eq!(source.line(&Pointer::new("/a/b~1c/1")), Some(4));
    assert_eq!(source.place(&Pointer::new("/a")), "a.json:2");
}

#[test]
fn what_the_standard_input_holds_is_known_by_its_beginning() {
    assert_eq!(Source::parse("-", " {\"a\": 1}").unwrap().value, json!({"a": 1}));
    assert_eq!(Source::parse("-", "a: 1").unwrap().value, json!({"a": 1}));
    refused("-", "{\"a\": 1,}", "-:1:9: trailing comma");
}

#[test]
fn what_cannot_be_read_is_refused_at_its_line() {
    refused("a.json", "{\n  \"a\": 1\n  \"b\": 2\n}", "a.json:3:3: expected `,` or `}`");
    refused("a.json", "{\"a\": {},\n \"b\": 1, \"a\": []}", "a.json:2:10: the key a stands here a second time");
    refused("a.json", "a: 1", "a.json:1:1: expected value");
    refused("a.yaml", "a: 1\nb:\n  c: 1\n  c: 2\n", "a.yaml:4:3: the key c stands here a second time");
    refused("a.yaml", "a: 1\n---\nb: 2\n", "a.yaml:2:1: another document begins here; there can be only one");
    refused("a.yaml", "? [a]\n: 1\n", "a.yaml:1:3: a key has to be a plain word or a string");
    refused("a.yaml", "a: &a [*a]\n", "a.yaml:1:8: the alias stands within what it means");
    let deep = format!("{}{}", "[".repeat(200), "]".repeat(200));
    refused("a.yaml", &deep, "a.yaml:1:130: values stand within each other too deep");
    let mut many = "a0: &a0 [1, 1, 1, 1, 1, 1, 1, 1]\n".to_owned();
    for index in 1..12 {
        let items = [format!("*a{}", index - 1).as_str(); 8].join(", ");
        many.push_str(&format!("a{index}: &a{index} [{items}]\n"));
    }
    refused("a.yaml", &many, "a.yaml:7:20: aliases make more than 1000000 values");
    let error = Source::parse("a.yaml", "a: [1\nb: 2\n").unwrap_err().to_string();
    assert!(error.starts_with("a.yaml:2:"), "{error}");
}

#[test]
fn an_empty_text_is_nothing() {
    assert_eq!(Source::parse("a.yaml", "# nothing\n").unwrap().value, json!(null));
    refused("a.json", "", "a.json:1:0: EOF while parsing a value");
}

#[test]
fn a_mark_of_the_byte_order_is_passed_over() {
    let expected = json!({"a": 1});
    assert_eq!(Source::parse("a.json", "\u{feff}{\"a\": 1}").unwrap().value, expected);
    assert_eq!(Source::parse("-", "\u{feff}{\"a\": 1}").unwrap().value, expected);
    assert_eq!(Source::parse("a.yaml", "\u{feff}a: 1").unwrap().value, expected);
}

#[test]
fn a_large_document_without_aliases_is_read() {
    let text = format!("a: [{}]", vec!["1"; 1_000_001].join(","));
    let value = Source::parse("a.yaml", &text).unwrap().value;
    assert_eq!(value["a"].as_array().unwrap().len(), 1_000_001);
}
