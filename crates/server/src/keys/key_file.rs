//! The key file: 32 random bytes, mode 0600, under which every secret of the store rests sealed.

use std::io::{Read as _, Write as _};
use std::os::unix::fs::{OpenOptionsExt as _, PermissionsExt as _};
use std::path::{Path, PathBuf};

use authority::Secret;
use aws_lc_rs::aead::{AES_256_GCM_SIV, Aad, LessSafeKey, NONCE_LEN, Nonce, UnboundKey};
use base64::Engine as _;
use base64::engine::general_purpose::STANDARD;
use zeroize::Zeroizing;

use crate::clock;

/// The opened key file.
pub struct KeyFile {
    key: LessSafeKey,
}

/// Why the key file cannot be used.
#[derive(Debug)]
pub enum KeyFileError {
    /// It cannot be read or made.
    Io(PathBuf, std::io::Error),
    /// Others may read it.
    Mode(PathBuf, u32),
    /// It does not hold 32 bytes.
    Length(PathBuf),
}

impl std::fmt::Display for KeyFileError {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        match self {
            Self::Io(path, error) => write!(f, "key file `{}`: {error}", path.display()),
            Self::Mode(path, mode) => {
                write!(
                    f,
                    "key file `{}` has mode {mode:04o}, others can read it; expected 0600",
                    path.display()
                )
            }
            Self::Length(path) => write!(f, "key file `{}` does not have 32 bytes", path.display()),
        }
    }
}

impl std::error::Error for KeyFileError {}

impl KeyFile {
    /// Opens the key file, or makes it when `may_create`.
    ///
    /// # Errors
    /// [`KeyFileError`]; a file that others may read is refused.
    pub fn open_file(path: &Path, may_create: bool) -> Result<Self, KeyFileError> {
        let io = |error| KeyFileError::Io(path.to_owned(), error);
        if may_create && !path.exists() {
            // Renamed into place when it is whole: a crash leaves no half of a key.
            let draft = path.with_extension("new");
            let mut file = std::fs::OpenOptions::new()
                .write(true)
                .create(true)
                .truncate(true)
                .mode(0o600)
                .open(&draft)
                .map_err(io)?;
            file.write_all(&clock::bytes::<32>())
                .and_then(|()| file.sync_all())
                .map_err(io)?;
            std::fs::rename(&draft, path).map_err(io)?;
        }
        let file = std::fs::File::open(path).map_err(io)?;
        let mode = file.metadata().map_err(io)?.permissions().mode() & 0o7777;
        if mode & 0o077 != 0 {
            return Err(KeyFileError::Mode(path.to_owned(), mode));
        }
        let mut bytes = Zeroizing::new(Vec::new());
        // One byte more than fits tells that the file is too long.
        file.take(33).read_to_end(&mut bytes).map_err(io)?;
        let length = || KeyFileError::Length(path.to_owned());
        if bytes.len() != 32 {
            return Err(length());
        }
        let key = UnboundKey::new(&AES_256_GCM_SIV, &bytes).map_err(|_| length())?;
        Ok(Self {
            key: LessSafeKey::new(key),
        })
    }

    /// Seals a secret to its name.
    #[must_use]
    pub fn seal(&self, name: &str, plain: &[u8]) -> Secret {
        // Random, under GCM-SIV (RFC 8452): should one ever be drawn twice, it tells no more than
        // whether two texts are equal.
        let nonce: [u8; NONCE_LEN] = clock::bytes();
        let mut body = plain.to_vec();
        let sealed = self.key.seal_in_place_append_tag(
            Nonce::assume_unique_for_key(nonce),
            Aad::from(name.as_bytes()),
            &mut body,
        );
        let mut out = nonce.to_vec();
        // The cipher refuses only texts of gigabytes; an empty one would not open again, so nothing
        // leaks.
        if sealed.is_ok() {
            out.append(&mut body);
        }
        Secret {
            name: name.to_owned(),
            sealed: STANDARD.encode(out),
            created: clock::now(),
            retired: None,
        }
    }

    /// Opens a secret; `None` when it was sealed under another key file or for another name.
    #[must_use]
    pub fn open(&self, secret: &Secret) -> Option<Zeroizing<Vec<u8>>> {
        let bytes = STANDARD.decode(&secret.sealed).ok()?;
        let (nonce, body) = bytes.split_first_chunk::<NONCE_LEN>()?;
        let mut body = Zeroizing::new(body.to_vec());
        // Bound to its name: sealed bytes that are moved to another secret's place do not open.
        let aad = Aad::from(secret.name.as_bytes());
        let length = self
            .key
            .open_in_place(Nonce::assume_unique_for_key(*nonce), aad, &mut body)
            .ok()?
            .len();
        body.truncate(length);
        Some(body)
    }
}

/// A secret access key: 40 characters of base64, 240 random bits.
pub(super) fn secret_text(entropy: [u8; 30]) -> Zeroizing<String> {
    Zeroizing::new(STANDARD.encode(entropy))
}

impl std::fmt::Debug for KeyFile {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.write_str("KeyFile(..)")
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn secrets_open_only_under_their_name_and_key_file() {
        let folder = tempfile::tempdir().unwrap();
        let path = folder.path().join("key");
        assert!(
            matches!(KeyFile::open_file(&path, false), Err(KeyFileError::Io(..))),
            "a lost key file is not replaced in silence"
        );
        let key_file = KeyFile::open_file(&path, true).unwrap();
        let mut secret = key_file.seal("issuer", b"plain");
        assert!(!secret.sealed.contains("plain"));
        assert_eq!(
            KeyFile::open_file(&path, false)
                .unwrap()
                .open(&secret)
                .unwrap()
                .as_slice(),
            b"plain"
        );
        assert!(
            KeyFile::open_file(&folder.path().join("other"), true)
                .unwrap()
                .open(&secret)
                .is_none()
        );
        secret.name = "ca".to_owned();
        assert!(key_file.open(&secret).is_none());
        std::fs::set_permissions(&path, std::fs::Permissions::from_mode(0o644)).unwrap();
        assert!(matches!(
            KeyFile::open_file(&path, false),
            Err(KeyFileError::Mode(_, 0o644))
        ));
    }
}
