//! Bodies as servers have been seen to write them.

/// An operation in a state, with counts.
pub(crate) fn status(state: &str, step: &str, count: &str) -> String {
    format!(
        r#"{{"state":"{state}","operation":{{"_id":"op-1","type":"CSV","importerKey":"csv","ts":"2023-08-10T17:30:17.519Z",
        "status":"{step}","valid":true,"user":"user-1","_updatedAt":"2023-08-10T17:41:20.052Z","file":"export.zip",
        "count":{{{count}}}}},"success":true}}"#
    )
}

/// The published example of `import.status`, with numbers and booleans as text.
pub(crate) const STRINGLY_STATUS: &str = r#"{"state":"ready","operation":{"_id":"64d51ea91558939980aab371","type":"api",
    "importerKey":"api","ts":"2023-08-10T17:30:17.519Z","status":"importer_user_selection","valid":"true",
    "user":"7TY57bBj3xQXvf2i2","_updatedAt":"2023-08-10T17:41:20.052Z","count":{"total":"2","users":"2"}},"success":"true"}"#;

pub(crate) const OPERATION: &str = r#"{"_id":"op-1","type":"api","importerKey":"api","ts":"2023-08-11T20:08:37.655Z",
    "status":"importer_new","valid":true,"user":"user-1","_updatedAt":"2023-08-11T20:08:37.655Z"}"#;

pub(crate) const LATEST: &str = r#"{"_id":"MJxTRZsYdho8Ww2qq","type":"Pending Avatars","importerKey":"pending-avatars",
    "ts":1635280600083,"status":"importer_user_selection","valid":false,"user":"d26x6zSkaPSe5gCyy",
    "_updatedAt":"2021-10-27T11:26:24.430Z"}"#;

pub(crate) const SUCCESS: &str = r#"{"success":true}"#;

/// 401, as the import server, a Rocket.Chat from 8.0 on, and older ones write it.
pub(crate) const UNAUTHORIZED: [&str; 4] = [
    r#"{"success":false,"status":"error","message":"You must be logged in to do this.","error":"unauthorized"}"#,
    r#"{"success":false,"error":"You must be logged in to do this."}"#,
    r#"{"status":"error","message":"You must be logged in to do this."}"#,
    r#"{"success":false,"error":"unauthorized"}"#,
];

/// 403, as the import server and older ones, and a Rocket.Chat from 8.0 on write it.
pub(crate) const FORBIDDEN: [&str; 2] = [
    r#"{"success":false,"error":"User does not have the permissions required for this action [error-unauthorized]"}"#,
    r#"{"success":false,"error":"User does not have the permissions required for this action [error-forbidden]"}"#,
];

pub(crate) const NO_SUCH_IMPORTER: &str = r#"{"success":false,
    "error":"The importer (png) has no import class defined. [error-importer-not-defined]",
    "errorType":"error-importer-not-defined","details":"uploadImportFile"}"#;
