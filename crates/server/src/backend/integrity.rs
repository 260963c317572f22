//! Digests of what is stored: the MD5 that is an ETag, and the checksums that S3 keeps beside it,
//! over a body as it passes by and composed of an upload's parts.
//!
//! Source: S3 user guide, "Checking object integrity for data uploads in Amazon S3".

use base64::Engine as _;
use base64::engine::general_purpose::STANDARD;
use catalog::s3::{Checksum, ChecksumKind, Hasher as Running};
use crc_fast::{CrcAlgorithm, checksum_combine};
use md5::{Digest as _, Md5};
use wire::{Fault, S3Fault};

/// What S3 computes where the client asks for nothing.
pub(super) const DEFAULT: Checksum = Checksum::Crc64Nvme;

/// The digests of a body, while it passes by.
pub(super) struct Hasher {
    md5: Md5,
    sums: Vec<(Checksum, Running)>,
}

/// The digests of a body.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(super) struct Digests {
    pub(super) md5: [u8; 16],
    sums: Vec<(Checksum, Vec<u8>)>,
}

impl Hasher {
    /// For the ETag and each of these checksums.
    pub(super) fn new(algorithms: &[Checksum]) -> Self {
        let mut sums: Vec<(Checksum, Running)> = Vec::with_capacity(algorithms.len());
        for algorithm in algorithms {
            if sums.iter().all(|(known, _)| known != algorithm) {
                sums.push((*algorithm, algorithm.hasher()));
            }
        }
        Self {
            md5: Md5::new(),
            sums,
        }
    }

    /// The next bytes of the body.
    pub(super) fn update(&mut self, bytes: &[u8]) {
        self.md5.update(bytes);
        for (_, running) in &mut self.sums {
            running.update(bytes);
        }
    }

    /// The digests of all that passed by.
    pub(super) fn finish(self) -> Digests {
        Digests {
            md5: self.md5.finalize().into(),
            sums: self
                .sums
                .into_iter()
                .map(|(algorithm, running)| (algorithm, running.finish()))
                .collect(),
        }
    }
}

impl Digests {
    /// The ETag of an object that was written in one piece.
    pub(super) fn etag(&self) -> String {
        hex(&self.md5)
    }

    /// One checksum.
    pub(super) fn sum(&self, algorithm: Checksum) -> Option<&[u8]> {
        self.sums
            .iter()
            .find(|(known, _)| *known == algorithm)
            .map(|(_, value)| value.as_slice())
    }

    /// One checksum as S3 writes it.
    pub(super) fn text(&self, algorithm: Checksum) -> Option<String> {
        self.sum(algorithm).map(|value| STANDARD.encode(value))
    }
}

/// The ETag of a complete upload: the MD5 of its parts' MD5s, and how many there are.
pub(super) fn etag_of_parts<'a>(etags: impl Iterator<Item = &'a str>) -> Option<String> {
    let (mut md5, mut count) = (Md5::new(), 0_usize);
    for etag in etags {
        md5.update(unhex(etag)?);
        count += 1;
    }
    Some(format!("{}-{count}", hex(&md5.finalize())))
}

/// The checksum of a complete upload, of its parts' checksums in base64 and sizes.
///
/// `None` where a part has none that fits, or the algorithm has no such kind (S3 composes SHA-1 and
/// SHA-256 from parts only, and CRC-64/NVME as that of the whole object only).
pub(super) fn of_parts<'a>(
    algorithm: Checksum,
    kind: ChecksumKind,
    parts: impl Iterator<Item = (&'a str, u64)>,
) -> Option<String> {
    match kind {
        ChecksumKind::Composite => {
            let (mut running, mut count) = (algorithm.hasher(), 0_usize);
            for (value, _) in parts {
                running.update(&raw(algorithm, value)?);
                count += 1;
            }
            let value = STANDARD.encode(running.finish());
            (algorithm != Checksum::Crc64Nvme).then(|| format!("{value}-{count}"))
        }
        ChecksumKind::FullObject => {
            let crc = match algorithm {
                Checksum::Crc32 => CrcAlgorithm::Crc32IsoHdlc,
                Checksum::Crc32c => CrcAlgorithm::Crc32Iscsi,
                Checksum::Crc64Nvme => CrcAlgorithm::Crc64Nvme,
                Checksum::Sha1 | Checksum::Sha256 => return None,
            };
            let mut whole: Option<u64> = None;
            for (value, size) in parts {
                let part = raw(algorithm, value)?
                    .iter()
                    .fold(0_u64, |sum, byte| sum << 8 | u64::from(*byte));
                whole = Some(match whole {
                    Some(sum) => checksum_combine(crc, sum, part, size),
                    None => part,
                });
            }
            whole.map(|sum| STANDARD.encode(crc_bytes(sum, algorithm.length())))
        }
    }
}

