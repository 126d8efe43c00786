//! One request, its redirects followed, each hop checked before it is asked.

use std::time::Duration;

use reqwest::header::{ACCEPT_ENCODING, HeaderMap, HeaderValue, LOCATION, RETRY_AFTER};
use reqwest::{Client, Response, StatusCode, redirect};
use url::{Host, Url};

use crate::address::permit;
use crate::error::{FetchError, shown};
use crate::policy::FetchPolicy;
use crate::resolve::{PermittedAddresses, Refused};
use crate::resume::Rest;
use crate::tls;

/// The HTTP client and the rules it is used under.
#[derive(Debug)]
pub(crate) struct Requests {
    client: Client,
    pub(crate) policy: FetchPolicy,
}

/// An answer with a file in it, or with its rest.
#[derive(Debug)]
pub(crate) struct Answer {
    pub(crate) response: Response,
    /// Where it came from, after all redirects.
    pub(crate) url: Url,
}

impl Requests {
    pub(crate) fn new(policy: FetchPolicy) -> Result<Self, FetchError> {
        let setup = |reason: String| FetchError::Setup { reason };
        let tls = tls::client_config().map_err(|error| setup(error.to_string()))?;
        let resolver = PermittedAddresses { allow: policy.allow.clone() };
        let client = Client::builder()
            .tls_backend_preconfigured(tls)
            .http1_only()
            .dns_resolver(resolver)
            .connect_timeout(policy.connect_timeout)
            .redirect(redirect::Policy::none())
            // A proxy would connect to addresses that were never checked.
            .no_proxy()
            .referer(false)
            // What is stored is what the server has; another crate may have turned these on.
            .no_gzip()
            .no_brotli()
            .no_zstd()
            .no_deflate()
            .default_headers(HeaderMap::from_iter([(ACCEPT_ENCODING, HeaderValue::from_static("identity"))]))
            .user_agent(concat!(env!("CARGO_PKG_NAME"), "/", env!("CARGO_PKG_VERSION")))
            .build()
            .map_err(|error| setup(error.to_string()))?;
        Ok(Self { client, policy })
    }

    /// Reads `url` and refuses what is known to be forbidden without asking anybody.
    pub(crate) fn parse(&self, url: &str) -> Result<Url, FetchError> {
        let url = Url::parse(url).map_err(|error| FetchError::InvalidUrl { reason: error.to_string() })?;
        self.check(&url)?;
        Ok(url)
    }

    /// Checks the scheme, and the address of a host that is an address: no name is resolved for
    /// it, so the resolver does not see it. The `url` crate has turned every way to write an
    /// address (`0x7f.1`, `2130706433`) into the address by now.
    fn check(&self, url: &Url) -> Result<(), FetchError> {
        if !matches!(url.scheme(), "http" | "https") {
            return Err(FetchError::UnsupportedScheme { scheme: url.scheme().to_owned() });
        }
        let address = match url.host() {
            Some(Host::Ipv4(address)) => address.into(),
            Some(Host::Ipv6(address)) => address.into(),
            Some(Host::Domain(_)) | None => return Ok(()),
        };
        permit(address, &self.policy.allow).map_err(|what| {
            let host = url.host_str().unwrap_or_default();
            FetchError::refused(host, Refused { address, what })
        })
    }

