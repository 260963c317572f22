//! Constraints of parameters, as AWS's models have them: each operation lists its members, and all that do not fit are told together.
//!
//! Form and order of the sentences: recordings of IAM of 2026, which show no values any more, and transcripts of STS, which do.
//! What a parameter means is left to whoever reads it.

use std::collections::BTreeSet;

use wire::{Fault, Words};

/// Sentences in one answer; the count before them is true. A form of 512 parameters could fail a thousand times, and what a caller
/// is told may be kept.
const MOST_TOLD: usize = 20;
/// Longest value that is said back.
const MOST_SHOWN: usize = 128;

/// One parameter of an operation.
#[derive(Clone, Copy, Debug)]
pub(crate) struct Member {
    name: &'static str,
    required: bool,
    shape: Shape,
}

/// One of a list of tags, which IAM and STS have alike.
pub(crate) const TAG: &[Member] = &[
    must("Key", Shape::Text(text(1, 128).like(patterns::TAG_KEY))),
    must("Value", Shape::Text(text(0, 256).like(patterns::TAG_VALUE))),
];

/// A parameter that must be there.
pub(crate) const fn must(name: &'static str, shape: Shape) -> Member {
    Member { name, required: true, shape }
}

/// A parameter that may be absent.
pub(crate) const fn may(name: &'static str, shape: Shape) -> Member {
    Member { name, required: false, shape }
}

/// What a parameter looks like.
#[derive(Clone, Copy, Debug)]
pub(crate) enum Shape {
    /// A text without constraints.
    Free,
    /// A text.
    Text(Text),
    /// A text that is never said back. Clients send a token file's bytes as they are, so white space round it does not count.
    Secret(Text),
    /// A whole number from the first to the second.
    Number(u32, u32),
    /// `true` or `false`.
    Flag,
    /// One of a set of words.
    Word(&'static [&'static str]),
    /// A list of texts, at most so many.
    Texts(usize, Text),
    /// A list of words of a set.
    Words(&'static [&'static str]),
    /// A list of structures, at most so many.
    Structures(usize, &'static [Member]),
}

/// Characters of a text, and its pattern.
#[derive(Clone, Copy, Debug)]
pub(crate) struct Text {
    least: usize,
    most: usize,
    pattern: Option<Pattern>,
}

/// A regular expression as AWS writes it, and what it comes to.
#[derive(Clone, Copy, Debug)]
pub(crate) struct Pattern {
    pub(crate) text: &'static str,
    pub(crate) holds: fn(&str) -> bool,
}

/// A text of so many characters.
pub(crate) const fn text(least: usize, most: usize) -> Text {
    Text { least, most, pattern: None }
}

impl Text {
    /// The same with a pattern.
    pub(crate) const fn like(self, pattern: Pattern) -> Self {
        Self { pattern: Some(pattern), ..self }
    }
}

/// Whether a service says back what did not fit.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Shows {
    Values,
    Names,
}

/// What AWS calls parameters that do not fit.
pub(crate) fn validation(text: impl Into<String>) -> Fault {
    Fault::new("ValidationError", 400, text)
}

/// The sentence for a parameter that is not there.
pub(crate) fn absent(name: &str) -> Fault {
    validation(format!("1 validation error detected: {}", null(&camel(name))))
}

/// Holds a form against an operation's members.
///
/// # Errors
/// `MalformedInput` for what is no number or no truth value, else `ValidationError` with all that does not fit.
pub(crate) fn check(form: &Words, members: &[Member], shows: Shows) -> Result<(), Fault> {
    let mut failed = Failed { told: Vec::new(), shows };
    failed.members(form, members, "", "")?;
    let count = failed.told.len();
    if count == 0 {
        return Ok(());
    }
    let plural = if count == 1 { "" } else { "s" };
    failed.told.truncate(MOST_TOLD);
    Err(validation(format!("{count} validation error{plural} detected: {}", failed.told.join("; "))))
}

/// The first parameter that the members do not have: a restriction that is not understood must not fall away. That goes for a
/// list with a gap too, whose end nobody would read.
pub(crate) fn stranger<'a>(form: &'a Words, members: &[Member]) -> Option<&'a str> {
    let mut known = BTreeSet::new();
    name_all(form, members, "", &mut known);
    form.iter().map(|(name, _)| name).find(|name| !matches!(*name, "Action" | "Version") && !known.contains(*name))
}

