//! Every example value that was published of the API parses into a model, the stringly ones included, as do the forms that
//! servers of other versions answer in.
#![allow(clippy::unwrap_used, reason = "a test may fail where it likes")]

use import_proto::{
    CurrentOperation, EpochTime, ErrorBody, ImportFileData, ImportProgress, ImportStatus, ImporterList, IsoTime,
    LoggedIn, Operation, OperationCount, OperationList, OperationState, PlainErrorBody, ProgressCount, ProgressStep,
    Selection, SelectionUser, Success, Timestamp, UnauthorizedBody,
};
use serde::de::DeserializeOwned;

fn read<T: DeserializeOwned>(json: &str) -> T {
    serde_json::from_str(json).unwrap_or_else(|error| panic!("{error}: {json}"))
}

fn instant(millis: i64) -> Timestamp {
    Timestamp::from_millis(millis).unwrap()
}

#[test]
fn the_progress_of_pending_avatars() {
    let expected = ImportProgress {
        key: "pending-avatars".into(),
        name: "Pending Avatars".into(),
        step: ProgressStep::UserSelection,
        count: ProgressCount { completed: 0, total: 0 },
        success: Success,
    };
    for json in [
        r#"{"key":"pending-avatars","name":"Pending Avatars","step":"importer_user_selection",
            "count":{"completed":"0","total":"0"},"success":"true"}"#,
        r#"{"key":"pending-avatars","name":"Pending Avatars","step":"importer_user_selection",
            "count":{"completed":0,"total":0},"success":true}"#,
    ] {
        assert_eq!(read::<ImportProgress>(json), expected);
    }
}

#[test]
fn the_status_of_an_operation_with_two_users() {
    let expected = ImportStatus {
        state: OperationState::Ready,
        operation: Some(Operation {
            id: "64d51ea91558939980aab371".into(),
            operation_type: "api".into(),
            importer_key: "api".into(),
            ts: IsoTime(instant(1_691_688_617_519)),
            status: ProgressStep::UserSelection,
            valid: true,
            user: "7TY57bBj3xQXvf2i2".into(),
            updated_at: IsoTime(instant(1_691_689_280_052)),
            content_type: None,
            file: None,
            count: Some(OperationCount { total: Some(2), users: Some(2), ..OperationCount::default() }),
        }),
        reasons: None,
        notices: None,
        success: Success,
    };
    for json in [
        r#"{"state":"ready","operation":{"_id":"64d51ea91558939980aab371","type":"api","importerKey":"api",
            "ts":"2023-08-10T17:30:17.519Z","status":"importer_user_selection","valid":"true","user":"7TY57bBj3xQXvf2i2",
            "_updatedAt":"2023-08-10T17:41:20.052Z","count":{"total":"2","users":"2"}},"success":"true"}"#,
        r#"{"state":"ready","operation":{"_id":"64d51ea91558939980aab371","type":"api","importerKey":"api",
            "ts":"2023-08-10T17:30:17.519Z","status":"importer_user_selection","valid":true,"user":"7TY57bBj3xQXvf2i2",
            "_updatedAt":"2023-08-10T17:41:20.052Z","count":{"total":2,"users":2}},"success":true}"#,
    ] {
        assert_eq!(read::<ImportStatus>(json), expected);
    }
}

#[test]
fn every_published_state_is_read() {
    for (name, state) in [
        ("none", OperationState::None),
        ("new", OperationState::New),
        ("loading", OperationState::Loading),
        ("ready", OperationState::Ready),
        ("importing", OperationState::Importing),
        ("error", OperationState::Error),
        ("canceled", OperationState::Canceled),
        ("done", OperationState::Done),
    ] {
        let status: ImportStatus = read(&format!(r#"{{"state":"{name}","success":true}}"#));
        assert_eq!((status.state, status.operation), (state, None));
    }
}

#[test]
fn the_current_operation_of_pending_avatars() {
    let expected = CurrentOperation {
        operation: Some(Operation {
            id: "7PbvsnKJD9ZAqw38C".into(),
            operation_type: "Pending Avatars".into(),
            importer_key: "pending-avatars".into(),
            ts: EpochTime(instant(1_635_337_234_169)),
            status: ProgressStep::Done,
            valid: true,
            user: "d26x6zSkaPSe5gCyy".into(),
            updated_at: IsoTime(instant(1_635_337_234_184)),
            content_type: None,
            file: None,
            count: None,
        }),
        success: Success,
    };
    for json in [
        r#"{"success":"true","operation":{"_id":"7PbvsnKJD9ZAqw38C","type":"Pending Avatars","importerKey":"pending-avatars",
            "ts":"1635337234169","status":"importer_done","valid":"true","user":"d26x6zSkaPSe5gCyy",
            "_updatedAt":"2021-10-27T12:20:34.184Z"}}"#,
        r#"{"success":true,"operation":{"_id":"7PbvsnKJD9ZAqw38C","type":"Pending Avatars","importerKey":"pending-avatars",
            "ts":1635337234169,"status":"importer_done","valid":true,"user":"d26x6zSkaPSe5gCyy",
            "_updatedAt":"2021-10-27T12:20:34.184Z"}}"#,
    ] {
        assert_eq!(read::<CurrentOperation>(json), expected);
    }
}

