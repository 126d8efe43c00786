//! Which addresses may be reached: the public ones, and those of the allow list.

use std::net::{IpAddr, Ipv4Addr, Ipv6Addr};

use ipnet::{IpNet, Ipv4Net, Ipv6Net};

/// IPv4 networks that are not public, with what they are.
const REFUSED_V4: [(Ipv4Net, &str); 17] = [
    (v4(0, 0, 0, 0, 8), "an unspecified address"),
    (v4(10, 0, 0, 0, 8), "a private address"),
    (v4(100, 64, 0, 0, 10), "an address shared by a carrier"),
    (v4(127, 0, 0, 0, 8), "a loopback address"),
    // Azure's own services for the virtual machine, in a range that is public otherwise.
    (v4(168, 63, 129, 16, 32), "a cloud provider's own address"),
    // The metadata services of nearly every cloud are at 169.254.169.254.
    (v4(169, 254, 0, 0, 16), "a link-local address"),
    (v4(172, 16, 0, 0, 12), "a private address"),
    (v4(192, 0, 0, 0, 24), "an address reserved for protocols"),
    (v4(192, 0, 2, 0, 24), "an address for documentation"),
    (v4(192, 88, 99, 0, 24), "a 6to4 relay"),
    (v4(192, 168, 0, 0, 16), "a private address"),
    (v4(198, 18, 0, 0, 15), "an address for benchmarks"),
    (v4(198, 51, 100, 0, 24), "an address for documentation"),
    (v4(203, 0, 113, 0, 24), "an address for documentation"),
    (v4(224, 0, 0, 0, 4), "a multicast address"),
    (v4(255, 255, 255, 255, 32), "the broadcast address"),
    (v4(240, 0, 0, 0, 4), "a reserved address"),
];

/// The IPv6 addresses that are given out to be reached from everywhere.
const GLOBAL_V6: Ipv6Net = v6([0x2000, 0, 0, 0, 0, 0, 0, 0], 3);
/// Where a translator reaches the IPv4 address in the last 32 bits; networks without IPv4 see
/// public servers so.
const NAT64: Ipv6Net = v6([0x64, 0xff9b, 0, 0, 0, 0, 0, 0], 96);

/// IPv6 networks that are not public, with what they are. Those outside 2000::/3 stand here for
/// the message alone: nothing else there is reached either.
const REFUSED_V6: [(Ipv6Net, &str); 15] = [
    (v6([0, 0, 0, 0, 0, 0, 0, 0], 128), "an unspecified address"),
    (v6([0, 0, 0, 0, 0, 0, 0, 1], 128), "a loopback address"),
    (v6([0, 0, 0, 0, 0, 0, 0, 0], 96), "an IPv4-compatible address"),
    (v6([0x64, 0xff9b, 1, 0, 0, 0, 0, 0], 48), "an address of a local translator"),
    (v6([0x100, 0, 0, 0, 0, 0, 0, 0], 64), "a discarded address"),
    (v6([0x2001, 0, 0, 0, 0, 0, 0, 0], 32), "a Teredo address"),
    (v6([0x2001, 0, 0, 0, 0, 0, 0, 0], 23), "an address reserved for protocols"),
    (v6([0x2001, 0xdb8, 0, 0, 0, 0, 0, 0], 32), "an address for documentation"),
    (v6([0x2002, 0, 0, 0, 0, 0, 0, 0], 16), "a 6to4 address"),
    (v6([0x3fff, 0, 0, 0, 0, 0, 0, 0], 20), "an address for documentation"),
    (v6([0x5f00, 0, 0, 0, 0, 0, 0, 0], 16), "a segment routing address"),
    // Holds fd00:ec2::254 and fd20:ce::254, the metadata services of two clouds.
    (v6([0xfc00, 0, 0, 0, 0, 0, 0, 0], 7), "a unique local address"),
    (v6([0xfe80, 0, 0, 0, 0, 0, 0, 0], 10), "a link-local address"),
    (v6([0xfec0, 0, 0, 0, 0, 0, 0, 0], 10), "a site-local address"),
    (v6([0xff00, 0, 0, 0, 0, 0, 0, 0], 8), "a multicast address"),
];

const fn v4(a: u8, b: u8, c: u8, d: u8, bits: u8) -> Ipv4Net {
    Ipv4Net::new_assert(Ipv4Addr::new(a, b, c, d), bits)
}

const fn v6(segments: [u16; 8], bits: u8) -> Ipv6Net {
    let [a, b, c, d, e, f, g, h] = segments;
    Ipv6Net::new_assert(Ipv6Addr::new(a, b, c, d, e, f, g, h), bits)
}

/// Says whether `address` may be reached, or else what it is ("a private address").
///
/// An IPv4-mapped address is judged as the IPv4 address that the system connects to.
pub(crate) fn permit(address: IpAddr, allow: &[IpNet]) -> Result<(), &'static str> {
    let address = address.to_canonical();
    if allow.iter().any(|network| network.contains(&address)) {
        return Ok(());
    }
    match address {
        IpAddr::V4(address) => refuse_v4(address),
        IpAddr::V6(address) => refuse_v6(address),
    }
    .map_or(Ok(()), Err)
}

