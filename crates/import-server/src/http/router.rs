//! Mounts every endpoint of the table, and checks every request in the same order: endpoint, method, who calls,
//! permission, size, content type, form; then the handler applies the rules.

use std::sync::Arc;

use axum::{
    Router,
    body::Body,
    extract::{Request, State},
    response::Response,
    routing::any,
};
use http::{HeaderMap, HeaderValue, StatusCode, header, request::Parts};
use import_proto::{
    Access, BodyKind, Endpoint, QueryKind, Spec, endpoints, for_each_endpoint, for_each_special_endpoint,
};
use import_store::Store;

use super::{
    admission::{Session, check_method, check_permission, log_in},
    app::App,
    body::RequestBody,
    failure::{Failure, json},
    form::{ContentType, Form},
    handle::{Call, Handle, HandleStreamed, StreamedCall},
    pages,
    request::CallerId,
};

/// From this size on a body is parsed off the threads that answer requests: 256 KiB take about a millisecond.
const PARSED_ASIDE: usize = 256 * 1024;

/// The largest body that is taken from somebody who is not logged in, in bytes.
const PUBLIC_BODY_LIMIT: u64 = 100_000;

/// Every endpoint, and the pages.
pub(crate) fn router<S: Store>(app: Arc<App<S>>) -> Router {
    let mut router = Router::new();
    macro_rules! mount {
        ($($endpoint:ident)*) => {
            $(router = router.route(<endpoints::$endpoint as Endpoint>::SPEC.path, any(plain::<S, endpoints::$endpoint>));)*
        };
    }
    macro_rules! mount_streamed {
        ($($endpoint:ident)*) => {
            $(router = router.route(<endpoints::$endpoint as Endpoint>::SPEC.path, any(streamed::<S, endpoints::$endpoint>));)*
        };
    }
    for_each_endpoint!(mount);
    for_each_special_endpoint!(mount_streamed);
    router.fallback(nothing_here::<S>).with_state(app).merge(pages::router())
}

async fn nothing_here<S: Store>(State(app): State<Arc<App<S>>>, request: Request) -> Response {
    let (parts, body) = request.into_parts();
    end(&app, body_of(&app, &parts, body), None, Err(Failure::NoSuchEndpoint), "")
}

async fn plain<S: Store, E>(State(app): State<Arc<App<S>>>, request: Request) -> Response
where
    E: Endpoint<Query: Form, Request: Form>,
    App<S>: Handle<E>,
{
    let (parts, body) = request.into_parts();
    let mut body = body_of(&app, &parts, body);
    let mut caller = None;
    let answer = async {
        let session = admit(&app, &E::SPEC, &parts, &mut caller).await?;
        let limit = match E::SPEC.access {
            Access::Public => PUBLIC_BODY_LIMIT.min(app.options.body_limit),
            Access::LoggedIn | Access::Permitted(_) => app.options.body_limit,
        };
        if E::SPEC.body != BodyKind::Ignored {
            body.check_length(limit)?;
        }
        let content_type = content_type(&E::SPEC, &parts.headers)?;
        let query = query::<E>(&parts)?;
        // The share is held until the handler is done: what it works on is as large as the body.
        let (request, _share) = match content_type {
            None => (E::Request::from_form(b"")?, None),
            Some(content_type) => {
                let (bytes, share) = body.collect(limit, &app.memory).await?;
                (parse::<E::Request>(content_type, bytes).await?, Some(share))
            }
        };
        Ok(json(StatusCode::OK, &app.handle(Call { session, query, body: request }).await?))
    }
    .await;
    end(&app, body, caller, answer, E::SPEC.name())
}

async fn streamed<S: Store, E>(State(app): State<Arc<App<S>>>, request: Request) -> Response
where
    E: Endpoint<Query: Form>,
    App<S>: HandleStreamed<E>,
{
    let (parts, body) = request.into_parts();
    let mut body = body_of(&app, &parts, body);
    let mut caller = None;
    let answer = async {
        let session = admit(&app, &E::SPEC, &parts, &mut caller).await?;
        let query = query::<E>(&parts)?;
        app.handle_streamed(StreamedCall { session, query, headers: &parts.headers, body: &mut body }).await
    }
    .await;
    end(&app, body, caller, answer, E::SPEC.name())
}

fn body_of<S: Store>(app: &App<S>, parts: &Parts, body: Body) -> RequestBody {
    RequestBody::new(body, &parts.headers, app.options.idle_timeout)
}

/// Method, who calls, permission. Who calls is told to the log even where they may not.
async fn admit<S: Store>(
    app: &App<S>,
    spec: &Spec,
    parts: &Parts,
    caller: &mut Option<CallerId>,
) -> Result<Option<Session>, Failure> {
    check_method(spec, &parts.method)?;
    let session = log_in(app.store(), spec, &parts.headers).await?;
    *caller = session.as_ref().map(|session| CallerId(session.user_id().to_owned()));
    check_permission(spec, session.as_ref())?;
    Ok(session)
}

/// How the body is to be read; `None` where it is disregarded.
fn content_type(spec: &Spec, headers: &HeaderMap) -> Result<Option<ContentType>, Failure> {
    match (spec.body, ContentType::of(headers)) {
        (BodyKind::Ignored | BodyKind::Raw, _) => Ok(None),
        (BodyKind::Json | BodyKind::JsonOrForm, Some(ContentType::Json)) => Ok(Some(ContentType::Json)),
        (BodyKind::JsonOrForm, Some(ContentType::Form)) => Ok(Some(ContentType::Form)),
        (BodyKind::Json, _) => Err(Failure::WrongContentType("application/json")),
        (BodyKind::JsonOrForm, _) => {
            Err(Failure::WrongContentType("application/json or application/x-www-form-urlencoded"))
        }
    }
}

/// The query as the endpoint's model.
fn query<E: Endpoint<Query: Form>>(parts: &Parts) -> Result<E::Query, Failure> {
    let query = parts.uri.query().unwrap_or_default().as_bytes();
    match E::SPEC.query {
        QueryKind::Ignored => Ok(E::Query::from_query(b"")?),
        QueryKind::Typed => Ok(E::Query::from_query(query)?),
        QueryKind::Refused => match form_urlencoded::parse(query).next() {
            Some((name, _)) => Err(Failure::invalid(format!("{name}: this endpoint takes no parameters in its query"))),
            None => Ok(E::Query::from_query(b"")?),
        },
    }
}

/// The body as the endpoint's model.
async fn parse<F: Form>(content_type: ContentType, bytes: Vec<u8>) -> Result<F, Failure> {
    let small = bytes.len() < PARSED_ASIDE;
    let parse = move || match content_type {
        ContentType::Json => F::from_json(&bytes),
        ContentType::Form => F::from_form(&bytes),
    };
    if small {
        return Ok(parse()?);
    }
    Ok(tokio::task::spawn_blocking(parse).await.map_err(Failure::internal)??)
}

/// Gives the answer its last touches, and lets go of the body.
fn end<S: Store>(
    app: &App<S>,
    body: RequestBody,
    caller: Option<CallerId>,
    answer: Result<Response, Failure>,
    endpoint: &str,
) -> Response {
    let mut response = answer.unwrap_or_else(|failure| failure.answer(endpoint));
    response.headers_mut().insert(header::CACHE_CONTROL, HeaderValue::from_static("no-store"));
    if let Some(caller) = caller {
        response.extensions_mut().insert(caller);
    }
    body.discard(app.options.body_limit.saturating_mul(2));
    response
}
