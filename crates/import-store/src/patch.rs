//! What the patches of users and rooms mean, as pure functions over documents, so that every store means the same.
//!
//! A document is changed only where the patch says something new; fields that are not known here survive.

use import_proto::Timestamp;
use serde_json::{Map, Value, json};

use crate::{
    documents::{Date, PLACEHOLDER_BIO, RoomPatch, UserPatch},
    equal::equal,
    merge::{greater, union},
    store::{ThreadReply, ThreadUpdate},
    uploads::{AttachedFile, NewAvatar},
};

/// Carries out `patch` on a user's document. True where that changed anything; `_updatedAt` is `now` then.
pub fn patch_user(document: &mut Map<String, Value>, patch: &UserPatch, now: Timestamp) -> bool {
    let mut changed = patch.ends_placeholder && end_placeholder(document);
    changed |= add_texts(document, "importIds", &patch.add_import_ids);
    changed |= remove_texts(document, "importIds", &patch.remove_import_ids);
    changed |= add_texts(document, "roles", &patch.add_roles);
    changed |= add_emails(document, &patch.add_emails);
    if let Some(bcrypt) = &patch.bcrypt {
        changed |= set_password(document, bcrypt);
    }
    let fields = [
        ("username", patch.username.as_deref().map(Value::from)),
        ("type", patch.user_type.map(|user_type| Value::from(user_type.as_str()))),
        ("name", patch.name.as_deref().map(Value::from)),
        ("statusText", patch.status_text.as_deref().map(Value::from)),
        ("bio", patch.bio.as_deref().map(Value::from)),
        ("utcOffset", patch.utc_offset.map(Value::from)),
        ("active", patch.active.map(Value::from)),
        ("_pendingAvatarUrl", patch.pending_avatar_url.as_deref().map(Value::from)),
    ];
    for (field, value) in fields {
        changed |= value.is_some_and(|value| set(document, field, value));
    }
    if let Some(custom) = &patch.custom_fields {
        changed |= set_within(document, "customFields", custom);
    }
    touch(document, changed, now)
}

/// The field of a document that holds what this project notes of it.
const OWN: &str = "importServer";

/// Takes away what says that a user is a placeholder, and the roles that were made up with it. True where it is one.
fn end_placeholder(document: &mut Map<String, Value>) -> bool {
    let Some(Value::Object(own)) = document.get_mut(OWN) else { return false };
    if own.shift_remove("placeholder") != Some(Value::Bool(true)) {
        return false;
    }
    if own.is_empty() {
        document.shift_remove(OWN);
    }
    document.shift_remove("roles");
    if document.get("bio").and_then(Value::as_str).is_some_and(|bio| bio.starts_with(PLACEHOLDER_BIO)) {
        document.shift_remove("bio");
    }
    true
}

/// Sets the password's hash; other credentials stay.
fn set_password(document: &mut Map<String, Value>, bcrypt: &str) -> bool {
    let mut services = document.get("services").and_then(Value::as_object).cloned().unwrap_or_default();
    let mut password = services.get("password").and_then(Value::as_object).cloned().unwrap_or_default();
    password.insert("bcrypt".into(), bcrypt.into());
    services.insert("password".into(), password.into());
    set(document, "services", services.into())
}

/// Carries out `patch` on a room's document. True where that changed anything; `_updatedAt` is `now` then.
pub fn patch_room(document: &mut Map<String, Value>, patch: &RoomPatch, now: Timestamp) -> bool {
    let mut changed = add_texts(document, "importIds", &patch.add_import_ids);
    let fields = [
        ("name", patch.names.as_ref().map(|(slug, _)| Value::from(slug.as_str()))),
        ("fname", patch.names.as_ref().map(|(_, name)| Value::from(name.as_str()))),
        ("topic", patch.topic.as_deref().map(Value::from)),
        ("description", patch.description.as_deref().map(Value::from)),
        ("ts", patch.ts.map(date)),
    ];
    for (field, value) in fields {
        changed |= value.is_some_and(|value| set(document, field, value));
    }
    touch(document, changed, now)
}

/// The fields of a contact that an import knows: a contact put in place of another decides on each of them.
const CONTACT_FIELDS: [&str; 8] =
    ["name", "emails", "phones", "contactManager", "customFields", "channels", "unknown", "importIds"];

