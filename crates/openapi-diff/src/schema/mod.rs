//! A schema made flat: references followed, `allOf` merged.

mod bounds;
mod flatten;

use std::collections::{BTreeMap, BTreeSet, HashMap};

use serde_json::Value;

use crate::document::Node;
use crate::error::Result;
use crate::pointer::Pointer;

pub(crate) use bounds::{Bound, Limit, compare_numbers};
use flatten::Flat;

/// What one level of a schema says of its values. Deeper levels stay [`Node`]s until they are read
/// themselves, so that a schema may contain itself.
#[derive(Clone, Debug)]
pub(crate) struct Schema<'d> {
    /// Where it stands, at the end of its references.
    pub(crate) at: Pointer,
    /// Where it is referred to, or stands if it is not.
    pub(crate) used: Pointer,
    /// The places of all that it is made of: what tells it from another.
    pub(crate) parts: Vec<Pointer>,
    /// The types it allows beside `null`; `None` is any.
    pub(crate) types: Option<BTreeSet<&'d str>>,
    /// Whether `null` is allowed where types are named.
    pub(crate) nullable: bool,
    /// The named properties. One that several parts of an `allOf` describe has several nodes.
    pub(crate) properties: Vec<(&'d str, Vec<Node<'d>>)>,
    /// The place of each property among them.
    index: HashMap<&'d str, usize>,
    /// The properties that are always there.
    pub(crate) required: BTreeSet<&'d str>,
    /// What holds for properties that are not named.
    pub(crate) additional: Additional<'d>,
    /// What holds for the items of an array.
    pub(crate) items: Vec<Node<'d>>,
    /// The values allowed, beside `null`; `None` is any.
    pub(crate) allowed: Option<Vec<Node<'d>>>,
    /// The bounds on sizes and numbers.
    pub(crate) limits: BTreeMap<Bound, Limit<'d>>,
    /// `format`, `pattern` and `multipleOf`. Parts of an `allOf` may each have one.
    pub(crate) formats: Vec<Node<'d>>,
    pub(crate) patterns: Vec<Node<'d>>,
    pub(crate) multiples: Vec<Node<'d>>,
    /// Whether the items of an array differ from each other.
    pub(crate) unique: bool,
    /// `oneOf` and `anyOf`; parts of an `allOf` may each have them.
    pub(crate) alternatives: Vec<Alternatives<'d>>,
    /// What it may not match.
    pub(crate) not: Vec<Node<'d>>,
    /// What is said once, by the outermost part that says it: `default`, `discriminator`, `xml`,
    /// prose and examples.
    pub(crate) said: BTreeMap<&'d str, Node<'d>>,
    pub(crate) read_only: bool,
    pub(crate) write_only: bool,
    pub(crate) deprecated: bool,
    /// Where each keyword stands.
    places: BTreeMap<&'static str, Pointer>,
}

/// The schemas under one `oneOf` or `anyOf`.
#[derive(Clone, Debug)]
pub(crate) struct Alternatives<'d> {
    /// Whether exactly one has to match.
    pub(crate) exclusive: bool,
    pub(crate) at: Pointer,
    pub(crate) members: Vec<Node<'d>>,
}

/// What a schema says of properties that it does not name.
#[derive(Clone, Debug)]
pub(crate) enum Additional<'d> {
    /// Any may be there.
    Open,
    /// None may be there.
    Closed,
    /// Those may be there that keep to a schema.
    Held(Vec<Node<'d>>),
}

/// Keywords that say something to readers, or of the whole schema at once.
const SAID: [&str; 7] = ["default", "discriminator", "xml", "title", "description", "example", "externalDocs"];

