//! Values of fields whose type differs between exports: what is not of the right type is read as if it were not there.

use std::borrow::Cow;
use std::fmt;
use std::marker::PhantomData;

use serde::Deserialize;
use serde::de::value::MapAccessDeserializer;
use serde::de::{Deserializer, Error, IgnoredAny, MapAccess, SeqAccess, Visitor};

/// Reads and forgets what is not wanted.
macro_rules! ignore {
    ($($visit:ident($value:ty)),+) => {
        $(fn $visit<E: Error>(self, _: $value) -> Result<Self::Value, E> {
            Ok(Self::Value::default())
        })+
    };
    (unit) => {
        fn visit_unit<E: Error>(self) -> Result<Self::Value, E> {
            Ok(Self::Value::default())
        }
    };
    (list) => {
        fn visit_seq<A: SeqAccess<'de>>(self, mut list: A) -> Result<Self::Value, A::Error> {
            while list.next_element::<IgnoredAny>()?.is_some() {}
            Ok(Self::Value::default())
        }
    };
    (object) => {
        fn visit_map<A: MapAccess<'de>>(self, mut object: A) -> Result<Self::Value, A::Error> {
            while object.next_entry::<IgnoredAny, IgnoredAny>()?.is_some() {}
            Ok(Self::Value::default())
        }
    };
}

/// What a visitor says that it expects; never seen, since it takes everything.
macro_rules! expects {
    ($what:literal) => {
        fn expecting(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
            f.write_str($what)
        }
    };
}

/// A text, or a number as its text. Empty where it is neither.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub(crate) struct Text<'a>(pub(crate) Cow<'a, str>);

impl<'a> Text<'a> {
    /// The text, if there is any.
    pub(crate) fn get(&self) -> Option<&str> {
        (!self.0.is_empty()).then_some(&*self.0)
    }

    pub(crate) fn to_owned(&self) -> Option<String> {
        self.get().map(str::to_owned)
    }
}

impl<'de: 'a, 'a> Deserialize<'de> for Text<'a> {
    fn deserialize<D: Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
        struct Reader;
        impl<'de> Visitor<'de> for Reader {
            type Value = Text<'de>;
            expects!("a text");
            fn visit_borrowed_str<E: Error>(self, text: &'de str) -> Result<Text<'de>, E> {
                Ok(Text(Cow::Borrowed(text)))
            }
            fn visit_str<E: Error>(self, text: &str) -> Result<Text<'de>, E> {
                Ok(Text(Cow::Owned(text.to_owned())))
            }
            fn visit_u64<E: Error>(self, number: u64) -> Result<Text<'de>, E> {
                Ok(Text(Cow::Owned(number.to_string())))
            }
            fn visit_i64<E: Error>(self, number: i64) -> Result<Text<'de>, E> {
                Ok(Text(Cow::Owned(number.to_string())))
            }
            fn visit_f64<E: Error>(self, number: f64) -> Result<Text<'de>, E> {
                Ok(Text(Cow::Owned(number.to_string())))
            }
            ignore!(visit_bool(bool));
            ignore!(unit);
            ignore!(list);
            ignore!(object);
        }
        deserializer.deserialize_any(Reader)
    }
}

/// A number, or a text that is one.
#[derive(Debug, Clone, Copy, Default, PartialEq)]
pub(crate) struct Number(pub(crate) Option<f64>);

impl Number {
    /// The number, if it is whole and not negative.
    pub(crate) fn count(self) -> Option<u64> {
        // Beyond this a float does not keep whole numbers.
        const EXACT: f64 = 9_007_199_254_740_992.0;
        self.0.filter(|number| number.fract() == 0.0 && (0.0..=EXACT).contains(number)).map(|number| number as u64)
    }
}

impl<'de> Deserialize<'de> for Number {
    fn deserialize<D: Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
        struct Reader;
        impl<'de> Visitor<'de> for Reader {
            type Value = Number;
            expects!("a number");
            fn visit_str<E: Error>(self, text: &str) -> Result<Number, E> {
                Ok(Number(text.trim().parse().ok().filter(|number: &f64| number.is_finite())))
            }
            fn visit_u64<E: Error>(self, number: u64) -> Result<Number, E> {
                Ok(Number(Some(number as f64)))
            }
            fn visit_i64<E: Error>(self, number: i64) -> Result<Number, E> {
                Ok(Number(Some(number as f64)))
            }
            fn visit_f64<E: Error>(self, number: f64) -> Result<Number, E> {
                Ok(Number(Some(number)))
            }
            ignore!(visit_bool(bool));
            ignore!(unit);
            ignore!(list);
            ignore!(object);
        }
        deserializer.deserialize_any(Reader)
    }
}

/// `true` or `false`, as such, as 1 or 0, or as a text that says one of these.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq)]
pub(crate) struct Flag(pub(crate) Option<bool>);

impl Flag {
    pub(crate) fn is_set(self) -> bool {
        self.0 == Some(true)
    }
}

