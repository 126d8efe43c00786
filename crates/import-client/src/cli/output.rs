//! What goes to standard output: one line of JSON, or aligned text; and the notes beside it, on standard error.

use std::io::{self, Write};

use comfy_table::{Table, presets};
use serde_json::Value;

/// Prints lines of text on standard output.
pub(crate) fn print(text: &str) -> io::Result<()> {
    let mut stdout = io::stdout().lock();
    stdout.write_all(text.as_bytes())?;
    if !text.ends_with('\n') {
        stdout.write_all(b"\n")?;
    }
    stdout.flush()
}

/// Prints an endpoint's answer on one line of standard output.
pub(crate) fn print_json(body: &[u8]) -> anyhow::Result<()> {
    let body: Value = serde_json::from_slice(body)?;
    Ok(print(&body.to_string())?)
}

/// Says something that is not the result, on standard error.
pub(crate) fn note(text: &str) {
    // Nobody is left to be told where this fails.
    let _ = writeln!(io::stderr().lock(), "{text}");
}

/// Names and values, a line each, aligned.
pub(crate) fn pairs(rows: &[(&str, String)]) -> String {
    let mut table = plain();
    for (name, value) in rows {
        table.add_row([*name, &printable(value)]);
    }
    finished(table)
}

/// A table with a header.
pub(crate) fn columns<const N: usize>(header: [&str; N], rows: impl IntoIterator<Item = [String; N]>) -> String {
    let mut table = plain();
    table.set_header(header);
    for row in rows {
        table.add_row(row.map(|cell| printable(&cell)));
    }
    finished(table)
}

fn plain() -> Table {
    let mut table = Table::new();
    table.load_style(presets::NOTHING);
    table
}

fn finished(mut table: Table) -> String {
    for column in table.column_iter_mut() {
        column.set_padding((0, 2));
    }
    table.trim_fmt() + "\n"
}

/// Text that comes from an export or a server, made harmless for a terminal: on one line, without control characters.
pub(crate) fn printable(text: &str) -> String {
    text.chars().map(|letter| if letter.is_control() { ' ' } else { letter }).collect()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn columns_are_aligned_and_control_characters_are_gone() {
        let rows = [["1".to_owned(), "a\u{1b}[31mb\nc".to_owned()], ["long".to_owned(), "é".to_owned()]];
        assert_eq!(columns(["Id", "Name"], rows), "Id    Name\n1     a [31mb c\nlong  é\n");
    }
}