fn refuse_v4(address: Ipv4Addr) -> Option<&'static str> {
    let (_, what) = REFUSED_V4.iter().find(|(network, _)| network.contains(&address))?;
    Some(what)
}

fn refuse_v6(address: Ipv6Addr) -> Option<&'static str> {
    if NAT64.contains(&address) {
        let [.., a, b, c, d] = address.octets();
        return refuse_v4(Ipv4Addr::new(a, b, c, d));
    }
    let refused = REFUSED_V6.iter().find(|(network, _)| network.contains(&address));
    match refused {
        Some((_, what)) => Some(what),
        None if GLOBAL_V6.contains(&address) => None,
        None => Some("a reserved address"),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn permitted(address: &str, allow: &[&str]) -> Result<(), &'static str> {
        let allow: Vec<IpNet> = allow.iter().map(|net| net.parse().unwrap()).collect();
        permit(address.parse().unwrap(), &allow)
    }

    /// The first and last address of each refused network, and its public neighbours.
    #[test]
    fn ipv4_networks_are_refused_from_their_first_to_their_last_address() {
        let table: [(&str, &str, &str, &str, &str); 15] = [
            ("", "0.0.0.0", "0.255.255.255", "1.0.0.0", "unspecified"),
            ("9.255.255.255", "10.0.0.0", "10.255.255.255", "11.0.0.0", "private"),
            ("100.63.255.255", "100.64.0.0", "100.127.255.255", "100.128.0.0", "carrier"),
            ("126.255.255.255", "127.0.0.0", "127.255.255.255", "128.0.0.0", "loopback"),
            ("168.63.129.15", "168.63.129.16", "168.63.129.16", "168.63.129.17", "cloud"),
            ("169.253.255.255", "169.254.0.0", "169.254.255.255", "169.255.0.0", "link-local"),
            ("172.15.255.255", "172.16.0.0", "172.31.255.255", "172.32.0.0", "private"),
            ("191.255.255.255", "192.0.0.0", "192.0.0.255", "192.0.1.0", "protocols"),
            ("192.0.1.255", "192.0.2.0", "192.0.2.255", "192.0.3.0", "documentation"),
            ("192.88.98.255", "192.88.99.0", "192.88.99.255", "192.88.100.0", "6to4"),
            ("192.167.255.255", "192.168.0.0", "192.168.255.255", "192.169.0.0", "private"),
            ("198.17.255.255", "198.18.0.0", "198.19.255.255", "198.20.0.0", "benchmarks"),
            ("198.51.99.255", "198.51.100.0", "198.51.100.255", "198.51.101.0", "documentation"),
            ("203.0.112.255", "203.0.113.0", "203.0.113.255", "203.0.114.0", "documentation"),
            ("223.255.255.255", "224.0.0.0", "239.255.255.255", "", "multicast"),
        ];
        for (before, first, last, after, what) in table {
            for neighbour in [before, after] {
                if !neighbour.is_empty() {
                    assert_eq!(permitted(neighbour, &[]), Ok(()), "{neighbour}");
                }
            }
            for address in [first, last] {
                let refused = permitted(address, &[]).unwrap_err();
                assert!(refused.contains(what), "{address}: {refused}");
            }
        }
        assert_eq!(permitted("240.0.0.0", &[]), Err("a reserved address"));
        assert_eq!(permitted("255.255.255.254", &[]), Err("a reserved address"));
        assert_eq!(permitted("255.255.255.255", &[]), Err("the broadcast address"));
    }

    #[test]
    fn ipv6_is_refused_outside_the_global_addresses_and_where_they_are_special() {
        let table = [
            ("::", "an unspecified address"),
            ("::1", "a loopback address"),
            ("::2", "an IPv4-compatible address"),
            ("::8.8.8.8", "an IPv4-compatible address"),
            ("::127.0.0.1", "an IPv4-compatible address"),
            ("::255.255.255.255", "an IPv4-compatible address"),
            ("::1:0:0", "a reserved address"),
            ("::fffe:ffff:ffff", "a reserved address"),
            ("::ffff:0:8.8.8.8", "a reserved address"),
            ("64:ff9a:ffff::", "a reserved address"),
            ("64:ff9b::1:0:0", "a reserved address"),
            ("64:ff9b:1::", "an address of a local translator"),
            ("64:ff9b:1:ffff:ffff:ffff:ffff:ffff", "an address of a local translator"),
            ("64:ff9b:2::", "a reserved address"),
            ("100::", "a discarded address"),
            ("100::ffff:ffff:ffff:ffff", "a discarded address"),
            ("100:0:0:1::", "a reserved address"),
            ("1fff:ffff:ffff:ffff:ffff:ffff:ffff:ffff", "a reserved address"),
            ("2001::", "a Teredo address"),
            ("2001:0:ffff:ffff:ffff:ffff:ffff:ffff", "a Teredo address"),
            ("2001:1::", "an address reserved for protocols"),
            ("2001:1ff:ffff:ffff:ffff:ffff:ffff:ffff", "an address reserved for protocols"),
            ("2001:db8::", "an address for documentation"),
            ("2001:db8:ffff:ffff:ffff:ffff:ffff:ffff", "an address for documentation"),
            ("2002::", "a 6to4 address"),
            ("2002:808:808::1", "a 6to4 address"),
            ("2002:ffff:ffff:ffff:ffff:ffff:ffff:ffff", "a 6to4 address"),
            ("3fff::", "an address for documentation"),
            ("3fff:fff:ffff:ffff:ffff:ffff:ffff:ffff", "an address for documentation"),
            ("4000::", "a reserved address"),
            ("5f00::", "a segment routing address"),
            ("fbff:ffff:ffff:ffff:ffff:ffff:ffff:ffff", "a reserved address"),
            ("fc00::", "a unique local address"),
            ("fd00:ec2::254", "a unique local address"),
            ("fd20:ce::254", "a unique local address"),
            ("fdff:ffff:ffff:ffff:ffff:ffff:ffff:ffff", "a unique local address"),
            ("fe00::", "a reserved address"),
            ("fe80::", "a link-local address"),
            ("febf:ffff:ffff:ffff:ffff:ffff:ffff:ffff", "a link-local address"),
            ("fec0::", "a site-local address"),
            ("feff:ffff:ffff:ffff:ffff:ffff:ffff:ffff", "a site-local address"),
            ("ff00::", "a multicast address"),
            ("ff02::1", "a multicast address"),
            ("ffff:ffff:ffff:ffff:ffff:ffff:ffff:ffff", "a multicast address"),
        ];
        for (address, what) in table {
            assert_eq!(permitted(address, &[]), Err(what), "{address}");
        }
    }

    #[test]
    fn global_ipv6_addresses_are_permitted() {
        for address in [
            "2000::",
            "2000:ffff:ffff:ffff:ffff:ffff:ffff:ffff",
            "2001:200::",
            "2001:db7:ffff:ffff:ffff:ffff:ffff:ffff",
            "2001:db9::",
            "2001:ffff:ffff:ffff:ffff:ffff:ffff:ffff",
            "2003::",
            "2606:4700:4700::1111",
            "3ffe:ffff:ffff:ffff:ffff:ffff:ffff:ffff",
            "3fff:1000::",
            "3fff:ffff:ffff:ffff:ffff:ffff:ffff:ffff",
        ] {
            assert_eq!(permitted(address, &[]), Ok(()), "{address}");
        }
    }

    #[test]
    fn an_ipv4_address_inside_an_ipv6_address_is_judged_as_itself() {
        for (address, expected) in [
            ("::ffff:8.8.8.8", Ok(())),
            ("::ffff:127.0.0.1", Err("a loopback address")),
            ("::ffff:169.254.169.254", Err("a link-local address")),
            ("::ffff:10.0.0.1", Err("a private address")),
            ("64:ff9b::8.8.8.8", Ok(())),
            ("64:ff9b::127.0.0.1", Err("a loopback address")),
            ("64:ff9b::169.254.169.254", Err("a link-local address")),
            ("64:ff9b::192.168.1.1", Err("a private address")),
        ] {
            assert_eq!(permitted(address, &[]), expected, "{address}");
        }
    }

    #[test]
    fn metadata_services_are_refused() {
        for address in [
            "169.254.169.254",
            "169.254.170.2",
            "100.100.100.200",
            "192.0.0.192",
            "168.63.129.16",
            "fd00:ec2::254",
            "fd20:ce::254",
            "fe80::a9fe:a9fe",
        ] {
            assert!(permitted(address, &[]).is_err(), "{address}");
        }
    }

    #[test]
    fn an_allowed_network_is_reached_and_nothing_beside_it() {
        for (address, allow, expected) in [
            ("10.1.2.3", "10.1.0.0/16", Ok(())),
            ("10.2.0.0", "10.1.0.0/16", Err("a private address")),
            ("::ffff:10.1.2.3", "10.1.0.0/16", Ok(())),
            ("127.0.0.1", "127.0.0.1/32", Ok(())),
            ("127.0.0.2", "127.0.0.1/32", Err("a loopback address")),
            ("::1", "127.0.0.0/8", Err("a loopback address")),
            ("::1", "::1/128", Ok(())),
            ("fd12::1", "fd12::/16", Ok(())),
            ("::ffff:127.0.0.1", "::/0", Err("a loopback address")),
            ("64:ff9b::10.1.2.3", "10.1.0.0/16", Err("a private address")),
            ("64:ff9b::10.1.2.3", "64:ff9b::10.1.0.0/112", Ok(())),
            ("8.8.8.8", "10.1.0.0/16", Ok(())),
        ] {
            assert_eq!(permitted(address, &[allow]), expected, "{address} {allow}");
        }
    }
}
