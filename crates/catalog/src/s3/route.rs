//! From a head to the operation that it means, with nothing left over that is not understood.

use wire::{Head, Words, percent};

use super::body::{self, Body};
use super::operation::{self, BodyNeed, Operation};
use super::parts::parts;
use super::s3_call::S3Call;
use super::{defaults, expected_owners};
use crate::call::{Call, Part, Passes, Service};
use crate::names::{BucketName, ObjectKey};
use crate::unmapped::Unmapped;

/// A routed head: the operation is known, the body is not yet.
#[derive(Debug)]
pub struct Route {
    call: S3Call,
}

/// Headers that belong to the signature or to the connection; the backend never sees them.
const NOT_FORWARDED: [&str; 6] = [
    "x-amz-date",
    "x-amz-content-sha256",
    "x-amz-security-token",
    "x-amz-user-agent",
    "x-amz-bucket-region",
    "x-amz-te",
];

/// Finds the operation of a head.
///
/// # Errors
/// [`Unmapped`] for everything that is not understood to the last parameter and header.
pub fn route(head: &Head) -> Result<Route, Unmapped> {
    // From the raw path, decoded once: a decoded path would be decoded again by whoever reads on
    // (docs/threats.md, 44).
    let (bucket, key) = place(head.target.raw_path())?;
    let words = head.target.words().map_err(|_| Unmapped::Uri)?;
    // Part of which operation it is, so it is read before the operation is looked up.
    let copy_source = head
        .headers
        .one("x-amz-copy-source")
        .map_err(|_| Unmapped::CopySource)?;
    let operation = operation::find(
        head.method,
        bucket.is_some(),
        key.is_some(),
        &words,
        copy_source.is_some(),
    )?;
    let rules = operation.rules();
    for (name, _) in words.iter() {
        // `x-id` is the SDKs' own mark of the operation; S3 ignores it, and so does the store,
        // which never sees it.
        if name != "x-id" && !rules.params.contains(&name) {
            return Err(Unmapped::Parameter(name.to_owned()));
        }
    }
    let upload_id = words
        .get("uploadId")
        .filter(|id| !id.is_empty())
        .map(str::to_owned);
    if let Some(id) = &upload_id
        // It becomes a name in the store: nothing that could be a path.
        && !(id.len() <= 128
            && id
                .bytes()
                .all(|byte| byte.is_ascii_alphanumeric() || byte == b'-'))
    {
        return Err(Unmapped::Parameter("uploadId".to_owned()));
    }
    if let Some(number) = words.get("partNumber")
        && !number.parse::<u16>().is_ok_and(|number| {
            (1..=10_000).contains(&number)
                && !words
                    .get("partNumber")
                    .unwrap_or("")
                    // One spelling for a number: `01`, `+1` and `1` would be three parts to one
                    // reader and one to another.
                    .starts_with(['0', '+'])
        })
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
        params: words
            .iter()
            .filter(|(name, _)| *name != "x-id")
            .map(|(name, value)| (name.to_owned(), value.to_owned()))
            .collect(),
        headers,
        defaults,
        expected: expected_owners::read(head)?,
        content_sha256: head
            .headers
            .one("x-amz-content-sha256")
            .ok()
            .flatten()
            .map(str::to_owned),
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

    /// The call as far as the policies are asked about it, where they are asked nothing that is
    /// named in the body: so that who is denied anyway sends none. It is not to be carried out.
    pub fn call_without_body(&self) -> Option<Call<S3Call>> {
        let Operation::CompleteMultipartUpload = self.call.operation else {
            return None;
        };
        Some(of_s3(parts(&self.call).ok()?, self.call.clone()))
    }

    /// The call, with the whole body where the operation needs it at hand.
    ///
    /// # Errors
    /// [`Unmapped::Body`] when it cannot be read.
    pub fn call(mut self, body: &[u8]) -> Result<Call<S3Call>, Unmapped> {
        self.call.body = body::read(self.call.operation, body)?;
        Ok(of_s3(parts(&self.call)?, self.call))
    }
}

fn of_s3(parts: Vec<Part>, detail: S3Call) -> Call<S3Call> {
    Call {
        service: Service::S3.name().into(),
        operation: detail.operation.name().into(),
        parts,
        passes: Passes::Together,
        detail,
    }
}

