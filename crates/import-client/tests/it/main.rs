//! The library and the command against a server that answers from a script.

#![allow(clippy::unwrap_used, reason = "a test may fail where it likes")]

mod answers;
mod calls;
mod command;
mod command_push;
mod command_users;
mod compatibility;
mod double;
mod retries;
mod uploads;
mod watching;
