//! What is pending, fetched over the API.

use serde_json::json;

use super::{client::Request, server::Server};

/// A picture, as an address.
const PICTURE: &str = "data:image/png;base64,iVBORw0KGgogcGl4ZWxz";

/// Imports a user who has an avatar to be fetched.
async fn user_with_avatar(server: &Server) {
    let post = async |path: &str| server.send(server.as_admin(Request::post(path))).await;
    assert_eq!(post("/api/v1/import.new").await.status, 200);
    let user = json!({"emails": ["ann@example.com"], "importIds": ["1"], "username": "ann", "avatarUrl": PICTURE});
    let added = server.as_admin(Request::post("/api/v1/import.addUsers")).json(&json!({"users": [user]}));
    assert_eq!(server.send(added).await.status, 200);
    assert_eq!(post("/api/v1/import.run").await.status, 200);
    server.until("done").await;
}

#[tokio::test]
async fn what_is_pending_is_counted_and_fetched() {
    let server = Server::start().await;
    user_with_avatar(&server).await;
    let post = async |path: &str| server.send(server.as_admin(Request::post(path))).await.json();
    assert_eq!(post("/api/v1/downloadPendingFiles").await, json!({"count": 0, "success": true}));
    let status = server.send(server.as_admin(Request::get("/api/v1/import.status"))).await.json();
    assert_eq!(
        (&status["state"], &status["operation"]["type"], &status["operation"]["importerKey"]),
        (&json!("done"), &json!("Pending Files"), &json!("pending-files"))
    );
    assert_eq!(post("/api/v1/downloadPendingAvatars").await, json!({"count": 1, "success": true}));
    server.until("done").await;
    let progress = server.send(server.as_admin(Request::get("/api/v1/getImportProgress"))).await.json();
    assert_eq!(
        progress,
        json!({
            "key": "pending-avatars", "name": "Pending Avatars", "step": "importer_done",
            "count": {"completed": 1, "total": 1}, "success": true
        })
    );
    assert_eq!(post("/api/v1/downloadPendingAvatars").await, json!({"count": 0, "success": true}));
}

#[tokio::test]
async fn both_upload_endpoints_and_the_raw_one_take_the_keys_of_the_pending_importers() {
    let server = Server::start().await;
    let upload = json!({"binaryContent": "", "contentType": "", "fileName": "a", "importerKey": "pending-avatars"});
    let download = json!({"fileUrl": "https://files.example/a", "importerKey": "pending-avatars"});
    let requests = || {
        [
            Request::post("/api/v1/uploadImportFile").json(&upload),
            Request::post("/api/v1/downloadPublicImportFile").json(&download),
            Request::post("/api/ext/import.upload?importerKey=pending-avatars").text("application/zip", "whatever"),
        ]
    };
    for request in requests() {
        user_with_avatar(&server).await;
        let answer = server.send(server.as_admin(request)).await;
        assert_eq!((answer.status, &answer.json()["success"]), (200, &json!(true)));
        server.until("done").await;
        let current = server.send(server.as_admin(Request::get("/api/v1/getCurrentImportOperation"))).await.json();
        let operation = &current["operation"];
        assert_eq!(
            (&operation["type"], &operation["status"], &operation["file"]),
            (&json!("Pending Avatars"), &json!("importer_done"), &json!(null))
        );
    }
}
