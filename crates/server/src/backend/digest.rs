//! Digests that a client sent beside the signature, checked as the body passes by: the store itself
//! would keep a body whose digest turns out wrong.

use aws_lc_rs::digest::{Context, SHA1_FOR_LEGACY_USE_ONLY, SHA256};
use base64::Engine as _;
use base64::engine::general_purpose::STANDARD;
use crc_fast::{CrcAlgorithm, Digest};
use md5::Digest as _;

/// The digests of one request.
pub struct Digests(Vec<(Running, Vec<u8>)>);

enum Running {
    Crc(Box<Digest>, usize),
    Sha(Context),
    Md5(md5::Md5),
}

/// A digest header that cannot be read.
#[derive(Debug, PartialEq, Eq)]
pub struct BadDigestHeader(pub String);

impl Digests {
    /// Reads `content-md5` and `x-amz-checksum-*` of a call's headers.
    ///
    /// # Errors
    /// [`BadDigestHeader`] for a digest that is not known or has another length: it must not go
    /// unchecked.
    pub fn read(headers: &[(String, String)]) -> Result<Self, BadDigestHeader> {
        let mut digests = Vec::new();
        for (name, value) in headers {
            let bad = || BadDigestHeader(name.clone());
            let (running, length) = match name.as_str() {
                "content-md5" => (Running::Md5(md5::Md5::new()), 16),
                "x-amz-checksum-crc32" => (
                    Running::Crc(Box::new(Digest::new(CrcAlgorithm::Crc32IsoHdlc)), 4),
                    4,
                ),
                "x-amz-checksum-crc32c" => (
                    Running::Crc(Box::new(Digest::new(CrcAlgorithm::Crc32Iscsi)), 4),
                    4,
                ),
                "x-amz-checksum-crc64nvme" => (
                    Running::Crc(Box::new(Digest::new(CrcAlgorithm::Crc64Nvme)), 8),
                    8,
                ),
                "x-amz-checksum-sha1" => {
                    (Running::Sha(Context::new(&SHA1_FOR_LEGACY_USE_ONLY)), 20)
                }
                "x-amz-checksum-sha256" => (Running::Sha(Context::new(&SHA256)), 32),
                "x-amz-checksum-algorithm" | "x-amz-checksum-type" | "x-amz-checksum-mode" => {
                    continue;
                }
                other if other.starts_with("x-amz-checksum-") => return Err(bad()),
                _ => continue,
            };
            let wanted = STANDARD
                .decode(value)
                .ok()
                .filter(|bytes| bytes.len() == length)
                .ok_or_else(bad)?;
            digests.push((running, wanted));
        }
        Ok(Self(digests))
    }

    /// The next bytes of the body.
    pub fn update(&mut self, bytes: &[u8]) {
        for (running, _) in &mut self.0 {
            match running {
                Running::Crc(digest, _) => digest.update(bytes),
                Running::Sha(context) => context.update(bytes),
                Running::Md5(digest) => digest.update(bytes),
            }
        }
    }

    /// Whether every digest is the one that was sent.
    #[must_use]
    pub fn hold(self) -> bool {
        // Compared as they are: a digest is no secret to whoever sends the body.
        self.0.into_iter().all(|(running, wanted)| match running {
            Running::Crc(digest, length) => {
                digest.finalize().to_be_bytes().get(8 - length..) == Some(wanted.as_slice())
            }
            Running::Sha(context) => context.finish().as_ref() == wanted,
            Running::Md5(digest) => digest.finalize().as_slice() == wanted,
        })
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn digests_of_every_kind() {
        for (name, right) in [
            ("content-md5", "XUFAKrxLKna5cZ2REBfFkg=="),
            ("x-amz-checksum-crc32", "NhCmhg=="),
            ("x-amz-checksum-crc32c", "mnG7TA=="),
            ("x-amz-checksum-crc64nvme", "M3eFcAZSQlc="),
            ("x-amz-checksum-sha1", "qvTGHdzF6KLavt4PO0gs2a6pQ00="),
            (
                "x-amz-checksum-sha256",
                "LPJNul+wow4m6DsqxbninhsWHlwfp0JecwQzYpOLmCQ=",
            ),
        ] {
            let holds = |body: &[u8]| {
                let mut digests = Digests::read(&[(name.to_owned(), right.to_owned())]).unwrap();
                body.chunks(2).for_each(|chunk| digests.update(chunk));
                digests.hold()
            };
            assert!(holds(b"hello"), "{name}");
            assert!(!holds(b"hellO"), "{name}");
        }
    }

    #[test]
    fn digests_that_cannot_be_read_are_refused() {
        for (name, value) in [
            ("content-md5", "x"),
            ("x-amz-checksum-crc32", "AAAAAAA="),
            ("x-amz-checksum-sha512", "AAAA"),
            ("x-amz-checksum-new", "AAAA"),
        ] {
            assert_eq!(
                Digests::read(&[(name.to_owned(), value.to_owned())]).err(),
                Some(BadDigestHeader(name.to_owned()))
            );
        }
    }
}
