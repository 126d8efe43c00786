//! The limits on export files, as options of `serve`, `import` and `check`.

use clap::Args;
use import_engine::Limits;

use super::size::ByteSize;

#[derive(Debug, Args)]
#[command(next_help_heading = "Limits on export files")]
pub(crate) struct LimitOptions {
    /// Entries of an archive, or files of a folder
    #[arg(long, value_name = "N", env = "IMPORT_SERVER_MAX_ENTRIES", default_value = "5000000")]
    max_entries: u64,

    /// Size of all entries of an archive together, expanded
    #[arg(long, value_name = "SIZE", env = "IMPORT_SERVER_MAX_EXPANDED", default_value = "2TiB")]
    max_expanded: ByteSize,

    /// Size of one entry of an archive, expanded, and of one file that is fetched
    #[arg(long, value_name = "SIZE", env = "IMPORT_SERVER_MAX_ENTRY", default_value = "1GiB")]
    max_entry: ByteSize,

    /// How many times its compressed size an entry above 10 MiB may expand to
    #[arg(long, value_name = "N", env = "IMPORT_SERVER_MAX_RATIO", default_value = "200")]
    max_ratio: u64,

    /// Size of one row of a CSV file, and of one record of a JSON file
    #[arg(long, value_name = "SIZE", env = "IMPORT_SERVER_MAX_ROW", default_value = "16MiB")]
    max_row: ByteSize,

    /// How deep a JSON file may be nested, the list of its records included
    #[arg(long, value_name = "N", env = "IMPORT_SERVER_MAX_DEPTH", default_value = "64",
        value_parser = clap::value_parser!(u8).range(2..=127))]
    max_depth: u8,
}

impl LimitOptions {
    /// The limits as the engine takes them.
    pub(crate) fn limits(&self) -> Limits {
        Limits {
            entries: self.max_entries,
            expanded_bytes: self.max_expanded.0,
            entry_bytes: self.max_entry.0,
            ratio: self.max_ratio,
            row_bytes: usize::try_from(self.max_row.0).unwrap_or(usize::MAX),
            json_depth: self.max_depth.into(),
            ..Limits::default()
        }
    }
}

#[cfg(test)]
mod tests {
    use clap::Parser;

    use super::*;

    #[derive(Parser)]
    struct Line {
        #[command(flatten)]
        limits: LimitOptions,
    }

    #[test]
    fn without_options_the_limits_are_the_documented_ones() {
        assert_eq!(Line::parse_from(["test"]).limits.limits(), Limits::default());
    }

    #[test]
    fn every_limit_can_be_set() {
        let line = "test --max-entries 1 --max-expanded 2k --max-entry 3MiB --max-ratio 4 --max-row 5 --max-depth 6";
        let limits = Line::parse_from(line.split(' ')).limits.limits();
        let expected = Limits {
            entries: 1,
            expanded_bytes: 2000,
            entry_bytes: 3 << 20,
            ratio: 4,
            row_bytes: 5,
            json_depth: 6,
            ..Limits::default()
        };
        assert_eq!(limits, expected);
    }

    #[test]
    fn a_depth_that_holds_no_record_or_cannot_be_parsed_is_refused() {
        for (depth, taken) in [("1", false), ("2", true), ("127", true), ("128", false)] {
            assert_eq!(Line::try_parse_from(["test", "--max-depth", depth]).is_ok(), taken, "{depth}");
        }
    }
}
