//! What an answer says: the documented value, or why there is none.

use std::time::Duration;

use bytes::Bytes;
use import_proto::{Access, Endpoint, Spec, Tag, Timestamp};
use reqwest::{
    StatusCode,
    header::{HeaderMap, LOCATION, RETRY_AFTER},
};
use serde_json::Value;

use crate::{
    error::Error,
    retry::{Again, Failure},
};

/// The answer to a call.
#[derive(Debug, Clone)]
pub struct Answer<T> {
    /// What the body says.
    pub value: T,
    /// The body as it came: JSON.
    pub body: Bytes,
}

/// Reads the body of a 200.
pub(crate) fn read<E: Endpoint>(body: Bytes) -> Result<Answer<E::Response>, Error> {
    let error = match serde_json::from_slice(&body) {
        Ok(value) => return Ok(Answer { value, body }),
        Err(error) => error,
    };
    let endpoint = E::SPEC.name();
    if let Some(Complaint { message, code }) = Complaint::read(&body)
        && says_failure(&body)
    {
        return Err(Error::Refused { endpoint, status: 200, code, message });
    }
    // The answer to a login has the token in it.
    if E::SPEC.tag == Tag::Authentication {
        let reason = "it has not the fields of one".to_owned();
        return Err(Error::Invalid { endpoint, reason, excerpt: String::new() });
    }
    Err(Error::Invalid { endpoint, reason: error.to_string(), excerpt: excerpt(&body) })
}

/// What an answer that is not a 200 means, `now` by the clock of this machine.
pub(crate) fn failure(spec: &Spec, status: StatusCode, headers: &HeaderMap, body: &[u8], now: Timestamp) -> Failure {
    let endpoint = spec.name();
    let Complaint { message, code } = Complaint::read(body).unwrap_or_else(|| Complaint {
        message: status.canonical_reason().unwrap_or("no reason given").to_owned(),
        code: None,
    });
    match status.as_u16() {
        401 => Failure::last(Error::Unauthorized { endpoint, message }),
        403 => {
            let permission = match spec.access {
                Access::Permitted(permission) => Some(permission),
                Access::Public | Access::LoggedIn => None,
            };
            Failure::last(Error::Forbidden { endpoint, permission, message })
        }
        429 => {
            let until = reset(headers, now);
            let again = match until {
                Some(until) => {
                    let millis = until.as_millis().saturating_sub(now.as_millis());
                    Again::After(Duration::from_millis(u64::try_from(millis).unwrap_or(0)))
                }
                None => Again::Later,
            };
            Failure { error: Error::RateLimited { endpoint, until }, again }
        }
        300..=399 => {
            let elsewhere = headers.get(LOCATION).and_then(|location| location.to_str().ok()).unwrap_or("nowhere");
            let reason = format!("it redirects to {elsewhere}; give the URL that is meant");
            Failure::last(Error::Invalid { endpoint, reason, excerpt: String::new() })
        }
        status @ 500.. => {
            let again = match (spec.method, status) {
                (import_proto::Method::Get, 502..=504) => Again::Later,
                _ => Again::Never,
            };
            Failure { error: Error::Failed { endpoint, status, message }, again }
        }
        status => Failure::last(Error::Refused { endpoint, status, code, message }),
    }
}

/// When the server takes requests again: Rocket.Chat says so in epoch milliseconds, proxies in seconds from now.
fn reset(headers: &HeaderMap, now: Timestamp) -> Option<Timestamp> {
    let number = |value: &reqwest::header::HeaderValue| value.to_str().ok()?.trim().parse::<i64>().ok();
    if let Some(millis) = headers.get("x-ratelimit-reset").and_then(number) {
        return Timestamp::from_millis(millis);
    }
    let seconds = headers.get(RETRY_AFTER).and_then(number)?;
    Timestamp::from_millis(now.as_millis().checked_add(seconds.checked_mul(1000)?)?)
}

/// The text and code of an error body, whichever generation of servers wrote it.
#[derive(Debug, PartialEq, Eq)]
struct Complaint {
    message: String,
    code: Option<String>,
}