/// Puts a contact in place of the one that is there; `_id`, `createdAt` and fields that are not known here stay. True where
/// that changed anything; `_updatedAt` is the incoming one then.
pub fn replace_contact(existing: &mut Map<String, Value>, incoming: &Map<String, Value>) -> bool {
    let mut changed = false;
    for field in CONTACT_FIELDS {
        changed |= match incoming.get(field) {
            Some(value) => set(existing, field, value.clone()),
            None => existing.shift_remove(field).is_some(),
        };
    }
    if let Some(updated_at) = incoming.get("_updatedAt").filter(|_| changed) {
        existing.insert("_updatedAt".into(), updated_at.clone());
    }
    changed
}

/// Puts a file that was fetched on the message that names it: the attachment behind those that are there, `downloaded` and
/// `rocketChatUrl` in `_importFile`; and the message is shown from now on. True where that changed anything; `_updatedAt`
/// is `now` then. A message that brings no file, or whose file is there already, is left as it is.
pub fn attach_file(message: &mut Map<String, Value>, file: &AttachedFile, now: Timestamp) -> bool {
    let Some(Value::Object(import_file)) = message.get_mut("_importFile") else { return false };
    if import_file.get("downloaded") == Some(&Value::Bool(true)) {
        return false;
    }
    import_file.insert("downloaded".into(), true.into());
    import_file.insert("rocketChatUrl".into(), file.url.clone().into());
    match message.get_mut("attachments") {
        Some(Value::Array(attachments)) => attachments.push(file.attachment.clone()),
        _ => {
            message.insert("attachments".into(), vec![file.attachment.clone()].into());
        }
    }
    message.shift_remove("_hidden");
    touch(message, true, now)
}

/// Makes a message a reply in a thread. True where that changed anything; `_updatedAt` is `now` then.
pub fn join_thread(message: &mut Map<String, Value>, reply: &ThreadReply, now: Timestamp) -> bool {
    let mut changed = set(message, "tmid", reply.root.as_str().into());
    if reply.tshow {
        changed |= set(message, "tshow", true.into());
    }
    touch(message, changed, now)
}

/// Tells a thread's first message of its replies: `count` messages say that they are. What is there only grows. True where
/// that changed anything; `_updatedAt` is `now` then.
pub fn update_thread(root: &mut Map<String, Value>, update: &ThreadUpdate, count: u64, now: Timestamp) -> bool {
    if count == 0 {
        return false;
    }
    let count = greater(root.get("tcount"), &count.into());
    let last = greater(root.get("tlm"), &date(update.last.0));
    let replies = union(root.get("replies"), &update.replies.clone().into());
    let mut changed = set(root, "tcount", count);
    changed |= set(root, "tlm", last);
    changed |= set(root, "replies", replies);
    touch(root, changed, now)
}

/// Where an avatar comes from, as the workspace says it.
const AVATAR_ORIGIN: &str = "url";

/// Notes that a user has this avatar. `avatarETag` tells clients that it is not the one they know. False, and nothing is
/// changed, where the user is to have another one by now.
pub fn take_avatar(user: &mut Map<String, Value>, avatar: &NewAvatar, now: Timestamp) -> bool {
    let fetched = user.get("_pendingAvatarUrl").and_then(Value::as_str) == Some(&avatar.from);
    if fetched {
        user.shift_remove("_pendingAvatarUrl");
        set(user, "avatarOrigin", AVATAR_ORIGIN.into());
        match &avatar.upload.document.etag {
            Some(etag) => set(user, "avatarETag", etag.as_str().into()),
            None => user.shift_remove("avatarETag").is_some(),
        };
    }
    touch(user, fetched, now)
}

/// A date as documents hold it.
pub(crate) fn date(instant: Timestamp) -> Value {
    serde_json::to_value(Date(instant)).unwrap_or_default()
}

/// Sets a field; true where it was another value.
fn set(document: &mut Map<String, Value>, field: &str, value: Value) -> bool {
    if document.get(field).is_some_and(|there| equal(there, &value)) {
        return false;
    }
    document.insert(field.to_owned(), value);
    true
}

/// Sets the fields of the object at `field`, one by one; whatever else was there gives way to an object.
fn set_within(document: &mut Map<String, Value>, field: &str, values: &Map<String, Value>) -> bool {
    if values.is_empty() {
        return false;
    }
    if !document.get(field).is_some_and(Value::is_object) {
        document.insert(field.to_owned(), Value::Object(Map::new()));
    }
    let Some(Value::Object(object)) = document.get_mut(field) else { return false };
    let mut changed = false;
    for (name, value) in values {
        changed |= set(object, name, value.clone());
    }
    changed
}

