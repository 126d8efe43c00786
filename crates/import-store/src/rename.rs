//! What a new username changes in the documents that copy it, as pure functions, so that every store does the same.
//!
//! Documents of Rocket.Chat repeat usernames: messages name their author, those who are mentioned and those who reacted;
//! direct rooms name their members. Renaming a user twice changes nothing the second time.

use std::collections::HashMap;

use import_proto::Timestamp;
use serde_json::{Map, Value};

use crate::patch::touch;

/// A user who gets another username.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(crate) struct Rename {
    /// The user's `_id`.
    pub(crate) id: String,
    /// The username before.
    pub(crate) before: String,
    /// The new username.
    pub(crate) username: String,
    /// The name shown from now on.
    pub(crate) name: String,
}

/// The users that one batch renames.
#[derive(Debug, Default)]
pub(crate) struct Renames {
    by_id: HashMap<String, Rename>,
    by_username: HashMap<String, String>,
    /// The texts of which a JSON document has one at least, if it copies one of the names.
    marks: std::collections::HashSet<String>,
}

impl FromIterator<Rename> for Renames {
    fn from_iter<T: IntoIterator<Item = Rename>>(renames: T) -> Self {
        let mut all = Self::default();
        for rename in renames {
            for text in [&rename.id, &rename.before] {
                let json = Value::from(text.as_str()).to_string();
                all.marks.extend(json.trim_matches('"').split('"').next().map(str::to_owned));
            }
            if !rename.before.is_empty() {
                all.by_username.insert(rename.before.clone(), rename.id.clone());
            }
            all.by_id.insert(rename.id.clone(), rename);
        }
        all
    }
}

impl Renames {
    pub(crate) fn is_empty(&self) -> bool {
        self.by_id.is_empty()
    }

    /// The `_id`s of the users.
    pub(crate) fn ids(&self) -> Vec<String> {
        self.by_id.keys().cloned().collect()
    }

    /// The users.
    pub(crate) fn iter(&self) -> impl Iterator<Item = &Rename> {
        self.by_id.values()
    }

    /// The usernames before.
    pub(crate) fn usernames(&self) -> Vec<String> {
        self.by_username.keys().cloned().collect()
    }

    /// False where a document, given as JSON, copies none of the names: it need not be read then.
    pub(crate) fn may_concern(&self, json: &str) -> bool {
        json.split('"').any(|text| self.marks.contains(text))
    }

    /// Renames in a message: author, mentions and their text, editor, who pinned it, reactions. True where that changed
    /// anything; `_updatedAt` is `now` then.
    pub(crate) fn in_message(&self, message: &mut Map<String, Value>, now: Timestamp) -> bool {
        let changed = self.within_message(message);
        touch(message, changed, now)
    }

    /// Renames in a room: owner, members of a direct room, muted members, the last message.
    pub(crate) fn in_room(&self, room: &mut Map<String, Value>, now: Timestamp) -> bool {
        let mut changed = room.get_mut("u").is_some_and(|owner| self.reference(owner, true));
        for list in ["usernames", "muted", "unmuted"] {
            changed |= room.get_mut(list).is_some_and(|list| self.list(list));
        }
        if let Some(Value::Object(last)) = room.get_mut("lastMessage") {
            changed |= self.within_message(last);
        }
        touch(room, changed, now)
    }

    /// Renames in a membership: the member, and in a direct room the other members that its name is made of.
    pub(crate) fn in_subscription(&self, subscription: &mut Map<String, Value>, now: Timestamp) -> bool {
        let mut changed = subscription.get_mut("u").is_some_and(|member| self.reference(member, true));
        if subscription.get("t").and_then(Value::as_str) == Some("d") {
            changed |= self.direct_names(subscription);
        }
        touch(subscription, changed, now)
    }

    /// Renames in an avatar, whose name is its user's username.
    pub(crate) fn in_avatar(&self, avatar: &mut Map<String, Value>, now: Timestamp) -> bool {
        let changed = avatar.get_mut("name").is_some_and(|name| self.text(name));
        touch(avatar, changed, now)
    }

    fn within_message(&self, message: &mut Map<String, Value>) -> bool {
        let author = message.get("u").and_then(|author| self.renamed(author));
        let mut changed = self.rename_text(message, author);
        changed |= message.get_mut("u").is_some_and(|author| self.reference(author, true));
        if let Some(Value::Array(mentions)) = message.get_mut("mentions") {
            for mention in mentions {
                changed |= self.reference(mention, true);
            }
        }
        for field in ["editedBy", "pinnedBy"] {
            changed |= message.get_mut(field).is_some_and(|user| self.reference(user, false));
        }
        if let Some(Value::Object(reactions)) = message.get_mut("reactions") {
            for (_, reaction) in reactions.iter_mut() {
                changed |= reaction.get_mut("usernames").is_some_and(|usernames| self.list(usernames));
            }
        }
        changed
    }

