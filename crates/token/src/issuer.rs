//! An issuer as a type: the https URL that IAM takes for a provider, exact to the letter.

use std::fmt;
use std::net::{IpAddr, Ipv6Addr};

use serde::{Deserialize, Serialize};

/// An OIDC issuer. A trailing slash and the path's case count.
#[derive(Clone, Debug, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize)]
#[serde(try_from = "String", into = "String")]
pub struct Issuer(String);

/// Why a URL is no issuer.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum IssuerError {
    /// Not `https://`.
    Scheme,
    /// Longer than IAM's 255 characters.
    Length,
    /// User information, a query or a fragment.
    Extra,
    /// The host is missing, has capitals or odd characters.
    Host,
    /// A port on a host that is not loopback.
    Port,
    /// The path has characters that a URL does not have, or dots that a reader would resolve.
    Path,
}

impl fmt::Display for IssuerError {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(match self {
            Self::Scheme => "an issuer begins with `https://`",
            Self::Length => "an issuer has at most 255 characters",
            Self::Extra => "an issuer has no user information, query or fragment",
            Self::Host => "the issuer's host is missing or not a lower-case host name",
            Self::Port => "an issuer has a port only on localhost or a loopback address",
            Self::Path => "the issuer's path has characters that a URL path does not have",
        })
    }
}

impl std::error::Error for IssuerError {}

/// What every issuer begins with ("using the https scheme", OpenID Connect Core 1.0, section 2),
/// and IAM leaves out where it names a provider.
const SCHEME: &str = "https://";

impl Issuer {
    /// The issuer that a provider is named after.
    pub fn with_scheme(name: &str) -> String {
        format!("{SCHEME}{name}")
    }

    /// How a provider of this issuer is named; `None` for a text that no issuer begins like.
    pub fn strip_scheme(text: &str) -> Option<&str> {
        text.strip_prefix(SCHEME)
    }

    /// Reads an issuer's URL.
    ///
    /// # Errors
    /// [`IssuerError`].
    pub fn parse(text: &str) -> Result<Self, IssuerError> {
        let rest = Self::strip_scheme(text).ok_or(IssuerError::Scheme)?;
        if text.len() > 255 {
            return Err(IssuerError::Length);
        }
        // OpenID Connect Core 1.0, section 2, `iss`: no query, no fragment. User information would
        // hide the host that is really asked.
        if rest.contains(['?', '#', '@']) {
            return Err(IssuerError::Extra);
        }
        let (authority, path) = rest.split_once('/').unwrap_or((rest, ""));
        let (host, port) = split_port(authority).ok_or(IssuerError::Port)?;
        let name = host
            .strip_prefix('[')
            .and_then(|rest| rest.strip_suffix(']'))
            .map_or_else(
                || {
                    !host.is_empty()
                        && host.bytes().all(|byte| {
                            byte.is_ascii_lowercase()
                                || byte.is_ascii_digit()
                                || b"-.".contains(&byte)
                        })
                },
                |v6| v6.parse::<Ipv6Addr>().is_ok(),
            );
        if !name || host.starts_with(['.', '-']) || host.ends_with('.') || host.contains("..") {
            return Err(IssuerError::Host);
        }
        // AWS takes none at all; on loopback a test's issuer needs one.
        if port.is_some() && !is_loopback(host) {
            return Err(IssuerError::Port);
        }
        let plain = path
            .bytes()
            .all(|byte| byte.is_ascii_alphanumeric() || b"-._~/%!$&'()*+,;=:".contains(&byte));
        // Dots that a reader resolves make two spellings of one issuer, and only one is compared.
        if !plain
            || path.split('/').any(|segment| matches!(segment, "." | ".."))
            || path.contains("//")
        {
            return Err(IssuerError::Path);
        }
        Ok(Self(text.to_owned()))
    }

    /// The whole URL.
    pub fn as_str(&self) -> &str {
        &self.0
    }