impl<'d> Schema<'d> {
    /// Reads the schema that all of `nodes` make up together; with none it is the schema of any
    /// value, found missing at `at`.
    ///
    /// # Errors
    /// If a reference leads nowhere or in a circle, if a keyword is not what it has to be, or if
    /// parts of an `allOf` contradict each other.
    pub(crate) fn read(nodes: &[Node<'d>], at: Pointer) -> Result<Self> {
        let mut flat = Flat::default();
        let mut nullable = None;
        for node in nodes {
            flatten::both(&mut nullable, flat.add(node)?);
        }
        let mut schema = Schema {
            used: nodes.first().map_or_else(|| at.clone(), |node| node.at.clone()),
            at: match nodes {
                [] => at,
                [node, ..] => flatten::stands_at(node)?,
            },
            parts: flat.parts.iter().map(|part| part.at.clone()).collect(),
            types: None,
            nullable: nullable.unwrap_or(false),
            properties: Vec::new(),
            index: HashMap::new(),
            required: BTreeSet::new(),
            additional: Additional::Open,
            items: Vec::new(),
            allowed: None,
            limits: BTreeMap::new(),
            formats: Vec::new(),
            patterns: Vec::new(),
            multiples: Vec::new(),
            unique: false,
            alternatives: Vec::new(),
            not: Vec::new(),
            said: BTreeMap::new(),
            read_only: false,
            write_only: false,
            deprecated: false,
            places: BTreeMap::new(),
        };
        schema.parts.sort();
        for part in &flat.parts {
            schema.merge(part)?;
        }
        schema.infer_types();
        bounds::normalize(&mut schema);
        Ok(schema)
    }

    /// The nodes of a property, if it is named.
    pub(crate) fn property(&self, name: &str) -> Option<&[Node<'d>]> {
        let (_, nodes) = self.properties.get(*self.index.get(name)?)?;
        Some(nodes)
    }

    /// Where a property stands, or would stand.
    pub(crate) fn property_at(&self, name: &str) -> Pointer {
        match self.property(name) {
            Some([node, ..]) => node.at.clone(),
            _ => self.at.join("properties").join(name),
        }
    }

    /// Where a keyword stands, or would stand.
    pub(crate) fn place(&self, keyword: &str) -> Pointer {
        match self.places.get(keyword) {
            Some(place) => place.clone(),
            None => self.at.join(keyword),
        }
    }

    /// Whether it says nothing of its values but which alternatives they may match.
    pub(crate) fn is_only_alternatives(&self) -> bool {
        !self.alternatives.is_empty() && self.says_nothing_else()
    }

    /// Whether any value matches it, alternatives aside.
    pub(crate) fn says_nothing_else(&self) -> bool {
        self.types.is_none()
            && self.allowed.is_none()
            && self.limits.is_empty()
            && self.formats.is_empty()
            && self.patterns.is_empty()
            && self.multiples.is_empty()
            && self.not.is_empty()
            && matches!(self.additional, Additional::Open)
    }

    /// Adds what one more part says; the outermost comes last.
    fn merge(&mut self, part: &Node<'d>) -> Result<()> {
        let map = part.value.as_object().into_iter().flatten();
        for (key, value) in map {
            let keyword = key.as_str();
            let node = Node { document: part.document, value, at: part.at.join(keyword) };
            match keyword {
                "type" => self.merge_type(part, node)?,
                "enum" => self.merge_values(part, node)?,
                "format" => distinct(&mut self.formats, text(keyword, node)?),
                "pattern" => distinct(&mut self.patterns, text(keyword, node)?),
                "multipleOf" if value.as_f64().is_some_and(|number| number > 0.0) => {
                    distinct(&mut self.multiples, node);
                }
                "multipleOf" => return Err(node.error("`multipleOf` has to be a number above zero")),
                "properties" => self.merge_properties(part)?,
                "required" => self.required.extend(part.texts(keyword)?.into_iter().map(|(name, _)| name)),
                "items" => self.items.push(node),
                "additionalProperties" => {
                    self.places.insert("additionalProperties", node.at.clone());
                    self.additional.hold(node)?;
                }
                "oneOf" | "anyOf" => {
                    let members = part.items(keyword)?;
                    if !members.is_empty() {
                        self.alternatives.push(Alternatives { exclusive: keyword == "oneOf", at: node.at, members });
                    }
                }
                "not" => self.not.push(node),
                "uniqueItems" => self.unique |= self.flag("uniqueItems", part)?,
                "readOnly" => self.read_only |= self.flag("readOnly", part)?,
                "writeOnly" => self.write_only |= self.flag("writeOnly", part)?,
                "deprecated" => self.deprecated |= self.flag("deprecated", part)?,
                "exclusiveMinimum" | "exclusiveMaximum" => drop(part.flag(keyword, false)?),
                "nullable" => drop(self.places.insert("nullable", node.at)),
                _ if SAID.contains(&keyword) || keyword.starts_with("x-") => drop(self.said.insert(keyword, node)),
                _ => bounds::merge(self, part, node, keyword)?,
            }
        }
        Ok(())
    }

    fn merge_properties(&mut self, part: &Node<'d>) -> Result<()> {
        for (name, node) in part.all_entries("properties")? {
            match self.index.get(name).and_then(|index| self.properties.get_mut(*index)) {
                Some((_, nodes)) => nodes.push(node),
                None => {
                    self.index.insert(name, self.properties.len());
                    self.properties.push((name, vec![node]));
                }
            }
        }
        Ok(())
    }

    /// Whether a part sets a flag.
    fn flag(&mut self, keyword: &'static str, part: &Node<'d>) -> Result<bool> {
        let set = part.flag(keyword, false)?;
        if set {
            self.places.insert(keyword, part.at.join(keyword));
        }
        Ok(set)
    }

    fn merge_type(&mut self, part: &Node<'d>, node: Node<'d>) -> Result<()> {
        let name = node.value.as_str().unwrap_or_default();
        if !["object", "array", "string", "number", "integer", "boolean"].contains(&name) {
            return Err(part.error(format!("there is no type {} in OpenAPI 3.0", node.value)));
        }
        let both = match self.types.as_ref().and_then(|types| types.first().copied()) {
            None => name,
            Some(before) if before == name => name,
            // Every integer is a number.
            Some("integer" | "number") if matches!(name, "integer" | "number") => "integer",
            Some(before) => {
                return Err(part.error(format!("one part of `allOf` has the type {name}, another {before}")));
            }
        };
        if self.types.as_ref().is_none_or(|types| !types.contains(both)) {
            self.places.insert("type", node.at);
        }
        self.types = Some(BTreeSet::from([both]));
        Ok(())
    }

    fn merge_values(&mut self, part: &Node<'d>, node: Node<'d>) -> Result<()> {
        let values = part.items("enum")?;
        self.places.insert("enum", node.at);
        self.allowed = Some(match self.allowed.take() {
            None => values,
            Some(mut before) => {
                before.retain(|value| values.iter().any(|other| same_value(value.value, other.value)));
                before
            }
        });
        Ok(())
    }

    /// Names the type that the other keywords leave no doubt about, and leaves `null` to `nullable`.
    fn infer_types(&mut self) {
        let null = self.allowed.as_ref().is_some_and(|values| values.iter().any(|value| value.value.is_null()));
        if let Some(allowed) = &mut self.allowed {
            allowed.retain(|value| !value.value.is_null());
        }
        if self.types.is_some() {
            return;
        }
        if !self.properties.is_empty() || !self.required.is_empty() {
            self.types = Some(BTreeSet::from(["object"]));
        } else if !self.items.is_empty() {
            self.types = Some(BTreeSet::from(["array"]));
        } else if let Some(allowed) = &self.allowed {
            self.types = Some(allowed.iter().map(|value| type_of(value.value)).collect());
            self.nullable |= null;
        } else {
            // Strictly, `nullable` without a type says nothing. Beside alternatives it is meant.
            self.nullable &= !self.alternatives.is_empty();
        }
    }
}

impl<'d> Additional<'d> {
    /// Adds what one more part of a schema says.
    fn hold(&mut self, node: Node<'d>) -> Result<()> {
        match (&mut *self, node.value) {
            (_, Value::Bool(true)) | (Additional::Closed, Value::Object(_)) => {}
            (_, Value::Bool(false)) => *self = Additional::Closed,
            (_, Value::Object(schema)) if schema.is_empty() => {}
            (Additional::Open, Value::Object(_)) => *self = Additional::Held(vec![node]),
            (Additional::Held(nodes), Value::Object(_)) => nodes.push(node),
            _ => return Err(node.error("`additionalProperties` has to be true, false or a schema")),
        }
        Ok(())
    }
}

/// The node, if it is a text.
fn text<'d>(keyword: &str, node: Node<'d>) -> Result<Node<'d>> {
    if node.value.is_string() { Ok(node) } else { Err(node.error(format!("`{keyword}` has to be a string"))) }
}

