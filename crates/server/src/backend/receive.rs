//! A body on its way in: hashed and written beside the workers, a batch at a time, and given to the
//! store only when its own proof and every digest hold.

use std::sync::Arc;

use authority::refusal::BodyFailure;
use bytes::Bytes;
use catalog::s3::{Checksum, Expected, Integrity};
use http::HeaderMap;
use http_body_util::BodyExt as _;
use http_body_util::combinators::UnsyncBoxBody;
use wire::S3Fault;

use super::ask::Failed;
use super::embedded::{Incoming, Store};
use super::integrity::{self, Digests, Hasher};
use super::trouble::{aside, fault};

/// The longest object or part (S3 user guide, "Uploading objects": 5 GiB in a single operation).
pub(super) const MOST_BYTES: u64 = 5 * 1024 * 1024 * 1024;

/// What is hashed and written at once. One batch fills while another is written, so an upload holds
/// two of these.
const BATCH_BYTES: usize = 256 * 1024;

/// A body that is still to come.
pub struct Upload {
    /// Its decoded bytes, then its trailers, if there were any. It ends only when what was signed
    /// holds.
    pub body: UnsyncBoxBody<Bytes, BodyFailure>,
    /// How many bytes were announced.
    pub length: Option<u64>,
}

/// A body that is here and is what was promised, not yet an object.
pub(super) struct Received {
    pub(super) incoming: Incoming,
    pub(super) digests: Digests,
}

/// What is to hold of a body.
pub(super) struct Rules {
    /// Its least and most bytes.
    pub(super) length: std::ops::RangeInclusive<u64>,
    pub(super) integrity: Integrity,
    /// What to compute beside what the client sent.
    pub(super) algorithms: Vec<Checksum>,
}

/// A body half way.
struct Writing {
    incoming: Incoming,
    hasher: Hasher,
    size: u64,
}

impl Writing {
    fn write(&mut self, bytes: &[u8]) -> Result<(), Failed> {
        self.hasher.update(bytes);
        self.size += bytes.len() as u64;
        self.incoming
            .write(bytes)
            .map_err(|found| fault(found).into())
    }
}

/// Reads a body, and with the last of it does `finish`, beside the workers.
///
/// # Errors
/// Of the body, of its digests, or of `finish`; then nothing of it is left behind.
pub(super) async fn receive<T: Send + 'static>(
    store: Arc<Store>,
    upload: Upload,
    rules: Rules,
    finish: impl FnOnce(&Store, Received) -> Result<T, Failed> + Send + 'static,
) -> Result<T, Failed> {
    let Upload { mut body, length } = upload;
    if length.is_some_and(|length| length > *rules.length.end()) {
        return Err(S3Fault::EntityTooLarge.into());
    }
    let mut algorithms = rules.algorithms.clone();
    algorithms.extend(
        rules
            .integrity
            .checksum
            .iter()
            .map(|(algorithm, _)| *algorithm),
    );
    let hasher = Hasher::new(&algorithms);
    // Nothing to write yet: the first batch makes the blob, so a small object is one visit.
    let mut stage = Stage::Fresh(hasher);
    let (mut batch, mut spare) = (Vec::new(), Vec::new());
    let (mut size, mut trailers) = (0_u64, HeaderMap::new());
    loop {
        let frame = match body.frame().await {
            None => break,
            Some(Ok(frame)) => frame,
            Some(Err(failure)) => {
                stage.abandon();
                return Err(Failed::Body(failure));
            }
        };
        match frame.into_data() {
            Ok(data) => {
                size += data.len() as u64;
                if size > *rules.length.end() {
                    stage.abandon();
                    return Err(S3Fault::EntityTooLarge.into());
                }
                // Copied: a piece that a client dribbles would else keep the whole buffer that it
                // came in.
                batch.extend_from_slice(&data);
            }
            Err(frame) => trailers.extend(frame.into_trailers().unwrap_or_default()),
        }
        if batch.len() >= BATCH_BYTES {
            let full = std::mem::replace(&mut batch, std::mem::take(&mut spare));
            (stage, spare) = stage.write(&store, full).await?;
        }
    }
    let ready = stage.ready().await?;
    aside(move || {
        let mut writing = match ready {
            Ready::Fresh(hasher) => begin(&store, hasher),
            Ready::Writing(writing) => writing,
        };
        writing.write(&batch)?;
        drop(batch);
        let Writing {
            incoming,
            hasher,
            size,
        } = writing;
        if length.is_some_and(|length| length != size) {
            return Err(S3Fault::IncompleteBody.into());
        }
        if size < *rules.length.start() {
            return Err(S3Fault::EntityTooSmall.into());
        }
        let digests = hasher.finish();
        hold(&rules.integrity, &digests, &trailers)?;
        let received = Received { incoming, digests };
        finish(&store, received)
    })
    .await
}

