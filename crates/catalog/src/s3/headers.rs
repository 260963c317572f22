//! What the head says of each operation: every field and parameter that it has, taken by name. What
//! states a default is taken too, and changes nothing.

use wire::S3Fault;

use super::checksum::{self, Checksum, ChecksumKind, Integrity};
use super::condition;
use super::detail::{Attributes, Complete, Copy, Detail, IfRange, Put, Read};
use super::fields::{Fields, Params};
use super::listing::{self, argument};
use super::operation::Operation;
use super::{http_date, meta, range, source, tags};
use crate::unmapped::Unmapped;

/// What was read of a head.
pub(super) struct Told {
    pub(super) detail: Detail,
    /// What is said of a body that is read whole; of one that streams it is in the detail.
    pub(super) integrity: Integrity,
    /// Condition keys.
    pub(super) says: Vec<(&'static str, String)>,
}

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

pub(super) fn read(
    operation: Operation,
    fields: &mut Fields<'_>,
    params: &mut Params<'_>,
) -> Result<Told, Unmapped> {
    let mut says = Vec::new();
    defaults(operation, fields, &mut says)?;
    let mut integrity = Integrity::default();
    let detail = match operation {
        Operation::ListBuckets => listing::buckets(params)?,
        Operation::ListObjects | Operation::ListObjectsV2 | Operation::ListObjectVersions => {
            listing::objects(operation, params, &mut says)?
        }
        Operation::ListMultipartUploads => listing::uploads(params)?,
        Operation::ListParts => {
            let upload = upload(params)?;
            listing::parts(params, upload)?
        }
        Operation::GetObject | Operation::HeadObject => reads(fields, params)?,
        Operation::GetObjectAttributes => {
            params.take("attributes");
            attributes(fields)?
        }
        Operation::PutObject => Detail::Put(Put {
            meta: meta::read(fields)?,
            tags: tagging(fields)?,
            integrity: checksum::read(fields, true)?,
            conditions: writes(fields, &mut says)?,
        }),
        Operation::CopyObject => copy(fields, &mut says)?,
        Operation::CreateMultipartUpload => {
            params.take("uploads");
            create_upload(fields)?
        }
        Operation::UploadPart => Detail::UploadPart {
            number: part_number(params)?.ok_or_else(no_part_number)?,
            upload: upload(params)?,
            integrity: checksum::read(fields, true)?,
        },
        Operation::UploadPartCopy => Detail::UploadPartCopy {
            number: part_number(params)?.ok_or_else(no_part_number)?,
            upload: upload(params)?,
            source: copied(fields, &mut says)?,
            range: fields
                .take("x-amz-copy-source-range")?
                .map(|text| {
                    range::exact(text).ok_or_else(|| {
                        argument("The x-amz-copy-source-range value must be of the form bytes=first-last where first and last are the zero-based offsets of the first and last bytes to copy")
                    })
                })
                .transpose()?,
            source_conditions: condition::of_read(fields, "x-amz-copy-source-")?,
        },
        Operation::CompleteMultipartUpload => {
            let upload = upload(params)?;
            complete(upload, fields, &mut says)?
        }
        Operation::AbortMultipartUpload => Detail::Abort {
            upload: upload(params)?,
        },
        Operation::DeleteObject => Detail::Delete {
            if_match: fields
                .take("if-match")?
                .map(|text| {
                    says.push(("if-match", text.to_owned()));
                    condition::expected(text)
                })
                .transpose()?,
        },
        Operation::PutBucketPolicy => Detail::Policy {
            text: String::new(),
            confirm: fields
                .default("x-amz-confirm-remove-self-bucket-access", &["true", "false"])?
                == Some("true"),
        },
        _ => Detail::None,
    };
    // The mark of an operation is a parameter that every row has taken.
    params.take(operation.row().mark);
    // Of a body that is read whole, or not there: the Java SDK sends a checksum with a read too,
    // that of the body which a read does not have.
    if !matches!(
        operation,
        Operation::PutObject | Operation::UploadPart | Operation::CompleteMultipartUpload
    ) {
        integrity = checksum::read(fields, false)?;
    } else if operation == Operation::CompleteMultipartUpload {
        // Its checksum headers are of the object.
        integrity.md5 = checksum::md5(fields)?;
    }
    Ok(Told {
        detail,
        integrity,
        says,
    })
}

/// Headers that state a default (S3 API reference, request headers of each operation).
fn defaults(
    operation: Operation,
    fields: &mut Fields<'_>,
    says: &mut Vec<(&'static str, String)>,
) -> Result<(), Unmapped> {
    use Operation as O;
    // The API's only version: every call of the C++ SDK names it.
    fields.default("x-amz-api-version", &["2006-03-01"])?;
    let mut say = |name: &'static str, values: &[&str]| {
        fields.default(name, values).map(|value| {
            says.extend(value.map(|value| (name, value.to_owned())));
        })
    };
    match operation {
        O::PutObject | O::CopyObject | O::CreateMultipartUpload => {
            // With ACLs disabled, as they are on every bucket of AWS by default, both state the
            // default: the owner has all.
            say("x-amz-acl", &["bucket-owner-full-control", "private"])?;
            say("x-amz-storage-class", &["STANDARD"])?;
        }
        O::CreateBucket => {
            say("x-amz-acl", &["bucket-owner-full-control", "private"])?;
            say("x-amz-object-ownership", &["BucketOwnerEnforced"])?;
            fields.default("x-amz-bucket-object-lock-enabled", &["false"])?;
        }
        O::ListObjects | O::ListObjectsV2 | O::ListObjectVersions => {
            // No object is archived, so that none has anything to tell of its restoring.
            fields.default("x-amz-optional-object-attributes", &["RestoreStatus"])?;
        }
        O::GetObject | O::HeadObject => {}
        O::DeleteObject | O::DeleteObjects => {
            fields.default("x-amz-bypass-governance-retention", &["false"])?;
        }
        _ => {}
    }
    // The requester offers to pay; no owner can ask for that here.
    let pays = matches!(
        operation,
        O::ListObjects
            | O::ListObjectsV2
            | O::ListObjectVersions
            | O::ListMultipartUploads
            | O::GetObject
            | O::HeadObject
            | O::PutObject
            | O::CopyObject
            | O::DeleteObject
            | O::DeleteObjects
            | O::GetObjectAttributes
            | O::GetObjectTagging
            | O::PutObjectTagging
            | O::GetObjectAcl
            | O::CreateMultipartUpload
            | O::UploadPart
            | O::UploadPartCopy
            | O::ListParts
            | O::CompleteMultipartUpload
            | O::AbortMultipartUpload
    );
    if pays {
        fields.default("x-amz-request-payer", &["requester"])?;
    }
    Ok(())
}

fn reads(fields: &mut Fields<'_>, params: &mut Params<'_>) -> Result<Detail, Unmapped> {
    let range = fields.take("range")?.map(str::to_owned);
    let part = part_number(params)?;
    if range.is_some() && part.is_some() {
        return Err(Unmapped::Says(
            S3Fault::InvalidRequest,
            "Cannot specify both Range header and partNumber query parameter".to_owned(),
        ));
    }
    let if_range =
        fields.take("if-range")?.map(
            |text| match (http_date::read(text), condition::list(text)) {
                (Some(date), _) => IfRange::Date(date),
                (None, Some(list)) => IfRange::Etag(list),
                (None, None) => IfRange::Nothing,
            },
        );
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
            .default("x-amz-checksum-mode", &["ENABLED"])?
            .is_some(),
    }))
}

