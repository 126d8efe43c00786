//! Detects differences between two schemas, level by level.

use std::collections::{BTreeSet, HashSet};
use std::mem;

use super::Detector;
use crate::document::{DEPTH, Node};
use crate::error::Result;
use crate::finding::Subject;
use crate::pointer::Pointer;
use crate::rules::{Change, Direction, Rule};
use crate::schema::{Additional, Schema};

/// Compares the schemas of one part of an endpoint, such as its request body.
pub(super) struct Schemas<'s, 'f> {
    pub(super) detector: &'s mut Detector<'f>,
    part: &'s str,
    pub(super) direction: Direction,
    /// The media type, empty if there is none.
    media: &'s str,
    /// The pairs of schemas that are being compared: within themselves, they are taken to be equal.
    open: Vec<Pair>,
    /// Those, and the pairs that were compared: each is compared once.
    known: HashSet<Pair>,
    /// The pairs that became known, in order, to be forgotten again.
    met: Vec<Pair>,
    /// Whether it is only asked if there is any difference.
    asking: bool,
}

/// Two schemas, by the places of the parts that each is made of.
pub(super) type Pair = (Vec<Pointer>, Vec<Pointer>);

/// The nodes that make up a schema, and where it would stand if there are none.
pub(super) type Place<'n, 'd> = (&'n [Node<'d>], Pointer);

/// A schema of the base and one of the revision.
pub(super) type Both<'b, 'd> = (&'b Schema<'d>, &'b Schema<'d>);

impl<'s, 'f> Schemas<'s, 'f> {
    pub(super) fn new(detector: &'s mut Detector<'f>, part: &'s str, direction: Direction, media: &'s str) -> Self {
        let (open, known, met) = (Vec::new(), HashSet::new(), Vec::new());
        Schemas { detector, part, direction, media, open, known, met, asking: false }
    }

    /// Compares what stands under `schema` in a parameter, header or media type.
    pub(super) fn under(&mut self, base: &Node<'_>, revision: &Node<'_>) -> Result<()> {
        self.compare(
            "",
            (base.get("schema").as_slice(), base.at.join("schema")),
            (revision.get("schema").as_slice(), revision.at.join("schema")),
        )
    }

    /// Compares what stands at `trail`, a path such as `operation.count` or `users[].emails`.
    pub(super) fn compare(
        &mut self,
        trail: &str,
        (base, base_at): Place<'_, '_>,
        (revision, revision_at): Place<'_, '_>,
    ) -> Result<()> {
        if self.asking && self.detector.sink.findings.is_more_than_prose() {
            return Ok(());
        }
        let before = Schema::read(base, base_at)?;
        let after = Schema::read(revision, revision_at)?;
        let pair = (before.parts.clone(), after.parts.clone());
        if !self.known.insert(pair.clone()) {
            return Ok(());
        }
        self.met.push(pair.clone());
        if self.open.len() == DEPTH {
            let node = base.first().or(revision.first());
            return node.map_or(Ok(()), |node| Err(node.error("schemas stand within each other too deep")));
        }
        self.open.push(pair);
        let both = (&before, &after);
        self.detector.schema_prose(&said(self.part, trail), both.0, both.1);
        if self.wrapped(trail, both, (base, revision))? || self.types(trail, both) {
            self.open.pop();
            return Ok(());
        }
        self.values(trail, both);
        self.alternatives(trail, both)?;
        self.properties(trail, both)?;
        self.additional(trail, both)?;
        if !before.items.is_empty() || !after.items.is_empty() {
            self.compare(
                &format!("{trail}[]"),
                (&before.items, before.at.join("items")),
                (&after.items, after.at.join("items")),
            )?;
        }
        self.open.pop();
        Ok(())
    }

