//! Tests of the comparison, from the reading of documents to whole reports.

#![allow(clippy::unwrap_used, reason = "a test may fail where it likes")]

mod deviations;
mod documentation;
mod equal;
mod formats;
mod frames;
mod lint;
mod properties;
mod rules;
mod shapes;
mod source;
mod support;
