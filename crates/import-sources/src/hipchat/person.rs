//! Somebody whom another record names: an object with an id, the id alone, or just a name.

use serde::Deserialize;
use serde_json::value::RawValue;

use crate::json::Text;

#[derive(Debug, Default, PartialEq, Eq)]
pub(super) struct Person {
    pub(super) id: Option<String>,
    pub(super) name: Option<String>,
}

#[derive(Default, Deserialize)]
#[serde(default)]
struct Named<'a> {
    #[serde(borrow)]
    id: Text<'a>,
    #[serde(borrow)]
    name: Text<'a>,
    #[serde(borrow)]
    mention_name: Text<'a>,
}

/// Who a value stands for. A text or a number is both the id and the name.
pub(super) fn person(value: Option<&RawValue>) -> Person {
    let text = value.map_or("null", RawValue::get);
    if text.starts_with('{') {
        let named: Named<'_> = serde_json::from_str(text).unwrap_or_default();
        return Person {
            id: named.id.to_owned(),
            name: named.name.to_owned().or_else(|| named.mention_name.to_owned()),
        };
    }
    let alone: Text<'_> = serde_json::from_str(text).unwrap_or_default();
    Person { id: alone.to_owned(), name: alone.to_owned() }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn people_are_named_in_several_ways() {
        let read = |text: &str| {
            let value: Box<RawValue> = serde_json::from_str(text).unwrap();
            let Person { id, name } = person(Some(&value));
            (id.unwrap_or_default(), name.unwrap_or_default())
        };
        let is = |id: &str, name: &str| (id.to_owned(), name.to_owned());
        assert_eq!(read(r#"{"id": 7, "name": "Ann", "mention_name": "ann"}"#), is("7", "Ann"));
        assert_eq!(read(r#"{"id": "7", "mention_name": "ann"}"#), is("7", "ann"));
        assert_eq!(read("7"), is("7", "7"));
        assert_eq!(read("\"GitHub\""), is("GitHub", "GitHub"));
        for nobody in ["null", "[]", "{}", "true", "\"\""] {
            assert_eq!(read(nobody), is("", ""), "{nobody}");
        }
        assert_eq!(person(None), Person::default());
    }
}
