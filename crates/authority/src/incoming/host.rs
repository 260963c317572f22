//! The names that the server is asked by, and the buckets that stand before them.

use std::collections::BTreeSet;
use std::net::IpAddr;

use catalog::BucketName;

/// The base that is there always. Whether a client resolves the names below it is its own.
const LOCALHOST: &str = "localhost";

/// The names that are answered: bases, each with the buckets before it, and addresses. Whatever
/// else a request calls the server is refused: a page's own name may resolve to 127.0.0.1, and its
/// browser would then send that name here (DNS rebinding).
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Hosts {
    /// In lower case.
    bases: BTreeSet<String>,
    /// Beside those of loopback.
    addresses: BTreeSet<IpAddr>,
}

/// A name that no server can have.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct BadHost(pub String);

/// Where a request is sent to.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(super) enum Place {
    /// A base or an address: everything is served, S3 in path style.
    Base,
    /// A bucket before a base: S3 of that bucket, and nothing else.
    Bucket(BucketName),
}

impl std::fmt::Display for BadHost {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        write!(
            f,
            "`{}` is not a name that a server can have, such as s3.example.com",
            self.0
        )
    }
}

impl std::error::Error for BadHost {}

impl Default for Hosts {
    fn default() -> Self {
        Self {
            bases: BTreeSet::from([LOCALHOST.to_owned()]),
            addresses: BTreeSet::new(),
        }
    }
}

impl Hosts {
    /// These bases, beside `localhost`.
    ///
    /// # Errors
    /// [`BadHost`] for what is no name: an address, a port, a wildcard.
    pub fn new(bases: impl IntoIterator<Item = String>) -> Result<Self, BadHost> {
        let mut hosts = Self::default();
        for base in bases {
            let lower = base.to_ascii_lowercase();
            if !is_name(&lower) {
                return Err(BadHost(base.chars().take(64).collect()));
            }
            hosts.bases.insert(lower);
        }
        Ok(hosts)
    }

    /// Answers at these addresses too: the listener's own. One that stands for all of them, such as
    /// `0.0.0.0`, is nobody's name.
    #[must_use]
    pub fn at(mut self, addresses: impl IntoIterator<Item = IpAddr>) -> Self {
        let named = addresses
            .into_iter()
            .map(|address| address.to_canonical())
            .filter(|address| !address.is_unspecified());
        self.addresses.extend(named);
        self
    }

    /// Whether the server answers to this host.
    pub fn is_ours(&self, host: &str) -> bool {
        self.place(host).is_some()
    }

    /// What a host names here; nothing, if it is somebody else's.
    pub(super) fn place(&self, host: &str) -> Option<Place> {
        let name = name(host)?.to_ascii_lowercase();
        if let Ok(address) = name.parse::<IpAddr>() {
            let address = address.to_canonical();
            let ours = address.is_loopback() || self.addresses.contains(&address);
            return ours.then_some(Place::Base);
        }
        if self.bases.contains(&name) {
            return Some(Place::Base);
        }
        // The longer base wins: `b.s3.example.com` is bucket `b` where both `s3.example.com` and
        // `example.com` are bases, and where that is no bucket it is not `b.s3` of the other.
        let labels = self
            .bases
            .iter()
            .filter_map(|base| name.strip_suffix(base.as_str())?.strip_suffix('.'))
            .min_by_key(|labels| labels.len())?;
        BucketName::parse(labels).ok().map(Place::Bucket)
    }
}

/// Whether a host is a loopback name or address, with or without a port.
pub fn is_loopback(host: &str) -> bool {
    name(host).is_some_and(|name| {
        name.eq_ignore_ascii_case(LOCALHOST)
            || name
                .parse::<IpAddr>()
                .is_ok_and(|address| address.is_loopback())
    })
}

/// The host without its port. An IPv6 address has colons of its own, so it is in brackets.
fn name(host: &str) -> Option<&str> {
    let (name, port) = match host.strip_prefix('[') {
        Some(rest) => {
            let (name, port) = rest.split_once(']')?;
            // Brackets are for these alone: `[localhost]` is another name to another reader.
            name.parse::<std::net::Ipv6Addr>().ok()?;
            match port {
                "" => (name, None),
                port => (name, Some(port.strip_prefix(':')?)),
            }
        }
        None => match host.split_once(':') {
            Some((name, port)) => (name, Some(port)),
            None => (host, None),
        },
    };
    // RFC 3986 section 3.2.3: digits, or nothing.
    let sound = port.is_none_or(|port| {
        port.is_empty()
            || port.bytes().all(|byte| byte.is_ascii_digit()) && port.parse::<u16>().is_ok()
    });
    sound.then_some(name)
}

