//! Detects differences between two discriminators: which values mean which schemas.

use std::collections::{BTreeMap, HashMap, HashSet};

use super::alternatives::Moved;
use super::schema::{Both, Schemas};
use crate::document::Node;
use crate::error::Result;
use crate::pointer::Pointer;
use crate::rules::Change;
use crate::schema::Schema;

/// What a value of a discriminator's property means.
struct Meaning<'d> {
    /// The name of the schema.
    name: String,
    /// The schema, if it is there.
    target: Option<[Node<'d>; 1]>,
    at: Pointer,
    /// Whether the mapping says so, rather than the name of the component.
    spelt: bool,
}

impl<'d> Schemas<'_, '_, 'd> {
    /// Compares which property says what a value is, and by which words.
    pub(super) fn discriminator(&mut self, trail: &str, both: Both<'_, 'd>, moved: &Moved) -> Result<()> {
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
        let (published, found) = (self.meanings(both.0, base)?, self.meanings(both.1, revision)?);
        for (value, meaning) in &published {
            let there = revision.at.join("mapping").join(value);
            let Some(other) = found.get(value) else {
                // That a schema is no alternative any more says it of its name too.
                if meaning.spelt || !moved.gone.contains(value) && !renamed(value, &found, &published) {
                    let what = format!("does not know \"{value}\" as one of its schemas any more");
                    self.add(Change::DiscriminatorMappingRemoved, trail, what, (meaning.at.clone(), there));
                }
                continue;
            };
            match (&meaning.target, &other.target) {
                (Some(before), Some(after)) if meaning.name == other.name || self.same(before, after)? => {
                    self.compare(trail, (before, meaning.at.clone()), (after, other.at.clone()))?;
                }
                _ if meaning.name != other.name => {
                    let what = format!("means {} instead of {} by \"{value}\"", other.name, meaning.name);
                    self.add(Change::DiscriminatorMappingChanged, trail, what, (meaning.at.clone(), there));
                }
                _ => {}
            }
        }
        for (value, meaning) in &found {
            let implied = !meaning.spelt && (moved.new.contains(value) || renamed(value, &published, &found));
            if !published.contains_key(value) && !implied {
                let what = format!("knows \"{value}\" as one of its schemas");
                let here = base.at.join("mapping").join(value);
                self.add(Change::DiscriminatorMappingAdded, trail, what, (here, meaning.at.clone()));
            }
        }
        Ok(())
    }

    /// What each value means: as the mapping says, or else by the name of the component that is an
    /// alternative, or that is made of this one by `allOf`.
    fn meanings(&mut self, schema: &Schema<'d>, discriminator: &Node<'d>) -> Result<BTreeMap<String, Meaning<'d>>> {
        let mut meanings = BTreeMap::new();
        for (value, node) in discriminator.all_entries("mapping")? {
            let reference = node.value.as_str().unwrap_or("");
            let name = named(reference);
            let target = component(&node, &name).map(|node| [node]);
            meanings.insert(value.to_owned(), Meaning { name, target, at: node.at, spelt: true });
        }
        let spelt: Vec<String> = meanings.values().map(|meaning| meaning.name.clone()).collect();
        let members = schema.alternatives.iter().flat_map(|list| &list.members);
        let mut names: Vec<String> = members
            .filter_map(|member| member.value.get("$ref")?.as_str()?.strip_prefix(COMPONENTS).map(named))
            .collect();
        // Only the schema that has the discriminator stands for those made of it.
        if schema.alternatives.is_empty() && schema.at.join("discriminator") == discriminator.at {
            names.extend(self.made_of(&schema.at, discriminator)?);
        }
        for name in names.into_iter().filter(|name| !spelt.contains(name)) {
            let target = component(discriminator, &name).map(|node| [node]);
            let at = discriminator.at.join("mapping").join(&name);
            meanings.entry(name.clone()).or_insert(Meaning { name, target, at, spelt: false });
        }
        Ok(meanings)
    }

    /// The names of the components that are made of the one at `at` by their `allOf`, be it by way of
    /// others.
    fn made_of(&self, at: &Pointer, discriminator: &Node<'d>) -> Result<Vec<String>> {
        let root = discriminator.document.root();
        let Some(components) = root.get("components") else { return Ok(Vec::new()) };
        let mut made: HashMap<Pointer, Vec<(&str, Pointer)>> = HashMap::new();
        for (name, node) in components.all_entries("schemas")? {
            for part in node.items("allOf")? {
                if let Some(target) = part.target()? {
                    made.entry(target.at).or_default().push((name, node.at.clone()));
                }
            }
        }
        let (mut names, mut met, mut left) = (Vec::new(), HashSet::from([at.clone()]), vec![at.clone()]);
        while let Some(parent) = left.pop() {
            for (name, child) in made.remove(&parent).unwrap_or_default() {
                if met.insert(child.clone()) {
                    names.push(name.to_owned());
                    left.push(child);
                }
            }
        }
        Ok(names)
    }
}

/// The name of the component that a reference to it ends with.
fn named(reference: &str) -> String {
    let name = reference.rsplit('/').next().unwrap_or(reference);
    name.replace("~1", "/").replace("~0", "~")
}

/// Whether a value of `others` meant the schema called `name` and means another in `meanings`: that
/// this one goes by its name again is told there.
fn renamed(name: &str, others: &BTreeMap<String, Meaning<'_>>, meanings: &BTreeMap<String, Meaning<'_>>) -> bool {
    others.iter().any(|(value, other)| other.spelt && other.name == name && meanings.contains_key(value))
}

/// How a reference to the schema of a component begins.
const COMPONENTS: &str = "#/components/schemas/";

/// The schema among the components of the document that `node` is in.
fn component<'d>(node: &Node<'d>, name: &str) -> Option<Node<'d>> {
    node.document.root().get("components")?.get("schemas")?.get(name).filter(|node| node.value.is_object())
}

fn property<'d>(discriminator: &Node<'d>) -> Result<&'d str> {
    discriminator.text("propertyName")?.ok_or_else(|| discriminator.error("a discriminator needs a `propertyName`"))
}
