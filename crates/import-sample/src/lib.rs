//! Exports made by rule: as large as is asked for, and the same for the same numbers; and the database of a workspace.

mod archive;
mod slack;
pub mod workspace;

pub use slack::{Contents, SlackSample};
