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
            // Exact, case included: the scope was signed as it is, and SDKs write it in lower case.
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

/// A request that was understood. `D` is what carries it out, which the service alone reads: an
/// [`S3Call`](crate::s3::S3Call), or the form of a query call.
#[derive(Clone, Debug)]
pub struct Call<D> {
    /// Whose operation it is: the prefix of its actions, such as `s3`.
    pub service: Name,
    /// The operation's name, such as `GetObject`.
    pub operation: Name,
    /// What is asked of policies, by what the call names.
    pub parts: Vec<Part>,
    /// Whether a part that is denied denies the others.
    pub passes: Passes,
    /// What the operation needs to be carried out.
    pub detail: D,
}

/// Questions that are allowed together or not at all: all that is asked of one of the things that a
/// call names. There is one at least, so that no part is allowed for want of a question.
#[derive(Clone, Debug)]
pub struct Part {
    first: Ask,
    more: Vec<Ask>,
}

/// What the parts of a call are to each other.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Passes {
    /// All parts must be allowed, else nothing is done.
    Together,
    /// Each part that is allowed is done, and each that is denied is answered with its denial.
    Alone,
}

/// One question.
#[derive(Clone, Debug)]
pub struct Ask {
    /// The action, such as `s3:GetObject`.
    pub action: Name,
    /// What it is asked of.
    pub target: Target,
    /// The service's own condition keys. Keys that name the caller are the gate's, never the
    /// catalogue's.
    pub context: Context,
    /// Accounts that the resource must belong to, if the caller says so; nothing is done unless it
    /// belongs to each.
    pub expected_owners: Vec<AccountId>,
}

impl<D> Call<D> {
    /// Every question, in the order in which they are asked.
    pub fn asks(&self) -> impl Iterator<Item = &Ask> {
        // In the order of the request: the first denial is then the one that the caller expects.
        self.parts.iter().flat_map(Part::asks)
    }
}

impl Part {
    /// The questions, the first of which is asked first.
    pub fn asks(&self) -> impl Iterator<Item = &Ask> {
        std::iter::once(&self.first).chain(&self.more)
    }

    /// Asks this too.
    #[must_use]
    pub fn and(mut self, ask: Ask) -> Self {
        self.more.push(ask);
        self
    }
}

/// Most parts are one question.
impl From<Ask> for Part {
    fn from(first: Ask) -> Self {
        Self {
            first,
            more: Vec::new(),
        }
    }
}

impl Ask {
    /// A question without condition keys of the service's own.
    pub fn new(action: impl Into<Name>, target: Target) -> Self {
        Self {
            action: action.into(),
            target,
            context: Context::new(),
            // No expectation, which any owner meets.
            expected_owners: Vec::new(),
        }
    }
}
