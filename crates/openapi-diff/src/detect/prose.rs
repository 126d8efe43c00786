//! Compares what only people read: summaries, descriptions, titles, examples, extensions.

use std::collections::BTreeSet;

use serde_json::Value;

use super::Detector;
use super::schema::{Both, Schemas};
use super::walk::Event;
use crate::document::Node;
use crate::error::Result;
use crate::pointer::Pointer;
use crate::rules::Frame;
use crate::schema::Schema;

/// How long a text may be to be shown, in bytes.
const SHORT: usize = 60;

/// Compares what two documents say of themselves, of tags and of their servers.
pub(super) fn info<'d>(detector: &mut Detector<'_, '_>, base: &Node<'d>, revision: &Node<'d>) -> Result<()> {
    let entries = |node: &Node<'_>| -> BTreeSet<String> {
        let info = node.value.get("info").and_then(Value::as_object);
        info.into_iter().flat_map(|info| info.keys().cloned()).collect()
    };
    for key in &entries(base) | &entries(revision) {
        let rule = match key.as_str() {
            "description" => Frame::DescriptionChanged,
            key if key.starts_with("x-") => Frame::ExtensionChanged,
            _ => Frame::InfoChanged,
        };
        let at = |node: &Node<'_>| node.at.join("info");
        let value = |node: &Node<'d>| node.value.get("info").and_then(|info| info.get(&key));
        let (before, after) = (value(base), value(revision));
        detector.text("the document", rule, &key, (&at(base), before), (&at(revision), after));
    }
    detector.prose("the document", base, revision)?;
    let tags = |node: &Node<'d>| -> Result<Vec<(&'d str, Pointer, &'d Value)>> {
        let tag = |node: Node<'d>| Ok((node.text("name")?.unwrap_or(""), node.at, node.value));
        node.items("tags")?.into_iter().map(tag).collect()
    };
    let (before, after) = (tags(base)?, tags(revision)?);
    for (name, at, tag) in &before {
        let other = after.iter().find(|(other, ..)| other == name);
        if other.is_none_or(|(.., other)| other != tag) {
            let there = other.map_or_else(|| revision.at.join("tags"), |(_, at, _)| at.clone());
            let sentence = format!("the tag {name} is described otherwise");
            detector.say(Frame::DescriptionChanged, at.clone(), there, sentence);
        }
    }
    for (name, at, _) in &after {
        if !before.iter().any(|(known, ..)| known == name) {
            let here = base.at.join("tags").join(name);
            let sentence = format!("the tag {name} is described");
            detector.say(Frame::DescriptionChanged, here, at.clone(), sentence);
        }
    }
    Ok(())
}

impl Detector<'_, '_> {
    /// Compares what is said in words of `part`.
    pub(super) fn prose<'d>(&mut self, part: &str, base: &Node<'d>, revision: &Node<'d>) -> Result<()> {
        for (key, rule) in [
            ("summary", Frame::SummaryChanged),
            ("description", Frame::DescriptionChanged),
            ("externalDocs", Frame::ExternalDocsChanged),
        ] {
            let value = |node: &Node<'d>| node.value.get(key);
            self.text(part, rule, key, (&base.at, value(base)), (&revision.at, value(revision)));
        }
        for key in &extensions(base) | &extensions(revision) {
            let value = |node: &Node<'d>| node.value.get(&key);
            let rule = Frame::ExtensionChanged;
            self.text(part, rule, &key, (&base.at, value(base)), (&revision.at, value(revision)));
        }
        self.examples(part, base, revision)
    }

    /// Compares the `example` and `examples` of a parameter, header or media type.
    pub(super) fn examples<'d>(&mut self, part: &str, base: &Node<'d>, revision: &Node<'d>) -> Result<()> {
        let value = |node: &Node<'d>| node.value.get("example");
        let rule = Frame::ExampleChanged;
        self.text(part, rule, "example", (&base.at, value(base)), (&revision.at, value(revision)));
        let names = |node: &Node<'_>| -> Result<BTreeSet<String>> {
            Ok(node.all_entries("examples")?.into_iter().map(|(name, _)| name.to_owned()).collect())
        };
        for name in &names(base)? | &names(revision)? {
            let value = |node: &Node<'d>| -> Result<Option<&'d Value>> {
                let examples = node.get("examples");
                let example = examples.and_then(|examples| examples.resolved(&name).transpose()).transpose()?;
                Ok(example.map(|example| example.value))
            };
            let (here, there) = (base.at.join("examples"), revision.at.join("examples"));
            self.told(
                part,
                rule,
                &format!("example {name}"),
                (here.join(&name), value(base)?),
                (there.join(&name), value(revision)?),
            );
        }
        Ok(())
    }

    /// Adds `rule` if the values under `key` differ.
    fn text(
        &mut self,
        part: &str,
        rule: Frame,
        key: &str,
        (base, before): (&Pointer, Option<&Value>),
        (revision, after): (&Pointer, Option<&Value>),
    ) {
        self.told(part, rule, key, (base.join(key), before), (revision.join(key), after));
    }

    fn told(
        &mut self,
        part: &str,
        rule: Frame,
        key: &str,
        (base, before): (Pointer, Option<&Value>),
        (revision, after): (Pointer, Option<&Value>),
    ) {
        if let Some(what) = otherwise(key, before, after) {
            self.of(part, rule, base, revision, what);
        }
    }
}

impl<'d> Schemas<'_, '_, 'd> {
    /// Compares what two schemas say in words.
    pub(super) fn schema_prose(&mut self, (base, revision): Both<'_, 'd>) {
        let keys: BTreeSet<&str> = base.said.keys().chain(revision.said.keys()).copied().collect();
        for key in keys {
            let rule = match key {
                "title" => Frame::TitleChanged,
                "description" => Frame::DescriptionChanged,
                "example" => Frame::ExampleChanged,
                "externalDocs" => Frame::ExternalDocsChanged,
                key if key.starts_with("x-") => Frame::ExtensionChanged,
                _ => continue,
            };
            let said = |schema: &Schema<'d>| schema.said.get(key).map(|node| node.value);
            let place =
                |schema: &Schema<'_>| schema.said.get(key).map_or_else(|| schema.at.join(key), |node| node.at.clone());
            if let Some(what) = otherwise(key, said(base), said(revision)) {
                let at = (place(base), place(revision));
                self.events.push(Event::Found { rule: rule.into(), trail: String::new(), what, at });
            }
        }
    }
}

/// How a text or value for people differs, if it does.
fn otherwise(key: &str, before: Option<&Value>, after: Option<&Value>) -> Option<String> {
    let what = match (before, after) {
        (None, Some(_)) => format!("has `{key}`, which it had not"),
        (Some(_), None) => format!("has no `{key}` any more"),
        (Some(before), Some(after)) if before == after => return None,
        (Some(Value::String(before)), Some(Value::String(after))) if before.len().max(after.len()) <= SHORT => {
            format!("has the `{key}` {after:?} instead of {before:?}")
        }
        (Some(_), Some(_)) => format!("has another `{key}`"),
        (None, None) => return None,
    };
    Some(what)
}

fn extensions(node: &Node<'_>) -> BTreeSet<String> {
    let keys = node.value.as_object().into_iter().flat_map(serde_json::Map::keys);
    keys.filter(|key| key.starts_with("x-")).cloned().collect()
}
