//! Reads JSON, with the line of each place.

use std::collections::HashMap;

use serde_json::Value;

use crate::error::{Error, Result};
use crate::pointer::Pointer;

/// Reads the value in `text`, with the line of each place in it.
pub(super) fn load(name: &str, text: &str) -> Result<(Value, HashMap<String, usize>)> {
    let value = serde_json::from_str(text).map_err(|error| Error::Syntax {
        document: name.to_owned(),
        line: error.line(),
        column: error.column(),
        what: what(&error),
    })?;
    let mut lines = Lines { name, text, at: 0, line: 1, begins: 0, lines: HashMap::new() };
    lines.value(&Pointer::default())?;
    Ok((value, lines.lines))
}

/// What is wrong, without the place.
fn what(error: &serde_json::Error) -> String {
    let text = error.to_string();
    text.rsplit_once(" at line ").map_or(text.as_str(), |(what, _)| what).to_owned()
}

/// Goes over a text that is known to be JSON.
struct Lines<'t> {
    name: &'t str,
    text: &'t str,
    at: usize,
    line: usize,
    /// Where the line begins.
    begins: usize,
    lines: HashMap<String, usize>,
}

impl Lines<'_> {
    /// The next byte that is not between values. There is one until the text ends.
    fn next(&mut self) -> u8 {
        loop {
            let byte = self.text.as_bytes().get(self.at).copied().unwrap_or(b'}');
            match byte {
                b'\n' => {
                    self.line += 1;
                    self.begins = self.at + 1;
                }
                b' ' | b'\t' | b'\r' | b',' | b':' => {}
                _ => return byte,
            }
            self.at += 1;
        }
    }

    fn value(&mut self, place: &Pointer) -> Result<()> {
        let first = self.next();
        self.lines.entry(place.as_str().to_owned()).or_insert(self.line);
        match first {
            b'{' => self.object(place),
            b'[' => self.array(place),
            b'"' => {
                self.string();
                Ok(())
            }
            _ => {
                let rest = self.text.get(self.at..).unwrap_or("");
                self.at += rest.find([',', ']', '}', '\n', ' ', '\t', '\r']).unwrap_or(rest.len());
                Ok(())
            }
        }
    }

    fn object(&mut self, place: &Pointer) -> Result<()> {
        self.at += 1;
        while self.next() == b'"' {
            let (line, column) = (self.line, self.at - self.begins + 1);
            let key: String = serde_json::from_str(self.string()).unwrap_or_default();
            let inner = place.join(&key);
            if self.lines.insert(inner.as_str().to_owned(), line).is_some() {
                let what = format!("the key {key} stands here a second time");
                return Err(Error::Syntax { document: self.name.to_owned(), line, column, what });
            }
            self.value(&inner)?;
        }
        self.at += 1;
        Ok(())
    }

    fn array(&mut self, place: &Pointer) -> Result<()> {
        self.at += 1;
        let mut index = 0;
        while self.next() != b']' {
            self.value(&place.join(index))?;
            index += 1;
        }
        self.at += 1;
        Ok(())
    }

    /// Goes past a string, and returns it with its quotes.
    fn string(&mut self) -> &str {
        let start = self.at;
        let mut bytes = self.text.bytes().enumerate().skip(start + 1);
        while let Some((index, byte)) = bytes.next() {
            match byte {
                b'\\' => drop(bytes.next()),
                b'"' => {
                    self.at = index + 1;
                    break;
                }
                _ => {}
            }
        }
        self.text.get(start..self.at).unwrap_or("")
    }
}
