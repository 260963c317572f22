//! The answers of every operation, over the backend without HTTP: a request's head goes through the
//! catalogue as it does at the gate, and what comes back is looked at as a client would.

mod attributes;
mod bodies;
mod buckets;
mod completions;
mod copies;
mod deletions;
mod forms;
mod listings;
mod reads;
mod uploads;
mod writes;

use authority::refusal::BodyFailure;
use bytes::Bytes;
use catalog::s3::{Operation, S3Call, route};
use catalog::{BucketName, ObjectKey};
use http::HeaderMap;
use http_body::Frame;
use http_body_util::BodyExt as _;
use policy::AccountId;
use tempfile::TempDir;
use wire::{Head, RequestId};

use super::{Ask, Backend, Context, Failed, Looked, Upload};

/// 2023-11-14T22:13:20Z.
pub(super) const NOW: i64 = 1_700_000_000;

/// A backend over an empty store, with the bucket `box`.
pub(super) struct Stage {
    pub(super) backend: Backend,
    _folder: TempDir,
}

/// What came back.
#[derive(Debug)]
pub(super) struct Answer {
    pub(super) status: u16,
    /// S3's code, where it was refused.
    pub(super) code: String,
    pub(super) headers: HeaderMap,
    pub(super) body: Bytes,
    /// The refusal's words.
    pub(super) says: String,
}

impl Answer {
    pub(super) fn header(&self, name: &str) -> Option<&str> {
        self.headers.get(name).map(|value| value.to_str().unwrap())
    }

    pub(super) fn text(&self) -> &str {
        std::str::from_utf8(&self.body).unwrap()
    }

    /// What is in the elements of this name.
    pub(super) fn all(&self, element: &str) -> Vec<String> {
        let (open, close) = (format!("<{element}>"), format!("</{element}>"));
        self.text()
            .split(&open)
            .skip(1)
            .map(|rest| rest.split(&close).next().unwrap().to_owned())
            .collect()
    }

    /// What is in the one element of this name.
    pub(super) fn one(&self, element: &str) -> Option<String> {
        let all = self.all(element);
        assert!(all.len() < 2, "{element}: {all:?}");
        all.into_iter().next()
    }

    pub(super) fn is(&self, status: u16, code: &str) {
        assert_eq!(
            (self.status, self.code.as_str()),
            (status, code),
            "{self:?}"
        );
    }
}

/// The call that a request is.
pub(super) fn call(method: &str, target: &str, headers: &[(&str, &str)], body: &[u8]) -> S3Call {
    let fields = [("host", "s3.localhost")];
    let fields = fields
        .iter()
        .chain(headers)
        .map(|(name, value)| (*name, value.as_bytes()));
    let head = Head::read(method, target, fields).unwrap();
    route(&head, None).unwrap().call(body).unwrap().detail
}

pub(super) fn ask(call: S3Call) -> Ask {
    Ask {
        call,
        looked: Vec::new(),
        denied: Vec::new(),
        context: Context {
            region: "us-east-1".to_owned(),
            host: "s3.localhost".to_owned(),
            secure: false,
            request_id: RequestId::from_entropy([0; 16]),
            owner: AccountId::parse("111122223333").unwrap(),
            caller: "arn:aws:iam::111122223333:role/writer".to_owned(),
            tells_tags: true,
            tells_missing: true,
            virtual_hosted: false,
            now: NOW,
        },
    }
}

/// A body in these pieces, with these trailers, or broken off.
pub(super) fn upload(
    pieces: Vec<Bytes>,
    trailers: &[(&'static str, &str)],
    broken: Option<BodyFailure>,
) -> Upload {
    let mut frames: Vec<Result<Frame<Bytes>, BodyFailure>> = pieces
        .into_iter()
        .map(|piece| Ok(Frame::data(piece)))
        .collect();
    if !trailers.is_empty() {
        let trailers = trailers
            .iter()
            .map(|(name, value)| ((*name).parse().unwrap(), value.parse().unwrap()))
            .collect();
        frames.push(Ok(Frame::trailers(trailers)));
    }
    frames.extend(broken.map(Err));
    Upload {
        body: Frames(frames.into_iter()).boxed_unsync(),
        length: None,
    }
}

/// A body of frames that are there already.
struct Frames(std::vec::IntoIter<Result<Frame<Bytes>, BodyFailure>>);

impl http_body::Body for Frames {
    type Data = Bytes;
    type Error = BodyFailure;

    fn poll_frame(
        mut self: std::pin::Pin<&mut Self>,
        _: &mut std::task::Context<'_>,
    ) -> std::task::Poll<Option<Result<Frame<Bytes>, BodyFailure>>> {
        std::task::Poll::Ready(self.0.next())
    }
}

impl Stage {
    pub(super) async fn new() -> Self {
        let folder = tempfile::tempdir().unwrap();
        let stage = Self {
            backend: Backend::open(folder.path()).unwrap(),
            _folder: folder,
        };
        stage.send("PUT", "/box", &[], b"").await.is(200, "");
        stage
    }

    /// Sends a request.
    pub(super) async fn send(
        &self,
        method: &str,
        target: &str,
        headers: &[(&str, &str)],
        body: impl AsRef<[u8]>,
    ) -> Answer {
        let body = body.as_ref();
        let call = call(method, target, headers, body);
        let streams = matches!(call.operation, Operation::PutObject | Operation::UploadPart);
        let body = streams.then(|| upload(vec![Bytes::copy_from_slice(body)], &[], None));
        self.answer(ask(call), body).await
    }

    pub(super) async fn answer(&self, ask: Ask, body: Option<Upload>) -> Answer {
        match self.backend.answer(ask, body).await {
            Ok(response) => {
                let (parts, body) = response.into_parts();
                Answer {
                    status: parts.status.as_u16(),
                    code: String::new(),
                    headers: parts.headers,
                    body: body.collect().await.unwrap().to_bytes(),
                    says: String::new(),
                }
            }
            Err(failed) => refused(failed),
        }
    }

    pub(super) async fn look(&self, bucket: &str, key: &str) -> Option<Looked> {
        let (bucket, key) = names(bucket, key);
        self.backend.look(&bucket, &key).await.unwrap()
    }
}

pub(super) fn names(bucket: &str, key: &str) -> (BucketName, ObjectKey) {
    (
        BucketName::parse(bucket).unwrap(),
        ObjectKey::parse(key).unwrap(),
    )
}

fn refused(failed: Failed) -> Answer {
    let (status, code, says, headers) = match failed {
        Failed::Body(failure) => (0, format!("{failure:?}"), String::new(), Vec::new()),
        Failed::Missing(_, _) => (404, "Missing".to_owned(), String::new(), Vec::new()),
        Failed::Changed => (0, "Changed".to_owned(), String::new(), Vec::new()),
        Failed::Store { fault, headers } => {
            (fault.status, fault.code.into_owned(), fault.text, headers)
        }
    };
    Answer {
        status,
        code,
        headers: headers
            .into_iter()
            .map(|(name, value)| (name.parse().unwrap(), value.parse().unwrap()))
            .collect(),
        body: Bytes::new(),
        says,
    }
}
