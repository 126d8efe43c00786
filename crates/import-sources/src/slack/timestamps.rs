//! Slack's times: seconds since 1970 with six decimals, which are also the ids of messages within their room.

use std::fmt;

use import_proto::{IsoTime, Timestamp};

use crate::years::END;

/// A time to the microsecond.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord)]
pub(super) struct SlackTime {
    /// Since 1970.
    micros: i64,
    /// The same in whole milliseconds.
    millis: Timestamp,
}

impl SlackTime {
    /// The time that `text` names: digits, and perhaps a full stop and more digits. `None` outside of the years 1970 to
    /// 2099.
    pub(super) fn parse(text: &str) -> Option<Self> {
        let (seconds, decimals) = text.split_once('.').unwrap_or((text, ""));
        let digits = |text: &str| text.bytes().all(|byte| byte.is_ascii_digit());
        if seconds.is_empty() || !digits(seconds) || !digits(decimals) {
            return None;
        }
        let seconds: i64 = seconds.parse().ok().filter(|seconds| *seconds < END)?;
        let micros = decimals.bytes().chain(std::iter::repeat(b'0')).take(6);
        let micros = micros.fold(0, |micros, digit| micros * 10 + i64::from(digit - b'0'));
        let micros = seconds * 1_000_000 + micros;
        Some(Self { micros, millis: Timestamp::from_millis(micros / 1_000)? })
    }

    pub(super) fn micros(self) -> i64 {
        self.micros
    }

    pub(super) fn iso(self) -> IsoTime {
        IsoTime(self.millis)
    }
}

/// As it stands in the ids of messages: `1355517523-000005`.
impl fmt::Display for SlackTime {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "{}-{:06}", self.micros / 1_000_000, self.micros % 1_000_000)
    }
}

/// The time so many whole seconds after 1970, as rooms have it.
pub(super) fn of_seconds(seconds: Option<f64>) -> Option<IsoTime> {
    let seconds = seconds.filter(|seconds| *seconds > 0.0 && *seconds < END as f64)?;
    Timestamp::from_millis((seconds * 1_000.0) as i64).map(IsoTime)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_time_is_seconds_with_up_to_six_decimals() {
        for (text, micros, id) in [
            ("1355517523.000005", 1_355_517_523_000_005, "1355517523-000005"),
            ("1355517523.5", 1_355_517_523_500_000, "1355517523-500000"),
            ("1355517523", 1_355_517_523_000_000, "1355517523-000000"),
            ("1355517523.0000059", 1_355_517_523_000_005, "1355517523-000005"),
            ("0", 0, "0-000000"),
        ] {
            let time = SlackTime::parse(text).unwrap();
            assert_eq!((time.micros(), time.to_string().as_str()), (micros, id), "{text}");
        }
        let time = SlackTime::parse("1355517523.123456").unwrap();
        assert_eq!(time.iso().0.to_string(), "2012-12-14T20:38:43.123Z");
    }

    #[test]
    fn what_is_no_time_is_none() {
        for text in [
            "",
            ".",
            "NaN",
            "-62135596800.000000",
            "10413792000.000000",
            "4102444800.000000",
            "1e9",
            "1.2.3",
            "+5",
            " 5",
            "99999999999999999999",
        ] {
            assert_eq!(SlackTime::parse(text), None, "{text}");
        }
    }

    #[test]
    fn rooms_are_created_at_whole_seconds() {
        assert_eq!(of_seconds(Some(1_355_517_523.0)).unwrap().0.as_millis(), 1_355_517_523_000);
        for seconds in [None, Some(0.0), Some(-5.0), Some(1e12), Some(f64::NAN)] {
            assert_eq!(of_seconds(seconds), None);
        }
    }
}
