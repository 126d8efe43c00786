//! Detects which single values two schemas let through: enums, defaults, formats, patterns, bounds.

use std::cmp::Ordering;
use std::collections::HashSet;

use serde_json::Value;

use super::schema::{Both, Schemas};
use crate::document::Node;
use crate::pointer::Pointer;
use crate::rules::Change;
use crate::schema::{Bound, Limit, Schema, same_value};

impl Schemas<'_, '_, '_> {
    /// Compares what both say of single values.
    pub(super) fn values(&mut self, trail: &str, both: Both<'_, '_>) {
        self.enums(trail, both);
        self.default(trail, both);
        self.formats(trail, both);
        self.patterns(trail, both);
        self.limits(trail, both);
        self.multiples(trail, both);
        match (both.0.unique, both.1.unique) {
            (false, true) => {
                let what = "may not have the same item twice";
                self.add_at("uniqueItems", Change::UniqueItemsAdded, trail, what, both);
            }
            (true, false) => {
                let what = "may have the same item twice";
                self.add_at("uniqueItems", Change::UniqueItemsRemoved, trail, what, both);
            }
            _ => {}
        }
        let xml = |schema: &Schema<'_>| schema.said.get("xml").map(|node| node.value.clone());
        if self.is_xml() && xml(both.0) != xml(both.1) {
            self.add_at("xml", Change::XmlChanged, trail, "is written otherwise in XML", both);
        }
    }

    fn enums(&mut self, trail: &str, both: Both<'_, '_>) {
        let (before, after) = match (&both.0.allowed, &both.1.allowed) {
            (None, None) => return,
            (None, Some(values)) => {
                let what = format!("has to be one of {}", texts(values));
                return self.add_at("enum", Change::EnumAdded, trail, what, both);
            }
            (Some(values), None) => {
                let what = format!("may be anything beside {}", texts(values));
                return self.add_at("enum", Change::EnumRemoved, trail, what, both);
            }
            (Some(before), Some(after)) => (before, after),
        };
        let (here, there) = (both.0.place("enum"), both.1.place("enum"));
        for value in lacking(before, after) {
            let what = format!("may not be {} any more", value.value);
            self.add(Change::EnumValueRemoved, trail, what, (value.at.clone(), there.clone()));
        }
        for value in lacking(after, before) {
            let what = format!("may be {} too", value.value);
            // It has no index in the base; its text tells it from other new ones.
            let text = value.value.as_str().map_or_else(|| value.value.to_string(), str::to_owned);
            self.add(Change::EnumValueAdded, trail, what, (here.join(text), value.at.clone()));
        }
    }

    pub(super) fn default(&mut self, trail: &str, both: Both<'_, '_>) {
        let said = |schema: &Schema<'_>| schema.said.get("default").map(|node| node.value.clone());
        let (change, what) = match (said(both.0), said(both.1)) {
            (None, Some(after)) => (Change::DefaultAdded, format!("is {after} where it is left out")),
            (Some(before), None) => {
                (Change::DefaultRemoved, format!("is not said to be {before} any more where it is left out"))
            }
            (Some(before), Some(after)) if !same_value(&before, &after) => {
                (Change::DefaultChanged, format!("is {after} instead of {before} where it is left out"))
            }
            _ => return,
        };
        let place = |schema: &Schema<'_>| place(schema.said.get("default"), schema, "default");
        self.add(change, trail, what, (place(both.0), place(both.1)));
    }

    fn formats(&mut self, trail: &str, both: Both<'_, '_>) {
        let (gone, new) = (lacking(&both.0.formats, &both.1.formats), lacking(&both.1.formats, &both.0.formats));
        let at = (place(gone.first().copied(), both.0, "format"), place(new.first().copied(), both.1, "format"));
        let (before, after) = (plain(gone.first().copied()), plain(new.first().copied()));
        let (change, what) = match (gone.is_empty(), new.is_empty()) {
            (true, true) => return,
            (true, false) => (Change::FormatNarrowed, format!("has the format {after}")),
            (false, true) => (Change::FormatWidened, format!("has not the format {before} any more")),
            (false, false) => {
                let within =
                    |inner: &str, outer: &str| matches!((inner, outer), ("int32", "int64") | ("float", "double"));
                let change = if within(&after, &before) {
                    Change::FormatNarrowed
                } else if within(&before, &after) {
                    Change::FormatWidened
                } else {
                    Change::FormatChanged
                };
                (change, format!("has the format {after} instead of {before}"))
            }
        };
        self.add(change, trail, what, at);
    }

    fn patterns(&mut self, trail: &str, both: Both<'_, '_>) {
        let (gone, new) = (lacking(&both.0.patterns, &both.1.patterns), lacking(&both.1.patterns, &both.0.patterns));
        let at = (place(gone.first().copied(), both.0, "pattern"), place(new.first().copied(), both.1, "pattern"));
        let (before, after) = (plain(gone.first().copied()), plain(new.first().copied()));
        let (change, what) = match (gone.is_empty(), new.is_empty()) {
            (true, true) => return,
            (true, false) => (Change::PatternAdded, format!("has to match the pattern {after}")),
            (false, true) => (Change::PatternRemoved, format!("need not match the pattern {before} any more")),
            (false, false) => (Change::PatternChanged, format!("has to match the pattern {after} instead of {before}")),
        };
        self.add(change, trail, what, at);
    }

    fn multiples(&mut self, trail: &str, both: Both<'_, '_>) {
        let (gone, new) =
            (lacking(&both.0.multiples, &both.1.multiples), lacking(&both.1.multiples, &both.0.multiples));
        let at =
            (place(gone.first().copied(), both.0, "multipleOf"), place(new.first().copied(), both.1, "multipleOf"));
        let number = |node: Option<&&Node<'_>>| node.and_then(|node| node.value.as_f64()).unwrap_or(1.0);
        let text = |node: Option<&&Node<'_>>| node.map_or_else(String::new, |node| node.value.to_string());
        let (before, after) = (number(gone.first()), number(new.first()));
        let (change, what) = match (gone.is_empty(), new.is_empty()) {
            (true, true) => return,
            (true, false) => (Change::MultipleOfTightened, format!("has to be a multiple of {}", text(new.first()))),
            (false, true) => {
                (Change::MultipleOfLoosened, format!("need not be a multiple of {} any more", text(gone.first())))
            }
            (false, false) => {
                let divides = |left: f64, right: f64| ((right / left) - (right / left).round()).abs() < 1e-9;
                let change = if divides(before, after) {
                    Change::MultipleOfTightened
                } else if divides(after, before) {
                    Change::MultipleOfLoosened
                } else {
                    Change::MultipleOfChanged
                };
                let (after, before) = (text(new.first()), text(gone.first()));
                (change, format!("has to be a multiple of {after} instead of {before}"))
            }
        };
        self.add(change, trail, what, at);
    }

    fn limits(&mut self, trail: &str, both: Both<'_, '_>) {
        for (bound, tightened, loosened) in [
            (Bound::Minimum, Change::MinimumTightened, Change::MinimumLoosened),
            (Bound::Maximum, Change::MaximumTightened, Change::MaximumLoosened),
            (Bound::MinLength, Change::MinLengthTightened, Change::MinLengthLoosened),
            (Bound::MaxLength, Change::MaxLengthTightened, Change::MaxLengthLoosened),
            (Bound::MinItems, Change::MinItemsTightened, Change::MinItemsLoosened),
            (Bound::MaxItems, Change::MaxItemsTightened, Change::MaxItemsLoosened),
            (Bound::MinProperties, Change::MinPropertiesTightened, Change::MinPropertiesLoosened),
            (Bound::MaxProperties, Change::MaxPropertiesTightened, Change::MaxPropertiesLoosened),
        ] {
            let (before, after) = (both.0.limits.get(&bound), both.1.limits.get(&bound));
            let change = match (before, after) {
                (None, None) => continue,
                (None, Some(_)) => tightened,
                (Some(_), None) => loosened,
                (Some(before), Some(after)) => match after.strictness(bound, before) {
                    Ordering::Equal => continue,
                    Ordering::Greater => tightened,
                    Ordering::Less => loosened,
                },
            };
            let text = |limit: Option<&Limit<'_>>| match limit {
                None => "none".to_owned(),
                Some(limit) if limit.exclusive => format!("{} (exclusive)", limit.node.value),
                Some(limit) => limit.node.value.to_string(),
            };
            let what = format!("has the {} {} instead of {}", bound.keyword(), text(after), text(before));
            let only_exclusive =
                before.zip(after).is_some_and(|(before, after)| same_value(before.node.value, after.node.value));
            let place = |limit: Option<&Limit<'_>>, schema: &Schema<'_>| match (limit, bound.exclusive_keyword()) {
                (Some(limit), Some(keyword)) if only_exclusive => {
                    limit.exclusive_at.clone().unwrap_or_else(|| schema.at.join(keyword))
                }
                (limit, _) => place(limit.map(|limit| &limit.node), schema, bound.keyword()),
            };
            self.add(change, trail, what, (place(before, both.0), place(after, both.1)));
        }
    }
}

