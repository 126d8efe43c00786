//! The table of endpoints: each is written here and nowhere else.
//!
//! [`for_each_endpoint!`](crate::for_each_endpoint) hands those that take and give JSON to a macro, one handler each; those
//! with a handler of their own (a streamed body, the document, pages) are in [`for_each_special_endpoint!`](crate::for_each_special_endpoint).

use serde_json::{Value, json};

use crate::{
    endpoint::{
        Access::{LoggedIn, Permitted, Public},
        BodyKind, Endpoint, Method, Nothing,
        Permission::{RunImport, ViewImportOperations},
        QueryKind, Spec, Tag,
    },
    requests::{AddUsers, DownloadPublicImportFile, Login, RecordsQuery, StartImport, UploadImportFile, UploadQuery},
    responses::{
        Accepted, CurrentOperation, Health, ImportFileData, ImportProgress, ImportStatus, ImporterList, Info,
        LoggedIn as LoggedInBody, LoggedOut, Me, NewOperation, OperationList, PendingCount, RecordPage, RetryAccepted,
    },
};

/// Calls a macro with the name of every endpoint that takes and gives JSON: `m!(ImportNew ImportAddUsers …)`.
#[macro_export]
macro_rules! for_each_endpoint {
    ($macro:ident) => {
        $macro!(
            ImportersList
            ImportNew
            ImportAddUsers
            ImportRun
            ImportStatusNow
            ImportClear
            UploadFile
            DownloadPublicFile
            FileData
            Start
            Progress
            CurrentImport
            LatestImports
            DownloadPendingFiles
            DownloadPendingAvatars
            LogIn
            LogOut
            WhoAmI
            ServerInfo
            HealthCheck
            ListRecords
            RetryFailed
        );
    };
}

/// Calls a macro with the name of every endpoint that has a handler of its own kind.
#[macro_export]
macro_rules! for_each_special_endpoint {
    ($macro:ident) => {
        $macro!(UploadRaw OpenApiDocument);
    };
}

