//! What a check finds: the numbers and lists that are reported, in the shape in which `--json` prints them.

use import_proto::{DataType, IsoTime, Notices, ReasonCount};
use serde::Serialize;

/// Whether an export can be imported whole.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize)]
#[serde(rename_all = "lowercase")]
pub enum Verdict {
    /// Nothing is wrong with it.
    Whole,
    /// It can be imported, but something of it will be lost or fail.
    Partly,
    /// There is nothing in it that can be imported.
    Nothing,
}

/// What is in an export, and what is wrong with it.
#[derive(Debug, Clone, PartialEq, Serialize)]
#[serde(rename_all = "camelCase")]
pub struct Findings {
    /// Whether it can be imported whole.
    pub verdict: Verdict,
    /// Its users.
    pub users: UserFindings,
    /// Its rooms.
    pub channels: ChannelFindings,
    /// Its messages.
    pub messages: MessageFindings,
    /// Its contacts.
    pub contacts: ContactFindings,
    /// Files that its messages share.
    pub files: FileFindings,
    /// Records that can be read and will fail in a workspace that has none of the users and rooms that the export lacks.
    pub will_fail: Failing,
    /// Entries and records that cannot be read.
    pub unreadable: Unreadable,
    /// What is left out, made up or changed although no record fails.
    pub notices: Notices,
}

/// The users of an export.
#[derive(Debug, Clone, Default, PartialEq, Serialize)]
#[serde(rename_all = "camelCase")]
pub struct UserFindings {
    /// How many.
    pub total: u64,
    /// How many of them are programs.
    pub bots: u64,
    /// How many were deleted: they are imported deactivated.
    pub deleted: u64,
    /// How many have no address: they cannot ask for a new password.
    pub without_email: u64,
    /// How many avatars are to be fetched.
    pub avatars_to_fetch: u64,
    /// How many avatars the export holds.
    pub avatars_in_export: u64,
    /// Usernames that several records have, case disregarded.
    pub duplicate_usernames: Listed,
    /// Addresses that several records have, case disregarded.
    pub duplicate_emails: Listed,
    /// Usernames that nobody can mention in Rocket.Chat as they are.
    pub not_mentionable: Listed,
}

/// The rooms of an export.
#[derive(Debug, Clone, Default, PartialEq, Serialize)]
#[serde(rename_all = "camelCase")]
pub struct ChannelFindings {
    /// How many.
    pub total: u64,
    /// How many of them are public.
    pub public: u64,
    /// How many are private.
    pub private: u64,
    /// How many are direct conversations.
    pub direct: u64,
    /// How many are archived.
    pub archived: u64,
    /// How many public and private ones list no member.
    pub without_members: u64,
    /// Their names, some of them.
    pub without_members_listed: Vec<String>,
    /// Names that several rooms would have: all but the first get a number behind it.
    pub duplicate_names: Listed,
    /// Members of public and private rooms who will be lost, by import id: in how many rooms.
    pub unknown_members: Listed,
}

/// The messages of an export.
#[derive(Debug, Clone, Default, PartialEq, Serialize)]
#[serde(rename_all = "camelCase")]
pub struct MessageFindings {
    /// How many.
    pub total: u64,
    /// When the first was written.
    pub first: Option<IsoTime>,
    /// When the last was written.
    pub last: Option<IsoTime>,
    /// How many there are of each subtype, where the source tells subtypes apart.
    pub subtypes: Vec<Subtype>,
    /// Authors who are not users of the export, by import id: how many messages.
    pub unknown_authors: Listed,
    /// Rooms that the export does not have, or that will fail, by import id: how many messages.
    pub unknown_rooms: Listed,
    /// Reactions by users who are not in the export: they are left out.
    pub reactions_by_unknown_users: u64,
}

