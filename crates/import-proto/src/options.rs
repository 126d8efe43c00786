//! What an administrator decides about an import beside the selection.

use schemars::JsonSchema;
use serde::{Deserialize, Serialize};

use crate::{importer::Importer, step::wire_names};

// Variants carry no doc comments: schemars would turn the string enum into a `oneOf`.
/// What to do with users that messages and rooms name, if both export and workspace lack them.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, Serialize, Deserialize, JsonSchema)]
#[serde(rename_all = "lowercase")]
#[allow(missing_docs)]
pub enum UnknownUsers {
    // They are created as inactive placeholder users.
    Placeholder,
    // What needs them fails.
    Fail,
}

wire_names!(UnknownUsers { Placeholder = "placeholder", Fail = "fail" });

/// What becomes of folders of messages whose room no list of the export names.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, Serialize, Deserialize, JsonSchema)]
#[serde(rename_all = "lowercase")]
#[allow(missing_docs)]
pub enum UnknownRooms {
    // They are created as private, archived rooms.
    Create,
    // Their messages fail, unless the workspace has the room.
    Fail,
}

wire_names!(UnknownRooms { Create = "create", Fail = "fail" });

/// The encoding of file names in a zip that does not say that they are UTF-8.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, Serialize, Deserialize, JsonSchema)]
#[allow(missing_docs)]
pub enum NamesEncoding {
    #[serde(rename = "utf-8")]
    Utf8,
    #[serde(rename = "cp437")]
    Cp437,
    #[serde(rename = "cp932")]
    Cp932,
    #[serde(rename = "cp1252")]
    Cp1252,
}

wire_names!(NamesEncoding { Utf8 = "utf-8", Cp437 = "cp437", Cp932 = "cp932", Cp1252 = "cp1252" });

/// Reads a value from its wire form, for command lines.
macro_rules! from_text {
    ($($type:ty: $expected:literal),+ $(,)?) => {
        $(impl std::str::FromStr for $type {
            type Err = &'static str;

            fn from_str(text: &str) -> Result<Self, Self::Err> {
                Self::from_name(text).ok_or($expected)
            }
        })+
    };
}

from_text!(
    UnknownUsers: "`placeholder` or `fail` is expected",
    UnknownRooms: "`create` or `fail` is expected",
    NamesEncoding: "`utf-8`, `cp437`, `cp932` or `cp1252` is expected",
);

/// The options of an import. `None` is the importer's default.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "camelCase", default)]
pub struct ImportOptions {
    /// What becomes of unknown users. By default they become placeholders in exports that name users by id (Slack, HipChat);
    /// elsewhere what needs them fails.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub unknown_users: Option<UnknownUsers>,
    /// What becomes of unlisted rooms. By default they are created.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub unknown_rooms: Option<UnknownRooms>,
    /// The encoding of names in a zip. By default it is guessed.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub names_encoding: Option<NamesEncoding>,
}

impl ImportOptions {
    /// Why the options cannot hold for an importer, if so.
    pub fn contradiction(self, importer: Importer) -> Option<String> {
        let has_placeholders = matches!(importer, Importer::Slack | Importer::HipchatEnterprise);
        (self.unknown_users == Some(UnknownUsers::Placeholder) && !has_placeholders).then(|| {
            format!(
                "unknown users cannot become placeholders for the importer {}: only exports of Slack and HipChat name \
                 people by ids",
                importer.key()
            )
        })
    }

    /// These options; what they leave open is taken from `defaults`.
    pub fn or(self, defaults: Self) -> Self {
        Self {
            unknown_users: self.unknown_users.or(defaults.unknown_users),
            unknown_rooms: self.unknown_rooms.or(defaults.unknown_rooms),
            names_encoding: self.names_encoding.or(defaults.names_encoding),
        }
    }
}
