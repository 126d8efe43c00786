//! Bodies of 200 answers. Those that were published in two forms read both and write the one that is documented.

use std::{borrow::Cow, fmt};

use schemars::{JsonSchema, Schema, SchemaGenerator, json_schema};
use serde::{Deserialize, Deserializer, Serialize, Serializer, de};
use serde_json::Value;

use crate::{
    lenient,
    notices::Notice,
    operation::Operation,
    reasons::RecordReasons,
    records::{DataType, RecordError},
    selection::{Selection, SelectionChannel, SelectionContact, SelectionUser},
    step::{OperationState, ProgressStep},
    time::{EpochTime, IsoTime},
};

/// The `success` of a 200 answer: always true.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq)]
pub struct Success;

impl Serialize for Success {
    fn serialize<S: Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
        serializer.serialize_bool(true)
    }
}

impl<'de> Deserialize<'de> for Success {
    fn deserialize<D: Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
        match lenient::boolean(deserializer)? {
            true => Ok(Self),
            false => Err(de::Error::custom("success is false")),
        }
    }
}

impl JsonSchema for Success {
    fn schema_name() -> Cow<'static, str> {
        "Success".into()
    }
    fn inline_schema() -> bool {
        true
    }
    fn json_schema(_: &mut SchemaGenerator) -> Schema {
        json_schema!({"type": "boolean"})
    }
}

/// An answer that says nothing but that it was done.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
pub struct Accepted {
    /// True.
    pub success: Success,
}

/// An importer, as `importers.list` shows it.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
pub struct ImporterInfo {
    /// Its key.
    pub key: String,
    /// Its display name.
    pub name: String,
}

/// Declares a list that is written as a top-level array and read from that or from an object that holds it.
macro_rules! list {
    ($(#[$doc:meta])* $name:ident($item:ty), wrapped in $key:literal) => {
        $(#[$doc])*
        #[derive(Debug, Clone, Default, PartialEq, Eq, Serialize, JsonSchema)]
        pub struct $name(pub Vec<$item>);

        impl<'de> Deserialize<'de> for $name {
            fn deserialize<D: Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
                #[derive(Deserialize)]
                struct Wrapped {
                    #[serde(rename = $key)]
                    list: Vec<$item>,
                }
                struct EitherForm;
                impl<'de> de::Visitor<'de> for EitherForm {
                    type Value = Vec<$item>;
                    fn expecting(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
                        f.write_str(concat!("an array, or an object with `", $key, "`"))
                    }
                    fn visit_seq<A: de::SeqAccess<'de>>(self, seq: A) -> Result<Self::Value, A::Error> {
                        Vec::deserialize(de::value::SeqAccessDeserializer::new(seq))
                    }
                    fn visit_map<A: de::MapAccess<'de>>(self, map: A) -> Result<Self::Value, A::Error> {
                        Ok(Wrapped::deserialize(de::value::MapAccessDeserializer::new(map))?.list)
                    }
                }
                deserializer.deserialize_any(EitherForm).map(Self)
            }
        }
    };
}

list! {
    /// The body of `importers.list`.
    ImporterList(ImporterInfo), wrapped in "importers"
}

list! {
    /// The body of `getLatestImportOperations`: newest first.
    OperationList(Operation<EpochTime>), wrapped in "operations"
}

/// The body of `import.new` and `import.upload`.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
pub struct NewOperation {
    /// The operation that was created.
    pub operation: Operation<IsoTime>,
    /// True.
    pub success: Success,
}

/// The body of `import.status`.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
pub struct ImportStatus {
    /// The state of the current operation.
    pub state: OperationState,
    /// The operation; absent where the state is `none`.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub operation: Option<Operation<IsoTime>>,
    /// Failed and skipped records by reason; absent where there are none. Only the import server tells.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub reasons: Option<RecordReasons>,
    /// What was left out, made up or changed although no record failed, by kind and name; absent where there is nothing. Only
    /// the import server tells.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub notices: Option<Vec<Notice>>,
    /// True.
    pub success: Success,
}

/// The body of `getCurrentImportOperation`.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
pub struct CurrentOperation {
    /// The operation; absent where none was ever created.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub operation: Option<Operation<EpochTime>>,
    /// True.
    pub success: Success,
}

/// How far an operation is.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
pub struct ProgressCount {
    /// Records created or updated.
    #[serde(default, deserialize_with = "lenient::count")]
    pub completed: u64,
    /// Records to process.
    #[serde(default, deserialize_with = "lenient::count")]
    pub total: u64,
}

/// The body of `getImportProgress`.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
pub struct ImportProgress {
    /// The importer's key.
    pub key: String,
    /// The importer's display name.
    pub name: String,
    /// The step that the operation stands at.
    pub step: ProgressStep,
    /// How far it is.
    pub count: ProgressCount,
    /// True.
    pub success: Success,
}

