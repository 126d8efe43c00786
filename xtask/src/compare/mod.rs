//! Compares two OpenAPI 3 documents: a base, which is relied on, and a revision of it.
//!
//! [`document`] and [`schema`] read (references, `allOf` and the parameters of a path are
//! resolved), [`detect`] compares and makes [`finding`]s, each of a kind that [`rules`] names and
//! weighs, [`deviations`] sets them against those that are declared, and [`display`] writes them
//! out.
//!
//! Compared is what travels: paths, methods, operation ids, tags, parameters, bodies, statuses and
//! schemas. Prose, examples and the order of things are not.

pub(crate) mod deviations;
pub(crate) mod display;

mod detect;
mod document;
mod finding;
mod pointer;
mod rules;
mod schema;
#[cfg(test)]
mod tests;

pub(crate) use detect::compare;
pub(crate) use document::Document;
pub(crate) use pointer::Pointer;