/// Adds a node unless one of the same value is there.
fn distinct<'d>(nodes: &mut Vec<Node<'d>>, node: Node<'d>) {
    if !nodes.iter().any(|known| known.value == node.value) {
        nodes.push(node);
    }
}

/// The type of a value, as schemas name it.
pub(crate) fn type_of(value: &Value) -> &'static str {
    match value {
        Value::Null => "null",
        Value::Bool(_) => "boolean",
        Value::Number(number) if number.as_f64().is_some_and(|number| number.fract() != 0.0) => "number",
        Value::Number(_) => "integer",
        Value::String(_) => "string",
        Value::Array(_) => "array",
        Value::Object(_) => "object",
    }
}

/// Whether both are the same value: `1` and `1.0` are.
pub(crate) fn same_value(left: &Value, right: &Value) -> bool {
    match (left, right) {
        (Value::Number(_), Value::Number(_)) => compare_numbers(left, right).is_some_and(std::cmp::Ordering::is_eq),
        (Value::Array(left), Value::Array(right)) => {
            left.len() == right.len() && left.iter().zip(right).all(|(left, right)| same_value(left, right))
        }
        (Value::Object(left), Value::Object(right)) => {
            left.len() == right.len()
                && left.iter().all(|(key, value)| right.get(key).is_some_and(|other| same_value(value, other)))
        }
        _ => left == right,
    }
}
