//! What can be set of the HTTP side.

use std::time::Duration;

/// Limits and times of the HTTP side. [`HttpOptions::default`] is what a server has that is told nothing.
#[derive(Debug, Clone)]
pub struct HttpOptions {
    /// The largest JSON body, in bytes: 50,000,000. What is streamed to `import.upload` is not bounded by it.
    pub body_limit: u64,
    /// How long a client may take to send the head of a request, and how long a connection may be idle: 30 s.
    pub header_timeout: Duration,
    /// How long a body may send nothing: 30 s.
    pub idle_timeout: Duration,
    /// How long requests that are being answered may go on once the server is told to stop: 5 s.
    pub shutdown_grace: Duration,
    /// How many connections may be open; more wait until one is closed: 10,000.
    pub max_connections: usize,
}

impl Default for HttpOptions {
    fn default() -> Self {
        Self {
            body_limit: 50_000_000,
            header_timeout: Duration::from_secs(30),
            idle_timeout: Duration::from_secs(30),
            shutdown_grace: Duration::from_secs(5),
            max_connections: 10_000,
        }
    }
}
