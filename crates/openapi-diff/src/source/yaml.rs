//! Reads YAML as the JSON that it stands for.

use std::collections::HashMap;

use saphyr_parser::{Event, Marker, Parser, ScalarStyle, ScanError, Span, StrInput};
use serde_json::{Map, Number, Value};

use crate::error::{Error, Result};
use crate::pointer::Pointer;

/// How deep values may stand within each other, as for JSON.
const DEPTH: usize = 128;
/// How many values aliases may add to a document, whatever its own size.
const VALUES: usize = 1_000_000;

/// Reads the one document in `text`, with the line of each place in it.
pub(super) fn load(name: &str, text: &str) -> Result<(Value, HashMap<String, usize>)> {
    let mut loader =
        Loader { name, parser: Parser::new_from_str(text), anchors: HashMap::new(), lines: HashMap::new(), values: 0 };
    loader.document()
}

struct Loader<'t> {
    name: &'t str,
    parser: Parser<'t, StrInput<'t>>,
    anchors: HashMap<usize, Value>,
    lines: HashMap<String, usize>,
    values: usize,
}

impl<'t> Loader<'t> {
    fn document(&mut self) -> Result<(Value, HashMap<String, usize>)> {
        loop {
            match self.next()? {
                (Event::StreamStart | Event::DocumentStart(_) | Event::Nothing, _) => {}
                (Event::StreamEnd, _) => return Ok((Value::Null, HashMap::new())),
                (event, span) => {
                    let value = self.value(event, span, &Pointer::default(), 0)?;
                    return self.end(value);
                }
            }
        }
    }

    fn end(&mut self, value: Value) -> Result<(Value, HashMap<String, usize>)> {
        loop {
            match self.next()? {
                (Event::StreamEnd, _) => return Ok((value, std::mem::take(&mut self.lines))),
                (Event::DocumentStart(_), span) => {
                    return Err(self.error(&span.start, "another document begins here; there can be only one"));
                }
                _ => {}
            }
        }
    }

    fn next(&mut self) -> Result<(Event<'t>, Span)> {
        let end = || ScanError::new_str(Marker::new(0, 1, 0), "the text ends too early");
        let event = self.parser.next_event().unwrap_or_else(|| Err(end()));
        event.map_err(|error| self.error(error.marker(), error.info()))
    }

    fn error(&self, at: &Marker, what: impl Into<String>) -> Error {
        Error::Syntax { document: self.name.to_owned(), line: at.line(), column: at.col() + 1, what: what.into() }
    }

    /// The value that `event` begins, and that stands at `at`.
    fn value(&mut self, event: Event<'t>, span: Span, at: &Pointer, depth: usize) -> Result<Value> {
        self.lines.entry(at.as_str().to_owned()).or_insert(span.start.line());
        if depth > DEPTH {
            return Err(self.error(&span.start, "values stand within each other too deep"));
        }
        let (anchor, value) = match event {
            Event::Scalar(text, style, anchor, tag) => {
                let text_only = tag.is_some_and(|tag| tag.is_yaml_core_schema() && tag.suffix == "str");
                let plain = style == ScalarStyle::Plain && !text_only;
                (anchor, if plain { scalar(&text) } else { Value::String(text.into_owned()) })
            }
            Event::SequenceStart(anchor, _) => (anchor, self.sequence(at, depth)?),
            Event::MappingStart(anchor, _) => (anchor, self.mapping(at, depth)?),
            Event::Alias(anchor) => {
                let Some(value) = self.anchors.get(&anchor).cloned() else {
                    return Err(self.error(&span.start, "the alias stands within what it means"));
                };
                self.count(size(&value), &span)?;
                return Ok(value);
            }
            _ => return Err(self.error(&span.start, "a value is missing here")),
        };
        if anchor > 0 {
            self.anchors.insert(anchor, value.clone());
        }
        Ok(value)
    }

    fn sequence(&mut self, at: &Pointer, depth: usize) -> Result<Value> {
        let mut items = Vec::new();
        loop {
            match self.next()? {
                (Event::SequenceEnd, _) => return Ok(Value::Array(items)),
                (event, span) => items.push(self.value(event, span, &at.join(items.len()), depth + 1)?),
            }
        }
    }

    fn mapping(&mut self, at: &Pointer, depth: usize) -> Result<Value> {
        let mut map = Map::new();
        let mut merged = Vec::new();
        loop {
            let (key, span) = match self.next()? {
                (Event::MappingEnd, _) => break,
                (Event::Scalar(key, style, ..), span) => {
                    if key == "<<" && style == ScalarStyle::Plain {
                        let (event, span) = self.next()?;
                        merged.push((self.value(event, span, at, depth + 1)?, span));
                        continue;
                    }
                    // `200:` is the key "200", as it would be in JSON.
                    (key.into_owned(), span)
                }
                (_, span) => return Err(self.error(&span.start, "a key has to be a plain word or a string")),
            };
            if map.contains_key(&key) {
                return Err(self.error(&span.start, format!("the key {key} stands here a second time")));
            }
            let place = at.join(&key);
            self.lines.insert(place.as_str().to_owned(), span.start.line());
            let (event, span) = self.next()?;
            let value = self.value(event, span, &place, depth + 1)?;
            map.insert(key, value);
        }
        for (value, span) in merged {
            let maps = match value {
                Value::Array(maps) => maps,
                map => vec![map],
            };
            for value in maps {
                let Value::Object(other) = value else {
                    return Err(self.error(&span.start, "`<<` has to be given what has keys"));
                };
                for (key, value) in other {
                    map.entry(key).or_insert(value);
                }
            }
        }
        Ok(Value::Object(map))
    }

    fn count(&mut self, more: usize, span: &Span) -> Result<()> {
        self.values += more;
        if self.values > VALUES {
            return Err(self.error(&span.start, format!("aliases make more than {VALUES} values")));
        }
        Ok(())
    }
}

fn size(value: &Value) -> usize {
    match value {
        Value::Array(items) => 1 + items.iter().map(size).sum::<usize>(),
        Value::Object(map) => 1 + map.values().map(size).sum::<usize>(),
        _ => 1,
    }
}

/// What an unquoted word means.
fn scalar(text: &str) -> Value {
    match text {
        "" | "~" | "null" | "Null" | "NULL" => return Value::Null,
        "true" | "True" | "TRUE" => return Value::Bool(true),
        "false" | "False" | "FALSE" => return Value::Bool(false),
        _ => {}
    }
    number(text).map_or_else(|| Value::String(text.to_owned()), Value::Number)
}

fn number(text: &str) -> Option<Number> {
    let radix = |prefix, radix| i64::from_str_radix(text.strip_prefix(prefix)?, radix).ok();
    if let Some(number) = radix("0x", 16).or_else(|| radix("0o", 8)) {
        return Some(number.into());
    }
    let digits = text.strip_prefix(['+', '-']).unwrap_or(text);
    if !digits.starts_with(|first: char| first.is_ascii_digit() || first == '.')
        || !digits.contains(|digit: char| digit.is_ascii_digit())
        || digits.contains(|digit: char| !digit.is_ascii_digit() && !".eE+-".contains(digit))
    {
        return None;
    }
    let plain = text.strip_prefix('+').unwrap_or(text);
    let whole = plain.parse::<i64>().map(Number::from).or_else(|_| plain.parse::<u64>().map(Number::from));
    whole.ok().or_else(|| Number::from_f64(plain.parse().ok()?))
}
