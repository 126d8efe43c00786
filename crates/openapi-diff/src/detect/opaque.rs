//! Compares what is not understood: whether it is the same, and no more.

use std::collections::HashSet;

use serde_json::Value;

use super::Detector;
use crate::document::Node;
use crate::error::Result;
use crate::pointer::Pointer;
use crate::rules::Frame;

/// Compares the entries under `key`, each a `noun` of its own.
pub(super) fn compare(
    detector: &mut Detector<'_>,
    rule: Frame,
    noun: &str,
    key: &str,
    (base, revision): (&Node<'_>, &Node<'_>),
) -> Result<()> {
    let (before, after) = (base.entries(key)?, revision.entries(key)?);
    for (name, node) in &before {
        let at = revision.at.join(key).join(name);
        let what = match after.iter().find(|(other, _)| other == name) {
            None => "is removed",
            Some((_, other)) if !same(node, other, &mut HashSet::new())? => "is not the same",
            Some(_) => continue,
        };
        detector.say(rule, node.at.clone(), at, format!("the {noun} {name} {what}"));
    }
    for (name, node) in &after {
        if !before.iter().any(|(known, _)| known == name) {
            let here = base.at.join(key).join(name);
            detector.say(rule, here, node.at.clone(), format!("the {noun} {name} is added"));
        }
    }
    Ok(())
}

/// Whether both say the same, references followed and prose left out.
fn same<'d>(left: &Node<'d>, right: &Node<'d>, seen: &mut HashSet<(Pointer, Pointer)>) -> Result<bool> {
    let (left, right) = (left.resolve()?, right.resolve()?);
    if !seen.insert((left.at.clone(), right.at.clone())) {
        return Ok(true);
    }
    match (left.value, right.value) {
        (Value::Object(before), Value::Object(after)) => {
            let prose = |key: &&String| matches!(key.as_str(), "description" | "summary" | "example" | "examples");
            let keys: HashSet<&String> = before.keys().chain(after.keys()).filter(|key| !prose(key)).collect();
            for key in keys {
                match (left.get(key), right.get(key)) {
                    (Some(left), Some(right)) if same(&left, &right, seen)? => {}
                    _ => return Ok(false),
                }
            }
            Ok(true)
        }
        (Value::Array(before), Value::Array(after)) => {
            if before.len() != after.len() {
                return Ok(false);
            }
            for (index, (before, after)) in before.iter().zip(after).enumerate() {
                let item = |node: &Node<'d>, value: &'d Value| Node {
                    document: node.document,
                    value,
                    at: node.at.join(index),
                };
                if !same(&item(&left, before), &item(&right, after), seen)? {
                    return Ok(false);
                }
            }
            Ok(true)
        }
        (left, right) => Ok(left == right),
    }
}
