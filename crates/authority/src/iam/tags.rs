//! Tags of roles, policies, providers and instance profiles: set, taken away, listed.

use std::collections::BTreeMap;

use wire::Fault;

use super::answer::{self, Answer};
use super::operation::{Context, Result, limit, reads, writes};
use super::{instance_profile, policy, provider, role};
use crate::form::Form;
use crate::session_tags::MAX_TAGS;
use crate::world::{Change, Entity, InstanceProfile, ManagedPolicy, Provider, Role};

/// What has tags.
#[derive(Clone, Copy)]
pub(super) enum Tagged {
    Role,
    Policy,
    Provider,
    InstanceProfile,
}

/// A tag whose key is there, whatever its case, is replaced (IAM user guide, "Tags for IAM
/// resources").
pub(super) fn add(
    at: &Context<'_>,
    input: &Form<'_>,
    operation: &'static str,
    of: Tagged,
) -> Result {
    let mut holder = find(at, input, of)?;
    let given = input.tags()?;
    let tags = holder.tags();
    for (key, value) in given {
        // The new spelling takes the place of the old: a tag is one whatever its case.
        tags.retain(|known, _| known.to_lowercase() != key.to_lowercase());
        tags.insert(key, value);
    }
    // After all are in: a call may replace as many as it adds.
    if tags.len() > MAX_TAGS {
        return Err(limit("The number of tags has reached the maximum limit."));
    }
    writes(holder.kept(), Answer::empty(operation))
}

/// Keys that are not there are gone already.
pub(super) fn remove(
    at: &Context<'_>,
    input: &Form<'_>,
    operation: &'static str,
    of: Tagged,
) -> Result {
    let mut holder = find(at, input, of)?;
    let keys: Vec<String> = input
        .list("TagKeys")
        .into_iter()
        .map(str::to_lowercase)
        .collect();
    holder
        .tags()
        .retain(|known, _| !keys.contains(&known.to_lowercase()));
    writes(holder.kept(), Answer::empty(operation))
}

pub(super) fn list(
    at: &Context<'_>,
    input: &Form<'_>,
    operation: &'static str,
    of: Tagged,
) -> Result {
    let mut holder = find(at, input, of)?;
    let page = input.page()?;
    let (shown, marker) = page.of(holder.tags().iter(), |(key, _)| (*key).clone());
    reads(Answer::with(operation, |xml| {
        answer::tags(xml, shown);
        answer::page_end(xml, marker.as_deref());
    }))
}

/// A tagged thing on its own, to be changed.
enum Holder {
    Role(Role),
    Policy(ManagedPolicy),
    Provider(Provider),
    InstanceProfile(InstanceProfile),
}

fn find(at: &Context<'_>, input: &Form<'_>, of: Tagged) -> std::result::Result<Holder, Fault> {
    Ok(match of {
        Tagged::Role => Holder::Role(role::find(at, input)?.role.clone()),
        // `find` and not `managed::find`: AWS's own policies are nobody's to tag.
        Tagged::Policy => Holder::Policy(policy::find(at, input)?.policy.clone()),
        Tagged::Provider => Holder::Provider(provider::find(at, input)?.clone()),
        Tagged::InstanceProfile => {
            Holder::InstanceProfile(instance_profile::find(at, input)?.clone())
        }
    })
}

impl Holder {
    fn tags(&mut self) -> &mut BTreeMap<String, String> {
        match self {
            Self::Role(it) => &mut it.tags,
            Self::Policy(it) => &mut it.tags,
            Self::Provider(it) => &mut it.tags,
            Self::InstanceProfile(it) => &mut it.tags,
        }
    }

    fn kept(self) -> Change {
        Change::put(match self {
            Self::Role(it) => Entity::Role(it),
            Self::Policy(it) => Entity::Policy(it),
            Self::Provider(it) => Entity::Provider(it),
            Self::InstanceProfile(it) => Entity::InstanceProfile(it),
        })
    }
}
