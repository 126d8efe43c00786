//! Reads values the way the existing server does: a number or boolean where text is due is its text, a numeric string
//! where a number is due is the number, `1` `0` `"true"` `"false"` are booleans.
//!
//! Each function is meant for `#[serde(deserialize_with = "…")]`. Those named `opt_…` read `null` as absent. What has
//! another form is an error that names the form expected.

use std::fmt;

use serde::{
    Deserialize, Deserializer,
    de::{self, SeqAccess, Visitor},
};

/// A value read leniently, so that lists and options of it can be read too.
struct Lenient<T>(T);

macro_rules! lenient {
    ($type:ty, $visitor:ident) => {
        impl<'de> Deserialize<'de> for Lenient<$type> {
            fn deserialize<D: Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
                deserializer.deserialize_any($visitor).map(Self)
            }
        }
    };
}

lenient!(String, Text);
lenient!(bool, Boolean);
lenient!(f64, Number);
lenient!(u64, Count);

/// Text; a number or boolean is its text.
pub fn string<'de, D: Deserializer<'de>>(deserializer: D) -> Result<String, D::Error> {
    Lenient::deserialize(deserializer).map(|Lenient(value)| value)
}

/// Text or nothing.
pub fn opt_string<'de, D: Deserializer<'de>>(deserializer: D) -> Result<Option<String>, D::Error> {
    Option::<Lenient<_>>::deserialize(deserializer).map(|value| value.map(|Lenient(value)| value))
}

/// Text; `null` is the empty one.
pub fn string_or_empty<'de, D: Deserializer<'de>>(deserializer: D) -> Result<String, D::Error> {
    opt_string(deserializer).map(Option::unwrap_or_default)
}

/// A list of texts.
pub fn strings<'de, D: Deserializer<'de>>(deserializer: D) -> Result<Vec<String>, D::Error> {
    deserializer.deserialize_any(Texts)
}

/// A list of texts or nothing.
pub fn opt_strings<'de, D: Deserializer<'de>>(deserializer: D) -> Result<Option<Vec<String>>, D::Error> {
    Option::<TextList>::deserialize(deserializer).map(|list| list.map(|TextList(list)| list))
}

/// A boolean.
pub fn boolean<'de, D: Deserializer<'de>>(deserializer: D) -> Result<bool, D::Error> {
    Lenient::deserialize(deserializer).map(|Lenient(value)| value)
}

/// A boolean or nothing.
pub fn opt_boolean<'de, D: Deserializer<'de>>(deserializer: D) -> Result<Option<bool>, D::Error> {
    Option::<Lenient<_>>::deserialize(deserializer).map(|value| value.map(|Lenient(value)| value))
}

/// A finite number or nothing.
pub fn opt_number<'de, D: Deserializer<'de>>(deserializer: D) -> Result<Option<f64>, D::Error> {
    Option::<Lenient<_>>::deserialize(deserializer).map(|value| value.map(|Lenient(value)| value))
}

/// A count: a whole number from zero.
pub fn count<'de, D: Deserializer<'de>>(deserializer: D) -> Result<u64, D::Error> {
    Lenient::deserialize(deserializer).map(|Lenient(value)| value)
}

/// A count or nothing.
pub fn opt_count<'de, D: Deserializer<'de>>(deserializer: D) -> Result<Option<u64>, D::Error> {
    Option::<Lenient<_>>::deserialize(deserializer).map(|value| value.map(|Lenient(value)| value))
}

struct TextList(Vec<String>);

impl<'de> Deserialize<'de> for TextList {
    fn deserialize<D: Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
        strings(deserializer).map(Self)
    }
}

struct Texts;

impl<'de> Visitor<'de> for Texts {
    type Value = Vec<String>;

    fn expecting(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("a list of strings")
    }

    fn visit_seq<A: SeqAccess<'de>>(self, mut seq: A) -> Result<Vec<String>, A::Error> {
        let mut list = Vec::new();
        while let Some(Lenient(text)) = seq.next_element()? {
            list.push(text);
        }
        Ok(list)
    }
}

struct Text;

impl Visitor<'_> for Text {
    type Value = String;

    fn expecting(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("a string")
    }

    fn visit_str<E: de::Error>(self, text: &str) -> Result<String, E> {
        Ok(text.to_owned())
    }

    fn visit_string<E: de::Error>(self, text: String) -> Result<String, E> {
        Ok(text)
    }

    fn visit_bool<E: de::Error>(self, value: bool) -> Result<String, E> {
        Ok(value.to_string())
    }

    fn visit_i64<E: de::Error>(self, value: i64) -> Result<String, E> {
        Ok(value.to_string())
    }

    fn visit_u64<E: de::Error>(self, value: u64) -> Result<String, E> {
        Ok(value.to_string())
    }

    fn visit_f64<E: de::Error>(self, value: f64) -> Result<String, E> {
        Ok(value.to_string())
    }
}

struct Boolean;

