//! The same tests as those of `http`, over workspaces of their own on the server that MONGODB_URL names.
#![allow(clippy::unwrap_used, clippy::expect_used, reason = "a test may fail where it likes")]

#[path = "../http/admission.rs"]
mod admission;
#[path = "../http/bodies.rs"]
mod bodies;
mod by_hand;
#[path = "../http/client.rs"]
mod client;
#[path = "../http/connections.rs"]
mod connections;
#[path = "../http/logs.rs"]
mod logs;
#[path = "../http/pages.rs"]
mod pages;
#[path = "../http/pending.rs"]
mod pending;
#[path = "../http/readings.rs"]
mod readings;
#[path = "../http/routing.rs"]
mod routing;
#[path = "../http/rules.rs"]
mod rules;
#[path = "../http/runs.rs"]
mod runs;
#[path = "../http/server.rs"]
mod server;
#[path = "../http/sessions.rs"]
mod sessions;
#[path = "../http/snapshots.rs"]
mod snapshots;
#[path = "../http/uploads.rs"]
mod uploads;
#[path = "../http/zip.rs"]
mod zip;

/// What the tests run on.
const STORE: server::On = server::On::MongoDb;
