//! Bounds on numbers and sizes.

use std::cmp::Ordering;

use serde_json::{Number, Value};

use super::Schema;
use crate::document::Node;
use crate::error::Result;
use crate::pointer::Pointer;

/// A bound, in the order of reports.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub(crate) enum Bound {
    Minimum,
    Maximum,
    MinLength,
    MaxLength,
    MinItems,
    MaxItems,
    MinProperties,
    MaxProperties,
}

/// The value of a bound.
#[derive(Clone, Debug)]
pub(crate) struct Limit<'d> {
    pub(crate) node: Node<'d>,
    /// Whether the value itself is outside.
    pub(crate) exclusive: bool,
    /// Where `exclusiveMinimum` or `exclusiveMaximum` stands, if it does.
    pub(crate) exclusive_at: Option<Pointer>,
}

impl Bound {
    const ALL: [Bound; 8] = [
        Bound::Minimum,
        Bound::Maximum,
        Bound::MinLength,
        Bound::MaxLength,
        Bound::MinItems,
        Bound::MaxItems,
        Bound::MinProperties,
        Bound::MaxProperties,
    ];

    pub(crate) fn keyword(self) -> &'static str {
        match self {
            Bound::Minimum => "minimum",
            Bound::Maximum => "maximum",
            Bound::MinLength => "minLength",
            Bound::MaxLength => "maxLength",
            Bound::MinItems => "minItems",
            Bound::MaxItems => "maxItems",
            Bound::MinProperties => "minProperties",
            Bound::MaxProperties => "maxProperties",
        }
    }

    /// The keyword that shuts the value itself out.
    pub(crate) fn exclusive_keyword(self) -> Option<&'static str> {
        match self {
            Bound::Minimum => Some("exclusiveMinimum"),
            Bound::Maximum => Some("exclusiveMaximum"),
            _ => None,
        }
    }

    /// Whether it is a least value, of which greater ones are stricter.
    pub(crate) fn is_lower(self) -> bool {
        matches!(self, Bound::Minimum | Bound::MinLength | Bound::MinItems | Bound::MinProperties)
    }

    fn is_size(self) -> bool {
        !matches!(self, Bound::Minimum | Bound::Maximum)
    }
}

impl Limit<'_> {
    /// How strict this limit is beside another of the same bound.
    pub(crate) fn strictness(&self, bound: Bound, other: &Limit<'_>) -> Ordering {
        let order = compare_numbers(self.node.value, other.node.value).unwrap_or(Ordering::Equal);
        let order = if bound.is_lower() { order } else { order.reverse() };
        order.then(self.exclusive.cmp(&other.exclusive))
    }
}

/// Adds a bound that one more part of a schema has, if `keyword` is one; of two, the stricter holds.
pub(super) fn merge<'d>(schema: &mut Schema<'d>, part: &Node<'d>, node: Node<'d>, keyword: &str) -> Result<()> {
    let Some(bound) = Bound::ALL.into_iter().find(|bound| bound.keyword() == keyword) else { return Ok(()) };
    let exclusive_at = match bound.exclusive_keyword() {
        Some(keyword) => part.flag(keyword, false)?.then(|| part.at.join(keyword)),
        None => None,
    };
    // `10.0` is the whole number 10.
    let whole = |value: &Value| value.as_f64().is_some_and(|number| number >= 0.0 && number.fract() == 0.0);
    let fits = if bound.is_size() { whole(node.value) } else { node.value.is_number() };
    if !fits {
        let kind = if bound.is_size() { "a whole number from zero" } else { "a number" };
        return Err(node.error(format!("`{keyword}` has to be {kind}")));
    }
    // Nothing has a size below zero.
    if bound.is_size() && bound.is_lower() && node.value.as_f64() == Some(0.0) {
        return Ok(());
    }
    let limit = Limit { node, exclusive: exclusive_at.is_some(), exclusive_at };
    match schema.limits.get(&bound) {
        Some(known) if limit.strictness(bound, known) != Ordering::Greater => {}
        _ => drop(schema.limits.insert(bound, limit)),
    }
    Ok(())
}

/// Takes bounds away that cannot hold anything back: those on numbers, of what is no number.
pub(super) fn normalize(schema: &mut Schema<'_>) {
    let Some(types) = &schema.types else { return };
    let of = |names: &[&str]| names.iter().any(|name| types.contains(name));
    schema.limits.retain(|bound, _| match bound {
        Bound::Minimum | Bound::Maximum => of(&["number", "integer"]),
        Bound::MinLength | Bound::MaxLength => of(&["string"]),
        Bound::MinItems | Bound::MaxItems => of(&["array"]),
        Bound::MinProperties | Bound::MaxProperties => of(&["object"]),
    });
}

/// Which of two numbers is greater; `None` if one is no number.
///
/// Whole numbers are compared exactly, others as floating-point numbers.
pub(crate) fn compare_numbers(left: &Value, right: &Value) -> Option<Ordering> {
    let (Value::Number(left), Value::Number(right)) = (left, right) else { return None };
    let whole = |number: &Number| number.as_i64().map(i128::from).or_else(|| number.as_u64().map(i128::from));
    match (whole(left), whole(right)) {
        (Some(left), Some(right)) => Some(left.cmp(&right)),
        _ => left.as_f64()?.partial_cmp(&right.as_f64()?),
    }
}
