//! The grammar of documents and statements: which elements there are, and of what type (IAM user
//! guide, "Grammar of the IAM JSON policy language").

use std::collections::HashSet;

use super::conditions;
use super::draft::{Checked, Draft, Kind, LEGACY, SYNTAX, items, malformed};
use crate::json::{At, Node, Value, text_of};
use crate::malformed::Malformed;

const VERSION: &str = "Policy document must be version 2012-10-17 or greater.";
const SIDS: &str = "Statement IDs (SID) in a single policy must be unique.";
const SID_LETTERS: &str = "Statement IDs (SID) must be alpha-numeric. Check that your input satisfies the regular expression [0-9A-Za-z]*";

/// A document whose outer form is sound.
pub(super) struct Outline<'a> {
    pub(super) drafts: Vec<Draft<'a>>,
    at: At,
    version: Option<(At, &'a str)>,
}

/// The document's own elements.
pub(super) fn document(root: &Node) -> Result<Outline<'_>, Malformed> {
    let Value::Object(members) = &root.value else {
        return Err(malformed(SYNTAX, "", root.at, "a policy is a JSON object"));
    };
    for (at, name, _) in members {
        if !matches!(name.as_str(), "Version" | "Id" | "Statement") {
            return Err(malformed(
                SYNTAX,
                name,
                *at,
                format!("`{name}` is not an element of a policy"),
            ));
        }
    }
    let member = |wanted: &str| {
        members
            .iter()
            .find(|(_, name, _)| name == wanted)
            .map(|(_, _, node)| node)
    };
    let version = match member("Version").map(|node| (node.at, text_of(node))) {
        None => None,
        Some((at, Some(text @ ("2012-10-17" | "2008-10-17")))) => Some((at, text)),
        Some((at, text)) => {
            let because = format!(
                "`{}` is not a policy language version; write `2012-10-17`",
                text.unwrap_or("this value")
            );
            return Err(malformed(SYNTAX, "Version", at, because));
        }
    };
    if let Some(node) = member("Id").filter(|node| text_of(node).is_none()) {
        return Err(malformed(SYNTAX, "Id", node.at, "`Id` is a text"));
    }
    Ok(Outline {
        drafts: drafts(root, member("Statement"))?,
        at: root.at,
        version,
    })
}

fn drafts<'a>(root: &Node, statement: Option<&'a Node>) -> Result<Vec<Draft<'a>>, Malformed> {
    let node = statement
        .ok_or_else(|| malformed(SYNTAX, "Statement", root.at, "a policy has a `Statement`"))?;
    let nodes = match &node.value {
        Value::List(items) => items.as_slice(),
        _ => std::slice::from_ref(node),
    };
    if nodes.is_empty() {
        return Err(malformed(
            SYNTAX,
            "Statement",
            node.at,
            "`Statement` has no statement",
        ));
    }
    let draft = |(index, node): (usize, &'a Node)| match &node.value {
        Value::Object(members) => Ok(Draft {
            path: format!("Statement[{index}]"),
            at: node.at,
            members,
        }),
        _ => Err(malformed(
            SYNTAX,
            format!("Statement[{index}]"),
            node.at,
            "a statement is a JSON object",
        )),
    };
    nodes.iter().enumerate().map(draft).collect()
}

/// Returns whether policy variables are read. Trust and resource policies may be of the old
/// version, which has none; and a session policy may leave its version out, which says the same
/// (IAM user guide, "IAM JSON policy elements: Version").
pub(super) fn version(document: &Outline<'_>, kind: Kind) -> Result<bool, Malformed> {
    let old_will_do = matches!(kind, Kind::Trust | Kind::Resource);
    match document.version {
        Some((_, "2012-10-17")) => Ok(true),
        Some(_) | None if old_will_do => Ok(false),
        None if kind == Kind::Session => Ok(false),
        Some((at, text)) => Err(malformed(
            VERSION,
            "Version",
            at,
            format!("`{text}` is too old here; write `2012-10-17`"),
        )),
        None => Err(malformed(
            VERSION,
            "Version",
            document.at,
            "`Version` is missing; write `\"Version\": \"2012-10-17\"`",
        )),
    }
}

