//! The parameters of listings.

use wire::S3Fault;

use super::condition::Says;
use super::detail::{Detail, List, ListBuckets, ListUploads};
use super::fields::Params;
use super::operation::Operation;
use crate::unmapped::Unmapped;

/// S3 API reference, ListObjectsV2: "up to 1,000 key names".
const PAGE: u32 = 1_000;

pub(super) fn objects(
    operation: Operation,
    params: &mut Params<'_>,
    says: &mut Says,
) -> Result<Detail, Unmapped> {
    let asked = number(params, "max-keys", says)?;
    let mut list = List {
        prefix: said(params, "prefix", says).unwrap_or_default(),
        delimiter: said(params, "delimiter", says).filter(|text| !text.is_empty()),
        asked,
        most: asked.unwrap_or(PAGE).min(PAGE),
        encode: encode(params)?,
        ..List::default()
    };
    let mut text = |name| params.take(name).map(str::to_owned);
    match operation {
        Operation::ListObjectsV2 => {
            if text("list-type").as_deref() != Some("2") {
                return Err(Unmapped::Parameter("list-type".to_owned()));
            }
            list.after = text("start-after").unwrap_or_default();
            list.token = text("continuation-token");
            if list.token.as_deref() == Some("") {
                return Err(argument("The continuation token provided is incorrect"));
            }
            list.owner = flag(text("fetch-owner"), "fetch-owner")?;
        }
        Operation::ListObjectVersions => {
            text("versions");
            list.after = text("key-marker").unwrap_or_default();
            list.version_marker = match text("version-id-marker").as_deref() {
                None => false,
                Some("") => {
                    return Err(argument("A version-id marker cannot be empty."));
                }
                Some(_) if list.after.is_empty() => {
                    return Err(argument(
                        "A version-id marker cannot be specified without a key marker.",
                    ));
                }
                Some("null") => true,
                Some(_) => return Err(argument("Invalid version id specified")),
            };
            list.owner = true;
        }
        _ => {
            list.after = text("marker").unwrap_or_default();
            list.owner = true;
        }
    }
    Ok(Detail::List(list))
}

pub(super) fn uploads(params: &mut Params<'_>) -> Result<Detail, Unmapped> {
    params.take("uploads");
    let most = number(params, "max-uploads", &mut Says::new())?;
    // "An integer from 1 to 1,000" (S3 API reference, ListMultipartUploads).
    if most == Some(0) {
        return Err(argument(
            "Argument max-uploads must be an integer between 1 and 2147483647",
        ));
    }
    let encode = encode(params)?;
    let mut text = |name| params.take(name).map(str::to_owned);
    let key_marker = text("key-marker").unwrap_or_default();
    Ok(Detail::ListUploads(ListUploads {
        prefix: text("prefix").unwrap_or_default(),
        delimiter: text("delimiter").filter(|text| !text.is_empty()),
        most: most.unwrap_or(PAGE).min(PAGE),
        // "If key-marker is not specified, the upload-id-marker parameter is ignored".
        upload_marker: text("upload-id-marker")
            .filter(|id| !key_marker.is_empty() && !id.is_empty()),
        key_marker,
        encode,
    }))
}

pub(super) fn buckets(params: &mut Params<'_>) -> Result<Detail, Unmapped> {
    let most = number(params, "max-buckets", &mut Says::new())?;
    if most.is_some_and(|most| !(1..=10_000).contains(&most)) {
        return Err(argument(
            "Argument max-buckets must be an integer between 1 and 10000",
        ));
    }
    let mut text = |name| {
        params
            .take(name)
            .filter(|text| !text.is_empty())
            .map(str::to_owned)
    };
    Ok(Detail::ListBuckets(ListBuckets {
        prefix: text("prefix").unwrap_or_default(),
        most,
        token: text("continuation-token"),
        region: text("bucket-region"),
    }))
}

pub(super) fn parts(params: &mut Params<'_>, upload: String) -> Result<Detail, Unmapped> {
    let most = number(params, "max-parts", &mut Says::new())?;
    let after = number(params, "part-number-marker", &mut Says::new())?.unwrap_or(0);
    Ok(Detail::ListParts {
        upload,
        // No part has a number that large.
        after: u16::try_from(after).unwrap_or(u16::MAX),
        most: most.unwrap_or(PAGE).min(PAGE),
    })
}

fn said(params: &mut Params<'_>, name: &'static str, says: &mut Says) -> Option<String> {
    let value = params.take(name)?.to_owned();
    // Only when sent: a listing without a prefix lists all, and a policy that demands a prefix must
    // see none.
    says.push((name, value.clone()));
    Some(value)
}

/// A number in one spelling: what a policy compares and what is done are the same.
fn number(
    params: &mut Params<'_>,
    name: &'static str,
    says: &mut Says,
) -> Result<Option<u32>, Unmapped> {
    let Some(text) = params.take(name) else {
        return Ok(None);
    };
    let number = plain(text).ok_or_else(|| {
        argument(format!(
            "Argument {name} must be an integer between 0 and 2147483647"
        ))
    })?;
    says.push((name, text.to_owned()));
    Ok(Some(number))
}

pub(super) fn plain(text: &str) -> Option<u32> {
    let plain = !text.is_empty() && text.bytes().all(|byte| byte.is_ascii_digit());
    plain
        .then(|| text.parse::<i32>().ok())
        .flatten()
        .and_then(|number| u32::try_from(number).ok())
}

fn encode(params: &mut Params<'_>) -> Result<bool, Unmapped> {
    match params.take("encoding-type") {
        None => Ok(false),
        Some("url") => Ok(true),
        Some(_) => Err(argument("Invalid Encoding Method specified in Request")),
    }
}

fn flag(value: Option<String>, name: &str) -> Result<bool, Unmapped> {
    match value.as_deref() {
        None | Some("false") => Ok(false),
        Some("true") => Ok(true),
        Some(_) => Err(Unmapped::Parameter(name.to_owned())),
    }
}

pub(super) fn argument(text: impl Into<String>) -> Unmapped {
    Unmapped::Says(S3Fault::InvalidArgument, text.into())
}
