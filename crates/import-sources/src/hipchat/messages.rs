//! `rooms/<id>/history.json` and `users/<id>/history.json`: messages of five kinds, and private ones.

use std::collections::{BTreeMap, HashSet};

use import_proto::{ImportMessage, ImportUser};
use serde::Deserialize;
use serde::de::IgnoredAny;
use serde_json::json;
use serde_json::value::RawValue;

use super::HipchatSource;
use super::files::shared_file;
use super::person::{Person, person};
use super::text::converted;
use super::timestamps::HipchatTime;
use super::users::ROCKET_CAT;
use crate::json::{Object, Text, Unusable, object};
use crate::pair::Pair;
use crate::recent::Recent;
use crate::stable_id::hash;
use crate::tallies::Tallies;
use crate::windows::Made;

/// What stands before the ids of all messages.
const SOURCE: &str = "hipchatenterprise";
/// How copies of private messages that are passed over are counted.
const COPIES: &str = "PrivateUserMessage (second copy)";

/// An element of a history: one of these.
#[derive(Default, Deserialize)]
#[serde(default, rename_all = "PascalCase")]
struct Element<'a> {
    #[serde(borrow)]
    private_user_message: Option<Object<Body<'a>>>,
    #[serde(borrow)]
    user_message: Option<Object<Body<'a>>>,
    #[serde(borrow)]
    notification_message: Option<Object<Body<'a>>>,
    #[serde(borrow)]
    topic_room_message: Option<Object<Body<'a>>>,
    archive_room_message: Option<IgnoredAny>,
    guest_access_message: Option<IgnoredAny>,
}

#[derive(Default, Deserialize)]
#[serde(default)]
struct Body<'a> {
    #[serde(borrow)]
    id: Text<'a>,
    #[serde(borrow)]
    sender: Option<&'a RawValue>,
    #[serde(borrow)]
    receiver: Option<&'a RawValue>,
    #[serde(borrow)]
    message: Text<'a>,
    #[serde(borrow)]
    message_format: Text<'a>,
    #[serde(borrow)]
    timestamp: Text<'a>,
    #[serde(borrow)]
    attachment: Option<&'a RawValue>,
    #[serde(borrow)]
    attachment_path: Text<'a>,
}

/// The kinds of messages that become messages.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
enum Kind {
    Private,
    User,
    Notification,
    Topic,
}

impl Kind {
    /// As it is counted.
    fn subtype(self) -> &'static str {
        match self {
            Self::Private | Self::User => "",
            Self::Notification => "NotificationMessage",
            Self::Topic => "TopicRoomMessage",
        }
    }

    /// As it stands in ids.
    fn in_id(self) -> &'static str {
        match self {
            Self::Private => "private",
            Self::User => "user",
            Self::Notification => "notif",
            Self::Topic => "topic",
        }
    }
}

/// Whose history it is: the folder's name.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Owner<'a> {
    Room(&'a str),
    User(&'a str),
}

/// What of a private message tells it from others.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(super) struct PrivateMessage {
    pub(super) id: String,
    pub(super) pair: Pair,
    /// Whether a message can be made of it.
    pub(super) readable: bool,
}

impl PrivateMessage {
    /// The one that an element holds.
    pub(super) fn of(element: &str) -> Option<Self> {
        let mut mended = String::new();
        let element: Element<'_> = object(element, &mut mended).ok()?;
        let body = element.private_user_message?.0;
        let (sender, receiver) = (person(body.sender).id?, person(body.receiver).id?);
        let readable = HipchatTime::parse(&body.timestamp.0).is_some();
        Some(Self { id: body.id.to_owned()?, pair: Pair::new(&sender, &receiver), readable })
    }
}

/// Makes messages of the elements of one history.
pub(super) struct Messages<'a> {
    source: &'a HipchatSource,
    owner: Owner<'a>,
    /// Ids that came.
    ids: Recent,
    pub(super) tallies: Tallies,
    /// Placeholders for people who are in no list. The messages converted last name them.
    pub(super) strangers: Vec<ImportUser>,
    /// Hashes of the ids of all people who came out as placeholders.
    met: HashSet<u64>,
}

impl<'a> Messages<'a> {
    pub(super) fn new(source: &'a HipchatSource, owner: Owner<'a>) -> Self {
        Self {
            source,
            owner,
            ids: Recent::default(),
            tallies: Tallies::default(),
            strangers: Vec::new(),
            met: HashSet::new(),
        }
    }

