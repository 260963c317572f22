//! How the kinds of policies combine (IAM user guide, "Policy evaluation logic"): a Deny anywhere
//! is final, control policies and boundaries only limit, and what allows depends on whose resource
//! it is.
//!
//! The engines end here. `R` is how an engine points at a statement.

use crate::arn;
use crate::decision::{Effect, Layer, Verdict};
use crate::principal::{Named, Principal};
use crate::question::Question;

/// A question with what is asked of it more than once, taken apart once.
#[derive(Clone, Copy, Debug)]
pub(crate) struct Prepared<'a> {
    pub(crate) question: &'a Question<'a>,
    /// The account of who asks.
    pub(crate) caller: Option<&'a str>,
    /// The parts of the resource, if it is an ARN.
    pub(crate) parts: Option<[&'a str; 6]>,
}

/// What the documents of one layer, or of one level of it, came to.
#[derive(Clone, Debug)]
pub(crate) struct LayerResult<R> {
    pub(crate) allow: Option<(Named, R)>,
    pub(crate) deny: Option<R>,
    pub(crate) error: Option<(Effect, R)>,
}

/// What all layers came to.
#[derive(Clone, Debug)]
pub(crate) struct Evaluation<R> {
    deny: Option<(Layer, R)>,
    error: Option<(Effect, Layer, R)>,
    silent_scp: bool,
    own: Option<(Named, R)>,
    identity: Option<R>,
    /// The first of boundary and session that is there and does not allow.
    limited_by: Option<Layer>,
    has_session: bool,
}

/// The answer, the kind of policy that gave it, and the statement: the one that applied, or the one
/// in error.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) struct Outcome<R> {
    pub(crate) verdict: Verdict,
    pub(crate) layer: Option<Layer>,
    pub(crate) statement: Option<R>,
    pub(crate) error: bool,
}

impl<R> Outcome<R> {
    fn new(verdict: Verdict, layer: Option<Layer>, statement: Option<R>) -> Self {
        Self {
            verdict,
            layer,
            statement,
            error: false,
        }
    }
}

/// Answered to whoever is authenticated, whatever a policy says (STS API reference,
/// GetCallerIdentity).
pub(crate) fn needs_no_permission(question: &Question<'_>) -> bool {
    let authenticated = !matches!(
        question.principal,
        Principal::Anonymous | Principal::WebIdentity { .. }
    );
    authenticated
        && question
            .action
            .eq_ignore_ascii_case("sts:GetCallerIdentity")
}

impl<'a> Prepared<'a> {
    pub(crate) fn of(question: &'a Question<'a>) -> Self {
        Self {
            question,
            caller: question.principal.account(),
            parts: arn::parts(question.resource),
        }
    }

    /// A KMS key's policy must itself allow, as a trust policy must (KMS developer guide, "Key
    /// policies").
    fn is_kms_key(&self) -> bool {
        self.parts.is_some_and(|[_, _, service, _, _, resource]| {
            service == "kms" && resource.starts_with("key/")
        })
    }

    /// Whose resource it is, where that can be told.
    fn owner(&self) -> Option<&'a str> {
        let named = || {
            self.parts
                .map(|[_, _, _, _, account, _]| account)
                .filter(|text| arn::is_account(text))
        };
        self.question
            .resource_account
            .map(|account| account.as_str())
            .or_else(named)
    }
}

impl<R> LayerResult<R> {
    pub(crate) fn nothing() -> Self {
        Self {
            allow: None,
            deny: None,
            error: None,
        }
    }

    /// Takes in what later documents of the same layer came to: the first statement counts, but an
    /// Allow that names the principal more directly, and an error in a Deny, go before.
    pub(crate) fn joined(self, later: Self) -> Self {
        let allow = match (self.allow, later.allow) {
            (Some((named, _)), Some(later)) if later.0 > named => Some(later),
            (first, later) => first.or(later),
        };
        let error = match (self.error, later.error) {
            (Some((Effect::Allow, _)), Some(later @ (Effect::Deny, _))) => Some(later),
            (first, later) => first.or(later),
        };
        Self {
            allow,
            deny: self.deny.or(later.deny),
            error,
        }
    }
}

impl<R: Clone> Evaluation<R> {
    pub(crate) fn nothing() -> Self {
        Self {
            deny: None,
            error: None,
            silent_scp: false,
            own: None,
            identity: None,
            limited_by: None,
            has_session: false,
        }
    }

