//! What s3s-fs would let happen and S3 does not: checked before the store is called, and remembered
//! after.

use std::collections::HashSet;
use std::io;
use std::path::{Path, PathBuf};

use base64::Engine as _;
use base64::engine::general_purpose::URL_SAFE_NO_PAD;
use bytes::Bytes;
use catalog::s3::{Operation, S3Call};
use catalog::{BucketName, ObjectKey};
use http::Response;
use http_body_util::BodyExt as _;
use tokio::fs;
use wire::{Fault, S3Fault};

/// Longest file name; the store's side files carry bucket and key in base64 in their names.
const MAX_FILE_NAME: usize = 255;
/// Length of a side file's name beside bucket and key, with an upload's id.
const SIDE_FILE_FRAME: usize = ".bucket-.object-.upload-.metadata.json".len() + 36;

pub(super) struct Guard {
    root: PathBuf,
    uploads: PathBuf,
}

impl Guard {
    pub(super) fn new(root: &Path) -> Self {
        // Not a bucket's name, so no call can reach it.
        Self {
            root: root.to_owned(),
            uploads: root.join(".podpass-uploads"),
        }
    }

    /// Refuses what cannot be done. Before a bucket is made or removed, what is left of its name is
    /// cleared away.
    pub(super) async fn check(&self, call: &S3Call) -> Result<(), Fault> {
        let Some(bucket) = &call.bucket else {
            return Ok(());
        };
        let exists = fs::metadata(self.root.join(bucket.as_str()))
            .await
            .is_ok_and(|found| found.is_dir());
        match (call.operation, exists) {
            (Operation::CreateBucket, false) => return self.clear(bucket).await,
            (Operation::CreateBucket, true) => {
                self.is_empty(bucket)
                    .await
                    .map_err(|fault| ownerless(bucket, fault))?;
                return self.clear(bucket).await;
            }
            (_, false) => return Err(S3Fault::NoSuchBucket.fault()),
            (Operation::DeleteBucket, true) => {
                self.is_empty(bucket).await?;
                return self.clear(bucket).await;
            }
            (_, true) => {}
        }
        if let Some(key) = &call.key {
            name_fits(bucket, key)?;
            if writes_object(call.operation) {
                self.has_room(bucket, key).await?;
            }
        }
        self.upload_is_its_own(call).await
    }

    /// Remembers whose an upload is, and forgets it when it ends. An object that was not to be read
    /// is not passed on.
    pub(super) async fn after(
        &self,
        call: &S3Call,
        response: Response<s3s::Body>,
    ) -> Result<Response<s3s::Body>, Fault> {
        match (call.operation, &call.upload_id) {
            (Operation::CreateMultipartUpload, _) => {
                let (parts, body) = response.into_parts();
                let bytes = body
                    .collect()
                    .await
                    .map_err(|_| S3Fault::InternalError.fault())?
                    .to_bytes();
                let text = String::from_utf8_lossy(&bytes);
                let id = text
                    .split_once("<UploadId>")
                    .and_then(|(_, rest)| rest.split_once("</UploadId>"))
                    .map(|(id, _)| id);
                // It becomes the name of a file.
                let id = id
                    .filter(|id| {
                        id.bytes()
                            .all(|byte| byte.is_ascii_alphanumeric() || byte == b'-')
                    })
                    .ok_or_else(|| S3Fault::InternalError.fault())?;
                fs::create_dir_all(&self.uploads)
                    .await
                    .map_err(|_| S3Fault::InternalError.fault())?;
                fs::write(self.uploads.join(id), place(call))
                    .await
                    .map_err(|_| S3Fault::InternalError.fault())?;
                Ok(Response::from_parts(
                    parts,
                    s3s::Body::from(Bytes::clone(&bytes)),
                ))
            }
            (Operation::CompleteMultipartUpload | Operation::AbortMultipartUpload, Some(id)) => {
                // Left behind it would only keep answering for an upload that the store no longer
                // knows.
                drop(fs::remove_file(self.uploads.join(id)).await);
                Ok(response)
            }
            (Operation::GetObject | Operation::HeadObject, _) => match unmatched(call, &response) {
                Some(fault) => Err(fault),
                None => Ok(response),
            },
            _ => Ok(response),
        }
    }

    /// The store knows an upload by its id alone; S3 knows it by bucket, key and id.
    async fn upload_is_its_own(&self, call: &S3Call) -> Result<(), Fault> {
        let Some(id) = &call.upload_id else {
            return Ok(());
        };
        let known = fs::read_to_string(self.uploads.join(id))
            .await
            .is_ok_and(|known| known == place(call));
        if known {
            Ok(())
        } else {
            Err(S3Fault::NoSuchUpload.fault())
        }
    }

    async fn is_empty(&self, bucket: &BucketName) -> Result<(), Fault> {
        let mut folders = vec![self.root.join(bucket.as_str())];
        while let Some(folder) = folders.pop() {
            let mut entries = fs::read_dir(folder)
                .await
                .map_err(|_| S3Fault::InternalError.fault())?;
            while let Some(entry) = entries
                .next_entry()
                .await
                .map_err(|_| S3Fault::InternalError.fault())?
            {
                // Folders alone are what deleted objects leave behind.
                if !entry.file_type().await.is_ok_and(|kind| kind.is_dir()) {
                    return Err(S3Fault::BucketNotEmpty.fault());
                }
                folders.push(entry.path());
            }
        }
        Ok(())
    }

