//! What answers at the address: this project's import server, or a Rocket.Chat.

use std::{fmt, time::Duration};

use import_proto::Info;

/// What a server is, by its `/api/info`.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum ServerKind {
    /// This project's import server: it has the endpoints under `/api/ext/`, and no limit on requests.
    ImportServer {
        /// The import server's version.
        version: String,
    },
    /// A Rocket.Chat: it has the published endpoints, and takes about ten requests a minute on each.
    RocketChat {
        /// Its version.
        version: String,
    },
}

impl ServerKind {
    /// True for this project's import server.
    pub fn is_import_server(&self) -> bool {
        matches!(self, Self::ImportServer { .. })
    }

    /// How long to wait between two looks at the same thing.
    pub fn poll_interval(&self) -> Duration {
        match self {
            Self::ImportServer { .. } => Duration::from_millis(200),
            Self::RocketChat { .. } => Duration::from_secs(6),
        }
    }
}

impl From<Info> for ServerKind {
    fn from(info: Info) -> Self {
        match info.import_server {
            Some(server) => Self::ImportServer { version: server.version },
            None => Self::RocketChat { version: info.version },
        }
    }
}

/// `import server 0.1.0`, or `Rocket.Chat 8.0.0`.
impl fmt::Display for ServerKind {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::ImportServer { version } => write!(f, "import server {version}"),
            Self::RocketChat { version } => write!(f, "Rocket.Chat {version}"),
        }
    }
}
