//! Names of services, operations and actions; bucket names and object keys, each with one spelling.

use std::borrow::Cow;
use std::net::Ipv4Addr;

use crate::unmapped::Unmapped;

/// The name of a service, an operation or an action. What is written in this crate is borrowed, so
/// that no request pays for it; a table that is read may bring names of its own.
pub type Name = Cow<'static, str>;

/// A bucket name by S3's rules.
#[derive(Clone, Debug, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub struct BucketName(String);

/// An object key, decoded once.
#[derive(Clone, Debug, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub struct ObjectKey(String);

impl BucketName {
    /// Reads a name (S3 user guide, "General purpose bucket naming rules").
    ///
    /// # Errors
    /// [`Unmapped::Bucket`].
    pub fn parse(text: &str) -> Result<Self, Unmapped> {
        let letter = |byte: u8| byte.is_ascii_lowercase() || byte.is_ascii_digit();
        let bytes = text.as_bytes();
        let sound = (3..=63).contains(&text.len())
            && bytes.first().copied().is_some_and(letter)
            && bytes.last().copied().is_some_and(letter)
            && bytes.iter().all(|byte| letter(*byte) || matches!(byte, b'-' | b'.'))
            && !text.contains("..")
            // Names of other things: of access points, which are reached like buckets, for one.
            && !["xn--", "sthree-", "amzn-s3-demo-"].iter().any(|start| text.starts_with(start))
            && !["-s3alias", "--ol-s3", ".mrap", "--x-s3", "--table-s3"]
                .iter()
                .any(|end| text.ends_with(end))
            // Looks like a host: in a virtual-hosted address it would be one.
            && text.parse::<Ipv4Addr>().is_err();
        if sound {
            Ok(Self(text.to_owned()))
        } else {
            Err(Unmapped::Bucket(text.chars().take(64).collect()))
        }
    }

    /// The name.
    pub fn as_str(&self) -> &str {
        &self.0
    }
}

impl ObjectKey {
    /// Takes a decoded key: any that S3 takes, to the letter. Nothing is normalised, since no key
    /// is ever a path (S3 user guide, "Naming Amazon S3 objects").
    ///
    /// # Errors
    /// [`Unmapped::KeyTooLong`], and [`Unmapped::Key`] for one without characters or with a NUL.
    pub fn parse(text: &str) -> Result<Self, Unmapped> {
        if text.is_empty() {
            return Err(Unmapped::Key("has no characters"));
        }
        if text.len() > 1_024 {
            return Err(Unmapped::KeyTooLong(text.len()));
        }
        // Readers in C end there.
        if text.contains('\0') {
            return Err(Unmapped::Key("has a NUL"));
        }
        Ok(Self(text.to_owned()))
    }

    /// The key.
    pub fn as_str(&self) -> &str {
        &self.0
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn bucket_names() {
        for text in ["abc", "my-bucket.1", "0aa"] {
            assert!(BucketName::parse(text).is_ok(), "{text}");
        }
        for text in [
            "",
            "ab",
            "Abc",
            "a..b",
            "-abc",
            "abc-",
            "1.2.3.4",
            "a_b",
            "xn--a",
            "sthree-a",
            "amzn-s3-demo-bucket",
            "a-s3alias",
            "a--ol-s3",
            "a.mrap",
            "a--x-s3",
            "a--table-s3",
            "a/b",
            "..",
            &"a".repeat(64),
        ] {
            assert!(BucketName::parse(text).is_err(), "{text}");
        }
    }

    /// Signer, policies and store see the same bytes, and none of them a path.
    #[test]
    fn attack_44_keys_are_what_they_are() {
        for text in [
            "q1.csv",
            "a b+c",
            "é",
            "/",
            "/a",
            "a/",
            "a//b",
            "a/./b",
            "../payroll/x",
            "..",
            ".",
            "a\\b",
            "a\nb",
            "\u{7f}",
            "%2e%2e",
            &"a".repeat(1_024),
            &"é".repeat(512),
        ] {
            assert_eq!(ObjectKey::parse(text).unwrap().as_str(), text);
        }
        assert!(ObjectKey::parse("").is_err());
        assert!(ObjectKey::parse("a\0").is_err());
        for text in ["a".repeat(1_025), "é".repeat(513)] {
            assert_eq!(
                ObjectKey::parse(&text),
                Err(Unmapped::KeyTooLong(text.len()))
            );
        }
    }
}
