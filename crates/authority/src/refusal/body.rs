//! Bodies that do not arrive, or are not what was promised.

use catalog::Unmapped;
use wire::{Family, Fault, Head, S3Fault};

use super::ours::{Busy, NO_ROOM, busy};
use crate::denial::Denial;
use crate::record::{Cause, Evidence, Link};

/// Largest object or part of one request (S3 user guide, "Uploading objects").
const MAX_UPLOAD: u64 = 5 * 1024 * 1024 * 1024;

/// Why a body was not read.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Unread {
    /// It does not arrive in time.
    Late,
    /// It is larger than the bound.
    TooLarge,
    /// It breaks off.
    Broken,
    /// Too much is held already.
    NoRoom,
}

impl std::fmt::Display for Unread {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.write_str(match self {
            Self::Late => "the body does not arrive",
            Self::TooLarge => "the body is too large",
            Self::Broken => "the body breaks off",
            Self::NoRoom => NO_ROOM,
        })
    }
}

/// Why a body that was to be stored did not complete.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum BodyFailure {
    /// It is not the one that was signed.
    Hash,
    /// A checksum beside the signature does not hold.
    Digest,
    /// The header of that name is no checksum.
    DigestHeader(String),
    /// It broke off.
    Broken,
    /// What holds it together does not hold: its chunks, its trailers, its form.
    Refused(Fault),
}

impl std::fmt::Display for BodyFailure {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        match self {
            Self::Hash => f.write_str("the body is not the one that was signed"),
            Self::Digest => {
                f.write_str("the body does not have the checksum that was sent with it")
            }
            Self::DigestHeader(name) => write!(f, "the header `{name}` is no checksum"),
            Self::Broken => f.write_str("the body broke off"),
            Self::Refused(fault) => f.write_str(&fault.text),
        }
    }
}

impl std::error::Error for BodyFailure {}

impl BodyFailure {
    /// What was signed of it does not hold.
    pub fn unproven(refusal: &sigv4::Refusal) -> Self {
        Self::Refused(refusal.fault(Family::S3))
    }

    /// It is not the form that it says to be.
    pub fn no_form(bad: &Unmapped) -> Self {
        Self::Refused(bad.fault())
    }

    fn fault(&self) -> Fault {
        match self {
            Self::Hash => S3Fault::ContentSha256Mismatch.fault(),
            Self::Digest => S3Fault::BadDigest.fault(),
            Self::DigestHeader(name) => {
                S3Fault::InvalidDigest.saying(format!("The {name} you specified is not valid."))
            }
            Self::Broken => S3Fault::IncompleteBody.fault(),
            Self::Refused(fault) => fault.clone(),
        }
    }
}

/// The body of a permitted call is not what was promised. `permitted`: what was decided, which this
/// refusal overrules.
pub fn body_failed(failure: &BodyFailure, permitted: &Evidence) -> Denial {
    // The questions stay on record: they were allowed, and the body alone was wrong.
    bad_body(failure.fault())
        .of(permitted.operation.clone())
        .having_asked(permitted.asked.clone())
}

/// A body that was read whole is not as its signature says.
pub(crate) fn body_refused(refusal: &sigv4::Refusal) -> Denial {
    bad_body(refusal.fault(Family::S3))
}

/// A browser's form that is not what its policy document allows, or whose document cannot be read.
pub(crate) fn form_beyond_its_policy(bad: &Unmapped) -> Denial {
    let fault = bad.fault();
    let cause = Cause::PostPolicy {
        because: fault.text.clone(),
    };
    Denial::new(Link::Credentials, cause, fault).of("s3:PostObject")
}

/// A browser's form that is signed as none is.
pub(crate) fn bad_form(because: String) -> Denial {
    let fault = S3Fault::MalformedPostRequest.saying(format!(
        "The body of your POST request is not well-formed multipart/form-data: {because}"
    ));
    Denial::new(Link::Credentials, Cause::PostPolicy { because }, fault)
}

/// A body of an S3 call that was not read.
pub(crate) fn body_unread(unread: Unread) -> Denial {
    match unread {
        Unread::NoRoom => busy(Busy::Bodies),
        Unread::Late | Unread::TooLarge | Unread::Broken => {
            bad_body(S3Fault::InvalidRequest.saying(format!("Invalid Request: {unread}")))
        }
    }
}

/// How many bytes an upload will have, by its own word: what the store is to make room for.
/// `decoded`: within its chunks, if it has some.
pub(crate) fn length(head: &Head, decoded: Option<u64>) -> Result<u64, Denial> {
    let length = match decoded {
        Some(length) => length,
        None => sent_length(head)?,
    };
    // Before a byte is read: a length that is refused at its end would have filled the store.
    if length > MAX_UPLOAD {
        return Err(bad_body(S3Fault::EntityTooLarge.fault()));
    }
    Ok(length)
}

fn sent_length(head: &Head) -> Result<u64, Denial> {
    // Two lengths were refused with the head.
    let text = head.headers.one("content-length").ok().flatten();
    let text = text.ok_or_else(|| bad_body(S3Fault::MissingContentLength.fault()))?;
    // Rust's own reader takes a sign.
    let digits = text.bytes().all(|byte| byte.is_ascii_digit());
    let length = text.parse().ok().filter(|_| digits);
    length.ok_or_else(|| bad_body(S3Fault::InvalidArgument.saying("Invalid Content-Length")))
}

/// A body that nothing protects on its way.
pub(crate) fn unprotected() -> Denial {
    let because = "an unsigned payload is accepted over TLS or from loopback only".to_owned();
    let fault = S3Fault::AccessDenied.saying(because.clone());
    Denial::new(Link::Credentials, Cause::Transport { because }, fault)
}

fn bad_body(fault: Fault) -> Denial {
    let because = fault.text.clone();
    Denial::new(Link::Credentials, Cause::Body { because }, fault)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn an_upload_says_how_long_it_is() {
        for (announced, expected) in [
            (Some("0"), Ok(0)),
            (Some("5368709120"), Ok(MAX_UPLOAD)),
            (Some("5368709121"), Err((400, "EntityTooLarge"))),
            (Some("+5"), Err((400, "InvalidArgument"))),
            (Some("-5"), Err((400, "InvalidArgument"))),
            (Some(""), Err((400, "InvalidArgument"))),
            (Some("99999999999999999999"), Err((400, "InvalidArgument"))),
            (None, Err((411, "MissingContentLength"))),
        ] {
            let fields = announced.map(|length| ("content-length", length.as_bytes()));
            let head = Head::read("PUT", "/b/k", fields).unwrap();
            let found = length(&head, None)
                .map_err(|denial| (denial.fault.status, denial.fault.code.into_owned()));
            assert_eq!(
                found,
                expected.map_err(|(status, code): (u16, &str)| (status, code.to_owned())),
                "{announced:?}"
            );
        }
        let head = Head::read("PUT", "/b/k", [("content-length", &b"99"[..])]).unwrap();
        let chunked = |decoded| length(&head, Some(decoded)).map_err(|denial| denial.fault.code);
        assert_eq!(chunked(5), Ok(5), "what is within the chunks counts");
        assert_eq!(chunked(MAX_UPLOAD + 1), Err("EntityTooLarge".into()));
    }
}
