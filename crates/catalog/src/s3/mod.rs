//! S3: from a head, and where needed a body, to a call. The call alone is what the backend gets.

mod body;
mod defaults;
mod keys;
mod operation;
mod owner;
mod xml;

use wire::{Head, Method, Words, percent};

pub use body::{Body, CompletedPart};
pub use operation::{BodyNeed, Operation};
pub use owner::ExpectedOwners;

use crate::call::{Ask, Call, Detail, Service, Target};
use crate::names::{BucketName, ObjectKey};
use crate::unmapped::Unmapped;

/// An S3 call with nothing left to interpret: the backend's request is built from it and from nothing else.
#[derive(Clone, Debug)]
pub struct S3Call {
    /// What is to be done.
    pub operation: Operation,
    /// The bucket, for all operations but ListBuckets.
    pub bucket: Option<BucketName>,
    /// The object.
    pub key: Option<ObjectKey>,
    /// Where a copy comes from.
    pub copy_source: Option<(BucketName, ObjectKey)>,
    /// The multipart upload.
    pub upload_id: Option<String>,
    /// Query parameters of the operation, decoded.
    pub params: Vec<(String, String)>,
    /// Headers of the operation, as they came.
    pub headers: Vec<(String, String)>,
    /// Headers that state a default: condition keys, and nothing for the store.
    pub defaults: Vec<(String, String)>,
    /// Whom the buckets must belong to.
    pub expected: ExpectedOwners,
    /// `x-amz-content-sha256` as it was signed: what policies may be asked about the body.
    pub content_sha256: Option<String>,
    /// A body that was read and understood.
    pub body: Body,
}

/// A routed head: the operation is known, the body is not yet.
#[derive(Debug)]
pub struct Route {
    call: S3Call,
}

/// Headers that belong to the signature or to the connection; the backend never sees them.
const NOT_FORWARDED: [&str; 6] =
    ["x-amz-date", "x-amz-content-sha256", "x-amz-security-token", "x-amz-user-agent", "x-amz-bucket-region", "x-amz-te"];

/// Finds the operation of a head.
///
/// # Errors
/// [`Unmapped`] for everything that is not understood to the last parameter and header.
pub fn route(head: &Head) -> Result<Route, Unmapped> {
    let (bucket, key) = place(head.target.raw_path())?;
    let words = head.target.words().map_err(|_| Unmapped::Uri)?;
    let copy_source = head.headers.one("x-amz-copy-source").map_err(|_| Unmapped::CopySource)?;
    let operation = operation::find(head.method, bucket.is_some(), key.is_some(), &words, copy_source.is_some())?;
    let rules = operation.rules();
    for (name, _) in words.iter() {
        if name != "x-id" && !rules.params.contains(&name) {
            return Err(Unmapped::Parameter(name.to_owned()));
        }
    }
    let upload_id = words.get("uploadId").filter(|id| !id.is_empty()).map(str::to_owned);
    if let Some(id) = &upload_id
        && !(id.len() <= 128 && id.bytes().all(|byte| byte.is_ascii_alphanumeric() || byte == b'-'))
    {
        return Err(Unmapped::Parameter("uploadId".to_owned()));
    }
    if let Some(number) = words.get("partNumber")
        && !number
            .parse::<u16>()
            .is_ok_and(|number| (1..=10_000).contains(&number) && !words.get("partNumber").unwrap_or("").starts_with(['0', '+']))
    {
        return Err(Unmapped::Parameter("partNumber".to_owned()));
    }
    if let Some(name) = listed_otherwise(&words) {
        return Err(Unmapped::Parameter(name.to_owned()));
    }
    let (headers, defaults) = headers(head, operation, &rules)?;
    let call = S3Call {
        operation,
        bucket,
        key,
        copy_source: copy_source.map(source).transpose()?,
        upload_id,
        params: words.iter().filter(|(name, _)| *name != "x-id").map(|(name, value)| (name.to_owned(), value.to_owned())).collect(),
        headers,
        defaults,
        expected: owner::read(head)?,
        content_sha256: head.headers.one("x-amz-content-sha256").ok().flatten().map(str::to_owned),
        body: Body::None,
    };
    Ok(Route { call })
}

impl Route {
    /// What the operation wants of the body.
    pub fn body_need(&self) -> BodyNeed {
        self.call.operation.body_need()
    }