/// Labels of letters, digits and inner hyphens, the last no number.
fn is_name(text: &str) -> bool {
    let label = |label: &str| {
        (1..=63).contains(&label.len())
            && label
                .bytes()
                .all(|byte| byte.is_ascii_lowercase() || byte.is_ascii_digit() || byte == b'-')
            && !label.starts_with('-')
            && !label.ends_with('-')
    };
    text.len() <= 253
        && text.split('.').all(label)
        && text
            .rsplit('.')
            .next()
            .is_some_and(|last| !last.bytes().all(|byte| byte.is_ascii_digit()))
}

#[cfg(test)]
mod tests {
    use super::*;

    fn hosts() -> Hosts {
        Hosts::new(["Example.com".to_owned(), "s3.example.com".to_owned()])
            .unwrap()
            .at(["10.0.0.7".parse().unwrap(), "0.0.0.0".parse().unwrap()])
    }

    #[test]
    fn attack_34_only_our_own_names_are_hosts() {
        let bucket = |name: &str| Some(Place::Bucket(BucketName::parse(name).unwrap()));
        for (host, expected) in [
            ("localhost", Some(Place::Base)),
            ("localhost:4566", Some(Place::Base)),
            ("localhost:", Some(Place::Base)),
            ("LOCALHOST", Some(Place::Base)),
            ("127.0.0.1:1", Some(Place::Base)),
            ("127.1.2.3", Some(Place::Base)),
            ("[::1]:4566", Some(Place::Base)),
            ("[::1]", Some(Place::Base)),
            ("10.0.0.7", Some(Place::Base)),
            ("[::ffff:10.0.0.7]:80", Some(Place::Base)),
            ("example.com", Some(Place::Base)),
            ("S3.EXAMPLE.com:443", Some(Place::Base)),
            ("bucket.localhost:4566", bucket("bucket")),
            ("BUCKET.localhost", bucket("bucket")),
            ("a.b.localhost", bucket("a.b")),
            ("bucket.example.com", bucket("bucket")),
            ("bucket.s3.example.com", bucket("bucket")),
            ("my.bucket.s3.example.com", bucket("my.bucket")),
            // `xx.s3` would be a bucket of the shorter base.
            ("xx.s3.example.com", None),
            ("_x_.s3.example.com", None),
            ("127.0.0.1.localhost", None),
            ("", None),
            (".localhost", None),
            ("ab.localhost", None),
            ("localhost.", None),
            ("localhost.example.org", None),
            ("notexample.com", None),
            ("example.com.evil.org", None),
            ("sts.amazonaws.com", None),
            ("10.0.0.8", None),
            ("0.0.0.0", None),
            ("[::2]", None),
            ("[::]", None),
            ("::1", None),
            ("[localhost]", None),
            ("[::1]x", None),
            ("127.0.0.1.example", None),
            ("localhost:80:80", None),
            ("localhost:+80", None),
            ("localhost:65536", None),
            ("localhost:http", None),
            ("user@localhost", None),
            ("bucket.10.0.0.7", None),
        ] {
            assert_eq!(hosts().place(host), expected, "{host:?}");
        }
    }

    #[test]
    fn a_base_is_a_name() {
        for name in [
            "s3",
            "s3.example.com",
            "S3.internal",
            "a-b.c1",
            "xn--bcher-kva.example",
        ] {
            assert!(Hosts::new([name.to_owned()]).is_ok(), "{name}");
        }
        for name in [
            "",
            ".",
            "a..b",
            ".a",
            "a.",
            "*.example.com",
            "a b",
            "10.0.0.1",
            "[::1]",
            "a:80",
            "-a",
            "a-",
            "a_b",
            "ü.example",
        ] {
            assert_eq!(
                Hosts::new([name.to_owned()]),
                Err(BadHost(name.to_owned())),
                "{name:?}"
            );
        }
    }

    #[test]
    fn loopback_is_by_name_or_address() {
        for (host, expected) in [
            ("localhost:1", true),
            ("127.0.0.2", true),
            ("[::1]:4", true),
            ("bucket.localhost", false),
            ("example.com", false),
            ("", false),
        ] {
            assert_eq!(is_loopback(host), expected, "{host:?}");
        }
    }
}
