//! An OpenAPI document to read from: places in it, and references followed.

use serde_json::Value;

use crate::error::{Error, Result};
use crate::pointer::Pointer;

/// How many references may follow each other before that counts as too deep.
pub(crate) const DEPTH: usize = 10_000;

/// A parsed document.
#[derive(Clone, Copy, Debug)]
pub struct Document<'d> {
    pub(crate) name: &'d str,
    pub(crate) root: &'d Value,
}

/// A value of a document and its place.
#[derive(Clone, Debug)]
pub(crate) struct Node<'d> {
    pub(crate) document: Document<'d>,
    pub(crate) value: &'d Value,
    pub(crate) at: Pointer,
}

impl<'d> Document<'d> {
    /// Takes `root` for an OpenAPI document called `name` in errors.
    ///
    /// # Errors
    /// If it says no OpenAPI version 3.0 or has no paths.
    pub fn new(name: &'d str, root: &'d Value) -> Result<Self> {
        let refuse = |what: String| Error::NoDocument { document: name.to_owned(), what };
        let version = |key| root.get(key).and_then(Value::as_str);
        match (version("openapi"), version("swagger")) {
            (Some(version), _) if version.starts_with("3.0.") || version == "3.0" => {}
            (Some(version), _) => return Err(refuse(format!("it says version {version}"))),
            (None, Some(version)) => return Err(refuse(format!("it says Swagger {version}"))),
            (None, None) => return Err(refuse("its `openapi` does not say a version".to_owned())),
        }
        if !root.get("paths").is_some_and(Value::is_object) {
            return Err(refuse("it has no `paths`".to_owned()));
        }
        Ok(Document { name, root })
    }

    /// The whole document.
    pub(crate) fn root(&self) -> Node<'d> {
        Node { document: *self, value: self.root, at: Pointer::default() }
    }
}

impl<'d> Node<'d> {
    /// An error about this place.
    pub(crate) fn error(&self, what: impl Into<String>) -> Error {
        Error::Place { document: self.document.name.to_owned(), at: self.at.clone(), what: what.into() }
    }

    /// The value under `key`, if this is an object that has it.
    pub(crate) fn get(&self, key: &str) -> Option<Node<'d>> {
        let value = self.value.get(key)?;
        Some(Node { document: self.document, value, at: self.at.join(key) })
    }

    /// The text under `key`.
    pub(crate) fn text(&self, key: &str) -> Result<Option<&'d str>> {
        self.read(key, "a string", Value::as_str)
    }

    /// Whether the flag `key` is set; `unset` if it is not there.
    pub(crate) fn flag(&self, key: &str, unset: bool) -> Result<bool> {
        Ok(self.read(key, "true or false", Value::as_bool)?.unwrap_or(unset))
    }

    /// What `take` makes of the value under `key`, which has to be `kind`.
    pub(crate) fn read<T>(
        &self,
        key: &str,
        kind: &str,
        take: impl FnOnce(&'d Value) -> Option<T>,
    ) -> Result<Option<T>> {
        let Some(value) = self.value.get(key) else { return Ok(None) };
        match take(value) {
            Some(found) => Ok(Some(found)),
            None => {
                let node = Node { document: self.document, value, at: self.at.join(key) };
                Err(node.error(format!("`{key}` has to be {kind}")))
            }
        }
    }

    /// The entries of the object under `key`, in the document's order and without extensions; none
    /// if there is none. It is for objects whose keys the specification names, such as the answers of
    /// an operation: where an author chooses the names, `x-key` is a name like any other.
    pub(crate) fn entries(&self, key: &str) -> Result<Vec<(&'d str, Node<'d>)>> {
        let entries = self.all_entries(key)?.into_iter();
        Ok(entries.filter(|(name, _)| !name.starts_with("x-")).collect())
    }

    /// The entries of the object under `key`, names that start with `x-` included.
    pub(crate) fn all_entries(&self, key: &str) -> Result<Vec<(&'d str, Node<'d>)>> {
        let Some(map) = self.read(key, "an object", Value::as_object)? else { return Ok(Vec::new()) };
        let at = self.at.join(key);
        let entries = map.iter().map(|(name, value)| {
            let at = at.join(name);
            (name.as_str(), Node { document: self.document, value, at })
        });
        Ok(entries.collect())
    }

    /// The items of the array under `key`; none if there is none.
    pub(crate) fn items(&self, key: &str) -> Result<Vec<Node<'d>>> {
        let Some(items) = self.read(key, "a list", Value::as_array)? else { return Ok(Vec::new()) };
        let at = self.at.join(key);
        let items = items.iter().enumerate();
        Ok(items.map(|(index, value)| Node { document: self.document, value, at: at.join(index) }).collect())
    }

    /// The texts of the array under `key`; none if there is none.
    pub(crate) fn texts(&self, key: &str) -> Result<Vec<(&'d str, Pointer)>> {
        let text = |node: Node<'d>| match node.value.as_str() {
            Some(text) => Ok((text, node.at)),
            None => Err(node.error(format!("`{key}` has to hold strings"))),
        };
        self.items(key)?.into_iter().map(text).collect()
    }

    /// Where the `$ref` of this node leads, if it has one.
    ///
    /// # Errors
    /// If it leads outside the document or to nothing.
    pub(crate) fn target(&self) -> Result<Option<Node<'d>>> {
        let Some(reference) = self.value.get("$ref").and_then(Value::as_str) else {
            return Ok(None);
        };
        let Some(fragment) = reference.strip_prefix('#') else {
            return Err(self.error(format!("the reference to {reference} leads outside the document")));
        };
        let pointer = decoded(fragment);
        let value = self
            .document
            .root
            .pointer(&pointer)
            .ok_or_else(|| self.error(format!("the reference to {reference} leads to nothing")))?;
        Ok(Some(Node { document: self.document, value, at: Pointer::new(&pointer) }))
    }

    /// The node that this one stands for: itself, or the end of its chain of references.
    ///
    /// # Errors
    /// If a reference leads outside the document, to nothing or in a circle.
    pub(crate) fn resolve(&self) -> Result<Node<'d>> {
        let mut node = self.clone();
        for _ in 0..DEPTH {
            match node.target()? {
                Some(target) => node = target,
                None => return Ok(node),
            }
        }
        Err(self.error("the reference leads in a circle"))
    }

    /// The node under `key` with its references followed, if it is there.
    ///
    /// # Errors
    /// As [`Node::resolve`].
    pub(crate) fn resolved(&self, key: &str) -> Result<Option<Node<'d>>> {
        self.get(key).map(|node| node.resolve()).transpose()
    }
}

/// A fragment of an address as the pointer that it means: `%7B` stands for `{`.
fn decoded(fragment: &str) -> String {
    let bytes = fragment.as_bytes();
    let mut decoded = Vec::with_capacity(bytes.len());
    let mut index = 0;
    while let Some(&byte) = bytes.get(index) {
        let code = match byte {
            b'%' => fragment.get(index + 1..index + 3).and_then(|code| u8::from_str_radix(code, 16).ok()),
            _ => None,
        };
        decoded.push(code.unwrap_or(byte));
        index += if code.is_some() { 3 } else { 1 };
    }
    String::from_utf8(decoded).unwrap_or_else(|_| fragment.to_owned())
}
