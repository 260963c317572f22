//! A refusal: AWS's terse answer for the caller, the evidence for the operator. Prose for people is the doctor's.

use policy::{Decision, Layer, Verdict};
use wire::Fault;

use crate::caller::Caller;
use crate::caller::CallerContext;
use crate::record::{Asked, Cause, Evidence, Link, Outcome, Who};
use crate::world::World;

/// A refusal as one value.
#[derive(Clone, Debug, PartialEq)]
pub struct Denial {
    /// What the caller gets.
    pub fault: Fault,
    /// What the operator gets.
    pub evidence: Box<Evidence>,
}

impl Denial {
    /// A refusal at `link` because of `cause`.
    pub fn new(link: Link, cause: Cause, fault: Fault) -> Self {
        let evidence = Evidence {
            outcome: Outcome::Denied,
            link,
            account: None,
            operation: String::new(),
            who: Who::default(),
            asked: Vec::new(),
            cause: Some(cause),
        };
        Self { fault, evidence: Box::new(evidence) }
    }

    /// Says which operation was refused.
    #[must_use]
    pub fn of(mut self, operation: impl Into<String>) -> Self {
        self.evidence.operation = operation.into();
        self
    }

    /// Says who asked.
    #[must_use]
    pub fn by(mut self, who: Who) -> Self {
        self.evidence.who = who;
        self
    }

    /// Says that a caller whose signature holds asked, where the refusal does not say yet who did.
    pub fn asked_by(&mut self, world: &World, caller: &Caller) {
        if self.evidence.who == Who::default() {
            let CallerContext { account, who, .. } = CallerContext::of(world, caller);
            (self.evidence.who, self.evidence.account) = (who, Some(account));
        }
    }

    /// Says which account was asked.
    #[must_use]
    pub fn in_account(mut self, account: policy::AccountId) -> Self {
        self.evidence.account = Some(account);
        self
    }

    /// Adds what the policies were asked.
    #[must_use]
    pub fn having_asked(mut self, asked: Vec<Asked>) -> Self {
        self.evidence.asked = asked;
        self
    }
}

/// AWS's denial text (IAM user guide, "Troubleshoot access denied error messages"): one layer, no detail.
pub fn access_denied_text(principal: &str, asked: &Asked) -> String {
    let Asked { action, resource, decision } = asked;
    let on = if resource == "*" { String::new() } else { format!(" on resource: \"{resource}\"") };
    format!("User: {principal} is not authorized to perform: {action}{on} {}", because(action, decision))
}

fn because(action: &str, decision: &Decision) -> String {
    let layer = decision.layer.unwrap_or(Layer::Identity);
    let (article, name) = match layer {
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
        Verdict::Allowed | Verdict::ImplicitlyDenied => format!("because no {name} allows the {action} action"),
    }
}
