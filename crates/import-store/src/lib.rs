#![doc = include_str!("../README.md")]

pub mod credentials;
pub mod documents;
pub mod embedded;
mod equal;
pub mod merge;
pub mod operation;
pub mod patch;
pub mod staging;
mod store;
pub mod uploads;

pub use embedded::EmbeddedStore;
pub use store::*;