/// The names that these members may have in this form.
fn name_all(form: &Words, members: &[Member], before: &str, known: &mut BTreeSet<String>) {
    for member in members {
        let name = format!("{before}{}", member.name);
        match member.shape {
            Shape::Texts(..) | Shape::Words(_) => {
                known.extend((1..=form.members(&name).len()).map(|n| format!("{name}.member.{n}")));
            }
            Shape::Structures(_, fields) => {
                for n in 1..=structures(form, &name, fields) {
                    name_all(form, fields, &format!("{name}.member.{n}."), known);
                }
            }
            Shape::Free | Shape::Text(_) | Shape::Secret(_) | Shape::Number(..) | Shape::Flag | Shape::Word(_) => {}
        }
        // An empty list is written by its name alone.
        known.insert(name);
    }
}

/// How many structures a list has, up to the first that has no field.
fn structures(form: &Words, name: &str, fields: &[Member]) -> usize {
    let there = |n: &usize| {
        fields.iter().any(|field| {
            let name = format!("{name}.member.{n}.{}", field.name);
            form.get(&name).is_some() || form.get(&format!("{name}.member.1")).is_some()
        })
    };
    (1..).take_while(there).count()
}

struct Failed {
    told: Vec<String>,
    shows: Shows,
}

impl Failed {
    /// `before` and `path` are those of the structure that the members are of, in the form and in AWS's sentences.
    fn members(&mut self, form: &Words, members: &[Member], before: &str, path: &str) -> Result<(), Fault> {
        let mut sorted: Vec<(String, &Member)> = members.iter().map(|it| (format!("{path}{}", camel(it.name)), it)).collect();
        sorted.sort_by(|(one, _), (other, _)| one.cmp(other));
        for (path, member) in sorted {
            let name = format!("{before}{}", member.name);
            let there = match member.shape {
                Shape::Texts(most, each) => self.texts(form, &name, &path, most, each),
                Shape::Words(words) => {
                    let given = form.members(&name);
                    if given.iter().any(|word| !words.contains(word)) {
                        self.tell(&path, None, &format!("Member must satisfy constraint: [{}]", one_of(words)));
                    }
                    !given.is_empty()
                }
                Shape::Structures(most, fields) => {
                    let count = structures(form, &name, fields);
                    if count > most {
                        self.tell(&path, None, &at_most(most));
                    } else {
                        for n in 1..=count {
                            self.members(form, fields, &format!("{name}.member.{n}."), &format!("{path}.{n}.member."))?;
                        }
                    }
                    count > 0
                }
                shape => match form.get(&name) {
                    None => false,
                    Some(value) => {
                        self.one(&name, &path, value, shape)?;
                        true
                    }
                },
            };
            if member.required && !there && form.get(&name).is_none() {
                self.told.push(null(&path));
            }
        }
        Ok(())
    }

    fn one(&mut self, name: &str, path: &str, value: &str, shape: Shape) -> Result<(), Fault> {
        match shape {
            Shape::Text(text) => text.rules(value).iter().for_each(|rule| self.tell(path, Some(value), rule)),
            Shape::Secret(text) => text.rules(value.trim_ascii()).iter().for_each(|rule| self.tell(path, None, rule)),
            Shape::Number(least, most) => match whole(name, value)? {
                number if number < least => {
                    self.tell(path, Some(value), &format!("Member must have value greater than or equal to {least}"));
                }
                number if number > most => {
                    self.tell(path, Some(value), &format!("Member must have value less than or equal to {most}"));
                }
                _ => {}
            },
            Shape::Flag => {
                if !matches!(value, "true" | "false") {
                    return Err(Fault::new("MalformedInput", 400, format!("{name} is neither true nor false")));
                }
            }
            Shape::Word(words) => {
                if !words.contains(&value) {
                    self.tell(path, Some(value), &one_of(words));
                }
            }
            Shape::Free | Shape::Texts(..) | Shape::Words(_) | Shape::Structures(..) => {}
        }
        Ok(())
    }

    /// Of a list AWS tells its whole rule, not which item breaks it.
    fn texts(&mut self, form: &Words, name: &str, path: &str, most: usize, each: Text) -> bool {
        let given = form.members(name);
        if given.len() > most {
            self.tell(path, None, &at_most(most));
        } else if given.iter().any(|value| !each.rules(value).is_empty()) {
            let mut rules = vec![at_most(each.most), at_least(each.least)];
            if let Some(pattern) = each.pattern {
                rules.extend([matching(pattern), "Member must not be null".to_owned()]);
            }
            self.tell(path, None, &format!("Member must satisfy constraint: [{}]", rules.join(", ")));
        }
        !given.is_empty()
    }

    fn tell(&mut self, path: &str, value: Option<&str>, rule: &str) {
        let shown = value.filter(|value| self.shows == Shows::Values && value.chars().count() <= MOST_SHOWN);
        let shown = shown.map(|value| format!("'{value}' ")).unwrap_or_default();
        self.told.push(format!("Value {shown}at '{path}' failed to satisfy constraint: {rule}"));
    }
}

