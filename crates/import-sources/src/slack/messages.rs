//! `<channel>/<YYYY-MM-DD>.json`: the messages of one room.

use std::collections::{BTreeMap, HashSet};

use import_names::emoji::is_standard;
use import_proto::{ImportMessage, ImportReaction, IsoTime, NoticeKind, Notices, Timestamp};
use serde_json::value::RawValue;
use serde_json::{Value, json};

use super::SlackSource;
use super::attachments::{attachments, pinned};
use super::blocks::text_with_blocks;
use super::files::{SharedFile, shared_files};
use super::message::{CommentedFile, SlackMessage, UserAndTime};
use super::rooms::Pin;
use super::subtypes::{Changed, Meaning};
use super::text::{Mentioned, emoji_name, message_text, unescaped};
use super::timestamps::SlackTime;
use super::users::{ROCKET_CAT, person};
use super::versions::{Standing, Version, Versions};
use crate::json::{List, Object, Text, Unusable, object, value};
use crate::stable_id::{TextHash, push_digits, quick_hash};
use crate::tallies::Tallies;
use crate::windows::Made;

/// How many files a message can share: each becomes a message.
const MOST_FILES: usize = 1_000;

/// Makes messages of the entries of one room's files.
pub(super) struct Messages<'a> {
    source: &'a SlackSource,
    rid: &'a str,
    /// The folder that the room's files lie in.
    pub(super) folder: &'a str,
    /// What stands before the time in the ids of the room's messages.
    id_prefix: String,
    /// The room's pinned messages, as the list of rooms has them.
    pins: &'a [Pin],
    versions: Versions,
    pub(super) tallies: Tallies,
    pub(super) notices: Notices,
}

impl<'a> Messages<'a> {
    pub(super) fn new(source: &'a SlackSource, rid: &'a str) -> Self {
        Self {
            source,
            rid,
            folder: "",
            id_prefix: format!("slack-{rid}-"),
            pins: source.rooms.pins(rid),
            versions: Versions::default(),
            tallies: Tallies::default(),
            notices: Notices::default(),
        }
    }

    /// Adds the messages that an element stands for: none, one, or one more for each file.
    pub(super) fn convert(&mut self, element: &str, made: &mut Vec<Made>) -> Result<(), Unusable> {
        let mut mended = String::new();
        let message: SlackMessage<'_> = object(element, &mut mended)?;
        let subtype = message.subtype.get().unwrap_or_default();
        if let Some(other) = message.sort.get().filter(|sort| *sort != "message") {
            self.tallies.left_out(other, true);
            return Ok(());
        }
        match Meaning::of(subtype) {
            Meaning::Ignored if !message.begins_thread() => self.tallies.left_out(subtype, true),
            Meaning::Broadcast if !message.begins_thread() => {
                show_in_room(&message, made);
                self.tallies.left_out(subtype, true);
            }
            Meaning::Deletion => {
                self.notices.add(NoticeKind::DeletedMessages, "", 1);
                self.tallies.left_out(subtype, true);
            }
            Meaning::Edit => return self.add_edited(&message, made),
            meaning => drop(self.add(&message, meaning, subtype, made)?),
        }
        Ok(())
    }

