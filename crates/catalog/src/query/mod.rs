//! IAM and STS: from the form of a query call to the question it asks.

mod iam;
pub mod longest;
mod target;

use policy::Context;
use wire::Words;

use crate::call::{Ask, Call, Part, Passes, Service};
use crate::unmapped::Unmapped;
pub use iam::reads_boundary;
use target::{Names, target};

/// API versions.
const IAM_VERSION: &str = "2010-05-08";
const STS_VERSION: &str = "2011-06-15";

/// Signed STS operations. AssumeRoleWithWebIdentity is not among them: it asks the trust policy,
/// not the caller's. AssumeRole asks both, and for more than its own action when tags or a source
/// identity may go with it, so that it is decided by `authority::assume_role`.
const STS: [(&str, &str, Names); 3] = [
    ("AssumeRole", "sts:AssumeRole", Names::RoleArn),
    ("GetAccessKeyInfo", "sts:GetAccessKeyInfo", Names::Nothing),
    ("GetCallerIdentity", "sts:GetCallerIdentity", Names::Nothing),
];

/// Reads a query call of a service.
///
/// # Errors
/// [`Unmapped::Action`] for an operation or version that is not served, [`Unmapped::Missing`] for a
/// resource that is not named.
pub fn call(service: Service, form: Words) -> Result<Call<Words>, Unmapped> {
    let action = form.get("Action").ok_or(Unmapped::Missing("Action"))?;
    let version = form.get("Version").unwrap_or("");
    // Cut: both are the caller's, and go into an answer and a record.
    let unknown = || Unmapped::Action {
        action: action.chars().take(64).collect(),
        version: version.chars().take(16).collect(),
    };
    if let Some((operation, own, companion, names)) = iam::OWN
        .iter()
        .find(|(name, ..)| *name == action && service == Service::Iam && version == IAM_VERSION)
    {
        let target = target(*names, &form)?;
        // Both of one resource, and both must be allowed: a policy may forbid either
        // (docs/threats.md, 53).
        let part = Part::from(Ask::new(*own, target.clone())).and(Ask::new(*companion, target));
        return Ok(of_one_part(service, operation, part, form));
    }
    let (operation, action, names, context) = match service {
        Service::Iam if version == IAM_VERSION => {
            let row = iam::ROWS.iter().find(|(name, ..)| *name == action);
            row.map(|(name, action, names, brings)| {
                (*name, *action, *names, iam::context(brings, &form))
            })
        }
        Service::Sts if version == STS_VERSION => {
            let row = STS.iter().find(|(name, ..)| *name == action);
            row.map(|(name, action, names)| (*name, *action, *names, Context::new()))
        }
        // A version that is not served has other parameters perhaps: nothing of it is read.
        Service::Iam | Service::Sts | Service::S3 => None,
    }
    .ok_or_else(unknown)?;
    let made = Ask {
        context,
        ..Ask::new(action, target(names, &form)?)
    };
    // Who may not tag may not make what is tagged either: the tags of a role become its sessions'.
    let tagging =
        iam::tagging(operation).filter(|_| form.iter().any(|(name, _)| name.starts_with("Tags.")));
    let tags = tagging.map(|tagging| Ask {
        action: tagging.into(),
        ..made.clone()
    });
    let mut part = tags.into_iter().fold(Part::from(made), Part::and);
    // Else a role of more permissions could be had by way of an instance (docs/threats.md, 54).
    if operation == "AddRoleToInstanceProfile" {
        part = part.and(iam::passing_to_ec2(target(Names::Role, &form)?));
    }
    Ok(of_one_part(service, operation, part, form))
}

fn of_one_part(service: Service, operation: &'static str, part: Part, form: Words) -> Call<Words> {
    Call {
        service: service.name().into(),
        operation: operation.into(),
        parts: vec![part],
        // No query call has parts of its own: the whole form is one act.
        passes: Passes::Together,
        detail: form,
    }
}

/// The refusal of an operation that a service does not have here.
pub fn not_served(service: Service, operation: &str) -> Unmapped {
    let version = match service {
        Service::Iam => IAM_VERSION,
        Service::Sts => STS_VERSION,
        Service::S3 => "",
    };
    Unmapped::Action {
        action: operation.to_owned(),
        version: version.to_owned(),
    }
}

/// The signed operations of a service that are served.
pub fn operations(service: Service) -> Vec<&'static str> {
    match service {
        Service::Iam => iam::ROWS
            .iter()
            .map(|(name, ..)| *name)
            .chain(iam::OWN.iter().map(|(name, ..)| *name))
            .collect(),
        Service::Sts => STS.iter().map(|(name, ..)| *name).collect(),
        Service::S3 => Vec::new(),
    }
}

/// Whether a form is the exchange, which needs no signature.
pub fn is_exchange(form: &Words) -> bool {
    form.get("Action") == Some("AssumeRoleWithWebIdentity")
        && form
            .get("Version")
            // A form without a version can mean nothing else: no other version of this call is
            // served.
            .is_none_or(|version| version == STS_VERSION)
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::aws::Catalogue;

    #[test]
    fn every_action_is_aws_own() {
        let aws = Catalogue::load();
        for (operation, name, names) in &STS {
            let (service, action) = aws
                .action(name)
                .unwrap_or_else(|| panic!("{operation}: {name}"));
            assert_eq!(*name, format!("{}:{}", service.prefix, action.name));
            // What has no resource type in the reference must not ask for a resource, or no policy
            // could allow it by name.
            assert!(
                !action.wildcard_only() || matches!(names, Names::Nothing),
                "{operation}"
            );
        }
    }
}
