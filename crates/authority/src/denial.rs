//! A refusal: AWS's terse answer for the caller, the evidence for the operator. Prose for people is
//! the doctor's.

use policy::{Decision, Layer, Verdict};
use wire::{Family, Fault, Reply, RequestId};

use crate::error_reply::error_reply;
use crate::record::{Asked, Cause, Evidence, Link, Outcome, Who};

/// A refusal as one value.
#[derive(Clone, Debug, PartialEq)]
pub struct Denial {
    /// What the caller gets.
    pub fault: Fault,
    /// What the operator gets.
    pub evidence: Box<Evidence>,
    /// Whether somebody proved who asked.
    proven: bool,
}

impl Denial {
    /// A refusal at `link` because of `cause`.
    pub(crate) fn new(link: Link, cause: Cause, fault: Fault) -> Self {
        let evidence = Evidence {
            outcome: Outcome::Denied,
            link,
            account: None,
            operation: String::new(),
            who: Who::default(),
            asked: Vec::new(),
            cause: Some(cause),
        };
        Self {
            fault,
            evidence: Box::new(evidence),
            // Until somebody says otherwise: a refusal that forgot to is counted as a stranger's,
            // which costs a line of log and opens nothing.
            proven: false,
        }
    }

    /// Whether nobody proved who asked. Anybody can cause any number of such refusals, so the log
    /// has little room for them.
    pub fn is_strangers(&self) -> bool {
        !self.proven
    }

    /// The answer, which tells the caller no more than AWS would. `path` is S3's.
    pub fn reply(&self, family: Family, path: &str, request_id: &RequestId) -> Reply {
        error_reply(
            &self.fault,
            &self.evidence.operation,
            family,
            path,
            request_id,
        )
    }

    /// Says that somebody proved who asked.
    #[must_use]
    pub(crate) fn proven(mut self) -> Self {
        self.proven = true;
        self
    }

    /// Says which operation was refused.
    #[must_use]
    pub(crate) fn of(mut self, operation: impl Into<String>) -> Self {
        self.evidence.operation = operation.into();
        self
    }

    /// Says who asked.
    #[must_use]
    pub(crate) fn by(mut self, who: Who) -> Self {
        self.evidence.who = who;
        self
    }

    /// Says which account was asked.
    #[must_use]
    pub(crate) fn in_account(mut self, account: impl Into<Option<policy::AccountId>>) -> Self {
        self.evidence.account = account.into();
        self
    }

    /// Adds what the policies were asked.
    #[must_use]
    pub(crate) fn having_asked(mut self, asked: Vec<Asked>) -> Self {
        self.evidence.asked = asked;
        self
    }
}

/// AWS's denial text (IAM user guide, "Troubleshoot access denied error messages"): one layer, no
/// detail.
pub fn access_denied_text(principal: &str, asked: &Asked) -> String {
    let Asked {
        action,
        resource,
        decision,
    } = asked;
    // AWS leaves the resource out where the action has none.
    let on = if resource == "*" {
        String::new()
    } else {
        format!(" on resource: \"{resource}\"")
    };
    format!(
        "User: {principal} is not authorized to perform: {action}{on} {}",
        because(action, decision)
    )
}

fn because(action: &str, decision: &Decision) -> String {
    // When nothing allows and nothing denies AWS names the identity-based policies.
    let layer = decision.layer.unwrap_or(Layer::Identity);
    let (article, name) = match layer {
        // AWS's names of the layers, to the letter: tools read them out of this text.
        Layer::Scp => ("a", "service control policy"),
        Layer::Rcp => ("a", "resource control policy"),
        Layer::Resource => ("a", "resource-based policy"),
        Layer::Identity => ("an", "identity-based policy"),
        Layer::Boundary => ("a", "permissions boundary"),
        Layer::Session => ("a", "session policy"),
        Layer::Trust => ("a", "role trust policy"),
    };
    match decision.verdict {
        Verdict::ExplicitlyDenied => format!("with an explicit deny in {article} {name}"),
        Verdict::Allowed | Verdict::ImplicitlyDenied => {
            format!("because no {name} allows the {action} action")
        }
    }
}
