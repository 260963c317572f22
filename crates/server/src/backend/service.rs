//! Which file answers which operation, and that none of it holds a worker.

use std::path::Path;
use std::sync::Arc;

use catalog::s3::Operation;
use catalog::{BucketName, ObjectKey};
use http::Response;
use wire::S3Fault;

use super::ask::{Ask, Failed, Looked, unfit};
use super::embedded::Store;
use super::receive::Upload;
use super::reply::Body;
use super::trouble::{self, aside};
use super::{attributes, buckets, complete, copy, delete, listing, read, tags, upload, write};

/// S3 over the embedded store.
pub struct Backend {
    store: Arc<Store>,
}

impl Backend {
    /// Opens the store in a directory. It may take a while: what a crash left behind is swept.
    ///
    /// # Errors
    /// In words, when it cannot be used.
    pub fn open(directory: &Path) -> Result<Self, String> {
        let store = Store::open(directory).map_err(|error| error.to_string())?;
        Ok(Self {
            store: Arc::new(store),
        })
    }

    /// An object as it is now; `None` when there is none.
    ///
    /// # Errors
    /// `NoSuchBucket`, or what the disk says.
    pub async fn look(
        &self,
        bucket: &BucketName,
        key: &ObjectKey,
    ) -> Result<Option<Looked>, Failed> {
        let (store, bucket, key) = (Arc::clone(&self.store), bucket.clone(), key.clone());
        aside(move || Ok(trouble::look(&store, &bucket, &key)?.map(Looked))).await
    }

    /// Carries out a permitted call. What it stores is stored when it returns.
    ///
    /// # Errors
    /// Why it was not done; then nothing was changed.
    pub async fn answer(&self, ask: Ask, upload: Option<Upload>) -> Result<Response<Body>, Failed> {
        let Some(upload) = upload else {
            return self.answer_holding(ask, ()).await;
        };
        let (store, ask) = (Arc::clone(&self.store), Arc::new(ask));
        match ask.call.operation {
            Operation::PutObject => write::put(store, ask, upload).await,
            Operation::PostObject => write::post(store, ask, upload).await,
            Operation::UploadPart => super::upload::part(store, ask, upload).await,
            _ => Err(unfit()),
        }
    }

    /// Carries out a permitted call that stores no body. What is `held` is let go of when the store
    /// is done, whether or not anybody still waits for the answer.
    ///
    /// # Errors
    /// Why it was not done; then nothing was changed.
    pub async fn answer_holding<T: Send + 'static>(
        &self,
        ask: Ask,
        held: T,
    ) -> Result<Response<Body>, Failed> {
        let store = Arc::clone(&self.store);
        aside(move || {
            let done = bodiless(&store, &ask);
            drop(held);
            done
        })
        .await
    }
}

fn bodiless(store: &Store, ask: &Ask) -> Result<Response<Body>, Failed> {
    match ask.call.operation {
        Operation::CreateBucket => buckets::create(store, ask),
        Operation::HeadBucket => buckets::head(store, ask),
        Operation::DeleteBucket => buckets::delete(store, ask),
        Operation::GetBucketLocation => buckets::location(store, ask),
        Operation::ListObjects | Operation::ListObjectsV2 | Operation::ListObjectVersions => {
            listing::objects(store, ask)
        }
        Operation::ListMultipartUploads => listing::uploads(store, ask),
        Operation::GetObject => read::answer(store, ask, false),
        Operation::HeadObject => read::answer(store, ask, true),
        Operation::GetObjectAttributes => attributes::get(store, ask),
        Operation::CopyObject => copy::object(store, ask),
        Operation::UploadPartCopy => copy::part(store, ask),
        Operation::DeleteObject => delete::one(store, ask),
        Operation::DeleteObjects => delete::many(store, ask),
        Operation::GetObjectTagging => tags::get(store, ask),
        Operation::PutObjectTagging => tags::put(store, ask),
        Operation::DeleteObjectTagging => tags::delete(store, ask),
        Operation::CreateMultipartUpload => upload::create(store, ask),
        Operation::ListParts => upload::parts(store, ask),
        Operation::CompleteMultipartUpload => complete::upload(store, ask),
        Operation::AbortMultipartUpload => upload::abort(store, ask),
        // A body that should be there is not.
        Operation::PutObject | Operation::PostObject | Operation::UploadPart => {
            Err(S3Fault::MissingContentLength.into())
        }
        // The ledger's to answer.
        _ => Err(unfit()),
    }
}
