//! The records that an export file holds, the same whatever the format: users, channels, messages, contacts.
//!
//! A source yields them, the staging area keeps them, the engine turns them into documents of a workspace. Import ids are
//! the ids of the system that the export came from.

use std::collections::BTreeMap;

use schemars::JsonSchema;
use serde::{Deserialize, Serialize};
use serde_json::Value;

use crate::{step::wire_names, time::IsoTime};

/// What a staged record is. `entry` stands for a whole entry of an archive that could not be read.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, PartialOrd, Ord, Serialize, Deserialize, JsonSchema)]
#[serde(rename_all = "lowercase")]
#[allow(missing_docs)]
pub enum DataType {
    User,
    Channel,
    Message,
    Contact,
    Entry,
}

wire_names!(DataType { User = "user", Channel = "channel", Message = "message", Contact = "contact", Entry = "entry" });

/// One record of an export.
#[derive(Debug, Clone, PartialEq)]
// Most records are messages, the largest: a box around each would cost more than the space that others waste.
#[allow(clippy::large_enum_variant)]
pub enum Record {
    /// A user.
    User(ImportUser),
    /// A room: public, private or direct.
    Channel(ImportChannel),
    /// A message.
    Message(ImportMessage),
    /// A contact.
    Contact(ImportContact),
}

impl Record {
    /// What the record is.
    pub fn data_type(&self) -> DataType {
        match self {
            Self::User(_) => DataType::User,
            Self::Channel(_) => DataType::Channel,
            Self::Message(_) => DataType::Message,
            Self::Contact(_) => DataType::Contact,
        }
    }
}

/// Whether a user is a person or a program.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
#[serde(rename_all = "lowercase")]
#[allow(missing_docs)]
pub enum UserType {
    #[default]
    User,
    Bot,
}

wire_names!(UserType { User = "user", Bot = "bot" });

/// The lower-case hex SHA-256 of a password: all that is ever staged of one, and what bcrypt is given.
#[derive(Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(transparent)]
pub struct PasswordDigest(pub String);

impl std::fmt::Debug for PasswordDigest {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.write_str("PasswordDigest(…)")
    }
}

/// A user to import.
#[derive(Debug, Clone, Default, PartialEq, Serialize, Deserialize)]
#[serde(rename_all = "camelCase")]
pub struct ImportUser {
    /// Ids of the user in the system that the data comes from; the first one stands for the user in a selection.
    pub import_ids: Vec<String>,
    /// Addresses; empty where the source knows none.
    #[serde(default)]
    pub emails: Vec<String>,
    /// The name to log in with.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub username: Option<String>,
    /// The name shown.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub name: Option<String>,
    /// Person or program.
    #[serde(default, rename = "type")]
    pub user_type: UserType,
    /// Ids of roles beside the default one.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub roles: Vec<String>,
    /// Hours from UTC.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub utc_offset: Option<f64>,
    /// Where the avatar can be fetched from: `http`, `https` or `data`.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub avatar_url: Option<String>,
    /// Whether the user was deleted there; such a user is imported deactivated. `None`: the source does not say.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub deleted: Option<bool>,
    /// The status line.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub status_text: Option<String>,
    /// A few words on the user.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub bio: Option<String>,
    /// What is staged of the password.
    #[serde(default, rename = "password", skip_serializing_if = "Option::is_none")]
    pub password_digest: Option<PasswordDigest>,
    /// Fields that the workspace defines.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub custom_fields: Option<serde_json::Map<String, Value>>,
    /// Whether the export only names this user, in a message or a room. Such a user becomes an inactive placeholder,
    /// unless the workspace has a user with this import id.
    #[serde(default, rename = "_placeholder", skip_serializing_if = "std::ops::Not::not")]
    pub placeholder: bool,
}

/// The type of a room.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, Serialize, Deserialize)]
pub enum RoomType {
    /// A public channel.
    #[serde(rename = "c")]
    Channel,
    /// A private group.
    #[serde(rename = "p")]
    Private,
    /// A direct conversation.
    #[serde(rename = "d")]
    Direct,
}

impl RoomType {
    /// The letter that stands for it in records and documents.
    pub const fn as_str(self) -> &'static str {
        match self {
            Self::Channel => "c",
            Self::Private => "p",
            Self::Direct => "d",
        }
    }

    /// The type that the letter stands for.
    pub fn from_letter(letter: &str) -> Option<Self> {
        match letter {
            "c" => Some(Self::Channel),
            "p" => Some(Self::Private),
            "d" => Some(Self::Direct),
            _ => None,
        }
    }
}

