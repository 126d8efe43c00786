//! Transfers that break off.

use std::time::Duration;

use import_fetch::{FetchError, FetchPolicy};

use crate::server::{Reply, Server};
use crate::{Download, policy};

/// Ten bytes with an `ETag` of which four arrive.
fn broken(etag: &str) -> Reply {
    Reply::raw(&format!("200 OK|ETag: {etag}|Content-Length: 10"), "0123")
}

/// The ten bytes from `first` on.
fn part(first: usize) -> Reply {
    let rest = &"0123456789"[first..];
    Reply::raw(
        &format!("206 Partial Content|ETag: \"one\"|Content-Range: bytes {first}-9/10|Content-Length: {}", rest.len()),
        rest,
    )
}

#[tokio::test]
async fn a_broken_transfer_goes_on_where_it_stopped() {
    let server = Server::start(|count, _| match count {
        0 => broken("\"one\""),
        _ => part(4),
    })
    .await;
    let download = Download::of(&server.url("/"), policy()).await;
    assert_eq!(download.text(), "0123456789");
    assert_eq!(download.result.as_ref().unwrap().bytes, 10);
    assert_eq!(server.ranges(), [None, Some("bytes=4-".to_owned())]);
    assert_eq!(server.requests()[1].header("if-range"), Some("\"one\""));
    let received: Vec<_> = download.progress.iter().map(|now| now.received).collect();
    assert!(received.is_sorted(), "{received:?}");
}

#[tokio::test]
async fn a_date_serves_where_there_is_no_etag() {
    let server = Server::start(|count, _| match count {
        0 => Reply::raw(
            "200 OK|Date: Tue, 06 Jan 2026 10:00:00 GMT\
             |Last-Modified: Mon, 05 Jan 2026 10:00:00 GMT|Content-Length: 10",
            "0123",
        ),
        _ => part(4),
    })
    .await;
    let download = Download::of(&server.url("/"), policy()).await;
    assert_eq!(download.text(), "0123456789");
    assert_eq!(server.ranges(), [None, Some("bytes=4-".to_owned())]);
    assert_eq!(server.requests()[1].header("if-range"), Some("Mon, 05 Jan 2026 10:00:00 GMT"));
}

#[tokio::test]
async fn a_file_that_changed_is_downloaded_anew() {
    let server = Server::start(|count, _| match count {
        0 => broken("\"one\""),
        _ => Reply::raw("200 OK|ETag: \"two\"|Content-Length: 3", "new"),
    })
    .await;
    let download = Download::of(&server.url("/"), policy()).await;
    assert_eq!(download.text(), "new");
    assert_eq!(server.ranges(), [None, Some("bytes=4-".to_owned())]);
    let last = download.progress.last().unwrap();
    assert_eq!((last.received, last.total), (3, Some(3)));
}

#[tokio::test]
async fn without_a_validator_a_transfer_starts_again() {
    let server = Server::start(|count, _| match count {
        0 => Reply::raw("200 OK|Content-Length: 10", "0123"),
        _ => Reply::file("0123456789"),
    })
    .await;
    let download = Download::of(&server.url("/"), policy()).await;
    assert_eq!(download.text(), "0123456789");
    assert_eq!(server.ranges(), [None, None]);
}

#[tokio::test]
async fn another_part_than_was_asked_for_is_not_used() {
    let other_start = || part(3);
    let other_file =
        || Reply::raw("206 Partial Content|ETag: \"two\"|Content-Range: bytes 4-9/10|Content-Length: 6", "xxxxxx");
    let other_size =
        || Reply::raw("206 Partial Content|ETag: \"one\"|Content-Range: bytes 4-8/9|Content-Length: 5", "xxxxx");
    let refused = || Reply::raw("416 Range Not Satisfiable|Content-Range: bytes */3|Content-Length: 0", "");
    let server = Server::start(move |count, request| match (count % 3, request.path.as_str()) {
        (0, _) => broken("\"one\""),
        (1, "/start") => other_start(),
        (1, "/file") => other_file(),
        (1, "/size") => other_size(),
        (1, _) => refused(),
        (_, _) => Reply::file("whole"),
    })
    .await;
    for path in ["/start", "/file", "/size", "/refused"] {
        let download = Download::of(&server.url(path), policy()).await;
        assert_eq!(download.text(), "whole", "{path}");
    }
    let asked = [None, Some("bytes=4-".to_owned()), None];
    assert_eq!(server.ranges(), vec![asked; 4].concat());
}

#[tokio::test]
async fn a_transfer_that_gets_further_each_time_arrives() {
    let server = Server::start(|_, request| {
        let first = request
            .header("range")
            .map_or(0, |range| range.trim_start_matches("bytes=").trim_end_matches('-').parse().unwrap());
        let mut reply = match first {
            0 => broken("\"one\""),
            first => part(first),
        };
        if (1..9).contains(&first) {
            let sent = reply.bytes.len() - (9 - first);
            reply.bytes.truncate(sent);
        }
        reply
    })
    .await;
    let policy = FetchPolicy { attempts: 2, ..policy() };
    let download = Download::of(&server.url("/"), policy).await;
    assert_eq!(download.text(), "0123456789");
    assert_eq!(server.requests().len(), 7);
}

