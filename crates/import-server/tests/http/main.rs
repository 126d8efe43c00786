//! The HTTP side as a client sees it: a server of its own for each test, on a port of its own, over a fresh workspace.
#![allow(clippy::unwrap_used, clippy::expect_used, reason = "a test may fail where it likes")]

mod admission;
mod bodies;
mod client;
mod connections;
mod logs;
mod pages;
mod pending;
mod readings;
mod routing;
mod rules;
mod runs;
mod server;
mod sessions;
mod snapshots;
mod uploads;
mod zip;

/// What the tests run on.
const STORE: server::On = server::On::Embedded;
