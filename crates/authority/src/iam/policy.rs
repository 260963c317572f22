//! Customer managed policies.

use ::policy::{Arn, Kind};
use catalog::service_linked::PATH_BEGINS;
use wire::Fault;
use wire::xml::Writer;

use super::answer::{self, Answer};
use super::managed::{self, Managed, not_attachable};
use super::operation::{Context, Result, already_exists, conflict, limit, reads, writes};
use super::quotas;
use super::usage::Usage;
use crate::entropy::Entropy;
use crate::form::{Form, validation};
use crate::ids::{self, Kind as Id};
use crate::iso8601::iso8601;
use crate::world::{Change, Entity, Key, LoadedPolicy, ManagedPolicy, PolicyVersion};

pub(super) fn create(at: &Context<'_>, input: &Form<'_>, entropy: &mut Entropy) -> Result {
    let name = input.required("PolicyName")?;
    let path = input.path();
    let description = input.description();
    let document = input.document("PolicyDocument", Kind::Identity, quotas::POLICY_SIZE)?;
    let tags = input.tags()?;
    if at.world.policy(at.account, name).is_some() {
        return Err(already_exists(format!(
            "A policy called {name} already exists. Duplicate names are not allowed."
        )));
    }
    if at.world.policies(at.account).count() >= quotas::POLICIES {
        return Err(limit(format!(
            "Cannot exceed quota for PoliciesPerAccount: {}",
            quotas::POLICIES
        )));
    }
    let arn = Arn::parse(&format!(
        "arn:{}:iam::{}:policy{path}{name}",
        at.partition, at.account
    ))
    .map_err(|error| validation(error.to_string()))?;
    let policy = ManagedPolicy {
        account: at.account.clone(),
        arn,
        name: name.to_owned(),
        path: path.to_owned(),
        id: ids::unique_id(Id::Policy, at.account, entropy.draw()),
        description,
        versions: vec![PolicyVersion {
            number: 1,
            document,
            created: at.now,
        }],
        default_version: 1,
        next_version: 2,
        tags,
        created: at.now,
        updated: at.now,
    };
    let usage = Usage::of(at.world, at.account);
    let answer = Answer::with("CreatePolicy", |xml| {
        // IAM does not say the description back here.
        xml.element("Policy", |xml| {
            write(xml, &policy, &usage);
            answer::some_tags(xml, &policy.tags);
        });
    });
    writes(Change::put(Entity::Policy(policy)), answer)
}

pub(super) fn get(at: &Context<'_>, input: &Form<'_>) -> Result {
    let found = managed::find(at, input)?;
    let usage = Usage::of(at.world, at.account);
    reads(Answer::with("GetPolicy", |xml| {
        xml.element("Policy", |xml| match &found {
            Managed::Own(it) => {
                write(xml, &it.policy, &usage);
                xml.maybe("Description", it.policy.description.as_deref());
                answer::tags(xml, &it.policy.tags);
            }
            Managed::Aws(arn, it) => {
                managed::write(xml, arn, &it.path, &it.version, &usage);
                answer::none(xml, "Tags");
            }
        });
    }))
}

/// One line of a listing.
enum Listed<'a> {
    Own(&'a ManagedPolicy),
    Aws(Arn, String, String),
}

impl Listed<'_> {
    fn arn(&self) -> &Arn {
        match self {
            Self::Own(it) => &it.arn,
            Self::Aws(arn, _, _) => arn,
        }
    }

    fn path(&self) -> &str {
        match self {
            Self::Own(it) => &it.path,
            Self::Aws(_, path, _) => path,
        }
    }

    fn key(&self) -> String {
        // By name, then by ARN: one name may be an account's own and AWS's.
        format!(
            "{} {}",
            self.arn()
                .resource()
                .rsplit('/')
                .next()
                .unwrap_or("")
                .to_lowercase(),
            self.arn()
        )
    }
}

