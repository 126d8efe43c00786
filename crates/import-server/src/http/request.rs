//! What surrounds every request: its id, its line in the log, and the answer where a handler panics.

use std::{panic::AssertUnwindSafe, time::Instant};

use axum::{Router, body::Body, extract::Request, response::Response};
use futures_util::FutureExt as _;
use http::{HeaderMap, HeaderValue};
use import_store::credentials::random_id;
use tower::ServiceExt as _;
use tracing::Instrument as _;

use super::failure::Failure;

/// The header that names a request, in either direction.
const ID_HEADER: &str = "x-request-id";

/// The longest path that the log shows, in bytes.
const LOGGED_PATH: usize = 200;

/// The `_id` of who called, left with an answer for the log.
#[derive(Debug, Clone)]
pub(crate) struct CallerId(pub(crate) String);

/// Answers one request. The log gets one line for it, without query, headers and bodies, which hold secrets.
pub(crate) async fn answer(router: Router, request: Request<Body>) -> Response {
    let id = request_id(request.headers());
    let span = tracing::error_span!("request", id = id.as_str());
    let mut response = answer_and_log(router, request).instrument(span).await;
    if let Ok(value) = HeaderValue::from_str(&id) {
        response.headers_mut().insert(ID_HEADER, value);
    }
    response
}

async fn answer_and_log(router: Router, request: Request<Body>) -> Response {
    let begun = Instant::now();
    let method = request.method().clone();
    let path = logged_path(request.uri().path()).to_owned();
    let response = match AssertUnwindSafe(router.oneshot(request)).catch_unwind().await {
        Ok(Ok(response)) => response,
        Ok(Err(never)) => match never {},
        // What the panic says may quote what was sent; the place is on standard error.
        Err(_) => Failure::internal("its handler panicked").answer(&path),
    };
    let user = response.extensions().get::<CallerId>().map(|CallerId(id)| id.as_str());
    let ms = begun.elapsed().as_micros() as f64 / 1000.0;
    tracing::info!(%method, path, status = response.status().as_u16(), ms, user, "answered");
    response
}

/// The id that the client gave, where it is a short word; a new one otherwise.
fn request_id(headers: &HeaderMap) -> String {
    let sane = |id: &&str| {
        (1..=64).contains(&id.len()) && id.bytes().all(|byte| byte.is_ascii_alphanumeric() || b"-_.:".contains(&byte))
    };
    headers.get(ID_HEADER).and_then(|value| value.to_str().ok()).filter(sane).map_or_else(random_id, ToOwned::to_owned)
}

fn logged_path(path: &str) -> &str {
    &path[..path.floor_char_boundary(LOGGED_PATH)]
}

#[cfg(test)]
mod tests {
    use axum::routing::any;
    use http::StatusCode;
    use http_body_util::BodyExt as _;

    use super::*;

    fn request(id: Option<&str>) -> Request<Body> {
        let mut request = Request::new(Body::empty());
        if let Some(id) = id {
            request.headers_mut().insert(ID_HEADER, HeaderValue::from_str(id).unwrap());
        }
        request
    }

    #[tokio::test]
    async fn a_panic_is_answered_with_500_and_says_nothing_of_itself() {
        async fn handler() -> Response {
            panic!("secret")
        }
        let response = answer(Router::new().route("/", any(handler)), request(None)).await;
        assert_eq!(response.status(), StatusCode::INTERNAL_SERVER_ERROR);
        let body = response.into_body().collect().await.unwrap().to_bytes();
        assert_eq!(
            std::str::from_utf8(&body).unwrap(),
            r#"{"success":false,"error":"The server could not carry this out; its log says why, under the id in the header x-request-id."}"#
        );
    }

    #[tokio::test]
    async fn a_request_keeps_a_sane_id_and_gets_one_otherwise() {
        let id = |response: &Response| response.headers()[ID_HEADER].to_str().unwrap().to_owned();
        let router = Router::new().route("/", any(async || "hello"));
        assert_eq!(id(&answer(router.clone(), request(Some("trace-1.a:b_C"))).await), "trace-1.a:b_C");
        for odd in ["", "two words", "a\tb", "{\"a\":1}", &"x".repeat(65)] {
            let given = id(&answer(router.clone(), request(Some(odd))).await);
            assert_eq!(given.len(), 17, "{odd}: {given}");
        }
        assert_eq!(id(&answer(router, request(None)).await).len(), 17);
    }

    #[test]
    fn the_log_shows_the_beginning_of_a_long_path() {
        assert_eq!(logged_path(&"/x".repeat(500)).len(), 200);
        assert_eq!(logged_path("/health"), "/health");
    }
}
