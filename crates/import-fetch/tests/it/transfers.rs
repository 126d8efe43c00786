//! What arrives on the disk, and where it comes from.

use std::os::unix::fs::PermissionsExt;

use import_fetch::{Fetched, Fetcher, Progress};
use tokio::sync::Notify;

use crate::server::{Reply, Server};
use crate::{Download, policy};

#[tokio::test]
async fn a_file_is_downloaded_for_its_owner_alone() {
    let server = Server::start(|_, _| {
        Reply::raw(
            "200 OK|Content-Type: Application/ZIP; a=b|Content-Length: 5\
             |Content-Disposition: attachment; filename=\"../export.zip\"",
            "hello",
        )
    })
    .await;
    let download = Download::of(&server.url("/a/b?c=d#e"), policy()).await;
    assert_eq!(download.text(), "hello");
    assert_eq!(
        *download.result.as_ref().unwrap(),
        Fetched {
            url: server.url("/a/b?c=d#e").parse().unwrap(),
            bytes: 5,
            content_type: Some("application/zip".to_owned()),
            file_name: Some("export.zip".to_owned()),
        }
    );
    let mode = std::fs::metadata(&download.path).unwrap().permissions().mode();
    assert_eq!(mode & 0o777, 0o600);

    let at = |received| Progress { received, total: Some(5) };
    assert_eq!(download.progress.first(), Some(&at(0)));
    assert_eq!(download.progress.last(), Some(&at(5)));

    let requests = server.requests();
    assert_eq!(requests.len(), 1);
    assert_eq!(requests[0].path, "/a/b?c=d");
    assert_eq!(requests[0].header("accept-encoding"), Some("identity"));
    for absent in ["authorization", "cookie", "referer", "range", "if-range"] {
        assert_eq!(requests[0].header(absent), None, "{absent}");
    }
}

#[tokio::test]
async fn a_file_of_unknown_size_is_downloaded() {
    let server =
        Server::start(|_, _| Reply::raw("200 OK|Transfer-Encoding: chunked", "3\r\nhel\r\n2\r\nlo\r\n0\r\n\r\n")).await;
    let download = Download::of(&server.url("/export.csv"), policy()).await;
    assert_eq!(download.text(), "hello");
    let fetched = download.result.as_ref().unwrap();
    assert_eq!(fetched.bytes, 5);
    assert_eq!(fetched.content_type, None);
    assert_eq!(fetched.file_name.as_deref(), Some("export.csv"));
    assert!(download.progress.iter().all(|now| now.total.is_none()));
}

#[tokio::test]
async fn an_encoded_file_is_stored_as_it_was_sent() {
    let server = Server::start(|_, _| Reply::raw("200 OK|Content-Encoding: gzip|Content-Length: 8", "not gzip")).await;
    let download = Download::of(&server.url("/"), policy()).await;
    assert_eq!(download.text(), "not gzip");
}

#[tokio::test]
async fn an_empty_file_is_a_file() {
    let server = Server::start(|_, _| Reply::file("")).await;
    let download = Download::of(&server.url("/"), policy()).await;
    assert_eq!(download.text(), "");
    assert_eq!(download.result.as_ref().unwrap().bytes, 0);
}

#[tokio::test]
async fn a_larger_file_than_any_buffer_arrives_whole() {
    let body = "0123456789abcdef".repeat(200_000);
    let sent = body.clone();
    let server = Server::start(move |_, _| Reply::file(&sent)).await;
    let download = Download::of(&server.url("/"), policy()).await;
    assert!(download.text() == body);
}

#[tokio::test]
async fn redirects_are_followed_to_the_file() {
    let other = Server::start(|_, _| Reply::file("hello")).await;
    let end = other.url("/d/export.zip?e=f");
    let server = Server::start(move |_, request| match request.path.as_str() {
        "/1?a=b" => Reply::redirect("301 Moved Permanently", "2"),
        "/2" => Reply::redirect("302 Found", "/3"),
        "/3" => Reply::redirect("303 See Other", "?4"),
        "/3?4" => Reply::redirect("307 Temporary Redirect", "/5#fragment"),
        "/5" => Reply::redirect("308 Permanent Redirect", &end),
        path => panic!("{path}"),
    })
    .await;
    let download = Download::of(&server.url("/1?a=b"), policy()).await;
    assert_eq!(download.text(), "hello");
    let fetched = download.result.as_ref().unwrap();
    assert_eq!(fetched.url.as_str(), other.url("/d/export.zip?e=f"));
    assert_eq!(fetched.file_name.as_deref(), Some("export.zip"));
    assert_eq!(server.requests().len(), 5);
    assert_eq!(other.requests().len(), 1);
}

