//! A store as s3s-fs kept it: a folder for each bucket, keys as paths below it, and side files
//! beside the buckets. Read without following a link, which could lead anywhere.

use std::fs::File;
use std::io::{self, Read as _};
use std::os::fd::OwnedFd;
use std::os::unix::fs::MetadataExt as _;
use std::path::Path;

use base64::Engine as _;
use base64::engine::general_purpose::URL_SAFE_NO_PAD;
use rustix::fs::{CWD, Dir, Mode, OFlags, openat};
use serde::Deserialize;
use time::OffsetDateTime;
use time::format_description::well_known::Rfc3339;
use time::macros::format_description;

use super::types::{ChecksumKind, StoredChecksum};

/// Longest key that S3 takes.
const KEY_BYTES: usize = 1_024;
/// Largest side file that is read: 2 KiB of user metadata and a few headers are far less.
const SIDE_FILE_BYTES: u64 = 1024 * 1024;

/// An old store.
pub(super) struct OldStore {
    root: OwnedFd,
    /// What cannot be taken over, in words.
    pub(super) problems: Vec<String>,
}

/// An object of it.
pub(super) struct OldObject<'a> {
    pub(super) bucket: &'a str,
    pub(super) key: &'a str,
    pub(super) file: File,
    pub(super) size: u64,
    pub(super) modified: i64,
    pub(super) meta: Vec<(String, String)>,
    /// The ETag that was given out; none when it was the MD5 that was computed each time.
    pub(super) etag: Option<String>,
    pub(super) checksum: Option<StoredChecksum>,
}

/// A side file of s3s-fs; its field names.
#[derive(Default, Deserialize)]
struct Attributes {
    user_metadata: Option<std::collections::BTreeMap<String, String>>,
    content_encoding: Option<String>,
    content_type: Option<String>,
    content_disposition: Option<String>,
    content_language: Option<String>,
    cache_control: Option<String>,
    expires: Option<String>,
}

impl OldStore {
    pub(super) fn open(root: &Path) -> io::Result<Self> {
        let root = openat(CWD, root, FOLDER, Mode::empty())?;
        Ok(Self {
            root,
            problems: Vec::new(),
        })
    }

    /// Names of buckets, and how many uploads are open.
    pub(super) fn buckets(&mut self) -> io::Result<(Vec<String>, usize)> {
        let (mut buckets, mut uploads) = (Vec::new(), 0);
        for name in names(&self.root)? {
            match name {
                Err(name) => self.problem(&name, "a name that is not UTF-8"),
                Ok(name) if name.starts_with('.') => {
                    uploads += usize::from(name.starts_with(".upload-"));
                }
                Ok(name) => match openat(&self.root, &name, FOLDER, Mode::empty()) {
                    Ok(_) => buckets.push(name),
                    Err(_) => self.problem(&name, "no folder, so no bucket"),
                },
            }
        }
        Ok((buckets, uploads))
    }

