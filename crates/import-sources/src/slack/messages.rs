//! `<channel>/<YYYY-MM-DD>.json`: the messages of one room.

use std::collections::{BTreeMap, HashSet};

use import_proto::{ImportMessage, ImportReaction};
use serde::Deserialize;
use serde_json::value::RawValue;
use serde_json::{Value, json};

use super::SlackSource;
use super::attachments::{attachments, pinned};
use super::files::{SharedFile, shared_files};
use super::rich_text::blocks_text;
use super::subtypes::{Changed, Meaning};
use super::tallies::Tallies;
use super::text::{Mentioned, emoji_name, message_text, unescaped};
use super::timestamps::SlackTime;
use super::users::{ROCKET_CAT, person};
use crate::json::{List, Number, Object, Text, Unusable, object};
use crate::recent::Recent;

/// An entry of a file of messages.
#[derive(Default, Deserialize)]
#[serde(default)]
struct SlackMessage<'a> {
    #[serde(borrow, rename = "type")]
    sort: Text<'a>,
    #[serde(borrow)]
    subtype: Text<'a>,
    #[serde(borrow)]
    ts: Text<'a>,
    #[serde(borrow)]
    user: Text<'a>,
    #[serde(borrow)]
    text: Text<'a>,
    #[serde(borrow)]
    username: Text<'a>,
    #[serde(borrow)]
    bot_id: Text<'a>,
    #[serde(borrow)]
    bot_profile: Object<Named<'a>>,
    #[serde(borrow)]
    icons: Object<Icons<'a>>,
    #[serde(borrow)]
    thread_ts: Text<'a>,
    reply_count: Number,
    #[serde(borrow)]
    reply_users: List<Text<'a>>,
    #[serde(borrow)]
    replies: List<Object<UserAndTime<'a>>>,
    #[serde(borrow)]
    latest_reply: Text<'a>,
    #[serde(borrow)]
    edited: Object<UserAndTime<'a>>,
    #[serde(borrow)]
    reactions: List<Object<Reaction<'a>>>,
    #[serde(borrow)]
    purpose: Text<'a>,
    #[serde(borrow)]
    topic: Text<'a>,
    #[serde(borrow)]
    name: Text<'a>,
    #[serde(borrow)]
    item: Option<&'a RawValue>,
    #[serde(borrow)]
    file: Option<&'a RawValue>,
    #[serde(borrow)]
    files: Option<&'a RawValue>,
    #[serde(borrow)]
    attachments: Option<&'a RawValue>,
    #[serde(borrow)]
    blocks: Option<&'a RawValue>,
}

#[derive(Default, Deserialize)]
#[serde(default)]
struct Named<'a> {
    #[serde(borrow)]
    name: Text<'a>,
}

#[derive(Default, Deserialize)]
#[serde(default)]
struct Icons<'a> {
    #[serde(borrow)]
    emoji: Text<'a>,
}

#[derive(Default, Deserialize)]
#[serde(default)]
struct UserAndTime<'a> {
    #[serde(borrow)]
    user: Text<'a>,
    #[serde(borrow)]
    ts: Text<'a>,
}

#[derive(Default, Deserialize)]
#[serde(default)]
struct Reaction<'a> {
    #[serde(borrow)]
    name: Text<'a>,
    #[serde(borrow)]
    users: List<Text<'a>>,
}

/// Makes messages of the entries of one room's files.
pub(super) struct Messages<'a> {
    source: &'a SlackSource,
    rid: &'a str,
    /// What stands before the time in the ids of the room's messages.
    id_prefix: String,
    /// Times of messages, which are their ids.
    times: Recent,
    pub(super) tallies: Tallies,
}

/// A message and its time to the microsecond.
pub(super) struct Made {
    pub(super) time: SlackTime,
    pub(super) message: ImportMessage,
}

impl<'a> Messages<'a> {
    pub(super) fn new(source: &'a SlackSource, rid: &'a str) -> Self {
        let id_prefix = format!("slack-{rid}-");
        Self { source, rid, id_prefix, times: Recent::default(), tallies: Tallies::default() }
    }