    /// Renames in the text, where the message mentions the user, or is a system message that names its author.
    fn rename_text(&self, message: &mut Map<String, Value>, author: Option<&Rename>) -> bool {
        let Some(text) = message.get("msg").and_then(Value::as_str) else { return false };
        let is_system = message.get("t").is_some_and(Value::is_string);
        let mut after = match author.filter(|author| is_system && author.before == text) {
            Some(author) => author.username.clone(),
            None => text.to_owned(),
        };
        let mentions = message.get("mentions").and_then(Value::as_array).map(Vec::as_slice).unwrap_or_default();
        for rename in mentions.iter().filter_map(|mention| self.renamed(mention)) {
            after = replace_mention(&after, &rename.before, &rename.username);
        }
        if after == text {
            return false;
        }
        message.insert("msg".into(), after.into());
        // What the workspace parsed of the text before is wrong now; clients parse it again.
        message.shift_remove("md");
        true
    }

    fn renamed(&self, user: &Value) -> Option<&Rename> {
        self.by_id.get(user.get("_id")?.as_str()?)
    }

    /// Renames in an object that names a user; its `name` too where it has one or is to have one.
    fn reference(&self, user: &mut Value, with_name: bool) -> bool {
        let Some(rename) = self.renamed(user) else { return false };
        let Value::Object(fields) = user else { return false };
        let mut changed = false;
        for (field, value) in [("username", &rename.username), ("name", &rename.name)] {
            let wanted = field == "username" || with_name || fields.contains_key(field);
            if wanted && fields.get(field).and_then(Value::as_str) != Some(value) {
                fields.insert(field.into(), value.as_str().into());
                changed = true;
            }
        }
        changed
    }

    /// Renames in a list of usernames.
    fn list(&self, usernames: &mut Value) -> bool {
        let Value::Array(usernames) = usernames else { return false };
        usernames.iter_mut().fold(false, |changed, username| self.text(username) | changed)
    }

    fn text(&self, username: &mut Value) -> bool {
        let Some(rename) = username.as_str().and_then(|before| self.before(before)) else { return false };
        if rename.username == rename.before {
            return false;
        }
        *username = rename.username.as_str().into();
        true
    }

    fn before(&self, username: &str) -> Option<&Rename> {
        self.by_id.get(self.by_username.get(username)?)
    }

    /// `name` holds the other members' usernames, `fname` their names in the same order.
    fn direct_names(&self, subscription: &mut Map<String, Value>) -> bool {
        const BETWEEN: &str = ", ";
        let text = |field: &str| subscription.get(field).and_then(Value::as_str).unwrap_or_default();
        let mut usernames: Vec<&str> = text("name").split(BETWEEN).collect();
        let mut names: Vec<&str> = text("fname").split(BETWEEN).collect();
        // Names may hold a comma themselves. Of a single member, the whole is the name.
        if usernames.len() == 1 {
            names = vec![text("fname")];
        }
        let has_each = names.len() == usernames.len();
        let mut changed = false;
        for (at, username) in usernames.iter_mut().enumerate() {
            let Some(rename) = self.before(username) else { continue };
            let name = names.get_mut(at).filter(|_| has_each);
            changed |= *username != rename.username || name.as_ref().is_some_and(|name| **name != rename.name);
            *username = &rename.username;
            if let Some(name) = name {
                *name = &rename.name;
            }
        }
        let (usernames, names) = (usernames.join(BETWEEN), names.join(BETWEEN));
        if changed {
            subscription.insert("name".into(), usernames.into());
            subscription.insert("fname".into(), names.into());
        }
        changed
    }
}

/// Replaces `@before` with `@after` where it is a whole mention: `@ann` is no part of `@anna`, `@ann.lee` or `a@ann`.
fn replace_mention(text: &str, before: &str, after: &str) -> String {
    let is_part = |character: char| character.is_alphanumeric() || matches!(character, '-' | '_');
    let mention = format!("@{before}");
    let mut replaced = String::with_capacity(text.len());
    let mut rest = text;
    while let Some(at) = rest.find(&mention) {
        let (head, tail) = rest.split_at(at);
        let tail = &tail[mention.len()..];
        let mut next = tail.chars();
        let ends = match next.next() {
            // A full stop ends a sentence, unless more of a username follows.
            Some('.') => !next.next().is_some_and(is_part),
            Some(character) => !is_part(character),
            None => true,
        };
        let so_far = head.chars().next_back().or(replaced.chars().next_back());
        let begins = !so_far.is_some_and(|character| is_part(character) || character == '.');
        replaced.push_str(head);
        replaced.push('@');
        replaced.push_str(if ends && begins { after } else { before });
        rest = tail;
    }
    replaced.push_str(rest);
    replaced
}

#[cfg(test)]
mod tests {
    use serde_json::json;

    use super::*;

    fn now() -> Timestamp {
        Timestamp::parse("2024-05-01T12:00:00.000Z").unwrap()
    }

    fn map(value: Value) -> Map<String, Value> {
        let Value::Object(map) = value else { panic!("no object: {value}") };
        map
    }

