//! Where one request ends and the next begins, read off the raw bytes before hyper sees them, and
//! more strictly than hyper reads them.
//!
//! Hyper drops a length that stands behind a transfer encoding, takes a bare line feed for the end
//! of a line, and reads over chunk extensions: each is a place where a proxy before us may cut the
//! same bytes elsewhere (RFC 9112, section 11.2). Here each is refused, so that whatever hyper gets
//! can be cut in one way only.

use crate::limits::HEAD_BYTES;

/// Hyper refuses a head of [`HEAD_BYTES`] with 431 itself; it may read as much again before it
/// looks.
const MOST_HEAD: usize = 2 * HEAD_BYTES;

/// Fifteen hexadecimal digits are more than any body, and cannot overflow.
const MOST_DIGITS: u8 = 15;

/// The framing of one connection.
#[derive(Debug, Default)]
pub(super) struct Framing {
    place: Place,
    head: Head,
}

/// Where in a request the next byte is.
#[derive(Debug, Default, Clone, Copy, PartialEq, Eq)]
enum Place {
    #[default]
    Head,
    /// So many bytes of a body are still to come.
    Length(u64),
    Chunk(Chunk),
    /// Nothing that comes is read any more.
    Refused,
}

/// Where in a chunked body (RFC 9112, section 7.1), without extensions and trailers.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
enum Chunk {
    Size { size: u64, digits: u8 },
    SizeLine { size: u64 },
    Data { left: u64 },
    DataReturn,
    DataLine,
    EndReturn,
    EndLine,
}

/// What of a head matters for where its body ends.
#[derive(Debug, Default)]
struct Head {
    line: Vec<u8>,
    bytes: usize,
    /// Whether the request line says HTTP/1.1; `None` before it came.
    is_http_1_1: Option<bool>,
    length: Option<u64>,
    is_chunked: bool,
}

/// Bytes that can be cut in two ways.
#[derive(Debug, PartialEq, Eq)]
struct Ambiguous;

const FIRST_SIZE: Chunk = Chunk::Size { size: 0, digits: 0 };

impl Framing {
    /// Follows the bytes that come next. The place of the first one that nobody may read, if there
    /// is one; what is before it cannot be more than a part of a head or of a chunk's frame.
    pub(super) fn follow(&mut self, bytes: &[u8]) -> Option<usize> {
        let mut taken = 0;
        while let Some(rest) = bytes.get(taken..).filter(|rest| !rest.is_empty()) {
            let step = match self.place {
                Place::Head => self.line(rest),
                Place::Length(left) => {
                    let now = left.min(rest.len() as u64);
                    self.place = body(left - now);
                    Ok(now as usize)
                }
                Place::Chunk(Chunk::Data { left }) => {
                    let now = left.min(rest.len() as u64);
                    self.place = Place::Chunk(match left - now {
                        0 => Chunk::DataReturn,
                        left => Chunk::Data { left },
                    });
                    Ok(now as usize)
                }
                Place::Chunk(chunk) => {
                    let next = rest
                        .first()
                        .map_or(Err(Ambiguous), |byte| after(chunk, *byte));
                    next.map(|place| {
                        self.place = place;
                        1
                    })
                    .map_err(|_| 0)
                }
                Place::Refused => Err(0),
            };
            match step {
                Ok(step) => taken += step,
                Err(step) => {
                    self.place = Place::Refused;
                    return Some(taken + step);
                }
            }
        }
        None
    }

    /// Whether a body has begun whose last byte did not come.
    pub(super) fn owes_body(&self) -> bool {
        matches!(self.place, Place::Length(_) | Place::Chunk(_))
    }

    /// Whether something came that nobody may read.
    pub(super) fn is_refused(&self) -> bool {
        self.place == Place::Refused
    }

    /// Whether the bytes ended between two requests.
    pub(super) fn is_between(&self) -> bool {
        self.place == Place::Head && self.head.bytes == 0
    }

