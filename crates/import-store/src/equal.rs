//! Whether two values of documents mean the same, however they are written.

use serde::Deserialize;
use serde_json::Value;

use crate::documents::Date;

/// True where both mean the same: numbers by value (`2` is `2.0`), dates by instant, whatever form of MongoDB Extended JSON
/// they are in, objects whatever the order of their fields.
pub(crate) fn equal(a: &Value, b: &Value) -> bool {
    match (a, b) {
        (Value::Number(a), Value::Number(b)) => a == b || a.as_f64() == b.as_f64(),
        (Value::Array(a), Value::Array(b)) => a.len() == b.len() && a.iter().zip(b).all(|(a, b)| equal(a, b)),
        (Value::Object(fields_a), Value::Object(fields_b)) => match (instant(a), instant(b)) {
            (Some(a), Some(b)) => a == b,
            _ => {
                fields_a.len() == fields_b.len()
                    && fields_a.iter().all(|(name, a)| fields_b.get(name).is_some_and(|b| equal(a, b)))
            }
        },
        _ => a == b,
    }
}

/// The instant that a date stands for; none for anything else.
pub(crate) fn instant(value: &Value) -> Option<Date> {
    let fields = value.as_object()?;
    (fields.len() == 1 && fields.contains_key("$date")).then(|| Date::deserialize(value).ok())?
}

#[cfg(test)]
mod tests {
    use serde_json::json;

    use super::*;

    #[test]
    fn values_are_compared_by_what_they_mean() {
        for (a, b) in [
            (json!(2), json!(2.0)),
            (json!({"$date": "2020-01-01T00:00:00Z"}), json!({"$date": "2020-01-01T00:00:00.000Z"})),
            (json!({"$date": "2020-01-01T00:00:00Z"}), json!({"$date": {"$numberLong": "1577836800000"}})),
            (json!({"a": 1, "b": [1]}), json!({"b": [1.0], "a": 1})),
        ] {
            assert!(equal(&a, &b), "{a} {b}");
        }
        for (a, b) in [
            (json!(2), json!("2")),
            (json!(9_007_199_254_740_993_u64), json!(1)),
            (json!({"$date": "2020-01-01T00:00:00Z"}), json!({"$date": "2020-01-01T00:00:00.001Z"})),
            (json!({"$date": "2020-01-01T00:00:00Z"}), json!("2020-01-01T00:00:00Z")),
            (json!({"a": 1}), json!({"b": 1})),
            (json!({"a": 1}), json!({"a": 1, "b": null})),
            (json!([1, 2]), json!([1])),
            (json!(null), json!(false)),
        ] {
            assert!(!equal(&a, &b), "{a} {b}");
        }
    }

    #[test]
    fn only_an_object_with_a_date_alone_is_a_date() {
        assert!(instant(&json!({"$date": "2020-01-01T00:00:00Z"})).is_some());
        for value in [json!({"$date": "soon"}), json!({"$date": "2020-01-01T00:00:00Z", "a": 1}), json!({}), json!(1)] {
            assert_eq!(instant(&value), None, "{value}");
        }
    }
}