    fn eve() -> Renames {
        Renames::from_iter([Rename {
            id: "e".into(),
            before: "u0ext0001".into(),
            username: "eve".into(),
            name: "Eve Stone".into(),
        }])
    }

    #[test]
    fn every_copy_in_a_message_is_renamed_once() {
        let mut message = map(json!({
            "_id": "m", "msg": "@u0ext0001, @u0ext00012 and x@u0ext0001: ask @u0ext0001.", "md": [],
            "u": {"_id": "e", "username": "u0ext0001", "name": "U0EXT0001"},
            "mentions": [
                {"_id": "e", "username": "u0ext0001", "name": "U0EXT0001", "type": "user"}, {"_id": "a", "username": "ann"}
            ],
            "editedBy": {"_id": "e", "username": "u0ext0001"}, "pinnedBy": {"_id": "e", "username": "u0ext0001"},
            "reactions": {":+1:": {"usernames": ["ann", "u0ext0001"]}, ":x:": {"usernames": ["ann"]}, ":y:": 5},
        }));
        assert!(eve().may_concern(&Value::Object(message.clone()).to_string()));
        assert!(eve().in_message(&mut message, now()));
        assert_eq!(
            Value::Object(message.clone()),
            json!({
                "_id": "m", "msg": "@eve, @u0ext00012 and x@u0ext0001: ask @eve.",
                "u": {"_id": "e", "username": "eve", "name": "Eve Stone"},
                "mentions": [
                    {"_id": "e", "username": "eve", "name": "Eve Stone", "type": "user"}, {"_id": "a", "username": "ann"}
                ],
                "editedBy": {"_id": "e", "username": "eve"}, "pinnedBy": {"_id": "e", "username": "eve"},
                "reactions": {":+1:": {"usernames": ["ann", "eve"]}, ":x:": {"usernames": ["ann"]}, ":y:": 5},
                "_updatedAt": {"$date": "2024-05-01T12:00:00.000Z"}
            })
        );
        assert!(!eve().in_message(&mut message, now()), "it says the new name already");
    }

    #[test]
    fn a_system_message_names_its_author_anew() {
        let mut joined = map(json!({
            "t": "uj", "msg": "u0ext0001", "u": {"_id": "e", "username": "u0ext0001", "name": "U0EXT0001"}
        }));
        assert!(eve().in_message(&mut joined, now()));
        assert_eq!(joined["msg"], "eve");
    }

    #[test]
    fn messages_of_others_need_not_be_read() {
        let json = json!({"u": {"_id": "a", "username": "ann"}, "msg": "e u0ext0001", "mentions": []}).to_string();
        assert!(!eve().may_concern(&json));
        assert!(!eve().in_message(&mut map(serde_json::from_str(&json).unwrap()), now()));
    }

    #[test]
    fn a_direct_room_and_its_memberships_are_renamed() {
        let mut room = map(json!({
            "_id": "r", "t": "d", "uids": ["a", "b", "e"], "usernames": ["ann", "bob", "u0ext0001"],
            "lastMessage": {"u": {"_id": "e", "username": "u0ext0001", "name": "U0EXT0001"}}, "muted": ["u0ext0001"],
        }));
        assert!(eve().in_room(&mut room, now()));
        assert_eq!(room["usernames"], json!(["ann", "bob", "eve"]));
        assert_eq!(room["muted"], json!(["eve"]));
        assert_eq!(room["lastMessage"]["u"]["username"], "eve");

        let mut of_ann = map(json!({
            "t": "d", "u": {"_id": "a", "username": "ann"}, "name": "bob, u0ext0001", "fname": "Bob, U0EXT0001"
        }));
        assert!(eve().in_subscription(&mut of_ann, now()));
        assert_eq!((&of_ann["name"], &of_ann["fname"]), (&json!("bob, eve"), &json!("Bob, Eve Stone")));
        assert!(!eve().in_subscription(&mut of_ann, now()));
        let mut alone = map(json!({"t": "d", "name": "u0ext0001", "fname": "Stone, E."}));
        assert!(eve().in_subscription(&mut alone, now()));
        assert_eq!((&alone["name"], &alone["fname"]), (&json!("eve"), &json!("Eve Stone")));
        let mut channel = map(json!({"t": "c", "name": "u0ext0001", "fname": "u0ext0001"}));
        assert!(!eve().in_subscription(&mut channel, now()), "a channel may be called like a user");
    }

    #[test]
    fn only_whole_mentions_are_replaced() {
        for (text, expected) in [
            ("@ann", "@eve"),
            ("@ann@ann", "@eve@ann"),
            ("(@ann) @ann, @ann.", "(@eve) @eve, @eve."),
            ("@ann.lee @anna @ann-1 b@ann", "@ann.lee @anna @ann-1 b@ann"),
            ("ann", "ann"),
        ] {
            assert_eq!(replace_mention(text, "ann", "eve"), expected, "{text}");
        }
    }
}
