//! What an object says of itself beside its bytes.

use wire::S3Fault;

use super::fields::Fields;
use crate::unmapped::Unmapped;

/// "The user-defined metadata is limited to 2 KB in size": names and values, in UTF-8 (S3 user
/// guide, "Working with object metadata").
const MAX_USER_BYTES: usize = 2_048;

/// "The system-defined metadata is limited to 2 KB in size" (the same).
const MAX_SYSTEM_BYTES: usize = 2_048;

/// System metadata that the caller chooses, and the user's own.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Meta {
    /// `Content-Type`.
    pub content_type: Option<String>,
    /// `Content-Encoding`, without `aws-chunked`, which was the transfer's.
    pub content_encoding: Option<String>,
    /// `Content-Disposition`.
    pub content_disposition: Option<String>,
    /// `Content-Language`.
    pub content_language: Option<String>,
    /// `Cache-Control`.
    pub cache_control: Option<String>,
    /// `Expires`, as it came.
    pub expires: Option<String>,
    /// Names without `x-amz-meta-`, in lower case, and values.
    pub user: Vec<(String, String)>,
}

pub(super) fn read(fields: &mut Fields<'_>) -> Result<Meta, Unmapped> {
    let mut take = |name: &str| {
        fields
            .take(name)
            .map(|value| value.filter(|text| !text.is_empty()).map(str::to_owned))
    };
    let meta = Meta {
        content_type: take("content-type")?,
        content_encoding: take("content-encoding")?.and_then(|text| without_chunked(&text)),
        content_disposition: take("content-disposition")?,
        content_language: take("content-language")?,
        cache_control: take("cache-control")?,
        expires: take("expires")?,
        user: fields.take_below("x-amz-meta-")?,
    };
    bounded(&meta)?;
    Ok(meta)
}

/// Refuses more than an object may have.
pub(super) fn bounded(meta: &Meta) -> Result<(), Unmapped> {
    let user: usize = meta
        .user
        .iter()
        .map(|(name, value)| name.len() + value.len())
        .sum();
    if meta.user.iter().any(|(name, _)| name.is_empty()) {
        return Err(Unmapped::Header("x-amz-meta-".to_owned()));
    }
    let system: usize = [
        ("content-type", &meta.content_type),
        ("content-encoding", &meta.content_encoding),
        ("content-disposition", &meta.content_disposition),
        ("content-language", &meta.content_language),
        ("cache-control", &meta.cache_control),
        ("expires", &meta.expires),
    ]
    .into_iter()
    .filter_map(|(name, value)| Some(name.len() + value.as_ref()?.len()))
    .sum();
    if user > MAX_USER_BYTES || system > MAX_SYSTEM_BYTES {
        return Err(Unmapped::Says(
            S3Fault::MetadataTooLarge,
            S3Fault::MetadataTooLarge.text().to_owned(),
        ));
    }
    Ok(())
}

/// "Amazon S3 stores the resulting object without the aws-chunked value in the content-encoding
/// header" (S3 API reference, "Signature Calculations for the Authorization Header").
fn without_chunked(text: &str) -> Option<String> {
    let kept: Vec<&str> = text
        .split(',')
        .map(str::trim)
        .filter(|coding| !coding.is_empty() && !coding.eq_ignore_ascii_case("aws-chunked"))
        .collect();
    if kept.is_empty() {
        None
    } else {
        Some(kept.join(","))
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_coding_of_the_transfer_is_taken_off() {
        for (text, expected) in [
            ("gzip", Some("gzip")),
            ("aws-chunked", None),
            ("AWS-Chunked,gzip", Some("gzip")),
            ("gzip, aws-chunked", Some("gzip")),
            ("gzip, br", Some("gzip,br")),
            (",", None),
        ] {
            assert_eq!(without_chunked(text).as_deref(), expected, "{text}");
        }
    }
}
