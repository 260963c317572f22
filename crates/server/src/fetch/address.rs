//! Which addresses may be connected to: an issuer's name is chosen by whoever registers it, and its
//! address by whoever runs that name's zone, so neither may lead into the network that this server
//! is in.

use std::net::{IpAddr, Ipv4Addr, Ipv6Addr};

/// How far a fetch may go.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub enum Reach {
    /// Addresses of the public internet.
    #[default]
    Public,
    /// Those, and loopback and private networks: for issuers that run beside this server. Never
    /// metadata services.
    Private,
}

/// What kind of address it is.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
enum Kind {
    Public,
    /// Somebody's own network; the word for it.
    Private(&'static str),
    /// Nobody's issuer is there; the word for it.
    Never(&'static str),
}

impl Reach {
    /// Says why an address is out of reach.
    ///
    /// # Errors
    /// What the address is.
    pub(super) fn permits(self, address: IpAddr) -> Result<(), &'static str> {
        match (kind(address), self) {
            (Kind::Public, Self::Public | Self::Private) | (Kind::Private(_), Self::Private) => {
                Ok(())
            }
            (Kind::Private(what), Self::Public)
            | (Kind::Never(what), Self::Public | Self::Private) => Err(what),
        }
    }
}

fn kind(address: IpAddr) -> Kind {
    match address {
        IpAddr::V4(address) => kind_v4(address),
        IpAddr::V6(address) => kind_v6(address),
    }
}

/// IANA IPv4 Special-Purpose Address Registry (RFC 6890).
fn kind_v4(address: Ipv4Addr) -> Kind {
    match address.octets() {
        [127, ..] => Kind::Private("a loopback address"),
        [10, ..] | [172, 16..=31, ..] | [192, 168, ..] => {
            Kind::Private("an address of a private network (RFC 1918)")
        }
        // The metadata service of Alibaba Cloud lies in the middle of the carriers' block.
        [100, 100, 100, 200] => Kind::Never("a cloud's metadata service"),
        [100, 64..=127, ..] => Kind::Private("a carrier's shared address (RFC 6598)"),
        [169, 254, ..] => {
            Kind::Never("a link-local address, where clouds keep their metadata service")
        }
        [0, ..] => Kind::Never("an address of this network (RFC 1122)"),
        [192, 0, 0, _] | [192, 88, 99, _] | [198, 18..=19, ..] => {
            Kind::Never("an address for protocols or benchmarks")
        }
        [192, 0, 2, _] | [198, 51, 100, _] | [203, 0, 113, _] => {
            Kind::Never("an address for documentation")
        }
        [224..=239, ..] => Kind::Never("a multicast address"),
        [240..=255, ..] => Kind::Never("a reserved address"),
        _ => Kind::Public,
    }
}

/// IANA IPv6 Special-Purpose Address Registry. Only 2000::/3 is given out; an IPv4 address in
/// IPv6's clothes is refused whatever it is, since resolvers give the plain form.
fn kind_v6(address: Ipv6Addr) -> Kind {
    // fd00:ec2::254, the instance metadata service of AWS.
    const METADATA: Ipv6Addr = Ipv6Addr::new(0xfd00, 0xec2, 0, 0, 0, 0, 0, 0x254);
    match address.segments() {
        [0, 0, 0, 0, 0, 0, 0, 1] => Kind::Private("a loopback address"),
        _ if address == METADATA => Kind::Never("a cloud's metadata service"),
        [0xfc00..=0xfdff, ..] => Kind::Private("a unique local address (RFC 4193)"),
        [0xfe80..=0xfeff, ..] => Kind::Never("a link-local or site-local address"),
        [0xff00..=0xffff, ..] => Kind::Never("a multicast address"),
        [0, 0, 0, 0, 0, 0xffff, ..] => Kind::Never("an IPv4 address mapped into IPv6"),
        [0x64, 0xff9b, ..] | [0x2002, ..] | [0x2001, 0, ..] => {
            Kind::Never("an address that maps to an IPv4 address")
        }
        [0x2001, 0..=0x1ff, ..] => Kind::Never("an address for protocols or benchmarks"),
        [0x2001, 0xdb8, ..] | [0x3fff, 0..=0xfff, ..] => {
            Kind::Never("an address for documentation")
        }
        [0x2000..=0x3fff, ..] => Kind::Public,
        _ => Kind::Never("an address that is not given out"),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn attack_16_only_public_addresses_are_reached_unless_private_ones_were_asked_for() {
        // Address, whether `Public` reaches it, whether `Private` does.
        for (address, public, private) in [
            ("1.1.1.1", true, true),
            ("52.94.76.1", true, true),
            ("172.15.0.1", true, true),
            ("172.32.0.1", true, true),
            ("100.63.255.255", true, true),
            ("100.128.0.1", true, true),
            ("2606:4700::1111", true, true),
            ("2a05:d018::1", true, true),
            ("127.0.0.1", false, true),
            ("127.255.255.254", false, true),
            ("10.0.0.1", false, true),
            ("172.16.0.1", false, true),
            ("172.31.255.255", false, true),
            ("192.168.1.1", false, true),
            ("100.64.0.1", false, true),
            ("::1", false, true),
            ("fd12::1", false, true),
            ("fc00::1", false, true),
            ("169.254.169.254", false, false),
            ("169.254.170.2", false, false),
            ("100.100.100.200", false, false),
            ("fd00:ec2::254", false, false),
            ("0.0.0.0", false, false),
            ("0.1.2.3", false, false),
            ("192.0.0.170", false, false),
            ("192.0.2.1", false, false),
            ("192.88.99.1", false, false),
            ("198.18.0.1", false, false),
            ("198.51.100.1", false, false),
            ("203.0.113.1", false, false),
            ("224.0.0.1", false, false),
            ("239.255.255.250", false, false),
            ("240.0.0.1", false, false),
            ("255.255.255.255", false, false),
            ("::", false, false),
            ("::ffff:127.0.0.1", false, false),
            ("::ffff:169.254.169.254", false, false),
            ("::ffff:8.8.8.8", false, false),
            ("::127.0.0.1", false, false),
            ("64:ff9b::a9fe:a9fe", false, false),
            ("64:ff9b:1::1", false, false),
            ("2002:7f00:1::", false, false),
            ("2001::1", false, false),
            ("2001:20::1", false, false),
            ("2001:db8::1", false, false),
            ("3fff:1::1", false, false),
            ("fe80::1", false, false),
            ("fec0::1", false, false),
            ("ff02::1", false, false),
            ("100::1", false, false),
            ("5f00::1", false, false),
        ] {
            let ip: IpAddr = address.parse().unwrap();
            assert_eq!(
                (
                    Reach::Public.permits(ip).is_ok(),
                    Reach::Private.permits(ip).is_ok()
                ),
                (public, private),
                "{address}"
            );
        }
    }
}
