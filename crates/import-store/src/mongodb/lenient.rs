//! Users and rooms as a live workspace has them: older versions and apps leave out what newer ones always write.

use bson::Document;
use import_proto::{RoomType, Timestamp, UserType};
use serde::{
    Deserialize,
    de::value::{Error, StrDeserializer},
};
use serde_json::{Map, Value, json};

use super::{codec, failure::Failure};
use crate::{
    documents::{Room, User, UserRef},
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
    }
    with_dates(&mut fields, ["createdAt", "_updatedAt"]);
    User::deserialize(Value::Object(fields)).map_err(|error| Failure::Damaged(format!("a user: {error}")))
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
    let room = Room::deserialize(Value::Object(fields));
    room.map(Some).map_err(|error| Failure::Damaged(format!("a room: {error}")))
}

/// Dates that are missing are the first there is.
fn with_dates(fields: &mut Map<String, Value>, names: [&str; 2]) {
    if let Some(first) = Timestamp::from_millis(0) {
        for name in names {
            fields.entry(name).or_insert_with(|| patch::date(first));
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
    fn a_room_of_another_kind_is_none() {
        assert_eq!(room(doc! { "_id": "r", "t": "l" }).unwrap(), None);
        let known = room(doc! { "_id": "r", "t": "c", "name": "red", "u": { "username": "ann" } }).unwrap().unwrap();
        assert_eq!((known.name.as_deref(), known.owner), (Some("red"), None));
    }
}
