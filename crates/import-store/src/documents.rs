//! The documents of a workspace, in the shapes that Rocket.Chat keeps in its database.
//!
//! Serialized they are MongoDB Extended JSON (relaxed): dates stand as `{"$date": …}`. Read back, fields that are not
//! named here are disregarded; a store changes existing users and rooms by patches, so those fields survive.

use std::collections::BTreeMap;

use import_proto::{RoomType, Timestamp, UserType};
use serde::{Deserialize, Deserializer, Serialize, Serializer, ser::SerializeMap};
use serde_json::{Map, Value};

use crate::uploads::MessageFile;

/// The `_id` and the username of the program that speaks where nobody else does.
pub const ROCKET_CAT: &str = "rocket.cat";

/// The `_id` of the general room.
pub const GENERAL: &str = "GENERAL";

/// A date of a document.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord)]
pub struct Date(pub Timestamp);

impl Date {
    /// Now.
    pub fn now() -> Self {
        Self(Timestamp::now())
    }
}

#[derive(Deserialize)]
struct ExtendedDate {
    #[serde(rename = "$date")]
    date: ExtendedDateValue,
}

#[derive(Deserialize)]
#[serde(untagged)]
enum ExtendedDateValue {
    Iso(import_proto::IsoTime),
    Canonical {
        #[serde(rename = "$numberLong")]
        millis: import_proto::EpochTime,
    },
}

impl Serialize for Date {
    fn serialize<S: Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
        // BSON has dates of its own, and its serializer says that nobody is to read what it writes.
        if !serializer.is_human_readable() {
            return bson::DateTime::from_millis(self.0.as_millis()).serialize(serializer);
        }
        let mut map = serializer.serialize_map(Some(1))?;
        // Relaxed Extended JSON writes ISO 8601 only from 1970 on.
        if self.0.as_millis() >= 0 {
            map.serialize_entry("$date", &import_proto::IsoTime(self.0))?;
        } else {
            map.serialize_entry("$date", &BTreeMap::from([("$numberLong", self.0.as_millis().to_string())]))?;
        }
        map.end()
    }
}

impl<'de> Deserialize<'de> for Date {
    fn deserialize<D: Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
        Ok(match ExtendedDate::deserialize(deserializer)?.date {
            ExtendedDateValue::Iso(iso) => Self(iso.0),
            ExtendedDateValue::Canonical { millis } => Self(millis.0),
        })
    }
}

/// An address of a user.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct UserEmail {
    /// The address.
    pub address: String,
    /// Whether its owner confirmed it.
    #[serde(default)]
    pub verified: bool,
}

/// A user (`users`).
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
#[serde(rename_all = "camelCase")]
pub struct User {
    /// 17 characters.
    #[serde(rename = "_id")]
    pub id: String,
    /// When the document was made.
    pub created_at: Date,
    /// The name to log in with; unique, case disregarded.
    #[serde(default)]
    pub username: String,
    /// The name shown.
    #[serde(default)]
    pub name: String,
    /// Addresses; each belongs to one user, case disregarded.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub emails: Vec<UserEmail>,
    /// Person or program.
    #[serde(rename = "type", default)]
    pub user_type: UserType,
    /// Ids of roles.
    #[serde(default)]
    pub roles: Vec<String>,
    /// False for a deactivated user.
    #[serde(default)]
    pub active: bool,
    /// Presence: `offline`.
    #[serde(default)]
    pub status: String,
    /// The status line.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub status_text: Option<String>,
    /// A few words on the user.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub bio: Option<String>,
    /// Hours from UTC.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub utc_offset: Option<f64>,
    /// Credentials: `password.bcrypt`. Login tokens are not held here; see [`crate::Store::authenticate`].
    #[serde(default)]
    pub services: Services,
    /// Ids in the systems that the user was imported from.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub import_ids: Vec<String>,
    /// An avatar to fetch.
    #[serde(default, rename = "_pendingAvatarUrl", skip_serializing_if = "Option::is_none")]
    pub pending_avatar_url: Option<String>,
    /// Fields that the workspace defines.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub custom_fields: Option<Map<String, Value>>,
    /// What this project notes of the user.
    #[serde(default, rename = "importServer", skip_serializing_if = "UserMarks::is_empty")]
    pub marks: UserMarks,
    /// When it last changed.
    #[serde(rename = "_updatedAt")]
    pub updated_at: Date,
}

