//! What each line answers instead: 400, 401, 403, 404 and 429.

use import_client::{Error, RetryPolicy, import_proto::ImportInput};
use serde_json::json;

use crate::double::{Double, answer};

const SENTENCE: &str = "User does not have the permissions required for this action";

#[tokio::test]
async fn who_is_not_logged_in() {
    let double = Double::start().await;
    for (line, body, said) in [
        ("published for 3", r#"{"success":false,"error":"unauthorized"}"#, "unauthorized"),
        (
            "published since, 3 to 7 as far as seen",
            r#"{"status":"error","message":"You must be logged in to do this."}"#,
            "You must be logged in to do this.",
        ),
        (
            "8 as seen",
            r#"{"success":false,"error":"You must be logged in to do this.","status":"error","message":"You must be logged in to do this."}"#,
            "You must be logged in to do this.",
        ),
        (
            "8 and later, without the older keys",
            r#"{"success":false,"error":"You must be logged in to do this."}"#,
            "You must be logged in to do this.",
        ),
        (
            "the import server",
            r#"{"success":false,"status":"error","message":"You must be logged in to do this.","error":"unauthorized"}"#,
            "You must be logged in to do this.",
        ),
    ] {
        double.on("GET /api/v1/getImportProgress", [answer(401, body)]);
        let error = double.client().progress().await.unwrap_err();
        assert!(matches!(error, Error::Unauthorized { endpoint: "getImportProgress", .. }), "{line}: {error:?}");
        assert_eq!(error.to_string(), format!("getImportProgress: not logged in: {said}"), "{line}");
    }
}

#[tokio::test]
async fn who_lacks_the_permission() {
    let double = Double::start().await;
    for (line, body, said) in [
        (
            "published",
            format!(r#"{{"success":"false","error":"{SENTENCE} [error-unauthorized]"}}"#),
            format!("{SENTENCE} [error-unauthorized]"),
        ),
        (
            "6 to 8",
            format!(r#"{{"success":false,"error":"{SENTENCE} [error-unauthorized]"}}"#),
            format!("{SENTENCE} [error-unauthorized]"),
        ),
        (
            "some of 8",
            format!(r#"{{"success":false,"error":"{SENTENCE} [error-forbidden]"}}"#),
            format!("{SENTENCE} [error-forbidden]"),
        ),
        ("without a sentence", r#"{"success":false,"error":"unauthorized"}"#.into(), "unauthorized".into()),
    ] {
        double.on("GET /api/v1/getImportFileData", [answer(403, body)]);
        let error = double.client().import_file_data().await.unwrap_err();
        assert!(matches!(error, Error::Forbidden { endpoint: "getImportFileData", .. }), "{line}: {error:?}");
        assert_eq!(error.to_string(), format!("getImportFileData: not permitted: {said}"), "{line}");
    }
}

/// What the client makes of a body with status 400 or 404.
async fn refused(status: u16, body: &str) -> (u16, Option<String>, String) {
    let double = Double::start().await;
    double.on("GET /api/v1/getImportFileData", [answer(status, body)]);
    match double.client().import_file_data().await.unwrap_err() {
        Error::Refused { endpoint: "getImportFileData", status, code, message } => (status, code, message),
        other => panic!("{body}: {other:?}"),
    }
}

#[tokio::test]
async fn what_is_refused() {
    for (line, body, code, message) in [
        (
            "3: a missing permission is a 400 too",
            r#"{"success":false,"error":"Importing is not allowed [error-action-not-allowed]","errorType":"error-action-not-allowed","details":{"method":"getImportFileData"}}"#,
            Some("error-action-not-allowed"),
            "Importing is not allowed [error-action-not-allowed]",
        ),
        (
            "3: a missing permission, where nothing but a code is said",
            r#"{"success":false,"error":"[not_authorized]","errorType":"not_authorized"}"#,
            Some("not_authorized"),
            "[not_authorized]",
        ),
        (
            "3: details are an object",
            r#"{"success":false,"error":"Import Operation Not Found [error-operation-not-found]","errorType":"error-operation-not-found","details":{"method":"getImportFileData"}}"#,
            Some("error-operation-not-found"),
            "Import Operation Not Found [error-operation-not-found]",
        ),
        (
            "6 to 8: details name the endpoint",
            r#"{"success":false,"error":"Import Operation Not Found [error-operation-not-found]","errorType":"error-operation-not-found","details":"getImportFileData"}"#,
            Some("error-operation-not-found"),
            "Import Operation Not Found [error-operation-not-found]",
        ),
        (
            "6 to 8: nothing but a code",
            r#"{"success":false,"error":"error-invalid-operation-status"}"#,
            Some("error-invalid-operation-status"),
            "error-invalid-operation-status",
        ),
        (
            "6 and 7: a body of another form",
            r#"{"success":false,"error":"must have required property 'users' [invalid-params]","errorType":"invalid-params"}"#,
            Some("invalid-params"),
            "must have required property 'users' [invalid-params]",
        ),
        (
            "8: a body of another form",
            r#"{"success":false,"errorType":"invalid-params","error":"must have required property 'users'"}"#,
            Some("invalid-params"),
            "must have required property 'users'",
        ),
        (
            "8: a query of another form",
            r#"{"success":false,"errorType":"error-invalid-params","error":"must NOT have additional properties"}"#,
            Some("error-invalid-params"),
            "must NOT have additional properties",
        ),
    ] {
        assert_eq!(refused(400, body).await, (400, code.map(str::to_owned), message.to_owned()), "{line}");
    }
}

#[tokio::test]
async fn an_endpoint_that_the_line_does_not_have() {
    for (line, body, message) in [
        ("3", r#"{"status":"error","message":"API endpoint does not exist"}"#, "API endpoint does not exist"),
        (
            "the import server",
            r#"{"success":false,"error":"There is no such endpoint."}"#,
            "There is no such endpoint.",
        ),
    ] {
        assert_eq!(refused(404, body).await, (404, None, message.to_owned()), "{line}");
    }
}

#[tokio::test]
async fn a_choice_goes_out_in_the_form_of_line_7_which_older_lines_refuse() {
    let double = Double::start().await;
    let body = r#"{"success":false,"error":"must be array [invalid-params]","errorType":"invalid-params"}"#;
    double.on("POST /api/v1/startImport", [answer(400, body)]);
    let error = double.client().start(ImportInput::everything()).await.unwrap_err();
    assert_eq!(error.to_string(), "startImport: refused (400): must be array [invalid-params]");
    let everything = json!({"all": true});
    let expected = json!({"input": {"users": everything, "channels": everything, "contacts": everything}});
    assert_eq!(double.asked()[0].json(), expected);
}

#[tokio::test]
async fn too_many_requests() {
    let double = Double::start().await;
    let body = r#"{"success":false,"error":"Error, too many requests. Please slow down. You must wait 41 seconds before trying this endpoint again. [error-too-many-requests]"}"#;
    let limited = answer(429, body)
        .header("x-ratelimit-limit", 10)
        .header("x-ratelimit-remaining", 0)
        .header("x-ratelimit-reset", 4_102_444_800_000_i64);
    double.on("GET /api/v1/import.status", [limited]);
    let client = double.builder().retry(RetryPolicy { retries: 0, ..RetryPolicy::default() }).build().unwrap();
    let Err(Error::RateLimited { endpoint: "import.status", until: Some(until) }) = client.status().await else {
        panic!()
    };
    assert_eq!(until.as_millis(), 4_102_444_800_000);
}
