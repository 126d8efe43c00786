//! The engine over the embedded store, from the file to the exported workspace.
#![allow(clippy::unwrap_used, reason = "a test may fail where it likes")]

mod alone;
mod bad_input;
mod bench_data;
mod cases_people;
mod cases_threads;
mod check;
mod counts;
mod csv;
mod defects;
mod every_kind;
mod file_server;
mod held_files;
mod hipchat;
mod lifecycle;
mod pending_avatars;
mod pending_files;
mod privacy;
mod reasons;
mod resume;
mod rooms;
mod slack;
mod strangers;
mod support;
mod users;
mod zip;

/// What the tests run on.
const STORE: support::On = support::On::Embedded;
