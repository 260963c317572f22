//! The embedded S3 store: s3s-fs over a directory, in process, behind a guard.
//!
//! The backend gets a request that is built from the [`S3Call`] alone: what the policy saw and
//! nothing else. What s3s-fs lets happen and S3 does not, the guard refuses first.

mod digest;
pub mod embedded;
mod guard;

use std::path::Path;

use bytes::Bytes;
use catalog::s3::{Operation, S3Call};
use http::{HeaderMap, HeaderName, HeaderValue, Request, Response};
use http_body_util::BodyExt as _;
use s3s::service::{S3Service, S3ServiceBuilder};
use wire::{Fault, S3Fault};

pub use digest::Digests;
use guard::Guard;

use crate::limits::STORE_ERROR_BYTES;

/// A store in a directory.
pub struct DirectoryBackend {
    service: S3Service,
    guard: Guard,
}

/// A body on its way to the store.
pub type Body =
    http_body_util::combinators::UnsyncBoxBody<Bytes, Box<dyn std::error::Error + Send + Sync>>;

impl DirectoryBackend {
    /// Opens a directory that exists.
    ///
    /// # Errors
    /// In words, when it cannot be used.
    pub fn open(root: &Path) -> Result<Self, String> {
        let files = s3s_fs::FileSystem::new(root).map_err(|error| {
            format!("`{}` cannot be used as a store: {error:?}", root.display())
        })?;
        // Without authentication on purpose: the request that arrives here was verified, and
        // carries no signature.
        Ok(Self {
            service: S3ServiceBuilder::new(files).build(),
            guard: Guard::new(root),
        })
    }

    /// Carries out a permitted call. A `body` that fails on its way leaves nothing behind.
    ///
    /// Its buckets must be held meanwhile: the store makes a directory that is gone anew, whoever
    /// has the name by then.
    ///
    /// # Errors
    /// S3's own fault.
    pub async fn call(
        &self,
        call: &S3Call,
        body: Option<(Body, u64)>,
    ) -> Result<Response<Body>, Fault> {
        self.guard.check(call).await?;
        let request = request(call, body)?;
        let response = self
            .service
            .call(request)
            .await
            .map_err(|_| S3Fault::InternalError.fault())?;
        // Its text may name paths of this machine, so only its code is passed on.
        if response.status().is_client_error() || response.status().is_server_error() {
            return Err(fault(call, response).await);
        }
        let response = self.guard.after(call, response).await?;
        Ok(response.map(|body| body.map_err(Into::into).boxed_unsync()))
    }
}

/// The request that means exactly this call.
fn request(call: &S3Call, body: Option<(Body, u64)>) -> Result<Request<s3s::Body>, Fault> {
    let mut headers = HeaderMap::new();
    let mut put = |name: &str, value: &str| {
        let (name, value) = (HeaderName::try_from(name), HeaderValue::try_from(value));
        name.ok()
            .zip(value.ok())
            .map(|(name, value)| headers.insert(name, value))
    };
    // Not the client's own Host: the store would read a bucket out of it a second time.
    put("host", "localhost");
    let rewritten = call.body.to_xml();
    for (name, value) in &call.headers {
        // A body that was read and written anew no longer has the digest of its old spelling.
        let digest = name == "content-md5"
            || name.starts_with("x-amz-checksum-")
            || name == "x-amz-sdk-checksum-algorithm";
        if !(digest && rewritten.is_some()) {
            put(name, value);
        }
    }
    if let Some((bucket, key)) = &call.copy_source {
        put(
            "x-amz-copy-source",
            &format!(
                "{}/{}",
                bucket.as_str(),
                wire::percent::encode_path(key.as_str())
            ),
        );
    }
    let body = match (rewritten, body) {
        (Some(xml), _) => {
            put("content-length", &xml.len().to_string());
            s3s::Body::from(Bytes::from(xml))
        }
        (None, Some((body, length))) => {
            put("content-length", &length.to_string());
            s3s::Body::http_body_unsync(body)
        }
        (None, None) => s3s::Body::empty(),
    };
    // Written from the call and not copied: what was decided over is what is asked of the store.
    let mut request = Request::builder()
        .method(call.method().as_str())
        .uri(call.target())
        .body(body)
        .map_err(|_| S3Fault::InternalError.fault())?;
    *request.headers_mut() = headers;
    Ok(request)
}

/// What the store's own refusals may be to the caller.
const PASSED_ON: [S3Fault; 8] = [
    S3Fault::NoSuchKey,
    S3Fault::NoSuchBucket,
    S3Fault::NoSuchUpload,
    S3Fault::BadDigest,
    S3Fault::InvalidPart,
    S3Fault::InvalidRange,
    S3Fault::PreconditionFailed,
    S3Fault::NotImplemented,
];

/// The store's errors carry no request id and mostly no message: only their code is kept.
async fn fault(call: &S3Call, response: Response<s3s::Body>) -> Fault {
    let status = response.status().as_u16();
    let body = http_body_util::Limited::new(response.into_body(), STORE_ERROR_BYTES)
        .collect()
        .await;
    let text = body
        .map(|body| String::from_utf8_lossy(&body.to_bytes()).into_owned())
        .unwrap_or_default();
    let code = text
        .split_once("<Code>")
        .and_then(|(_, rest)| rest.split_once("</Code>"))
        .map_or("", |(code, _)| code);
    if let Some(known) = PASSED_ON.into_iter().find(|known| known.code() == code) {
        return known.fault();
    }
    match status {
        // An answer to HEAD has no body to read a code from.
        404 if call.operation == Operation::HeadObject => S3Fault::NoSuchKey.fault(),
        304 => S3Fault::NotModified.fault(),
        400..500 => S3Fault::InvalidRequest.saying("The store does not take this request."),
        _ => S3Fault::InternalError.fault(),
    }
}
