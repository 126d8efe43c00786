//! What a comparison finds.

use std::collections::{HashMap, HashSet};

use serde::Serialize;

use crate::pointer::Pointer;
use crate::rules::{Direction, Rule};

/// One difference between a base document and a revision of it.
///
/// A difference in something that several endpoints refer to is found once, and names them all.
#[derive(Clone, Debug, PartialEq, Eq, Serialize)]
pub struct Finding {
    /// Which kind of difference.
    pub rule: Rule,
    /// Where it is in the base document, or would be for what only the revision has.
    pub base: Pointer,
    /// Where it is in the revision, or would be for what only the base has; more than one if what
    /// stands once in the base stands several times in the revision.
    pub revision: Vec<Pointer>,
    /// The endpoints it reaches, such as `POST /api/v1/import.new`, in the base's order.
    pub endpoints: Vec<String>,
    /// What differs, in one sentence without its full stop.
    pub sentence: String,
}

/// What a finding is said of.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(crate) struct Subject {
    /// The part of an endpoint, such as `answer 200`; empty where the endpoint itself is meant.
    pub(crate) part: String,
    /// The way into its values, such as `users[].name`.
    pub(crate) trail: String,
}

/// What is found, before it is known what else is.
#[derive(Debug)]
pub(crate) struct Found {
    pub(crate) rule: Rule,
    pub(crate) base: Pointer,
    pub(crate) revision: Pointer,
    pub(crate) endpoints: Vec<String>,
    /// `None` if `what` is a sentence of its own.
    pub(crate) subject: Option<Subject>,
    pub(crate) what: String,
}

/// Findings as they are collected.
#[derive(Debug, Default)]
pub(crate) struct Findings {
    findings: Vec<(Finding, Option<Subject>, String)>,
    index: HashMap<(Rule, Pointer, String), usize>,
    /// The endpoints and the places in the revision that each finding has.
    reached: Vec<(HashSet<String>, HashSet<Pointer>)>,
}

impl Findings {
    /// Adds a finding, to the endpoints of the same one found before if there is one.
    pub(crate) fn add(&mut self, found: Found) {
        let Found { rule, base, revision, endpoints, subject, what } = found;
        let key = (rule, base.clone(), what.clone());
        let known = self.index.get(&key).copied();
        if let Some(((known, known_subject, _), (reached, places))) =
            known.and_then(|at| self.findings.get_mut(at).zip(self.reached.get_mut(at)))
        {
            if places.insert(revision.clone()) {
                known.revision.push(revision);
            }
            known.endpoints.extend(endpoints.into_iter().filter(|endpoint| reached.insert(endpoint.clone())));
            if *known_subject != subject {
                *known_subject = component(known.rule, &known.base).or(known_subject.take());
            }
            return;
        }
        self.index.insert(key, self.findings.len());
        self.reached.push((endpoints.iter().cloned().collect(), HashSet::from([revision.clone()])));
        let finding = Finding { rule, base, revision: vec![revision], endpoints, sentence: String::new() };
        self.findings.push((finding, subject, what));
    }

    /// The findings, what matters most first.
    pub(crate) fn sorted(self) -> Vec<Finding> {
        let said = |(mut finding, subject, what): (Finding, Option<Subject>, String)| {
            finding.sentence = match subject {
                None => what,
                Some(Subject { part, trail }) => match (part.as_str(), trail.as_str()) {
                    (part, "") => format!("{part} {what}"),
                    (part, trail) => format!("{part}: {} {what}", quoted(trail)),
                },
            };
            finding
        };
        let mut findings: Vec<Finding> = self.findings.into_iter().map(said).collect();
        findings.sort_by_key(|finding| finding.rule.level());
        findings
    }
}

/// A text as code, within more backticks than it has in a row.
pub(crate) fn quoted(text: &str) -> String {
    let mut fence = "`".to_owned();
    while text.contains(&fence) {
        fence.push('`');
    }
    if fence.len() == 1 { format!("`{text}`") } else { format!("{fence} {text} {fence}") }
}

/// What to say a finding is of that is reached in several ways: the component that it stands in.
fn component(rule: Rule, at: &Pointer) -> Option<Subject> {
    let segments = at.segments();
    let mut segments = segments.iter().map(String::as_str);
    if segments.next() != Some("components") {
        return None;
    }
    let kind = match segments.next()? {
        "schemas" => "schema",
        "responses" => "answer",
        "parameters" => "parameter",
        "requestBodies" => "request body",
        "headers" => "header",
        _ => return None,
    };
    let name = segments.next()?;
    let part = match rule {
        Rule::Schema(Direction::Request, _) if kind == "schema" => format!("schema {name} in requests"),
        Rule::Schema(Direction::Response, _) if kind == "schema" => format!("schema {name} in answers"),
        _ => format!("{kind} {name}"),
    };
    if kind != "schema" {
        // The way to the schema says no more than the component's name.
        while segments.clone().any(|segment| segment == "schema") && segments.next() != Some("schema") {}
    }
    let mut trail = String::new();
    while let Some(segment) = segments.next() {
        match segment {
            "properties" => {
                if !trail.is_empty() {
                    trail.push('.');
                }
                trail.push_str(segments.next()?);
            }
            "items" => trail.push_str("[]"),
            "additionalProperties" => trail.push_str(if trail.is_empty() { "*" } else { ".*" }),
            "allOf" | "oneOf" | "anyOf" => {
                segments.next();
            }
            // A keyword: what is found there is said of what it stands in.
            _ => break,
        }
    }
    Some(Subject { part, trail })
}
