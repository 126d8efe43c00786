//! The client, and the one way in which it calls an endpoint.

use std::{fmt, sync::Arc, time::Duration};

use bytes::Bytes;
use import_proto::{Access, BodyKind, Endpoint, Method, Spec, Timestamp};
use reqwest::{
    RequestBuilder, Url,
    header::{CONTENT_LENGTH, CONTENT_TYPE},
};
use serde::Serialize;
use serde_json::Value;
use tokio::sync::OnceCell;

use crate::{
    answer::{self, Answer},
    builder::ClientBuilder,
    credentials::Credentials,
    error::Error,
    retry::{Again, Failure, RetryPolicy, Tries},
    server_kind::ServerKind,
};

/// A client of one server. Clones share their connections.
#[derive(Clone)]
pub struct Client {
    pub(crate) shared: Arc<Shared>,
    pub(crate) credentials: Option<Credentials>,
}

pub(crate) struct Shared {
    pub(crate) http: reqwest::Client,
    /// Without a slash at the end of its path.
    pub(crate) base: Url,
    pub(crate) timeout: Duration,
    pub(crate) retry: RetryPolicy,
    pub(crate) kind: OnceCell<ServerKind>,
}

impl Client {
    /// A client of the server at `url`, with the defaults of [`ClientBuilder`] and no credentials.
    ///
    /// # Errors
    /// [`Error::Setup`] where the URL is none that a server can have.
    pub fn new(url: &str) -> Result<Self, Error> {
        Self::builder(url).build()
    }

    /// Sets up a client of the server at `url`: `http` or `https`, with the path that the server is mounted at, if any.
    pub fn builder(url: &str) -> ClientBuilder {
        ClientBuilder::new(url)
    }

    /// The same client with other credentials.
    pub fn with_credentials(&self, credentials: Credentials) -> Self {
        Self { shared: Arc::clone(&self.shared), credentials: Some(credentials) }
    }

    /// The server's address.
    pub fn url(&self) -> &str {
        self.shared.base.as_str()
    }

    /// What the server is. It is asked once; clones of this client know it too.
    ///
    /// # Errors
    /// Those of any call.
    pub async fn server_kind(&self) -> Result<&ServerKind, Error> {
        self.shared.kind.get_or_try_init(async || Ok(self.info().await?.into())).await
    }

    /// Calls an endpoint. Method, path, query and body are those of its type; uploads go through
    /// [`upload`](Self::upload).
    ///
    /// # Errors
    /// Any kind but [`Error::Io`], [`Error::Replaced`] and [`Error::Unsupported`].
    pub async fn call<E: Endpoint>(&self, query: &E::Query, request: &E::Request) -> Result<E::Response, Error> {
        Ok(self.answer::<E>(query, request).await?.value)
    }

    /// As [`call`](Self::call), and gives the body as it came too, with whatever the model does not have.
    ///
    /// # Errors
    /// Those of [`call`](Self::call).
    pub async fn answer<E: Endpoint>(
        &self,
        query: &E::Query,
        request: &E::Request,
    ) -> Result<Answer<E::Response>, Error> {
        let spec = &E::SPEC;
        let url = self.endpoint_url(spec, query)?;
        let body = match spec.body {
            BodyKind::Json | BodyKind::JsonOrForm => Some(Bytes::from(written(spec, serde_json::to_vec(request))?)),
            BodyKind::Ignored | BodyKind::Raw => None,
        };
        let mut tries = Tries::new(self.shared.retry);
        loop {
            let mut request = self.request(spec, url.clone()).timeout(self.shared.timeout);
            request = match &body {
                Some(json) => request.header(CONTENT_TYPE, "application/json").body(json.clone()),
                // Some proxies refuse a POST that does not say its length.
                None if spec.method == Method::Post => request.header(CONTENT_LENGTH, 0),
                None => request,
            };
            match self.attempt(spec, request).await {
                Ok(body) => return answer::read::<E>(body),
                Err(failure) => tries.wait(failure).await?,
            }
        }
    }

    /// The address of an endpoint with its query.
    pub(crate) fn endpoint_url(&self, spec: &Spec, query: &impl Serialize) -> Result<Url, Error> {
        let mut url = self.shared.base.clone();
        let path = format!("{}{}", url.path().trim_end_matches('/'), spec.path);
        url.set_path(&path);
        if let Value::Object(parameters) = written(spec, serde_json::to_value(query))? {
            let mut pairs = url.query_pairs_mut();
            for (name, value) in parameters {
                match value {
                    Value::String(text) => pairs.append_pair(&name, &text),
                    value => pairs.append_pair(&name, &value.to_string()),
                };
            }
        }
        Ok(url)
    }

    /// A request to an endpoint, authenticated where the endpoint asks for it.
    pub(crate) fn request(&self, spec: &Spec, url: Url) -> RequestBuilder {
        let request = match spec.method {
            Method::Get => self.shared.http.get(url),
            Method::Post => self.shared.http.post(url),
        };
        match &self.credentials {
            Some(Credentials { user_id, auth_token }) if spec.access != Access::Public => {
                request.header("X-User-Id", user_id).header("X-Auth-Token", auth_token)
            }
            _ => request,
        }
    }

    /// Sends a request once and reads the body of a 200.
    pub(crate) async fn attempt(&self, spec: &Spec, request: RequestBuilder) -> Result<Bytes, Failure> {
        let broken = |error: reqwest::Error| {
            let again = match spec.method {
                Method::Get if !error.is_timeout() || error.is_connect() => Again::Later,
                _ => Again::Never,
            };
            Failure { error: Error::transport(spec.name(), self.url(), &error), again }
        };
        let response = request.send().await.map_err(broken)?;
        let (status, headers) = (response.status(), response.headers().clone());
        let body = response.bytes().await.map_err(broken)?;
        if status.is_success() {
            return Ok(body);
        }
        Err(answer::failure(spec, status, &headers, &body, Timestamp::now()))
    }
}

/// What was written of a request.
pub(crate) fn written<T>(spec: &Spec, result: Result<T, serde_json::Error>) -> Result<T, Error> {
    result.map_err(|error| Error::Setup { reason: format!("{}: cannot write the request: {error}", spec.name()) })
}

impl fmt::Debug for Client {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Client")
            .field("url", &self.url())
            .field("credentials", &self.credentials)
            .finish_non_exhaustive()
    }
}
