//! The digests that a caller sends with a body, and whether they are the body's.

use base64::Engine;
use base64::engine::general_purpose::STANDARD;
use md5::Digest as _;
use wire::S3Fault;

use super::checksum::Checksum;
use super::fields::Fields;
use super::operation::{BodyNeed, Operation};
use crate::unmapped::Unmapped;

/// Where the checksum that a caller promises is.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Expected {
    /// In a header: these bytes.
    Value(Vec<u8>),
    /// In the trailer behind the body, under [`Checksum::header`].
    Trailer,
}

/// What a caller says of the bytes of a body.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Integrity {
    /// `content-md5`.
    pub md5: Option<[u8; 16]>,
    /// The checksum that the body must have.
    pub checksum: Option<(Checksum, Expected)>,
}

impl Integrity {
    /// Whether the bytes are those that the caller meant.
    ///
    /// # Errors
    /// `BadDigest`.
    pub fn check(&self, bytes: &[u8]) -> Result<(), Unmapped> {
        if let Some(md5) = &self.md5
            && md5::Md5::digest(bytes)[..] != md5[..]
        {
            return Err(wrong_md5());
        }
        match &self.checksum {
            Some((checksum, Expected::Value(value))) if checksum.of(bytes) != *value => {
                Err(checksum.mismatch())
            }
            // Only a stream has trailers.
            Some((checksum, Expected::Trailer)) => Err(checksum.mismatch()),
            _ => Ok(()),
        }
    }

    /// The checksum's algorithm.
    pub fn algorithm(&self) -> Option<Checksum> {
        self.checksum.as_ref().map(|(checksum, _)| *checksum)
    }
}

/// The fault for a body of another MD5.
pub fn wrong_md5() -> Unmapped {
    Unmapped::Says(
        S3Fault::BadDigest,
        "The Content-MD5 you specified did not match what we received.".to_owned(),
    )
}

/// Reads the digests of a body that an operation has.
pub(super) fn read(operation: Operation, fields: &mut Fields<'_>) -> Result<Integrity, Unmapped> {
    let streams = operation.body_need() == BodyNeed::Stream;
    let md5 = md5(fields)?;
    let mut checksum = one(fields)?.map(|(one, value)| (one, Expected::Value(value)));
    if streams && let Some(trailer) = fields.take("x-amz-trailer")? {
        // Any other trailer would be of a meaning that nobody here knows.
        let announced = Checksum::from_header(&trailer.trim().to_ascii_lowercase())
            .ok_or_else(|| Unmapped::Header("x-amz-trailer".to_owned()))?;
        if checksum.is_some() {
            return Err(two());
        }
        checksum = Some((announced, Expected::Trailer));
    }
    if let Some(name) = fields.take("x-amz-sdk-checksum-algorithm")? {
        let named = algorithm("x-amz-sdk-checksum-algorithm", name)?;
        match &checksum {
            Some((sent, _)) if *sent == named => {}
            // "Amazon S3 fails the request with a BadDigest error" (S3 API reference, PutObject,
            // "x-amz-sdk-checksum-algorithm").
            Some(_) => return Err(named.mismatch()),
            // "There must be a corresponding x-amz-checksum-algorithm or x-amz-trailer header" (the
            // same). Where there is no body, SDKs name one all the same.
            None if has_a_checksum(operation) => {
                return Err(Unmapped::Says(
                    S3Fault::InvalidRequest,
                    "x-amz-sdk-checksum-algorithm specified, but no corresponding x-amz-checksum-* or x-amz-trailer headers were found.".to_owned(),
                ));
            }
            None => {}
        }
    }
    Ok(Integrity { md5, checksum })
}

/// The operations whose body an SDK sends a checksum of when it names an algorithm.
fn has_a_checksum(operation: Operation) -> bool {
    match operation.body_need() {
        BodyNeed::Stream => true,
        BodyNeed::Whole(_) => operation != Operation::CreateBucket,
        BodyNeed::None | BodyNeed::Form => false,
    }
}

/// Reads `content-md5`.
pub(super) fn md5(fields: &mut Fields<'_>) -> Result<Option<[u8; 16]>, Unmapped> {
    fields.take("content-md5")?.map(read_md5).transpose()
}

pub(super) fn read_md5(text: &str) -> Result<[u8; 16], Unmapped> {
    let bytes = STANDARD.decode(text).ok();
    bytes
        .and_then(|bytes| bytes.try_into().ok())
        .ok_or_else(|| {
            Unmapped::Says(
                S3Fault::InvalidDigest,
                "The Content-MD5 you specified was invalid.".to_owned(),
            )
        })
}

/// The checksum of an object of several parts: the parts' number behind a composite one is theirs
/// who know the parts to compare, and they compute it anyway.
pub(super) fn of_object(fields: &mut Fields<'_>) -> Result<Option<(Checksum, Vec<u8>)>, Unmapped> {
    let mut found = None;
    for checksum in Checksum::ALL {
        if let Some(text) = fields.take(checksum.header())? {
            if found.is_some() {
                return Err(two());
            }
            let value = match text.rsplit_once('-') {
                Some((value, count))
                    if !count.is_empty() && count.bytes().all(|byte| byte.is_ascii_digit()) =>
                {
                    value
                }
                _ => text,
            };
            found = Some((checksum, checksum.decode(value)?));
        }
    }
    Ok(found)
}

/// The one checksum that a request may state in a header.
pub(super) fn one(fields: &mut Fields<'_>) -> Result<Option<(Checksum, Vec<u8>)>, Unmapped> {
    let mut found = None;
    for checksum in Checksum::ALL {
        if let Some(text) = fields.take(checksum.header())? {
            if found.is_some() {
                return Err(two());
            }
            found = Some((checksum, checksum.decode(text)?));
        }
    }
    Ok(found)
}

pub(super) fn two() -> Unmapped {
    Unmapped::Says(
        S3Fault::InvalidRequest,
        "Expecting a single x-amz-checksum- header. Multiple checksum Types are not allowed."
            .to_owned(),
    )
}

/// The algorithm that a header names.
pub(super) fn algorithm(header: &str, name: &str) -> Result<Checksum, Unmapped> {
    Checksum::from_name(name).ok_or_else(|| {
        Unmapped::Says(
            S3Fault::InvalidRequest,
            if header == "x-amz-checksum-algorithm" {
                "Checksum algorithm provided is unsupported. Please try again with any of the valid types: [CRC32, CRC32C, CRC64NVME, SHA1, SHA256]".to_owned()
            } else {
                format!("Value for {header} header is invalid.")
            },
        )
    })
}
