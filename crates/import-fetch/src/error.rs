//! Why a download failed, and whether trying again can help.

use std::error::Error;
use std::io;
use std::net::IpAddr;
use std::path::{Path, PathBuf};
use std::time::Duration;

use reqwest::StatusCode;
use url::Url;

use crate::resolve::Refused;

/// A download that failed. No file is left.
///
/// Messages name a URL without its user name, password, query and fragment, which often hold
/// secrets; the `url` fields are cut down so already. Where a redirect led somewhere else, the
/// URL is the one that failed.
#[derive(Debug, thiserror::Error)]
#[non_exhaustive]
pub enum FetchError {
    /// The HTTP client cannot be made.
    #[error("cannot set up the HTTP client: {reason}")]
    Setup {
        /// What is wrong.
        reason: String,
    },
    /// Not a URL. The text itself is not repeated: it may hold a password.
    #[error("cannot fetch what is not a URL: {reason}; give a complete http or https URL")]
    InvalidUrl {
        /// What is wrong with it.
        reason: String,
    },
    /// A URL of another scheme than `http` and `https`.
    #[error("cannot fetch a URL of the scheme {scheme}: only http and https are supported")]
    UnsupportedScheme {
        /// The scheme, without the colon.
        scheme: String,
    },
    /// The host has no address that may be reached.
    #[error(
        "refused to connect to {host}: {address} is {what}; \
         to fetch from there, its network must be allowed"
    )]
    ForbiddenAddress {
        /// The host as the URL names it, without a port.
        host: String,
        /// Its address, the first one if there are several.
        address: IpAddr,
        /// What that address is, such as "a private address".
        what: &'static str,
    },
    /// The name of the host has no address, or the name servers do not answer.
    #[error("cannot find the address of {host}: {reason}")]
    Unresolvable {
        /// The host as the URL names it, without a port.
        host: String,
        /// What the resolver says.
        reason: String,
    },
    /// No connection to the host.
    #[error("cannot connect for {url}: {reason}")]
    Unreachable {
        /// The URL, safe to show.
        url: String,
        /// What the system says.
        reason: String,
    },
    /// The server's certificate is not accepted, or it does not speak TLS.
    #[error("cannot make a secure connection for {url}: {reason}")]
    Tls {
        /// The URL, safe to show.
        url: String,
        /// What TLS says.
        reason: String,
    },
    /// The server answered with another status than success.
    #[error("cannot fetch {url}: the server answered {status}")]
    Status {
        /// The URL, safe to show.
        url: String,
        /// The status of the answer.
        status: StatusCode,
        /// How long the server asks to wait before the next request.
        retry_after: Option<Duration>,
    },
    /// A redirect that cannot be followed.
    #[error("cannot follow the redirect of {url}: {reason}")]
    BadRedirect {
        /// The URL that redirects, safe to show.
        url: String,
        /// What is wrong with its `Location`.
        reason: String,
    },
    /// A redirect from `https` to `http`, which would give up the protection that was asked for.
    #[error("refused to follow the redirect of {url} from https to http")]
    Downgrade {
        /// The URL that redirects, safe to show.
        url: String,
    },
    /// Redirects without an end, or just too many.
    #[error("cannot fetch {url}: more than {limit} redirects")]
    TooManyRedirects {
        /// The URL that was asked for first, safe to show.
        url: String,
        /// How many would have been followed.
        limit: usize,
    },
    /// Nothing came for too long.
    #[error("gave up on {url}: no byte came for {} s, after {received} bytes", .waited.as_secs_f32())]
    Stalled {
        /// The URL, safe to show.
        url: String,
        /// How long nothing came.
        waited: Duration,
        /// How many bytes of the file were there.
        received: u64,
    },
    /// The transfer broke off, or did not bring as many bytes as the server said.
    #[error("the transfer of {url} broke off after {received} bytes: {reason}")]
    Interrupted {
        /// The URL, safe to show.
        url: String,
        /// How many bytes of the file were there.
        received: u64,
        /// What the connection says.
        reason: String,
    },
    /// The file is larger than is accepted.
    #[error("refused {url}: it is larger than the {limit} bytes that are accepted")]
    TooLarge {
        /// The URL, safe to show.
        url: String,
        /// The largest size that is accepted, in bytes.
        limit: u64,
    },
    /// No room for the file.
    #[error("cannot write {}: the disk or the quota is full; free some space and try again", .path.display())]
    DiskFull {
        /// The file that was written.
        path: PathBuf,
    },
    /// The file cannot be written.
    #[error("cannot {doing} {}: {reason}", .path.display())]
    Disk {
        /// What was being done: "create", "write", …
        doing: &'static str,
        /// The file it was done to.
        path: PathBuf,
        /// What the system says.
        reason: io::Error,
    },
}

