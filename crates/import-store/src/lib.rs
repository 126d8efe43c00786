#![doc = include_str!("../README.md")]

pub mod documents;
pub mod operation;
pub mod staging;
mod store;

pub use store::*;
