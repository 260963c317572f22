//! Grants that are wider than they look (Access Analyzer's security warnings).

use super::finding::{Finding, Rule, Severity};
use super::scene::Scene;
use super::view::Statement;

pub(super) const ALLOW_EVERYTHING: Rule = Rule {
    code: "allow-everything",
    severity: Severity::Security,
    summary: "every action on every resource is allowed",
};
pub(super) const ALLOW_NOT_ACTION: Rule = Rule {
    code: "allow-not-action",
    severity: Severity::Security,
    summary: "an Allow with `NotAction`, which grants every action that is not listed, future ones too",
};
pub(super) const ALLOW_NOT_RESOURCE: Rule = Rule {
    code: "allow-not-resource",
    severity: Severity::Security,
    summary: "an Allow with `NotResource`, which grants every resource that is not listed",
};
pub(super) const ALLOW_NOT_PRINCIPAL: Rule = Rule {
    code: "allow-not-principal",
    severity: Severity::Security,
    summary: "an Allow with `NotPrincipal`, which AWS does not support: it allows nobody, or everybody who is not listed",
};
pub(super) const PASS_ANY_ROLE: Rule = Rule {
    code: "pass-any-role",
    severity: Severity::Security,
    summary: "any role may be passed to any service, the most powerful one too",
};

pub(super) fn check(scene: &Scene<'_>, findings: &mut Vec<Finding>) {
    for statement in scene
        .policy
        .statements
        .iter()
        .filter(|statement| statement.allows())
    {
        negated(statement, findings);
        // Who is told that everything is allowed need not be told that roles may be passed.
        if !everything(statement, findings) {
            pass_role(statement, findings);
        }
    }
}

fn negated(statement: &Statement<'_>, findings: &mut Vec<Finding>) {
    if let Some(block) = statement.action.as_ref().filter(|block| block.not) {
        let message = "every action that is not listed is allowed, those that AWS adds later too";
        findings.push(
            ALLOW_NOT_ACTION
                .at(&block.spot(), message)
                .fix("list the actions in `Action`, or deny with `NotAction`"),
        );
    }
    if let Some(block) = statement.resource.as_ref().filter(|block| block.not) {
        let message = "every resource that is not listed is allowed, those created later too";
        findings.push(
            ALLOW_NOT_RESOURCE
                .at(&block.spot(), message)
                .fix("list the resources in `Resource`, or deny with `NotResource`"),
        );
    }
    if let Some(block) = statement.principal.as_ref().filter(|block| block.not) {
        let message = "AWS does not support this: here it allows nobody, elsewhere perhaps everybody who is not listed";
        findings.push(
            ALLOW_NOT_PRINCIPAL
                .at(&block.spot(), message)
                .fix("list the principals to allow in `Principal`"),
        );
    }
}

fn everything(statement: &Statement<'_>, findings: &mut Vec<Finding>) -> bool {
    let any_resource = statement
        .resources()
        .iter()
        .any(|resource| resource.text == "*");
    let action = statement.actions().iter().find(|action| action.text == "*");
    let Some(action) = action.filter(|_| any_resource && statement.conditions.is_empty()) else {
        return false;
    };
    let message = "every action on every resource is allowed";
    findings.push(
        ALLOW_EVERYTHING
            .at(action, message)
            .fix("list the actions that are needed"),
    );
    true
}

/// Access Analyzer, "Pass role with star in resource".
fn pass_role(statement: &Statement<'_>, findings: &mut Vec<Finding>) {
    let limited = |key: &str| {
        statement
            .conditions
            .iter()
            .any(|condition| condition.is(key) && condition.demands())
    };
    // Either bounds what the role can be used for, so passing it is no longer the same as having
    // it.
    if limited("iam:PassedToService") || limited("iam:AssociatedResourceArn") {
        return;
    }
    let Some(action) = statement
        .actions()
        .iter()
        .find(|action| policy::like(action.text, "iam:PassRole"))
    else {
        return;
    };
    if let Some(resource) = statement
        .resources()
        .iter()
        .find(|resource| is_any_role(resource.text))
    {
        let message = format!(
            "`{}` on `{}` passes any role to any service: who has it can do what the most powerful role can",
            action.text, resource.text
        );
        findings.push(
            PASS_ANY_ROLE
                .at(action, message)
                .fix("list the roles in `Resource`, and the services in a condition on `iam:PassedToService`"),
        );
    }
}

fn is_any_role(resource: &str) -> bool {
    let role = resource.splitn(6, ':').nth(5).unwrap_or(resource);
    // A path or the beginning of a name narrows: `role/team/*` is a choice that somebody made.
    matches!(role, "*" | "role/*" | "role*")
}
