//! The lines between the chunks of a body: sizes with their signatures, and trailers.

use crate::refusal::Refusal;
use crate::scope::Algorithm;
use crate::signature::Signature;

/// Longest line. A signature of ECDSA has 144 characters, the longest checksum 88.
pub(super) const MAX_LINE: usize = 512;
/// What stands between a size and its signature.
const EXTENSION: &[u8] = b";chunk-signature=";
/// The last line of a signed trailer.
pub(super) const TRAILER_SIGNATURE: &str = "x-amz-trailer-signature";

/// A line that ends in CRLF, put together of pieces.
#[derive(Default)]
pub(super) struct Line(Vec<u8>);

impl Line {
    /// Takes bytes up to the end of the line; gives what is left of them, and whether the line is
    /// whole.
    pub(super) fn take<'a>(&mut self, bytes: &'a [u8]) -> Result<(&'a [u8], bool), Refusal> {
        let end = bytes.iter().position(|byte| *byte == b'\n');
        let length = end.map_or(bytes.len(), |end| end + 1);
        let (line, rest) = bytes.split_at_checked(length).unwrap_or((bytes, &[]));
        if self.0.len() + line.len() > MAX_LINE {
            return Err(Refusal::Framing("a line between chunks is too long"));
        }
        self.0.extend_from_slice(line);
        Ok((rest, end.is_some()))
    }

    /// The line without its CRLF, once it is whole; the next one begins.
    pub(super) fn end(&mut self) -> Result<Vec<u8>, Refusal> {
        match self.end_of_trailer()? {
            (line, Ending::CrLf) => Ok(line),
            // An end to one reader and none to another.
            (_, Ending::Lf) => Err(Refusal::Framing(NO_CRLF)),
        }
    }

    /// The same of a trailer, where a bare line feed is told.
    pub(super) fn end_of_trailer(&mut self) -> Result<(Vec<u8>, Ending), Refusal> {
        let mut line = std::mem::take(&mut self.0);
        let ending = match line.as_slice() {
            [.., b'\r', b'\n'] => Ending::CrLf,
            _ => Ending::Lf,
        };
        line.truncate(line.len().saturating_sub(match ending {
            Ending::CrLf => 2,
            Ending::Lf => 1,
        }));
        match line.contains(&b'\r') {
            true => Err(Refusal::Framing(NO_CRLF)),
            false => Ok((line, ending)),
        }
    }
}

/// How a line ends.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Ending {
    CrLf,
    Lf,
}

const NO_CRLF: &str = "a line does not end in CRLF";

/// `SIZE`, or `SIZE;chunk-signature=SIGNATURE` of a signed body, and nothing else.
pub(super) fn size(
    line: &[u8],
    signed: Option<Algorithm>,
) -> Result<(u64, Option<Signature>), Refusal> {
    let end = line.iter().position(|byte| *byte == b';');
    let (digits, extension) = line
        .split_at_checked(end.unwrap_or(line.len()))
        .unwrap_or((line, &[]));
    let bad = Refusal::Framing("the size of a chunk is no hexadecimal number");
    // Leading zeros would be a second spelling; 16 digits fit a `u64`.
    let sound = (1..=16).contains(&digits.len())
        && digits.iter().all(u8::is_ascii_hexdigit)
        && (digits == b"0" || !digits.starts_with(b"0"));
    let size = std::str::from_utf8(digits)
        .ok()
        .filter(|_| sound)
        .and_then(|digits| u64::from_str_radix(digits, 16).ok())
        .ok_or(bad)?;
    let signature = match signed {
        None if extension.is_empty() => None,
        None => {
            return Err(Refusal::Framing(
                "a chunk has an extension, and none are signed",
            ));
        }
        Some(algorithm) => Some(
            extension
                .strip_prefix(EXTENSION)
                .and_then(|text| Signature::read_of_chunk(algorithm, text))
                .ok_or(Refusal::Framing("a chunk has no signature"))?,
        ),
    };
    Ok((size, signature))
}

/// `NAME:VALUE`; the name lower-case.
pub(super) fn trailer(line: &[u8]) -> Result<(String, String), Refusal> {
    let bad = || Refusal::Trailer("a line of it is not of the form NAME:VALUE");
    let text = std::str::from_utf8(line).map_err(|_| bad())?;
    let (name, value) = text.split_once(':').ok_or_else(bad)?;
    let value = value.trim_matches([' ', '\t']);
    let is_name = |byte: u8| byte.is_ascii_alphanumeric() || byte == b'-';
    if name.is_empty()
        || !name.bytes().all(is_name)
        || value.is_empty()
        || !value.bytes().all(|byte| byte.is_ascii_graphic())
    {
        return Err(bad());
    }
    Ok((name.to_ascii_lowercase(), value.to_owned()))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn sizes_have_one_spelling() {
        for (line, expected) in [
            ("0", Some(0)),
            ("1", Some(1)),
            ("10000", Some(65_536)),
            ("FfFf", Some(65_535)),
            ("ffffffffffffffff", Some(u64::MAX)),
            ("10000000000000000", None),
            ("", None),
            ("00", None),
            ("01", None),
            ("+1", None),
            ("-1", None),
            (" 1", None),
            ("1 ", None),
            ("0x1", None),
            ("1_0", None),
            ("1;", None),
            ("1;a=b", None),
        ] {
            let read = size(line.as_bytes(), None).ok().map(|(size, _)| size);
            assert_eq!(read, expected, "{line:?}");
        }
    }

    #[test]
    fn signatures_of_chunks_have_one_form() {
        let hmac = "a".repeat(64);
        let (der, fill) = ("30".repeat(70), "*".repeat(4));
        for (extension, algorithm, sound) in [
            (
                format!(";chunk-signature={hmac}"),
                Algorithm::HmacSha256,
                true,
            ),
            (
                format!("; chunk-signature={hmac}"),
                Algorithm::HmacSha256,
                false,
            ),
            (
                format!(";chunk-signature={hmac};a"),
                Algorithm::HmacSha256,
                false,
            ),
            (
                format!(";Chunk-Signature={hmac}"),
                Algorithm::HmacSha256,
                false,
            ),
            (
                format!(";chunk-signature={}", hmac.to_uppercase()),
                Algorithm::HmacSha256,
                false,
            ),
            (
                format!(";chunk-signature={hmac}**"),
                Algorithm::HmacSha256,
                false,
            ),
            (String::new(), Algorithm::HmacSha256, false),
            (
                format!(";chunk-signature={der}"),
                Algorithm::EcdsaP256Sha256,
                true,
            ),
            (
                format!(";chunk-signature={der}{fill}"),
                Algorithm::EcdsaP256Sha256,
                true,
            ),
            (
                format!(";chunk-signature={der}**"),
                Algorithm::EcdsaP256Sha256,
                false,
            ),
            (
                format!(";chunk-signature={der}*a**"),
                Algorithm::EcdsaP256Sha256,
                false,
            ),
        ] {
            let read = size(format!("1{extension}").as_bytes(), Some(algorithm));
            assert_eq!(read.is_ok(), sound, "{extension}");
        }
    }
}
