//! Declared differences: which are allowed, why, and which declarations do not hold.
//!
//! They are written in TOML, one table a reason:
//!
//! ```toml
//! [[deviation]]
//! rule = "response-optional-property-added"
//! pointers = ["/paths/~1api~1info/get/responses/200/content/application~1json/schema/properties/commit"]
//! reason = "the commit is known and costs nothing"
//! benefits = "administrators who report a fault"
//! ```
//!
//! A pointer leads into the base document, to where a finding of that rule is. Where the finding is
//! in a component, the pointer leads there, however many endpoints refer to it. With
//! `found = "…"` an entry declares only the finding of that sentence: what is found there later, say
//! another bound, is not declared by it. It may be a list where there are several pointers.

use serde::{Deserialize, Deserializer, Serialize};
use toml::Spanned;

use crate::error::Error;
use crate::finding::Finding;
use crate::rules::Rule;

/// Differences that are declared under one reason.
#[derive(Clone, Debug, PartialEq, Eq, Deserialize, Serialize)]
#[serde(deny_unknown_fields)]
pub struct Deviation {
    /// The id of the rule that finds them.
    #[serde(skip_serializing)]
    pub rule: String,
    /// Where they are in the base document.
    #[serde(skip_serializing)]
    pub pointers: Vec<String>,
    /// Why they are there.
    #[serde(default)]
    pub reason: String,
    /// Who is better off with them.
    #[serde(default)]
    pub benefits: String,
    /// What is agreed on: the sentences of the findings, if it is to be no more than these.
    #[serde(default, deserialize_with = "one_or_many", skip_serializing_if = "Vec::is_empty")]
    pub found: Vec<String>,
    /// The line that the table starts at.
    #[serde(skip_deserializing)]
    pub line: usize,
}

/// Reads a text, or a list of texts.
fn one_or_many<'d, D: Deserializer<'d>>(deserializer: D) -> Result<Vec<String>, D::Error> {
    #[derive(Deserialize)]
    #[serde(untagged)]
    enum Texts {
        One(String),
        Many(Vec<String>),
    }
    Ok(match Texts::deserialize(deserializer)? {
        Texts::One(text) => vec![text],
        Texts::Many(texts) => texts,
    })
}

/// Something wrong with a declaration.
#[derive(Clone, Debug, PartialEq, Eq, Serialize)]
pub struct Problem {
    /// The line that its table starts at.
    pub line: usize,
    /// What is wrong and what to do, in one sentence without its full stop.
    pub sentence: String,
}

/// Reads declarations from TOML, called `name` in errors.
///
/// # Errors
/// [`Error::Syntax`] if the text is no TOML, or a table has other keys than those of a
/// [`Deviation`].
pub fn parse(name: &str, text: &str) -> crate::error::Result<Vec<Deviation>> {
    #[derive(Deserialize)]
    #[serde(deny_unknown_fields)]
    struct File {
        #[serde(default)]
        deviation: Vec<Spanned<Deviation>>,
    }
    let before = |end: usize| text.get(..end).unwrap_or("");
    let line = |end: usize| before(end).matches('\n').count() + 1;
    let file: File = toml::from_str(text).map_err(|error| {
        let start = error.span().map_or(0, |span| span.start);
        let column = before(start).rsplit('\n').next().unwrap_or("").chars().count() + 1;
        let what = error.message().trim_end().replace('\n', ", ");
        Error::Syntax { document: name.to_owned(), line: line(start), column, what }
    })?;
    let deviations = file.deviation.into_iter();
    Ok(deviations.map(|found| Deviation { line: line(found.span().start), ..found.into_inner() }).collect())
}

impl Deviation {
    /// Whether a finding is declared by this.
    pub fn covers(&self, finding: &Finding) -> bool {
        self.names(finding) && self.agrees(finding)
    }

    /// Whether a finding is of the rule and at a place that this names.
    fn names(&self, finding: &Finding) -> bool {
        self.rule == finding.rule.id() && self.pointers.iter().any(|at| at == finding.base.as_str())
    }

    /// Whether a finding is what was agreed on.
    fn agrees(&self, finding: &Finding) -> bool {
        self.found.is_empty() || self.found.contains(&finding.sentence)
    }
}

/// What is wrong with `deviations` beside `findings`, in their order.
pub fn problems(deviations: &[Deviation], findings: &[Finding]) -> Vec<Problem> {
    let mut problems = Vec::new();
    for (index, deviation) in deviations.iter().enumerate() {
        let before = deviations.get(..index).unwrap_or(&[]);
        let sentences = problems_of(deviation, before, findings).into_iter();
        problems.extend(sentences.map(|sentence| Problem { line: deviation.line, sentence }));
    }
    problems
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
    if !Rule::all().any(|known| known.id() == *rule) {
        problems.push(format!("there is no rule {rule}: see the ids that the comparison prints"));
        return problems;
    }
    if deviation.pointers.is_empty() {
        problems.push("the entry has no `pointers`: remove it".to_owned());
    }
    for finding in findings.iter().filter(|finding| deviation.names(finding) && !deviation.agrees(finding)) {
        let (at, sentence) = (&finding.base, &finding.sentence);
        problems.push(format!("the entry does not match any more: {rule} at {at} is found as \"{sentence}\""));
    }
    for sentence in &deviation.found {
        if !findings.iter().any(|finding| deviation.names(finding) && finding.sentence == *sentence) {
            problems.push(format!("the entry's `found` is not found any more: \"{sentence}\""));
        }
    }
    for (index, pointer) in deviation.pointers.iter().enumerate() {
        if !findings.iter().any(|found| found.rule.id() == *rule && found.base.as_str() == pointer) {
            problems.push(format!("the entry is unused: there is no {rule} at {pointer}; remove it"));
        }
        let known = before.iter().any(|other| other.rule == *rule && other.pointers.contains(pointer));
        if known || deviation.pointers.iter().take(index).any(|other| other == pointer) {
            problems.push(format!("{rule} at {pointer} is declared twice: remove one"));
        }
    }
    problems
}
