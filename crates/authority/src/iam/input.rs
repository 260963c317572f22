//! What IAM's parameters mean, once the form fits its operation's members.

use std::collections::{BTreeMap, BTreeSet};

use ::policy::{AccountId, Arn, Document, Kind, Malformed, Strictness};
use base64::Engine as _;
use base64::engine::general_purpose::URL_SAFE_NO_PAD;
use catalog::{Service, query};
use wire::{Fault, Words};

use super::members;
use crate::arn_text;
use crate::form::{self, Form, Manner, validation};

/// One page of a listing.
pub(super) struct Page {
    after: Option<String>,
    most: usize,
}

/// Reads the call of an operation.
///
/// # Errors
/// `InvalidAction` for one that is not served, else as of [`Form::read`].
pub(super) fn read<'a>(operation: &str, words: &'a Words) -> Result<Form<'a>, Fault> {
    let Some(members) = members::of(operation) else {
        return Err(query::not_served(Service::Iam, operation).fault());
    };
    Form::read(words, operation, members, Manner::Iam)
}

impl<'a> Form<'a> {
    /// `/` or `/a/b/`.
    pub(super) fn path(&self) -> &'a str {
        self.maybe("Path").unwrap_or("/")
    }

    /// A path that entities must begin with.
    pub(super) fn path_prefix(&self) -> &'a str {
        self.maybe("PathPrefix").unwrap_or("/")
    }

    /// Free text.
    pub(super) fn description(&self) -> Option<String> {
        self.maybe("Description").map(str::to_owned)
    }

    /// Tags, whose keys are unique whatever their case.
    pub(super) fn tags(&self) -> Result<BTreeMap<String, String>, Fault> {
        let invalid = |text: &str| Fault::new("InvalidInput", 400, text.to_owned());
        let mut tags = BTreeMap::new();
        let mut keys = BTreeSet::new();
        for [key, value] in self.structures("Tags", ["Key", "Value"]) {
            let (Some(key), Some(value)) = (key, value) else {
                return Err(form::absent("Tags"));
            };
            // In any case: `AWS:` would be the same prefix to a policy.
            if key.to_lowercase().starts_with("aws:") {
                return Err(invalid("Tag keys that begin with aws: are reserved"));
            }
            if !keys.insert(key.to_lowercase()) {
                return Err(invalid(
                    "Duplicate tag keys found. Please note that Tag keys are case insensitive.",
                ));
            }
            tags.insert(key.to_owned(), value.to_owned());
        }
        Ok(tags)
    }

    /// A policy document that IAM would keep, within its quota.
    pub(super) fn document(&self, name: &str, kind: Kind, most: usize) -> Result<String, Fault> {
        let text = self.required(name)?;
        Document::read(name, text, Strictness::Write(kind)).map_err(|bad| malformed(&bad))?;
        // White space is not counted, but kept: it must not be free.
        if size(text) > most || text.len() > most * WITH_BLANKS {
            let what = if kind == Kind::Trust {
                "ACLSizePerRole"
            } else {
                "PolicySize"
            };
            return Err(super::operation::limit(format!(
                "Cannot exceed quota for {what}: {most}"
            )));
        }
        Ok(text.to_owned())
    }

    /// The ARN of a managed policy of this account, or of AWS's own.
    pub(super) fn policy_arn(&self, name: &str, account: &AccountId) -> Result<Arn, Fault> {
        let text = self.required(name)?;
        let arn = Arn::parse(text).ok().filter(|arn| {
            arn.service() == "iam"
                && arn.region().is_empty()
                && arn.resource().starts_with("policy/")
        });
        let arn = arn.ok_or_else(|| {
            validation(format!(
                "Invalid ARN:  Could not be parsed! {text}{}",
                arn_text::in_brackets(text)
            ))
        })?;
        // As one that does not exist: what another account has is not told.
        if arn.account() != account.as_str() && arn.account() != "aws" {
            return Err(super::operation::no_such_entity(format!(
                "Policy {arn} does not exist or is not attachable."
            )));
        }
        Ok(arn)
    }

    /// Where a listing begins and how much it may show.
    pub(super) fn page(&self) -> Result<Page, Fault> {
        let most = self.number("MaxItems")?.map_or(100, |most| most as usize);
        let read = |text: &str| {
            URL_SAFE_NO_PAD
                .decode(text)
                .ok()
                .and_then(|bytes| String::from_utf8(bytes).ok())
        };
        // The key of the last item, not a number: pages neither skip nor repeat when something is
        // written between them.
        let after = match self.maybe("Marker") {
            None => None,
            Some(text) => Some(read(text).ok_or_else(|| validation("Invalid Marker."))?),
        };
        Ok(Page { after, most })
    }
}

impl Page {
    /// The items of this page, which are ordered by `key`, and the marker of the next.
    pub(super) fn of<T>(
        &self,
        items: impl Iterator<Item = T>,
        key: impl Fn(&T) -> String,
    ) -> (Vec<T>, Option<String>) {
        let mut rest =
            items.filter(|item| self.after.as_ref().is_none_or(|after| key(item) > *after));
        let page: Vec<T> = rest.by_ref().take(self.most).collect();
        let marker = rest
            .next()
            // A marker only if something follows: clients ask on for as long as there is one.
            .and_then(|_| page.last())
            .map(|last| URL_SAFE_NO_PAD.encode(key(last)));
        (page, marker)
    }
}

/// AWS's sentence, and in brackets where and why.
fn malformed(bad: &Malformed) -> Fault {
    let place = if bad.path.is_empty() {
        String::new()
    } else {
        format!(" at {}", bad.path)
    };
    // AWS's sentence first and ours after it: tools match the beginning, and people need the place.
    let text = format!(
        "{bad} (line {}, column {}{place}: {})",
        bad.line, bad.column, bad.because
    );
    Fault::new("MalformedPolicyDocument", 400, text)
}

/// How many times its quota a document may have with its white space.
pub(super) const WITH_BLANKS: usize = 4;

/// IAM counts a policy's characters without white space.
pub(super) fn size(text: &str) -> usize {
    text.chars().filter(|c| !c.is_ascii_whitespace()).count()
}
