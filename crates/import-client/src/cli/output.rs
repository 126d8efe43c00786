//! What goes to standard output: one line of JSON, or aligned text; and the notes beside it, on standard error.

use std::io;

use comfy_table::{Table, presets};
use import_cli::output::{json_line, lines};
pub(crate) use import_cli::{
    output::{line as print, note},
    text::printable,
};
use serde_json::Value;

/// Prints the lines of a text that was laid out here, on standard output.
pub(crate) fn print_lines(text: &str) -> io::Result<()> {
    lines(text.lines())
}

/// Prints an endpoint's answer on one line of standard output.
pub(crate) fn print_json(body: &[u8]) -> anyhow::Result<()> {
    let body: Value = serde_json::from_slice(body)?;
    Ok(json_line(&body.to_string())?)
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

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn columns_are_aligned_and_control_characters_are_gone() {
        let rows = [["1".to_owned(), "a\u{1b}[31mb\nc".to_owned()], ["long".to_owned(), "é".to_owned()]];
        assert_eq!(columns(["Id", "Name"], rows), "Id    Name\n1     a [31mb c\nlong  é\n");
    }
}
