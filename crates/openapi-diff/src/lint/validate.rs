//! Holds a value to a schema of OpenAPI 3.0.

use std::cell::Cell;
use std::cmp::Ordering;
use std::slice::from_ref;

use serde_json::{Map, Value};

use crate::document::Node;
use crate::error::Result;
use crate::pointer::Pointer;
use crate::rules::Direction;
use crate::schema::{Additional, Bound, Limit, Schema, compare_numbers, same_value, type_of};

/// How deep schemas are followed, and how many are held to one example. Beyond that a value is let
/// through: schemas that contain themselves could be followed for ever, and it is only an example.
const DEPTH: usize = 64;
const STEPS: usize = 10_000;

/// What keeps `value` from matching the schema that `nodes` make up; `None` if it matches.
///
/// Values that travel in a direction need not have the properties that go only in the other. Formats
/// are not looked at, nor patterns that this crate's regular expressions do not know.
pub(super) fn mismatch(nodes: &[Node<'_>], value: &Value, direction: Option<Direction>) -> Result<Option<String>> {
    Validator { direction, depth: 0, steps: &Cell::new(0) }.check(nodes, value, "")
}

#[derive(Clone, Copy)]
struct Validator<'s> {
    direction: Option<Direction>,
    depth: usize,
    steps: &'s Cell<usize>,
}

