//! Policy variables that stay text (IAM user guide, "IAM policy elements: Variables and tags").

use super::finding::{Finding, Rule, Severity};
use super::scene::Scene;
use super::view::Spot;

pub(super) const VARIABLE_NEEDS_VERSION: Rule = Rule {
    code: "variable-needs-version",
    severity: Severity::Warning,
    summary: "a policy variable in a document whose version has none: it is literal text",
};
pub(super) const VARIABLE_IN_PRINCIPAL: Rule = Rule {
    code: "variable-in-principal",
    severity: Severity::Warning,
    summary: "a policy variable in a principal, where it is literal text",
};
pub(super) const MISSING_VERSION: Rule = Rule {
    code: "missing-version",
    severity: Severity::Suggestion,
    summary: "no `Version`, which means the language of 2008",
};

pub(super) fn check(scene: &Scene<'_>, findings: &mut Vec<Finding>) {
    let policy = &scene.policy;
    if policy.version.is_none() && !scene.refused {
        let message =
            "without `Version` the document is of 2008-10-17, which has no policy variables";
        findings.push(
            MISSING_VERSION
                .at(&policy.whole, message)
                .fix("begin with `\"Version\": \"2012-10-17\"`"),
        );
    }
    for statement in &policy.statements {
        for who in statement
            .principal
            .iter()
            .flat_map(|block| &block.items)
            .filter(|who| is_variable(&who.name))
        {
            let message = format!(
                "`{}` has a policy variable, which a principal takes literally",
                who.name.text
            );
            findings.push(
                VARIABLE_IN_PRINCIPAL
                    .at(&who.name, message)
                    .fix("name the account and narrow it with a condition on `aws:PrincipalArn`"),
            );
        }
        if policy.variables() {
            continue;
        }
        let resources = statement.resource.iter().flat_map(|block| &block.items);
        let values = statement
            .conditions
            .iter()
            .flat_map(|condition| &condition.values);
        for spot in resources.chain(values).filter(|spot| is_variable(spot)) {
            let version = policy
                .version
                .as_ref()
                .map_or("2008-10-17", |version| version.text);
            let message = format!(
                "`{}` is text, not a variable, in a document of version {version}",
                spot.text
            );
            findings.push(
                VARIABLE_NEEDS_VERSION
                    .at(spot, message)
                    .fix("write `\"Version\": \"2012-10-17\"`"),
            );
        }
    }
}

fn is_variable(spot: &Spot<'_>) -> bool {
    spot.text
        .split_once("${")
        .is_some_and(|(_, rest)| rest.contains('}'))
}
