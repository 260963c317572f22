//! A call as data.

use policy::{AccountId, Context};

use crate::names::Name;
use crate::target::Target;

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

/// A request that was understood. `D` is what carries it out, which the service alone reads: an [`S3Call`](crate::s3::S3Call), or
/// the form of a query call.
#[derive(Clone, Debug)]
pub struct Call<D> {
    /// Whose operation it is: the prefix of its actions, such as `s3`.
    pub service: Name,
    /// The operation's name, such as `GetObject`.
    pub operation: Name,
    /// Every question that must be allowed.
    pub asks: Vec<Ask>,
    /// What the operation needs to be carried out.
    pub detail: D,
}

/// One question.
#[derive(Clone, Debug)]
pub struct Ask {
    /// The action, such as `s3:GetObject`.
    pub action: Name,
    /// What it is asked of.
    pub target: Target,
    /// The service's own condition keys. Keys that name the caller are the gate's, never the catalogue's.
    pub context: Context,
    /// Accounts that the resource must belong to, if the caller says so; nothing is done unless it belongs to each.
    pub expected_owners: Vec<AccountId>,
}

impl Ask {
    /// A question without condition keys of the service's own.
    pub fn new(action: impl Into<Name>, target: Target) -> Self {
        Self { action: action.into(), target, context: Context::new(), expected_owners: Vec::new() }
    }
}