#[tokio::test]
async fn a_transfer_that_gets_no_further_is_given_up() {
    let server = Server::start(|_, _| broken("\"one\"")).await;
    let policy = FetchPolicy { attempts: 3, ..policy() };
    let download = Download::of(&server.url("/a?b"), policy).await;
    let error = download.error();
    assert!(matches!(error, FetchError::Interrupted { received: 4, .. }), "{error:?}");
    assert!(error.to_string().starts_with(&format!("the transfer of {} broke off after 4 bytes: ", server.url("/a"))));
    assert!(error.is_transient());
    assert_eq!(server.requests().len(), 3);
}

#[tokio::test]
async fn one_attempt_is_never_repeated() {
    let server = Server::start(|_, _| broken("\"one\"")).await;
    let policy = FetchPolicy { attempts: 1, ..policy() };
    let download = Download::of(&server.url("/"), policy).await;
    assert!(matches!(download.error(), FetchError::Interrupted { .. }));
    assert_eq!(server.requests().len(), 1);
}

#[tokio::test]
async fn a_server_in_trouble_is_asked_again() {
    let busy = || Reply::raw("503 Service Unavailable|Content-Length: 0", "");
    let server = Server::start(move |count, _| match count {
        0..2 => busy(),
        _ => Reply::file("hello"),
    })
    .await;
    assert_eq!(Download::of(&server.url("/"), policy()).await.text(), "hello");
    assert_eq!(server.requests().len(), 3);

    let server = Server::start(move |_, _| busy()).await;
    let download = Download::of(&server.url("/"), policy()).await;
    assert_eq!(
        download.error().to_string(),
        format!("cannot fetch {}: the server answered 503 Service Unavailable", server.url("/"))
    );
    assert_eq!(server.requests().len(), 4);
}

#[tokio::test]
async fn redirects_are_followed_again_and_the_rest_asked_of_the_same_file() {
    let files = Server::start(|count, _| match count {
        0 => broken("\"one\""),
        _ => part(4),
    })
    .await;
    let target = files.url("/export.zip?signature=");
    let server = Server::start(move |count, _| Reply::redirect("302 Found", &format!("{target}{count}"))).await;
    let download = Download::of(&server.url("/"), policy()).await;
    assert_eq!(download.text(), "0123456789");
    assert_eq!(server.ranges(), [None, None]);
    assert_eq!(files.ranges(), [None, Some("bytes=4-".to_owned())]);
    let paths: Vec<_> = files.requests().into_iter().map(|each| each.path).collect();
    assert_eq!(paths, ["/export.zip?signature=0", "/export.zip?signature=1"]);
}

#[tokio::test]
async fn the_rest_is_not_asked_of_another_file() {
    let server = Server::start(|count, request| match (count, request.path.as_str()) {
        (0, "/") => Reply::redirect("302 Found", "/one"),
        (1, "/one") => broken("\"one\""),
        (2, "/") => Reply::redirect("302 Found", "/two"),
        (3, "/two") => Reply::file("two"),
        request => panic!("{request:?}"),
    })
    .await;
    let download = Download::of(&server.url("/"), policy()).await;
    assert_eq!(download.text(), "two");
    assert_eq!(server.ranges(), [None, None, None, None]);
}

/// Long enough for the loopback interface on a busy machine.
const STALL: Duration = Duration::from_secs(1);

#[tokio::test]
async fn a_stalled_transfer_goes_on_where_it_stopped() {
    let server = Server::start(|count, _| match count {
        0 => broken("\"one\"").then_hang(),
        _ => part(4),
    })
    .await;
    let policy = FetchPolicy { idle_timeout: STALL, ..policy() };
    let download = Download::of(&server.url("/"), policy).await;
    assert_eq!(download.text(), "0123456789");
    server.left.notified().await;
}

#[tokio::test]
async fn a_stalled_transfer_that_brings_nothing_more_is_given_up() {
    let server = Server::start(|count, _| match count {
        0 => broken("\"one\"").then_hang(),
        _ => Reply { bytes: Vec::new(), hang: true },
    })
    .await;
    let policy = FetchPolicy { idle_timeout: STALL, ..policy() };
    let download = Download::of(&server.url("/"), policy).await;
    assert!(matches!(download.error(), FetchError::Stalled { received: 4, .. }));
    assert_eq!(server.ranges(), [None, Some("bytes=4-".to_owned())]);
}

#[tokio::test]
async fn a_stalled_transfer_that_cannot_go_on_is_given_up() {
    let server = Server::start(|_, _| Reply::raw("200 OK|Content-Length: 10", "0123").then_hang()).await;
    let policy = FetchPolicy { idle_timeout: STALL, ..policy() };
    let download = Download::of(&server.url("/a?b"), policy).await;
    assert_eq!(
        download.error().to_string(),
        format!("gave up on {}: no byte came for 1 s, after 4 bytes", server.url("/a"))
    );
    assert_eq!(server.requests().len(), 1);
}
