//! ListObjects, ListObjectsV2, ListObjectVersions and ListMultipartUploads.

use catalog::s3::{Detail, List, ListUploads, Operation};
use http::Response;
use wire::xml::Writer;

use super::ask::{Ask, Failed, unfit};
use super::dates::xml_date;
use super::embedded::{ObjectInfo, Page, Query, Store, UploadQuery};
use super::kept;
use super::reply::{Body, document, quoted, set, url_encoded};
use super::{token, trouble};

/// The three that list objects.
pub(super) fn objects(store: &Store, ask: &Ask) -> Result<Response<Body>, Failed> {
    let Detail::List(list) = &ask.call.detail else {
        return Err(unfit());
    };
    let bucket = ask.bucket()?.as_str();
    let delimiter = list.delimiter.as_deref().unwrap_or_default();
    let bound = [bucket, list.prefix.as_str(), delimiter];
    let query = Query {
        prefix: list.prefix.clone(),
        delimiter: delimiter.to_owned(),
        // A token goes before `start-after`, which its own listing began with.
        after: match &list.token {
            Some(given) => token::read(&bound, given)?,
            None => list.after.clone(),
        },
        most: list.most as usize,
    };
    let page = store
        .list(bucket, &query)
        .map_err(|found| trouble::failed(found, ask))?;
    let name = |text: &str| named(text, list.encode);
    let mut response = match ask.call.operation {
        Operation::ListObjectsV2 => version_2(ask, list, &page, &bound, &name),
        Operation::ListObjectVersions => versions(ask, list, &page, &name),
        _ => version_1(ask, list, &page, &name),
    };
    set(&mut response, "x-amz-bucket-region", &ask.context.region);
    Ok(response)
}

fn named(text: &str, encode: bool) -> String {
    if encode {
        url_encoded(text)
    } else {
        text.to_owned()
    }
}

fn version_1(ask: &Ask, list: &List, page: &Page, name: &dyn Fn(&str) -> String) -> Response<Body> {
    document("ListBucketResult", |xml| {
        head(xml, ask, list, name);
        xml.text("Marker", &name(&list.after));
        // S3 API reference, ListObjects: only with a delimiter; else the last key says it.
        if delimited(list).is_some() {
            xml.maybe("NextMarker", page.next.as_deref().map(name).as_deref());
        }
        bounds(xml, list, page, name);
        for (key, info) in &page.objects {
            contents(xml, "Contents", key, info, Some(ask), name);
        }
        prefixes(xml, page, name);
    })
}

fn version_2(
    ask: &Ask,
    list: &List,
    page: &Page,
    bound: &[&str],
    name: &dyn Fn(&str) -> String,
) -> Response<Body> {
    document("ListBucketResult", |xml| {
        head(xml, ask, list, name);
        if !list.after.is_empty() {
            xml.text("StartAfter", &name(&list.after));
        }
        xml.maybe("ContinuationToken", list.token.as_deref());
        if let Some(last) = &page.next {
            xml.text("NextContinuationToken", &token::write(bound, last));
        }
        let count = page.objects.len() + page.prefixes.len();
        xml.text("KeyCount", &count.to_string());
        bounds(xml, list, page, name);
        for (key, info) in &page.objects {
            contents(xml, "Contents", key, info, list.owner.then_some(ask), name);
        }
        prefixes(xml, page, name);
    })
}

/// There are no versions: every object is the null version and the latest.
fn versions(ask: &Ask, list: &List, page: &Page, name: &dyn Fn(&str) -> String) -> Response<Body> {
    document("ListVersionsResult", |xml| {
        head(xml, ask, list, name);
        xml.text("KeyMarker", &name(&list.after));
        xml.text(
            "VersionIdMarker",
            if list.version_marker { "null" } else { "" },
        );
        if let Some(last) = &page.next {
            xml.text("NextKeyMarker", &name(last));
            if !page.prefixes.contains(last) {
                xml.text("NextVersionIdMarker", "null");
            }
        }
        bounds(xml, list, page, name);
        for (key, info) in &page.objects {
            contents(xml, "Version", key, info, Some(ask), name);
        }
        prefixes(xml, page, name);
    })
}

/// The delimiter; an empty one is none.
fn delimited(list: &List) -> Option<&str> {
    list.delimiter.as_deref().filter(|text| !text.is_empty())
}

