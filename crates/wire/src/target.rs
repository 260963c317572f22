//! The request target: raw bytes for the signature, decoded words for everybody else.

use crate::bad_head::BadHead;
use crate::percent;
use crate::words::{BadWords, Words};

/// Longest request target. STS takes request lines of about 16 KiB (presigned GetCallerIdentity).
pub const MAX_TARGET_BYTES: usize = 16_384;

/// Path and query exactly as they came.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Target {
    path: String,
    query: Option<String>,
}

impl Target {
    /// Reads an origin-form target (RFC 9112 section 3.2.1): `/path?query`.
    ///
    /// # Errors
    /// Absolute form, authority form, a fragment, blanks, control or non-ASCII characters are
    /// refused: a second reader could split them at another place.
    pub fn read(raw: &str) -> Result<Self, BadHead> {
        if raw.len() > MAX_TARGET_BYTES {
            return Err(BadHead::TooLong("request target"));
        }
        // A proxy may take the absolute form's host for the request's; what was signed is the
        // `Host` header.
        if !raw.starts_with('/')
            || !raw
                .bytes()
                .all(|byte| byte.is_ascii_graphic() && byte != b'#')
        {
            return Err(BadHead::Target);
        }
        let (path, query) = match raw.split_once('?') {
            Some((path, query)) => (path, Some(query.to_owned())),
            None => (raw, None),
        };
        Ok(Self {
            path: path.to_owned(),
            query,
        })
    }

    /// The path as it came, still percent-encoded.
    pub fn raw_path(&self) -> &str {
        &self.path
    }

    /// The query string as it came, without `?`; empty when there was none.
    pub fn raw_query(&self) -> &str {
        self.query.as_deref().unwrap_or("")
    }

    /// The path decoded once; `None` when it is not percent-encoded UTF-8.
    pub fn path(&self) -> Option<String> {
        percent::decode(&self.path, false)
    }

    /// The query string's words.
    ///
    /// # Errors
    /// [`BadWords`], see [`Words::read`].
    pub fn words(&self) -> Result<Words, BadWords> {
        Words::read(self.raw_query())
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn only_origin_form_is_read() {
        let target = Target::read("/b/a%20b?x=1&y").unwrap();
        assert_eq!(
            (target.raw_path(), target.raw_query()),
            ("/b/a%20b", "x=1&y")
        );
        assert_eq!(target.path().as_deref(), Some("/b/a b"));
        for raw in [
            "",
            "*",
            "b",
            "http://host/b",
            "/a#b",
            "/a b",
            "/a\u{e9}",
            "/a\n",
            "host:80",
        ] {
            assert_eq!(Target::read(raw), Err(BadHead::Target), "{raw:?}");
        }
        assert_eq!(
            Target::read(&"/".repeat(MAX_TARGET_BYTES + 1)),
            Err(BadHead::TooLong("request target"))
        );
    }
}
