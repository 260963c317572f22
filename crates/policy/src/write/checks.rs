//! What IAM accepts at write, with its `MalformedPolicyDocument` sentences and a second one that
//! says where and why.
//!
//! The checks run over the whole document one after the other, in IAM's own order as moto's tests
//! against the real service recorded it; so a document with several faults gets the sentence that
//! IAM would give. What only we refuse comes last.

use super::draft::{Checked, Kind, SYNTAX, malformed};
use super::{actions, conditions, grammar, principals, resources};
use crate::json::{At, Node};
use crate::malformed::Malformed;

/// Why IAM would refuse a document that is read as a tree, if it would. Size, characters and JSON
/// are [`crate::Document::read`]'s.
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
    drafts
        .iter()
        .try_for_each(|draft| conditions::dates(draft, variables))?;
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
            drafts
                .iter()
                .try_for_each(|draft| resources::present(draft, kind))?;
        }
    }

    drafts
        .iter()
        .try_for_each(|draft| grammar::plain_sid(draft, kind))?;
    drafts
        .iter()
        .try_for_each(|draft| principals::check(draft, kind))?;
    drafts.iter().try_for_each(actions::can_match)?;
    drafts.iter().try_for_each(resources::variables)?;
    drafts
        .iter()
        .try_for_each(|draft| conditions::values(draft, variables))
}

/// Refuses characters that no policy may hold (IAM API reference, pattern of `PolicyDocument`).
pub(crate) fn characters(text: &str, begin: At) -> Checked {
    let mut at = begin;
    for c in text.chars() {
        if !matches!(c, '\t' | '\n' | '\r' | ' '..='\u{ff}') {
            let because = format!(
                "U+{:04X} is not a character of a policy; write `\\u{:04x}`",
                u32::from(c),
                u32::from(c)
            );
            return Err(malformed(SYNTAX, "", at, because));
        }
        at = if c == '\n' {
            At {
                line: at.line + 1,
                column: 1,
            }
        } else {
            At {
                column: at.column + 1,
                ..at
            }
        };
    }
    Ok(())
}
