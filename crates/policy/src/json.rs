//! A JSON reader (RFC 8259) that keeps positions and refuses what two readers could understand
//! differently.
//!
//! A document is read from this tree; who wants to point at a part of one, as a lint does, reads
//! the tree itself.

use std::collections::HashSet;

use serde::{Deserialize, Serialize};

/// Deepest nesting of a policy document; the grammar needs seven.
const MAX_DEPTH: usize = 16;

/// A place in the text; both counted from one, columns in characters.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, PartialOrd, Ord, Serialize, Deserialize)]
pub struct At {
    /// The line.
    pub line: u32,
    /// The column.
    pub column: u32,
}

/// A value and where it stands.
#[derive(Clone, Debug, PartialEq)]
pub struct Node {
    /// Its first character.
    pub at: At,
    /// The place after its last character.
    pub end: At,
    /// What it is.
    pub value: Value,
}

/// A JSON value; numbers stay text.
#[derive(Clone, Debug, PartialEq)]
pub enum Value {
    /// `null`
    Null,
    /// `true` or `false`
    Bool(bool),
    /// A number as written.
    Number(String),
    /// A string, unescaped.
    Text(String),
    /// A list.
    List(Vec<Node>),
    /// An object: where each name begins, the name, the value. No name occurs twice.
    Object(Vec<(At, String, Node)>),
}

/// What could not be read, and where.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct JsonError {
    /// Where reading stopped.
    pub at: At,
    /// Why, in words.
    pub because: String,
}

/// Reads exactly one value from a text that begins at a place of its own, in a larger file perhaps.
///
/// # Errors
/// [`JsonError`] for anything that is not one JSON value, for a name given twice, and for nesting
/// beyond 16.
pub fn read(text: &str, begin: At) -> Result<Node, JsonError> {
    let mut reader = Reader {
        rest: text,
        at: begin,
    };
    reader.blanks();
    let node = reader.value(0)?;
    reader.blanks();
    if reader.rest.is_empty() {
        Ok(node)
    } else {
        Err(reader.error("text after the document's end"))
    }
}

/// The text, if it is one.
pub(crate) fn text_of(node: &Node) -> Option<&str> {
    match &node.value {
        Value::Text(text) => Some(text),
        _ => None,
    }
}

struct Reader<'a> {
    rest: &'a str,
    at: At,
}

