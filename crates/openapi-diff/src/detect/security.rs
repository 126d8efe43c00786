//! Compares who may send a request: the requirements of an operation, and the security schemes.

use std::collections::{BTreeMap, BTreeSet, HashMap};

use super::operation::Place;
use super::{Detector, Sink};
use crate::document::{Document, Node};
use crate::error::Result;
use crate::paths;
use crate::pointer::Pointer;
use crate::rules::Frame;

/// One way to say who sends a request: schemes that go together, each with its scopes.
#[derive(Debug)]
struct Way<'d> {
    at: Pointer,
    schemes: BTreeMap<&'d str, BTreeSet<&'d str>>,
}

impl Way<'_> {
    /// Whether whoever may go the other way may go this one: it asks for no more.
    fn lets_in(&self, other: &Way<'_>) -> bool {
        self.schemes.iter().all(|(name, scopes)| other.schemes.get(name).is_some_and(|others| scopes.is_subset(others)))
    }

    fn has_schemes_of(&self, other: &Way<'_>) -> bool {
        self.schemes.keys().eq(other.schemes.keys())
    }

    fn name(&self) -> String {
        let names: Vec<&str> = self.schemes.keys().copied().collect();
        if names.is_empty() { "nothing".to_owned() } else { names.join(" with ") }
    }
}

