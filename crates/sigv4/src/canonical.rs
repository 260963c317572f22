//! The canonical request: the one text that signer and verifier must build alike, from the raw
//! target and headers. Its parts are written one behind the other into one buffer.

use std::borrow::Cow;

use wire::percent;

use crate::refusal::Refusal;

/// Writes the canonical path. S3's is decoded and encoded once; every other service's is normalised
/// and encoded twice.
pub(crate) fn path(raw: &str, s3: bool, out: &mut Vec<u8>) -> Result<(), Refusal> {
    // S3 signs keys as they are: `a/../b` and `a//b` are names of objects (S3 API reference,
    // "Authenticating requests").
    if s3 {
        let path = match is_canonical(raw, true) {
            true => Cow::Borrowed(raw),
            false => {
                let decoded = percent::decode(raw, false).ok_or(Refusal::Target)?;
                Cow::Owned(percent::encode_path(&decoded))
            }
        };
        out.extend_from_slice(path.as_bytes());
        return Ok(());
    }
    let decoded = percent::decode(raw, false).ok_or(Refusal::Target)?;
    let mut kept: Vec<&str> = Vec::new();
    for segment in decoded.split('/') {
        match segment {
            "" | "." => {}
            ".." => drop(kept.pop()),
            other => kept.push(other),
        }
    }
    let mut normal = format!("/{}", kept.join("/"));
    let is_folder = decoded.ends_with('/') || decoded.ends_with("/.") || decoded.ends_with("/..");
    if is_folder && normal != "/" {
        normal.push('/');
    }
    out.extend_from_slice(percent::encode_path(&percent::encode_path(&normal)).as_bytes());
    Ok(())
}

/// Writes the canonical query string: decoded strictly, encoded again, sorted by name and then
/// value; `left_out` is the one word that is not signed.
pub(crate) fn query(raw: &str, left_out: Option<&str>, out: &mut Vec<u8>) -> Result<(), Refusal> {
    if raw.is_empty() {
        return Ok(());
    }
    let mut pairs = Vec::new();
    for pair in raw.split('&').filter(|pair| !pair.is_empty()) {
        let (name, value) = pair.split_once('=').unwrap_or((pair, ""));
        pairs.push((encoded(name)?, encoded(value)?));
    }
    // Compared once it is encoded anew: a signature must not stay in by a spelling of its own name.
    pairs.retain(|(name, _)| left_out != Some(name.as_ref()));
    pairs.sort_unstable();
    for (place, (name, value)) in pairs.iter().enumerate() {
        if place > 0 {
            out.push(b'&');
        }
        out.extend_from_slice(name.as_bytes());
        out.push(b'=');
        out.extend_from_slice(value.as_bytes());
    }
    Ok(())
}

fn encoded(text: &str) -> Result<Cow<'_, str>, Refusal> {
    if is_canonical(text, false) {
        return Ok(Cow::Borrowed(text));
    }
    // A literal `+` is a plus to a signer and a blank to a form reader; SDKs never send it.
    percent::decode(text, false)
        .filter(|_| !text.contains('+'))
        .map(|text| Cow::Owned(percent::encode(&text)))
        .ok_or(Refusal::Target)
}

/// RFC 3986's unreserved characters, which stand for themselves. Looked up: a token has hundreds.
const UNRESERVED: [bool; 256] = {
    let mut table = [false; 256];
    let mut bytes: &[u8] = b"ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789-._~";
    while let [byte, rest @ ..] = bytes {
        #[expect(
            clippy::indexing_slicing,
            reason = "a byte is below 256, and this is a constant"
        )]
        {
            table[*byte as usize] = true;
        }
        bytes = rest;
    }
    table
};

/// Whether a text is what encoding it anew would give. False where it would take a decoder to say.
fn is_canonical(text: &str, slash: bool) -> bool {
    let plain = |byte: u8| {
        let unreserved = UNRESERVED.get(usize::from(byte)).is_some_and(|is| *is);
        unreserved || (slash && byte == b'/')
    };
    let digit = |digit: u8| match digit {
        b'0'..=b'9' => Some(digit - b'0'),
        b'A'..=b'F' => Some(digit - b'A' + 10),
        _ => None,
    };
    let mut rest = text.as_bytes();
    while let Some(run) = rest.iter().position(|byte| !plain(*byte)) {
        rest = match rest.split_at_checked(run) {
            // Bytes beyond ASCII may be no UTF-8: the decoder looks.
            Some((_, [b'%', high, low, more @ ..])) => match (digit(*high), digit(*low)) {
                (Some(high @ 0..=7), Some(low)) if !plain(high << 4 | low) => more,
                _ => return false,
            },
            _ => return false,
        };
    }
    true
}

/// Writes a header value: trimmed, runs of blanks folded into one.
pub(crate) fn value(raw: &str, out: &mut Vec<u8>) {
    if !raw.as_bytes().contains(&b' ') && !raw.as_bytes().contains(&b'\t') {
        return out.extend_from_slice(raw.as_bytes());
    }
    // IAM user guide, "Create a signed AWS API request": sequential spaces become one, also within
    // quotes.
    let words = raw.split([' ', '\t']).filter(|word| !word.is_empty());
    for (place, word) in words.enumerate() {
        if place > 0 {
            out.push(b' ');
        }
        out.extend_from_slice(word.as_bytes());
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn written(raw: &str, s3: bool) -> Result<String, Refusal> {
        let mut out = Vec::new();
        path(raw, s3, &mut out)?;
        Ok(String::from_utf8(out).unwrap())
    }

    #[test]
    fn paths_are_normalised_but_for_s3() {
        for (raw, other, s3) in [
            ("/", "/", "/"),
            ("/a/.", "/a/", "/a/."),
            ("/a/b/..", "/a/", "/a/b/.."),
            ("/a/b/../", "/a/", "/a/b/../"),
            ("/..", "/", "/.."),
            ("//a//b", "/a/b", "//a//b"),
            ("/a%20b", "/a%2520b", "/a%20b"),
            ("/a%2Fb", "/a/b", "/a/b"),
            ("/a+%c3%a9%7e", "/a%252B%25C3%25A9~", "/a%2B%C3%A9~"),
        ] {
            assert_eq!(
                (written(raw, false), written(raw, true)),
                (Ok(other.to_owned()), Ok(s3.to_owned())),
                "{raw}"
            );
        }
        for raw in ["/%", "/%4", "/%ff", "/%zz"] {
            assert_eq!(written(raw, true), Err(Refusal::Target), "{raw}");
        }
    }

    proptest::proptest! {
        #[test]
        fn what_is_taken_as_it_is_would_be_written_so(text in "[a-c%0-9A-F/~+ é]{0,12}", slash: bool) {
            if is_canonical(&text, slash) {
                let decoded = percent::decode(&text, false).unwrap();
                let again = if slash { percent::encode_path(&decoded) } else { percent::encode(&decoded) };
                proptest::prop_assert_eq!(again, text);
            }
        }
    }
}
