//! Where a copy comes from.

use wire::percent;

use super::fields::folds;
use crate::names::{BucketName, ObjectKey};
use crate::unmapped::Unmapped;

/// The object that is copied.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Source {
    /// Its bucket.
    pub bucket: BucketName,
    /// Its key.
    pub key: ObjectKey,
    /// Whether the version `null` is named, which asks another action.
    pub version_null: bool,
}

/// `BUCKET/KEY` or `/BUCKET/KEY`, percent-encoded, and no version but the one there is.
pub(super) fn read(text: &str) -> Result<Source, Unmapped> {
    if folds(text) {
        return Err(Unmapped::CopySource);
    }
    // A question mark of the key is encoded; the first that is not ends it (S3 API reference,
    // CopyObject, "x-amz-copy-source").
    let (path, version_null) = match text.split_once('?') {
        None => (text, false),
        Some((path, "versionId=null")) => (path, true),
        Some(_) => return Err(Unmapped::CopySource),
    };
    let decoded = percent::decode(path, false).ok_or(Unmapped::CopySource)?;
    // Decoded first: SDKs encode the slash between bucket and key too.
    let (bucket, key) = decoded
        .strip_prefix('/')
        .unwrap_or(&decoded)
        .split_once('/')
        .ok_or(Unmapped::CopySource)?;
    Ok(Source {
        bucket: BucketName::parse(bucket)?,
        key: ObjectKey::parse(key)?,
        version_null,
    })
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn sources_of_copies() {
        for (text, expected) in [
            ("bucket/k", Some(("bucket", "k", false))),
            ("/bucket/k", Some(("bucket", "k", false))),
            ("/bucket/a%20b+c", Some(("bucket", "a b+c", false))),
            ("bucket%2Fa%2Fb", Some(("bucket", "a/b", false))),
            ("bucket//k", Some(("bucket", "/k", false))),
            ("bucket/../k", Some(("bucket", "../k", false))),
            ("bucket/k%3Fx", Some(("bucket", "k?x", false))),
            ("bucket/k?versionId=null", Some(("bucket", "k", true))),
            ("bucket/k?versionId=1", None),
            ("bucket/k?x", None),
            ("bucket/", None),
            ("bucket", None),
            ("//bucket/k", None),
            ("bucket/%zz", None),
            ("bucket/%00", None),
            ("bucket/a b", Some(("bucket", "a b", false))),
            ("bucket/a%20%20b%09", Some(("bucket", "a  b\t", false))),
            // Signed as if it were `a b`.
            ("bucket/a  b", None),
            ("bucket/a\tb", None),
            ("", None),
        ] {
            let source = read(text).ok();
            let found = source.as_ref().map(|source| {
                (
                    source.bucket.as_str(),
                    source.key.as_str(),
                    source.version_null,
                )
            });
            assert_eq!(found, expected, "{text}");
        }
    }
}