/// Adds texts to a list, each once; true where one was new.
fn add_texts(document: &mut Map<String, Value>, field: &str, texts: &[String]) -> bool {
    add(document, field, texts, |there, text| there == text, |text| Value::from(text.as_str()))
}

/// Takes texts out of a list; true where one was in it.
fn remove_texts(document: &mut Map<String, Value>, field: &str, texts: &[String]) -> bool {
    let Some(Value::Array(list)) = document.get_mut(field) else { return false };
    let before = list.len();
    list.retain(|there| there.as_str().is_none_or(|there| !texts.iter().any(|text| text == there)));
    list.len() < before
}

/// Adds addresses, unverified, unless they are there in whatever case.
fn add_emails(document: &mut Map<String, Value>, addresses: &[String]) -> bool {
    let same = |there: &Value, address: &String| {
        there["address"].as_str().is_some_and(|there| there.to_lowercase() == address.to_lowercase())
    };
    add(document, "emails", addresses, same, |address| json!({"address": address, "verified": false}))
}

fn add(
    document: &mut Map<String, Value>,
    field: &str,
    texts: &[String],
    same: impl Fn(&Value, &String) -> bool,
    element: impl Fn(&String) -> Value,
) -> bool {
    let mut list = match document.get(field) {
        Some(Value::Array(list)) => list.clone(),
        _ => Vec::new(),
    };
    let before = list.len();
    for text in texts {
        if !list.iter().any(|there| same(there, text)) {
            list.push(element(text));
        }
    }
    let longer = list.len() > before;
    if longer {
        document.insert(field.to_owned(), Value::Array(list));
    }
    longer
}

pub(crate) fn touch(document: &mut Map<String, Value>, changed: bool, now: Timestamp) -> bool {
    if changed {
        document.insert("_updatedAt".into(), date(now));
    }
    changed
}

#[cfg(test)]
mod tests {
    use import_proto::UserType;

    use super::*;
    use crate::uploads::{Content, KeptUpload};

    fn now() -> Timestamp {
        Timestamp::parse("2024-05-01T12:00:00.000Z").unwrap()
    }

    fn map(value: Value) -> Map<String, Value> {
        let Value::Object(map) = value else { panic!("no object: {value}") };
        map
    }

    #[test]
    fn a_user_is_added_to_and_what_is_unknown_survives() {
        let mut user = map(json!({
            "_id": "u", "username": "ann", "emails": [{"address": "Ann@X.org", "verified": true}], "roles": ["user"],
            "importIds": ["1"], "customFields": {"team": "red", "floor": 2}, "settings": {"theme": "dark"},
            "_updatedAt": {"$date": "2020-01-01T00:00:00.000Z"}
        }));
        let patch = UserPatch {
            id: "u".into(),
            add_import_ids: vec!["1".into(), "2".into(), "2".into()],
            add_roles: vec!["user".into(), "leader".into()],
            add_emails: vec!["ann@x.ORG".into(), "ann@y.org".into(), "ANN@y.org".into()],
            user_type: Some(UserType::Bot),
            name: Some("Ann".into()),
            status_text: Some("away".into()),
            bio: Some("Hi".into()),
            utc_offset: Some(-3.5),
            active: Some(false),
            pending_avatar_url: Some("https://x.org/a.png".into()),
            custom_fields: Some(map(json!({"floor": 3}))),
            ..UserPatch::default()
        };
        assert!(patch_user(&mut user, &patch, now()));
        assert_eq!(
            Value::Object(user.clone()),
            json!({
                "_id": "u", "username": "ann",
                "emails": [{"address": "Ann@X.org", "verified": true}, {"address": "ann@y.org", "verified": false}],
                "roles": ["user", "leader"], "importIds": ["1", "2"], "customFields": {"team": "red", "floor": 3},
                "settings": {"theme": "dark"}, "type": "bot", "name": "Ann", "statusText": "away", "bio": "Hi",
                "utcOffset": -3.5, "active": false, "_pendingAvatarUrl": "https://x.org/a.png",
                "_updatedAt": {"$date": "2024-05-01T12:00:00.000Z"}
            })
        );
        let later = Timestamp::parse("2025-01-01T00:00:00.000Z").unwrap();
        assert!(!patch_user(&mut user, &patch, later), "the same patch changes nothing any more");
        assert_eq!(user["_updatedAt"], json!({"$date": "2024-05-01T12:00:00.000Z"}));
    }

