//! What the heads of writes say beside what they have in common.

use wire::S3Fault;

use crate::s3::checksum::{Checksum, ChecksumKind};
use crate::s3::condition::{self, Says};
use crate::s3::detail::{Complete, Copy, Detail};
use crate::s3::fields::Fields;
use crate::s3::listing::argument;
use crate::s3::{integrity, meta, source, tags};
use crate::unmapped::Unmapped;

pub(super) fn copy(fields: &mut Fields<'_>, says: &mut Says) -> Result<Detail, Unmapped> {
    let source = copied(fields, says)?;
    // Another directive would be COPY to one reader, and to a policy none.
    let directive = directive(
        fields,
        "x-amz-metadata-directive",
        "Unknown metadata directive.",
    )?;
    says.extend(directive.map(|text| ("x-amz-metadata-directive", text.to_owned())));
    let meta = meta::read(fields)?;
    let of_tags = self::directive(
        fields,
        "x-amz-tagging-directive",
        "Unknown tagging directive.",
    )?;
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

fn directive<'h>(
    fields: &mut Fields<'h>,
    name: &str,
    unknown: &str,
) -> Result<Option<&'h str>, Unmapped> {
    let value = fields.take(name)?;
    match value {
        None | Some("COPY" | "REPLACE") => Ok(value),
        Some(_) => Err(argument(unknown)),
    }
}

pub(super) fn create_upload(fields: &mut Fields<'_>) -> Result<Detail, Unmapped> {
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

pub(super) fn complete(
    upload: String,
    fields: &mut Fields<'_>,
    says: &mut Says,
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
        checksum: integrity::of_object(fields)?,
        kind: kind(fields)?,
        size,
        conditions: writes(fields, says)?,
    }))
}

pub(super) fn writes(
    fields: &mut Fields<'_>,
    says: &mut Says,
) -> Result<condition::WriteConditions, Unmapped> {
    let (conditions, texts) = condition::of_write(fields)?;
    says.extend(texts);
    Ok(conditions)
}

pub(super) fn copied(fields: &mut Fields<'_>, says: &mut Says) -> Result<source::Source, Unmapped> {
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

pub(super) fn tagging(fields: &mut Fields<'_>) -> Result<tags::Tags, Unmapped> {
    fields
        .take("x-amz-tagging")?
        .map_or(Ok(Vec::new()), tags::of_header)
}

fn named_algorithm(fields: &mut Fields<'_>) -> Result<Option<Checksum>, Unmapped> {
    const NAME: &str = "x-amz-checksum-algorithm";
    fields
        .take(NAME)?
        .map(|text| integrity::algorithm(NAME, text))
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
