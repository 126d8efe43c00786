//! `users.json`: everybody who was ever there.

use std::collections::{HashMap, HashSet};

use import_proto::{DataType, ImportUser, Record};
use serde::Deserialize;
use serde_json::json;

use super::avatars;
use crate::json::{Convert, Converted, Flag, Object, Text, Unusable, object};
use crate::stable_id::hash;

/// The author of what programs write.
pub(super) const ROCKET_CAT: &str = "rocket.cat";

#[derive(Default, Deserialize)]
#[serde(default)]
struct Element<'a> {
    #[serde(borrow, rename = "User")]
    user: Option<Object<HipchatUser<'a>>>,
}

#[derive(Default, Deserialize)]
#[serde(default)]
struct HipchatUser<'a> {
    #[serde(borrow)]
    id: Text<'a>,
    #[serde(borrow)]
    mention_name: Text<'a>,
    #[serde(borrow)]
    name: Text<'a>,
    #[serde(borrow)]
    email: Text<'a>,
    #[serde(borrow)]
    title: Text<'a>,
    #[serde(borrow)]
    avatar: Text<'a>,
    is_deleted: Flag,
}

fn user<'a>(element: &'a str, mended: &'a mut String) -> Result<HipchatUser<'a>, Unusable> {
    let element: Element<'a> = object(element, mended)?;
    let missing = || Unusable::of_text("the record holds no user: { \"User\": { … } } is due");
    element.user.map(|user| user.0).ok_or_else(missing)
}

/// The id of the user that an element holds.
pub(super) fn user_id(element: &str) -> Option<String> {
    user(element, &mut String::new()).ok().and_then(|user| user.id.to_owned())
}

/// The text of a field without blanks around it, if there is any.
fn trimmed(text: &Text<'_>) -> Option<String> {
    text.get().map(str::trim).filter(|text| !text.is_empty()).map(str::to_owned)
}

/// Makes users of the elements of the list.
#[derive(Default)]
pub(super) struct Users {
    /// Hashes of the ids that came.
    seen: HashSet<u64>,
}

impl Convert for Users {
    const DATA_TYPE: DataType = DataType::User;

    fn convert(&mut self, element: &str) -> Result<Converted, Unusable> {
        let mut mended = String::new();
        let user = user(element, &mut mended)?;
        let shown = |ids: &[&str]| {
            let emails = Vec::from_iter(trimmed(&user.email));
            json!({ "importIds": ids, "emails": emails, "username": trimmed(&user.mention_name) })
        };
        let Some(id) = user.id.get() else {
            return Err(Unusable::new("the user has no id", shown(&[])));
        };
        if !self.seen.insert(hash(id)) {
            return Err(Unusable::new(format!("another user of the list has the id {id} too"), shown(&[id])));
        }
        Ok(Converted::Record(Record::User(ImportUser {
            import_ids: vec![id.to_owned()],
            emails: Vec::from_iter(trimmed(&user.email)),
            username: trimmed(&user.mention_name),
            name: trimmed(&user.name),
            avatar_url: user.avatar.get().and_then(avatars::data_url),
            deleted: user.is_deleted.0,
            bio: trimmed(&user.title),
            ..ImportUser::default()
        })))
    }
}

/// Import ids by the names that people are mentioned by.
#[derive(Default)]
pub(super) struct MentionNames {
    /// In small letters; with each, whether the user was deleted.
    names: HashMap<String, (String, bool)>,
}

impl MentionNames {
    /// Takes note of an element of the list. Of users with one name, somebody who is still there counts.
    pub(super) fn note(&mut self, element: &str) {
        let mut mended = String::new();
        let Ok(user) = user(element, &mut mended) else { return };
        let (Some(id), Some(name)) = (user.id.get(), trimmed(&user.mention_name)) else { return };
        let deleted = user.is_deleted.is_set();
        let known = self.names.entry(name.to_lowercase()).or_insert_with(|| (id.to_owned(), deleted));
        if known.1 && !deleted {
            *known = (id.to_owned(), false);
        }
    }

    /// The import id of whoever is mentioned by this name.
    pub(super) fn get(&self, name: &str) -> Option<&str> {
        self.names.get(&name.to_lowercase()).map(|(id, _)| id.as_str())
    }
}
