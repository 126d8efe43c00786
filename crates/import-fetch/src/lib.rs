//! Downloads a URL to a file on disk, from addresses that may be reached.
#![doc = include_str!("../README.md")]

mod address;
mod error;
mod fetch;
mod file_name;
mod partial;
mod policy;
mod request;
mod resolve;
mod resume;
mod tls;

pub use error::FetchError;
pub use fetch::{Fetched, Fetcher, Progress};
pub use policy::FetchPolicy;
