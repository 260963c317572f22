//! ARN patterns compiled. Most have no wildcard before the sixth part: then one comparison tells.

use super::glob::Glob;
use crate::arn;
use crate::context::Context;
use crate::pattern::{ArnPattern, Pattern, Sense, Short};

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
    /// Fewer than six parts were written.
    short: bool,
    /// For where a match denies.
    wide: Option<Box<Wide>>,
}

/// What an ARN pattern matches beside its parts where AWS leaves it open.
#[derive(Clone, Debug)]
struct Wide {
    crossing: Option<Crossing>,
    service: Option<Service>,
}

/// A pattern some of whose parts end in a `*` that may run on over colons.
#[derive(Clone, Debug)]
struct Crossing {
    /// All of it, as if every wildcard took colons.
    loose: Glob,
    /// So they do.
    is_loose: bool,
    /// Parts up to such a star; the text goes on with any later part.
    runs: Box<[Box<[Glob]>]>,
    /// Parts between the last such star and the last part.
    then: Box<[Glob]>,
    last: Glob,
    pattern: ArnPattern,
}

/// A pattern that covers all of a service.
#[derive(Clone, Debug)]
struct Service {
    partition: Glob,
    service: Glob,
    /// Of one account, or of all.
    account: Option<Glob>,
}

#[derive(Clone, Debug)]
enum Head {
    /// The first five parts with their colons.
    Text(Box<str>),
    Parts(Box<[Glob]>),
}

impl<'a> Taken<'a> {
    pub(super) fn apart(text: &'a str) -> Self {
        Self {
            text,
            parts: arn::parts(text),
        }
    }
}

impl ArnGlob {
    pub(super) fn of(pattern: &ArnPattern) -> Self {
        let mut globs: Vec<Glob> = pattern.parts().iter().map(Glob::of).collect();
        let resource = globs.pop().unwrap_or(Glob::everything());
        let texts: Option<Vec<&str>> = globs.iter().map(Glob::as_text).collect();
        let head = match texts {
            Some(texts) => Head::Text(
                texts
                    .into_iter()
                    .flat_map(|text| [text, ":"])
                    .collect::<String>()
                    .into(),
            ),
            None => Head::Parts(globs.into()),
        };
        Self {
            head,
            resource,
            short: pattern.is_short(),
            wide: None,
        }
    }

    /// The same for where a match denies.
    pub(super) fn wide(pattern: &ArnPattern) -> Self {
        let wide = Wide {
            crossing: Crossing::of(pattern),
            service: Service::of(pattern),
        };
        let open = wide.crossing.is_some() || wide.service.is_some();
        Self {
            wide: open.then(|| Box::new(wide)),
            ..Self::of(pattern)
        }
    }

    /// Whether it matches when stars that end a part run on over colons.
    pub(super) fn crosses(&self, text: &str, context: &Context, sense: Sense) -> bool {
        let crossing = self.wide.as_ref().and_then(|wide| wide.crossing.as_ref());
        crossing.is_some_and(|crossing| crossing.matches(text, context, sense))
    }

    /// Whether it covers what has no resource of its own. `action` is in lower case.
    pub(super) fn covers_service_of(
        &self,
        action: &str,
        partition: Option<&str>,
        account: Option<&str>,
    ) -> bool {
        let covering = self.wide.as_ref().and_then(|wide| wide.service.as_ref());
        let (Some(it), Some((service, _))) = (covering, action.split_once(':')) else {
            return false;
        };
        let matches = |glob: &Glob, text: &str| glob.matches(text, &Context::new(), Sense::NARROW);
        matches(&it.service, service)
            && partition.is_none_or(|partition| matches(&it.partition, partition))
            && it
                .account
                .as_ref()
                .is_none_or(|glob| account.is_some_and(|account| matches(glob, account)))
    }

    pub(super) fn is_short(&self) -> bool {
        self.short
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
    pub(super) fn matches(&self, taken: &Taken<'_>, context: &Context, sense: Sense) -> bool {
        let Some(parts) = taken
            .parts
            .filter(|_| !self.short || sense.short == Short::Padded)
        else {
            return false;
        };
        // The sixth part first: it is where the patterns of a policy differ.
        self.resource.matches(parts[5], context, sense)
            && match &self.head {
                Head::Text(head) => taken.text.starts_with(&**head),
                Head::Parts(globs) => globs
                    .iter()
                    .zip(parts)
                    .all(|(glob, part)| glob.matches(part, context, sense)),
            }
    }
}

impl Crossing {
    fn of(pattern: &ArnPattern) -> Option<Self> {
        let (before, last) = pattern.written();
        let place = before.iter().rposition(Pattern::ends_in_star)?;
        let (before, then) = before.split_at_checked(place + 1)?;
        let globs = |parts: &[Pattern]| parts.iter().map(Glob::of).collect::<Box<[Glob]>>();
        let runs = before
            .split_inclusive(Pattern::ends_in_star)
            .map(globs)
            .collect();
        let loose = Glob::of(&pattern.joined().0);
        let is_loose = !pattern.written().0.iter().any(Pattern::has_inner_wildcard);
        Some(Self {
            loose,
            is_loose,
            runs,
            then: globs(then),
            last: Glob::of(last?),
            pattern: pattern.clone(),
        })
    }

    /// A star takes any number of whole parts, so each run is looked for once, from left to right;
    /// and the last part may begin wherever the parts before it do, of which the first place that
    /// it can begin at decides. Costs text times pattern.
    fn matches(&self, text: &str, context: &Context, sense: Sense) -> bool {
        if self.is_loose || !self.loose.matches(text, context, sense) {
            return self.is_loose && self.loose.matches(text, context, sense);
        }
        if self.last.varies(context, sense) {
            return self.pattern.crosses(text, context, sense);
        }
        let follow = |parts: &[Glob], text| follow(parts, text, context, sense);
        let mut runs = self.runs.iter();
        let Some(mut rest) = runs.next().and_then(|run| follow(run, text)) else {
            return false;
        };
        for run in runs {
            let Some(after) = parts_of(rest).find_map(|rest| follow(run, rest)) else {
                return false;
            };
            rest = after;
        }
        let mut ends = parts_of(rest).filter_map(|rest| follow(&self.then, rest));
        match self.last.length_at_end(text, context, sense) {
            Some(length) => ends.any(|end| end.len() == length),
            None => ends
                .find_map(|end| self.last.decides(end, context, sense))
                .unwrap_or(false),
        }
    }
}

/// What follows these parts where the text begins with them.
fn follow<'t>(parts: &[Glob], text: &'t str, context: &Context, sense: Sense) -> Option<&'t str> {
    parts.iter().try_fold(text, |rest, part| {
        let (found, after) = rest.split_once(':')?;
        part.matches(found, context, sense).then_some(after)
    })
}

/// The text from each of its parts on.
fn parts_of(text: &str) -> impl Iterator<Item = &str> {
    std::iter::successors(Some(text), |rest| {
        rest.split_once(':').map(|(_, after)| after)
    })
}

impl Service {
    fn of(pattern: &ArnPattern) -> Option<Self> {
        let [arn, partition, service, region, account, resource] = pattern.parts() else {
            return None;
        };
        let all_or_none =
            |pattern: &Pattern| pattern.pieces().is_empty() || pattern.is_everything();
        let all = Glob::of(arn).matches("arn", &Context::new(), Sense::NARROW)
            && all_or_none(region)
            && resource.is_everything();
        let account = (!all_or_none(account)).then(|| Glob::of(account));
        all.then(|| Self {
            partition: Glob::of(partition),
            service: Glob::of(service),
            account,
        })
    }
}