/// What this project notes of a user.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq, Serialize, Deserialize)]
pub struct UserMarks {
    /// Whether the user was made up because an export names a person and does not list them.
    #[serde(default, skip_serializing_if = "std::ops::Not::not")]
    pub placeholder: bool,
}

impl UserMarks {
    fn is_empty(&self) -> bool {
        *self == Self::default()
    }
}

/// What the bio of a placeholder user begins with.
pub(crate) const PLACEHOLDER_BIO: &str = "Placeholder for ";

/// The bio of a placeholder user with this import id, for people who look at the profile.
pub fn placeholder_bio(import_id: &str) -> String {
    format!("{PLACEHOLDER_BIO}{import_id}: an imported export names this user, but does not describe them.")
}

/// A user's credentials.
#[derive(Debug, Clone, Default, PartialEq, Eq, Serialize, Deserialize)]
pub struct Services {
    /// The password; none for a user who never logs in.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub password: Option<PasswordService>,
    /// Codes that are sent by email when the user logs in.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub email2fa: Option<EmailTwoFactor>,
}

/// Two-factor authentication by email.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "camelCase")]
pub struct EmailTwoFactor {
    /// Whether codes are asked for.
    pub enabled: bool,
    /// Since when.
    pub changed_at: Date,
}

/// A stored password.
#[derive(Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct PasswordService {
    /// bcrypt, cost 10, of the lower-case hex SHA-256 of the password.
    pub bcrypt: String,
}

impl std::fmt::Debug for PasswordService {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.write_str("PasswordService(…)")
    }
}

/// What changes of an existing user. Empty lists and `None` change nothing.
#[derive(Debug, Clone, Default, PartialEq)]
pub struct UserPatch {
    /// Whose.
    pub id: String,
    /// Import ids to add.
    pub add_import_ids: Vec<String>,
    /// Import ids to take away: they stand for somebody else from now on.
    pub remove_import_ids: Vec<String>,
    /// Whether a placeholder becomes a person: what says that it is one goes, and so do the roles that it was given.
    /// Nothing happens to a user who is no placeholder.
    pub ends_placeholder: bool,
    /// The new username. Every document that copies the one before is changed too: see [`crate::WorkspaceBatch`].
    pub username: Option<String>,
    /// bcrypt of the new password.
    pub bcrypt: Option<String>,
    /// Roles to add.
    pub add_roles: Vec<String>,
    /// Addresses to add, unverified; those that are there keep their `verified`.
    pub add_emails: Vec<String>,
    /// The new type.
    pub user_type: Option<UserType>,
    /// The new name.
    pub name: Option<String>,
    /// The new status line.
    pub status_text: Option<String>,
    /// The new bio.
    pub bio: Option<String>,
    /// The new offset.
    pub utc_offset: Option<f64>,
    /// Whether the user is active from now on.
    pub active: Option<bool>,
    /// The avatar to fetch.
    pub pending_avatar_url: Option<String>,
    /// Custom fields to set, one by one.
    pub custom_fields: Option<Map<String, Value>>,
}

/// Who somebody is, as rooms, subscriptions and messages name users.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct UserRef {
    /// The user's `_id`.
    #[serde(rename = "_id")]
    pub id: String,
    /// The username.
    #[serde(default)]
    pub username: String,
    /// The name shown.
    #[serde(default)]
    pub name: String,
}

