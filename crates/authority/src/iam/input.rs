//! Parameters, read once and checked against IAM's constraints; what an operation does not know it refuses.

use std::cell::RefCell;
use std::collections::{BTreeMap, BTreeSet};

use ::policy::{AccountId, Arn, Document, Kind, Malformed, Strictness};
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

/// Tags per entity, which AWS does not raise.
pub(super) const MOST_TAGS: usize = 50;
const NAME: &str = "[\\w+=,.@-]+";

pub(super) fn validation(text: impl Into<String>) -> Fault {
    Fault::new("ValidationError", 400, text)
}

pub(super) fn constraint(member: &str, value: &str, rule: &str) -> Fault {
    let shown: String = value.chars().take(128).collect();
    validation(format!("1 validation error detected: Value '{shown}' at '{member}' failed to satisfy constraint: {rule}"))
}

/// What AWS says of a word that is not in its set.
pub(super) fn one_of(member: &str, value: &str, words: &[&str]) -> Fault {
    constraint(member, value, &format!("Member must satisfy enum value set: [{}]", words.join(", ")))
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

    /// Refuses every parameter that was not asked for: a restriction that is not understood must not fall away. That goes for
    /// a list with a gap too, whose end nobody would read.
    pub(super) fn nothing_else(&self) -> Result<(), Fault> {
        let known = self.known.borrow();
        let strange = self.form.iter().map(|(name, _)| name).find(|name| !known.contains(*name));
        strange.map_or(Ok(()), |name| Err(validation(format!("Parameter {name} is not known to this operation"))))
    }

    /// A list of texts. An empty one is written `NAME=`.
    pub(super) fn list(&self, name: &str) -> Vec<&'a str> {
        let members = self.form.members(name);
        let mut known = self.known.borrow_mut();
        known.insert(name.to_owned());
        known.extend((1..=members.len()).map(|n| format!("{name}.member.{n}")));
        members
    }

    /// A list of texts that must have one at least.
    pub(super) fn list_of_some(&self, name: &str) -> Result<Vec<&'a str>, Fault> {
        let list = self.list(name);
        if list.is_empty() {
            return self.required(name).and(Ok(list));
        }
        Ok(list)
    }

    /// A list of structures with these fields.
    pub(super) fn structures<const F: usize>(&self, name: &str, fields: [&str; F]) -> Vec<[Option<&'a str>; F]> {
        let found = self.form.structures(name, fields);
        let mut known = self.known.borrow_mut();
        known.insert(name.to_owned());
        for n in 1..=found.len() {
            known.extend(fields.map(|field| format!("{name}.member.{n}.{field}")));
        }
        found
    }

    /// `true` or `false`.
    pub(super) fn flag(&self, name: &str) -> Result<bool, Fault> {
        match self.maybe(name) {
            None | Some("false") => Ok(false),
            Some("true") => Ok(true),
            Some(_) => Err(Fault::new("MalformedInput", 400, format!("{name} is neither true nor false"))),
        }
    }

    /// One of a set of words.
    pub(super) fn choice(&self, name: &str, words: &[&str]) -> Result<Option<&'a str>, Fault> {
        match self.maybe(name) {
            Some(word) if !words.contains(&word) => Err(one_of(&member(name), word, words)),
            word => Ok(word),
        }
    }

    pub(super) fn within(&self, name: &str, value: &str, least: usize, most: usize) -> Result<(), Fault> {
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
    pub(super) fn max_session(&self) -> Result<Option<u32>, Fault> {
        let Some(text) = self.maybe("MaxSessionDuration") else { return Ok(None) };
        let seconds: u32 =
            text.parse().map_err(|_| Fault::new("MalformedInput", 400, "MaxSessionDuration is not a whole number"))?;
        match seconds {
            0..3600 => Err(constraint("maxSessionDuration", text, "Member must have value greater than or equal to 3600")),
            3600..=43_200 => Ok(Some(seconds)),
            _ => Err(constraint("maxSessionDuration", text, "Member must have value less than or equal to 43200")),
        }
    }

    /// Tags: at most 50, keys unique whatever their case.
    pub(super) fn tags(&self) -> Result<BTreeMap<String, String>, Fault> {
        let given = self.structures("Tags", ["Key", "Value"]);
        if given.len() > MOST_TAGS {
            return Err(constraint("tags", &format!("[{} tags]", given.len()), "Member must have length less than or equal to 50"));
        }
        let invalid = |text: &str| Fault::new("InvalidInput", 400, text.to_owned());
        let mut tags = BTreeMap::new();
        let mut keys = BTreeSet::new();
        for [key, value] in given {
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
        Ok(tags)
    }

    /// Keys of tags that go.
    pub(super) fn tag_keys(&self) -> Result<Vec<&'a str>, Fault> {
        let keys = self.list_of_some("TagKeys")?;
        if keys.len() > MOST_TAGS {
            return Err(constraint(
                "tagKeys",
                &format!("[{} keys]", keys.len()),
                "Member must have length less than or equal to 50",
            ));
        }
        keys.iter().try_for_each(|key| self.within("TagKeys", key, 1, 128))?;
        Ok(keys)
    }

    /// A policy document that IAM would keep, within its quota.
    pub(super) fn document(&self, name: &str, kind: Kind, most: usize) -> Result<String, Fault> {
        let text = self.required(name)?;
        self.policy_text(name, text)?;
        Document::read(name, text, Strictness::Write(kind)).map_err(|bad| malformed(&bad))?;
        // White space is not counted, but kept: it must not be free.
        if size(text) > most || text.len() > most * WITH_BLANKS {
            let what = if kind == Kind::Trust { "ACLSizePerRole" } else { "PolicySize" };
            return Err(super::limit(format!("Cannot exceed quota for {what}: {most}")));
        }
        Ok(text.to_owned())
    }

    /// The characters that a policy may have.
    pub(super) fn policy_text(&self, name: &str, text: &str) -> Result<(), Fault> {
        self.within(name, text, 1, 131_072)?;
        if !text.chars().all(|c| matches!(c, '\t' | '\n' | '\r' | ' '..='\u{ff}')) {
            return Err(constraint(
                &member(name),
                "",
                "Member must satisfy regular expression pattern: [\\u0009\\u000A\\u000D\\u0020-\\u00FF]+",
            ));
        }
        Ok(())
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
                let most: usize = text.parse().map_err(|_| Fault::new("MalformedInput", 400, "MaxItems is not a whole number"))?;
                match most {
                    0 => return Err(constraint("maxItems", text, "Member must have value greater than or equal to 1")),
                    1..=1000 => most,
                    _ => return Err(constraint("maxItems", text, "Member must have value less than or equal to 1000")),
                }
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

/// AWS's sentence, and in brackets where and why.
fn malformed(bad: &Malformed) -> Fault {
    let place = if bad.path.is_empty() { String::new() } else { format!(" at {}", bad.path) };
    let text = format!("{bad} (line {}, column {}{place}: {})", bad.line, bad.column, bad.because);
    Fault::new("MalformedPolicyDocument", 400, text)
}

/// How many times its quota a document may have with its white space.
pub(super) const WITH_BLANKS: usize = 4;

/// IAM counts a policy's characters without white space.
pub(super) fn size(text: &str) -> usize {
    text.chars().filter(|c| !c.is_ascii_whitespace()).count()
}
