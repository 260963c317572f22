//! A call as data.

use policy::Context;
use wire::Words;

use crate::names::{BucketName, ObjectKey};
use crate::s3::S3Call;

/// The services that are served.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Service {
    /// Amazon S3.
    S3,
    /// IAM.
    Iam,
    /// STS.
    Sts,
}

impl Service {
    /// The service that a credential scope names.
    pub fn from_scope(name: &str) -> Option<Self> {
        match name {
            "s3" => Some(Self::S3),
            "iam" => Some(Self::Iam),
            "sts" => Some(Self::Sts),
            _ => None,
        }
    }

    /// The prefix of the service's actions.
    pub fn name(self) -> &'static str {
        match self {
            Self::S3 => "s3",
            Self::Iam => "iam",
            Self::Sts => "sts",
        }
    }
}

/// A request that was understood.
#[derive(Clone, Debug)]
pub struct Call {
    /// Whose operation it is.
    pub service: Service,
    /// The operation's name, such as `GetObject`.
    pub operation: &'static str,
    /// Every question that must be allowed.
    pub asks: Vec<Ask>,
    /// What the operation needs to be carried out.
    pub detail: Detail,
}

/// What carries a call out.
#[derive(Clone, Debug)]
pub enum Detail {
    /// An S3 call, parsed.
    S3(Box<S3Call>),
    /// The parameters of a query call.
    Query(Words),
}

/// One question.
#[derive(Clone, Debug)]
pub struct Ask {
    /// The action, such as `s3:GetObject`.
    pub action: &'static str,
    /// What it is asked of.
    pub target: Target,
    /// The service's own condition keys. Keys that name the caller are the gate's, never the catalogue's.
    pub context: Context,
}

/// A resource before anybody knows account, partition and the paths of roles.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Target {
    /// Actions without a resource type.
    Everything,
    /// A bucket.
    Bucket(BucketName),
    /// An object.
    Object(BucketName, ObjectKey),
    /// A role by name.
    Role(String),
    /// A role that is about to be made.
    NewRole {
        /// `/` or `/path/`.
        path: String,
        /// The name.
        name: String,
    },
    /// A policy that is about to be made.
    NewPolicy {
        /// `/` or `/path/`.
        path: String,
        /// The name.
        name: String,
    },
    /// An instance profile by name.
    InstanceProfile(String),
    /// An instance profile that is about to be made.
    NewInstanceProfile {
        /// `/` or `/path/`.
        path: String,
        /// The name.
        name: String,
    },
    /// A user by name.
    User(String),
    /// A provider that is about to be made, by its URL without scheme.
    NewProvider(String),
    /// By ARN.
    Arn(String),
}

impl Ask {
    pub(crate) fn new(action: &'static str, target: Target) -> Self {
        Self { action, target, context: Context::new() }
    }
}