impl Text {
    /// The rules that a value breaks.
    fn rules(self, value: &str) -> Vec<String> {
        let length = value.chars().count();
        let mut broken = Vec::new();
        if length > self.most {
            broken.push(at_most(self.most));
        }
        if length < self.least {
            broken.push(at_least(self.least));
        }
        broken.extend(self.pattern.filter(|pattern| !(pattern.holds)(value)).map(matching));
        broken
    }
}

/// A number as AWS's services read it.
///
/// # Errors
/// `MalformedInput` for anything but digits.
pub(crate) fn whole(name: &str, text: &str) -> Result<u32, Fault> {
    let plain = !text.is_empty() && text.len() <= 9 && text.bytes().all(|byte| byte.is_ascii_digit());
    let number = plain.then(|| text.parse().ok()).flatten();
    number.ok_or_else(|| Fault::new("MalformedInput", 400, format!("{name} is not a whole number")))
}

fn null(path: &str) -> String {
    format!("Value null at '{path}' failed to satisfy constraint: Member must not be null")
}

fn at_most(most: usize) -> String {
    format!("Member must have length less than or equal to {most}")
}

fn at_least(least: usize) -> String {
    format!("Member must have length greater than or equal to {least}")
}

fn matching(pattern: Pattern) -> String {
    format!("Member must satisfy regular expression pattern: {}", pattern.text)
}

fn one_of(words: &[&str]) -> String {
    format!("Member must satisfy enum value set: [{}]", words.join(", "))
}

/// `RoleName` -> `roleName`, as AWS writes members in its messages.
fn camel(name: &str) -> String {
    let mut chars = name.chars();
    chars.next().map(|first| first.to_ascii_lowercase()).into_iter().chain(chars).collect()
}

/// The patterns that IAM and STS share.
pub(crate) mod patterns {
    use super::Pattern;

    /// Names of roles, policies and the like.
    pub(crate) const NAME: Pattern = Pattern { text: "[\\w+=,.@-]+", holds: |text| !text.is_empty() && text.chars().all(of_names) };
    /// Names of sessions.
    pub(crate) const SESSION: Pattern = Pattern { text: "[\\w+=,.@-]*", holds: |text| text.chars().all(of_names) };
    /// Policy documents.
    pub(crate) const DOCUMENT: Pattern = Pattern {
        text: "[\\u0009\\u000A\\u000D\\u0020-\\u00FF]+",
        holds: |text| !text.is_empty() && text.chars().all(|c| matches!(c, '\t' | '\n' | '\r' | ' '..='\u{ff}')),
    };
    /// Keys of tags.
    pub(crate) const TAG_KEY: Pattern =
        Pattern { text: "[\\p{L}\\p{Z}\\p{N}_.:/=+\\-@]+", holds: |text| !text.is_empty() && text.chars().all(of_tags) };
    /// Values of tags.
    pub(crate) const TAG_VALUE: Pattern =
        Pattern { text: "[\\p{L}\\p{Z}\\p{N}_.:/=+\\-@]*", holds: |text| text.chars().all(of_tags) };

    fn of_names(c: char) -> bool {
        c.is_ascii_alphanumeric() || "_+=,.@-".contains(c)
    }

