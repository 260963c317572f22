//! DeleteObject and DeleteObjects.

use catalog::ObjectKey;
use catalog::s3::{DeleteOne, Detail};
use http::{Response, StatusCode};
use wire::xml::Writer;
use wire::{Fault, S3Fault};

use super::ask::{Ask, Failed, unfit};
use super::embedded::Store;
use super::reply::{Body, document, empty};
use super::{kept, trouble};

/// Removes an object, or finds it gone.
pub(super) fn one(store: &Store, ask: &Ask) -> Result<Response<Body>, Failed> {
    let Detail::Delete { if_match } = &ask.call.detail else {
        return Err(unfit());
    };
    let (bucket, key) = (ask.bucket()?, ask.key()?);
    still(store, ask, key)?;
    let wanted = if_match.as_ref().map(kept::etag_match);
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
    let mut doomed = Vec::with_capacity(objects.len());
    for (place, object) in objects.iter().enumerate() {
        if allowed(place) {
            still(store, ask, &object.key)?;
            let wanted = object.if_match.as_ref().map(kept::etag_match);
            doomed.push((object.key.as_str().to_owned(), wanted));
        }
    }
    let mut done = store
        .delete_many(bucket.as_str(), doomed)
        .map_err(|found| trouble::failed(found, ask))?
        .into_iter();
    Ok(document("DeleteResult", |xml| {
        for (place, object) in objects.iter().enumerate() {
            if !allowed(place) {
                refused(xml, object, &S3Fault::AccessDenied.fault());
                continue;
            }
            match done.next() {
                Some(Ok(_)) if *quiet => {}
                Some(Ok(_)) => deleted(xml, object),
                Some(Err(found)) => refused(xml, object, &trouble::fault(found)),
                None => refused(xml, object, &S3Fault::InternalError.fault()),
            }
        }
    }))
}

/// What was decided over by its tags must be what goes.
fn still(store: &Store, ask: &Ask, key: &ObjectKey) -> Result<(), Failed> {
    let bucket = ask.bucket()?;
    let Some(looked) = ask.looked(bucket, key) else {
        return Ok(());
    };
    let now = trouble::look(store, bucket, key)?.map(|found| found.info.id);
    if now == looked.map(|looked| looked.0.info.id) {
        Ok(())
    } else {
        Err(Failed::Changed)
    }
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
