//! Compares what is not understood: whether it is the same, and no more.

use std::collections::HashSet;

use serde_json::Value;

use super::Detector;
use crate::document::Node;
use crate::error::Result;
use crate::pointer::Pointer;
use crate::rules::Frame;

/// Compares the entries under `key`, each a `noun` of its own of `part`; that is empty for the endpoint.
pub(super) fn compare(
    detector: &mut Detector<'_, '_>,
    part: &str,
    rule: Frame,
    noun: &str,
    key: &str,
    (base, revision): (&Node<'_>, &Node<'_>),
) -> Result<()> {
    let (before, after) = (base.all_entries(key)?, revision.all_entries(key)?);
    let mut say = |base, revision, what: String| {
        let sentence = if part.is_empty() { what } else { format!("{part} {what}") };
        detector.say(rule, base, revision, sentence);
    };
    for (name, node) in &before {
        let at = revision.at.join(key).join(name);
        let what = match after.iter().find(|(other, _)| other == name) {
            None => "is removed",
            Some((_, other)) if !same(node, other, Keys::Keywords, &mut HashSet::new())? => "is not the same",
            Some(_) => continue,
        };
        say(node.at.clone(), at, format!("the {noun} {name} {what}"));
    }
    for (name, node) in &after {
        if !before.iter().any(|(known, _)| known == name) {
            let here = base.at.join(key).join(name);
            say(here, node.at.clone(), format!("the {noun} {name} is added"));
        }
    }
    Ok(())
}

/// What the keys of an object are.
#[derive(Clone, Copy, PartialEq, Eq)]
enum Keys {
    /// Words of the specification, of which some are for people.
    Keywords,
    /// Names that an author chose: a property may be called `description`.
    Names,
    /// Parts of a value, such as a default.
    Values,
}

impl Keys {
    /// What the keys of the object under `key` are.
    fn below(self, key: &str) -> Keys {
        match (self, key) {
            (Keys::Values, _) | (Keys::Keywords, "default" | "enum") => Keys::Values,
            (Keys::Names, _) => Keys::Keywords,
            (
                Keys::Keywords,
                "properties" | "headers" | "content" | "encoding" | "variables" | "links" | "callbacks" | "mapping",
            ) => Keys::Names,
            (Keys::Keywords, _) => Keys::Keywords,
        }
    }
}

/// Whether both say the same, references followed and prose left out.
fn same<'d>(left: &Node<'d>, right: &Node<'d>, keys: Keys, seen: &mut HashSet<(Pointer, Pointer)>) -> Result<bool> {
    if keys == Keys::Values {
        return Ok(left.value == right.value);
    }
    let (left, right) = (left.resolve()?, right.resolve()?);
    if !seen.insert((left.at.clone(), right.at.clone())) {
        return Ok(true);
    }
    match (left.value, right.value) {
        (Value::Object(before), Value::Object(after)) => {
            let prose = |key: &&String| {
                keys == Keys::Keywords
                    && matches!(key.as_str(), "title" | "description" | "summary" | "example" | "examples")
            };
            let all: HashSet<&String> = before.keys().chain(after.keys()).filter(|key| !prose(key)).collect();
            for key in all {
                match (left.get(key), right.get(key)) {
                    (Some(left), Some(right)) if same(&left, &right, keys.below(key), seen)? => {}
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
                if !same(&item(&left, before), &item(&right, after), keys, seen)? {
                    return Ok(false);
                }
            }
            Ok(true)
        }
        (left, right) => Ok(left == right),
    }
}
