//! The data directory: whose it is, what lies in it, and the files that clients read.

use std::os::unix::fs::{DirBuilderExt as _, MetadataExt as _, PermissionsExt as _};
use std::path::{Path, PathBuf};

use token::Issuer;
use tokio::net::UnixListener;

use super::error::StartError;
use crate::control::SOCKET;

/// Makes the data directory, or checks that it is the user `uid`'s and that nobody else may look
/// into it.
pub(super) fn prepare(folder: &Path, uid: u32) -> Result<PathBuf, StartError> {
    let refuse = |because: String| StartError::DataDir(folder.to_owned(), because);
    let io = |error: std::io::Error| refuse(error.to_string());
    std::fs::DirBuilder::new()
        .recursive(true)
        .mode(0o700)
        .create(folder)
        .map_err(io)?;
    // Resolved once: a link that is changed later must not move the state of a running server.
    let folder = folder.canonicalize().map_err(io)?;
    let found = std::fs::metadata(&folder).map_err(io)?;
    // Whatever the mode is, its owner may change it, and the keys in it.
    if found.uid() != uid {
        return Err(refuse(format!(
            "belongs to user {}, and this server runs as user {uid}; expected its own",
            found.uid()
        )));
    }
    let mode = found.permissions().mode() & 0o7777;
    // Refused, not mended: whoever could read it may have copied the keys.
    if mode & 0o077 != 0 {
        return Err(refuse(format!(
            "has mode {mode:04o}, others can read it; expected 0700"
        )));
    }
    let store = folder.join("s3");
    if !store.exists() {
        std::fs::create_dir(&store).map_err(io)?;
    }
    Ok(folder)
}

/// The issuer that the data directory was made for.
pub(super) fn fixed_issuer(folder: &Path) -> Result<Option<Issuer>, StartError> {
    let path = folder.join("issuer");
    if !path.exists() {
        return Ok(None);
    }
    let text = std::fs::read_to_string(&path)
        .map_err(|error| StartError::DataDir(path.clone(), error.to_string()))?;
    Issuer::parse(text.trim())
        .map(Some)
        .map_err(|error| StartError::DataDir(path, error.to_string()))
}

/// Fixes the issuer for good: trust policies and tokens will name it to the letter.
pub(super) fn fix_issuer(folder: &Path, port: u16) -> Result<Issuer, StartError> {
    let issuer = Issuer::parse(&format!("https://localhost:{port}"))
        .map_err(|error| StartError::State(error.to_string()))?;
    let (path, draft) = (folder.join("issuer"), folder.join("issuer.new"));
    // Renamed into place: a crash leaves no half of it.
    let written =
        std::fs::write(&draft, format!("{issuer}\n")).and_then(|()| std::fs::rename(&draft, &path));
    written.map_err(|error| StartError::DataDir(path, error.to_string()))?;
    Ok(issuer)
}

/// The system's certificates and ours in one file: for clients whose bundle replaces the system's.
pub(super) fn write_bundle(folder: &Path, ours: &str) -> Result<PathBuf, StartError> {
    let system = std::fs::read_to_string("/etc/ssl/certs/ca-certificates.crt").unwrap_or_default();
    let path = folder.join("ca-bundle.pem");
    let write = |path: &Path, text: &str| {
        std::fs::write(path, text)
            .map_err(|error| StartError::DataDir(path.to_owned(), error.to_string()))
    };
    write(&folder.join("ca.pem"), ours)?;
    write(&path, &format!("{ours}{system}"))?;
    Ok(path)
}

/// Opens the control socket. The store's lock is held, so a socket that lies there is nobody's.
pub(super) fn open_socket(folder: &Path) -> Result<(UnixListener, u32), StartError> {
    let path = folder.join(SOCKET);
    let refuse = |error: std::io::Error| StartError::DataDir(path.clone(), error.to_string());
    if path.exists() {
        std::fs::remove_file(&path).map_err(refuse)?;
    }
    // The directory is closed to others, so nobody can knock before the mode is set.
    let listener = UnixListener::bind(&path).map_err(refuse)?;
    std::fs::set_permissions(&path, std::fs::Permissions::from_mode(0o600)).map_err(refuse)?;
    let uid = std::fs::metadata(&path).map_err(refuse)?.uid();
    Ok((listener, uid))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_data_directory_of_another_user_is_refused() {
        let folder = tempfile::tempdir().unwrap();
        let (path, own) = (
            folder.path().join("state"),
            rustix::process::geteuid().as_raw(),
        );
        assert!(prepare(&path, own).is_ok());
        // The same directory, seen by somebody else.
        let refused = prepare(&path, own + 1).unwrap_err().to_string();
        assert!(
            refused.contains(&format!("belongs to user {own}")),
            "{refused}"
        );
    }
}