    /// Adds the messages that an element stands for: none, one, or one more for a file.
    pub(super) fn convert(&mut self, text: &str, made: &mut Vec<Made>) -> Result<(), Unusable> {
        let mut mended = String::new();
        let element: Element<'_> = object(text, &mut mended)?;
        let (kind, body) = match (self.owner, element) {
            (Owner::User(_), Element { private_user_message: Some(Object(body)), .. }) => (Kind::Private, body),
            (Owner::Room(_), Element { user_message: Some(Object(body)), .. }) => (Kind::User, body),
            (Owner::Room(_), Element { notification_message: Some(Object(body)), .. }) => (Kind::Notification, body),
            (Owner::Room(_), Element { topic_room_message: Some(Object(body)), .. }) => (Kind::Topic, body),
            _ => return self.leave_out(text),
        };
        let sender = person(body.sender);
        let receiver = person(body.receiver);
        let pair = match (kind, &sender.id, &receiver.id) {
            (Kind::Private, Some(sender), Some(receiver)) => Some(Pair::new(sender, receiver)),
            _ => None,
        };
        let rid = match (self.owner, &pair) {
            (Owner::Room(id), _) => Some(id.to_owned()),
            (_, Some(pair)) => Some(self.source.conversations().room_id(pair)),
            _ => None,
        };
        let author = if kind == Kind::Notification { Some(ROCKET_CAT.to_owned()) } else { sender.id.clone() };
        let unusable = |reason: String| {
            let (ts, msg) = (body.timestamp.get(), &body.message.0);
            Unusable::new(reason, json!({ "rid": rid, "u": { "_id": author }, "ts": ts, "msg": msg }))
        };
        let Some(id) = body.id.get() else {
            return Err(unusable("the message has no id".to_owned()));
        };
        let Some(author) = author.clone() else {
            return Err(unusable("importer-message-unknown-user: the message names no sender".to_owned()));
        };
        let Some(rid) = rid.clone() else {
            let reason = "importer-channel-missing-users: the message names nobody whom it is for";
            return Err(unusable(reason.to_owned()));
        };
        if let (Owner::User(owner), Some(pair)) = (self.owner, &pair)
            && self.source.conversations().are_copies(owner, pair)
        {
            self.tallies.left_out(COPIES, true);
            return Ok(());
        }
        let time = time(&body).map_err(unusable)?;
        let whole_id = match kind {
            Kind::Private => format!("{SOURCE}-private-{id}"),
            kind => format!("{SOURCE}-{rid}-{}-{id}", kind.in_id()),
        };
        if self.ids.seen_before(hash(&whole_id)) > 0 {
            if kind == Kind::Private {
                self.tallies.left_out(COPIES, true);
                return Ok(());
            }
            return Err(unusable(format!("another such message of the room has the id {id} too")));
        }
        self.tallies.kept(kind.subtype(), true);
        if kind != Kind::Notification {
            self.meet(&sender);
            self.meet(&receiver);
        }
        let message = ImportMessage::new(whole_id, rid, author, String::new(), time.iso());
        let micros = time.micros();
        self.make(kind, &body, sender, message, |message| {
            made.push(Made { micros, key: 0, message, pair: pair.clone(), again: false })
        });
        Ok(())
    }

    /// Notes a person who is in no list.
    fn meet(&mut self, person: &Person) {
        let Some(id) = person.id.as_ref().filter(|id| *id != ROCKET_CAT) else { return };
        if self.source.lists_user(id) || !self.met.insert(hash(id)) {
            return;
        }
        self.strangers.push(ImportUser {
            import_ids: vec![id.clone()],
            name: person.name.clone().filter(|name| name != id),
            placeholder: true,
            ..ImportUser::default()
        });
    }

    /// The messages of which one that is to be kept consists: its own, unless it is nothing but a file, and the file's.
    fn make(
        &self,
        kind: Kind,
        body: &Body<'_>,
        sender: Person,
        of_both: ImportMessage,
        mut add: impl FnMut(ImportMessage),
    ) {
        // A topic is what it is, whatever it begins with.
        let format = if kind == Kind::Topic { Some("text") } else { body.message_format.get() };
        let text = converted(&body.message.0, format, self.source.mention_names());
        let of_both = match kind {
            Kind::Notification => ImportMessage { alias: sender.name, ..of_both },
            _ => of_both,
        };
        let file_id = format!("{}-attachment", of_both.id);
        let file = body.attachment.and_then(|file| {
            let path = body.attachment_path.get();
            shared_file(file.get(), path, &file_id, |paths| self.source.held(paths, self.owner, &of_both.author.id))
        });
        let file = file.map(|file| ImportMessage {
            id: file_id,
            hidden: file.attachment.is_none(),
            attachments: Vec::from_iter(file.attachment),
            import_file: Some(file.pending),
            ..of_both.clone()
        });
        if file.is_none() || !text.text.trim().is_empty() {
            let system_type = (kind == Kind::Topic).then(|| "room_changed_topic".to_owned());
            add(ImportMessage { msg: text.text, mentions: text.mentions, system_type, ..of_both });
        }
        file.into_iter().for_each(add);
    }

    /// Counts an element that becomes no message.
    fn leave_out(&mut self, element: &str) -> Result<(), Unusable> {
        const NOTHING_SAID: [&str; 2] = ["ArchiveRoomMessage", "GuestAccessMessage"];
        let mut mended = String::new();
        let members: BTreeMap<String, IgnoredAny> = object(element, &mut mended)?;
        let Some(kind) = members.keys().next() else {
            let reason = "the record holds no message: { \"UserMessage\": { … } } or the like is due";
            return Err(Unusable::of_text(reason));
        };
        self.tallies.left_out(kind, NOTHING_SAID.contains(&kind.as_str()));
        Ok(())
    }
}

/// When the message was written, or why that is not known.
fn time(body: &Body<'_>) -> Result<HipchatTime, String> {
    HipchatTime::parse(&body.timestamp.0).ok_or_else(|| {
        let what = match body.timestamp.get() {
            Some(timestamp) => {
                format!("{timestamp:?} is no time from 1970 to 2099 such as 2016-05-10T14:27:22Z 123456")
            }
            None => "the message has no timestamp".to_owned(),
        };
        format!("importer-message-invalid-timestamp: {what}")
    })
}
