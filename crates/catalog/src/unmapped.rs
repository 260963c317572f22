//! What is not understood, and the answer that AWS gives for it. It is never allowed.

use wire::misfits::{Misfits, Shows, at_most, member_path};
use wire::{Fault, S3Fault};

/// Why a request is no call of ours.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Unmapped {
    /// A query parameter that the operation does not have, or no operation has.
    Parameter(String),
    /// A header that would change what the operation does.
    Header(String),
    /// No operation has this method and path.
    Operation {
        /// The method.
        method: String,
        /// Those that the path has.
        allow: &'static str,
    },
    /// The path or query cannot be read.
    Uri,
    /// A bucket name against the rules.
    Bucket(String),
    /// A key that is none.
    Key(&'static str),
    /// A key of so many bytes.
    KeyTooLong(usize),
    /// What S3 has a fault and a sentence of its own for.
    Says(S3Fault, String),
    /// The copy source cannot be read.
    CopySource,
    /// The body cannot be read.
    Body(&'static str),
    /// A bucket is to be where no region is, or named `us-east-1`, which is named by naming
    /// nothing.
    Location,
    /// The owner that is expected is no account.
    Owner(&'static str),
    /// A parameter of the query protocol is missing.
    Missing(&'static str),
    /// A parameter that names the resource is longer than any name of one.
    TooLong(&'static str, usize),
    /// No such action of the service.
    Action {
        /// What was asked.
        action: String,
        /// The API version that was named.
        version: String,
    },
}

impl std::fmt::Display for Unmapped {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        match self {
            Self::Parameter(name) => write!(f, "query parameter `{name}` is not supported"),
            Self::Header(name) => write!(f, "header `{name}` is not supported"),
            Self::Operation { method, .. } => write!(f, "no operation is `{method}`"),
            Self::Uri => f.write_str("the path or query string cannot be read"),
            Self::Bucket(name) => write!(f, "`{name}` is not a bucket name"),
            Self::Key(because) => write!(f, "the object key {because}"),
            Self::KeyTooLong(size) => write!(f, "the object key has {size} bytes"),
            Self::Says(_, text) => f.write_str(text),
            Self::CopySource => f.write_str("`x-amz-copy-source` is not BUCKET/KEY"),
            Self::Body(because) => write!(f, "the body {because}"),
            Self::Location => f.write_str(
                "the location constraint is not a region that a bucket can be created in by name",
            ),
            Self::Owner(name) => write!(f, "header `{name}` is not an account id"),
            Self::Missing(name) => write!(f, "parameter `{name}` is missing"),
            Self::TooLong(name, most) => {
                write!(f, "parameter `{name}` has more than {most} characters")
            }
            Self::Action { action, version } => {
                write!(f, "no operation is `{action}` of version `{version}`")
            }
        }
    }
}

impl Unmapped {
    /// The answer for the caller.
    pub fn fault(&self) -> Fault {
        match self {
            Self::Parameter(_) | Self::Header(_) => S3Fault::NotImplemented
                .saying(format!("{}: {self}", S3Fault::NotImplemented.text())),
            Self::Operation { allow, .. } => S3Fault::MethodNotAllowed.fault().allowing(allow),
            Self::Uri => S3Fault::InvalidUri.fault(),
            Self::Bucket(_) => S3Fault::InvalidBucketName.fault(),
            Self::KeyTooLong(_) => S3Fault::KeyTooLong.fault(),
            Self::Says(fault, text) => fault.saying(text.clone()),
            Self::CopySource => S3Fault::InvalidArgument.saying(
                "Copy Source must mention the source bucket and key: sourcebucket/sourcekey",
            ),
            Self::Key(_) => S3Fault::InvalidArgument.saying(format!("Invalid Argument: {self}")),
            Self::Body(_) => S3Fault::MalformedXml.fault(),
            Self::Location => S3Fault::InvalidLocationConstraint.fault(),
            Self::Owner(_) => S3Fault::InvalidBucketOwner.fault(),
            // IAM's way of saying it; STS, which shows values, has none to show of these either.
            Self::Missing(name) => Misfits::new(Shows::Names)
                .absent(&member_path(name))
                .fault(),
            Self::TooLong(name, most) => Misfits::new(Shows::Names)
                .broken(&member_path(name), &at_most(*most))
                .fault(),
            Self::Action { action, version } => Fault::new(
                "InvalidAction",
                400,
                format!("Could not find operation {action} for version {version}"),
            ),
        }
    }
}
