//! Who calls, and whether they may: the first checks of every request.

use http::{HeaderMap, Method};
use import_proto::{Access, Spec, Timestamp};
use import_store::{Caller, Store, credentials::hash_token};

use super::failure::Failure;

/// Somebody who is logged in.
#[derive(Debug)]
pub(crate) struct Session {
    /// Who it is.
    pub(crate) caller: Caller,
    /// The stored form of the token that the request came with.
    pub(crate) hashed_token: String,
}

impl Session {
    /// The caller's `_id`.
    pub(crate) fn user_id(&self) -> &str {
        &self.caller.user.id
    }
}

/// Checks the method. HEAD is GET without the body of the answer, which the connection leaves out.
pub(crate) fn check_method(spec: &Spec, method: &Method) -> Result<(), Failure> {
    let fits = match spec.method {
        import_proto::Method::Get => method == Method::GET || method == Method::HEAD,
        import_proto::Method::Post => method == Method::POST,
    };
    if fits { Ok(()) } else { Err(Failure::WrongMethod(spec.method)) }
}

/// Who calls, by the headers `X-User-Id` and `X-Auth-Token`; nobody for an endpoint that is for anybody.
pub(crate) async fn log_in(store: &impl Store, spec: &Spec, headers: &HeaderMap) -> Result<Option<Session>, Failure> {
    if spec.access == Access::Public {
        return Ok(None);
    }
    let value = |name: &str| headers.get(name).and_then(|value| value.to_str().ok());
    let (Some(user_id), Some(token)) = (value("x-user-id"), value("x-auth-token")) else {
        return Err(Failure::Unauthorized);
    };
    let hashed_token = hash_token(token);
    match store.authenticate(user_id, &hashed_token, Timestamp::now()).await? {
        Some(caller) => Ok(Some(Session { caller, hashed_token })),
        None => Err(Failure::Unauthorized),
    }
}

/// Checks the permission.
pub(crate) fn check_permission(spec: &Spec, session: Option<&Session>) -> Result<(), Failure> {
    let Access::Permitted(permission) = spec.access else { return Ok(()) };
    let granted = session.is_some_and(|session| session.caller.permissions.iter().any(|id| id == permission.as_str()));
    if granted { Ok(()) } else { Err(Failure::Forbidden) }
}
