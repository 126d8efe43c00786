//! Detects differences between two schemas on one level.

use std::collections::BTreeSet;

use super::Detector;
use super::walk::{Event, at_use};
use crate::document::Node;
use crate::error::Result;
use crate::pointer::Pointer;
use crate::rules::{Change, Direction, Rule};
use crate::schema::{Additional, Schema};

/// Compares the schemas of one part of an endpoint, such as its request body.
pub(super) struct Schemas<'s, 'f, 'd> {
    pub(super) detector: &'s mut Detector<'f, 'd>,
    pub(super) part: &'s str,
    pub(super) direction: Direction,
    /// The media type, empty if there is none.
    media: &'s str,
    /// What is found on the level that is being compared.
    pub(super) events: Vec<Event>,
}

/// The nodes that make up a schema, and where it would stand if there are none.
pub(super) type Place<'n, 'd> = (&'n [Node<'d>], Pointer);

/// A schema of the base and one of the revision.
pub(super) type Both<'b, 'd> = (&'b Schema<'d>, &'b Schema<'d>);

impl<'s, 'f, 'd> Schemas<'s, 'f, 'd> {
    pub(super) fn new(detector: &'s mut Detector<'f, 'd>, part: &'s str, direction: Direction, media: &'s str) -> Self {
        Schemas { detector, part, direction, media, events: Vec::new() }
    }

    /// Compares what stands under `schema` in a parameter, header or media type.
    pub(super) fn under(&mut self, base: &Node<'d>, revision: &Node<'d>) -> Result<()> {
        self.walk(
            (base.get("schema").as_slice(), base.at.join("schema")),
            (revision.get("schema").as_slice(), revision.at.join("schema")),
        )
    }

    /// Compares two schemas as far as one level goes. What it finds is said by trails from there,
    /// paths such as `operation.count` or `users[].emails`; what is within them is left for later.
    pub(super) fn level(&mut self, both: Both<'_, 'd>, nodes: (&[Node<'d>], &[Node<'d>])) -> Result<()> {
        let (before, after) = both;
        self.schema_prose(both);
        if self.types(both)? || self.wrapped(both, nodes)? {
            return Ok(());
        }
        self.values("", both);
        self.alternatives("", both)?;
        self.properties("", both)?;
        self.additional("", both)?;
        if !before.items.is_empty() || !after.items.is_empty() {
            let (here, there) = (before.at.join("items"), after.at.join("items"));
            self.compare("[]", (&before.items, here), (&after.items, there))?;
        }
        Ok(())
    }

    /// Notes that what stands at `trail` is to be compared.
    pub(super) fn compare(&mut self, trail: &str, base: Place<'_, 'd>, revision: Place<'_, 'd>) -> Result<()> {
        let id = self.id(base, revision)?;
        self.events.push(Event::Inner { trail: trail.to_owned(), id });
        Ok(())
    }

    pub(super) fn add(&mut self, change: Change, trail: &str, what: impl Into<String>, at: (Pointer, Pointer)) {
        let rule = Rule::Schema(self.direction, change);
        self.events.push(Event::Found { rule, trail: trail.to_owned(), what: what.into(), at });
    }

    /// Adds a change of one keyword.
    pub(super) fn add_at(
        &mut self,
        keyword: &str,
        change: Change,
        trail: &str,
        what: impl Into<String>,
        (base, revision): Both<'_, '_>,
    ) {
        self.add(change, trail, what, (base.place(keyword), revision.place(keyword)));
    }

    /// Whether the schema travels as XML.
    pub(super) fn is_xml(&self) -> bool {
        self.media.split(';').next().is_some_and(|media| media.to_ascii_lowercase().ends_with("xml"))
    }

    /// Compares the types, and says whether they are too different to compare the rest.
    fn types(&mut self, both: Both<'_, 'd>) -> Result<bool> {
        let (base, revision) = both;
        let (before, after) = (self.kinds(base)?, self.kinds(revision)?);
        let name = |types: &BTreeSet<&str>| types.iter().copied().collect::<Vec<_>>().join(" or ");
        // Where nothing else was said or is, that it is any type says all.
        let free = |schema: &Schema<'_>| schema.says_nothing_else() && schema.alternatives.is_empty();
        let (change, what, stop) = match (&before, &after) {
            (None, Some(types)) => {
                (Change::TypeNarrowed, format!("is {} instead of any type", name(types)), free(base))
            }
            (Some(types), None) => {
                (Change::TypeWidened, format!("is any type instead of {}", name(types)), free(revision))
            }
            (Some(before), Some(after)) if before != after => {
                // Every integer is a number.
                let has = |kind: &str, outer: &BTreeSet<&str>| {
                    outer.contains(kind) || kind == "integer" && outer.contains("number")
                };
                let within = |inner: &BTreeSet<&str>, outer: &BTreeSet<&str>| inner.iter().all(|kind| has(kind, outer));
                let meets = before.iter().any(|kind| has(kind, after)) || after.iter().any(|kind| has(kind, before));
                let change = if within(after, before) {
                    Change::TypeNarrowed
                } else if within(before, after) {
                    Change::TypeWidened
                } else {
                    Change::TypeChanged
                };
                (change, format!("is {} instead of {}", name(after), name(before)), !meets)
            }
            _ => {
                self.nullable(both);
                return Ok(false);
            }
        };
        // Which alternatives are there says the same, and more.
        let alternatives = !base.alternatives.is_empty() && base.types.is_none()
            || !revision.alternatives.is_empty() && revision.types.is_none();
        if stop || !alternatives || before.is_none() || after.is_none() {
            self.add_at("type", change, "", what, both);
        }
        if before.is_some() && after.is_some() {
            self.nullable(both);
        }
        Ok(stop)
    }