    #[test]
    fn a_placeholder_becomes_a_person_once() {
        let mut user = map(json!({
            "_id": "u", "username": "u1", "name": "U1", "roles": ["user"], "importIds": ["U1"], "active": false,
            "bio": "Placeholder for U1: the export names this user, but does not describe them.",
            "importServer": {"placeholder": true}, "services": {"password": {"bcrypt": "old"}, "resume": {}}
        }));
        let patch = UserPatch {
            id: "u".into(),
            ends_placeholder: true,
            username: Some("eve".into()),
            name: Some("Eve".into()),
            active: Some(true),
            add_roles: vec!["guest".into()],
            add_import_ids: vec!["U2".into()],
            remove_import_ids: vec!["U1".into()],
            bcrypt: Some("new".into()),
            ..UserPatch::default()
        };
        assert!(patch_user(&mut user, &patch, now()));
        let expected = json!({
            "_id": "u", "username": "eve", "name": "Eve", "roles": ["guest"], "importIds": ["U2"], "active": true,
            "services": {"password": {"bcrypt": "new"}, "resume": {}}, "_updatedAt": {"$date": "2024-05-01T12:00:00.000Z"}
        });
        assert_eq!(Value::Object(user.clone()), expected);
        assert!(!patch_user(&mut user, &patch, now()));
        user.insert("bio".into(), "Placeholder art".into());
        assert!(!patch_user(&mut user, &patch, now()), "what the person writes stays");
    }

    #[test]
    fn an_empty_patch_changes_nothing() {
        let mut user = map(json!({"_id": "u", "utcOffset": 2}));
        let empty = UserPatch { custom_fields: Some(Map::new()), ..UserPatch::default() };
        assert!(!patch_user(&mut user, &empty, now()));
        assert_eq!(user, map(json!({"_id": "u", "utcOffset": 2})));
        let same_number = UserPatch { utc_offset: Some(2.0), ..UserPatch::default() };
        assert!(!patch_user(&mut user, &same_number, now()));

        let mut room = map(json!({"_id": "r"}));
        assert!(!patch_room(&mut room, &RoomPatch::default(), now()));
        assert_eq!(room, map(json!({"_id": "r"})));
    }

    #[test]
    fn a_user_without_the_lists_gets_them() {
        let mut user = map(json!({"_id": "u", "customFields": null}));
        let patch = UserPatch {
            add_import_ids: vec!["1".into()],
            add_emails: vec!["a@x.org".into()],
            custom_fields: Some(map(json!({"floor": 3}))),
            ..UserPatch::default()
        };
        assert!(patch_user(&mut user, &patch, now()));
        assert_eq!(
            Value::Object(user),
            json!({
                "_id": "u", "customFields": {"floor": 3}, "importIds": ["1"],
                "emails": [{"address": "a@x.org", "verified": false}],
                "_updatedAt": {"$date": "2024-05-01T12:00:00.000Z"}
            })
        );
    }

    #[test]
    fn a_room_takes_what_the_patch_brings() {
        let mut room = map(json!({"_id": "GENERAL", "name": "general", "announcement": "Hello", "importIds": ["a"]}));
        let patch = RoomPatch {
            id: "GENERAL".into(),
            add_import_ids: vec!["b".into()],
            names: Some(("town-square".into(), "Town square".into())),
            topic: Some("News".into()),
            description: Some("For all".into()),
            ts: Timestamp::parse("1969-12-31T23:59:59.000Z"),
        };
        assert!(patch_room(&mut room, &patch, now()));
        assert_eq!(
            Value::Object(room.clone()),
            json!({
                "_id": "GENERAL", "name": "town-square", "announcement": "Hello", "importIds": ["a", "b"],
                "fname": "Town square", "topic": "News", "description": "For all",
                "ts": {"$date": {"$numberLong": "-1000"}}, "_updatedAt": {"$date": "2024-05-01T12:00:00.000Z"}
            })
        );
        assert!(!patch_room(&mut room, &patch, now()));
    }

