//! IP networks: `a.b.c.d/n` or an IPv6 block; host bits do not count, another family is never
//! inside.

use std::net::IpAddr;

/// A network as prefix and length.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) struct Network {
    prefix: u128,
    length: u32,
    v4: bool,
}

impl Network {
    pub(crate) fn read(text: &str) -> Option<Self> {
        let (address, length) = text
            .split_once('/')
            .map_or((text, None), |(address, length)| (address, Some(length)));
        let address: IpAddr = address.parse().ok()?;
        let most = if address.is_ipv4() { 32 } else { 128 };
        let length = match length {
            None => most,
            Some(digits)
                if digits.len() <= 3 && digits.bytes().all(|byte| byte.is_ascii_digit()) =>
            {
                digits.parse().ok()?
            }
            Some(_) => return None,
        };
        // Host bits are not looked at (Access Analyzer, "Improve IP range"), but a prefix that is
        // longer than the address is no network.
        if length > most {
            return None;
        }
        // A block within ::ffff:0:0/96 is an IPv4 block: callers are compared in their IPv4 form,
        // so it must be kept in it.
        let (address, length, most) =
            match (address.to_canonical(), address.is_ipv6() && length >= 96) {
                (IpAddr::V4(mapped), true) => (IpAddr::V4(mapped), length - 96, 32),
                _ => (address, length, most),
            };
        Some(Self {
            prefix: masked(bits(address), length, most),
            length,
            v4: address.is_ipv4(),
        })
    }

    /// How many bits all its addresses have in common.
    pub(crate) fn length(&self) -> u32 {
        self.length
    }

    /// Whether it is of IPv4, however it was written.
    pub(crate) fn is_v4(&self) -> bool {
        self.v4
    }

    pub(crate) fn holds(&self, text: &str) -> bool {
        text.parse()
            .is_ok_and(|address| self.holds_address(address))
    }

    pub(crate) fn holds_address(&self, address: IpAddr) -> bool {
        // An IPv4 caller on a dual-stack socket shows as ::ffff:a.b.c.d and is the IPv4 caller all
        // the same.
        let address = address.to_canonical();
        let most = if address.is_ipv4() { 32 } else { 128 };
        address.is_ipv4() == self.v4 && masked(bits(address), self.length, most) == self.prefix
    }
}

fn bits(address: IpAddr) -> u128 {
    match address {
        IpAddr::V4(v4) => u128::from(u32::from(v4)),
        IpAddr::V6(v6) => u128::from(v6),
    }
}

fn masked(bits: u128, length: u32, most: u32) -> u128 {
    bits.checked_shr(most - length).unwrap_or(0)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn networks_hold_addresses() {
        for (network, address, expected) in [
            ("10.1.2.3/8", "10.9.9.9", true),
            ("0.0.0.0/0", "8.8.8.8", true),
            ("0.0.0.0/0", "::1", false),
            ("::/0", "8.8.8.8", false),
            ("::/0", "2001:db8::1", true),
            ("2001:db8::1", "2001:0db8:0:0:0:0:0:1", true),
            ("192.168.1.1", "192.168.1.2", false),
            ("10.0.0.0/8", "::ffff:10.1.1.1", true),
            ("10.0.0.0/8", "not an address", false),
            ("::ffff:10.0.0.0/104", "10.1.1.1", true),
            ("::ffff:10.1.1.1", "::ffff:10.1.1.1", true),
            ("::ffff:10.1.1.1", "10.1.1.2", false),
            ("::/0", "::ffff:10.1.1.1", false),
        ] {
            assert_eq!(
                Network::read(network).unwrap().holds(address),
                expected,
                "{network} {address}"
            );
        }
        for text in [
            "",
            "10/8",
            "10.0.0.0/33",
            "10.0.0.0/",
            "10.0.0.0/+8",
            "::/129",
            "010.0.0.1",
        ] {
            assert_eq!(Network::read(text), None, "{text:?}");
        }
    }
}
