//! Managed policies to read: the account's own and AWS's. Of AWS's the catalogue has name, path,
//! version and document; ids and dates it has not, so they are left out rather than invented.

use ::policy::Arn;
use catalog::aws;
use wire::Fault;
use wire::xml::Writer;

use super::answer;
use super::operation::{Context, no_such_entity};
use super::usage::Usage;
use crate::form::Form;
use crate::world::LoadedPolicy;

/// A managed policy.
pub(super) enum Managed<'a> {
    /// The account's.
    Own(&'a LoadedPolicy),
    /// AWS's, in the version that the catalogue has.
    Aws(Arn, aws::ManagedPolicy),
}

/// The policy that the call names by `PolicyArn`.
pub(super) fn find<'a>(
    at: &Context<'a>,
    input: &Form<'_>,
) -> std::result::Result<Managed<'a>, Fault> {
    let arn = input.policy_arn("PolicyArn", at.account)?;
    by_arn(at, &arn).ok_or_else(|| not_attachable(&arn))
}

pub(super) fn not_attachable(arn: &Arn) -> Fault {
    no_such_entity(format!("Policy {arn} does not exist or is not attachable."))
}

/// The policy of an ARN, if the account may use it.
pub(super) fn by_arn<'a>(at: &Context<'a>, arn: &Arn) -> Option<Managed<'a>> {
    if arn.account() == at.account.as_str() {
        return at.world.policy_by_arn(arn).map(Managed::Own);
    }
    let found = aws::managed_policy(arn.as_str()).filter(|_| arn.partition() == at.partition)?;
    Some(Managed::Aws(arn.clone(), found))
}

/// AWS's policies that exist in the account's partition: ARN, path and version.
pub(super) fn aws(at: &Context<'_>) -> Vec<(Arn, String, String)> {
    let arn = |path: &str, name: &str| {
        Arn::parse(&format!("arn:{}:iam::aws:policy{path}{name}", at.partition)).ok()
    };
    if at.partition == "aws" {
        let all = aws::managed_policies().into_iter();
        return all
            .filter_map(|it| Some((arn(&it.path, &it.name)?, it.path, it.version)))
            .collect();
    }
    // Elsewhere only those exist whose documents name no ARN of `aws`.
    let all = aws::all_managed_policies()
        .into_iter()
        .filter(|it| !it.document.contains("arn:aws:"));
    all.filter_map(|it| Some((arn(&it.path, &it.name)?, it.path, it.version)))
        .collect()
}

/// One of AWS's.
pub(super) fn write(xml: &mut Writer, arn: &Arn, path: &str, version: &str, usage: &Usage<'_>) {
    xml.text(
        "PolicyName",
        arn.resource().rsplit('/').next().unwrap_or(""),
    )
    .text("Arn", arn.as_str())
    .text("Path", path)
    .text("DefaultVersionId", version)
    .text("AttachmentCount", &usage.attached(arn).to_string())
    .text(
        "PermissionsBoundaryUsageCount",
        &usage.bounding(arn).to_string(),
    );
    answer::flag(xml, "IsAttachable", true);
}

/// The one version of one of AWS's.
pub(super) fn write_version(xml: &mut Writer, version: &str, document: Option<&str>) {
    xml.maybe("Document", document.map(wire::percent::encode).as_deref())
        .text("VersionId", version);
    // The catalogue has the version in force and no other.
    answer::flag(xml, "IsDefaultVersion", true);
}
