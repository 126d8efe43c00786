//! Names and values, of a query or a form, as a model.

use std::borrow::Cow;

use serde::de::DeserializeOwned;
use serde_json::{Map, Value};

use super::describe::describe;

/// The model that the pairs stand for, or what is wrong with them.
pub(super) fn read<'a, T: DeserializeOwned>(
    pairs: impl Iterator<Item = (Cow<'a, str>, Cow<'a, str>)>,
) -> Result<T, String> {
    let mut values = Map::new();
    for (name, value) in pairs {
        if values.contains_key(name.as_ref()) {
            return Err(format!("{name}: it is given twice"));
        }
        values.insert(name.into_owned(), Value::String(value.into_owned()));
    }
    serde_path_to_error::deserialize(Value::Object(values)).map_err(|error| describe(&error))
}

#[cfg(test)]
mod tests {
    use import_proto::{DataType, Login, RecordsQuery, StatusFilter, UploadQuery};

    use crate::http::form::Form;

    #[test]
    fn a_query_is_read_with_its_numbers() {
        let read = RecordsQuery::from_query(b"status=failed&kind=message&operation=&offset=100&count=50").unwrap();
        let expected = RecordsQuery {
            status: Some(StatusFilter::Failed),
            kind: Some(DataType::Message),
            operation: None,
            offset: Some(100),
            count: Some(50),
        };
        assert_eq!(read, expected);
        assert_eq!(RecordsQuery::from_query(b"").unwrap(), RecordsQuery::default());
    }

    #[test]
    fn what_is_wrong_with_a_query_is_said_by_parameter() {
        let refused = |query: &str| RecordsQuery::from_query(query.as_bytes()).unwrap_err().to_string();
        assert_eq!(refused("count=many"), "count: a whole number from zero was expected, not a string");
        assert_eq!(refused("status=gone"), "status: one of `staged`, `failed`, `skipped` was expected");
        assert_eq!(refused("limit=3"), "limit: there is no such parameter");
        assert_eq!(refused("count=3&count=4"), "count: it is given twice");
        assert_eq!(
            UploadQuery::from_query(b"importerKey=&fileName=a.zip").unwrap_err().to_string(),
            "importerKey: it is missing"
        );
    }

    #[test]
    fn a_form_is_read_with_its_escapes() {
        let read = Login::from_form(b"user=ann%40example.com&password=a+%26+b").unwrap();
        assert_eq!(read.name(), Some("ann@example.com"));
        assert_eq!(read.password, "a & b");
        assert_eq!(Login::from_form(b"user=ann").unwrap_err().to_string(), "password: it is missing");
    }
}
