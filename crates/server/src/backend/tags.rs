//! GetObjectTagging, PutObjectTagging and DeleteObjectTagging.

use catalog::s3::Detail;
use http::{Response, StatusCode};

use super::ask::{Ask, Failed, unfit};
use super::embedded::Store;
use super::reply::{Body, document, empty};
use super::trouble::{self, find};

/// What an object is tagged with.
pub(super) fn get(store: &Store, ask: &Ask) -> Result<Response<Body>, Failed> {
    let look = find(store, ask, ask.bucket()?, ask.key()?)?;
    Ok(document("Tagging", |xml| {
        xml.element("TagSet", |set| {
            for (key, value) in &look.tags {
                set.element("Tag", |tag| {
                    tag.text("Key", key).text("Value", value);
                });
            }
        });
    }))
}

/// Tags an object anew.
pub(super) fn put(store: &Store, ask: &Ask) -> Result<Response<Body>, Failed> {
    let Detail::Tags(tags) = &ask.call.detail else {
        return Err(unfit());
    };
    set(store, ask, tags)?;
    Ok(empty(StatusCode::OK))
}

/// Leaves an object without tags.
pub(super) fn delete(store: &Store, ask: &Ask) -> Result<Response<Body>, Failed> {
    set(store, ask, &[])?;
    Ok(empty(StatusCode::NO_CONTENT))
}

fn set(store: &Store, ask: &Ask, tags: &[(String, String)]) -> Result<(), Failed> {
    let (bucket, key) = (ask.bucket()?, ask.key()?);
    // The one that was decided over by its old tags, or nobody's.
    let look = find(store, ask, bucket, key)?;
    // Who was allowed by tags that it no longer has may not be by those that it has now.
    let were = ask.looked(bucket, key).map(|_| look.tags.as_slice());
    let (id, tags) = (look.info.id, tags.to_vec());
    store
        .set_tags(bucket.as_str(), key.as_str(), id, were, tags)
        .map_err(|found| trouble::failed(found, ask))
}
