//! Whole outputs of each format, over two versions of a shop, one in JSON and one in YAML.

use std::ffi::OsStr;

use insta::assert_snapshot;
use openapi_diff::display::{Colour, Format, Options, Paint, failures, write};
use openapi_diff::report::FailOn;
use openapi_diff::{Report, Source, deviations};
use serde_json::{Value, json};

fn base() -> Source {
    Source::parse("shop/1.json", include_str!("shop/1.json")).unwrap()
}

fn revision() -> Source {
    Source::parse("shop/2.yaml", include_str!("shop/2.yaml")).unwrap()
}

const DECLARED: &str = r##"
[[deviation]]
rule = "response-enum-value-added"
pointers = ["/components/schemas/State/enum/returned"]
reason = "orders | parcels come back, <sometimes> at 100%"
benefits = "customers of *every* shop"

[[deviation]]
rule = "path-removed"
pointers = ["/paths/~1orders"]
reason = "it was meant to go"
benefits = "nobody"
"##;

const PLAIN: Options =
    Options { format: Format::Text, fail_on: FailOn::Any, documentation: false, paint: Paint(false) };

/// What is written of the shop's two versions, with some differences declared.
fn written(options: Options) -> String {
    let (base, revision) = (base(), revision());
    let mut report = Report::of(&base, &revision).unwrap();
    report.declare("deviations.toml", &deviations::parse("deviations.toml", DECLARED).unwrap());
    write(&report, options)
}

#[test]
fn text_of_two_files_says_what_breaks_first() {
    let (base, revision) = (base(), revision());
    assert_snapshot!(write(&Report::of(&base, &revision).unwrap(), PLAIN));
}

#[test]
fn text_shows_declarations_and_what_is_wrong_with_them() {
    assert_snapshot!(written(PLAIN));
}

#[test]
fn text_shows_documentation_if_asked() {
    assert_snapshot!(written(Options { documentation: true, ..PLAIN }));
}

#[test]
fn text_can_be_in_colours() {
    let text = written(Options { paint: Paint(true), documentation: true, ..PLAIN });
    assert_snapshot!(text.replace('\u{1b}', "ESC"));
    let mut plain = text;
    for code in ["0", "1", "2", "32", "36", "1;31", "1;33"] {
        plain = plain.replace(&format!("\u{1b}[{code}m"), "");
    }
    assert_eq!(plain, written(Options { documentation: true, ..PLAIN }));
}

#[test]
fn failures_are_nothing_but_what_is_failed_on() {
    let (base, revision) = (base(), revision());
    let report = Report::of(&base, &revision).unwrap();
    assert_snapshot!(failures(&report, Options { fail_on: FailOn::Clients, ..PLAIN }));
    assert_eq!(failures(&Report::of(&base, &base).unwrap(), PLAIN), "");
}

#[test]
fn json_is_one_object() {
    let text = written(Options { format: Format::Json, documentation: true, ..PLAIN });
    let value: Value = serde_json::from_str(&text).unwrap();
    assert_eq!(value["conforms"], json!(false));
    assert_snapshot!(text);
}

#[test]
fn json_leaves_documentation_out_unless_asked() {
    let value: Value = serde_json::from_str(&written(Options { format: Format::Json, ..PLAIN })).unwrap();
    assert_eq!(value.get("examples"), None);
    let levels: Vec<&Value> = value["differences"].as_array().unwrap().iter().map(|found| &found["level"]).collect();
    assert!(!levels.contains(&&json!("documentation")));
    assert_eq!(value["counts"]["documentation"], json!(2));
}

#[test]
fn markdown_is_a_comment_for_a_pull_request() {
    assert_snapshot!(written(Options { format: Format::Markdown, documentation: true, ..PLAIN }));
}

#[test]
fn github_is_an_annotation_a_difference() {
    assert_snapshot!(written(Options {
        format: Format::Github,
        fail_on: FailOn::Clients,
        documentation: true,
        ..PLAIN
    }));
}