impl Visitor<'_> for Boolean {
    type Value = bool;

    fn expecting(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("a boolean")
    }

    fn visit_bool<E: de::Error>(self, value: bool) -> Result<bool, E> {
        Ok(value)
    }

    fn visit_str<E: de::Error>(self, text: &str) -> Result<bool, E> {
        match text {
            "true" => Ok(true),
            "false" => Ok(false),
            _ => Err(E::invalid_value(de::Unexpected::Str(text), &self)),
        }
    }

    fn visit_u64<E: de::Error>(self, value: u64) -> Result<bool, E> {
        match value {
            0 => Ok(false),
            1 => Ok(true),
            _ => Err(E::invalid_value(de::Unexpected::Unsigned(value), &self)),
        }
    }

    fn visit_i64<E: de::Error>(self, value: i64) -> Result<bool, E> {
        Err(E::invalid_value(de::Unexpected::Signed(value), &self))
    }

    fn visit_f64<E: de::Error>(self, value: f64) -> Result<bool, E> {
        match value {
            0.0 => Ok(false),
            1.0 => Ok(true),
            _ => Err(E::invalid_value(de::Unexpected::Float(value), &self)),
        }
    }
}

struct Number;

impl Visitor<'_> for Number {
    type Value = f64;

    fn expecting(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("a number")
    }

    fn visit_f64<E: de::Error>(self, value: f64) -> Result<f64, E> {
        Ok(value)
    }

    fn visit_i64<E: de::Error>(self, value: i64) -> Result<f64, E> {
        Ok(value as f64)
    }

    fn visit_u64<E: de::Error>(self, value: u64) -> Result<f64, E> {
        Ok(value as f64)
    }

    fn visit_str<E: de::Error>(self, text: &str) -> Result<f64, E> {
        match text.trim().parse::<f64>() {
            Ok(value) if value.is_finite() => Ok(value),
            _ => Err(E::invalid_value(de::Unexpected::Str(text), &self)),
        }
    }
}

struct Count;

impl Visitor<'_> for Count {
    type Value = u64;

    fn expecting(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("a whole number from zero")
    }

    fn visit_u64<E: de::Error>(self, value: u64) -> Result<u64, E> {
        Ok(value)
    }

    fn visit_i64<E: de::Error>(self, value: i64) -> Result<u64, E> {
        u64::try_from(value).map_err(|_| E::invalid_value(de::Unexpected::Signed(value), &self))
    }

    fn visit_f64<E: de::Error>(self, value: f64) -> Result<u64, E> {
        if value >= 0.0 && value.fract() == 0.0 && value < 9_007_199_254_740_992.0 {
            Ok(value as u64)
        } else {
            Err(E::invalid_value(de::Unexpected::Float(value), &self))
        }
    }

    fn visit_str<E: de::Error>(self, text: &str) -> Result<u64, E> {
        text.trim().parse().map_err(|_| E::invalid_value(de::Unexpected::Str(text), &self))
    }
}

#[cfg(test)]
mod tests {
    use serde_json::{Value, json};

    use super::*;

    #[test]
    fn text_is_read_from_numbers_and_booleans() {
        let read = |value: Value| string(value);
        assert_eq!(read(json!("a")).unwrap(), "a");
        assert_eq!(read(json!(1523)).unwrap(), "1523");
        assert_eq!(read(json!(-1.5)).unwrap(), "-1.5");
        assert_eq!(read(json!(2.0)).unwrap(), "2");
        assert_eq!(read(json!(true)).unwrap(), "true");
        assert_eq!(string_or_empty(json!(null)).unwrap(), "");
        assert_eq!(string_or_empty(json!(7)).unwrap(), "7");
        assert_eq!(read(json!([])).unwrap_err().to_string(), "invalid type: sequence, expected a string");
        assert_eq!(read(json!(null)).unwrap_err().to_string(), "invalid type: null, expected a string");
    }

    #[test]
    fn booleans_are_read_from_their_four_other_forms_and_nothing_else() {
        for (form, value) in
            [(json!(1), true), (json!(0), false), (json!("true"), true), (json!("false"), false), (json!(true), true)]
        {
            assert_eq!(boolean(form.clone()).unwrap(), value, "{form}");
        }
        for form in [json!(2), json!(-1), json!("1"), json!("yes"), json!(""), json!([]), json!(null)] {
            assert!(boolean(form.clone()).is_err(), "{form}");
        }
        assert_eq!(opt_boolean(json!(null)).unwrap(), None);
    }

    #[test]
    fn numbers_are_read_from_numeric_text() {
        assert_eq!(opt_number(json!("-5.5")).unwrap(), Some(-5.5));
        assert_eq!(opt_number(json!(3)).unwrap(), Some(3.0));
        assert_eq!(opt_number(json!(null)).unwrap(), None);
        for form in [json!(""), json!("five"), json!("NaN"), json!("inf"), json!(true), json!({})] {
            assert!(opt_number(form.clone()).is_err(), "{form}");
        }
    }

    #[test]
    fn counts_are_whole_and_not_negative() {
        assert_eq!(count(json!("0")).unwrap(), 0);
        assert_eq!(count(json!(17)).unwrap(), 17);
        assert_eq!(count(json!(2.0)).unwrap(), 2);
        for form in [json!(-1), json!(0.5), json!("-1"), json!("x"), json!(null)] {
            assert!(count(form.clone()).is_err(), "{form}");
        }
    }

    #[test]
    fn lists_hold_lenient_texts_but_are_lists() {
        assert_eq!(strings(json!([1523, "a", true])).unwrap(), ["1523", "a", "true"]);
        assert_eq!(opt_strings(json!(null)).unwrap(), None);
        assert!(strings(json!("a")).is_err());
        assert!(strings(json!(null)).is_err());
        assert!(strings(json!([null])).is_err());
    }
}