impl Complaint {
    /// `None` where the body is no error body: a proxy's page, say.
    fn read(body: &[u8]) -> Option<Self> {
        let Ok(Value::Object(fields)) = serde_json::from_slice(body) else {
            return None;
        };
        let text = |key: &str| fields.get(key).and_then(Value::as_str).filter(|text| !text.is_empty());
        let error = text("error");
        // Where both are there, `error` is a mere word.
        let message = text("message").or(error)?.to_owned();
        let code = text("errorType").or_else(|| error.and_then(code_in)).map(str::to_owned);
        Some(Self { message, code })
    }
}

/// The code in a text that ends in `[code]` or is nothing but a code, such as `error-operation-not-found`.
fn code_in(text: &str) -> Option<&str> {
    let code = match text.strip_suffix(']').and_then(|text| text.rsplit_once('[')) {
        Some((_, code)) => code,
        None => text,
    };
    let is_code = code.contains('-') && code.bytes().all(|byte| byte.is_ascii_alphanumeric() || byte == b'-');
    is_code.then_some(code)
}

/// Whether a body says that it is no success.
fn says_failure(body: &[u8]) -> bool {
    let success = serde_json::from_slice::<Value>(body).ok().and_then(|body| body.get("success").cloned());
    matches!(success, Some(Value::Bool(false))) || success.is_some_and(|success| success == "false")
}

/// The first 120 characters of a body, on one line.
fn excerpt(body: &[u8]) -> String {
    const LENGTH: usize = 120;
    let text = String::from_utf8_lossy(&body[..body.len().min(LENGTH * 4)]);
    let words = text.split(|letter: char| letter.is_whitespace() || letter.is_control());
    let line = words.filter(|word| !word.is_empty()).collect::<Vec<_>>().join(" ");
    let mut excerpt: String = line.chars().take(LENGTH).collect();
    if excerpt.len() < line.len() || body.len() > LENGTH * 4 {
        excerpt.push('…');
    }
    excerpt
}

#[cfg(test)]
mod tests {
    use import_proto::{
        Permission,
        endpoints::{ImportClear, ImportRun, ImportStatusNow, LatestImports, LogIn},
    };

    use super::*;

    const NOON: i64 = 1_700_000_000_000;

