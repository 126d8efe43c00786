//! Counts by reason and by subtype, as lines of a summary.

use import_proto::{ReasonCount, SubtypeCount};

use super::output;

/// A line for each kind and reason: how many, what, why.
pub(super) fn by_reason(counts: &[ReasonCount]) -> Vec<String> {
    let width = width(counts.iter().map(|entry| entry.count));
    let line = |entry: &ReasonCount| {
        let number = output::number(entry.count);
        format!("{number:>width$}  {:<7}  {}", entry.data_type.as_str(), output::printable(&entry.reason))
    };
    counts.iter().map(line).collect()
}

/// A line for each subtype: how many, and what became of them.
pub(super) fn by_subtype(subtypes: &[SubtypeCount]) -> Vec<String> {
    let width = width(subtypes.iter().map(|entry| entry.kept + entry.left_out));
    let line = |entry: &SubtypeCount| {
        let SubtypeCount { subtype, kept, left_out } = entry;
        let became = match (kept, left_out) {
            (_, 0) => "kept as plain messages".to_owned(),
            (0, _) => "left out: nothing is in them".to_owned(),
            _ => format!(
                "{} kept as plain messages; {} left out: nothing is in them",
                output::number(*kept),
                output::number(*left_out)
            ),
        };
        format!("{:>width$}  {}: {became}", output::number(kept + left_out), output::printable(subtype))
    };
    subtypes.iter().map(line).collect()
}

fn width(numbers: impl Iterator<Item = u64>) -> usize {
    numbers.map(|number| output::number(number).len()).max().unwrap_or_default()
}

#[cfg(test)]
mod tests {
    use import_proto::DataType;

    use super::*;

    #[test]
    fn numbers_stand_under_each_other() {
        let count = |data_type, reason: &str, count| ReasonCount { data_type, reason: reason.into(), count };
        let counts = [count(DataType::Message, "not selected", 12_345), count(DataType::User, "it is\u{7} there", 7)];
        assert_eq!(by_reason(&counts), ["12,345  message  not selected", "     7  user     it is  there"]);
        let of = |subtype: &str, kept, left_out| SubtypeCount { subtype: subtype.into(), kept, left_out };
        assert_eq!(
            by_subtype(&[of("canvas", 8, 2), of("huddle", 1, 0), of("ping", 0, 1)]),
            [
                "10  canvas: 8 kept as plain messages; 2 left out: nothing is in them",
                " 1  huddle: kept as plain messages",
                " 1  ping: left out: nothing is in them"
            ]
        );
    }
}
