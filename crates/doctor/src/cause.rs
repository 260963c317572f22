//! One paragraph for each cause: what it means, what shows it, what mends it.

use authority::record::{Asked, Cause, Evidence};
use authority::{assume_role, lifetime};
use policy::{Decision, Effect, Element, Layer, LayerOutcome, LayerTrace, Outcome, StatementRef, Verdict};

use crate::explain::Explanation;
use crate::statement;

/// Explains why something was denied.
pub(crate) fn explain(cause: &Cause, evidence: &Evidence) -> Explanation {
    let say = |headline: String, lines: Vec<String>, help: &[&str]| Explanation {
        headline,
        evidence: lines,
        help: help.iter().map(|line| (*line).to_owned()).collect(),
    };
    let role = evidence.who.role.as_deref().unwrap_or("the role");
    match cause {
        Cause::Unreadable { because } => say(format!("the request cannot be read: {because}"), vec![], &[]),
        Cause::Internal { because } => say(
            format!("the server failed, whatever the request was: {because}"),
            vec![],
            &["send the request again; the server's log says what failed"],
        ),
        Cause::Busy { because } => {
            say(format!("the server had no room for the request: {because}"), vec![], &["send it again a little later"])
        }
        Cause::Unmapped { because } => say(
            format!("the request is not understood: {because}"),
            vec![],
            &["what is not understood to the last word is denied; docs/differs-from-aws.md lists what is served"],
        ),
        Cause::Parameter { because } => say(format!("a parameter does not fit: {because}"), vec![], &[]),
        Cause::TokenMalformed { because } => say(
            format!("the token cannot be read: {because}"),
            vec![],
            &["send the projected service account token as it is in its file"],
        ),
        Cause::NoProvider { issuer, registered } => say(
            format!("the issuer `{issuer}` is not registered in this account"),
            listed("registered", registered),
            &[&format!("aws iam create-open-id-connect-provider --url {issuer} --client-id-list sts.amazonaws.com")],
        ),
        Cause::NoKeys { issuer, because } => say(
            format!("no key of `{issuer}` is known here"),
            if because.is_empty() { vec![] } else { vec![format!("fetching   {because}")] },
            &["keys can be given instead of fetched: podpass issuer push --provider ARN JWKS_FILE"],
        ),
        Cause::Audience { presented, accepted } => {
            let mut lines = listed("expected", accepted);
            lines.extend(listed("actual", presented));
            let help = ["add the audience to the provider's client ids, or ask for a token with an audience that it has"];
            say("the token is for another audience".to_owned(), lines, &help)
        }
        Cause::TokenRefused { because } => {
            say(because.clone(), vec![], &["get a fresh token from the issuer that the provider names"])
        }
        Cause::RoleNotInClaim { listed: roles } => {
            say(format!("the token's roles claim does not list `{role}`"), listed("listed", roles), &[])
        }
        Cause::NoRole { existing } => say(
            format!("there is no role `{role}`"),
            listed("roles", existing),
            &[if evidence.operation == assume_role::OPERATION {
                "the caller hears the same as for a role that does not trust it; compare path and spelling with RoleArn"
            } else {
                "the caller hears the same as for a role that does not trust it; compare path and spelling with the annotation"
            }],
        ),
        Cause::TrustPolicy => {
            let whom = if evidence.operation == assume_role::OPERATION { "session" } else { "token" };
            asked(evidence, &format!("the trust policy of `{role}` does not admit this {whom}"))
        }
        Cause::Duration { asked, most } => say(
            format!("the session would last {asked} seconds, `{role}` allows {most}"),
            vec![],
            &["ask for less, or raise the role's MaxSessionDuration"],
        ),
        Cause::ChainedDuration { asked } => say(
            format!(
                "the session would last {asked} seconds, one that another role's session asks for lasts {} at most",
                lifetime::CHAINED
            ),
            vec![],
            &["leave DurationSeconds out; MaxSessionDuration does not lengthen a chain"],
        ),
        Cause::RootAssumes => say(
            "root cannot become a role".to_owned(),
            vec![],
            &["exchange a service account's token for a role, and assume from its session"],
        ),
        Cause::TagFixed { key } => say(
            format!("the tag `{key}` goes along from the calling session and cannot be passed anew"),
            vec![],
            &["leave the tag out, or do not mark it as transitive where it is passed first"],
        ),
        Cause::SourceIdentityFixed { set, asked } => say(
            "the source identity is set and cannot be changed along a chain".to_owned(),
            vec![format!("expected   {set}"), format!("actual     {asked}")],
            &["leave SourceIdentity out: it goes along by itself"],
        ),
        Cause::SessionTooLarge { percent } => say(
            format!("tags and policies take {percent} % of what fits into a session token"),
            vec![],
            &["pass fewer tags or a shorter policy"],
        ),
        Cause::Unsigned => say(
            "the request carries no signature".to_owned(),
            vec![],
            &["no credentials reached the client: is the role annotation on the service account, and was the pod made after it?"],
        ),
        Cause::Signature { because } => say(because.clone(), vec![], &[]),
        Cause::ForeignKey { access_key_id } => say(
            match access_key_id {
                Some(id) => format!("`{id}` and its secret are no keys of this server"),
                None => "what signed the request is no key of this server".to_owned(),
            },
            vec![],
            &[
                "no key is accepted that was not made here: neither made-up ones such as test/test, nor keys of AWS",
                "`eval \"$(podpass env)\"` sets root's keys in a shell; a pod gets its own through the exchange, `podpass run` shows how",
            ],
        ),
        Cause::Region { because, expected } => say(
            because.clone(),
            vec![],
            &[&format!("set AWS_REGION={expected}; `podpass up --region` says which regions the server is")],
        ),
        Cause::Credentials { because } => say(because.clone(), vec![], &["get new credentials by a new exchange"]),
        Cause::RoleGone { role } => say(
            format!("the session's role `{role}` was deleted"),
            vec![],
            &["a role made anew under the same name is another role; exchange a token again"],
        ),
        Cause::Transport { because } | Cause::Body { because } => say(because.clone(), vec![], &[]),
        Cause::Unresolved { policy } => say(
            format!("`{policy}` bears on the caller but does not exist"),
            vec![],
            &["what cannot be resolved denies; detach it, or make it again"],
        ),
        Cause::Permissions => asked(evidence, "no policy allows it"),
        Cause::NoBucket { bucket } => {
            say(format!("nobody owns a bucket `{bucket}`"), vec![], &[&format!("aws s3 mb s3://{bucket}")])
        }
        Cause::OtherOwner { bucket, expected } => say(
            format!("the call expects the bucket `{bucket}` to belong to the account `{expected}`, and it does not"),
            vec![],
            &[
                "correct or leave out the header x-amz-expected-bucket-owner (for the source of a copy x-amz-source-expected-bucket-owner)",
            ],
        ),
        Cause::BucketTaken { bucket } => say(format!("the bucket `{bucket}` is there already"), vec![], &[]),
    }
}

