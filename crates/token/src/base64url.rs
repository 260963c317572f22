//! Base64url without padding (RFC 7515 section 2), canonical: every other spelling of the same
//! bytes is refused.

use base64::Engine as _;
use base64::engine::general_purpose::URL_SAFE_NO_PAD;

pub(crate) fn decode(text: &str) -> Option<Vec<u8>> {
    // The engine refuses padding, blanks, other alphabets and left-over bits.
    URL_SAFE_NO_PAD.decode(text).ok()
}

pub(crate) fn encode(bytes: impl AsRef<[u8]>) -> String {
    URL_SAFE_NO_PAD.encode(bytes)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn only_the_canonical_spelling_is_read() {
        assert_eq!(decode("QQ"), Some(b"A".to_vec()));
        for text in ["QQ==", "QR", "Q Q", "QQ\n", "+/", "Q", "Q.Q"] {
            assert_eq!(decode(text), None, "{text:?}");
        }
        assert_eq!(encode(b"A"), "QQ");
    }
}