    /// Hands every object of a bucket to `take`.
    pub(super) fn objects<E: From<io::Error>>(
        &mut self,
        bucket: &str,
        take: &mut impl FnMut(OldObject<'_>) -> Result<(), E>,
    ) -> Result<(), E> {
        let folder = openat(&self.root, bucket, FOLDER, Mode::empty()).map_err(io::Error::from)?;
        self.walk(bucket, &folder, "", take)
    }

    fn walk<E: From<io::Error>>(
        &mut self,
        bucket: &str,
        folder: &OwnedFd,
        above: &str,
        take: &mut impl FnMut(OldObject<'_>) -> Result<(), E>,
    ) -> Result<(), E> {
        for name in names(folder)? {
            let place = |name: &str| format!("{bucket}/{above}{name}");
            let name = match name {
                Ok(name) => name,
                Err(name) => {
                    self.problem(&place(&name), "a name that is not UTF-8");
                    continue;
                }
            };
            let key = format!("{above}{name}");
            // The walk is as deep as a key is long at the most.
            if key.len() > KEY_BYTES {
                self.problem(&place(&name), "longer than a key may be");
                continue;
            }
            let opened = match openat(folder, &name, FILE, Mode::empty()) {
                Err(rustix::io::Errno::LOOP) => {
                    self.problem(&place(&name), "a symbolic link");
                    continue;
                }
                opened => File::from(opened.map_err(io::Error::from)?),
            };
            let found = opened.metadata()?;
            if found.is_dir() {
                self.walk(bucket, &OwnedFd::from(opened), &format!("{key}/"), take)?;
            } else if found.is_file() {
                let (meta, etag, checksum) = self.side_files(bucket, &key)?;
                take(OldObject {
                    bucket,
                    key: &key,
                    file: opened,
                    size: found.len(),
                    modified: found.mtime(),
                    meta,
                    etag,
                    checksum,
                })?;
            } else {
                self.problem(&place(&name), "neither file nor folder");
            }
        }
        Ok(())
    }

    #[expect(
        clippy::type_complexity,
        reason = "three results of one look, used once"
    )]
    fn side_files(
        &mut self,
        bucket: &str,
        key: &str,
    ) -> io::Result<(
        Vec<(String, String)>,
        Option<String>,
        Option<StoredChecksum>,
    )> {
        let base64 = |text: &str| URL_SAFE_NO_PAD.encode(text);
        let name = format!(".bucket-{}.object-{}", base64(bucket), base64(key));
        let attributes = self.side_file(&format!("{name}.metadata.json"))?;
        let internal = self.side_file(&format!("{name}.internal.json"))?;
        let mut meta = Vec::new();
        if let Some(text) = attributes {
            match serde_json::from_slice(&text) {
                Ok(attributes) => meta = pairs(attributes),
                Err(_) => self.problem(&format!("{bucket}/{key}"), "metadata that is no JSON"),
            }
        }
        let internal: serde_json::Map<String, serde_json::Value> = internal
            .and_then(|text| serde_json::from_slice(&text).ok())
            .unwrap_or_default();
        let text = |name: &str| internal.get(name)?.as_str().map(str::to_owned);
        let checksum = ["CRC64NVME", "CRC32", "CRC32C", "SHA1", "SHA256"]
            .into_iter()
            .find_map(|algorithm| {
                let value = text(&format!("checksum_{}", algorithm.to_ascii_lowercase()))?;
                Some(StoredChecksum {
                    algorithm: algorithm.to_owned(),
                    value,
                    kind: ChecksumKind::FullObject,
                })
            });
        Ok((meta, text("e_tag"), checksum))
    }

    fn side_file(&self, name: &str) -> io::Result<Option<Vec<u8>>> {
        let file = match openat(&self.root, name, FILE, Mode::empty()) {
            // A key whose side file's name would be too long never had one.
            Err(rustix::io::Errno::NOENT | rustix::io::Errno::NAMETOOLONG) => return Ok(None),
            file => File::from(file?),
        };
        let mut text = Vec::new();
        file.take(SIDE_FILE_BYTES).read_to_end(&mut text)?;
        Ok(Some(text))
    }

    fn problem(&mut self, place: &str, what: &str) {
        self.problems.push(format!("`{place}` is {what}"));
    }
}

const FOLDER: OFlags = OFlags::RDONLY
    .union(OFlags::DIRECTORY)
    .union(OFlags::NOFOLLOW)
    .union(OFlags::CLOEXEC);
/// Without waiting: a pipe would, for a writer.
const FILE: OFlags = OFlags::RDONLY
    .union(OFlags::NOFOLLOW)
    .union(OFlags::NONBLOCK)
    .union(OFlags::CLOEXEC);

/// Names in a folder, sorted; an error is one that is not UTF-8, as it can be shown.
fn names(folder: &OwnedFd) -> io::Result<Vec<Result<String, String>>> {
    let mut names = Vec::new();
    for entry in Dir::read_from(folder)? {
        let entry = entry?;
        let name = entry.file_name();
        if !matches!(name.to_bytes(), b"." | b"..") {
            let shown = || name.to_string_lossy().into_owned();
            names.push(name.to_str().map(str::to_owned).map_err(|_| shown()));
        }
    }
    names.sort();
    Ok(names)
}

fn pairs(attributes: Attributes) -> Vec<(String, String)> {
    let headers = [
        ("content-type", attributes.content_type),
        ("content-encoding", attributes.content_encoding),
        ("content-disposition", attributes.content_disposition),
        ("content-language", attributes.content_language),
        ("cache-control", attributes.cache_control),
        ("expires", attributes.expires.as_deref().and_then(http_date)),
    ];
    let user = attributes.user_metadata.unwrap_or_default().into_iter();
    let headers = headers
        .into_iter()
        .filter_map(|(name, value)| Some((name.to_owned(), value?)));
    headers
        .chain(user.map(|(name, value)| (format!("x-amz-meta-{}", name.to_lowercase()), value)))
        .collect()
}

/// RFC 9110 section 5.6.7, of what s3s-fs wrote down in RFC 3339.
fn http_date(text: &str) -> Option<String> {
    let date = OffsetDateTime::parse(text, &Rfc3339).ok()?;
    let form = format_description!(
        "[weekday repr:short], [day] [month repr:short] [year] [hour]:[minute]:[second] GMT"
    );
    date.to_offset(time::UtcOffset::UTC).format(form).ok()
}
