//! `cargo xtask openapi diff`: every difference from the published contract.

use std::fmt::Write as _;

use super::{DOCUMENTED, GENERATED, counted};
use crate::compare::deviations::Report;
use crate::compare::display::{Block, Compatible};

/// The differences in `report`: those not declared, those declared, and those that are compatible.
pub(super) fn diff(report: &Report) -> String {
    let mut output = String::new();
    let (mut undeclared, mut declared, mut compatible) = (Vec::new(), Vec::new(), Vec::new());
    for (finding, deviation) in &report.differences {
        match deviation {
            Some(deviation) => declared.push((finding, Some(deviation))),
            None if finding.rule.level().needs_declaring() => undeclared.push((finding, None)),
            None => compatible.push(finding),
        }
    }
    let total = counted(report.differences.len(), "difference");
    let counts = [undeclared.len(), declared.len(), compatible.len()];
    for (finding, declared) in undeclared.into_iter().chain(declared) {
        let block = Block { finding, declared, revision: GENERATED };
        let _ = writeln!(output, "{block}");
    }
    if !compatible.is_empty() {
        let _ = writeln!(output, "{}", Compatible(compatible));
    }
    let [undeclared, declared, compatible] = counts;
    let _ = writeln!(
        output,
        "{total} between {DOCUMENTED} and {GENERATED}: \
         {undeclared} not declared, {declared} declared, {compatible} compatible",
    );
    output
}
