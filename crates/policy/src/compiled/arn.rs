//! ARN patterns compiled. Most have no wildcard before the sixth part: then one comparison tells.

use super::glob::Glob;
use crate::arn;
use crate::context::Context;
use crate::pattern::{ArnPattern, Untold};

/// A text that may be an ARN, taken apart once.
#[derive(Clone, Copy, Debug)]
pub(super) struct Taken<'a> {
    pub(super) text: &'a str,
    pub(super) parts: Option<[&'a str; 6]>,
}

/// An ARN pattern.
#[derive(Clone, Debug)]
pub(super) struct ArnGlob {
    head: Head,
    resource: Glob,
}

#[derive(Clone, Debug)]
enum Head {
    /// The first five parts with their colons.
    Text(Box<str>),
    Parts(Box<[Glob]>),
}

impl<'a> Taken<'a> {
    pub(super) fn apart(text: &'a str) -> Self {
        Self { text, parts: arn::parts(text) }
    }
}

impl ArnGlob {
    pub(super) fn of(pattern: &ArnPattern) -> Self {
        let mut globs: Vec<Glob> = pattern.parts().iter().map(Glob::of).collect();
        let resource = globs.pop().unwrap_or(Glob::everything());
        let texts: Option<Vec<&str>> = globs.iter().map(Glob::as_text).collect();
        let head = match texts {
            Some(texts) => Head::Text(texts.into_iter().flat_map(|text| [text, ":"]).collect::<String>().into()),
            None => Head::Parts(globs.into()),
        };
        Self { head, resource }
    }

    /// Whether there is a policy variable in it.
    pub(super) fn is_variable(&self) -> bool {
        let head = match &self.head {
            Head::Text(_) => &[],
            Head::Parts(globs) => &**globs,
        };
        head.iter().chain([&self.resource]).any(Glob::is_variable)
    }

    /// Whether every part matches. A text with fewer than six parts matches nothing.
    pub(super) fn matches(&self, taken: &Taken<'_>, context: &Context, untold: Untold) -> bool {
        let Some(parts) = taken.parts else { return false };
        // The sixth part first: it is where the patterns of a policy differ.
        self.resource.matches(parts[5], context, untold)
            && match &self.head {
                Head::Text(head) => taken.text.starts_with(&**head),
                Head::Parts(globs) => globs.iter().zip(parts).all(|(glob, part)| glob.matches(part, context, untold)),
            }
    }
}
