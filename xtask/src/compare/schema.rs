//! A schema made flat: references followed, `allOf` merged, prose left out.

use std::cmp::Ordering;
use std::collections::{BTreeMap, BTreeSet};

use anyhow::{Result, bail};
use serde_json::{Map, Value};

use super::document::{Document, Node, constrains, flag};
use super::pointer::Pointer;

/// What one level of a schema says of its values. Deeper levels stay [`Node`]s until they are read
/// themselves, so that a schema may contain itself.
#[derive(Debug)]
pub(super) struct Schema<'d> {
    /// Where it stands, at the end of its references.
    pub(super) at: Pointer,
    /// The types it allows beside `null`; `None` is any.
    pub(super) types: Option<BTreeSet<&'d str>>,
    /// Whether `null` is allowed.
    pub(super) nullable: bool,
    /// The named properties. One that several parts of an `allOf` describe has several nodes.
    pub(super) properties: Vec<(&'d str, Vec<Node<'d>>)>,
    /// The properties that are always there.
    pub(super) required: BTreeSet<&'d str>,
    /// What holds for properties that are not named.
    pub(super) additional: Additional<'d>,
    /// What holds for the items of an array.
    pub(super) items: Vec<Node<'d>>,
    /// The values allowed, beside `null`; `None` is any.
    pub(super) allowed: Option<Vec<&'d Value>>,
    /// Bounds, formats and patterns by their keyword.
    pub(super) constraints: BTreeMap<&'static str, &'d Value>,
    /// What stands under `oneOf`, `anyOf` and `not`, in a form that is equal for equal schemas.
    pub(super) alternatives: BTreeSet<String>,
}

/// What a schema says of properties that it does not name.
#[derive(Debug)]
pub(super) enum Additional<'d> {
    /// Any may be there.
    Open,
    /// None may be there.
    Closed,
    /// Those may be there that keep to a schema.
    Held(Vec<Node<'d>>),
}

/// Keywords whose greater value is stricter.
const LOWER_BOUNDS: [&str; 5] = ["minimum", "exclusiveMinimum", "minLength", "minItems", "minProperties"];
/// Keywords whose lesser value is stricter.
const UPPER_BOUNDS: [&str; 5] = ["maximum", "exclusiveMaximum", "maxLength", "maxItems", "maxProperties"];
/// Keywords of which one value is not stricter than another.
const OTHER_CONSTRAINTS: [&str; 4] = ["format", "pattern", "multipleOf", "uniqueItems"];

/// How strict `left` is beside `right` as a value of `keyword`; `None` if neither is stricter.
pub(super) fn strictness(keyword: &str, left: &Value, right: &Value) -> Option<Ordering> {
    let order = left.as_f64()?.partial_cmp(&right.as_f64()?)?;
    if LOWER_BOUNDS.contains(&keyword) {
        Some(order)
    } else if UPPER_BOUNDS.contains(&keyword) {
        Some(order.reverse())
    } else {
        None
    }
}

