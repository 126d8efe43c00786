//! Goes from schema to schema, and remembers what is found at each level.
//!
//! What differs between two schemas on one level is found once, whichever endpoints refer to them.
//! Each part of an endpoint then goes over the levels that it reaches, with a stack of its own:
//! however long a chain of references is, it takes no deep recursion.

use std::collections::{HashMap, HashSet};
use std::rc::Rc;

use super::schema::{Place, Schemas};
use crate::document::{DEPTH, Node};
use crate::error::Result;
use crate::finding::Subject;
use crate::pointer::Pointer;
use crate::rules::{Direction, Level, Rule};
use crate::schema::Schema;

/// The documents' schemas as they were read, and the pairs of them that were compared.
#[derive(Debug, Default)]
pub(super) struct Known<'d> {
    schemas: HashMap<(usize, Vec<Pointer>), Rc<Schema<'d>>>,
    ids: HashMap<(Direction, bool, Pair), usize>,
    levels: Vec<Pairing<'d>>,
    /// How many pairs are being compared within each other, as alternatives are.
    depth: usize,
}

/// Two schemas, by the places of the parts that each is made of; where one has none, by where it
/// would stand.
type Pair = (Vec<Pointer>, Vec<Pointer>, Option<(Pointer, Pointer)>);

#[derive(Debug)]
struct Pairing<'d> {
    base: Rc<Schema<'d>>,
    revision: Rc<Schema<'d>>,
    /// The nodes that the two were read from.
    nodes: (Rc<[Node<'d>]>, Rc<[Node<'d>]>),
    state: State,
    /// Whether nothing differs here or below but prose, if that is known.
    same: Option<bool>,
    /// Whether nothing at all is found here or below.
    clean: bool,
}

#[derive(Clone, Debug)]
enum State {
    New,
    /// It is being compared: within itself, it is taken to be equal.
    Open,
    Compared(Rc<[Event]>),
}

/// What comparing two schemas on one level gives, in order.
#[derive(Clone, Debug)]
pub(super) enum Event {
    Found {
        rule: Rule,
        trail: String,
        what: String,
        at: (Pointer, Pointer),
    },
    /// Two schemas within these, known by their number.
    Inner {
        trail: String,
        id: usize,
    },
}

impl<'d> Schemas<'_, '_, 'd> {
    /// Compares two schemas and all that is within them, and tells what is found.
    pub(super) fn walk(&mut self, base: Place<'_, 'd>, revision: Place<'_, 'd>) -> Result<()> {
        let first = self.id(base, revision)?;
        if self.known().levels.get(first).is_some_and(|level| level.clean) {
            return Ok(());
        }
        let mut met = HashSet::from([first]);
        let mut told = false;
        let mut stack = vec![(self.events(first)?, 0, String::new())];
        while let Some((events, next, trail)) = stack.last_mut() {
            let Some(event) = events.get(*next).cloned() else {
                stack.pop();
                continue;
            };
            *next += 1;
            match event {
                Event::Found { rule, trail: inner, what, at } => {
                    let subject = Subject { part: self.part.to_owned(), trail: joined(trail, &inner) };
                    self.detector.add(rule, at, Some(subject), what);
                    told = true;
                }
                Event::Inner { trail: inner, id } => {
                    let trail = joined(trail, &inner);
                    let clean = self.known().levels.get(id).is_some_and(|level| level.clean);
                    if !clean && met.insert(id) {
                        stack.push((self.events(id)?, 0, trail));
                    }
                }
            }
        }
        if !told {
            for id in met {
                if let Some(level) = self.known().levels.get_mut(id) {
                    level.clean = true;
                }
            }
        }
        Ok(())
    }

    /// Whether two schemas say the same of their values.
    pub(super) fn same(&mut self, base: &[Node<'d>], revision: &[Node<'d>]) -> Result<bool> {
        let first = self.id((base, Pointer::default()), (revision, Pointer::default()))?;
        let mut met = HashSet::from([first]);
        let mut left = vec![first];
        let mut assumed = false;
        while let Some(id) = left.pop() {
            match self.known().levels.get(id).and_then(|level| level.same) {
                Some(true) => continue,
                Some(false) => {
                    self.answer(first, false);
                    return Ok(false);
                }
                None => {}
            }
            let open = self.known().levels.get(id).is_some_and(|level| matches!(level.state, State::Open));
            assumed |= open;
            for event in self.events(id)?.iter() {
                match event {
                    Event::Found { rule, .. } if rule.level() != Level::Documentation => {
                        self.answer(id, false);
                        self.answer(first, false);
                        return Ok(false);
                    }
                    Event::Found { .. } => {}
                    Event::Inner { id, .. } if met.insert(*id) => left.push(*id),
                    Event::Inner { .. } => {}
                }
            }
        }
        // What holds only as long as something under way turns out equal is asked again later.
        if !assumed {
            self.answer(first, true);
        }
        Ok(true)
    }

