//! DeleteObject and DeleteObjects.

use catalog::s3::{DeleteOne, Detail};
use http::{Response, StatusCode};
use wire::xml::Writer;
use wire::{Fault, S3Fault};

use super::ask::{Ask, Failed, unfit};
use super::embedded::{Doomed, Store};
use super::reply::{Body, document, empty};
use super::{kept, trouble};

/// Removes an object, or finds it gone.
pub(super) fn one(store: &Store, ask: &Ask) -> Result<Response<Body>, Failed> {
    let Detail::Delete { if_match } = &ask.call.detail else {
        return Err(unfit());
    };
    let (bucket, key) = (ask.bucket()?, ask.key()?);
    let doomed = Doomed {
        key: key.as_str(),
        if_match: if_match.as_ref().map(kept::etag_match),
        // Decided over by its tags, it must be that one which goes.
        expected: ask.looked(bucket, key).flatten().map(|it| it.0.info.id),
    };
    let done = store.delete(bucket.as_str(), &doomed);
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
    let doomed: Vec<Doomed<'_>> = objects
        .iter()
        .enumerate()
        .filter(|(place, _)| allowed(*place))
        .map(|(_, object)| Doomed {
            key: object.key.as_str(),
            if_match: object.if_match.as_ref().map(kept::etag_match),
            expected: ask
                .looked(bucket, &object.key)
                .flatten()
                .map(|it| it.0.info.id),
        })
        .collect();
    let done = store.delete_many(bucket.as_str(), &doomed);
    let mut done = done
        .map_err(|found| trouble::failed(found, ask))?
        .into_iter();
    Ok(document("DeleteResult", |xml| {
        for (place, object) in objects.iter().enumerate() {
            if !allowed(place) {
                refused(xml, object, &S3Fault::AccessDenied.fault());
                continue;
            }
            match done.next() {
                Some(Ok(())) if *quiet => {}
                Some(Ok(())) => deleted(xml, object),
                Some(Err(found)) => refused(xml, object, &trouble::fault(found)),
                None => refused(xml, object, &S3Fault::InternalError.fault()),
            }
        }
    }))
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

