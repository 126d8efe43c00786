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

    fn insert(&mut self, id: &str) -> bool {
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

impl SlackUser<'_> {
    /// The address. What has no `@` is no address.
    fn email(&self) -> Option<&str> {
        self.profile.0.email.get().map(str::trim).filter(|email| email.contains('@'))
    }

    /// The username: the name, else what the profile has of one.
    fn username(&self) -> Option<String> {
        let profile = &self.profile.0;
        let names = [self.name.get(), profile.display_name.get(), profile.real_name.get(), self.real_name.get()];
        let local_part = self.email().and_then(|email| email.split('@').next());
        let mut names = names.into_iter().chain([local_part]).flatten().map(str::trim);
        names.find(|name| !name.is_empty()).map(str::to_owned)
    }

    fn roles(&self) -> Vec<String> {
        let role = if self.is_bot.is_set() {
            "bot"
        } else if self.is_restricted.is_set() || self.is_ultra_restricted.is_set() {
            "guest"
        } else {
            return Vec::new();
        };
        vec![role.to_owned()]
    }
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
            let data = json!({ "importIds": [], "emails": Vec::from_iter(user.email()), "username": user.name.get() });
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
        Ok(Converted::Record(Record::User(ImportUser {
            import_ids: vec![id.to_owned()],
            emails: Vec::from_iter(user.email().map(str::to_owned)),
            username: user.username(),
            name: profile.real_name.get().or(user.real_name.get()).map(unescaped),
            user_type: if bot { UserType::Bot } else { UserType::User },
            roles: user.roles(),
            utc_offset: user.tz_offset.0.map(|seconds| seconds / 3600.0).filter(|hours| hours.abs() <= 24.0),
            avatar_url: profile.image_original.to_owned().or_else(|| profile.image_512.to_owned()),
            deleted: user.deleted.0,
            status_text: profile.status_text.get().map(unescaped),
            bio: profile.title.get().map(unescaped),
            ..ImportUser::default()
        })))
    }
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