/// Path style: `/`, `/BUCKET`, `/BUCKET/KEY`, each part decoded once.
fn place(raw: &str) -> Result<(Option<BucketName>, Option<ObjectKey>), Unmapped> {
    let rest = raw.strip_prefix('/').ok_or(Unmapped::Uri)?;
    if rest.is_empty() {
        return Ok((None, None));
    }
    let (bucket, key) = rest.split_once('/').unwrap_or((rest, ""));
    // `+` stays a plus: in a path it never was a blank.
    let decode = |text: &str| percent::decode(text, false).ok_or(Unmapped::Uri);
    let bucket = BucketName::parse(&decode(bucket)?)?;
    if key.is_empty() {
        return Ok((Some(bucket), None));
    }
    Ok((Some(bucket), Some(ObjectKey::parse(&decode(key)?)?)))
}

/// A parameter of a listing that the store reads otherwise than policies do, to which it is a
/// condition key. The store takes slashes off a prefix, where no key has any, and a negative number
/// for none at all.
fn listed_otherwise(words: &Words) -> Option<&'static str> {
    let plain =
        |text: &str| text.bytes().all(|byte| byte.is_ascii_digit()) && text.parse::<i32>().is_ok();
    if words
        .get("prefix")
        .is_some_and(|prefix| prefix.starts_with('/'))
    {
        return Some("prefix");
    }
    words
        .get("max-keys")
        .filter(|text| !plain(text))
        .map(|_| "max-keys")
}

/// `BUCKET/KEY` or `/BUCKET/KEY`, percent-encoded; a version is not served.
fn source(text: &str) -> Result<(BucketName, ObjectKey), Unmapped> {
    // `?versionId=` names an old version, which needs `s3:GetObjectVersion` and not the action that
    // is asked.
    if text.contains('?') {
        return Err(Unmapped::CopySource);
    }
    let decoded = percent::decode(text, false).ok_or(Unmapped::CopySource)?;
    let (bucket, key) = decoded
        .strip_prefix('/')
        .unwrap_or(&decoded)
        .split_once('/')
        .ok_or(Unmapped::CopySource)?;
    Ok((BucketName::parse(bucket)?, ObjectKey::parse(key)?))
}

type Headers = Vec<(String, String)>;

/// The operation's own headers, and those that state a default. An `x-amz-` header that no row
/// lists could change what is done, and an `if-` header whether it is done at all, so they are
/// refused; other headers that no row lists say nothing to S3 and are left behind.
fn headers(
    head: &Head,
    operation: Operation,
    rules: &operation::Rules,
) -> Result<(Headers, Headers), Unmapped> {
    let (mut kept, mut defaults) = (Vec::new(), Vec::new());
    for (name, value) in head.headers.iter() {
        let listed = rules.headers.iter().any(|rule| {
            rule.strip_suffix('*')
                .map_or(*rule == name, |prefix| name.starts_with(prefix))
        });
        if listed {
            // The body would have chunk signatures inside, which nothing here verifies
            // (docs/threats.md, 41).
            if name == "content-encoding" && value.to_ascii_lowercase().contains("aws-chunked") {
                return Err(Unmapped::Header("content-encoding: aws-chunked".to_owned()));
            }
            // The store takes any other directive for COPY, and a policy would not.
            let told_otherwise =
                name == "x-amz-metadata-directive" && !["COPY", "REPLACE"].contains(&value);
            if told_otherwise || head.headers.one(name).is_err() {
                return Err(Unmapped::Header(name.to_owned()));
            }
            kept.push((name.to_owned(), value.to_owned()));
        } else if defaults::is_default(operation, name, value) && head.headers.one(name).is_ok() {
            defaults.push((name.to_owned(), value.to_owned()));
        } else if expected_owners::is_about_owners(operation, name) {
            // Read, and refused when odd, in one place.
        } else if name.starts_with("if-")
            || name.starts_with("x-amz-")
                && !NOT_FORWARDED.contains(&name)
                && name != "x-amz-copy-source"
        {
            return Err(Unmapped::Header(name.to_owned()));
        }
    }
    Ok((kept, defaults))
}
