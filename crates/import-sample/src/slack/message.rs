//! One message: what kind it is, and the members of its object.

use fastrand::Rng;
use serde_json::{Map, Value, json};

use super::Contents;
use super::calendar::Time;
use super::draw::{happens, one_of, slack_id};
use super::people::People;
use super::rooms::{Room, Rooms};
use super::text;

const REACTIONS: [&str; 8] = ["+1", "heart", "tada", "eyes", "joy", "white_check_mark", "+1::skin-tone-4", "ship_it"];
const FILES: [(&str, &str, &str); 6] = [
    ("screenshot", "png", "image/png"),
    ("photo", "jpg", "image/jpeg"),
    ("minutes", "pdf", "application/pdf"),
    ("figures", "csv", "text/csv"),
    ("demo", "mp4", "video/mp4"),
    ("Ängebot & Größe", "docx", "application/octet-stream"),
];

/// What a message is.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Kind {
    Ordinary,
    /// By a program.
    Program,
    /// With one or two files.
    Files,
    OfOneself,
    Join,
    Leave,
    Topic,
    Purpose,
    Pin,
    /// Slack's own answer to a word.
    Slackbot,
    /// What stands where a message was deleted that has replies.
    Tombstone,
    /// Of a subtype that no importer knows.
    Reminder,
}

impl Kind {
    /// Some kind, in the proportions of a room; in direct rooms nobody comes or goes.
    pub(super) fn some(rng: &mut Rng, direct: bool) -> Self {
        match rng.u32(0..1_000) {
            0..35 => Self::Files,
            35..39 => Self::OfOneself,
            _ if direct => Self::Ordinary,
            39..84 => Self::Program,
            84..100 => Self::Join,
            100..106 => Self::Leave,
            106..108 => Self::Topic,
            108 => Self::Purpose,
            109..111 => Self::Pin,
            111..113 => Self::Slackbot,
            113 => Self::Tombstone,
            114 => Self::Reminder,
            _ => Self::Ordinary,
        }
    }
}

/// Where a message stands in a thread.
#[derive(Debug, Clone, Default)]
pub(super) enum Thread {
    #[default]
    None,
    /// It begins one: the replies' authors and times, in their order. Never empty.
    First(Vec<(u32, Time)>),
    /// It answers a message: its author and time.
    Reply(u32, Time),
}

/// All that a message needs to be written.
pub(super) struct Writing<'a> {
    pub(super) people: &'a People,
    pub(super) rooms: &'a Rooms,
    pub(super) room: &'a Room,
    pub(super) kind: Kind,
    pub(super) user: u32,
    pub(super) time: Time,
    pub(super) thread: Thread,
}

