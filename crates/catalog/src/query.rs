//! IAM and STS: from the form of a query call to the question it asks.

mod iam;

use policy::Context;
use wire::Words;

use crate::call::{Ask, Call, Detail, Service, Target};
use crate::service_linked;
use crate::unmapped::Unmapped;
pub use iam::reads_boundary;

/// API versions.
const IAM_VERSION: &str = "2010-05-08";
const STS_VERSION: &str = "2011-06-15";

/// How an operation names its resource.
#[derive(Clone, Copy)]
enum Names {
    /// It has no resource type.
    Nothing,
    /// By `RoleName`.
    Role,
    /// By `InstanceProfileName`.
    InstanceProfile,
    /// By `InstanceProfileName`, and `Path`, of an instance profile to come.
    NewInstanceProfile,
    /// By `AWSServiceName` and `CustomSuffix` of a service-linked role to come.
    ServiceLinkedRole,
    /// By `DeletionTaskId`, which has the name of the service-linked role that went.
    DeletionTask,
    /// By `RoleName`, and `Path`, of a role to come.
    NewRole,
    /// By `PolicyArn`.
    Policy,
    /// By `PolicyName`, and `Path`, of a policy to come.
    NewPolicy,
    /// By `OpenIDConnectProviderArn`.
    Provider,
    /// By `Url` of a provider to come.
    NewProvider,
    /// By `RoleArn`, which may be of another account.
    RoleArn,
    /// By `UserName`; without one it is who asks.
    User,
    /// By `PolicySourceArn`.
    Source,
}

/// Signed STS operations. AssumeRoleWithWebIdentity is not among them: it asks the trust policy, not the caller's.
/// AssumeRole asks both, and for more than its own action when tags or a source identity come along, so that it is
/// decided by `authority::assume_role`.
const STS: [(&str, &str, Names); 3] = [
    ("AssumeRole", "sts:AssumeRole", Names::RoleArn),
    ("GetAccessKeyInfo", "sts:GetAccessKeyInfo", Names::Nothing),
    ("GetCallerIdentity", "sts:GetCallerIdentity", Names::Nothing),
];

/// Reads a query call of a service.
///
/// # Errors
/// [`Unmapped::Action`] for an operation or version that is not served, [`Unmapped::Missing`] for a resource that
/// is not named.
pub fn call(service: Service, form: Words) -> Result<Call, Unmapped> {
    let action = form.get("Action").ok_or(Unmapped::Missing("Action"))?;
    let version = form.get("Version").unwrap_or("");
    let unknown = || Unmapped::Action { action: action.chars().take(64).collect(), version: version.chars().take(16).collect() };
    if let Some((operation, own, companion, names)) =
        iam::OWN.iter().find(|(name, ..)| *name == action && service == Service::Iam && version == IAM_VERSION)
    {
        let target = target(*names, &form)?;
        let asks = [*own, *companion].map(|action| Ask::new(action, target.clone())).into();
        return Ok(Call { service, operation, asks, detail: Detail::Query(form) });
    }
    let (operation, action, names, context) = match service {
        Service::Iam if version == IAM_VERSION => {
            let row = iam::ROWS.iter().find(|(name, ..)| *name == action);
            row.map(|(name, action, names, brings)| (*name, *action, *names, iam::context(brings, &form)))
        }
        Service::Sts if version == STS_VERSION => {
            let row = STS.iter().find(|(name, ..)| *name == action);
            row.map(|(name, action, names)| (*name, *action, *names, Context::new()))
        }
        Service::Iam | Service::Sts | Service::S3 => None,
    }
    .ok_or_else(unknown)?;
    let mut asks = vec![Ask { action, target: target(names, &form)?, context }];
    // Who may not tag may not make what is tagged either: the tags of a role become its sessions'.
    if let Some(tagging) = iam::tagging(operation).filter(|_| form.iter().any(|(name, _)| name.starts_with("Tags."))) {
        asks.extend(asks.first().cloned().map(|made| Ask { action: tagging, ..made }));
    }
    if operation == "AddRoleToInstanceProfile" {
        asks.push(iam::passing_to_ec2(target(Names::Role, &form)?));
    }
    Ok(Call { service, operation, asks, detail: Detail::Query(form) })
}

