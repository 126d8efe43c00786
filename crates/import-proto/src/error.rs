//! Everything the API refuses, and the bodies that say so.

use schemars::JsonSchema;
use serde::{Deserialize, Deserializer, Serialize, Serializer, ser::SerializeMap};
use serde_json::Value;

use crate::lenient;

/// A request that a rule of the protocol refuses. Refused requests create, end and change nothing.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Refusal {
    /// `import.addUsers` without a valid operation.
    NotInitialized,
    /// `import.addUsers` while the operation loads or imports.
    CannotReceiveData,
    /// `import.addUsers` after the operation ended.
    AlreadyFinished,
    /// `import.addUsers` with a user who has no address or no import id.
    MissingUserData,
    /// `import.addUsers` with a role that does not exist.
    InvalidRoles,
    /// A run without a valid operation.
    NothingToRun,
    /// A run of an operation that is not ready.
    NotReady,
    /// A run of an operation whose importer this server does not have.
    CannotRunImporter,
    /// An importer key that this server does not have.
    ImporterNotDefined(
        /// The key, as given.
        String,
    ),
    /// A question about an operation where there is none.
    OperationNotFound,
    /// A question about an operation that another server gave up while it was loading.
    OperationInvalid,
    /// A question about an operation whose file could not be read.
    FileFormatInvalid,
    /// A download from something that is neither `http` nor `https`, or from an address that is not public.
    ImportFileMissing(
        /// The URL, as given, or the reason.
        String,
    ),
    /// A body or query that has not the documented form.
    InvalidParams(
        /// What is wrong, naming the field.
        String,
    ),
}

/// How the body of a refusal is written.
enum Form {
    /// `error` is a sentence and nothing else is said.
    Reason(&'static str),
    /// `error` is the code and nothing else is said.
    Code(&'static str),
    /// `error` is the sentence with the code in brackets, `errorType` the code, `details` the endpoint.
    Full(String, &'static str),
    /// `error` and `errorType`, no `details`.
    Params(String),
}

impl Refusal {
    fn form(&self) -> Form {
        match self {
            Self::NotInitialized => Form::Reason("Import operation not initialized."),
            Self::CannotReceiveData => Form::Reason("The current import operation can not receive new data."),
            Self::AlreadyFinished => Form::Reason("The current import operation is already finished."),
            Self::MissingUserData => Form::Reason("Users are missing required data."),
            Self::InvalidRoles => Form::Reason("One or more of the users have been assigned invalid roles."),
            Self::NothingToRun => Form::Code("error-operation-not-found"),
            Self::NotReady => Form::Code("error-invalid-operation-status"),
            Self::CannotRunImporter => Form::Code("error-importer-not-defined"),
            Self::ImporterNotDefined(key) => {
                Form::Full(format!("The importer ({key}) has no import class defined."), "error-importer-not-defined")
            }
            Self::OperationNotFound => Form::Full("Import Operation Not Found".into(), "error-operation-not-found"),
            Self::OperationInvalid => Form::Full("Invalid Import Operation".into(), "error-import-operation-invalid"),
            Self::FileFormatInvalid => Form::Full(
                "Failed to process import file. Please check the file format and try again.".into(),
                "error-import-file-format-invalid",
            ),
            Self::ImportFileMissing(url) => Form::Full(url.clone(), "error-import-file-missing"),
            Self::InvalidParams(reason) => Form::Params(reason.clone()),
        }
    }

    /// The body of the 400 that answers a request to `endpoint` (the last part of its path).
    pub fn body(&self, endpoint: &str) -> ErrorBody {
        match self.form() {
            Form::Reason(text) | Form::Code(text) => {
                ErrorBody { success: false, error: text.to_owned(), error_type: None, details: None }
            }
            Form::Full(reason, code) => ErrorBody {
                success: false,
                error: format!("{reason} [{code}]"),
                error_type: Some(code.to_owned()),
                details: Some(endpoint.to_owned()),
            },
            Form::Params(reason) => ErrorBody {
                success: false,
                error: format!("{reason} [invalid-params]"),
                error_type: Some("invalid-params".to_owned()),
                details: None,
            },
        }
    }
}

impl std::fmt::Display for Refusal {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        match self.form() {
            Form::Reason(text) | Form::Code(text) => f.write_str(text),
            Form::Full(text, _) | Form::Params(text) => f.write_str(&text),
        }
    }
}

impl std::error::Error for Refusal {}

/// The body of a 400.
#[derive(Debug, Clone, PartialEq, Eq, Deserialize, JsonSchema)]
#[serde(rename_all = "camelCase")]
pub struct ErrorBody {
    /// Always false.
    #[serde(deserialize_with = "lenient::boolean")]
    pub success: bool,
    /// What is wrong.
    pub error: String,
    /// The code of the rule that refused the request.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub error_type: Option<String>,
    /// The endpoint that refused the request.
    #[serde(default, skip_serializing_if = "Option::is_none", deserialize_with = "endpoint_named")]
    pub details: Option<String>,
}

/// Reads `details`, which names the endpoint; servers of line 3 do so within an object: `{"method": "startImport"}`.
/// Whatever else stands there names none.
fn endpoint_named<'de, D: Deserializer<'de>>(deserializer: D) -> Result<Option<String>, D::Error> {
    Ok(match Value::deserialize(deserializer)? {
        Value::String(name) => Some(name),
        Value::Object(fields) => fields.get("method").and_then(Value::as_str).map(str::to_owned),
        _ => None,
    })
}

/// Keys stand in the order in which they were published: the code before the sentence where it stands alone, behind it
/// where the endpoint is named as well.
impl Serialize for ErrorBody {
    fn serialize<S: Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
        let mut map = serializer.serialize_map(None)?;
        map.serialize_entry("success", &self.success)?;
        match (&self.error_type, &self.details) {
            (Some(code), None) => {
                map.serialize_entry("errorType", code)?;
                map.serialize_entry("error", &self.error)?;
            }
            (code, details) => {
                map.serialize_entry("error", &self.error)?;
                if let Some(code) = code {
                    map.serialize_entry("errorType", code)?;
                }
                if let Some(details) = details {
                    map.serialize_entry("details", details)?;
                }
            }
        }
        map.end()
    }
}

/// The body of an answer that says one sentence: 403, 404, 405, 408, 413, 415, 500, 503.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
pub struct PlainErrorBody {
    /// Always false.
    #[serde(deserialize_with = "lenient::boolean")]
    pub success: bool,
    /// What is wrong.
    pub error: String,
}

impl PlainErrorBody {
    /// A body that holds this sentence.
    pub fn new(error: impl Into<String>) -> Self {
        Self { success: false, error: error.into() }
    }