    /// The service and operation, such as `s3:DeleteObjects`.
    pub fn name(&self) -> String {
        format!("s3:{}", self.call.operation.name())
    }

    /// The call as far as the policies are asked about it, where they are asked nothing that is said in the body: so that who
    /// is denied anyway sends none. It is not to be carried out.
    pub fn call_without_body(&self) -> Option<Call> {
        let Operation::CompleteMultipartUpload = self.call.operation else { return None };
        let (operation, asks) = (self.call.operation.name(), asks(&self.call).ok()?);
        Some(Call { service: Service::S3, operation, asks, detail: Detail::S3(Box::new(self.call.clone())) })
    }

    /// The call, with the whole body where the operation needs it at hand.
    ///
    /// # Errors
    /// [`Unmapped::Body`] when it cannot be read.
    pub fn call(mut self, body: &[u8]) -> Result<Call, Unmapped> {
        self.call.body = body::read(self.call.operation, body)?;
        let asks = asks(&self.call)?;
        Ok(Call { service: Service::S3, operation: self.call.operation.name(), asks, detail: Detail::S3(Box::new(self.call)) })
    }
}

/// Path style: `/`, `/BUCKET`, `/BUCKET/KEY`, each part decoded once.
fn place(raw: &str) -> Result<(Option<BucketName>, Option<ObjectKey>), Unmapped> {
    let rest = raw.strip_prefix('/').ok_or(Unmapped::Uri)?;
    if rest.is_empty() {
        return Ok((None, None));
    }
    let (bucket, key) = rest.split_once('/').unwrap_or((rest, ""));
    let decode = |text: &str| percent::decode(text, false).ok_or(Unmapped::Uri);
    let bucket = BucketName::parse(&decode(bucket)?)?;
    if key.is_empty() {
        return Ok((Some(bucket), None));
    }
    Ok((Some(bucket), Some(ObjectKey::parse(&decode(key)?)?)))
}

/// A parameter of a listing that the store reads otherwise than policies do, to which it is a condition key. The store takes
/// slashes off a prefix, where no key has any, and a negative number for none at all.
fn listed_otherwise(words: &Words) -> Option<&'static str> {
    let plain = |text: &str| text.bytes().all(|byte| byte.is_ascii_digit()) && text.parse::<i32>().is_ok();
    if words.get("prefix").is_some_and(|prefix| prefix.starts_with('/')) {
        return Some("prefix");
    }
    words.get("max-keys").filter(|text| !plain(text)).map(|_| "max-keys")
}

/// `BUCKET/KEY` or `/BUCKET/KEY`, percent-encoded; a version is not served.
fn source(text: &str) -> Result<(BucketName, ObjectKey), Unmapped> {
    if text.contains('?') {
        return Err(Unmapped::CopySource);
    }
    let decoded = percent::decode(text, false).ok_or(Unmapped::CopySource)?;
    let (bucket, key) = decoded.strip_prefix('/').unwrap_or(&decoded).split_once('/').ok_or(Unmapped::CopySource)?;
    Ok((BucketName::parse(bucket)?, ObjectKey::parse(key)?))
}

type Headers = Vec<(String, String)>;

/// The operation's own headers, and those that state a default. An `x-amz-` header that no row lists could change what
/// is done, and an `if-` header whether it is done at all, so they are refused; other headers that no row lists say nothing
/// to S3 and are left behind.
fn headers(head: &Head, operation: Operation, rules: &operation::Rules) -> Result<(Headers, Headers), Unmapped> {
    let (mut kept, mut defaults) = (Vec::new(), Vec::new());
    for (name, value) in head.headers.iter() {
        let listed =
            rules.headers.iter().any(|rule| rule.strip_suffix('*').map_or(*rule == name, |prefix| name.starts_with(prefix)));
        if listed {
            if name == "content-encoding" && value.to_ascii_lowercase().contains("aws-chunked") {
                return Err(Unmapped::Header("content-encoding: aws-chunked".to_owned()));
            }
            // The store takes any other directive for COPY, and a policy would not.
            let told_otherwise = name == "x-amz-metadata-directive" && !["COPY", "REPLACE"].contains(&value);
            if told_otherwise || head.headers.one(name).is_err() {
                return Err(Unmapped::Header(name.to_owned()));
            }
            kept.push((name.to_owned(), value.to_owned()));
        } else if defaults::is_default(operation, name, value) && head.headers.one(name).is_ok() {
            defaults.push((name.to_owned(), value.to_owned()));
        } else if owner::is_about_owners(operation, name) {
            // Read, and refused when odd, in one place.
        } else if name.starts_with("if-")
            || name.starts_with("x-amz-") && !NOT_FORWARDED.contains(&name) && name != "x-amz-copy-source"
        {
            return Err(Unmapped::Header(name.to_owned()));
        }
    }
    Ok((kept, defaults))
}

