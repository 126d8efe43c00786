//! Watching an operation until it is prepared or has ended.

use std::time::Duration;

use futures_util::TryStreamExt;
use import_client::{Error, import_proto::ImportStatus};

use crate::{
    answers::status,
    double::{Double, OURS, ROCKET_CHAT, answer, ok},
};

const AT_ONCE: Option<Duration> = Some(Duration::ZERO);

fn states(statuses: &[ImportStatus]) -> String {
    statuses.iter().map(|status| status.state.as_str()).collect::<Vec<_>>().join(" ")
}

#[tokio::test]
async fn a_watch_ends_with_the_operation() {
    for (state, step) in
        [("done", "importer_done"), ("error", "importer_import_failed"), ("canceled", "importer_import_cancelled")]
    {
        let double = Double::of_kind(OURS).await;
        double.on(
            "GET /api/v1/import.status",
            [
                ok(status("ready", "importer_user_selection", "")),
                ok(status("importing", "importer_importing_users", r#""total":2,"completed":1"#)),
                ok(status(state, step, r#""total":2,"completed":2"#)),
                answer(500, "nobody asks again"),
            ],
        );
        let statuses: Vec<_> = double.client().watch(AT_ONCE).try_collect().await.unwrap();
        assert_eq!(states(&statuses), format!("ready importing {state}"));
    }
}

#[tokio::test]
async fn a_watch_ends_where_there_is_no_operation_or_it_is_not_valid() {
    let double = Double::of_kind(OURS).await;
    double.on("GET /api/v1/import.status", [ok(r#"{"state":"none","success":true}"#)]);
    let statuses: Vec<_> = double.client().watch(AT_ONCE).try_collect().await.unwrap();
    assert_eq!(states(&statuses), "none");
    let invalid = status("importing", "importer_importing_users", "").replace(r#""valid":true"#, r#""valid":"false""#);
    double.on("GET /api/v1/import.status", [ok(invalid)]);
    let statuses: Vec<_> = double.client().watch(AT_ONCE).try_collect().await.unwrap();
    assert_eq!(states(&statuses), "importing");
}

#[tokio::test]
async fn a_watch_until_prepared_ends_when_loading_does() {
    let double = Double::of_kind(OURS).await;
    double.on(
        "GET /api/v1/import.status",
        [
            ok(status("loading", "importer_file_loaded", "")),
            ok(status("loading", "importer_preparing_users", r#""users":5"#)),
            ok(status("ready", "importer_user_selection", r#""users":5"#)),
        ],
    );
    let statuses: Vec<_> = double.client().watch_until_prepared(AT_ONCE).try_collect().await.unwrap();
    assert_eq!(states(&statuses), "loading loading ready");
    assert_eq!(double.asked_for("/api/v1/getImportFileData").len(), 0);
}

#[tokio::test]
async fn a_rocket_chat_is_made_to_prepare_the_file_and_may_answer_late() {
    for late in [ok(r#"{"waiting":true,"success":true}"#), answer(504, "")] {
        let double = Double::of_kind(ROCKET_CHAT).await;
        double.on("GET /api/v1/getImportFileData", [late]);
        double.on("GET /api/v1/import.status", [ok(status("ready", "importer_user_selection", ""))]);
        let statuses: Vec<_> = double.client().watch_until_prepared(AT_ONCE).try_collect().await.unwrap();
        assert_eq!(states(&statuses), "ready");
        assert_eq!(double.lines()[1], "GET /api/v1/getImportFileData");
    }
}

#[tokio::test]
async fn a_file_that_a_rocket_chat_cannot_read_is_an_error() {
    let double = Double::of_kind(ROCKET_CHAT).await;
    let refusal = r#"{"success":false,"error":"Failed to process import file. [error-import-file-format-invalid]"}"#;
    double.on("GET /api/v1/getImportFileData", [answer(400, refusal)]);
    let error = double.client().watch_until_prepared(AT_ONCE).try_collect::<Vec<_>>().await.unwrap_err();
    assert!(matches!(error, Error::Refused { code: Some(code), .. } if code == "error-import-file-format-invalid"));
}

#[tokio::test]
async fn a_newer_operation_ends_the_watch_with_an_error() {
    let double = Double::of_kind(OURS).await;
    let running = status("importing", "importer_importing_users", "");
    double.on("GET /api/v1/import.status", [ok(running.clone()), ok(running.replace("op-1", "op-2"))]);
    let error = double.client().watch(AT_ONCE).try_collect::<Vec<_>>().await.unwrap_err();
    assert_eq!(error.to_string(), "operation op-1 was ended by a newer one, op-2");
}

#[tokio::test]
async fn an_error_ends_the_watch() {
    let double = Double::of_kind(OURS).await;
    double.on("GET /api/v1/import.status", [answer(401, "")]);
    let mut watch = double.client().watch(AT_ONCE);
    assert!(watch.try_next().await.is_err());
    assert!(watch.try_next().await.unwrap().is_none());
    assert_eq!(double.asked_for("/api/v1/import.status").len(), 1);
}

#[test]
fn a_rocket_chat_is_looked_at_less_often() {
    let kind = |ours: bool| match ours {
        true => import_client::ServerKind::ImportServer { version: "0.1.0".into() },
        false => import_client::ServerKind::RocketChat { version: "8.0.0".into() },
    };
    assert_eq!(kind(true).poll_interval(), Duration::from_millis(200));
    assert_eq!(kind(false).poll_interval(), Duration::from_secs(6));
}
