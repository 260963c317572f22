//! From a head to the operation that it means, with nothing left over that is not understood.

use wire::{Head, Method, S3Fault, Words, percent};

use super::detail::Detail;
use super::fields::{Fields, Params};
use super::integrity::Integrity;
use super::listing::argument;
use super::operation::{BodyNeed, Operation, Place};
use super::parts::parts;
use super::post;
use super::s3_call::S3Call;
use super::{body, owners, told};
use crate::call::{Call, Part, Passes, Service};
use crate::names::{BucketName, ObjectKey};
use crate::unmapped::Unmapped;

/// A routed head: the operation is known, the body is not yet.
#[derive(Debug)]
pub struct Route {
    call: S3Call,
    integrity: Integrity,
}

/// Finds the operation of a head. With the bucket of a virtual host the whole path is the key;
/// without one the path is `/BUCKET/KEY`.
///
/// # Errors
/// [`Unmapped`] for everything that is not understood to the last parameter and header.
pub fn route(head: &Head, host_bucket: Option<&BucketName>) -> Result<Route, Unmapped> {
    // From the raw path, decoded once: a decoded path would be decoded again by whoever reads on
    // (docs/threats.md, 44).
    let (bucket, key) = place(head.target.raw_path(), host_bucket)?;
    let words = head.target.words().map_err(|_| Unmapped::Uri)?;
    let mut fields = Fields::read(head, &words);
    let mut params = Params::read(&words);
    let operation = find(head, &words, bucket.is_some(), key.is_some(), &fields)?;
    let version_null = operation.row().of_version.is_some()
        && operation != Operation::DeleteObjects
        && match params.take("versionId") {
            None => false,
            Some("null") => true,
            // There are no versions: another one would be another thing than what is served. In
            // S3's words for a bucket that never had any.
            Some("") => return Err(argument("Version id cannot be the empty string")),
            Some(_) => return Err(argument("Invalid version id specified")),
        };
    let told = told::read(operation, &mut fields, &mut params)?;
    let expected = owners::read(operation, &mut fields)?;
    params.finish()?;
    fields.finish()?;
    if operation.body_need() == BodyNeed::None {
        told.integrity.check(b"")?;
    }
    let in_query = |name: &str| {
        words
            .iter()
            .find(|(found, _)| found.eq_ignore_ascii_case(name))
            .map(|(_, value)| value)
    };
    let call = S3Call {
        operation,
        bucket,
        key,
        version_null,
        expected,
        content_sha256: head
            .headers
            .one("x-amz-content-sha256")
            .ok()
            .flatten()
            .or_else(|| in_query("x-amz-content-sha256"))
            .map(str::to_owned),
        presigned: in_query("x-amz-signature").is_some(),
        detail: told.detail,
        says: told.says,
    };
    unlike_its_source(&call)?;
    Ok(Route {
        call,
        integrity: told.integrity,
    })
}

impl Route {
    /// The operation.
    pub fn operation(&self) -> Operation {
        self.call.operation
    }

    /// What the operation wants of the body.
    pub fn body_need(&self) -> BodyNeed {
        self.call.operation.body_need()
    }

    /// The service and operation, such as `s3:DeleteObjects`.
    pub fn name(&self) -> String {
        format!("s3:{}", self.call.operation.name())
    }

    /// The bucket.
    pub fn bucket(&self) -> Option<&BucketName> {
        self.call.bucket.as_ref()
    }

    /// The call as far as the policies are asked about it, where they are asked nothing that is
    /// named in the body: so that who is denied anyway sends none. It is not to be carried out.
    pub fn call_without_body(&self) -> Option<Call<S3Call>> {
        let (Operation::CompleteMultipartUpload
        | Operation::PutBucketPolicy
        | Operation::PutPublicAccessBlock
        | Operation::PutBucketOwnershipControls) = self.call.operation
        else {
            return None;
        };
        Some(of_s3(parts(&self.call).ok()?, self.call.clone()))
    }

    /// The call, with the whole body where the operation needs it at hand.
    ///
    /// # Errors
    /// [`Unmapped`] when it cannot be read, or is not the one that was meant; and for a form, whose
    /// call is [`Route::post`].
    pub fn call(mut self, body: &[u8]) -> Result<Call<S3Call>, Unmapped> {
        match self.body_need() {
            BodyNeed::Form => return Err(not_a_form()),
            BodyNeed::Whole(_) => self.integrity.check(body)?,
            BodyNeed::None | BodyNeed::Stream => {}
        }
        self.call.detail = body::read(self.call.operation, self.call.detail, body)?;
        Ok(of_s3(parts(&self.call)?, self.call))
    }

