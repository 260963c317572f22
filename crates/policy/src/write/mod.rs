//! What IAM accepts at write, with its `MalformedPolicyDocument` sentences and a second one that says where and why.
//!
//! The checks run over the whole document one after the other, in IAM's own order as moto's tests against the real
//! service recorded it; so a document with several faults gets the sentence that IAM would give. What only we refuse
//! comes last.

mod actions;
mod conditions;
mod grammar;
mod principals;
mod resources;

use crate::document::{Malformed, text_of};
use crate::json::{At, Node, Value};

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
/// What `CreateRole` and `UpdateAssumeRolePolicy` say of it.
pub(crate) const NO_JSON: &str = "This policy contains invalid Json";
const LEGACY: &str = "The policy failed legacy parsing";

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

/// One text of an element such as `Action`, and where it stands.
struct Item<'a> {
    text: &'a str,
    at: At,
    path: String,
}

impl<'a> Draft<'a> {
    fn get(&self, wanted: &str) -> Option<&'a Node> {
        self.members.iter().find(|(_, name, _)| name == wanted).map(|(_, _, node)| node)
    }

    fn path(&self, name: &str) -> String {
        format!("{}.{name}", self.path)
    }

    /// The texts of an element; none if it is not there.
    fn items(&self, name: &str) -> Vec<Item<'a>> {
        self.get(name).and_then(|node| items(node, &self.path(name))).unwrap_or_default()
    }

    /// The twin that the statement has, and its texts.
    fn either(&self, one: &'static str, other: &'static str) -> Option<(&'static str, Vec<Item<'a>>)> {
        let name = [one, other].into_iter().find(|name| self.get(name).is_some())?;
        Some((name, self.items(name)))
    }
}

/// Why IAM would refuse a document that is read as a tree, if it would. Size, characters and JSON are
/// [`crate::Document::read`]'s.
pub fn refusal(root: &Node, kind: Kind) -> Option<Malformed> {
    check(root, kind).err()
}

/// Checks a document as IAM does before it keeps it.
pub(crate) fn check(root: &Node, kind: Kind) -> Checked {
    let document = grammar::document(root)?;
    let drafts = &document.drafts;
    drafts.iter().try_for_each(grammar::statement)?;
    let variables = grammar::version(&document, kind)?;
    drafts.iter().try_for_each(grammar::effect)?;
    drafts.iter().try_for_each(|draft| conditions::dates(draft, variables))?;
    let no_arn = resources::formats(drafts)?;
    grammar::unique_sids(drafts)?;
    drafts.iter().try_for_each(actions::present)?;
    no_arn.map_or(Ok(()), Err)?;
    actions::vendors(drafts)?;
    match kind {
        Kind::Trust => {
            drafts.iter().try_for_each(actions::trusting)?;
            drafts.iter().try_for_each(resources::absent)?;
        }
        Kind::Identity | Kind::Session | Kind::Resource => {
            drafts.iter().try_for_each(|draft| resources::present(draft, kind))?;
        }
    }

    drafts.iter().try_for_each(|draft| grammar::plain_sid(draft, kind))?;
    drafts.iter().try_for_each(|draft| principals::check(draft, kind))?;
    drafts.iter().try_for_each(actions::can_match)?;
    drafts.iter().try_for_each(resources::variables)?;
    drafts.iter().try_for_each(|draft| conditions::values(draft, variables))
}

/// Refuses characters that no policy may hold (IAM API reference, pattern of `PolicyDocument`).
pub(crate) fn characters(text: &str, begin: At) -> Checked {
    let mut at = begin;
    for c in text.chars() {
        if !matches!(c, '\t' | '\n' | '\r' | ' '..='\u{ff}') {
            let because = format!("U+{:04X} is not a character of a policy; write `\\u{:04x}`", u32::from(c), u32::from(c));
            return Err(malformed(SYNTAX, "", at, because));
        }
        at = if c == '\n' { At { line: at.line + 1, column: 1 } } else { At { column: at.column + 1, ..at } };
    }
    Ok(())
}

/// A text or a list of texts.
fn items<'a>(node: &'a Node, path: &str) -> Option<Vec<Item<'a>>> {
    match &node.value {
        Value::Text(text) => Some(vec![Item { text, at: node.at, path: path.to_owned() }]),
        Value::List(nodes) => {
            let item = |(place, node): (usize, &'a Node)| {
                text_of(node).map(|text| Item { text, at: node.at, path: format!("{path}[{place}]") })
            };
            nodes.iter().enumerate().map(item).collect()
        }
        _ => None,
    }
}
