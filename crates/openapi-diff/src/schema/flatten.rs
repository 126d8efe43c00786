//! What a schema is made of: references followed, the parts of `allOf` in a row.

use std::collections::HashMap;

use crate::document::{DEPTH, Node};
use crate::error::Result;
use crate::pointer::Pointer;

/// The parts of a schema as they are collected, inner ones first. A part that is reached in several
/// ways is collected once: saying a thing twice says no more.
#[derive(Debug, Default)]
pub(super) struct Flat<'d> {
    pub(super) parts: Vec<Node<'d>>,
    /// The parts already met, and whether each allows `null`.
    met: HashMap<Pointer, Option<bool>>,
    /// Those on the way to the one being read.
    open: Vec<Pointer>,
}

impl<'d> Flat<'d> {
    /// Collects the parts that `node` is made of, and says whether they allow `null`: `None` if
    /// none of them speaks of types.
    pub(super) fn add(&mut self, node: &Node<'d>) -> Result<Option<bool>> {
        if self.open.contains(&node.at) || self.open.len() > DEPTH {
            return Err(node.error("the reference leads in a circle"));
        }
        if let Some(known) = self.met.get(&node.at) {
            return Ok(*known);
        }
        if !node.value.is_object() {
            return Err(node.error("a schema has to be an object"));
        }
        self.open.push(node.at.clone());
        // What stands beside a reference means nothing in OpenAPI 3.0.
        let nullable = match node.target()? {
            Some(target) => self.add(&target)?,
            None => {
                let mut nullable = node.value.get("type").map(|_| false);
                for part in node.items("allOf")? {
                    both(&mut nullable, self.add(&part)?);
                }
                self.parts.push(node.clone());
                // Strictly, `nullable` beside `allOf` changes nothing where a part refuses `null`.
                // Whoever writes it there means it.
                if node.flag("nullable", false)? { Some(true) } else { nullable }
            }
        };
        self.open.pop();
        self.met.insert(node.at.clone(), nullable);
        Ok(nullable)
    }
}

/// What two parts together say of `null`.
pub(super) fn both(nullable: &mut Option<bool>, other: Option<bool>) {
    *nullable = match (*nullable, other) {
        (Some(left), Some(right)) => Some(left && right),
        (known, unknown) => known.or(unknown),
    };
}

/// Where the schema at `node` really stands: at the end of its references, as long as nothing but
/// the reference is said on the way.
pub(super) fn stands_at(node: &Node<'_>) -> Result<Pointer> {
    let mut node = node.clone();
    for _ in 0..DEPTH {
        if let Some(target) = node.target()? {
            node = target;
            continue;
        }
        let only = node.items("allOf")?;
        let constrained = node.value.as_object().is_some_and(|map| map.keys().any(|key| constrains(key)));
        match only.as_slice() {
            [only] if !constrained => node = only.clone(),
            _ => return Ok(node.at),
        }
    }
    Err(node.error("the reference leads in a circle"))
}

/// Whether a key of a schema says something about its values, rather than to its readers.
fn constrains(key: &str) -> bool {
    !matches!(key, "allOf" | "title" | "description" | "example" | "externalDocs" | "deprecated")
        && !key.starts_with("x-")
}
