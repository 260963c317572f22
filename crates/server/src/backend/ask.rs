//! What the backend is asked: a permitted call, what was looked up for its decision, and where it
//! came from. And why it could not be done.

use std::sync::Arc;

use authority::refusal::BodyFailure;
use catalog::s3::S3Call;
use catalog::{BucketName, ObjectKey};
use policy::AccountId;
use wire::{Fault, RequestId, S3Fault};

use super::embedded::Look;

/// A permitted call.
pub struct Ask {
    /// The call.
    pub call: S3Call,
    /// Objects that were looked up for the decision: these and no others are served.
    pub looked: Vec<((BucketName, ObjectKey), Option<Looked>)>,
    /// Of a DeleteObjects, the places in its list of those that the permit denies.
    pub denied: Vec<usize>,
    /// Where it came from.
    pub context: Context,
}

/// Where a call came from.
#[derive(Clone, Debug)]
pub struct Context {
    /// The region that it was asked in.
    pub region: String,
    /// The Host that it was sent to, for addresses of objects.
    pub host: String,
    /// Whether it came by TLS.
    pub secure: bool,
    /// Its id.
    pub request_id: RequestId,
    /// Whose the bucket is.
    pub owner: AccountId,
    /// Who asks, as an ARN or `anonymous`.
    pub caller: String,
    /// Whether the caller may read the tags of the object, hence hear how many there are.
    pub tells_tags: bool,
    /// Of a DeleteObjects, whether the caller may hear that an object is not there.
    pub tells_missing: bool,
    /// Whether the bucket is named by the Host, hence not in a path.
    pub virtual_hosted: bool,
    /// Unix seconds.
    pub now: i64,
}

impl Context {
    /// The address of an object.
    pub(super) fn address(&self, bucket: &str, key: &str) -> String {
        let scheme = if self.secure { "https" } else { "http" };
        let (host, key) = (&self.host, wire::percent::encode_path(key));
        if self.virtual_hosted {
            format!("{scheme}://{host}/{key}")
        } else {
            format!("{scheme}://{host}/{bucket}/{key}")
        }
    }
}

/// One object, with its tags, as it was at one moment; it stays readable when it is overwritten.
#[derive(Clone)]
pub struct Looked(pub(super) Arc<Look>);

impl Looked {
    /// Its tags.
    pub fn tags(&self) -> &[(String, String)] {
        &self.0.tags
    }
}

/// Why a permitted call was not carried out.
#[derive(Debug)]
pub enum Failed {
    /// The body is not the one that was promised.
    Body(BodyFailure),
    /// There is no such object. Whether the caller may know that is for policies to say.
    Missing(BucketName, ObjectKey),
    /// An object is no longer the one that was looked up for the decision.
    Changed,
    /// S3's own fault, and what goes on its answer.
    Store {
        /// The fault.
        fault: Fault,
        /// Headers of its answer.
        headers: Vec<(&'static str, String)>,
    },
}

impl Failed {
    /// With a header on the answer.
    pub(super) fn with(self, name: &'static str, value: String) -> Self {
        match self {
            Self::Store { fault, mut headers } => {
                headers.push((name, value));
                Self::Store { fault, headers }
            }
            other => other,
        }
    }
}

impl From<Fault> for Failed {
    fn from(fault: Fault) -> Self {
        Self::Store {
            fault,
            headers: Vec::new(),
        }
    }
}

impl From<S3Fault> for Failed {
    fn from(fault: S3Fault) -> Self {
        fault.fault().into()
    }
}

impl Ask {
    /// The bucket.
    pub(super) fn bucket(&self) -> Result<&BucketName, Failed> {
        self.call.bucket.as_ref().ok_or_else(unfit)
    }

    /// The object.
    pub(super) fn key(&self) -> Result<&ObjectKey, Failed> {
        self.call.key.as_ref().ok_or_else(unfit)
    }

    /// What was looked up of an object; `None` when nobody did.
    pub(super) fn looked(&self, bucket: &BucketName, key: &ObjectKey) -> Option<Option<Looked>> {
        self.looked
            .iter()
            .find(|((of, named), _)| of == bucket && named == key)
            .map(|(_, found)| found.clone())
    }
}

/// A call whose detail is another operation's: the catalogue makes none.
pub(super) fn unfit() -> Failed {
    tracing::error!("a call to the store does not have what its operation needs");
    S3Fault::InternalError.into()
}
