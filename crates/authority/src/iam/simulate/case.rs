//! One simulation: who asks for what, with which keys, and what the policies answer.

use std::collections::{BTreeMap, BTreeSet};

use ::policy::{
    AccountId, Arn, Context as Keys, Decision, Effect, Element, LayerOutcome, Layers, Outcome,
    Policies, Principal, Question, Values, Verdict,
};
use wire::Fault;

use super::super::operation::{Context, invalid_input};
use super::source::{Layer, Source, Sources};
use crate::form::Form;

/// Everything that is put to the policies.
pub(super) struct Case<'a> {
    sources: Sources,
    identity: Policies,
    boundary: Option<Policies>,
    resource: Option<Policies>,
    principal: Principal,
    owner: AccountId,
    keys: Keys,
    actions: Vec<&'a str>,
    pub(super) resources: Vec<&'a str>,
}

/// The answer for one resource.
pub(super) struct Result<'a> {
    pub(super) resource: &'a str,
    pub(super) verdict: Verdict,
    /// The statements that decided: a policy, and the number of the statement.
    pub(super) matched: Vec<(&'a Source, usize)>,
    pub(super) missing: BTreeSet<String>,
    pub(super) boundary_allows: Option<bool>,
}

impl<'a> Case<'a> {
    /// `role`: whose policies these are.
    pub(super) fn read(
        at: &Context<'_>,
        input: &Form<'a>,
        mut sources: Sources,
        role: Option<&Arn>,
    ) -> std::result::Result<Self, Fault> {
        let actions = input.list("ActionNames");
        if let Some(bad) = actions.iter().find(|action| !is_action(action)) {
            return Err(invalid_input(format!(
                "Invalid action name: {bad}. An action is SERVICE:NAME, without wildcards."
            )));
        }
        let mut resources = input.list("ResourceArns");
        if resources.is_empty() {
            resources.push("*");
        }
        if let Some(bad) = resources
            .iter()
            .find(|arn| **arn != "*" && Arn::parse(arn).is_err())
        {
            return Err(invalid_input(format!("Invalid resource ARN: {bad}")));
        }
        // ResourceHandlingOption says which other resources an EC2 scenario needs; here every
        // resource is asked about on its own.
        sources.take_resource_policy(input)?;
        let resource = input
            .maybe("ResourcePolicy")
            .map(|_| sources.policies(Layer::Resource));
        // After the policies: whether a caller is needed depends on them.
        let principal = principal(at, input, role, resource.is_some())?;
        let caller = account_of(&principal).unwrap_or_else(|| at.account.clone());
        let owner = input.maybe("ResourceOwner").map(|text| {
            let account =
                Arn::parse(text).map_or_else(|_| text.to_owned(), |arn| arn.account().to_owned());
            AccountId::parse(&account)
                .map_err(|_| invalid_input(format!("Invalid resource owner: {text}")))
        });
        let boundary = sources
            .has_boundary()
            .then(|| sources.policies(Layer::Boundary));
        Ok(Self {
            identity: sources.policies(Layer::Identity),
            boundary,
            resource,
            principal,
            // Without an owner it is the caller's account (IAM API reference,
            // SimulatePrincipalPolicy).
            owner: owner.transpose()?.unwrap_or(caller),
            keys: keys(input)?,
            actions,
            resources,
            sources,
        })
    }

