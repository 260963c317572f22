//! What the Service authorization reference says of a service. Descriptions are left out: they are
//! most of its size.

use crate::aws::key::ConditionKey;

/// A service.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Service {
    /// The prefix of its actions, such as `s3`.
    pub prefix: String,
    /// Its name, such as `Amazon S3`.
    pub name: String,
    /// Whether resource control policies reach it.
    pub rcp: bool,
    /// Its actions, by name.
    pub actions: Vec<Action>,
    /// Its resource types, by name.
    pub resource_types: Vec<ResourceType>,
    /// The condition keys that it supports, by name: its own, and the global ones that depend on
    /// the service, such as `aws:ResourceTag/${TagKey}`.
    pub keys: Vec<ConditionKey>,
}

impl Service {
    /// An action by its name without prefix; case does not count.
    pub fn action(&self, name: &str) -> Option<&Action> {
        self.actions
            .iter()
            .find(|action| action.name.eq_ignore_ascii_case(name))
    }

    /// A resource type by name.
    pub fn resource_type(&self, name: &str) -> Option<&ResourceType> {
        self.resource_types
            .iter()
            .find(|resource| resource.name == name)
    }
}

/// An action.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Action {
    /// The name without prefix, such as `GetObject`.
    pub name: String,
    /// Its access levels. Tagging and permissions management imply `Write`.
    pub levels: &'static [Level],
    /// The resource types that it can be restricted to. Without any, only `*` matches it.
    pub resource_types: Vec<ActionResource>,
    /// Condition keys that count whatever the resource type.
    pub keys: Vec<String>,
    /// Actions that the caller needs as well, with prefix.
    pub dependent_actions: Vec<String>,
}

impl Action {
    /// Whether a statement reaches it with the resource `*` only.
    pub fn wildcard_only(&self) -> bool {
        self.resource_types.is_empty()
    }

    /// All its condition keys, those of its resource types too; a key may be there more than once.
    pub fn all_keys(&self) -> impl Iterator<Item = &str> {
        self.keys
            .iter()
            .chain(
                self.resource_types
                    .iter()
                    .flat_map(|resource| &resource.keys),
            )
            .map(String::as_str)
    }
}

/// A resource type as one action uses it.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct ActionResource {
    /// The name of a [`ResourceType`] of the same service.
    pub name: String,
    /// Whether the action always needs a resource of this type. Types that are not required may be
    /// alternatives: `s3:GetObject` has `object` and `accesspointobject`, neither required, and
    /// needs one of them.
    pub required: bool,
    /// Condition keys that count for this type only.
    pub keys: Vec<String>,
    /// Actions that the caller needs as well when the resource is of this type, with prefix.
    pub dependent_actions: Vec<String>,
}

/// A resource type.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct ResourceType {
    /// The name, such as `object`.
    pub name: String,
    /// The pattern of its ARN, such as `arn:${Partition}:s3:::${BucketName}/${ObjectName}`.
    pub arn: String,
    /// Condition keys of every action on it.
    pub keys: Vec<String>,
}

/// What an action does with a resource.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
#[expect(missing_docs, reason = "the names are the reference's own")]
pub enum Level {
    List,
    Read,
    Write,
    Tagging,
    PermissionsManagement,
}

impl Level {
    /// As the reference writes it.
    pub fn as_str(self) -> &'static str {
        match self {
            Self::List => "List",
            Self::Read => "Read",
            Self::Write => "Write",
            Self::Tagging => "Tagging",
            Self::PermissionsManagement => "Permissions management",
        }
    }
}
