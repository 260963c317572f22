//! What IAM accepts at write, with its `MalformedPolicyDocument` sentences and a second one that says where and why.
//!
//! The order of the checks is IAM's own, as moto's tests against the real service recorded it.

use std::collections::HashSet;

use crate::condition::{Condition, Operator};
use crate::document::{Malformed, entry, text_of};
use crate::json::{At, Node, Value};
use crate::pattern::ArnPattern;
use crate::principal::Entry;

/// What a document is for.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Kind {
    /// A managed or inline identity-based policy.
    Identity,
    /// A resource's policy.
    Resource,
    /// A role's trust policy.
    Trust,
    /// A session policy.
    Session,
}

pub(crate) const SYNTAX: &str = "Syntax errors in policy.";
const LEGACY: &str = "The policy failed legacy parsing";
const ACTIONS: &str = "Policy statement must contain actions.";
const RESOURCES: &str = "Policy statement must contain resources.";
const VERSION: &str = "Policy document must be version 2012-10-17 or greater.";
const SIDS: &str = "Statement IDs (SID) in a single policy must be unique.";

type Checked = Result<(), Malformed>;

fn malformed(message: impl Into<String>, path: impl Into<String>, at: At, because: impl Into<String>) -> Malformed {
    Malformed { message: message.into(), path: path.into(), line: at.line, column: at.column, because: because.into() }
}

/// One statement's members with the path that leads to it.
struct Draft<'a> {
    path: String,
    at: At,
    members: &'a [(At, String, Node)],
}

impl<'a> Draft<'a> {
    fn get(&self, wanted: &str) -> Option<&'a Node> {
        self.members.iter().find(|(_, name, _)| name == wanted).map(|(_, _, node)| node)
    }

    fn either(&self, one: &'static str, other: &'static str) -> Option<(&'static str, &'a Node)> {
        self.get(one).map(|node| (one, node)).or_else(|| self.get(other).map(|node| (other, node)))
    }
}

/// Why IAM would refuse a document that is read as a tree, if it would. Size and JSON are [`crate::Document::read`]'s.
pub fn refusal(root: &Node, kind: Kind) -> Option<Malformed> {
    check(root, kind).err()
}

/// Checks a document as IAM does before it keeps it.
pub(crate) fn check(root: &Node, kind: Kind) -> Checked {
    let Value::Object(members) = &root.value else {
        return Err(malformed(SYNTAX, "", root.at, "a policy is a JSON object"));
    };
    for (at, name, _) in members {
        if !matches!(name.as_str(), "Version" | "Id" | "Statement") {
            return Err(malformed(SYNTAX, name, *at, format!("`{name}` is not an element of a policy")));
        }
    }
    let member = |wanted: &str| members.iter().find(|(_, name, _)| name == wanted);
    let drafts = drafts(root, member("Statement").map(|(_, _, node)| node))?;
    let variables = version(root, member("Version").map(|(_, _, node)| node), kind)?;
    for draft in &drafts {
        grammar(draft, kind, variables)?;
    }
    sids(&drafts)?;
    for draft in &drafts {
        actions(draft, kind)?;
        resources(draft, kind)?;
        principals(draft, kind)?;
    }
    Ok(())
}

fn drafts<'a>(root: &Node, statement: Option<&'a Node>) -> Result<Vec<Draft<'a>>, Malformed> {
    let node = statement.ok_or_else(|| malformed(SYNTAX, "Statement", root.at, "a policy has a `Statement`"))?;
    let nodes = match &node.value {
        Value::List(items) => items.as_slice(),
        _ => std::slice::from_ref(node),
    };
    if nodes.is_empty() {
        return Err(malformed(SYNTAX, "Statement", node.at, "`Statement` holds no statement"));
    }
    let draft = |(index, node): (usize, &'a Node)| match &node.value {
        Value::Object(members) => Ok(Draft { path: format!("Statement[{index}]"), at: node.at, members }),
        _ => Err(malformed(SYNTAX, format!("Statement[{index}]"), node.at, "a statement is a JSON object")),
    };
    nodes.iter().enumerate().map(draft).collect()
}

/// Returns whether policy variables are read.
fn version(root: &Node, version: Option<&Node>, kind: Kind) -> Result<bool, Malformed> {
    let found = version.map(|node| (node.at, text_of(node)));
    match found {
        Some((_, Some("2012-10-17"))) => Ok(true),
        Some((_, Some("2008-10-17"))) | None if kind != Kind::Identity && kind != Kind::Session => Ok(false),
        Some((at, Some(text @ "2008-10-17"))) => {
            Err(malformed(VERSION, "Version", at, format!("`{text}` is too old here; write `2012-10-17`")))
        }
        None => Err(malformed(VERSION, "Version", root.at, "`Version` is missing; write `\"Version\": \"2012-10-17\"`")),
        Some((at, text)) => {
            let because = format!("`{}` is not a policy language version; write `2012-10-17`", text.unwrap_or("this value"));
            Err(malformed(SYNTAX, "Version", at, because))
        }
    }
}