    /// Adds the version of a message that an edit holds. The text before the edit is left out.
    fn add_edited(&mut self, edit: &SlackMessage<'_>, made: &mut Vec<Made>) -> Result<(), Unusable> {
        const SUBTYPE: &str = "message_changed";
        let mut mended = String::new();
        let edited = edit.message.map(|message| object::<SlackMessage<'_>>(message.get(), &mut mended));
        let Some(Ok(edited)) = edited else {
            self.tallies.left_out(SUBTYPE, true);
            return Ok(());
        };
        let meaning = match Meaning::of(edited.subtype.get().unwrap_or_default()) {
            Meaning::Edit | Meaning::Deletion => Meaning::Message,
            meaning => meaning,
        };
        let standing = self.add(&edited, meaning, SUBTYPE, made)?;
        match edit.previous_message.0.text.get().filter(|before| Some(*before) != edited.text.get()) {
            Some(_) if meaning == Meaning::Deleted => self.notices.add(NoticeKind::DeletedMessages, "", 1),
            Some(_) => self.notices.add(NoticeKind::EarlierTexts, "", 1),
            None => self.note_earlier_text(standing),
        }
        Ok(())
    }

    fn note_earlier_text(&mut self, standing: Option<Standing>) {
        if let Some(Standing::Newer(true) | Standing::Older(true)) = standing {
            self.notices.add(NoticeKind::EarlierTexts, "", 1);
        }
    }

    /// Adds a message, unless there is nothing in it or a newer version of it is there. It is counted under `subtype`.
    fn add(
        &mut self,
        message: &SlackMessage<'_>,
        meaning: Meaning,
        subtype: &str,
        made: &mut Vec<Made>,
    ) -> Result<Option<Standing>, Unusable> {
        let time = time(message).map_err(|reason| Unusable::new(reason, self.shown(message)))?;
        let author = self.author(message, meaning).map_err(|reason| Unusable::new(reason, self.shown(message)))?;
        let mut content = self.content(message, meaning, time);
        let known = meaning != Meaning::Unknown;
        if content.is_empty() && message.begins_thread() {
            content.text = without_words(message).to_owned();
        } else if content.is_empty() && matches!(meaning, Meaning::Unknown | Meaning::Comment) {
            self.tallies.left_out(subtype, known);
            return Ok(None);
        }
        if content.files.len() > MOST_FILES {
            let reason =
                format!("the message shares too many files: {}, and {MOST_FILES} are allowed", content.files.len());
            return Err(Unusable::new(reason, self.shown(message)));
        }
        let (standing, key, id) = self.standing(message, meaning, time, &author, &content);
        let again = match standing {
            Standing::First => {
                self.tallies.kept(subtype, known);
                false
            }
            Standing::Newer(_) => {
                self.tallies.left_out(subtype, true);
                let before = made.len();
                made.retain(|made| made.key != key);
                made.len() == before
            }
            Standing::Older(_) | Standing::Another => {
                self.tallies.left_out(subtype, true);
                if subtype != "message_changed" {
                    self.note_earlier_text(Some(standing));
                }
                return Ok(Some(standing));
            }
        };
        if subtype != "message_changed" {
            self.note_earlier_text(Some(standing));
        }
        let messages = self.make(message, meaning, time, id, author, content);
        made.extend((0..).zip(messages).map(|(nth, mut message)| {
            if again && let Some(ts) = Timestamp::from_millis(message.ts.0.as_millis() + nth) {
                message.ts = IsoTime(ts);
            }
            Made { micros: time.micros(), key, message, pair: None, again }
        }));
        Ok(Some(standing))
    }

    /// What the message is among those with its `ts`, the key of its versions, and its id.
    ///
    /// The first message with a `ts` has the id that follows from it. Behind the id of another one, which a different person
    /// wrote or which says something else without being an edit, stands a hash of its author and its words.
    fn standing(
        &mut self,
        message: &SlackMessage<'_>,
        meaning: Meaning,
        time: SlackTime,
        author: &Author<'_>,
        content: &Content,
    ) -> (Standing, u64, String) {
        let alias = author.alias.as_deref().unwrap_or_default();
        let shared = content.shared();
        let edited = SlackTime::parse(&message.edited.0.ts.0).map_or(0, SlackTime::micros);
        let reactions = message.reactions.0.iter().map(|reaction| reaction.0.users.0.len() as u64).sum::<u64>();
        let replies = message.reply_count.count().unwrap_or_default().min(1 << 32);
        let fetched = content.files.iter().filter(|(_, file)| file.pending.download_url.is_some()).count() as u64;
        let broadcast = message.subtype.get() == Some("thread_broadcast");
        let version = Version {
            author: quick_hash(author.id),
            text: quick_hash(&content.text),
            shared: if shared.is_empty() { 0 } else { quick_hash(&shared) },
            edited: if meaning == Meaning::Deleted { Version::DELETED } else { edited },
            added: reactions + replies + fetched + u64::from(broadcast),
        };
        let (key, id) = (time.micros() as u64, self.id(time));
        let standing = self.versions.compare(key, version);
        if standing != Standing::Another {
            return (standing, key, id);
        }
        let mut hash = TextHash::new();
        [author.id, alias, &content.text, &shared].into_iter().for_each(|text| hash.add(text));
        let hash = hash.finish();
        let mut id = id + "-";
        push_digits(&mut id, hash, 8);
        let key = key ^ hash;
        (self.versions.compare(key, version), key, id)
    }

    fn content(&self, message: &SlackMessage<'_>, meaning: Meaning, time: SlackTime) -> Content {
        let mut mentioned = Mentioned::default();
        let text = self.text(message, meaning, &mut mentioned);
        let (attachments, shared) = self.attachments(message, meaning, &mut mentioned);
        if !mentioned.names.is_empty() {
            mentioned.names.retain(|id, _| !self.source.knows(id));
        }
        Content { text, attachments, files: self.files(message, shared, &self.id(time)), mentioned }
    }

    /// The messages of which one that is to be kept consists: its own, unless it is nothing but files, and one for each
    /// file.
    fn make(
        &mut self,
        message: &SlackMessage<'_>,
        meaning: Meaning,
        time: SlackTime,
        id: String,
        author: Author<'_>,
        content: Content,
    ) -> impl Iterator<Item = ImportMessage> + use<> {
        let Content { text, attachments, files, mentioned } = content;
        let Thread { first, replies, users, latest } = Thread::of(message, time);
        let mut of_all =
            ImportMessage::new(String::new(), self.rid.to_owned(), author.id.to_owned(), String::new(), time.iso());
        of_all.alias = author.alias;
        of_all.bot = meaning == Meaning::OfProgram;
        of_all.emoji = message.icons.0.emoji.get().map(emoji_name);
        of_all.tshow = first.is_some() && message.subtype.get() == Some("thread_broadcast");
        of_all.tmid = first.map(|first| self.id(first));

        let has_own = files.is_empty() || !text.is_empty() || !attachments.is_empty();
        let mut from_files: Vec<_> = files
            .into_iter()
            .map(|(ending, file)| ImportMessage {
                id: format!("{id}{ending}"),
                hidden: file.attachment.is_none(),
                attachments: Vec::from_iter(file.attachment),
                url: file.page,
                import_file: Some(file.pending),
                ..of_all.clone()
            })
            .collect();
        let mut own = has_own.then(|| ImportMessage {
            id,
            msg: text,
            system_type: meaning.system_type().map(str::to_owned),
            groupable: matches!(meaning, Meaning::Membership(_)).then_some(false),
            attachments,
            mentions: mentioned.users,
            channels: mentioned.rooms,
            mention_names: mentioned.names,
            ..of_all
        });
        if let Some(first) = own.as_mut().or(from_files.first_mut()) {
            first.tcount = (replies > 0).then_some(replies);
            first.tlm = latest.map(SlackTime::iso);
            first.replies = users;
            if replies > 0 {
                show_as_root(first);
            }
            self.add_afterwards(first, message, time);
        }
        own.into_iter().chain(from_files)
    }

    /// The id of the message with this time.
    fn id(&self, time: SlackTime) -> String {
        format!("{}{time}", self.id_prefix)
    }

    /// The text in Markdown.
    fn text(&self, message: &SlackMessage<'_>, meaning: Meaning, mentioned: &mut Mentioned) -> String {
        let value = match meaning {
            Meaning::Changed(_, Changed::Description) => message.purpose.get(),
            Meaning::Changed(_, Changed::Topic) => message.topic.get(),
            Meaning::Changed(_, Changed::Name) => message.name.get(),
            Meaning::Comment => message.comment.0.comment.get().or_else(|| Some(commented(message.text.get()?))),
            _ => None,
        };
        if let Some(value) = value {
            return message_text(value, mentioned);
        }
        let text = message.text.get().unwrap_or_default();
        if let Some(file) = message.file.filter(|_| message.subtype.get() == Some("file_share")) {
            let file: Object<CommentedFile<'_>> = serde_json::from_str(file.get()).unwrap_or_default();
            if let Some(text) = own_words(text, file.0.initial_comment.0.comment.get()) {
                return message_text(&text, mentioned);
            }
        }
        let blocks = message.blocks.map(RawValue::get);
        // Converted together with the underscores, so that a mention at the end is kept apart from them.
        match meaning {
            Meaning::OfOneself if !text.is_empty() => text_with_blocks(&format!("_{text}_"), blocks, mentioned),
            _ => text_with_blocks(text, blocks, mentioned),
        }
    }

    /// The attachments, and the files that they share; of a pin, what was pinned.
    fn attachments(
        &self,
        message: &SlackMessage<'_>,
        meaning: Meaning,
        mentioned: &mut Mentioned,
    ) -> (Vec<Value>, Vec<Value>) {
        match (meaning, message.attachments) {
            (Meaning::Pinned, list) => {
                let [list, item] = [list, message.item].map(|value| value.map_or("null", RawValue::get));
                (Vec::from_iter(pinned(list, item, mentioned)), Vec::new())
            }
            (_, Some(list)) => attachments(list.get(), mentioned),
            (_, None) => (Vec::new(), Vec::new()),
        }
    }

    /// The files, each with what the id of its message ends in; first the message's own, then those of its attachments.
    fn files(&self, message: &SlackMessage<'_>, of_attachments: Vec<Value>, id: &str) -> Vec<(String, SharedFile)> {
        let read = |raw: Option<&RawValue>| raw.map(|raw| value(raw.get()));
        let entry_of = |file: &str, name: Option<&str>| self.source.upload(self.folder, file, name);
        let old = Vec::from_iter(read(message.file).filter(|_| message.subtype.get() == Some("file_share")));
        let mut own = match read(message.files) {
            Some(Value::Array(files)) => files,
            _ => Vec::new(),
        };
        own.retain(Value::is_object);
        let old = if own.is_empty() { shared_files(old, id, entry_of) } else { Vec::new() };
        own.extend(of_attachments);
        if own.is_empty() && old.is_empty() {
            return Vec::new();
        }
        let old = old.into_iter().map(|file| ("-fileshare".to_owned(), file));
        let own = (1..).zip(shared_files(own, id, entry_of));
        old.chain(own.map(|(number, file): (u32, _)| (format!("-file{number}"), file))).collect()
    }

    /// Who wrote a message, and the name that is shown instead.
    ///
    /// What programs and Slack itself write without a user is by `rocket.cat`, and so is what a program writes as a user
    /// that the export does not list.
    fn author<'m>(&self, message: &'m SlackMessage<'_>, meaning: Meaning) -> Result<Author<'m>, String> {
        let name = message.username.get().filter(|name| !name.starts_with("<@"));
        let profile = message.bot_profile.0.name.get();
        let commenter = message.comment.0.user.get().filter(|_| meaning == Meaning::Comment);
        let user = commenter.or(message.user.get()).or(message.room.0.created_by.get());
        if let Some(user) = user {
            return Ok(match profile {
                Some(profile) if self.source.lacks_user(user) => {
                    Author { id: ROCKET_CAT, alias: Some(unescaped(name.unwrap_or(profile))) }
                }
                _ => Author { id: person(user), alias: name.filter(|_| meaning == Meaning::OfProgram).map(unescaped) },
            });
        }
        let signs = [&message.bot_id, &message.username, &message.bot_profile.0.name, &message.subtype];
        if signs.into_iter().all(|sign| sign.get().is_none()) {
            return Err("importer-message-unknown-user: the message names no author".to_owned());
        }
        let known = || self.source.bot_names().get(message.bot_id.get()?);
        Ok(Author { id: ROCKET_CAT, alias: name.or(profile).or_else(known).map(unescaped) })
    }

    /// What was done to a message once it was written: edits, reactions, pins.
    fn add_afterwards(&mut self, new: &mut ImportMessage, message: &SlackMessage<'_>, time: SlackTime) {
        if let Some(edited) = SlackTime::parse(&message.edited.0.ts.0) {
            new.edited_at = Some(edited.iso());
            new.edited_by = message.edited.0.user.get().map(|user| person(user).to_owned());
        }
        let mut reactions: BTreeMap<String, Vec<&Text<'_>>> = BTreeMap::new();
        for Object(reaction) in &message.reactions.0 {
            let Some(name) = reaction.name.get() else { continue };
            let users = reaction.users.0.len() as u64;
            let count = reaction.count.count().unwrap_or(users).max(u64::from(users == 0));
            self.notices.add(NoticeKind::ReactionsWithoutUsers, "", count.saturating_sub(users));
            if users > 0 {
                let base = base_name(name);
                if !is_standard(base) {
                    self.notices.add(NoticeKind::CustomEmoji, base, 1);
                }
                reactions.entry(emoji_name(name)).or_default().extend(&reaction.users.0);
            }
        }
        let reactions = reactions.into_iter().map(|(name, users)| {
            let users = each_person(users.into_iter());
            (name.clone(), ImportReaction { name, users })
        });
        new.reactions = reactions.filter(|(_, reaction)| !reaction.users.is_empty()).collect();
        let pin = self.pins.binary_search_by_key(&time.micros(), |pin| pin.message).ok();
        let pin = pin.and_then(|nth| self.pins.get(nth));
        let info = &message.pinned_info.0;
        if pin.is_some() || !message.pinned_to.0.is_empty() || info.pinned_by.get().is_some() {
            let by = info.pinned_by.get().or_else(|| pin?.by.as_deref());
            let at = SlackTime::parse(&info.pinned_ts.0).map(SlackTime::iso).or_else(|| pin?.at);
            new.pinned = true;
            new.pinned_at = Some(at.unwrap_or_else(|| time.iso()));
            new.pinned_by = by.map(|user| person(user).to_owned());
        }
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

/// Who wrote a message.
struct Author<'m> {
    /// The import id.
    id: &'m str,
    /// The name shown instead of the author's, for what programs write.
    alias: Option<String>,
}

/// What is in a message.
struct Content {
    text: String,
    attachments: Vec<Value>,
    /// Each with what the id of its message ends in.
    files: Vec<(String, SharedFile)>,
    mentioned: Mentioned,
}

impl Content {
    fn is_empty(&self) -> bool {
        self.text.is_empty() && self.attachments.is_empty() && self.files.is_empty()
    }

    /// The attachments, and which files there are, as a text to compare.
    fn shared(&self) -> String {
        let mut shared = String::new();
        for attachment in &self.attachments {
            shared.push_str(&attachment.to_string());
        }
        for (_, file) in &self.files {
            shared.push_str(&file.pending.id);
            shared.push('\n');
        }
        shared
    }
}

/// Shows the reply in the room that a message of the kind `reply_broadcast` repeats, where it was read shortly before.
fn show_in_room(message: &SlackMessage<'_>, made: &mut [Made]) {
    let repeated = message.attachments.and_then(|list| serde_json::from_str(list.get()).ok());
    let List(repeated): List<Object<UserAndTime<'_>>> = repeated.unwrap_or_default();
    for reply in repeated.iter().filter_map(|reply| SlackTime::parse(&reply.0.ts.0)) {
        let replies = made.iter_mut().filter(|made| made.key == reply.micros() as u64);
        for reply in replies.filter(|made| made.message.tmid.is_some()) {
            reply.message.tshow = true;
        }
    }
}

/// Shows a message that a thread begins with, also where its file is not fetched yet. Its text is the file's name then.
fn show_as_root(root: &mut ImportMessage) {
    root.hidden = false;
    if root.msg.is_empty()
        && root.attachments.is_empty()
        && let Some(file) = &root.import_file
    {
        root.msg.clone_from(&file.name);
    }
}

/// What is said of a message without words that a thread begins with.
fn without_words(message: &SlackMessage<'_>) -> &'static str {
    match message.subtype.get() {
        Some(subtype) if subtype.starts_with("huddle") || subtype.starts_with("sh_room") => "A huddle took place.",
        Some("tombstone") => "This message was deleted.",
        _ => "This message has no text.",
    }
}

/// The comment in the sentence that Slack writes of it: `<@U1> commented on <@U2>’s file <url|name>: the comment`.
fn commented(text: &str) -> &str {
    let generated = text.starts_with("<@") && text.contains(" commented on ");
    text.split_once(">: ").filter(|_| generated).map_or(text, |(_, comment)| comment)
}

/// What a person wrote where a file was shared in an old export: the comment. `None` where the text is not the sentence
/// that Slack writes then: `<@U1> uploaded a file: <url|name> and commented: the comment`.
fn own_words(text: &str, comment: Option<&str>) -> Option<String> {
    const VERBS: [&str; 5] = [" uploaded ", " shared ", " added ", " created ", " posted "];
    let rest = text.strip_prefix("<@").and_then(|rest| rest.split_once('>')).map(|(_, rest)| rest);
    let generated = rest.filter(|rest| VERBS.iter().any(|verb| rest.starts_with(verb)) && rest.contains(": <"));
    match (generated, comment) {
        (Some(rest), None) => {
            let comment = rest.split_once(" and commented: ").map(|(_, comment)| comment);
            Some(comment.unwrap_or_default().to_owned())
        }
        (Some(_), Some(comment)) => Some(comment.to_owned()),
        (None, Some(comment)) if text.is_empty() || text == comment => Some(comment.to_owned()),
        (None, Some(comment)) if !text.contains(comment) => Some(format!("{text}\n{comment}")),
        (None, _) => None,
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

/// The name of an emoji without colons and skin tones.
fn base_name(name: &str) -> &str {
    let name = name.trim_matches(':');
    name.split_once("::").map_or(name, |(base, _)| base)
}

/// Import ids of people, each once.
fn each_person<'m>(ids: impl Iterator<Item = &'m Text<'m>>) -> Vec<String> {
    let mut seen = HashSet::new();
    ids.filter_map(Text::get).map(person).filter(|id| seen.insert(*id)).map(str::to_owned).collect()
}
