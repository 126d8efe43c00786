//! Line 7: contacts stand beside users and rooms; an operation that was given up is an error.

use import_client::import_proto::{
    ImportFileData, ImportProgress, ImportStatus, OperationState, ProgressCount, ProgressStep, SelectionChannel,
    SelectionContact, Success,
};

use super::{assert_reads, operation};

#[tokio::test]
async fn what_is_staged() {
    assert_reads!(
        "GET /api/v1/getImportFileData",
        import_file_data,
        [
            (
                "contacts, and direct conversations as one room",
                r#"{"name":"omnichannel_contacts_importer","users":[],
                "channels":[{"channel_id":"__directMessages__","name":"Direct Messages","is_archived":false,"do_import":true,
                "is_private":true,"is_direct":true}],
                "contacts":[{"id":"c-1","name":"Rosa","emails":["rosa@example.com"],"phones":["+4930123"],"do_import":true}],
                "message_count":0,"success":true}"#,
                ImportFileData {
                    name: Some("omnichannel_contacts_importer".into()),
                    users: Some(vec![]),
                    channels: Some(vec![SelectionChannel {
                        channel_id: "__directMessages__".into(),
                        name: "Direct Messages".into(),
                        is_archived: false,
                        do_import: true,
                        is_private: true,
                        is_direct: true,
                    }]),
                    contacts: Some(vec![SelectionContact {
                        id: "c-1".into(),
                        name: "Rosa".into(),
                        emails: vec!["rosa@example.com".into()],
                        phones: vec!["+4930123".into()],
                        do_import: true,
                    }]),
                    message_count: Some(0),
                    ..ImportFileData::default()
                }
            ),
            (
                "contacts are left out where the server has none",
                r#"{"users":[],"channels":[],"message_count":0,"success":true}"#,
                ImportFileData {
                    users: Some(vec![]),
                    channels: Some(vec![]),
                    message_count: Some(0),
                    ..ImportFileData::default()
                }
            ),
        ]
    );
}

#[tokio::test]
async fn the_steps_of_contacts() {
    let at = |step| ImportProgress {
        key: "omnichannel_contact".into(),
        name: "omnichannel_contacts_importer".into(),
        step,
        count: ProgressCount { completed: 3, total: 9 },
        success: Success,
    };
    assert_reads!(
        "GET /api/v1/getImportProgress",
        progress,
        [
            (
                "while the file is read",
                r#"{"key":"omnichannel_contact","name":"omnichannel_contacts_importer","step":"importer_preparing_contacts",
                "count":{"completed":3,"total":9},"success":true}"#,
                at(ProgressStep::PreparingContacts)
            ),
            (
                "while they are imported, with errors counted",
                r#"{"key":"omnichannel_contact","name":"omnichannel_contacts_importer","step":"importer_importing_contacts",
                "count":{"completed":3,"error":1,"total":9},"success":true}"#,
                at(ProgressStep::ImportingContacts)
            ),
        ]
    );
}

#[tokio::test]
async fn an_operation_that_was_given_up_is_an_error_although_its_step_is_none() {
    let operation = operation(
        "64d69545ee8ae821983005f5",
        ("csv", "CSV"),
        ProgressStep::UserSelection,
        false,
        (1_735_725_600_000, 1_735_725_601_000),
    );
    assert_reads!(
        "GET /api/v1/import.status",
        status,
        [(
            "not valid",
            r#"{"state":"error","operation":{"_id":"64d69545ee8ae821983005f5","type":"CSV","importerKey":"csv",
            "ts":"2025-01-01T10:00:00.000Z","status":"importer_user_selection","valid":false,"user":"d26x6zSkaPSe5gCyy",
            "_updatedAt":"2025-01-01T10:00:01.000Z"},"success":true}"#,
            ImportStatus {
                state: OperationState::Error,
                operation: Some(operation),
                reasons: None,
                notices: None,
                success: Success
            }
        )]
    );
}
