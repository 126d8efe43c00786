//! `/docs`: the OpenAPI document as a page. It is no endpoint of the API, so it stands outside the table.
//!
//! Everything it needs comes from this server; its policy lets a browser ask nobody else.

use axum::{
    Router,
    middleware::map_response,
    response::{IntoResponse, Response},
    routing::get,
};
use http::{HeaderName, HeaderValue, StatusCode, header};
use import_proto::Method;
use swagger_ui_dist::{ApiDefinition, OpenApiSource, generate_routes};

use super::failure::Failure;

const PAGE: &str = include_str!("docs.html");
const SCRIPT: &str = include_str!("docs.js");

/// The headers of everything here.
const HEADERS: [(HeaderName, &str); 3] = [
    (
        header::CONTENT_SECURITY_POLICY,
        "default-src 'none'; script-src 'self'; style-src 'self' 'unsafe-inline'; img-src 'self' data:; connect-src 'self'; \
         base-uri 'none'; form-action 'none'; frame-ancestors 'none'",
    ),
    (header::X_CONTENT_TYPE_OPTIONS, "nosniff"),
    (header::REFERRER_POLICY, "no-referrer"),
];

/// The page, its script, and Swagger UI.
pub(crate) fn router() -> Router {
    let swagger =
        ApiDefinition { uri_prefix: "/docs/assets", api_definition: OpenApiSource::Uri("/openapi.json"), title: None };
    Router::new()
        .route("/docs", get(|| async { typed("text/html; charset=utf-8", PAGE) }))
        .route("/docs/docs.js", get(|| async { typed("text/javascript; charset=utf-8", SCRIPT) }))
        .merge(generate_routes(swagger))
        .layer(map_response(finished))
}

fn typed(content_type: &'static str, text: &'static str) -> Response {
    ([(header::CONTENT_TYPE, content_type)], text).into_response()
}

async fn finished(response: Response) -> Response {
    let mut response = match response.status() {
        StatusCode::METHOD_NOT_ALLOWED => Failure::WrongMethod(Method::Get).answer(""),
        _ => response,
    };
    for (name, value) in HEADERS {
        response.headers_mut().insert(name, HeaderValue::from_static(value));
    }
    response
}
