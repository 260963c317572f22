//! The parts that CompleteMultipartUpload names.

use wire::S3Fault;

use crate::s3::checksum::Checksum;
use crate::s3::detail::{Complete, CompletedPart, Detail};
use crate::s3::listing::{argument, plain};
use crate::s3::xml::Element;
use crate::unmapped::Unmapped;

pub(super) fn read(told: Complete, root: &Element) -> Result<Detail, Unmapped> {
    let parts = root
        .children
        .iter()
        .map(|child| match child.name.as_str() {
            "Part" => part(child),
            _ => Err(Unmapped::Body("has an element that is not understood")),
        })
        .collect::<Result<Vec<_>, _>>()?;
    if parts.is_empty() || parts.len() > 10_000 {
        return Err(Unmapped::Body("names no part or more than 10,000"));
    }
    if !parts.is_sorted_by(|a, b| a.number < b.number) {
        return Err(Unmapped::Says(
            S3Fault::InvalidPartOrder,
            S3Fault::InvalidPartOrder.text().to_owned(),
        ));
    }
    Ok(Detail::Complete(Complete { parts, ..told }))
}

fn part(element: &Element) -> Result<CompletedPart, Unmapped> {
    let (mut number, mut etag, mut checksum) = (None, None, None);
    for child in &element.children {
        let text = child.text.trim();
        match child.name.as_str() {
            "PartNumber" if number.is_none() => {
                number = Some(part_number(text)?);
            }
            // Compared with what was given for the part, whatever it is.
            "ETag" if etag.is_none() => etag = Some(unquoted(text).to_owned()),
            name => match Checksum::from_element(name) {
                Some(one) if checksum.is_none() => checksum = Some((one, one.decode(text)?)),
                _ => return Err(Unmapped::Body("has an element that is not understood")),
            },
        }
    }
    match (number, etag) {
        (Some(number), Some(etag)) => Ok(CompletedPart {
            number,
            etag,
            checksum,
        }),
        _ => Err(Unmapped::Body("has a part without number or ETag")),
    }
}

fn part_number(text: &str) -> Result<u16, Unmapped> {
    let number = plain(text).ok_or(Unmapped::Body("has a part number that is none"))?;
    if number == 0 {
        return Err(argument("PartNumber must be >= 1"));
    }
    // No part was given such a number.
    let sent = u16::try_from(number).ok().filter(|sent| *sent <= 10_000);
    sent.ok_or_else(|| Unmapped::Says(S3Fault::InvalidPart, S3Fault::InvalidPart.text().to_owned()))
}

fn unquoted(text: &str) -> &str {
    text.strip_prefix('"')
        .and_then(|text| text.strip_suffix('"'))
        .unwrap_or(text)
}
