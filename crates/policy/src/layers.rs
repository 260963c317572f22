//! How the kinds of policies combine (IAM user guide, "Policy evaluation logic"): a Deny anywhere is final, control
//! policies and boundaries only limit, and what allows depends on whose resource it is.

use crate::arn::{AccountId, Arn};
use crate::context::Context;
use crate::decision::{
    Decision, DocumentTrace, Effect, EvaluationError, Layer, LayerOutcome, LayerTrace, Outcome, StatementRef, StatementTrace,
    Trace, Verdict,
};
use crate::document::Document;
use crate::principal::{Named, Principal};
use crate::statement::{Applied, PrincipalRule, applies};

/// What is asked.
#[derive(Clone, Copy, Debug)]
pub struct Question<'a> {
    /// Who asks.
    pub principal: &'a Principal,
    /// `service:Action`.
    pub action: &'a str,
    /// An ARN, or `*` for actions without resource types.
    pub resource: &'a str,
    /// Who owns the resource. Without it the ARN's account counts, else the principal's own.
    pub resource_account: Option<&'a AccountId>,
    /// Condition keys, exactly as given: nothing is derived from the principal.
    pub context: &'a Context,
}

/// The policies that bear on the question. `None`: the layer is not there.
#[derive(Clone, Copy, Debug, Default)]
pub struct Layers<'a> {
    /// Identity-based policies; without them nothing is allowed by them.
    pub identity: Option<&'a [&'a Document]>,
    /// The resource's policy.
    pub resource: Option<&'a Document>,
    /// The resource's policy is a role's trust policy.
    pub resource_is_trust: bool,
    /// Permissions boundary.
    pub boundary: Option<&'a Document>,
    /// Session policies; an empty list is there and allows nothing.
    pub session: Option<&'a [&'a Document]>,
    /// Service control policies by level, root first. No level: not there. An empty level allows nothing.
    pub scps: &'a [Vec<&'a Document>],
    /// Resource control policies by level; `RCPFullAWSAccess` is implied at every level.
    pub rcps: &'a [Vec<&'a Document>],
}

/// What one layer came to.
struct Said {
    layer: Layer,
    allow: Option<(Named, StatementRef)>,
    deny: Option<StatementRef>,
    error: Option<(Effect, EvaluationError)>,
}

/// Decides one question. Explains itself in [`Decision::trace`].
pub fn decide(question: &Question<'_>, layers: &Layers<'_>) -> Decision {
    let mut hearing = Hearing { question, trace: Trace::default(), said: Vec::new() };
    hearing.hear_all(layers);
    let Hearing { trace, said, .. } = hearing;
    let of = |layer: Layer| said.iter().find(|said| said.layer == layer);
    let answer = |verdict, layer, statement| Decision { verdict, layer, statement, error: None, trace: trace.clone() };

    // Answered to whoever is authenticated, whatever a policy says (STS API reference, GetCallerIdentity).
    let authenticated = !matches!(question.principal, Principal::Anonymous | Principal::WebIdentity { .. });
    if question.action.eq_ignore_ascii_case("sts:GetCallerIdentity") && authenticated {
        return answer(Verdict::Allowed, None, None);
    }
    if let Some(denying) = said.iter().find(|said| said.deny.is_some()) {
        return answer(Verdict::ExplicitlyDenied, Some(denying.layer), denying.deny.clone());
    }
    let mut errors: Vec<_> = said.iter().filter_map(|said| said.error.as_ref().map(|error| (said.layer, error))).collect();
    errors.sort_by_key(|(_, (effect, _))| *effect == Effect::Allow);
    if let Some((layer, (effect, error))) = errors.first() {
        let verdict = if *effect == Effect::Deny { Verdict::ExplicitlyDenied } else { Verdict::ImplicitlyDenied };
        return Decision { error: Some(error.clone()), ..answer(verdict, Some(*layer), Some(error.statement.clone())) };
    }
    if said.iter().any(|said| said.layer == Layer::Scp && said.allow.is_none()) {
        return answer(Verdict::ImplicitlyDenied, Some(Layer::Scp), None);
    }
    // AWS's own service-linked roles are never handed out.
    if question.action.eq_ignore_ascii_case("iam:PassRole") && question.resource.contains(":role/aws-reserved/") {
        return answer(Verdict::ImplicitlyDenied, Some(Layer::Identity), None);
    }

    let own_policy = if layers.resource_is_trust { Layer::Trust } else { Layer::Resource };
    let resource = of(own_policy).and_then(|said| said.allow.clone());
    let limits = [Layer::Boundary, Layer::Session];
    let limit = |layer: &&Layer| of(**layer).is_some_and(|said| said.allow.is_none());
    let limited_by = limits.iter().find(limit).copied();
    let identity = of(Layer::Identity).and_then(|said| said.allow.clone());
    // A federated user's session starts with nothing; the root user with everything.
    let identity_allows = match question.principal {
        Principal::Root { .. } => true,
        Principal::FederatedUser(_) => identity.is_some() && layers.session.is_some(),
        Principal::User(_) | Principal::Session { .. } => identity.is_some(),
        Principal::Anonymous | Principal::WebIdentity { .. } | Principal::Service(_) => false,
    };
    let by_identity = identity_allows && limited_by.is_none();
    let statement = |allow: Option<(Named, StatementRef)>| allow.map(|(_, statement)| statement);

    let Some(caller) = question.principal.account() else {
        // Nobody's account: only the resource's own policy speaks.
        return match resource {
            Some((_, found)) => answer(Verdict::Allowed, Some(own_policy), Some(found)),
            None => answer(Verdict::ImplicitlyDenied, Some(own_policy), None),
        };
    };
    let same_account = owner(question, &caller) == caller;
    let named = resource.as_ref().map(|(named, _)| *named);
    let must_allow_itself = layers.resource_is_trust || is_kms_key(question);
    let by_resource = match named {
        Some(Named::Directly) => same_account,
        Some(Named::ViaEntity) => same_account && limited_by.is_none(),
        Some(Named::ViaAccount) | None => false,
    };
    if by_resource {
        return answer(Verdict::Allowed, Some(own_policy), statement(resource));
    }
    let needs_resource = !same_account || must_allow_itself;
    if needs_resource && resource.is_none() {
        return answer(Verdict::ImplicitlyDenied, Some(own_policy), None);
    }
    if by_identity {
        // Through the account or across accounts both sides allow; a trust policy is what admits to its role.
        return match (layers.resource_is_trust, resource) {
            (true, Some((_, found))) => answer(Verdict::Allowed, Some(Layer::Trust), Some(found)),
            _ => answer(Verdict::Allowed, Some(Layer::Identity), statement(identity)),
        };
    }
    let missing = if identity_allows { limited_by.unwrap_or(Layer::Identity) } else { Layer::Identity };
    answer(Verdict::ImplicitlyDenied, Some(missing), None)
}

