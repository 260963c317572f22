//! A body in chunks, read as it comes: nothing but the line between two chunks is ever kept.

use std::sync::Arc;

use aws_lc_rs::digest;

use super::chain::Chain;
use super::grammar::{self, Ending, Line, TRAILER_SIGNATURE};
use super::promise::Chunked;
use super::trailers::Trailers;
use crate::digest::{array, sha256};
use crate::refusal::Refusal;
use crate::signature::Signature;

/// Every chunk but the last has at least as many bytes (S3 API reference, as above).
const SHORTEST: u64 = 8_192;

pub(super) struct ChunkedReader {
    promise: Arc<Chunked>,
    chain: Option<Chain>,
    state: State,
    line: Line,
    /// Bytes of chunks that are still to come.
    left: u64,
    was_short: bool,
    trailers: Trailers,
}

enum State {
    /// The line before a chunk.
    Size,
    /// The bytes of a chunk.
    Data(Chunk),
    /// CRLF after the bytes of a chunk.
    AfterData,
    /// A line after the last chunk.
    Trailer,
    /// What ends lines that end in a line feed: another one, or CRLF.
    BareTrailer,
    /// The empty line after the signature of the trailer.
    Last,
    Done,
}

struct Chunk {
    left: u64,
    /// The hash so far and what it must be signed with.
    signed: Option<(digest::Context, Signature)>,
}

impl ChunkedReader {
    pub(super) fn new(promise: &Arc<Chunked>) -> Self {
        Self {
            chain: promise.seed.clone().map(Chain::new),
            left: promise.length,
            promise: Arc::clone(promise),
            state: State::Size,
            line: Line::default(),
            was_short: false,
            trailers: Trailers::default(),
        }
    }

    pub(super) fn push(
        &mut self,
        mut bytes: &[u8],
        out: &mut impl FnMut(&[u8]),
    ) -> Result<(), Refusal> {
        while !bytes.is_empty() {
            if let State::Data(chunk) = &mut self.state {
                let length = usize::try_from(chunk.left)
                    .unwrap_or(usize::MAX)
                    .min(bytes.len());
                let (data, rest) = bytes.split_at_checked(length).unwrap_or((bytes, &[]));
                if let Some((hash, _)) = &mut chunk.signed {
                    hash.update(data);
                }
                chunk.left -= u64::try_from(data.len()).unwrap_or(chunk.left);
                bytes = rest;
                // Checked before its last bytes are handed out.
                if chunk.left == 0 {
                    self.end_of_data()?;
                }
                out(data);
                continue;
            }
            if matches!(self.state, State::Done) {
                return Err(Refusal::Framing("it goes on behind its end"));
            }
            let (rest, whole) = self.line.take(bytes)?;
            bytes = rest;
            match self.state {
                _ if !whole => {}
                State::Trailer | State::BareTrailer => {
                    let (line, ending) = self.line.end_of_trailer()?;
                    self.trailer_line(&line, ending)?;
                }
                _ => {
                    let line = self.line.end()?;
                    self.line(&line)?;
                }
            }
        }
        Ok(())
    }

    pub(super) fn finish(self) -> Result<Trailers, Refusal> {
        match self.state {
            State::Done => Ok(self.trailers),
            State::Size
            | State::Data(_)
            | State::AfterData
            | State::Trailer
            | State::BareTrailer
            | State::Last => Err(Refusal::Framing("it ends before its last chunk does")),
        }
    }

    fn end_of_data(&mut self) -> Result<(), Refusal> {
        if let State::Data(Chunk {
            signed: Some((hash, signature)),
            ..
        }) = std::mem::replace(&mut self.state, State::AfterData)
            && let Some(chain) = &mut self.chain
        {
            chain.chunk(&array(&hash.finish()), &signature)?;
        }
        Ok(())
    }

