//! What can go wrong with a call, by what a caller can do about it.

use std::{io, path::PathBuf};

use import_proto::{Permission, Timestamp};

use crate::server_kind::ServerKind;

/// Why a call failed. Which kind it is follows from the status code of the answer; `message` is the server's own text.
/// `endpoint` is the last part of the path, `import.run` for instance. No kind holds a password or token.
#[derive(Debug, thiserror::Error)]
#[non_exhaustive]
pub enum Error {
    /// 401: no credentials, or wrong or expired ones.
    #[error("{endpoint}: not logged in: {message}")]
    Unauthorized {
        /// What was called.
        endpoint: &'static str,
        /// The server's text.
        message: String,
    },
    /// 403: the user lacks a permission.
    #[error("{endpoint}: not permitted: {message}")]
    Forbidden {
        /// What was called.
        endpoint: &'static str,
        /// The permission that the endpoint asks for.
        permission: Option<Permission>,
        /// The server's text.
        message: String,
    },
    /// 400 and every other 4xx: the server understood and declines. It changed nothing.
    #[error("{endpoint}: refused ({status}): {message}")]
    Refused {
        /// What was called.
        endpoint: &'static str,
        /// The status code; 200 from a server that says `"success": false` with it.
        status: u16,
        /// The code of the rule, such as `error-importer-not-defined`, where the rule has one.
        code: Option<String>,
        /// The server's text.
        message: String,
    },
    /// 5xx: the server, or a proxy before it, could not answer. A read was tried again before this is returned.
    #[error("{endpoint}: the server failed ({status}): {message}")]
    Failed {
        /// What was called.
        endpoint: &'static str,
        /// The status code.
        status: u16,
        /// The server's text.
        message: String,
    },
    /// The answer is not what the API documents: something else answers at this address, or a newer server.
    #[error("{endpoint}: the answer is not what the API documents: {reason}{}", quoted(.excerpt))]
    Invalid {
        /// What was called.
        endpoint: &'static str,
        /// What is wrong with it.
        reason: String,
        /// The beginning of the answer; empty where it may hold a token.
        excerpt: String,
    },
    /// 429, and the wait is over the limit of [`RetryPolicy`](crate::RetryPolicy). The request was not executed.
    #[error("{endpoint}: too many requests: try again {}", .until.map_or_else(|| "later".to_owned(), |until| format!("after {until}")))]
    RateLimited {
        /// What was called.
        endpoint: &'static str,
        /// From when on the server takes requests again, if it says so.
        until: Option<Timestamp>,
    },
    /// No answer came.
    #[error("{endpoint}: {} {url}: {reason}", .kind.doing())]
    Transport {
        /// What was called.
        endpoint: &'static str,
        /// The server's address.
        url: String,
        /// How far the request came.
        kind: TransportKind,
        /// What went wrong.
        reason: String,
    },
    /// A file could not be read.
    #[error("cannot read {}: {source}", .path.display())]
    Io {
        /// The file.
        path: PathBuf,
        /// What went wrong.
        source: io::Error,
    },
    /// The server does not have this endpoint: it is a Rocket.Chat, and the endpoint is the import server's own.
    #[error("{endpoint}: this server is a {server}, which does not offer it")]
    Unsupported {
        /// What was to be called.
        endpoint: &'static str,
        /// What the server is.
        server: ServerKind,
    },
    /// The operation that was watched is not the current one any more: a newer one ended it.
    #[error("operation {operation} was ended by a newer one, {by}")]
    Replaced {
        /// The id of the operation that was watched.
        operation: String,
        /// The id of the current one.
        by: String,
    },
    /// The client cannot be made as asked.
    #[error("{reason}")]
    Setup {
        /// What is wrong.
        reason: String,
    },
}

/// How far a request came that got no answer.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum TransportKind {
    /// There was no connection; the request was not sent.
    Connect,
    /// The server took too long. It may have executed the request.
    Timeout,
    /// The connection broke. The server may have executed the request.
    Broken,
}

impl TransportKind {
    fn doing(self) -> &'static str {
        match self {
            Self::Connect => "cannot reach",
            Self::Timeout => "no answer in time from",
            Self::Broken => "no whole answer from",
        }
    }
}

fn quoted(excerpt: &str) -> String {
    if excerpt.is_empty() { String::new() } else { format!(" (it begins: {excerpt})") }
}

impl Error {
    /// The kind of a failure to get an answer from `url`.
    pub(crate) fn transport(endpoint: &'static str, url: &str, error: &reqwest::Error) -> Self {
        let kind = if error.is_connect() {
            TransportKind::Connect
        } else if error.is_timeout() {
            TransportKind::Timeout
        } else {
            TransportKind::Broken
        };
        // The outer layers say only that sending failed; the innermost says why.
        let mut cause: &dyn std::error::Error = error;
        while let Some(source) = cause.source() {
            cause = source;
        }
        Self::Transport { endpoint, url: url.to_owned(), kind, reason: cause.to_string() }
    }
}
