//! An OpenAPI document to read from: places in it, and references followed.

use anyhow::{Result, anyhow, bail};
use serde_json::Value;

use super::pointer::Pointer;

/// The HTTP methods that a path item can have, in the order they are reported.
pub(super) const METHODS: [&str; 8] = ["get", "put", "post", "delete", "options", "head", "patch", "trace"];

/// A parsed document.
#[derive(Clone, Copy, Debug)]
pub(crate) struct Document<'d> {
    name: &'d str,
    root: &'d Value,
}

/// A value and its place.
#[derive(Clone, Debug)]
pub(super) struct Node<'d> {
    pub(super) value: &'d Value,
    pub(super) at: Pointer,
}

impl<'d> Node<'d> {
    /// The value under `key`, if this is an object that has it.
    pub(super) fn get(&self, key: &str) -> Option<Node<'d>> {
        let value = self.value.get(key)?;
        Some(Node { value, at: self.at.join(key) })
    }

    /// The entries of the object under `key`, in the document's order; none if there is none.
    pub(super) fn entries(&self, key: &str) -> Vec<(&'d str, Node<'d>)> {
        let at = self.at.join(key);
        let Some(Value::Object(map)) = self.value.get(key) else {
            return Vec::new();
        };
        map.iter()
            .map(|(name, value)| {
                let at = at.join(name);
                (name.as_str(), Node { value, at })
            })
            .collect()
    }

    /// The items of the array under `key`; none if there is none.
    pub(super) fn items(&self, key: &str) -> Vec<Node<'d>> {
        let at = self.at.join(key);
        let Some(Value::Array(items)) = self.value.get(key) else {
            return Vec::new();
        };
        items.iter().enumerate().map(|(index, value)| Node { value, at: at.join(index) }).collect()
    }
}

impl<'d> Document<'d> {
    /// Takes `root` for an OpenAPI document called `name` in errors.
    ///
    /// # Errors
    /// If it says no OpenAPI version 3 or has no paths.
    pub(crate) fn new(name: &'d str, root: &'d Value) -> Result<Self> {
        let version = root.get("openapi").and_then(Value::as_str).unwrap_or("");
        if !version.starts_with("3.") {
            bail!("{name} is no OpenAPI 3 document: its `openapi` is not a version 3");
        }
        if !root.get("paths").is_some_and(Value::is_object) {
            bail!("{name} is no OpenAPI 3 document: it has no `paths`");
        }
        Ok(Document { name, root })
    }

    /// What the document is called in errors.
    pub(super) fn name(&self) -> &'d str {
        self.name
    }

    /// The whole document.
    pub(super) fn root(&self) -> Node<'d> {
        Node { value: self.root, at: Pointer::default() }
    }

    /// Where the `$ref` of `node` leads, if it has one.
    ///
    /// # Errors
    /// If it leads outside the document or to nothing.
    pub(super) fn target(&self, node: &Node<'d>) -> Result<Option<Node<'d>>> {
        let Some(reference) = node.value.get("$ref").and_then(Value::as_str) else {
            return Ok(None);
        };
        let Some(pointer) = reference.strip_prefix('#') else {
            bail!("{}: the reference to {reference} at {} leads outside the document", self.name, node.at);
        };
        let value = self
            .root
            .pointer(pointer)
            .ok_or_else(|| anyhow!("{}: the reference to {reference} at {} leads to nothing", self.name, node.at))?;
        let at = Pointer::new(pointer);
        Ok(Some(Node { value, at }))
    }

    /// The node that `node` stands for: itself, or the end of its chain of references.
    ///
    /// # Errors
    /// If a reference leads outside the document, to nothing or in a circle.
    pub(super) fn resolve(&self, node: &Node<'d>) -> Result<Node<'d>> {
        let mut passed = Vec::new();
        let mut node = node.clone();
        while let Some(target) = self.target(&node)? {
            if passed.contains(&target.at) {
                bail!("{}: the reference at {} leads in a circle", self.name, node.at);
            }
            passed.push(target.at.clone());
            node = target;
        }
        Ok(node)
    }

    /// Every path with its operations.
    ///
    /// # Errors
    /// As [`Document::resolve`].
    pub(super) fn paths(&self) -> Result<Vec<PathItem<'d>>> {
        let mut paths = Vec::new();
        for (path, node) in self.root().entries("paths") {
            let item = self.resolve(&node)?;
            let operations = METHODS
                .into_iter()
                .filter_map(|method| {
                    let node = item.get(method)?;
                    let shared = item.items("parameters");
                    Some(Operation { method, node, shared })
                })
                .collect();
            paths.push(PathItem { path, at: node.at, operations });
        }
        Ok(paths)
    }
}

