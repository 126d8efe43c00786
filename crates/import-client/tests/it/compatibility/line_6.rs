//! Line 6: numbers up to 6.2; from 6.3 on text, beside the numbers of operations that are older.

use import_client::import_proto::{
    Accepted, CurrentOperation, ImportStatus, ImporterInfo, ImporterList, NewOperation, Operation, OperationCount,
    OperationList, OperationState, PendingCount, ProgressStep, Success,
};

use super::{assert_reads, counts, operation};

#[tokio::test]
async fn the_latest_operations() {
    // More is completed than there was in all: such servers count the files of messages.
    let slack = || Operation {
        content_type: Some("application/x-zip-compressed".into()),
        file: Some("2023240314_export.zip".into()),
        count: Some(OperationCount { users: Some(20), channels: Some(3), messages: Some(112), ..counts(135, 179) }),
        ..operation(
            "9bxw4B2w6BmiLimCN",
            ("slack", "Slack"),
            ProgressStep::Done,
            false,
            (1_677_888_194_652, 1_679_937_165_761),
        )
    };
    assert_reads!(
        "GET /api/v1/getLatestImportOperations",
        latest_operations,
        [
            (
                "6.2: `ts` is an integer, keys that no page documents are null",
                r#"[{"_id":"9bxw4B2w6BmiLimCN","type":"Slack","importerKey":"slack","ts":1677888194652,"status":"importer_done",
                "valid":false,"user":"d26x6zSkaPSe5gCyy","_updatedAt":"2023-03-27T17:12:45.761Z",
                "contentType":"application/x-zip-compressed","file":"2023240314_export.zip","messagesstatus":null,
                "count":{"total":135,"channels":3,"users":20,"messages":112,"completed":179}}]"#,
                OperationList(vec![slack()])
            ),
            (
                "6.3 after an upgrade: both forms of `ts` in one list",
                r#"[{"_id":"64d51ea91558939980aab371","type":"api","importerKey":"api","ts":"2023-08-10T17:30:17.519Z",
                "status":"importer_user_selection","valid":true,"user":"d26x6zSkaPSe5gCyy","_updatedAt":"2023-08-10T17:41:20.052Z",
                "count":{"total":2,"users":2}},
                {"_id":"9bxw4B2w6BmiLimCN","type":"Slack","importerKey":"slack","ts":1677888194652,"status":"importer_done",
                "valid":false,"user":"d26x6zSkaPSe5gCyy","_updatedAt":"2023-03-27T17:12:45.761Z",
                "contentType":"application/x-zip-compressed","file":"2023240314_export.zip","messagesstatus":null,
                "count":{"total":135,"channels":3,"users":20,"messages":112,"completed":179}}]"#,
                OperationList(vec![
                    Operation {
                        count: Some(OperationCount { total: Some(2), users: Some(2), ..OperationCount::default() }),
                        ..operation(
                            "64d51ea91558939980aab371",
                            ("api", "api"),
                            ProgressStep::UserSelection,
                            true,
                            (1_691_688_617_519, 1_691_689_280_052)
                        )
                    },
                    slack()
                ])
            ),
        ]
    );
}

#[tokio::test]
async fn the_current_operation_has_its_time_as_text() {
    assert_reads!(
        "GET /api/v1/getCurrentImportOperation",
        current_operation,
        [(
            "6.3",
            r#"{"operation":{"_id":"64d69545ee8ae821983005f5","type":"CSV","importerKey":"csv","ts":"2023-08-11T20:08:37.655Z",
            "status":"importer_file_loaded","valid":true,"user":"d26x6zSkaPSe5gCyy","_updatedAt":"2023-08-11T20:08:38.001Z"},
            "success":true}"#,
            CurrentOperation {
                operation: Some(operation(
                    "64d69545ee8ae821983005f5",
                    ("csv", "CSV"),
                    ProgressStep::FileLoaded,
                    true,
                    (1_691_784_517_655, 1_691_784_518_001)
                )),
                success: Success
            }
        )]
    );
}

#[tokio::test]
async fn bulk_users() {
    let new = || {
        operation(
            "64d69545ee8ae821983005f5",
            ("api", "api"),
            ProgressStep::New,
            true,
            (1_691_784_517_655, 1_691_784_517_655),
        )
    };
    assert_reads!(
        "POST /api/v1/import.new",
        import_new,
        [(
            "an operation",
            r#"{"operation":{"_id":"64d69545ee8ae821983005f5","type":"api","importerKey":"api","ts":"2023-08-11T20:08:37.655Z",
            "status":"importer_new","valid":true,"user":"d26x6zSkaPSe5gCyy","_updatedAt":"2023-08-11T20:08:37.655Z"},"success":true}"#,
            NewOperation { operation: new(), success: Success }
        )]
    );
    let status = |state, operation| ImportStatus { state, operation, reasons: None, notices: None, success: Success };
    assert_reads!(
        "GET /api/v1/import.status",
        status,
        [
            ("no operation yet", r#"{"state":"none","success":true}"#, status(OperationState::None, None)),
            (
                "a run with failures",
                r#"{"state":"importing","operation":{"_id":"64d69545ee8ae821983005f5","type":"api","importerKey":"api",
                "ts":"2023-08-11T20:08:37.655Z","status":"importer_importing_users","valid":true,"user":"d26x6zSkaPSe5gCyy",
                "_updatedAt":"2023-08-11T20:08:37.655Z","count":{"total":120,"users":120,"completed":48,"error":2}},"success":true}"#,
                status(
                    OperationState::Importing,
                    Some(Operation {
                        status: ProgressStep::ImportingUsers,
                        count: Some(OperationCount { users: Some(120), error: Some(2), ..counts(120, 48) }),
                        ..new()
                    })
                )
            ),
        ]
    );
    assert_reads!("POST /api/v1/import.run", run, [("accepted", r#"{"success":true}"#, Accepted { success: Success })]);
    assert_reads!(
        "POST /api/v1/downloadPendingAvatars",
        download_pending_avatars,
        [("count before success", r#"{"count":7,"success":true}"#, PendingCount { count: 7, success: Success })]
    );
}

#[tokio::test]
async fn the_list_of_importers() {
    let importer = |key: &str, name: &str| ImporterInfo { key: key.into(), name: name.into() };
    assert_reads!(
        "GET /api/v1/importers.list",
        importers,
        [(
            "an array",
            r#"[{"key":"csv","name":"CSV"},{"key":"slack-users","name":"Slack_Users"}]"#,
            ImporterList(vec![importer("csv", "CSV"), importer("slack-users", "Slack_Users")])
        )]
    );
}