/// A room (`rocketchat_room`).
///
/// `msgs`, `usersCount`, `lm` and `lastMessage` are not here: a store keeps them itself, from the messages and
/// subscriptions that it is given.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
#[serde(rename_all = "camelCase")]
pub struct Room {
    /// 17 characters; a direct room of two: both user ids, sorted and joined.
    #[serde(rename = "_id")]
    pub id: String,
    /// The slug; none for direct rooms. Unique among rooms that have one.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub name: Option<String>,
    /// The name as given; none for direct rooms.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub fname: Option<String>,
    /// Public, private or direct.
    #[serde(rename = "t")]
    pub room_type: RoomType,
    /// The owner.
    #[serde(default, rename = "u", skip_serializing_if = "Option::is_none")]
    pub owner: Option<UserRef>,
    /// When it was created.
    pub ts: Date,
    /// Whether only some may write: `false`.
    #[serde(default)]
    pub ro: bool,
    /// The topic.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub topic: Option<String>,
    /// What the room is for.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub description: Option<String>,
    /// Whether it is archived.
    #[serde(default, skip_serializing_if = "std::ops::Not::not")]
    pub archived: bool,
    /// Ids in the systems that the room was imported from.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub import_ids: Vec<String>,
    /// Direct rooms: ids of the members, sorted.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub uids: Vec<String>,
    /// Direct rooms: usernames of the members, in the order of `uids`.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub usernames: Vec<String>,
    /// Whether it is the main room of a team. An import adds nobody to it.
    #[serde(default, skip_serializing_if = "std::ops::Not::not")]
    pub team_main: bool,
    /// Whether other servers take part in it. An import adds nobody to it.
    #[serde(default, skip_serializing_if = "std::ops::Not::not")]
    pub federated: bool,
    /// Whether its messages are encrypted end to end. An import adds nobody to it.
    #[serde(default, skip_serializing_if = "std::ops::Not::not")]
    pub encrypted: bool,
    /// Whether everybody is put into it: `false`.
    #[serde(default)]
    pub default: bool,
    /// When it last changed.
    #[serde(rename = "_updatedAt")]
    pub updated_at: Date,
}

/// What an import changes of an existing room. Empty lists and `None` change nothing.
#[derive(Debug, Clone, Default, PartialEq)]
pub struct RoomPatch {
    /// Which.
    pub id: String,
    /// Import ids to add.
    pub add_import_ids: Vec<String>,
    /// The new slug and name as given: only ever of the general room.
    pub names: Option<(String, String)>,
    /// The new topic.
    pub topic: Option<String>,
    /// The new description.
    pub description: Option<String>,
    /// The new creation date.
    pub ts: Option<Timestamp>,
}

/// Somebody's membership of a room (`rocketchat_subscription`). There is one for each user and room.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
#[serde(rename_all = "camelCase")]
pub struct Subscription {
    /// 17 characters, following from room and user.
    #[serde(rename = "_id")]
    pub id: String,
    /// The room.
    pub rid: String,
    /// The member.
    #[serde(rename = "u")]
    pub user: UserRef,
    /// The room's slug; in a direct room, the other members' usernames.
    pub name: String,
    /// The room's name; in a direct room, the other members' names.
    pub fname: String,
    /// The room's type.
    #[serde(rename = "t")]
    pub room_type: RoomType,
    /// Whether the member's list of rooms shows it: `false` where the room is archived.
    pub open: bool,
    /// Whether there is something new: `false`.
    pub alert: bool,
    /// Unread messages: 0.
    pub unread: u64,
    /// Unread mentions: 0.
    pub user_mentions: u64,
    /// Unread mentions of everybody: 0.
    pub group_mentions: u64,
    /// Since when.
    pub ts: Date,
    /// When the member last looked.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub ls: Option<Date>,
    /// Roles in the room: `owner` for the owner.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub roles: Vec<String>,
    /// Whether the room is archived.
    #[serde(default, skip_serializing_if = "std::ops::Not::not")]
    pub archived: bool,
    /// When it last changed.
    #[serde(rename = "_updatedAt")]
    pub updated_at: Date,
}

/// A member's rank by the roles in a room, as `roomRolePriorities` of users has it; none for a plain member.
pub(crate) fn role_priority(roles: &[String]) -> Option<i32> {
    let priority = |role: &String| match role.as_str() {
        "owner" => Some(0),
        "leader" => Some(250),
        "moderator" => Some(500),
        _ => None,
    };
    roles.iter().filter_map(priority).min()
}

/// Who edited a message.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct EditorRef {
    /// The user's `_id`.
    #[serde(rename = "_id")]
    pub id: String,
    /// The username.
    pub username: String,
}

/// A room that a message mentions.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct RoomMention {
    /// The room's `_id`.
    #[serde(rename = "_id")]
    pub id: String,
    /// The room's slug.
    pub name: String,
}

/// Who reacted with one emoji.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct Reaction {
    /// Usernames.
    pub usernames: Vec<String>,
}

/// A link in a message's text.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct MessageUrl {
    /// The address.
    pub url: String,
    /// What the workspace knows about the page. Rocket.Chat reads the field without asking whether it is there.
    #[serde(default)]
    pub meta: UrlMeta,
}

impl MessageUrl {
    /// A link to a page that the workspace has not read.
    pub fn new(url: impl Into<String>) -> Self {
        Self { url: url.into(), meta: UrlMeta {} }
    }
}

