//! A policy document: read from text, every statement knowing where it stands.

use crate::condition::Condition;
use crate::decision::{Effect, StatementRef};
use crate::json::{self, At, Node, Value, text_of};
use crate::malformed::Malformed;
use crate::pattern::ArnPattern;
use crate::principal::{Entry, entry};
use crate::write::{self, BucketFacts, Kind};

/// How a document is read.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Strictness {
    /// As IAM accepts it at write.
    Write(Kind),
    /// As it is evaluated: what cannot be understood is kept and denies when it is reached.
    Evaluate,
}

/// A policy document.
#[derive(Clone, Debug)]
pub struct Document {
    name: String,
    chars: usize,
    variables: usize,
    /// The condition keys that it asks for, in lower case.
    keys: Vec<Box<str>>,
    pub(crate) statements: Vec<Statement>,
}

/// One statement.
#[derive(Clone, Debug)]
pub(crate) struct Statement {
    pub(crate) reference: StatementRef,
    pub(crate) effect: Effect,
    pub(crate) principal: Option<Block<Entry>>,
    pub(crate) action: Block<()>,
    pub(crate) resource: Option<Block<Result<ArnPattern, String>>>,
    pub(crate) conditions: Vec<Condition>,
    /// What could not be understood of the statement as a whole.
    pub(crate) defect: Option<String>,
}

/// An element that has a `Not` twin: its values as written, and as they are compared.
#[derive(Clone, Debug)]
pub(crate) struct Block<T> {
    pub(crate) not: bool,
    pub(crate) written: Vec<String>,
    pub(crate) parsed: Vec<T>,
}

/// Largest document that is read; IAM's own largest input is 131,072 characters (Simulate*).
const MAX_CHARS: usize = 131_072;

impl Document {
    /// Reads a document under the name that traces will show.
    ///
    /// # Errors
    /// [`Malformed`]; with [`Strictness::Evaluate`] only for JSON that is broken or no policy at
    /// all.
    pub fn read(name: &str, text: &str, strictness: Strictness) -> Result<Self, Malformed> {
        Self::read_within(name, text, (1, 1), strictness)
    }

    /// Like [`Document::read`], for a document that begins at this line and column of a larger
    /// file.
    ///
    /// # Errors
    /// See [`Document::read`].
    pub fn read_within(
        name: &str,
        text: &str,
        (line, column): (u32, u32),
        strictness: Strictness,
    ) -> Result<Self, Malformed> {
        let begin = At { line, column };
        let syntax = |at: At, path: &str, because: String| Malformed {
            message: write::SYNTAX.to_owned(),
            path: path.to_owned(),
            line: at.line,
            column: at.column,
            because,
        };
        // Counted before anything is read, so that no document can make the reader work for its
        // length.
        let chars = text.chars().count();
        if chars > MAX_CHARS {
            return Err(syntax(
                begin,
                "",
                format!("the document is longer than {MAX_CHARS} characters"),
            ));
        }
        if matches!(strictness, Strictness::Write(_)) {
            write::characters(text, begin)?;
        }
        let root = json::read(text, begin).map_err(|error| {
            let mut refused = syntax(error.at, "", error.because);
            if strictness == Strictness::Write(Kind::Trust) {
                write::NO_JSON.clone_into(&mut refused.message);
            }
            refused
        })?;
        if let Strictness::Write(kind) = strictness {
            write::check(&root, kind)?;
        }
        let Value::Object(members) = &root.value else {
            return Err(syntax(root.at, "", "a policy is a JSON object".to_owned()));
        };
        let member = |wanted: &str| {
            members
                .iter()
                .find(|(_, name, _)| name == wanted)
                .map(|(_, _, node)| node)
        };
        let version = member("Version").and_then(text_of);
        // Without a version it is the one of 2008, in which `${` is text (IAM user guide, "IAM JSON
        // policy elements: Version").
        let variables = version == Some("2012-10-17");
        let mut defects = Vec::new();
        if let Some(version) =
            version.filter(|version| !matches!(*version, "2012-10-17" | "2008-10-17"))
        {
            defects.push(format!("`{version}` is not a policy language version"));
        }
        defects.extend(
            members
                .iter()
                .find(|(_, name, _)| !matches!(name.as_str(), "Version" | "Id" | "Statement"))
                .map(|(_, name, _)| format!("`{name}` is not an element of a policy")),
        );
        let nodes: &[Node] = match member("Statement").map(|node| (&node.value, node)) {
            Some((Value::List(items), _)) => items,
            Some((Value::Object(_), node)) => std::slice::from_ref(node),
            Some((_, node)) => {
                return Err(syntax(
                    node.at,
                    "Statement",
                    "a statement is a JSON object".to_owned(),
                ));
            }
            None => &[],
        };
        let mut statements = Vec::with_capacity(nodes.len());
        for (index, node) in nodes.iter().enumerate() {
            let mut statement = Statement::read(name, index, node, variables).ok_or_else(|| {
                syntax(
                    node.at,
                    &format!("Statement[{index}]"),
                    "a statement is a JSON object".to_owned(),
                )
            })?;
            // A defect of the document is one of each statement: none of them can be trusted to
            // mean what it says.
            if statement.defect.is_none() {
                statement.defect = defects.first().cloned();
            }
            statements.push(statement);
        }
        let variables = statements
            .iter()
            .map(Statement::variables)
            .map(|(resource, conditions)| resource + conditions)
            .sum();
        Ok(Self {
            name: name.to_owned(),
            chars,
            variables,
            keys: keys(&statements),
            statements,
        })
    }

