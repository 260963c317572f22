//! Base64 (RFC 4648 section 4) for `BinaryEquals`.

/// Decodes standard base64 with padding.
pub(super) fn read(text: &str) -> Option<Vec<u8>> {
    let mut out = Vec::with_capacity(text.len() / 4 * 3);
    decode(text, |byte| out.push(byte)).then_some(out)
}

/// Whether it can be decoded.
pub(crate) fn is_base64(text: &str) -> bool {
    decode(text, |_| {})
}

fn decode(text: &str, mut each: impl FnMut(u8)) -> bool {
    let body = text.trim_end_matches('=');
    let padding = text.len() - body.len();
    if !text.len().is_multiple_of(4) || padding > 2 {
        return false;
    }
    let (mut window, mut held) = (0u32, 0);
    for byte in body.bytes() {
        let value = match byte {
            b'A'..=b'Z' => byte - b'A',
            b'a'..=b'z' => byte - b'a' + 26,
            b'0'..=b'9' => byte - b'0' + 52,
            b'+' => 62,
            b'/' => 63,
            _ => return false,
        };
        window = window << 6 | u32::from(value);
        held += 6;
        if held >= 8 {
            held -= 8;
            each((window >> held & 0xff) as u8);
        }
    }
    // Bits left over must be zero, else two texts would mean the same bytes.
    window & ((1 << held) - 1) == 0
}

#[cfg(test)]
mod tests {
    #[test]
    fn base64_is_canonical() {
        assert_eq!(super::read("QUJD"), Some(b"ABC".to_vec()));
        assert_eq!(super::read("QQ=="), Some(b"A".to_vec()));
        assert_eq!(super::read(""), Some(vec![]));
        for text in ["QQ", "QQ=", "QR==", "Q===", "Q!==", "===="] {
            assert_eq!(super::read(text), None, "{text:?}");
        }
    }
}
