//! Detects differences between two schemas, level by level.

use std::cmp::Ordering;
use std::collections::BTreeSet;

use anyhow::Result;
use serde_json::Value;

use super::{Detector, list};
use crate::compare::document::Node;
use crate::compare::pointer::Pointer;
use crate::compare::rules::{Change, Direction, Rule};
use crate::compare::schema::{Additional, Schema, strictness};

/// Compares the schemas of one part of an endpoint, such as its request body.
pub(super) struct Schemas<'s, 'f, 'd> {
    detector: &'s mut Detector<'f, 'd>,
    part: &'s str,
    direction: Direction,
    /// The pairs of schemas that are being compared: one that contains itself is compared once.
    open: Vec<(Pointer, Pointer)>,
}

/// The nodes that make up a schema, and where it would stand if there are none.
type Place<'n, 'd> = (&'n [Node<'d>], Pointer);

impl<'s, 'f, 'd> Schemas<'s, 'f, 'd> {
    pub(super) fn new(detector: &'s mut Detector<'f, 'd>, part: &'s str, direction: Direction) -> Self {
        Schemas { detector, part, direction, open: Vec::new() }
    }

    /// Compares what stands at `trail`, a path such as `operation.count` or `users[].emails`.
    pub(super) fn compare(
        &mut self,
        trail: &str,
        (base, base_at): Place<'_, 'd>,
        (revision, revision_at): Place<'_, 'd>,
    ) -> Result<()> {
        let base = Schema::read(self.detector.base, base, base_at)?;
        let revision = Schema::read(self.detector.revision, revision, revision_at)?;
        let pair = (base.at.clone(), revision.at.clone());
        if self.open.contains(&pair) {
            return Ok(());
        }
        self.open.push(pair);
        if self.types(trail, &base, &revision) {
            self.values(trail, &base, &revision);
            self.constraints(trail, &base, &revision);
            self.alternatives(trail, &base, &revision);
            self.properties(trail, &base, &revision)?;
            self.required(trail, &base, &revision);
            self.additional(trail, &base, &revision)?;
            if !base.items.is_empty() || !revision.items.is_empty() {
                self.compare(
                    &format!("{trail}[]"),
                    (&base.items, base.at.join("items")),
                    (&revision.items, revision.at.join("items")),
                )?;
            }
        }
        self.open.pop();
        Ok(())
    }

    fn add(&mut self, change: Change, trail: &str, what: &str, base: Pointer, revision: Pointer) {
        let subject = match trail {
            "" => "the value".to_owned(),
            _ => format!("`{trail}`"),
        };
        self.detector.add(
            Rule::Schema(self.direction, change),
            base,
            revision,
            format!("{}: {subject} {what}", self.part),
        );
    }

    /// Adds a change of one keyword.
    fn add_at(
        &mut self,
        keyword: &str,
        change: Change,
        trail: &str,
        what: &str,
        (base, revision): (&Schema<'d>, &Schema<'d>),
    ) {
        let (base, revision) = (base.at.join(keyword), revision.at.join(keyword));
        self.add(change, trail, what, base, revision);
    }

    /// Compares the types, and says whether they are alike enough to compare the rest.
    fn types(&mut self, trail: &str, base: &Schema<'d>, revision: &Schema<'d>) -> bool {
        let name = |types: &BTreeSet<&str>| types.iter().copied().collect::<Vec<_>>().join(" or ");
        let both = (base, revision);
        match (&base.types, &revision.types) {
            (None, None) => return true,
            (None, Some(types)) => {
                let what = format!("is {} instead of any type", name(types));
                self.add_at("type", Change::TypeNarrowed, trail, &what, both);
                return false;
            }
            (Some(types), None) => {
                let what = format!("is any type instead of {}", name(types));
                self.add_at("type", Change::TypeWidened, trail, &what, both);
                return false;
            }
            (Some(before), Some(after)) if before != after => {
                let what = format!("is {} instead of {}", name(after), name(before));
                self.add_at("type", Change::TypeChanged, trail, &what, both);
                return false;
            }
            (Some(_), Some(_)) => {}
        }
        let changed = match (base.nullable, revision.nullable) {
            (false, true) => Some((Change::NullableAdded, "may be null")),
            (true, false) => Some((Change::NullableRemoved, "may not be null")),
            _ => None,
        };
        if let Some((change, what)) = changed {
            self.add_at("nullable", change, trail, what, both);
        }
        true
    }

    fn values(&mut self, trail: &str, base: &Schema<'d>, revision: &Schema<'d>) {
        let both = (base, revision);
        let narrowed = |values: &[&Value]| format!("allows only {}", texts(values));
        match (&base.allowed, &revision.allowed) {
            (None, None) => {}
            (None, Some(values)) => {
                let what = narrowed(values);
                self.add_at("enum", Change::EnumNarrowed, trail, &what, both);
            }
            (Some(_), None) => {
                let what = "allows any value";
                self.add_at("enum", Change::EnumWidened, trail, what, both);
            }
            (Some(before), Some(after)) => {
                if before.iter().any(|value| !after.contains(value)) {
                    let what = narrowed(after);
                    self.add_at("enum", Change::EnumNarrowed, trail, &what, both);
                }
                let more: Vec<&Value> = after.iter().copied().filter(|value| !before.contains(value)).collect();
                if !more.is_empty() {
                    let what = format!("allows {} too", texts(&more));
                    self.add_at("enum", Change::EnumWidened, trail, &what, both);
                }
            }
        }
    }