/// Compares what an operation asks of who sends a request, or what the document asks where the
/// operation says nothing.
pub(super) fn compare(detector: &mut Detector<'_, '_>, base: &Place<'_, '_>, revision: &Place<'_, '_>) -> Result<()> {
    let (before, after) = (ways(base)?, ways(revision)?);
    let (here, there) = (whose(base).at.join("security"), whose(revision).at.join("security"));
    let open = |ways: &[Way<'_>]| ways.is_empty() || ways.iter().any(|way| way.schemes.is_empty());
    let names = |ways: &[Way<'_>]| {
        let mut names: Vec<String> = ways.iter().filter(|way| !way.schemes.is_empty()).map(Way::name).collect();
        names.sort_unstable();
        names.join(" or ")
    };
    match (open(&before), open(&after)) {
        (true, false) => {
            let sentence = format!("the request needs {}", names(&after));
            detector.say(Frame::SecurityAdded, here, there, sentence);
            return Ok(());
        }
        (false, true) => {
            let sentence = format!("the request does not need {} any more", names(&before));
            detector.say(Frame::SecurityRemoved, here, there, sentence);
            return Ok(());
        }
        _ => {}
    }
    // Where nobody needs to say who they are, doing so may still show more: ways count there too.
    let same = |left: &Way<'_>, right: &Way<'_>| left.schemes == right.schemes;
    let before: Vec<&Way<'_>> = before.iter().filter(|way| !way.schemes.is_empty()).collect();
    let after: Vec<&Way<'_>> = after.iter().filter(|way| !way.schemes.is_empty()).collect();
    let mut gone: Vec<&&Way<'_>> = before.iter().filter(|way| !after.iter().any(|other| same(way, other))).collect();
    let mut new: Vec<&&Way<'_>> = after.iter().filter(|way| !before.iter().any(|known| same(way, known))).collect();
    gone.retain(|way| {
        let Some(index) = new.iter().position(|other| other.has_schemes_of(way)) else { return true };
        scopes(detector, way, new.remove(index));
        false
    });
    for way in gone {
        // Whoever went this way may still go one that asks for less.
        if !after.iter().any(|other| other.lets_in(way)) {
            let sentence = format!("{} does not open the request any more", way.name());
            detector.say(Frame::SecurityAlternativeRemoved, way.at.clone(), there.clone(), sentence);
        }
    }
    for way in new {
        if !before.iter().any(|known| known.lets_in(way)) {
            let sentence = format!("{} opens the request too", way.name());
            let place = here.join(way.name());
            detector.say(Frame::SecurityAlternativeAdded, place, way.at.clone(), sentence);
        }
    }
    Ok(())
}

fn scopes(detector: &mut Detector<'_, '_>, base: &Way<'_>, revision: &Way<'_>) {
    for (name, before) in &base.schemes {
        let Some(after) = revision.schemes.get(name) else { continue };
        let (here, there) = (base.at.join(name), revision.at.join(name));
        for scope in after.difference(before) {
            let sentence = format!("{name} needs the scope {scope}");
            detector.say(Frame::SecurityScopeAdded, here.join(scope), there.clone(), sentence);
        }
        for scope in before.difference(after) {
            let sentence = format!("{name} does not need the scope {scope} any more");
            detector.say(Frame::SecurityScopeRemoved, here.join(scope), there.clone(), sentence);
        }
    }
}

/// The operation if it says who may send it, or else the document.
fn whose<'d>((document, _, operation): &Place<'_, 'd>) -> Node<'d> {
    match operation.node.get("security") {
        Some(_) => operation.node.clone(),
        None => document.root(),
    }
}

fn ways<'d>(place: &Place<'_, 'd>) -> Result<Vec<Way<'d>>> {
    let mut ways: Vec<Way<'d>> = Vec::new();
    for node in whose(place).items("security")? {
        let Some(map) = node.value.as_object() else {
            return Err(node.error("a security requirement has to be an object"));
        };
        let mut schemes = BTreeMap::new();
        for name in map.keys() {
            let scopes = node.texts(name)?.into_iter().map(|(scope, _)| scope).collect();
            schemes.insert(name.as_str(), scopes);
        }
        ways.push(Way { at: node.at, schemes });
    }
    Ok(ways)
}

/// Compares the security schemes of two documents.
pub(super) fn schemes(base: &Document<'_>, revision: &Document<'_>, sink: &mut Sink<'_>) -> Result<()> {
    let (published, found) = (defined(base)?, defined(revision)?);
    let place = Pointer::new("/components/securitySchemes");
    let (before, after) = (users(base)?, users(revision)?);
    let of = |users: &HashMap<&str, Vec<String>>, name: &str| users.get(name).cloned().unwrap_or_default();
    for (name, scheme) in &published {
        let mut detector = Detector { endpoints: of(&before, name), sink };
        match found.iter().find(|(other, _)| other == name) {
            Some((_, other)) => both(&mut detector, name, &scheme.resolve()?, &other.resolve()?)?,
            None => {
                let sentence = format!("the security scheme {name} is removed");
                detector.say(Frame::SecuritySchemeRemoved, scheme.at.clone(), place.join(name), sentence);
            }
        }
    }
    for (name, scheme) in &found {
        if !published.iter().any(|(known, _)| known == name) {
            let mut detector = Detector { endpoints: of(&after, name), sink };
            let sentence = format!("the security scheme {name} is added");
            detector.say(Frame::SecuritySchemeAdded, place.join(name), scheme.at.clone(), sentence);
        }
    }
    Ok(())
}

fn defined<'d>(document: &Document<'d>) -> Result<Vec<(&'d str, Node<'d>)>> {
    match document.root().get("components") {
        Some(components) => components.all_entries("securitySchemes"),
        None => Ok(Vec::new()),
    }
}

/// The endpoints that ask for each scheme.
fn users<'d>(document: &Document<'d>) -> Result<HashMap<&'d str, Vec<String>>> {
    let mut users: HashMap<&str, Vec<String>> = HashMap::new();
    for path in paths::read(document)? {
        for operation in &path.operations {
            let ways = ways(&(document, &path, operation))?;
            let asked: BTreeSet<&str> = ways.iter().flat_map(|way| way.schemes.keys().copied()).collect();
            for scheme in asked {
                users.entry(scheme).or_default().push(path.endpoint(operation.method));
            }
        }
    }
    Ok(users)
}

