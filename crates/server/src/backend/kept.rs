//! How an object's own headers and checksum are kept in the store, which knows neither, and how they
//! come back.

use catalog::s3::{Checksum, ChecksumKind, EtagMatch, Meta, WriteConditions};
use http::{HeaderName, HeaderValue, Response};
use wire::xml::Writer;

use super::embedded::{self, StoredChecksum, Upload, WriteCond};
use super::integrity;
use super::reply::{Body, set};

const USER: &str = "x-amz-meta-";

/// S3's own for an object that came without.
const CONTENT_TYPE: &str = "binary/octet-stream";

/// The headers to keep.
pub(super) fn headers_of(meta: &Meta) -> Vec<(String, String)> {
    let named = [
        ("content-type", &meta.content_type),
        ("content-encoding", &meta.content_encoding),
        ("content-disposition", &meta.content_disposition),
        ("content-language", &meta.content_language),
        ("cache-control", &meta.cache_control),
        ("expires", &meta.expires),
    ];
    let named = named
        .into_iter()
        .filter_map(|(name, value)| Some((name.to_owned(), value.clone()?)));
    let user = meta
        .user
        .iter()
        .map(|(name, value)| (format!("{USER}{name}"), value.clone()));
    named.chain(user).collect()
}

/// Puts kept headers on an answer.
pub(super) fn put_headers(response: &mut Response<Body>, kept: &[(String, String)]) {
    let headers = response.headers_mut();
    headers.insert("content-type", HeaderValue::from_static(CONTENT_TYPE));
    let mut missing = 0_usize;
    for (name, value) in kept {
        let (Ok(name), Ok(value)) = (
            HeaderName::try_from(name.as_str()),
            HeaderValue::from_bytes(value.as_bytes()),
        ) else {
            missing += 1;
            continue;
        };
        headers.insert(name, value);
    }
    // S3's name for metadata that no header can carry.
    if missing > 0 {
        headers.insert("x-amz-missing-meta", HeaderValue::from(missing));
    }
}

/// Who began an upload: an ARN, but of an account its canonical user id (S3 API reference,
/// Initiator).
pub(super) fn initiator(upload: &Upload) -> &str {
    let arn = upload.initiator.as_str();
    let account = || arn.strip_suffix(":root")?.rsplit(':').next();
    account().unwrap_or(arn)
}

/// The checksum that was asked for an upload; S3 computes its default where it was not.
pub(super) fn asked(upload: &Upload) -> Option<(Checksum, ChecksumKind)> {
    let algorithm = Checksum::from_name(upload.algorithm.as_deref()?)?;
    Some((algorithm, kind(upload.kind?)))
}

/// The checksum that an upload's object will have.
pub(super) fn becomes(upload: &Upload) -> (Checksum, ChecksumKind) {
    asked(upload).unwrap_or((integrity::DEFAULT, ChecksumKind::FullObject))
}

/// A kind of checksum in the catalogue's words.
const fn kind(stored: embedded::ChecksumKind) -> ChecksumKind {
    match stored {
        embedded::ChecksumKind::Composite => ChecksumKind::Composite,
        embedded::ChecksumKind::FullObject => ChecksumKind::FullObject,
    }
}

/// A kind of checksum in the store's words.
pub(super) const fn stored_kind(kind: ChecksumKind) -> embedded::ChecksumKind {
    match kind {
        ChecksumKind::Composite => embedded::ChecksumKind::Composite,
        ChecksumKind::FullObject => embedded::ChecksumKind::FullObject,
    }
}

/// A checksum that is kept.
#[derive(Clone, Copy)]
pub(super) struct Kept<'a> {
    pub(super) algorithm: Checksum,
    pub(super) kind: ChecksumKind,
    /// Base64, with `-N` behind it when it is of parts.
    pub(super) value: &'a str,
}

/// Reads a checksum that is kept.
pub(super) fn checksum(stored: &StoredChecksum) -> Option<Kept<'_>> {
    Some(Kept {
        algorithm: Checksum::from_name(&stored.algorithm)?,
        kind: kind(stored.kind),
        value: &stored.value,
    })
}

/// A checksum to keep.
pub(super) fn stored(algorithm: Checksum, kind: ChecksumKind, value: String) -> StoredChecksum {
    StoredChecksum {
        algorithm: algorithm.name().to_owned(),
        value,
        kind: stored_kind(kind),
    }
}

/// Puts a checksum on an answer, with the kind of the whole object's.
pub(super) fn put_checksum(
    response: &mut Response<Body>,
    stored: &StoredChecksum,
    whole: &StoredChecksum,
) {
    if let (Some(kept), Some(whole)) = (checksum(stored), checksum(whole)) {
        set(response, kept.algorithm.header(), kept.value);
        set(response, "x-amz-checksum-type", whole.kind.name());
    }
}

/// Writes a checksum into a document, with its kind.
pub(super) fn checksum_elements(xml: &mut Writer, stored: Option<&StoredChecksum>) {
    checksum_value(xml, stored);
    if let Some(kept) = stored.and_then(checksum) {
        xml.text("ChecksumType", kept.kind.name());
    }
}

/// Writes a checksum into a document.
pub(super) fn checksum_value(xml: &mut Writer, stored: Option<&StoredChecksum>) {
    if let Some(kept) = stored.and_then(checksum) {
        xml.text(kept.algorithm.element(), kept.value);
    }
}

/// Conditions in the store's words.
pub(super) fn conditions(conditions: &WriteConditions) -> WriteCond {
    WriteCond {
        if_match: conditions.if_match.as_ref().map(etag_match),
        if_none_match_any: conditions.if_none_match_any,
    }
}

/// An expected ETag in the store's words.
pub(super) fn etag_match(wanted: &EtagMatch) -> embedded::EtagMatch {
    match wanted {
        EtagMatch::Any => embedded::EtagMatch::Any,
        EtagMatch::One(etag) => embedded::EtagMatch::Etag(etag.clone()),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn an_account_is_no_arn_where_it_began_an_upload() {
        for (arn, expected) in [
            ("arn:aws:iam::111122223333:root", "111122223333"),
            (
                "arn:aws:sts::111122223333:assumed-role/r/root",
                "arn:aws:sts::111122223333:assumed-role/r/root",
            ),
            ("anonymous", "anonymous"),
        ] {
            let upload = Upload {
                meta: Vec::new(),
                tags: Vec::new(),
                initiated: 0,
                initiator: arn.to_owned(),
                algorithm: None,
                kind: None,
            };
            assert_eq!(initiator(&upload), expected);
        }
    }
}
