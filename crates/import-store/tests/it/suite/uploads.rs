//! Files and avatars: what is pending, what is kept, and what becomes of the messages and users that wait for it.

use import_proto::PendingFile;
use import_store::{
    Batch, Store,
    documents::{Date, Message, User},
    uploads::{AttachedFile, Bucket, Content, KeptUpload, MessageFile, NewAvatar, PendingCounts, PendingKey, Upload},
};
use serde_json::{Value, json};

use crate::fixture::*;

fn file(id: &str) -> MessageFile {
    MessageFile::from(PendingFile {
        download_url: Some(format!("https://files.example/{id}")),
        entry: None,
        id: id.into(),
        size: Some(3),
        name: format!("{id}.png"),
        external: false,
        source: "slack".into(),
        original: Value::Null,
    })
}

fn with_file(message: Message, file: MessageFile) -> Message {
    Message { import_file: Some(file), hidden: true, ..message }
}

fn with_avatar(user: User, url: &str) -> User {
    User { pending_avatar_url: Some(url.into()), ..user }
}

fn upload(id: &str, name: &str, user: &str) -> Upload {
    Upload {
        id: id.into(),
        name: name.into(),
        media_type: "image/png".into(),
        type_group: "image".into(),
        extension: Some("png".into()),
        size: 3,
        rid: Some("r1".into()),
        user_id: user.into(),
        complete: true,
        uploading: false,
        progress: 1,
        store: Bucket::Uploads.store().into(),
        uploaded_at: Date(noon()),
        url: format!("/ufs/GridFS:Uploads/{id}/{name}"),
        path: format!("/ufs/GridFS:Uploads/{id}/{name}"),
        token: "0123456789".into(),
        etag: None,
        updated_at: Date(noon()),
    }
}

/// Hands bytes to the store for a document.
async fn keep(store: &impl Store, bucket: Bucket, id: &str, bytes: &[u8]) -> Content {
    let path = store.incoming().join(id);
    std::fs::write(&path, bytes).unwrap();
    let content = store.keep_file(bucket, id, &path).await.unwrap();
    assert!(!path.exists(), "the store takes it over");
    content
}

async fn kept(store: &impl Store, id: &str, bytes: &[u8]) -> KeptUpload {
    let content = keep(store, Bucket::Uploads, id, bytes).await;
    KeptUpload { document: upload(id, "f.png", "ann"), content }
}

async fn avatar(store: &impl Store, user: &str, bytes: &[u8], from: &str) -> NewAvatar {
    let id = format!("avatar-of-{user}");
    let content = keep(store, Bucket::Avatars, &id, bytes).await;
    let document = Upload { rid: None, store: Bucket::Avatars.store().into(), ..upload(&id, user, user) };
    NewAvatar { upload: KeptUpload { document, content }, from: from.into() }
}

fn attached(message: &str, id: &str) -> AttachedFile {
    let url = format!("/file-upload/{id}/f.png");
    AttachedFile { message: message.into(), attachment: json!({"title": "f.png", "title_link": url}), url }
}

fn user_key(id: &str) -> PendingKey {
    PendingKey { id: id.into(), ..PendingKey::default() }
}

/// The pending messages beyond a place, as `file/message`.
async fn pending(store: &impl Store, after: Option<PendingKey>, limit: usize) -> Vec<String> {
    let page = store.pending_files(after, limit).await.unwrap();
    page.iter().map(|message| format!("{}/{}", message.file.id, message.id)).collect()
}

pub(crate) async fn messages_wait_in_the_order_of_their_files(backend: &impl Backend) {
    let store = backend.store();
    let there = MessageFile { downloaded: true, ..file("F0") };
    let served = MessageFile { rocket_chat_url: Some("/file-upload/x/y".into()), ..file("F0") };
    let external = MessageFile::from(PendingFile { external: true, ..file("F0").file });
    let entry = MessageFile::from(PendingFile { download_url: None, entry: Some("e".into()), ..file("F0").file });
    write(store, |workspace| {
        workspace.new_rooms = vec![room("r1", "red")];
        workspace.messages = vec![
            with_file(message("m4", "r1", 1), file("F2")),
            with_file(message("m3", "r1", 1), file("F1")),
            with_file(message("m2", "r1", 1), file("F2")),
            message("m1", "r1", 1),
            with_file(message("m5", "r1", 1), there),
            with_file(message("m6", "r1", 1), served),
            with_file(message("m7", "r1", 1), external),
            with_file(message("m8", "r1", 1), entry),
        ];
    })
    .await;
    assert_eq!(store.pending_counts().await.unwrap(), PendingCounts { files: 3, avatars: 0 });
    assert_eq!(pending(store, None, 9).await, ["F1/m3", "F2/m2", "F2/m4"]);
    assert_eq!(pending(store, None, 2).await, ["F1/m3", "F2/m2"]);
    let after = |file: &str, message: &str| Some(PendingKey { file: file.into(), id: message.into() });
    assert_eq!(pending(store, after("F2", "m2"), 9).await, ["F2/m4"]);
    assert_eq!(pending(store, after("F2", "m4"), 9).await, Vec::<String>::new());
    let first = store.pending_files(None, 1).await.unwrap().remove(0);
    assert_eq!((first.rid.as_str(), first.user.id.as_str(), first.ts.0), ("r1", "ann", at("2024-05-01T12:01:00.000Z")));
    assert_eq!(first.key(), PendingKey { file: "F1".into(), id: "m3".into() });
    assert_eq!(first.file.download_url.as_deref(), Some("https://files.example/F1"));
}

