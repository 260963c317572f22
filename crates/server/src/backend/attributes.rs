//! GetObjectAttributes.

use catalog::s3::{Detail, Failed as Condition};
use http::Response;
use wire::S3Fault;
use wire::xml::Writer;

use super::ask::{Ask, Failed, unfit};
use super::dates::http_date;
use super::embedded::{Look, Store};
use super::kept;
use super::listing::truth;
use super::reply::{Body, document, set};
use super::trouble::find;

/// What of an object was asked.
pub(super) fn get(store: &Store, ask: &Ask) -> Result<Response<Body>, Failed> {
    let Detail::Attributes(asked) = &ask.call.detail else {
        return Err(unfit());
    };
    let look = find(store, ask, ask.bucket()?, ask.key()?)?;
    let info = &look.info;
    match asked
        .conditions
        .check(&info.etag, info.modified, ask.context.now)
    {
        Ok(()) => {}
        Err(Condition::NotModified) => return Err(S3Fault::NotModified.into()),
        Err(Condition::Precondition) => return Err(S3Fault::PreconditionFailed.into()),
    }
    let mut response = document("GetObjectAttributesResponse", |xml| {
        if asked.etag {
            // Alone among all answers without its quotes (S3 API reference, GetObjectAttributes).
            xml.text("ETag", &info.etag);
        }
        if asked.checksum && info.checksum.is_some() {
            xml.element("Checksum", |xml| {
                kept::checksum_elements(xml, info.checksum.as_ref());
            });
        }
        if asked.parts && info.parts.is_some() {
            parts(xml, &look, asked.after, asked.most as usize);
        }
        if asked.storage_class {
            xml.text("StorageClass", "STANDARD");
        }
        if asked.size {
            xml.text("ObjectSize", &info.size.to_string());
        }
    });
    set(&mut response, "last-modified", &http_date(info.modified));
    Ok(response)
}

/// The parts by the numbers that a read of them takes: from 1 on, whatever they were uploaded as.
fn parts(xml: &mut Writer, look: &Look, after: u16, most: usize) {
    let numbered = (1_u16..).zip(&look.parts);
    let mut rest = numbered
        .skip_while(|(number, _)| *number <= after)
        .peekable();
    xml.element("ObjectParts", |xml| {
        let mut last = after;
        let mut shown = Vec::new();
        while let Some((number, part)) = rest.next_if(|_| shown.len() < most) {
            last = number;
            shown.push((number, part));
        }
        // A page of none has nothing to go on after: who asked for it would ask for ever.
        let more = most > 0 && rest.peek().is_some();
        xml.text("PartsCount", &look.parts.len().to_string())
            .text("PartNumberMarker", &after.to_string())
            .text("NextPartNumberMarker", &last.to_string())
            .text("MaxParts", &most.to_string())
            .text("IsTruncated", truth(more));
        for (number, part) in shown {
            xml.element("Part", |xml| {
                xml.text("PartNumber", &number.to_string())
                    .text("Size", &part.size.to_string());
                kept::checksum_value(xml, part.checksum.as_ref());
            });
        }
    });
}