/// What the workspace knows about a page: nothing, as long as it has not read the page.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq, Serialize, Deserialize)]
pub struct UrlMeta {}

/// A message (`rocketchat_message`).
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
#[serde(rename_all = "camelCase")]
pub struct Message {
    /// Follows from the id in the source.
    #[serde(rename = "_id")]
    pub id: String,
    /// The room's `_id`.
    pub rid: String,
    /// The text.
    pub msg: String,
    /// When it was written.
    pub ts: Date,
    /// The author.
    #[serde(rename = "u")]
    pub user: UserRef,
    /// The type of a system message.
    #[serde(default, rename = "t", skip_serializing_if = "Option::is_none")]
    pub system_type: Option<String>,
    /// Whether clients may show it as one block with its neighbours.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub groupable: Option<bool>,
    /// In a thread: the id of its first message.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub tmid: Option<String>,
    /// In a thread: whether the room shows the reply too.
    #[serde(default, skip_serializing_if = "std::ops::Not::not")]
    pub tshow: bool,
    /// On a thread's first message: when the last reply came.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub tlm: Option<Date>,
    /// On a thread's first message: the number of replies.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub tcount: Option<u64>,
    /// On a thread's first message: ids of those who replied.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub replies: Vec<String>,
    /// When it was last edited.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub edited_at: Option<Date>,
    /// Who edited it.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub edited_by: Option<EditorRef>,
    /// Users mentioned.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub mentions: Vec<UserRef>,
    /// Rooms mentioned.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub channels: Vec<RoomMention>,
    /// Whether the room's list of pinned messages shows it.
    #[serde(default, skip_serializing_if = "std::ops::Not::not")]
    pub pinned: bool,
    /// When it was pinned.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub pinned_at: Option<Date>,
    /// Who pinned it.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub pinned_by: Option<EditorRef>,
    /// Reactions by emoji, colons included.
    #[serde(default, skip_serializing_if = "BTreeMap::is_empty")]
    pub reactions: BTreeMap<String, Reaction>,
    /// Attachments.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub attachments: Vec<Value>,
    /// The file that it brings, pending or fetched.
    #[serde(default, rename = "_importFile", skip_serializing_if = "Option::is_none")]
    pub import_file: Option<MessageFile>,
    /// Links in the text.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub urls: Vec<MessageUrl>,
    /// The name shown instead of the author's.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub alias: Option<String>,
    /// An emoji shown instead of the author's avatar.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub emoji: Option<String>,
    /// Whether a program wrote it.
    #[serde(default, skip_serializing_if = "std::ops::Not::not")]
    pub bot: bool,
    /// Whether clients leave it out.
    #[serde(default, rename = "_hidden", skip_serializing_if = "std::ops::Not::not")]
    pub hidden: bool,
    /// When it last changed.
    #[serde(rename = "_updatedAt")]
    pub updated_at: Date,
}

/// An address of a contact.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct ContactEmail {
    /// The address.
    pub address: String,
}

/// A phone number of a contact.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "camelCase")]
pub struct ContactPhone {
    /// The number.
    pub phone_number: String,
}

/// A contact (`rocketchat_livechat_contact`).
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
#[serde(rename_all = "camelCase")]
pub struct Contact {
    /// 17 characters.
    #[serde(rename = "_id")]
    pub id: String,
    /// The name.
    #[serde(default)]
    pub name: String,
    /// Addresses.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub emails: Vec<ContactEmail>,
    /// Phone numbers.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub phones: Vec<ContactPhone>,
    /// The `_id` of the user who looks after the contact.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub contact_manager: Option<String>,
    /// Whatever else the source has.
    #[serde(default, skip_serializing_if = "Map::is_empty")]
    pub custom_fields: Map<String, Value>,
    /// Channels on which the contact was met: none.
    #[serde(default)]
    pub channels: Vec<Value>,
    /// Whether nothing is known of the contact: `false`.
    #[serde(default)]
    pub unknown: bool,
    /// Ids in the systems that the contact was imported from.
    #[serde(default)]
    pub import_ids: Vec<String>,
    /// When the document was made.
    pub created_at: Date,
    /// When it last changed.
    #[serde(rename = "_updatedAt")]
    pub updated_at: Date,
}
