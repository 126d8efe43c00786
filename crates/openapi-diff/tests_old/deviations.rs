//! Declarations cover what they name, and nothing else.

use serde_json::{Value, json};

use super::super::deviations::{Report, judge, parse};
use super::{base, findings, with};

const NAME: &str = "/paths/~1users/post/responses/200/content/application~1json/schema/properties/name";

/// What is declared by `entries` of a document whose answer has its `name` as an integer.
fn report(entries: &str) -> Report {
    let revision = with(base(), &format!("{NAME}/type"), json!("integer"));
    judge(findings(&base(), &revision), &parse(entries).unwrap())
}

fn entry(rule: &str, pointer: &str) -> String {
    format!(
        "[[deviation]]\nrule = \"{rule}\"\npointers = [\"{pointer}\"]\n\
         reason = \"numbers are shorter\"\nbenefits = \"clients\"\n"
    )
}

/// The problems as `line: sentence`.
fn problems(report: &Report) -> Vec<String> {
    report.problems.iter().map(|problem| format!("{}: {}", problem.line, problem.sentence)).collect()
}

#[test]
fn a_difference_is_undeclared_without_an_entry() {
    let report = report("");
    assert_eq!(report.undeclared().count(), 1);
    assert_eq!(problems(&report), [""; 0]);
}

#[test]
fn an_entry_declares_the_difference_of_its_rule_and_pointer() {
    let report = report(&entry("response-type-changed", &format!("{NAME}/type")));
    assert_eq!(report.undeclared().count(), 0);
    assert_eq!(problems(&report), [""; 0]);
    let (_, declared) = &report.differences[0];
    let declared = declared.as_ref().unwrap();
    assert_eq!(declared.reason, "numbers are shorter");
    assert_eq!(declared.benefits, "clients");
}

#[test]
fn an_entry_that_matches_nothing_is_stale() {
    let elsewhere = entry("response-type-changed", "/paths/~1users");
    let other_rule = entry("request-type-changed", &format!("{NAME}/type"));
    let report = report(&format!("{elsewhere}\n{other_rule}"));
    assert_eq!(report.undeclared().count(), 1);
    assert_eq!(
        problems(&report),
        [
            "1: the entry is stale: there is no response-type-changed at /paths/~1users; remove it".to_owned(),
            format!("7: the entry is stale: there is no request-type-changed at {NAME}/type; remove it"),
        ]
    );
}

#[test]
fn each_pointer_of_an_entry_has_to_match() {
    let report = report(&format!(
        "[[deviation]]\nrule = \"response-type-changed\"\npointers = [\"{NAME}/type\", \"/paths\"]\n\
         reason = \"shorter\"\nbenefits = \"clients\"\n"
    ));
    assert_eq!(report.undeclared().count(), 0);
    assert_eq!(problems(&report), ["1: the entry is stale: there is no response-type-changed at /paths; remove it"]);
}

#[test]
fn an_entry_has_to_say_why_and_for_whom() {
    let report = report(&format!(
        "# Why is not known.\n[[deviation]]\nrule = \"response-type-changed\"\n\
         pointers = [\"{NAME}/type\"]\nreason = \" \"\n"
    ));
    assert_eq!(
        problems(&report),
        [
            "2: the entry has no `reason`: say why the difference is there",
            "2: the entry has no `benefits`: say who is better off with it",
        ]
    );
}

#[test]
fn an_unknown_rule_and_an_entry_without_pointers_are_problems() {
    let no_pointers = "[[deviation]]\nrule = \"path-missing\"\npointers = []\nreason = \"r\"\nbenefits = \"b\"\n";
    let report = report(&format!("{no_pointers}{}", entry("type-changed", NAME)));
    assert_eq!(
        problems(&report),
        ["1: the entry has no `pointers`: remove it", "6: there is no rule type-changed: see the ids that diff prints",]
    );
}

#[test]
fn a_difference_declared_twice_is_a_problem() {
    let pointer = format!("{NAME}/type");
    let one = entry("response-type-changed", &pointer);
    let report = report(&format!("{one}{one}"));
    assert_eq!(problems(&report), [format!("6: response-type-changed at {pointer} is declared twice: remove one")]);
}

#[test]
fn a_compatible_difference_needs_no_entry() {
    let revision = with(base(), "/paths/~1more", json!({"get": Value::Null}));
    let entries = parse(&entry("path-added", "/paths/~1more")).unwrap();
    let report = judge(findings(&base(), &revision), &entries);
    assert_eq!(report.undeclared().count(), 0);
    assert_eq!(problems(&report), ["1: the entry is not needed: path-added at /paths/~1more is compatible; remove it"]);
}

#[test]
fn a_key_that_entries_do_not_have_is_refused() {
    let error = parse("[[deviation]]\nrule = \"x\"\npointers = []\nwhy = \"y\"\n").unwrap_err();
    assert!(format!("{error:#}").contains("unknown field `why`"), "{error:#}");
}
