//! Bodies that stream: passed on with the last piece held back until the signature's hash holds.

use std::pin::Pin;
use std::sync::{Arc, Mutex};
use std::task::{Context, Poll};

use authority::refusal::BodyFailure as Failure;
use bytes::Bytes;
use http_body::{Body, Frame, SizeHint};
use hyper::body::Incoming;
use sigv4::BodyChecker;
use tokio::time::{Sleep, sleep};

use crate::backend::Digests;
use crate::limits::BODY_IDLE_TIMEOUT;

/// What a body gives next.
type Next = Poll<Option<Result<Frame<Bytes>, Box<dyn std::error::Error + Send + Sync>>>>;

/// A body whose last piece leaves only when hash and digests hold; else it ends in an error, and
/// whoever stores it must abort.
pub(super) struct Proven {
    inner: Incoming,
    checks: Option<(BodyChecker, Digests)>,
    held: Option<Bytes>,
    failure: Arc<Mutex<Option<Failure>>>,
    idle: Pin<Box<Sleep>>,
}

impl Proven {
    /// The body, and where to ask afterwards why it failed.
    pub(super) fn new(
        inner: Incoming,
        checker: BodyChecker,
        digests: Digests,
    ) -> (Self, Arc<Mutex<Option<Failure>>>) {
        let failure = Arc::default();
        let checks = Some((checker, digests));
        (
            Self {
                inner,
                checks,
                held: None,
                failure: Arc::clone(&failure),
                idle: Box::pin(sleep(BODY_IDLE_TIMEOUT)),
            },
            failure,
        )
    }

    fn fail(&mut self, failure: Failure) -> Next {
        self.held = None;
        self.checks = None;
        *self
            .failure
            .lock()
            .unwrap_or_else(std::sync::PoisonError::into_inner) = Some(failure.clone());
        Poll::Ready(Some(Err(Box::new(failure))))
    }
}

impl Body for Proven {
    type Data = Bytes;
    type Error = Box<dyn std::error::Error + Send + Sync>;

    fn poll_frame(mut self: Pin<&mut Self>, cx: &mut Context<'_>) -> Next {
        loop {
            if self.checks.is_none() {
                return Poll::Ready(None);
            }
            // The pause is bounded, not the whole: a large upload may take hours, but one that has
            // stopped keeps a slot and a bucket for nothing.
            let frame = match Pin::new(&mut self.inner).poll_frame(cx) {
                Poll::Pending if self.idle.as_mut().poll(cx).is_ready() => {
                    return self.fail(Failure::Broken);
                }
                Poll::Pending => return Poll::Pending,
                Poll::Ready(frame) => frame,
            };
            match frame {
                Some(Ok(frame)) => {
                    self.idle = Box::pin(sleep(BODY_IDLE_TIMEOUT));
                    // Trailers are not under the hash that was signed, so they end the body.
                    let Ok(data) = frame.into_data() else {
                        return self.fail(Failure::Broken);
                    };
                    if let Some((checker, digests)) = &mut self.checks {
                        checker.update(&data);
                        digests.update(&data);
                    }
                    // One piece behind: the store cannot complete an object before the hash was
                    // compared.
                    if let Some(ready) = self.held.replace(data) {
                        return Poll::Ready(Some(Ok(Frame::data(ready))));
                    }
                }
                Some(Err(_)) => return self.fail(Failure::Broken),
                None => {
                    let Some((checker, digests)) = self.checks.take() else {
                        return Poll::Ready(None);
                    };
                    // The signed hash before the digests: a body that was changed on its way is
                    // refused as that.
                    if checker.finish().is_err() {
                        return self.fail(Failure::Hash);
                    }
                    if !digests.hold() {
                        return self.fail(Failure::Digest);
                    }
                    return Poll::Ready(self.held.take().map(|last| Ok(Frame::data(last))));
                }
            }
        }
    }

    fn size_hint(&self) -> SizeHint {
        self.inner.size_hint()
    }
}