    /// Asks for the file at `start`, or for the rest of it.
    ///
    /// The answer is a whole file, or if a rest was asked for, possibly a part (206) or the
    /// refusal of one (416).
    pub(crate) async fn ask(&self, start: &Url, rest: Option<&Rest>) -> Result<Answer, FetchError> {
        let received = rest.map_or(0, |rest| rest.from);
        let mut url = start.clone();
        for _ in 0..=self.policy.max_redirects {
            let headers = rest.map(|rest| rest.headers(&url)).unwrap_or_default();
            let partial = !headers.is_empty();
            let response = self.send(with_credentials_of(start, &url), headers, received).await?;
            match response.status() {
                StatusCode::PARTIAL_CONTENT | StatusCode::RANGE_NOT_SATISFIABLE if partial => {
                    return Ok(Answer { response, url });
                }
                StatusCode::PARTIAL_CONTENT => return Err(refusal(&url, &response)),
                status if status.is_success() => return Ok(Answer { response, url }),
                StatusCode::MOVED_PERMANENTLY
                | StatusCode::FOUND
                | StatusCode::SEE_OTHER
                | StatusCode::TEMPORARY_REDIRECT
                | StatusCode::PERMANENT_REDIRECT => {
                    let next = next_hop(&url, response.headers().get(LOCATION))?;
                    tracing::debug!(from = shown(&url), to = shown(&next), "following a redirect");
                    self.check(&next)?;
                    url = next;
                }
                _ => return Err(refusal(&url, &response)),
            }
        }
        Err(FetchError::TooManyRedirects { url: shown(start), limit: self.policy.max_redirects })
    }

    /// Waits for the head of the answer. `received` is for the error alone: what is there already.
    async fn send(&self, url: Url, headers: HeaderMap, received: u64) -> Result<Response, FetchError> {
        let request = self.client.get(url.clone()).headers(headers).send();
        match tokio::time::timeout(self.policy.idle_timeout, request).await {
            Ok(Ok(response)) => Ok(response),
            Ok(Err(error)) => Err(FetchError::no_answer(&url, received, &error)),
            Err(_) => Err(FetchError::Stalled { url: shown(&url), waited: self.policy.idle_timeout, received }),
        }
    }
}

/// The user name and password that `start` brings are for its own origin (scheme, host and port)
/// and no other.
fn with_credentials_of(start: &Url, url: &Url) -> Url {
    let mut url = without_credentials(url);
    if url.origin() == start.origin() {
        // Fails only for URLs without a host, which are not asked.
        let _ = url.set_username(start.username());
        let _ = url.set_password(start.password());
    }
    url
}

pub(crate) fn without_credentials(url: &Url) -> Url {
    let mut url = url.clone();
    let _ = url.set_username("");
    let _ = url.set_password(None);
    url
}

/// Where a redirect leads. Credentials that it brings are the server's, not the user's, and left
/// out.
fn next_hop(url: &Url, location: Option<&HeaderValue>) -> Result<Url, FetchError> {
    let bad = |reason: String| FetchError::BadRedirect { url: shown(url), reason };
    let location = location.ok_or_else(|| bad("it names no location".to_owned()))?;
    let location = std::str::from_utf8(location.as_bytes()).map_err(|_| bad("its location is not text".to_owned()))?;
    let next = url.join(location).map_err(|error| bad(format!("its location is not a URL: {error}")))?;
    if url.scheme() == "https" && next.scheme() == "http" {
        return Err(FetchError::Downgrade { url: shown(url) });
    }
    Ok(without_credentials(&next))
}