/// Where a body is between its batches.
enum Stage {
    Fresh(Hasher),
    Busy(tokio::task::JoinHandle<Result<(Writing, Vec<u8>), Failed>>),
}

enum Ready {
    Fresh(Hasher),
    Writing(Writing),
}

impl Stage {
    /// Starts to write a batch when the one before is written; gives back that one's memory.
    async fn write(self, store: &Arc<Store>, batch: Vec<u8>) -> Result<(Self, Vec<u8>), Failed> {
        let store = Arc::clone(store);
        let (ready, mut spare) = match self {
            Self::Fresh(hasher) => (Ready::Fresh(hasher), Vec::new()),
            Self::Busy(handle) => {
                let (writing, spare) = joined(handle).await?;
                (Ready::Writing(writing), spare)
            }
        };
        spare.clear();
        let handle = tokio::task::spawn_blocking(move || {
            let mut writing = match ready {
                Ready::Fresh(hasher) => begin(&store, hasher),
                Ready::Writing(writing) => writing,
            };
            writing.write(&batch)?;
            Ok((writing, batch))
        });
        Ok((Self::Busy(handle), spare))
    }

    async fn ready(self) -> Result<Ready, Failed> {
        match self {
            Self::Fresh(hasher) => Ok(Ready::Fresh(hasher)),
            Self::Busy(handle) => Ok(Ready::Writing(joined(handle).await?.0)),
        }
    }

    /// Lets go of what was written, beside the workers: a long file takes its time to be removed.
    fn abandon(self) {
        if let Self::Busy(handle) = self {
            tokio::spawn(async move {
                let writing = handle.await;
                drop(tokio::task::spawn_blocking(move || drop(writing)));
            });
        }
    }
}

async fn joined<T>(handle: tokio::task::JoinHandle<Result<T, Failed>>) -> Result<T, Failed> {
    handle.await.unwrap_or_else(|error| {
        tracing::error!(%error, "a body was not written");
        Err(S3Fault::InternalError.into())
    })
}

fn begin(store: &Store, hasher: Hasher) -> Writing {
    Writing {
        incoming: store.incoming(),
        hasher,
        size: 0,
    }
}

/// Whether a body has the digests that were sent with it.
fn hold(integrity: &Integrity, digests: &Digests, trailers: &HeaderMap) -> Result<(), Failed> {
    // Compared as they are: a digest is no secret to whoever sends the body.
    if integrity.md5.is_some_and(|md5| md5 != digests.md5) {
        return Err(S3Fault::BadDigest
            .saying("The Content-MD5 you specified did not match what we received.")
            .into());
    }
    let Some((algorithm, expected)) = &integrity.checksum else {
        return Ok(());
    };
    let found = digests.sum(*algorithm);
    let holds = match expected {
        Expected::Value(value) => found == Some(value.as_slice()),
        Expected::Trailer => {
            let name = algorithm.header();
            let value = trailers.get(name).and_then(|value| value.to_str().ok());
            let value = value.and_then(|value| integrity::raw(*algorithm, value.trim()));
            let invalid = || {
                S3Fault::InvalidRequest
                    .saying(format!("Value for {name} trailing header is invalid."))
            };
            found == Some(value.ok_or_else(invalid)?.as_slice())
        }
    };
    if holds {
        return Ok(());
    }
    Err(integrity::mismatch(*algorithm).into())
}
