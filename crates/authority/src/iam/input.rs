//! Parameters, read once and checked against IAM's constraints; what an operation does not know it refuses.

use std::cell::RefCell;
use std::collections::{BTreeMap, BTreeSet};

use ::policy::{AccountId, Arn, Document, Kind, Strictness};
use base64::Engine as _;
use base64::engine::general_purpose::URL_SAFE_NO_PAD;
use wire::{Fault, Words};

/// The parameters of one call. Remembers which were asked for, so that the rest can be refused.
pub(super) struct Input<'a> {
    form: &'a Words,
    known: RefCell<BTreeSet<String>>,
}

/// One page of a listing.
pub(super) struct Page {
    after: Option<String>,
    most: usize,
}

const NAME: &str = "[\\w+=,.@-]+";

pub(super) fn validation(text: impl Into<String>) -> Fault {
    Fault::new("ValidationError", 400, text)
}

fn constraint(member: &str, value: &str, rule: &str) -> Fault {
    let shown: String = value.chars().take(128).collect();
    validation(format!("1 validation error detected: Value '{shown}' at '{member}' failed to satisfy constraint: {rule}"))
}

/// `RoleName` -> `roleName`, as AWS writes members in its messages.
fn member(name: &str) -> String {
    let mut chars = name.chars();
    chars.next().map(|first| first.to_ascii_lowercase()).into_iter().chain(chars).collect()
}

impl<'a> Input<'a> {
    pub(super) fn new(form: &'a Words) -> Self {
        Self { form, known: RefCell::new(["Action", "Version"].map(str::to_owned).into()) }
    }