    fn constraints(&mut self, trail: &str, base: &Schema<'d>, revision: &Schema<'d>) {
        let keywords: BTreeSet<&str> = base.constraints.keys().chain(revision.constraints.keys()).copied().collect();
        for keyword in keywords {
            let before = base.constraints.get(keyword).copied();
            let after = revision.constraints.get(keyword).copied();
            if before == after {
                continue;
            }
            let stricter = match (before, after) {
                (None, _) => true,
                (_, None) => false,
                (Some(before), Some(after)) => match strictness(keyword, after, before) {
                    Some(Ordering::Greater) => true,
                    Some(Ordering::Less) => false,
                    Some(Ordering::Equal) => continue,
                    // Another format or pattern refuses what was sent, and answers what was not.
                    None => self.direction == Direction::Request,
                },
            };
            let change = if stricter { Change::ConstraintTightened } else { Change::ConstraintLoosened };
            let text = |value: Option<&Value>| value.map_or("none".to_owned(), Value::to_string);
            let what = format!("has {keyword} {} instead of {}", text(after), text(before));
            self.add_at(keyword, change, trail, &what, (base, revision));
        }
    }

    fn alternatives(&mut self, trail: &str, base: &Schema<'d>, revision: &Schema<'d>) {
        if base.alternatives != revision.alternatives {
            self.add(
                Change::AlternativesChanged,
                trail,
                "has other alternatives under oneOf, anyOf or not",
                base.at.clone(),
                revision.at.clone(),
            );
        }
    }

    fn properties(&mut self, trail: &str, base: &Schema<'d>, revision: &Schema<'d>) -> Result<()> {
        for (name, nodes) in &base.properties {
            let trail = below(trail, name);
            let (base_at, revision_at) = (base.property_at(name), revision.property_at(name));
            match revision.property(name) {
                Some(found) => self.compare(&trail, (nodes, base_at), (found, revision_at))?,
                None => {
                    let change = Change::PropertyMissing;
                    self.add(change, &trail, "is missing", base_at, revision_at);
                }
            }
        }
        for (name, _) in &revision.properties {
            // One that must be sent is found among the required ones.
            let must_be_sent = self.direction == Direction::Request && revision.required.contains(name);
            if base.property(name).is_none() && !must_be_sent {
                self.add(
                    Change::PropertyAdded,
                    &below(trail, name),
                    "is added",
                    base.property_at(name),
                    revision.property_at(name),
                );
            }
        }
        Ok(())
    }

    fn required(&mut self, trail: &str, base: &Schema<'d>, revision: &Schema<'d>) {
        let (more, less) = match self.direction {
            Direction::Request => ("must be sent", "may be left out"),
            Direction::Response => ("is always there", "is not always there"),
        };
        for name in revision.required.difference(&base.required) {
            if self.direction == Direction::Request || base.property(name).is_some() {
                self.add(
                    Change::PropertyBecameRequired,
                    &below(trail, name),
                    more,
                    base.property_at(name),
                    revision.property_at(name),
                );
            }
        }
        for name in base.required.difference(&revision.required) {
            // One that is gone altogether is found missing.
            if revision.property(name).is_some() || base.property(name).is_none() {
                self.add(
                    Change::PropertyBecameOptional,
                    &below(trail, name),
                    less,
                    base.property_at(name),
                    revision.property_at(name),
                );
            }
        }
    }

    fn additional(&mut self, trail: &str, base: &Schema<'d>, revision: &Schema<'d>) -> Result<()> {
        let keyword = "additionalProperties";
        let (change, what) = match (&base.additional, &revision.additional) {
            (Additional::Open, Additional::Open) | (Additional::Closed, Additional::Closed) => {
                return Ok(());
            }
            (Additional::Held(before), Additional::Held(after)) => {
                return self.compare(
                    &below(trail, "*"),
                    (before, base.at.join(keyword)),
                    (after, revision.at.join(keyword)),
                );
            }
            (_, Additional::Closed) => (Change::AdditionalPropertiesNarrowed, "has no properties but the named ones"),
            (Additional::Open, Additional::Held(_)) => {
                (Change::AdditionalPropertiesNarrowed, "holds its other properties to a schema")
            }
            (Additional::Closed, Additional::Held(_)) | (_, Additional::Open) => {
                (Change::AdditionalPropertiesWidened, "may have properties beside the named ones")
            }
        };
        self.add_at(keyword, change, trail, what, (base, revision));
        Ok(())
    }
}

/// The trail of a property.
fn below(trail: &str, name: &str) -> String {
    match trail {
        "" => name.to_owned(),
        _ => format!("{trail}.{name}"),
    }
}

/// The values in a row; of many, the first ones and how many more there are.
fn texts(values: &[&Value]) -> String {
    let shown = if values.len() > 6 { 3 } else { values.len() };
    let texts: Vec<String> = values[..shown].iter().map(|value| value.to_string()).collect();
    let texts = list(&texts.iter().map(String::as_str).collect::<Vec<_>>());
    match values.len() - shown {
        0 => texts,
        more => format!("{texts} and {more} more"),
    }
}
