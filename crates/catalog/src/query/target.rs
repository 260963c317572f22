//! How a query call names its resource: by which parameters, and what they make.

use wire::Words;

use super::longest;
use crate::service_linked;
use crate::target::{EntityKind, Target};
use crate::unmapped::Unmapped;

/// How an operation names its resource.
#[derive(Clone, Copy)]
pub(super) enum Names {
    /// It has no resource type.
    Nothing,
    /// By `RoleName`.
    Role,
    /// By `InstanceProfileName`.
    InstanceProfile,
    /// By `InstanceProfileName`, and `Path`, of an instance profile to be made.
    NewInstanceProfile,
    /// By `AWSServiceName` and `CustomSuffix` of a service-linked role to be made.
    ServiceLinkedRole,
    /// By `DeletionTaskId`, which has the name of the service-linked role that went.
    DeletionTask,
    /// By `RoleName`, and `Path`, of a role to be made.
    NewRole,
    /// By `PolicyArn`.
    Policy,
    /// By `PolicyName`, and `Path`, of a policy to be made.
    NewPolicy,
    /// By `OpenIDConnectProviderArn`.
    Provider,
    /// By `Url` of a provider to be made.
    NewProvider,
    /// By `RoleArn`, which may be of another account.
    RoleArn,
    /// By `UserName`; without one it is who asks.
    User,
    /// By `PolicySourceArn`.
    Source,
}

/// The resource that a form names.
pub(super) fn target(names: Names, form: &Words) -> Result<Target, Unmapped> {
    // Bounded before a policy compares it with anybody's patterns.
    let bounded = |name: &'static str, most: usize, text: &str| {
        // Characters and not bytes, as AWS's models count.
        if text.chars().count() > most {
            Err(Unmapped::TooLong(name, most))
        } else {
            Ok(text.to_owned())
        }
    };
    let text = |name: &'static str, most: usize| {
        form.get(name)
            .ok_or(Unmapped::Missing(name))
            .and_then(|text| bounded(name, most, text))
    };
    // `/` is what IAM takes when none is given, so a policy sees the ARN that the entity will have.
    let path = || bounded("Path", longest::PATH, form.get("Path").unwrap_or("/"));
    Ok(match names {
        Names::Nothing => Target::Everything,
        Names::Role => Target::entity(EntityKind::Role, text("RoleName", longest::ROLE_NAME)?),
        // The ARN to be: "may create roles below /team/ only" must hold before there is one.
        Names::NewRole => Target::of_iam(format!(
            "role{}{}",
            path()?,
            text("RoleName", longest::ROLE_NAME)?
        )),
        Names::InstanceProfile => Target::entity(
            EntityKind::InstanceProfile,
            text("InstanceProfileName", longest::INSTANCE_PROFILE_NAME)?,
        ),
        Names::NewInstanceProfile => Target::of_iam(format!(
            "instance-profile{}{}",
            path()?,
            text("InstanceProfileName", longest::INSTANCE_PROFILE_NAME)?
        )),
        Names::ServiceLinkedRole => {
            let suffix = bounded(
                "CustomSuffix",
                longest::CUSTOM_SUFFIX,
                form.get("CustomSuffix").unwrap_or(""),
            )?;
            service_linked_role(&text("AWSServiceName", longest::SERVICE_NAME)?, &suffix)
        }
        Names::DeletionTask => {
            match service_linked::deleted_role(&text("DeletionTaskId", longest::DELETION_TASK_ID)?)
            {
                Some((service, name)) => {
                    Target::of_iam(format!("role{}{name}", service_linked::path(service)))
                }
                // No role is meant; what it is about is told to whoever may ask about all.
                None => Target::Everything,
            }
        }
        // As it is written, AWS's and other accounts' too: a policy may allow attaching just these.
        Names::Policy => Target::Written(text("PolicyArn", longest::ARN)?),
        Names::NewPolicy => Target::of_iam(format!(
            "policy{}{}",
            path()?,
            text("PolicyName", longest::POLICY_NAME)?
        )),
        Names::Provider => Target::Written(text("OpenIDConnectProviderArn", longest::ARN)?),
        Names::RoleArn => Target::Written(text("RoleArn", longest::ARN)?),
        Names::NewProvider => {
            let url = text("Url", longest::URL)?;
            Target::of_iam(format!(
                "oidc-provider/{}",
                // As the provider's ARN will have it. A URL of another scheme is refused later,
                // when it is read.
                url.strip_prefix("https://").unwrap_or(&url)
            ))
        }
        Names::User if form.get("UserName").is_none() => Target::Everything,
        Names::User => Target::entity(EntityKind::User, text("UserName", longest::USER_NAME)?),
        Names::Source => Target::Written(text("PolicySourceArn", longest::ARN)?),
    })
}

/// The role that a service would get. One that is not known to have any gets none; asked is about
/// what its name would begin with.
fn service_linked_role(service: &str, suffix: &str) -> Target {
    let name = service_linked::of(service).map_or(service_linked::NAME_BEGINS, |it| it.role);
    let suffix = if suffix.is_empty() {
        String::new()
    } else {
        format!("_{suffix}")
    };
    Target::of_iam(format!(
        "role{}{name}{suffix}",
        service_linked::path(service)
    ))
}
