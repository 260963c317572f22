//! Uploads in parts: CreateMultipartUpload, UploadPart, ListParts and AbortMultipartUpload.

use std::sync::Arc;

use catalog::s3::{Checksum, Detail};
use http::{Response, StatusCode};
use wire::S3Fault;

use super::ask::{Ask, Failed, unfit};
use super::dates::xml_date;
use super::embedded::{self, NewPart, Store};
use super::listing::truth;
use super::receive::{MOST_BYTES, Received, Rules, Upload, receive};
use super::reply::{Body, document, empty, quoted, set};
use super::trouble::{self, aside};
use super::{kept, write};

/// Begins one.
pub(super) fn create(store: &Store, ask: &Ask) -> Result<Response<Body>, Failed> {
    let Detail::CreateUpload {
        meta,
        tags,
        algorithm,
        kind,
    } = &ask.call.detail
    else {
        return Err(unfit());
    };
    let (bucket, key) = (ask.bucket()?, ask.key()?);
    let asked = algorithm.map(|algorithm| (algorithm, kind.unwrap_or(algorithm.default_kind())));
    let upload = embedded::Upload {
        meta: kept::headers_of(meta),
        tags: tags.clone(),
        initiated: ask.context.now,
        initiator: ask.context.caller.clone(),
        algorithm: asked.map(|(algorithm, _)| algorithm.name().to_owned()),
        kind: asked.map(|(_, kind)| kept::stored_kind(kind)),
    };
    let id = store
        .create_upload(bucket.as_str(), key.as_str(), upload)
        .map_err(|found| trouble::failed(found, ask))?;
    let mut response = document("InitiateMultipartUploadResult", |xml| {
        xml.text("Bucket", bucket.as_str())
            .text("Key", key.as_str())
            .text("UploadId", &id);
    });
    if let Some((algorithm, kind)) = asked {
        set(&mut response, "x-amz-checksum-algorithm", algorithm.name());
        set(&mut response, "x-amz-checksum-type", kind.name());
    }
    Ok(response)
}

/// An upload, if it is there.
pub(super) fn find(store: &Store, ask: &Ask, upload: &str) -> Result<embedded::Upload, Failed> {
    let page = store
        .parts(ask.bucket()?.as_str(), ask.key()?.as_str(), upload, 0, 0)
        .map_err(|found| trouble::failed(found, ask))?;
    Ok(page.upload)
}

/// UploadPart.
pub(super) async fn part(
    store: Arc<Store>,
    ask: Arc<Ask>,
    body: Upload,
) -> Result<Response<Body>, Failed> {
    let Detail::UploadPart {
        upload,
        number,
        integrity,
    } = &ask.call.detail
    else {
        return Err(unfit());
    };
    let (upload, number) = (upload.clone(), *number);
    // An upload that is not there refuses before its gigabytes are read.
    let found = {
        let (store, ask, upload) = (Arc::clone(&store), Arc::clone(&ask), upload.clone());
        aside(move || find(&store, &ask, &upload)).await?
    };
    let sent = integrity.algorithm();
    if let Some((planned, _)) = kept::asked(&found)
        && sent != Some(planned)
    {
        return Err(other_checksum(planned, sent));
    }
    let (planned, _) = kept::becomes(&found);
    let rules = Rules {
        length: 0..=MOST_BYTES,
        algorithms: vec![planned],
        integrity: integrity.clone(),
    };
    let asking = Arc::clone(&ask);
    let finish = move |store: &Store, received: Received| {
        let digests = received.digests;
        let new = NewPart {
            etag: digests.etag(),
            modified: asking.context.now,
            checksum: write::full_object(&digests, planned),
        };
        let (bucket, key) = (asking.bucket()?.as_str(), asking.key()?.as_str());
        let part = store
            .put_part(bucket, key, &upload, number, received.incoming, new)
            .map_err(|found| trouble::failed(found, &asking))?;
        Ok((
            part,
            sent.and_then(|sent| write::full_object(&digests, sent)),
        ))
    };
    let (part, checksum) = receive(store, body, rules, finish).await?;
    let mut response = empty(StatusCode::OK);
    set(&mut response, "etag", &quoted(&part.etag));
    if let Some(checksum) = checksum {
        set(
            &mut response,
            sent.map_or("x-amz-checksum", Checksum::header),
            &checksum.value,
        );
    }
    Ok(response)
}

/// S3's words for a part whose checksum is not of the upload's algorithm.
fn other_checksum(planned: Checksum, sent: Option<Checksum>) -> Failed {
    let name = |algorithm: Checksum| algorithm.name().to_ascii_lowercase();
    S3Fault::InvalidRequest
        .saying(format!(
            "Checksum Type mismatch occurred, expected checksum Type: {}, actual checksum Type: {}",
            name(planned),
            sent.map_or_else(|| "null".to_owned(), name)
        ))
        .into()
}

/// ListParts.
pub(super) fn parts(store: &Store, ask: &Ask) -> Result<Response<Body>, Failed> {
    let Detail::ListParts {
        upload,
        after,
        most,
    } = &ask.call.detail
    else {
        return Err(unfit());
    };
    let (bucket, key) = (ask.bucket()?, ask.key()?);
    let page = store
        .parts(
            bucket.as_str(),
            key.as_str(),
            upload,
            *after,
            *most as usize,
        )
        .map_err(|found| trouble::failed(found, ask))?;
    let asked = kept::asked(&page.upload);
    Ok(document("ListPartsResult", |xml| {
        xml.text("Bucket", bucket.as_str())
            .text("Key", key.as_str())
            .text("UploadId", upload)
            .element("Initiator", |xml| {
                xml.text("ID", kept::initiator(&page.upload));
            })
            .element("Owner", |xml| {
                xml.text("ID", ask.context.owner.as_str());
            })
            .text("StorageClass", "STANDARD")
            .text("PartNumberMarker", &after.to_string());
        let last = page.parts.last().map_or(*after, |part| part.number);
        xml.text("NextPartNumberMarker", &last.to_string())
            .text("MaxParts", &most.to_string())
            .text("IsTruncated", truth(page.next.is_some()));
        if let Some((algorithm, kind)) = asked {
            xml.text("ChecksumAlgorithm", algorithm.name())
                .text("ChecksumType", kind.name());
        }
        for part in &page.parts {
            xml.element("Part", |xml| {
                xml.text("PartNumber", &part.number.to_string())
                    .text("LastModified", &xml_date(part.modified))
                    .text("ETag", &quoted(&part.etag))
                    .text("Size", &part.size.to_string());
                // The one that S3 adds to an upload without any, too (S3 API reference, Part).
                kept::checksum_value(xml, part.checksum.as_ref());
            });
        }
    }))
}

/// AbortMultipartUpload.
pub(super) fn abort(store: &Store, ask: &Ask) -> Result<Response<Body>, Failed> {
    let Detail::Abort { upload } = &ask.call.detail else {
        return Err(unfit());
    };
    store
        .abort(ask.bucket()?.as_str(), ask.key()?.as_str(), upload)
        .map_err(|found| trouble::failed(found, ask))?;
    Ok(empty(StatusCode::NO_CONTENT))
}
