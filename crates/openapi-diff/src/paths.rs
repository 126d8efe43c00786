//! The paths of a document, their operations and the parameters of these.

use std::collections::{HashMap, HashSet, VecDeque};

use crate::document::{Document, Node};
use crate::error::Result;
use crate::pointer::Pointer;

/// The HTTP methods that a path item can have, in the order they are reported.
const METHODS: [&str; 8] = ["get", "put", "post", "delete", "options", "head", "patch", "trace"];

/// A path and what can be done there.
#[derive(Debug)]
pub(crate) struct PathItem<'d> {
    pub(crate) path: &'d str,
    pub(crate) node: Node<'d>,
    pub(crate) operations: Vec<Operation<'d>>,
}

/// One operation of a path.
#[derive(Debug)]
pub(crate) struct Operation<'d> {
    pub(crate) method: &'static str,
    pub(crate) node: Node<'d>,
    /// The parameters of the path item, which hold for each of its operations.
    shared: Vec<Node<'d>>,
}

/// A parameter of an operation.
#[derive(Debug)]
pub(crate) struct Parameter<'d> {
    /// `in`: `path`, `query`, `header` or `cookie`.
    pub(crate) location: &'d str,
    pub(crate) name: &'d str,
    pub(crate) required: bool,
    /// Where the operation or its path item lists it.
    pub(crate) listed: Pointer,
    /// Its definition, which may stand among the components.
    pub(crate) node: Node<'d>,
    /// Its place among the parameters in the path.
    pub(crate) position: Option<usize>,
}

/// Every path of a document with its operations.
///
/// # Errors
/// If a reference leads outside the document, to nothing or in a circle.
pub(crate) fn read<'d>(document: &Document<'d>) -> Result<Vec<PathItem<'d>>> {
    let mut paths = Vec::new();
    for (path, node) in document.root().entries("paths")? {
        let node = node.resolve()?;
        let mut operations = Vec::new();
        for method in METHODS {
            if let Some(operation) = node.get(method) {
                let shared = node.items("parameters")?;
                operations.push(Operation { method, node: operation, shared });
            }
        }
        paths.push(PathItem { path, node, operations });
    }
    Ok(paths)
}

impl<'d> PathItem<'d> {
    /// The operation of a method, if the path has it.
    pub(crate) fn operation(&self, method: &str) -> Option<&Operation<'d>> {
        self.operations.iter().find(|found| found.method == method)
    }

    /// A method and this path, as reports name them.
    pub(crate) fn endpoint(&self, method: &str) -> String {
        format!("{} {}", method.to_uppercase(), self.path)
    }

    /// Every endpoint of this path.
    pub(crate) fn endpoints(&self) -> Vec<String> {
        self.operations.iter().map(|operation| self.endpoint(operation.method)).collect()
    }
}

/// Which path of the revision each path of the base is, by their indexes: the one that is written
/// alike, or else one that differs in the names of its parameters only. None is taken twice.
pub(crate) fn pairs(base: &[PathItem<'_>], revision: &[PathItem<'_>]) -> Vec<Option<usize>> {
    let exact: HashMap<&str, usize> = revision.iter().enumerate().map(|(index, item)| (item.path, index)).collect();
    let mut pairs: Vec<Option<usize>> = base.iter().map(|item| exact.get(item.path).copied()).collect();
    let taken: HashSet<usize> = pairs.iter().flatten().copied().collect();
    let mut shapes: HashMap<Vec<&str>, VecDeque<usize>> = HashMap::new();
    for (index, item) in revision.iter().enumerate().filter(|(index, _)| !taken.contains(index)) {
        shapes.entry(literals(item.path)).or_default().push_back(index);
    }
    for (pair, item) in pairs.iter_mut().zip(base).filter(|(pair, _)| pair.is_none()) {
        *pair = shapes.get_mut(&literals(item.path)).and_then(VecDeque::pop_front);
    }
    pairs
}

/// What stands between the parameters of a path.
fn literals(path: &str) -> Vec<&str> {
    let mut parts = path.split('{');
    let first = parts.next();
    first.into_iter().chain(parts.map(|part| part.split_once('}').map_or(part, |(_, rest)| rest))).collect()
}

/// The names of the parameters of a path.
fn names(path: &str) -> impl Iterator<Item = &str> {
    path.split('{').skip(1).filter_map(|part| Some(part.split_once('}')?.0))
}

impl Parameter<'_> {
    /// Whether both are the same parameter. The names of headers have no case, and one in the path
    /// is known by its position.
    pub(crate) fn is(&self, other: &Parameter<'_>) -> bool {
        self.location == other.location
            && match (self.position, other.position) {
                (Some(position), Some(other)) => position == other,
                _ if self.location == "header" => self.name.eq_ignore_ascii_case(other.name),
                _ => self.name == other.name,
            }
    }
}

impl<'d> Operation<'d> {
    /// The operation's parameters: its own, and those of its path item that it does not override.
    ///
    /// # Errors
    /// If a reference leads nowhere, or a parameter lacks its name or place.
    pub(crate) fn parameters(&self, path: &str) -> Result<Vec<Parameter<'d>>> {
        let mut parameters: Vec<Parameter<'d>> = Vec::new();
        for listed in self.node.items("parameters")?.iter().chain(&self.shared) {
            let node = listed.resolve()?;
            let (Some(location), Some(name)) = (node.text("in")?, node.text("name")?) else {
                return Err(node.error("a parameter needs a `name` and an `in`"));
            };
            // Headers of these names are described elsewhere, and ignored here.
            let reserved = ["accept", "content-type", "authorization"];
            if location == "header" && reserved.contains(&name.to_ascii_lowercase().as_str()) {
                continue;
            }
            let in_path = location == "path";
            let parameter = Parameter {
                location,
                name,
                required: in_path || node.flag("required", false)?,
                listed: listed.at.clone(),
                node,
                position: if in_path { names(path).position(|known| known == name) } else { None },
            };
            if !parameters.iter().any(|own| own.is(&parameter)) {
                parameters.push(parameter);
            }
        }
        Ok(parameters)
    }
}
