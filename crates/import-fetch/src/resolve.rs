//! Name resolution that gives out only addresses that may be reached.
//!
//! The HTTP client connects to exactly the addresses it gets from here, so what was checked is what
//! is connected to: a name cannot answer differently the second time.

use std::fmt;
use std::net::{IpAddr, SocketAddr};

use ipnet::IpNet;
use reqwest::dns::{Addrs, Name, Resolve, Resolving};

use crate::address::permit;

/// The system's resolver, filtered.
#[derive(Debug)]
pub(crate) struct PermittedAddresses {
    pub(crate) allow: Vec<IpNet>,
}

/// A host has addresses, and none of them may be reached.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) struct Refused {
    /// The first of the host's addresses.
    pub(crate) address: IpAddr,
    /// What that address is, such as "a private address".
    pub(crate) what: &'static str,
}

impl fmt::Display for Refused {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "{} is {}", self.address, self.what)
    }
}

impl std::error::Error for Refused {}

impl Resolve for PermittedAddresses {
    fn resolve(&self, name: Name) -> Resolving {
        let allow = self.allow.clone();
        Box::pin(async move {
            let addresses = tokio::net::lookup_host((name.as_str(), 0)).await?;
            let permitted = permitted(addresses, &allow)?;
            Ok(Box::new(permitted.into_iter()) as Addrs)
        })
    }
}

fn permitted(addresses: impl IntoIterator<Item = SocketAddr>, allow: &[IpNet]) -> Result<Vec<SocketAddr>, Refused> {
    let mut permitted = Vec::new();
    let mut refused = None;
    for address in addresses {
        match permit(address.ip(), allow) {
            Ok(()) => permitted.push(address),
            Err(what) => {
                refused.get_or_insert(Refused { address: address.ip(), what });
            }
        }
    }
    match refused {
        Some(refused) if permitted.is_empty() => Err(refused),
        _ => Ok(permitted),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn addresses(written: &[&str]) -> Vec<SocketAddr> {
        written.iter().map(|address| SocketAddr::new(address.parse().unwrap(), 0)).collect()
    }

    #[test]
    fn only_the_permitted_addresses_of_a_name_are_given_out() {
        let answer = addresses(&["10.0.0.1", "8.8.8.8", "::1", "2606:4700::1"]);
        assert_eq!(permitted(answer, &[]), Ok(addresses(&["8.8.8.8", "2606:4700::1"])));
    }

    #[test]
    fn a_name_without_a_permitted_address_is_refused_by_its_first() {
        assert_eq!(
            permitted(addresses(&["10.0.0.1", "127.0.0.1"]), &[]),
            Err(Refused { address: "10.0.0.1".parse().unwrap(), what: "a private address" })
        );
    }

    #[test]
    fn an_allowed_network_is_given_out() {
        let allow = ["10.0.0.0/8".parse().unwrap()];
        assert_eq!(permitted(addresses(&["10.0.0.1", "127.0.0.1"]), &allow), Ok(addresses(&["10.0.0.1"])));
    }
}
