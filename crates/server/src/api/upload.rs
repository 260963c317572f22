//! Bodies that stream: the bytes as they were before they were put in signed chunks, and at the end
//! what the proof says. Whoever stores them completes nothing before the end.

use std::collections::VecDeque;
use std::pin::Pin;
use std::task::{Context, Poll, ready};

use authority::refusal::BodyFailure as Failure;
use bytes::Bytes;
use http::{HeaderMap, HeaderName, HeaderValue};
use http_body::{Body, Frame};
use http_body_util::BodyExt as _;
use sigv4::{BodyProof, BodyReader, Trailers};
use tokio::time::{Sleep, sleep};

use crate::backend::Upload;
use crate::limits::BODY_IDLE_TIMEOUT;

/// What a body gives next.
type Next = Poll<Option<Result<Frame<Bytes>, Failure>>>;

/// The upload of `length` bytes, decoded, that `body` is.
pub(super) fn decoded<B>(body: B, proof: &BodyProof, length: u64) -> Upload
where
    B: Body<Data = Bytes> + Send + Unpin + 'static,
{
    Upload {
        body: Decoded::new(body, proof.reader()).boxed_unsync(),
        length: Some(length),
    }
}

/// A body of which the end comes only when everything that was signed of it holds; else it ends in
/// an error.
struct Decoded<B> {
    inner: B,
    /// Until the end.
    reader: Option<BodyReader>,
    /// Pieces of what was read last.
    pieces: VecDeque<Bytes>,
    trailers: Option<HeaderMap>,
    idle: Idle,
}

impl<B> Decoded<B> {
    fn new(inner: B, reader: BodyReader) -> Self {
        Self {
            inner,
            reader: Some(reader),
            pieces: VecDeque::new(),
            trailers: None,
            idle: Idle::default(),
        }
    }

    fn fail(&mut self, failure: Failure) -> Next {
        self.reader = None;
        self.pieces.clear();
        Poll::Ready(Some(Err(failure)))
    }
}

impl<B: Body<Data = Bytes> + Unpin> Body for Decoded<B> {
    type Data = Bytes;
    type Error = Failure;

    fn poll_frame(mut self: Pin<&mut Self>, context: &mut Context<'_>) -> Next {
        let this = &mut *self;
        loop {
            if let Some(piece) = this.pieces.pop_front() {
                return Poll::Ready(Some(Ok(Frame::data(piece))));
            }
            if let Some(trailers) = this.trailers.take() {
                return Poll::Ready(Some(Ok(Frame::trailers(trailers))));
            }
            let Some(reader) = &mut this.reader else {
                return Poll::Ready(None);
            };
            match ready!(this.idle.next(&mut this.inner, context)) {
                Some(Ok(data)) => {
                    let pieces = &mut this.pieces;
                    let mut keep = |piece: &[u8]| pieces.push_back(shared(&data, piece));
                    if let Err(refusal) = reader.push(&data, &mut keep) {
                        return this.fail(Failure::unproven(&refusal));
                    }
                }
                Some(Err(failure)) => return this.fail(failure),
                None => match this.reader.take().map(BodyReader::finish) {
                    Some(Ok(trailers)) => this.trailers = headers(&trailers),
                    Some(Err(refusal)) => return this.fail(Failure::unproven(&refusal)),
                    None => {}
                },
            }
        }
    }
}

/// A piece of a buffer without a copy of it.
fn shared(of: &Bytes, piece: &[u8]) -> Bytes {
    let start = (piece.as_ptr() as usize).wrapping_sub(of.as_ptr() as usize);
    let within = start
        .checked_add(piece.len())
        .filter(|end| *end <= of.len());
    match within {
        Some(end) => of.slice(start..end),
        None => Bytes::copy_from_slice(piece),
    }
}

fn headers(trailers: &Trailers) -> Option<HeaderMap> {
    let mut headers = HeaderMap::new();
    for (name, value) in trailers.iter() {
        let (name, value) = (HeaderName::try_from(name), HeaderValue::try_from(value));
        if let (Ok(name), Ok(value)) = (name, value) {
            headers.insert(name, value);
        }
    }
    Some(headers).filter(|headers| !headers.is_empty())
}