impl Validator<'_> {
    fn check(self, nodes: &[Node<'_>], value: &Value, trail: &str) -> Result<Option<String>> {
        self.steps.set(self.steps.get() + 1);
        if self.depth == DEPTH || self.steps.get() > STEPS {
            return Ok(None);
        }
        let inner = Validator { depth: self.depth + 1, ..self };
        let schema = Schema::read(nodes, Pointer::default())?;
        if let Some(what) = plain(&schema, value) {
            let subject = if trail.is_empty() { "the value".to_owned() } else { format!("`{trail}`") };
            return Ok(Some(format!("{subject} {what}")));
        }
        if value.is_null() {
            return Ok(None);
        }
        if let Some(what) = inner.alternatives(&schema, value, trail)? {
            return Ok(Some(what));
        }
        match value {
            Value::Array(items) if !schema.items.is_empty() => {
                for (index, item) in items.iter().enumerate() {
                    if let Some(what) = inner.check(&schema.items, item, &format!("{trail}[{index}]"))? {
                        return Ok(Some(what));
                    }
                }
                Ok(None)
            }
            Value::Object(map) => inner.properties(&schema, map, trail),
            _ => Ok(None),
        }
    }

    fn properties(self, schema: &Schema<'_>, map: &Map<String, Value>, trail: &str) -> Result<Option<String>> {
        let below = |name: &str| if trail.is_empty() { name.to_owned() } else { format!("{trail}.{name}") };
        for name in &schema.required {
            if !map.contains_key(*name) && self.travels(schema.property(name))? {
                return Ok(Some(format!("`{}` is missing", below(name))));
            }
        }
        for (name, value) in map {
            let found = match (schema.property(name), &schema.additional) {
                (Some(nodes), _) => self.check(nodes, value, &below(name))?,
                (None, Additional::Held(nodes)) => self.check(nodes, value, &below(name))?,
                (None, Additional::Closed) => Some(format!("`{}` is not one of its properties", below(name))),
                (None, Additional::Open) => None,
            };
            if found.is_some() {
                return Ok(found);
            }
        }
        Ok(None)
    }

    /// Whether a property goes in the direction of the example.
    fn travels(self, nodes: Option<&[Node<'_>]>) -> Result<bool> {
        let Some(nodes) = nodes else { return Ok(true) };
        let schema = Schema::read(nodes, Pointer::default())?;
        Ok(match self.direction {
            Some(Direction::Request) => !schema.read_only,
            Some(Direction::Response) => !schema.write_only,
            None => !schema.read_only && !schema.write_only,
        })
    }

    fn alternatives(self, schema: &Schema<'_>, value: &Value, trail: &str) -> Result<Option<String>> {
        let subject = if trail.is_empty() { "the value".to_owned() } else { format!("`{trail}`") };
        for alternatives in &schema.alternatives {
            let mut matching = 0;
            let mut last = None;
            for member in &alternatives.members {
                match self.check(from_ref(member), value, trail)? {
                    None => matching += 1,
                    some => last = some,
                }
            }
            match (matching, alternatives.members.len(), last) {
                (0, 1, Some(what)) => return Ok(Some(what)),
                (0, count, _) => return Ok(Some(format!("{subject} matches none of the {count} schemas it may"))),
                (matching, ..) if alternatives.exclusive && matching > 1 => {
                    return Ok(Some(format!("{subject} matches {matching} schemas where it has to match one")));
                }
                _ => {}
            }
        }
        for not in &schema.not {
            if self.check(from_ref(not), value, trail)?.is_none() {
                return Ok(Some(format!("{subject} matches the schema under `not`")));
            }
        }
        Ok(None)
    }
}

/// What keeps a value from matching, whatever stands within it.
fn plain(schema: &Schema<'_>, value: &Value) -> Option<String> {
    let kind = type_of(value);
    if value.is_null() {
        let refused = schema.types.as_ref().filter(|_| !schema.nullable);
        return refused.map(|_| "is null".to_owned());
    }
    if let Some(types) = &schema.types {
        let fits = types.iter().any(|name| *name == kind || *name == "number" && kind == "integer");
        if !fits {
            let names: Vec<&str> = types.iter().copied().collect();
            return Some(format!("is of type {kind} instead of {}", names.join(" or ")));
        }
    }
    if schema.allowed.as_ref().is_some_and(|allowed| !allowed.iter().any(|known| same_value(known.value, value))) {
        return Some(format!("is {value}, which is none of its values"));
    }
    if let Value::String(text) = value {
        for pattern in &schema.patterns {
            let pattern = pattern.value.as_str().unwrap_or("");
            if regex_lite::Regex::new(pattern).is_ok_and(|regex| !regex.is_match(text)) {
                return Some(format!("is {value}, which does not match {pattern}"));
            }
        }
    }
    if let Value::Array(items) = value
        && schema.unique
        && items
            .iter()
            .enumerate()
            .any(|(index, item)| items.iter().skip(index + 1).any(|other| same_value(item, other)))
    {
        return Some("has the same item twice".to_owned());
    }
    let number = value.as_f64();
    if let Some(divisor) = schema.multiples.iter().find(|node| {
        let quotient = number.zip(node.value.as_f64()).map_or(0.0, |(number, divisor)| number / divisor);
        (quotient - quotient.round()).abs() > 1e-9
    }) {
        return Some(format!("is {value}, which is no multiple of {}", divisor.value));
    }
    schema.limits.iter().find_map(|(bound, limit)| outside(*bound, limit, value))
}

fn outside(bound: Bound, limit: &Limit<'_>, value: &Value) -> Option<String> {
    let size = |size: usize| Value::from(size);
    let (what, measured) = match (bound, value) {
        (Bound::Minimum | Bound::Maximum, Value::Number(_)) => ("is", value.clone()),
        (Bound::MinLength | Bound::MaxLength, Value::String(text)) => ("has the length", size(text.chars().count())),
        (Bound::MinItems | Bound::MaxItems, Value::Array(items)) => ("has a number of items of", size(items.len())),
        (Bound::MinProperties | Bound::MaxProperties, Value::Object(map)) => {
            ("has a number of properties of", size(map.len()))
        }
        _ => return None,
    };
    let order = compare_numbers(&measured, limit.node.value)?;
    let wrong = if bound.is_lower() { Ordering::Less } else { Ordering::Greater };
    let outside = order == wrong || order == Ordering::Equal && limit.exclusive;
    let side = if bound.is_lower() { "less" } else { "more" };
    outside
        .then(|| format!("{what} {measured}, {side} than its {} of {} lets through", bound.keyword(), limit.node.value))
}