    /// Whether two schemas say the same of their values.
    pub(super) fn same(&mut self, base: &[Node<'_>], revision: &[Node<'_>]) -> Result<bool> {
        let read = |nodes| Schema::read(nodes, Pointer::default());
        let (before, after) = (read(base)?, read(revision)?);
        let question = (self.direction, self.is_xml(), (before.parts, after.parts));
        if let Some(answer) = self.detector.sink.answers.get(&question) {
            return Ok(*answer);
        }
        let outer = mem::take(&mut self.detector.sink.findings);
        let asking = mem::replace(&mut self.asking, true);
        let met = self.met.len();
        // What is known to be told of may well differ.
        let told = (!asking).then(|| mem::replace(&mut self.known, self.open.iter().cloned().collect()));
        let compared = self.compare("", (base, Pointer::default()), (revision, Pointer::default()));
        let inner = mem::replace(&mut self.detector.sink.findings, outer);
        self.asking = asking;
        compared?;
        let same = !inner.is_more_than_prose();
        // Where the answer is no, what seemed equal was so only on the assumption that it is yes.
        if !same {
            for pair in self.met.drain(met..) {
                self.known.remove(&pair);
            }
        }
        if let Some(told) = told {
            self.met.truncate(met);
            self.known = told;
        }
        self.detector.sink.answers.insert(question, same);
        Ok(same)
    }

    pub(super) fn add(&mut self, change: Change, trail: &str, what: impl Into<String>, at: (Pointer, Pointer)) {
        let subject = Subject { part: self.part.to_owned(), trail: trail.to_owned() };
        self.detector.add(Rule::Schema(self.direction, change), at, Some(subject), what.into());
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
    fn types(&mut self, trail: &str, both: Both<'_, '_>) -> bool {
        let (base, revision) = both;
        let name = |types: &BTreeSet<&str>| types.iter().copied().collect::<Vec<_>>().join(" or ");
        let (change, what) = match (&base.types, &revision.types) {
            (None, Some(types)) => (Change::TypeNarrowed, format!("is {} instead of any type", name(types))),
            (Some(types), None) => (Change::TypeWidened, format!("is any type instead of {}", name(types))),
            (Some(before), Some(after)) if before != after => {
                // Every integer is a number.
                let within = |inner: &BTreeSet<&str>, outer: &BTreeSet<&str>| {
                    inner.iter().all(|kind| outer.contains(kind) || *kind == "integer" && outer.contains("number"))
                };
                let change = if within(after, before) {
                    Change::TypeNarrowed
                } else if within(before, after) {
                    Change::TypeWidened
                } else {
                    Change::TypeChanged
                };
                (change, format!("is {} instead of {}", name(after), name(before)))
            }
            _ => {
                let change = match (base.nullable, revision.nullable) {
                    (false, true) => (Change::NullableAdded, "may be null"),
                    (true, false) => (Change::NullableRemoved, "may not be null any more"),
                    _ => return false,
                };
                self.add_at("nullable", change.0, trail, change.1, both);
                return false;
            }
        };
        self.add_at("type", change, trail, what, both);
        true
    }

    fn properties(&mut self, trail: &str, both: Both<'_, '_>) -> Result<()> {
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
    fn travels(&self, nodes: &[Node<'_>]) -> Result<bool> {
        let schema = Schema::read(nodes, Pointer::default())?;
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
        both: Both<'_, '_>,
        (base, revision): (&[Node<'_>], &[Node<'_>]),
    ) -> Result<()> {
        let at = (both.0.property_at(name), both.1.property_at(name));
        let (before, after) = (Schema::read(base, at.0.clone())?, Schema::read(revision, at.1.clone())?);
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

    fn additional(&mut self, trail: &str, both: Both<'_, '_>) -> Result<()> {
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

/// The trail of a property.
fn below(trail: &str, name: &str) -> String {
    match trail {
        "" => name.to_owned(),
        _ => format!("{trail}.{name}"),
    }
}

/// A part of an endpoint with the way into it.
fn said(part: &str, trail: &str) -> String {
    if trail.is_empty() { part.to_owned() } else { format!("{part}: `{trail}`") }
}
