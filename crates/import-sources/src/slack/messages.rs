//! `<channel>/<YYYY-MM-DD>.json`: the messages of one room.

use std::collections::{BTreeMap, HashSet};

use import_proto::{ImportMessage, ImportReaction, ImportUser};
use serde::Deserialize;
use serde_json::value::RawValue;
use serde_json::{Value, json};

use super::SlackSource;
use super::attachments::{attachments, pinned};
use super::files::{SharedFile, shared_files};
use super::rich_text::blocks_text;
use super::strangers::{Profile, Strangers};
use super::subtypes::{Changed, Meaning};
use super::text::{Mentioned, emoji_name, message_text, unescaped};
use super::timestamps::SlackTime;
use super::users::{ROCKET_CAT, person};
use crate::json::{List, Number, Object, Text, Unusable, object};
use crate::recent::Recent;
use crate::stable_id::quick_hash;
use crate::tallies::Tallies;
use crate::windows::Made;

/// How many files a message can share: each becomes a message.
const MOST_FILES: usize = 1_000;

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
    user_profile: Object<UserProfile<'a>>,
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

/// What a message says of its author, where the author is of another workspace.
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
    image_72: Text<'a>,
}

impl UserProfile<'_> {
    fn profile(&self) -> Profile<'_> {
        let username = self.name.get().or(self.display_name.get());
        Profile {
            username,
            name: self.real_name.get().or(self.display_name.get()),
            avatar_url: self.image_original.get().or(self.image_512.get()).or(self.image_72.get()),
        }
    }
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
    /// Their texts as they stand in the files.
    texts: Recent,
    pub(super) tallies: Tallies,
    /// People that no list has and that the messages converted last name.
    pub(super) strangers: Vec<ImportUser>,
    met: Strangers<'a>,
}

impl<'a> Messages<'a> {
    pub(super) fn new(source: &'a SlackSource, rid: &'a str) -> Self {
        let id_prefix = format!("slack-{rid}-");
        Self {
            source,
            rid,
            id_prefix,
            times: Recent::default(),
            texts: Recent::default(),
            tallies: Tallies::default(),
            strangers: Vec::new(),
            met: Strangers::new(&source.listed),
        }
    }

    /// Adds the messages that an element stands for: none, one, or one more for each file.
    pub(super) fn convert(&mut self, element: &str, made: &mut Vec<Made>) -> Result<(), Unusable> {
        let mut mended = String::new();
        let message: SlackMessage<'_> = object(element, &mut mended)?;
        let subtype = message.subtype.get().unwrap_or_default();
        let meaning = Meaning::of(subtype);
        if let Some(other) = message.sort.get().filter(|sort| *sort != "message") {
            self.tallies.left_out(other, true);
            return Ok(());
        }
        if meaning == Meaning::Ignored {
            self.tallies.left_out(subtype, true);
            return Ok(());
        }
        let time = time(&message).map_err(|reason| Unusable::new(reason, self.shown(&message)))?;
        let author = author(&message).map_err(|reason| Unusable::new(reason, self.shown(&message)))?;
        let content = self.content(&message, meaning, time);
        let known = meaning != Meaning::Unknown;
        if !known && content.is_empty() {
            self.tallies.left_out(subtype, false);
            return Ok(());
        }
        if content.files.len() > MOST_FILES {
            let reason =
                format!("the message shares too many files: {}, and {MOST_FILES} are allowed", content.files.len());
            return Err(Unusable::new(reason, self.shown(&message)));
        }
        let copy = self.texts.seen_before(quick_hash(element)) > 0;
        if self.times.seen_before(time.micros() as u64) > 0 {
            if copy {
                // It says nothing that the first one does not say.
                self.tallies.left_out(subtype, true);
                return Ok(());
            }
            let reason = format!("another message of the room has the same ts: {}", message.ts.0);
            return Err(Unusable::new(reason, self.shown(&message)));
        }
        self.tallies.kept(subtype, known);
        self.meet_strangers(&message, author);
        let messages = self.make(&message, meaning, time, author, content);
        made.extend(messages.map(|message| Made { micros: time.micros(), message, pair: None }));
        Ok(())
    }

    /// Notes everybody whom the message names and no list has.
    fn meet_strangers(&mut self, message: &SlackMessage<'_>, author: &str) {
        let replies = message.replies.0.iter().map(|reply| &reply.0.user);
        let reactors = message.reactions.0.iter().flat_map(|reaction| &reaction.0.users.0);
        let others = message.reply_users.0.iter().chain(replies).chain(reactors).chain([&message.edited.0.user]);
        let others = others.filter_map(Text::get).map(|id| (person(id), Profile::default()));
        let people = std::iter::once((author, message.user_profile.0.profile())).chain(others);
        self.strangers.extend(people.filter_map(|(id, profile)| self.met.meet(id, profile)));
    }

    fn content(&self, message: &SlackMessage<'_>, meaning: Meaning, time: SlackTime) -> Content {
        let mut mentioned = Mentioned::default();
        let text = self.text(message, meaning, &mut mentioned);
        let attachments = self.attachments(message, meaning, &mut mentioned);
        Content { text, attachments, files: self.files(message, &self.id(time)), mentioned }
    }