    /// A line of a head or a part of one: how many bytes of it there are, or the place of the one
    /// that ends it where it must not.
    fn line(&mut self, bytes: &[u8]) -> Result<usize, usize> {
        let end = bytes.iter().position(|byte| *byte == b'\n');
        let taken = end.map_or(bytes.len(), |end| end + 1);
        let head = &mut self.head;
        head.bytes += taken;
        if head.bytes > MOST_HEAD {
            return Err(taken - 1);
        }
        head.line
            .extend_from_slice(bytes.get(..taken).unwrap_or_default());
        if end.is_none() {
            return Ok(taken);
        }
        let line = std::mem::take(&mut head.line);
        match head.ended(&line) {
            Ok(false) => {
                // The buffer serves for the next line.
                head.line = line;
                head.line.clear();
            }
            Ok(true) => {
                self.place = match (head.is_chunked, head.length) {
                    (true, _) => Place::Chunk(FIRST_SIZE),
                    (false, length) => body(length.unwrap_or(0)),
                };
                self.head = Head::default();
            }
            Err(Ambiguous) => return Err(taken - 1),
        }
        Ok(taken)
    }
}

fn body(left: u64) -> Place {
    if left == 0 {
        Place::Head
    } else {
        Place::Length(left)
    }
}

/// Where a byte of a chunk's frame leads.
fn after(chunk: Chunk, byte: u8) -> Result<Place, Ambiguous> {
    let next = match (chunk, byte) {
        (Chunk::Size { size, digits }, byte) if byte.is_ascii_hexdigit() => {
            let digit = char::from(byte).to_digit(16).ok_or(Ambiguous)?;
            if digits == MOST_DIGITS {
                return Err(Ambiguous);
            }
            Chunk::Size {
                size: size * 16 + u64::from(digit),
                digits: digits + 1,
            }
        }
        (Chunk::Size { size, digits: 1.. }, b'\r') => Chunk::SizeLine { size },
        (Chunk::SizeLine { size: 0 }, b'\n') => Chunk::EndReturn,
        (Chunk::SizeLine { size }, b'\n') => Chunk::Data { left: size },
        (Chunk::DataReturn, b'\r') => Chunk::DataLine,
        (Chunk::DataLine, b'\n') => FIRST_SIZE,
        (Chunk::EndReturn, b'\r') => Chunk::EndLine,
        (Chunk::EndLine, b'\n') => return Ok(Place::Head),
        _ => return Err(Ambiguous),
    };
    Ok(Place::Chunk(next))
}

