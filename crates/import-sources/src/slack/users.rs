//! `users.json` and `org_users.json`: people and programs.

use std::collections::{HashMap, HashSet};
use std::hash::{DefaultHasher, Hash, Hasher};

use import_proto::{DataType, ImportUser, Record, UserType};
use serde::Deserialize;
use serde_json::json;

use super::text::unescaped;
use crate::json::{Convert, Converted, Flag, Number, Object, Text, Unusable, object};

/// Slack's own user, which is the workspace's `rocket.cat`.
const SLACKBOT: &str = "USLACKBOT";
pub(super) const ROCKET_CAT: &str = "rocket.cat";

/// The import id of a user whom the export refers to.
pub(super) fn person(id: &str) -> &str {
    if id == SLACKBOT { ROCKET_CAT } else { id }
}

/// An entry of a list of users.
#[derive(Default, Deserialize)]
#[serde(default)]
struct SlackUser<'a> {
    #[serde(borrow)]
    id: Text<'a>,
    #[serde(borrow)]
    name: Text<'a>,
    #[serde(borrow)]
    real_name: Text<'a>,
    deleted: Flag,
    is_bot: Flag,
    is_restricted: Flag,
    is_ultra_restricted: Flag,
    tz_offset: Number,
    #[serde(borrow)]
    profile: Object<Profile<'a>>,
}

#[derive(Default, Deserialize)]
#[serde(default)]
struct Profile<'a> {
    #[serde(borrow)]
    real_name: Text<'a>,
    #[serde(borrow)]
    display_name: Text<'a>,
    #[serde(borrow)]
    email: Text<'a>,
    #[serde(borrow)]
    title: Text<'a>,
    #[serde(borrow)]
    status_text: Text<'a>,
    #[serde(borrow)]
    image_original: Text<'a>,
    #[serde(borrow)]
    image_512: Text<'a>,
    #[serde(borrow)]
    bot_id: Text<'a>,
}

/// Users that were seen, by a hash of their ids.
#[derive(Default)]
pub(super) struct Seen(HashSet<u64>);

impl Seen {
    pub(super) fn is_empty(&self) -> bool {
        self.0.is_empty()
    }

    pub(super) fn insert(&mut self, id: &str) -> bool {
        self.0.insert(hash(id))
    }

    pub(super) fn contains(&self, id: &str) -> bool {
        self.0.contains(&hash(id))
    }

    /// Takes note of an entry of a list that is read before.
    pub(super) fn note(&mut self, element: &str) {
        if let Ok(user) = object::<SlackUser<'_>>(element, &mut String::new()) {
            self.insert(&user.id.0);
        }
    }
}

/// The same in every process.
pub(super) fn hash(id: &str) -> u64 {
    let mut hasher = DefaultHasher::new();
    id.hash(&mut hasher);
    hasher.finish()
}

/// Makes users of the entries of one list.
pub(super) struct Users {
    /// Those of the lists before.
    before: Seen,
    /// Those of this list.
    here: Seen,
}

impl Users {
    pub(super) fn new(before: Seen) -> Self {
        Self { before, here: Seen::default() }
    }
}

impl Convert for Users {
    const DATA_TYPE: DataType = DataType::User;

    fn convert(&mut self, element: &str) -> Result<Converted, Unusable> {
        let mut mended = String::new();
        let user: SlackUser<'_> = object(element, &mut mended)?;
        let profile = &user.profile.0;
        let Some(id) = user.id.get() else {
            let data =
                json!({ "importIds": [], "emails": Vec::from_iter(profile.email.get()), "username": user.name.get() });
            return Err(Unusable::new("the user has no id", data));
        };
        // Everybody in the list of a team may stand in that of the organization too.
        if id == SLACKBOT || self.before.contains(id) {
            return Ok(Converted::Nothing);
        }
        if !self.here.insert(id) {
            let data = json!({ "importIds": [id], "username": user.name.get() });
            return Err(Unusable::new(format!("another user of the list has the same id: {id}"), data));
        }
        let bot = user.is_bot.is_set();
        let guest = user.is_restricted.is_set() || user.is_ultra_restricted.is_set();
        let roles = [(bot, "bot"), (guest && !bot, "guest")].into_iter().filter(|(has, _)| *has);
        let email = profile.email.get().and_then(address);
        Ok(Converted::Record(Record::User(ImportUser {
            import_ids: vec![id.to_owned()],
            emails: Vec::from_iter(email.map(str::to_owned)),
            username: username(&user, email),
            name: profile.real_name.get().or(user.real_name.get()).map(unescaped),
            user_type: if bot { UserType::Bot } else { UserType::User },
            roles: roles.map(|(_, role)| role.to_owned()).collect(),
            utc_offset: user.tz_offset.0.map(|seconds| seconds / 3600.0).filter(|hours| hours.abs() <= 24.0),
            avatar_url: profile.image_original.to_owned().or_else(|| profile.image_512.to_owned()),
            deleted: user.deleted.0,
            status_text: profile.status_text.get().map(unescaped),
            bio: profile.title.get().map(unescaped),
            ..ImportUser::default()
        })))
    }
}

/// An address without the blanks around it. A text that cannot be one is nobody's address: the user is imported without.
fn address(text: &str) -> Option<&str> {
    let text = text.trim();
    let (local, domain) = text.rsplit_once('@')?;
    let plain = !text.contains(|character: char| character.is_whitespace() || character.is_control());
    (plain && !local.is_empty() && !domain.is_empty()).then_some(text)
}

/// What a user is called; where the entry does not say, what the profile or the address says. Who has none of these is
/// called after the id when the user is created.
fn username(user: &SlackUser<'_>, email: Option<&str>) -> Option<String> {
    let profile = &user.profile.0;
    let named = [&user.name, &profile.display_name, &profile.real_name, &user.real_name];
    let name = named.into_iter().filter_map(Text::get).map(str::trim).find(|name| !name.is_empty());
    let local = || email.and_then(|email| email.split('@').next()).map(str::to_owned);
    name.map(unescaped).or_else(local)
}

/// What programs are called, by the ids that their messages carry.
#[derive(Default)]
pub(super) struct BotNames(HashMap<String, String>);

impl BotNames {
    /// Takes note of an entry of a list of users.
    pub(super) fn note(&mut self, element: &str) {
        let mut mended = String::new();
        let Ok(user) = object::<SlackUser<'_>>(element, &mut mended) else { return };
        let name = user.profile.0.real_name.get().or(user.real_name.get()).or(user.name.get());
        if let (Some(id), Some(name)) = (user.profile.0.bot_id.get(), name) {
            self.0.entry(id.to_owned()).or_insert_with(|| unescaped(name));
        }
    }

    pub(super) fn get(&self, bot: &str) -> Option<&str> {
        self.0.get(bot).map(String::as_str)
    }
}
