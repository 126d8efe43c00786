//! What is not downloaded, and what the error says.

use std::time::Duration;

use import_fetch::{FetchError, FetchPolicy, Fetcher};
use tokio::net::TcpListener;

use crate::server::{Reply, Server};
use crate::{Download, policy};

#[tokio::test]
async fn a_redirect_to_a_forbidden_address_is_refused() {
    for (location, message) in [
        (
            "http://169.254.169.254/latest/meta-data/",
            "refused to connect to 169.254.169.254: 169.254.169.254 is a link-local address; \
             to fetch from there, its network must be allowed",
        ),
        (
            "http://[::1]/",
            "refused to connect to [::1]: ::1 is a loopback address; \
             to fetch from there, its network must be allowed",
        ),
        (
            "//2852039166/",
            "refused to connect to 169.254.169.254: 169.254.169.254 is a link-local address; \
             to fetch from there, its network must be allowed",
        ),
        (
            "https://user:secret@10.0.0.1/?secret",
            "refused to connect to 10.0.0.1: 10.0.0.1 is a private address; \
             to fetch from there, its network must be allowed",
        ),
    ] {
        let server = Server::start(move |_, _| Reply::redirect("302 Found", location)).await;
        let download = Download::of(&server.url("/"), policy()).await;
        assert_eq!(download.error().to_string(), message);
        assert!(!download.error().is_transient());
        assert_eq!(server.requests().len(), 1);
    }
}

#[tokio::test]
async fn a_redirect_to_another_scheme_is_refused() {
    let server = Server::start(|_, _| Reply::redirect("302 Found", "file:///etc/passwd")).await;
    let download = Download::of(&server.url("/"), policy()).await;
    assert_eq!(
        download.error().to_string(),
        "cannot fetch a URL of the scheme file: only http and https are supported"
    );
}

#[tokio::test]
async fn a_redirect_without_a_location_is_refused() {
    let server = Server::start(|_, _| Reply::raw("302 Found|Content-Length: 0", "")).await;
    let download = Download::of(&server.url("/a"), policy()).await;
    assert_eq!(
        download.error().to_string(),
        format!("cannot follow the redirect of {}: it names no location", server.url("/a"))
    );
}

#[tokio::test]
async fn redirects_in_a_circle_end() {
    let server = Server::start(|_, request| match request.path.as_str() {
        "/a" => Reply::redirect("302 Found", "/b"),
        _ => Reply::redirect("302 Found", "/a"),
    })
    .await;
    let policy = FetchPolicy { max_redirects: 5, ..policy() };
    let download = Download::of(&server.url("/a"), policy).await;
    assert_eq!(download.error().to_string(), format!("cannot fetch {}: more than 5 redirects", server.url("/a")));
    assert_eq!(server.requests().len(), 6);
}

#[tokio::test]
async fn a_forbidden_address_is_refused_before_it_is_asked() {
    let server = Server::start(|_, _| Reply::file("hello")).await;
    let port = server.address.port();
    let refusing = FetchPolicy::default();
    let download = Download::of(&server.url("/"), refusing.clone()).await;
    assert!(matches!(download.error(), FetchError::ForbiddenAddress { .. }));

    let allowed = FetchPolicy { allow: vec!["192.168.0.0/16".parse().unwrap()], ..FetchPolicy::default() };
    for policy in [refusing, allowed] {
        let download = Download::of(&format!("http://localhost:{port}/"), policy).await;
        match download.error() {
            FetchError::ForbiddenAddress { host, address, what } => {
                assert_eq!(host, "localhost");
                assert!(address.is_loopback());
                assert_eq!(*what, "a loopback address");
            }
            error => panic!("{error}"),
        }
    }
    assert_eq!(server.requests().len(), 0);
}

#[tokio::test]
async fn a_url_is_checked_without_asking_anybody() {
    let fetcher = Fetcher::new(policy()).unwrap();
    assert!(fetcher.check("https://files.example/export.zip").is_ok());
    assert!(fetcher.check("http://127.0.0.1:1/").is_ok());
    for refused in ["/etc/passwd", "file:///etc/passwd", "http://10.0.0.1/", ""] {
        assert!(fetcher.check(refused).is_err(), "{refused}");
    }
}