fn attributes(fields: &mut Fields<'_>) -> Result<Detail, Unmapped> {
    let mut found = Attributes {
        most: 1_000,
        ..Attributes::default()
    };
    let Some(names) = fields.take("x-amz-object-attributes")? else {
        return Err(Unmapped::Says(
            S3Fault::InvalidRequest,
            "The x-amz-object-attributes header specifying the attributes to be retrieved is either missing or empty".to_owned(),
        ));
    };
    for name in names.split(',') {
        *match name.trim() {
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

fn copy(
    fields: &mut Fields<'_>,
    says: &mut Vec<(&'static str, String)>,
) -> Result<Detail, Unmapped> {
    let source = copied(fields, says)?;
    // Another directive would be COPY to one reader, and to a policy none.
    let directive = fields.default("x-amz-metadata-directive", &["COPY", "REPLACE"])?;
    says.extend(directive.map(|text| ("x-amz-metadata-directive", text.to_owned())));
    let meta = meta::read(fields)?;
    let of_tags = fields.default("x-amz-tagging-directive", &["COPY", "REPLACE"])?;
    let replaces_tags = if of_tags == Some("REPLACE") {
        Some(tagging(fields)?)
    } else {
        // Left for whoever refuses what nobody took: tags that would not be set.
        None
    };
    Ok(Detail::Copy(Copy {
        source,
        replaces_meta: (directive == Some("REPLACE")).then_some(meta),
        replaces_tags,
        algorithm: named_algorithm(fields)?,
        source_conditions: condition::of_read(fields, "x-amz-copy-source-")?,
        conditions: writes(fields, says)?,
    }))
}

fn create_upload(fields: &mut Fields<'_>) -> Result<Detail, Unmapped> {
    let algorithm = named_algorithm(fields)?;
    let kind = kind(fields)?;
    let kind = match (algorithm, kind) {
        (None, Some(_)) => {
            return Err(Unmapped::Says(
                S3Fault::InvalidRequest,
                "The x-amz-checksum-type header can only be used with the x-amz-checksum-algorithm header.".to_owned(),
            ));
        }
        (Some(algorithm), Some(kind)) if !algorithm.can_be(kind) => {
            return Err(Unmapped::Says(
                S3Fault::InvalidRequest,
                format!(
                    "The {} checksum type cannot be used with the {} checksum algorithm.",
                    kind.name(),
                    algorithm.name().to_ascii_lowercase()
                ),
            ));
        }
        (Some(algorithm), kind) => Some(kind.unwrap_or(algorithm.default_kind())),
        (None, None) => None,
    };
    Ok(Detail::CreateUpload {
        meta: meta::read(fields)?,
        tags: tagging(fields)?,
        algorithm,
        kind,
    })
}

fn complete(
    upload: String,
    fields: &mut Fields<'_>,
    says: &mut Vec<(&'static str, String)>,
) -> Result<Detail, Unmapped> {
    let size = fields
        .take("x-amz-mp-object-size")?
        .map(|text| {
            let digits = !text.is_empty() && text.bytes().all(|byte| byte.is_ascii_digit());
            digits.then(|| text.parse().ok()).flatten().ok_or_else(|| {
                Unmapped::Says(
                    S3Fault::InvalidRequest,
                    "Value for x-amz-mp-object-size header is invalid.".to_owned(),
                )
            })
        })
        .transpose()?;
    Ok(Detail::Complete(Complete {
        upload,
        parts: Vec::new(),
        checksum: checksum::of_object(fields)?,
        kind: kind(fields)?,
        size,
        conditions: writes(fields, says)?,
    }))
}

fn writes(
    fields: &mut Fields<'_>,
    says: &mut Vec<(&'static str, String)>,
) -> Result<condition::WriteConditions, Unmapped> {
    let (conditions, texts) = condition::of_write(fields)?;
    says.extend(texts);
    Ok(conditions)
}

fn copied(
    fields: &mut Fields<'_>,
    says: &mut Vec<(&'static str, String)>,
) -> Result<source::Source, Unmapped> {
    let text = fields
        .take("x-amz-copy-source")
        .ok()
        .flatten()
        .ok_or(Unmapped::CopySource)?;
    let source = source::read(text)?;
    // Decoded and without a first slash, so that one source has one spelling in a policy.
    says.push((
        "x-amz-copy-source",
        format!("{}/{}", source.bucket.as_str(), source.key.as_str()),
    ));
    Ok(source)
}

fn tagging(fields: &mut Fields<'_>) -> Result<tags::Tags, Unmapped> {
    fields
        .take("x-amz-tagging")?
        .map_or(Ok(Vec::new()), tags::of_header)
}

fn named_algorithm(fields: &mut Fields<'_>) -> Result<Option<Checksum>, Unmapped> {
    const NAME: &str = "x-amz-checksum-algorithm";
    fields
        .take(NAME)?
        .map(|text| checksum::algorithm(NAME, text))
        .transpose()
}

fn kind(fields: &mut Fields<'_>) -> Result<Option<ChecksumKind>, Unmapped> {
    fields
        .take("x-amz-checksum-type")?
        .map(|text| {
            ChecksumKind::from_name(text).ok_or_else(|| {
                Unmapped::Says(
                    S3Fault::InvalidRequest,
                    "Value for x-amz-checksum-type header is invalid.".to_owned(),
                )
            })
        })
        .transpose()
}

/// What an upload is called is the store's to know: one that is none is not found.
fn upload(params: &mut Params<'_>) -> Result<String, Unmapped> {
    params
        .take("uploadId")
        .map(str::to_owned)
        .ok_or_else(|| Unmapped::Parameter("uploadId".to_owned()))
}

/// One spelling for a number: `01`, `+1` and `1` would be three parts to one reader and one to
/// another.
fn part_number(params: &mut Params<'_>) -> Result<Option<u16>, Unmapped> {
    let Some(text) = params.take("partNumber") else {
        return Ok(None);
    };
    listing::plain(text)
        .filter(|_| !text.starts_with('0'))
        .and_then(|number| u16::try_from(number).ok())
        .filter(|number| (1..=10_000).contains(number))
        .map(Some)
        .ok_or_else(no_part_number)
}

fn no_part_number() -> Unmapped {
    argument("Part number must be an integer between 1 and 10000, inclusive")
}