    fn line(&mut self, line: &[u8]) -> Result<(), Refusal> {
        match self.state {
            State::Size => self.size(line),
            State::AfterData | State::Last if !line.is_empty() => {
                Err(Refusal::Framing("a chunk is longer than its size"))
            }
            State::AfterData => {
                self.state = State::Size;
                Ok(())
            }
            State::Last => {
                self.state = State::Done;
                Ok(())
            }
            State::Data(_) | State::Trailer | State::BareTrailer | State::Done => {
                Err(Refusal::Framing("it goes on behind its end"))
            }
        }
    }

    fn trailer_line(&mut self, line: &[u8], ending: Ending) -> Result<(), Refusal> {
        let is_bare = matches!(self.state, State::BareTrailer);
        match (is_bare, ending) {
            // As the SDKs write them: each line with CRLF.
            (false, Ending::CrLf) if line.is_empty() => self.end_of_trailers(),
            (false, Ending::CrLf) => self.trailer(line),
            // As minio-go does, and S3 takes them: lines as they are signed, then CRLF for all.
            (true, Ending::CrLf) if line.is_empty() => {
                self.state = State::Trailer;
                Ok(())
            }
            (_, Ending::Lf) if !line.starts_with(TRAILER_SIGNATURE.as_bytes()) => {
                self.state = State::BareTrailer;
                self.trailer(line)
            }
            (true, Ending::CrLf) | (_, Ending::Lf) => {
                Err(Refusal::Trailer("a line of it has another end"))
            }
        }
    }

    fn size(&mut self, line: &[u8]) -> Result<(), Refusal> {
        let (size, signature) = grammar::size(line, self.chain.as_ref().map(Chain::algorithm))?;
        if size == 0 {
            if self.left > 0 {
                return Err(Refusal::Framing("it is shorter than was said"));
            }
            if let (Some(chain), Some(signature)) = (&mut self.chain, signature) {
                chain.chunk(&sha256(b""), &signature)?;
            }
            self.state = match self.promise.trailers.is_empty() {
                true => State::Last,
                false => State::Trailer,
            };
            return Ok(());
        }
        self.left = self
            .left
            .checked_sub(size)
            .ok_or(Refusal::Framing("it is longer than was said"))?;
        if self.was_short {
            return Err(Refusal::ChunkSize);
        }
        self.was_short = size < SHORTEST;
        self.state = State::Data(Chunk {
            left: size,
            signed: signature.map(|signature| (digest::Context::new(&digest::SHA256), signature)),
        });
        Ok(())
    }

    fn trailer(&mut self, line: &[u8]) -> Result<(), Refusal> {
        let (name, value) = grammar::trailer(line)?;
        if name == TRAILER_SIGNATURE {
            return self.trailer_signature(&value);
        }
        if !self.promise.trailers.contains(&name) {
            return Err(Refusal::Trailer("it was not announced"));
        }
        if self.trailers.get(&name).is_some() {
            return Err(Refusal::Trailer("it is given more than once"));
        }
        self.trailers.put(name, value);
        Ok(())
    }

    fn trailer_signature(&mut self, value: &str) -> Result<(), Refusal> {
        self.are_all_there()?;
        let Some(chain) = &mut self.chain else {
            return Err(Refusal::Trailer("it is signed, and the chunks are not"));
        };
        let signature = Signature::read_of_chunk(chain.algorithm(), value.as_bytes())
            .ok_or(Refusal::Trailer("its signature cannot be read"))?;
        chain.trailer(&sha256(&self.trailers.canonical()), &signature)?;
        self.state = State::Last;
        Ok(())
    }

    fn end_of_trailers(&mut self) -> Result<(), Refusal> {
        // A signed one ends in its signature, which leads on to the last line.
        if self.chain.is_some() {
            return Err(Refusal::Trailer("its signature is missing"));
        }
        self.are_all_there()?;
        self.state = State::Done;
        Ok(())
    }

    fn are_all_there(&self) -> Result<(), Refusal> {
        // None is there twice or unannounced, so counting them is enough.
        if self.trailers.len() != self.promise.trailers.len() {
            return Err(Refusal::Trailer("one that was announced is missing"));
        }
        Ok(())
    }
}
