//! Uploads in parts: CreateMultipartUpload, UploadPart, ListParts, CompleteMultipartUpload and
//! AbortMultipartUpload.

use std::sync::Arc;

use catalog::s3::{Checksum, ChecksumKind, Complete, CompletedPart, Detail};
use http::{Response, StatusCode};
use wire::S3Fault;

use super::ask::{Ask, Failed, unfit};
use super::dates::xml_date;
use super::embedded::{self, Chosen, NewObject, NewPart, Part, Store};
use super::listing::truth;
use super::receive::{MOST_BYTES, Received, Rules, Upload, receive};
use super::reply::{Body, document, empty, quoted, set};
use super::trouble::{self, aside};
use super::{integrity, kept, write};

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
                xml.text("ID", &page.upload.initiator);
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
                if asked.is_some() {
                    kept::checksum_value(xml, part.checksum.as_ref());
                }
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

/// CompleteMultipartUpload. One that is complete already is `NoSuchUpload`.
pub(super) fn complete(store: &Store, ask: &Ask) -> Result<Response<Body>, Failed> {
    let Detail::Complete(complete) = &ask.call.detail else {
        return Err(unfit());
    };
    let (bucket, key) = (ask.bucket()?, ask.key()?);
    let chosen = choose(store, ask, complete)?;
    let asked = kept::asked(&chosen.upload);
    for (part, wanted) in chosen.parts().iter().zip(&complete.parts) {
        fits(part, wanted, asked)?;
    }
    let total = chosen.size();
    if let Some(size) = complete.size.filter(|size| *size != total) {
        return Err(S3Fault::InvalidRequest
            .saying(format!("The provided 'x-amz-mp-object-size' header value {size} does not match what was computed: {total}"))
            .into());
    }
    let (algorithm, kind) = kept::becomes(&chosen.upload);
    if complete.kind.is_some_and(|asked| asked != kind) {
        return Err(S3Fault::InvalidRequest
            .saying(format!(
                "The upload was created using the {} checksum mode. The complete request must use the same checksum mode.",
                kind.name()
            ))
            .into());
    }
    let sums = chosen
        .parts()
        .iter()
        .filter_map(|part| Some((part.checksum.as_ref()?.value.as_str(), part.size)));
    let value = integrity::of_parts(algorithm, kind, sums).ok_or_else(unfit)?;
    if let Some((sent, wanted)) = &complete.checksum {
        // A composite one may say of how many parts it is; what it is of them is compared.
        let computed = value.split('-').next().unwrap_or_default();
        let same =
            *sent == algorithm && integrity::raw(algorithm, computed).as_ref() == Some(wanted);
        if !same {
            return Err(integrity::mismatch(*sent).into());
        }
    }
    let etag = integrity::etag_of_parts(chosen.parts().iter().map(|part| part.etag.as_str()))
        .ok_or_else(unfit)?;
    let object = NewObject {
        etag,
        modified: ask.context.now,
        meta: chosen.upload.meta.clone(),
        tags: chosen.upload.tags.clone(),
        checksum: Some(kept::stored(algorithm, kind, value)),
    };
    let conditions = kept::conditions(&complete.conditions);
    let info = store
        .complete(chosen, object, &conditions)
        .map_err(|found| trouble::failed(found, ask))?;
    let location = ask.context.address(bucket.as_str(), key.as_str());
    Ok(document("CompleteMultipartUploadResult", |xml| {
        xml.text("Location", &location)
            .text("Bucket", bucket.as_str())
            .text("Key", key.as_str())
            .text("ETag", &quoted(&info.etag));
        kept::checksum_elements(xml, info.checksum.as_ref());
    }))
}

/// The parts that the caller lists, if they are there in that order, with these ETags.
fn choose(store: &Store, ask: &Ask, complete: &Complete) -> Result<Chosen, Failed> {
    if complete.parts.is_empty() {
        return Err(S3Fault::MalformedXml.into());
    }
    let wanted: Vec<(u16, String)> = complete
        .parts
        .iter()
        .map(|part| (part.number, part.etag.clone()))
        .collect();
    let (bucket, key) = (ask.bucket()?.as_str(), ask.key()?.as_str());
    store
        .choose(bucket, key, &complete.upload, &wanted)
        .map_err(|found| trouble::failed(found, ask))
}

fn invalid_part() -> Failed {
    trouble::fault(super::embedded::Trouble::InvalidPart).into()
}

fn fits(
    part: &Part,
    wanted: &CompletedPart,
    asked: Option<(Checksum, ChecksumKind)>,
) -> Result<(), Failed> {
    let kept = part.checksum.as_ref().and_then(kept::checksum);
    match (&wanted.checksum, asked) {
        (Some((algorithm, value)), asked) => {
            // Of an upload that asked for none, one of another algorithm was compared when the part
            // came, and is not kept.
            let same = kept.is_some_and(|kept| {
                kept.algorithm == *algorithm
                    && integrity::raw(*algorithm, kept.value).as_ref() == Some(value)
            });
            let unknown = asked.is_none() && kept.is_some_and(|kept| kept.algorithm != *algorithm);
            if same || unknown {
                Ok(())
            } else {
                Err(invalid_part())
            }
        }
        (None, Some((algorithm, ChecksumKind::Composite))) => {
            let name = algorithm.name().to_ascii_lowercase();
            Err(S3Fault::InvalidRequest
                .saying(format!(
                    "The upload was created using a {name} checksum. The complete request must include the checksum for each part. It was missing for part {} in the request.",
                    part.number
                ))
                .into())
        }
        (None, _) => Ok(()),
    }
}
