//! The names that the server is asked by.

/// The server is asked by a loopback name only: a name that somebody else controls could point here
/// as well, and a bucket before the name is not served.
pub fn is_loopback(host: &str) -> bool {
    // An IPv6 address has colons of its own, so it is in brackets before a port.
    let name = match host.strip_prefix('[') {
        Some(rest) => rest.split(']').next().unwrap_or(""),
        None => host.split(':').next().unwrap_or(""),
    };
    // DNS rebinding: a page's own name may resolve to 127.0.0.1, and its browser would then send
    // that name here.
    name.eq_ignore_ascii_case("localhost")
        || name
            .parse::<std::net::IpAddr>()
            .is_ok_and(|address| address.is_loopback())
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn attack_34_only_loopback_names_are_hosts() {
        for host in [
            "localhost",
            "localhost:4566",
            "LOCALHOST",
            "127.0.0.1:1",
            "[::1]:4566",
            "127.1.2.3",
        ] {
            assert!(is_loopback(host), "{host}");
        }
        for host in [
            "",
            "example.com",
            "localhost.example.com",
            "sts.amazonaws.com",
            "10.0.0.1",
            "bucket.localhost",
            "[::2]",
            "127.0.0.1.example",
        ] {
            assert!(!is_loopback(host), "{host}");
        }
    }
}
