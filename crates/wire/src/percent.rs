//! Percent-encoding (RFC 3986 section 2.1): strict decoding, and the one encoding that AWS signs
//! and returns.

/// Decodes `%XX` strictly: a `%` without two hexadecimal digits, or a result that is not UTF-8, is
/// `None`.
///
/// With `plus_is_space`, `+` becomes a blank, as in `application/x-www-form-urlencoded`.
pub fn decode(text: &str, plus_is_space: bool) -> Option<String> {
    let mut out = Vec::with_capacity(text.len());
    let mut rest = text.as_bytes();
    // A token is one long run without an escape, and copied as one.
    while let Some(run) = rest.iter().position(|byte| matches!(byte, b'%' | b'+')) {
        let (plain, more) = rest.split_at_checked(run)?;
        out.extend_from_slice(plain);
        let (byte, after) = match more {
            // Once, and never again: a value that decodes to `%2F` holds these three characters.
            [b'%', high, low, after @ ..] => (hex(*high)? << 4 | hex(*low)?, after),
            [b'+', after @ ..] => (if plus_is_space { b' ' } else { b'+' }, after),
            _ => return None,
        };
        out.push(byte);
        rest = after;
    }
    out.extend_from_slice(rest);
    String::from_utf8(out).ok()
}

/// Encodes everything but RFC 3986's unreserved characters, as Signature Version 4 and IAM's policy
/// documents want it.
pub fn encode(text: &str) -> String {
    encode_keeping(text.as_bytes(), |_| false)
}

/// Like [`encode`], with `/` left alone: an object key or a path.
pub fn encode_path(text: &str) -> String {
    encode_keeping(text.as_bytes(), |byte| byte == b'/')
}

fn encode_keeping(bytes: &[u8], keep: impl Fn(u8) -> bool) -> String {
    const DIGITS: [char; 16] = [
        '0', '1', '2', '3', '4', '5', '6', '7', '8', '9', 'A', 'B', 'C', 'D', 'E', 'F',
    ];
    let mut out = String::with_capacity(bytes.len());
    for &byte in bytes {
        if byte.is_ascii_alphanumeric() || matches!(byte, b'-' | b'.' | b'_' | b'~') || keep(byte) {
            out.push(char::from(byte));
        } else {
            out.push('%');
            out.extend(DIGITS.get(usize::from(byte >> 4)));
            out.extend(DIGITS.get(usize::from(byte & 15)));
        }
    }
    out
}

fn hex(digit: u8) -> Option<u8> {
    char::from(digit)
        .to_digit(16)
        .and_then(|value| u8::try_from(value).ok())
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn decoding_is_strict() {
        for (sentence, text, plus, expected) in [
            ("plain text is itself", "a-b", false, Some("a-b")),
            ("hex digits of either case", "%2f%2F", false, Some("//")),
            ("plus is literal in a path", "a+b", false, Some("a+b")),
            ("plus is a blank in a form", "a+b", true, Some("a b")),
            ("a lone percent sign", "100%", false, None),
            ("half an escape", "%2", false, None),
            ("half an escape before another", "%2%41", false, None),
            ("escapes side by side", "%41%42+%43", true, Some("AB C")),
            ("not hexadecimal", "%zz", false, None),
            ("not UTF-8", "%ff", false, None),
        ] {
            assert_eq!(decode(text, plus).as_deref(), expected, "{sentence}");
        }
    }

    #[test]
    fn encoding_keeps_only_unreserved() {
        assert_eq!(encode("a b/c*~+é"), "a%20b%2Fc%2A~%2B%C3%A9");
        assert_eq!(encode_path("a b/c"), "a%20b/c");
    }

    proptest::proptest! {
        #[test]
        fn decode_undoes_encode(text in "\\PC*") {
            proptest::prop_assert_eq!(decode(&encode(&text), false), Some(text));
        }
    }
}
