//! People that messages and rooms name and that are in no list of users. Each becomes a placeholder.

use std::collections::HashMap;

use import_proto::{ImportChannel, ImportMessage, ImportUser};
use memchr::memmem;
use serde::Deserialize;

use super::text::unescaped;
use super::users::{ROCKET_CAT, Seen, hash};
use crate::json::{Object, Text, object};

/// What is known of a person. The order is that of the engine: the less, the better.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord)]
enum Rank {
    /// A message has the person's profile.
    Profile,
    /// A mention has a label.
    Label,
    /// There is only the id.
    Id,
}

/// The strangers of one part. What is held grows with their number, not with that of messages.
pub(super) struct Strangers<'a> {
    listed: &'a Seen,
    /// By hashes of ids.
    people: HashMap<u64, Stranger>,
}

struct Stranger {
    /// The best record that came out.
    shown: Option<Rank>,
    /// What the next record has beside the id.
    known: Rank,
    username: Option<String>,
    name: Option<String>,
    avatar_url: Option<String>,
}

/// A message with its author's profile: Slack Connect adds it.
#[derive(Default, Deserialize)]
#[serde(default)]
struct WithProfile<'a> {
    #[serde(borrow)]
    user: Text<'a>,
    #[serde(borrow)]
    user_profile: Object<UserProfile<'a>>,
}

#[derive(Default, Deserialize)]
#[serde(default)]
struct UserProfile<'a> {
    #[serde(borrow)]
    name: Text<'a>,
    #[serde(borrow)]
    display_name: Text<'a>,
    #[serde(borrow)]
    real_name: Text<'a>,
    #[serde(borrow)]
    image_original: Text<'a>,
    #[serde(borrow)]
    image_512: Text<'a>,
    #[serde(borrow)]
    image_192: Text<'a>,
    #[serde(borrow)]
    image_72: Text<'a>,
}

impl<'a> Strangers<'a> {
    pub(super) fn new(listed: &'a Seen) -> Self {
        Self { listed, people: HashMap::new() }
    }

    /// Takes note of the profile that a message may have of its author.
    pub(super) fn note_profile(&mut self, element: &str) {
        // Recent exports have one on every message, so most must not cost a parse.
        let wanted = memmem::find(element.as_bytes(), b"\"user_profile\"").is_some()
            && ids_of_users(element).any(|id| self.lacks_profile(id));
        if !wanted {
            return;
        }
        let mut mended = String::new();
        let Ok(message) = object::<WithProfile<'_>>(element, &mut mended) else { return };
        let Some(id) = message.user.get().filter(|id| self.lacks_profile(id)) else { return };
        let profile = &message.user_profile.0;
        let text = |texts: [&Text<'_>; 2]| texts.into_iter().find_map(Text::get).map(unescaped);
        let username = text([&profile.name, &profile.display_name]);
        let name = text([&profile.real_name, &profile.display_name]);
        let images = [&profile.image_original, &profile.image_512, &profile.image_192, &profile.image_72];
        let avatar_url = images.into_iter().find_map(|image| image.to_owned());
        if username.is_some() || name.is_some() || avatar_url.is_some() {
            let before = self.people.remove(&hash(id)).unwrap_or_default();
            // The label of a mention is better than nothing.
            let (shown, username) = (before.shown, username.or(before.username));
            // The engine ranks a record with a name before one with a username alone.
            let known = if name.is_some() || avatar_url.is_some() { Rank::Profile } else { Rank::Label };
            self.people.insert(hash(id), Stranger { shown, known, username, name, avatar_url });
        }
    }

    /// Adds a record for each unlisted person in a message, unless one at least as good came out before.
    pub(super) fn of_message(&mut self, message: &ImportMessage, ahead: &mut Vec<ImportUser>) {
        for (id, label) in &message.mention_names {
            self.note_label(id, label);
        }
        self.show(&message.author.id, ahead);
        let reactors = message.reactions.values().flat_map(|reaction| &reaction.users);
        let others = message.edited_by.iter().chain(&message.pinned_by).chain(&message.replies).chain(reactors);
        for id in others.filter(|id| !is_program(id)) {
            self.show(id, ahead);
        }
    }

    /// The same for the members of a room. Its creator is no reason for a placeholder: somebody active has to own it.
    pub(super) fn of_room(&mut self, room: &ImportChannel, ahead: &mut Vec<ImportUser>) {
        for id in &room.users {
            self.show(id, ahead);
        }
    }

    fn lacks_profile(&self, id: &str) -> bool {
        self.is_stranger(id) && self.people.get(&hash(id)).is_none_or(|stranger| stranger.known != Rank::Profile)
    }

    fn is_stranger(&self, id: &str) -> bool {
        !id.is_empty() && id != ROCKET_CAT && !self.listed.contains(id)
    }

    fn note_label(&mut self, id: &str, label: &str) {
        if label.is_empty() || !self.is_stranger(id) {
            return;
        }
        let stranger = self.people.entry(hash(id)).or_default();
        if stranger.known == Rank::Id {
            (stranger.known, stranger.username) = (Rank::Label, Some(label.to_owned()));
        }
    }

    fn show(&mut self, id: &str, ahead: &mut Vec<ImportUser>) {
        if !self.is_stranger(id) {
            return;
        }
        let stranger = self.people.entry(hash(id)).or_default();
        if stranger.shown.is_some_and(|shown| shown <= stranger.known) {
            return;
        }
        stranger.shown = Some(stranger.known);
        ahead.push(ImportUser {
            import_ids: vec![id.to_owned()],
            username: stranger.username.take(),
            name: stranger.name.take(),
            avatar_url: stranger.avatar_url.take(),
            placeholder: true,
            ..ImportUser::default()
        });
    }
}

impl Default for Stranger {
    fn default() -> Self {
        Self { shown: None, known: Rank::Id, username: None, name: None, avatar_url: None }
    }
}

/// Whether this is the id of a program, which stands where the id of a user is due. Its messages are by `rocket.cat`.
fn is_program(id: &str) -> bool {
    id.len() >= 8 && id.starts_with('B') && id.bytes().all(|byte| byte.is_ascii_uppercase() || byte.is_ascii_digit())
}

/// The values of all members `user` of a JSON text that are texts without an escape.
fn ids_of_users(element: &str) -> impl Iterator<Item = &str> {
    memmem::find_iter(element.as_bytes(), b"\"user\"").filter_map(|at| {
        let behind = element.get(at + 6..)?.trim_start().strip_prefix(':')?.trim_start().strip_prefix('"')?;
        behind.split_once('"').map(|(id, _)| id)
    })
}

#[cfg(test)]
mod tests {
    use import_proto::IsoTime;

