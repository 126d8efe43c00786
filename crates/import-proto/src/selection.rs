//! What an operation has staged, to choose from: the body of `getImportFileData`, and the choice: the body of `startImport`.

use schemars::JsonSchema;
use serde::{Deserialize, Serialize};

use crate::lenient;

/// The channel id that stands for all direct conversations together.
pub const DIRECT_MESSAGES: &str = "__directMessages__";

/// A user that can be selected.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
pub struct SelectionUser {
    /// The user's first import id: what a `list` of `startImport` names.
    #[serde(deserialize_with = "lenient::string")]
    pub user_id: String,
    /// The username, empty where the source has none.
    #[serde(default, deserialize_with = "lenient::string_or_empty")]
    pub username: String,
    /// The first address, empty where the source has none.
    #[serde(default, deserialize_with = "lenient::string_or_empty")]
    pub email: String,
    /// Whether the user was deleted in the system that the data comes from.
    #[serde(default, deserialize_with = "lenient::boolean")]
    pub is_deleted: bool,
    /// Whether the user is a program.
    #[serde(default, deserialize_with = "lenient::boolean")]
    pub is_bot: bool,
    /// Always true: everything is selected until somebody chooses.
    #[serde(default, deserialize_with = "lenient::boolean")]
    pub do_import: bool,
    /// Always false; published for older clients.
    #[serde(default, deserialize_with = "lenient::boolean")]
    pub is_email_taken: bool,
}

/// A room that can be selected.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
pub struct SelectionChannel {
    /// The room's first import id, or [`DIRECT_MESSAGES`].
    #[serde(deserialize_with = "lenient::string")]
    pub channel_id: String,
    /// The name.
    #[serde(default, deserialize_with = "lenient::string_or_empty")]
    pub name: String,
    /// Whether it is archived.
    #[serde(default, deserialize_with = "lenient::boolean")]
    pub is_archived: bool,
    /// Always true: everything is selected until somebody chooses.
    #[serde(default, deserialize_with = "lenient::boolean")]
    pub do_import: bool,
    /// Whether only members see it.
    #[serde(default, deserialize_with = "lenient::boolean")]
    pub is_private: bool,
    /// True for [`DIRECT_MESSAGES`] alone.
    #[serde(default, deserialize_with = "lenient::boolean")]
    pub is_direct: bool,
}

/// A contact that can be selected.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
pub struct SelectionContact {
    /// The contact's first import id.
    #[serde(deserialize_with = "lenient::string")]
    pub id: String,
    /// The name.
    #[serde(default, deserialize_with = "lenient::string_or_empty")]
    pub name: String,
    /// Addresses.
    #[serde(default, deserialize_with = "lenient::strings")]
    pub emails: Vec<String>,
    /// Phone numbers.
    #[serde(default, deserialize_with = "lenient::strings")]
    pub phones: Vec<String>,
    /// Always true: everything is selected until somebody chooses.
    #[serde(default, deserialize_with = "lenient::boolean")]
    pub do_import: bool,
}

/// Everything that an operation has staged.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct Selection {
    /// The importer's display name.
    pub name: String,
    /// Users.
    pub users: Vec<SelectionUser>,
    /// Rooms; direct conversations stand in it as one.
    pub channels: Vec<SelectionChannel>,
    /// Contacts.
    pub contacts: Vec<SelectionContact>,
    /// How many messages there are.
    pub message_count: u64,
}

/// What to import of one kind: everything, or what a list names.
#[derive(Debug, Clone, Default, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
pub struct RecordChoice {
    /// True: everything of this kind, and `list` is disregarded.
    #[serde(default, skip_serializing_if = "Option::is_none", deserialize_with = "lenient::opt_boolean")]
    pub all: Option<bool>,
    /// Ids from the Selection.
    #[serde(default, skip_serializing_if = "Option::is_none", deserialize_with = "lenient::opt_strings")]
    pub list: Option<Vec<String>>,
}

impl RecordChoice {
    /// Everything.
    pub fn all() -> Self {
        Self { all: Some(true), list: None }
    }

    /// What `ids` name.
    pub fn list(ids: impl IntoIterator<Item = String>) -> Self {
        Self { all: None, list: Some(ids.into_iter().collect()) }
    }
}

/// What to import. A kind left out imports none of it.
#[derive(Debug, Clone, Default, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
pub struct ImportInput {
    /// Users.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub users: Option<RecordChoice>,
    /// Rooms, and with them their messages.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub channels: Option<RecordChoice>,
    /// Contacts.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub contacts: Option<RecordChoice>,
}

impl ImportInput {
    /// Everything of every kind.
    pub fn everything() -> Self {
        Self {
            users: Some(RecordChoice::all()),
            channels: Some(RecordChoice::all()),
            contacts: Some(RecordChoice::all()),
        }
    }
}
