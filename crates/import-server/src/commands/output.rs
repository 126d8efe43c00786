//! How numbers, results and errors are written for people and programs.

use std::{fmt::Display, time::Duration};

use anyhow::Context as _;
use comfy_table::{CellAlignment, Table, presets};
pub(crate) use import_cli::{output::note, text::printable};
use serde::Serialize;

const CANNOT_WRITE: &str = "cannot write to standard output";

/// Writes a line to standard output.
pub(crate) fn line(text: impl Display) -> anyhow::Result<()> {
    import_cli::output::line(text).context(CANNOT_WRITE)
}

/// Writes lines to standard output.
pub(crate) fn lines(lines: impl IntoIterator<Item = impl Display>) -> anyhow::Result<()> {
    import_cli::output::lines(lines).context(CANNOT_WRITE)
}

/// Writes a value to standard output, as one line of JSON.
pub(crate) fn json_line(value: &impl Serialize) -> anyhow::Result<()> {
    import_cli::output::json_line(&serde_json::to_string(value)?).context(CANNOT_WRITE)
}

/// What went wrong, as one line.
pub(crate) fn cause(error: &anyhow::Error) -> String {
    chain(error)
}

/// Says what went wrong.
pub(crate) fn error(error: &anyhow::Error) {
    note(format_args!("error: {}", chain(error)));
}

/// An error and its causes as one line. A cause that the error before it tells already is not repeated.
fn chain(error: &anyhow::Error) -> String {
    let mut text = String::new();
    for cause in error.chain().map(ToString::to_string) {
        if !text.ends_with(&cause) {
            if !text.is_empty() {
                text.push_str(": ");
            }
            text.push_str(&cause);
        }
    }
    text
}

/// A number with its thousands apart.
pub(crate) fn number(number: u64) -> String {
    indicatif::HumanCount(number).to_string()
}

/// `1 record`, `2 records`.
pub(crate) fn counted(count: u64, one: &str, many: &str) -> String {
    format!("{} {}", number(count), if count == 1 { one } else { many })
}

/// A duration as people say it: `0.42 s`, `12.3 s`, `3 min 20 s`, `2 h 5 min`.
pub(crate) fn duration(duration: Duration) -> String {
    let seconds = duration.as_secs_f64();
    let whole = duration.as_secs();
    match whole {
        0..10 => format!("{seconds:.2} s"),
        10..60 => format!("{seconds:.1} s"),
        60..3600 => format!("{} min {} s", whole / 60, whole % 60),
        _ => format!("{} h {} min", whole / 3600, whole % 3600 / 60),
    }
}

/// A table of words in the first column and numbers in the others.
pub(crate) fn table<const COLUMNS: usize>(header: [&str; COLUMNS]) -> Table {
    let mut table = Table::new();
    table.load_style(presets::NOTHING).set_header(header);
    for (at, column) in table.column_iter_mut().enumerate() {
        // Two blanks between columns, none around the table.
        column.set_padding((if at == 0 { 0 } else { 2 }, 0));
        if at > 0 {
            column.set_cell_alignment(CellAlignment::Right);
        }
    }
    table
}

/// Seconds, to the millisecond.
pub(crate) fn seconds(duration: Duration) -> f64 {
    (duration.as_secs_f64() * 1000.0).round() / 1000.0
}

/// How many a second.
pub(crate) fn rate(count: u64, duration: Duration) -> u64 {
    // Below a millisecond nothing was measured.
    (count as f64 / duration.as_secs_f64().max(0.001)).round() as u64
}

/// A text as one word of a command line.
pub(crate) fn shell_word(text: &str) -> String {
    let plain = |c: char| c.is_alphanumeric() || "./_-+:@%,".contains(c);
    match !text.is_empty() && text.chars().all(plain) {
        true => text.to_owned(),
        false => format!("'{}'", text.replace('\'', r"'\''")),
    }
}

#[cfg(test)]
mod tests {
    use std::io;

    use super::*;

    #[test]
    fn a_path_can_be_copied_to_the_shell() {
        assert_eq!(shell_word("./import-data"), "./import-data");
        assert_eq!(shell_word("it's mine"), r"'it'\''s mine'");
        assert_eq!(shell_word(""), "''");
    }

    #[test]
    fn durations_are_said_as_people_say_them() {
        let said = [0.0, 0.421, 9.99, 12.34, 200.0, 7500.0].map(|seconds| duration(Duration::from_secs_f64(seconds)));
        assert_eq!(said, ["0.00 s", "0.42 s", "9.99 s", "12.3 s", "3 min 20 s", "2 h 5 min"]);
    }

    #[test]
    fn a_cause_that_was_told_already_is_not_repeated() {
        let cause = io::Error::other("disk on fire");
        let store =
            anyhow::Error::new(cause).context("opening the workspace: disk on fire").context("cannot import a.zip");
        assert_eq!(chain(&store), "cannot import a.zip: opening the workspace: disk on fire");
    }

    #[test]
    fn a_rate_is_a_number_even_where_no_time_passed() {
        assert_eq!(rate(5, Duration::ZERO), 5000);
        assert_eq!(rate(3000, Duration::from_millis(1500)), 2000);
    }
}