#[tokio::test]
async fn a_missing_file_is_refused_once_with_its_status_and_no_secret() {
    let server = Server::start(|_, _| Reply::raw("404 Not Found|Content-Length: 4", "none")).await;
    let url = format!("http://anna:secret@{}/a.zip?token=secret", server.address);
    let download = Download::of(&url, policy()).await;
    let error = download.error();
    assert_eq!(error.to_string(), format!("cannot fetch {}: the server answered 404 Not Found", server.url("/a.zip")));
    assert!(!error.is_transient());
    assert!(!format!("{error:?}").contains("secret"));
    assert_eq!(server.requests().len(), 1);
}

#[tokio::test]
async fn a_part_that_nobody_asked_for_is_refused() {
    let server =
        Server::start(|_, _| Reply::raw("206 Partial Content|Content-Range: bytes 0-4/9|Content-Length: 5", "hello"))
            .await;
    let download = Download::of(&server.url("/"), policy()).await;
    assert!(matches!(download.error(), FetchError::Status { .. }));
}

#[tokio::test]
async fn a_file_that_is_too_large_is_refused() {
    let declared = || Reply::file("hello!");
    let actual = || Reply::raw("200 OK|Transfer-Encoding: chunked", "3\r\nhel\r\n3\r\nlo!\r\n0\r\n\r\n");
    let server = Server::start(move |_, request| match request.path.as_str() {
        "/declared" => declared(),
        _ => actual(),
    })
    .await;
    for path in ["/declared", "/actual"] {
        let limited = |limit| FetchPolicy { max_bytes: Some(limit), ..policy() };
        let download = Download::of(&server.url(path), limited(5)).await;
        assert_eq!(
            download.error().to_string(),
            format!("refused {}: it is larger than the 5 bytes that are accepted", server.url(path))
        );
        assert!(!download.error().is_transient());
        let download = Download::of(&server.url(path), limited(6)).await;
        assert_eq!(download.text(), "hello!");
    }
}

#[tokio::test]
async fn a_server_that_does_not_answer_is_given_up_at_once() {
    let server = Server::start(|_, _| Reply { bytes: Vec::new(), hang: true }).await;
    let policy = FetchPolicy { idle_timeout: Duration::from_secs(1), ..policy() };
    let download = Download::of(&server.url("/a?b"), policy).await;
    assert_eq!(
        download.error().to_string(),
        format!("gave up on {}: no byte came for 1 s, after 0 bytes", server.url("/a"))
    );
    assert!(download.error().is_transient());
    assert_eq!(server.requests().len(), 1);
}

#[tokio::test]
async fn a_host_that_does_not_listen_is_unreachable() {
    let listener = TcpListener::bind("127.0.0.1:0").await.unwrap();
    let address = listener.local_addr().unwrap();
    drop(listener);
    let download = Download::of(&format!("http://{address}/a?b"), policy()).await;
    let error = download.error();
    assert!(matches!(error, FetchError::Unreachable { .. }), "{error:?}");
    assert!(error.to_string().starts_with(&format!("cannot connect for http://{address}/a: Connection refused")));
    assert!(error.is_transient());
}

#[tokio::test]
async fn https_needs_a_server_that_speaks_it() {
    let listener = TcpListener::bind("127.0.0.1:0").await.unwrap();
    let address = listener.local_addr().unwrap();
    tokio::spawn(async move {
        loop {
            let (mut stream, _) = listener.accept().await.unwrap();
            tokio::io::AsyncWriteExt::write_all(&mut stream, b"HTTP/1.1 400 Bad Request\r\n\r\n").await.unwrap();
        }
    });
    let download = Download::of(&format!("https://{address}/"), policy()).await;
    let error = download.error();
    assert!(matches!(error, FetchError::Tls { .. }), "{error:?}");
    assert!(!error.is_transient());
}