    /// The messages of which one that is to be kept consists: its own, unless it is nothing but files, and one for each
    /// file.
    fn make(
        &self,
        message: &SlackMessage<'_>,
        meaning: Meaning,
        time: SlackTime,
        author: &str,
        content: Content,
    ) -> impl Iterator<Item = ImportMessage> + use<> {
        let Content { text, attachments, files, mentioned } = content;
        let Thread { first, replies, users, latest } = Thread::of(message, time);
        let mut of_all =
            ImportMessage::new(String::new(), self.rid.to_owned(), author.to_owned(), String::new(), time.iso());
        of_all.alias = self.alias(message, meaning);
        of_all.bot = meaning == Meaning::OfProgram;
        of_all.emoji = message.icons.0.emoji.get().map(emoji_name);
        of_all.tmid = first.map(|first| self.id(first));

        // A thread needs its first message, even if there is nothing in it.
        let has_own = files.is_empty() || !text.is_empty() || !attachments.is_empty() || replies > 0;
        let mut from_files: Vec<_> = files
            .into_iter()
            .map(|(id, file)| ImportMessage {
                id,
                hidden: file.attachment.is_none(),
                attachments: Vec::from_iter(file.attachment),
                url: file.page,
                import_file: Some(file.pending),
                ..of_all.clone()
            })
            .collect();
        let mut own = has_own.then(|| ImportMessage {
            id: self.id(time),
            msg: text,
            system_type: meaning.system_type().map(str::to_owned),
            groupable: matches!(meaning, Meaning::Membership(_)).then_some(false),
            attachments,
            tcount: (replies > 0).then_some(replies),
            tlm: latest.map(SlackTime::iso),
            replies: users,
            mentions: mentioned.users,
            channels: mentioned.rooms,
            ..of_all
        });
        if let Some(first) = own.as_mut().or(from_files.first_mut()) {
            add_afterwards(first, message);
        }
        own.into_iter().chain(from_files)
    }

    /// The id of the message with this time.
    fn id(&self, time: SlackTime) -> String {
        format!("{}{time}", self.id_prefix)
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

    /// The attachments; of a pin, what was pinned.
    fn attachments(&self, message: &SlackMessage<'_>, meaning: Meaning, mentioned: &mut Mentioned) -> Vec<Value> {
        let rooms = &self.source.rooms;
        match (meaning, message.attachments) {
            (Meaning::Pinned, list) => {
                let [list, item] = [list, message.item].map(|value| value.map_or("null", RawValue::get));
                Vec::from_iter(pinned(list, item, rooms, mentioned))
            }
            (_, Some(list)) => attachments(list.get(), rooms, mentioned),
            (_, None) => Vec::new(),
        }
    }

    /// The files, each with the id of its message.
    fn files(&self, message: &SlackMessage<'_>, id: &str) -> Vec<(String, SharedFile)> {
        let read = |value: Option<&RawValue>| value.and_then(|value| serde_json::from_str(value.get()).ok());
        let shared = |files: Vec<Value>| shared_files(files, id, |file, name| self.source.upload(file, name));
        let files = match read(message.files) {
            Some(Value::Array(files)) => shared(files),
            _ => Vec::new(),
        };
        if files.is_empty() && message.subtype.get() == Some("file_share") {
            let file = Vec::from_iter(read(message.file));
            return shared(file).into_iter().map(|file| (format!("{id}-fileshare"), file)).collect();
        }
        (1..).zip(files).map(|(number, file): (u32, _)| (format!("{id}-file{number}"), file)).collect()
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

/// What is in a message.
struct Content {
    text: String,
    attachments: Vec<Value>,
    /// Each with the id of its message.
    files: Vec<(String, SharedFile)>,
    mentioned: Mentioned,
}

impl Content {
    fn is_empty(&self) -> bool {
        self.text.is_empty() && self.attachments.is_empty() && self.files.is_empty()
    }
}

/// When the message was written, or why that is not known.
fn time(message: &SlackMessage<'_>) -> Result<SlackTime, String> {
    SlackTime::parse(&message.ts.0).ok_or_else(|| {
        let what = match message.ts.get() {
            Some(ts) => format!("{ts:?} is no time in seconds from 1970 to 2099"),
            None => "the message has no ts".to_owned(),
        };
        format!("importer-message-invalid-timestamp: {what}")
    })
}

/// The import id of the author. What programs and Slack itself write without one is by `rocket.cat`.
fn author<'m>(message: &'m SlackMessage<'_>) -> Result<&'m str, String> {
    let by_program = [&message.bot_id, &message.username, &message.bot_profile.0.name, &message.subtype]
        .into_iter()
        .any(|sign| sign.get().is_some());
    let author = message.user.get().map(person).or(by_program.then_some(ROCKET_CAT));
    author.ok_or_else(|| "importer-message-unknown-user: the message names no author".to_owned())
}

/// Where a message stands in a thread.
#[derive(Default)]
struct Thread {
    /// The time of the thread's first message, for the others.
    first: Option<SlackTime>,
    /// For the first: how many replied, who, and when last.
    replies: u64,
    users: Vec<String>,
    latest: Option<SlackTime>,
}

impl Thread {
    fn of(message: &SlackMessage<'_>, time: SlackTime) -> Self {
        let first = SlackTime::parse(&message.thread_ts.0).filter(|first| *first != time);
        if first.is_some() {
            return Self { first, ..Self::default() };
        }
        let each = &message.replies.0;
        let replies = message.reply_count.count().filter(|count| *count > 0).unwrap_or(each.len() as u64);
        if replies == 0 {
            return Self::default();
        }
        let mut users = each_person(message.reply_users.0.iter());
        if users.is_empty() {
            users = each_person(each.iter().map(|reply| &reply.0.user));
        }
        let latest = SlackTime::parse(&message.latest_reply.0)
            .or_else(|| each.iter().filter_map(|reply| SlackTime::parse(&reply.0.ts.0)).max());
        Self { first: None, replies, users, latest }
    }
}

/// What was done to a message once it was written: edits and reactions.
fn add_afterwards(new: &mut ImportMessage, message: &SlackMessage<'_>) {
    if let Some(edited) = SlackTime::parse(&message.edited.0.ts.0) {
        new.edited_at = Some(edited.iso());
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