fn head(xml: &mut Writer, ask: &Ask, list: &List, name: &dyn Fn(&str) -> String) {
    let bucket = ask.call.bucket.as_ref();
    xml.maybe("Name", bucket.map(catalog::BucketName::as_str))
        .text("Prefix", &name(&list.prefix));
}

fn bounds(xml: &mut Writer, list: &List, page: &Page, name: &dyn Fn(&str) -> String) {
    xml.text("MaxKeys", &list.most.to_string())
        .maybe("Delimiter", delimited(list).map(name).as_deref())
        .maybe("EncodingType", list.encode.then_some("url"))
        .text("IsTruncated", truth(page.next.is_some()));
}

fn contents(
    xml: &mut Writer,
    element: &str,
    key: &str,
    info: &ObjectInfo,
    owner: Option<&Ask>,
    name: &dyn Fn(&str) -> String,
) {
    xml.element(element, |xml| {
        xml.text("Key", &name(key));
        if element == "Version" {
            xml.text("VersionId", "null").text("IsLatest", "true");
        }
        xml.text("LastModified", &xml_date(info.modified))
            .text("ETag", &quoted(&info.etag));
        if let Some(found) = info.checksum.as_ref().and_then(kept::checksum) {
            xml.text("ChecksumAlgorithm", found.algorithm.name())
                .text("ChecksumType", found.kind.name());
        }
        xml.text("Size", &info.size.to_string())
            .text("StorageClass", "STANDARD");
        if let Some(ask) = owner {
            owned(xml, ask);
        }
    });
}

fn owned(xml: &mut Writer, ask: &Ask) {
    xml.element("Owner", |xml| {
        xml.text("ID", ask.context.owner.as_str());
    });
}

fn prefixes(xml: &mut Writer, page: &Page, name: &dyn Fn(&str) -> String) {
    for prefix in &page.prefixes {
        xml.element("CommonPrefixes", |xml| {
            xml.text("Prefix", &name(prefix));
        });
    }
}

pub(super) const fn truth(is: bool) -> &'static str {
    if is { "true" } else { "false" }
}

/// ListMultipartUploads.
pub(super) fn uploads(store: &Store, ask: &Ask) -> Result<Response<Body>, Failed> {
    let Detail::ListUploads(list) = &ask.call.detail else {
        return Err(unfit());
    };
    let ListUploads {
        prefix,
        delimiter,
        most,
        key_marker,
        upload_marker,
        encode,
    } = list;
    let delimiter = delimiter.as_deref().filter(|text| !text.is_empty());
    let bucket = ask.bucket()?;
    let query = UploadQuery {
        prefix: prefix.clone(),
        delimiter: delimiter.unwrap_or_default().to_owned(),
        key_marker: key_marker.clone(),
        upload_marker: upload_marker.clone(),
        most: *most as usize,
    };
    let page = store
        .uploads(bucket.as_str(), &query)
        .map_err(|found| trouble::failed(found, ask))?;
    let name = |text: &str| named(text, *encode);
    Ok(document("ListMultipartUploadsResult", |xml| {
        xml.text("Bucket", bucket.as_str())
            .text("KeyMarker", &name(key_marker))
            .text(
                "UploadIdMarker",
                upload_marker.as_deref().unwrap_or_default(),
            );
        if let Some((key, upload)) = &page.next {
            xml.text("NextKeyMarker", &name(key))
                .maybe("NextUploadIdMarker", upload.as_deref());
        }
        xml.text("Prefix", &name(prefix))
            .maybe("Delimiter", delimiter.map(name).as_deref())
            .text("MaxUploads", &most.to_string())
            .maybe("EncodingType", encode.then_some("url"))
            .text("IsTruncated", truth(page.next.is_some()));
        for (key, id, upload) in &page.uploads {
            xml.element("Upload", |xml| {
                xml.text("Key", &name(key))
                    .text("UploadId", id)
                    .element("Initiator", |xml| {
                        xml.text("ID", kept::initiator(upload));
                    });
                owned(xml, ask);
                xml.text("StorageClass", "STANDARD")
                    .text("Initiated", &xml_date(upload.initiated));
                if let Some((algorithm, kind)) = kept::asked(upload) {
                    xml.text("ChecksumAlgorithm", algorithm.name())
                        .text("ChecksumType", kind.name());
                }
            });
        }
        for prefix in &page.prefixes {
            xml.element("CommonPrefixes", |xml| {
                xml.text("Prefix", &name(prefix));
            });
        }
    }))
}