    /// Takes in a layer. Layers come in the order in which denials are reported.
    pub(crate) fn add(&mut self, layer: Layer, result: LayerResult<R>) {
        if let Some(statement) = result.deny {
            self.deny.get_or_insert((layer, statement));
        }
        if let Some((effect, statement)) = result.error
            && self
                .error
                .as_ref()
                .is_none_or(|(known, _, _)| *known == Effect::Allow && effect == Effect::Deny)
        {
            self.error = Some((effect, layer, statement));
        }
        match layer {
            // RCPFullAWSAccess is attached everywhere: these only deny.
            Layer::Rcp => {}
            Layer::Scp => self.silent_scp |= result.allow.is_none(),
            Layer::Resource | Layer::Trust => self.own = result.allow,
            Layer::Identity => self.identity = result.allow.map(|(_, statement)| statement),
            Layer::Boundary | Layer::Session => {
                self.has_session |= layer == Layer::Session;
                if result.allow.is_none() {
                    self.limited_by.get_or_insert(layer);
                }
            }
        }
    }

    /// Puts it all together.
    pub(crate) fn outcome(self, prepared: &Prepared<'_>, is_trust: bool) -> Outcome<R> {
        use Verdict::{Allowed, ExplicitlyDenied, ImplicitlyDenied};
        let question = prepared.question;
        // Before everything else: no Allow, however direct, outweighs a Deny (IAM user guide,
        // "Policy evaluation logic", "The difference between explicit and implicit denies").
        if let Some((layer, statement)) = self.deny {
            return Outcome::new(ExplicitlyDenied, Some(layer), Some(statement));
        }
        // AWS stops at an error of evaluation and denies. One in an Allow must do so too: whoever
        // could put a statement in error would else choose which statements count.
        if let Some((effect, layer, statement)) = self.error {
            let verdict = if effect == Effect::Deny {
                ExplicitlyDenied
            } else {
                ImplicitlyDenied
            };
            return Outcome {
                error: true,
                ..Outcome::new(verdict, Some(layer), Some(statement))
            };
        }
        // Levels of control policies intersect, documents of a level unite (Organizations user
        // guide, "SCP evaluation"). So one silent level denies, even what a resource policy grants
        // directly.
        if self.silent_scp {
            return Outcome::new(ImplicitlyDenied, Some(Layer::Scp), None);
        }
        // AWS's own service-linked roles are never handed out.
        if question.action.eq_ignore_ascii_case("iam:PassRole")
            && question.resource.contains(":role/aws-reserved/")
        {
            return Outcome::new(ImplicitlyDenied, Some(Layer::Identity), None);
        }

        let own_layer = if is_trust {
            Layer::Trust
        } else {
            Layer::Resource
        };
        // A federated user's session starts with nothing; the root user with everything.
        let identity_allows = match question.principal {
            Principal::Root { .. } => true,
            Principal::FederatedUser(_) => self.identity.is_some() && self.has_session,
            Principal::User(_) | Principal::Session { .. } => self.identity.is_some(),
            Principal::Anonymous | Principal::WebIdentity { .. } | Principal::Service(_) => false,
        };
        let Some(caller) = prepared.caller else {
            // Nobody's account: only the resource's own policy speaks.
            return match self.own {
                Some((_, found)) => Outcome::new(Allowed, Some(own_layer), Some(found)),
                None => Outcome::new(ImplicitlyDenied, Some(own_layer), None),
            };
        };
        // Without an owner it is the caller's own: most ARNs that name no account (S3 is the
        // exception, and there the gate says whose the bucket is) are of nobody else.
        let same_account = prepared.owner().unwrap_or(caller) == caller;
        let by_resource = match self.own {
            // A session that is named itself gets what the resource grants, whatever boundary and
            // session policy leave out. A role that is named gives it to sessions within these
            // limits (IAM user guide, "Permissions boundaries for IAM entities", "Session
            // policies").
            Some((Named::Directly, _)) => same_account,
            Some((Named::ViaEntity, _)) => same_account && self.limited_by.is_none(),
            Some((Named::ViaAccount, _)) | None => false,
        };
        let own = self.own.map(|(_, statement)| statement);
        if by_resource {
            return Outcome::new(Allowed, Some(own_layer), own);
        }
        // Elsewhere in one account either side is enough. Here the resource decides who may come
        // near it at all, even for its own account's administrator.
        let must_allow_itself = is_trust || prepared.is_kms_key();
        if (!same_account || must_allow_itself) && own.is_none() {
            return Outcome::new(ImplicitlyDenied, Some(own_layer), None);
        }
        match self.limited_by {
            // Through the account or across accounts both sides allow; a trust policy is what
            // admits to its role.
            None if identity_allows && is_trust => Outcome::new(Allowed, Some(Layer::Trust), own),
            None if identity_allows => Outcome::new(Allowed, Some(Layer::Identity), self.identity),
            Some(limit) if identity_allows => Outcome::new(ImplicitlyDenied, Some(limit), None),
            _ => Outcome::new(ImplicitlyDenied, Some(Layer::Identity), None),
        }
    }
}