/// Those of `values` that are not among `others`.
fn lacking<'n, 'd>(values: &'n [Node<'d>], others: &[Node<'_>]) -> Vec<&'n Node<'d>> {
    // Most are texts, of which there may be very many.
    let texts: HashSet<&str> = others.iter().filter_map(|other| other.value.as_str()).collect();
    let among = |value: &Node<'_>| match value.value.as_str() {
        Some(text) => texts.contains(text),
        None => others.iter().any(|other| same_value(value.value, other.value)),
    };
    values.iter().filter(|value| !among(value)).collect()
}

/// Where a keyword stands, or would stand.
fn place(node: Option<&Node<'_>>, schema: &Schema<'_>, keyword: &str) -> Pointer {
    node.map_or_else(|| schema.at.join(keyword), |node| node.at.clone())
}

fn plain(node: Option<&Node<'_>>) -> String {
    node.and_then(|node| node.value.as_str()).unwrap_or("").to_owned()
}

/// The values in a row; of many, the first ones and how many more there are.
fn texts(values: &[Node<'_>]) -> String {
    let shown = if values.len() > 6 { 3 } else { values.len() };
    let texts: Vec<String> = values.iter().take(shown).map(|node| Value::to_string(node.value)).collect();
    match values.len() - shown {
        0 => texts.join(", "),
        more => format!("{} and {more} more", texts.join(", ")),
    }
}
