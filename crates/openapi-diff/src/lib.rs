//! Says what changed between two OpenAPI 3.0 documents, and whom it breaks.
//!
//! A *base* is what is relied on, say a published contract; a *revision* is what is to be known
//! about. [`source`] reads both from JSON or YAML, [`compare`] finds what differs, each of a kind
//! that a [`Rule`] names and weighs, [`lint`] finds examples that do not match their schema,
//! [`deviations`] sets findings against those that are declared, and [`display`] writes a
//! [`Report`] out.
//!
//! Compared is what is meant, not what is written: references, `allOf` and the parameters of a path
//! are resolved first, and the order of keys, tags, parameters, enum values and alternatives does
//! not matter.
//!
//! The crate [`drift`](https://docs.rs/drift) compares two documents too, and was looked at as a
//! base: its changes have a class and a message, but no rule by which one could be declared, and
//! security, servers and headers are not compared, which a published contract is held to as well.

pub mod deviations;
pub mod display;
pub mod report;
pub mod source;

mod detect;
mod document;
mod error;
mod finding;
mod lint;
mod paths;
mod pointer;
mod rules;
mod schema;
mod stack;

pub use detect::compare;
pub use document::Document;
pub use error::{Error, Result};
pub use finding::Finding;
pub use lint::{Lint, lint};
pub use pointer::Pointer;
pub use report::Report;
pub use rules::{Change, Direction, Frame, Level, Rule};
pub use source::Source;
