//! Line 8: lists stand alone, or within an object.

use import_client::import_proto::{CurrentOperation, ImporterInfo, ImporterList, OperationList, ProgressStep, Success};

use super::{assert_reads, operation};

#[tokio::test]
async fn the_list_of_importers() {
    let importers = || ImporterList(vec![ImporterInfo { key: "slack".into(), name: "Slack".into() }]);
    assert_reads!(
        "GET /api/v1/importers.list",
        importers,
        [
            ("an array", r#"[{"key":"slack","name":"Slack"}]"#, importers()),
            ("wrapped", r#"{"success":true,"importers":[{"key":"slack","name":"Slack"}]}"#, importers()),
            ("wrapped, none", r#"{"importers":[],"success":true}"#, ImporterList(vec![])),
        ]
    );
}

#[tokio::test]
async fn the_latest_operations() {
    let done = || {
        OperationList(vec![operation(
            "6990a2c41f0e9b0012d3a7c1",
            ("csv", "CSV"),
            ProgressStep::Done,
            true,
            (1_771_086_532_101, 1_771_086_540_777),
        )])
    };
    const DONE: &str = r#"{"_id":"6990a2c41f0e9b0012d3a7c1","type":"CSV","importerKey":"csv","ts":"2026-02-14T16:28:52.101Z",
        "status":"importer_done","valid":true,"user":"d26x6zSkaPSe5gCyy","_updatedAt":"2026-02-14T16:29:00.777Z"}"#;
    assert_reads!(
        "GET /api/v1/getLatestImportOperations",
        latest_operations,
        [
            ("an array", format!("[{DONE}]"), done()),
            ("wrapped", format!(r#"{{"operations":[{DONE}],"success":true}}"#), done()),
            ("wrapped, none", r#"{"operations":[],"success":true}"#, OperationList(vec![])),
        ]
    );
}

#[tokio::test]
async fn no_operation() {
    assert_reads!(
        "GET /api/v1/getCurrentImportOperation",
        current_operation,
        [("left out", r#"{"success":true}"#, CurrentOperation { operation: None, success: Success })]
    );
}
