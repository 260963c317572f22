//! The objects that DeleteObjects names.

use crate::names::ObjectKey;
use crate::s3::condition;
use crate::s3::detail::{DeleteOne, Detail};
use crate::s3::xml::Element;
use crate::unmapped::Unmapped;

pub(super) fn read(root: &Element) -> Result<Detail, Unmapped> {
    let (mut objects, mut quiet) = (Vec::new(), None);
    for child in &root.children {
        match child.name.as_str() {
            "Quiet" if quiet.is_none() => {
                // Anything but `true` reports every key: more is told, never less.
                quiet = Some(child.text.trim().eq_ignore_ascii_case("true"));
            }
            "Object" => objects.push(object(child)?),
            _ => return Err(Unmapped::Body("has an element that is not understood")),
        }
    }
    // S3 API reference, DeleteObjects: up to 1,000. Each is a question to the policies.
    if objects.is_empty() || objects.len() > 1_000 {
        return Err(Unmapped::Body("names no object or more than 1,000"));
    }
    Ok(Detail::DeleteMany {
        objects,
        quiet: quiet.unwrap_or(false),
    })
}

fn object(element: &Element) -> Result<DeleteOne, Unmapped> {
    let (mut key, mut version_null, mut if_match) = (None, None, None);
    for child in &element.children {
        match child.name.as_str() {
            "Key" if key.is_none() => key = Some(ObjectKey::parse(&child.text)?),
            // Another version would be another thing than what is asked about.
            "VersionId" if version_null.is_none() => match child.text.as_str() {
                "" => version_null = Some(false),
                "null" => version_null = Some(true),
                _ => return Err(Unmapped::Parameter("VersionId".to_owned())),
            },
            "ETag" if if_match.is_none() => if_match = Some(condition::expected(&child.text)?),
            // S3's directory buckets alone have these (S3 API reference, ObjectIdentifier).
            "LastModifiedTime" | "Size" => {
                return Err(Unmapped::Parameter(child.name.clone()));
            }
            _ => return Err(Unmapped::Body("has an element that is not understood")),
        }
    }
    Ok(DeleteOne {
        key: key.ok_or(Unmapped::Body("names an object without its key"))?,
        version_null: version_null.unwrap_or(false),
        if_match,
    })
}
