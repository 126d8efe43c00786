//! How a client is made.

use std::{fmt, net::IpAddr, sync::Arc, time::Duration};

use reqwest::{Url, redirect};
use tokio::sync::OnceCell;

use crate::{
    client::{Client, Shared},
    credentials::Credentials,
    error::Error,
    retry::RetryPolicy,
    tls,
};

/// Makes a [`Client`]; see [`Client::builder`].
#[derive(Clone)]
pub struct ClientBuilder {
    url: String,
    credentials: Option<Credentials>,
    connect_timeout: Duration,
    timeout: Duration,
    retry: RetryPolicy,
}

impl ClientBuilder {
    pub(crate) fn new(url: &str) -> Self {
        Self {
            url: url.to_owned(),
            credentials: None,
            connect_timeout: Duration::from_secs(10),
            timeout: Duration::from_secs(60),
            retry: RetryPolicy::default(),
        }
    }

    /// What to authenticate requests with.
    pub fn credentials(mut self, credentials: Credentials) -> Self {
        self.credentials = Some(credentials);
        self
    }

    /// How long to wait for a connection: 10 s by default.
    pub fn connect_timeout(mut self, timeout: Duration) -> Self {
        self.connect_timeout = timeout;
        self
    }

    /// How long a request may take until its answer is there: 60 s by default. An upload may take any time, as long as
    /// some of it is sent within every such span, and the answer comes within one after the end of the file.
    pub fn timeout(mut self, timeout: Duration) -> Self {
        self.timeout = timeout;
        self
    }

    /// How often and when to send requests again.
    pub fn retry(mut self, policy: RetryPolicy) -> Self {
        self.retry = policy;
        self
    }

    /// Makes the client. Nothing is sent.
    ///
    /// # Errors
    /// [`Error::Setup`] where the URL is none that a server can have.
    pub fn build(self) -> Result<Client, Error> {
        let setup = |reason: String| Error::Setup { reason };
        let base = parse(&self.url)?;
        let tls = tls::client_config().map_err(|error| setup(format!("cannot set up TLS to reach {base}: {error}")))?;
        let mut http = reqwest::Client::builder()
            .tls_backend_preconfigured(tls)
            .http1_only()
            .connect_timeout(self.connect_timeout)
            // A redirect would carry the token to another server, and turn a POST into a GET.
            .redirect(redirect::Policy::none())
            .user_agent(concat!(env!("CARGO_PKG_NAME"), "/", env!("CARGO_PKG_VERSION")));
        if is_this_machine(&base) {
            http = http.no_proxy();
        }
        let http = http.build().map_err(|error| setup(format!("cannot set up HTTP to reach {base}: {error}")))?;
        let shared = Shared { http, base, timeout: self.timeout, retry: self.retry, kind: OnceCell::new() };
        Ok(Client { shared: Arc::new(shared), credentials: self.credentials })
    }

    /// Makes the client and logs in with a username or address and a password: the token that the server gives is what
    /// requests are authenticated with. [`Client::log_in`] gives the token itself.
    ///
    /// # Errors
    /// Those of [`build`](Self::build) and of [`Client::log_in`].
    pub async fn log_in(self, user: &str, password: &str) -> Result<Client, Error> {
        let client = self.build()?;
        let login = client.log_in(user, password).await?.data;
        Ok(client.with_credentials(Credentials::new(&login.user_id, &login.auth_token)?))
    }
}

impl fmt::Debug for ClientBuilder {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        // The URL is not checked yet: it may have a password in it.
        f.debug_struct("ClientBuilder")
            .field("connect_timeout", &self.connect_timeout)
            .field("timeout", &self.timeout)
            .field("retry", &self.retry)
            .finish_non_exhaustive()
    }
}

/// The server's address, to whose path those of the endpoints are appended.
fn parse(url: &str) -> Result<Url, Error> {
    let refuse = |what: &str| {
        let reason =
            format!("the server's URL {what}: it has to look like https://chat.example.com or http://localhost:3000");
        Err(Error::Setup { reason })
    };
    let Ok(mut base) = Url::parse(url.trim()) else {
        return refuse("is none");
    };
    if !matches!(base.scheme(), "http" | "https") {
        return refuse("is neither http nor https");
    }
    if !base.username().is_empty() || base.password().is_some() {
        return refuse("has a user name or password in it");
    }
    if base.query().is_some() || base.fragment().is_some() {
        return refuse("has a query or fragment");
    }
    let path = base.path().trim_end_matches('/').to_owned();
    base.set_path(&path);
    Ok(base)
}

/// Whether the address is this machine's own, which a proxy would take for its own.
fn is_this_machine(base: &Url) -> bool {
    let host = base.host_str().unwrap_or_default();
    let address = host.trim_start_matches('[').trim_end_matches(']').parse::<IpAddr>();
    address.map_or(host == "localhost" || host.ends_with(".localhost"), |address| address.is_loopback())
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_url_may_have_a_path_and_loses_its_last_slash() {
        for (given, base) in [
            ("http://localhost:3000", "http://localhost:3000/"),
            (" https://chat.example.com/ ", "https://chat.example.com/"),
            ("https://example.com/chat/", "https://example.com/chat"),
            ("https://example.com/a/chat", "https://example.com/a/chat"),
        ] {
            assert_eq!(parse(given).unwrap().as_str(), base);
        }
    }

    #[test]
    fn urls_that_no_server_has_are_refused_without_being_shown() {
        for (given, what) in [
            ("localhost:3000", "is neither http nor https"),
            ("chat.example.com", "is none"),
            ("", "is none"),
            ("ftp://example.com", "is neither http nor https"),
            ("http://ann:secret@example.com", "has a user name or password in it"),
            ("http://example.com/?secret=1", "has a query or fragment"),
            ("http://example.com/#secret", "has a query or fragment"),
        ] {
            assert_eq!(
                parse(given).unwrap_err().to_string(),
                format!(
                    "the server's URL {what}: it has to look like https://chat.example.com or http://localhost:3000"
                )
            );
        }
    }

    #[test]
    fn this_machine_is_known_by_all_of_its_names() {
        for url in
            ["http://localhost", "http://a.localhost:1", "http://127.0.0.1", "http://127.9.9.9/x", "http://[::1]:3"]
        {
            assert!(is_this_machine(&Url::parse(url).unwrap()), "{url}");
        }
        for url in ["http://example.com", "http://10.0.0.1", "http://notlocalhost", "http://[2001:db8::1]"] {
            assert!(!is_this_machine(&Url::parse(url).unwrap()), "{url}");
        }
    }

    #[test]
    fn a_builder_shows_neither_credentials_nor_the_unchecked_url() {
        let builder =
            ClientBuilder::new("http://ann:secret@h").credentials(Credentials::new("user-1", "secret").unwrap());
        let shown = format!("{builder:?}");
        assert!(!shown.contains("secret") && !shown.contains("user-1"), "{shown}");
    }
}