/// S3's words for a checksum that is not what was computed.
pub(super) fn mismatch(algorithm: Checksum) -> Fault {
    S3Fault::BadDigest.saying(format!(
        "The {} you specified did not match the calculated checksum.",
        algorithm.name()
    ))
}

/// A checksum's bytes, when they are as many as the algorithm gives.
pub(super) fn raw(algorithm: Checksum, text: &str) -> Option<Vec<u8>> {
    STANDARD
        .decode(text)
        .ok()
        .filter(|value| value.len() == algorithm.length())
}

fn crc_bytes(sum: u64, length: usize) -> Vec<u8> {
    sum.to_be_bytes()
        .get(8 - length..)
        .map(<[u8]>::to_vec)
        .unwrap_or_default()
}

fn hex(bytes: &[u8]) -> String {
    use std::fmt::Write as _;
    bytes
        .iter()
        .fold(String::with_capacity(bytes.len() * 2), |mut text, byte| {
            let _ = write!(text, "{byte:02x}");
            text
        })
}

/// An MD5 out of an ETag.
fn unhex(text: &str) -> Option<[u8; 16]> {
    let digits = text.as_bytes();
    if digits.len() != 32 {
        return None;
    }
    let mut bytes = [0; 16];
    for (byte, pair) in bytes.iter_mut().zip(digits.chunks(2)) {
        *byte = u8::from_str_radix(std::str::from_utf8(pair).ok()?, 16).ok()?;
    }
    Some(bytes)
}

#[cfg(test)]
mod tests {
    use super::*;

    const ALL: [(Checksum, &str); 5] = [
        (Checksum::Crc32, "NhCmhg=="),
        (Checksum::Crc32c, "mnG7TA=="),
        (Checksum::Crc64Nvme, "M3eFcAZSQlc="),
        (Checksum::Sha1, "qvTGHdzF6KLavt4PO0gs2a6pQ00="),
        (
            Checksum::Sha256,
            "LPJNul+wow4m6DsqxbninhsWHlwfp0JecwQzYpOLmCQ=",
        ),
    ];

    fn digests(pieces: &[&[u8]], algorithms: &[Checksum]) -> Digests {
        let mut hasher = Hasher::new(algorithms);
        pieces.iter().for_each(|piece| hasher.update(piece));
        hasher.finish()
    }

    #[test]
    fn digests_of_every_algorithm() {
        for (algorithm, right) in ALL {
            let found = digests(&[b"he", b"llo"], &[algorithm, algorithm]);
            assert_eq!(found.text(algorithm).as_deref(), Some(right));
            assert_eq!(found.etag(), "5d41402abc4b2a76b9719d911017c592");
        }
    }

    #[test]
    fn a_crc_of_parts_is_that_of_the_whole() {
        for algorithm in [Checksum::Crc32, Checksum::Crc32c, Checksum::Crc64Nvme] {
            let parts: [&[u8]; 3] = [b"he", b"", b"llo"];
            let sums: Vec<String> = parts
                .iter()
                .map(|part| digests(&[part], &[algorithm]).text(algorithm).unwrap())
                .collect();
            let composed = of_parts(
                algorithm,
                ChecksumKind::FullObject,
                sums.iter()
                    .zip(parts)
                    .map(|(sum, part)| (sum.as_str(), part.len() as u64)),
            );
            let whole = digests(&[b"hello"], &[algorithm]).text(algorithm);
            assert_eq!(composed, whole, "{algorithm:?}");
        }
    }

    #[test]
    fn what_s3_composes_and_what_it_does_not() {
        let one = |algorithm: Checksum, kind| {
            let value = ALL.iter().find(|(known, _)| *known == algorithm).unwrap().1;
            of_parts(algorithm, kind, [(value, 5)].into_iter())
        };
        for algorithm in [Checksum::Sha1, Checksum::Sha256] {
            assert_eq!(one(algorithm, ChecksumKind::FullObject), None);
        }
        assert_eq!(one(Checksum::Crc64Nvme, ChecksumKind::Composite), None);
        // SHA-256 of SHA-256 of "hello", and the count.
        assert_eq!(
            one(Checksum::Sha256, ChecksumKind::Composite).as_deref(),
            Some("lZXJ35AHUUjrBoYDZd8zWEt1v/eCpRDGzUiDpBmDPVA=-1")
        );
        assert_eq!(
            of_parts(
                Checksum::Crc32,
                ChecksumKind::Composite,
                [("short", 1)].into_iter()
            ),
            None,
            "a checksum of another length"
        );
    }

    #[test]
    fn etags_of_uploads() {
        let hello = "5d41402abc4b2a76b9719d911017c592";
        assert_eq!(
            etag_of_parts([hello, hello].into_iter()).as_deref(),
            Some("616b22817b80eed9f65c3aa38cd29054-2")
        );
        assert_eq!(etag_of_parts(["x"].into_iter()), None);
    }
}
