//! A client of Rocket.Chat's import API.
#![doc = include_str!("../README.md")]

mod answer;
mod builder;
mod client;
mod credentials;
mod error;
mod export_file;
mod methods;
mod retry;
mod server_kind;
mod tls;
mod upload;
mod watch;

pub use answer::Answer;
pub use builder::ClientBuilder;
pub use client::Client;
pub use credentials::Credentials;
pub use error::{Error, TransportKind};
pub use import_proto;
pub use methods::{login_request, start_request};
pub use retry::RetryPolicy;
pub use server_kind::ServerKind;
pub use upload::UploadProgress;
