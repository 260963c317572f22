//! CompleteMultipartUpload: an upload's parts become an object.

use catalog::s3::{Checksum, ChecksumKind, Complete, CompletedPart, Detail};
use http::Response;
use wire::S3Fault;

use super::ask::{Ask, Failed, unfit};
use super::embedded::{Chosen, NewObject, Part, Store, Trouble};
use super::reply::{Body, document, quoted};
use super::{integrity, kept, trouble};

/// Does it. An upload that is complete already is `NoSuchUpload`.
pub(super) fn upload(store: &Store, ask: &Ask) -> Result<Response<Body>, Failed> {
    let Detail::Complete(complete) = &ask.call.detail else {
        return Err(unfit());
    };
    let (bucket, key) = (ask.bucket()?, ask.key()?);
    let chosen = choose(store, ask, complete)?;
    let asked = kept::asked(&chosen.upload);
    if asked.is_some_and(|(algorithm, _)| algorithm != integrity::DEFAULT) {
        consecutive(complete)?;
    }
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

/// "When an additional checksum is applied to each part, the PartNumber must start at 1 and the part
/// numbers must be consecutive" (S3 API reference, CompletedPart). CRC-64/NVME, which S3 adds by
/// itself, is not among those that it names.
fn consecutive(complete: &Complete) -> Result<(), Failed> {
    let numbered = (1_u16..).zip(&complete.parts);
    if numbered
        .into_iter()
        .all(|(number, part)| part.number == number)
    {
        Ok(())
    } else {
        Err(S3Fault::InvalidPartOrder.into())
    }
}

fn invalid_part() -> Failed {
    trouble::fault(Trouble::InvalidPart).into()
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