pub(crate) async fn a_fetched_file_is_shown_by_every_message_that_names_it(backend: &impl Backend) {
    let store = backend.store();
    write(store, |workspace| {
        workspace.new_rooms = vec![room("r1", "red")];
        workspace.messages = vec![
            message("m1", "r1", 1),
            with_file(message("m2", "r1", 2), file("F1")),
            with_file(Message { attachments: vec![json!({"text": "there"})], ..message("m3", "r1", 3) }, file("F1")),
        ];
    })
    .await;
    assert_eq!(backend.document("rocketchat_room", "r1").await["lastMessage"]["_id"], "m1");

    let mut batch = Batch::new(begin_any(store).await);
    batch.workspace.uploads = vec![kept(store, "u1", b"abc").await];
    batch.workspace.attached = vec![attached("m2", "u1"), attached("m3", "u1"), attached("nobody", "u1")];
    let operation = commit(store, batch).await;
    assert_eq!(store.pending_counts().await.unwrap(), PendingCounts::default());
    let shown = backend.document("rocketchat_message", "m3").await;
    assert_eq!(
        shown["attachments"],
        json!([{"text": "there"}, {"title": "f.png", "title_link": "/file-upload/u1/f.png"}])
    );
    assert_eq!(shown.get("_hidden"), None);
    assert_eq!(shown["_importFile"]["downloaded"], true);
    assert_eq!(shown["_importFile"]["rocketChatUrl"], "/file-upload/u1/f.png");
    assert_eq!(backend.document("rocketchat_room", "r1").await["lastMessage"]["_id"], "m3");
    let found = store.find_uploads(strings(["u1", "u2"])).await.unwrap();
    assert_eq!(found.into_iter().collect::<Vec<_>>(), [("u1".to_owned(), upload("u1", "f.png", "ann"))]);

    // The same batch again, as after an answer that got lost: nothing is doubled.
    let mut again = Batch::new(operation);
    let other = KeptUpload { document: upload("u1", "other.png", "bob"), ..kept(store, "u1", b"abc").await };
    again.workspace.uploads = vec![other];
    again.workspace.attached = vec![attached("m2", "u1")];
    commit(store, again).await;
    assert_eq!(
        backend.document("rocketchat_message", "m2").await["attachments"],
        json!([{"title": "f.png", "title_link": "/file-upload/u1/f.png"}])
    );
    assert_eq!(store.find_uploads(strings(["u1"])).await.unwrap()["u1"].name, "f.png");
    assert_eq!(bytes(backend, Bucket::Uploads, "u1").await, b"abc");
}

pub(crate) async fn the_lists_of_files_find_what_was_fetched(backend: &impl Backend) {
    let store = backend.store();
    let new = kept(store, "u1", b"abc").await;
    write(store, |workspace| workspace.uploads = vec![new]).await;
    let path = "/ufs/GridFS:Uploads/u1/f.png";
    assert_eq!(
        backend.document("rocketchat_uploads", "u1").await,
        json!({
            "_id": "u1", "name": "f.png", "type": "image/png", "typeGroup": "image", "extension": "png", "size": 3,
            "rid": "r1", "userId": "ann", "complete": true, "uploading": false, "progress": 1,
            "store": "GridFS:Uploads", "uploadedAt": {"$date": "2024-05-01T12:00:00.000Z"}, "url": path, "path": path,
            "token": "0123456789", "_updatedAt": {"$date": "2024-05-01T12:00:00.000Z"}
        })
    );
}

pub(crate) async fn a_message_that_is_imported_again_keeps_its_file(backend: &impl Backend) {
    let store = backend.store();
    let record = || with_file(message("m1", "r1", 1), file("F1"));
    write(store, |workspace| workspace.messages = vec![record()]).await;
    let upload = kept(store, "u1", b"abc").await;
    write(store, |workspace| {
        workspace.uploads = vec![upload];
        workspace.attached = vec![attached("m1", "u1")];
    })
    .await;
    let before = backend.document("rocketchat_message", "m1").await;
    write(store, |workspace| workspace.messages = vec![record()]).await;
    assert_eq!(backend.document("rocketchat_message", "m1").await, before);
    assert_eq!(store.pending_counts().await.unwrap().files, 0);
    // A file that the workspace did not have when the message first came is pending from then on.
    write(store, |workspace| workspace.messages = vec![message("m2", "r1", 1)]).await;
    write(store, |workspace| workspace.messages = vec![with_file(message("m2", "r1", 1), file("F2"))]).await;
    assert_eq!(pending(store, None, 9).await, ["F2/m2"]);
}

