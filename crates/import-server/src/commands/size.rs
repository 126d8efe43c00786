//! Sizes in bytes as people write them: `500000`, `50MB`, `64 MiB`.

use std::str::FromStr;

/// A number of bytes.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) struct ByteSize(pub(crate) u64);

/// Units and what they stand for. Decimal ones are what disks and downloads are measured in, binary ones memory.
const UNITS: [(&str, u64); 14] = [
    ("", 1),
    ("b", 1),
    ("k", 1_000),
    ("kb", 1_000),
    ("m", 1_000_000),
    ("mb", 1_000_000),
    ("g", 1_000_000_000),
    ("gb", 1_000_000_000),
    ("t", 1_000_000_000_000),
    ("tb", 1_000_000_000_000),
    ("kib", 1 << 10),
    ("mib", 1 << 20),
    ("gib", 1 << 30),
    ("tib", 1 << 40),
];

impl FromStr for ByteSize {
    type Err = String;

    fn from_str(text: &str) -> Result<Self, Self::Err> {
        let text = text.trim();
        let (number, unit) = text.split_at(text.find(|c: char| !c.is_ascii_digit()).unwrap_or(text.len()));
        let unit = unit.trim().to_ascii_lowercase();
        let factor = UNITS.iter().find(|(name, _)| *name == unit).map(|(_, factor)| *factor);
        let (Ok(number), Some(factor)) = (number.parse::<u64>(), factor) else {
            return Err("a size is a whole number of bytes, or one with a unit: 500000, 50MB, 64MiB, 2TiB".into());
        };
        number.checked_mul(factor).map(Self).ok_or_else(|| "more bytes than can be counted".into())
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn sizes_are_read_with_decimal_and_binary_units() {
        let read =
            ["0", "500000", "50MB", "50 mb", "64MiB", "1g", "2TiB"].map(|text| text.parse::<ByteSize>().unwrap().0);
        assert_eq!(read, [0, 500_000, 50_000_000, 50_000_000, 67_108_864, 1_000_000_000, 2_199_023_255_552]);
    }

    #[test]
    fn what_is_no_size_is_refused() {
        for text in ["", "MB", "-1", "1.5GB", "10 stone", "99999999999 TiB", "0x10"] {
            assert!(text.parse::<ByteSize>().is_err(), "{text}");
        }
    }
}
