//! Declared differences: which are allowed, why, and which declarations do not hold.
//!
//! They are written in TOML, one table a reason:
//!
//! ```toml
//! [[deviation]]
//! rule = "response-property-added"
//! pointers = ["/paths/~1api~1info/get/responses/200/content/application~1json/schema/properties/commit"]
//! reason = "the commit is known and costs nothing"
//! benefits = "administrators who report a fault"
//! ```
//!
//! A pointer leads into the base document, to where a finding of that rule is.

use anyhow::{Context, Result};
use serde::Deserialize;
use toml::Spanned;

use super::finding::Finding;
use super::rules::Rule;

/// Differences that are declared under one reason.
#[derive(Clone, Debug, PartialEq, Eq, Deserialize)]
#[serde(deny_unknown_fields)]
pub(crate) struct Deviation {
    /// The id of the rule that finds them.
    rule: String,
    /// Where they are in the base document.
    pointers: Vec<String>,
    /// Why they are there.
    #[serde(default)]
    pub(crate) reason: String,
    /// Who is better off with them.
    #[serde(default)]
    pub(crate) benefits: String,
    /// The line that the table starts at.
    #[serde(skip)]
    line: usize,
}

/// The differences found, each with its declaration if it has one, and what is wrong with the
/// declarations.
#[derive(Debug)]
pub(crate) struct Report {
    /// In the order they were found.
    pub(crate) differences: Vec<(Finding, Option<Deviation>)>,
    /// In the order of the declarations.
    pub(crate) problems: Vec<Problem>,
}

impl Report {
    /// The differences that would have to be declared and are not.
    pub(crate) fn undeclared(&self) -> impl Iterator<Item = &Finding> {
        self.differences
            .iter()
            .filter(|(finding, declared)| finding.rule.level().needs_declaring() && declared.is_none())
            .map(|(finding, _)| finding)
    }
}

/// Something wrong with a declaration.
#[derive(Debug, PartialEq, Eq)]
pub(crate) struct Problem {
    /// The line that its table starts at.
    pub(crate) line: usize,
    /// What is wrong and what to do, in one sentence without its full stop.
    pub(crate) sentence: String,
}

/// Reads declarations from TOML.
///
/// # Errors
/// If the text is no TOML, or a table has other keys than those of a [`Deviation`].
pub(crate) fn parse(text: &str) -> Result<Vec<Deviation>> {
    #[derive(Deserialize)]
    #[serde(deny_unknown_fields)]
    struct File {
        #[serde(default)]
        deviation: Vec<Spanned<Deviation>>,
    }
    let file: File = toml::from_str(text).context("reading the declared differences")?;
    let deviations = file.deviation.into_iter().map(|spanned| {
        let before = text.get(..spanned.span().start).unwrap_or("");
        Deviation { line: before.matches('\n').count() + 1, ..spanned.into_inner() }
    });
    Ok(deviations.collect())
}

/// Sets `findings` against what is declared.
pub(crate) fn judge(findings: Vec<Finding>, deviations: &[Deviation]) -> Report {
    let mut problems = Vec::new();
    for (index, deviation) in deviations.iter().enumerate() {
        let sentences = problems_of(deviation, &deviations[..index], &findings);
        problems.extend(sentences.into_iter().map(|sentence| Problem { line: deviation.line, sentence }));
    }
    let differences = findings
        .into_iter()
        .map(|finding| {
            let declared = deviations.iter().find(|deviation| deviation.covers(&finding));
            (finding, declared.cloned())
        })
        .collect();
    Report { differences, problems }
}

impl Deviation {
    fn covers(&self, finding: &Finding) -> bool {
        let needed = finding.rule.level().needs_declaring();
        needed && self.rule == finding.rule.id() && self.pointers.iter().any(|at| at == finding.base.as_str())
    }
}

/// What is wrong with one declaration, beside those that stand before it.
fn problems_of(deviation: &Deviation, before: &[Deviation], findings: &[Finding]) -> Vec<String> {
    let mut problems = Vec::new();
    if deviation.reason.trim().is_empty() {
        problems.push("the entry has no `reason`: say why the difference is there".to_owned());
    }
    if deviation.benefits.trim().is_empty() {
        problems.push("the entry has no `benefits`: say who is better off with it".to_owned());
    }
    let rule = &deviation.rule;
    if !Rule::all().iter().any(|known| known.id() == *rule) {
        problems.push(format!("there is no rule {rule}: see the ids that diff prints"));
        return problems;
    }
    if deviation.pointers.is_empty() {
        problems.push("the entry has no `pointers`: remove it".to_owned());
    }
    for (index, pointer) in deviation.pointers.iter().enumerate() {
        let here = findings.iter().find(|found| found.rule.id() == *rule && found.base.as_str() == pointer);
        match here {
            None => problems.push(format!("the entry is stale: there is no {rule} at {pointer}; remove it")),
            Some(finding) if !finding.rule.level().needs_declaring() => {
                problems.push(format!("the entry is not needed: {rule} at {pointer} is compatible; remove it"))
            }
            Some(_) => {}
        }
        let known = before.iter().any(|other| other.rule == *rule && other.pointers.contains(pointer));
        if known || deviation.pointers[..index].contains(pointer) {
            problems.push(format!("{rule} at {pointer} is declared twice: remove one"));
        }
    }
    problems
}
