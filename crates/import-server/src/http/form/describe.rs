//! What is wrong with a request, as a sentence that names the place and never the value: it may be a password.

use serde_json::error::Category;

/// What is said of a field that has to be there.
pub(super) const MISSING: &str = "it is missing";

/// What is wrong, and where.
pub(super) fn describe(error: &serde_path_to_error::Error<serde_json::Error>) -> String {
    let inner = error.inner();
    match inner.classify() {
        Category::Data => at(error.path(), &reason(&inner.to_string())),
        Category::Syntax | Category::Eof | Category::Io => format!("the body is not JSON: {inner}"),
    }
}

/// What is wrong with a value.
struct Reason<'a> {
    /// The field that it is about, where the path ends above it.
    field: Option<&'a str>,
    text: String,
}

fn at(path: &serde_path_to_error::Path, reason: &Reason) -> String {
    let mut place = match path.iter().next() {
        Some(_) => path.to_string(),
        None => String::new(),
    };
    if let Some(field) = reason.field {
        let last = path.iter().next_back().map(ToString::to_string);
        if last.as_deref() != Some(field) {
            if !place.is_empty() {
                place.push('.');
            }
            place.push_str(field);
        }
    }
    let place = if place.is_empty() { "the body" } else { &place };
    format!("{place}: {}", reason.text)
}

/// The reason in what serde says, which quotes the value.
fn reason(message: &str) -> Reason<'_> {
    let plain = |text: String| Reason { field: None, text };
    for kind in ["invalid type: ", "invalid value: "] {
        if let Some((found, expected)) = message.strip_prefix(kind).and_then(expectation) {
            return plain(format!("{} was expected, not {}", expected_kind(expected), found_kind(found)));
        }
    }
    if let Some((_, expected)) = message.strip_prefix("unknown variant ").and_then(expectation) {
        return plain(format!("one of {} was expected", expected.trim_start_matches("one of ").replace(" or ", ", ")));
    }
    for (kind, text) in [
        ("missing field `", MISSING),
        ("duplicate field `", "it is given twice"),
        ("unknown field `", "there is no such parameter"),
    ] {
        if let Some((field, _)) = message.strip_prefix(kind).and_then(|rest| rest.split_once('`')) {
            return Reason { field: Some(field), text: text.to_owned() };
        }
    }
    plain("it has not the documented form".to_owned())
}

/// What was found and what was expected; the place that a message ends with is left out. What was found may be a string
/// with anything in it, hence the last.
fn expectation(text: &str) -> Option<(&str, &str)> {
    let (found, expected) = text.rsplit_once(", expected ")?;
    Some((found, expected.split(" at line ").next().unwrap_or(expected)))
}

fn expected_kind(expected: &str) -> &str {
    match expected {
        "a sequence" => "a list",
        "string or map" | "variant identifier" => "a string",
        text if text.starts_with("struct ") => "an object",
        text => text,
    }
}

fn found_kind(found: &str) -> &'static str {
    match found.split_whitespace().next() {
        Some("null" | "unit") => "null",
        Some("boolean") => "a boolean",
        Some("integer" | "floating" | "number") => "a number",
        Some("string" | "character") => "a string",
        Some("sequence") => "a list",
        Some("map") => "an object",
        _ => "this",
    }
}
