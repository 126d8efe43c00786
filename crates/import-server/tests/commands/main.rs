//! The `import-server` command as an administrator uses it: the built binary, run on data directories of its own.

#![allow(clippy::unwrap_used, clippy::expect_used, reason = "a test that cannot go on has failed")]

mod accounts;
mod checking;
mod choosing;
mod doctor;
mod dry_run;
mod examples;
mod export;
mod fetching;
mod help;
mod importing;
mod interruption;
mod placeholders;
mod printing;
mod process;
mod retry;
mod rooms;
mod serving;
