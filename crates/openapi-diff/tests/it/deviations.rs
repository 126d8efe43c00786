//! Declarations cover what they name, and nothing else.

use crate::support::{things, with};
use openapi_diff::deviations::{Problem, parse};
use openapi_diff::report::FailOn;
use openapi_diff::{Report, Source};
use serde_json::json;

const NAME: &str = "/paths/~1things~1{id}/put/responses/200/content/application~1json/schema/properties/name";

/// How many differences are not declared by `entries`, what is declared, and what is wrong with them,
/// of a document whose answer has its `name` as an integer.
fn judged(entries: &str) -> (usize, Vec<String>, Vec<String>) {
    let base = Source::new("base", things());
    let revision = Source::new("revision", with(things(), &format!("{NAME}/type"), json!("integer")));
    let mut report = Report::of(&base, &revision).unwrap();
    report.declare("deviations.toml", &parse("deviations.toml", entries).unwrap());
    let declared = report.differences.iter().filter_map(|found| found.declared.as_ref());
    let problem = |problem: &Problem| format!("{}: {}", problem.line, problem.sentence);
    (
        report.failures(FailOn::Any).count(),
        declared.map(|found| format!("{}, for {}", found.reason, found.benefits)).collect(),
        report.problems.iter().map(problem).collect(),
    )
}

fn entry(rule: &str, pointer: &str) -> String {
    format!(
        "[[deviation]]\nrule = \"{rule}\"\npointers = [\"{pointer}\"]\n\
         reason = \"numbers are shorter\"\nbenefits = \"clients\"\n"
    )
}

#[test]
fn a_difference_is_undeclared_without_an_entry() {
    assert_eq!(judged(""), (1, vec![], vec![]));
}

#[test]
fn an_entry_declares_the_difference_of_its_rule_and_pointer() {
    let declared = vec!["numbers are shorter, for clients".to_owned()];
    assert_eq!(judged(&entry("response-type-changed", &format!("{NAME}/type"))), (0, declared, vec![]));
}

#[test]
fn an_entry_that_matches_nothing_is_a_problem() {
    let elsewhere = entry("response-type-changed", "/paths/~1plain");
    let other_rule = entry("request-type-changed", &format!("{NAME}/type"));
    let (undeclared, _, problems) = judged(&format!("{elsewhere}\n{other_rule}"));
    assert_eq!(undeclared, 1);
    assert_eq!(
        problems,
        [
            "1: the entry is unused: there is no response-type-changed at /paths/~1plain; remove it".to_owned(),
            format!("7: the entry is unused: there is no request-type-changed at {NAME}/type; remove it"),
        ]
    );
}

#[test]
fn each_pointer_of_an_entry_has_to_match() {
    let (undeclared, _, problems) = judged(&format!(
        "[[deviation]]\nrule = \"response-type-changed\"\npointers = [\"{NAME}/type\", \"/paths\"]\n\
         reason = \"shorter\"\nbenefits = \"clients\"\n"
    ));
    assert_eq!(undeclared, 0);
    assert_eq!(problems, ["1: the entry is unused: there is no response-type-changed at /paths; remove it"]);
}

#[test]
fn an_entry_has_to_say_why_and_for_whom() {
    let (_, _, problems) = judged(&format!(
        "# Why is not known.\n[[deviation]]\nrule = \"response-type-changed\"\n\
         pointers = [\"{NAME}/type\"]\nreason = \" \"\n"
    ));
    assert_eq!(
        problems,
        [
            "2: the entry has no `reason`: say why the difference is there",
            "2: the entry has no `benefits`: say who is better off with it",
        ]
    );
}

#[test]
fn an_unknown_rule_and_an_entry_without_pointers_are_problems() {
    let no_pointers = "[[deviation]]\nrule = \"path-removed\"\npointers = []\nreason = \"r\"\nbenefits = \"b\"\n";
    let (_, _, problems) = judged(&format!("{no_pointers}{}", entry("type-changed", NAME)));
    assert_eq!(
        problems,
        [
            "1: the entry has no `pointers`: remove it",
            "6: there is no rule type-changed: see the ids that the comparison prints",
        ]
    );
}

#[test]
fn a_difference_declared_twice_is_a_problem() {
    let pointer = format!("{NAME}/type");
    let one = entry("response-type-changed", &pointer);
    let (_, _, problems) = judged(&format!("{one}{one}"));
    assert_eq!(problems, [format!("6: response-type-changed at {pointer} is declared twice: remove one")]);
}

#[test]
fn a_text_that_cannot_be_read_is_refused_at_its_line() {
    for (text, expected) in [
        ("[[deviation]]\nrule = \"x\"\npointers = []\nwhy = \"y\"\n", "deviations.toml:4:1: unknown field `why`, "),
        ("\n[[deviation]\n", "deviations.toml:2:"),
    ] {
        let error = parse("deviations.toml", text).unwrap_err().to_string();
        assert!(error.starts_with(expected), "{error}");
    }
}

#[test]
fn an_entry_may_say_what_was_agreed_on() {
    let at = format!("{NAME}/type");
    let of = |found: &str| format!("{}found = {found}\n", entry("response-type-changed", &at));
    let declared = vec!["numbers are shorter, for clients".to_owned()];
    let sentence = "answer 200: `name` is integer instead of string";
    assert_eq!(judged(&of(&format!("\"{sentence}\""))), (0, declared.clone(), vec![]));
    assert_eq!(judged(&of(&format!("[\"{sentence}\"]"))), (0, declared, vec![]));
    assert_eq!(
        judged(&of("\"answer 200: `name` is boolean instead of string\"")),
        (
            1,
            vec![],
            vec![
                format!(
                    "1: the entry does not match any more: response-type-changed at {at} is found as \"{sentence}\""
                ),
                "1: the entry's `found` is not found any more: \"answer 200: `name` is boolean instead of string\""
                    .to_owned(),
            ]
        )
    );
}