impl Head {
    /// Reads a line with its end. Whether it is the last of the head.
    fn ended(&mut self, line: &[u8]) -> Result<bool, Ambiguous> {
        let line = line.strip_suffix(b"\r\n").ok_or(Ambiguous)?;
        if line.contains(&b'\r') {
            return Err(Ambiguous);
        }
        let Some(is_http_1_1) = self.is_http_1_1 else {
            // RFC 9112, section 2.2: empty lines before a request are skipped.
            if line.is_empty() {
                self.bytes = 0;
            } else {
                self.is_http_1_1 = Some(line.ends_with(b" HTTP/1.1"));
            }
            return Ok(false);
        };
        if line.is_empty() {
            let both = self.is_chunked && self.length.is_some();
            let too_old = self.is_chunked && !is_http_1_1;
            return if both || too_old {
                Err(Ambiguous)
            } else {
                Ok(true)
            };
        }
        // A line without a colon is hyper's to refuse, as is a name with a blank in it.
        let mut parts = line.splitn(2, |byte| *byte == b':');
        let (name, value) = (
            parts.next().unwrap_or_default(),
            parts.next().unwrap_or_default(),
        );
        let (name, value) = (name.trim_ascii(), value.trim_ascii());
        if name.eq_ignore_ascii_case(b"content-length") {
            let digits = !value.is_empty() && value.iter().all(u8::is_ascii_digit);
            let length = std::str::from_utf8(value).ok().filter(|_| digits);
            let length = length.and_then(|text| text.parse().ok()).ok_or(Ambiguous)?;
            if self.length.replace(length).is_some() {
                return Err(Ambiguous);
            }
        } else if name.eq_ignore_ascii_case(b"transfer-encoding") {
            if self.is_chunked || !value.eq_ignore_ascii_case(b"chunked") {
                return Err(Ambiguous);
            }
            self.is_chunked = true;
        }
        Ok(false)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    const HEAD: &str = "PUT /b/k HTTP/1.1\r\nhost: x\r\n";

    /// What the bytes are followed to in pieces of a length: `Ok(between)` or the place of the byte
    /// that is refused.
    fn followed(bytes: &[u8], piece: usize) -> Result<bool, usize> {
        let mut framing = Framing::default();
        for (number, part) in bytes.chunks(piece).enumerate() {
            if let Some(at) = framing.follow(part) {
                assert_eq!(framing.follow(b"GET / HTTP/1.1\r\n\r\n"), Some(0));
                return Err(number * piece + at);
            }
        }
        Ok(framing.is_between())
    }

    #[test]
    fn requests_that_can_be_cut_in_one_way() {
        for (sentence, text, between) in [
            ("no body", format!("{HEAD}\r\n"), true),
            ("two without a body", format!("{HEAD}\r\n{HEAD}\r\n"), true),
            (
                "a length",
                format!("{HEAD}content-length: 5\r\n\r\n12345{HEAD}\r\n"),
                true,
            ),
            (
                "a length of nothing",
                format!("{HEAD}content-length: 0\r\n\r\n{HEAD}\r\n"),
                true,
            ),
            (
                "a body that is short of it",
                format!("{HEAD}Content-Length: 5\r\n\r\n1234"),
                false,
            ),
            (
                "chunks",
                format!(
                    "{HEAD}Transfer-Encoding: Chunked\r\n\r\n5\r\n12345\r\n00A\r\n1234567890\r\n0\r\n\r\n{HEAD}\r\n"
                ),
                true,
            ),
            (
                "what looks like a frame within a chunk",
                format!("{HEAD}transfer-encoding: chunked\r\n\r\n5\r\n0\r\n\r\n\r\n0\r\n\r\n"),
                true,
            ),
            (
                "no last chunk",
                format!("{HEAD}transfer-encoding: chunked\r\n\r\n5\r\n12345\r\n"),
                false,
            ),
            (
                "empty lines before a request",
                format!("\r\n\r\n{HEAD}\r\n"),
                true,
            ),
            ("a head that goes on", HEAD.to_owned(), false),
            (
                "HTTP/1.0 with a length",
                "PUT / HTTP/1.0\r\ncontent-length: 1\r\n\r\nx".to_owned(),
                true,
            ),
        ] {
            for piece in [1, 2, 7, 1_000] {
                assert_eq!(
                    followed(text.as_bytes(), piece),
                    Ok(between),
                    "{sentence} by {piece}"
                );
            }
        }
    }

    #[test]
    fn attack_43_bytes_that_can_be_cut_in_two_ways_are_refused() {
        let chunked = format!("{HEAD}transfer-encoding: chunked\r\n\r\n");
        for (sentence, good, bad) in [
            (
                "a length behind a transfer encoding",
                format!("{HEAD}transfer-encoding: chunked\r\ncontent-length: 1\r\n\r"),
                "\n",
            ),
            (
                "a length before one",
                format!("{HEAD}content-length: 0\r\ntransfer-encoding: chunked\r\n\r"),
                "\n",
            ),
            (
                "two lengths",
                format!("{HEAD}content-length: 1\r\ncontent-length: 2\r"),
                "\n\r\n",
            ),
            (
                "two lengths alike",
                format!("{HEAD}content-length: 1\r\ncontent-length: 1\r"),
                "\n\r\n",
            ),
            (
                "a length in a list",
                format!("{HEAD}content-length: 1, 1\r"),
                "\n\r\n",
            ),
            (
                "a length with a sign",
                format!("{HEAD}content-length: +1\r"),
                "\n\r\n",
            ),
            (
                "a length of no digits",
                format!("{HEAD}content-length:\r"),
                "\n\r\n",
            ),
            (
                "a length that overflows",
                format!("{HEAD}content-length: 99999999999999999999\r"),
                "\n\r\n",
            ),
            (
                "two transfer encodings",
                format!("{HEAD}transfer-encoding: chunked\r\nTransfer-encoding: chunked\r"),
                "\n\r\n",
            ),
            (
                "another encoding",
                format!("{HEAD}transfer-encoding: gzip, chunked\r"),
                "\n\r\n",
            ),
            (
                "chunked twice",
                format!("{HEAD}transfer-encoding: chunked, chunked\r"),
                "\n\r\n",
            ),
            (
                "nearly chunked",
                format!("{HEAD}transfer-encoding: xchunked\r"),
                "\n\r\n",
            ),
            (
                "chunked with a parameter",
                format!("{HEAD}transfer-encoding: chunked;a=b\r"),
                "\n\r\n",
            ),
            (
                "identity",
                format!("{HEAD}transfer-encoding: identity\r"),
                "\n\r\n",
            ),
            (
                "a blank before the colon",
                format!("{HEAD}transfer-encoding : gzip\r"),
                "\n\r\n",
            ),
            (
                "HTTP/1.0 with chunks",
                "PUT / HTTP/1.0\r\ntransfer-encoding: chunked\r\n\r".to_owned(),
                "\n0\r\n\r\n",
            ),
            (
                "a bare line feed",
                format!("{HEAD}x-a: 1"),
                "\nx-b: 2\r\n\r\n",
            ),
            (
                "a bare line feed behind the request line",
                "GET / HTTP/1.1".to_owned(),
                "\nhost: x\r\n\r\n",
            ),
            (
                "a bare carriage return",
                format!("{HEAD}x-a: 1\rx-b: 2\r"),
                "\n\r\n",
            ),
            (
                "a chunk extension",
                format!("{chunked}1"),
                ";a=b\r\nx\r\n0\r\n\r\n",
            ),
            (
                "a chunk without a size",
                chunked.clone(),
                "\r\nx\r\n0\r\n\r\n",
            ),
            (
                "a blank before a size",
                chunked.clone(),
                " 1\r\nx\r\n0\r\n\r\n",
            ),
            (
                "a size with a sign",
                chunked.clone(),
                "+1\r\nx\r\n0\r\n\r\n",
            ),
            (
                "a size in hexadecimal of C",
                format!("{chunked}0"),
                "x1\r\nx\r\n0\r\n\r\n",
            ),
            (
                "a size that overflows",
                format!("{chunked}{}", "f".repeat(15)),
                "f\r\n",
            ),
            (
                "a bare line feed behind a size",
                format!("{chunked}1"),
                "\nx\r\n0\r\n\r\n",
            ),
            (
                "a bare line feed behind a chunk",
                format!("{chunked}1\r\nx"),
                "\n0\r\n\r\n",
            ),
            (
                "a chunk that is longer than it says",
                format!("{chunked}1\r\nx"),
                "y\r\n0\r\n\r\n",
            ),
            (
                "a trailer",
                format!("{chunked}0\r\n"),
                "x-amz-checksum-crc32: AAAAAA==\r\n\r\n",
            ),
            (
                "a last chunk with a bare line feed",
                format!("{chunked}0\r\n"),
                "\n",
            ),
            (
                "a head without end",
                format!("{HEAD}{}", "a".repeat(MOST_HEAD - HEAD.len())),
                "a",
            ),
        ] {
            let text = format!("{good}{bad}");
            assert_eq!(followed(text.as_bytes(), 1), Err(good.len()), "{sentence}");
            // In one piece a head without end is refused at its end, which is as far from hyper.
            if bad != "a" {
                assert_eq!(
                    followed(text.as_bytes(), text.len()),
                    Err(good.len()),
                    "{sentence}"
                );
            }
        }
    }
}