/// The pause between two pieces is bounded, not the whole: a large upload may take hours, but one
/// that has stopped keeps a slot and a bucket for nothing.
#[derive(Default)]
pub(super) struct Idle(Option<Pin<Box<Sleep>>>);

impl Idle {
    /// The next bytes of a body, which are not waited for without end.
    pub(super) fn next<B>(
        &mut self,
        body: &mut B,
        context: &mut Context<'_>,
    ) -> Poll<Option<Result<Bytes, Failure>>>
    where
        B: Body<Data = Bytes> + Unpin,
    {
        let Poll::Ready(frame) = Pin::new(body).poll_frame(context) else {
            let idle = self
                .0
                .get_or_insert_with(|| Box::pin(sleep(BODY_IDLE_TIMEOUT)));
            ready!(idle.as_mut().poll(context));
            return Poll::Ready(Some(Err(Failure::Broken)));
        };
        self.0 = None;
        Poll::Ready(frame.map(|frame| match frame {
            // Trailers of HTTP are under no signature; the listener lets none through.
            Ok(frame) => frame.into_data().map_err(|_| Failure::Broken),
            Err(_) => Err(Failure::Broken),
        }))
    }
}

#[cfg(test)]
mod tests {
    use std::convert::Infallible;

    use http_body_util::Full;

    use super::*;

    /// What comes of a body with a signature over its hash: the bytes, or why not.
    async fn read<B>(body: B, hash_of: &[u8]) -> Result<Vec<u8>, Failure>
    where
        B: Body<Data = Bytes> + Send + Unpin + 'static,
    {
        let hash = sigv4::sign::payload_hash(hash_of);
        let fields = [
            ("host", "localhost".as_bytes()),
            ("x-amz-content-sha256", hash.as_bytes()),
        ];
        let head = wire::Head::read("PUT", "/b/k", fields).unwrap();
        let proof = BodyProof::anonymous(&head).unwrap();
        let upload = decoded(body, &proof, hash_of.len() as u64);
        upload
            .body
            .collect()
            .await
            .map(|whole| whole.to_bytes().to_vec())
    }

    #[tokio::test]
    async fn attack_42_the_end_comes_only_when_the_hash_holds() {
        for (sent, signed, holds) in [
            ("abc", "abc", true),
            ("", "", true),
            ("abd", "abc", false),
            ("", "abc", false),
        ] {
            let found = read(Full::new(Bytes::from(sent)), signed.as_bytes()).await;
            assert_eq!(found.is_ok(), holds, "{sent} {signed}");
            assert!(found.is_err() || found == Ok(sent.as_bytes().to_vec()));
        }
    }

    /// One piece, and then nothing.
    struct Half(Option<Bytes>);

    impl Body for Half {
        type Data = Bytes;
        type Error = Infallible;

        fn poll_frame(
            mut self: Pin<&mut Self>,
            _: &mut Context<'_>,
        ) -> Poll<Option<Result<Frame<Bytes>, Infallible>>> {
            match self.0.take() {
                Some(piece) => Poll::Ready(Some(Ok(Frame::data(piece)))),
                None => Poll::Pending,
            }
        }
    }

    #[tokio::test(start_paused = true)]
    async fn a_body_that_rests_is_given_up() {
        let half = || read(Half(Some(Bytes::from_static(b"ab"))), b"abc");
        let second = std::time::Duration::from_secs(1);
        let soon = tokio::time::timeout(BODY_IDLE_TIMEOUT - second, half()).await;
        assert!(soon.is_err(), "it is waited for");
        let late = tokio::time::timeout(BODY_IDLE_TIMEOUT + second, half()).await;
        assert_eq!(late.ok(), Some(Err(Failure::Broken)));
    }

    #[test]
    fn a_piece_of_a_buffer_is_shared_and_another_is_copied() {
        let buffer = Bytes::from_static(b"0123456789");
        let piece = shared(&buffer, &buffer[3..5]);
        assert_eq!(
            (piece.as_ref(), piece.as_ptr()),
            (&b"34"[..], buffer[3..].as_ptr())
        );
        assert_eq!(shared(&buffer, b"elsewhere").as_ref(), b"elsewhere");
    }
}