pub(crate) async fn an_avatar_takes_the_place_of_the_one_before(backend: &impl Backend) {
    let store = backend.store();
    write(store, |workspace| {
        workspace.new_users = vec![
            with_avatar(user("bob", "bob"), "https://a.example/bob.png"),
            with_avatar(user("ann", "ann"), "https://a.example/ann.png"),
            user("eve", "eve"),
        ];
    })
    .await;
    let names = async |after: Option<&str>, limit| -> Vec<String> {
        let page = store.pending_avatars(after.map(user_key), limit).await.unwrap();
        page.into_iter().map(|user| format!("{}/{}", user.id, user.username)).collect()
    };
    assert_eq!(store.pending_counts().await.unwrap(), PendingCounts { files: 0, avatars: 2 });
    assert_eq!(names(None, 9).await, ["ann/ann", "bob/bob"]);
    assert_eq!(names(None, 1).await, ["ann/ann"]);
    assert_eq!(names(Some("ann"), 9).await, ["bob/bob"]);

    let first = avatar(store, "ann", b"abc", "https://a.example/ann.png").await;
    let late = avatar(store, "bob", b"xyz", "https://a.example/an-older-one.png").await;
    let of_nobody = avatar(store, "nobody", b"xyz", "https://a.example/x.png").await;
    write(store, |workspace| workspace.avatars = vec![first, late, of_nobody]).await;
    assert_eq!(names(None, 9).await, ["bob/bob"]);
    assert_eq!(backend.document("users", "ann").await.get("_pendingAvatarUrl"), None);
    let documents = backend.documents("rocketchat_avatars").await;
    assert_eq!(documents.len(), 1);
    assert_eq!((&documents[0]["name"], &documents[0]["userId"]), (&json!("ann"), &json!("ann")));
    assert_eq!(documents[0]["store"], "GridFS:Avatars");

    let again = with_avatar(user("ann", "ann"), "https://a.example/new.png");
    write(store, |workspace| {
        workspace.user_patches = vec![import_store::documents::UserPatch {
            id: "ann".into(),
            pending_avatar_url: again.pending_avatar_url,
            ..Default::default()
        }];
    })
    .await;
    let second = avatar(store, "ann", b"defg", "https://a.example/new.png").await;
    write(store, |workspace| workspace.avatars = vec![second]).await;
    assert_eq!(backend.documents("rocketchat_avatars").await.len(), 1);
    assert_eq!(bytes(backend, Bucket::Avatars, "avatar-of-ann").await, b"defg");
}

pub(crate) async fn a_user_knows_the_avatar_that_was_fetched(backend: &impl Backend) {
    let store = backend.store();
    write(store, |workspace| workspace.new_users = vec![with_avatar(user("ann", "ann"), "https://a.example/1.png")])
        .await;
    let mut first = avatar(store, "ann", b"abc", "https://a.example/1.png").await;
    first.upload.document.etag = Some("e1".into());
    write(store, |workspace| workspace.avatars = vec![first]).await;
    let of_user = async || {
        let user = backend.document("users", "ann").await;
        ["_pendingAvatarUrl", "avatarETag", "avatarOrigin"].map(|field| user.get(field).cloned())
    };
    assert_eq!(of_user().await, [None, Some(json!("e1")), Some(json!("url"))]);
    let document = backend.document("rocketchat_avatars", "avatar-of-ann").await;
    assert_eq!((&document["name"], &document["etag"]), (&json!("ann"), &json!("e1")));
    let mut late = avatar(store, "ann", b"xyz", "https://a.example/2.png").await;
    late.upload.document.etag = Some("e2".into());
    write(store, |workspace| workspace.avatars = vec![late]).await;
    assert_eq!(of_user().await, [None, Some(json!("e1")), Some(json!("url"))], "nothing asked for it");
}

pub(crate) async fn bytes_are_kept_as_they_came(backend: &impl Backend) {
    let store = backend.store();
    let long: Vec<u8> = (0..600_000_u32).flat_map(u32::to_le_bytes).collect();
    for (id, content) in [("empty", &b""[..]), ("short", b"abc"), ("twin", b"abc"), ("long", &long)] {
        let upload = kept(store, id, content).await;
        assert_eq!(upload.content.size, content.len() as u64);
        write(store, |workspace| workspace.uploads = vec![upload]).await;
    }
    for (id, content) in [("empty", &b""[..]), ("short", b"abc"), ("twin", b"abc"), ("long", &long)] {
        assert_eq!(bytes(backend, Bucket::Uploads, id).await, content, "{id}");
    }
}

/// The bytes of a file, put together from its chunks.
async fn bytes(backend: &impl Backend, bucket: Bucket, id: &str) -> Vec<u8> {
    use base64::{Engine, engine::general_purpose::STANDARD};

    let mut chunks = backend.documents(&format!("{}.chunks", bucket.collection())).await;
    chunks.retain(|chunk| chunk["files_id"] == id);
    chunks.sort_by_key(|chunk| chunk["n"].as_u64());
    chunks
        .iter()
        .flat_map(|chunk| STANDARD.decode(chunk["data"]["$binary"]["base64"].as_str().unwrap()).unwrap())
        .collect()
}