    use super::*;

    fn message(author: &str) -> ImportMessage {
        let time: IsoTime = serde_json::from_str("\"2024-01-01T00:00:00.000Z\"").unwrap();
        ImportMessage::new("m".into(), "r".into(), author.into(), String::new(), time)
    }

    fn shown(strangers: &mut Strangers<'_>, message: &ImportMessage) -> Vec<(String, Option<String>, Option<String>)> {
        let mut ahead = Vec::new();
        strangers.of_message(message, &mut ahead);
        assert!(ahead.iter().all(|user| user.placeholder));
        ahead.into_iter().map(|mut user| (user.import_ids.remove(0), user.username, user.name)).collect()
    }

    #[test]
    fn a_stranger_comes_out_once_and_again_when_more_is_known() {
        let mut seen = Seen::default();
        seen.insert("U1");
        let mut strangers = Strangers::new(&seen);
        let id = |id: &str| (id.to_owned(), None, None);
        let mut first = message("U2");
        first.edited_by = Some("U1".into());
        first.replies = vec!["U3".into(), "B012345678".into(), "rocket.cat".into()];
        assert_eq!(shown(&mut strangers, &first), [id("U2"), id("U3")]);
        assert_eq!(shown(&mut strangers, &first), []);
        let mut labelled = message("U2");
        labelled.mention_names = [("U3".to_owned(), "cat".to_owned()), ("U4".to_owned(), "dan".to_owned())].into();
        assert_eq!(shown(&mut strangers, &labelled), []);
        assert_eq!(shown(&mut strangers, &first), [("U3".to_owned(), Some("cat".to_owned()), None)]);
        strangers.note_profile(r#"{"user" : "U2", "user_profile": {"real_name": "Bo &amp; Co", "name": "bo"}}"#);
        let bo = ("U2".to_owned(), Some("bo".to_owned()), Some("Bo & Co".to_owned()));
        assert_eq!(shown(&mut strangers, &message("U2")), [bo]);
        strangers.note_profile(r#"{"user": "U2", "user_profile": {"real_name": "Other"}}"#);
        assert_eq!(shown(&mut strangers, &message("U2")), []);
        // Somebody who was only mentioned before is called by the label.
        assert_eq!(shown(&mut strangers, &message("U4")), [("U4".to_owned(), Some("dan".to_owned()), None)]);
    }
}
