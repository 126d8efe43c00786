#![doc = include_str!("../README.md")]

pub mod check;
mod engine;
mod error;
mod file;
mod files;
mod import_dir;
mod keeper;
mod lifecycle;
mod listing;
mod names;
mod parts;
mod prepare;
mod pulse;
mod reader;
mod run;
mod selection;
mod size;
mod text;
mod upload;

pub use engine::{Engine, EngineOptions};
pub use error::EngineError;
pub use import_fetch::FetchPolicy;
pub use import_sources::Limits;
pub use names::room_slug;
pub use pulse::Pulse;
pub use upload::Upload;