    fn of_tags(c: char) -> bool {
        c.is_alphanumeric() || c == ' ' || "_.:/=+-@".contains(c)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    const MEMBERS: &[Member] = &[
        must("RoleName", Shape::Text(text(1, 64).like(patterns::NAME))),
        may("Url", Shape::Text(text(1, 255))),
        may("ThumbprintList", Shape::Texts(usize::MAX, text(40, 40))),
        may("ClientIDList", Shape::Texts(usize::MAX, text(1, 255))),
        may("TagKeys", Shape::Texts(2, text(1, 128).like(patterns::TAG_KEY))),
        may("Tags", Shape::Structures(2, TAG)),
        may("MaxItems", Shape::Number(1, 1000)),
        may("Scope", Shape::Word(&["All", "AWS"])),
        may("Token", Shape::Secret(text(4, 8))),
    ];

    fn told(form: &str, shows: Shows) -> String {
        let form = Words::read(form).unwrap();
        check(&form, MEMBERS, shows).map_or_else(|fault| format!("{} {}", fault.code, fault.text), |()| "fits".to_owned())
    }

    #[test]
    fn all_that_do_not_fit_are_told_together() {
        let long = "b".repeat(256);
        for (sentence, form, expected) in [
            ("all is well", "RoleName=r&Tags.member.1.Key=k&Tags.member.1.Value=".to_owned(), "fits"),
            (
                "three at once, by name, as IAM was recorded in February 2026",
                format!("RoleName=r&Url={long}&ThumbprintList.member.1={}&ClientIDList.member.1={long}", "b".repeat(41)),
                "ValidationError 3 validation errors detected: Value at 'clientIDList' failed to satisfy constraint: Member must satisfy constraint: [Member must have length less than or equal to 255, Member must have length greater than or equal to 1]; Value at 'thumbprintList' failed to satisfy constraint: Member must satisfy constraint: [Member must have length less than or equal to 40, Member must have length greater than or equal to 40]; Value at 'url' failed to satisfy constraint: Member must have length less than or equal to 255",
            ),
            (
                "tags by their place, as recorded",
                format!("RoleName=r&Tags.member.1.Key={}&Tags.member.1.Value=v", "k".repeat(129)),
                "ValidationError 1 validation error detected: Value at 'tags.1.member.key' failed to satisfy constraint: Member must have length less than or equal to 128",
            ),
            (
                "keys of tags as a whole, as recorded",
                "RoleName=r&TagKeys.member.1=%21".to_owned(),
                "ValidationError 1 validation error detected: Value at 'tagKeys' failed to satisfy constraint: Member must satisfy constraint: [Member must have length less than or equal to 128, Member must have length greater than or equal to 1, Member must satisfy regular expression pattern: [\\p{L}\\p{Z}\\p{N}_.:/=+\\-@]+, Member must not be null]",
            ),
            (
                "too many, whose items are not looked at",
                "RoleName=r&Tags.member.1.Key=&Tags.member.2.Key=&Tags.member.3.Key=".to_owned(),
                "ValidationError 1 validation error detected: Value at 'tags' failed to satisfy constraint: Member must have length less than or equal to 2",
            ),
            (
                "one value that breaks two rules, and one that is not there",
                "RoleName=&Tags.member.1.Key=k".to_owned(),
                "ValidationError 3 validation errors detected: Value at 'roleName' failed to satisfy constraint: Member must have length greater than or equal to 1; Value at 'roleName' failed to satisfy constraint: Member must satisfy regular expression pattern: [\\w+=,.@-]+; Value null at 'tags.1.member.value' failed to satisfy constraint: Member must not be null",
            ),
            (
                "a number and a word",
                "RoleName=r&MaxItems=1001&Scope=Mine".to_owned(),
                "ValidationError 2 validation errors detected: Value at 'maxItems' failed to satisfy constraint: Member must have value less than or equal to 1000; Value at 'scope' failed to satisfy constraint: Member must satisfy enum value set: [All, AWS]",
            ),
            ("what is no number is another error", "MaxItems=1x".to_owned(), "MalformedInput MaxItems is not a whole number"),
        ] {
            assert_eq!(told(&form, Shows::Names), expected, "{sentence}");
        }
        let shown = told("RoleName=a%2Fb&Token=abc%0A", Shows::Values);
        assert_eq!(
            shown,
            "ValidationError 2 validation errors detected: Value 'a/b' at 'roleName' failed to satisfy constraint: Member must satisfy regular expression pattern: [\\w+=,.@-]+; Value at 'token' failed to satisfy constraint: Member must have length greater than or equal to 4"
        );
        assert_eq!(told("RoleName=r&Token=abcd%0A", Shows::Values), "fits");
    }

    #[test]
    fn an_answer_is_bounded_and_its_count_is_true() {
        let fields: &[Member] = &[must("Key", Shape::Text(text(1, 128)))];
        let members = [may("Tags", Shape::Structures(100, Box::leak(fields.to_vec().into_boxed_slice())))];
        let form: String = (1..=100).map(|n| format!("Tags.member.{n}.Key=&")).collect();
        let fault = check(&Words::read(&form).unwrap(), &members, Shows::Names).unwrap_err();
        assert!(fault.text.starts_with("100 validation errors detected: "), "{}", fault.text);
        assert_eq!(fault.text.matches("failed to satisfy").count(), MOST_TOLD);
    }

    #[test]
    fn what_the_members_do_not_have_is_a_stranger() {
        for (form, expected) in [
            ("Action=a&Version=v&RoleName=r&Tags=&TagKeys=", None),
            ("RoleName=r&Colour=red", Some("Colour")),
            ("TagKeys.member.1=a&TagKeys.member.3=b", Some("TagKeys.member.3")),
            ("TagKeys.member.01=a", Some("TagKeys.member.01")),
            ("Tags.member.1.Key=a&Tags.member.1.Sealed=b", Some("Tags.member.1.Sealed")),
            ("Tags.member.2.Key=a", Some("Tags.member.2.Key")),
        ] {
            assert_eq!(stranger(&Words::read(form).unwrap(), MEMBERS), expected, "{form}");
        }
    }
}