/// A KMS key's policy must itself allow, as a trust policy must (KMS developer guide, "Key policies").
fn is_kms_key(question: &Question<'_>) -> bool {
    Arn::parse(question.resource).is_ok_and(|arn| arn.service() == "kms" && arn.resource().starts_with("key/"))
}

fn owner(question: &Question<'_>, caller: &AccountId) -> AccountId {
    let named = || Arn::parse(question.resource).ok().and_then(|arn| AccountId::parse(arn.account()).ok());
    question.resource_account.cloned().or_else(named).unwrap_or_else(|| caller.clone())
}

/// Hears every layer in the order in which denials are reported.
struct Hearing<'a> {
    question: &'a Question<'a>,
    trace: Trace,
    said: Vec<Said>,
}

impl Hearing<'_> {
    fn hear_all(&mut self, layers: &Layers<'_>) {
        let has_account = self.question.principal.account().is_some();
        let bounded = has_account && layers.boundary.is_some();
        for (level, documents) in layers.rcps.iter().enumerate() {
            self.hear(Layer::Rcp, Some(level), documents, PrincipalRule::Everyone);
        }
        // Services, web identities and the anonymous have no account whose control policies could bind them.
        for (level, documents) in layers.scps.iter().enumerate().filter(|_| has_account) {
            self.hear(Layer::Scp, Some(level), documents, PrincipalRule::None);
        }
        if let Some(document) = layers.resource {
            let layer = if layers.resource_is_trust { Layer::Trust } else { Layer::Resource };
            self.hear(layer, None, &[document], PrincipalRule::Needed { bounded });
        }
        if !has_account {
            return;
        }
        if let Some(documents) = layers.identity {
            self.hear(Layer::Identity, None, documents, PrincipalRule::None);
        }
        if let Some(document) = layers.boundary {
            self.hear(Layer::Boundary, None, &[document], PrincipalRule::None);
        }
        if let Some(documents) = layers.session {
            self.hear(Layer::Session, None, documents, PrincipalRule::None);
        }
    }

    fn hear(&mut self, layer: Layer, level: Option<usize>, documents: &[&Document], rule: PrincipalRule) {
        let mut said = Said { layer, allow: None, deny: None, error: None };
        let mut traces = Vec::with_capacity(documents.len());
        for document in documents {
            let mut statements = Vec::with_capacity(document.statements.len());
            for statement in &document.statements {
                let reference = statement.reference.clone();
                let outcome = match applies(statement, self.question, rule) {
                    Applied::Yes(named) => {
                        match statement.effect {
                            Effect::Deny => drop(said.deny.get_or_insert_with(|| reference.clone())),
                            Effect::Allow if said.allow.as_ref().is_none_or(|(known, _)| *known < named) => {
                                said.allow = Some((named, reference.clone()));
                            }
                            Effect::Allow => {}
                        }
                        Outcome::Applies
                    }
                    Applied::No(mismatch) => Outcome::Failed(mismatch),
                    Applied::Error(because) => {
                        let error = EvaluationError { statement: reference.clone(), because: because.clone() };
                        if said
                            .error
                            .as_ref()
                            .is_none_or(|(effect, _)| *effect == Effect::Allow && statement.effect == Effect::Deny)
                        {
                            said.error = Some((statement.effect, error));
                        }
                        Outcome::Error(because)
                    }
                };
                statements.push(StatementTrace { statement: reference, effect: statement.effect, outcome });
            }
            traces.push(DocumentTrace { name: document.name().to_owned(), statements });
        }
        let outcome = match (&said.deny, &said.error, &said.allow) {
            (Some(_), _, _) => LayerOutcome::Denies,
            (None, Some(_), _) => LayerOutcome::Error,
            (None, None, Some(_)) => LayerOutcome::Allows,
            (None, None, None) => LayerOutcome::Silent,
        };
        self.trace.layers.push(LayerTrace { layer, level, outcome, documents: traces });
        self.said.push(said);
    }
}
