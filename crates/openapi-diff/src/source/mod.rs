//! Documents as they are written: JSON or YAML, with the line of each place.

mod json;
mod yaml;

use std::collections::HashMap;

use serde_json::Value;

use crate::document::Document;
use crate::error::Result;
use crate::pointer::Pointer;

/// A document that was read from a file.
#[derive(Clone, Debug, PartialEq)]
pub struct Source {
    /// Its name in reports and errors.
    pub name: String,
    /// What it says.
    pub value: Value,
    /// The line of each place, from 1. Places without a line take that of what they stand in.
    pub lines: HashMap<String, usize>,
}

impl Source {
    /// Reads `text` as JSON or YAML: as its name ends, or by its first character if that says
    /// neither.
    ///
    /// # Errors
    /// [`Error::Syntax`](crate::Error::Syntax) if it is neither, or has a key twice.
    pub fn parse(name: &str, text: &str) -> Result<Self> {
        // A mark at the beginning says how the bytes are ordered, which they are.
        let text = text.strip_prefix('\u{feff}').unwrap_or(text);
        let ends = |ending: &str| name.to_ascii_lowercase().ends_with(ending);
        let starts_like_json = text.trim_start().starts_with(['{', '[']);
        let json = ends(".json") || starts_like_json && !ends(".yaml") && !ends(".yml");
        let (value, lines) = if json { json::load(name, text)? } else { yaml::load(name, text)? };
        Ok(Source { name: name.to_owned(), value, lines })
    }

    /// Takes a document that was not read from a text, and has no lines.
    pub fn new(name: &str, value: Value) -> Self {
        Source { name: name.to_owned(), value, lines: HashMap::new() }
    }

    /// The document to compare.
    ///
    /// # Errors
    /// As [`Document::new`].
    pub fn document(&self) -> Result<Document<'_>> {
        Document::new(&self.name, &self.value)
    }

    /// The line of a place, or of the innermost place around it that has one.
    pub fn line(&self, at: &Pointer) -> Option<usize> {
        at.outwards().find_map(|place| self.lines.get(place).copied())
    }

    /// The name with the line of a place, if that is known.
    pub fn place(&self, at: &Pointer) -> String {
        match self.line(at) {
            Some(line) => format!("{}:{line}", self.name),
            None => self.name.clone(),
        }
    }
}
