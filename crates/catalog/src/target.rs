//! What a question is about, before anybody knows who asks: `authority` fills in what only it
//! knows.

use crate::names::Name;

/// A resource before anybody knows the caller's account, its partition and the paths of its roles.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Target {
    /// Actions without a resource type.
    Everything,
    /// An ARN whose holes the caller fills.
    Template(Template),
    /// An ARN as the caller wrote it, of another account perhaps.
    Written(String),
    /// An entity of IAM by its bare name. Its ARN has a path too, which only the account knows.
    Entity {
        /// Of what kind.
        kind: EntityKind,
        /// The name.
        name: String,
    },
}

/// An ARN with holes: its partition is always the caller's, its region and its account are the
/// caller's or not there at all.
///
/// The other two parts are words. Callers choose much of the resource, so nothing in a word is ever
/// read as a hole: there is no `${...}` here, as AWS's reference writes it, that a name could
/// contain.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Template {
    /// Such as `s3`.
    pub service: Name,
    /// Whether the region of the request is in it.
    pub has_region: bool,
    /// Whether the account of the caller is in it.
    pub has_account: bool,
    /// All that follows the account.
    pub resource: String,
}

/// The kinds of IAM's entities that calls name without their path.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum EntityKind {
    /// A role.
    Role,
    /// An instance profile.
    InstanceProfile,
    /// A user.
    User,
}

impl Template {
    /// An ARN of neither a region nor an account, such as a bucket's.
    pub fn global(service: impl Into<Name>, resource: impl Into<String>) -> Self {
        Self {
            service: service.into(),
            // Empty in the ARN, and so a policy that names a region there does not match: as on
            // AWS.
            has_region: false,
            has_account: false,
            resource: resource.into(),
        }
    }

    /// An ARN of an account in no region, such as a role's.
    pub fn of_account(service: impl Into<Name>, resource: impl Into<String>) -> Self {
        Self {
            has_account: true,
            ..Self::global(service, resource)
        }
    }

    /// An ARN of an account in a region, as most services have them.
    pub fn regional(service: impl Into<Name>, resource: impl Into<String>) -> Self {
        Self {
            has_region: true,
            ..Self::of_account(service, resource)
        }
    }
}

impl EntityKind {
    /// How the resource of such an ARN begins.
    pub fn word(self) -> &'static str {
        match self {
            // The ARN's own words. An assumed role is a resource of STS, and no entity here.
            Self::Role => "role",
            Self::InstanceProfile => "instance-profile",
            Self::User => "user",
        }
    }
}

impl Target {
    /// Something of IAM's in the caller's account, by all that follows the account in its ARN.
    pub(crate) fn of_iam(resource: String) -> Self {
        // IAM is global: its ARNs have an account and no region.
        Self::Template(Template::of_account("iam", resource))
    }

    /// An entity of IAM by its bare name.
    pub(crate) fn entity(kind: EntityKind, name: impl Into<String>) -> Self {
        Self::Entity {
            kind,
            name: name.into(),
        }
    }
}