pub(super) fn list(at: &Context<'_>, input: &Form<'_>) -> Result {
    let page = input.page()?;
    let prefix = input.path_prefix();
    let only_attached = input.flag("OnlyAttached");
    let scope = input.maybe("Scope").unwrap_or("All");
    let used_as = input.maybe("PolicyUsageFilter");
    let usage = Usage::of(at.world, at.account);
    let own = at
        .world
        .policies(at.account)
        .filter(|_| scope != "AWS")
        .map(|it| Listed::Own(&it.policy));
    let aws = if scope == "Local" {
        Vec::new()
    } else {
        managed::aws(at)
    };
    let mut shown: Vec<Listed<'_>> = own
        .chain(
            aws.into_iter()
                .map(|(arn, path, version)| Listed::Aws(arn, path, version)),
        )
        .collect();
    shown.retain(|it| {
        it.path().starts_with(prefix)
            && match used_as {
                None => !only_attached || usage.attached(it.arn()) > 0,
                Some("PermissionsBoundary") => usage.bounding(it.arn()) > 0,
                Some(_) => usage.attached(it.arn()) > 0,
            }
    });
    // Own and AWS's in one order, so that a page may end between any two.
    shown.sort_by_cached_key(Listed::key);
    let (policies, marker) = page.of(shown.into_iter(), Listed::key);
    reads(Answer::with("ListPolicies", |xml| {
        xml.list("Policies", policies, |member, it| match &it {
            Listed::Own(policy) => write(member, policy, &usage),
            Listed::Aws(arn, path, version) => managed::write(member, arn, path, version, &usage),
        });
        answer::page_end(xml, marker.as_deref());
    }))
}

pub(super) fn delete(at: &Context<'_>, input: &Form<'_>) -> Result {
    let policy = &find(at, input)?.policy;
    let usage = Usage::of(at.world, at.account);
    // As a boundary too: a role whose boundary is gone is denied everything.
    if usage.attached(&policy.arn) > 0 || usage.bounding(&policy.arn) > 0 {
        return Err(conflict("Cannot delete a policy attached to entities."));
    }
    if policy.versions.len() > 1 {
        return Err(conflict(
            "This policy has more than one version. Before you delete a policy, you must delete the policy's versions. The default version is deleted with the policy.",
        ));
    }
    let key = Key::Policy {
        account: at.account.clone(),
        name: policy.name.to_lowercase(),
    };
    writes(Change::Remove(key), Answer::empty("DeletePolicy"))
}

/// A managed policy of this account by exact ARN, to be changed or tagged. AWS's own belong to AWS.
pub(super) fn find<'a>(
    at: &Context<'a>,
    input: &Form<'_>,
) -> std::result::Result<&'a LoadedPolicy, Fault> {
    let arn = input.policy_arn("PolicyArn", at.account)?;
    match managed::by_arn(at, &arn) {
        Some(Managed::Own(found)) => Ok(found),
        Some(Managed::Aws(..)) => {
            let text = format!("The policy {arn} is AWS's own; it can be attached, not changed.");
            Err(Fault::new("AccessDenied", 403, text))
        }
        None => Err(not_attachable(&arn)),
    }
}

/// The ARN of a policy that can be attached: one of this account, or one of AWS's that we know.
pub(super) fn attachable(at: &Context<'_>, input: &Form<'_>) -> std::result::Result<Arn, Fault> {
    let arn = input.policy_arn("PolicyArn", at.account)?;
    if is_a_services(&arn) {
        return Err(Fault::new(
            "PolicyNotAttachable",
            400,
            "Cannot attach a Service Role Policy to a Customer Role.",
        ));
    }
    at.world
        .managed_policy(at.account, &arn)
        .map(|_| arn.clone())
        .ok_or_else(|| not_attachable(&arn))
}

/// Whether a policy is one of AWS's for service-linked roles: "you cannot attach this policy to
/// your users, groups, or roles" (AWS managed policy reference). What a service may do in an
/// account is nobody else's to have.
pub(super) fn is_a_services(arn: &Arn) -> bool {
    arn.account() == "aws"
        && arn
            .resource()
            .strip_prefix("policy")
            .is_some_and(|rest| rest.starts_with(PATH_BEGINS))
}

/// What every answer has of a policy; description and tags are GetPolicy's.
pub(super) fn write(xml: &mut Writer, policy: &ManagedPolicy, usage: &Usage<'_>) {
    xml.text("PolicyName", &policy.name)
        .text("PolicyId", &policy.id)
        .text("Arn", policy.arn.as_str())
        .text("Path", &policy.path)
        .text("DefaultVersionId", &format!("v{}", policy.default_version))
        .text("AttachmentCount", &usage.attached(&policy.arn).to_string())
        .text(
            "PermissionsBoundaryUsageCount",
            &usage.bounding(&policy.arn).to_string(),
        )
        .text("IsAttachable", "true")
        .text("CreateDate", &iso8601(policy.created))
        .text("UpdateDate", &iso8601(policy.updated));
}