    /// Whether it asks for a condition key that begins so (in lower case), in a condition or as a
    /// variable.
    pub fn asks_for(&self, prefix: &str) -> bool {
        self.keys.iter().any(|key| key.starts_with(prefix))
    }

    /// Reads a bucket policy as S3 accepts it at write.
    ///
    /// # Errors
    /// [`Malformed`], with S3's sentence.
    pub fn read_bucket_policy(text: &str, facts: &BucketFacts<'_>) -> Result<Self, Malformed> {
        let begin = At { line: 1, column: 1 };
        let no_json = |at: At, because: String| Malformed {
            message: write::NO_BUCKET_JSON.to_owned(),
            path: String::new(),
            line: at.line,
            column: at.column,
            because,
        };
        if !text.starts_with('{') {
            let because = "the policy does not begin with a brace".to_owned();
            return Err(no_json(begin, because));
        }
        if text.chars().count() > MAX_CHARS {
            return Err(no_json(begin, "the policy is too long".to_owned()));
        }
        let root = json::read(text, begin).map_err(|error| no_json(error.at, error.because))?;
        write::check_bucket(&root, facts)?;
        Self::read("bucket policy", text, Strictness::Evaluate)
    }

    /// How many policy variables stand in it, each of which is as long as its value.
    pub fn variables(&self) -> usize {
        self.variables
    }

    /// How many characters it was read from.
    pub fn chars(&self) -> usize {
        self.chars
    }

    /// The name it was read under.
    pub fn name(&self) -> &str {
        &self.name
    }
}

impl Statement {
    /// How many policy variables there are in its resources and in its conditions, at the most:
    /// where the version has none, they are counted all the same.
    pub(crate) fn variables(&self) -> (usize, usize) {
        let of = |texts: &[String]| {
            texts
                .iter()
                .map(|text| text.matches("${").count())
                .sum::<usize>()
        };
        let resource = self.resource.as_ref().map_or(0, |block| of(&block.written));
        (
            resource,
            self.conditions
                .iter()
                .map(|condition| of(&condition.values))
                .sum(),
        )
    }

    fn read(document: &str, index: usize, node: &Node, variables: bool) -> Option<Self> {
        let Value::Object(members) = &node.value else {
            return None;
        };
        let sid = members
            .iter()
            .find(|(_, name, _)| name == "Sid")
            .and_then(|(_, _, node)| text_of(node))
            .map(str::to_owned);
        let reference = StatementRef {
            document: document.to_owned(),
            index,
            sid,
            line: node.at.line,
            column: node.at.column,
        };
        let mut statement = Self {
            reference,
            // Until its effect is read: a statement whose effect cannot be read must not be taken
            // for one that grants.
            effect: Effect::Deny,
            principal: None,
            action: Block {
                not: false,
                written: Vec::new(),
                parsed: Vec::new(),
            },
            resource: None,
            conditions: Vec::new(),
            defect: None,
        };
        let mut defect = |because: String| {
            statement.defect.get_or_insert(because);
        };
        let mut effect = None;
        for (_, name, value) in members {
            let not = name.starts_with("Not");
            match name.as_str() {
                "Sid" => {}
                "Effect" => effect = text_of(value),
                "Principal" | "NotPrincipal" if statement.principal.is_none() => {
                    match principals(value, not) {
                        Some(block) => statement.principal = Some(block),
                        None => defect(format!(
                            "`{name}` is neither `*` nor lists of names by their kind"
                        )),
                    }
                }
                "Action" | "NotAction" if statement.action.written.is_empty() => match texts(value)
                {
                    Some(written) => {
                        statement.action = Block {
                            not,
                            parsed: vec![(); written.len()],
                            written,
                        }
                    }
                    None => defect(format!("`{name}` is not a text or a list of texts")),
                },
                "Resource" | "NotResource" if statement.resource.is_none() => match texts(value) {
                    Some(written) => {
                        let parsed = written
                            .iter()
                            .map(|text| ArnPattern::read(text, variables, true))
                            .collect();
                        statement.resource = Some(Block {
                            not,
                            written,
                            parsed,
                        });
                    }
                    None => defect(format!("`{name}` is not a text or a list of texts")),
                },
                "Condition" => match conditions(value, variables) {
                    Ok(conditions) => statement.conditions = conditions,
                    Err(because) => defect(because),
                },
                other => defect(format!(
                    "`{other}` is not an element of a statement, or its opposite is given as well"
                )),
            }
        }
        match effect {
            Some("Allow") => statement.effect = Effect::Allow,
            Some("Deny") => statement.effect = Effect::Deny,
            // Of unknown effect, so it counts as a Deny that cannot be evaluated.
            _ => {
                statement
                    .defect
                    .get_or_insert("`Effect` is neither `Allow` nor `Deny`".to_owned());
            }
        }
        Some(statement)
    }
}

