//! A form as its bytes come (RFC 7578): fields, then one file, then the end. Bounded before the
//! file, which is handed on as it comes.

use wire::S3Fault;

use super::form::Form;
use super::part::{PartHead, boundary, fault, is_boundary, malformed, part};
use crate::unmapped::Unmapped;

/// "Maximum 20 KB of fields before the file": all bytes, boundaries and part headers too (S3
/// API reference, "Error responses", MaxPostPreDataLengthExceededError).
const MOST_BEFORE: usize = 20 * 1024;

/// Reads a form, whatever the pieces that it comes in.
pub struct Reader {
    /// A line break, two hyphens and the boundary.
    delimiter: Vec<u8>,
    at: At,
    /// Bytes that came and are not decided yet.
    held: Vec<u8>,
    /// How many of them were searched in vain: a form that comes byte by byte would else be searched
    /// from its beginning as often as it has bytes.
    searched: usize,
    /// The field whose value is next.
    part: Option<PartHead>,
    before: usize,
    form: Form,
}

#[derive(Clone, Copy, Debug, PartialEq, Eq)]
enum At {
    /// Before the first boundary.
    Start,
    /// In the fields.
    Fields,
    /// In the file.
    File,
    /// Behind the file's boundary.
    Tail,
    /// Behind the closing boundary.
    End,
}

impl Reader {
    /// Begins a form of this `Content-Type`.
    ///
    /// # Errors
    /// [`Unmapped`] when it has no boundary of 1 to 70 characters (RFC 2046 section 5.1.1).
    pub fn new(content_type: &str) -> Result<Self, Unmapped> {
        let boundary = boundary(content_type).ok_or_else(malformed)?;
        Self::within(&boundary)
    }

    /// Begins a form of this boundary.
    ///
    /// # Errors
    /// [`Unmapped`] when it is none.
    pub fn within(boundary: &str) -> Result<Self, Unmapped> {
        if !is_boundary(boundary) {
            return Err(malformed());
        }
        let mut delimiter = b"\r\n--".to_vec();
        delimiter.extend_from_slice(boundary.as_bytes());
        Ok(Self {
            delimiter,
            at: At::Start,
            // As if a line had ended before, so that the first boundary is one like the others.
            held: b"\r\n".to_vec(),
            searched: 0,
            part: None,
            before: 0,
            form: Form::default(),
        })
    }

    /// Takes bytes, and hands on those of the file.
    ///
    /// # Errors
    /// [`Unmapped`] for what is no form, or more before its file than it may have.
    pub fn push(&mut self, bytes: &[u8], file: &mut impl FnMut(&[u8])) -> Result<(), Unmapped> {
        if matches!(self.at, At::Start | At::Fields) {
            // Only so much is ever held, however much comes at once.
            let room = MOST_BEFORE.saturating_sub(self.before);
            let (now, later) = bytes
                .split_at_checked(room.min(bytes.len()))
                .ok_or_else(malformed)?;
            self.before += now.len();
            self.held.extend_from_slice(now);
            self.fields()?;
            if matches!(self.at, At::Start | At::Fields) {
                return if later.is_empty() {
                    Ok(())
                } else {
                    Err(fault(S3Fault::MaxPostPreDataLengthExceeded))
                };
            }
            self.held.extend_from_slice(later);
        } else {
            self.held.extend_from_slice(bytes);
        }
        if self.at == At::File {
            self.file(file);
        }
        self.tail()
    }

    /// The fields, once the file has begun.
    pub fn form(&self) -> Option<&Form> {
        (!matches!(self.at, At::Start | At::Fields)).then_some(&self.form)
    }

    /// Whether the file is over.
    pub fn file_is_whole(&self) -> bool {
        self.at == At::End
    }

    /// Ends it.
    ///
    /// # Errors
    /// [`Unmapped`] when it is not over.
    pub fn finish(self) -> Result<(), Unmapped> {
        match self.at {
            At::End => Ok(()),
            At::Start | At::Fields => Err(malformed()),
            At::File | At::Tail => Err(fault(S3Fault::IncompleteBody)),
        }
    }

    /// Takes whole parts off, until the file begins.
    fn fields(&mut self) -> Result<(), Unmapped> {
        if self.at == At::Start {
            if self.held.len() < self.delimiter.len() {
                return if self.delimiter.starts_with(&self.held) {
                    Ok(())
                } else {
                    Err(malformed())
                };
            }
            // RFC 2046 allows a preamble; no browser and no client sends one.
            let rest = self
                .held
                .strip_prefix(&self.delimiter[..])
                .ok_or_else(malformed)?;
            self.held = rest.to_vec();
            self.at = At::Fields;
        }
        loop {
            let part = match self.part.take() {
                Some(part) => part,
                None => match self.head()? {
                    Some(part) => part,
                    None => return Ok(()),
                },
            };
            if part.name == "file" {
                self.form.file_name = part.file_name.unwrap_or_default();
                self.held.drain(..2);
                self.at = At::File;
                return Ok(());
            }
            let Some(end) = search(&self.held, &self.delimiter, &mut self.searched) else {
                self.part = Some(part);
                return Ok(());
            };
            let value = &self.held;
            let text = value.get(2..end.max(2)).unwrap_or_default();
            let text = std::str::from_utf8(text).map_err(|_| malformed())?;
            if self.form.get(&part.name).is_some() {
                // Signature, policy and store could each believe another one.
                return Err(Unmapped::Says(
                    S3Fault::InvalidArgument,
                    format!("POST requires exactly one field named '{}'.", part.name),
                ));
            }
            self.form.fields.push((part.name, text.to_owned()));
            let next = value.get(end + self.delimiter.len()..).unwrap_or_default();
            self.held = next.to_vec();
        }
    }