/// Compares a scheme that both documents have.
fn both(detector: &mut Detector<'_, '_>, name: &str, base: &Node<'_>, revision: &Node<'_>) -> Result<()> {
    let part = format!("the security scheme {name}");
    let said = |node: &Node<'_>, key: &str| -> Result<String> { Ok(node.text(key)?.unwrap_or("none").to_owned()) };
    let at = |key: &str| (base.at.join(key), revision.at.join(key));
    let (before, after) = (said(base, "type")?, said(revision, "type")?);
    if before != after {
        let (here, there) = at("type");
        let what = format!("is of type {after} instead of {before}");
        detector.of(&part, Frame::SecuritySchemeTypeChanged, here, there, what);
        return Ok(());
    }
    let keys = [
        ("in", Frame::SecuritySchemePlaceChanged),
        ("name", Frame::SecuritySchemePlaceChanged),
        ("scheme", Frame::SecuritySchemePlaceChanged),
        ("openIdConnectUrl", Frame::SecuritySchemeUrlChanged),
    ];
    for (key, rule) in keys {
        let (mut before, mut after) = (said(base, key)?, said(revision, key)?);
        if key == "scheme" {
            (before, after) = (before.to_ascii_lowercase(), after.to_ascii_lowercase());
        }
        if before != after {
            let (here, there) = at(key);
            detector.of(&part, rule, here, there, format!("has `{key}` {after} instead of {before}"));
        }
    }
    detector.prose(&part, base, revision)?;
    let (published, found) = (base.entries("flows")?, revision.entries("flows")?);
    for (flow, node) in &published {
        match found.iter().find(|(other, _)| other == flow) {
            Some((_, other)) => self::flow(detector, &format!("{part}, flow {flow},"), node, other)?,
            None => {
                let there = revision.at.join("flows").join(flow);
                let what = format!("has no flow {flow} any more");
                detector.of(&part, Frame::SecuritySchemeFlowRemoved, node.at.clone(), there, what);
            }
        }
    }
    for (flow, node) in &found {
        if !published.iter().any(|(known, _)| known == flow) {
            let here = base.at.join("flows").join(flow);
            let what = format!("has the flow {flow} too");
            detector.of(&part, Frame::SecuritySchemeFlowAdded, here, node.at.clone(), what);
        }
    }
    Ok(())
}

fn flow(detector: &mut Detector<'_, '_>, part: &str, base: &Node<'_>, revision: &Node<'_>) -> Result<()> {
    for key in ["authorizationUrl", "tokenUrl", "refreshUrl"] {
        let (before, after) = (base.text(key)?, revision.text(key)?);
        if before != after {
            let what = format!("has `{key}` {} instead of {}", after.unwrap_or("none"), before.unwrap_or("none"));
            let (here, there) = (base.at.join(key), revision.at.join(key));
            detector.of(part, Frame::SecuritySchemeUrlChanged, here, there, what);
        }
    }
    let (published, found) = (base.all_entries("scopes")?, revision.all_entries("scopes")?);
    for (scope, node) in &published {
        let there = revision.at.join("scopes").join(scope);
        match found.iter().find(|(other, _)| other == scope) {
            None => {
                let what = format!("does not grant the scope {scope} any more");
                detector.of(part, Frame::SecuritySchemeScopeRemoved, node.at.clone(), there, what);
            }
            Some((_, other)) if other.value != node.value => {
                let what = format!("describes the scope {scope} in other words");
                detector.of(part, Frame::DescriptionChanged, node.at.clone(), there, what);
            }
            Some(_) => {}
        }
    }
    for (scope, node) in &found {
        if !published.iter().any(|(known, _)| known == scope) {
            let here = base.at.join("scopes").join(scope);
            let what = format!("grants the scope {scope}");
            detector.of(part, Frame::SecuritySchemeScopeAdded, here, node.at.clone(), what);
        }
    }
    Ok(())
}
