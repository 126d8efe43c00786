//! Detects differences: paths, operations, parameters, bodies and answers.

mod schema;

use anyhow::Result;
use serde_json::Value;

use super::document::{Document, Node, Operation, PathItem, flag};
use super::finding::{Finding, Findings};
use super::pointer::Pointer;
use super::rules::{Direction, Rule};

/// Every difference between `base` and `revision`, what matters most first and otherwise in the
/// order of the base.
///
/// # Errors
/// If one of them holds a reference that leads nowhere, in a circle or outside, a parameter that is
/// incomplete, or an `allOf` that contradicts itself.
pub(crate) fn compare(base: &Document<'_>, revision: &Document<'_>) -> Result<Vec<Finding>> {
    let mut findings = Findings::default();
    let (published, found) = (base.paths()?, revision.paths()?);
    for path in &published {
        let Some(other) = found.iter().find(|other| other.path == path.path) else {
            findings.add(Finding {
                rule: Rule::PathMissing,
                base: path.at.clone(),
                revision: vec![path.at.clone()],
                endpoints: endpoints(path),
                sentence: format!("the path {} is missing", path.path),
            });
            continue;
        };
        compare_path((base, path), (revision, other), &mut findings)?;
    }
    for path in &found {
        if !published.iter().any(|known| known.path == path.path) {
            findings.add(Finding {
                rule: Rule::PathAdded,
                base: path.at.clone(),
                revision: vec![path.at.clone()],
                endpoints: endpoints(path),
                sentence: format!("the path {} is added", path.path),
            });
        }
    }
    Ok(findings.sorted())
}

fn endpoint(method: &str, path: &str) -> String {
    format!("{} {path}", method.to_uppercase())
}

fn endpoints(path: &PathItem<'_>) -> Vec<String> {
    path.operations.iter().map(|operation| endpoint(operation.method, path.path)).collect()
}

fn compare_path<'d>(
    (base, path): (&Document<'d>, &PathItem<'d>),
    (revision, other): (&Document<'d>, &PathItem<'d>),
    findings: &mut Findings,
) -> Result<()> {
    for operation in &path.operations {
        let mut detector = Detector { base, revision, endpoint: endpoint(operation.method, path.path), findings };
        match other.operation(operation.method) {
            Some(found) => detector.operation(operation, found)?,
            None => detector.add(
                Rule::OperationMissing,
                operation.node.at.clone(),
                other.at.join(operation.method),
                format!("{} is missing", detector.endpoint),
            ),
        }
    }
    for operation in &other.operations {
        if path.operation(operation.method).is_none() {
            let endpoint = endpoint(operation.method, path.path);
            findings.add(Finding {
                rule: Rule::OperationAdded,
                base: path.at.join(operation.method),
                revision: vec![operation.node.at.clone()],
                sentence: format!("{endpoint} is added"),
                endpoints: vec![endpoint],
            });
        }
    }
    Ok(())
}

/// Compares one endpoint of two documents.
struct Detector<'f, 'd> {
    base: &'f Document<'d>,
    revision: &'f Document<'d>,
    endpoint: String,
    findings: &'f mut Findings,
}

