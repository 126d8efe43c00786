//! What the OpenAPI document says in words: of the API as a whole, of statuses, refusals and the values of enums.

use serde_json::{Map, Value, json};

use crate::{
    endpoint::{Access, Spec},
    error::Refusal,
    notices::NoticeKind,
    options::{NamesEncoding, UnknownRooms, UnknownUsers},
    records::{DataType, UserType},
    requests::StatusFilter,
    step::{OperationState, ProgressStep},
};

/// The description of the whole.
pub(crate) const OVERVIEW: &str = "\
Moves users, rooms, messages and contacts into a Rocket.Chat workspace.

**Who calls.** Every request but a few carries a user's id in `X-User-Id` and one of the user's tokens in `X-Auth-Token`. \
A personal access token never expires; `login` gives one that is good for 90 days.

**From an export file.** `uploadImportFile`, `import.upload` or `downloadPublicImportFile` creates an operation, which \
prepares the file by itself. Ask `import.status` until its state is `ready`, look at what there is with \
`getImportFileData`, choose with `startImport`, and ask `import.status` until the state is `done`. Then \
`downloadPendingFiles` and `downloadPendingAvatars` fetch what lies elsewhere.

**Users alone.** `import.new`, `import.addUsers` as often as there are users left, `import.run`, and `import.status` until \
the state is `done`.

**What failed** is listed by `import.records` with `status=failed`, and run again by `import.retry`. One operation is \
current at a time: a new one, like `import.clear`, ends the one before it.

**Errors** have `success: false` and a sentence in `error`. Tell them apart by the status and, of a 400, by `errorType`; a \
few rules answer with their code alone in `error`, as it was published. A request that is refused changes nothing.";

/// What an answer with this status means.
pub(crate) fn status(status: u16, spec: &Spec) -> String {
    match (status, spec.access) {
        (200, _) => "OK",
        (400, _) => "The request has not this form, or a rule refuses it. Nothing was created, ended or changed.",
        (401, Access::Public) => "Nobody can log in with these credentials.",
        (401, _) => "A header is missing, the user is not there or deactivated, or the token is wrong or has expired.",
        (403, Access::Permitted(permission)) => {
            return format!("None of the user's roles grants the permission `{}`.", permission.as_str());
        }
        (403, _) => "The user lacks a permission.",
        (408, _) => "The body stopped coming before it was whole.",
        (413, _) => "The body is larger than this server takes.",
        (415, _) => "The body has another content type than this endpoint reads.",
        (500, _) => "The server could not carry this out. Its log says why, under the id in the header `x-request-id`.",
        _ => "The server is shutting down; try again in a moment.",
    }
    .to_owned()
}

/// A refusal that a row of the table names: what it is called among the examples, an example, and what it means.
pub(crate) struct Refused {
    pub(crate) name: &'static str,
    pub(crate) refusal: Refusal,
    pub(crate) meaning: &'static str,
}

/// The refusal that `text` names in the row of an endpoint.
pub(crate) fn refused(text: &str, spec: &Spec) -> Option<Refused> {
    // Endpoints that begin a run answer with the code alone.
    let runs = spec.refusals.contains(&"error-invalid-operation-status");
    let (name, refusal, meaning) = match text {
        "Import operation not initialized." => {
            ("not-initialized", Refusal::NotInitialized, "there is no operation, or it is not valid any more")
        }
        "The current import operation can not receive new data." => {
            ("cannot-receive-data", Refusal::CannotReceiveData, "the operation loads a file or imports")
        }
        "The current import operation is already finished." => {
            ("already-finished", Refusal::AlreadyFinished, "the operation is done, or failed")
        }
        "Users are missing required data." => {
            ("missing-user-data", Refusal::MissingUserData, "a user has no address or no import id that is not blank")
        }
        "One or more of the users have been assigned invalid roles." => {
            ("invalid-roles", Refusal::InvalidRoles, "the workspace has no role of a name that is given")
        }
        "error-operation-not-found" if runs => {
            ("no-operation", Refusal::NothingToRun, "there is no operation, or it is not valid any more")
        }
        "error-operation-not-found" => ("no-operation", Refusal::OperationNotFound, "there is no operation"),
        "error-invalid-operation-status" => {
            ("not-ready", Refusal::NotReady, "the operation does not stand where this can be done")
        }
        "error-importer-not-defined" if runs => {
            ("importer-not-defined", Refusal::CannotRunImporter, "this server cannot run the operation's importer")
        }
        "error-importer-not-defined" => {
            ("importer-not-defined", Refusal::ImporterNotDefined("png".into()), "there is no importer of this key")
        }
        "error-import-operation-invalid" => (
            "operation-invalid",
            Refusal::OperationInvalid,
            "the operation was given up while its file was being prepared",
        ),
        "error-import-file-format-invalid" => {
            ("file-format-invalid", Refusal::FileFormatInvalid, "nothing in the file could be read")
        }
        "error-import-file-missing" => (
            "import-file-missing",
            Refusal::ImportFileMissing("ftp://example.com/export.zip".into()),
            "it is neither an `http` or `https` URL nor a file that the server may import by its path",
        ),
        _ => return None,
    };
    Some(Refused { name, refusal, meaning })
}