/// The messages of one subtype.
#[derive(Debug, Clone, PartialEq, Eq, Serialize)]
#[serde(rename_all = "camelCase")]
pub struct Subtype {
    /// The source's word for them; empty for ordinary ones, `…` for all that are not told apart.
    pub subtype: String,
    /// Whether it is known what they mean.
    pub known: bool,
    /// How many come out, be it as several messages or, where they are not known, as plain ones.
    pub kept: u64,
    /// How many are left out: known ones, because they say nothing that others do not say, others because nothing is in them.
    pub left_out: u64,
}

/// The contacts of an export.
#[derive(Debug, Clone, Default, PartialEq, Serialize)]
#[serde(rename_all = "camelCase")]
pub struct ContactFindings {
    /// How many.
    pub total: u64,
    /// How many have a manager who is no user of the export: the workspace has to have them.
    pub managers_not_in_export: u64,
}

/// Files that the messages of an export share; one that several messages share counts as several.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq, Serialize)]
#[serde(rename_all = "camelCase")]
pub struct FileFindings {
    /// Files to be fetched.
    pub to_fetch: FileCount,
    /// Files that lie in the export.
    pub in_export: FileCount,
    /// Files that lie elsewhere: a link to them is shown.
    pub elsewhere: u64,
    /// Files that can be fetched from nowhere: their name is shown.
    pub gone: u64,
}

/// A number of files.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq, Serialize)]
#[serde(rename_all = "camelCase")]
pub struct FileCount {
    /// How many.
    pub count: u64,
    /// Bytes of those whose size is known.
    pub bytes: u64,
    /// How many are of a size that is not known.
    pub unknown_size: u64,
}

impl FileCount {
    pub(super) fn add(&mut self, size: Option<u64>) {
        self.count += 1;
        match size {
            Some(bytes) => self.bytes = self.bytes.saturating_add(bytes),
            None => self.unknown_size += 1,
        }
    }

    pub(super) fn merge(&mut self, other: Self) {
        self.count += other.count;
        self.bytes = self.bytes.saturating_add(other.bytes);
        self.unknown_size += other.unknown_size;
    }
}

/// Values that occur, of which the most frequent are listed.
#[derive(Debug, Clone, Default, PartialEq, Eq, Serialize)]
#[serde(rename_all = "camelCase")]
pub struct Listed {
    /// How many different values there are. Of usernames and addresses all are told apart, of whatever else a record can
    /// name 100,000.
    pub values: u64,
    /// How often they occur together.
    pub occurrences: u64,
    /// The most frequent, with how often each occurs.
    pub listed: Vec<ValueCount>,
}

/// A value and how often it occurs.
#[derive(Debug, Clone, PartialEq, Eq, Serialize)]
pub struct ValueCount {
    /// The value.
    pub value: String,
    /// How often.
    pub count: u64,
}

/// Records that will fail.
#[derive(Debug, Clone, Default, PartialEq, Serialize)]
#[serde(rename_all = "camelCase")]
pub struct Failing {
    /// How many.
    pub total: u64,
    /// By kind and reason, the most frequent first.
    pub by_reason: Vec<ReasonCount>,
}

/// Entries and records that cannot be read.
#[derive(Debug, Clone, Default, PartialEq, Serialize)]
#[serde(rename_all = "camelCase")]
pub struct Unreadable {
    /// How many.
    pub total: u64,
    /// By kind and reason, the most frequent first.
    pub by_reason: Vec<ReasonCount>,
    /// The first of them, in the order of the file.
    pub listed: Vec<UnreadableRecord>,
}

/// An entry or a record that cannot be read.
#[derive(Debug, Clone, PartialEq, Serialize)]
#[serde(rename_all = "camelCase")]
pub struct UnreadableRecord {
    /// What it was to be.
    pub data_type: DataType,
    /// The entry of the archive.
    pub entry: Option<String>,
    /// The line in it, from 1.
    pub line: Option<u64>,
    /// The column, from 1.
    pub column: Option<u64>,
    /// What is wrong with it.
    pub message: String,
}
