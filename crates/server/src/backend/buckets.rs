//! CreateBucket, HeadBucket, DeleteBucket and GetBucketLocation at the store, and ListBuckets out of
//! the ledger, which alone knows whose they are.

use catalog::s3::ListBuckets;
use http::{Response, StatusCode};
use policy::AccountId;
use wire::xml::Writer;
use wire::{Fault, Reply};

use super::ask::{Ask, Failed};
use super::dates::xml_date;
use super::embedded::{Store, Trouble};
use super::reply::{Body, NAMESPACE, document, empty, set};
use super::{token, trouble};

/// Makes a bucket, or finds it made.
pub(super) fn create(store: &Store, ask: &Ask) -> Result<Response<Body>, Failed> {
    let bucket = ask.bucket()?.as_str();
    store
        .create_bucket(bucket)
        .map_err(|found| trouble::failed(found, ask))?;
    let mut response = empty(StatusCode::OK);
    set(&mut response, "location", &format!("/{bucket}"));
    set(&mut response, "x-amz-bucket-region", &ask.context.region);
    Ok(response)
}

/// Whether it is there, and where.
pub(super) fn head(store: &Store, ask: &Ask) -> Result<Response<Body>, Failed> {
    there(store, ask)?;
    let mut response = empty(StatusCode::OK);
    set(&mut response, "x-amz-bucket-region", &ask.context.region);
    set(&mut response, "x-amz-access-point-alias", "false");
    set(&mut response, "content-type", "application/xml");
    Ok(response)
}

/// Removes an empty one; uploads that are open in it end with it.
pub(super) fn delete(store: &Store, ask: &Ask) -> Result<Response<Body>, Failed> {
    store
        .delete_bucket(ask.bucket()?.as_str())
        .map_err(|found| trouble::failed(found, ask))?;
    Ok(empty(StatusCode::NO_CONTENT))
}

/// A bucket is in each region that the server is, so in the one that it was asked for in;
/// `us-east-1` has no name.
pub(super) fn location(store: &Store, ask: &Ask) -> Result<Response<Body>, Failed> {
    there(store, ask)?;
    let region = ask.context.region.as_str();
    Ok(document("LocationConstraint", |inner| {
        inner.raw_text(if region == "us-east-1" { "" } else { region });
    }))
}

fn there(store: &Store, ask: &Ask) -> Result<(), Failed> {
    let found = store.has_bucket(ask.bucket()?.as_str());
    if found.map_err(|found| trouble::failed(found, ask))? {
        Ok(())
    } else {
        Err(trouble::failed(Trouble::NoSuchBucket, ask))
    }
}

/// One bucket of an account's.
pub struct OwnBucket<'a> {
    /// Its name.
    pub name: &'a str,
    /// Unix seconds.
    pub created: i64,
}

/// ListBuckets: `buckets` are all of the account's, in any order.
///
/// # Errors
/// `InvalidArgument` for a token of another listing.
pub fn list_buckets<'a>(
    owner: &AccountId,
    buckets: impl Iterator<Item = OwnBucket<'a>>,
    list: &ListBuckets,
    region: &str,
) -> Result<Reply, Fault> {
    let prefix = list.prefix.as_str();
    let bound = ["", owner.as_str(), prefix];
    let after = match &list.token {
        Some(given) => Some(token::read(&bound, given)?),
        None => None,
    };
    let elsewhere = list.region.as_deref().is_some_and(|asked| asked != region);
    let mut found: Vec<OwnBucket<'_>> = buckets
        .filter(|bucket| bucket.name.starts_with(prefix) && !elsewhere)
        .filter(|bucket| after.as_deref().is_none_or(|after| bucket.name > after))
        .collect();
    found.sort_unstable_by_key(|bucket| bucket.name);
    let most = list.most.map_or(usize::MAX, |most| most as usize);
    let next = (found.len() > most)
        .then(|| found.get(most.saturating_sub(1)))
        .flatten()
        .map(|last| token::write(&bound, last.name));
    found.truncate(most);
    let mut xml = Writer::declared();
    xml.element_in("ListAllMyBucketsResult", NAMESPACE, |result| {
        result
            .element("Owner", |xml| {
                xml.text("ID", owner.as_str());
            })
            .element("Buckets", |xml| {
                for bucket in &found {
                    xml.element("Bucket", |xml| {
                        xml.text("Name", bucket.name)
                            .text("CreationDate", &xml_date(bucket.created));
                        // S3 API reference, ListBuckets: where the request has a parameter.
                        if *list != ListBuckets::default() {
                            xml.text("BucketRegion", region);
                        }
                    });
                }
            })
            .maybe("ContinuationToken", next.as_deref())
            .maybe("Prefix", Some(prefix).filter(|prefix| !prefix.is_empty()));
    });
    let mut reply = Reply::xml(200, xml.finish());
    reply.headers = vec![("content-type", "application/xml".to_owned())];
    Ok(reply)
}