    /// Adds the messages that an element stands for: none, one, or one more for each file.
    pub(super) fn convert(&mut self, element: &str, made: &mut Vec<Made>) -> Result<(), Unusable> {
        let mut mended = String::new();
        let message: SlackMessage<'_> = object(element, &mut mended)?;
        let subtype = message.subtype.get().unwrap_or_default();
        let meaning = Meaning::of(subtype);
        if message.sort.get().is_some_and(|sort| sort != "message") {
            self.tallies.left_out(&message.sort.0, true);
            return Ok(());
        }
        if meaning == Meaning::Ignored {
            self.tallies.left_out(subtype, true);
            return Ok(());
        }
        let known = meaning != Meaning::Unknown;
        let failed = |reason: String| Unusable::new(reason, self.shown(&message));
        let Some(time) = SlackTime::parse(&message.ts.0) else {
            let what = match message.ts.get() {
                Some(ts) => format!("{ts:?} is no time in seconds from 1970 to 2099"),
                None => "the message has no ts".to_owned(),
            };
            return Err(failed(format!("importer-message-invalid-timestamp: {what}")));
        };
        let Some(author) = author(&message) else {
            return Err(failed("importer-message-unknown-user: the message names no author".to_owned()));
        };

        let mut mentioned = Mentioned::default();
        let text = self.text(&message, meaning, &mut mentioned);
        let own = self.own(&message, meaning, &mut mentioned);
        let id = format!("{}{time}", self.id_prefix);
        let files = self.files(&message, &id);
        if !known && text.is_empty() && own.is_empty() && files.is_empty() {
            self.tallies.left_out(subtype, false);
            return Ok(());
        }
        if self.times.seen_before(time.micros() as u64) > 0 {
            let reason = format!("another message of the room has the ts {} too", message.ts.0);
            return Err(Unusable::new(reason, self.shown(&message)));
        }
        self.tallies.kept(subtype, known);

        let ts = time.iso().ok_or_else(|| Unusable::new("importer-message-invalid-timestamp", json!({})))?;
        let thread = Thread::of(&message, time);
        let tmid = match &thread {
            Thread::In(root) => Some(format!("{}{root}", self.id_prefix)),
            _ => None,
        };
        let new = |id: String, text: String| {
            let mut new = ImportMessage::new(id, self.rid.to_owned(), author.to_owned(), text, ts);
            new.alias = self.alias(&message, meaning);
            new.bot = meaning == Meaning::OfProgram;
            new.emoji = message.icons.0.emoji.get().map(emoji_name);
            new.tmid = tmid.clone();
            new
        };
        let alone = files.is_empty() || !text.is_empty() || !own.is_empty() || matches!(thread, Thread::Root { .. });
        if alone {
            let mut new = new(id.clone(), text);
            match meaning {
                Meaning::Membership(system) => {
                    new.system_type = Some(system.to_owned());
                    new.groupable = Some(false);
                }
                Meaning::Changed(system, _) => new.system_type = Some(system.to_owned()),
                Meaning::Pinned => new.system_type = Some("message_pinned".to_owned()),
                _ => {}
            }
            new.attachments = own;
            if let Thread::Root { users, count, latest } = thread {
                (new.replies, new.tcount) = (users, Some(count));
                new.tlm = latest.and_then(SlackTime::iso);
            }
            (new.mentions, new.channels) = (mentioned.users, mentioned.rooms);
            add_afterwards(&mut new, &message);
            made.push(Made { time, message: new });
        }
        for (number, file) in (1..).zip(files) {
            let mut new = match message.files {
                Some(_) => new(format!("{id}-file{number}"), String::new()),
                None => new(format!("{id}-fileshare"), String::new()),
            };
            new.hidden = file.attachment.is_none();
            new.attachments = Vec::from_iter(file.attachment);
            new.url = file.page;
            new.import_file = Some(file.pending);
            if !alone && number == 1 {
                add_afterwards(&mut new, &message);
            }
            made.push(Made { time, message: new });
        }
        Ok(())
    }

    /// The text in Markdown.
    fn text(&self, message: &SlackMessage<'_>, meaning: Meaning, mentioned: &mut Mentioned) -> String {
        let rooms = &self.source.rooms;
        let value = match meaning {
            Meaning::Changed(_, Changed::Description) => message.purpose.get(),
            Meaning::Changed(_, Changed::Topic) => message.topic.get(),
            Meaning::Changed(_, Changed::Name) => message.name.get(),
            _ => None,
        };
        match (value.or(message.text.get()), message.blocks) {
            // Converted together with the underscores, so that a mention at the end is kept apart from them.
            (Some(text), _) if meaning == Meaning::OfOneself => message_text(&format!("_{text}_"), rooms, mentioned),
            (Some(text), _) => message_text(text, rooms, mentioned),
            (None, Some(blocks)) => blocks_text(blocks.get(), rooms, mentioned),
            (None, None) => String::new(),
        }
    }

