//! A document while it is checked, as all the checks share it: what it is for, its statements, and
//! how it is refused.

use crate::json::{At, Node, Value, text_of};
use crate::malformed::Malformed;

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
pub(super) const LEGACY: &str = "The policy failed legacy parsing";

pub(crate) type Checked = Result<(), Malformed>;

pub(super) fn malformed(
    message: impl Into<String>,
    path: impl Into<String>,
    at: At,
    because: impl Into<String>,
) -> Malformed {
    Malformed {
        message: message.into(),
        path: path.into(),
        line: at.line,
        column: at.column,
        because: because.into(),
    }
}

/// One statement's members with the path that leads to it.
pub(super) struct Draft<'a> {
    pub(super) path: String,
    pub(super) at: At,
    pub(super) members: &'a [(At, String, Node)],
}

/// One text of an element such as `Action`, and where it stands.
pub(super) struct Item<'a> {
    pub(super) text: &'a str,
    pub(super) at: At,
    pub(super) path: String,
}

impl<'a> Draft<'a> {
    pub(super) fn get(&self, wanted: &str) -> Option<&'a Node> {
        self.members
            .iter()
            .find(|(_, name, _)| name == wanted)
            .map(|(_, _, node)| node)
    }

    pub(super) fn path(&self, name: &str) -> String {
        format!("{}.{name}", self.path)
    }

    /// The texts of an element; none if it is not there.
    pub(super) fn items(&self, name: &str) -> Vec<Item<'a>> {
        self.get(name)
            .and_then(|node| items(node, &self.path(name)))
            .unwrap_or_default()
    }

    /// The twin that the statement has, and its texts.
    pub(super) fn either(
        &self,
        one: &'static str,
        other: &'static str,
    ) -> Option<(&'static str, Vec<Item<'a>>)> {
        let name = [one, other]
            .into_iter()
            .find(|name| self.get(name).is_some())?;
        Some((name, self.items(name)))
    }
}

/// A text or a list of texts.
pub(super) fn items<'a>(node: &'a Node, path: &str) -> Option<Vec<Item<'a>>> {
    match &node.value {
        Value::Text(text) => Some(vec![Item {
            text,
            at: node.at,
            path: path.to_owned(),
        }]),
        Value::List(nodes) => {
            let item = |(place, node): (usize, &'a Node)| {
                text_of(node).map(|text| Item {
                    text,
                    at: node.at,
                    path: format!("{path}[{place}]"),
                })
            };
            nodes.iter().enumerate().map(item).collect()
        }
        _ => None,
    }
}
