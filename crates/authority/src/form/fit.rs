//! Compares a form with the members of its operation, and tells all that does not fit together.

use std::collections::BTreeSet;

use wire::misfits::{Misfits, Shows, at_least, at_most, member_path};
use wire::{Fault, Words};

use super::member::{Member, Pattern, Shape, Text};

/// Compares a form with an operation's members.
///
/// # Errors
/// `MalformedInput` for what is no number or no truth value, else `ValidationError` with all that
/// does not fit.
pub(super) fn check(form: &Words, members: &[Member], shows: Shows) -> Result<(), Fault> {
    let mut check = Check {
        misfits: Misfits::new(shows),
    };
    check.members(form, members, "", "")?;
    if check.misfits.is_empty() {
        Ok(())
    } else {
        Err(check.misfits.fault())
    }
}

/// The first parameter that the members do not have: a restriction that is not understood must not
/// fall away. That goes for a list with a gap too, whose end nobody would read.
pub(super) fn stranger<'a>(form: &'a Words, members: &[Member]) -> Option<&'a str> {
    let mut known = BTreeSet::new();
    name_all(form, members, "", &mut known);
    form.iter()
        .map(|(name, _)| name)
        // Case counts, as in AWS's models: `durationseconds` is a stranger, not a duration.
        .find(|name| !matches!(*name, "Action" | "Version") && !known.contains(*name))
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
            Shape::Free
            | Shape::Text(_)
            | Shape::Secret(_)
            | Shape::Number(..)
            | Shape::Flag
            | Shape::Word(_) => {}
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

struct Check {
    misfits: Misfits,
}

