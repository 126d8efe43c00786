//! Exports made by rule: as large as is asked for, and the same for the same numbers.

mod archive;
mod slack;

pub use slack::{Contents, SlackSample};
