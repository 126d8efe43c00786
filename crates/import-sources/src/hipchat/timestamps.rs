//! HipChat's times: ISO 8601, and behind a blank the fraction of the second, as in `2016-05-10T14:27:22Z 123456`.

use import_proto::{IsoTime, Timestamp};

use crate::years;

/// A time to the microsecond.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord)]
pub(super) struct HipchatTime {
    millis: Timestamp,
    /// Microseconds within the millisecond.
    micros: u16,
}

impl HipchatTime {
    /// The time that `text` names; `None` outside of the years 1970 to 2099. One without a zone is in UTC.
    pub(super) fn parse(text: &str) -> Option<Self> {
        let text = text.trim();
        let (second, fraction) = text.split_once(char::is_whitespace).unwrap_or((text, ""));
        // A bare number would be read as milliseconds.
        let has_date_and_time = second.contains('-') && second.contains(['T', 't']);
        let whole = Some(second).filter(|_| has_date_and_time);
        let whole =
            whole.and_then(|second| Timestamp::parse(second).or_else(|| Timestamp::parse(&format!("{second}Z"))))?;
        years::of_millis(whole.as_millis())?;
        let micros = micros(fraction.trim().trim_start_matches("0.").trim_start_matches('.'))?;
        if whole.as_millis().rem_euclid(1_000) != 0 {
            // The fraction stood with the second already.
            return Some(Self { millis: whole, micros: 0 });
        }
        let millis = Timestamp::from_millis(whole.as_millis() + i64::from(micros / 1_000))?;
        Some(Self { millis, micros: (micros % 1_000) as u16 })
    }

    /// Microseconds since 1970.
    pub(super) fn micros(self) -> i64 {
        self.millis.as_millis() * 1_000 + i64::from(self.micros)
    }

    pub(super) fn iso(self) -> IsoTime {
        IsoTime(self.millis)
    }
}

/// Microseconds of the digits of a fraction.
fn micros(digits: &str) -> Option<u32> {
    if !digits.bytes().all(|byte| byte.is_ascii_digit()) {
        return None;
    }
    let six = digits.bytes().chain(std::iter::repeat(b'0')).take(6);
    Some(six.fold(0, |micros, digit| micros * 10 + u32::from(digit - b'0')))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_time_is_a_second_and_a_fraction() {
        for (text, iso, micros) in [
            ("2016-05-10T14:27:22Z 123456", "2016-05-10T14:27:22.123Z", 456),
            ("2016-05-10T14:27:22Z 000999", "2016-05-10T14:27:22.000Z", 999),
            ("2016-05-10T14:27:22Z 5", "2016-05-10T14:27:22.500Z", 0),
            ("2016-05-10T14:27:22Z 0.25", "2016-05-10T14:27:22.250Z", 0),
            ("2016-05-10T16:27:22+02:00  123456789", "2016-05-10T14:27:22.123Z", 456),
            ("2016-05-10T14:27:22Z", "2016-05-10T14:27:22.000Z", 0),
            ("2016-05-10T14:27:22.125Z 999999", "2016-05-10T14:27:22.125Z", 0),
            ("2016-05-10T14:27:22 100000", "2016-05-10T14:27:22.100Z", 0),
            ("1970-01-01T00:00:00Z 500000", "1970-01-01T00:00:00.500Z", 0),
            ("2099-12-31T23:59:59Z 999999", "2099-12-31T23:59:59.999Z", 999),
        ] {
            let time = HipchatTime::parse(text).unwrap();
            assert_eq!((time.iso().0.to_string().as_str(), time.micros), (iso, micros), "{text}");
        }
    }

    #[test]
    fn what_is_no_time_is_none() {
        for text in [
            "",
            " ",
            "soon",
            "1462890442",
            "2016-05-10",
            "2016-05-10T14:27:22Z later",
            "2016-13-10T14:27:22Z 1",
            "0001-01-01T00:00:00Z 1",
            "1969-12-31T23:59:59Z 500000",
            "2100-01-01T00:00:00Z 1",
            "2300-01-01T00:00:00Z 1",
        ] {
            assert_eq!(HipchatTime::parse(text), None, "{text}");
        }
    }
}