/// The signed operations of a service that are served.
pub fn operations(service: Service) -> Vec<&'static str> {
    match service {
        Service::Iam => iam::ROWS.iter().map(|(name, ..)| *name).chain(iam::OWN.iter().map(|(name, ..)| *name)).collect(),
        Service::Sts => STS.iter().map(|(name, ..)| *name).collect(),
        Service::S3 => Vec::new(),
    }
}

/// Whether a form is the exchange, which needs no signature.
pub fn is_exchange(form: &Words) -> bool {
    form.get("Action") == Some("AssumeRoleWithWebIdentity") && form.get("Version").is_none_or(|version| version == STS_VERSION)
}

fn target(names: Names, form: &Words) -> Result<Target, Unmapped> {
    // Bounded before a policy compares it with anybody's patterns. The lengths are IAM's and STS's own.
    let bounded = |name: &'static str, text: &str| {
        let most = match name {
            arn if arn.ends_with("Arn") => 2_048,
            "DeletionTaskId" => 1_000,
            "Url" | "Path" => 512,
            _ => 128,
        };
        if text.chars().count() > most { Err(Unmapped::TooLong(name, most)) } else { Ok(text.to_owned()) }
    };
    let text = |name: &'static str| form.get(name).ok_or(Unmapped::Missing(name)).and_then(|text| bounded(name, text));
    let path = || bounded("Path", form.get("Path").unwrap_or("/"));
    Ok(match names {
        Names::Nothing => Target::Everything,
        Names::Role => Target::Role(text("RoleName")?),
        Names::NewRole => Target::NewRole { path: path()?, name: text("RoleName")? },
        Names::InstanceProfile => Target::InstanceProfile(text("InstanceProfileName")?),
        Names::NewInstanceProfile => Target::NewInstanceProfile { path: path()?, name: text("InstanceProfileName")? },
        Names::ServiceLinkedRole => {
            let suffix = bounded("CustomSuffix", form.get("CustomSuffix").unwrap_or(""))?;
            service_linked_role(&text("AWSServiceName")?, &suffix)
        }
        Names::DeletionTask => match service_linked::deleted_role(&text("DeletionTaskId")?) {
            Some((service, name)) => Target::NewRole { path: service_linked::path(service), name: name.to_owned() },
            // No role is meant; what it is about is told to whoever may ask about all.
            None => Target::Everything,
        },
        Names::Policy => Target::Arn(text("PolicyArn")?),
        Names::NewPolicy => Target::NewPolicy { path: path()?, name: text("PolicyName")? },
        Names::Provider => Target::Arn(text("OpenIDConnectProviderArn")?),
        Names::RoleArn => Target::Arn(text("RoleArn")?),
        Names::NewProvider => {
            let url = text("Url")?;
            Target::NewProvider(url.strip_prefix("https://").unwrap_or(&url).to_owned())
        }
        Names::User if form.get("UserName").is_none() => Target::Everything,
        Names::User => Target::User(text("UserName")?),
        Names::Source => Target::Arn(text("PolicySourceArn")?),
    })
}

/// The role that a service would get. One that is not known to have any gets none; asked is about what its name would begin with.
fn service_linked_role(service: &str, suffix: &str) -> Target {
    let name = service_linked::of(service).map_or(service_linked::NAME_BEGINS, |it| it.role);
    let suffix = if suffix.is_empty() { String::new() } else { format!("_{suffix}") };
    Target::NewRole { path: service_linked::path(service), name: format!("{name}{suffix}") }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::aws::Catalogue;

    #[test]
    fn every_action_is_aws_own() {
        let aws = Catalogue::load();
        for (operation, name, names) in &STS {
            let (service, action) = aws.action(name).unwrap_or_else(|| panic!("{operation}: {name}"));
            assert_eq!(*name, format!("{}:{}", service.prefix, action.name));
            // What has no resource type in the reference must not ask for a resource, or no policy could allow it by name.
            assert!(!action.wildcard_only() || matches!(names, Names::Nothing), "{operation}");
        }
    }
}
