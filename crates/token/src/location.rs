//! Where an issuer's documents are: an https address as a type, so that nothing else can ever be
//! asked for one.

use std::net::IpAddr;

use crate::issuer::Issuer;

/// Longest address of a key set.
const MAX_CHARS: usize = 2_048;

/// An https address of a discovery document or a key set.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Location {
    host: String,
    port: u16,
    target: String,
}

/// A text that is no address of a document, in words.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct BadLocation(&'static str);

impl std::fmt::Display for BadLocation {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.write_str(self.0)
    }
}

impl std::error::Error for BadLocation {}

impl Location {
    /// Reads an address: https, a plain host, a port on loopback only, no user information, no
    /// fragment.
    ///
    /// A port elsewhere would let a discovery document point at any service of any host.
    ///
    /// # Errors
    /// [`BadLocation`].
    pub fn parse(text: &str) -> Result<Self, BadLocation> {
        let rest = Issuer::strip_scheme(text)
            .ok_or(BadLocation("the address does not begin with `https://`"))?;
        if text.len() > MAX_CHARS {
            return Err(BadLocation("the address is longer than 2,048 characters"));
        }
        let (authority, target) = rest
            .split_at_checked(rest.find(['/', '?']).unwrap_or(rest.len()))
            .unwrap_or((rest, ""));
        let plain =
            |byte: u8| byte.is_ascii_alphanumeric() || b"-._~/%!$&'()*+,;=:?@".contains(&byte);
        if !target.bytes().all(plain) {
            return Err(BadLocation(
                "the address has characters that a path or query does not have",
            ));
        }
        // An issuer's own rules for host and port; a host in capitals is the same host.
        let issuer =
            Issuer::parse(&Issuer::with_scheme(&authority.to_ascii_lowercase())).map_err(|_| {
                BadLocation("the address has no plain host, or a port that is not on loopback")
            })?;
        let (host, port) = issuer.host_and_port();
        let slash = if target.starts_with('/') { "" } else { "/" };
        Ok(Self {
            host: host.to_owned(),
            port: port.unwrap_or(443),
            target: format!("{slash}{target}"),
        })
    }

    /// The discovery document of an issuer (OpenID Connect Discovery 1.0, section 4.1).
    pub fn of_discovery(issuer: &Issuer) -> Self {
        let (host, port) = issuer.host_and_port();
        // "If the Issuer value contains a path component, any terminating / MUST be removed" before
        // the well-known part is appended (section 4.1).
        let path = issuer
            .without_scheme()
            .split_once('/')
            .map_or("", |(_, path)| path.trim_end_matches('/'));
        let slash = if path.is_empty() { "" } else { "/" };
        let target = format!("{slash}{path}/.well-known/openid-configuration");
        Self {
            host: host.to_owned(),
            port: port.unwrap_or(443),
            target,
        }
    }

    /// The host without brackets: a name or an address.
    pub fn host(&self) -> &str {
        &self.host
    }

    /// The port, 443 when none was given.
    pub fn port(&self) -> u16 {
        self.port
    }

    /// Path and query.
    pub fn target(&self) -> &str {
        &self.target
    }

    /// The value of the `Host` header: brackets round an IPv6 address, no port that https has
    /// anyway.
    pub fn authority(&self) -> String {
        let v6 = matches!(self.host.parse(), Ok(IpAddr::V6(_)));
        let host = if v6 {
            format!("[{}]", self.host)
        } else {
            self.host.clone()
        };
        if self.port == 443 {
            host
        } else {
            format!("{host}:{}", self.port)
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn an_address_means_one_thing() {
        for (text, host, port, target) in [
            ("https://a.example/keys", "a.example", 443, "/keys"),
            ("https://A.Example", "a.example", 443, "/"),
            (
                "https://a.example/keys?p=b2c_1_x",
                "a.example",
                443,
                "/keys?p=b2c_1_x",
            ),
            ("https://a.example?p=x", "a.example", 443, "/?p=x"),
            (
                "https://localhost:4567/openid/v1/jwks",
                "localhost",
                4567,
                "/openid/v1/jwks",
            ),
            ("https://[::1]:9/x", "::1", 9, "/x"),
        ] {
            let location = Location::parse(text).unwrap();
            assert_eq!(
                (location.host(), location.port(), location.target()),
                (host, port, target),
                "{text}"
            );
        }
        for text in [
            "http://a.example/keys",
            "file:///etc/passwd",
            "//a.example/keys",
            "https://u@a.example/keys",
            "https://a.example:8443/keys",
            "https://169.254.169.254:80/latest",
            "https://a.example/keys#x",
            "https://a.example/a b",
            "https://a.example/a\r\nhost: b",
            "https://a.example\\@b.example/",
            "https:///keys",
            "https://",
        ] {
            assert!(Location::parse(text).is_err(), "{text}");
        }
        let of_length = |length: usize| {
            Location::parse(&format!("https://a.example/{}", "x".repeat(length - 18)))
        };
        assert!(of_length(2_048).is_ok());
        assert!(
            of_length(2_049)
                .unwrap_err()
                .to_string()
                .contains("2,048 characters")
        );
    }

    #[test]
    fn discovery_stands_below_the_issuer_without_its_last_slash() {
        for (issuer, target) in [
            ("https://a.example", "/.well-known/openid-configuration"),
            ("https://a.example/", "/.well-known/openid-configuration"),
            (
                "https://a.example/id/X",
                "/id/X/.well-known/openid-configuration",
            ),
            (
                "https://a.example/id/X/",
                "/id/X/.well-known/openid-configuration",
            ),
        ] {
            assert_eq!(
                Location::of_discovery(&Issuer::parse(issuer).unwrap()).target(),
                target,
                "{issuer}"
            );
        }
        let local = Location::of_discovery(&Issuer::parse("https://[::1]:4567").unwrap());
        assert_eq!(
            (local.host(), local.authority()),
            ("::1", "[::1]:4567".to_owned())
        );
    }
}