fn listed(name: &str, values: &[String]) -> Vec<String> {
    if values.is_empty() {
        return vec![format!("{name:<10} none")];
    }
    values.iter().map(|value| format!("{name:<10} {value}")).collect()
}

/// The question that was not allowed.
fn asked(evidence: &Evidence, general: &str) -> Explanation {
    match evidence.asked.iter().find(|asked| asked.decision.verdict != Verdict::Allowed) {
        Some(denied) => denied_question(denied, general),
        None => Explanation { headline: general.to_owned(), evidence: Vec::new(), help: Vec::new() },
    }
}

/// One denied question, and every statement that was looked at for it.
pub(crate) fn denied_question(asked: &Asked, general: &str) -> Explanation {
    let Asked { action, resource, decision } = asked;
    let headline = match (&decision.error, &decision.statement, decision.verdict) {
        (Some(error), _, _) => format!("{} cannot be evaluated: {}", statement::place(&error.statement), error.because),
        (None, Some(found), Verdict::ExplicitlyDenied) => format!("{} denies {action} on {resource}", statement::place(found)),
        _ => format!("{}, {}", general, missing(decision, action, resource)),
    };
    let mut lines = vec![format!("asked      {action} on {resource}")];
    let mut help = Vec::new();
    for trace in decision.trace.layers.iter().filter(|trace| concerns(decision, trace)) {
        let (said, hints) = statement::layer(trace);
        lines.extend(if trace.documents.is_empty() {
            vec![format!("looked at  no {}: there is none", name(trace.layer))]
        } else {
            said
        });
        // What an Allow nearly had is no matter beside a Deny, which no Allow outweighs.
        help.extend(hints.into_iter().filter(|_| decision.verdict != Verdict::ExplicitlyDenied || decision.error.is_some()));
    }
    help.dedup();
    help.truncate(4);
    help.extend(beside(action).map(str::to_owned));
    if decision.error.is_some() {
        help.push(UNTOLD.to_owned());
    } else if let (Some(found), Verdict::ExplicitlyDenied) = (&decision.statement, decision.verdict) {
        help.extend(against_deny(decision, found));
    }
    if help.is_empty() && decision.verdict == Verdict::ImplicitlyDenied && decision.layer == Some(Layer::Identity) {
        help.push(format!("if this is intended to work, allow {action} on {resource} in a policy of the role"));
    }
    if help.is_empty() && decision.verdict == Verdict::ImplicitlyDenied && decision.layer == Some(Layer::Trust) {
        help.extend(decision.trace.layers.iter().find_map(admission));
    }
    Explanation { headline, evidence: lines, help }
}

