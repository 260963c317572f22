//! DeleteObject and DeleteObjects.

use catalog::ObjectKey;
use catalog::s3::{DeleteOne, Detail, EtagMatch, S3Call};
use http::{Response, StatusCode};
use wire::xml::Writer;
use wire::{Fault, S3Fault};

use super::ask::{Ask, Failed, unfit};
use super::embedded::{self, Store, Trouble};
use super::reply::{Body, document, empty};
use super::{kept, trouble};

/// Removes an object, or finds it gone.
pub(super) fn one(store: &Store, ask: &Ask) -> Result<Response<Body>, Failed> {
    let Detail::Delete { if_match } = &ask.call.detail else {
        return Err(unfit());
    };
    let (bucket, key) = (ask.bucket()?, ask.key()?);
    let wanted =
        wanted(ask, key, if_match.as_ref())?.map_err(|found| trouble::failed(found, ask))?;
    let done = store.delete(bucket.as_str(), key.as_str(), wanted);
    done.map_err(|found| trouble::failed(found, ask))?;
    Ok(empty(StatusCode::NO_CONTENT))
}

/// Removes up to 1,000, each decided on its own.
pub(super) fn many(store: &Store, ask: &Ask) -> Result<Response<Body>, Failed> {
    let Detail::DeleteMany { objects, quiet } = &ask.call.detail else {
        return Err(unfit());
    };
    let bucket = ask.bucket()?;
    let allowed = |place: usize| !ask.denied.contains(&place);
    let (mut doomed, mut spared) = (Vec::with_capacity(objects.len()), Vec::new());
    for (place, object) in objects.iter().enumerate() {
        if !allowed(place) {
            continue;
        }
        match wanted(ask, &object.key, object.if_match.as_ref())? {
            Ok(wanted) => doomed.push((object.key.as_str().to_owned(), wanted)),
            Err(found) => spared.push((place, found)),
        }
    }
    let done = store
        .delete_many(bucket.as_str(), doomed)
        .map_err(|found| trouble::failed(found, ask))?;
    let mut done = done.into_iter();
    Ok(document("DeleteResult", |xml| {
        for (place, object) in objects.iter().enumerate() {
            if !allowed(place) {
                refused(xml, object, &S3Fault::AccessDenied.fault());
                continue;
            }
            let spared = spared.iter().find(|(at, _)| *at == place);
            match spared.map_or_else(|| done.next(), |(_, found)| Some(Err(found.clone()))) {
                Some(Ok(_)) if *quiet => {}
                Some(Ok(_)) => deleted(xml, object),
                // As a call for that object alone would be answered.
                Some(Err(Trouble::NoSuchKey)) if !ask.context.tells_missing => {
                    refused(xml, object, &S3Fault::AccessDenied.fault());
                }
                Some(Err(found)) => refused(xml, object, &trouble::fault(found)),
                None => refused(xml, object, &S3Fault::InternalError.fault()),
            }
        }
    }))
}

/// What is told of a deletion of which nothing was allowed.
pub fn none_deleted(call: &S3Call) -> Response<Body> {
    let objects = match &call.detail {
        Detail::DeleteMany { objects, .. } => objects.as_slice(),
        _ => &[],
    };
    let denied = S3Fault::AccessDenied.fault();
    document("DeleteResult", |xml| {
        for object in objects {
            refused(xml, object, &denied);
        }
    })
}

/// What must hold of an object that is deleted. What was decided over by its tags must be what
/// goes; what the caller expects is then said of that one.
fn wanted(
    ask: &Ask,
    key: &ObjectKey,
    if_match: Option<&EtagMatch>,
) -> Result<Result<Option<embedded::EtagMatch>, Trouble>, Failed> {
    let Some(looked) = ask.looked(ask.bucket()?, key) else {
        return Ok(Ok(if_match.map(kept::etag_match)));
    };
    let info = looked.as_ref().map(|looked| &looked.0.info);
    Ok(match (if_match, info) {
        (Some(_), None) => Err(Trouble::NoSuchKey),
        (Some(wanted), Some(info)) if !wanted.holds(&info.etag) => Err(Trouble::Precondition),
        _ => Ok(Some(embedded::EtagMatch::Object(info.map(|info| info.id)))),
    })
}

fn deleted(xml: &mut Writer, object: &DeleteOne) {
    xml.element("Deleted", |xml| {
        xml.text("Key", object.key.as_str())
            .maybe("VersionId", object.version_null.then_some("null"));
    });
}

fn refused(xml: &mut Writer, object: &DeleteOne, fault: &Fault) {
    xml.element("Error", |xml| {
        xml.text("Key", object.key.as_str())
            .maybe("VersionId", object.version_null.then_some("null"))
            .text("Code", &fault.code)
            .text("Message", &fault.text);
    });
}
