//! Customer managed policies.

use ::policy::{Arn, Kind};
use wire::Fault;
use wire::xml::Writer;

use super::answer::{self, Answer};
use super::input::{Input, validation};
use super::{Context, Result, already_exists, conflict, limit, no_such_entity, reads, writes};
use crate::entropy::Entropy;
use crate::ids::{self, Kind as Id};
use crate::moment::iso8601;
use crate::world::{Change, Entity, Key, LoadedPolicy, ManagedPolicy, PolicyVersion, World};

pub(super) fn create(at: &Context<'_>, input: &Input<'_>, entropy: &mut Entropy) -> Result {
    let name = input.name("PolicyName", 128)?;
    let path = input.path("Path")?;
    let description = input.description()?;
    let document = input.document("PolicyDocument", Kind::Identity, 6_144)?;
    let tags = input.tags()?;
    input.nothing_else()?;
    if at.world.policy(at.account, name).is_some() {
        return Err(already_exists(format!("A policy called {name} already exists. Duplicate names are not allowed.")));
    }
    if at.world.policies(at.account).count() >= 1_500 {
        return Err(limit("Cannot exceed quota for PoliciesPerAccount: 1500"));
    }
    let arn = Arn::parse(&format!("arn:{}:iam::{}:policy{path}{name}", at.partition, at.account))
        .map_err(|error| validation(error.to_string()))?;
    let policy = ManagedPolicy {
        account: at.account.clone(),
        arn,
        name: name.to_owned(),
        path: path.to_owned(),
        id: ids::unique_id(Id::Policy, at.account, entropy.draw()),
        description,
        versions: vec![PolicyVersion { number: 1, document, created: at.now }],
        default_version: 1,
        next_version: 2,
        tags,
        created: at.now,
        updated: at.now,
    };
    let answer = Answer::with("CreatePolicy", |xml| {
        xml.element("Policy", |xml| write(xml, &policy, at.world, true));
    });
    writes(Change::put(Entity::Policy(policy)), answer)
}

pub(super) fn get(at: &Context<'_>, input: &Input<'_>) -> Result {
    let found = find(at, input)?;
    input.nothing_else()?;
    reads(Answer::with("GetPolicy", |xml| {
        xml.element("Policy", |xml| write(xml, &found.policy, at.world, true));
    }))
}

pub(super) fn get_version(at: &Context<'_>, input: &Input<'_>) -> Result {
    let found = find(at, input)?;
    let id = input.required("VersionId")?;
    input.nothing_else()?;
    let version = found.policy.versions.iter().find(|version| format!("v{}", version.number) == id);
    let version = version
        .ok_or_else(|| no_such_entity(format!("Policy {} version {id} does not exist or is not attachable.", found.policy.arn)))?;
    reads(Answer::with("GetPolicyVersion", |xml| {
        xml.element("PolicyVersion", |xml| {
            xml.text("Document", &wire::percent::encode(&version.document))
                .text("VersionId", id)
                .text("IsDefaultVersion", if version.number == found.policy.default_version { "true" } else { "false" })
                .text("CreateDate", &iso8601(version.created));
        });
    }))
}

pub(super) fn list(at: &Context<'_>, input: &Input<'_>) -> Result {
    let page = input.page()?;
    let prefix = input.path_prefix()?;
    let only_attached = input.maybe("OnlyAttached") == Some("true");
    let scope = input.maybe("Scope").unwrap_or("All");
    input.maybe("PolicyUsageFilter").map_or(Ok(()), |_| Err(validation("PolicyUsageFilter is not served")))?;
    input.nothing_else()?;
    if !matches!(scope, "All" | "AWS" | "Local") {
        return Err(validation(format!(
            "1 validation error detected: Value '{scope}' at 'scope' failed to satisfy constraint: Member must satisfy enum value set: [All, AWS, Local]"
        )));
    }
    let shown = at.world.policies(at.account).filter(|it| {
        scope != "AWS" && it.policy.path.starts_with(prefix) && (!only_attached || at.world.attachment_count(&it.policy) > 0)
    });
    let (policies, marker) = page.of(shown, |it| it.policy.name.to_lowercase());
    reads(Answer::with("ListPolicies", |xml| {
        xml.list("Policies", policies, |member, it| write(member, &it.policy, at.world, false));
        answer::page_end(xml, marker.as_deref());
    }))
}

pub(super) fn delete(at: &Context<'_>, input: &Input<'_>) -> Result {
    let policy = &find(at, input)?.policy;
    input.nothing_else()?;
    if at.world.attachment_count(policy) > 0 || bounds(at.world, policy) > 0 {
        return Err(conflict("Cannot delete a policy attached to entities."));
    }
    if policy.versions.len() > 1 {
        return Err(conflict(
            "This policy has more than one version. Before you delete a policy, you must delete the policy's versions. The default version is deleted with the policy.",
        ));
    }
    let key = Key::Policy { account: at.account.clone(), name: policy.name.to_lowercase() };
    writes(Change::Remove(key), Answer::empty("DeletePolicy"))
}

/// A managed policy of this account by exact ARN.
pub(super) fn find<'a>(at: &Context<'a>, input: &Input<'_>) -> std::result::Result<&'a LoadedPolicy, Fault> {
    let arn = input.policy_arn("PolicyArn", at.account)?;
    at.world.policy_by_arn(&arn).ok_or_else(|| not_attachable(&arn))
}

/// The ARN of a policy that can be attached: one of this account, or one of AWS's that we know.
pub(super) fn attachable(at: &Context<'_>, input: &Input<'_>) -> std::result::Result<Arn, Fault> {
    let arn = input.policy_arn("PolicyArn", at.account)?;
    at.world.managed_document(at.account, &arn).map(|_| arn.clone()).ok_or_else(|| not_attachable(&arn))
}

fn not_attachable(arn: &Arn) -> Fault {
    no_such_entity(format!("Policy {arn} does not exist or is not attachable."))
}

/// How many roles have it as their boundary.
fn bounds(world: &World, policy: &ManagedPolicy) -> usize {
    world.roles(&policy.account).filter(|it| it.role.boundary.as_ref() == Some(&policy.arn)).count()
}

/// Lists leave description and tags out, as IAM does.
fn write(xml: &mut Writer, policy: &ManagedPolicy, world: &World, whole: bool) {
    xml.text("PolicyName", &policy.name)
        .text("PolicyId", &policy.id)
        .text("Arn", policy.arn.as_str())
        .text("Path", &policy.path)
        .text("DefaultVersionId", &format!("v{}", policy.default_version))
        .text("AttachmentCount", &world.attachment_count(policy).to_string())
        .text("PermissionsBoundaryUsageCount", &bounds(world, policy).to_string())
        .text("IsAttachable", "true")
        .text("CreateDate", &iso8601(policy.created))
        .text("UpdateDate", &iso8601(policy.updated));
    if whole {
        xml.maybe("Description", policy.description.as_deref());
        answer::tags(xml, &policy.tags);
    }
}
