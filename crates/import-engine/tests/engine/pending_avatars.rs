//! Avatars of users: fetched, decoded, refused.

use import_engine::Limits;
use import_proto::{Importer, NewUser, OperationState};
use serde_json::{Value, json};

use crate::{
    file_server::FileServer,
    pending_files::local,
    support::{Workspace, new_user},
};

/// What a picture begins with, and something of the picture.
const PNG: &[u8] = b"\x89PNG\r\n\x1a\nIHDR";

async fn add(workspace: &Workspace, avatars: &[&str]) {
    let engine = &workspace.engine;
    engine.new_operation(&workspace.admin).await.unwrap();
    let users = avatars.iter().enumerate();
    let users = users.map(|(number, url)| NewUser { avatar_url: Some((*url).to_owned()), ..new_user(number) });
    engine.add_users(users.collect()).await.unwrap();
    engine.run().await.unwrap();
    assert_eq!(workspace.settled().await.counts.error, 0);
}

async fn begin(workspace: &Workspace) -> u64 {
    workspace.engine.download_pending(&workspace.admin, Importer::PendingAvatars).await.unwrap().1
}

/// What a user still waits for, by username.
async fn pending(workspace: &Workspace) -> Vec<(String, Value)> {
    let users = workspace.documents("users").await;
    let mut pending: Vec<_> = users
        .values()
        .filter(|user| user.get("_pendingAvatarUrl").is_some())
        .map(|user| (user["username"].as_str().unwrap().to_owned(), user["_pendingAvatarUrl"].clone()))
        .collect();
    pending.sort_by(|a, b| a.0.cmp(&b.0));
    pending
}

#[tokio::test]
async fn avatars_are_fetched_or_decoded_and_only_images_are_accepted() {
    let server = FileServer::start().await;
    server.serve_file("/0.jpg", "image/jpeg", b"\xff\xd8\xff picture");
    server.serve_file("/2.png", "application/octet-stream", PNG);
    server.serve_file("/3.png", "text/html", b"<html>");
    server.serve_file("/4.png", "image/png", b"");
    server.serve_file("/7.png", "image/png", b"not an image");
    server.serve_file(
        "/8.svg",
        "image/svg+xml",
        b"<svg xmlns='http://www.w3.org/2000/svg'><script>alert(1)</script></svg>",
    );
    let workspace = Workspace::fetching(local(), Limits::default()).await;
    let url = |path: &str| server.url(path);
    let urls = [
        url("/0.jpg"),
        "data:image/png;base64,iVBORw0KGgogcGl4ZWxz".into(),
        url("/2.png"),
        url("/3.png"),
        url("/4.png"),
        "data:text/plain,hello".into(),
        "ftp://files.example/6.png".into(),
        url("/7.png"),
        url("/8.svg"),
        "data:image/png;base64,iVBORw0KGgo=".into(),
    ];
    add(&workspace, &urls.each_ref().map(String::as_str)).await;

    assert_eq!(begin(&workspace).await, 10);
    let done = workspace.settled().await;
    assert_eq!((done.state, done.counts.completed, done.counts.error), (OperationState::Done, 3, 7));
    let mut failures = workspace.failures().await;
    failures.sort_unstable();
    assert_eq!(
        failures,
        [
            "the address is none to fetch from: user6: cannot fetch a URL of the scheme ftp: only http and https are \
             supported",
            "the avatar is no image: user3: it is a web page",
            "the avatar is no image: user5: it is text/plain",
            "the avatar is no image: user7: it is none of png, jpeg, gif, webp and avif, though it is said to be image/png",
            "the avatar is no image: user8: it is none of png, jpeg, gif, webp and avif, though it is said to be \
             image/svg+xml",
            "the avatar is no image: user9: nothing comes after its first bytes",
            "the server sent an empty file: user4",
        ]
    );
    let waiting: Vec<String> = pending(&workspace).await.into_iter().map(|(username, _)| username).collect();
    assert_eq!(waiting, ["user3", "user4", "user5", "user6", "user7", "user8", "user9"]);

    let avatars = workspace.documents("rocketchat_avatars").await;
    let mut seen: Vec<_> = avatars
        .values()
        .map(|avatar| (avatar["name"].clone(), avatar["type"].clone(), avatar["size"].clone()))
        .collect();
    seen.sort_by_key(|(name, ..)| name.to_string());
    assert_eq!(
        seen,
        [
            (json!("user0"), json!("image/jpeg"), json!(11)),
            (json!("user1"), json!("image/png"), json!(15)),
            (json!("user2"), json!("image/png"), json!(12)),
        ]
    );
    let users = workspace.documents("users").await;
    for (id, avatar) in &avatars {
        let user = &users[avatar["userId"].as_str().unwrap()];
        assert_eq!((&user["username"], &avatar["store"]), (&avatar["name"], &json!("GridFS:Avatars")));
        assert_eq!(avatar["url"], format!("/ufs/GridFS:Avatars/{id}/{}", user["username"].as_str().unwrap()));
        assert_eq!(avatar.get("rid"), None);
        assert_eq!((&user["avatarETag"], &user["avatarOrigin"]), (&avatar["etag"], &json!("url")));
    }

    // Running again tries those that failed, and only those.
    server.take_requests();
    server.serve_file("/4.png", "image/png", PNG);
    assert_eq!(begin(&workspace).await, 7);
    let again = workspace.settled().await;
    assert_eq!((again.counts.completed, again.counts.error), (1, 6));
    assert_eq!(server.take_requests(), ["/3.png", "/4.png", "/7.png", "/8.svg"]);
    assert_eq!(workspace.documents("rocketchat_avatars").await.len(), 4);
}

#[tokio::test]
async fn without_pending_avatars_the_operation_is_done_at_once() {
    let workspace = Workspace::fresh().await;
    assert_eq!(begin(&workspace).await, 0);
    assert_eq!(workspace.engine.status().await.unwrap().state, OperationState::Done);
    assert_eq!(workspace.engine.progress().await.unwrap().count.total, 0);
}
