//! HTTP: the endpoints of `import-proto`, answered by the engine.
//!
//! A request passes through these files, outermost first:
//! - `connections`: sockets, their timeouts, and the end of the server;
//! - `request`: the request id, the log, and what a panic is answered with;
//! - `router`: which endpoint it is for, and the order of the checks, the same for every endpoint;
//! - `admission`: who calls, and whether they may;
//! - `body`, `memory`: reading what was sent, within time and memory;
//! - `form`: the model that it stands for, or what is wrong with it;
//! - `handlers`: what the endpoint does.
//!
//! `pages` is what a browser shows: the document at `/docs`.
//!
//! The answer to whatever goes wrong is made in one place, `failure`.

mod admission;
mod app;
mod base64;
mod body;
mod connections;
mod failure;
mod form;
mod handle;
mod handlers;
mod memory;
mod options;
mod pages;
mod passwords;
mod request;
mod router;

use std::{future::Future, sync::Arc};

use import_engine::Engine;
use import_store::Store;
use tokio::net::TcpListener;

pub use options::HttpOptions;

/// Answers requests until `shutdown` completes, and then for as long as [`HttpOptions::shutdown_grace`] the ones that
/// are being answered.
///
/// The engine is not stopped: that is for whoever started it, after this returns.
pub async fn serve<S: Store>(
    listener: TcpListener,
    engine: Engine<S>,
    options: HttpOptions,
    shutdown: impl Future<Output = ()>,
) {
    let app = Arc::new(app::App::new(engine, options.clone()));
    connections::run(listener, router::router(app), &options, shutdown).await;
}
