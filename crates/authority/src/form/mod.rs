//! The one reader of query forms: a call's parameters, held against its operation's members before
//! anybody reads one.
//!
//! What a parameter means is left to whoever asks for it.

mod fit;
mod member;

use wire::misfits::{Misfits, Shows, member_path};
use wire::{Fault, Words};

pub(crate) use member::{Member, Pattern, Shape, TAG_KEYS, TAGS, Text, may, must, patterns, text};
pub(crate) use wire::misfits::validation;

/// The parameters of one call: each fits its constraints, and there is no other.
#[derive(Clone, Copy)]
pub(crate) struct Form<'a> {
    words: &'a Words,
}

/// Whose answers these are. The two services tell the same things a little differently.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Manner {
    Iam,
    Sts,
}

impl<'a> Form<'a> {
    /// Reads the call of an operation that has these members.
    ///
    /// A parameter that no member allows could be a restriction: ignoring it, as AWS does, would
    /// grant more than was asked for.
    ///
    /// # Errors
    /// `ValidationError` with everything that breaks a constraint, or with the first parameter that
    /// the operation does not have; `MalformedInput` for what is no number or no truth value.
    pub(crate) fn read(
        words: &'a Words,
        operation: &str,
        members: &[Member],
        manner: Manner,
    ) -> Result<Self, Fault> {
        let unknown = fit::stranger(words, members);
        match manner {
            Manner::Iam => {
                fit::check(words, members, Shows::Names)?;
                match unknown {
                    Some(name) => Err(validation(format!(
                        "Parameter {name} is not known to this operation"
                    ))),
                    None => Ok(Self { words }),
                }
            }
            Manner::Sts => {
                if let Some(name) = unknown {
                    return Err(validation(format!(
                        "parameter {name} is not known to {operation}"
                    )));
                }
                fit::check(words, members, Shows::Values)?;
                Ok(Self { words })
            }
        }
    }

    /// A parameter that may be absent.
    pub(crate) fn maybe(&self, name: &str) -> Option<&'a str> {
        self.words.get(name)
    }

    /// A parameter that must be there.
    ///
    /// # Errors
    /// `ValidationError` when it is not.
    pub(crate) fn required(&self, name: &str) -> Result<&'a str, Fault> {
        self.maybe(name).ok_or_else(|| absent(name))
    }

    /// A list of texts. An empty one is written `NAME=`.
    pub(crate) fn list(&self, name: &str) -> Vec<&'a str> {
        self.words.members(name)
    }

    /// A list of structures with these fields.
    pub(crate) fn structures<const F: usize>(
        &self,
        name: &str,
        fields: [&str; F],
    ) -> Vec<[Option<&'a str>; F]> {
        self.words.structures(name, fields)
    }

    /// `true` or `false`.
    pub(crate) fn flag(&self, name: &str) -> bool {
        self.maybe(name) == Some("true")
    }

    /// A whole number.
    ///
    /// # Errors
    /// `MalformedInput` for anything but digits.
    pub(crate) fn number(&self, name: &str) -> Result<Option<u32>, Fault> {
        self.maybe(name)
            .map(|text| fit::whole(name, text))
            .transpose()
    }
}

/// The sentence for a parameter that is not there.
pub(crate) fn absent(name: &str) -> Fault {
    Misfits::new(Shows::Names)
        .absent(&member_path(name))
        .fault()
}
