//! Finds examples that do not match their schema.

mod validate;

use std::collections::HashSet;

use serde::Serialize;

use crate::document::{Document, Node};
use crate::error::Result;
use crate::paths;
use crate::pointer::Pointer;
use crate::rules::{Direction, Frame, Rule};
use crate::stack;

/// An example that does not match its schema.
#[derive(Clone, Debug, PartialEq, Eq, Serialize)]
pub struct Lint {
    /// The rule: [`Frame::ExampleInvalid`].
    pub rule: Rule,
    /// Where the example is.
    pub at: Pointer,
    /// What does not match, in one sentence without its full stop.
    pub sentence: String,
}

/// Every example in `document` that does not match its schema, in the document's order.
///
/// # Errors
/// If the document cannot be understood, as for [`compare`](crate::compare).
pub fn lint(document: &Document<'_>) -> Result<Vec<Lint>> {
    stack::with_room(|| all(document))
}

fn all(document: &Document<'_>) -> Result<Vec<Lint>> {
    let mut linter = Linter::default();
    for path in paths::read(document)? {
        linter.all(&path.node, "parameters", Some(Direction::Request))?;
        for operation in &path.operations {
            linter.all(&operation.node, "parameters", Some(Direction::Request))?;
            if let Some(body) = operation.node.get("requestBody") {
                linter.holder(&body, Some(Direction::Request))?;
            }
            linter.all(&operation.node, "responses", Some(Direction::Response))?;
        }
    }
    if let Some(components) = document.root().get("components") {
        for (key, direction) in [
            ("parameters", Direction::Request),
            ("requestBodies", Direction::Request),
            ("headers", Direction::Response),
            ("responses", Direction::Response),
        ] {
            linter.all(&components, key, Some(direction))?;
        }
        for (_, schema) in components.all_entries("schemas")? {
            linter.schema(&schema)?;
        }
    }
    Ok(linter.lints)
}

#[derive(Debug, Default)]
struct Linter {
    lints: Vec<Lint>,
    met: HashSet<Pointer>,
}

impl Linter {
    /// Looks at each parameter, answer, body or header under `key`.
    fn all(&mut self, node: &Node<'_>, key: &str, direction: Option<Direction>) -> Result<()> {
        let listed = node.get(key).is_some_and(|node| node.value.is_array());
        // Among the answers of an operation, `x-` begins an extension; anywhere else a name may begin so.
        let extended = key == "responses" && node.at.as_str() != "/components";
        let nodes: Vec<Node<'_>> = if listed {
            node.items(key)?
        } else {
            let entries = if extended { node.entries(key)? } else { node.all_entries(key)? };
            entries.into_iter().map(|(_, node)| node).collect()
        };
        nodes.iter().try_for_each(|node| self.holder(node, direction))
    }

    /// Looks at what has examples and a schema, or media types that do.
    fn holder(&mut self, node: &Node<'_>, direction: Option<Direction>) -> Result<()> {
        let node = node.resolve()?;
        if !self.met.insert(node.at.clone()) {
            return Ok(());
        }
        self.examples(&node, true, direction)?;
        for (name, media) in node.all_entries("content")? {
            self.examples(&media, name.to_ascii_lowercase().contains("json"), direction)?;
        }
        self.all(&node, "headers", direction)
    }

    fn examples(&mut self, node: &Node<'_>, json: bool, direction: Option<Direction>) -> Result<()> {
        let Some(schema) = node.get("schema") else { return Ok(()) };
        self.schema(&schema)?;
        let mut examples = Vec::from_iter(node.get("example"));
        for (_, example) in node.all_entries("examples")? {
            examples.extend(example.resolve()?.get("value"));
        }
        for example in examples {
            // Of what does not travel as JSON, an example may be the text as it travels.
            if json || !example.value.is_string() {
                self.example(&schema, &example, direction)?;
            }
        }
        Ok(())
    }

    /// Looks at a schema and all that are within it.
    fn schema(&mut self, node: &Node<'_>) -> Result<()> {
        let mut left = vec![node.clone()];
        while let Some(node) = left.pop() {
            let node = node.resolve()?;
            if !self.met.insert(node.at.clone()) {
                continue;
            }
            if let Some(example) = node.get("example") {
                self.example(&node, &example, None)?;
            }
            let mut inner: Vec<Node<'_>> = node.all_entries("properties")?.into_iter().map(|(_, node)| node).collect();
            for key in ["allOf", "oneOf", "anyOf"] {
                inner.extend(node.items(key)?);
            }
            let single = ["items", "not", "additionalProperties"].into_iter().filter_map(|key| node.get(key));
            inner.extend(single.filter(|node| node.value.is_object()));
            left.extend(inner.into_iter().rev());
        }
        Ok(())
    }

    fn example(&mut self, schema: &Node<'_>, example: &Node<'_>, direction: Option<Direction>) -> Result<()> {
        if let Some(what) = validate::mismatch(std::slice::from_ref(schema), example.value, direction)? {
            let rule = Frame::ExampleInvalid.into();
            let sentence = format!("the example does not match its schema: {what}");
            self.lints.push(Lint { rule, at: example.at.clone(), sentence });
        }
        Ok(())
    }
}
