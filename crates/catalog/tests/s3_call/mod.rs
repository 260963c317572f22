//! What the tests of S3's calls share.

use catalog::s3::{self, S3Call};
use catalog::{BucketName, Call, Target, Template, Unmapped};
use wire::Head;

pub type Headers<'a> = &'a [(&'a str, &'a str)];

pub fn head(method: &str, target: &str, headers: Headers<'_>) -> Head {
    let fields = headers
        .iter()
        .map(|(name, value)| (*name, value.as_bytes()));
    Head::read(method, target, fields).unwrap()
}

/// In path style.
pub fn call(
    method: &str,
    target: &str,
    headers: Headers<'_>,
    body: &str,
) -> Result<Call<S3Call>, Unmapped> {
    s3::route(&head(method, target, headers), None)?.call(body.as_bytes())
}

/// The same with the first segment of the path as a virtual host's bucket.
pub fn at_host(
    method: &str,
    target: &str,
    headers: Headers<'_>,
    body: &str,
) -> Result<Call<S3Call>, Unmapped> {
    let rest = target.strip_prefix('/').unwrap();
    let end = rest.find(['/', '?']).unwrap_or(rest.len());
    let (bucket, rest) = rest.split_at(end);
    let target = format!("/{}", rest.strip_prefix('/').unwrap_or(rest));
    let bucket = BucketName::parse(bucket).unwrap();
    s3::route(&head(method, &target, headers), Some(&bucket))?.call(body.as_bytes())
}

/// Each question as `ACTION RESOURCE`.
pub fn asked(call: &Call<S3Call>) -> Vec<String> {
    let place = |target: &Target| match target {
        Target::Everything => "*".to_owned(),
        Target::Template(it) if *it == Template::global("s3", it.resource.clone()) => {
            it.resource.clone()
        }
        other => format!("{other:?}"),
    };
    call.asks()
        .map(|ask| format!("{} {}", ask.action, place(&ask.target)))
        .collect()
}

/// The fault of a request that is no call.
pub fn refusal(
    method: &str,
    target: &str,
    headers: Headers<'_>,
    body: &str,
) -> (String, u16, String) {
    match call(method, target, headers, body) {
        Ok(call) => panic!("{method} {target} {headers:?} is a {}", call.operation),
        Err(unmapped) => {
            let fault = unmapped.fault();
            (fault.code.into_owned(), fault.status, fault.text)
        }
    }
}