#[tokio::test]
async fn credentials_of_the_url_go_to_its_own_origin_only() {
    let other = Server::start(|_, _| Reply::file("hello")).await;
    let elsewhere = format!("http://eve:pw@{}/", other.address);
    let server = Server::start(move |count, _| match count {
        0 => Reply::redirect("302 Found", "/same"),
        _ => Reply::redirect("302 Found", &elsewhere),
    })
    .await;
    let url = format!("http://anna:s%3Acret@{}/", server.address);
    let download = Download::of(&url, policy()).await;
    assert_eq!(download.text(), "hello");
    // The base64 of `anna:s:cret`.
    let sent: Vec<_> =
        server.requests().iter().map(|request| request.header("authorization").map(str::to_owned)).collect();
    assert_eq!(sent, vec![Some("Basic YW5uYTpzOmNyZXQ=".to_owned()); 2]);
    assert_eq!(other.requests()[0].header("authorization"), None);
    let fetched = download.result.as_ref().unwrap();
    assert_eq!(fetched.url.as_str(), other.url("/"));
}

#[tokio::test]
async fn a_name_is_resolved_to_its_allowed_addresses() {
    let server = Server::start(|_, _| Reply::file("hello")).await;
    let url = format!("http://localhost:{}/", server.address.port());
    assert_eq!(Download::of(&url, policy()).await.text(), "hello");
}

#[tokio::test]
async fn a_file_of_an_earlier_download_is_replaced() {
    let server = Server::start(|_, _| Reply::file("hello")).await;
    let directory = tempfile::tempdir().unwrap();
    let path = directory.path().join("file");
    std::fs::write(&path, "something longer").unwrap();
    let fetcher = Fetcher::new(policy()).unwrap();
    fetcher.fetch(&server.url("/"), &path, |_| {}).await.unwrap();
    assert_eq!(std::fs::read_to_string(&path).unwrap(), "hello");
    let mode = std::fs::metadata(&path).unwrap().permissions().mode();
    assert_eq!(mode & 0o777, 0o600);
}

#[tokio::test]
async fn clones_download_side_by_side() {
    let server = Server::start(|_, request| Reply::file(&request.path)).await;
    let directory = tempfile::tempdir().unwrap();
    let fetcher = Fetcher::new(policy()).unwrap();
    let downloads: Vec<_> = (0..10)
        .map(|number| {
            let fetcher = fetcher.clone();
            let url = server.url(&format!("/{number}"));
            let path = directory.path().join(number.to_string());
            tokio::spawn(async move { fetcher.fetch(&url, &path, |_| {}).await })
        })
        .collect();
    for (number, download) in downloads.into_iter().enumerate() {
        assert_eq!(download.await.unwrap().unwrap().bytes, 2);
        let text = std::fs::read_to_string(directory.path().join(number.to_string())).unwrap();
        assert_eq!(text, format!("/{number}"));
    }
}

#[tokio::test]
async fn dropping_the_future_closes_the_connection_and_removes_the_file() {
    let server = Server::start(|_, _| Reply::raw("200 OK|Content-Length: 100", "hello").then_hang()).await;
    let directory = tempfile::tempdir().unwrap();
    let path = directory.path().join("file");
    let fetcher = Fetcher::new(policy()).unwrap();
    let begun = Notify::new();
    let url = server.url("/");
    let begins = |now: Progress| {
        if now.received == 5 {
            assert!(path.exists());
            begun.notify_one();
        }
    };
    tokio::select! {
        result = fetcher.fetch(&url, &path, begins) => panic!("{result:?}"),
        () = begun.notified() => {}
    }
    assert!(!path.exists());
    server.left.notified().await;
}