    /// The attachments.
    fn own(&self, message: &SlackMessage<'_>, meaning: Meaning, mentioned: &mut Mentioned) -> Vec<Value> {
        let rooms = &self.source.rooms;
        let raw = |value: Option<&'_ RawValue>| value.map_or("null", RawValue::get).to_owned();
        match (meaning, message.attachments) {
            (Meaning::Pinned, list) => Vec::from_iter(pinned(&raw(list), &raw(message.item), rooms, mentioned)),
            (_, Some(list)) => attachments(list.get(), rooms, mentioned),
            (_, None) => Vec::new(),
        }
    }

    fn files(&self, message: &SlackMessage<'_>, id: &str) -> Vec<SharedFile> {
        let read = |value: &RawValue| serde_json::from_str(value.get()).unwrap_or_default();
        let files = match (message.files, message.file) {
            (Some(files), _) => match read(files) {
                Value::Array(files) => files,
                _ => Vec::new(),
            },
            (None, Some(file)) if message.subtype.get() == Some("file_share") => vec![read(file)],
            _ => Vec::new(),
        };
        shared_files(files, id, |file| self.source.upload(file))
    }

    /// The name shown instead of the author's, for what programs write.
    fn alias(&self, message: &SlackMessage<'_>, meaning: Meaning) -> Option<String> {
        let named = message.username.get().filter(|name| !name.starts_with("<@"));
        let by_user = message.user.get().is_some();
        if by_user && meaning != Meaning::OfProgram {
            return None;
        }
        let name = named.or_else(|| message.bot_profile.0.name.get().filter(|_| !by_user));
        let known = || self.source.bot_names().get(message.bot_id.get().filter(|_| !by_user)?);
        name.or_else(known).map(unescaped)
    }

    /// What could be read of a message of which no record can be made.
    fn shown(&self, message: &SlackMessage<'_>) -> Value {
        json!({
            "rid": self.rid,
            "u": { "_id": person(&message.user.0) },
            "ts": message.ts.get(),
            "msg": message.text.0,
        })
    }
}

/// The import id of the author. What programs and Slack itself write without one is by `rocket.cat`.
fn author<'m>(message: &'m SlackMessage<'_>) -> Option<&'m str> {
    let by_program = [&message.bot_id, &message.username, &message.bot_profile.0.name, &message.subtype]
        .into_iter()
        .any(|sign| sign.get().is_some());
    message.user.get().map(person).or(by_program.then_some(ROCKET_CAT))
}

/// Where a message stands in a thread.
enum Thread {
    None,
    Root {
        users: Vec<String>,
        count: u64,
        latest: Option<SlackTime>,
    },
    /// In the thread of the message with this time.
    In(SlackTime),
}

impl Thread {
    fn of(message: &SlackMessage<'_>, time: SlackTime) -> Self {
        let replies = &message.replies.0;
        match SlackTime::parse(&message.thread_ts.0) {
            Some(root) if root != time => return Self::In(root),
            _ => {}
        }
        let count = message.reply_count.count().unwrap_or_default().max(replies.len() as u64);
        if count == 0 {
            return Self::None;
        }
        let mut users = each_person(message.reply_users.0.iter());
        if users.is_empty() {
            users = each_person(replies.iter().map(|reply| &reply.0.user));
        }
        let latest = SlackTime::parse(&message.latest_reply.0)
            .or_else(|| replies.iter().filter_map(|reply| SlackTime::parse(&reply.0.ts.0)).max());
        Self::Root { users, count, latest }
    }
}

/// What was done to a message once it was written: edits and reactions.
fn add_afterwards(new: &mut ImportMessage, message: &SlackMessage<'_>) {
    if let Some(edited) = SlackTime::parse(&message.edited.0.ts.0) {
        new.edited_at = edited.iso();
        new.edited_by = message.edited.0.user.get().map(|user| person(user).to_owned());
    }
    let mut reactions: BTreeMap<String, Vec<&Text<'_>>> = BTreeMap::new();
    for Object(reaction) in &message.reactions.0 {
        if let Some(name) = reaction.name.get() {
            reactions.entry(emoji_name(name)).or_default().extend(&reaction.users.0);
        }
    }
    let reactions = reactions.into_iter().map(|(name, users)| {
        let users = each_person(users.into_iter());
        (name.clone(), ImportReaction { name, users })
    });
    new.reactions = reactions.filter(|(_, reaction)| !reaction.users.is_empty()).collect();
}

/// Import ids of people, each once.
fn each_person<'m>(ids: impl Iterator<Item = &'m Text<'m>>) -> Vec<String> {
    let mut seen = HashSet::new();
    ids.filter_map(Text::get).map(person).filter(|id| seen.insert(*id)).map(str::to_owned).collect()
}
