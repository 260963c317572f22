//! The principals in a trust or bucket policy's text, found in place and put back under other
//! names.

use policy::json::{self, At, Node, Value};

/// The unique id of the role that a principal was bound to: `AROA...`, or `AROA...:SESSION`.
pub(super) fn role_id(principal: &str) -> Option<&str> {
    let id = principal.split(':').next().unwrap_or(principal);
    // AWS's own form of a role's id. Anything else that begins so is a name which somebody chose.
    (id.len() == 21
        && id.starts_with("AROA")
        && id.bytes().all(|byte| byte.is_ascii_alphanumeric()))
    .then_some(id)
}

/// The ids that a kept policy names.
pub(super) fn role_ids(kept: &str) -> Vec<String> {
    principals(kept)
        .into_iter()
        .filter_map(|(_, _, name)| role_id(&name).map(str::to_owned))
        .collect()
}

/// Every AWS principal of a document: where its text begins and ends, in bytes, and the name. What
/// is no policy has none.
pub(super) fn principals(text: &str) -> Vec<(usize, usize, String)> {
    // The reader that the policies themselves are read by: two readers might see different
    // principals.
    let Ok(root) = json::read(text, At { line: 1, column: 1 }) else {
        return Vec::new();
    };
    let mut found = Vec::new();
    for statement in member(&root, "Statement").into_iter().flat_map(items) {
        for aws in ["Principal", "NotPrincipal"]
            .into_iter()
            .filter_map(|element| member(member(statement, element)?, "AWS"))
            .flat_map(items)
        {
            if let Value::Text(name) = &aws.value {
                found.push((aws.at, aws.end, name.clone()));
            }
        }
    }
    found.sort_by_key(|(at, _, _)| *at);
    let mut places = Places::of(text);
    found
        .into_iter()
        .filter_map(|(at, end, name)| Some((places.find(at)?, places.find(end)?, name)))
        .collect()
}

fn member<'a>(node: &'a Node, wanted: &str) -> Option<&'a Node> {
    let Value::Object(members) = &node.value else {
        return None;
    };
    members
        .iter()
        .find(|(_, name, _)| name == wanted)
        .map(|(_, _, node)| node)
}

/// The items of a list; anything else is a list of one.
fn items(node: &Node) -> &[Node] {
    match &node.value {
        Value::List(items) => items,
        _ => std::slice::from_ref(node),
    }
}

/// Walks a text once, from line and column to bytes.
struct Places<'a> {
    chars: std::str::CharIndices<'a>,
    at: At,
    length: usize,
}

impl<'a> Places<'a> {
    fn of(text: &'a str) -> Self {
        Self {
            chars: text.char_indices(),
            at: At { line: 1, column: 1 },
            length: text.len(),
        }
    }

    /// Places are asked for in their order.
    fn find(&mut self, wanted: At) -> Option<usize> {
        while self.at < wanted {
            match self.chars.next()? {
                (_, '\n') => {
                    self.at = At {
                        line: self.at.line + 1,
                        column: 1,
                    }
                }
                _ => self.at.column += 1,
            }
        }
        (self.at == wanted).then(|| {
            self.chars
                .clone()
                .next()
                .map_or(self.length, |(place, _)| place)
        })
    }
}

/// The text with other names in these places.
pub(super) fn with(text: &str, names: Vec<(usize, usize, String)>) -> String {
    let mut out = String::with_capacity(text.len());
    let mut rest = 0;
    for (from, to, name) in names {
        out.push_str(text.get(rest..from).unwrap_or(""));
        // Quoted anew: a session's name may have characters that JSON escapes.
        out.push_str(&serde_json::Value::String(name).to_string());
        rest = to;
    }
    out.push_str(text.get(rest..).unwrap_or(""));
    out
}
