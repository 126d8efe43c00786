//! An import operation as the wire shows it, and its counts.

use schemars::JsonSchema;
use serde::{Deserialize, Serialize};

use crate::{
    lenient,
    step::ProgressStep,
    time::{EpochTime, IsoTime},
};

/// One import, from its creation to its end.
///
/// `ts` is published as ISO 8601 text in `import.new` and `import.status`, and as epoch milliseconds in
/// `getCurrentImportOperation` and `getLatestImportOperations`; `Ts` is that form. Either form reads both.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
#[serde(rename_all = "camelCase")]
#[schemars(rename = "OperationWith{Ts}")]
pub struct Operation<Ts = IsoTime> {
    /// The operation's id.
    #[serde(rename = "_id", deserialize_with = "lenient::string")]
    pub id: String,
    /// The importer's display name; `api` for users added over the API.
    #[serde(rename = "type", deserialize_with = "lenient::string")]
    pub operation_type: String,
    /// The importer's key.
    // A workspace that was upgraded from before 3.0 lists operations that were kept without one: empty then.
    #[serde(default, deserialize_with = "lenient::string_or_empty")]
    #[schemars(!default, required)]
    pub importer_key: String,
    /// When it was created.
    pub ts: Ts,
    /// The step it stands at.
    pub status: ProgressStep,
    /// False once an administrator's act ended it: `import.clear`, or a newer operation.
    #[serde(deserialize_with = "lenient::boolean")]
    pub valid: bool,
    /// The id of the user who created it.
    #[serde(deserialize_with = "lenient::string")]
    pub user: String,
    /// When it last changed.
    #[serde(rename = "_updatedAt")]
    pub updated_at: IsoTime,
    /// The content type of the uploaded file, as the upload named it.
    #[serde(default, skip_serializing_if = "Option::is_none", deserialize_with = "lenient::opt_string")]
    pub content_type: Option<String>,
    /// The name of the uploaded file.
    #[serde(default, skip_serializing_if = "Option::is_none", deserialize_with = "lenient::opt_string")]
    pub file: Option<String>,
    /// Its counts, once there is something to count.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub count: Option<OperationCount>,
}

impl<Ts> Operation<Ts> {
    /// The same operation with `ts` in another form.
    pub fn with_ts<Other>(self, form: impl FnOnce(Ts) -> Other) -> Operation<Other> {
        Operation {
            id: self.id,
            operation_type: self.operation_type,
            importer_key: self.importer_key,
            ts: form(self.ts),
            status: self.status,
            valid: self.valid,
            user: self.user,
            updated_at: self.updated_at,
            content_type: self.content_type,
            file: self.file,
            count: self.count,
        }
    }
}

impl From<Operation<IsoTime>> for Operation<EpochTime> {
    fn from(operation: Operation<IsoTime>) -> Self {
        operation.with_ts(|ts| EpochTime(ts.0))
    }
}

impl From<Operation<EpochTime>> for Operation<IsoTime> {
    fn from(operation: Operation<EpochTime>) -> Self {
        operation.with_ts(|ts| IsoTime(ts.0))
    }
}

/// How many records an operation has, by kind and by outcome.
///
/// While a run goes on these change only after a whole multiple of 50 processed records (500 messages), and at its end.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
pub struct OperationCount {
    /// Records to process: those staged; from `startImport` on those selected; bad lines and entries of the file included.
    #[serde(default, skip_serializing_if = "Option::is_none", deserialize_with = "lenient::opt_count")]
    pub total: Option<u64>,
    /// Records created or updated.
    #[serde(default, skip_serializing_if = "Option::is_none", deserialize_with = "lenient::opt_count")]
    pub completed: Option<u64>,
    /// Records that failed.
    #[serde(default, skip_serializing_if = "Option::is_none", deserialize_with = "lenient::opt_count")]
    pub error: Option<u64>,
    /// Users staged.
    #[serde(default, skip_serializing_if = "Option::is_none", deserialize_with = "lenient::opt_count")]
    pub users: Option<u64>,
    /// Rooms staged.
    #[serde(default, skip_serializing_if = "Option::is_none", deserialize_with = "lenient::opt_count")]
    pub channels: Option<u64>,
    /// Messages staged.
    #[serde(default, skip_serializing_if = "Option::is_none", deserialize_with = "lenient::opt_count")]
    pub messages: Option<u64>,
    /// Contacts staged.
    #[serde(default, skip_serializing_if = "Option::is_none", deserialize_with = "lenient::opt_count")]
    pub contacts: Option<u64>,
}
