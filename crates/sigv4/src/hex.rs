//! Lower-case hexadecimal, the only form that signatures and hashes have.

/// Writes bytes in lower-case hexadecimal.
pub(crate) fn write(bytes: &[u8], out: &mut Vec<u8>) {
    let digit = |value: u8| {
        if value < 10 {
            b'0' + value
        } else {
            b'a' + value - 10
        }
    };
    out.extend(
        bytes
            .iter()
            .flat_map(|byte| [digit(byte >> 4), digit(byte & 15)]),
    );
}

/// Bytes in lower-case hexadecimal.
pub(crate) fn lower(bytes: &[u8]) -> String {
    let mut out = Vec::with_capacity(2 * bytes.len());
    write(bytes, &mut out);
    out.into_iter().map(char::from).collect()
}

/// Reads lower-case digits in pairs; `None` for anything else.
pub(crate) fn read(text: &[u8]) -> Option<Vec<u8>> {
    let (pairs, []) = text.as_chunks::<2>() else {
        return None;
    };
    pairs.iter().map(|pair| byte(*pair)).collect()
}

/// Reads 64 lower-case digits.
pub(crate) fn read_32(text: &[u8]) -> Option<[u8; 32]> {
    let (pairs, []) = text.as_chunks::<2>() else {
        return None;
    };
    let pairs: &[[u8; 2]; 32] = pairs.try_into().ok()?;
    let mut out = [0; 32];
    for (to, pair) in out.iter_mut().zip(pairs) {
        *to = byte(*pair)?;
    }
    Some(out)
}

fn byte([high, low]: [u8; 2]) -> Option<u8> {
    // Capitals would be a second spelling of the same signature.
    let value = |digit: u8| match digit {
        b'0'..=b'9' => Some(digit - b'0'),
        b'a'..=b'f' => Some(digit - b'a' + 10),
        _ => None,
    };
    Some(value(high)? << 4 | value(low)?)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn only_lower_case_pairs_are_read() {
        assert_eq!(read(b"00ff7a"), Some(vec![0, 255, 0x7a]));
        assert_eq!(lower(&[0, 255, 0x7a]), "00ff7a");
        for text in [&b"0"[..], b"0g", b"FF", b"+1", b" 1"] {
            assert_eq!(read(text), None);
        }
        assert!(read_32(&[b'a'; 64]).is_some());
        assert_eq!((read_32(&[b'a'; 62]), read_32(&[b'a'; 66])), (None, None));
    }
}
