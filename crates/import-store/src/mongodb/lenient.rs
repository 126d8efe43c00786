//! Users and rooms as a live workspace has them: older versions and apps leave out what newer ones always write.

use bson::Document;
use import_proto::{RoomType, Timestamp, UserType};
use serde::{
    Deserialize,
    de::{
        DeserializeOwned,
        value::{Error, StrDeserializer},
    },
};
use serde_json::{Map, Value, json};

use super::{codec, failure::Failure};
use crate::{
    documents::{Contact, Room, User, UserRef},
    equal::instant,
    patch,
};

/// A user. What is missing or of a kind that is not known here is what it is by default.
pub(super) fn user(document: Document) -> Result<User, Failure> {
    let mut fields = codec::to_fields(document);
    fields.retain(|_, value| !value.is_null());
    let password = fields.get("services").and_then(|services| services["password"]["bcrypt"].as_str());
    let services = password.map_or_else(|| json!({}), |bcrypt| json!({"password": {"bcrypt": bcrypt}}));
    fields.insert("services".into(), services);
    let known = fields.get("type").and_then(Value::as_str).is_some_and(is_user_type);
    if !known {
        fields.shift_remove("type");
    }
    if let Some(Value::Array(emails)) = fields.get_mut("emails") {
        emails.retain(|email| email["address"].is_string());
        for email in emails.iter_mut().filter_map(Value::as_object_mut) {
            email.retain(|_, value| !value.is_null());
        }
    }
    with_dates(&mut fields, ["createdAt", "_updatedAt"]);
    readable(fields, &["_id", "createdAt", "_updatedAt"], "the user")
}

/// A contact.
pub(super) fn contact(document: Document) -> Result<Contact, Failure> {
    let mut fields = codec::to_fields(document);
    fields.retain(|_, value| !value.is_null());
    with_dates(&mut fields, ["createdAt", "_updatedAt"]);
    readable(fields, &["_id", "createdAt", "_updatedAt"], "the contact")
}

/// What can be read of a document: a field of a type that it should not have, or an element of a list, is as if it was not
/// there. It stays in the database as it is.
fn readable<T: DeserializeOwned>(fields: Map<String, Value>, required: &[&str], what: &str) -> Result<T, Failure> {
    let whole = Value::Object(fields);
    if let Ok(read) = T::deserialize(&whole) {
        return Ok(read);
    }
    let Value::Object(fields) = whole else { unreachable!("it was made of fields") };
    let id = fields.get("_id").cloned().unwrap_or_default();
    let base: Map<String, Value> =
        required.iter().filter_map(|name| fields.get_key_value(*name)).map(|(n, v)| (n.clone(), v.clone())).collect();
    let fits = |name: &str, value: &Value| {
        let mut alone = base.clone();
        alone.insert(name.to_owned(), value.clone());
        T::deserialize(Value::Object(alone)).is_ok()
    };
    let mut kept = base.clone();
    for (name, value) in fields.into_iter().filter(|(name, _)| !required.contains(&name.as_str())) {
        if fits(&name, &value) {
            kept.insert(name, value);
        } else if let Value::Array(mut list) = value {
            list.retain(|element| fits(&name, &Value::Array(vec![element.clone()])));
            kept.insert(name, Value::Array(list));
        }
    }
    T::deserialize(Value::Object(kept)).map_err(|error| Failure::Damaged(format!("{what} {id}: {error}")))
}

/// Those that can be read at all. Whoever has an `_id` of another type than Rocket.Chat gives is as if it was not there.
pub(super) fn all<T>(
    documents: impl IntoIterator<Item = Document>,
    read: fn(Document) -> Result<T, Failure>,
) -> Result<Vec<T>, Failure> {
    let mut all = Vec::new();
    for document in documents {
        if document.get_str("_id").is_ok() {
            all.push(read(document)?);
        } else {
            tracing::warn!(id = ?document.get("_id"), "a document of the workspace has an _id that is no text");
        }
    }
    Ok(all)
}

fn is_user_type(name: &str) -> bool {
    UserType::deserialize(StrDeserializer::<Error>::new(name)).is_ok()
}

/// A room; none where it is of a kind that no import has to do with.
pub(super) fn room(document: Document) -> Result<Option<Room>, Failure> {
    let mut fields = codec::to_fields(document);
    fields.retain(|_, value| !value.is_null());
    if fields.get("t").and_then(Value::as_str).and_then(RoomType::from_letter).is_none() {
        return Ok(None);
    }
    if fields.get("u").is_some_and(|owner| UserRef::deserialize(owner).is_err()) {
        fields.shift_remove("u");
    }
    with_dates(&mut fields, ["ts", "_updatedAt"]);
    readable(fields, &["_id", "t", "ts", "_updatedAt"], "the room").map(Some)
}

/// Dates that are missing, or are none, are the first there is.
fn with_dates(fields: &mut Map<String, Value>, names: [&str; 2]) {
    if let Some(first) = Timestamp::from_millis(0) {
        for name in names {
            if fields.get(name).and_then(instant).is_none() {
                fields.insert(name.to_owned(), patch::date(first));
            }
        }
    }
}

#[cfg(test)]
mod tests {
    use bson::doc;

    use super::*;

    #[test]
    fn a_user_of_an_older_version_can_be_read() {
        let document = doc! {
            "_id": "u", "name": null, "type": "visitor", "services": { "password": { "argon2": "x" }, "resume": {} },
            "emails": [{ "verified": true }, { "address": "a@x.org" }],
        };
        let user = user(document).unwrap();
        assert_eq!((user.id.as_str(), user.name.as_str(), user.active), ("u", "", false));
        assert_eq!((user.emails.len(), user.user_type, user.services.password), (1, UserType::default(), None));
    }

    #[test]
    fn fields_of_another_type_are_as_if_they_were_not_there() {
        let document = doc! {
            "_id": "u", "username": "ann", "bio": 5, "utcOffset": "1", "statusText": {}, "roles": ["user", 7],
            "importIds": [5, "U1"], "createdAt": "2019-01-01", "emails": [{ "address": "a@x.org", "verified": null }],
        };
        let odd = user(document).unwrap();
        assert_eq!((odd.username.as_str(), odd.bio, odd.utc_offset, odd.status_text), ("ann", None, None, None));
        assert_eq!((odd.roles, odd.import_ids), (vec!["user".to_owned()], vec!["U1".to_owned()]));
        assert_eq!((odd.emails.len(), odd.created_at.0.as_millis()), (1, 0));
        let red = room(doc! { "_id": "r", "t": "c", "name": "red", "topic": 7, "archived": "no" }).unwrap().unwrap();
        assert_eq!((red.name.as_deref(), red.topic, red.archived), (Some("red"), None, false));
        let odd = contact(doc! { "_id": "c", "emails": null, "unknown": null, "importIds": ["7"] }).unwrap();
        assert_eq!((odd.id.as_str(), odd.emails.len(), odd.import_ids), ("c", 0, vec!["7".to_owned()]));
    }

    #[test]
    fn a_room_of_another_kind_is_none() {
        assert_eq!(room(doc! { "_id": "r", "t": "l" }).unwrap(), None);
        let known = room(doc! { "_id": "r", "t": "c", "name": "red", "u": { "username": "ann" } }).unwrap().unwrap();
        assert_eq!((known.name.as_deref(), known.owner), (Some("red"), None));
    }
}