/// The body of `getImportFileData`: a [`Selection`], or `waiting` while the file is being prepared.
#[derive(Debug, Clone, Default, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
pub struct ImportFileData {
    /// True while the file is being prepared; nothing else is there then.
    #[serde(default, skip_serializing_if = "Option::is_none", deserialize_with = "lenient::opt_boolean")]
    pub waiting: Option<bool>,
    /// The importer's display name.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub name: Option<String>,
    /// Users staged.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub users: Option<Vec<SelectionUser>>,
    /// Rooms staged; direct conversations stand in it as one.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub channels: Option<Vec<SelectionChannel>>,
    /// Contacts staged.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub contacts: Option<Vec<SelectionContact>>,
    /// How many messages there are.
    #[serde(default, skip_serializing_if = "Option::is_none", deserialize_with = "lenient::opt_count")]
    pub message_count: Option<u64>,
    /// True.
    pub success: Success,
}

impl ImportFileData {
    /// The answer while the file is being prepared.
    pub fn waiting() -> Self {
        Self { waiting: Some(true), ..Self::default() }
    }

    /// The Selection; `None` while the file is being prepared.
    pub fn into_selection(self) -> Option<Selection> {
        (self.waiting != Some(true)).then(|| Selection {
            name: self.name.unwrap_or_default(),
            users: self.users.unwrap_or_default(),
            channels: self.channels.unwrap_or_default(),
            contacts: self.contacts.unwrap_or_default(),
            message_count: self.message_count.unwrap_or_default(),
        })
    }
}

impl From<Selection> for ImportFileData {
    fn from(selection: Selection) -> Self {
        Self {
            waiting: None,
            name: Some(selection.name),
            users: Some(selection.users),
            channels: Some(selection.channels),
            contacts: Some(selection.contacts),
            message_count: Some(selection.message_count),
            success: Success,
        }
    }
}

/// The body of `downloadPendingFiles` and `downloadPendingAvatars`.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
pub struct PendingCount {
    /// How many are to be fetched.
    #[serde(deserialize_with = "lenient::count")]
    pub count: u64,
    /// True.
    pub success: Success,
}

/// An address of a user.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
pub struct Email {
    /// The address.
    pub address: String,
    /// Whether its owner confirmed it.
    #[serde(default)]
    pub verified: bool,
}

/// Who is logged in.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
pub struct Profile {
    /// The user's id.
    #[serde(rename = "_id")]
    pub id: String,
    /// The name shown.
    #[serde(default, deserialize_with = "lenient::string_or_empty")]
    pub name: String,
    /// The username.
    #[serde(default, deserialize_with = "lenient::string_or_empty")]
    pub username: String,
    /// Addresses.
    #[serde(default)]
    pub emails: Vec<Email>,
    /// Ids of roles.
    #[serde(default)]
    pub roles: Vec<String>,
}

/// The body of `me`.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
pub struct Me {
    /// Who is logged in.
    #[serde(flatten)]
    pub profile: Profile,
    /// True.
    pub success: Success,
}

/// What a login gives.
#[derive(Clone, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
#[serde(rename_all = "camelCase")]
pub struct LoginData {
    /// What to send as `X-User-Id`.
    pub user_id: String,
    /// What to send as `X-Auth-Token`.
    pub auth_token: String,
    /// Who is logged in.
    pub me: Profile,
}

impl fmt::Debug for LoginData {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("LoginData").field("user_id", &self.user_id).finish_non_exhaustive()
    }
}

/// The body of `login`.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
pub struct LoggedIn {
    /// `success`.
    pub status: String,
    /// What the login gives.
    pub data: LoginData,
}

/// The body of `logout`.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
pub struct LoggedOut {
    /// `success`.
    pub status: String,
    /// What was done.
    pub data: LogoutData,
}

/// What a logout did.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
pub struct LogoutData {
    /// A sentence.
    pub message: String,
}

/// Which import server this is.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
pub struct ImportServerInfo {
    /// Its version.
    pub version: String,
}

/// The body of `info`.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
#[serde(rename_all = "camelCase")]
pub struct Info {
    /// The version of Rocket.Chat whose API this is.
    pub version: String,
    /// There where the server is this project's; a Rocket.Chat does not have it.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub import_server: Option<ImportServerInfo>,
    /// True.
    pub success: Success,
}

/// The body of `health`.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
pub struct Health {
    /// `ok` once the server can answer.
    pub status: String,
}

/// A record of the staging area, as `import.records` shows it.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize, JsonSchema)]
#[serde(rename_all = "camelCase")]
pub struct RecordView {
    /// The record's id in the staging area.
    #[serde(rename = "_id")]
    pub id: String,
    /// What it is.
    pub data_type: DataType,
    /// The record, or what could be read of it; never a password.
    pub data: Value,
    /// Why it failed or was skipped; empty for one that waits.
    #[serde(default)]
    pub errors: Vec<RecordError>,
}

/// The body of `import.records`.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize, JsonSchema)]
pub struct RecordPage {
    /// Records by kind, in the order in which they were read.
    pub records: Vec<RecordView>,
    /// How many were passed over.
    pub offset: u64,
    /// How many are in this page.
    pub count: u64,
    /// How many there are in all.
    pub total: u64,
    /// True.
    pub success: Success,
}

/// The body of `import.retry`.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
pub struct RetryAccepted {
    /// How many failed and incomplete records are run again.
    pub count: u64,
    /// True.
    pub success: Success,
}