    /// Removes what the store keeps of a bucket beside its directory: open uploads with their
    /// parts, and side files. Whoever has the name next must find nothing of it, so both ends of a
    /// bucket's life do this.
    async fn clear(&self, bucket: &BucketName) -> Result<(), Fault> {
        let (root, uploads, bucket) = (self.root.clone(), self.uploads.clone(), bucket.clone());
        let cleared = tokio::task::spawn_blocking(move || clear(&root, &uploads, &bucket)).await;
        cleared
            .map_err(|_| S3Fault::InternalError.fault())?
            .map_err(|error| {
                tracing::error!(%error, "what is left of a bucket cannot be removed");
                S3Fault::InternalError.fault()
            })
    }

    /// In a directory `a` cannot be a file and a folder at once, so the keys `a` and `a/b` exclude
    /// each other.
    async fn has_room(&self, bucket: &BucketName, key: &ObjectKey) -> Result<(), Fault> {
        let mut path = self.root.join(bucket.as_str());
        let segments: Vec<&str> = key.as_str().split('/').collect();
        for (place, segment) in segments.iter().enumerate() {
            path.push(segment);
            let Ok(found) = fs::symlink_metadata(&path).await else {
                return Ok(());
            };
            let last = place + 1 == segments.len();
            // A link would lead out of the bucket.
            if found.is_symlink() || found.is_dir() == last {
                return Err(S3Fault::KeyIsFolder.fault());
            }
        }
        Ok(())
    }
}

/// The store serves an object whatever it is to match: whoever reads one in pieces would get pieces
/// of two.
fn unmatched(call: &S3Call, response: &Response<s3s::Body>) -> Option<Fault> {
    let tag = response
        .headers()
        .get("etag")
        .and_then(|tag| tag.to_str().ok())
        .unwrap_or("");
    let names = |list: &str| {
        list.split(',')
            .map(str::trim)
            .any(|one| one == "*" || one.trim_matches('"') == tag.trim_matches('"'))
    };
    let asked = |name: &str| {
        call.headers
            .iter()
            .find(|(found, _)| found == name)
            .map(|(_, list)| names(list))
    };
    if asked("if-match") == Some(false) {
        return Some(S3Fault::PreconditionFailed.fault());
    }
    (asked("if-none-match") == Some(true)).then(|| S3Fault::NotModified.fault())
}

fn clear(root: &Path, uploads: &Path, bucket: &BucketName) -> io::Result<()> {
    let own = format!("{}/", bucket.as_str());
    let mut open = HashSet::new();
    for name in names(uploads)? {
        if std::fs::read_to_string(uploads.join(&name)).is_ok_and(|place| place.starts_with(&own)) {
            open.insert(name);
        }
    }
    let side_files = format!(".bucket-{}.", URL_SAFE_NO_PAD.encode(bucket.as_str()));
    for name in names(root)? {
        if name.starts_with(&side_files) || upload_of(&name).is_some_and(|id| open.contains(id)) {
            std::fs::remove_file(root.join(name))?;
        }
    }
    // Last: after a crash half way they still tell what else there is.
    open.iter()
        .try_for_each(|id| std::fs::remove_file(uploads.join(id)))
}

fn names(folder: &Path) -> io::Result<Vec<String>> {
    let entries = match std::fs::read_dir(folder) {
        Err(error) if error.kind() == io::ErrorKind::NotFound => return Ok(Vec::new()),
        entries => entries?,
    };
    // A name that is not UTF-8 is none of the store's.
    entries
        .filter_map(|entry| {
            entry
                .map(|entry| entry.file_name().into_string().ok())
                .transpose()
        })
        .collect()
}

/// The upload that a file at the store's root belongs to: `.upload-ID.json` or
/// `.upload_id-ID.part-N`.
fn upload_of(name: &str) -> Option<&str> {
    let rest = name
        .strip_prefix(".upload-")
        .or_else(|| name.strip_prefix(".upload_id-"))?;
    rest.split_once('.').map(|(id, _)| id)
}

/// Objects that nobody owns are nobody's to inherit.
fn ownerless(bucket: &BucketName, fault: Fault) -> Fault {
    if !S3Fault::BucketNotEmpty.is(&fault) {
        return fault;
    }
    tracing::warn!(
        bucket = bucket.as_str(),
        "the store has objects in a bucket without an owner; it cannot be created"
    );
    S3Fault::BucketAlreadyExists.fault()
}

fn writes_object(operation: Operation) -> bool {
    matches!(
        operation,
        Operation::PutObject
            | Operation::CopyObject
            | Operation::CreateMultipartUpload
            | Operation::CompleteMultipartUpload
    )
}

fn name_fits(bucket: &BucketName, key: &ObjectKey) -> Result<(), Fault> {
    let base64 = |text: &str| (text.len() * 4).div_ceil(3);
    if base64(bucket.as_str()) + base64(key.as_str()) + SIDE_FILE_FRAME > MAX_FILE_NAME {
        return Err(S3Fault::KeyTooLong.saying("Your key is too long for this store"));
    }
    Ok(())
}

fn place(call: &S3Call) -> String {
    let bucket = call.bucket.as_ref().map_or("", BucketName::as_str);
    format!(
        "{bucket}/{}",
        call.key.as_ref().map_or("", ObjectKey::as_str)
    )
}
