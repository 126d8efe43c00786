//! The same tests as those of `engine`, over workspaces of their own on the server that MONGODB_URL names.
#![allow(clippy::unwrap_used, reason = "a test may fail where it likes")]

#[path = "../engine/bad_input.rs"]
mod bad_input;
#[path = "../engine/bench_data.rs"]
mod bench_data;
#[path = "../engine/cases_people.rs"]
mod cases_people;
#[path = "../engine/cases_threads.rs"]
mod cases_threads;
#[path = "../engine/check.rs"]
mod check;
#[path = "../engine/counts.rs"]
mod counts;
#[path = "../engine/csv.rs"]
mod csv;
#[path = "../engine/defects.rs"]
mod defects;
#[path = "../engine/every_kind.rs"]
mod every_kind;
#[path = "../engine/file_server.rs"]
mod file_server;
#[path = "../engine/held_files.rs"]
mod held_files;
#[path = "../engine/hipchat.rs"]
mod hipchat;
#[path = "../engine/lifecycle.rs"]
mod lifecycle;
#[path = "../engine/pending_avatars.rs"]
mod pending_avatars;
#[path = "../engine/pending_files.rs"]
mod pending_files;
#[path = "../engine/privacy.rs"]
mod privacy;
#[path = "../engine/reasons.rs"]
mod reasons;
#[path = "../engine/resume.rs"]
mod resume;
#[path = "../engine/rooms.rs"]
mod rooms;
mod settings;
mod several;
#[path = "../engine/slack.rs"]
mod slack;
#[path = "../engine/support.rs"]
mod support;
#[path = "../engine/users.rs"]
mod users;
#[path = "../engine/zip.rs"]
mod zip;

/// What the tests run on.
const STORE: support::On = support::On::MongoDb;