    fn fails<E: Endpoint>(status: u16, headers: &[(&'static str, &str)], body: &str) -> Failure {
        let status = StatusCode::from_u16(status).unwrap();
        let headers = headers.iter().map(|(name, value)| (name.parse().unwrap(), value.parse().unwrap())).collect();
        failure(&E::SPEC, status, &headers, body.as_bytes(), Timestamp::from_millis(NOON).unwrap())
    }

    fn shown<E: Endpoint>(status: u16, body: &str) -> String {
        fails::<E>(status, &[], body).error.to_string()
    }

    #[test]
    fn a_401_of_any_generation_shows_its_sentence() {
        for body in [
            r#"{"success":false,"status":"error","message":"You must be logged in to do this.","error":"unauthorized"}"#,
            r#"{"success":false,"error":"You must be logged in to do this."}"#,
            r#"{"status":"error","message":"You must be logged in to do this."}"#,
        ] {
            assert_eq!(shown::<ImportRun>(401, body), "import.run: not logged in: You must be logged in to do this.");
        }
        assert_eq!(
            shown::<ImportRun>(401, r#"{"success":false,"error":"unauthorized"}"#),
            "import.run: not logged in: unauthorized"
        );
        assert_eq!(shown::<ImportRun>(401, "<html>"), "import.run: not logged in: Unauthorized");
    }

    #[test]
    fn a_403_names_the_permission_that_the_endpoint_asks_for() {
        for body in [
            r#"{"success":false,"error":"User does not have the permissions required for this action [error-unauthorized]"}"#,
            r#"{"success":false,"error":"Not allowed [error-forbidden]"}"#,
        ] {
            let Error::Forbidden { permission, .. } = fails::<ImportRun>(403, &[], body).error else {
                panic!("{body}")
            };
            assert_eq!(permission, Some(Permission::RunImport));
        }
        let Error::Forbidden { permission, .. } = fails::<LatestImports>(403, &[], "").error else { panic!() };
        assert_eq!(permission, Some(Permission::ViewImportOperations));
    }

    #[test]
    fn a_refusal_has_its_code_wherever_the_body_says_it() {
        for (body, expected) in [
            (
                r#"{"success":false,"error":"The importer (png) has no import class defined. [error-importer-not-defined]","errorType":"error-importer-not-defined","details":"uploadImportFile"}"#,
                Some("error-importer-not-defined"),
            ),
            (r#"{"success":false,"error":"error-operation-not-found"}"#, Some("error-operation-not-found")),
            (r#"{"success":false,"error":"Import operation not initialized."}"#, None),
            (
                r#"{"success":false,"error":"must be array [invalid-params]","errorType":"invalid-params"}"#,
                Some("invalid-params"),
            ),
            (
                r#"{"success":false,"error":"must be array [error-invalid-params]","details":{"a":1}}"#,
                Some("error-invalid-params"),
            ),
            ("Bad Request", None),
        ] {
            let Error::Refused { code, .. } = fails::<ImportRun>(400, &[], body).error else { panic!("{body}") };
            assert_eq!(code.as_deref(), expected, "{body}");
        }
    }

    #[test]
    fn only_reads_are_sent_again_after_a_5xx_and_only_after_those_that_pass() {
        for status in [502, 503, 504] {
            assert_eq!(fails::<ImportStatusNow>(status, &[], "").again, Again::Later);
            assert_eq!(fails::<ImportClear>(status, &[], "").again, Again::Never);
        }
        assert_eq!(fails::<ImportStatusNow>(500, &[], "").again, Again::Never);
        for status in [400, 401, 403, 404, 413] {
            assert_eq!(fails::<ImportStatusNow>(status, &[], "").again, Again::Never);
        }
    }

    #[test]
    fn a_429_is_waited_out_by_reads_and_writes() {
        let until = (NOON + 41_500).to_string();
        let failure = fails::<ImportClear>(429, &[("x-ratelimit-reset", &until)], "");
        assert_eq!(failure.again, Again::After(Duration::from_millis(41_500)));
        assert_eq!(
            failure.error.to_string(),
            "import.clear: too many requests: try again after 2023-11-14T22:14:01.500Z"
        );
        assert_eq!(
            fails::<ImportStatusNow>(429, &[("retry-after", "7")], "").again,
            Again::After(Duration::from_secs(7))
        );
        assert_eq!(
            fails::<ImportStatusNow>(429, &[("x-ratelimit-reset", "5")], "").again,
            Again::After(Duration::ZERO)
        );
        assert_eq!(fails::<ImportStatusNow>(429, &[], "").again, Again::Later);
    }

    #[test]
    fn a_redirect_is_not_followed_but_named() {
        let failure = fails::<ImportRun>(301, &[("location", "https://chat.example.com/api/v1/import.run")], "");
        assert_eq!(
            failure.error.to_string(),
            "import.run: the answer is not what the API documents: it redirects to \
             https://chat.example.com/api/v1/import.run; give the URL that is meant"
        );
    }

    #[test]
    fn a_200_that_is_something_else_shows_its_beginning() {
        let page = Bytes::from(format!("<!doctype html>\n<html>\u{7}  {}", "é".repeat(300)));
        let Err(Error::Invalid { reason, excerpt, .. }) = read::<ImportStatusNow>(page) else { panic!() };
        assert_eq!(reason, "expected value at line 1 column 1");
        assert_eq!(excerpt, format!("<!doctype html> <html> {}…", "é".repeat(97)));
    }

    #[test]
    fn a_200_without_success_is_a_refusal() {
        for body in [
            r#"{"success":false,"error":"Not yet [error-later]"}"#,
            r#"{"success":"false","error":"Not yet [error-later]"}"#,
        ] {
            let Err(Error::Refused { status, code, message, .. }) = read::<ImportRun>(body.into()) else {
                panic!("{body}")
            };
            assert_eq!(
                (status, code.as_deref(), message.as_str()),
                (200, Some("error-later"), "Not yet [error-later]")
            );
        }
    }

    #[test]
    fn an_answer_to_a_login_is_never_quoted() {
        let body = r#"{"status":"success","data":{"userId":"u","authToken":7654321,"me":"7654321"}}"#;
        let error = read::<LogIn>(body.into()).unwrap_err();
        assert_eq!(error.to_string(), "login: the answer is not what the API documents: it has not the fields of one");
    }
}