    fn answer(&mut self, id: usize, same: bool) {
        if let Some(level) = self.known().levels.get_mut(id) {
            level.same = Some(same);
        }
    }

    fn known(&mut self) -> &mut Known<'d> {
        &mut self.detector.sink.known
    }

    /// The schema that `nodes` make up, read once.
    pub(super) fn read(&mut self, (nodes, at): Place<'_, 'd>) -> Result<Rc<Schema<'d>>> {
        let Some(first) = nodes.first() else { return Ok(Rc::new(Schema::read(nodes, at)?)) };
        let document = std::ptr::from_ref(first.document.root).addr();
        let key = (document, nodes.iter().map(|node| node.at.clone()).collect::<Vec<_>>());
        if let Some(known) = self.known().schemas.get(&key) {
            return Ok(Rc::clone(known));
        }
        let schema = Rc::new(Schema::read(nodes, at)?);
        self.known().schemas.insert(key, Rc::clone(&schema));
        Ok(schema)
    }

    /// The number of a pair.
    pub(super) fn id(&mut self, base: Place<'_, 'd>, revision: Place<'_, 'd>) -> Result<usize> {
        let nodes: (Rc<[Node<'d>]>, Rc<[Node<'d>]>) = (base.0.into(), revision.0.into());
        let (mut before, mut after) = (self.read(base)?, self.read(revision)?);
        let missing = before.parts.is_empty() || after.parts.is_empty();
        let places = missing.then(|| (before.at.clone(), after.at.clone()));
        let key = (self.direction, self.is_xml(), (before.parts.clone(), after.parts.clone(), places));
        if let Some(id) = self.known().ids.get(&key) {
            return Ok(*id);
        }
        at_use((&nodes.0, &mut before), (&nodes.1, &mut after));
        let id = self.known().levels.len();
        let (state, same, clean) = (State::New, None, false);
        self.known().levels.push(Pairing { base: before, revision: after, nodes, state, same, clean });
        self.known().ids.insert(key, id);
        Ok(id)
    }

    /// What differs between the schemas of a pair on their own level.
    fn events(&mut self, id: usize) -> Result<Rc<[Event]>> {
        let Some(level) = self.known().levels.get_mut(id) else { return Ok(Rc::from([])) };
        match &level.state {
            State::Compared(events) => return Ok(Rc::clone(events)),
            State::Open => return Ok(Rc::from([])),
            State::New => {}
        }
        level.state = State::Open;
        let (base, revision) = (Rc::clone(&level.base), Rc::clone(&level.revision));
        let nodes = level.nodes.clone();
        if self.known().depth == DEPTH {
            let node = nodes.0.first().or(nodes.1.first());
            return node
                .map_or_else(|| Ok(Rc::from([])), |node| Err(node.error("schemas stand within each other too deep")));
        }
        self.known().depth += 1;
        let outer = std::mem::take(&mut self.events);
        let compared = self.level((&base, &revision), (&nodes.0, &nodes.1));
        let events: Rc<[Event]> = std::mem::replace(&mut self.events, outer).into();
        self.known().depth -= 1;
        compared?;
        if let Some(level) = self.known().levels.get_mut(id) {
            level.state = State::Compared(Rc::clone(&events));
        }
        Ok(events)
    }
}

/// Where one of two schemas says more beside the `allOf` of a component that the other only refers to,
/// what the other lacks is told of its use: the component is as it was.
pub(super) fn at_use<'d>(
    (base, before): (&[Node<'d>], &mut Rc<Schema<'d>>),
    (revision, after): (&[Node<'d>], &mut Rc<Schema<'d>>),
) {
    if extends(revision, after) && before.at != before.used {
        Rc::make_mut(before).at = before.used.clone();
    } else if extends(base, before) && after.at != after.used {
        Rc::make_mut(after).at = after.used.clone();
    }
}

/// Whether a schema is written as the parts of an `allOf` with more beside them.
fn extends(nodes: &[Node<'_>], schema: &Schema<'_>) -> bool {
    let [node] = nodes else { return false };
    schema.at == schema.used && node.value.get("allOf").is_some() && schema.parts.len() > 1
}

/// A trail with one that goes on from it.
fn joined(outer: &str, inner: &str) -> String {
    match (outer, inner) {
        ("", inner) => inner.to_owned(),
        (outer, "") => outer.to_owned(),
        (outer, inner) if inner.starts_with("[]") => format!("{outer}{inner}"),
        (outer, inner) => format!("{outer}.{inner}"),
    }
}
