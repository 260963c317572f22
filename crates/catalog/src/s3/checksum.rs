//! Checksums as S3 names them, the digests that a caller sends with a body, and whether they are
//! the body's.

use aws_lc_rs::digest;
use base64::Engine;
use base64::engine::general_purpose::STANDARD;
use crc_fast::CrcAlgorithm;
use md5::Digest as _;
use wire::S3Fault;

use super::fields::Fields;
use crate::unmapped::Unmapped;

/// The algorithms (S3 user guide, "Checking object integrity").
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub enum Checksum {
    /// CRC-32 (ISO/HDLC).
    Crc32,
    /// CRC-32C (Castagnoli).
    Crc32c,
    /// CRC-64/NVME.
    Crc64Nvme,
    /// SHA-1.
    Sha1,
    /// SHA-256.
    Sha256,
}

/// How the checksum of an object of several parts is made.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub enum ChecksumKind {
    /// A checksum of the parts' checksums, `-N` behind it.
    Composite,
    /// As if the object had been sent in one.
    FullObject,
}

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

/// A checksum as it grows.
pub struct Hasher(State);

enum State {
    Crc32(crc_fast::Digest),
    Crc64(crc_fast::Digest),
    Sha(digest::Context),
}

impl Checksum {
    /// All of them.
    pub const ALL: [Self; 5] = [
        Self::Crc32,
        Self::Crc32c,
        Self::Crc64Nvme,
        Self::Sha1,
        Self::Sha256,
    ];

    /// The header and the trailer that carry it.
    pub const fn header(self) -> &'static str {
        match self {
            Self::Crc32 => "x-amz-checksum-crc32",
            Self::Crc32c => "x-amz-checksum-crc32c",
            Self::Crc64Nvme => "x-amz-checksum-crc64nvme",
            Self::Sha1 => "x-amz-checksum-sha1",
            Self::Sha256 => "x-amz-checksum-sha256",
        }
    }

    /// The value of `ChecksumAlgorithm`.
    pub const fn name(self) -> &'static str {
        match self {
            Self::Crc32 => "CRC32",
            Self::Crc32c => "CRC32C",
            Self::Crc64Nvme => "CRC64NVME",
            Self::Sha1 => "SHA1",
            Self::Sha256 => "SHA256",
        }
    }

    /// The XML element that carries it.
    pub const fn element(self) -> &'static str {
        match self {
            Self::Crc32 => "ChecksumCRC32",
            Self::Crc32c => "ChecksumCRC32C",
            Self::Crc64Nvme => "ChecksumCRC64NVME",
            Self::Sha1 => "ChecksumSHA1",
            Self::Sha256 => "ChecksumSHA256",
        }
    }

    /// Bytes of one checksum.
    pub const fn length(self) -> usize {
        match self {
            Self::Crc32 | Self::Crc32c => 4,
            Self::Crc64Nvme => 8,
            Self::Sha1 => 20,
            Self::Sha256 => 32,
        }
    }

    /// By its name; S3 takes either case.
    pub fn from_name(name: &str) -> Option<Self> {
        Self::ALL
            .into_iter()
            .find(|one| one.name().eq_ignore_ascii_case(name))
    }

    /// By its header, in lower case.
    pub fn from_header(name: &str) -> Option<Self> {
        Self::ALL.into_iter().find(|one| one.header() == name)
    }

    /// By its XML element.
    pub fn from_element(name: &str) -> Option<Self> {
        Self::ALL.into_iter().find(|one| one.element() == name)
    }

    /// The kind that an upload of this algorithm has when none is named (S3 user guide, "Checking
    /// object integrity", "Full object and composite checksum types").
    pub const fn default_kind(self) -> ChecksumKind {
        match self {
            Self::Crc64Nvme => ChecksumKind::FullObject,
            _ => ChecksumKind::Composite,
        }
    }

    /// Whether an upload can have a checksum of this algorithm and kind.
    pub const fn can_be(self, kind: ChecksumKind) -> bool {
        match (self, kind) {
            (Self::Crc64Nvme, ChecksumKind::Composite)
            | (Self::Sha1 | Self::Sha256, ChecksumKind::FullObject) => false,
            _ => true,
        }
    }

    /// Begins one.
    pub fn hasher(self) -> Hasher {
        Hasher(match self {
            Self::Crc32 => State::Crc32(crc_fast::Digest::new(CrcAlgorithm::Crc32IsoHdlc)),
            Self::Crc32c => State::Crc32(crc_fast::Digest::new(CrcAlgorithm::Crc32Iscsi)),
            Self::Crc64Nvme => State::Crc64(crc_fast::Digest::new(CrcAlgorithm::Crc64Nvme)),
            Self::Sha1 => State::Sha(digest::Context::new(&digest::SHA1_FOR_LEGACY_USE_ONLY)),
            Self::Sha256 => State::Sha(digest::Context::new(&digest::SHA256)),
        })
    }

    /// The checksum of bytes that are all there.
    pub fn of(self, bytes: &[u8]) -> Vec<u8> {
        let mut hasher = self.hasher();
        hasher.update(bytes);
        hasher.finish()
    }

    /// Reads a checksum of this algorithm.
    ///
    /// # Errors
    /// S3's words for a value that is none.
    pub fn decode(self, text: &str) -> Result<Vec<u8>, Unmapped> {
        STANDARD
            .decode(text)
            .ok()
            .filter(|bytes| bytes.len() == self.length())
            .ok_or_else(|| {
                Unmapped::Says(
                    S3Fault::InvalidRequest,
                    format!("Value for {} header is invalid.", self.header()),
                )
            })
    }

    /// The fault for a body of another checksum.
    pub fn mismatch(self) -> Unmapped {
        Unmapped::Says(
            S3Fault::BadDigest,
            format!(
                "The {} you specified did not match the calculated checksum.",
                self.name()
            ),
        )
    }
}

impl ChecksumKind {
    /// The value of `ChecksumType`.
    pub const fn name(self) -> &'static str {
        match self {
            Self::Composite => "COMPOSITE",
            Self::FullObject => "FULL_OBJECT",
        }
    }

    /// By its name.
    pub fn from_name(name: &str) -> Option<Self> {
        [Self::Composite, Self::FullObject]
            .into_iter()
            .find(|one| one.name() == name)
    }
}

impl Hasher {
    /// Takes more bytes.
    pub fn update(&mut self, bytes: &[u8]) {
        match &mut self.0 {
            State::Crc32(crc) | State::Crc64(crc) => crc.update(bytes),
            State::Sha(sha) => sha.update(bytes),
        }
    }

    /// The checksum, most significant byte first.
    pub fn finish(self) -> Vec<u8> {
        match self.0 {
            State::Crc32(crc) => {
                let [_, _, _, _, low @ ..] = crc.finalize().to_be_bytes();
                low.to_vec()
            }
            State::Crc64(crc) => crc.finalize().to_be_bytes().to_vec(),
            State::Sha(sha) => sha.finish().as_ref().to_vec(),
        }
    }
}

impl std::fmt::Debug for Hasher {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.write_str("Hasher")
    }
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

/// Reads the digests of a body.
pub(super) fn read(fields: &mut Fields<'_>, streams: bool) -> Result<Integrity, Unmapped> {
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
        // S3 ignores it where no checksum is sent, and one that is sent counts.
        if let Some((sent, _)) = &checksum
            && *sent != named
        {
            return Err(Unmapped::Says(
                S3Fault::InvalidRequest,
                "Value for x-amz-sdk-checksum-algorithm header is invalid.".to_owned(),
            ));
        }
    }
    Ok(Integrity { md5, checksum })
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
