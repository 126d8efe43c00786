//! Line 3: times are numbers, files are known to the operation with what was read of them, users may be taken.

use import_client::import_proto::{
    CurrentOperation, ImportFileData, ImportProgress, Operation, OperationCount, OperationList, PendingCount,
    ProgressCount, ProgressStep, SelectionChannel, SelectionUser, Success,
};

use super::{assert_reads, counts, operation};

#[tokio::test]
async fn the_current_operation() {
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
        [
            (
                "`ts` is an integer",
                r#"{"success":true,"operation":{"_id":"7PbvsnKJD9ZAqw38C","type":"Pending Avatars","importerKey":"pending-avatars",
                "ts":1635337234169,"status":"importer_done","valid":true,"user":"d26x6zSkaPSe5gCyy",
                "_updatedAt":"2021-10-27T12:20:34.184Z"}}"#,
                CurrentOperation { operation: Some(done()), success: Success }
            ),
            (
                "with a file, what was read of it, and errors",
                r#"{"success":true,"operation":{"_id":"7PbvsnKJD9ZAqw38C","type":"Pending Avatars","importerKey":"pending-avatars",
                "ts":1635337234169,"status":"importer_done","valid":true,"user":"d26x6zSkaPSe5gCyy",
                "_updatedAt":"2021-10-27T12:20:34.184Z","contentType":"application/zip","file":"2021927_d26x6zSkaPSe5gCyy_a.zip",
                "hasErrors":true,"errors":[{"error":{},"msg":"m"}],"fileData":{"users":[],"channels":[],"message_count":20},
                "count":{"messages":20,"total":20,"completed":20}}}"#,
                CurrentOperation {
                    operation: Some(Operation {
                        content_type: Some("application/zip".into()),
                        file: Some("2021927_d26x6zSkaPSe5gCyy_a.zip".into()),
                        count: Some(OperationCount { messages: Some(20), ..counts(20, 20) }),
                        ..done()
                    }),
                    success: Success
                }
            ),
            (
                "none, as null",
                r#"{"success":true,"operation":null}"#,
                CurrentOperation { operation: None, success: Success }
            ),
            ("none, left out", r#"{"success":true}"#, CurrentOperation { operation: None, success: Success }),
        ]
    );
}

#[tokio::test]
async fn the_latest_operations() {
    assert_reads!(
        "GET /api/v1/getLatestImportOperations",
        latest_operations,
        [
            (
                "an array; the older one was kept before operations knew their importer's key",
                r#"[{"_id":"YzSCu9WgqJ3wutF4T","type":"Pending Files","importerKey":"pending-files","ts":1635280596592,
                "status":"importer_done","valid":false,"user":"d26x6zSkaPSe5gCyy","_updatedAt":"2021-10-27T08:32:42.609Z"},
                {"_id":"c5dKqYtWm8nPz3xRa","type":"Slack","ts":1507651200000,"status":"importer_import_failed","valid":false,
                "user":"d26x6zSkaPSe5gCyy","_updatedAt":"2017-10-10T16:00:01.000Z","file":"export.zip"}]"#,
                OperationList(vec![
                    operation(
                        "YzSCu9WgqJ3wutF4T",
                        ("pending-files", "Pending Files"),
                        ProgressStep::Done,
                        false,
                        (1_635_280_596_592, 1_635_323_562_609)
                    ),
                    Operation {
                        file: Some("export.zip".into()),
                        ..operation(
                            "c5dKqYtWm8nPz3xRa",
                            ("", "Slack"),
                            ProgressStep::ImportFailed,
                            false,
                            (1_507_651_200_000, 1_507_651_201_000)
                        )
                    },
                ])
            ),
            ("nothing was ever imported", "[]", OperationList(vec![])),
        ]
    );
}

#[tokio::test]
async fn what_was_read_of_a_file() {
    let user = |id: &str, name: &str, email: &str, wanted: bool| SelectionUser {
        user_id: id.into(),
        username: name.into(),
        email: email.into(),
        is_deleted: false,
        is_bot: false,
        do_import: wanted,
        is_email_taken: !wanted,
    };
    assert_reads!(
        "GET /api/v1/getImportFileData",
        import_file_data,
        [
            (
                "the file is being prepared",
                r#"{"waiting":true,"success":true}"#,
                ImportFileData { waiting: Some(true), ..ImportFileData::default() }
            ),
            (
                "a taken address, an error kept with the user, a room without the newer flags",
                r#"{"name":"CSV","users":[
                {"user_id":"bradley","username":"bradley","email":"b@example.com","is_deleted":false,"is_bot":false,"do_import":true,
                 "is_email_taken":false},
                {"user_id":"ann","username":"ann","email":"ann@example.com","is_deleted":false,"is_bot":false,"do_import":false,
                 "is_email_taken":true,"error":{"error":403}}],
                "channels":[{"channel_id":"lobby","name":"lobby","creator":"bradley","is_archived":false,"do_import":true}],
                "message_count":2,"success":true}"#,
                ImportFileData {
                    name: Some("CSV".into()),
                    users: Some(vec![
                        user("bradley", "bradley", "b@example.com", true),
                        user("ann", "ann", "ann@example.com", false),
                    ]),
                    channels: Some(vec![SelectionChannel {
                        channel_id: "lobby".into(),
                        name: "lobby".into(),
                        is_archived: false,
                        do_import: true,
                        is_private: false,
                        is_direct: false,
                    }]),
                    message_count: Some(2),
                    ..ImportFileData::default()
                }
            ),
        ]
    );
}

#[tokio::test]
async fn progress_and_counts() {
    assert_reads!(
        "GET /api/v1/getImportProgress",
        progress,
        [(
            "counts of a run",
            r#"{"key":"slack","name":"Slack","step":"importer_importing_messages","count":{"completed":500,"total":1873},"success":true}"#,
            ImportProgress {
                key: "slack".into(),
                name: "Slack".into(),
                step: ProgressStep::ImportingMessages,
                count: ProgressCount { completed: 500, total: 1873 },
                success: Success,
            }
        )]
    );
    assert_reads!(
        "POST /api/v1/downloadPendingFiles",
        download_pending_files,
        [("success before the count", r#"{"success":true,"count":82}"#, PendingCount { count: 82, success: Success })]
    );
}
