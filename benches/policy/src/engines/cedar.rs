//! Cedar, with the case translated into its language: a statement is a permit or forbid, an exact
//! action stands in the scope, and what IAM says with wildcards is `like` over the request's action
//! and ARN in the context. Cedar has no layers either, so each is a policy set and all of them must
//! permit.
//!
//! It gets the easier task: names are lower-cased beforehand and ARNs are matched whole, not part
//! by part.

use std::fmt::Write as _;

use cedar_policy::{Authorizer, Context, Decision, Entities, EntityUid, PolicySet, Request};
use serde_json::{Map, Value, json};

use super::Decide;
use crate::cases::{Case, SESSION};

/// Longer lists become several policies: a chain of `||` is a tree as deep as the list is long.
const LONGEST_LIST: usize = 50;

pub(super) fn prepare(case: &Case) -> Result<Decide, String> {
    let layers = [
        case.identity.as_slice(),
        case.boundary.as_slice(),
        case.session.as_slice(),
    ];
    let layers = layers
        .into_iter()
        .filter(|layer| !layer.is_empty())
        .chain(case.scps.iter().map(std::slice::from_ref));
    let sets = layers.map(policy_set).collect::<Result<Vec<_>, _>>()?;
    let keys: Map<String, Value> = case
        .context
        .iter()
        .map(|(key, value)| (key.to_lowercase(), json!(value)))
        .collect();
    let action = case.action.to_lowercase();
    let context = json!({ "action": action, "resource": case.resource, "keys": keys });
    let context = Context::from_json_value(context, None).map_err(|error| error.to_string())?;
    let uid = |kind: &str, name: &str| {
        format!("{kind}::{}", quoted(name))
            .parse::<EntityUid>()
            .map_err(|error| error.to_string())
    };
    let request = Request::new(
        uid("Session", SESSION)?,
        uid("Action", &action)?,
        uid("Resource", &case.resource)?,
        context,
        None,
    )
    .map_err(|error| error.to_string())?;
    let (authorizer, entities) = (Authorizer::new(), Entities::empty());
    for set in &sets {
        if let Some(error) = authorizer
            .is_authorized(&request, set, &entities)
            .diagnostics()
            .errors()
            .next()
        {
            return Err(error.to_string());
        }
    }
    let permits = move |set: &PolicySet| {
        authorizer
            .is_authorized(&request, set, &entities)
            .decision()
            == Decision::Allow
    };
    Ok(Box::new(move || sets.iter().all(&permits)))
}

fn policy_set(texts: &[String]) -> Result<PolicySet, String> {
    let mut cedar = String::new();
    for text in texts {
        let policy: Value = serde_json::from_str(text).map_err(|error| error.to_string())?;
        for statement in list(&policy["Statement"]) {
            cedar += &translated(statement)?;
        }
    }
    cedar
        .parse()
        .map_err(|error: cedar_policy::ParseErrors| error.to_string())
}

fn translated(statement: &Value) -> Result<String, String> {
    let effect = if statement["Effect"] == "Allow" {
        "permit"
    } else {
        "forbid"
    };
    let mut demands = Vec::new();
    let resources = texts(&statement["Resource"]);
    if !resources.contains(&"*") {
        demands.push(any(resources
            .iter()
            .map(|arn| like("context.resource", arn)))?);
    }
    for (operator, keys) in statement["Condition"].as_object().into_iter().flatten() {
        for (key, values) in keys.as_object().into_iter().flatten() {
            demands.push(condition(operator, &key.to_lowercase(), &texts(values))?);
        }
    }
    let (action, not_action) = (texts(&statement["Action"]), texts(&statement["NotAction"]));
    if !not_action.is_empty() {
        demands.push(format!(
            "!{}",
            any(not_action
                .iter()
                .map(|name| like("context.action", &name.to_lowercase())))?
        ));
    }
    let mut cedar = String::new();
    let mut say = |scope: &str, demands: &[String]| {
        let when = if demands.is_empty() {
            "true".to_owned()
        } else {
            demands.join(" && ")
        };
        writeln!(
            cedar,
            "{effect}(principal, {scope}, resource) when {{ {when} }};"
        )
        .map_err(|error| error.to_string())
    };
    if action.is_empty() || action.contains(&"*") {
        say("action", &demands)?;
        return Ok(cedar);
    }
    let (wild, exact): (Vec<&str>, Vec<&str>) =
        action.iter().partition(|name| name.contains(['*', '?']));
    for names in exact.chunks(LONGEST_LIST) {
        let names: Vec<String> = names
            .iter()
            .map(|name| format!("Action::{}", quoted(&name.to_lowercase())))
            .collect();
        say(&format!("action in [{}]", names.join(", ")), &demands)?;
    }
    for names in wild.chunks(LONGEST_LIST) {
        let mut demands = demands.clone();
        demands.insert(
            0,
            any(names
                .iter()
                .map(|name| like("context.action", &name.to_lowercase())))?,
        );
        say("action", &demands)?;
    }
    Ok(cedar)
}

fn condition(operator: &str, key: &str, values: &[&str]) -> Result<String, String> {
    let key = quoted(key);
    let (has, value) = (
        format!("context.keys has {key}"),
        format!("context.keys[{key}]"),
    );
    let equals = || {
        any(values
            .iter()
            .map(|wanted| Ok(format!("{value} == {}", quoted(wanted)))))
    };
    Ok(match operator {
        "StringEquals" => format!("({has} && {})", equals()?),
        "StringNotEquals" => format!("(!({has}) || !{})", equals()?),
        "StringLike" => format!(
            "({has} && {})",
            any(values.iter().map(|wanted| like(&value, wanted)))?
        ),
        "Null" => {
            if values == ["true"] {
                format!("!({has})")
            } else {
                format!("({has})")
            }
        }
        other => return Err(format!("`{other}` is not translated")),
    })
}

/// In `like` a `*` is what it is in IAM; `?` has no counterpart.
fn like(what: &str, pattern: &str) -> Result<String, String> {
    if pattern.contains('?') {
        return Err("Cedar's `like` has no `?`".to_owned());
    }
    Ok(format!("{what} like {}", quoted(pattern)))
}

fn any(parts: impl Iterator<Item = Result<String, String>>) -> Result<String, String> {
    Ok(format!(
        "({})",
        parts.collect::<Result<Vec<_>, _>>()?.join(" || ")
    ))
}

fn quoted(text: &str) -> String {
    format!("\"{}\"", text.replace('\\', "\\\\").replace('"', "\\\""))
}

fn list(value: &Value) -> &[Value] {
    value
        .as_array()
        .map_or(std::slice::from_ref(value), Vec::as_slice)
}

fn texts(value: &Value) -> Vec<&str> {
    list(value).iter().filter_map(Value::as_str).collect()
}
