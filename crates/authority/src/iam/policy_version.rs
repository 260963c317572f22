//! Versions of managed policies: at most five, one of them in force.

use ::policy::Kind;
use wire::Fault;
use wire::xml::Writer;

use super::answer::{self, Answer};
use super::managed;
use super::managed::Managed;
use super::operation::{Context, Result, conflict, limit, no_such_entity, reads, writes};
use super::policy;
use super::quotas;
use crate::form::Form;
use crate::iso8601::iso8601;
use crate::world::{Change, Entity, ManagedPolicy, PolicyVersion};

pub(super) fn create(at: &Context<'_>, input: &Form<'_>) -> Result {
    let found = policy::find(at, input)?;
    let document = input.document("PolicyDocument", Kind::Identity, quotas::POLICY_SIZE)?;
    let in_force = input.flag("SetAsDefault");
    if found.policy.versions.len() >= quotas::VERSIONS_OF_POLICY {
        return Err(limit(
            "A managed policy can have up to 5 versions. Before you create a new version, you must delete an existing version.",
        ));
    }
    let mut policy = found.policy.clone();
    let version = PolicyVersion {
        number: policy.next_version,
        document,
        created: at.now,
    };
    // Never used again, even after the version is deleted: `v3` in a log stays the same text.
    policy.next_version += 1;
    if in_force {
        policy.default_version = version.number;
    }
    policy.updated = at.now;
    let answer = Answer::with("CreatePolicyVersion", |xml| {
        xml.element("PolicyVersion", |xml| write(xml, &version, in_force, false));
    });
    policy.versions.push(version);
    writes(Change::put(Entity::Policy(policy)), answer)
}

pub(super) fn get(at: &Context<'_>, input: &Form<'_>) -> Result {
    let managed = managed::find(at, input)?;
    let id = input.required("VersionId")?;
    reads(match managed {
        Managed::Own(found) => {
            let version = named(&found.policy, id)?;
            Answer::with("GetPolicyVersion", |xml| {
                xml.element("PolicyVersion", |xml| {
                    write(
                        xml,
                        version,
                        version.number == found.policy.default_version,
                        true,
                    )
                });
            })
        }
        Managed::Aws(_, known) if known.version == id => Answer::with("GetPolicyVersion", |xml| {
            xml.element("PolicyVersion", |xml| {
                managed::write_version(xml, &known.version, Some(&known.document))
            });
        }),
        Managed::Aws(arn, _) => return Err(no_such_version(arn.as_str(), id)),
    })
}

pub(super) fn list(at: &Context<'_>, input: &Form<'_>) -> Result {
    let managed = managed::find(at, input)?;
    let page = input.page()?;
    reads(match managed {
        Managed::Own(found) => {
            // The newest first, as IAM lists them.
            let versions = found.policy.versions.iter().rev();
            let (versions, marker) =
                // A marker must rise along the list, so the falling numbers are turned over.
                page.of(versions, |it| format!("{:010}", u32::MAX - it.number));
            Answer::with("ListPolicyVersions", |xml| {
                xml.list("Versions", versions, |xml, it| {
                    write(xml, it, it.number == found.policy.default_version, false)
                });
                answer::page_end(xml, marker.as_deref());
            })
        }
        Managed::Aws(_, known) => Answer::with("ListPolicyVersions", |xml| {
            xml.list("Versions", [known.version.as_str()], |xml, version| {
                managed::write_version(xml, version, None)
            });
            answer::page_end(xml, None);
        }),
    })
}

pub(super) fn set_default(at: &Context<'_>, input: &Form<'_>) -> Result {
    let found = policy::find(at, input)?;
    let version = named(&found.policy, input.required("VersionId")?)?;
    let policy = ManagedPolicy {
        default_version: version.number,
        updated: at.now,
        ..found.policy.clone()
    };
    writes(
        Change::put(Entity::Policy(policy)),
        Answer::empty("SetDefaultPolicyVersion"),
    )
}

pub(super) fn delete(at: &Context<'_>, input: &Form<'_>) -> Result {
    let found = policy::find(at, input)?;
    let version = named(&found.policy, input.required("VersionId")?)?;
    // A policy without a version in force would say nothing, and its Deny would fall away.
    if version.number == found.policy.default_version {
        return Err(conflict("Cannot delete the default version of a policy."));
    }
    let mut policy = found.policy.clone();
    policy.versions.retain(|it| it.number != version.number);
    policy.updated = at.now;
    writes(
        Change::put(Entity::Policy(policy)),
        Answer::empty("DeletePolicyVersion"),
    )
}

/// A version; IAM gives its document in GetPolicyVersion and in the account's details.
pub(super) fn write(
    xml: &mut Writer,
    version: &PolicyVersion,
    in_force: bool,
    with_document: bool,
) {
    if with_document {
        xml.text("Document", &wire::percent::encode(&version.document));
    }
    xml.text("VersionId", &format!("v{}", version.number));
    answer::flag(xml, "IsDefaultVersion", in_force);
    xml.text("CreateDate", &iso8601(version.created));
}

fn named<'a>(policy: &'a ManagedPolicy, id: &str) -> std::result::Result<&'a PolicyVersion, Fault> {
    let found = policy
        .versions
        .iter()
        .find(|version| format!("v{}", version.number) == id);
    found.ok_or_else(|| no_such_version(policy.arn.as_str(), id))
}

fn no_such_version(arn: &str, id: &str) -> Fault {
    no_such_entity(format!(
        "Policy {arn} version {id} does not exist or is not attachable."
    ))
}
