//! What the head of a read says.

use wire::S3Fault;

use super::upload::part_number;
use crate::s3::condition;
use crate::s3::detail::{Attributes, Detail, IfRange, Read};
use crate::s3::fields::{Fields, Params};
use crate::s3::listing::{self, argument};
use crate::s3::{etag, http_date};
use crate::unmapped::Unmapped;

/// The response headers that a read can override, and the parameters that do it (S3 API reference,
/// GetObject).
const OVERRIDES: [(&str, &str); 6] = [
    ("response-cache-control", "cache-control"),
    ("response-content-disposition", "content-disposition"),
    ("response-content-encoding", "content-encoding"),
    ("response-content-language", "content-language"),
    ("response-content-type", "content-type"),
    ("response-expires", "expires"),
];

pub(super) fn reads(fields: &mut Fields<'_>, params: &mut Params<'_>) -> Result<Detail, Unmapped> {
    let range = fields.take("range")?.map(str::to_owned);
    let part = part_number(params)?;
    if range.is_some() && part.is_some() {
        return Err(Unmapped::Says(
            S3Fault::InvalidRequest,
            "Cannot specify both Range header and partNumber query parameter".to_owned(),
        ));
    }
    let if_range =
        fields
            .take("if-range")?
            .map(|text| match (http_date::read(text), etag::list(text)) {
                (Some(date), _) => IfRange::Date(date),
                (None, Some(list)) => IfRange::Etag(list),
                (None, None) => IfRange::Nothing,
            });
    let mut overrides = Vec::new();
    for (param, header) in OVERRIDES {
        if let Some(value) = params.take(param) {
            // It becomes a header of the answer, and must not become two.
            if value.chars().any(|c| c.is_control() || !c.is_ascii()) {
                return Err(Unmapped::Parameter(param.to_owned()));
            }
            overrides.push((header, value.to_owned()));
        }
    }
    Ok(Detail::Read(Read {
        range,
        if_range,
        part,
        conditions: condition::of_read(fields, "")?,
        overrides,
        checksum_mode: fields
            // The C++ SDK's is of lower case.
            .default("x-amz-checksum-mode", &["ENABLED", "enabled"])?
            .is_some(),
    }))
}

pub(super) fn attributes(fields: &mut Fields<'_>) -> Result<Detail, Unmapped> {
    let mut found = Attributes {
        most: 1_000,
        ..Attributes::default()
    };
    let Some(names) = fields.take_list("x-amz-object-attributes") else {
        return Err(Unmapped::Says(
            S3Fault::InvalidRequest,
            "The x-amz-object-attributes header specifying the attributes to be retrieved is either missing or empty".to_owned(),
        ));
    };
    for name in names {
        *match name {
            "ETag" => &mut found.etag,
            "Checksum" => &mut found.checksum,
            "ObjectParts" => &mut found.parts,
            "StorageClass" => &mut found.storage_class,
            "ObjectSize" => &mut found.size,
            _ => return Err(argument("Invalid attribute name specified.")),
        } = true;
    }
    let mut number = |name: &str| {
        fields.take(name).and_then(|text| {
            text.map(|text| {
                listing::plain(text).ok_or_else(|| {
                    argument(format!(
                        "Argument {name} must be an integer between 0 and 2147483647"
                    ))
                })
            })
            .transpose()
        })
    };
    if let Some(most) = number("x-amz-max-parts")? {
        found.most = most.min(1_000);
    }
    let after = number("x-amz-part-number-marker")?.unwrap_or(0);
    found.after = u16::try_from(after).unwrap_or(u16::MAX);
    found.conditions = condition::of_read(fields, "")?;
    Ok(Detail::Attributes(found))
}
