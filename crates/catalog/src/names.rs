//! Names of services, operations and actions; bucket names and object keys, each with one spelling:
//! what two names could reach is refused before any decision.

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
    /// Takes a decoded key.
    ///
    /// # Errors
    /// [`Unmapped::Key`] for an empty, `.` or `..` segment, a leading or trailing slash, a
    /// backslash, a control character, or a segment that no file name can hold.
    pub fn parse(text: &str) -> Result<Self, Unmapped> {
        if !(1..=1024).contains(&text.len()) {
            return Err(Unmapped::Key("has no characters or more than 1,024 bytes"));
        }
        // S3 keeps both; a store in a directory, a log or a terminal reads them differently.
        if text.contains('\\') || text.chars().any(char::is_control) {
            return Err(Unmapped::Key("has a backslash or a control character"));
        }
        for segment in text.split('/') {
            match segment {
                "" => {
                    return Err(Unmapped::Key(
                        "has an empty segment, or a slash at its beginning or end",
                    ));
                }
                // Signed and judged as a name, resolved as a folder: two readers of one key.
                "." | ".." => return Err(Unmapped::Key("has a segment `.` or `..`")),
                long if long.len() > 255 => {
                    return Err(Unmapped::Key("has a segment of more than 255 bytes"));
                }
                _ => {}
            }
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
            "a/b",
            "..",
            &"a".repeat(64),
        ] {
            assert!(BucketName::parse(text).is_err(), "{text}");
        }
    }

    #[test]
    fn attack_44_keys_that_two_names_could_reach() {
        for text in [
            "q1.csv", "a/b/c", "a b+c", "é", "...", "..a", "a..", ".hidden",
        ] {
            assert!(ObjectKey::parse(text).is_ok(), "{text}");
        }
        for text in [
            "",
            "/",
            "/a",
            "a/",
            "a//b",
            "a/./b",
            "../payroll/x",
            "a/../b",
            "..",
            "a\\b",
            "a\0",
            "a\nb",
            &"a".repeat(256),
        ] {
            assert!(ObjectKey::parse(text).is_err(), "{text:?}");
        }
    }
}
