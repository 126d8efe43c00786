//! The networks that may be fetched from, as an option of every command that fetches.

use clap::Args;
use import_engine::FetchPolicy;
use ipnet::IpNet;

#[derive(Debug, Clone, Args)]
pub(crate) struct AllowOptions {
    /// A network that may be fetched from although it is not public; can be given more than once
    #[arg(long = "allow-address", value_name = "CIDR", env = "IMPORT_SERVER_ALLOW_ADDRESS", value_delimiter = ',')]
    allow: Vec<IpNet>,
}

impl AllowOptions {
    /// The policy as the engine takes it.
    pub(crate) fn policy(&self) -> FetchPolicy {
        FetchPolicy { allow: self.allow.clone(), ..FetchPolicy::default() }
    }
}
