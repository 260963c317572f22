//! The document as rules see it: every part with its place. What cannot be read is left out;
//! `malformed` has told it.

use policy::json::{At, Node, Value};
use policy::{Kind, Operator};

/// A text of the document, and where it stands.
#[derive(Clone, Debug)]
pub(super) struct Spot<'a> {
    pub(super) text: &'a str,
    pub(super) begin: At,
    pub(super) end: At,
    pub(super) path: String,
}

/// The document.
pub(super) struct Policy<'a> {
    pub(super) kind: Kind,
    /// The whole document; its text is empty.
    pub(super) whole: Spot<'a>,
    pub(super) version: Option<Spot<'a>>,
    pub(super) statements: Vec<Statement<'a>>,
}

/// One statement.
pub(super) struct Statement<'a> {
    /// The whole statement; its text is the effect.
    pub(super) effect: Spot<'a>,
    pub(super) principal: Option<Block<Who<'a>>>,
    pub(super) action: Option<Block<Spot<'a>>>,
    pub(super) resource: Option<Block<Spot<'a>>>,
    pub(super) conditions: Vec<Condition<'a>>,
}

/// An element that has a `Not` twin.
pub(super) struct Block<T> {
    pub(super) not: bool,
    pub(super) begin: At,
    pub(super) end: At,
    pub(super) path: String,
    pub(super) items: Vec<T>,
}

/// One principal; `kind` is `AWS`, `Federated`, ..., also for a bare `*`.
pub(super) struct Who<'a> {
    pub(super) kind: &'a str,
    pub(super) name: Spot<'a>,
}

/// One key under one operator.
pub(super) struct Condition<'a> {
    pub(super) operator: Operator,
    /// The operator as written.
    pub(super) written: Spot<'a>,
    pub(super) key: Spot<'a>,
    pub(super) values: Vec<Spot<'a>>,
}

impl<'a> Policy<'a> {
    /// The parts of a document that can be read.
    pub(super) fn of(root: &'a Node, kind: Kind) -> Self {
        let statement = member(root, "Statement");
        let nodes = match statement.map(|node| (&node.value, node)) {
            Some((Value::List(items), _)) => items.as_slice(),
            Some((Value::Object(_), node)) => std::slice::from_ref(node),
            _ => &[],
        };
        let whole = Spot {
            text: "",
            begin: root.at,
            end: root.end,
            path: String::new(),
        };
        let version = member(root, "Version").and_then(|node| scalar(node, "Version".to_owned()));
        let read = |(index, node)| Statement::of(node, &format!("Statement[{index}]"));
        Self {
            kind,
            whole,
            version,
            statements: nodes.iter().enumerate().map(read).collect(),
        }
    }

    /// Whether `${...}` is a variable.
    pub(super) fn variables(&self) -> bool {
        self.version
            .as_ref()
            .is_some_and(|version| version.text == "2012-10-17")
    }
}

impl<'a> Statement<'a> {
    fn of(node: &'a Node, path: &str) -> Self {
        let members = members(node);
        let twin = |one: &str, not: &str| {
            members
                .iter()
                .find(|(_, name, _)| name == one || name == not)
        };
        let block = |one: &str, not: &str| {
            twin(one, not).map(|(at, name, value)| {
                Block::of(name == not, *at, value, format!("{path}.{name}"), texts)
            })
        };
        let effect = member(node, "Effect").and_then(|node| scalar(node, path.to_owned()));
        Self {
            effect: Spot {
                text: effect.map_or("", |spot| spot.text),
                begin: node.at,
                end: node.end,
                path: path.to_owned(),
            },
            principal: twin("Principal", "NotPrincipal").map(|(at, name, value)| {
                Block::of(
                    name == "NotPrincipal",
                    *at,
                    value,
                    format!("{path}.{name}"),
                    names,
                )
            }),
            action: block("Action", "NotAction"),
            resource: block("Resource", "NotResource"),
            conditions: member(node, "Condition")
                .map(|node| conditions(node, path))
                .unwrap_or_default(),
        }
    }

    pub(super) fn allows(&self) -> bool {
        self.effect.text == "Allow"
    }

    pub(super) fn denies(&self) -> bool {
        self.effect.text == "Deny"
    }

    /// The actions of an `Action` element.
    pub(super) fn actions(&self) -> &[Spot<'a>] {
        self.action
            .as_ref()
            .filter(|block| !block.not)
            .map_or(&[], |block| &block.items)
    }

    /// The resources of a `Resource` element.
    pub(super) fn resources(&self) -> &[Spot<'a>] {
        self.resource
            .as_ref()
            .filter(|block| !block.not)
            .map_or(&[], |block| &block.items)
    }