    /// The call of a form whose fields are all there. Its policy is to be checked beside it.
    ///
    /// # Errors
    /// [`Unmapped`] when a field is not understood.
    pub fn post(mut self, form: &post::Form) -> Result<Call<S3Call>, Unmapped> {
        if self.body_need() != BodyNeed::Form {
            return Err(not_a_form());
        }
        let told = post::told(form)?;
        self.call.key = Some(told.key);
        self.call.detail = Detail::Post(told.post);
        self.call.says = told.says;
        Ok(of_s3(parts(&self.call)?, self.call))
    }
}

fn of_s3(parts: Vec<Part>, detail: S3Call) -> Call<S3Call> {
    Call {
        service: Service::S3.name().into(),
        operation: detail.operation.name().into(),
        parts,
        passes: if detail.operation == Operation::DeleteObjects {
            Passes::Alone
        } else {
            Passes::Together
        },
        detail,
    }
}

/// Finds the operation by method, place and mark; by a header where S3 tells them apart by one.
fn find(
    head: &Head,
    words: &Words,
    bucket: bool,
    key: bool,
    fields: &Fields<'_>,
) -> Result<Operation, Unmapped> {
    let place = match (bucket, key) {
        (false, _) => Place::Service,
        (true, false) => Place::Bucket,
        (true, true) => Place::Object,
    };
    let here = |operation: &&Operation| {
        let row = operation.row();
        row.method == head.method && row.place == place
    };
    let mut rows = Operation::ALL.iter().filter(here);
    let marked = rows.clone().find(|operation| {
        let mark = operation.row().mark;
        !mark.is_empty() && words.get(mark).is_some()
    });
    // Whatever is left is denied (docs/threats.md, 48); a sub-resource that no row knows is a
    // parameter that nobody takes.
    if marked.is_none() && head.method == Method::Put && words.get("acl").is_some() {
        return Err(Unmapped::Says(
            S3Fault::AccessControlListNotSupported,
            S3Fault::AccessControlListNotSupported.text().to_owned(),
        ));
    }
    let found = marked
        .or_else(|| rows.find(|operation| operation.row().mark.is_empty()))
        .copied()
        .ok_or_else(|| Unmapped::Operation {
            method: head.method.as_str().to_owned(),
            allow: place.methods(),
        })?;
    Ok(match found {
        Operation::PutObject if fields.has("x-amz-copy-source") => Operation::CopyObject,
        Operation::UploadPart if fields.has("x-amz-copy-source") => Operation::UploadPartCopy,
        Operation::PostObject if !post::is_form(head) => return Err(not_a_form()),
        other => other,
    })
}

fn not_a_form() -> Unmapped {
    Unmapped::Says(
        S3Fault::PreconditionFailed,
        "Bucket POST must be of the enclosure-type multipart/form-data".to_owned(),
    )
}

/// Path style: `/`, `/BUCKET`, `/BUCKET/KEY`; or a key alone. Each is decoded once.
fn place(
    raw: &str,
    host_bucket: Option<&BucketName>,
) -> Result<(Option<BucketName>, Option<ObjectKey>), Unmapped> {
    let rest = raw.strip_prefix('/').ok_or(Unmapped::Uri)?;
    // `+` stays a plus: in a path it never was a blank.
    let decode = |text: &str| percent::decode(text, false).ok_or(Unmapped::Uri);
    let (bucket, key) = match host_bucket {
        Some(bucket) => (bucket.clone(), rest),
        None if rest.is_empty() => return Ok((None, None)),
        None => {
            let (bucket, key) = rest.split_once('/').unwrap_or((rest, ""));
            (BucketName::parse(&decode(bucket)?)?, key)
        }
    };
    if key.is_empty() {
        return Ok((Some(bucket), None));
    }
    Ok((Some(bucket), Some(ObjectKey::parse(&decode(key)?)?)))
}

/// S3 refuses to copy an object to itself unless that changes something (S3 API reference,
/// CopyObject, "x-amz-metadata-directive").
fn unlike_its_source(call: &S3Call) -> Result<(), Unmapped> {
    let Detail::Copy(copy) = &call.detail else {
        return Ok(());
    };
    let same = call.bucket.as_ref() == Some(&copy.source.bucket)
        && call.key.as_ref() == Some(&copy.source.key);
    let changes = copy.replaces_meta.is_some()
        || copy.algorithm.is_some()
        || call.says("x-amz-storage-class").is_some();
    if same && !changes {
        return Err(Unmapped::Says(
            S3Fault::InvalidRequest,
            "This copy request is illegal because it is trying to copy an object to itself without changing the object's metadata, storage class, website redirect location or encryption attributes.".to_owned(),
        ));
    }
    Ok(())
}
