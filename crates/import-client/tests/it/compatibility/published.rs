//! Examples of the published pages: booleans and numbers as text, times as digits.

use import_client::import_proto::{
    CurrentOperation, ImportProgress, ImportStatus, Operation, OperationCount, OperationList, OperationState,
    PendingCount, ProgressCount, ProgressStep, Success,
};

use super::{assert_reads, operation};

#[tokio::test]
async fn booleans_and_numbers_as_text() {
    assert_reads!(
        "GET /api/v1/getImportProgress",
        progress,
        [(
            "counts and success",
            r#"{"key":"pending-avatars","name":"Pending Avatars","step":"importer_user_selection",
            "count":{"completed":"0","total":"0"},"success":"true"}"#,
            ImportProgress {
                key: "pending-avatars".into(),
                name: "Pending Avatars".into(),
                step: ProgressStep::UserSelection,
                count: ProgressCount { completed: 0, total: 0 },
                success: Success,
            }
        )]
    );
    assert_reads!(
        "GET /api/v1/import.status",
        status,
        [(
            "valid, counts and success",
            crate::answers::STRINGLY_STATUS,
            ImportStatus {
                state: OperationState::Ready,
                operation: Some(Operation {
                    user: "7TY57bBj3xQXvf2i2".into(),
                    count: Some(OperationCount { total: Some(2), users: Some(2), ..OperationCount::default() }),
                    ..operation(
                        "64d51ea91558939980aab371",
                        ("api", "api"),
                        ProgressStep::UserSelection,
                        true,
                        (1_691_688_617_519, 1_691_689_280_052)
                    )
                }),
                reasons: None,
                notices: None,
                success: Success,
            }
        )]
    );
    assert_reads!(
        "POST /api/v1/downloadPendingFiles",
        download_pending_files,
        [("a count", r#"{"success":"true","count":"0"}"#, PendingCount { count: 0, success: Success })]
    );
}

#[tokio::test]
async fn times_as_digits() {
    let done = || {
        operation(
            "7PbvsnKJD9ZAqw38C",
            ("pending-avatars", "Pending Avatars"),
            ProgressStep::Done,
            true,
            (1_635_337_234_169, 1_635_337_234_184),
        )
    };
    assert_reads!(
        "GET /api/v1/getCurrentImportOperation",
        current_operation,
        [(
            "`ts`",
            r#"{"success":"true","operation":{"_id":"7PbvsnKJD9ZAqw38C","type":"Pending Avatars","importerKey":"pending-avatars",
            "ts":"1635337234169","status":"importer_done","valid":"true","user":"d26x6zSkaPSe5gCyy",
            "_updatedAt":"2021-10-27T12:20:34.184Z"}}"#,
            CurrentOperation { operation: Some(done()), success: Success }
        )]
    );
    assert_reads!(
        "GET /api/v1/getLatestImportOperations",
        latest_operations,
        [(
            "`ts`",
            r#"[{"_id":"7PbvsnKJD9ZAqw38C","type":"Pending Avatars","importerKey":"pending-avatars","ts":"1635337234169",
            "status":"importer_done","valid":"true","user":"d26x6zSkaPSe5gCyy","_updatedAt":"2021-10-27T12:20:34.184Z"}]"#,
            OperationList(vec![done()])
        )]
    );
}
