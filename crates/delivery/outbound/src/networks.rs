//! Which addresses a request may reach. Pure.

use std::net::{IpAddr, Ipv4Addr, Ipv6Addr};

use ipnet::IpNet;

/// What the operator allows beyond the public internet.
#[derive(Clone, Debug, Default)]
pub struct Networks {
    /// Whether addresses of this machine and of private networks may be reached. Addresses of cloud metadata services,
    /// link-local, multicast and reserved ones stay refused.
    pub allow_private: bool,
    /// Networks that may be reached whatever they are.
    pub allowed: Vec<IpNet>,
}

/// What an address is to somebody who was told to send a request there.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
enum Kind {
    Public,
    /// This machine, or a network that is reached from here and not from everywhere.
    Private,
    /// Where no receiver can be, or where secrets of the machine are told to whoever asks.
    Never,
}

impl Networks {
    /// Only what is listed and the public internet.
    pub fn public() -> Self {
        Self::default()
    }

    pub fn permits(&self, address: IpAddr) -> bool {
        let address = address.to_canonical();
        let permitted = match kind(address) {
            Kind::Public => true,
            Kind::Private => self.allow_private,
            Kind::Never => false,
        };
        permitted || self.allowed.iter().any(|network| network.contains(&address))
    }
}

fn kind(address: IpAddr) -> Kind {
    match address {
        IpAddr::V4(address) => kind_v4(address),
        IpAddr::V6(address) => kind_v6(address),
    }
}

/// After the IANA IPv4 Special-Purpose Address Registry (RFC 6890).
fn kind_v4(address: Ipv4Addr) -> Kind {
    if METADATA_V4.contains(&address) {
        return Kind::Never;
    }
    match address.octets() {
        [127, ..] | [10, ..] | [192, 168, ..] => Kind::Private,
        [172, second, ..] if (16..32).contains(&second) => Kind::Private,
        // Shared by the customers of one carrier (RFC 6598).
        [100, second, ..] if (64..128).contains(&second) => Kind::Private,
        // "This network" (Linux takes 0.0.0.0 for the machine itself), link-local, protocol assignments, documentation, the
        // 6to4 relays that were withdrawn, benchmarks.
        [0, ..] | [169, 254, ..] | [192, 0, 0 | 2, _] | [198, 51, 100, _] | [203, 0, 113, _] => Kind::Never,
        [192, 88, 99, _] | [198, 18 | 19, ..] => Kind::Never,
        // Multicast, reserved, broadcast.
        [224..=255, ..] => Kind::Never,
        _ => Kind::Public,
    }
}

/// After the IANA IPv6 Special-Purpose Address Registry: of all addresses only 2000::/3 is public, without its own exceptions.
fn kind_v6(address: Ipv6Addr) -> Kind {
    if METADATA_V6.contains(&address) {
        return Kind::Never;
    }
    match address.segments() {
        [0, 0, 0, 0, 0, 0, 0, 1] => Kind::Private,
        // NAT64 reaches the IPv4 address within (RFC 6052); where it is the translator of a site (RFC 8215), nobody knows where.
        [0x64, 0xff9b, 0, 0, 0, 0, high, low] => {
            let [a, b] = high.to_be_bytes();
            let [c, d] = low.to_be_bytes();
            kind_v4(Ipv4Addr::new(a, b, c, d))
        }
        // Unique local (RFC 4193).
        [0xfc00..=0xfdff, ..] => Kind::Private,
        // Protocol assignments with Teredo, documentation (two), 6to4.
        [0x2001, 0..0x0200, ..] | [0x2001, 0x0db8, ..] | [0x3fff, 0..0x1000, ..] | [0x2002, ..] => Kind::Never,
        [0x2000..=0x3fff, ..] => Kind::Public,
        _ => Kind::Never,
    }
}

/// Metadata services outside of the link-local network: Alibaba Cloud, and the host of Azure's machines.
const METADATA_V4: [Ipv4Addr; 2] = [Ipv4Addr::new(100, 100, 100, 200), Ipv4Addr::new(168, 63, 129, 16)];
/// Metadata services in unique local networks: Amazon EC2, Google Compute Engine.
const METADATA_V6: [Ipv6Addr; 2] =
    [Ipv6Addr::new(0xfd00, 0xec2, 0, 0, 0, 0, 0, 0x254), Ipv6Addr::new(0xfd20, 0xce, 0, 0, 0, 0, 0, 0x254)];

#[cfg(test)]
mod tests {
    use super::*;

    const PUBLIC: [&str; 9] = [
        "8.8.8.8",
        "100.63.255.255",
        "100.128.0.1",
        "172.15.0.1",
        "172.32.0.1",
        "192.0.1.1",
        "2606:4700::1111",
        "::ffff:8.8.8.8",
        "64:ff9b::808:808",
    ];
    const PRIVATE: [&str; 10] = [
        "127.0.0.1",
        "127.255.255.255",
        "10.0.0.1",
        "172.16.0.1",
        "172.31.255.255",
        "192.168.1.1",
        "100.64.0.1",
        "::1",
        "::ffff:127.0.0.1",
        "64:ff9b::a00:1",
    ];
    const NEVER: [&str; 28] = [
        "0.0.0.0",
        "169.254.169.254",
        "169.254.0.1",
        "100.100.100.200",
        "168.63.129.16",
        "192.0.0.170",
        "192.0.2.1",
        "198.51.100.1",
        "203.0.113.1",
        "192.88.99.1",
        "198.18.0.1",
        "198.19.255.255",
        "224.0.0.1",
        "240.0.0.1",
        "255.255.255.255",
        "::",
        "::127.0.0.1",
        "::ffff:169.254.169.254",
        "64:ff9b::a9fe:a9fe",
        "64:ff9b:1::808:808",
        "fe80::1",
        "fec0::1",
        "ff02::1",
        "2001::1",
        "2001:db8::1",
        "2002:7f00:1::",
        "fd00:ec2::254",
        "fd20:ce::254",
    ];

    fn permitted<'a>(networks: &Networks, addresses: &[&'a str]) -> Vec<&'a str> {
        addresses.iter().copied().filter(|address| networks.permits(address.parse().unwrap())).collect()
    }

    #[test]
    fn without_a_word_of_the_operator_only_public_addresses_are_reached() {
        let networks = Networks::public();
        assert_eq!(permitted(&networks, &PUBLIC), PUBLIC);
        assert!(permitted(&networks, &PRIVATE).is_empty());
        assert!(permitted(&networks, &NEVER).is_empty());
    }

    #[test]
    fn private_addresses_can_be_allowed_and_metadata_services_are_not_among_them() {
        let networks = Networks { allow_private: true, allowed: Vec::new() };
        assert_eq!(permitted(&networks, &PUBLIC), PUBLIC);
        assert_eq!(permitted(&networks, &PRIVATE), PRIVATE);
        assert!(permitted(&networks, &NEVER).is_empty());
        assert!(networks.permits("fd12::1".parse().unwrap()));
    }

    #[test]
    fn a_listed_network_is_reached_whatever_it_is_and_no_other() {
        let networks = Networks { allow_private: false, allowed: vec!["10.1.0.0/16".parse().unwrap()] };
        assert!(networks.permits("10.1.2.3".parse().unwrap()) && networks.permits("::ffff:10.1.2.3".parse().unwrap()));
        assert!(!networks.permits("10.2.0.1".parse().unwrap()));
        let metadata = Networks { allow_private: false, allowed: vec!["169.254.169.254/32".parse().unwrap()] };
        assert!(metadata.permits("169.254.169.254".parse().unwrap()));
    }
}