impl FetchError {
    /// Whether the same download may succeed later without anybody changing anything: a server or
    /// network in trouble, rather than a wrong URL, a refusal or the own disk.
    pub fn is_transient(&self) -> bool {
        match self {
            Self::Unresolvable { .. } | Self::Unreachable { .. } | Self::Stalled { .. } | Self::Interrupted { .. } => {
                true
            }
            Self::Status { status, .. } => {
                matches!(status.as_u16(), 408 | 425 | 429 | 500 | 502 | 503 | 504)
            }
            Self::Setup { .. }
            | Self::InvalidUrl { .. }
            | Self::UnsupportedScheme { .. }
            | Self::ForbiddenAddress { .. }
            | Self::Tls { .. }
            | Self::BadRedirect { .. }
            | Self::Downgrade { .. }
            | Self::TooManyRedirects { .. }
            | Self::TooLarge { .. }
            | Self::DiskFull { .. }
            | Self::Disk { .. } => false,
        }
    }

    pub(crate) fn disk(doing: &'static str, path: &Path, reason: io::Error) -> Self {
        let path = path.to_owned();
        match reason.kind() {
            io::ErrorKind::StorageFull | io::ErrorKind::QuotaExceeded => Self::DiskFull { path },
            _ => Self::Disk { doing, path, reason },
        }
    }

    pub(crate) fn refused(host: &str, refused: Refused) -> Self {
        Self::ForbiddenAddress { host: host.to_owned(), address: refused.address, what: refused.what }
    }

    /// What became of a request that got no answer.
    pub(crate) fn no_answer(url: &Url, received: u64, error: &reqwest::Error) -> Self {
        let host = url.host_str().unwrap_or_default();
        if let Some(&refusal) = causes(error).find_map(|cause| cause.downcast_ref::<Refused>()) {
            return Self::refused(host, refusal);
        }
        let reason = innermost(error);
        let url = shown(url);
        if error.is_dns() {
            let host = host.to_owned();
            Self::Unresolvable { host, reason }
        } else if causes(error).any(|cause| cause.is::<rustls::Error>()) {
            Self::Tls { url, reason }
        } else if error.is_connect() {
            Self::Unreachable { url, reason }
        } else {
            Self::Interrupted { url, received, reason }
        }
    }

    /// What became of an answer that broke off.
    pub(crate) fn interrupted(url: &Url, received: u64, error: &reqwest::Error) -> Self {
        Self::Interrupted { url: shown(url), received, reason: innermost(error) }
    }
}

/// The error under all the wrappings, which is the one that says what happened.
fn innermost(error: &reqwest::Error) -> String {
    causes(error).last().map_or_else(|| "the request failed".to_owned(), ToString::to_string)
}

/// What caused `error`, from the outside in.
fn causes<'a>(error: &'a reqwest::Error) -> impl Iterator<Item = &'a (dyn Error + 'static)> {
    std::iter::successors(error.source(), |cause| inside(*cause))
}

/// The next cause; an [`io::Error`] made from another error does not count that one as its source.
fn inside<'a>(cause: &'a (dyn Error + 'static)) -> Option<&'a (dyn Error + 'static)> {
    match cause.downcast_ref::<io::Error>().and_then(io::Error::get_ref) {
        Some(wrapped) => Some(wrapped),
        None => cause.source(),
    }
}

/// The URL as it may be logged and shown: without user name, password, query and fragment.
pub(crate) fn shown(url: &Url) -> String {
    let mut url = url.clone();
    // Fails only for URLs that cannot have credentials, and so have none.
    let _ = url.set_username("");
    let _ = url.set_password(None);
    url.set_query(None);
    url.set_fragment(None);
    url.into()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_shown_url_has_no_credentials_and_no_query() {
        let url = Url::parse("https://anna:secret@files.example:8443/a/b.zip?token=x#y").unwrap();
        assert_eq!(shown(&url), "https://files.example:8443/a/b.zip");
    }

    #[test]
    fn a_full_disk_says_so() {
        let error = FetchError::disk("write", Path::new("/data/export.zip"), io::ErrorKind::StorageFull.into());
        assert_eq!(
            error.to_string(),
            "cannot write /data/export.zip: the disk or the quota is full; \
             free some space and try again"
        );
        assert!(!error.is_transient());
    }

    #[test]
    fn only_a_status_that_passes_is_transient() {
        let transient: Vec<u16> = (100..600)
            .filter(|&status| {
                FetchError::Status {
                    url: String::new(),
                    status: StatusCode::from_u16(status).unwrap(),
                    retry_after: None,
                }
                .is_transient()
            })
            .collect();
        assert_eq!(transient, [408, 425, 429, 500, 502, 503, 504]);
    }
}
