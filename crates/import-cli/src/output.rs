//! Lines on standard output and standard error.
//!
//! What is printed for people is [`printable`] here, whatever was put into it on the way: a line stays one line.

use std::{
    fmt::Display,
    io::{self, Write as _},
};

use crate::text::printable;

/// Writes one line to standard output.
///
/// # Errors
/// Where it cannot be written.
pub fn line(text: impl Display) -> io::Result<()> {
    lines([text])
}

/// Writes lines to standard output.
///
/// # Errors
/// Where they cannot be written.
pub fn lines(lines: impl IntoIterator<Item = impl Display>) -> io::Result<()> {
    let mut out = io::stdout().lock();
    for line in lines {
        writeln!(out, "{}", printable(&line.to_string()))?;
    }
    out.flush()
}

/// Writes JSON to standard output, on a line of its own and as it is: programs read it.
///
/// # Errors
/// Where it cannot be written.
pub fn json_line(json: &str) -> io::Result<()> {
    let mut out = io::stdout().lock();
    writeln!(out, "{json}")?;
    out.flush()
}

/// Says something that is not the result: one line on standard error.
pub fn note(text: impl Display) {
    // Where nobody can be told, nobody is.
    let _ = writeln!(io::stderr().lock(), "{}", printable(&text.to_string()));
}