/// What would make the trust policy admit who came: the first element that kept an Allow from applying, with what came.
fn admission(trust: &LayerTrace) -> Option<String> {
    let statements = trust.documents.iter().flat_map(|document| &document.statements);
    statements.filter(|statement| statement.effect == Effect::Allow).find_map(|statement| {
        let Outcome::Failed(mismatch) = &statement.outcome else { return None };
        if mismatch.untold.is_some() {
            return None;
        }
        let place = statement::place(&statement.statement);
        match (mismatch.element, mismatch.actual.as_slice(), &mismatch.key) {
            (Element::Condition, [actual], Some(key)) => Some(format!(
                "if this caller is meant, {place} must take `{actual}` for `{key}`; if not, give it a role of its own"
            )),
            (Element::Condition, [], Some(key)) => {
                Some(format!("nothing that came is called `{key}`: {place} must test a key that the caller brings"))
            }
            (Element::Principal, [.., actual], _) => {
                Some(format!("if this caller is meant, {place} must name `{actual}` as its Principal"))
            }
            _ => None,
        }
    })
}

/// What an exchange asks for beside its own action surprises most who meet it.
fn beside(action: &str) -> Option<&'static str> {
    match action {
        "sts:TagSession" => {
            Some("session tags, passed or going along, need sts:TagSession beside the action itself, in the trust policy as well")
        }
        "sts:SetSourceIdentity" => Some(
            "a source identity, passed or going along, needs sts:SetSourceIdentity beside the action itself, in the trust policy as well",
        ),
        _ => None,
    }
}

/// What leads on where a condition could not be told.
const UNTOLD: &str = "what cannot be evaluated denies; docs/differs-from-aws.md tells under \"Condition keys\" which keys are not known here, and under \"Evaluation\" which values cannot be read";

