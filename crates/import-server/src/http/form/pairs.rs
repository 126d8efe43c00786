//! Names and values, of a query or a form, as a model.

use serde::de::DeserializeOwned;
use serde_json::{Map, Value};

use super::describe::{MISSING, describe};

/// Letters of a value that are repeated at most.
const REPEATED: usize = 40;

/// The model that a form stands for, or what is wrong with it.
pub(super) fn form<T: DeserializeOwned>(form: &[u8]) -> Result<T, String> {
    let values = values(form)?;
    serde_path_to_error::deserialize(&Value::Object(values)).map_err(|error| describe(&error))
}

/// The model that a query stands for, or what is wrong with it: with the value, since a query holds no secret. A parameter
/// without a value is one that is not there, unless it has to be there: then what it stands for decides.
pub(super) fn query<T: DeserializeOwned>(query: &[u8]) -> Result<T, String> {
    let mut given = values(query)?;
    let empty: Vec<String> = given.iter().filter(|(_, value)| *value == "").map(|(name, _)| name.clone()).collect();
    given.retain(|_, value| *value != "");
    let mut values = Value::Object(given);
    loop {
        let error = match serde_path_to_error::deserialize(&values) {
            Ok(model) => return Ok(model),
            Err(error) => describe(&error),
        };
        let Some((name, reason)) = error.split_once(": ") else { return Err(error) };
        if reason == MISSING && values.get(name).is_none() && empty.iter().any(|empty| empty == name) {
            values[name] = Value::String(String::new());
            continue;
        }
        let Some(value) = values.get(name).and_then(Value::as_str).filter(|_| reason.contains(" was expected")) else {
            return Err(error);
        };
        let expected = reason.split_once(", not ").map_or(reason, |(expected, _)| expected);
        let more = if value.chars().count() > REPEATED { "…" } else { "" };
        let value: String = value.chars().take(REPEATED).collect();
        return Err(format!("{name}: {expected}, not `{value}{more}`"));
    }
}

/// Names and values; a name may stand there once.
fn values(pairs: &[u8]) -> Result<Map<String, Value>, String> {
    let mut values = Map::new();
    for (name, value) in form_urlencoded::parse(pairs) {
        if values.contains_key(name.as_ref()) {
            return Err(format!("{name}: it is given twice"));
        }
        values.insert(name.into_owned(), Value::String(value.into_owned()));
    }
    Ok(values)
}

#[cfg(test)]
mod tests {
    use import_proto::{DataType, Login, LoginPassword, RecordsQuery, StatusFilter, UploadQuery};

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
        assert_eq!(refused("count=many"), "count: a whole number from zero was expected, not `many`");
        assert_eq!(refused("count=-1"), "count: a whole number from zero was expected, not `-1`");
        assert_eq!(
            refused(&format!("offset={}", "9".repeat(50))),
            format!("offset: a whole number from zero was expected, not `{}…`", "9".repeat(40))
        );
        assert_eq!(
            refused("status=gone"),
            "status: one of `staged`, `failed`, `skipped`, `incomplete` was expected, not `gone`"
        );
        assert_eq!(refused("limit=3"), "limit: there is no such parameter");
        assert_eq!(refused("count=3&count=4"), "count: it is given twice");
        assert_eq!(UploadQuery::from_query(b"fileName=a.zip").unwrap_err().to_string(), "importerKey: it is missing");
    }

    #[test]
    fn a_parameter_without_a_value_counts_only_where_it_has_to_be_there() {
        let read = UploadQuery::from_query(b"importerKey=&fileName=").unwrap();
        assert_eq!((read.importer_key.as_str(), read.file_name), ("", None));
    }

    #[test]
    fn a_form_is_read_with_its_escapes() {
        let read = Login::from_form(b"user=ann%40example.com&password=a+%26+b").unwrap();
        assert_eq!(read.name(), Some("ann@example.com"));
        assert_eq!(read.password, Some(LoginPassword::Plain("a & b".into())));
    }
}