fn refusal(url: &Url, response: &Response) -> FetchError {
    let seconds = response.headers().get(RETRY_AFTER).and_then(|value| value.to_str().ok()?.trim().parse().ok());
    FetchError::Status { url: shown(url), status: response.status(), retry_after: seconds.map(Duration::from_secs) }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn parsed(url: &str) -> Result<(), String> {
        let requests = Requests::new(FetchPolicy::default()).unwrap();
        requests.parse(url).map(|_| ()).map_err(|error| error.to_string())
    }

    #[test]
    fn every_way_to_write_a_forbidden_address_is_refused() {
        for url in [
            "http://127.0.0.1/",
            "http://127.0.0.1./",
            "http://2130706433/",
            "http://017700000001/",
            "http://0x7f.1/",
            "http://0x7f000001/",
            "http://127.1/",
            "http://%31%32%37.0.0.1/",
            "http://\u{ff11}\u{ff12}\u{ff17}.0.0.1/",
            "http://127\u{3002}0\u{3002}0\u{3002}1/",
            "http://0/",
            "http://[::1]/",
            "http://[::ffff:127.0.0.1]/",
            "http://[::ffff:7f00:1]/",
            "http://[64:ff9b::7f00:1]/",
            "https://169.254.169.254/latest/meta-data/",
            "HTTP://user:password@10.0.0.1:8080/",
            "  http:\\\\10.0.0.1\\",
        ] {
            let refused = parsed(url).unwrap_err();
            assert!(refused.starts_with("refused to connect to "), "{url}: {refused}");
        }
    }

    #[test]
    fn public_addresses_and_names_pass() {
        for url in ["http://8.8.8.8/", "https://[2606:4700::1]/", "https://files.example/a"] {
            assert_eq!(parsed(url), Ok(()), "{url}");
        }
    }

    #[test]
    fn other_schemes_are_refused() {
        for (url, scheme) in [
            ("ftp://files.example/a.zip", "ftp"),
            ("file:///etc/passwd", "file"),
            ("data:text/plain,a", "data"),
            ("gopher://files.example/", "gopher"),
            ("C:\\export.zip", "c"),
        ] {
            let expected = format!("cannot fetch a URL of the scheme {scheme}: only http and https are supported");
            assert_eq!(parsed(url), Err(expected));
        }
    }

    #[test]
    fn what_is_not_a_url_is_refused_without_repeating_it() {
        assert_eq!(
            parsed("anna:secret@/etc/passwd"),
            Err("cannot fetch a URL of the scheme anna: only http and https are supported".into())
        );
        assert_eq!(
            parsed("http://anna:secret@ho st/"),
            Err("cannot fetch what is not a URL: invalid international domain name; \
                 give a complete http or https URL"
                .into())
        );
        assert_eq!(
            parsed("/etc/passwd"),
            Err("cannot fetch what is not a URL: relative URL without a base; \
                 give a complete http or https URL"
                .into())
        );
    }

    fn next(url: &str, location: &str) -> Result<String, String> {
        let location = HeaderValue::from_bytes(location.as_bytes()).unwrap();
        next_hop(&Url::parse(url).unwrap(), Some(&location)).map(String::from).map_err(|error| error.to_string())
    }

    #[test]
    fn a_redirect_is_resolved_against_its_url() {
        for (location, expected) in [
            ("/c", "https://files.example/c"),
            ("c?d", "https://files.example/a/c?d"),
            ("//mirror.example/c", "https://mirror.example/c"),
            ("https://files.example/\u{e4}", "https://files.example/%C3%A4"),
            ("https://eve:pw@files.example/c", "https://files.example/c"),
        ] {
            let got = next("https://anna:secret@files.example/a/b", location);
            assert_eq!(got.as_deref(), Ok(expected));
        }
    }

    #[test]
    fn a_redirect_from_https_to_http_is_refused_and_the_other_way_followed() {
        assert_eq!(
            next("https://files.example/a?token=x", "http://files.example/a"),
            Err("refused to follow the redirect of https://files.example/a from https to http".into())
        );
        assert_eq!(next("http://files.example/a", "https://files.example/a").as_deref(), Ok("https://files.example/a"));
    }

    #[test]
    fn a_redirect_to_nowhere_is_refused() {
        let url = Url::parse("https://files.example/a").unwrap();
        assert_eq!(
            next_hop(&url, None).unwrap_err().to_string(),
            "cannot follow the redirect of https://files.example/a: it names no location"
        );
        assert_eq!(
            next("https://files.example/a", "https://[").unwrap_err(),
            "cannot follow the redirect of https://files.example/a: \
             its location is not a URL: invalid IPv6 address"
        );
    }

    #[test]
    fn credentials_are_for_the_first_origin_only() {
        let start = Url::parse("https://anna:s%3Acret@files.example/a").unwrap();
        for (url, expected) in [
            ("https://files.example/b", "https://anna:s%3Acret@files.example/b"),
            ("https://files.example:444/b", "https://files.example:444/b"),
            ("http://files.example/b", "http://files.example/b"),
            ("https://mirror.example/b", "https://mirror.example/b"),
            ("https://eve:pw@mirror.example/b", "https://mirror.example/b"),
        ] {
            let asked = with_credentials_of(&start, &Url::parse(url).unwrap());
            assert_eq!(asked.as_str(), expected);
        }
    }
}
