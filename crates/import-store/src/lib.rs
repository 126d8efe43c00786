#![doc = include_str!("../README.md")]

mod any;
pub mod credentials;
pub mod documents;
pub mod embedded;
mod equal;
mod extended_json;
pub mod merge;
pub mod mongodb;
pub mod operation;
pub mod patch;
mod rename;
pub mod staging;
mod store;
pub mod uploads;

pub use any::AnyStore;
pub use embedded::EmbeddedStore;
pub use mongodb::MongoStore;
pub use store::*;