fn grammar(draft: &Draft<'_>, kind: Kind, variables: bool) -> Checked {
    const ELEMENTS: [&str; 9] =
        ["Sid", "Effect", "Principal", "NotPrincipal", "Action", "NotAction", "Resource", "NotResource", "Condition"];
    let path = |name: &str| format!("{}.{name}", draft.path);
    for (at, name, _) in draft.members {
        if !ELEMENTS.contains(&name.as_str()) {
            return Err(malformed(SYNTAX, path(name), *at, format!("`{name}` is not an element of a statement")));
        }
    }
    for (one, other) in [("Action", "NotAction"), ("Resource", "NotResource"), ("Principal", "NotPrincipal")] {
        if draft.get(one).is_some() && draft.get(other).is_some() {
            return Err(malformed(SYNTAX, path(other), draft.at, format!("`{one}` and `{other}` exclude each other")));
        }
    }
    for name in ["Action", "NotAction", "Resource", "NotResource"] {
        if let Some(node) = draft.get(name)
            && texts(node).is_none()
        {
            return Err(malformed(SYNTAX, path(name), node.at, format!("`{name}` is a text or a list of texts")));
        }
    }
    let effect = draft.get("Effect").ok_or_else(|| malformed(SYNTAX, path("Effect"), draft.at, "`Effect` is missing"))?;
    match text_of(effect) {
        Some("Allow" | "Deny") => {}
        Some(text) if matches!(text.to_lowercase().as_str(), "allow" | "deny") => {
            return Err(malformed(
                LEGACY,
                path("Effect"),
                effect.at,
                format!("`{text}` is written `Allow` or `Deny`, with a capital letter"),
            ));
        }
        _ => return Err(malformed(SYNTAX, path("Effect"), effect.at, "`Effect` is `Allow` or `Deny`")),
    }
    if let Some(sid) = draft.get("Sid") {
        let text = text_of(sid).ok_or_else(|| malformed(SYNTAX, path("Sid"), sid.at, "`Sid` is a text"))?;
        let plain = text.chars().all(|c| c.is_ascii_alphanumeric());
        if !plain && kind != Kind::Resource {
            return Err(malformed(SYNTAX, path("Sid"), sid.at, format!("`{text}` has characters other than letters and digits")));
        }
    }
    draft.get("Condition").map_or(Ok(()), |node| conditions(draft, node, variables))
}

fn conditions(draft: &Draft<'_>, node: &Node, variables: bool) -> Checked {
    let path = format!("{}.Condition", draft.path);
    let object = |node: &'_ Node, path: &str| match &node.value {
        Value::Object(members) => Ok(members.clone()),
        _ => Err(malformed(SYNTAX, path, node.at, "expected a JSON object")),
    };
    for (at, operator, keys) in object(node, &path)? {
        let path = format!("{path}.{operator}");
        let keys = object(&keys, &path)?;
        if Operator::read(&operator).is_none() || !Operator::is_canonical(&operator) {
            return Err(malformed(SYNTAX, path, at, format!("`{operator}` is not a condition operator")));
        }
        let mut seen = HashSet::new();
        for (at, key, values) in keys {
            let path = format!("{path}.{key}");
            if !seen.insert(key.to_lowercase()) {
                return Err(malformed(SYNTAX, path, at, "the same key stands twice; key names have no case"));
            }
            if !key.contains(':') {
                let message = "Actions/Conditions must be prefaced by a vendor, e.g., iam, sdb, ec2, etc.";
                return Err(malformed(message, path, at, format!("`{key}` has no prefix such as `aws:`")));
            }
            let texts = scalars(&values)
                .ok_or_else(|| malformed(SYNTAX, path.as_str(), values.at, "expected a value or a list of values of one type"))?;
            if texts.is_empty() {
                return Err(malformed(SYNTAX, path, values.at, "an empty list of values makes the statement useless"));
            }
            if let Some(because) = Condition::read(&operator, &key, texts, variables).defect() {
                let message = if operator.contains("Date") { LEGACY } else { SYNTAX };
                return Err(malformed(message, path, values.at, because));
            }
        }
    }
    Ok(())
}

