//! Checksums as S3 names them, and how each is made.

use aws_lc_rs::digest;
use base64::Engine;
use base64::engine::general_purpose::STANDARD;
use crc_fast::CrcAlgorithm;
use wire::S3Fault;

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
        match kind {
            ChecksumKind::Composite => !matches!(self, Self::Crc64Nvme),
            ChecksumKind::FullObject => !matches!(self, Self::Sha1 | Self::Sha256),
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

#[cfg(test)]
mod tests {
    use super::*;

    /// The check values of the catalogue of CRC algorithms, and of FIPS 180 (NIST's examples).
    #[test]
    fn checksums_are_those_of_their_standards() {
        for (checksum, text, expected) in [
            (Checksum::Crc32, "123456789", "y/Q5Jg=="),
            (Checksum::Crc32c, "123456789", "4waSgw=="),
            (Checksum::Crc64Nvme, "123456789", "rosUhgp5mIg="),
            (Checksum::Sha1, "abc", "qZk+NkcGgWq6PiVxeFDCbJzQ2J0="),
            (
                Checksum::Sha256,
                "abc",
                "ungWv48Bz+pBQUDeXa4iI7ADYaOWF3qctBD/YfIAFa0=",
            ),
        ] {
            assert_eq!(checksum.decode(expected), Ok(checksum.of(text.as_bytes())));
            let mut hasher = checksum.hasher();
            text.bytes().for_each(|byte| hasher.update(&[byte]));
            assert_eq!(hasher.finish(), checksum.of(text.as_bytes()));
            assert_eq!(checksum.of(b"").len(), checksum.length());
        }
    }

    #[test]
    fn every_name_leads_back() {
        for one in Checksum::ALL {
            assert_eq!(Checksum::from_name(one.name()), Some(one));
            assert_eq!(Checksum::from_header(one.header()), Some(one));
            assert_eq!(Checksum::from_element(one.element()), Some(one));
            assert!(one.can_be(one.default_kind()));
        }
        assert_eq!(Checksum::from_name("MD5"), None);
        for kind in [ChecksumKind::Composite, ChecksumKind::FullObject] {
            assert_eq!(ChecksumKind::from_name(kind.name()), Some(kind));
        }
    }

    #[test]
    fn values_of_another_length_are_none() {
        for text in ["", "AAAA", "AAAAAAA=", "AAAAAA==\n", "AAAAAA", "AAAAAB=="] {
            let fault = Checksum::Crc32.decode(text).unwrap_err().fault();
            assert_eq!(
                (fault.code.as_ref(), fault.status),
                ("InvalidRequest", 400),
                "{text:?}"
            );
        }
    }
}
