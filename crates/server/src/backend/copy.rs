//! CopyObject and UploadPartCopy.

use std::ops::Range;
use std::sync::Arc;

use catalog::s3::{Checksum, Detail, ReadConditions, Source};
use http::Response;
use wire::S3Fault;

use super::ask::{Ask, Failed, unfit};
use super::dates::xml_date;
use super::embedded::{Incoming, Look, NewObject, NewPart, Store, StoredChecksum};
use super::integrity::{self, Digests, Hasher};
use super::receive::MOST_BYTES;
use super::reply::{Body, document, quoted};
use super::trouble::{self, find, io_failed};
use super::{kept, stream, upload, write};

/// What is read, hashed and written at once.
const PIECE_BYTES: usize = 256 * 1024;

/// CopyObject.
pub(super) fn object(store: &Store, ask: &Ask) -> Result<Response<Body>, Failed> {
    let Detail::Copy(copy) = &ask.call.detail else {
        return Err(unfit());
    };
    let (bucket, key) = (ask.bucket()?, ask.key()?);
    let look = source(store, ask, &copy.source, &copy.source_conditions)?;
    let info = &look.info;
    if info.size > MOST_BYTES {
        return Err(S3Fault::InvalidRequest
            .saying("The specified copy source is larger than the maximum allowable size for a copy source: 5368709120")
            .into());
    }
    let known = info.checksum.as_ref().and_then(kept::checksum);
    let algorithm = copy
        .algorithm
        .or(known.map(|known| known.algorithm))
        .unwrap_or(integrity::DEFAULT);
    let (incoming, etag, checksum) = match unchanged(&look, algorithm) {
        // An object that was written in one piece has the digests that its copy has.
        Some(checksum) => {
            let incoming = store
                .copy(&look, None)
                .map_err(|found| trouble::failed(found, ask))?;
            (incoming, info.etag.clone(), Some(checksum))
        }
        None => {
            let (incoming, digests) = read_through(store, &look, None, algorithm)?;
            let checksum = write::full_object(&digests, algorithm);
            (incoming, digests.etag(), checksum)
        }
    };
    let object = NewObject {
        etag,
        modified: ask.context.now,
        meta: match &copy.replaces_meta {
            Some(meta) => kept::headers_of(meta),
            None => look.meta.clone(),
        },
        tags: match &copy.replaces_tags {
            Some(tags) => tags.clone(),
            None => look.tags.clone(),
        },
        checksum,
    };
    let conditions = kept::conditions(&copy.conditions);
    let info = store
        .put(bucket.as_str(), key.as_str(), incoming, object, &conditions)
        .map_err(|found| trouble::failed(found, ask))?;
    Ok(document("CopyObjectResult", |xml| {
        xml.text("LastModified", &xml_date(info.modified))
            .text("ETag", &quoted(&info.etag));
        kept::checksum_elements(xml, info.checksum.as_ref());
    }))
}

/// The checksum of a whole object, when it is of this algorithm already.
fn unchanged(look: &Look, algorithm: Checksum) -> Option<StoredChecksum> {
    let stored = look.info.checksum.as_ref()?;
    let known = kept::checksum(stored)?;
    let whole = look.info.parts.is_none() && known.algorithm == algorithm;
    whole.then(|| stored.clone())
}

/// UploadPartCopy.
pub(super) fn part(store: &Store, ask: &Ask) -> Result<Response<Body>, Failed> {
    let Detail::UploadPartCopy {
        upload,
        number,
        source: from,
        range,
        source_conditions,
    } = &ask.call.detail
    else {
        return Err(unfit());
    };
    let (bucket, key) = (ask.bucket()?, ask.key()?);
    let found = upload::find(store, ask, upload)?;
    let look = source(store, ask, from, source_conditions)?;
    let size = look.info.size;
    let (start, length) = match *range {
        None => (0, size),
        Some((first, last)) if first <= last && last < size => (first, last - first + 1),
        Some((first, _)) if first >= size => {
            return Err(S3Fault::InvalidRequest
                .saying("The specified copy range is invalid for the source object size")
                .into());
        }
        Some(_) => {
            return Err(S3Fault::InvalidArgument
                .saying(format!(
                    "Range specified is not valid for source object of size: {size}"
                ))
                .into());
        }
    };
    if length > MOST_BYTES {
        return Err(S3Fault::InvalidRequest
            .saying("The specified copy source is larger than the maximum allowable size for a copy source: 5368709120")
            .into());
    }
    let (algorithm, _) = kept::becomes(&found);
    let (incoming, digests) = read_through(store, &look, Some(start..start + length), algorithm)?;
    let part = NewPart {
        etag: digests.etag(),
        modified: ask.context.now,
        checksum: write::full_object(&digests, algorithm),
    };
    let part = store
        .put_part(
            bucket.as_str(),
            key.as_str(),
            upload,
            *number,
            incoming,
            part,
        )
        .map_err(|found| trouble::failed(found, ask))?;
    Ok(document("CopyPartResult", |xml| {
        xml.text("LastModified", &xml_date(part.modified))
            .text("ETag", &quoted(&part.etag));
        if kept::asked(&found).is_some() {
            kept::checksum_elements(xml, part.checksum.as_ref());
        }
    }))
}

/// The object to copy, if it is as the caller wants it.
fn source(
    store: &Store,
    ask: &Ask,
    from: &Source,
    conditions: &ReadConditions,
) -> Result<Arc<Look>, Failed> {
    let look = find(store, ask, &from.bucket, &from.key)?;
    // S3 API reference, CopyObject: whichever of them fails, a copy answers 412 and never 304.
    conditions
        .check(&look.info.etag, look.info.modified, ask.context.now)
        .map_err(|_| S3Fault::PreconditionFailed)?;
    Ok(look)
}

/// Shares or copies bytes, and reads them for their digests.
fn read_through(
    store: &Store,
    look: &Look,
    range: Option<Range<u64>>,
    algorithm: Checksum,
) -> Result<(Incoming, Digests), Failed> {
    let (mut at, end) = match &range {
        Some(range) => (range.start, range.end),
        None => (0, look.info.size),
    };
    let incoming = store.copy(look, range).map_err(trouble::fault)?;
    let mut hasher = Hasher::new(&[algorithm]);
    let mut buffer = vec![0; PIECE_BYTES];
    while at < end {
        let most = usize::try_from(end - at).map_or(PIECE_BYTES, |left| left.min(PIECE_BYTES));
        let piece = buffer.get_mut(..most).ok_or_else(unfit)?;
        stream::fill(look, piece, at).map_err(io_failed)?;
        hasher.update(piece);
        at += most as u64;
    }
    Ok((incoming, hasher.finish()))
}