/// The condition keys of statements, and the names of their variables, each once. More is found
/// than is asked for where a version has no variables.
fn keys(statements: &[Statement]) -> Vec<Box<str>> {
    let variables = |text: &str| -> Vec<String> {
        let mut parts = text.split("${");
        parts.next();
        // As far as the name may go: `${key, 'default'}`.
        parts
            .map(|part| {
                part.split(['}', ','])
                    .next()
                    .unwrap_or("")
                    .trim()
                    .to_lowercase()
            })
            .collect()
    };
    let mut keys: Vec<Box<str>> = Vec::new();
    for statement in statements {
        for condition in &statement.conditions {
            keys.push(condition.name().as_str().into());
        }
        let resources = statement.resource.iter().flat_map(|block| &block.written);
        let values = statement.conditions.iter().flat_map(|it| &it.values);
        keys.extend(
            resources
                .chain(values)
                .filter(|text| text.contains("${"))
                .flat_map(|text| variables(text))
                .map(String::into_boxed_str),
        );
    }
    keys.sort();
    keys.dedup();
    keys
}

/// A text, or a list of texts.
fn texts(node: &Node) -> Option<Vec<String>> {
    match &node.value {
        Value::Text(text) => Some(vec![text.clone()]),
        Value::List(items) => items
            .iter()
            .map(|item| text_of(item).map(str::to_owned))
            .collect(),
        _ => None,
    }
}

/// Condition values may be texts, numbers or booleans.
fn scalars(node: &Node) -> Option<Vec<String>> {
    let scalar = |node: &Node| match &node.value {
        Value::Text(text) | Value::Number(text) => Some(text.clone()),
        Value::Bool(value) => Some(value.to_string()),
        Value::Null | Value::List(_) | Value::Object(_) => None,
    };
    match &node.value {
        Value::List(items) => items.iter().map(scalar).collect(),
        _ => scalar(node).map(|one| vec![one]),
    }
}

fn conditions(node: &Node, variables: bool) -> Result<Vec<Condition>, String> {
    let Value::Object(operators) = &node.value else {
        return Err("`Condition` is not an object".to_owned());
    };
    let mut conditions = Vec::new();
    for (_, operator, keys) in operators {
        let Value::Object(keys) = &keys.value else {
            return Err(format!("`Condition.{operator}` is not an object"));
        };
        for (_, key, values) in keys {
            let values = scalars(values).ok_or_else(|| {
                format!("`Condition.{operator}.{key}` is not a value or a list of values")
            })?;
            conditions.push(Condition::read(operator, key, values, variables));
        }
    }
    Ok(conditions)
}

fn principals(node: &Node, not: bool) -> Option<Block<Entry>> {
    let mut block = Block {
        not,
        written: Vec::new(),
        parsed: Vec::new(),
    };
    match &node.value {
        Value::Text(text) => {
            block.parsed.push(if text == "*" {
                Entry::Everyone
            } else {
                Entry::Nobody
            });
            block.written.push(text.clone());
        }
        Value::Object(kinds) => {
            for (_, kind, names) in kinds {
                for name in texts(names)? {
                    block.parsed.push(entry(kind, &name));
                    block.written.push(name);
                }
            }
        }
        _ => return None,
    }
    Some(block)
}

#[cfg(test)]
mod tests {
    use super::*;

    /// Rows of the tests, as far as they are wanted here.
    fn rows() -> Vec<(String, Kind)> {
        let rows: Vec<serde_json::Value> =
            serde_json::from_str(include_str!("../tests/vectors/write.json")).unwrap();
        let text = |document: &serde_json::Value| {
            document
                .as_str()
                .map_or_else(|| document.to_string(), str::to_owned)
        };
        let kind = |name: &str| match name {
            "trust" => Kind::Trust,
            "resource" => Kind::Resource,
            "session" => Kind::Session,
            _ => Kind::Identity,
        };
        rows.iter()
            .map(|row| (text(&row["document"]), kind(row["kind"].as_str().unwrap())))
            .collect()
    }

    #[test]
    fn what_is_accepted_at_write_can_be_evaluated() {
        let mut accepted = 0;
        for (text, kind) in rows() {
            let Ok(document) = Document::read("policy", &text, Strictness::Write(kind)) else {
                continue;
            };
            accepted += 1;
            for statement in &document.statements {
                assert_eq!(statement.defect, None, "{text}");
                assert!(
                    statement
                        .conditions
                        .iter()
                        .all(|condition| condition.defect().is_none()),
                    "{text}"
                );
                let resource = statement.resource.as_ref();
                assert!(
                    resource.is_none_or(|block| block.parsed.iter().all(Result::is_ok)),
                    "{text}"
                );
                let principal = statement.principal.as_ref();
                assert!(
                    principal.is_none_or(|block| !block.parsed.contains(&Entry::Nobody)),
                    "{text}"
                );
            }
        }
        assert!(accepted > 80, "{accepted}");
    }
}