impl<'de> Deserialize<'de> for Flag {
    fn deserialize<D: Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
        struct Reader;
        impl<'de> Visitor<'de> for Reader {
            type Value = Flag;
            expects!("true or false");
            fn visit_bool<E: Error>(self, set: bool) -> Result<Flag, E> {
                Ok(Flag(Some(set)))
            }
            fn visit_str<E: Error>(self, text: &str) -> Result<Flag, E> {
                Ok(Flag(match text.trim().to_ascii_lowercase().as_str() {
                    "true" | "1" => Some(true),
                    "false" | "0" => Some(false),
                    _ => None,
                }))
            }
            fn visit_u64<E: Error>(self, number: u64) -> Result<Flag, E> {
                Ok(Flag(Some(number != 0)))
            }
            ignore!(visit_i64(i64), visit_f64(f64));
            ignore!(unit);
            ignore!(list);
            ignore!(object);
        }
        deserializer.deserialize_any(Reader)
    }
}

/// A list; empty where it is none.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(crate) struct List<T>(pub(crate) Vec<T>);

impl<T> Default for List<T> {
    fn default() -> Self {
        Self(Vec::new())
    }
}

impl<'de, T: Deserialize<'de>> Deserialize<'de> for List<T> {
    fn deserialize<D: Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
        struct Reader<T>(PhantomData<T>);
        impl<'de, T: Deserialize<'de>> Visitor<'de> for Reader<T> {
            type Value = List<T>;
            expects!("a list");
            fn visit_seq<A: SeqAccess<'de>>(self, mut list: A) -> Result<List<T>, A::Error> {
                let mut all = Vec::new();
                while let Some(element) = list.next_element()? {
                    all.push(element);
                }
                Ok(List(all))
            }
            ignore!(visit_bool(bool), visit_str(&str), visit_u64(u64), visit_i64(i64), visit_f64(f64));
            ignore!(unit);
            ignore!(object);
        }
        deserializer.deserialize_any(Reader(PhantomData))
    }
}

/// An object; one without any member where it is none.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub(crate) struct Object<T>(pub(crate) T);

impl<'de, T: Deserialize<'de> + Default> Deserialize<'de> for Object<T> {
    fn deserialize<D: Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
        struct Reader<T>(PhantomData<T>);
        impl<'de, T: Deserialize<'de> + Default> Visitor<'de> for Reader<T> {
            type Value = Object<T>;
            expects!("an object");
            fn visit_map<A: MapAccess<'de>>(self, object: A) -> Result<Object<T>, A::Error> {
                T::deserialize(MapAccessDeserializer::new(object)).map(Object)
            }
            ignore!(visit_bool(bool), visit_str(&str), visit_u64(u64), visit_i64(i64), visit_f64(f64));
            ignore!(unit);
            ignore!(list);
        }
        deserializer.deserialize_any(Reader(PhantomData))
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[derive(Debug, Default, PartialEq, Deserialize)]
    #[serde(default)]
    struct All<'a> {
        #[serde(borrow)]
        text: Text<'a>,
        number: Number,
        flag: Flag,
        #[serde(borrow)]
        list: List<Text<'a>>,
        #[serde(borrow)]
        object: Object<Inner<'a>>,
    }

    #[derive(Debug, Default, PartialEq, Deserialize)]
    #[serde(default)]
    struct Inner<'a> {
        #[serde(borrow)]
        text: Text<'a>,
    }

    fn read(text: &str) -> All<'_> {
        serde_json::from_str(text).unwrap()
    }

    #[test]
    fn values_are_read_as_they_are_meant() {
        let all = read(r#"{"text": "a\nb", "number": 3, "flag": true, "list": ["x"], "object": {"text": "y"}}"#);
        assert_eq!(all.text.get(), Some("a\nb"));
        assert_eq!((all.number.count(), all.flag.is_set()), (Some(3), true));
        assert_eq!((all.list.0[0].get(), all.object.0.text.get()), (Some("x"), Some("y")));
        assert_eq!(read(r#"{"text": 1355517523, "number": "-18000", "flag": 1}"#).text.get(), Some("1355517523"));
        assert_eq!(read(r#"{"number": "-18000"}"#).number, Number(Some(-18000.0)));
        assert_eq!(read(r#"{"text": 1355517523.000005}"#).text.get(), Some("1355517523.000005"));
        assert_eq!(read(r#"{"flag": "false"}"#).flag, Flag(Some(false)));
    }

    #[test]
    fn values_of_other_types_are_as_if_they_were_not_there() {
        for value in ["null", "true", "-1", "7", "2.5", "\"\"", "\"x\"", "[1, [2]]", "{\"a\": {\"b\": 1}}"] {
            for field in ["text", "number", "flag", "list", "object"] {
                let text = format!("{{\"before\": 0, \"{field}\": {value}, \"after\": [1]}}");
                let fits = match field {
                    "text" => matches!(value, "-1" | "7" | "2.5" | "\"x\""),
                    "number" => matches!(value, "-1" | "7" | "2.5"),
                    "flag" => matches!(value, "true" | "7"),
                    "list" => value.starts_with('['),
                    _ => false,
                };
                assert_eq!(read(&text) == All::default(), !fits, "{text}");
            }
        }
    }

    #[test]
    fn numbers_that_count_nothing_are_told() {
        for (number, count) in [("12", Some(12)), ("1.5", None), ("-1", None), ("1e300", None), ("\"NaN\"", None)] {
            assert_eq!(read(&format!("{{\"number\": {number}}}")).number.count(), count, "{number}");
        }
    }
}
