//! Header fields: lower-case names, text values, every one kept in order.

use crate::bad_head::BadHead;

/// Most header fields in one request; what hyper itself allows.
pub const MAX_HEADERS: usize = 100;
/// Most bytes of all names and values together. A session token of 4 KiB leaves ample room.
pub const MAX_HEADER_BYTES: usize = 32_768;

/// Header fields in the order they came.
#[derive(Clone, Default, PartialEq, Eq)]
pub struct Headers(Vec<(String, String)>);

impl Headers {
    /// Reads raw fields.
    ///
    /// # Errors
    /// Names outside RFC 9110's `token`, values with control characters or bytes that are not
    /// UTF-8, and anything beyond the bounds.
    pub fn read<'a>(
        fields: impl IntoIterator<Item = (&'a str, &'a [u8])>,
    ) -> Result<Self, BadHead> {
        let mut kept = Vec::new();
        let mut size = 0;
        for (name, value) in fields {
            size += name.len() + value.len();
            if kept.len() == MAX_HEADERS || size > MAX_HEADER_BYTES {
                return Err(BadHead::TooLong("header"));
            }
            // Without the name: what is no token may be anything, a secret on the wrong side of a
            // colon too.
            if name.is_empty() || !name.bytes().all(is_token) {
                return Err(BadHead::Header("?".to_owned()));
            }
            let name = name.to_ascii_lowercase();
            // RFC 9110 section 5.5 lets bytes above 0x7F be; no AWS client sends any, and signer
            // and store would decode them differently.
            let text = std::str::from_utf8(value)
                .ok()
                .filter(|text| !text.chars().any(|c| c.is_control() && c != '\t'));
            let Some(text) = text else {
                return Err(BadHead::Header(name));
            };
            kept.push((name, text.to_owned()));
        }
        Ok(Self(kept))
    }

    /// The value of a field that may stand at most once.
    ///
    /// # Errors
    /// [`BadHead::Duplicate`] when it stands more often: readers would pick different ones.
    pub fn one(&self, name: &str) -> Result<Option<&str>, BadHead> {
        let mut values = self.all(name);
        match (values.next(), values.next()) {
            (_, Some(_)) => Err(BadHead::Duplicate(name.to_owned())),
            (value, None) => Ok(value),
        }
    }

    /// Every value of a field, in order. `name` is lower-case.
    pub fn all(&self, name: &str) -> impl Iterator<Item = &str> {
        self.iter()
            .filter(move |(found, _)| *found == name)
            .map(|(_, value)| value)
    }

    /// Whether a field of this lower-case name is there.
    pub fn has(&self, name: &str) -> bool {
        self.all(name).next().is_some()
    }

    /// Names and values in the order they came.
    pub fn iter(&self) -> impl Iterator<Item = (&str, &str)> {
        self.0
            .iter()
            .map(|(name, value)| (name.as_str(), value.as_str()))
    }
}

/// Names only: values may be credentials.
impl std::fmt::Debug for Headers {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.debug_list()
            .entries(self.0.iter().map(|(name, _)| name))
            .finish()
    }
}

/// RFC 9110 section 5.6.2.
fn is_token(byte: u8) -> bool {
    byte.is_ascii_alphanumeric() || b"!#$%&'*+-.^_`|~".contains(&byte)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn fields_are_lower_case_and_counted() {
        let headers = Headers::read([("X-A", &b"1"[..]), ("x-a", b"2"), ("Host", b"h")]).unwrap();
        assert_eq!(headers.all("x-a").collect::<Vec<_>>(), ["1", "2"]);
        assert_eq!(headers.one("x-a"), Err(BadHead::Duplicate("x-a".into())));
        assert_eq!(headers.one("host"), Ok(Some("h")));
        assert_eq!(headers.one("absent"), Ok(None));
        assert!(!format!("{headers:?}").contains('1'));
    }

    #[test]
    fn odd_fields_are_refused() {
        for (sentence, name, value) in [
            ("a blank in the name", "x a", &b"v"[..]),
            ("an empty name", "", b"v"),
            ("a bare carriage return in the value", "x", b"a\rb"),
            ("a NUL in the value", "x", b"a\0b"),
            ("bytes that are not UTF-8", "x", b"\xff"),
        ] {
            assert!(Headers::read([(name, value)]).is_err(), "{sentence}");
        }
        assert_eq!(
            Headers::read([("x", &[b'a'; MAX_HEADER_BYTES][..])]),
            Err(BadHead::TooLong("header"))
        );
        assert_eq!(
            Headers::read((0..=MAX_HEADERS).map(|_| ("x", &b""[..]))),
            Err(BadHead::TooLong("header"))
        );
    }
}