/// A reference to a user by import id.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct ImportRef {
    /// The import id.
    #[serde(rename = "_id")]
    pub id: String,
}

/// A room to import.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
#[serde(rename_all = "camelCase")]
pub struct ImportChannel {
    /// `general` where the room is the workspace's own general room.
    #[serde(default, rename = "_id", skip_serializing_if = "Option::is_none")]
    pub id: Option<String>,
    /// Ids of the room in the system that the data comes from; the first one stands for the room in a selection.
    pub import_ids: Vec<String>,
    /// The name; none for a direct room.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub name: Option<String>,
    /// The creator.
    #[serde(default, rename = "u", skip_serializing_if = "Option::is_none")]
    pub creator: Option<ImportRef>,
    /// Import ids of the members.
    #[serde(default)]
    pub users: Vec<String>,
    /// Public, private or direct.
    #[serde(rename = "t")]
    pub room_type: RoomType,
    /// The topic.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub topic: Option<String>,
    /// What the room is for.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub description: Option<String>,
    /// When it was created.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub ts: Option<IsoTime>,
    /// Whether it is archived.
    #[serde(default, skip_serializing_if = "std::ops::Not::not")]
    pub archived: bool,
    /// Whether no list of the export names this room: there is only a folder of messages.
    #[serde(default, rename = "_unlisted", skip_serializing_if = "std::ops::Not::not")]
    pub unlisted: bool,
}

/// A message to import.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
#[serde(rename_all = "camelCase")]
pub struct ImportMessage {
    /// The id of the message in the workspace: the same at every read of the same file.
    #[serde(rename = "_id")]
    pub id: String,
    /// The room's import id.
    pub rid: String,
    /// The author.
    #[serde(rename = "u")]
    pub author: ImportRef,
    /// The text, in Rocket.Chat's Markdown; `@<import id>` and `#<import id>` stand for those in `mentions` and `channels`.
    pub msg: String,
    /// When it was written.
    pub ts: IsoTime,
    /// The type of a system message, such as `uj`.
    #[serde(default, rename = "t", skip_serializing_if = "Option::is_none")]
    pub system_type: Option<String>,
    /// The name shown instead of the author's.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub alias: Option<String>,
    /// Whether a program wrote it.
    #[serde(default, skip_serializing_if = "std::ops::Not::not")]
    pub bot: bool,
    /// An emoji shown instead of the author's avatar.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub emoji: Option<String>,
    /// Whether clients may show it as one block with its neighbours.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub groupable: Option<bool>,
    /// In a thread: the id of the thread's first message.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub tmid: Option<String>,
    /// In a thread: whether the room shows the reply too.
    #[serde(default, skip_serializing_if = "std::ops::Not::not")]
    pub tshow: bool,
    /// On a thread's first message: when the last reply came.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub tlm: Option<IsoTime>,
    /// On a thread's first message: the number of replies.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub tcount: Option<u64>,
    /// On a thread's first message: import ids of those who replied.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub replies: Vec<String>,
    /// When it was last edited.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub edited_at: Option<IsoTime>,
    /// Import id of who edited it.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub edited_by: Option<String>,
    /// Import ids of the users mentioned; `all` and `here` stand for themselves.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub mentions: Vec<String>,
    /// Import ids of the rooms mentioned.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub channels: Vec<String>,
    /// What the source calls the mentioned users and rooms, by import id. The text shows this name where the workspace does
    /// not have the user or room.
    #[serde(default, rename = "_mentionNames", skip_serializing_if = "BTreeMap::is_empty")]
    pub mention_names: BTreeMap<String, String>,
    /// Whether the room's list of pinned messages shows it.
    #[serde(default, skip_serializing_if = "std::ops::Not::not")]
    pub pinned: bool,
    /// When it was pinned.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub pinned_at: Option<IsoTime>,
    /// Import id of who pinned it.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub pinned_by: Option<String>,
    /// Reactions by name, colons included.
    #[serde(default, skip_serializing_if = "BTreeMap::is_empty")]
    pub reactions: BTreeMap<String, ImportReaction>,
    /// Attachments as the workspace shows them.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub attachments: Vec<Value>,
    /// A file to fetch later.
    #[serde(default, rename = "_importFile", skip_serializing_if = "Option::is_none")]
    pub import_file: Option<PendingFile>,
    /// The address of that file, as it is shown.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub url: Option<String>,
    /// Whether clients leave it out.
    #[serde(default, rename = "_hidden", skip_serializing_if = "std::ops::Not::not")]
    pub hidden: bool,
}

