//! What a handler is: the code that answers one endpoint, named by the endpoint's type.
//!
//! The router mounts every endpoint of the table, and asks for these traits: an endpoint without a handler does not
//! compile.

use std::future::Future;

use axum::response::Response;
use http::HeaderMap;
use import_proto::Endpoint;

use super::{admission::Session, body::RequestBody, failure::Failure};

/// A request that passed every check but the rules.
pub(crate) struct Call<E: Endpoint> {
    /// Who calls; nobody where the endpoint is for anybody.
    pub(crate) session: Option<Session>,
    /// The query.
    pub(crate) query: E::Query,
    /// The body.
    pub(crate) body: E::Request,
}

/// Answers an endpoint that takes and gives JSON.
pub(crate) trait Handle<E: Endpoint>: Send + Sync {
    /// The body of the 200 answer, or why there is none.
    fn handle(&self, call: Call<E>) -> impl Future<Output = Result<E::Response, Failure>> + Send;
}

/// A request to an endpoint that reads the body itself.
pub(crate) struct StreamedCall<'a, E: Endpoint> {
    /// Who calls; nobody where the endpoint is for anybody.
    pub(crate) session: Option<Session>,
    /// The query.
    pub(crate) query: E::Query,
    /// The headers.
    pub(crate) headers: &'a HeaderMap,
    /// The body, of which nothing was read.
    pub(crate) body: &'a mut RequestBody,
}

/// Answers an endpoint that reads the body, or writes the answer, in its own way.
pub(crate) trait HandleStreamed<E: Endpoint>: Send + Sync {
    /// The answer, or why there is none.
    fn handle_streamed(&self, call: StreamedCall<'_, E>) -> impl Future<Output = Result<Response, Failure>> + Send;
}

/// Who calls. Only endpoints for anybody have nobody.
pub(crate) fn caller(session: &Option<Session>) -> Result<&Session, Failure> {
    session.as_ref().ok_or(Failure::Unauthorized)
}