macro_rules! endpoint {
    (
        $(#[$doc:meta])*
        $name:ident: $method:ident $path:literal, $access:expr, $tag:ident,
        query: $query:ident($query_model:ty), body: $body:ident($body_model:ty), response: $response:ty,
        $summary:literal, $description:literal,
        refusals: $refusals:expr,
        request: $example_request:expr,
        answer: $example_response:tt
        $(, named: $example_name:literal, or: {$($other_name:literal: $other_response:tt),+})?
    ) => {
        $(#[$doc])*
        #[derive(Debug, Clone, Copy, Default)]
        pub struct $name;

        impl Endpoint for $name {
            const SPEC: Spec = Spec {
                method: Method::$method,
                path: $path,
                access: $access,
                body: BodyKind::$body,
                query: QueryKind::$query,
                tag: Tag::$tag,
                summary: $summary,
                description: $description,
                refusals: $refusals,
            };
            type Query = $query_model;
            type Request = $body_model;
            type Response = $response;

            fn example_request() -> Option<Value> {
                $example_request
            }
            fn example_response() -> Value {
                json!($example_response)
            }
            $(
                const EXAMPLE_NAME: &'static str = $example_name;
                fn more_example_responses() -> Vec<(&'static str, Value)> {
                    vec![$(($other_name, json!($other_response))),+]
                }
            )?
        }
    };
}

const NOT_READY: &[&str] =
    &["error-operation-not-found", "error-invalid-operation-status", "error-importer-not-defined"];

endpoint! {
    /// Which importers there are.
    ImportersList: Get "/api/v1/importers.list", Permitted(RunImport), Import,
    query: Refused(Nothing), body: Ignored(Nothing), response: ImporterList,
    "List importers", "The importers that read export files, as an array.",
    refusals: &[],
    request: None,
    answer: [
        {"key": "csv", "name": "CSV"}, {"key": "slack", "name": "Slack"}, {"key": "slack-users", "name": "Slack_Users"},
        {"key": "omnichannel_contact", "name": "omnichannel_contacts_importer"}
    ]
}

endpoint! {
    /// Creates an operation for bulk users.
    ImportNew: Post "/api/v1/import.new", Permitted(RunImport), BulkUserImport,
    query: Ignored(Nothing), body: Ignored(Nothing), response: NewOperation,
    "Create an operation",
    "Creates an operation that users can be added to. The operation that was current ends, and the staging area is emptied.",
    refusals: &[],
    request: None,
    answer: {
        "operation": {
            "_id": "64d69545ee8ae821983005f5", "type": "api", "importerKey": "api", "ts": "2023-08-11T20:08:37.655Z",
            "status": "importer_new", "valid": true, "user": "rbAXPnMktTFbNpwtJ", "_updatedAt": "2023-08-11T20:08:37.655Z"
        },
        "success": true
    }
}

endpoint! {
    /// Stages users.
    ImportAddUsers: Post "/api/v1/import.addUsers", Permitted(RunImport), BulkUserImport,
    query: Ignored(Nothing), body: Json(AddUsers), response: Accepted,
    "Add users",
    "Stages users in the current operation, which becomes ready. Every user needs an address and an import id, and every role has to exist; \
     otherwise none is added. An empty list changes nothing.",
    refusals: &[
        "Import operation not initialized.", "The current import operation can not receive new data.",
        "The current import operation is already finished.", "Users are missing required data.",
        "One or more of the users have been assigned invalid roles."
    ],
    request: Some(json!({"users": [
        {"username": "john.doe", "emails": ["john.doe@example.com"], "importIds": ["1523"], "name": "John Doe", "password": "P@ssw0rd"},
        {"username": "jane.doe", "emails": ["jane.doe@example.com"], "importIds": ["1524"], "name": "Jane Doe"}
    ]})),
    answer: {"success": true}
}

endpoint! {
    /// Runs the operation.
    ImportRun: Post "/api/v1/import.run", Permitted(RunImport), BulkUserImport,
    query: Ignored(Nothing), body: Ignored(Nothing), response: Accepted,
    "Run the operation",
    "Imports every staged record, passing over users who exist. Answers as soon as the run is accepted. Records that fail or are passed over \
     stay in the staging area.",
    refusals: NOT_READY,
    request: None,
    answer: {"success": true}
}

endpoint! {
    /// The state of the current operation.
    ImportStatusNow: Get "/api/v1/import.status", Permitted(RunImport), BulkUserImport,
    query: Ignored(Nothing), body: Ignored(Nothing), response: ImportStatus,
    "Get the operation's state",
    "The state of the current operation, and the operation. While it runs, its counts move after every 50 records (500 messages).",
    refusals: &[],
    request: None,
    answer: {
        "state": "ready",
        "operation": {
            "_id": "64d51ea91558939980aab371", "type": "api", "importerKey": "api", "ts": "2023-08-10T17:30:17.519Z",
            "status": "importer_user_selection", "valid": true, "user": "7TY57bBj3xQXvf2i2", "_updatedAt": "2023-08-10T17:41:20.052Z",
            "count": {"total": 2, "users": 2}
        },
        "success": true
    },
    named: "ready",
    or: {"none": {"state": "none", "success": true}}
}

endpoint! {
    /// Ends the operation.
    ImportClear: Post "/api/v1/import.clear", Permitted(RunImport), BulkUserImport,
    query: Ignored(Nothing), body: Ignored(Nothing), response: Accepted,
    "End the operation", "Ends the current operation, whatever it is at, and empties the staging area.",
    refusals: &[],
    request: None,
    answer: {"success": true}
}

endpoint! {
    /// Uploads an export file in a JSON body.
    UploadFile: Post "/api/v1/uploadImportFile", Permitted(RunImport), Import,
    query: Ignored(Nothing), body: Json(UploadImportFile), response: Accepted,
    "Upload an export file",
    "Creates an operation from a base64 file and begins to prepare it. Large files are better streamed to `import.upload`.",
    refusals: &["error-importer-not-defined"],
    request: Some(json!({
        "binaryContent": "YW5uLGFubkBleGFtcGxlLmNvbSxBbm4K", "contentType": "text/csv", "fileName": "users.csv", "importerKey": "csv"
    })),
    answer: {"success": true}
}

endpoint! {
    /// Fetches an export file from an address.
    DownloadPublicFile: Post "/api/v1/downloadPublicImportFile", Permitted(RunImport), Import,
    query: Ignored(Nothing), body: Json(DownloadPublicImportFile), response: Accepted,
    "Fetch an export file",
    "Creates an operation, fetches the file in the background and prepares it. Only public addresses are fetched from, unless the server \
     allows others. A server that has a directory for imports takes the path of a file in it too.",
    refusals: &["error-importer-not-defined", "error-import-file-missing"],
    request: Some(json!({"fileUrl": "https://example.com/export.zip", "importerKey": "csv"})),
    answer: {"success": true}
}

endpoint! {
    /// What the operation has staged.
    FileData: Get "/api/v1/getImportFileData", Permitted(RunImport), Import,
    query: Refused(Nothing), body: Ignored(Nothing), response: ImportFileData,
    "Get what is staged",
    "Users, rooms and contacts to choose from and the number of messages, or `waiting` while the file is being prepared.",
    refusals: &["error-operation-not-found", "error-import-operation-invalid", "error-import-file-format-invalid"],
    request: None,
    answer: {
        "name": "CSV",
        "users": [{
            "user_id": "ann", "username": "ann", "email": "ann@example.com", "is_deleted": false, "is_bot": false, "do_import": true,
            "is_email_taken": false
        }],
        "channels": [{
            "channel_id": "lobby", "name": "lobby", "is_archived": false, "do_import": true, "is_private": false, "is_direct": false
        }],
        "contacts": [],
        "message_count": 12,
        "success": true
    },
    named: "prepared",
    or: {"waiting": {"waiting": true, "success": true}}
}

endpoint! {
    /// Starts the import of what was chosen.
    Start: Post "/api/v1/startImport", Permitted(RunImport), Import,
    query: Ignored(Nothing), body: Json(StartImport), response: Accepted,
    "Start the import",
    "Imports what is chosen of the staged records; a kind left out imports none of it. Users and rooms that exist are updated. Direct \
     conversations are chosen together, as the channel `__directMessages__`.",
    refusals: NOT_READY,
    request: Some(json!({"input": {"users": {"all": true}, "channels": {"all": false, "list": ["lobby", "__directMessages__"]}}})),
    answer: {"success": true}
}

endpoint! {
    /// How far the operation is.
    Progress: Get "/api/v1/getImportProgress", Permitted(RunImport), Import,
    query: Refused(Nothing), body: Ignored(Nothing), response: ImportProgress,
    "Get the operation's progress", "The step that the current operation stands at, and how many of its records are imported.",
    refusals: &["error-operation-not-found"],
    request: None,
    answer: {
        "key": "csv", "name": "CSV", "step": "importer_importing_messages", "count": {"completed": 1500, "total": 4242}, "success": true
    }
}

endpoint! {
    /// The operation that was created last.
    CurrentImport: Get "/api/v1/getCurrentImportOperation", Permitted(RunImport), Import,
    query: Refused(Nothing), body: Ignored(Nothing), response: CurrentOperation,
    "Get the current operation", "The operation that was created last, ended or not; left out where there was never one.",
    refusals: &[],
    request: None,
    answer: {
        "operation": {
            "_id": "7PbvsnKJD9ZAqw38C", "type": "Pending Avatars", "importerKey": "pending-avatars", "ts": 1635337234169u64,
            "status": "importer_done", "valid": true, "user": "d26x6zSkaPSe5gCyy", "_updatedAt": "2021-10-27T12:20:34.184Z"
        },
        "success": true
    },
    named: "operation",
    or: {"none": {"success": true}}
}

endpoint! {
    /// The last twenty operations.
    LatestImports: Get "/api/v1/getLatestImportOperations", Permitted(ViewImportOperations), Import,
    query: Refused(Nothing), body: Ignored(Nothing), response: OperationList,
    "List the latest operations", "The last twenty operations by the time of their last change, newest first, as an array.",
    refusals: &[],
    request: None,
    answer: [{
        "_id": "MJxTRZsYdho8Ww2qq", "type": "Pending Avatars", "importerKey": "pending-avatars", "ts": 1635280600083u64,
        "status": "importer_user_selection", "valid": false, "user": "d26x6zSkaPSe5gCyy", "_updatedAt": "2021-10-27T11:26:24.430Z"
    }]
}

endpoint! {
    /// Fetches the files of imported messages.
    DownloadPendingFiles: Post "/api/v1/downloadPendingFiles", Permitted(RunImport), Import,
    query: Ignored(Nothing), body: Ignored(Nothing), response: PendingCount,
    "Fetch pending files", "Creates an operation that fetches the files of messages already imported. Answers how many there are.",
    refusals: &["error-importer-not-defined"],
    request: None,
    answer: {"count": 0, "success": true}
}

endpoint! {
    /// Fetches the avatars of imported users.
    DownloadPendingAvatars: Post "/api/v1/downloadPendingAvatars", Permitted(RunImport), Import,
    query: Ignored(Nothing), body: Ignored(Nothing), response: PendingCount,
    "Fetch pending avatars", "Creates an operation that fetches the avatars of users already imported. Answers how many there are.",
    refusals: &["error-importer-not-defined"],
    request: None,
    answer: {"count": 0, "success": true}
}

endpoint! {
    /// Gives a token for a password.
    LogIn: Post "/api/v1/login", Public, Authentication,
    query: Ignored(Nothing), body: JsonOrForm(Login), response: LoggedInBody,
    "Log in",
    "Gives the two values that every other request is authenticated with. A name and a password give a new token, which expires after 90 \
     days. A token that is still good, in `resume`, gives the same token.",
    refusals: &[],
    request: Some(json!({"user": "import-admin", "password": "P@ssw0rd"})),
    answer: {
        "status": "success",
        "data": {
            "userId": "CkCPNctrgCDfmWLqC", "authToken": "1Dd4iN_ClKn5jl-xPC36snQ4s9Zd5GZnXCQuCNSKcVE",
            "me": {"_id": "CkCPNctrgCDfmWLqC", "name": "Import Admin", "username": "import-admin", "emails": [], "roles": ["admin"]}
        }
    }
}

endpoint! {
    /// Takes the token back.
    LogOut: Post "/api/v1/logout", LoggedIn, Authentication,
    query: Ignored(Nothing), body: Ignored(Nothing), response: LoggedOut,
    "Log out", "Makes the token of this request invalid.",
    refusals: &[],
    request: None,
    answer: {"status": "success", "data": {"message": "You've been logged out!"}}
}

endpoint! {
    /// Who is logged in.
    WhoAmI: Get "/api/v1/me", LoggedIn, Authentication,
    query: Ignored(Nothing), body: Ignored(Nothing), response: Me,
    "Get the profile", "Who is logged in.",
    refusals: &[],
    request: None,
    answer: {
        "_id": "CkCPNctrgCDfmWLqC", "name": "Import Admin", "username": "import-admin",
        "emails": [{"address": "admin@example.com", "verified": false}], "roles": ["admin"], "success": true
    }
}

endpoint! {
    /// Which server this is.
    ServerInfo: Get "/api/info", Public, Server,
    query: Ignored(Nothing), body: Ignored(Nothing), response: Info,
    "Get the version", "The version of Rocket.Chat whose API this is, and that of the import server.",
    refusals: &[],
    request: None,
    answer: {"version": "8.0.0", "importServer": {"version": "0.1.0"}, "success": true}
}

endpoint! {
    /// Whether the server can answer.
    HealthCheck: Get "/health", Public, Server,
    query: Ignored(Nothing), body: Ignored(Nothing), response: Health,
    "Get the server's health", "Answers once the server is ready.",
    refusals: &[],
    request: None,
    answer: {"status": "ok"}
}

endpoint! {
    /// Lists staged, failed and skipped records.
    ListRecords: Get "/api/ext/import.records", Permitted(RunImport), Extension,
    query: Typed(RecordsQuery), body: Ignored(Nothing), response: RecordPage,
    "List records",
    "Records of an operation's staging area, a page at a time: those that wait, those that failed and those that were passed over, with why. \
     The failed ones of an operation can be listed after it ended.",
    refusals: &["error-operation-not-found"],
    request: None,
    answer: {
        "records": [{
            "_id": "b5pWcFmMpSP5cDJQz", "dataType": "message",
            "data": {"rid": "lobby", "u": {"_id": "zoe"}, "msg": "hello", "ts": "2021-10-27T12:20:34.169Z"},
            "errors": [{"message": "importer-message-unknown-user: zoe", "entry": "lobby/2021.csv"}]
        }],
        "offset": 0, "count": 1, "total": 1, "success": true
    }
}

endpoint! {
    /// Runs the failed records again.
    RetryFailed: Post "/api/ext/import.retry", Permitted(RunImport), Extension,
    query: Ignored(Nothing), body: Ignored(Nothing), response: RetryAccepted,
    "Retry failed records",
    "Runs the failed records of the current operation again, once it is done. Lines and entries that could not be read stay as they are. \
     Answers how many records there are.",
    refusals: &["error-operation-not-found", "error-invalid-operation-status"],
    request: None,
    answer: {"count": 3, "success": true}
}

endpoint! {
    /// Uploads an export file as it is.
    UploadRaw: Post "/api/ext/import.upload", Permitted(RunImport), Extension,
    query: Typed(UploadQuery), body: Raw(Nothing), response: NewOperation,
    "Stream an export file",
    "Creates an operation and streams the body, the file as it is and of any size, to disk; then begins to prepare it. An upload that breaks \
     off ends the operation.",
    refusals: &["error-importer-not-defined"],
    request: None,
    answer: {
        "operation": {
            "_id": "hD4yWqPs6vXcRtBnM", "type": "CSV", "importerKey": "csv", "ts": "2023-08-11T20:08:37.655Z",
            "status": "importer_file_loaded", "valid": true, "user": "rbAXPnMktTFbNpwtJ", "_updatedAt": "2023-08-11T20:08:37.655Z",
            "contentType": "application/zip", "file": "export.zip"
        },
        "success": true
    }
}

endpoint! {
    /// The OpenAPI document.
    OpenApiDocument: Get "/openapi.json", Public, Server,
    query: Ignored(Nothing), body: Ignored(Nothing), response: serde_json::Map<String, Value>,
    "Get the OpenAPI document", "The OpenAPI 3.0 document of this API.",
    refusals: &[],
    request: None,
    answer: {"openapi": "3.0.3"}
}
