//! The stores: what every one must do (`suite`), and what is particular to each.

#![allow(clippy::unwrap_used, clippy::expect_used, reason = "a test that cannot go on has failed")]

mod embedded;
mod fixture;
mod mongodb;
mod suite;
