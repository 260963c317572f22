//! Codes are named, not written out.

use super::S3Fault;
use std::path::{Path, PathBuf};

/// Codes that other services have too, so that they may be named elsewhere.
const SHARED: [&str; 4] = [
    "AccessDenied",
    "ExpiredToken",
    "InvalidRequest",
    "SignatureDoesNotMatch",
];

#[expect(clippy::disallowed_methods, reason = "the sources are what is tested")]
fn sources(folder: &Path, found: &mut Vec<PathBuf>) {
    for entry in std::fs::read_dir(folder).unwrap() {
        let path = entry.unwrap().path();
        if path.is_dir() {
            sources(&path, found);
        } else if path.extension().is_some_and(|extension| extension == "rs")
            // A test says what it expects in the words that are sent.
            && !path.to_string_lossy().ends_with("tests.rs")
            && !path.components().any(|part| part.as_os_str() == "tests")
            && !path.ends_with("wire/src/s3_fault_codes.rs")
        {
            found.push(path);
        }
    }
}

/// A code that is written out elsewhere has a status and a sentence there too, and some day
/// others than here.
#[test]
#[expect(clippy::disallowed_methods, reason = "the sources are what is tested")]
fn no_code_of_s3_is_written_out_elsewhere() {
    let codes: Vec<_> = S3Fault::ALL
        .iter()
        .map(|fault| fault.code())
        .filter(|code| !SHARED.contains(code))
        .collect();
    assert!(
        codes.len() > 30 && codes.contains(&"NoSuchBucket") && codes.contains(&"BadDigest"),
        "{codes:?}"
    );
    let crates = Path::new(env!("CARGO_MANIFEST_DIR")).parent().unwrap();
    let mut found = Vec::new();
    for folder in std::fs::read_dir(crates).unwrap() {
        let folder = folder.unwrap().path().join("src");
        if folder.is_dir() {
            sources(&folder, &mut found);
        }
    }
    assert!(
        found.len() > 100
            && found
                .iter()
                .any(|path| path.ends_with("authority/src/grant/mod.rs"))
    );
    for path in found {
        let text = std::fs::read_to_string(&path).unwrap();
        let code = text.split("#[cfg(test)]").next().unwrap();
        for name in &codes {
            assert!(
                !code.contains(&format!("\"{name}\"")),
                "{} writes `{name}` out; name the S3Fault",
                path.display()
            );
        }
    }
}