/// Keys that no request can have otherwise here, which surprises whoever brings a Deny on one of them from AWS.
const FIXED: [(&str, &str); 4] = [
    (
        "aws:SecureTransport",
        "`podpass up` speaks plain http on loopback, so `aws:SecureTransport` is false in every request and this Deny denies everything that it covers; leave it out where there is no TLS",
    ),
    (
        "aws:MultiFactorAuthPresent",
        "`aws:MultiFactorAuthPresent` is false in every session of a role, since nobody shows a second factor here; leave this Deny out of policies that bear on roles",
    ),
    ("s3:if-none-match", UNCONDITIONAL),
    ("s3:if-match", UNCONDITIONAL),
];
const UNCONDITIONAL: &str = "conditional writes are not served: a write with `If-Match` or `If-None-Match` is NotImplemented, and this Deny denies one without; leave it out here";

/// What can be done about a Deny.
fn against_deny(decision: &Decision, found: &StatementRef) -> Vec<String> {
    let statements = decision.trace.layers.iter().flat_map(|layer| &layer.documents).flat_map(|document| &document.statements);
    let tested: Vec<&str> = statements.filter(|it| it.statement == *found).flat_map(|it| &it.tested).map(String::as_str).collect();
    let is_tested = |key: &str| tested.iter().any(|it| it.eq_ignore_ascii_case(key));
    let mut fixed: Vec<String> = FIXED.iter().filter(|(key, _)| is_tested(key)).map(|(_, text)| (*text).to_owned()).collect();
    fixed.dedup();
    if !fixed.is_empty() {
        return fixed;
    }
    let place = statement::place(found);
    vec![match tested.as_slice() {
        [] => format!("no Allow outweighs a Deny: if this is intended to work, change {place}"),
        keys => {
            let keys = keys.iter().map(|key| format!("`{key}`")).collect::<Vec<_>>().join(" and ");
            format!(
                "no Allow outweighs a Deny: if this is intended to work, change {place}, or send a request that its conditions on {keys} do not hit"
            )
        }
    }]
}

/// Which layer lacks the allow.
fn missing(decision: &Decision, action: &str, resource: &str) -> String {
    format!("no statement of the {} allows {action} on {resource}", name(decision.layer.unwrap_or(Layer::Identity)))
}

/// The layer that decided, and those that deny or cannot be evaluated.
fn concerns(decision: &Decision, trace: &LayerTrace) -> bool {
    decision.layer == Some(trace.layer) || matches!(trace.outcome, LayerOutcome::Denies | LayerOutcome::Error)
}

fn name(layer: Layer) -> &'static str {
    match layer {
        Layer::Scp => "service control policies",
        Layer::Rcp => "resource control policies",
        Layer::Resource => "resource policy",
        Layer::Trust => "trust policy",
        Layer::Identity => "role's policies",
        Layer::Boundary => "permissions boundary",
        Layer::Session => "session policies",
    }
}

#[cfg(test)]
mod tests {
    use authority::record::{Link, Record, Who};
    use authority::{denial::Denial, record};
    use wire::{Fault, RequestId};

    use super::*;

    /// What `why` says of a request whose credentials had this fault.
    fn said(cause: Cause) -> String {
        let evidence = *Denial::new(Link::Credentials, cause, Fault::new("InvalidClientTokenId", 403, "")).evidence;
        assert_eq!((evidence.outcome, &evidence.who), (record::Outcome::Denied, &Who::default()));
        let request_id = RequestId::from_entropy([0; 16]);
        crate::explain(&Record::new(request_id, 0, "127.0.0.1".to_owned(), evidence)).text()
    }

    #[test]
    fn keys_of_other_places_are_called_that() {
        let help = "  help: no key is accepted that was not made here: neither made-up ones such as test/test, nor keys of AWS\n  help: `eval \"$(podpass env)\"` sets root's keys in a shell; a pod gets its own through the exchange, `podpass run` shows how\n";
        assert_eq!(
            said(Cause::ForeignKey { access_key_id: Some("test".to_owned()) }),
            format!("denied at credentials: `test` and its secret are no keys of this server\n{help}")
        );
        assert_eq!(
            said(Cause::ForeignKey { access_key_id: None }),
            format!("denied at credentials: what signed the request is no key of this server\n{help}")
        );
    }
}
