//! The import server: HTTP over the import engine.

pub mod http;
