//! Everything that a request may be answered with instead of 200, and the answers.

use std::fmt::Display;

use axum::{
    body::Body,
    response::{IntoResponse, Response},
};
use http::{HeaderValue, StatusCode, header};
use import_engine::EngineError;
use import_proto::{LoginFailedBody, Method, PlainErrorBody, Refusal, UnauthorizedBody};
use import_store::StoreError;
use serde::Serialize;

/// Why a request is not carried out.
#[derive(Debug)]
pub(crate) enum Failure {
    /// 404: nothing is at this path.
    NoSuchEndpoint,
    /// 405: the endpoint takes another method.
    WrongMethod(Method),
    /// 401: nobody is logged in.
    Unauthorized,
    /// 401: the name or the password is wrong.
    LoginFailed,
    /// 403: the permission is lacking.
    Forbidden,
    /// 408: the body stopped coming.
    BodyTimeout,
    /// 413: the body is larger than this many bytes.
    BodyTooLarge(u64),
    /// 415: the body has to be of the content type named.
    WrongContentType(&'static str),
    /// 400: the request has not the documented form, or a rule refuses it.
    Refused(Refusal),
    /// 503: the server is on its way down.
    Stopping,
    /// 500: something failed that the caller can do nothing about.
    Internal {
        /// What the caller is told.
        said: &'static str,
        /// What the log is told.
        logged: String,
    },
}

const SEE_LOG: &str = "The server could not carry this out; its log says why, under the id in the header x-request-id.";
const DISK_FULL: &str = "There is no space left on the server's disk.";

impl Failure {
    /// A failure whose reason is for the log alone.
    pub(crate) fn internal(reason: impl Display) -> Self {
        Self::Internal { said: SEE_LOG, logged: reason.to_string() }
    }

    /// A body or query that has not the documented form.
    pub(crate) fn invalid(reason: impl Into<String>) -> Self {
        Self::Refused(Refusal::InvalidParams(reason.into()))
    }

    /// The answer, to a request to `endpoint` (the last part of its path).
    pub(crate) fn answer(self, endpoint: &str) -> Response {
        match self {
            Self::NoSuchEndpoint => sentence(StatusCode::NOT_FOUND, "There is no endpoint at this path."),
            Self::WrongMethod(method) => {
                let (allow, text) = match method {
                    Method::Get => ("GET, HEAD", "This endpoint takes GET."),
                    Method::Post => ("POST", "This endpoint takes POST."),
                };
                let mut response = sentence(StatusCode::METHOD_NOT_ALLOWED, text);
                response.headers_mut().insert(header::ALLOW, HeaderValue::from_static(allow));
                response
            }
            Self::Unauthorized => json(StatusCode::UNAUTHORIZED, &UnauthorizedBody::default()),
            Self::LoginFailed => json(StatusCode::UNAUTHORIZED, &LoginFailedBody::default()),
            Self::Forbidden => json(StatusCode::FORBIDDEN, &PlainErrorBody::forbidden()),
            Self::BodyTimeout => {
                let mut response = sentence(StatusCode::REQUEST_TIMEOUT, "The body of the request stopped coming.");
                // What may still come of the body would be read as the next request.
                response.headers_mut().insert(header::CONNECTION, HeaderValue::from_static("close"));
                response
            }
            Self::BodyTooLarge(limit) => sentence(
                StatusCode::PAYLOAD_TOO_LARGE,
                format!("The body is larger than the {limit} bytes that this endpoint takes."),
            ),
            Self::WrongContentType(wanted) => sentence(
                StatusCode::UNSUPPORTED_MEDIA_TYPE,
                format!("The body has to be sent with the content type {wanted}."),
            ),
            Self::Refused(refusal) => json(StatusCode::BAD_REQUEST, &refusal.body(endpoint)),
            Self::Stopping => {
                sentence(StatusCode::SERVICE_UNAVAILABLE, "The server is shutting down. Try again in a moment.")
            }
            Self::Internal { said, logged } => {
                tracing::error!(endpoint, error = logged, "a request failed");
                sentence(StatusCode::INTERNAL_SERVER_ERROR, said)
            }
        }
    }
}

impl From<Refusal> for Failure {
    fn from(refusal: Refusal) -> Self {
        Self::Refused(refusal)
    }
}

impl From<StoreError> for Failure {
    fn from(error: StoreError) -> Self {
        match error {
            StoreError::Closed => Self::Stopping,
            error => Self::internal(error),
        }
    }
}

impl From<EngineError> for Failure {
    fn from(error: EngineError) -> Self {
        match error {
            EngineError::Refused(refusal) => Self::Refused(refusal),
            EngineError::Store(error) => error.into(),
            EngineError::Stopping => Self::Stopping,
            EngineError::File { ref source, .. } if source.kind() == std::io::ErrorKind::StorageFull => {
                Self::Internal { said: DISK_FULL, logged: error.to_string() }
            }
            error => Self::internal(error),
        }
    }
}

/// An answer whose body is `value` as JSON.
pub(crate) fn json(status: StatusCode, value: &impl Serialize) -> Response {
    match serde_json::to_vec(value) {
        Ok(body) => json_bytes(status, body),
        Err(error) => {
            tracing::error!(%error, "an answer cannot be written as JSON");
            sentence(StatusCode::INTERNAL_SERVER_ERROR, SEE_LOG)
        }
    }
}

/// An answer whose body is JSON already.
pub(crate) fn json_bytes(status: StatusCode, body: impl Into<Body>) -> Response {
    let content_type = [(header::CONTENT_TYPE, HeaderValue::from_static("application/json"))];
    (status, content_type, body.into()).into_response()
}

fn sentence(status: StatusCode, text: impl Into<String>) -> Response {
    json(status, &PlainErrorBody::new(text))
}

#[cfg(test)]
mod tests {
    use std::io;

    use http_body_util::BodyExt as _;

    use super::*;

    async fn answer(failure: impl Into<Failure>) -> (u16, String) {
        let response = failure.into().answer("import.new");
        let status = response.status().as_u16();
        let body = response.into_body().collect().await.unwrap().to_bytes();
        (status, String::from_utf8(body.to_vec()).unwrap())
    }

    fn file_error(kind: io::ErrorKind) -> EngineError {
        EngineError::File { doing: "write", path: "/data/uploads/x".into(), source: kind.into() }
    }

    #[tokio::test]
    async fn what_failed_inside_is_for_the_log_alone() {
        let expected = (500, format!(r#"{{"success":false,"error":"{SEE_LOG}"}}"#));
        let damaged = StoreError::Damaged { doing: "reading a user", reason: "secret".into() };
        assert_eq!(answer(EngineError::Store(damaged)).await, expected);
        assert_eq!(answer(file_error(io::ErrorKind::PermissionDenied)).await, expected);
        assert_eq!(answer(EngineError::Internal("secret".into())).await, expected);
    }

    #[tokio::test]
    async fn a_full_disk_is_told() {
        let expected = r#"{"success":false,"error":"There is no space left on the server's disk."}"#;
        assert_eq!(answer(file_error(io::ErrorKind::StorageFull)).await, (500, expected.to_owned()));
    }

    #[tokio::test]
    async fn a_server_on_its_way_down_says_so() {
        let expected = r#"{"success":false,"error":"The server is shutting down. Try again in a moment."}"#;
        for failure in [Failure::from(EngineError::Stopping), Failure::from(StoreError::Closed)] {
            assert_eq!(answer(failure).await, (503, expected.to_owned()));
        }
    }
}
