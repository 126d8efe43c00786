//! The server itself: its version, its health, its OpenAPI document.

use axum::response::Response;
use http::StatusCode;
use import_proto::{
    Health, ImportServerInfo, Info, Success,
    endpoints::{HealthCheck, OpenApiDocument, ServerInfo},
};
use import_store::Store;

use crate::http::{
    app::App,
    failure::{Failure, json_bytes},
    handle::{Call, Handle, HandleStreamed, StreamedCall},
};

/// The version of Rocket.Chat whose API this is.
const ROCKET_CHAT_VERSION: &str = "8.0.0";

impl<S: Store> Handle<ServerInfo> for App<S> {
    async fn handle(&self, _: Call<ServerInfo>) -> Result<Info, Failure> {
        Ok(Info {
            version: ROCKET_CHAT_VERSION.to_owned(),
            import_server: Some(ImportServerInfo { version: env!("CARGO_PKG_VERSION").to_owned() }),
            success: Success,
        })
    }
}

impl<S: Store> Handle<HealthCheck> for App<S> {
    async fn handle(&self, _: Call<HealthCheck>) -> Result<Health, Failure> {
        Ok(Health { status: "ok".to_owned() })
    }
}

impl<S: Store> HandleStreamed<OpenApiDocument> for App<S> {
    async fn handle_streamed(&self, _: StreamedCall<'_, OpenApiDocument>) -> Result<Response, Failure> {
        Ok(json_bytes(StatusCode::OK, self.document.clone()))
    }
}
