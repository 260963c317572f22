//! A browser's form: the fields before the file say who asks for what, and the file is read once
//! that is decided.

use std::collections::VecDeque;
use std::future::poll_fn;
use std::pin::Pin;
use std::task::{Context, Poll, ready};

use authority::Incoming;
use authority::incoming::UnreadPost;
use authority::refusal::{BodyFailure, Unread};
use authority::s3_call;
use bytes::Bytes;
use catalog::s3::post::{Form, Reader};
use http_body::Frame;
use http_body_util::BodyExt as _;

use super::rest::Rest;
use crate::api::upload::Idle;
use crate::api::{Answer, Api, RequestInfo};
use crate::backend::Upload;
use crate::clock;
use crate::limits::BODY_TIMEOUT;

/// The file of a form: what comes of the body behind the fields, without what frames it. It ends
/// only when the form does.
struct File {
    body: hyper::body::Incoming,
    /// Until the end.
    reader: Option<Reader>,
    pieces: VecDeque<Bytes>,
    idle: Idle,
}

impl Api {
    pub(in crate::api) async fn post_form(
        &self,
        info: &mut RequestInfo,
        incoming: &Incoming,
        unread: UnreadPost<'_>,
        body: hyper::body::Incoming,
    ) -> Answer {
        let reader = Reader::new(unread.content_type()).map_err(|bad| unread.unreadable(&bad))?;
        let mut file = File {
            body,
            reader: Some(reader),
            pieces: VecDeque::new(),
            idle: Idle::default(),
        };
        // As long as for any body that is read whole. It is no more than 20 KiB before the file, on
        // each connection.
        let fields = tokio::time::timeout(BODY_TIMEOUT, poll_fn(|context| file.poll_form(context)));
        let form = match fields.await {
            Ok(Ok(form)) => form,
            Ok(Err(Unformed::Unmapped(bad))) => return Err(unread.unreadable(&bad)),
            Ok(Err(Unformed::Broken)) => return Err(s3_call::unread(Unread::Broken)),
            Err(_) => return Err(s3_call::unread(Unread::Late)),
        };
        // A form may take half a minute to arrive; decided is over now.
        info.at = clock::now();
        let peer = info.peer.clone();
        let (caller, call) =
            self.authenticated(info, |here| unread.authenticate(form, here, &peer))?;
        let rest = Rest {
            incoming,
            upload: Some(Upload {
                body: file.boxed_unsync(),
                length: None,
            }),
            held: None,
        };
        let answer = self.pass(info, &caller, call, rest).await;
        answer.map_err(|denial| denial.asked_by(&self.ledger.world(), &caller))
    }
}

/// Why there are no fields.
enum Unformed {
    Unmapped(catalog::Unmapped),
    Broken,
}

impl File {
    /// The fields, once the file begins.
    fn poll_form(&mut self, context: &mut Context<'_>) -> Poll<Result<Form, Unformed>> {
        loop {
            let Some(reader) = &mut self.reader else {
                return Poll::Ready(Err(Unformed::Broken));
            };
            if let Some(form) = reader.form() {
                return Poll::Ready(Ok(form.clone()));
            }
            let pieces = &mut self.pieces;
            let mut keep = |piece: &[u8]| pieces.push_back(Bytes::copy_from_slice(piece));
            let fed = match ready!(self.idle.next(&mut self.body, context)) {
                Some(Ok(data)) => reader.push(&data, &mut keep),
                Some(Err(_)) => return Poll::Ready(Err(Unformed::Broken)),
                None => match self.reader.take().map(Reader::finish) {
                    Some(finished) => finished,
                    None => return Poll::Ready(Err(Unformed::Broken)),
                },
            };
            if let Err(bad) = fed {
                return Poll::Ready(Err(Unformed::Unmapped(bad)));
            }
        }
    }
}

impl http_body::Body for File {
    type Data = Bytes;
    type Error = BodyFailure;

    fn poll_frame(
        mut self: Pin<&mut Self>,
        context: &mut Context<'_>,
    ) -> Poll<Option<Result<Frame<Bytes>, BodyFailure>>> {
        let this = &mut *self;
        loop {
            if let Some(piece) = this.pieces.pop_front() {
                return Poll::Ready(Some(Ok(Frame::data(piece))));
            }
            let Some(reader) = &mut this.reader else {
                return Poll::Ready(None);
            };
            let pieces = &mut this.pieces;
            let mut keep = |piece: &[u8]| pieces.push_back(Bytes::copy_from_slice(piece));
            let failure = match ready!(this.idle.next(&mut this.body, context)) {
                Some(Ok(data)) => match reader.push(&data, &mut keep) {
                    Ok(()) => continue,
                    Err(bad) => BodyFailure::no_form(&bad),
                },
                Some(Err(failure)) => failure,
                None => match this.reader.take().map(Reader::finish) {
                    Some(Ok(())) | None => continue,
                    Some(Err(bad)) => BodyFailure::no_form(&bad),
                },
            };
            this.reader = None;
            this.pieces.clear();
            return Poll::Ready(Some(Err(failure)));
        }
    }
}
