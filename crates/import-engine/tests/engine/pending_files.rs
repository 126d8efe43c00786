//! Files of messages: fetched, refused, tried again, stopped, gone on with.

use std::path::PathBuf;

use import_engine::{FetchPolicy, Limits};
use import_proto::{Importer, OperationState, ProgressStep, Refusal};
use serde_json::{Value, json};

use crate::{
    file_server::{Answer, FileServer},
    support::{Workspace, refusal},
};

/// Fetches from the loopback interface, and never waits between attempts.
pub(crate) fn local() -> FetchPolicy {
    FetchPolicy {
        allow: vec!["127.0.0.1/32".parse().unwrap()],
        backoff: std::time::Duration::ZERO,
        ..FetchPolicy::default()
    }
}

/// A Slack export in which ann shares each of these files, one a message.
fn export(workspace: &Workspace, files: &[Value]) -> PathBuf {
    let messages = files.iter().enumerate().map(|(number, file)| {
        let ts = format!("17041{number:05}.000100");
        json!({"type": "message", "user": "U1", "ts": ts, "text": format!("file {number}"), "files": [file]})
    });
    let messages = Value::from(messages.collect::<Vec<_>>()).to_string();
    workspace.folder(
        "slack",
        &[
            ("users.json", r#"[{"id": "U1", "name": "ann", "profile": {"email": "ann@example.com"}}]"#),
            ("channels.json", r#"[{"id": "C1", "name": "docks", "members": ["U1"], "creator": "U1"}]"#),
            ("docks/2024-01-01.json", &messages),
        ],
    )
}

fn file(id: &str, name: &str, url: &str) -> Value {
    json!({"id": id, "name": name, "size": 3, "url_private_download": url})
}

/// Imports messages with these files; none of them is fetched yet.
async fn import(workspace: &Workspace, files: &[Value]) {
    let done = workspace.import_as(Importer::Slack, &export(workspace, files)).await;
    assert_eq!((done.state, done.counts.error), (OperationState::Done, 0));
}

async fn begin(workspace: &Workspace) -> u64 {
    workspace.engine.download_pending(&workspace.admin, Importer::PendingFiles).await.unwrap().1
}

/// The messages that bring files: whether they are hidden, and their attachments.
async fn shown(workspace: &Workspace) -> Vec<(bool, Value)> {
    let messages = workspace.documents("rocketchat_message").await;
    let brought = messages.values().filter(|message| message.get("_importFile").is_some());
    brought.map(|message| (message["_hidden"] == true, message["attachments"].clone())).collect()
}

#[tokio::test]
async fn each_message_shows_a_file_under_its_own_title() {
    let server = FileServer::start().await;
    server.serve_file("/a.mp3", "audio/mpeg", b"sound");
    let workspace = Workspace::fetching(local(), Limits::default()).await;
    let titled = |title: &str| {
        let mut file = file("F1", "a.mp3", &server.url("/a.mp3"));
        file["title"] = title.into();
        file
    };
    import(&workspace, &[titled("Tides &amp; times"), titled("a.mp3"), titled("Spring tide")]).await;
    begin(&workspace).await;
    workspace.settled().await;
    let attachments: Vec<Value> = shown(&workspace).await.into_iter().map(|(_, shown)| shown[0].clone()).collect();
    let titles: Vec<&Value> = attachments.iter().map(|attachment| &attachment["title"]).collect();
    assert_eq!(titles, ["Tides & times", "a.mp3", "Spring tide"]);
    for attachment in &attachments {
        assert_eq!((&attachment["type"], &attachment["audio_type"]), (&json!("file"), &json!("audio/mpeg")));
    }
    let uploads = workspace.documents("rocketchat_uploads").await;
    assert_eq!(uploads.into_values().map(|upload| upload["name"].clone()).collect::<Vec<_>>(), ["a.mp3"]);
}

#[tokio::test]
async fn every_message_that_names_a_file_shows_it_and_it_is_fetched_once() {
    let server = FileServer::start().await;
    server.serve_file("/a.png?t=1", "image/png", b"\x89PNG picture");
    server.serve_file("/b.pdf", "application/pdf", b"%PDF");
    let workspace = Workspace::fetching(local(), Limits::default()).await;
    let picture = file("F1", "a b.png", &server.url("/a.png?t=1"));
    let files = [picture.clone(), file("F2", "b.pdf", &server.url("/b.pdf")), picture.clone(), picture];
    import(&workspace, &files).await;
    assert_eq!(shown(&workspace).await, vec![(true, Value::Null); 4]);

    assert_eq!(begin(&workspace).await, 4);
    let done = workspace.settled().await;
    assert_eq!((done.state, done.counts.completed, done.counts.error), (OperationState::Done, 4, 0));
    assert_eq!(done.staged.total, Some(4));
    assert_eq!(server.take_requests(), ["/a.png?t=1", "/b.pdf"]);

    let uploads = workspace.documents("rocketchat_uploads").await;
    let of = |name: &str| uploads.values().find(|upload| upload["name"] == name).unwrap().clone();
    let (picture, document) = (of("a b.png"), of("b.pdf"));
    assert_eq!(uploads.len(), 2);
    assert_eq!((&picture["type"], &picture["size"]), (&json!("image/png"), &json!(12)), "what comes counts");
    assert_eq!((&picture["store"], &picture["complete"]), (&json!("GridFS:Uploads"), &json!(true)));
    let messages = workspace.documents("rocketchat_message").await;
    let author = messages.values().next().unwrap();
    assert_eq!((&picture["userId"], &picture["rid"]), (&author["u"]["_id"], &author["rid"]));

    let link = format!("/file-upload/{}/a%20b.png", picture["_id"].as_str().unwrap());
    let image = json!([{
        "title": "a b.png", "type": "file", "title_link": link, "title_link_download": true, "fileId": picture["_id"],
        "image_url": link, "image_type": "image/png", "image_size": 12
    }]);
    let link = format!("/file-upload/{}/b.pdf", document["_id"].as_str().unwrap());
    let plain = json!([{
        "title": "b.pdf", "type": "file", "title_link": link, "title_link_download": true, "fileId": document["_id"],
        "format": "PDF", "size": 4
    }]);
    assert_eq!(
        shown(&workspace).await,
        [(false, image.clone()), (false, plain), (false, image.clone()), (false, image)]
    );
    let fetched = messages.values().find(|message| message["_importFile"]["id"] == "F2").unwrap();
    assert_eq!(
        (&fetched["_importFile"]["downloaded"], &fetched["_importFile"]["rocketChatUrl"]),
        (&json!(true), &json!(link))
    );
    let room = workspace.documents("rocketchat_room").await.into_values().find(|room| room["name"] == "docks").unwrap();
    assert_eq!((&room["msgs"], &room["lastMessage"]["_importFile"]["id"]), (&json!(8), &json!("F1")));

    // Nothing is left to do, neither by fetching again nor by importing the same export again.
    assert_eq!(begin(&workspace).await, 0);
    assert_eq!(workspace.engine.status().await.unwrap().state, OperationState::Done);
    import(&workspace, &files).await;
    assert_eq!(workspace.documents("rocketchat_message").await, messages);
    assert_eq!(server.take_requests(), Vec::<String>::new());
    // A message that names a file which is there needs no download either.
    let more = file("F2", "b.pdf", &server.url("/b.pdf?t=2"));
    import(&workspace, &[files[0].clone(), files[1].clone(), files[2].clone(), files[3].clone(), more]).await;
    assert_eq!(begin(&workspace).await, 1);
    assert_eq!(workspace.settled().await.counts.completed, 1);
    assert_eq!(server.take_requests(), Vec::<String>::new());
    assert_eq!(workspace.documents("rocketchat_uploads").await, uploads);
}

#[tokio::test]
async fn a_file_that_cannot_be_had_is_a_failed_record_and_tried_again_alone() {
    let server = FileServer::start().await;
    server.serve_file("/good.txt", "text/plain", b"abc");
    server.serve_file("/empty.txt", "text/plain", b"");
    server.serve_file("/large.txt", "text/plain", &[b'x'; 2_001]);
    server.serve_file("/login.pdf", "text/html", b"<html>please log in");
    server.serve_file("/login.png", "application/octet-stream", b"<!DOCTYPE html><p>please log in");
    let limits = Limits { entry_bytes: 2_000, ..Limits::default() };
    let workspace = Workspace::fetching(local(), limits).await;
    let files = ["empty.txt", "good.txt", "large.txt", "login.pdf", "login.png", "missing.txt"];
    let mut files: Vec<Value> = files.map(|name| file(name, name, &server.url(&format!("/{name}")))).to_vec();
    files.push(file("z", "old.txt", "ftp://files.example/old.txt"));
    import(&workspace, &files).await;

    assert_eq!(begin(&workspace).await, 7);
    let done = workspace.settled().await;
    assert_eq!((done.state, done.counts.completed, done.counts.error), (OperationState::Done, 1, 6));
    let expected = [
        "the server sent an empty file: empty.txt".to_owned(),
        format!(
            "the file is too large: large.txt: refused {}: it is larger than the 2000 bytes that are accepted",
            server.url("/large.txt")
        ),
        "the server sent a web page in place of the file: login.pdf: its address has expired, or asks for a login; import \
         a newer export, which has new addresses"
            .to_owned(),
        "the server sent a web page in place of the file: login.png: its address has expired, or asks for a login; import \
         a newer export, which has new addresses"
            .to_owned(),
        format!("the server answered 404 Not Found: missing.txt, {}", server.url("/missing.txt")),
        "the address is none to fetch from: old.txt: cannot fetch a URL of the scheme ftp: only http and https are \
         supported"
            .to_owned(),
    ];
    assert_eq!(workspace.failures().await, expected);
    let all = ["/empty.txt", "/good.txt", "/large.txt", "/login.pdf", "/login.png", "/missing.txt"];
    assert_eq!(server.take_requests(), all);

    // The failed ones of this operation again.
    server.serve_file("/missing.txt", "text/plain", b"abc");
    assert_eq!(workspace.engine.retry().await.unwrap(), 6);
    let again = workspace.settled().await;
    assert_eq!((again.state, again.counts.completed, again.counts.error), (OperationState::Done, 2, 5));
    assert_eq!(server.take_requests(), ["/empty.txt", "/large.txt", "/login.pdf", "/login.png", "/missing.txt"]);
    // Another operation: whatever is still pending.
    server.serve_file("/empty.txt", "text/plain", b"abc");
    assert_eq!(begin(&workspace).await, 5);
    let last = workspace.settled().await;
    assert_eq!((last.counts.completed, last.counts.error, last.staged.total), (1, 4, Some(5)));
    assert_eq!(server.take_requests(), ["/empty.txt", "/large.txt", "/login.pdf", "/login.png"]);
    assert_eq!(workspace.incoming(), Vec::<String>::new());
}

#[tokio::test]
async fn addresses_that_are_not_public_are_refused_also_behind_a_redirect() {
    let server = FileServer::start().await;
    server.serve("/moved", Answer::Head("302 Found\r\nLocation: http://10.0.0.7/secret".into()));
    let files = [file("F1", "a", &server.url("/a")), file("F2", "b", &server.url("/moved"))];
    let workspace = Workspace::fresh().await;
    import(&workspace, &files).await;
    assert_eq!(begin(&workspace).await, 2);
    assert_eq!(workspace.settled().await.counts.error, 2);
    assert!(workspace.failures().await.iter().all(|reason| reason.contains("127.0.0.1 is a loopback address")));
    assert_eq!(server.take_requests(), Vec::<String>::new());

    let workspace = Workspace::fetching(local(), Limits::default()).await;
    import(&workspace, &files[1..]).await;
    begin(&workspace).await;
    workspace.settled().await;
    assert_eq!(
        workspace.failures().await,
        ["the address may not be reached: b: refused to connect to 10.0.0.7: 10.0.0.7 is a private address; \
          to fetch from there, its network must be allowed"]
    );
}

#[tokio::test]
async fn ten_files_are_fetched_at_once_and_no_more() {
    let server = FileServer::start().await;
    let workspace = Workspace::fetching(local(), Limits::default()).await;
    let files: Vec<Value> = (0..60)
        .map(|number| {
            server.serve_file(&format!("/{number}"), "text/plain", format!("file {number}").as_bytes());
            file(&format!("F{number}"), &format!("{number}.txt"), &server.url(&format!("/{number}")))
        })
        .collect();
    import(&workspace, &files).await;
    server.hold();
    begin(&workspace).await;
    server.wait_for(|open| open.waiting == 10).await;
    server.release();
    let done = workspace.settled().await;
    assert_eq!((done.counts.completed, done.counts.error), (60, 0));
    assert_eq!(server.wait_for(|open| open.waiting == 0).await.most, 10);
    let operation = workspace.engine.status().await.unwrap().operation.unwrap();
    assert_eq!((operation.count.unwrap().completed, operation.operation_type.as_str()), (Some(60), "Pending Files"));
}

#[tokio::test]
async fn clearing_stops_the_downloads_and_what_waits_keeps_waiting() {
    let server = FileServer::start().await;
    server.serve_file("/a", "text/plain", b"abc");
    let workspace = Workspace::fetching(local(), Limits::default()).await;
    import(&workspace, &[file("F1", "a", &server.url("/a")), file("F2", "b", &server.url("/b"))]).await;
    server.hold();
    begin(&workspace).await;
    server.wait_for(|open| open.waiting == 2).await;
    let importing = workspace.engine.status().await.unwrap().operation.unwrap();
    assert_eq!(importing.status, ProgressStep::ImportingFiles);
    workspace.engine.clear().await.unwrap();
    assert_eq!(workspace.engine.status().await.unwrap().state, OperationState::Canceled);
    server.wait_for(|open| open.left == 2).await;
    server.release();
    assert_eq!(shown(&workspace).await, vec![(true, Value::Null); 2]);
    assert_eq!(begin(&workspace).await, 2);
    let done = workspace.settled().await;
    assert_eq!((done.counts.completed, done.counts.error), (1, 1));
    assert_eq!(workspace.incoming(), Vec::<String>::new());
}

#[tokio::test]
async fn fetching_goes_on_after_a_stop() {
    let server = FileServer::start().await;
    server.serve_file("/a", "text/plain", b"abc");
    server.serve_file("/b", "text/plain", b"def");
    let mut workspace = Workspace::fetching(local(), Limits::default()).await;
    import(&workspace, &[file("F1", "a", &server.url("/a")), file("F2", "b", &server.url("/b"))]).await;
    server.hold();
    begin(&workspace).await;
    server.wait_for(|open| open.waiting == 2).await;
    workspace.engine.stop().await;
    assert_eq!(workspace.engine.status().await.unwrap().state, OperationState::Importing);
    server.wait_for(|open| open.left == 2).await;
    server.release();
    workspace.start().await;
    let done = workspace.settled().await;
    assert_eq!((done.state, done.counts.completed), (OperationState::Done, 2));
    assert_eq!(shown(&workspace).await.iter().filter(|(hidden, _)| *hidden).count(), 0);
}

#[tokio::test]
async fn what_is_sent_for_the_pending_importers_is_disregarded() {
    let server = FileServer::start().await;
    server.serve_file("/a", "text/plain", b"abc");
    let workspace = Workspace::fetching(local(), Limits::default()).await;
    let engine = &workspace.engine;
    let mut upload = engine.begin_upload(&workspace.admin, "pending-avatars", "x.zip", None).await.unwrap();
    upload.write(b"whatever").await.unwrap();
    let operation = upload.finish().await.unwrap();
    assert_eq!((operation.status, operation.operation_type.as_str()), (ProgressStep::Done, "Pending Avatars"));
    assert_eq!(operation.count.unwrap().total, Some(0));

    import(&workspace, &[file("F1", "a", &server.url("/a"))]).await;
    engine.download(&workspace.admin, "https://disregarded.example/x", "pending-files").await.unwrap();
    let done = workspace.settled().await;
    assert_eq!((done.state, done.counts.completed), (OperationState::Done, 1));
    assert_eq!(engine.file_data().await.unwrap().into_selection().unwrap().users, []);
    assert_eq!(
        refusal(engine.download_pending(&workspace.admin, Importer::Csv).await),
        Refusal::ImporterNotDefined("csv".into())
    );
}
