//! Whom a trust policy admits: everybody of an issuer, tokens meant for others, anybody at all.

use policy::Kind;

use super::finding::{Finding, Rule, Severity};
use super::issuer;
use super::scene::Scene;
use super::view::{Condition, Statement};

pub(super) const OIDC_WITHOUT_SUB: Rule = Rule {
    code: "oidc-without-sub",
    severity: Severity::Security,
    summary: "a trust policy allows every identity of an issuer, since no condition tests who it is",
};
pub(super) const OIDC_WITHOUT_AUD: Rule = Rule {
    code: "oidc-without-aud",
    severity: Severity::Warning,
    summary: "a trust policy does not test the token's audience",
};
pub(super) const PRINCIPAL_EVERYONE: Rule = Rule {
    code: "principal-everyone",
    severity: Severity::Security,
    summary: "anyone is allowed, and no condition restricts that",
};

/// Claims that say nothing about who the bearer is.
const IMPERSONAL: [&str; 4] = ["aud", "oaud", "azp", "amr"];

pub(super) fn check(scene: &Scene<'_>, findings: &mut Vec<Finding>) {
    for statement in scene
        .policy
        .statements
        .iter()
        .filter(|statement| statement.allows())
    {
        if scene.policy.kind == Kind::Trust {
            federated(statement, findings);
        }
        everyone(statement, findings);
    }
}

fn federated(statement: &Statement<'_>, findings: &mut Vec<Finding>) {
    // Another action admits no token, so whom it admits is none of this rule.
    if !statement.covers("sts:AssumeRoleWithWebIdentity") {
        return;
    }
    let issuers = issuer::issuers(statement);
    // A key of another issuer is told by `issuer-mismatch`; saying here that it is missing would
    // say it twice.
    let claims: Vec<(&str, &Condition<'_>)> = statement
        .conditions
        .iter()
        .filter_map(|condition| {
            issuer::claim(condition.key.text).map(|(_, claim)| (claim, condition))
        })
        .collect();
    let is = |claim: &str, known: &str| claim.eq_ignore_ascii_case(known);
    // One claim that is demanded and says who is enough: it need not be `sub`, GitHub's
    // `repository` does as well.
    let says_who = claims.iter().any(|(claim, condition)| {
        condition.demands() && !IMPERSONAL.iter().any(|impersonal| is(claim, impersonal))
    });
    let says_for_whom = claims
        .iter()
        .any(|(claim, condition)| condition.demands() && (is(claim, "aud") || is(claim, "oaud")));
    for who in statement.principals() {
        let Some(issuer) = issuers
            .iter()
            .find(|issuer| issuer::of_provider(who.name.text) == Some(**issuer))
        else {
            continue;
        };
        // The audience of these is the application or identity pool, which is what AWS asks to be
        // tested.
        let built_in = issuer::is_built_in(issuer);
        if !(says_who || built_in && says_for_whom) {
            let (key, value) = match *issuer {
                "cognito-identity.amazonaws.com" => ("aud", "the identity pool's id"),
                "accounts.google.com" => ("aud", "your client id"),
                "graph.facebook.com" | "www.amazon.com" => ("app_id", "your application's id"),
                issuer if issuer::is_eks(issuer) => {
                    ("sub", "`system:serviceaccount:NAMESPACE:NAME`")
                }
                _ => ("sub", "the one subject that you want to allow"),
            };
            let message = format!(
                "every identity of `{issuer}` may assume the role: no condition requires a certain `{key}`"
            );
            findings.push(OIDC_WITHOUT_SUB.at(&who.name, message).fix(format!(
                "add `StringEquals` on `{issuer}:{key}` with {value}"
            )));
        }
        if !says_for_whom && !built_in {
            let message = "tokens that were issued for another service are accepted: no condition requires a certain `aud`";
            findings.push(OIDC_WITHOUT_AUD.at(&who.name, message).fix(format!(
                "add `StringEquals` on `{issuer}:aud` with the audience of your tokens, `sts.amazonaws.com` for service accounts"
            )));
        }
    }
}

/// Beginnings of keys that say who or whence the caller is.
const NARROWING: [&str; 7] = [
    "aws:principal",
    "aws:source",
    "aws:vpc",
    "aws:userid",
    "aws:username",
    "kms:calleraccount",
    "kms:viaservice",
];

fn everyone(statement: &Statement<'_>, findings: &mut Vec<Finding>) {
    let narrows = |condition: &Condition<'_>| {
        let key = condition.key.text.to_ascii_lowercase();
        let narrow = NARROWING.iter().any(|beginning| key.starts_with(beginning))
            || issuer::claim(&key).is_some();
        narrow && (condition.demands() || key == "aws:principalisawsservice")
    };
    if statement.conditions.iter().any(narrows) {
        return;
    }
    for who in statement
        .principals()
        .iter()
        .filter(|who| who.kind == "AWS" && who.name.text == "*")
    {
        findings.push(
            PRINCIPAL_EVERYONE
                .at(&who.name, "`*` is anyone in any account, and no condition restricts that")
                .fix("name the accounts, roles or providers, or add a condition such as `aws:PrincipalOrgID`"),
        );
    }
}