fn sids(drafts: &[Draft<'_>]) -> Checked {
    let mut seen = HashSet::new();
    for draft in drafts {
        if let Some(node) = draft.get("Sid")
            && let Some(text) = text_of(node)
            && !text.is_empty()
            && !seen.insert(text)
        {
            return Err(malformed(SIDS, format!("{}.Sid", draft.path), node.at, format!("`{text}` is given twice")));
        }
    }
    Ok(())
}

fn actions(draft: &Draft<'_>, kind: Kind) -> Checked {
    let Some((name, node)) = draft.either("Action", "NotAction") else {
        return Err(malformed(ACTIONS, format!("{}.Action", draft.path), draft.at, "`Action` is missing"));
    };
    let path = format!("{}.{name}", draft.path);
    let written = texts(node).unwrap_or_default();
    if written.is_empty() {
        return Err(malformed(ACTIONS, path, node.at, format!("`{name}` is empty")));
    }
    for action in written {
        if action == "*" && kind != Kind::Trust {
            continue;
        }
        let (vendor, rest) = action.split_once(':').unwrap_or(("", action));
        if kind == Kind::Trust {
            let known = vendor.eq_ignore_ascii_case("sts")
                && [
                    "AssumeRole",
                    "AssumeRoleWithSAML",
                    "AssumeRoleWithWebIdentity",
                    "TagSession",
                    "SetSourceIdentity",
                    "SetContext",
                ]
                .iter()
                .any(|known| known.eq_ignore_ascii_case(rest));
            if !known {
                let message = "Trust Policy statement actions can only be sts:AssumeRole, sts:AssumeRoleWithSAML,  and sts:AssumeRoleWithWebIdentity";
                return Err(malformed(message, path, node.at, format!("`{action}` is no action that a trust policy can grant")));
            }
            continue;
        }
        if vendor.is_empty() {
            let message = "Actions/Conditions must be prefaced by a vendor, e.g., iam, sdb, ec2, etc.";
            return Err(malformed(message, path, node.at, format!("`{action}` has no service prefix")));
        }
        if rest.contains(':') {
            return Err(malformed(
                "Actions/Condition can contain only one colon.",
                path,
                node.at,
                format!("`{action}` has several"),
            ));
        }
        if !vendor.chars().all(|c| c.is_ascii_alphanumeric() || matches!(c, '-' | '.')) {
            return Err(malformed(
                format!("Vendor {vendor} is not valid"),
                path,
                node.at,
                "a service prefix has no wildcard and no blank",
            ));
        }
        if rest.is_empty() || !rest.chars().all(|c| c.is_ascii_alphanumeric() || matches!(c, '*' | '?' | '-' | '_' | '.')) {
            return Err(malformed(SYNTAX, path, node.at, format!("`{action}` can never match an action")));
        }
    }
    Ok(())
}

fn resources(draft: &Draft<'_>, kind: Kind) -> Checked {
    let path = |name: &str| format!("{}.{name}", draft.path);
    let found = draft.either("Resource", "NotResource");
    if kind == Kind::Trust {
        return match found {
            Some((name, node)) => {
                Err(malformed(format!("Has prohibited field {name}."), path(name), node.at, "a trust policy hangs on its role"))
            }
            None => Ok(()),
        };
    }
    let Some((name, node)) = found else {
        return if kind == Kind::Resource {
            Ok(())
        } else {
            Err(malformed(RESOURCES, path("Resource"), draft.at, "`Resource` is missing"))
        };
    };
    let written = texts(node).unwrap_or_default();
    if written.is_empty() {
        return Err(malformed(RESOURCES, path(name), node.at, format!("`{name}` is empty")));
    }
    for resource in written {
        resource_text(resource).map_err(|(message, because)| malformed(message, path(name), node.at, because))?;
    }
    Ok(())
}

fn resource_text(resource: &str) -> Result<(), (String, String)> {
    if resource == "*" {
        return Ok(());
    }
    let parts: Vec<&str> = resource.splitn(6, ':').collect();
    let [arn, partition, service, region, _, rest] = parts.as_slice() else {
        let because = "expected `*` or six parts separated by colons".to_owned();
        return if resource.starts_with("arn:") {
            Err((LEGACY.to_owned(), format!("`{resource}` is a short ARN; {because}")))
        } else {
            Err((format!("Resource {resource} must be in ARN format or \"*\"."), because))
        };
    };
    if *arn != "arn" {
        return Err((format!("Resource {resource} must be in ARN format or \"*\"."), format!("`{arn}` is not `arn`")));
    }
    if !matches!(
        *partition,
        "aws" | "aws-cn" | "aws-us-gov" | "aws-iso" | "aws-iso-b" | "aws-iso-e" | "aws-iso-f" | "aws-eusc" | "*"
    ) {
        return Err((
            format!("Partition \"{partition}\" is not valid for resource \"{resource}\"."),
            "expected `aws` or one of its siblings".to_owned(),
        ));
    }
    if service.contains(['*', '?']) && *service != "*" || service.is_empty() {
        return Err((
            "Resource vendor must be fully qualified and cannot contain regexes.".to_owned(),
            format!("`{service}` is no service"),
        ));
    }
    if *service == "iam" && !region.is_empty() && *region != "*" {
        return Err((
            format!("IAM resource {resource} cannot contain region information."),
            format!("`{region}` stands where nothing may"),
        ));
    }
    if *service == "s3" && !region.is_empty() && *region != "*" && !rest.starts_with("accesspoint") {
        return Err((
            format!("Resource {resource} can not contain region information."),
            format!("`{region}` stands where nothing may"),
        ));
    }
    let early = parts.iter().take(5).any(|part| part.contains("${"));
    if early {
        return Err((SYNTAX.to_owned(), "policy variables stand after the fifth colon only".to_owned()));
    }
    ArnPattern::read(resource, true, true).map(drop).map_err(|because| (SYNTAX.to_owned(), because))
}

fn principals(draft: &Draft<'_>, kind: Kind) -> Checked {
    let path = |name: &str| format!("{}.{name}", draft.path);
    let found = draft.either("Principal", "NotPrincipal");
    match (kind, found) {
        (Kind::Identity | Kind::Session, Some((name, node))) => Err(malformed(
            "Policy document should not specify a principal.",
            path(name),
            node.at,
            "an identity-based policy's principal is who it is attached to",
        )),
        (Kind::Identity | Kind::Session, None) => Ok(()),
        (Kind::Trust, Some(("NotPrincipal", node))) => Err(malformed(
            "Has prohibited field NotPrincipal.",
            path("NotPrincipal"),
            node.at,
            "a trust policy says who is trusted",
        )),
        (Kind::Resource | Kind::Trust, None) => Err(malformed(
            "Missing required field Principal",
            path("Principal"),
            draft.at,
            "the statement does not say whom it means",
        )),
        (Kind::Resource | Kind::Trust, Some((name, node))) => principal_names(&path(name), node),
    }
}

fn principal_names(path: &str, node: &Node) -> Checked {
    let invalid = |kind: &str, name: &str, at: At, because: &str| {
        malformed(format!("Invalid principal in policy: \"{kind}\":\"{name}\""), path, at, because)
    };
    match &node.value {
        Value::Text(text) if text == "*" => Ok(()),
        Value::Object(kinds) if !kinds.is_empty() => {
            for (at, kind, names) in kinds {
                if !matches!(kind.as_str(), "AWS" | "Federated" | "Service" | "CanonicalUser") {
                    return Err(malformed(SYNTAX, path, *at, format!("`{kind}` is no kind of principal")));
                }
                let names = texts(names).filter(|names| !names.is_empty());
                let names = names.ok_or_else(|| malformed(SYNTAX, path, *at, format!("`{kind}` is a text or a list of texts")))?;
                for name in names {
                    let sound = match (kind.as_str(), entry(kind, name)) {
                        ("AWS", Entry::Nobody) => false,
                        ("Federated", _) => is_provider(name),
                        ("Service", _) => name.contains('.') && !name.contains(['*', ':', '/']),
                        _ => true,
                    };
                    if !sound {
                        return Err(invalid(kind, name, *at, "no such principal can exist; a wildcard stands alone or not at all"));
                    }
                }
            }
            Ok(())
        }
        _ => Err(malformed(SYNTAX, path, node.at, "expected `\"*\"` or an object such as `{\"Federated\": \"ARN\"}`")),
    }
}

fn is_provider(name: &str) -> bool {
    const BUILT_IN: [&str; 4] = ["accounts.google.com", "www.amazon.com", "graph.facebook.com", "cognito-identity.amazonaws.com"];
    let provider = |arn: crate::Arn| {
        arn.service() == "iam"
            && crate::AccountId::parse(arn.account()).is_ok()
            && (arn.resource().starts_with("oidc-provider/") || arn.resource().starts_with("saml-provider/"))
    };
    BUILT_IN.contains(&name) || !name.contains('*') && crate::Arn::parse(name).is_ok_and(provider)
}

fn texts(node: &Node) -> Option<Vec<&str>> {
    match &node.value {
        Value::Text(text) => Some(vec![text]),
        Value::List(items) => items.iter().map(text_of).collect(),
        _ => None,
    }
}

/// Values of one condition key: all texts, all numbers or all booleans.
fn scalars(node: &Node) -> Option<Vec<String>> {
    let items = match &node.value {
        Value::List(items) => items.as_slice(),
        _ => std::slice::from_ref(node),
    };
    let kind = |node: &Node| std::mem::discriminant(&node.value);
    if items.windows(2).any(|pair| matches!(pair, [a, b] if kind(a) != kind(b))) {
        return None;
    }
    let scalar = |node: &Node| match &node.value {
        Value::Text(text) | Value::Number(text) => Some(text.clone()),
        Value::Bool(value) => Some(value.to_string()),
        Value::Null | Value::List(_) | Value::Object(_) => None,
    };
    items.iter().map(scalar).collect()
}
