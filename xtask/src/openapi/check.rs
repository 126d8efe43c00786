//! `cargo xtask openapi check`: whether the generated document is up to date and conforms.

use std::fmt::Write as _;
use std::path::Path;

use anyhow::Result;
use openapi_diff::display::{self, Format, Options, Paint};
use openapi_diff::report::FailOn;
use openapi_diff::{Pointer, Report, Source};
use serde_json::Value;

use super::{DEVIATIONS, DOCUMENTED, GENERATED, counted, declared, generate, read, source};

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

/// Checks the documents of the workspace at `root`, and writes in colours if `paint` says so.
///
/// # Errors
/// If one of them cannot be read or understood.
pub(crate) fn check(root: &Path, paint: Paint) -> Result<Checked> {
    let text = read(root, GENERATED)?;
    let fresh = import_proto::openapi::document();
    checked(&fresh, &text, &source(root, DOCUMENTED)?, &read(root, DEVIATIONS)?, paint)
}

/// Checks `generated`, the text of the generated document, against the document as it would be
/// generated now, and against the published contract and the declared deviations from it.
pub(super) fn checked(
    fresh: &Value,
    generated: &str,
    documented: &Source,
    deviations: &str,
    paint: Paint,
) -> Result<Checked> {
    let on_disk = Source::parse(GENERATED, generated)?;
    let up_to_date = generated == generate::text(fresh)?;
    let mut output = String::new();
    if !up_to_date {
        stale(fresh, &on_disk.value, &mut output);
    }
    let report = declared(documented, &on_disk, deviations)?;
    let conforms = conformance(&report, paint, &mut output);
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

/// What the two documents may not differ in without a declaration.
pub(super) const FAIL_ON: FailOn = FailOn::Breaking;

/// Says what is not declared, and what is wrong with what is; returns whether all is well.
fn conformance(report: &Report<'_>, paint: Paint, output: &mut String) -> bool {
    let options = Options { format: Format::Text, fail_on: FAIL_ON, documentation: false, paint };
    output.push_str(&display::failures(report, options));
    // An example is what people copy: the server's own may not mislead them.
    for lint in &report.revision_lints {
        let _ = writeln!(output, "{}: {}", report.revision.place(&lint.at), lint.sentence);
    }
    let conforms = report.conforms(FAIL_ON) && report.revision_lints.is_empty();
    let _ = if conforms {
        let declared = counted(report.counts().declared, "difference");
        writeln!(output, "{GENERATED} conforms to {DOCUMENTED}: {declared} declared in {DEVIATIONS}")
    } else {
        let undeclared = counted(report.failures(FAIL_ON).count(), "difference");
        let problems = counted(report.problems.len(), "problem");
        let examples = counted(report.revision_lints.len(), "wrong example");
        writeln!(
            output,
            "{GENERATED} does not conform to {DOCUMENTED}: \
             {undeclared} not declared in {DEVIATIONS}, {problems} there, {examples}"
        )
    };
    conforms
}