    /// The URL without `https://`: what IAM returns, and how the provider's condition keys begin.
    pub fn without_scheme(&self) -> &str {
        Self::strip_scheme(&self.0).unwrap_or(&self.0)
    }

    /// The host, without the brackets of an IPv6 address, and the port if there is one.
    pub(crate) fn host_and_port(&self) -> (&str, Option<u16>) {
        let authority = self.without_scheme().split('/').next().unwrap_or("");
        let (host, port) = split_port(authority).unwrap_or((authority, None));
        (host.trim_start_matches('[').trim_end_matches(']'), port)
    }
}

/// Host and port; `None` for a port that is no number from 1 to 65535.
fn split_port(authority: &str) -> Option<(&str, Option<u16>)> {
    let place = match authority.rfind(']') {
        Some(end) => authority.get(end..)?.find(':').map(|place| place + end),
        None => authority.find(':'),
    };
    let Some(place) = place else {
        return Some((authority, None));
    };
    let (host, port) = authority.split_at_checked(place)?;
    let digits = port.get(1..)?;
    let plain = !digits.is_empty()
        && !digits.starts_with('0')
        && digits.bytes().all(|byte| byte.is_ascii_digit());
    plain
        .then(|| digits.parse().ok())
        .flatten()
        .map(|port| (host, Some(port)))
}

fn is_loopback(host: &str) -> bool {
    let address = host
        .trim_start_matches('[')
        .trim_end_matches(']')
        .parse::<IpAddr>();
    host == "localhost" || address.is_ok_and(|address| address.is_loopback())
}

impl fmt::Display for Issuer {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(&self.0)
    }
}

impl TryFrom<String> for Issuer {
    type Error = IssuerError;

    fn try_from(text: String) -> Result<Self, IssuerError> {
        Self::parse(&text)
    }
}

impl From<Issuer> for String {
    fn from(issuer: Issuer) -> Self {
        issuer.0
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn attack_05_issuers_are_exact() {
        for text in [
            "https://oidc.eks.us-east-1.amazonaws.com/id/ABC",
            "https://a.example/",
            "https://localhost:4567",
            "https://[::1]:4567",
            "https://127.0.0.1:1/x",
        ] {
            assert_eq!(Issuer::parse(text).unwrap().as_str(), text);
        }
        for (text, expected) in [
            ("http://a.example", IssuerError::Scheme),
            ("HTTPS://a.example", IssuerError::Scheme),
            ("https://u@a.example", IssuerError::Extra),
            ("https://a.example?x", IssuerError::Extra),
            ("https://a.example#x", IssuerError::Extra),
            ("https://A.example", IssuerError::Host),
            ("https://ä.example", IssuerError::Host),
            ("https://", IssuerError::Host),
            ("https://a..example", IssuerError::Host),
            ("https://.a.example", IssuerError::Host),
            ("https://-a.example", IssuerError::Host),
            ("https://a.example.", IssuerError::Host),
            ("https://a.example:443", IssuerError::Port),
            ("https://localhost:0", IssuerError::Port),
            ("https://localhost:99999", IssuerError::Port),
            ("https://localhost:", IssuerError::Port),
            ("https://a.example/../b", IssuerError::Path),
            ("https://a.example/a b", IssuerError::Path),
        ] {
            assert_eq!(Issuer::parse(text), Err(expected), "{text}");
        }
        let of_length = |length: usize| {
            Issuer::parse(&format!("https://a.example/{}", "x".repeat(length - 18)))
        };
        assert!(of_length(255).is_ok());
        assert_eq!(of_length(256), Err(IssuerError::Length));
        assert!(IssuerError::Length.to_string().contains("255 characters"));
        assert_ne!(
            Issuer::parse("https://a.example"),
            Issuer::parse("https://a.example/")
        );
        assert_eq!(
            Issuer::parse("https://localhost:4567")
                .unwrap()
                .without_scheme(),
            "localhost:4567"
        );
    }
}
