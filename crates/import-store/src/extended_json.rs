//! What a document must not hold for MongoDB's tools to read it back as it was.

use serde_json::{Map, Value};

use crate::{documents::Date, equal::instant, patch::date};

/// Stands for `$` at the start of a name: it looks the same and means nothing.
const FULL_WIDTH_DOLLAR: char = '\u{ff04}';

/// Makes a document one that `mongoimport` takes.
///
/// Sources bring objects of their own (custom fields, attachments, the description of a file). A name in them that starts
/// with `$` would be read as a type of Extended JSON, and refused by older servers; one that holds a NUL cannot be stored at
/// all; and whole numbers end at 64 bits with a sign. Dates stay dates, in the
/// form that all of its versions read.
pub(crate) fn importable(document: &mut Map<String, Value>) {
    document.values_mut().for_each(value_importable);
    if document.keys().any(|name| name.starts_with('$') || name.contains('\0')) {
        *document = std::mem::take(document).into_iter().map(|(name, value)| (plain_name(name), value)).collect();
    }
}

fn value_importable(value: &mut Value) {
    if let Some(Date(instant)) = instant(value) {
        *value = date(instant);
        return;
    }
    match value {
        Value::Object(fields) => importable(fields),
        Value::Array(values) => values.iter_mut().for_each(value_importable),
        Value::Number(number) if number.as_i64().is_none() && number.is_u64() => {
            *value = number.as_f64().map_or(Value::Null, Value::from);
        }
        _ => {}
    }
}

fn plain_name(name: String) -> String {
    match name.strip_prefix('$') {
        Some(rest) => format!("{FULL_WIDTH_DOLLAR}{}", rest.replace('\0', "")),
        None => name.replace('\0', ""),
    }
}

#[cfg(test)]
mod tests {
    use serde_json::json;

    use super::*;

    #[test]
    fn names_and_numbers_that_mongodb_would_misread_are_made_plain() {
        let Value::Object(mut document) = json!({
            "_id": "a", "ts": {"$date": "2020-01-01T00:00:00.000Z"}, "old": {"$date": {"$numberLong": "-1"}},
            "original": {"$oid": "x", "a.b": 1, "n\u{0}ul": {"$date": "soon"}, "": [{"$where": true}, {"$date": {}}]},
            "great": 18_446_744_073_709_551_615_u64, "greatest": i64::MAX, "least": i64::MIN, "half": 0.5,
            "dates": [{"$date": 5}, {"$date": "2020-01-01T00:00:00+01:00"}]
        }) else {
            panic!("it is an object")
        };
        importable(&mut document);
        assert_eq!(
            Value::Object(document),
            json!({
                "_id": "a", "ts": {"$date": "2020-01-01T00:00:00.000Z"}, "old": {"$date": {"$numberLong": "-1"}},
                "original": {"＄oid": "x", "a.b": 1, "nul": {"＄date": "soon"}, "": [{"＄where": true}, {"＄date": {}}]},
                "great": 18_446_744_073_709_551_616.0, "greatest": i64::MAX, "least": i64::MIN, "half": 0.5,
                "dates": [{"$date": "1970-01-01T00:00:00.005Z"}, {"$date": "2019-12-31T23:00:00.000Z"}]
            })
        );
    }
}
