//! Instants as the wire writes them: ISO 8601 text or epoch milliseconds.
//!
//! Which of the two a field has is published per endpoint. Both types read both forms, and a string of digits as well,
//! because published examples and older servers mix them; each writes exactly one.

use std::{borrow::Cow, fmt};

use schemars::{JsonSchema, Schema, SchemaGenerator, json_schema};
use serde::{Deserialize, Deserializer, Serialize, Serializer, de};

/// An instant in whole milliseconds since 1970-01-01T00:00:00Z.
///
/// Every value of [`Timestamp`] lies between the years 1 and 9999, so that it can always be written as ISO 8601.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub struct Timestamp(i64);

/// 0001-01-01T00:00:00.000Z
const EARLIEST: i64 = -62_135_596_800_000;
/// 9999-12-30T22:00:00.000Z, the last instant that the calendar library holds.
const LATEST: i64 = 253_402_207_200_000;

impl Timestamp {
    /// The instant at `millis` milliseconds since 1970; `None` outside of the years 1 to 9999.
    pub fn from_millis(millis: i64) -> Option<Self> {
        (EARLIEST..=LATEST).contains(&millis).then_some(Self(millis))
    }

    /// The instant that `text` names: ISO 8601 with an offset or `Z`, or a whole number of epoch milliseconds.
    pub fn parse(text: &str) -> Option<Self> {
        let text = text.trim();
        if let Ok(millis) = text.parse::<i64>() {
            return Self::from_millis(millis);
        }
        let instant: jiff::Timestamp = text.parse().ok()?;
        Self::from_millis(instant.as_millisecond())
    }

    /// Now, by the machine's clock.
    pub fn now() -> Self {
        Self(jiff::Timestamp::now().as_millisecond().clamp(EARLIEST, LATEST))
    }

    /// Milliseconds since 1970; negative before.
    pub fn as_millis(self) -> i64 {
        self.0
    }
}

/// ISO 8601 in UTC with milliseconds and `Z`, as in `2023-08-10T17:30:17.519Z`.
impl fmt::Display for Timestamp {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match jiff::Timestamp::from_millisecond(self.0) {
            Ok(instant) => write!(f, "{instant:.3}"),
            Err(_) => Err(fmt::Error),
        }
    }
}

/// An instant written as ISO 8601 text.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord)]
pub struct IsoTime(pub Timestamp);

/// An instant written as an integer of epoch milliseconds.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord)]
pub struct EpochTime(pub Timestamp);

impl From<Timestamp> for IsoTime {
    fn from(instant: Timestamp) -> Self {
        Self(instant)
    }
}

impl From<Timestamp> for EpochTime {
    fn from(instant: Timestamp) -> Self {
        Self(instant)
    }
}

impl Serialize for IsoTime {
    fn serialize<S: Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
        serializer.collect_str(&self.0)
    }
}

impl Serialize for EpochTime {
    fn serialize<S: Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
        serializer.serialize_i64(self.0.0)
    }
}

impl<'de> Deserialize<'de> for IsoTime {
    fn deserialize<D: Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
        deserializer.deserialize_any(AnyForm).map(Self)
    }
}

impl<'de> Deserialize<'de> for EpochTime {
    fn deserialize<D: Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
        deserializer.deserialize_any(AnyForm).map(Self)
    }
}

struct AnyForm;

impl de::Visitor<'_> for AnyForm {
    type Value = Timestamp;

    fn expecting(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("a time: ISO 8601 text or epoch milliseconds")
    }

    fn visit_i64<E: de::Error>(self, millis: i64) -> Result<Timestamp, E> {
        Timestamp::from_millis(millis).ok_or_else(|| E::invalid_value(de::Unexpected::Signed(millis), &self))
    }

    fn visit_u64<E: de::Error>(self, millis: u64) -> Result<Timestamp, E> {
        i64::try_from(millis)
            .ok()
            .and_then(Timestamp::from_millis)
            .ok_or_else(|| E::invalid_value(de::Unexpected::Unsigned(millis), &self))
    }

    fn visit_f64<E: de::Error>(self, millis: f64) -> Result<Timestamp, E> {
        // A float keeps whole milliseconds exactly far beyond the year 9999.
        Timestamp::from_millis(millis as i64).ok_or_else(|| E::invalid_value(de::Unexpected::Float(millis), &self))
    }

    fn visit_str<E: de::Error>(self, text: &str) -> Result<Timestamp, E> {
        Timestamp::parse(text).ok_or_else(|| E::invalid_value(de::Unexpected::Str(text), &self))
    }
}

impl JsonSchema for IsoTime {
    fn schema_name() -> Cow<'static, str> {
        "IsoTime".into()
    }
    fn inline_schema() -> bool {
        true
    }
    fn json_schema(_: &mut SchemaGenerator) -> Schema {
        json_schema!({"type": "string", "format": "date-time"})
    }
}

impl JsonSchema for EpochTime {
    fn schema_name() -> Cow<'static, str> {
        "EpochTime".into()
    }
    fn inline_schema() -> bool {
        true
    }
    fn json_schema(_: &mut SchemaGenerator) -> Schema {
        json_schema!({"type": "integer", "format": "int64"})
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn every_published_form_of_a_time_reads_as_the_same_instant() {
        let instant = Timestamp::from_millis(1_635_337_234_169).unwrap();
        for form in
            ["1635337234169", "\"1635337234169\"", "\"2021-10-27T12:20:34.169Z\"", "\"2021-10-27T14:20:34.169+02:00\""]
        {
            assert_eq!(serde_json::from_str::<IsoTime>(form).unwrap().0, instant, "{form}");
            assert_eq!(serde_json::from_str::<EpochTime>(form).unwrap().0, instant, "{form}");
        }
    }

    #[test]
    fn each_type_writes_one_form() {
        let instant = Timestamp::from_millis(1_635_337_234_100).unwrap();
        assert_eq!(serde_json::to_string(&IsoTime(instant)).unwrap(), "\"2021-10-27T12:20:34.100Z\"");
        assert_eq!(serde_json::to_string(&EpochTime(instant)).unwrap(), "1635337234100");
    }

    #[test]
    fn what_names_no_instant_is_refused() {
        for form in ["null", "true", "\"\"", "\"yesterday\"", "1e300", "9223372036854775807", "\"2021-10-27\"", "[]"] {
            assert!(serde_json::from_str::<IsoTime>(form).is_err(), "{form}");
        }
    }

    #[test]
    fn the_bounds_can_be_written() {
        assert_eq!(Timestamp(EARLIEST).to_string(), "0001-01-01T00:00:00.000Z");
        assert_eq!(Timestamp(LATEST).to_string(), "9999-12-30T22:00:00.000Z");
        assert_eq!(Timestamp::from_millis(EARLIEST - 1), None);
        assert_eq!(Timestamp::from_millis(LATEST + 1), None);
    }
}
