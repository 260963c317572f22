//! PutObject and PostObject.

use std::sync::Arc;

use catalog::s3::{Checksum, ChecksumKind, Detail, Integrity, WriteConditions};
use http::{Response, StatusCode};
use wire::S3Fault;

use super::ask::{Ask, Failed, unfit};
use super::embedded::{NewObject, ObjectInfo, Store, StoredChecksum, WriteCond};
use super::integrity::{self, Digests};
use super::kept;
use super::receive::{MOST_BYTES, Received, Rules, Upload, receive};
use super::reply::{Body, bare_document, empty, quoted, set};
use super::trouble::{self, aside};

/// The checksum that is kept: the client's, or what S3 computes for whoever sends none.
pub(super) fn algorithm(integrity: &Integrity) -> Checksum {
    integrity.algorithm().unwrap_or(integrity::DEFAULT)
}

/// A checksum over all bytes, for the store.
pub(super) fn full_object(digests: &Digests, algorithm: Checksum) -> Option<StoredChecksum> {
    let value = digests.text(algorithm)?;
    Some(kept::stored(algorithm, ChecksumKind::FullObject, value))
}

/// PutObject.
pub(super) async fn put(
    store: Arc<Store>,
    ask: Arc<Ask>,
    upload: Upload,
) -> Result<Response<Body>, Failed> {
    let Detail::Put(put) = &ask.call.detail else {
        return Err(unfit());
    };
    let conditions = kept::conditions(&put.conditions);
    early(&store, &ask, &put.conditions).await?;
    let rules = Rules {
        length: 0..=MOST_BYTES,
        algorithms: vec![algorithm(&put.integrity)],
        integrity: put.integrity.clone(),
    };
    let kept = Kept {
        ask: Arc::clone(&ask),
        meta: kept::headers_of(&put.meta),
        tags: put.tags.clone(),
        algorithm: algorithm(&put.integrity),
        conditions,
    };
    let info = receive(store, upload, rules, move |store, received| {
        kept.store(store, received)
    })
    .await?;
    let mut response = empty(StatusCode::OK);
    written(&mut response, &info);
    Ok(response)
}

/// What a whole body becomes.
struct Kept {
    ask: Arc<Ask>,
    meta: Vec<(String, String)>,
    tags: Vec<(String, String)>,
    algorithm: Checksum,
    conditions: WriteCond,
}

impl Kept {
    fn store(self, store: &Store, received: Received) -> Result<ObjectInfo, Failed> {
        let (bucket, key) = (self.ask.bucket()?, self.ask.key()?);
        let object = NewObject {
            etag: received.digests.etag(),
            modified: self.ask.context.now,
            meta: self.meta,
            tags: self.tags,
            checksum: full_object(&received.digests, self.algorithm),
        };
        store
            .put(
                bucket.as_str(),
                key.as_str(),
                received.incoming,
                object,
                &self.conditions,
            )
            .map_err(|found| trouble::failed(found, &self.ask))
    }
}

/// A write whose condition does not hold answers before its body is read; the write itself asks
/// again.
async fn early(
    store: &Arc<Store>,
    ask: &Arc<Ask>,
    conditions: &WriteConditions,
) -> Result<(), Failed> {
    if conditions.if_match.is_none() && !conditions.if_none_match_any {
        return Ok(());
    }
    let (store, ask) = (Arc::clone(store), Arc::clone(ask));
    let conditions = conditions.clone();
    aside(move || {
        let (bucket, key) = (ask.bucket()?, ask.key()?);
        let found = trouble::look(&store, bucket, key)?;
        let holds = match (found, &conditions.if_match) {
            (None, Some(_)) => return Err(Failed::Missing(bucket.clone(), key.clone())),
            (Some(found), Some(wanted)) => wanted.holds(&found.info.etag),
            (Some(_), None) => !conditions.if_none_match_any,
            (None, None) => true,
        };
        if holds {
            Ok(())
        } else {
            Err(S3Fault::PreconditionFailed.into())
        }
    })
    .await
}

/// ETag and checksum of what was written.
pub(super) fn written(response: &mut Response<Body>, info: &ObjectInfo) {
    set(response, "etag", &quoted(&info.etag));
    if let Some(checksum) = &info.checksum {
        kept::put_checksum(response, checksum, checksum);
    }
}

/// PostObject: a file out of a browser's form, whose policy was verified.
pub(super) async fn post(
    store: Arc<Store>,
    ask: Arc<Ask>,
    upload: Upload,
) -> Result<Response<Body>, Failed> {
    let Detail::Post(post) = &ask.call.detail else {
        return Err(unfit());
    };
    let most = *post.length.end();
    let rules = Rules {
        length: *post.length.start()..=most.min(MOST_BYTES),
        algorithms: vec![algorithm(&post.integrity)],
        integrity: post.integrity.clone(),
    };
    let kept = Kept {
        ask: Arc::clone(&ask),
        meta: kept::headers_of(&post.meta),
        tags: post.tags.clone(),
        algorithm: algorithm(&post.integrity),
        conditions: WriteCond::default(),
    };
    let info = receive(store, upload, rules, move |store, received| {
        kept.store(store, received)
    })
    .await?;
    let (bucket, key) = (ask.bucket()?.as_str(), ask.key()?.as_str());
    let location = ask.context.address(bucket, key);
    let status = StatusCode::from_u16(post.status).unwrap_or(StatusCode::NO_CONTENT);
    let mut response = match status {
        StatusCode::CREATED => bare_document(status, "PostResponse", |xml| {
            xml.text("Location", &location)
                .text("Bucket", bucket)
                .text("Key", key)
                .text("ETag", &quoted(&info.etag));
        }),
        other => empty(other),
    };
    written(&mut response, &info);
    set(&mut response, "location", &location);
    Ok(response)
}