    /// The body of a 403.
    pub fn forbidden() -> Self {
        Self::new("User does not have the permissions required for this action [error-unauthorized]")
    }
}

/// The body of a 401. It unites the two published forms, so that clients of either generation can read it.
// Read from another server's answer, the fields that its form lacks are empty.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
pub struct UnauthorizedBody {
    /// Always false.
    #[serde(default, deserialize_with = "lenient::boolean")]
    pub success: bool,
    /// Always `error`.
    #[serde(default)]
    pub status: String,
    /// A sentence.
    #[serde(default)]
    pub message: String,
    /// Always `unauthorized`.
    #[serde(default)]
    pub error: String,
}

impl Default for UnauthorizedBody {
    fn default() -> Self {
        Self {
            success: false,
            status: "error".into(),
            message: "You must be logged in to do this.".into(),
            error: "unauthorized".into(),
        }
    }
}

/// The body of the 401 of `login`.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
pub struct LoginFailedBody {
    /// Always `error`.
    pub status: String,
    /// Always `Unauthorized`.
    pub error: String,
    /// Always `Unauthorized`.
    pub message: String,
}

impl Default for LoginFailedBody {
    fn default() -> Self {
        Self { status: "error".into(), error: "Unauthorized".into(), message: "Unauthorized".into() }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn body(refusal: Refusal, endpoint: &str) -> String {
        serde_json::to_string(&refusal.body(endpoint)).unwrap()
    }

    #[test]
    fn refusals_have_their_published_bodies() {
        let cases = [
            (Refusal::NotInitialized, r#"{"success":false,"error":"Import operation not initialized."}"#),
            (
                Refusal::CannotReceiveData,
                r#"{"success":false,"error":"The current import operation can not receive new data."}"#,
            ),
            (
                Refusal::AlreadyFinished,
                r#"{"success":false,"error":"The current import operation is already finished."}"#,
            ),
            (Refusal::MissingUserData, r#"{"success":false,"error":"Users are missing required data."}"#),
            (
                Refusal::InvalidRoles,
                r#"{"success":false,"error":"One or more of the users have been assigned invalid roles."}"#,
            ),
            (Refusal::NothingToRun, r#"{"success":false,"error":"error-operation-not-found"}"#),
            (Refusal::NotReady, r#"{"success":false,"error":"error-invalid-operation-status"}"#),
            (Refusal::CannotRunImporter, r#"{"success":false,"error":"error-importer-not-defined"}"#),
            (
                Refusal::ImporterNotDefined("png".into()),
                r#"{"success":false,"error":"The importer (png) has no import class defined. [error-importer-not-defined]","errorType":"error-importer-not-defined","details":"uploadImportFile"}"#,
            ),
            (
                Refusal::OperationNotFound,
                r#"{"success":false,"error":"Import Operation Not Found [error-operation-not-found]","errorType":"error-operation-not-found","details":"uploadImportFile"}"#,
            ),
            (
                Refusal::OperationInvalid,
                r#"{"success":false,"error":"Invalid Import Operation [error-import-operation-invalid]","errorType":"error-import-operation-invalid","details":"uploadImportFile"}"#,
            ),
            (
                Refusal::FileFormatInvalid,
                r#"{"success":false,"error":"Failed to process import file. Please check the file format and try again. [error-import-file-format-invalid]","errorType":"error-import-file-format-invalid","details":"uploadImportFile"}"#,
            ),
            (
                Refusal::ImportFileMissing("ftp://a/b".into()),
                r#"{"success":false,"error":"ftp://a/b [error-import-file-missing]","errorType":"error-import-file-missing","details":"uploadImportFile"}"#,
            ),
            (
                Refusal::InvalidParams("fileUrl: a string is missing".into()),
                r#"{"success":false,"errorType":"invalid-params","error":"fileUrl: a string is missing [invalid-params]"}"#,
            ),
        ];
        for (refusal, expected) in cases {
            assert_eq!(body(refusal, "uploadImportFile"), expected);
        }
    }

    #[test]
    fn bodies_of_401_and_403_hold_exactly_the_published_keys() {
        assert_eq!(
            serde_json::to_string(&UnauthorizedBody::default()).unwrap(),
            r#"{"success":false,"status":"error","message":"You must be logged in to do this.","error":"unauthorized"}"#
        );
        assert_eq!(
            serde_json::to_string(&PlainErrorBody::forbidden()).unwrap(),
            r#"{"success":false,"error":"User does not have the permissions required for this action [error-unauthorized]"}"#
        );
        assert_eq!(
            serde_json::to_string(&LoginFailedBody::default()).unwrap(),
            r#"{"status":"error","error":"Unauthorized","message":"Unauthorized"}"#
        );
    }
}