impl<'d> Detector<'_, 'd> {
    fn add(&mut self, rule: Rule, base: Pointer, revision: Pointer, sentence: String) {
        self.findings.add(Finding {
            rule,
            base,
            revision: vec![revision],
            endpoints: vec![self.endpoint.clone()],
            sentence,
        });
    }

    fn operation(&mut self, base: &Operation<'d>, revision: &Operation<'d>) -> Result<()> {
        self.operation_id(&base.node, &revision.node);
        self.tags(&base.node, &revision.node);
        self.parameters(base, revision)?;
        self.request_body(&base.node, &revision.node)?;
        self.responses(&base.node, &revision.node)
    }

    fn operation_id(&mut self, base: &Node<'d>, revision: &Node<'d>) {
        let id = |node: &Node<'d>| node.value.get("operationId").and_then(Value::as_str);
        let (Some(before), after) = (id(base), id(revision)) else {
            return;
        };
        if after != Some(before) {
            let after = after.unwrap_or("missing");
            self.add(
                Rule::OperationIdChanged,
                base.at.join("operationId"),
                revision.at.join("operationId"),
                format!("the operationId is {after} instead of {before}"),
            );
        }
    }

    fn tags(&mut self, base: &Node<'d>, revision: &Node<'d>) {
        let tags = |node: &Node<'d>| {
            let mut tags: Vec<&str> = node.items("tags").iter().filter_map(|tag| tag.value.as_str()).collect();
            tags.sort_unstable();
            tags.dedup();
            tags
        };
        let (before, after) = (tags(base), tags(revision));
        if before != after {
            self.add(
                Rule::TagsChanged,
                base.at.join("tags"),
                revision.at.join("tags"),
                format!("the tags are {} instead of {}", list(&after), list(&before)),
            );
        }
    }

    fn parameters(&mut self, base: &Operation<'d>, revision: &Operation<'d>) -> Result<()> {
        let published = base.parameters(self.base)?;
        let found = revision.parameters(self.revision)?;
        for parameter in &published {
            let part = format!("{} parameter {}", parameter.location, parameter.name);
            let Some(other) = found.iter().find(|other| other.is(parameter)) else {
                self.add(
                    Rule::ParameterMissing,
                    parameter.listed.clone(),
                    revision.node.at.join("parameters"),
                    format!("the {part} is missing"),
                );
                continue;
            };
            let changed = match (parameter.required, other.required) {
                (false, true) => Some((Rule::ParameterBecameRequired, "must be sent")),
                (true, false) => Some((Rule::ParameterBecameOptional, "may be left out")),
                _ => None,
            };
            if let Some((rule, what)) = changed {
                self.add(
                    rule,
                    parameter.node.at.join("required"),
                    other.node.at.join("required"),
                    format!("the {part} {what}"),
                );
            }
            self.content(&part, Direction::Request, &parameter.node, &other.node)?;
        }
        for parameter in &found {
            if published.iter().any(|known| known.is(parameter)) {
                continue;
            }
            let (rule, what) = if parameter.required {
                (Rule::ParameterBecameRequired, "added and must be sent")
            } else {
                (Rule::ParameterAdded, "added")
            };
            // It has no index in the base; its name tells it from other new ones.
            let name = format!("{} {}", parameter.location, parameter.name);
            self.add(
                rule,
                base.node.at.join("parameters").join(name),
                parameter.listed.clone(),
                format!("the {} parameter {} is {what}", parameter.location, parameter.name),
            );
        }
        Ok(())
    }

    fn request_body(&mut self, base: &Node<'d>, revision: &Node<'d>) -> Result<()> {
        let (base_at, revision_at) = (base.at.join("requestBody"), revision.at.join("requestBody"));
        let base = resolve_under(self.base, base, "requestBody")?;
        let revision = resolve_under(self.revision, revision, "requestBody")?;
        let required = |body: &Node<'d>| flag(body, "required");
        let changed = match (&base, &revision) {
            (None, Some(body)) if required(body) => {
                Some((Rule::RequestBodyBecameRequired, "is added and must be sent"))
            }
            (None, Some(_)) => Some((Rule::RequestBodyAdded, "is added")),
            (Some(_), None) => Some((Rule::RequestBodyMissing, "is missing")),
            (Some(before), Some(after)) => match (required(before), required(after)) {
                (false, true) => Some((Rule::RequestBodyBecameRequired, "must be sent")),
                (true, false) => Some((Rule::RequestBodyBecameOptional, "may be left out")),
                _ => None,
            },
            (None, None) => None,
        };
        if let Some((rule, what)) = changed {
            let sentence = format!("the request body {what}");
            self.add(rule, base_at, revision_at, sentence);
        }
        if let (Some(base), Some(revision)) = (base, revision) {
            let part = "request body";
            self.media_types(part, Direction::Request, &base, &revision)?;
        }
        Ok(())
    }

    fn responses(&mut self, base: &Node<'d>, revision: &Node<'d>) -> Result<()> {
        let published = base.entries("responses");
        let found = revision.entries("responses");
        for (status, response) in &published {
            let part = format!("answer {status}");
            let Some((_, other)) = found.iter().find(|(other, _)| other == status) else {
                self.add(
                    Rule::ResponseStatusMissing,
                    response.at.clone(),
                    revision.at.join("responses").join(status),
                    format!("the {part} is missing"),
                );
                continue;
            };
            let response = self.base.resolve(response)?;
            let other = self.revision.resolve(other)?;
            self.media_types(&part, Direction::Response, &response, &other)?;
        }
        for (status, response) in &found {
            if published.iter().any(|(known, _)| known == status) {
                continue;
            }
            let rule =
                if status.starts_with(['4', '5']) { Rule::ResponseErrorAdded } else { Rule::ResponseStatusAdded };
            self.add(
                rule,
                base.at.join("responses").join(status),
                response.at.clone(),
                format!("the answer {status} is added"),
            );
        }
        Ok(())
    }

    fn media_types(&mut self, part: &str, direction: Direction, base: &Node<'d>, revision: &Node<'d>) -> Result<()> {
        let (missing, added) = match direction {
            Direction::Request => (Rule::RequestMediaTypeMissing, Rule::RequestMediaTypeAdded),
            Direction::Response => (Rule::ResponseMediaTypeMissing, Rule::ResponseMediaTypeAdded),
        };
        let published = base.entries("content");
        let found = revision.entries("content");
        for (name, media) in &published {
            let same = found.iter().find(|(other, _)| other.eq_ignore_ascii_case(name));
            match same {
                Some((_, other)) => self.content(part, direction, media, other)?,
                None => self.add(
                    missing,
                    media.at.clone(),
                    revision.at.join("content").join(name),
                    format!("the {part} is missing as {name}"),
                ),
            }
        }
        for (name, media) in &found {
            if !published.iter().any(|(known, _)| known.eq_ignore_ascii_case(name)) {
                self.add(
                    added,
                    base.at.join("content").join(name),
                    media.at.clone(),
                    format!("the {part} is added as {name}"),
                );
            }
        }
        Ok(())
    }

    /// Compares the `schema` of a parameter or media type.
    fn content(&mut self, part: &str, direction: Direction, base: &Node<'d>, revision: &Node<'d>) -> Result<()> {
        let mut schemas = schema::Schemas::new(self, part, direction);
        schemas.compare(
            "",
            (base.get("schema").as_slice(), base.at.join("schema")),
            (revision.get("schema").as_slice(), revision.at.join("schema")),
        )
    }
}

fn resolve_under<'d>(document: &Document<'d>, node: &Node<'d>, key: &str) -> Result<Option<Node<'d>>> {
    node.get(key).map(|node| document.resolve(&node)).transpose()
}

/// Names in a row, or that there are none.
fn list(names: &[&str]) -> String {
    if names.is_empty() { "none".to_owned() } else { names.join(", ") }
}
