//! Detects differences between the alternatives of two schemas: `oneOf`, `anyOf` and `not`.

use std::collections::BTreeSet;
use std::slice::from_ref;

use super::schema::{Both, Schemas};
use crate::document::Node;
use crate::error::Result;
use crate::pointer::Pointer;
use crate::rules::Change;
use crate::schema::{Alternatives, Schema};

/// How the schemas of two `oneOf` or `anyOf` belong together.
struct Matched<'n, 'd> {
    /// Those that are the same one and differ within.
    pairs: Vec<(&'n Node<'d>, &'n Node<'d>)>,
    gone: Vec<&'n Node<'d>>,
    new: Vec<&'n Node<'d>>,
}

impl Schemas<'_, '_> {
    /// Compares a schema with a list of alternatives of which it is one, as if it were a list of one;
    /// says whether that is how the two belong together.
    pub(super) fn wrapped(
        &mut self,
        trail: &str,
        (base, revision): Both<'_, '_>,
        (before, after): (&[Node<'_>], &[Node<'_>]),
    ) -> Result<bool> {
        let (alternatives, widens) = match (base.alternatives.as_slice(), revision.alternatives.as_slice()) {
            ([], [alternatives]) if revision.is_only_alternatives() && base.types.is_some() => (alternatives, true),
            ([alternatives], []) if base.is_only_alternatives() && revision.types.is_some() => (alternatives, false),
            _ => return Ok(false),
        };
        for (index, member) in alternatives.members.iter().enumerate() {
            let same = if widens { self.same(before, from_ref(member)) } else { self.same(from_ref(member), after) };
            if !same? {
                continue;
            }
            let keyword = if alternatives.exclusive { "oneOf" } else { "anyOf" };
            for (_, other) in alternatives.members.iter().enumerate().filter(|(other, _)| *other != index) {
                if widens {
                    self.joined(trail, alternatives.exclusive, &base.at.join(keyword), other)?;
                } else {
                    self.left(trail, alternatives.exclusive, other, &revision.at.join(keyword))?;
                }
            }
            return Ok(true);
        }
        Ok(false)
    }

    /// Compares the alternatives of two schemas.
    pub(super) fn alternatives(&mut self, trail: &str, both: Both<'_, '_>) -> Result<()> {
        let mut gone: Vec<&Alternatives<'_>> = both.0.alternatives.iter().collect();
        let mut new: Vec<&Alternatives<'_>> = both.1.alternatives.iter().collect();
        let mut pairs = Vec::new();
        // Parts of an `allOf` may have one each, in another order.
        for same_schemas in [true, false] {
            for known in std::mem::take(&mut gone) {
                let mut found = None;
                for (index, other) in new.iter().enumerate() {
                    let alike = known.exclusive == other.exclusive
                        && (!same_schemas || self.matched(&known.members, &other.members)?.is_same());
                    if alike {
                        found = Some(index);
                        break;
                    }
                }
                match found {
                    Some(index) => pairs.push((known, new.remove(index))),
                    None => gone.push(known),
                }
            }
        }
        let both_kinds = gone.len().min(new.len());
        for (known, other) in gone.drain(..both_kinds).zip(new.drain(..both_kinds)) {
            let (change, what) = if known.exclusive {
                (Change::OneOfBecameAnyOf, "may match several of its schemas")
            } else {
                (Change::AnyOfBecameOneOf, "has to match one of its schemas alone")
            };
            self.add(change, trail, what, (known.at.clone(), other.at.clone()));
            pairs.push((known, other));
        }
        for known in gone {
            let what = "need not match one of several schemas any more";
            let there = both.1.at.join(if known.exclusive { "oneOf" } else { "anyOf" });
            self.add(Change::AlternativesRemoved, trail, what, (known.at.clone(), there));
        }
        for other in new {
            let what = "has to match one of several schemas";
            let here = both.0.at.join(if other.exclusive { "oneOf" } else { "anyOf" });
            self.add(Change::AlternativesAdded, trail, what, (here, other.at.clone()));
        }
        for (known, other) in pairs {
            let matched = self.matched(&known.members, &other.members)?;
            for (before, after) in matched.pairs {
                let (here, there) = (before.at.clone(), after.at.clone());
                self.compare(trail, (from_ref(before), here), (from_ref(after), there))?;
            }
            for member in matched.gone {
                self.left(trail, other.exclusive, member, &other.at)?;
            }
            for member in matched.new {
                self.joined(trail, other.exclusive, &known.at, member)?;
            }
        }
        self.discriminator(trail, both)?;
        self.not(trail, both)
    }