#[test]
fn names_cannot_break_out_of_an_annotation_or_a_comment() {
    let odd = "a,b:c%\r\n::error::<b>*_[`x";
    let document = |paths: Value| Source::new("odd,na:me%\n.json", json!({"openapi": "3.0.0", "paths": paths}));
    let (base, revision) = (document(json!({})), document(json!({odd: {"get": {"responses": {}}}})));
    let report = Report::of(&base, &revision).unwrap();
    assert_snapshot!(write(&report, Options { format: Format::Github, ..PLAIN }));
    assert_snapshot!(write(&report, Options { format: Format::Markdown, ..PLAIN }));
}

#[test]
fn what_came_from_the_standard_input_is_in_no_file() {
    let base = base();
    let revision = Source::parse("-", include_str!("shop/2.yaml")).unwrap();
    let text = write(&Report::of(&base, &revision).unwrap(), Options { format: Format::Github, ..PLAIN });
    assert!(text.starts_with("::error title="), "{text}");
}

#[test]
fn no_difference_is_said_in_each_format() {
    let base = base();
    let report = Report::of(&base, &base).unwrap();
    let written = Format::NAMES.map(|name| {
        let text = write(&report, Options { format: name.parse().unwrap(), ..PLAIN });
        format!("--- {name}\n{text}")
    });
    assert_snapshot!(written.concat());
}

#[test]
fn what_fails_is_what_is_asked_for() {
    let (base, revision) = (base(), revision());
    let report = Report::of(&base, &revision).unwrap();
    let failures = |name: &str| report.failures(name.parse().unwrap()).count();
    assert_eq!(FailOn::NAMES.map(failures), [6, 7, 11]);
    let mut documentation = base.clone();
    documentation.value["info"]["title"] = json!("Another shop");
    let report = Report::of(&base, &documentation).unwrap();
    assert_eq!(report.differences.len(), 1);
    assert!(report.conforms(FailOn::Any));
}

#[test]
fn colours_are_for_terminals_whose_user_does_not_mind() {
    let no = Some(OsStr::new("1"));
    for (colour, terminal, no_color, expected) in [
        ("auto", true, None, true),
        ("auto", false, None, false),
        ("auto", true, no, false),
        ("auto", true, Some(OsStr::new("")), true),
        ("always", false, no, true),
        ("never", true, None, false),
    ] {
        let colour: Colour = colour.parse().unwrap();
        assert_eq!(colour.paint(terminal, no_color), Paint(expected), "{colour:?} {terminal} {no_color:?}");
    }
}

#[test]
fn names_in_a_comment_are_no_code_mentions_or_addresses() {
    let document = |kind: &str, name: &str| {
        let schema = json!({"type": "object", "properties": {name: {"type": kind}}});
        let content = json!({"application/json": {"schema": schema}});
        let answer = json!({"responses": {"200": {"description": "OK", "content": content}}});
        Source::new("a.json", json!({"openapi": "3.0.0", "paths": {"/@me/www.a.b/#7\u{202e}": {"get": answer}}}))
    };
    let comment = |name: &str| {
        let (base, revision) = (document("string", name), document("integer", name));
        let text = write(&Report::of(&base, &revision).unwrap(), Options { format: Format::Markdown, ..PLAIN });
        text.lines().find(|line| line.starts_with("- ")).unwrap().to_owned()
    };
    let reached = "GET /@<!-- -->me/www.<!-- -->a.b/\\#<!-- -->7\\\\u{202e}";
    let changed = "is integer instead of string";
    assert_eq!(comment("a``b"), format!("- **answer 200: ``` a``b ``` {changed}** — {reached}"));
    assert_eq!(comment("` @all <b>"), format!("- **answer 200: `` ` @all <b> `` {changed}** — {reached}"));
    assert_eq!(comment("https://a"), format!("- **answer 200: `https://a` {changed}** — {reached}"));
}