    /// A parameter that may be absent.
    pub(super) fn maybe(&self, name: &str) -> Option<&'a str> {
        self.known.borrow_mut().insert(name.to_owned());
        self.form.get(name)
    }

    /// A parameter that must be there.
    pub(super) fn required(&self, name: &str) -> Result<&'a str, Fault> {
        self.maybe(name).ok_or_else(|| {
            let member = member(name);
            validation(format!(
                "1 validation error detected: Value null at '{member}' failed to satisfy constraint: Member must not be null"
            ))
        })
    }

    /// Refuses every parameter that was not asked for: a restriction that is not understood must not fall away.
    pub(super) fn nothing_else(&self) -> Result<(), Fault> {
        let known = self.known.borrow();
        let strange = self.form.iter().map(|(name, _)| name).find(|name| {
            let list = name.split_once(".member.").map_or(*name, |(list, _)| list);
            !known.contains(*name) && !known.contains(list)
        });
        strange.map_or(Ok(()), |name| Err(validation(format!("Parameter {name} is not known to this operation"))))
    }

    fn within(&self, name: &str, value: &str, least: usize, most: usize) -> Result<(), Fault> {
        let length = value.chars().count();
        let member = member(name);
        if length < least {
            return Err(constraint(&member, value, &format!("Member must have length greater than or equal to {least}")));
        }
        if length > most {
            return Err(constraint(&member, value, &format!("Member must have length less than or equal to {most}")));
        }
        Ok(())
    }

    /// A name of letters, digits and `+=,.@-_`.
    pub(super) fn name(&self, name: &str, most: usize) -> Result<&'a str, Fault> {
        let value = self.required(name)?;
        self.within(name, value, 1, most)?;
        if !value.chars().all(|c| c.is_ascii_alphanumeric() || "_+=,.@-".contains(c)) {
            return Err(constraint(&member(name), value, &format!("Member must satisfy regular expression pattern: {NAME}")));
        }
        Ok(value)
    }

    /// `/` or `/a/b/`.
    pub(super) fn path(&self, name: &str) -> Result<&'a str, Fault> {
        let value = self.maybe(name).unwrap_or("/");
        self.within(name, value, 1, 512)?;
        let sound = value.starts_with('/')
            && value.ends_with('/')
            && !value.contains("//")
            && value.bytes().all(|byte| byte.is_ascii_graphic());
        if sound {
            Ok(value)
        } else {
            Err(constraint(
                &member(name),
                value,
                "Member must satisfy regular expression pattern: (\\u002F)|(\\u002F[\\u0021-\\u007E]+\\u002F)",
            ))
        }
    }

    /// A path that entities must begin with.
    pub(super) fn path_prefix(&self) -> Result<&'a str, Fault> {
        let value = self.maybe("PathPrefix").unwrap_or("/");
        self.within("PathPrefix", value, 1, 512)?;
        if value.starts_with('/') {
            Ok(value)
        } else {
            Err(constraint("pathPrefix", value, "Member must satisfy regular expression pattern: \\u002F[\\u0021-\\u007F]*"))
        }
    }

    /// A free text of at most 1,000 characters.
    pub(super) fn description(&self) -> Result<Option<String>, Fault> {
        let value = self.maybe("Description");
        value.map_or(Ok(()), |text| self.within("Description", text, 0, 1000))?;
        Ok(value.map(str::to_owned))
    }

    /// Seconds of the longest session.
    pub(super) fn max_session(&self) -> Result<u32, Fault> {
        let Some(text) = self.maybe("MaxSessionDuration") else { return Ok(3600) };
        let seconds: u32 =
            text.parse().map_err(|_| Fault::new("MalformedInput", 400, "MaxSessionDuration is not a whole number"))?;
        match seconds {
            0..3600 => Err(constraint("maxSessionDuration", text, "Member must have value greater than or equal to 3600")),
            3600..=43_200 => Ok(seconds),
            _ => Err(constraint("maxSessionDuration", text, "Member must have value less than or equal to 43200")),
        }
    }

    /// Tags: at most 50, keys unique whatever their case.
    pub(super) fn tags(&self) -> Result<BTreeMap<String, String>, Fault> {
        self.known.borrow_mut().insert("Tags".to_owned());
        let invalid = |text: &str| Fault::new("InvalidInput", 400, text.to_owned());
        let mut tags = BTreeMap::new();
        let mut keys = BTreeSet::new();
        for [key, value] in self.form.structures("Tags", ["Key", "Value"]) {
            let (Some(key), Some(value)) = (key, value) else { return Err(invalid("A tag has a Key and a Value")) };
            self.within("Tags.Key", key, 1, 128)?;
            self.within("Tags.Value", value, 0, 256)?;
            let plain = |text: &str| text.chars().all(|c| c.is_alphanumeric() || c == ' ' || "_.:/=+-@".contains(c));
            if !plain(key) || !plain(value) {
                return Err(constraint(
                    "tags",
                    key,
                    "Member must satisfy regular expression pattern: [\\p{L}\\p{Z}\\p{N}_.:/=+\\-@]+",
                ));
            }
            if key.to_lowercase().starts_with("aws:") {
                return Err(invalid("Tag keys that begin with aws: are reserved"));
            }
            if !keys.insert(key.to_lowercase()) {
                return Err(invalid("Duplicate tag keys found. Please note that Tag keys are case insensitive."));
            }
            tags.insert(key.to_owned(), value.to_owned());
        }
        if tags.len() > 50 {
            return Err(super::limit("Cannot exceed quota for tags: 50"));
        }
        Ok(tags)
    }

    /// A list of texts.
    pub(super) fn list(&self, name: &str) -> Vec<&'a str> {
        self.known.borrow_mut().insert(name.to_owned());
        self.form.members(name)
    }

    /// A policy document that IAM would keep, within its quota.
    pub(super) fn document(&self, name: &str, kind: Kind, most: usize) -> Result<String, Fault> {
        let text = self.required(name)?;
        self.within(name, text, 1, 131_072)?;
        if !text.chars().all(|c| matches!(c, '\t' | '\n' | '\r' | ' '..='\u{ff}')) {
            return Err(constraint(
                &member(name),
                "",
                "Member must satisfy regular expression pattern: [\\u0009\\u000A\\u000D\\u0020-\\u00FF]+",
            ));
        }
        Document::read(name, text, Strictness::Write(kind)).map_err(|bad| {
            let place = if bad.path.is_empty() { String::new() } else { format!(" at {}", bad.path) };
            Fault::new(
                "MalformedPolicyDocument",
                400,
                format!("{bad} (line {}, column {}{place}: {})", bad.line, bad.column, bad.because),
            )
        })?;
        if size(text) > most {
            let what = if kind == Kind::Trust { "ACLSizePerRole" } else { "PolicySize" };
            return Err(super::limit(format!("Cannot exceed quota for {what}: {most}")));
        }
        Ok(text.to_owned())
    }

    /// The ARN of a managed policy of this account, or of AWS's own.
    pub(super) fn policy_arn(&self, name: &str, account: &AccountId) -> Result<Arn, Fault> {
        let text = self.required(name)?;
        self.within(name, text, 20, 2048)?;
        let arn = Arn::parse(text)
            .ok()
            .filter(|arn| arn.service() == "iam" && arn.region().is_empty() && arn.resource().starts_with("policy/"));
        let arn = arn.ok_or_else(|| validation(format!("Invalid ARN:  Could not be parsed! {text}")))?;
        if arn.account() != account.as_str() && arn.account() != "aws" {
            return Err(super::no_such_entity(format!("Policy {arn} does not exist or is not attachable.")));
        }
        Ok(arn)
    }

    /// Where a listing begins and how much it may show.
    pub(super) fn page(&self) -> Result<Page, Fault> {
        let most = match self.maybe("MaxItems") {
            None => 100,
            Some(text) => {
                let most = text.parse().ok().filter(|most| (1..=1000).contains(most));
                most.ok_or_else(|| constraint("maxItems", text, "Member must have value between 1 and 1000"))?
            }
        };
        let read = |text: &str| URL_SAFE_NO_PAD.decode(text).ok().and_then(|bytes| String::from_utf8(bytes).ok());
        let after = match self.maybe("Marker") {
            None => None,
            Some(text) => Some(read(text).ok_or_else(|| validation("Invalid Marker."))?),
        };
        Ok(Page { after, most })
    }
}

impl Page {
    /// The items of this page, which come ordered by `key`, and the marker of the next.
    pub(super) fn of<T>(&self, items: impl Iterator<Item = T>, key: impl Fn(&T) -> String) -> (Vec<T>, Option<String>) {
        let mut rest = items.filter(|item| self.after.as_ref().is_none_or(|after| key(item) > *after));
        let page: Vec<T> = rest.by_ref().take(self.most).collect();
        let marker = rest.next().and_then(|_| page.last()).map(|last| URL_SAFE_NO_PAD.encode(key(last)));
        (page, marker)
    }
}

/// IAM counts a policy's characters without white space.
pub(super) fn size(text: &str) -> usize {
    text.chars().filter(|c| !c.is_ascii_whitespace()).count()
}