/// Adds to the description of each enum what its values mean.
pub(crate) fn describe_values(schemas: &mut Map<String, Value>) {
    let mut describe = |name: &str, values: Vec<(&str, &str)>| {
        let Some(Value::Object(schema)) = schemas.get_mut(name) else { return };
        let mut text = schema.get("description").and_then(Value::as_str).unwrap_or_default().to_owned();
        text.push('\n');
        for (value, meaning) in values {
            text.push_str(&format!("\n- `{value}`: {meaning}"));
        }
        schema.insert("description".into(), json!(text));
    };
    describe("ProgressStep", ProgressStep::ALL.map(|step| (step.as_str(), step.description())).to_vec());
    describe("OperationState", OperationState::ALL.map(|state| (state.as_str(), state.description())).to_vec());
    let kind = |kind: DataType| match kind {
        DataType::User => "Somebody, or a program.",
        DataType::Channel => "A room: public, private or direct.",
        DataType::Message => "A message.",
        DataType::Contact => "A contact of the omnichannel.",
        DataType::Entry => "An entry of the export file, or the rest of one, of which nothing could be read.",
    };
    describe("DataType", DataType::ALL.map(|value| (value.as_str(), kind(value))).to_vec());
    let user = |user: UserType| match user {
        UserType::User => "A person.",
        UserType::Bot => "A program.",
    };
    describe("UserType", UserType::ALL.map(|value| (value.as_str(), user(value))).to_vec());
    let filter = |filter: StatusFilter| match filter {
        StatusFilter::Staged => ("staged", "It waits to be imported."),
        StatusFilter::Failed => ("failed", "It failed; `errors` says why."),
        StatusFilter::Skipped => ("skipped", "It was left alone; `errors` says why."),
        StatusFilter::Incomplete => {
            ("incomplete", "It was imported without some users, rooms or messages that it names; `errors` says which.")
        }
    };
    let filters = [StatusFilter::Staged, StatusFilter::Failed, StatusFilter::Skipped, StatusFilter::Incomplete];
    describe("StatusFilter", filters.map(filter).to_vec());
    describe("NoticeKind", NoticeKind::ALL.map(|kind| (kind.as_str(), kind.description())).to_vec());
    let users = |users: UnknownUsers| match users {
        UnknownUsers::Placeholder => "They are created as users who cannot log in.",
        UnknownUsers::Fail => "Records that need them fail.",
    };
    describe("UnknownUsers", UnknownUsers::ALL.map(|value| (value.as_str(), users(value))).to_vec());
    let rooms = |rooms: UnknownRooms| match rooms {
        UnknownRooms::Create => "They are created as private, archived rooms.",
        UnknownRooms::Fail => "Their messages fail, unless the workspace has the room.",
    };
    let encoding = |encoding: NamesEncoding| match encoding {
        NamesEncoding::Utf8 => "Unicode.",
        NamesEncoding::Cp437 => "The encoding of old zips from English systems.",
        NamesEncoding::Cp932 => "Japanese, as Windows writes it.",
        NamesEncoding::Cp1252 => "Western European, as Windows writes it.",
    };
    describe("NamesEncoding", NamesEncoding::ALL.map(|value| (value.as_str(), encoding(value))).to_vec());
    describe("UnknownRooms", UnknownRooms::ALL.map(|value| (value.as_str(), rooms(value))).to_vec());
}