    fn joined(&mut self, trail: &str, exclusive: bool, base: &Pointer, member: &Node<'_>) -> Result<()> {
        let change = if exclusive { Change::OneOfAdded } else { Change::AnyOfAdded };
        let label = label(member)?;
        self.add(change, trail, format!("may be {label} too"), (base.join(&label), member.at.clone()));
        Ok(())
    }

    fn left(&mut self, trail: &str, exclusive: bool, member: &Node<'_>, revision: &Pointer) -> Result<()> {
        let change = if exclusive { Change::OneOfRemoved } else { Change::AnyOfRemoved };
        let what = format!("may not be {} any more", label(member)?);
        self.add(change, trail, what, (member.at.clone(), revision.clone()));
        Ok(())
    }

    /// Finds out which schemas belong together: the same ones, then those that have the same name,
    /// title or tag, then the only two that are left of one type.
    fn matched<'n, 'd>(&mut self, before: &'n [Node<'d>], after: &'n [Node<'d>]) -> Result<Matched<'n, 'd>> {
        let mut matched = Matched { pairs: Vec::new(), gone: Vec::new(), new: after.iter().collect() };
        for member in before {
            let mut found = None;
            for (index, other) in matched.new.iter().enumerate() {
                if self.same(from_ref(member), from_ref(*other))? {
                    found = Some(index);
                    break;
                }
            }
            match found {
                Some(index) => matched.pairs.push((member, matched.new.remove(index))),
                None => matched.gone.push(member),
            }
        }
        for mark in [name, title, tag] {
            for member in std::mem::take(&mut matched.gone) {
                let mine = mark(member)?;
                let mut found = None;
                for (index, other) in matched.new.iter().enumerate() {
                    if mine.is_some() && mark(other)? == mine {
                        found = Some(index);
                        break;
                    }
                }
                match found {
                    Some(index) => matched.pairs.push((member, matched.new.remove(index))),
                    None => matched.gone.push(member),
                }
            }
        }
        if let ([member], [other]) = (matched.gone.as_slice(), matched.new.as_slice()) {
            let types = |node: &Node<'d>| Ok(Schema::read(from_ref(node), Pointer::default())?.types);
            let (mine, others) = (types(member)?, types(other)?);
            if mine == others {
                matched.pairs.push((member, other));
                (matched.gone, matched.new) = (Vec::new(), Vec::new());
            }
        }
        Ok(matched)
    }

    fn discriminator(&mut self, trail: &str, both: Both<'_, '_>) -> Result<()> {
        let key = "discriminator";
        let (base, revision) = match (both.0.said.get(key), both.1.said.get(key)) {
            (None, None) => return Ok(()),
            (None, Some(node)) => {
                let what = format!("says by `{}` which of its schemas it is", property(node)?);
                let at = (both.0.at.join(key), node.at.clone());
                self.add(Change::DiscriminatorAdded, trail, what, at);
                return Ok(());
            }
            (Some(node), None) => {
                let what = format!("does not say by `{}` any more which of its schemas it is", property(node)?);
                let at = (node.at.clone(), both.1.at.join(key));
                self.add(Change::DiscriminatorRemoved, trail, what, at);
                return Ok(());
            }
            (Some(base), Some(revision)) => (base, revision),
        };
        let (before, after) = (property(base)?, property(revision)?);
        if before != after {
            let what = format!("says by `{after}` instead of `{before}` which of its schemas it is");
            let at = (base.at.join("propertyName"), revision.at.join("propertyName"));
            self.add(Change::DiscriminatorPropertyChanged, trail, what, at);
        }
        let (published, found) = (base.all_entries("mapping")?, revision.all_entries("mapping")?);
        for (value, node) in &published {
            let there = revision.at.join("mapping").join(value);
            let Some((_, other)) = found.iter().find(|(other, _)| other == value) else {
                let what = format!("does not know \"{value}\" as one of its schemas any more");
                self.add(Change::DiscriminatorMappingRemoved, trail, what, (node.at.clone(), there));
                continue;
            };
            let (mine, others) = (mapped(node), mapped(other));
            if mine != others && !self.same_target(node, other)? {
                let what = format!("means {others} instead of {mine} by \"{value}\"");
                self.add(Change::DiscriminatorMappingChanged, trail, what, (node.at.clone(), there));
            }
        }
        for (value, node) in &found {
            if !published.iter().any(|(known, _)| known == value) {
                let what = format!("knows \"{value}\" as one of its schemas");
                let here = base.at.join("mapping").join(value);
                self.add(Change::DiscriminatorMappingAdded, trail, what, (here, node.at.clone()));
            }
        }
        Ok(())
    }

    /// Whether what two entries of a mapping lead to is the same schema under another name.
    fn same_target(&mut self, base: &Node<'_>, revision: &Node<'_>) -> Result<bool> {
        let (Some(before), Some(after)) = (target(base), target(revision)) else { return Ok(false) };
        self.same(&[before], &[after])
    }

    fn not(&mut self, trail: &str, both: Both<'_, '_>) -> Result<()> {
        let mut new: Vec<&Node<'_>> = both.1.not.iter().collect();
        let mut gone = Vec::new();
        for known in &both.0.not {
            let mut found = None;
            for (index, other) in new.iter().enumerate() {
                if self.same(from_ref(known), from_ref(*other))? {
                    found = Some(index);
                    break;
                }
            }
            match found {
                Some(index) => drop(new.remove(index)),
                None => gone.push(known),
            }
        }
        let (here, there) = (both.0.place("not"), both.1.place("not"));
        match (gone.first(), new.first()) {
            (Some(known), Some(other)) => {
                let at = (known.at.clone(), other.at.clone());
                self.add(Change::NotChanged, trail, "may not match another schema than before", at);
            }
            (Some(known), None) => {
                let what = "may match what it could not";
                self.add(Change::NotRemoved, trail, what, (known.at.clone(), there));
            }
            (None, Some(other)) => {
                let what = "may not match a certain schema";
                self.add(Change::NotAdded, trail, what, (here, other.at.clone()));
            }
            (None, None) => {}
        }
        Ok(())
    }
}

