//! GetObject and HeadObject.

use std::sync::Arc;

use catalog::s3::{Detail, Failed as Condition, Ranged, Read};
use http::{Response, StatusCode};
use wire::{Fault, S3Fault};

use super::ask::{Ask, Failed, unfit};
use super::dates::http_date;
use super::embedded::{Look, ObjectInfo, Store};
use super::reply::{Body, empty, quoted, set};
use super::trouble::{find, io_failed};
use super::{kept, stream};

/// Which of an object is answered.
struct Slice {
    start: u64,
    length: u64,
    /// Whether it was asked for as less than the object.
    partial: bool,
    /// The part that was asked for.
    part: Option<u16>,
}

/// Both; `head` leaves the body out.
pub(super) fn answer(store: &Store, ask: &Ask, head: bool) -> Result<Response<Body>, Failed> {
    let Detail::Read(read) = &ask.call.detail else {
        return Err(unfit());
    };
    let look = find(store, ask, ask.bucket()?, ask.key()?)?;
    let info = &look.info;
    match read
        .conditions
        .check(&info.etag, info.modified, ask.context.now)
    {
        Ok(()) => {}
        Err(Condition::NotModified) => return Ok(not_modified(&look)),
        Err(Condition::Precondition) => return Err(S3Fault::PreconditionFailed.into()),
    }
    let slice = slice(read, &look)?;
    let mut response = if head {
        empty(StatusCode::OK)
    } else {
        let body = stream::body(Arc::clone(&look), slice.start, slice.length);
        Response::new(body.map_err(io_failed)?)
    };
    kept::put_headers(&mut response, &look.meta);
    describe(&mut response, info);
    set(&mut response, "accept-ranges", "bytes");
    set(&mut response, "content-length", &slice.length.to_string());
    if slice.partial {
        *response.status_mut() = StatusCode::PARTIAL_CONTENT;
        // An empty object has no last byte to name; S3 leaves the range out too.
        if let Some(last) = slice.length.checked_sub(1) {
            let range = format!("bytes {}-{}/{}", slice.start, slice.start + last, info.size);
            set(&mut response, "content-range", &range);
        }
    }
    if ask.context.tells_tags && !look.tags.is_empty() {
        set(
            &mut response,
            "x-amz-tagging-count",
            &look.tags.len().to_string(),
        );
    }
    if let (Some(_), Some(parts)) = (slice.part, info.parts) {
        set(&mut response, "x-amz-mp-parts-count", &parts.to_string());
    }
    if read.checksum_mode {
        put_checksum(&mut response, &look, &slice);
    }
    for (name, value) in &read.overrides {
        set(&mut response, name, value);
    }
    Ok(response)
}

/// ETag and time of last change.
fn describe(response: &mut Response<Body>, info: &ObjectInfo) {
    set(response, "etag", &quoted(&info.etag));
    set(response, "last-modified", &http_date(info.modified));
}

/// RFC 9110 section 15.4.5: with the headers that a cache would update.
fn not_modified(look: &Look) -> Response<Body> {
    let mut response = empty(StatusCode::NOT_MODIFIED);
    for (name, value) in &look.meta {
        match name.as_str() {
            "cache-control" => set(&mut response, "cache-control", value),
            "expires" => set(&mut response, "expires", value),
            _ => {}
        }
    }
    describe(&mut response, &look.info);
    response
}

fn slice(read: &Read, look: &Look) -> Result<Slice, Failed> {
    let info = &look.info;
    if let Some(number) = read.part {
        return part(number, look);
    }
    let whole = Slice {
        start: 0,
        length: info.size,
        partial: false,
        part: None,
    };
    match read.ranged(info.size, &info.etag, info.modified) {
        Ranged::Whole => Ok(whole),
        Ranged::Part(bytes) => Ok(Slice {
            start: *bytes.start(),
            length: bytes.end() - bytes.start() + 1,
            partial: true,
            part: None,
        }),
        Ranged::Unsatisfiable => Err(unsatisfiable(S3Fault::InvalidRange.fault(), info)),
    }
}

/// An object that was not uploaded in parts has one.
fn part(number: u16, look: &Look) -> Result<Slice, Failed> {
    let info = &look.info;
    let sizes: Vec<u64> = match info.parts {
        Some(_) => look.parts.iter().map(|part| part.size).collect(),
        None => vec![info.size],
    };
    let place = usize::from(number).checked_sub(1);
    let found =
        place.and_then(|place| Some((sizes.get(..place)?.iter().sum(), *sizes.get(place)?)));
    match found {
        Some((start, length)) => Ok(Slice {
            start,
            length,
            partial: true,
            part: Some(number),
        }),
        None => Err(unsatisfiable(S3Fault::InvalidPartNumber.fault(), info)),
    }
}

fn unsatisfiable(fault: Fault, info: &ObjectInfo) -> Failed {
    Failed::from(fault).with("content-range", format!("bytes */{}", info.size))
}

/// A checksum is of the whole object, or of the part that is answered: a client that compares it
/// with any other bytes would find them wrong. Its type is the object's in either case: it is there
/// to be compared with that of CreateMultipartUpload (S3 API reference, GetObject).
fn put_checksum(response: &mut Response<Body>, look: &Look, slice: &Slice) {
    let of_part = || {
        let place = usize::from(slice.part?).checked_sub(1)?;
        look.parts.get(place)?.checksum.as_ref()
    };
    let found = match slice.part {
        Some(_) if look.info.parts.is_some() => of_part(),
        None if slice.partial => None,
        _ => look.info.checksum.as_ref(),
    };
    if let (Some(found), Some(whole)) = (found, &look.info.checksum) {
        kept::put_checksum(response, found, whole);
    }
}