#[test]
fn what_is_staged_when_nothing_is() {
    let data: ImportFileData = read(r#"{"users":[],"channels":[],"message_count":0,"success":true}"#);
    assert_eq!(data.into_selection(), Some(Selection::default()));
}

#[test]
fn what_is_staged_may_lack_names_and_addresses_or_have_null_for_them() {
    let data: ImportFileData = read(
        r#"{"name":"Slack","users":[{"user_id":"U1","username":null,"email":null,"is_deleted":false,"is_bot":false,"do_import":true}],
            "channels":[{"channel_id":"C1","name":null,"is_archived":false,"do_import":true,"is_private":false,"is_direct":false}],
            "contacts":[{"id":"1","name":null,"do_import":true}],"message_count":3,"success":true}"#,
    );
    let selection = data.into_selection().unwrap();
    let nameless = SelectionUser {
        user_id: "U1".into(),
        username: String::new(),
        email: String::new(),
        is_deleted: false,
        is_bot: false,
        do_import: true,
        is_email_taken: false,
    };
    assert_eq!(selection.users, [nameless]);
    assert_eq!((selection.channels[0].name.as_str(), selection.contacts[0].name.as_str()), ("", ""));
}

#[test]
fn a_401_is_read_in_both_published_forms_and_in_ours() {
    let newer: UnauthorizedBody = read(r#"{"status":"error","message":"You must be logged in to do this."}"#);
    assert_eq!((newer.status.as_str(), newer.message.as_str()), ("error", "You must be logged in to do this."));
    let older: UnauthorizedBody = read(r#"{"success":false,"error":"unauthorized"}"#);
    assert_eq!((older.success, older.error.as_str()), (false, "unauthorized"));
    let ours: UnauthorizedBody = read(
        r#"{"success":false,"status":"error","message":"You must be logged in to do this.","error":"unauthorized"}"#,
    );
    assert_eq!(ours, UnauthorizedBody::default());
}

#[test]
fn a_403_is_read_with_success_as_text_or_boolean() {
    for json in [
        r#"{"success":"false","error":"User does not have the permissions required for this action [error-unauthorized]"}"#,
        r#"{"success":false,"error":"User does not have the permissions required for this action [error-unauthorized]"}"#,
    ] {
        assert_eq!(read::<PlainErrorBody>(json), PlainErrorBody::forbidden());
    }
}

#[test]
fn a_refusal_is_read_with_its_endpoint_as_text_or_within_an_object() {
    for (details, endpoint) in [
        (r#","details":"startImport""#, Some("startImport")),
        (r#","details":{"method":"startImport"}"#, Some("startImport")),
        (r#","details":{"permissions":["run-import"]}"#, None),
        (r#","details":null"#, None),
        ("", None),
    ] {
        let body: ErrorBody = read(&format!(
            r#"{{"success":false,"error":"Importing is not allowed [error-action-not-allowed]",
            "errorType":"error-action-not-allowed"{details}}}"#
        ));
        assert_eq!(body.details.as_deref(), endpoint, "{details}");
        assert_eq!(body.error_type.as_deref(), Some("error-action-not-allowed"));
    }
}

#[test]
fn an_operation_from_before_importers_had_keys_is_read_without_one() {
    for key in ["", r#""importerKey":null,"#] {
        let operation: Operation = read(&format!(
            r#"{{"_id":"c5dKqYtWm8nPz3xRa","type":"Slack",{key}"ts":1507651200000,"status":"importer_done","valid":false,
            "user":"d26x6zSkaPSe5gCyy","_updatedAt":"2017-10-10T16:00:01.000Z"}}"#
        ));
        assert_eq!((operation.importer_key.as_str(), operation.operation_type.as_str()), ("", "Slack"));
    }
}

#[test]
fn lists_are_read_bare_and_wrapped() {
    for json in [
        r#"[{"key":"csv","name":"CSV"},{"key":"slack","name":"Slack"},{"key":"slack-users","name":"Slack_Users"},
            {"key":"omnichannel_contact","name":"omnichannel_contacts_importer"}]"#,
        r#"{"importers":[{"key":"csv","name":"CSV"},{"key":"slack","name":"Slack"},{"key":"slack-users","name":"Slack_Users"},
            {"key":"omnichannel_contact","name":"omnichannel_contacts_importer"}],"success":true}"#,
    ] {
        let keys: Vec<_> = read::<ImporterList>(json).0.into_iter().map(|importer| importer.key).collect();
        assert_eq!(keys, ["csv", "slack", "slack-users", "omnichannel_contact"]);
    }
    let latest = r#"{"_id":"MJxTRZsYdho8Ww2qq","type":"Pending Avatars","importerKey":"pending-avatars","ts":1635280600083,
        "status":"importer_user_selection","valid":false,"user":"d26x6zSkaPSe5gCyy","_updatedAt":"2021-10-27T11:26:24.430Z"}"#;
    for json in [format!("[{latest}]"), format!(r#"{{"success":true,"operations":[{latest}]}}"#)] {
        let list = read::<OperationList>(&json).0;
        assert_eq!((list.len(), list[0].id.as_str(), list[0].valid), (1, "MJxTRZsYdho8Ww2qq", false));
        assert_eq!(list[0].ts, EpochTime(instant(1_635_280_600_083)));
    }
}

#[test]
fn a_login_is_read_with_whatever_else_a_server_says_of_the_user() {
    let login: LoggedIn = read(
        r#"{"status":"success","data":{"userId":"d26x6zSkaPSe5gCyy","authToken":"Zu-Z6eKzIIz7MCCRGeHi29bYkXZCJ4SxFC0JAasqm92",
            "me":{"_id":"d26x6zSkaPSe5gCyy","name":null,"username":"ann","active":true,"statusConnection":"offline",
            "settings":{"preferences":{}},"avatarUrl":"http://localhost:3000/avatar/ann"}}}"#,
    );
    assert_eq!(login.data.user_id, "d26x6zSkaPSe5gCyy");
    assert_eq!((login.data.me.name.as_str(), login.data.me.username.as_str()), ("", "ann"));
    assert!(login.data.me.emails.is_empty());
}