impl<'d> Schema<'d> {
    /// Reads the schema that all of `nodes` make up together; with none it is the schema of any
    /// value, found missing at `at`.
    ///
    /// # Errors
    /// If a reference leads nowhere or in a circle, or if parts of an `allOf` contradict each other.
    pub(super) fn read(document: &Document<'d>, nodes: &[Node<'d>], at: Pointer) -> Result<Self> {
        let mut parts = Vec::new();
        for node in nodes {
            flatten(document, node, &mut Vec::new(), &mut parts)?;
        }
        let mut schema = Schema {
            at: match nodes {
                [] => at,
                [node, ..] => stands_at(document, node)?,
            },
            types: None,
            nullable: true,
            properties: Vec::new(),
            required: BTreeSet::new(),
            additional: Additional::Open,
            items: Vec::new(),
            allowed: None,
            constraints: BTreeMap::new(),
            alternatives: BTreeSet::new(),
        };
        for part in &parts {
            schema.merge(document, part)?;
        }
        schema.nullable &= schema.types.is_some();
        schema.infer_types();
        Ok(schema)
    }

    /// The nodes of a property, if it is named.
    pub(super) fn property(&self, name: &str) -> Option<&[Node<'d>]> {
        let (_, nodes) = self.properties.iter().find(|(known, _)| *known == name)?;
        Some(nodes)
    }

    /// Where a property stands, or would stand.
    pub(super) fn property_at(&self, name: &str) -> Pointer {
        match self.property(name) {
            Some([node, ..]) => node.at.clone(),
            _ => self.at.join("properties").join(name),
        }
    }

    fn merge(&mut self, document: &Document<'d>, part: &Node<'d>) -> Result<()> {
        let contradiction = |keyword: &str| {
            anyhow::anyhow!(
                "{}: the parts of the schema at {} contradict each other in `{keyword}`, at {}",
                document.name(),
                self.at,
                part.at
            )
        };
        if let Some((types, nullable)) = types(part) {
            self.nullable &= nullable;
            self.types = Some(match self.types.take() {
                None => types,
                Some(before) => {
                    let both = intersect(&before, &types);
                    if both.is_empty() {
                        return Err(contradiction("type"));
                    }
                    both
                }
            });
        }
        if let Some(values) = values(part) {
            self.allowed = Some(match self.allowed.take() {
                None => values,
                Some(mut before) => {
                    before.retain(|value| values.contains(value));
                    before
                }
            });
        }
        for keyword in LOWER_BOUNDS.iter().chain(&UPPER_BOUNDS).chain(&OTHER_CONSTRAINTS) {
            let value = part.value.get(keyword);
            let Some(value) = value.filter(|value| excludes(keyword, value)) else {
                continue;
            };
            let before = self.constraints.get(keyword).copied();
            match before.map(|before| (before == value, strictness(keyword, value, before))) {
                None | Some((_, Some(Ordering::Greater))) => {
                    self.constraints.insert(keyword, value);
                }
                Some((true, _) | (_, Some(_))) => {}
                Some((false, None)) => return Err(contradiction(keyword)),
            }
        }
        for (name, node) in part.entries("properties") {
            match self.properties.iter_mut().find(|(known, _)| *known == name) {
                Some((_, nodes)) => nodes.push(node),
                None => self.properties.push((name, vec![node])),
            }
        }
        let required = part.value.get("required").and_then(Value::as_array);
        self.required.extend(required.into_iter().flatten().filter_map(Value::as_str));
        self.items.extend(part.get("items"));
        self.additional.hold(part.get("additionalProperties"));
        for keyword in ["oneOf", "anyOf", "not"] {
            if let Some(node) = part.get(keyword) {
                let alternatives = canonical(document, &node, &mut Vec::new())?;
                self.alternatives.insert(format!("{keyword} {alternatives}"));
            }
        }
        Ok(())
    }

    /// Names the type that the other keywords leave no doubt about.
    fn infer_types(&mut self) {
        if self.types.is_some() {
            return;
        }
        if !self.properties.is_empty() || !self.required.is_empty() {
            self.types = Some(BTreeSet::from(["object"]));
        } else if !self.items.is_empty() {
            self.types = Some(BTreeSet::from(["array"]));
        } else if let Some(allowed) = &self.allowed {
            self.types = Some(allowed.iter().map(|value| type_of(value)).collect());
        }
    }
}

impl<'d> Additional<'d> {
    /// Adds what one more part of a schema says.
    fn hold(&mut self, node: Option<Node<'d>>) {
        let Some(node) = node else { return };
        match (&mut *self, node.value) {
            (_, Value::Bool(true)) | (Additional::Closed, _) => {}
            (_, Value::Bool(false)) => *self = Additional::Closed,
            (_, Value::Object(schema)) if !schema.keys().any(|key| constrains(key)) => {}
            (Additional::Open, _) => *self = Additional::Held(vec![node]),
            (Additional::Held(nodes), _) => nodes.push(node),
        }
    }
}

/// Collects the parts that `node` is made of: itself, what it refers to, and its `allOf`.
fn flatten<'d>(
    document: &Document<'d>,
    node: &Node<'d>,
    passed: &mut Vec<Pointer>,
    parts: &mut Vec<Node<'d>>,
) -> Result<()> {
    if let Some(target) = document.target(node)? {
        if passed.contains(&target.at) {
            bail!("{}: the reference at {} leads in a circle", document.name(), node.at);
        }
        passed.push(target.at.clone());
        flatten(document, &target, passed, parts)?;
        passed.pop();
    }
    for part in node.items("allOf") {
        flatten(document, &part, passed, parts)?;
    }
    parts.push(node.clone());
    Ok(())
}

