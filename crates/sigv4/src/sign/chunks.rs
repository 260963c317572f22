//! Writes a body in chunks, signed or not.

use aws_lc_rs::signature::EcdsaKeyPair;
use aws_lc_rs::{digest, hmac};

use crate::body::{Seed, chunk_text, trailer_text};
use crate::credential::{AccessKeyId, SecretKey};
use crate::hex;
use crate::key::{Deriving, hmac_key, key_pair};
use crate::refusal::Refusal;
use crate::scope::{Algorithm, Scope};
use crate::sha256;

/// Signs the chunks of a body, one after the other.
pub struct ChunkSigner {
    key: Key,
    seed: Seed,
    before: String,
}

enum Key {
    Hmac(Box<hmac::Key>),
    Ecdsa(Box<EcdsaKeyPair>),
}

impl ChunkSigner {
    /// Begins behind the signature of a request, by its `Authorization` header.
    ///
    /// # Errors
    /// [`Refusal::Malformed`] for a header of another form.
    pub fn new(authorization: &str, amz_date: &str, secret: &SecretKey) -> Result<Self, Refusal> {
        let malformed = || Refusal::Malformed("it is not of the form that is written here");
        let part = |name: &str| {
            let (_, rest) = authorization.split_once(name)?;
            rest.split(',').next()
        };
        let credential = part("Credential=").ok_or_else(malformed)?;
        let signature = part("Signature=").ok_or_else(malformed)?;
        let words: Vec<&str> = credential.split('/').collect();
        let (algorithm, id, date, region, service) = match words.as_slice() {
            [id, date, region, service, _] => (Algorithm::HmacSha256, id, date, *region, service),
            [id, date, service, _] => (Algorithm::EcdsaP256Sha256, id, date, "", service),
            _ => return Err(malformed()),
        };
        let id = AccessKeyId::parse(id).ok_or_else(malformed)?;
        let scope = Scope {
            date: (*date).to_owned(),
            region: region.to_owned(),
            service: (*service).to_owned(),
        };
        let key = match algorithm {
            Algorithm::HmacSha256 => Key::Hmac(Box::new(hmac_key(secret, &scope))),
            Algorithm::EcdsaP256Sha256 => {
                Key::Ecdsa(Box::new(key_pair(&id, secret).ok_or_else(malformed)?))
            }
        };
        let deriving = Deriving {
            algorithm,
            id: &id,
            secret,
            scope: &scope,
        };
        let mut written = Vec::new();
        scope.write(algorithm, &mut written);
        let seed = Seed {
            algorithm,
            key: deriving.derive().ok_or_else(malformed)?,
            amz_date: amz_date.to_owned(),
            scope: written,
            signature: signature.to_owned(),
        };
        Ok(Self {
            key,
            before: signature.to_owned(),
            seed,
        })
    }

    /// The next chunk with its frame.
    pub fn chunk(&mut self, bytes: &[u8]) -> Vec<u8> {
        let mut out = self.frame(bytes);
        out.extend_from_slice(bytes);
        out.extend_from_slice(b"\r\n");
        out
    }

    /// The last chunk, which is empty, and what follows it.
    pub fn end(&mut self, trailers: &[(&str, &str)]) -> Vec<u8> {
        let mut out = self.frame(b"");
        if !trailers.is_empty() {
            let mut sorted = trailers.to_vec();
            sorted.sort_unstable();
            let mut lines = String::new();
            for (name, value) in sorted {
                lines.push_str(&format!("{name}:{value}\n"));
            }
            let text = trailer_text(&self.seed, &self.before, &sha256(lines.as_bytes()));
            let signature = self.sign(&text);
            out.extend_from_slice(&trailer_lines(trailers));
            out.extend_from_slice(format!("x-amz-trailer-signature:{signature}\r\n").as_bytes());
        }
        out.extend_from_slice(b"\r\n");
        out
    }

    fn frame(&mut self, bytes: &[u8]) -> Vec<u8> {
        let text = chunk_text(&self.seed, &self.before, &sha256(bytes));
        let signature = self.sign(&text);
        format!("{:x};chunk-signature={signature}\r\n", bytes.len()).into_bytes()
    }

    fn sign(&mut self, text: &[u8]) -> String {
        match &self.key {
            Key::Hmac(key) => {
                self.before = hex::lower(hmac::sign(key, text).as_ref());
                self.before.clone()
            }
            Key::Ecdsa(pair) => {
                // Without randomness there is no signature, and nothing accepts an empty one.
                let signature = pair.sign_digest(&digest::digest(&digest::SHA256, text));
                self.before = signature.map_or_else(|_| String::new(), |s| hex::lower(s.as_ref()));
                format!("{:*<144}", self.before)
            }
        }
    }
}

/// A body in chunks that are not signed.
pub fn unsigned_chunks(chunks: &[&[u8]], trailers: &[(&str, &str)]) -> Vec<u8> {
    let mut out = Vec::new();
    for chunk in chunks {
        out.extend_from_slice(format!("{:x}\r\n", chunk.len()).as_bytes());
        out.extend_from_slice(chunk);
        out.extend_from_slice(b"\r\n");
    }
    out.extend_from_slice(b"0\r\n");
    out.extend_from_slice(&trailer_lines(trailers));
    out.extend_from_slice(b"\r\n");
    out
}

fn trailer_lines(trailers: &[(&str, &str)]) -> Vec<u8> {
    let lines = trailers
        .iter()
        .map(|(name, value)| format!("{name}:{value}\r\n"));
    lines.collect::<String>().into_bytes()
}
