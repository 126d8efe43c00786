//! Between documents as the rest of the crate knows them (Extended JSON) and BSON.

use bson::{Bson, Document, RawDocumentBuf};
use serde::{Serialize, de::DeserializeOwned};
use serde_json::{Map, Value};

use super::failure::Failure;
use crate::{documents::Date, equal::instant, extended_json::importable};

/// A document of a type of this crate, straight to bytes. Not for one that holds objects that a source brought: see
/// [`document`].
pub(super) fn raw<T: Serialize>(value: &T) -> Result<RawDocumentBuf, Failure> {
    bson::serialize_to_raw_document_buf(value)
        .map_err(|error| Failure::Damaged(format!("it cannot be stored: {error}")))
}

/// A document of a type of this crate, with whatever a source brought made fit to be stored.
pub(super) fn document<T: Serialize>(value: &T) -> Result<Document, Failure> {
    Ok(from_fields(fields(value)?))
}

/// The fields of a document as JSON.
pub(super) fn fields<T: Serialize>(value: &T) -> Result<Map<String, Value>, Failure> {
    match serde_json::to_value(value) {
        Ok(Value::Object(fields)) => Ok(fields),
        Ok(_) => Err(Failure::Damaged("it is no document".into())),
        Err(error) => Err(Failure::Damaged(format!("it cannot be stored: {error}"))),
    }
}

/// Fields in Extended JSON as a document.
pub(super) fn from_fields(mut fields: Map<String, Value>) -> Document {
    importable(&mut fields);
    fields.into_iter().map(|(name, value)| (name, from_value(value))).collect()
}

/// A value in Extended JSON. Of its types only dates are read: names of other types are no such names any more once they
/// are made fit to be stored.
pub(super) fn from_value(value: Value) -> Bson {
    match value {
        Value::Null => Bson::Null,
        Value::Bool(value) => Bson::Boolean(value),
        Value::Number(number) => from_number(&number),
        Value::String(text) => Bson::String(text),
        Value::Array(values) => Bson::Array(values.into_iter().map(from_value).collect()),
        Value::Object(fields) => {
            let date = if fields.len() == 1 { instant_of(&fields) } else { None };
            match date {
                Some(Date(instant)) => Bson::DateTime(bson::DateTime::from_millis(instant.as_millis())),
                None => Bson::Document(fields.into_iter().map(|(name, value)| (name, from_value(value))).collect()),
            }
        }
    }
}

fn instant_of(fields: &Map<String, Value>) -> Option<Date> {
    fields.get("$date")?;
    instant(&Value::Object(fields.clone()))
}

fn from_number(number: &serde_json::Number) -> Bson {
    match number.as_i64() {
        Some(integer) => i32::try_from(integer).map_or(Bson::Int64(integer), Bson::Int32),
        None => Bson::Double(number.as_f64().unwrap_or_default()),
    }
}

/// A stored document as Extended JSON (relaxed).
pub(super) fn to_fields(document: Document) -> Map<String, Value> {
    match Bson::Document(document).into_relaxed_extjson() {
        Value::Object(fields) => fields,
        _ => Map::new(),
    }
}

/// A stored document as what it is.
pub(super) fn read<T: DeserializeOwned>(document: Document, what: &str) -> Result<T, Failure> {
    T::deserialize(Value::Object(to_fields(document))).map_err(|error| Failure::Damaged(format!("{what}: {error}")))
}

/// A value of a document that is to become `after`: whatever is the same in both stays what it is, types included that Extended
/// JSON tells apart and this crate does not.
fn graft(before: &Bson, after: Value) -> Bson {
    if before.clone().into_relaxed_extjson() == after {
        return before.clone();
    }
    match (before, after) {
        (Bson::Document(before), Value::Object(after)) if !is_date(&after) => {
            let mut after = after;
            let kept: Vec<(String, Bson)> = before
                .iter()
                .filter_map(|(name, value)| Some((name.clone(), graft(value, after.shift_remove(name)?))))
                .collect();
            kept.into_iter().chain(from_fields(after)).collect::<Document>().into()
        }
        (Bson::Array(before), Value::Array(after)) => {
            let known: Vec<(Value, &Bson)> =
                before.iter().map(|value| (value.clone().into_relaxed_extjson(), value)).collect();
            let element = |(at, value): (usize, Value)| {
                let same = known.get(at).filter(|(json, _)| *json == value);
                match same.or_else(|| known.iter().find(|(json, _)| *json == value)) {
                    Some((_, same)) => (*same).clone(),
                    None => known.get(at).map_or_else(|| fit(value.clone()), |(_, there)| graft(there, value.clone())),
                }
            };
            Bson::Array(after.into_iter().enumerate().map(element).collect())
        }
        (_, after) => fit(after),
    }
}

fn is_date(fields: &Map<String, Value>) -> bool {
    fields.len() == 1 && fields.contains_key("$date")
}

/// A value that is new, made fit to be stored.
fn fit(value: Value) -> Bson {
    let alone = Map::from_iter([("value".to_owned(), value)]);
    from_fields(alone).remove("value").unwrap_or(Bson::Null)
}

/// The update that makes `stored`, which is `before` as JSON, into `after`: fields that are the same in both are not touched.
/// None where all are.
pub(super) fn changes(stored: &Document, before: &Map<String, Value>, after: Map<String, Value>) -> Option<Document> {
    let mut unset = Document::new();
    for name in before.keys().filter(|name| !after.contains_key(*name)) {
        unset.insert(name.clone(), "");
    }
    let changed = after.into_iter().filter(|(name, value)| before.get(name) != Some(value));
    let (there, new): (Vec<_>, Vec<_>) = changed.partition(|(name, _)| stored.contains_key(name));
    let mut set = Document::new();
    for (name, value) in there {
        if let Some(before) = stored.get(&name) {
            let value = graft(before, value);
            set.insert(name, value);
        }
    }
    set.extend(from_fields(new.into_iter().collect()));
    let mut update = Document::new();
    if !set.is_empty() {
        update.insert("$set", set);
    }
    if !unset.is_empty() {
        update.insert("$unset", unset);
    }
    (!update.is_empty()).then_some(update)
}

#[cfg(test)]
mod tests {
    use bson::{doc, oid::ObjectId};
    use serde_json::json;

    use super::*;

    #[test]
    fn what_stays_in_a_list_that_changes_keeps_types_that_are_not_known() {
        let id = ObjectId::from_bytes([7; 12]);
        let first = doc! { "address": "a@x.org", "verified": false, "app": { "id": id, "n": 5_i64 } };
        let stored = doc! { "_id": "u", "emails": [first.clone(), { "address": "b@x.org" }], "other": id };
        let before = to_fields(stored.clone());
        let mut after = before.clone();
        after["emails"][0]["verified"] = json!(true);
        after["emails"].as_array_mut().unwrap().push(json!({"address": "c@x.org"}));
        let mut verified = first;
        verified.insert("verified", true);
        let emails = vec![verified.into(), doc! { "address": "b@x.org" }.into(), doc! { "address": "c@x.org" }.into()];
        assert_eq!(changes(&stored, &before, after), Some(doc! { "$set": { "emails": Bson::Array(emails) } }));
        assert_eq!(changes(&stored, &before, before.clone()), None);
    }
}