/// Where the schema at `node` really stands: at the end of its references, as long as nothing but
/// the reference is said on the way.
fn stands_at<'d>(document: &Document<'d>, node: &Node<'d>) -> Result<Pointer> {
    let mut node = node.clone();
    loop {
        let keywords: Vec<&str> = node
            .value
            .as_object()
            .into_iter()
            .flat_map(Map::keys)
            .map(String::as_str)
            .filter(|key| constrains(key))
            .collect();
        let only = node.items("allOf");
        node = match (keywords.as_slice(), only.as_slice()) {
            (["$ref"], _) => match document.target(&node)? {
                Some(target) => target,
                None => return Ok(node.at),
            },
            (["allOf"], [only]) => only.clone(),
            _ => return Ok(node.at),
        };
    }
}

/// The types that a schema names, without `null`, and whether it allows `null`.
fn types<'d>(part: &Node<'d>) -> Option<(BTreeSet<&'d str>, bool)> {
    let named: BTreeSet<&str> = match part.value.get("type")? {
        Value::String(name) => BTreeSet::from([name.as_str()]),
        Value::Array(names) => names.iter().filter_map(Value::as_str).collect(),
        _ => return None,
    };
    let nullable = named.contains("null") || flag(part, "nullable");
    let types = named.into_iter().filter(|name| *name != "null").collect();
    Some((types, nullable))
}

/// The types that both sides allow. Every integer is a number.
fn intersect<'d>(left: &BTreeSet<&'d str>, right: &BTreeSet<&'d str>) -> BTreeSet<&'d str> {
    let allows =
        |types: &BTreeSet<&str>, name: &str| types.contains(name) || name == "integer" && types.contains("number");
    left.union(right).copied().filter(|name| allows(left, name) && allows(right, name)).collect()
}

/// The values that `enum` or `const` allow, without `null`, which `nullable` speaks of.
fn values<'d>(part: &Node<'d>) -> Option<Vec<&'d Value>> {
    let values: Vec<&Value> = match (part.value.get("enum"), part.value.get("const")) {
        (Some(Value::Array(values)), _) => values.iter().collect(),
        (_, Some(value)) => vec![value],
        _ => return None,
    };
    Some(values.into_iter().filter(|value| !value.is_null()).collect())
}

fn type_of(value: &Value) -> &'static str {
    match value {
        Value::Null => "null",
        Value::Bool(_) => "boolean",
        Value::Number(number) if number.is_f64() => "number",
        Value::Number(_) => "integer",
        Value::String(_) => "string",
        Value::Array(_) => "array",
        Value::Object(_) => "object",
    }
}

/// Whether a constraint excludes any value: a length of at least 0 does not.
fn excludes(keyword: &str, value: &Value) -> bool {
    let least = matches!(keyword, "minLength" | "minItems" | "minProperties");
    *value != Value::Bool(false) && !(least && value.as_u64() == Some(0))
}

/// A schema, or a list of them, as a text that is the same for the same schemas: references
/// replaced by what they lead to, prose left out, keys, names and lists in one order.
fn canonical<'d>(document: &Document<'d>, node: &Node<'d>, passed: &mut Vec<Pointer>) -> Result<String> {
    let text = match node.value {
        Value::Array(items) => {
            let mut texts = Vec::new();
            for (index, value) in items.iter().enumerate() {
                let at = node.at.join(index);
                texts.push(canonical(document, &Node { value, at }, passed)?);
            }
            texts.sort();
            format!("[{}]", texts.join(","))
        }
        Value::Object(map) => {
            let mut texts = Vec::new();
            if let Some(target) = document.target(node)? {
                if passed.contains(&target.at) {
                    return Ok(format!("the schema at {}", target.at));
                }
                passed.push(target.at.clone());
                texts.push(canonical(document, &target, passed)?);
                passed.pop();
            }
            for (key, value) in map.iter().filter(|(key, _)| *key != "$ref") {
                let at = node.at.join(key);
                if key == "properties" {
                    for (name, property) in node.entries(key) {
                        let schema = canonical(document, &property, passed)?;
                        texts.push(format!("property {name:?}:{schema}"));
                    }
                } else if constrains(key) {
                    let schema = canonical(document, &Node { value, at }, passed)?;
                    texts.push(format!("{key}:{schema}"));
                }
            }
            texts.sort();
            match texts.as_slice() {
                [only] if map.contains_key("$ref") => only.clone(),
                _ => format!("{{{}}}", texts.join(",")),
            }
        }
        other => other.to_string(),
    };
    Ok(text)
}
