//! Reading what comes in at the API: the head, the form if there is one, and nothing that could be read in two ways.

use std::sync::Arc;

use http::request::Parts;
use hyper::body::Incoming;
use wire::{Head, Method, Words};

use super::Refused;
use super::refusals::{disagrees, no_room, too_large, unreadable};
use crate::buffer::{Budget, Holder, Unread, Whole};

/// What came after the head.
pub(super) enum IncomingBody {
    /// The form of a query call, and the body that held it.
    Form(Words, Whole),
    /// Anything else.
    Stream(Incoming),
}

/// Reads the head and refuses what could be read in two ways: absolute form, two lengths, a foreign host.
pub(super) fn read_head(parts: &Parts) -> Result<Head, String> {
    if parts.uri.authority().is_some() || parts.uri.scheme().is_some() {
        return Err("the request target is not of the form `/path?query`".to_owned());
    }
    let target = parts.uri.path_and_query().map_or("", |target| target.as_str());
    let fields = parts.headers.iter().map(|(name, value)| (name.as_str(), value.as_bytes()));
    let head = Head::read(parts.method.as_str(), target, fields).map_err(|bad| bad.to_string())?;
    let one = |name: &str| head.headers.one(name).map_err(|bad| bad.to_string());
    // A length beside it may be gone already: the reader of HTTP drops it. S3 takes no transfer encoding either.
    if one("transfer-encoding")?.is_some() {
        return Err("a transfer encoding is not served here; say the length of the body with `content-length`".to_owned());
    }
    if parts.version != http::Version::HTTP_11 {
        return Err("only HTTP/1.1 is served here".to_owned());
    }
    let host = one("host")?.ok_or_else(|| "the request has no host".to_owned())?;
    if !is_loopback(host) {
        return Err(format!("`{}` is not a host of this server", host.chars().take(64).collect::<String>()));
    }
    Ok(head)
}

/// The server is asked by a loopback name only: a name that somebody else controls could point here as well, and a
/// bucket before the name is not served.
fn is_loopback(host: &str) -> bool {
    let name = match host.strip_prefix('[') {
        Some(rest) => rest.split(']').next().unwrap_or(""),
        None => host.split(':').next().unwrap_or(""),
    };
    name.eq_ignore_ascii_case("localhost") || name.parse::<std::net::IpAddr>().is_ok_and(|address| address.is_loopback())
}

/// A form at `/`, or a query string with an action there.
pub(super) fn speaks_query(head: &Head) -> bool {
    let form = "application/x-www-form-urlencoded";
    let is_form = head
        .headers
        .one("content-type")
        .ok()
        .flatten()
        .is_some_and(|kind| kind.split(';').next().unwrap_or("").trim().eq_ignore_ascii_case(form));
    let asks = head.target.raw_query().split('&').any(|pair| pair.starts_with("Action="));
    head.target.raw_path() == "/" && (head.method == Method::Post && is_form || head.method == Method::Get && asks)
}

pub(super) async fn read_form(head: &Head, body: Incoming, budget: &Arc<Budget>) -> Result<IncomingBody, Box<Refused>> {
    let refuse = |because: String| Refused::stranger(unreadable(because));
    // What is wrong before a byte of the body came is refused before.
    let most = match head.method {
        Method::Get => 0,
        _ if head.target.raw_query().is_empty() => wire::MAX_FORM_BYTES,
        // An action in the address and another one in the body: two readers, two calls.
        _ => return Err(refuse("a form at `/` has no query string beside it".to_owned())),
    };
    let whole = budget.whole(body, most, Holder::Stranger).await.map_err(|because| match because {
        Unread::TooLarge if most == 0 => refuse("a GET has no body here".to_owned()),
        Unread::TooLarge => Refused::stranger(too_large()),
        Unread::NoRoom => Refused::stranger(no_room(because)),
        Unread::Late | Unread::Broken => refuse(because.to_string()),
    })?;
    let text = match head.method {
        Method::Get => head.target.raw_query(),
        _ => std::str::from_utf8(&whole.bytes).map_err(|_| refuse("the form is not UTF-8".to_owned()))?,
    };
    let form = Words::read(text).map_err(|bad| refuse(bad.to_string()))?;
    Ok(IncomingBody::Form(form, whole))
}

/// The form of a presigned request. A URL is easily passed on: it may say who somebody is, and do nothing else.
pub(super) fn presigned(form: &Words) -> Result<Words, Box<Refused>> {
    let form = sigv4::without_signature(form);
    if form.get("Action") == Some("GetCallerIdentity") {
        return Ok(form);
    }
    Err(Refused::stranger(disagrees("only GetCallerIdentity may be presigned")))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn attack_34_only_loopback_names_are_hosts() {
        for host in ["localhost", "localhost:4566", "LOCALHOST", "127.0.0.1:1", "[::1]:4566", "127.1.2.3"] {
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