/// A statement's elements and their types.
pub(super) fn statement(draft: &Draft<'_>) -> Checked {
    const ELEMENTS: [&str; 9] = [
        "Sid",
        "Effect",
        "Principal",
        "NotPrincipal",
        "Action",
        "NotAction",
        "Resource",
        "NotResource",
        "Condition",
    ];
    for (at, name, _) in draft.members {
        if !ELEMENTS.contains(&name.as_str()) {
            let because = match ELEMENTS
                .iter()
                .find(|known| known.eq_ignore_ascii_case(name))
            {
                Some(known) => format!("`{name}` is written `{known}`"),
                None => format!("`{name}` is not an element of a statement"),
            };
            return Err(malformed(SYNTAX, draft.path(name), *at, because));
        }
    }
    for (one, other) in [
        ("Resource", "NotResource"),
        ("Action", "NotAction"),
        ("Principal", "NotPrincipal"),
    ] {
        if draft.get(one).is_some()
            && let Some(node) = draft.get(other)
        {
            let because = format!("`{one}` and `{other}` exclude each other");
            return Err(malformed(SYNTAX, draft.path(other), node.at, because));
        }
    }
    let effect = draft.get("Effect").ok_or_else(|| {
        malformed(
            SYNTAX,
            draft.path("Effect"),
            draft.at,
            "`Effect` is missing",
        )
    })?;
    if !text_of(effect).is_some_and(|text| matches!(text.to_lowercase().as_str(), "allow" | "deny"))
    {
        return Err(malformed(
            SYNTAX,
            draft.path("Effect"),
            effect.at,
            "`Effect` is `Allow` or `Deny`",
        ));
    }
    for name in ["Action", "NotAction", "Resource", "NotResource"] {
        if let Some(node) = draft.get(name).filter(|node| items(node, "").is_none()) {
            return Err(malformed(
                SYNTAX,
                draft.path(name),
                node.at,
                format!("`{name}` is a text or a list of texts"),
            ));
        }
    }
    conditions::shape(draft)?;
    match draft.get("Sid").filter(|node| text_of(node).is_none()) {
        Some(node) => Err(malformed(
            SYNTAX,
            draft.path("Sid"),
            node.at,
            "`Sid` is a text",
        )),
        None => Ok(()),
    }
}

/// The effect's spelling, which IAM takes up later than that there is one.
pub(super) fn effect(draft: &Draft<'_>) -> Checked {
    match draft
        .get("Effect")
        .and_then(|node| text_of(node).map(|text| (node.at, text)))
    {
        Some((at, text)) if !matches!(text, "Allow" | "Deny") => {
            let because = format!("`{text}` is written `Allow` or `Deny`, with a capital letter");
            Err(malformed(LEGACY, draft.path("Effect"), at, because))
        }
        _ => Ok(()),
    }
}

pub(super) fn unique_sids(drafts: &[Draft<'_>]) -> Checked {
    let mut seen = HashSet::new();
    for draft in drafts {
        if let Some(node) = draft.get("Sid")
            && let Some(text) = text_of(node)
            && !text.is_empty()
            && !seen.insert(text)
        {
            return Err(malformed(
                SIDS,
                draft.path("Sid"),
                node.at,
                format!("`{text}` is given twice"),
            ));
        }
    }
    Ok(())
}

/// Letters and digits in IAM's own policies; other services are laxer (IAM user guide, "IAM JSON
/// policy elements: Sid").
pub(super) fn plain_sid(draft: &Draft<'_>, kind: Kind) -> Checked {
    match draft
        .get("Sid")
        .and_then(|node| text_of(node).map(|text| (node.at, text)))
    {
        Some((at, text))
            if kind != Kind::Resource && !text.chars().all(|c| c.is_ascii_alphanumeric()) =>
        {
            let because = format!("`{text}` has characters other than letters and digits");
            Err(malformed(SID_LETTERS, draft.path("Sid"), at, because))
        }
        _ => Ok(()),
    }
}