impl ImportMessage {
    /// A message of which nothing else is known.
    pub fn new(id: String, rid: String, author: String, msg: String, ts: IsoTime) -> Self {
        Self {
            id,
            rid,
            author: ImportRef { id: author },
            msg,
            ts,
            system_type: None,
            alias: None,
            bot: false,
            emoji: None,
            groupable: None,
            tmid: None,
            tshow: false,
            tlm: None,
            tcount: None,
            replies: Vec::new(),
            edited_at: None,
            edited_by: None,
            mentions: Vec::new(),
            channels: Vec::new(),
            mention_names: BTreeMap::new(),
            pinned: false,
            pinned_at: None,
            pinned_by: None,
            reactions: BTreeMap::new(),
            attachments: Vec::new(),
            import_file: None,
            url: None,
            hidden: false,
        }
    }
}

/// Who reacted to a message with one emoji.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct ImportReaction {
    /// The emoji, colons included.
    pub name: String,
    /// Import ids of the users.
    pub users: Vec<String>,
}

/// A file that a message names and that is fetched later.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
#[serde(rename_all = "camelCase")]
pub struct PendingFile {
    /// Where to fetch it.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub download_url: Option<String>,
    /// The entry of the export that holds it, where one does: it is taken from there instead of being fetched.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub entry: Option<String>,
    /// Its id in the system that the data comes from.
    pub id: String,
    /// Bytes.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub size: Option<u64>,
    /// The name.
    pub name: String,
    /// Whether it lies elsewhere and is not to be fetched.
    #[serde(default)]
    pub external: bool,
    /// Which importer it comes from.
    pub source: String,
    /// The source's own object.
    #[serde(default, skip_serializing_if = "Value::is_null")]
    pub original: Value,
}

/// A contact to import.
#[derive(Debug, Clone, Default, PartialEq, Serialize, Deserialize)]
#[serde(rename_all = "camelCase")]
pub struct ImportContact {
    /// Ids of the contact in the system that the data comes from.
    pub import_ids: Vec<String>,
    /// The name.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub name: Option<String>,
    /// Phone numbers.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub phones: Vec<String>,
    /// Addresses.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub emails: Vec<String>,
    /// The username of who looks after the contact.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub contact_manager: Option<String>,
    /// Whatever else the source has.
    #[serde(default, skip_serializing_if = "serde_json::Map::is_empty")]
    pub custom_fields: serde_json::Map<String, Value>,
}

/// Why a record failed or was skipped, and where it stood.
///
/// Every message has the same form: a reason that is the same for all records that fail alike, and, behind a colon and a
/// blank, the particulars of this one, where there are any.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
pub struct RecordError {
    /// What is wrong: a published code such as `importer-message-unknown-user` followed by the particulars, or a sentence.
    pub message: String,
    /// The entry of the archive, or the name of the file.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub entry: Option<String>,
    /// The line in it, from 1.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub line: Option<u64>,
    /// The column of a table (a field), from 1.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub column: Option<u64>,
}

impl RecordError {
    /// Bytes of a reason at most.
    pub const LONGEST_REASON: usize = 120;

    /// An error with no place.
    pub fn new(message: impl Into<String>) -> Self {
        Self { message: message.into(), entry: None, line: None, column: None }
    }

    /// The reason without the particulars: a published code, or a phrase, by which records can be counted. At most
    /// [`Self::LONGEST_REASON`] bytes of it.
    pub fn reason(&self) -> &str {
        let reason = self.message.split_once(": ").map_or(self.message.as_str(), |(reason, _)| reason);
        &reason[..reason.floor_char_boundary(Self::LONGEST_REASON)]
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_reason_is_the_message_without_its_particulars() {
        for (message, reason) in [
            ("importer-message-unknown-user: U024BE7LH", "importer-message-unknown-user"),
            ("importer-channel-missing-name", "importer-channel-missing-name"),
            ("the entry cannot be read: it is encrypted: with AES", "the entry cannot be read"),
            ("the time 12:30 is none", "the time 12:30 is none"),
        ] {
            assert_eq!(RecordError::new(message).reason(), reason);
        }
        assert_eq!(RecordError::new("é".repeat(100)).reason(), "é".repeat(60));
    }
}
