//! Writes a report out: for a terminal, a program, a pull request, or GitHub's annotations.

mod colour;
mod github;
mod json;
mod markdown;
mod text;

use std::str::FromStr;

use crate::report::{FailOn, Report, Unknown};

pub use colour::{Colour, Paint};

/// How a report is written.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Format {
    /// Lines for people.
    Text,
    /// One object for programs.
    Json,
    /// A comment for a pull request.
    Markdown,
    /// Annotations for GitHub's checks.
    Github,
}

impl Format {
    /// The names that [`FromStr`] knows.
    pub const NAMES: [&str; 4] = ["text", "json", "markdown", "github"];
}

impl FromStr for Format {
    type Err = Unknown;

    fn from_str(name: &str) -> Result<Self, Unknown> {
        match name {
            "text" => Ok(Format::Text),
            "json" => Ok(Format::Json),
            "markdown" => Ok(Format::Markdown),
            "github" => Ok(Format::Github),
            _ => Err(Unknown),
        }
    }
}

/// What to write of a report.
#[derive(Clone, Copy, Debug)]
pub struct Options {
    /// How to write it.
    pub format: Format,
    /// What it fails on.
    pub fail_on: FailOn,
    /// Whether to show what only people read, and examples that do not match; or else to count it.
    pub documentation: bool,
    /// Whether to write text in colours.
    pub paint: Paint,
}

/// A report as text, with a line feed at the end.
pub fn write(report: &Report<'_>, options: Options) -> String {
    match options.format {
        Format::Text => text::write(report, options),
        Format::Json => json::write(report, options),
        Format::Markdown => markdown::write(report, options),
        Format::Github => github::write(report, options),
    }
}

/// What a report fails on and what is wrong with declarations, as text and without a summary; empty
/// if all is well.
pub fn failures(report: &Report<'_>, options: Options) -> String {
    text::failures(report, options)
}

/// A text whose line feeds and other control characters are written out: names in a document may not
/// start a line of a report, or change the colours of a terminal.
fn in_line(text: &str) -> String {
    let mut line = String::with_capacity(text.len());
    for character in text.chars() {
        match character {
            control if control.is_control() || is_invisible(control) => line.extend(control.escape_default()),
            other => line.push(other),
        }
    }
    line
}

/// Whether a character cannot be seen, and hides how others are written or in which order they stand.
fn is_invisible(character: char) -> bool {
    matches!(character, '\u{61c}' | '\u{200b}'..='\u{200f}' | '\u{2028}'..='\u{202e}' | '\u{2060}'..='\u{2069}' | '\u{feff}')
}

/// A count with its noun: `1 difference`, `2 differences`.
fn counted(count: usize, noun: &str) -> String {
    let plural = if count == 1 { "" } else { "s" };
    format!("{count} {noun}{plural}")
}

/// The endpoints in a row.
fn reached(endpoints: &[String]) -> String {
    if endpoints.is_empty() { "no endpoint".to_owned() } else { in_line(&endpoints.join(", ")) }
}

/// How many examples do not match, if any, and in which of the documents.
fn examples(report: &Report<'_>) -> Option<String> {
    let count = |lints: usize, name: &str| (lints > 0).then(|| format!("{} in {name}", counted(lints, "example")));
    let base = count(report.base_lints.len(), &report.base.name);
    let parts: Vec<String> =
        base.into_iter().chain(count(report.revision_lints.len(), &report.revision.name)).collect();
    let many = report.base_lints.len() + report.revision_lints.len() > 1;
    let verb = if many { "do not match their schemas" } else { "does not match its schema" };
    (!parts.is_empty()).then(|| format!("{} {verb}", parts.join(" and ")))
}

/// How many differences there are between which documents.
fn summary(report: &Report<'_>) -> String {
    let total = match report.differences.len() {
        0 => "no differences".to_owned(),
        count => counted(count, "difference"),
    };
    let between = format!("{total} between {} and {}", report.base.name, report.revision.name);
    let between = in_line(&between);
    let counts = report.counts().to_string();
    if counts.is_empty() { between } else { format!("{between}: {counts}") }
}
