//! A report as one JSON object for programs.

use serde_json::{Value, json};

use super::Options;
use crate::lint::Lint;
use crate::pointer::Pointer;
use crate::report::{Difference, Report};
use crate::rules::Level;
use crate::source::Source;

pub(super) fn write(report: &Report<'_>, options: Options) -> String {
    let shown =
        |difference: &&Difference| options.documentation || difference.finding.rule.level() != Level::Documentation;
    let counts = report.counts();
    let mut levels = serde_json::Map::new();
    for (level, count) in Level::ALL.into_iter().zip(counts.undeclared) {
        levels.insert(level.id().to_owned(), json!(count));
    }
    levels.insert("declared".to_owned(), json!(counts.declared));
    let differences: Vec<Value> =
        report.differences.iter().filter(shown).map(|found| difference(report, found)).collect();
    let mut examples: Vec<Value> = Vec::new();
    if options.documentation {
        examples.extend(report.base_lints.iter().map(|lint| example(report.base, lint)));
        examples.extend(report.revision_lints.iter().map(|lint| example(report.revision, lint)));
    }
    let mut value = json!({
        "base": report.base.name,
        "revision": report.revision.name,
        "conforms": report.conforms(options.fail_on),
        "counts": levels,
        "differences": differences,
        "problems": report.problems,
    });
    if options.documentation {
        value["examples"] = examples.into();
    }
    format!("{value:#}\n")
}

fn difference(report: &Report<'_>, difference: &Difference) -> Value {
    let finding = &difference.finding;
    let revision: Vec<Value> = finding.revision.iter().map(|at| place(report.revision, at)).collect();
    json!({
        "rule": finding.rule,
        "level": finding.rule.level(),
        "sentence": finding.sentence,
        "base": place(report.base, &finding.base),
        "revision": revision,
        "endpoints": finding.endpoints,
        "declared": difference.declared,
    })
}

fn example(source: &Source, lint: &Lint) -> Value {
    json!({"rule": lint.rule, "document": source.name, "at": place(source, &lint.at), "sentence": lint.sentence})
}

fn place(source: &Source, at: &Pointer) -> Value {
    json!({"pointer": at, "line": source.line(at)})
}
