//! Responses in the making: their bodies, headers and XML.

use bytes::Bytes;
use http::{HeaderName, HeaderValue, Response, StatusCode};
use http_body_util::{BodyExt as _, Full};
use wire::xml::Writer;

/// What an error of a body is.
pub type BoxError = Box<dyn std::error::Error + Send + Sync>;

/// A body on its way out.
pub type Body = http_body_util::combinators::UnsyncBoxBody<Bytes, BoxError>;

pub(super) const NAMESPACE: &str = "http://s3.amazonaws.com/doc/2006-03-01/";

/// Nothing but a status.
pub(super) fn empty(status: StatusCode) -> Response<Body> {
    whole(status, Bytes::new())
}

/// A body that is there already.
pub(super) fn whole(status: StatusCode, bytes: Bytes) -> Response<Body> {
    let body = Full::new(bytes).map_err(|never| match never {});
    let mut response = Response::new(body.boxed_unsync());
    *response.status_mut() = status;
    response
}

/// A document of S3's.
pub(super) fn document(root: &str, inside: impl FnOnce(&mut Writer)) -> Response<Body> {
    let mut xml = Writer::declared();
    xml.element_in(root, NAMESPACE, inside);
    let mut response = whole(StatusCode::OK, Bytes::from(xml.finish()));
    set(&mut response, "content-type", "application/xml");
    response
}

/// The answer to a browser's form, the one document without a namespace.
pub(super) fn bare_document(
    status: StatusCode,
    root: &str,
    inside: impl FnOnce(&mut Writer),
) -> Response<Body> {
    let mut xml = Writer::declared();
    xml.element(root, inside);
    let mut response = whole(status, Bytes::from(xml.finish()));
    set(&mut response, "content-type", "application/xml");
    response
}

/// Sets a header. A value that no header can carry is left out: what was kept came in as one.
pub(super) fn set(response: &mut Response<Body>, name: &'static str, value: &str) {
    if let Ok(value) = HeaderValue::from_bytes(value.as_bytes()) {
        response
            .headers_mut()
            .insert(HeaderName::from_static(name), value);
    }
}

/// An ETag with its quotes.
pub(super) fn quoted(etag: &str) -> String {
    format!("\"{etag}\"")
}

/// A name as `encoding-type=url` has it: as S3 does, which is that of HTML forms but for `/` and
/// `*`, which stay, and `~`, which does not.
pub(super) fn url_encoded(text: &str) -> String {
    use std::fmt::Write as _;
    let mut out = String::with_capacity(text.len());
    for byte in text.bytes() {
        match byte {
            b'A'..=b'Z' | b'a'..=b'z' | b'0'..=b'9' | b'-' | b'_' | b'.' | b'/' | b'*' => {
                out.push(char::from(byte));
            }
            b' ' => out.push('+'),
            _ => {
                let _ = write!(out, "%{byte:02X}");
            }
        }
    }
    out
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn names_in_the_url_encoding() {
        for (name, encoded) in [
            ("a/b*c", "a/b*c"),
            ("a b+c~", "a+b%2Bc%7E"),
            ("é\u{1}&<", "%C3%A9%01%26%3C"),
            ("100%", "100%25"),
        ] {
            assert_eq!(url_encoded(name), encoded);
        }
    }
}