impl Writing<'_> {
    /// The object that stands in the day file.
    pub(super) fn object(&self, rng: &mut Rng, contents: &mut Contents) -> Value {
        contents.messages += 1;
        let mut object = Map::new();
        let mut set = |key: &str, value: Value| object.insert(key.to_owned(), value);
        set("type", "message".into());
        set("ts", self.time.to_string().into());
        self.by(rng, contents, &mut set);
        self.what(rng, contents, &mut set);
        self.thread(contents, &mut set);
        if matches!(self.kind, Kind::Ordinary | Kind::Files | Kind::Program) {
            self.afterwards(rng, contents, &mut set);
        }
        Value::Object(object)
    }

    fn by(&self, rng: &mut Rng, contents: &mut Contents, set: &mut impl FnMut(&str, Value) -> Option<Value>) {
        match self.kind {
            Kind::Program => {
                contents.by_programs += 1;
                set("subtype", "bot_message".into());
                set("bot_id", slack_id('B', rng.u64(0..20)).into());
                set("username", one_of(rng, &["CI", "Deploy <bot>", "Alerts", "天気"], "CI").into());
                set("icons", json!({ "emoji": ":robot_face:" }));
            }
            Kind::Slackbot | Kind::Tombstone => {
                set("user", "USLACKBOT".into());
            }
            _ => {
                let uuid = rng.u128(..);
                let (a, b) = ((uuid >> 96) as u32, uuid as u64 & 0xffff_ffff_ffff);
                let [c, d, e] = [80, 64, 48].map(|shift| (uuid >> shift) as u16);
                set("client_msg_id", format!("{a:08x}-{c:04x}-{d:04x}-{e:04x}-{b:012x}").into());
                set("user", self.people.id(self.user).into());
                set("team", "T0SAMPLE01".into());
            }
        }
    }

    fn what(&self, rng: &mut Rng, contents: &mut Contents, set: &mut impl FnMut(&str, Value) -> Option<Value>) {
        let id = self.people.id(self.user);
        let value = text::words(rng, 3);
        let text = match self.kind {
            Kind::Ordinary | Kind::Files | Kind::Program => text::message(rng, self.room, self.rooms, self.people),
            Kind::OfOneself | Kind::Slackbot => value.clone(),
            Kind::Join => format!("<@{id}> has joined the channel"),
            Kind::Leave => format!("<@{id}> has left the channel"),
            Kind::Topic => format!("<@{id}> set the channel topic: {value}"),
            Kind::Purpose => format!("<@{id}> set the channel purpose: {value}"),
            Kind::Pin => format!("<@{id}> pinned a message to this channel."),
            Kind::Tombstone => "This message was deleted.".to_owned(),
            Kind::Reminder => format!("<@{id}> set up a reminder “{value}”"),
        };
        let subtype = match self.kind {
            Kind::Ordinary | Kind::Files | Kind::Program => None,
            Kind::OfOneself => Some("me_message"),
            Kind::Join => Some("channel_join"),
            Kind::Leave => Some("channel_leave"),
            Kind::Topic => Some("channel_topic"),
            Kind::Purpose => Some("channel_purpose"),
            Kind::Pin => Some("pinned_item"),
            Kind::Slackbot => Some("slackbot_response"),
            Kind::Tombstone => Some("tombstone"),
            Kind::Reminder => Some("reminder_add"),
        };
        if let Some(subtype) = subtype {
            set("subtype", subtype.into());
        }
        match self.kind {
            Kind::Topic => drop(set("topic", value.into())),
            Kind::Purpose => drop(set("purpose", value.into())),
            Kind::Pin => {
                let author = self.people.id(self.room.somebody(rng));
                set("item", json!({ "type": "C", "message": { "user": author, "text": value } }));
            }
            Kind::Files => {
                let files: Vec<Value> =
                    (0..1 + u32::from(happens(rng, 150))).map(|_| self.file(rng, contents)).collect();
                set("files", files.into());
                set("upload", true.into());
            }
            Kind::Program if happens(rng, 500) => {
                let (title, said) = (text::words(rng, 4), text::words(rng, 12));
                set(
                    "attachments",
                    json!([{
                        "id": 1, "color": "36a64f", "fallback": title, "title": title, "text": said,
                        "title_link": "https://ci.sample.example/417",
                    }]),
                );
            }
            Kind::Ordinary if happens(rng, 80) => drop(set("blocks", text::blocks(&text))),
            _ => {}
        }
        // Every other file comes without a word.
        let text = if self.kind == Kind::Files && happens(rng, 500) { String::new() } else { text };
        set("text", text.into());
    }

    fn file(&self, rng: &mut Rng, contents: &mut Contents) -> Value {
        let id = slack_id('F', contents.files);
        contents.files += 1;
        let (name, ending, media_type) = one_of(rng, &FILES, ("file", "bin", "application/octet-stream"));
        let place = format!("T0SAMPLE01-{id}");
        json!({
            "id": id,
            "created": self.time.seconds,
            "timestamp": self.time.seconds,
            "name": format!("{name}.{ending}"),
            "title": name,
            "mimetype": media_type,
            "filetype": ending,
            "user": self.people.id(self.user),
            "size": 1_000 + rng.u64(0..4_000_000),
            "mode": "hosted",
            "is_external": false,
            "url_private": format!("https://files.sample.example/files-pri/{place}/{id}.{ending}"),
            "url_private_download": format!("https://files.sample.example/files-pri/{place}/download/{id}.{ending}?t=xoxe-1"),
            "permalink": format!("https://sample.slack.example/files/{id}"),
        })
    }

    fn thread(&self, contents: &mut Contents, set: &mut impl FnMut(&str, Value) -> Option<Value>) {
        match &self.thread {
            Thread::None => {}
            Thread::First(replies) => {
                let mut users: Vec<u32> = replies.iter().map(|(user, _)| *user).collect();
                users.sort_unstable();
                users.dedup();
                let ids: Vec<String> = users.into_iter().map(|user| self.people.id(user)).collect();
                set("thread_ts", self.time.to_string().into());
                set("reply_count", replies.len().into());
                set("reply_users_count", ids.len().into());
                set("reply_users", ids.into());
                set("latest_reply", replies.last().map_or(self.time, |(_, time)| *time).to_string().into());
            }
            Thread::Reply(user, first) => {
                contents.replies += 1;
                set("thread_ts", first.to_string().into());
                set("parent_user_id", self.people.id(*user).into());
            }
        }
    }

    /// What others did to it, and its author later on.
    fn afterwards(&self, rng: &mut Rng, contents: &mut Contents, set: &mut impl FnMut(&str, Value) -> Option<Value>) {
        if happens(rng, 120) {
            contents.reacted += 1;
            let mut names: Vec<&str> = (0..1 + rng.usize(0..3)).map(|_| one_of(rng, &REACTIONS, "+1")).collect();
            names.sort_unstable();
            names.dedup();
            let reactions = names.into_iter().map(|name| {
                let mut users: Vec<u32> = (0..1 + rng.usize(0..4)).map(|_| self.room.somebody(rng)).collect();
                users.sort_unstable();
                users.dedup();
                let count = users.len();
                let ids: Vec<String> = users.into_iter().map(|user| self.people.id(user)).collect();
                json!({ "name": name, "users": ids, "count": count })
            });
            set("reactions", reactions.collect::<Vec<_>>().into());
        }
        if self.kind == Kind::Ordinary && happens(rng, 40) {
            contents.edited += 1;
            let later = Time { seconds: self.time.seconds + 1 + rng.i64(0..600), micros: 0 };
            set("edited", json!({ "user": self.people.id(self.user), "ts": later.to_string() }));
        }
    }
}