/// A path and what can be done there.
#[derive(Debug)]
pub(super) struct PathItem<'d> {
    pub(super) path: &'d str,
    pub(super) at: Pointer,
    pub(super) operations: Vec<Operation<'d>>,
}

impl<'d> PathItem<'d> {
    /// The operation of a method, if the path has it.
    pub(super) fn operation(&self, method: &str) -> Option<&Operation<'d>> {
        self.operations.iter().find(|found| found.method == method)
    }
}

/// One operation of a path.
#[derive(Debug)]
pub(super) struct Operation<'d> {
    pub(super) method: &'static str,
    pub(super) node: Node<'d>,
    /// The parameters of the path item, which hold for each of its operations.
    shared: Vec<Node<'d>>,
}

/// A parameter of an operation.
#[derive(Debug)]
pub(super) struct Parameter<'d> {
    /// `in`: `path`, `query`, `header` or `cookie`.
    pub(super) location: &'d str,
    pub(super) name: &'d str,
    pub(super) required: bool,
    /// Where the operation or its path item lists it.
    pub(super) listed: Pointer,
    /// Its definition, which may stand among the components.
    pub(super) node: Node<'d>,
}

impl Parameter<'_> {
    /// Whether both are the same parameter. The names of headers have no case.
    pub(super) fn is(&self, other: &Parameter<'_>) -> bool {
        self.location == other.location
            && match self.location {
                "header" => self.name.eq_ignore_ascii_case(other.name),
                _ => self.name == other.name,
            }
    }
}

impl<'d> Operation<'d> {
    /// The operation's parameters: its own, and those of its path item that it does not override.
    ///
    /// # Errors
    /// As [`Document::resolve`], and if a parameter has no name, place or schema.
    pub(super) fn parameters(&self, document: &Document<'d>) -> Result<Vec<Parameter<'d>>> {
        let mut parameters: Vec<Parameter<'d>> = Vec::new();
        for listed in self.node.items("parameters").iter().chain(&self.shared) {
            let node = document.resolve(listed)?;
            let text = |key| node.value.get(key).and_then(Value::as_str);
            let (Some(location), Some(name), true) = (text("in"), text("name"), node.value.get("schema").is_some())
            else {
                bail!("{}: the parameter at {} needs a `name`, an `in` and a `schema`", document.name, node.at);
            };
            let parameter =
                Parameter { location, name, required: flag(&node, "required"), listed: listed.at.clone(), node };
            if !parameters.iter().any(|own| own.is(&parameter)) {
                parameters.push(parameter);
            }
        }
        Ok(parameters)
    }
}

/// Whether the object at `node` has `key` set to true.
pub(super) fn flag(node: &Node<'_>, key: &str) -> bool {
    node.value.get(key).and_then(Value::as_bool) == Some(true)
}

/// Whether a key of a schema says something about its values, rather than to its readers.
pub(super) fn constrains(key: &str) -> bool {
    !matches!(
        key,
        "title"
            | "description"
            | "summary"
            | "example"
            | "examples"
            | "default"
            | "deprecated"
            | "externalDocs"
            | "$comment"
            | "xml"
    ) && !key.starts_with("x-")
}
