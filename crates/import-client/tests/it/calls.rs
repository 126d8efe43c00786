//! What goes over the wire for each call, and what is read of the answers.

use import_client::{
    Client, Credentials, Error, RetryPolicy, ServerKind, TransportKind,
    import_proto::{
        Endpoint, ImportInput, NewUser, Nothing, OperationState, Permission, RecordChoice, RecordsQuery, StatusFilter,
        endpoints::{ImportNew, ImportStatusNow},
    },
};
use serde_json::json;

use crate::{
    answers::{FORBIDDEN, LATEST, OPERATION, STRINGLY_STATUS, SUCCESS, UNAUTHORIZED},
    double::{Double, OURS, ROCKET_CHAT, answer, ok},
};

#[tokio::test]
async fn every_method_calls_its_endpoint() {
    let double = Double::of_kind(OURS).await;
    for endpoint in import_client::import_proto::openapi::table() {
        double.on(&format!("{} {}", endpoint.method.as_str(), endpoint.path), [ok("{}")]);
    }
    double.on("GET /api/info", [ok(OURS)]);
    let client = double.client();
    // The answers are nonsense; what is looked at is the requests.
    let _ = client.importers().await;
    let _ = client.import_new().await;
    let _ = client.add_users(Vec::new()).await;
    let _ = client.run().await;
    let _ = client.status().await;
    let _ = client.clear().await;
    let _ = client.download_public_import_file("https://example.com/export.zip", "csv").await;
    let _ = client.import_file_data().await;
    let _ = client.start(ImportInput::everything()).await;
    let _ = client.progress().await;
    let _ = client.current_operation().await;
    let _ = client.latest_operations().await;
    let _ = client.download_pending_files().await;
    let _ = client.download_pending_avatars().await;
    let _ = client.log_in("ann", "pass-1").await;
    let _ = client.log_out().await;
    let _ = client.me().await;
    let _ = client.info().await;
    let _ = client.health().await;
    let query = RecordsQuery {
        status: Some(StatusFilter::Failed),
        operation: Some("a b&c".into()),
        offset: Some(50),
        ..RecordsQuery::default()
    };
    let _ = client.records(&query).await;
    let _ = client.retry_failed().await;
    insta::assert_snapshot!(
        double
            .asked()
            .iter()
            .map(|asked| {
                let who = asked.header("x-user-id").map_or("anonymous", |_| "authenticated");
                let length = asked.header("content-length").unwrap_or("-");
                let body = String::from_utf8_lossy(&asked.body);
                format!("{} {who} {length} {} {body}", asked.line, asked.header("content-type").unwrap_or("-"))
            })
            .collect::<Vec<_>>()
            .join("\n")
    );
}

#[tokio::test]
async fn credentials_are_sent_as_headers_and_under_a_path_prefix() {
    let double = Double::start().await;
    double.on("GET /chat/api/v1/import.status", [ok(STRINGLY_STATUS)]);
    let client = Client::builder(&format!("{}/chat/", double.url))
        .credentials(Credentials::new("user-1", "token-1").unwrap())
        .build()
        .unwrap();
    let status = client.status().await.unwrap();
    assert_eq!(status.state, OperationState::Ready);
    assert_eq!(status.operation.unwrap().count.unwrap().users, Some(2));
    let asked = &double.asked()[0];
    assert_eq!((asked.header("x-user-id"), asked.header("x-auth-token")), (Some("user-1"), Some("token-1")));
}

#[tokio::test]
async fn a_login_gives_a_client_that_uses_its_token() {
    let double = Double::start().await;
    let login = r#"{"status":"success","data":{"userId":"user-9","authToken":"token-9","me":{"_id":"user-9","username":"ann"}}}"#;
    double.on("POST /api/v1/login", [ok(login)]);
    double.on("POST /api/v1/import.run", [ok(SUCCESS)]);
    let client = Client::builder(&double.url).log_in("ann", "pass-1").await.unwrap();
    client.run().await.unwrap();
    let asked = double.asked();
    assert_eq!(asked[0].json(), json!({"user": "ann", "password": "pass-1"}));
    assert_eq!((asked[1].header("x-user-id"), asked[1].header("x-auth-token")), (Some("user-9"), Some("token-9")));
    let shown = format!("{client:?}");
    assert!(!shown.contains("token-9") && !shown.contains("user-9"), "{shown}");
}

