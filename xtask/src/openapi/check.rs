//! `cargo xtask openapi check`: whether the generated document is up to date and conforms.

use std::fmt::Write as _;
use std::path::Path;

use anyhow::{Context, Result};
use serde_json::Value;

use super::{DEVIATIONS, DOCUMENTED, GENERATED, counted, generate, judged, read, read_json};
use crate::compare::Pointer;
use crate::compare::deviations::Report;
use crate::compare::display::Block;

/// What a check came to.
#[derive(Debug)]
pub(crate) struct Checked {
    /// Whether all is well.
    pub(crate) conforms: bool,
    /// What to print.
    pub(crate) output: String,
}

/// How many places are shown at which the generated document is out of date.
const SHOWN: usize = 5;

/// Checks the documents of the workspace at `root`.
///
/// # Errors
/// If one of them cannot be read or understood.
pub(crate) fn check(root: &Path) -> Result<Checked> {
    checked(
        &import_proto::openapi::document(),
        &read(root, GENERATED)?,
        &read_json(root, DOCUMENTED)?,
        &read(root, DEVIATIONS)?,
    )
}

/// Checks `generated`, the text of the generated document, against the document as it would be
/// generated now, and against the published contract and the declared deviations from it.
pub(super) fn checked(fresh: &Value, generated: &str, documented: &Value, declared: &str) -> Result<Checked> {
    let on_disk: Value = serde_json::from_str(generated).with_context(|| format!("{GENERATED} is no JSON"))?;
    let up_to_date = generated == generate::text(fresh)?;
    let mut output = String::new();
    if !up_to_date {
        stale(fresh, &on_disk, &mut output);
    }
    let report = judged(documented, &on_disk, declared)?;
    let conforms = conformance(&report, &mut output);
    Ok(Checked { conforms: up_to_date && conforms, output })
}

/// Says that the generated document is out of date, and where.
fn stale(fresh: &Value, on_disk: &Value, output: &mut String) {
    let mut places = Vec::new();
    differing(on_disk, fresh, &Pointer::default(), &mut places);
    let _ = writeln!(output, "{GENERATED} is out of date:");
    for (place, what) in places.iter().take(SHOWN) {
        let _ = writeln!(output, "  {place} {what}");
    }
    if places.is_empty() {
        let _ = writeln!(output, "  only the order or the layout differs");
    }
    if places.len() > SHOWN {
        let more = counted(places.len() - SHOWN, "more place");
        let _ = writeln!(output, "  and {more}");
    }
    let _ = writeln!(output, "run `cargo xtask openapi generate`\n");
}

/// Collects the places at which two JSON values differ, each with what happened there.
fn differing(before: &Value, after: &Value, at: &Pointer, places: &mut Vec<(Pointer, &'static str)>) {
    match (before, after) {
        (Value::Object(before), Value::Object(after)) => {
            for (key, value) in before {
                match after.get(key) {
                    Some(other) => differing(value, other, &at.join(key), places),
                    None => places.push((at.join(key), "would go")),
                }
            }
            for key in after.keys().filter(|key| !before.contains_key(*key)) {
                places.push((at.join(key), "would be added"));
            }
        }
        (Value::Array(before), Value::Array(after)) if before.len() == after.len() => {
            for (index, (value, other)) in before.iter().zip(after).enumerate() {
                differing(value, other, &at.join(index), places);
            }
        }
        _ if before != after => places.push((at.clone(), "would change")),
        _ => {}
    }
}

/// Says what is not declared, and what is wrong with what is; returns whether all is well.
fn conformance(report: &Report, output: &mut String) -> bool {
    for finding in report.undeclared() {
        let block = Block { finding, declared: None, revision: GENERATED };
        let _ = writeln!(output, "{block}");
    }
    for problem in &report.problems {
        let _ = writeln!(output, "{DEVIATIONS}:{}: {}", problem.line, problem.sentence);
    }
    if !report.problems.is_empty() {
        output.push('\n');
    }
    let undeclared = report.undeclared().count();
    let declared = report.differences.iter().filter(|(_, declared)| declared.is_some()).count();
    let conforms = undeclared == 0 && report.problems.is_empty();
    let _ = if conforms {
        writeln!(
            output,
            "{GENERATED} conforms to {DOCUMENTED}: {} declared in {DEVIATIONS}",
            counted(declared, "difference")
        )
    } else {
        writeln!(
            output,
            "{GENERATED} does not conform to {DOCUMENTED}: {} not declared in {DEVIATIONS}, {} there",
            counted(undeclared, "difference"),
            counted(report.problems.len(), "problem")
        )
    };
    conforms
}
