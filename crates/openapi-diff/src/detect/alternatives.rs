//! Detects differences between the alternatives of two schemas: `oneOf`, `anyOf` and `not`.

use std::collections::{BTreeSet, HashMap};
use std::slice::from_ref;

use super::schema::{Both, Schemas};
use crate::document::Node;
use crate::error::Result;
use crate::pointer::Pointer;
use crate::rules::Change;
use crate::schema::{Alternatives, Schema};

/// One of the schemas under `oneOf` or `anyOf`, or one alone: the nodes that it is made of.
type Member<'d> = Vec<Node<'d>>;

/// How the schemas of two `oneOf` or `anyOf` belong together, by their indexes.
#[derive(Default)]
struct Matched {
    /// Those that are the same one, though they may differ within.
    pairs: Vec<(usize, usize)>,
    gone: Vec<usize>,
    new: Vec<usize>,
}

/// The names of components that one document has as an alternative and the other has not.
#[derive(Default)]
pub(super) struct Moved {
    pub(super) gone: Vec<String>,
    pub(super) new: Vec<String>,
}

impl<'d> Schemas<'_, '_, 'd> {
    /// Compares a schema alone with a list of alternatives as if it were a list of one; says whether
    /// that is what the two are.
    pub(super) fn wrapped(&mut self, both: Both<'_, 'd>, (before, after): (&[Node<'d>], &[Node<'d>])) -> Result<bool> {
        let (base, revision) = both;
        let listed = |list: &Alternatives<'d>| list.members.iter().map(|member| vec![member.clone()]).collect();
        let (lists, known, other): (_, Vec<Member<'d>>, Vec<Member<'d>>) =
            match (base.alternatives.as_slice(), revision.alternatives.as_slice()) {
                ([], [list]) if revision.is_only_alternatives() && base.types.is_some() => {
                    (revision, vec![before.to_vec()], listed(list))
                }
                ([list], []) if base.is_only_alternatives() && revision.types.is_some() => {
                    (base, listed(list), vec![after.to_vec()])
                }
                _ => return Ok(false),
            };
        let Some(list) = lists.alternatives.first() else { return Ok(false) };
        let keyword = if list.exclusive { "oneOf" } else { "anyOf" };
        let place = |schema: &Schema<'d>| {
            schema.alternatives.first().map_or_else(|| schema.at.join(keyword), |list| list.at.clone())
        };
        let moved = self.members(list.exclusive, (&known, &other), (&place(base), &place(revision)))?;
        // What stands beside the list holds for whichever it is.
        if lists.said.contains_key("default") {
            self.default("", both);
        }
        if lists.said.contains_key("discriminator") {
            self.discriminator("", both, &moved)?;
        }
        Ok(true)
    }

    /// Compares the members of two lists.
    fn members(
        &mut self,
        exclusive: bool,
        (known, other): (&[Member<'d>], &[Member<'d>]),
        (base, revision): (&Pointer, &Pointer),
    ) -> Result<Moved> {
        let matched = self.matched(known, other)?;
        for (before, after) in &matched.pairs {
            if let (Some(before), Some(after)) = (known.get(*before), other.get(*after)) {
                self.compare("", (before, base.clone()), (after, revision.clone()))?;
            }
        }
        let mut moved = Moved::default();
        for member in matched.gone.into_iter().filter_map(|index| known.get(index)) {
            self.left("", exclusive, member, revision)?;
            moved.gone.extend(name(member)?);
        }
        for member in matched.new.into_iter().filter_map(|index| other.get(index)) {
            self.joined("", exclusive, base, member)?;
            moved.new.extend(name(member)?);
        }
        Ok(moved)
    }

    /// Compares the alternatives of two schemas.
    pub(super) fn alternatives(&mut self, trail: &str, both: Both<'_, 'd>) -> Result<()> {
        let listed = |list: &Alternatives<'d>| -> Vec<Member<'d>> {
            list.members.iter().map(|member| vec![member.clone()]).collect()
        };
        let mut gone: Vec<&Alternatives<'d>> = both.0.alternatives.iter().collect();
        let mut new: Vec<&Alternatives<'d>> = both.1.alternatives.iter().collect();
        let mut pairs = Vec::new();
        // Parts of an `allOf` may have one each, in another order.
        for same_schemas in [true, false] {
            for known in std::mem::take(&mut gone) {
                let mut found = None;
                for (index, other) in new.iter().enumerate() {
                    let alike = known.exclusive == other.exclusive
                        && (!same_schemas || self.matched(&listed(known), &listed(other))?.is_same());
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
        let mut moved = Moved::default();
        for (known, other) in pairs {
            let lists = (listed(known), listed(other));
            let more = self.members(other.exclusive, (&lists.0, &lists.1), (&known.at, &other.at))?;
            moved.gone.extend(more.gone);
            moved.new.extend(more.new);
        }
        self.discriminator(trail, both, &moved)?;
        self.not(trail, both)
    }

    fn joined(&mut self, trail: &str, exclusive: bool, base: &Pointer, member: &[Node<'d>]) -> Result<()> {
        let change = if exclusive { Change::OneOfAdded } else { Change::AnyOfAdded };
        let label = self.label(member)?;
        self.add(change, trail, format!("may be {label} too"), (base.join(&label), at(member)));
        Ok(())
    }

    fn left(&mut self, trail: &str, exclusive: bool, member: &[Node<'d>], revision: &Pointer) -> Result<()> {
        let change = if exclusive { Change::OneOfRemoved } else { Change::AnyOfRemoved };
        let what = format!("may not be {} any more", self.label(member)?);
        self.add(change, trail, what, (at(member), revision.clone()));
        Ok(())
    }

    /// Finds out which schemas belong together: the same ones, then those that have the same name,
    /// title or tag, then the only two that are left of one type.
    fn matched(&mut self, before: &[Member<'d>], after: &[Member<'d>]) -> Result<Matched> {
        let mut matched = Matched { new: (0..after.len()).collect(), ..Matched::default() };
        // Most stay what they are under the name that they have.
        let mut names: HashMap<String, usize> = HashMap::new();
        for (index, member) in after.iter().enumerate() {
            names.extend(name(member)?.map(|name| (name, index)));
        }
        let mut taken = BTreeSet::new();
        for (index, member) in before.iter().enumerate() {
            let namesake = name(member)?.and_then(|name| names.get(&name).copied());
            match namesake.and_then(|other| Some((other, after.get(other)?))) {
                Some((other, found)) if !taken.contains(&other) && self.same(member, found)? => {
                    taken.insert(other);
                    matched.pairs.push((index, other));
                }
                _ => matched.gone.push(index),
            }
        }
        matched.new.retain(|index| !taken.contains(index));
        self.match_by(&mut matched, (before, after), |schemas, before, after| schemas.same(before, after))?;
        for mark in [Self::name, Self::title, Self::tag] {
            let marks = |schemas: &mut Self, members: &[Member<'d>]| -> Result<Vec<Option<String>>> {
                members.iter().map(|member| mark(schemas, member)).collect()
            };
            let (mine, others) = (marks(self, before)?, marks(self, after)?);
            matched.pair_up(|gone, new| {
                let mark = mine.get(gone).and_then(Option::as_ref);
                mark.is_some() && mark == others.get(new).and_then(Option::as_ref)
            });
        }
        let kinds = |schemas: &mut Self, members: &[Member<'d>]| -> Result<Vec<Option<BTreeSet<&'d str>>>> {
            let kind = |member: &Member<'d>| {
                let schema = schemas.read((member, Pointer::default()))?;
                schemas.kinds(&schema)
            };
            members.iter().map(kind).collect()
        };
        let (mine, others) = (kinds(self, before)?, kinds(self, after)?);
        let (gone, new) = (matched.gone.clone(), matched.new.clone());
        matched.pair_up(|known, other| {
            let kind = mine.get(known);
            kind == others.get(other)
                && gone.iter().filter(|index| mine.get(**index) == kind).count() == 1
                && new.iter().filter(|index| others.get(**index) == kind).count() == 1
        });
        Ok(matched)
    }

    /// Pairs those up that are left and of which `alike` holds.
    fn match_by(
        &mut self,
        matched: &mut Matched,
        (before, after): (&[Member<'d>], &[Member<'d>]),
        alike: impl Fn(&mut Self, &[Node<'d>], &[Node<'d>]) -> Result<bool>,
    ) -> Result<()> {
        for index in std::mem::take(&mut matched.gone) {
            let mut found = None;
            for (position, other) in matched.new.iter().enumerate() {
                if let (Some(before), Some(after)) = (before.get(index), after.get(*other))
                    && alike(self, before, after)?
                {
                    found = Some(position);
                    break;
                }
            }
            match found {
                Some(position) => matched.pairs.push((index, matched.new.remove(position))),
                None => matched.gone.push(index),
            }
        }
        Ok(())
    }

    fn name(&mut self, member: &Member<'d>) -> Result<Option<String>> {
        name(member)
    }

    fn title(&mut self, member: &Member<'d>) -> Result<Option<String>> {
        let schema = self.read((member, Pointer::default()))?;
        Ok(schema.said.get("title").and_then(|title| title.value.as_str()).map(str::to_owned))
    }

    /// The properties of which a schema names the one value: what tells the schemas of a tagged union
    /// from each other.
    fn tag(&mut self, member: &Member<'d>) -> Result<Option<String>> {
        let schema = self.read((member, Pointer::default()))?;
        let mut tags = BTreeSet::new();
        for (name, nodes) in &schema.properties {
            if let Some([only]) = self.read((nodes, Pointer::default()))?.allowed.as_deref() {
                tags.insert(format!("{name}={}", only.value));
            }
        }
        Ok((!tags.is_empty()).then(|| tags.into_iter().collect::<Vec<_>>().join(",")))
    }

    /// What to call a schema among others: its name or title, or else its type.
    fn label(&mut self, member: &[Node<'d>]) -> Result<String> {
        let member = member.to_vec();
        if let Some(name) = name(&member)?.or(self.title(&member)?).or(self.tag(&member)?) {
            return Ok(name);
        }
        let schema = self.read((&member, Pointer::default()))?;
        let kinds = self.kinds(&schema)?;
        Ok(kinds.map_or_else(|| "any value".to_owned(), |kinds| kinds.into_iter().collect::<Vec<_>>().join(" or ")))
    }

    fn not(&mut self, trail: &str, both: Both<'_, 'd>) -> Result<()> {
        let mut new: Vec<&Node<'d>> = both.1.not.iter().collect();
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

impl Matched {
    fn is_same(&self) -> bool {
        self.gone.is_empty() && self.new.is_empty()
    }

    /// Pairs those up that are left and of which `alike` holds.
    fn pair_up(&mut self, alike: impl Fn(usize, usize) -> bool) {
        for index in std::mem::take(&mut self.gone) {
            match self.new.iter().position(|other| alike(index, *other)) {
                Some(position) => self.pairs.push((index, self.new.remove(position))),
                None => self.gone.push(index),
            }
        }
    }
}

/// Where a schema stands.
fn at(member: &[Node<'_>]) -> Pointer {
    member.first().map(|node| node.at.clone()).unwrap_or_default()
}

/// The name of the component that a schema is, if it is a reference.
fn name(member: &[Node<'_>]) -> Result<Option<String>> {
    let [node] = member else { return Ok(None) };
    let reference = node.value.get("$ref").and_then(|reference| reference.as_str());
    Ok(reference.and_then(|reference| reference.rsplit('/').next()).map(str::to_owned))
}