impl Check {
    /// `before` and `path` are those of the structure that the members are of, in the form and in
    /// AWS's sentences.
    fn members(
        &mut self,
        form: &Words,
        members: &[Member],
        before: &str,
        path: &str,
    ) -> Result<(), Fault> {
        let mut sorted: Vec<(String, &Member)> = members
            .iter()
            .map(|it| (format!("{path}{}", member_path(it.name)), it))
            .collect();
        // By path, so that the same mistakes give the same text whatever the order of the form.
        sorted.sort_by(|(one, _), (other, _)| one.cmp(other));
        for (path, member) in sorted {
            let name = format!("{before}{}", member.name);
            let there = match member.shape {
                Shape::Texts(most, each) => self.texts(form, &name, &path, most, each),
                Shape::Words(words) => {
                    let given = form.members(&name);
                    if given.iter().any(|word| !words.contains(word)) {
                        self.misfits.add(
                            &path,
                            None,
                            &format!("Member must satisfy constraint: [{}]", one_of(words)),
                        );
                    }
                    !given.is_empty()
                }
                Shape::Structures(most, fields) => {
                    let count = structures(form, &name, fields);
                    if count > most {
                        self.misfits.add(&path, None, &at_most(most));
                    } else {
                        for n in 1..=count {
                            self.members(
                                form,
                                fields,
                                &format!("{name}.member.{n}."),
                                &format!("{path}.{n}.member."),
                            )?;
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
                self.misfits.add_absent(&path);
            }
        }
        Ok(())
    }

    fn one(&mut self, name: &str, path: &str, value: &str, shape: Shape) -> Result<(), Fault> {
        match shape {
            Shape::Text(text) => text
                .rules(value)
                .iter()
                .for_each(|rule| self.misfits.add(path, Some(value), rule)),
            Shape::Secret(text) => text
                .rules(value.trim_ascii())
                .iter()
                .for_each(|rule| self.misfits.add(path, None, rule)),
            Shape::Number(least, most) => match whole(name, value)? {
                number if number < least => {
                    self.misfits.add(
                        path,
                        Some(value),
                        &format!("Member must have value greater than or equal to {least}"),
                    );
                }
                number if number > most => {
                    self.misfits.add(
                        path,
                        Some(value),
                        &format!("Member must have value less than or equal to {most}"),
                    );
                }
                _ => {}
            },
            Shape::Flag => {
                if !matches!(value, "true" | "false") {
                    return Err(Fault::new(
                        "MalformedInput",
                        400,
                        format!("{name} is neither true nor false"),
                    ));
                }
            }
            Shape::Word(words) => {
                if !words.contains(&value) {
                    self.misfits.add(path, Some(value), &one_of(words));
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
            self.misfits.add(path, None, &at_most(most));
        } else if given.iter().any(|value| !each.rules(value).is_empty()) {
            let mut rules = vec![at_most(each.most), at_least(each.least)];
            if let Some(pattern) = each.pattern {
                rules.extend([matching(pattern), "Member must not be null".to_owned()]);
            }
            self.misfits.add(
                path,
                None,
                &format!("Member must satisfy constraint: [{}]", rules.join(", ")),
            );
        }
        !given.is_empty()
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
        broken.extend(
            self.pattern
                .filter(|pattern| !(pattern.matches)(value))
                .map(matching),
        );
        broken
    }
}

/// A number as AWS's services read it.
///
/// # Errors
/// `MalformedInput` for anything but digits.
pub(super) fn whole(name: &str, text: &str) -> Result<u32, Fault> {
    // Nine digits fit into 32 bits whatever they are. A sign or a blank is no digit, though Rust's
    // reader takes the sign.
    let plain =
        !text.is_empty() && text.len() <= 9 && text.bytes().all(|byte| byte.is_ascii_digit());
    let number = plain.then(|| text.parse().ok()).flatten();
    number.ok_or_else(|| {
        Fault::new(
            "MalformedInput",
            400,
            format!("{name} is not a whole number"),
        )
    })
}

fn matching(pattern: Pattern) -> String {
    format!(
        "Member must satisfy regular expression pattern: {}",
        pattern.text
    )
}

fn one_of(words: &[&str]) -> String {
    format!("Member must satisfy enum value set: [{}]", words.join(", "))
}

#[cfg(test)]
mod tests {
    use wire::misfits::MOST_TOLD;

    use super::*;
    use crate::form::member::{TAG, may, must, patterns, text};

    const MEMBERS: &[Member] = &[
        must("RoleName", Shape::Text(text(1, 64).like(patterns::NAME))),
        may("Url", Shape::Text(text(1, 255))),
        may("ThumbprintList", Shape::Texts(usize::MAX, text(40, 40))),
        may("ClientIDList", Shape::Texts(usize::MAX, text(1, 255))),
        may(
            "TagKeys",
            Shape::Texts(2, text(1, 128).like(patterns::TAG_KEY)),
        ),
        may("Tags", Shape::Structures(2, TAG)),
        may("MaxItems", Shape::Number(1, 1000)),
        may("Scope", Shape::Word(&["All", "AWS"])),
        may("Token", Shape::Secret(text(4, 8))),
    ];

    fn told(form: &str, shows: Shows) -> String {
        let form = Words::read(form).unwrap();
        check(&form, MEMBERS, shows).map_or_else(
            |fault| format!("{} {}", fault.code, fault.text),
            |()| "fits".to_owned(),
        )
    }

    #[test]
    fn all_that_do_not_fit_are_told_together() {
        let long = "b".repeat(256);
        for (sentence, form, expected) in [
            (
                "all is well",
                "RoleName=r&Tags.member.1.Key=k&Tags.member.1.Value=".to_owned(),
                "fits",
            ),
            (
                "three at once, by name, as IAM was recorded in February 2026",
                format!(
                    "RoleName=r&Url={long}&ThumbprintList.member.1={}&ClientIDList.member.1={long}",
                    "b".repeat(41)
                ),
                "ValidationError 3 validation errors detected: Value at 'clientIDList' failed to satisfy constraint: Member must satisfy constraint: [Member must have length less than or equal to 255, Member must have length greater than or equal to 1]; Value at 'thumbprintList' failed to satisfy constraint: Member must satisfy constraint: [Member must have length less than or equal to 40, Member must have length greater than or equal to 40]; Value at 'url' failed to satisfy constraint: Member must have length less than or equal to 255",
            ),
            (
                "tags by their place, as recorded",
                format!(
                    "RoleName=r&Tags.member.1.Key={}&Tags.member.1.Value=v",
                    "k".repeat(129)
                ),
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
            (
                "what is no number is another error",
                "MaxItems=1x".to_owned(),
                "MalformedInput MaxItems is not a whole number",
            ),
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
        let members = [may(
            "Tags",
            Shape::Structures(100, Box::leak(fields.to_vec().into_boxed_slice())),
        )];
        let form: String = (1..=100)
            .map(|n| format!("Tags.member.{n}.Key=&"))
            .collect();
        let fault = check(&Words::read(&form).unwrap(), &members, Shows::Names).unwrap_err();
        assert!(
            fault.text.starts_with("100 validation errors detected: "),
            "{}",
            fault.text
        );
        assert_eq!(fault.text.matches("failed to satisfy").count(), MOST_TOLD);
    }

    #[test]
    fn what_the_members_do_not_have_is_a_stranger() {
        for (form, expected) in [
            ("Action=a&Version=v&RoleName=r&Tags=&TagKeys=", None),
            ("RoleName=r&Colour=red", Some("Colour")),
            (
                "TagKeys.member.1=a&TagKeys.member.3=b",
                Some("TagKeys.member.3"),
            ),
            ("TagKeys.member.01=a", Some("TagKeys.member.01")),
            (
                "Tags.member.1.Key=a&Tags.member.1.Sealed=b",
                Some("Tags.member.1.Sealed"),
            ),
            ("Tags.member.2.Key=a", Some("Tags.member.2.Key")),
        ] {
            assert_eq!(
                stranger(&Words::read(form).unwrap(), MEMBERS),
                expected,
                "{form}"
            );
        }
    }
}