fn asks(call: &S3Call) -> Result<Vec<Ask>, Unmapped> {
    let bucket = || call.bucket.clone().map(Target::Bucket).ok_or(Unmapped::Uri);
    let object = |key: Option<&ObjectKey>| match (&call.bucket, key) {
        (Some(bucket), Some(key)) => Ok(Target::Object(bucket.clone(), key.clone())),
        _ => Err(Unmapped::Uri),
    };
    let key = || object(call.key.as_ref());
    let action = call.operation.action();
    let mut asks = match call.operation {
        Operation::ListBuckets => vec![Ask::new(action, Target::Everything)],
        Operation::CreateBucket
        | Operation::HeadBucket
        | Operation::DeleteBucket
        | Operation::GetBucketLocation
        | Operation::ListObjects
        | Operation::ListObjectsV2 => vec![Ask::new(action, bucket()?)],
        Operation::GetObject
        | Operation::HeadObject
        | Operation::PutObject
        | Operation::DeleteObject
        | Operation::CreateMultipartUpload
        | Operation::UploadPart
        | Operation::ListParts
        | Operation::CompleteMultipartUpload
        | Operation::AbortMultipartUpload => vec![Ask::new(action, key()?)],
        Operation::CopyObject | Operation::UploadPartCopy => {
            let (from, at) = call.copy_source.clone().ok_or(Unmapped::CopySource)?;
            vec![Ask::new("s3:GetObject", Target::Object(from, at)), Ask::new(action, key()?)]
        }
        Operation::DeleteObjects => {
            let Body::Delete { keys, .. } = &call.body else { return Err(Unmapped::Body("does not name the objects to delete")) };
            keys.iter().map(|key| object(Some(key)).map(|target| Ask::new(action, target))).collect::<Result<_, _>>()?
        }
    };
    let more: Vec<Ask> = asks.iter().filter(|ask| ask.action == action).flat_map(|ask| also(call, &ask.target)).collect();
    asks.extend(more);
    for ask in &mut asks {
        ask.context = keys::of(call, ask.action);
    }
    Ok(asks)
}

/// What some headers need beside the operation's own action, whatever they say (S3 API reference, PutObject, CopyObject,
/// CreateMultipartUpload and CreateBucket, "Permissions").
fn also(call: &S3Call, target: &Target) -> Vec<Ask> {
    let says = |name: &str| call.defaults.iter().find(|(found, _)| found == name).map(|(_, value)| value.as_str());
    let actions = match (call.operation, says("x-amz-acl")) {
        // A bucket is private unless more is asked for.
        (Operation::CreateBucket, None | Some("private")) | (_, None) => None,
        (Operation::CreateBucket, Some(_)) => Some("s3:PutBucketAcl"),
        (_, Some(_)) => Some("s3:PutObjectAcl"),
    };
    let ownership = says("x-amz-object-ownership").map(|_| "s3:PutBucketOwnershipControls");
    actions.into_iter().chain(ownership).map(|action| Ask::new(action, target.clone())).collect()
}

impl S3Call {
    /// The path and query of the request that means exactly this call.
    pub fn target(&self) -> String {
        let mut target = String::from("/");
        if let Some(bucket) = &self.bucket {
            target.push_str(bucket.as_str());
        }
        if let Some(key) = &self.key {
            target.push('/');
            target.push_str(&percent::encode_path(key.as_str()));
        }
        for (place, (name, value)) in self.params.iter().enumerate() {
            target.push(if place == 0 { '?' } else { '&' });
            target.push_str(&percent::encode(name));
            if !value.is_empty() || !operation::SUB_RESOURCES.contains(&name.as_str()) {
                target.push('=');
                target.push_str(&percent::encode(value));
            }
        }
        target
    }

    /// The method of that request.
    pub fn method(&self) -> Method {
        self.operation.method()
    }
}