    #[test]
    fn a_fetched_file_is_shown_behind_the_attachments_that_are_there() {
        let mut message = map(json!({
            "_id": "m", "attachments": [{"text": "pinned"}], "_hidden": true,
            "_importFile": {"id": "f", "downloadUrl": "https://x.org/f", "original": {"a": 1}}, "tshow": true
        }));
        let file = AttachedFile {
            message: "m".into(),
            url: "/file-upload/u/f".into(),
            attachment: json!({"title": "f", "title_link": "/file-upload/u/f"}),
        };
        assert!(attach_file(&mut message, &file, now()));
        assert_eq!(
            Value::Object(message.clone()),
            json!({
                "_id": "m", "attachments": [{"text": "pinned"}, {"title": "f", "title_link": "/file-upload/u/f"}],
                "_importFile": {
                    "id": "f", "downloadUrl": "https://x.org/f", "original": {"a": 1}, "downloaded": true,
                    "rocketChatUrl": "/file-upload/u/f"
                },
                "tshow": true, "_updatedAt": {"$date": "2024-05-01T12:00:00.000Z"}
            })
        );
        assert!(!attach_file(&mut message, &file, now()), "it is there already");
        let mut plain = map(json!({"_id": "m"}));
        assert!(!attach_file(&mut plain, &file, now()));
        assert_eq!(plain, map(json!({"_id": "m"})));
    }

    #[test]
    fn a_first_message_learns_of_its_replies_and_forgets_none() {
        let mut root = map(json!({"_id": "m", "replies": ["ann"], "tlm": {"$date": "2030-01-01T00:00:00Z"}}));
        let update = ThreadUpdate { root: "m".into(), replies: vec!["ann".into(), "bob".into()], last: Date(now()) };
        assert!(!update_thread(&mut root, &update, 0, now()));
        assert!(update_thread(&mut root, &update, 3, now()));
        assert!(!update_thread(&mut root, &update, 2, now()));
        assert_eq!(
            Value::Object(root),
            json!({
                "_id": "m", "replies": ["ann", "bob"], "tlm": {"$date": "2030-01-01T00:00:00Z"}, "tcount": 3,
                "_updatedAt": {"$date": "2024-05-01T12:00:00.000Z"}
            })
        );
    }

    #[test]
    fn an_avatar_is_pending_until_that_very_one_is_there() {
        let document = json!({
            "_id": "a", "name": "u", "type": "image/png", "size": 3, "userId": "u", "complete": true,
            "store": "GridFS:Avatars", "uploadedAt": {"$date": "2024-05-01T12:00:00.000Z"}, "url": "/ufs", "etag": "e2",
            "_updatedAt": {"$date": "2024-05-01T12:00:00.000Z"}
        });
        let upload = KeptUpload {
            document: serde_json::from_value(document).unwrap(),
            content: Content { digest: String::new(), size: 3 },
        };
        let from = |url: &str| NewAvatar { upload: upload.clone(), from: url.into() };
        let before = map(json!({
            "_id": "u", "_pendingAvatarUrl": "https://x.org/new.png", "name": "U", "avatarETag": "e1", "avatarOrigin": "upload"
        }));
        let mut user = before.clone();
        assert!(!take_avatar(&mut user, &from("https://x.org/old.png"), now()));
        assert_eq!(user, before);
        assert!(take_avatar(&mut user, &from("https://x.org/new.png"), now()));
        let after = json!({
            "_id": "u", "name": "U", "avatarETag": "e2", "avatarOrigin": "url",
            "_updatedAt": {"$date": "2024-05-01T12:00:00.000Z"}
        });
        assert_eq!(Value::Object(user), after);
    }

    #[test]
    fn a_contact_is_replaced_but_for_its_birth_and_what_is_unknown() {
        let mut contact = map(json!({
            "_id": "c", "name": "Old", "phones": [{"phoneNumber": "1"}], "createdAt": {"$date": "2020-01-01T00:00:00.000Z"},
            "lastChat": {"ts": 1}, "_updatedAt": {"$date": "2020-01-01T00:00:00.000Z"}
        }));
        let incoming = map(json!({
            "_id": "c", "name": "New", "emails": [{"address": "n@x.org"}], "channels": [], "unknown": false,
            "importIds": ["7"], "createdAt": {"$date": "2024-05-01T12:00:00.000Z"},
            "_updatedAt": {"$date": "2024-05-01T12:00:00.000Z"}
        }));
        assert!(replace_contact(&mut contact, &incoming));
        assert_eq!(
            Value::Object(contact.clone()),
            json!({
                "_id": "c", "name": "New", "createdAt": {"$date": "2020-01-01T00:00:00.000Z"}, "lastChat": {"ts": 1},
                "_updatedAt": {"$date": "2024-05-01T12:00:00.000Z"}, "emails": [{"address": "n@x.org"}],
                "channels": [], "unknown": false, "importIds": ["7"]
            })
        );
        assert!(!replace_contact(&mut contact, &incoming));
    }
}