    fn nullable(&mut self, both: Both<'_, 'd>) {
        let (change, what) = match (both.0.nullable, both.1.nullable) {
            (false, true) => (Change::NullableAdded, "may be null"),
            (true, false) => (Change::NullableRemoved, "may not be null any more"),
            _ => return,
        };
        // The schema alone may be null where the one alternative that it became may be.
        if both.0.is_only_alternatives() != both.1.is_only_alternatives() {
            let lists = if both.0.is_only_alternatives() { both.0 } else { both.1 };
            if !lists.nullable {
                return;
            }
        }
        self.add_at("nullable", change, "", what, both);
    }

    /// The types that a schema allows: those it names, or those of its alternatives. `None` is any.
    pub(super) fn kinds(&mut self, schema: &Schema<'d>) -> Result<Option<BTreeSet<&'d str>>> {
        self.kinds_within(schema, &mut Vec::new())
    }

    fn kinds_within(&mut self, schema: &Schema<'d>, open: &mut Vec<Pointer>) -> Result<Option<BTreeSet<&'d str>>> {
        if schema.types.is_some() || open.len() > ALTERNATIVES {
            return Ok(schema.types.clone());
        }
        let mut kinds: Option<BTreeSet<&'d str>> = None;
        for list in &schema.alternatives {
            let mut union = Some(BTreeSet::new());
            open.push(list.at.clone());
            for member in &list.members {
                let inner = self.read((std::slice::from_ref(member), Pointer::default()))?;
                // A schema that is one of its own alternatives adds nothing by it.
                if inner.alternatives.iter().any(|inner| open.contains(&inner.at)) {
                    continue;
                }
                union = match (union, self.kinds_within(&inner, open)?) {
                    (Some(known), Some(more)) => Some(&known | &more),
                    _ => None,
                };
            }
            open.pop();
            kinds = match (kinds, union) {
                (Some(known), Some(union)) => Some(&known & &union),
                (known, union) => known.or(union),
            };
        }
        Ok(kinds.filter(|kinds| !kinds.is_empty()))
    }

    fn properties(&mut self, trail: &str, both: Both<'_, 'd>) -> Result<()> {
        let (base, revision) = both;
        for (name, nodes) in &base.properties {
            let trail = below(trail, name);
            let at = (base.property_at(name), revision.property_at(name));
            match revision.property(name) {
                Some(found) => self.property(&trail, name, both, (nodes, found))?,
                None if self.travels(nodes)? => self.add(Change::PropertyRemoved, &trail, "is removed", at),
                None => {}
            }
        }
        for (name, nodes) in &revision.properties {
            if base.property(name).is_some() || !self.travels(nodes)? {
                continue;
            }
            if let Additional::Held(held) = &base.additional {
                // It was there without a name of its own, and kept to that schema.
                let (here, there) = (base.place("additionalProperties"), revision.property_at(name));
                self.required(trail, name, both);
                self.compare(&below(trail, name), (held, here), (nodes, there))?;
                continue;
            }
            let required = revision.required.contains(name);
            let sent = self.direction == Direction::Request;
            let closed = matches!(base.additional, Additional::Closed);
            let (change, what) = match (required, sent) {
                (true, true) => (Change::RequiredPropertyAdded, "is added and must be sent"),
                (false, true) if closed => (Change::PropertyAddedToClosed, "is added and was refused"),
                (_, false) if closed => (Change::PropertyAddedToClosed, "is added where nothing was to be"),
                (true, false) => (Change::RequiredPropertyAdded, "is added and always there"),
                (false, _) => (Change::OptionalPropertyAdded, "is added"),
            };
            self.add(change, &below(trail, name), what, (base.property_at(name), revision.property_at(name)));
        }
        // Names that are required without being described.
        let names: BTreeSet<&str> = base.required.symmetric_difference(&revision.required).copied().collect();
        for name in names {
            if base.property(name).is_none() && revision.property(name).is_none() {
                self.required(trail, name, both);
            }
        }
        Ok(())
    }

    /// Whether a property goes in this direction: one that is only answered is not sent.
    fn travels(&mut self, nodes: &[Node<'d>]) -> Result<bool> {
        let schema = self.read((nodes, Pointer::default()))?;
        Ok(match self.direction {
            Direction::Request => !schema.read_only,
            Direction::Response => !schema.write_only,
        })
    }

    /// Compares a property that both schemas name.
    fn property(
        &mut self,
        trail: &str,
        name: &str,
        both: Both<'_, 'd>,
        (base, revision): (&[Node<'d>], &[Node<'d>]),
    ) -> Result<()> {
        let at = (both.0.property_at(name), both.1.property_at(name));
        let (mut before, mut after) = (self.read((base, at.0.clone()))?, self.read((revision, at.1.clone()))?);
        at_use((base, &mut before), (revision, &mut after));
        let required = both.1.required.contains(name);
        let changes = [
            (
                before.read_only,
                after.read_only,
                "readOnly",
                "read-only",
                [Change::PropertyBecameReadOnly, Change::PropertyBecameNotReadOnly],
            ),
            (
                before.write_only,
                after.write_only,
                "writeOnly",
                "write-only",
                [Change::PropertyBecameWriteOnly, Change::PropertyBecameNotWriteOnly],
            ),
        ];
        for (was, is, keyword, word, [set, unset]) in changes {
            let here_too = matches!(
                (self.direction, keyword),
                (Direction::Request, "readOnly") | (Direction::Response, "writeOnly")
            );
            let (change, what) = match (was, is) {
                (false, true) => (set, format!("is {word} now")),
                // It comes back into this direction, where it is required.
                (true, false) if required && here_too => {
                    (Change::PropertyBecameRequired, format!("is not {word} any more, and required"))
                }
                (true, false) => (unset, format!("is not {word} any more")),
                _ => continue,
            };
            self.add_at(keyword, change, trail, what, (&before, &after));
            if here_too {
                return Ok(());
            }
        }
        let absent = match self.direction {
            Direction::Request => before.read_only && after.read_only,
            Direction::Response => before.write_only && after.write_only,
        };
        if absent {
            return Ok(());
        }
        match (before.deprecated, after.deprecated) {
            (false, true) => {
                self.add_at("deprecated", Change::PropertyDeprecated, trail, "is deprecated", (&before, &after));
            }
            (true, false) => {
                let what = "is not deprecated any more";
                self.add_at("deprecated", Change::PropertyReactivated, trail, what, (&before, &after));
            }
            _ => {}
        }
        let outer = trail.strip_suffix(name).map_or("", |outer| outer.strip_suffix('.').unwrap_or(outer));
        self.required(outer, name, both);
        self.compare(trail, (base, at.0), (revision, at.1))
    }

    fn required(&mut self, trail: &str, name: &str, (base, revision): Both<'_, '_>) {
        let sent = self.direction == Direction::Request;
        let (change, what) = match (base.required.contains(name), revision.required.contains(name)) {
            (false, true) if sent => (Change::PropertyBecameRequired, "must be sent"),
            (false, true) => (Change::PropertyBecameRequired, "is always there"),
            (true, false) if sent => (Change::PropertyBecameOptional, "may be left out"),
            (true, false) => (Change::PropertyBecameOptional, "may be missing"),
            _ => return,
        };
        self.add(change, &below(trail, name), what, (base.property_at(name), revision.property_at(name)));
    }

    fn additional(&mut self, trail: &str, both: Both<'_, 'd>) -> Result<()> {
        let keyword = "additionalProperties";
        let (change, what) = match (&both.0.additional, &both.1.additional) {
            (Additional::Open, Additional::Open) | (Additional::Closed, Additional::Closed) => {
                return Ok(());
            }
            (Additional::Held(before), Additional::Held(after)) => {
                let (here, there) = (both.0.place(keyword), both.1.place(keyword));
                return self.compare(&below(trail, "*"), (before, here), (after, there));
            }
            (_, Additional::Closed) => {
                (Change::AdditionalPropertiesNarrowed, "may have no properties but the named ones")
            }
            (Additional::Open, Additional::Held(_)) => {
                (Change::AdditionalPropertiesNarrowed, "holds its other properties to a schema")
            }
            (Additional::Closed, Additional::Held(_)) => {
                (Change::AdditionalPropertiesWidened, "may have properties beside the named ones")
            }
            (Additional::Held(_), Additional::Open) => {
                (Change::AdditionalPropertiesWidened, "may have any properties beside the named ones")
            }
            (Additional::Closed, Additional::Open) => {
                (Change::AdditionalPropertiesWidened, "may have properties beside the named ones")
            }
        };
        self.add_at(keyword, change, trail, what, both);
        Ok(())
    }
}

/// How deep lists of alternatives are looked into for the types that they allow.
const ALTERNATIVES: usize = 20;

/// The trail of a property.
fn below(trail: &str, name: &str) -> String {
    match trail {
        "" => name.to_owned(),
        _ => format!("{trail}.{name}"),
    }
}