#[tokio::test]
async fn both_forms_of_every_answer_are_read() {
    let double = Double::start().await;
    let client = double.client();
    let importers = r#"[{"key":"csv","name":"CSV"}]"#;
    double.on(
        "GET /api/v1/importers.list",
        [ok(importers), ok(format!(r#"{{"importers":{importers},"success":true}}"#))],
    );
    double.on(
        "GET /api/v1/getLatestImportOperations",
        [ok(format!("[{LATEST}]")), ok(format!(r#"{{"operations":[{LATEST}],"success":true}}"#))],
    );
    double.on(
        "GET /api/v1/getImportFileData",
        [
            ok(r#"{"waiting":true,"success":true}"#),
            ok(r#"{"users":[],"channels":[],"message_count":"0","success":"true"}"#),
        ],
    );
    double.on(
        "GET /api/v1/getCurrentImportOperation",
        [ok(format!(r#"{{"operation":{LATEST},"success":"true"}}"#)), ok(SUCCESS)],
    );
    for _ in 0..2 {
        assert_eq!(client.importers().await.unwrap().0[0].key, "csv");
        assert_eq!(client.latest_operations().await.unwrap().0[0].id, "MJxTRZsYdho8Ww2qq");
    }
    assert_eq!(client.import_file_data().await.unwrap().into_selection(), None);
    assert_eq!(client.import_file_data().await.unwrap().into_selection().unwrap().message_count, 0);
    assert_eq!(client.current_operation().await.unwrap().operation.unwrap().ts.0.as_millis(), 1_635_280_600_083);
    assert_eq!(client.current_operation().await.unwrap().operation, None);
}

#[tokio::test]
async fn the_body_of_an_answer_is_there_as_it_came() {
    let double = Double::start().await;
    let body = format!(r#"{{"operation":{OPERATION},  "success":true, "unheardOf":[1]}}"#);
    double.on("POST /api/v1/import.new", [ok(body.clone())]);
    let answer = double.client().answer::<ImportNew>(&Nothing, &Nothing).await.unwrap();
    assert_eq!((answer.value.operation.id.as_str(), answer.body), ("op-1", body.into()));
}

#[tokio::test]
async fn errors_are_told_apart_by_status_whichever_server_answers() {
    let double = Double::start().await;
    let client = double.client();
    double.on("POST /api/v1/import.run", UNAUTHORIZED.map(|body| answer(401, body)));
    for _ in UNAUTHORIZED {
        assert!(matches!(client.run().await, Err(Error::Unauthorized { endpoint: "import.run", .. })));
    }
    double.on("GET /api/v1/getLatestImportOperations", FORBIDDEN.map(|body| answer(403, body)));
    for _ in FORBIDDEN {
        let Err(Error::Forbidden { permission, message, .. }) = client.latest_operations().await else { panic!() };
        assert_eq!(permission, Some(Permission::ViewImportOperations));
        assert!(message.starts_with("User does not have the permissions required for this action"), "{message}");
    }
    double.on(
        "POST /api/v1/import.addUsers",
        [answer(400, r#"{"success":false,"error":"Import operation not initialized."}"#)],
    );
    let user = NewUser { emails: vec!["a@b.c".into()], import_ids: vec!["1".into()], ..NewUser::default() };
    let Err(Error::Refused { status, code, message, .. }) = client.add_users(vec![user]).await else { panic!() };
    assert_eq!((status, code, message.as_str()), (400, None, "Import operation not initialized."));
    double.on("GET /api/v1/import.status", [ok("<html>Welcome</html>")]);
    let error = client.status().await.unwrap_err();
    assert_eq!(
        error.to_string(),
        "import.status: the answer is not what the API documents: expected value at line 1 column 1 (it begins: \
         <html>Welcome</html>)"
    );
}

#[tokio::test]
async fn a_redirect_is_not_followed() {
    let double = Double::start().await;
    let elsewhere = Double::start().await;
    let there = format!("{}/api/v1/import.status", elsewhere.url);
    double.on("GET /api/v1/import.status", [answer(302, "").header("location", &there)]);
    let error = double.client().status().await.unwrap_err();
    assert!(error.to_string().contains(&format!("it redirects to {there}")), "{error}");
    assert_eq!(elsewhere.lines(), [] as [&str; 0]);
}

#[tokio::test]
async fn no_server_at_the_address_is_said_with_the_address() {
    // The port was free a moment ago, and nobody listens there now.
    let gone = std::net::TcpListener::bind("127.0.0.1:0").unwrap().local_addr().unwrap();
    let client = Client::builder(&format!("http://{gone}"))
        .retry(RetryPolicy { retries: 0, ..RetryPolicy::default() })
        .build()
        .unwrap();
    let Err(Error::Transport { url, kind, .. }) = client.status().await else { panic!() };
    assert_eq!((url, kind), (format!("http://{gone}/"), TransportKind::Connect));
}

#[tokio::test]
async fn the_kind_of_server_is_asked_for_once_and_without_credentials() {
    for (info, kind) in [
        (OURS, ServerKind::ImportServer { version: "0.1.0".into() }),
        (ROCKET_CHAT, ServerKind::RocketChat { version: "8.1".into() }),
    ] {
        let double = Double::of_kind(info).await;
        let client = double.client();
        assert_eq!(client.server_kind().await.unwrap(), &kind);
        assert_eq!(client.clone().server_kind().await.unwrap(), &kind);
        assert_eq!(double.lines(), ["GET /api/info"]);
        assert_eq!(double.asked()[0].header("x-auth-token"), None);
    }
}

#[tokio::test]
async fn what_only_an_import_server_has_is_not_asked_of_a_rocket_chat() {
    let double = Double::of_kind(ROCKET_CHAT).await;
    let error = double.client().records(&RecordsQuery::default()).await.unwrap_err();
    assert_eq!(error.to_string(), "import.records: this server is a Rocket.Chat 8.1, which does not offer it");
    assert_eq!(double.lines(), ["GET /api/info"]);
}

#[tokio::test]
async fn a_choice_always_names_users_and_channels() {
    let double = Double::start().await;
    double.on("POST /api/v1/startImport", [ok(SUCCESS)]);
    let only_users = ImportInput { users: Some(RecordChoice::list(["7".into()])), ..ImportInput::default() };
    double.client().start(only_users).await.unwrap();
    assert_eq!(double.asked()[0].json(), json!({"input": {"users": {"list": ["7"]}, "channels": {"list": []}}}));
}

#[tokio::test]
async fn calls_can_be_made_from_any_task() {
    let double = Double::start().await;
    double.on("GET /api/v1/import.status", [ok(STRINGLY_STATUS)]);
    let client = double.client();
    let status = tokio::spawn(async move { client.call::<ImportStatusNow>(&Nothing, &Nothing).await });
    assert_eq!(status.await.unwrap().unwrap().state, OperationState::Ready);
    assert_eq!(double.lines(), [format!("GET {}", ImportStatusNow::SPEC.path)]);
}

#[tokio::test]
async fn https_to_a_server_without_it_is_an_error_of_the_connection() {
    let double = Double::start().await;
    let client = Client::builder(&double.url.replace("http://", "https://"))
        .retry(RetryPolicy { retries: 0, ..RetryPolicy::default() })
        .build()
        .unwrap();
    assert!(matches!(client.status().await, Err(Error::Transport { kind: TransportKind::Connect, .. })));
}

#[tokio::test]
async fn a_server_that_does_not_answer_in_time_is_an_error_and_not_asked_again() {
    // It takes connections, and that is all.
    let silent = std::net::TcpListener::bind("127.0.0.1:0").unwrap();
    let url = format!("http://{}", silent.local_addr().unwrap());
    let client = Client::builder(&url).timeout(std::time::Duration::from_millis(20)).build().unwrap();
    assert!(matches!(client.status().await, Err(Error::Transport { kind: TransportKind::Timeout, .. })));
}