    pub(super) fn actions(&self) -> impl Iterator<Item = &'a str> {
        self.actions.iter().copied()
    }

    pub(super) fn evaluations(&self) -> usize {
        self.actions.len() * self.resources.len()
    }

    pub(super) fn statements(&self) -> usize {
        self.sources.iter().map(|source| source.parts.len()).sum()
    }

    /// Characters of all policies.
    pub(super) fn chars(&self) -> usize {
        self.sources.iter().map(Source::chars).sum()
    }

    /// Policy variables of all policies.
    pub(super) fn variables(&self) -> usize {
        self.sources.iter().map(Source::variables).sum()
    }

    /// Characters of the longest text that a policy is held against: a resource, or the values of a
    /// key.
    pub(super) fn longest_text(&self) -> usize {
        let values = self
            .keys
            .iter()
            .map(|(_, values)| values.as_slice().iter().map(String::len).sum());
        self.resources
            .iter()
            .map(|arn| arn.len())
            .chain(values)
            .max()
            .unwrap_or(0)
    }

    /// One answer for each resource.
    pub(super) fn evaluate(&self, action: &str) -> Vec<Result<'_>> {
        self.resources
            .iter()
            .map(|resource| self.ask(action, resource))
            .collect()
    }

    fn ask<'b>(&'b self, action: &str, resource: &'b str) -> Result<'b> {
        let question = Question {
            principal: &self.principal,
            action,
            resource,
            resource_account: Some(&self.owner),
            context: &self.keys,
        };
        let layers = Layers {
            identity: Some(&self.identity),
            boundary: self.boundary.as_ref(),
            resource: self.resource.as_ref(),
            ..Layers::default()
        };
        // The gate's own question; what it allows in haste is asked again for the derivation.
        let judged = policy::judge(&question, &layers);
        let verdict = judged.verdict;
        let told = if verdict == Verdict::Allowed {
            policy::decide(&question, &layers)
        } else {
            judged
        };
        let boundary = told
            .trace
            .layers
            .iter()
            .find(|layer| layer.layer == policy::Layer::Boundary);
        Result {
            resource,
            verdict,
            matched: self.matched(verdict, &told),
            missing: self.missing(&told),
            boundary_allows: boundary.map(|layer| layer.outcome == LayerOutcome::Allows),
        }
    }

    /// The statements that decided. Where one denies, no statement that allows is among them; a
    /// boundary only bounds.
    fn matched(&self, verdict: Verdict, told: &Decision) -> Vec<(&Source, usize)> {
        let wanted = match verdict {
            Verdict::Allowed => Effect::Allow,
            Verdict::ExplicitlyDenied => Effect::Deny,
            Verdict::ImplicitlyDenied => return Vec::new(),
        };
        let statements = told
            .trace
            .layers
            .iter()
            .flat_map(|layer| layer.documents.iter().flat_map(|it| &it.statements));
        let deciding =
            statements.filter(|it| it.effect == wanted && it.outcome == Outcome::Applies);
        let named = deciding.filter_map(|it| {
            Some((
                self.sources.named(&it.statement.document)?,
                it.statement.index,
            ))
        });
        named
            .filter(|(source, _)| wanted == Effect::Deny || source.layer != Layer::Boundary)
            .collect()
    }

    /// Keys that statements on this action ask for and that the call does not bring.
    fn missing(&self, told: &Decision) -> BTreeSet<String> {
        let mut missing = BTreeMap::new();
        for statement in told
            .trace
            .layers
            .iter()
            .flat_map(|layer| layer.documents.iter().flat_map(|it| &it.statements))
        {
            let Some(source) = self.sources.named(&statement.statement.document) else {
                continue;
            };
            let Some(part) = source.parts.get(statement.statement.index) else {
                continue;
            };
            let conditions = match &statement.outcome {
                Outcome::Applies | Outcome::Error(_) => true,
                Outcome::Failed(mismatch) => match mismatch.element {
                    Element::Condition => true,
                    Element::Resource | Element::NotResource => false,
                    Element::Principal
                    | Element::NotPrincipal
                    | Element::Action
                    | Element::NotAction => continue,
                },
            };
            let conditions = part.condition_keys.iter().filter(|_| conditions);
            for key in part
                .resource_keys
                .iter()
                .chain(conditions)
                .filter(|key| self.keys.get(key).is_none())
            {
                missing
                    .entry(key.to_lowercase())
                    .or_insert_with(|| key.clone());
            }
        }
        missing.into_values().collect()
    }
}

/// `service:Action`.
fn is_action(text: &str) -> bool {
    let plain = |part: &str| {
        !part.is_empty()
            && part
                .bytes()
                .all(|byte| byte.is_ascii_alphanumeric() || byte == b'-')
    };
    (3..=128).contains(&text.len())
        && text
            .split_once(':')
            .is_some_and(|(service, action)| plain(service) && plain(action))
}

/// Who asks: `CallerArn`, else the role whose policies these are, else somebody of the account whom
/// no policy names.
fn principal(
    at: &Context<'_>,
    input: &Form<'_>,
    role: Option<&Arn>,
    needs_caller: bool,
) -> std::result::Result<Principal, Fault> {
    let somebody = format!("arn:{}:iam::{}:user/-", at.partition, at.account);
    let text = match (input.maybe("CallerArn"), role) {
        (Some(text), _) => text,
        (None, Some(arn)) => arn.as_str(),
        (None, None) if needs_caller => {
            return Err(invalid_input(
                "CallerArn is required when ResourcePolicy is given.",
            ));
        }
        (None, None) => &somebody,
    };
    let found = Arn::parse(text)
        .ok()
        .and_then(|_| Principal::from_arn(text));
    // Only what can sign: a role by itself asks for nothing, its sessions do.
    let found = found.filter(|it| matches!(it, Principal::User(_) | Principal::Session { .. }));
    found.ok_or_else(|| invalid_input(format!("Invalid caller ARN: {text}")))
}

fn account_of(principal: &Principal) -> Option<AccountId> {
    match principal {
        Principal::User(arn) | Principal::Session { session: arn, .. } => {
            AccountId::parse(arn.account()).ok()
        }
        _ => None,
    }
}

fn keys(input: &Form<'_>) -> std::result::Result<Keys, Fault> {
    let mut keys = Keys::new();
    let mut seen = BTreeSet::new();
    for (place, [name, kind]) in input
        .structures("ContextEntries", ["ContextKeyName", "ContextKeyType"])
        .into_iter()
        .enumerate()
    {
        let (Some(name), Some(kind)) = (name, kind) else {
            return Err(invalid_input(
                "A context entry has a ContextKeyName and a ContextKeyType.",
            ));
        };
        let values: Vec<String> = input
            .list(&format!(
                "ContextEntries.member.{}.ContextKeyValues",
                place + 1
            ))
            .into_iter()
            .map(str::to_owned)
            .collect();
        // Two values for one key: the simulation would depend on which of them came last.
        if !seen.insert(name.to_lowercase()) {
            return Err(invalid_input(format!(
                "The context key {name} is given twice."
            )));
        }
        // Whether a key is multivalued is a matter of the key and not of how many values it has
        // today.
        let values = match (kind.ends_with("List"), <[String; 1]>::try_from(values)) {
            (false, Ok([one])) => Values::One(one),
            (true, Ok([one])) => Values::Many(vec![one]),
            (true, Err(many)) => Values::Many(many),
            (false, Err(_)) => {
                return Err(invalid_input(format!(
                    "The context key {name} is of type {kind}, so it has one value."
                )));
            }
        };
        keys.insert(name, values);
    }
    Ok(keys)
}