    /// Takes off what stands before a value, but for the empty line's own end, which may be the
    /// beginning of the next boundary.
    fn head(&mut self) -> Result<Option<PartHead>, Unmapped> {
        // Behind a boundary: the line's end, headers, an empty line.
        match self.held.as_slice() {
            [] | [b'\r'] | [b'-'] => return Ok(None),
            [b'\r', b'\n', ..] => {}
            [b'-', b'-', ..] => return Err(fault(S3Fault::IncorrectNumberOfFiles)),
            _ => return Err(malformed()),
        }
        let Some(end) = search(&self.held, b"\r\n\r\n", &mut self.searched) else {
            return Ok(None);
        };
        let (head, rest) = self.held.split_at_checked(end).ok_or_else(malformed)?;
        let part = part(head.get(2..).unwrap_or_default())?;
        self.held = rest.get(2..).unwrap_or_default().to_vec();
        Ok(Some(part))
    }

    /// Hands on what is surely the file's.
    fn file(&mut self, file: &mut impl FnMut(&[u8])) {
        if let Some(end) = find(&self.held, &self.delimiter) {
            file(self.held.get(..end).unwrap_or_default());
            self.held.drain(..end + self.delimiter.len());
            self.at = At::Tail;
            return;
        }
        // The last bytes may be the beginning of the boundary.
        let sure = self.held.len().saturating_sub(self.delimiter.len() - 1);
        let begins = self
            .held
            .get(sure..)
            .unwrap_or_default()
            .iter()
            .position(|byte| *byte == b'\r');
        let sure = begins.map_or(self.held.len(), |at| sure + at);
        if sure > 0 {
            file(self.held.get(..sure).unwrap_or_default());
            self.held.drain(..sure);
        }
    }

    /// Behind the file there is the end, and nothing else: a field there would be covered by no
    /// policy.
    fn tail(&mut self) -> Result<(), Unmapped> {
        if self.at == At::Tail {
            match self.held.as_slice() {
                [] | [b'-'] | [b'\r'] => return Ok(()),
                [b'-', b'-', ..] => {
                    self.held.drain(..2);
                    self.at = At::End;
                }
                [b'\r', b'\n', ..] => return Err(fault(S3Fault::IncorrectNumberOfFiles)),
                _ => return Err(malformed()),
            }
        }
        if self.at == At::End && !b"\r\n".starts_with(&self.held) {
            return Err(malformed());
        }
        Ok(())
    }
}

impl std::fmt::Debug for Reader {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.debug_struct("Reader")
            .field("at", &self.at)
            .finish_non_exhaustive()
    }
}

/// Where a text begins in what is held, of which some was searched before.
fn search(held: &[u8], wanted: &[u8], searched: &mut usize) -> Option<usize> {
    // Its beginning may have been there already.
    let from = searched.saturating_sub(wanted.len().saturating_sub(1));
    let found = held
        .get(from..)
        .and_then(|rest| find(rest, wanted))
        .map(|at| from + at);
    // What is found is taken off, and what is behind it was not searched.
    *searched = if found.is_some() { 0 } else { held.len() };
    found
}

/// Where a text begins in another one. Boundaries are short, and a candidate is a `\r`.
fn find(text: &[u8], wanted: &[u8]) -> Option<usize> {
    let first = *wanted.first()?;
    let mut from = 0;
    loop {
        let rest = text.get(from..)?;
        let at = from + rest.iter().position(|byte| *byte == first)?;
        if text.get(at..)?.starts_with(wanted) {
            return Some(at);
        }
        from = at + 1;
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    /// 117 kB that came byte by byte kept a worker busy for as long as 200 MB would have.
    #[test]
    fn attack_51_no_byte_before_the_file_is_searched_again() {
        for (sentence, text) in [
            (
                "a value",
                "--x\r\nContent-Disposition: form-data; name=a\r\n\r\n",
            ),
            ("a head", "--x\r\nContent-Disposition: form-data; name=\""),
        ] {
            let mut reader = Reader::within("x").unwrap();
            reader.push(text.as_bytes(), &mut |_| {}).unwrap();
            for _ in 0..10_000 {
                reader.push(b"\r", &mut |_| {}).unwrap();
                assert_eq!(reader.searched, reader.held.len(), "{sentence}");
            }
            assert_eq!(
                reader.part.is_some(),
                sentence == "a value",
                "its head is read once"
            );
        }
    }
}
