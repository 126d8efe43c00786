//! Detects differences, from the paths down to the schemas.

mod alternatives;
mod body;
mod discriminator;
mod opaque;
mod operation;
mod parameters;
mod prose;
mod responses;
mod schema;
mod security;
mod servers;
mod values;
mod walk;

use std::collections::HashSet;

use crate::document::{Document, Node};
use crate::error::Result;
use crate::finding::{Finding, Findings, Found, Subject};
use crate::paths::{self, PathItem};
use crate::pointer::Pointer;
use crate::rules::{Frame, Rule};
use crate::stack;
use walk::Known;

/// Every difference between `base` and `revision`, what matters most first and otherwise in the
/// order of the base.
///
/// # Errors
/// If one of them cannot be understood: a reference that leads nowhere, in a circle or outside, a
/// keyword that is not what it has to be, or an `allOf` that contradicts itself.
pub fn compare(base: &Document<'_>, revision: &Document<'_>) -> Result<Vec<Finding>> {
    stack::with_room(|| both(base, revision))
}

fn both<'d>(base: &Document<'d>, revision: &Document<'d>) -> Result<Vec<Finding>> {
    let mut sink = Sink::default();
    let (published, found) = (paths::read(base)?, paths::read(revision)?);
    let all: Vec<String> = published.iter().flat_map(PathItem::endpoints).collect();
    prose::info(&mut Detector { endpoints: all, sink: &mut sink }, &base.root(), &revision.root())?;
    let pairs = paths::pairs(&published, &found);
    for (path, pair) in published.iter().zip(&pairs) {
        let Some(other) = pair.and_then(|index| found.get(index)) else {
            let at = base.root().at.join("paths").join(path.path);
            let sentence = format!("the path {} is removed", path.path);
            Detector { endpoints: path.endpoints(), sink: &mut sink }.say(Frame::PathRemoved, at.clone(), at, sentence);
            continue;
        };
        compare_path((base, path), (revision, other), &mut sink)?;
    }
    let known: HashSet<usize> = pairs.into_iter().flatten().collect();
    for (index, path) in found.iter().enumerate() {
        if !known.contains(&index) {
            let at = base.root().at.join("paths").join(path.path);
            let sentence = format!("the path {} is added", path.path);
            Detector { endpoints: path.endpoints(), sink: &mut sink }.say(Frame::PathAdded, at.clone(), at, sentence);
        }
    }
    security::schemes(base, revision, &mut sink)?;
    Ok(sink.findings.sorted())
}

fn compare_path<'d>(
    (base, path): (&Document<'d>, &PathItem<'d>),
    (revision, other): (&Document<'d>, &PathItem<'d>),
    sink: &mut Sink<'d>,
) -> Result<()> {
    let mut detector = Detector { endpoints: path.endpoints(), sink };
    if path.path != other.path {
        let at = |path: &PathItem<'_>| Pointer::default().join("paths").join(path.path);
        let sentence = format!("the path {} is written {}", path.path, other.path);
        detector.say(Frame::PathParameterRenamed, at(path), at(other), sentence);
    }
    detector.prose(&format!("the path {}", path.path), &path.node, &other.node)?;
    for operation in &path.operations {
        let endpoint = path.endpoint(operation.method);
        let mut detector = Detector { endpoints: vec![endpoint.clone()], sink };
        match other.operation(operation.method) {
            Some(found) => operation::compare(&mut detector, (base, path, operation), (revision, other, found))?,
            None => detector.say(
                Frame::OperationRemoved,
                operation.node.at.clone(),
                other.node.at.join(operation.method),
                format!("{endpoint} is removed"),
            ),
        }
    }
    for operation in &other.operations {
        if path.operation(operation.method).is_none() {
            let endpoint = path.endpoint(operation.method);
            let mut detector = Detector { endpoints: vec![endpoint.clone()], sink };
            let sentence = format!("{endpoint} is added");
            let at = path.node.at.join(operation.method);
            detector.say(Frame::OperationAdded, at, operation.node.at.clone(), sentence);
        }
    }
    Ok(())
}

/// Where findings go, and what is known of the two documents' schemas.
#[derive(Debug, Default)]
struct Sink<'d> {
    findings: Findings,
    /// What is known of pairs of schemas, whichever endpoints they are met at.
    known: Known<'d>,
}

/// Compares what some endpoints share, mostly one.
struct Detector<'f, 'd> {
    endpoints: Vec<String>,
    sink: &'f mut Sink<'d>,
}

impl Detector<'_, '_> {
    /// Adds what `sentence` says.
    fn say(&mut self, rule: impl Into<Rule>, base: Pointer, revision: Pointer, sentence: String) {
        self.add(rule.into(), (base, revision), None, sentence);
    }

    /// Adds what is said of `part`, such as `query parameter page`.
    fn of(&mut self, part: &str, rule: impl Into<Rule>, base: Pointer, revision: Pointer, what: impl Into<String>) {
        let subject = Subject { part: part.to_owned(), trail: String::new() };
        self.add(rule.into(), (base, revision), Some(subject), what.into());
    }

    fn add(&mut self, rule: Rule, (base, revision): (Pointer, Pointer), subject: Option<Subject>, what: String) {
        let endpoints = self.endpoints.clone();
        self.sink.findings.add(Found { rule, base, revision, endpoints, subject, what });
    }

    /// Adds a rule of a pair for a flag that is set or taken away.
    fn flag(
        &mut self,
        part: &str,
        key: &str,
        (base, revision): (&Node<'_>, &Node<'_>),
        [set, unset]: [(Frame, &str); 2],
    ) -> Result<()> {
        let (rule, what) = match (base.flag(key, false)?, revision.flag(key, false)?) {
            (false, true) => set,
            (true, false) => unset,
            _ => return Ok(()),
        };
        self.of(part, rule, base.at.join(key), revision.at.join(key), what);
        Ok(())
    }
}

/// Names in a row, or that there are none.
fn list(names: &[&str]) -> String {
    if names.is_empty() { "none".to_owned() } else { names.join(", ") }
}