    /// The principals of a `Principal` element.
    pub(super) fn principals(&self) -> &[Who<'a>] {
        self.principal
            .as_ref()
            .filter(|block| !block.not)
            .map_or(&[], |block| &block.items)
    }

    /// Whether an action is among those that an `Action` element names, wildcards read.
    pub(super) fn covers(&self, action: &str) -> bool {
        self.actions()
            .iter()
            .any(|pattern| policy::like(pattern.text, action))
    }
}

impl<T> Block<T> {
    fn of<'a>(
        not: bool,
        begin: At,
        node: &'a Node,
        path: String,
        read: impl Fn(&'a Node, &str) -> Vec<T>,
    ) -> Self {
        let items = read(node, &path);
        Self {
            not,
            begin,
            end: node.end,
            path,
            items,
        }
    }

    /// The element as a whole.
    pub(super) fn spot(&self) -> Spot<'static> {
        Spot {
            text: "",
            begin: self.begin,
            end: self.end,
            path: self.path.clone(),
        }
    }
}

impl Condition<'_> {
    /// Whether a request without the key meets the condition.
    pub(super) fn holds_without_key(&self) -> bool {
        let vacuous = self.operator.qualifier == policy::Qualifier::ForAllValues;
        match self.operator.base {
            policy::Base::Null => {
                vacuous
                    || self
                        .values
                        .iter()
                        .any(|value| value.text.eq_ignore_ascii_case("true"))
            }
            base => {
                vacuous
                    || self.operator.if_exists
                    || base.negated() && self.operator.qualifier == policy::Qualifier::None
            }
        }
    }

    /// Whether it demands one of the values that it lists.
    pub(super) fn demands(&self) -> bool {
        !matches!(self.operator.base, policy::Base::Null)
            && !self.operator.base.negated()
            && !self.holds_without_key()
    }

    pub(super) fn is(&self, key: &str) -> bool {
        self.key.text.eq_ignore_ascii_case(key)
    }
}

fn members(node: &Node) -> &[(At, String, Node)] {
    match &node.value {
        Value::Object(members) => members,
        _ => &[],
    }
}

fn member<'a>(node: &'a Node, wanted: &str) -> Option<&'a Node> {
    members(node)
        .iter()
        .find(|(_, name, _)| name == wanted)
        .map(|(_, _, node)| node)
}

/// The place of a member's name, as long as it is written without escapes.
fn named<'a>(at: At, name: &'a str, path: String) -> Spot<'a> {
    let width = u32::try_from(name.chars().count())
        .unwrap_or(u32::MAX)
        .saturating_add(2);
    Spot {
        text: name,
        begin: at,
        end: At {
            line: at.line,
            column: at.column.saturating_add(width),
        },
        path,
    }
}

fn scalar(node: &Node, path: String) -> Option<Spot<'_>> {
    let text = match &node.value {
        Value::Text(text) | Value::Number(text) => text.as_str(),
        Value::Bool(true) => "true",
        Value::Bool(false) => "false",
        Value::Null | Value::List(_) | Value::Object(_) => return None,
    };
    Some(Spot {
        text,
        begin: node.at,
        end: node.end,
        path,
    })
}

fn texts<'a>(node: &'a Node, path: &str) -> Vec<Spot<'a>> {
    match &node.value {
        Value::List(items) => items
            .iter()
            .enumerate()
            .filter_map(|(index, node)| scalar(node, format!("{path}[{index}]")))
            .collect(),
        _ => scalar(node, path.to_owned()).into_iter().collect(),
    }
}

fn names<'a>(node: &'a Node, path: &str) -> Vec<Who<'a>> {
    let bare = scalar(node, path.to_owned()).map(|name| Who { kind: "AWS", name });
    let listed = members(node).iter().flat_map(|(_, kind, names)| {
        texts(names, &format!("{path}.{kind}"))
            .into_iter()
            .map(move |name| Who {
                kind: kind.as_str(),
                name,
            })
    });
    bare.into_iter().chain(listed).collect()
}

fn conditions<'a>(node: &'a Node, path: &str) -> Vec<Condition<'a>> {
    let mut found = Vec::new();
    for (at, written, keys) in members(node) {
        let path = format!("{path}.Condition.{written}");
        let Some(operator) = Operator::read(written) else {
            continue;
        };
        for (key_at, key, values) in members(keys) {
            let path = format!("{path}.{key}");
            found.push(Condition {
                operator,
                written: named(*at, written, path.clone()),
                values: texts(values, &path),
                key: named(*key_at, key, path),
            });
        }
    }
    found
}