impl Reader<'_> {
    fn error(&self, because: impl Into<String>) -> JsonError {
        JsonError {
            at: self.at,
            because: because.into(),
        }
    }

    fn peek(&self) -> Option<char> {
        self.rest.chars().next()
    }

    fn next(&mut self) -> Option<char> {
        let mut chars = self.rest.chars();
        let c = chars.next()?;
        self.rest = chars.as_str();
        if c == '\n' {
            self.at = At {
                line: self.at.line + 1,
                column: 1,
            };
        } else {
            self.at.column += 1;
        }
        Some(c)
    }

    fn blanks(&mut self) {
        while self
            .peek()
            .is_some_and(|c| matches!(c, ' ' | '\t' | '\r' | '\n'))
        {
            self.next();
        }
    }

    fn demand(&mut self, wanted: char) -> Result<(), JsonError> {
        if self.peek() == Some(wanted) {
            self.next();
            return Ok(());
        }
        Err(self.error(format!("expected `{wanted}`")))
    }

    fn word(&mut self, word: &str, value: Value) -> Result<Value, JsonError> {
        let at = self.at;
        // Who typed `trust.json` for its content is not helped by the letter that `true` would have
        // had.
        let bad = |_| JsonError {
            at,
            because: "expected a JSON value".to_owned(),
        };
        word.chars()
            .try_for_each(|c| self.demand(c))
            .map_err(bad)
            .map(|()| value)
    }

    fn value(&mut self, depth: usize) -> Result<Node, JsonError> {
        let at = self.at;
        if depth > MAX_DEPTH {
            return Err(self.error("the document is nested too deeply"));
        }
        let value = match self.peek() {
            Some('{') => self.object(depth)?,
            Some('[') => self.list(depth)?,
            Some('"') => Value::Text(self.text()?),
            Some('t') => self.word("true", Value::Bool(true))?,
            Some('f') => self.word("false", Value::Bool(false))?,
            Some('n') => self.word("null", Value::Null)?,
            Some('-' | '0'..='9') => Value::Number(self.number()?),
            Some(_) => return Err(self.error("expected a JSON value")),
            None => return Err(self.error("the document ends too early")),
        };
        Ok(Node {
            at,
            end: self.at,
            value,
        })
    }

    fn object(&mut self, depth: usize) -> Result<Value, JsonError> {
        self.demand('{')?;
        let mut members: Vec<(At, String, Node)> = Vec::new();
        let mut names = HashSet::new();
        self.blanks();
        while self.peek() != Some('}') {
            if !members.is_empty() {
                self.demand(',')?;
                self.blanks();
            }
            let at = self.at;
            let name = self.text()?;
            // RFC 8259 section 4 leaves open which of two members counts, and readers differ. A
            // policy must mean the same to who reviews it and to who evaluates it.
            if !names.insert(name.clone()) {
                return Err(JsonError {
                    at,
                    because: format!("member `{name}` is given twice"),
                });
            }
            self.blanks();
            self.demand(':')?;
            self.blanks();
            let value = self.value(depth + 1)?;
            members.push((at, name, value));
            self.blanks();
        }
        self.demand('}')?;
        Ok(Value::Object(members))
    }

    fn list(&mut self, depth: usize) -> Result<Value, JsonError> {
        self.demand('[')?;
        let mut items = Vec::new();
        self.blanks();
        while self.peek() != Some(']') {
            if !items.is_empty() {
                self.demand(',')?;
                self.blanks();
            }
            items.push(self.value(depth + 1)?);
            self.blanks();
        }
        self.demand(']')?;
        Ok(Value::List(items))
    }

    fn text(&mut self) -> Result<String, JsonError> {
        self.demand('"')?;
        let mut out = String::new();
        loop {
            let Some(c) = self.next() else {
                return Err(self.error("a string does not end"));
            };
            match c {
                '"' => return Ok(out),
                '\\' => out.push(self.escape()?),
                // RFC 8259 section 7: below U+0020 all are written as escapes.
                c if c < ' ' => return Err(self.error("a string has a control character")),
                c => out.push(c),
            }
        }
    }

    fn escape(&mut self) -> Result<char, JsonError> {
        Ok(match self.next() {
            Some(c @ ('"' | '\\' | '/')) => c,
            Some('b') => '\u{8}',
            Some('f') => '\u{c}',
            Some('n') => '\n',
            Some('r') => '\r',
            Some('t') => '\t',
            Some('u') => {
                let first = self.hex4()?;
                let code = if (0xd800..0xdc00).contains(&first) {
                    self.demand('\\')?;
                    self.demand('u')?;
                    let second = self.hex4()?;
                    let low = second.checked_sub(0xdc00).filter(|low| *low < 0x400);
                    low.map(|low| 0x10000 + ((first - 0xd800) << 10) + low)
                } else {
                    Some(first)
                };
                code.and_then(char::from_u32)
                    .ok_or_else(|| self.error("an escape is not a character"))?
            }
            _ => return Err(self.error("an escape that JSON does not have")),
        })
    }

    fn hex4(&mut self) -> Result<u32, JsonError> {
        let mut code = 0;
        for _ in 0..4 {
            let digit = self
                .next()
                .and_then(|c| c.to_digit(16))
                .ok_or_else(|| self.error("expected four hexadecimal digits"))?;
            code = code << 4 | digit;
        }
        Ok(code)
    }

    fn number(&mut self) -> Result<String, JsonError> {
        let mut out = String::new();
        while let Some(c) = self
            .peek()
            .filter(|c| matches!(c, '0'..='9' | '-' | '+' | '.' | 'e' | 'E'))
        {
            out.push(c);
            self.next();
        }
        let unsigned = out.strip_prefix('-').unwrap_or(&out);
        let (mantissa, exponent) = unsigned
            .split_once(['e', 'E'])
            .map_or((unsigned, None), |(m, e)| (m, Some(e)));
        let (whole, fraction) = mantissa
            .split_once('.')
            .map_or((mantissa, None), |(w, f)| (w, Some(f)));
        let digits =
            |text: &str| !text.is_empty() && text.bytes().all(|byte| byte.is_ascii_digit());
        let sound = digits(whole)
            && (whole == "0" || !whole.starts_with('0'))
            && fraction.is_none_or(digits)
            && exponent.is_none_or(|exponent| {
                digits(exponent.strip_prefix(['+', '-']).unwrap_or(exponent))
            });
        if sound {
            Ok(out)
        } else {
            Err(self.error("not a JSON number"))
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn read(text: &str) -> Result<Node, JsonError> {
        super::read(text, At { line: 1, column: 1 })
    }

    #[test]
    fn positions_are_kept() {
        let node = read("{\n  \"a\": [1,\n   \"x\"]}").unwrap();
        let Value::Object(members) = node.value else {
            panic!()
        };
        let (at, name, list) = &members[0];
        assert_eq!((at.line, at.column, name.as_str()), (2, 3, "a"));
        let Value::List(items) = &list.value else {
            panic!()
        };
        assert_eq!((items[1].at.line, items[1].at.column), (3, 4));
        assert_eq!(
            (items[1].end.line, items[1].end.column, list.end.column),
            (3, 7, 8)
        );
    }

    #[test]
    fn strings_are_unescaped() {
        assert_eq!(
            read(r#""\u00e9\n\ud83d\ude00\/""#).unwrap().value,
            Value::Text("é\n😀/".into())
        );
    }

    #[test]
    fn odd_json_is_refused() {
        for text in [
            "",
            "{",
            "[1,]",
            "{\"a\":1,}",
            "{\"a\":1,\"a\":2}",
            "{a:1}",
            "01",
            "1.",
            ".5",
            "1e",
            "-",
            "tru",
            "nul",
            "\"a",
            "\"\u{1}\"",
            "\"\\x\"",
            "\"\\ud800\"",
            "\"\\ud800\\u0041\"",
            "1 2",
            "{\"a\" 1}",
            "[1 2]",
            "NaN",
            "'a'",
            "\u{feff}{}",
        ] {
            assert!(read(text).is_err(), "{text:?}");
        }
        assert!(read(&"[".repeat(100_000)).is_err());
    }
}