impl Matched<'_, '_> {
    fn is_same(&self) -> bool {
        self.gone.is_empty() && self.new.is_empty()
    }
}

/// The name of the component that a schema is, if it is a reference.
fn name(node: &Node<'_>) -> Result<Option<String>> {
    let reference = node.value.get("$ref").and_then(|reference| reference.as_str());
    Ok(reference.and_then(|reference| reference.rsplit('/').next()).map(str::to_owned))
}

fn title(node: &Node<'_>) -> Result<Option<String>> {
    Ok(node.resolve()?.text("title")?.map(str::to_owned))
}

/// The properties of which a schema names the one value: what tells the schemas of a tagged union
/// from each other.
fn tag(node: &Node<'_>) -> Result<Option<String>> {
    let schema = Schema::read(from_ref(node), Pointer::default())?;
    let mut tags = BTreeSet::new();
    for (name, nodes) in &schema.properties {
        if let Some([only]) = Schema::read(nodes, Pointer::default())?.allowed.as_deref() {
            tags.insert(format!("{name}={}", only.value));
        }
    }
    Ok((!tags.is_empty()).then(|| tags.into_iter().collect::<Vec<_>>().join(",")))
}

/// What to call a schema among others: its name or title, or else its type.
fn label(node: &Node<'_>) -> Result<String> {
    if let Some(name) = name(node)?.or(title(node)?).or(tag(node)?) {
        return Ok(name);
    }
    let schema = Schema::read(from_ref(node), Pointer::default())?;
    Ok(schema.types.and_then(|types| types.first().map(|name| (*name).to_owned())).unwrap_or("any value".to_owned()))
}

fn property<'d>(discriminator: &Node<'d>) -> Result<&'d str> {
    discriminator.text("propertyName")?.ok_or_else(|| discriminator.error("a discriminator needs a `propertyName`"))
}

/// The name of the schema that an entry of a mapping leads to.
fn mapped<'d>(entry: &Node<'d>) -> &'d str {
    let target = entry.value.as_str().unwrap_or("");
    target.rsplit('/').next().unwrap_or(target)
}

/// The schema that an entry of a mapping leads to, if it does.
fn target<'d>(entry: &Node<'d>) -> Option<Node<'d>> {
    let at = format!("/components/schemas/{}", mapped(entry));
    let value = entry.document.root.pointer(&at)?;
    value.is_object().then(|| Node { document: entry.document, value, at: Pointer::new(&at) })
}
