//! What the store keeps, in the form it is kept. Every entity has one [`Key`]; a change puts or
//! removes one entity.

use std::collections::BTreeMap;

use policy::{AccountId, Arn};
use serde::{Deserialize, Serialize};
use token::Issuer;

/// One stored thing.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(tag = "kind", rename_all = "kebab-case", deny_unknown_fields)]
pub enum Entity {
    /// An account.
    Account(Account),
    /// An IAM OIDC provider.
    Provider(Provider),
    /// An IAM role.
    Role(Role),
    /// A customer managed policy.
    Policy(ManagedPolicy),
    /// An instance profile.
    InstanceProfile(InstanceProfile),
    /// Who owns a bucket.
    Bucket(Bucket),
    /// Key material, sealed under the key file.
    Secret(Secret),
}

/// An account and its bootstrap credentials.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Account {
    /// Twelve digits.
    pub id: AccountId,
    /// `aws`, `aws-cn` or `aws-us-gov`.
    pub partition: String,
    /// Access key id of the root credentials; their secret is the [`Secret`] of this name.
    pub root_key: Option<String>,
}

/// An IAM OIDC provider: whose tokens the account believes.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Provider {
    /// The account that owns it.
    pub account: AccountId,
    /// `arn:PARTITION:iam::ACCOUNT:oidc-provider/HOST/PATH`.
    pub arn: Arn,
    /// The issuer without `https://`, as IAM returns it and as condition keys begin.
    pub url: String,
    /// Audiences that the provider accepts.
    pub client_ids: Vec<String>,
    /// SHA-1 thumbprints, lower case, in the order they were given.
    pub thumbprints: Vec<String>,
    /// Tags.
    pub tags: BTreeMap<String, String>,
    /// Unix seconds.
    pub created: i64,
    /// Keys that were given to this provider of this account; nothing is fetched then.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub keys: Option<PushedKeys>,
}

impl Provider {
    /// The issuer whose tokens it is for, in full: what a token's `iss` says.
    pub fn issuer(&self) -> String {
        Issuer::with_scheme(&self.url)
    }
}

/// A key set that was pushed, as it was given.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct PushedKeys {
    /// The JWK set.
    pub jwks: String,
    /// Grows with every push and is never given again.
    pub generation: u64,
    /// Unix seconds.
    pub at: i64,
}

/// An IAM role.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Role {
    /// The account that owns it.
    pub account: AccountId,
    /// `arn:PARTITION:iam::ACCOUNT:role/PATH/NAME`.
    pub arn: Arn,
    /// The name, in the case it was created with.
    pub name: String,
    /// `/` or `/path/`.
    pub path: String,
    /// `AROA...`. A session belongs to this id: a role made anew under the same name has another
    /// one.
    pub id: String,
    /// The trust policy as it was given.
    pub trust: String,
    /// Free text.
    pub description: Option<String>,
    /// Longest session in seconds, 3,600 to 43,200.
    pub max_session: u32,
    /// ARN of the permissions boundary.
    pub boundary: Option<Arn>,
    /// ARNs of the attached managed policies.
    pub attached: Vec<Arn>,
    /// Inline policies by name, as they were given.
    pub inline: BTreeMap<String, String>,
    /// Tags.
    pub tags: BTreeMap<String, String>,
    /// Unix seconds.
    pub created: i64,
}

#[cfg(test)]
impl Role {
    /// A role that trusts nobody and may do nothing, for tests to say what they are about.
    pub(crate) fn bare(owner: &str, name: &str, id: &str) -> Self {
        Self {
            account: AccountId::parse(owner).unwrap(),
            arn: Arn::parse(&format!("arn:aws:iam::{owner}:role/{name}")).unwrap(),
            name: name.into(),
            path: "/".into(),
            id: id.into(),
            trust: r#"{"Version":"2012-10-17","Statement":[]}"#.into(),
            description: None,
            max_session: 3600,
            boundary: None,
            attached: Vec::new(),
            inline: BTreeMap::new(),
            tags: BTreeMap::new(),
            created: 0,
        }
    }
}

/// A customer managed policy.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct ManagedPolicy {
    /// The account that owns it.
    pub account: AccountId,
    /// `arn:PARTITION:iam::ACCOUNT:policy/PATH/NAME`.
    pub arn: Arn,
    /// The name, in the case it was created with.
    pub name: String,
    /// `/` or `/path/`.
    pub path: String,
    /// `ANPA...`.
    pub id: String,
    /// Free text.
    pub description: Option<String>,
    /// At most five, oldest first.
    pub versions: Vec<PolicyVersion>,
    /// Number of the version in force.
    pub default_version: u32,
    /// Number that the next version gets; numbers are never given twice.
    pub next_version: u32,
    /// Tags.
    pub tags: BTreeMap<String, String>,
    /// Unix seconds.
    pub created: i64,
    /// Unix seconds of the last new or newly chosen version.
    pub updated: i64,
}

/// One version of a managed policy.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct PolicyVersion {
    /// 1 for `v1`.
    pub number: u32,
    /// The document as it was given.
    pub document: String,
    /// Unix seconds.
    pub created: i64,
}

/// An instance profile: what EC2 takes a role from.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct InstanceProfile {
    /// The account that owns it.
    pub account: AccountId,
    /// `arn:PARTITION:iam::ACCOUNT:instance-profile/PATH/NAME`.
    pub arn: Arn,
    /// The name, in the case it was created with.
    pub name: String,
    /// `/` or `/path/`.
    pub path: String,
    /// `AIPA...`.
    pub id: String,
    /// The name of the role in it. A role in a profile cannot be deleted, so the name always means
    /// the one that was added.
    pub role: Option<String>,
    /// Tags.
    pub tags: BTreeMap<String, String>,
    /// Unix seconds.
    pub created: i64,
}

/// Who owns a bucket, and who may come near it; the objects are the backend's.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Bucket {
    /// The bucket's name.
    pub name: String,
    /// The account that created it.
    pub owner: AccountId,
    /// Unix seconds.
    pub created: i64,
    /// The bucket policy as it was given, but for roles, which are kept by their unique ids.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub policy: Option<String>,
    /// What of public access is blocked; `None` once that was deleted. A bucket of before it was
    /// kept is as one that is made today.
    #[serde(default = "PublicAccessBlock::of_a_new_bucket")]
    pub public_access_block: Option<PublicAccessBlock>,
    /// Who owns the objects; `None` once that was deleted, which changes nothing, for there are no
    /// ACLs.
    #[serde(default = "Ownership::of_a_new_bucket")]
    pub ownership: Option<Ownership>,
}

impl Bucket {
    /// A bucket as it is made: without a policy, all public access blocked, its objects the
    /// owner's (S3 user guide, "Default settings for new S3 buckets FAQ").
    pub fn new(name: impl Into<String>, owner: AccountId, created: i64) -> Self {
        Self {
            name: name.into(),
            owner,
            created,
            policy: None,
            public_access_block: PublicAccessBlock::of_a_new_bucket(),
            ownership: Ownership::of_a_new_bucket(),
        }
    }
}

/// The four settings of S3 Block Public Access. There are no ACLs here, so the first two change
/// nothing.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct PublicAccessBlock {
    /// Refuse ACLs that make public.
    pub block_public_acls: bool,
    /// Ignore those that are there.
    pub ignore_public_acls: bool,
    /// Refuse bucket policies that make public.
    pub block_public_policy: bool,
    /// A public policy gives other accounts and the anonymous nothing.
    pub restrict_public_buckets: bool,
}

impl PublicAccessBlock {
    /// All blocked, as of every bucket since April 2023.
    fn of_a_new_bucket() -> Option<Self> {
        Some(Self {
            block_public_acls: true,
            ignore_public_acls: true,
            block_public_policy: true,
            restrict_public_buckets: true,
        })
    }
}

/// Who owns a bucket's objects.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub enum Ownership {
    /// The bucket's owner, and there are no ACLs.
    BucketOwnerEnforced,
}

impl Ownership {
    fn of_a_new_bucket() -> Option<Self> {
        Some(Self::BucketOwnerEnforced)
    }
}

/// Key material that rests sealed; only the shell that holds the key file can open it.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Secret {
    /// What the key is for, such as `issuer` or `sealing/1`.
    pub name: String,
    /// AES-256-GCM-SIV under the key file, base64.
    pub sealed: String,
    /// Unix seconds of its making; 0 in stores from before it was kept.
    #[serde(default)]
    pub created: i64,
    /// Unix seconds since which another key seals; this one only opens what it sealed before.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub retired: Option<i64>,
}

/// Where an entity is kept. Names of roles, policies and instance profiles are unique whatever
/// their case, as in IAM.
#[derive(Clone, Debug, PartialEq, Eq, PartialOrd, Ord, Serialize, Deserialize)]
#[serde(tag = "kind", rename_all = "kebab-case", deny_unknown_fields)]
pub enum Key {
    /// Account by id.
    Account {
        /// The account.
        account: AccountId,
    },
    /// Provider by account and URL without scheme.
    Provider {
        /// The account.
        account: AccountId,
        /// The issuer without `https://`.
        url: String,
    },
    /// Role by account and lower-case name.
    Role {
        /// The account.
        account: AccountId,
        /// Lower-case name.
        name: String,
    },
    /// Managed policy by account and lower-case name.
    Policy {
        /// The account.
        account: AccountId,
        /// Lower-case name.
        name: String,
    },
    /// Instance profile by account and lower-case name.
    InstanceProfile {
        /// The account.
        account: AccountId,
        /// Lower-case name.
        name: String,
    },
    /// Bucket by name.
    Bucket {
        /// The bucket's name.
        name: String,
    },
    /// Secret by name.
    Secret {
        /// The secret's name.
        name: String,
    },
}

impl Entity {
    /// Where this entity is kept.
    pub fn key(&self) -> Key {
        match self {
            Self::Account(it) => Key::Account {
                account: it.id.clone(),
            },
            // A URL's path has case, so this key keeps it.
            Self::Provider(it) => Key::Provider {
                account: it.account.clone(),
                url: it.url.clone(),
            },
            // Lower case in the key, the given case in the entity: IAM shows a name as it was made
            // and finds it in any.
            Self::Role(it) => Key::Role {
                account: it.account.clone(),
                name: it.name.to_lowercase(),
            },
            Self::Policy(it) => Key::Policy {
                account: it.account.clone(),
                name: it.name.to_lowercase(),
            },
            Self::InstanceProfile(it) => Key::InstanceProfile {
                account: it.account.clone(),
                name: it.name.to_lowercase(),
            },
            Self::Bucket(it) => Key::Bucket {
                name: it.name.clone(),
            },
            Self::Secret(it) => Key::Secret {
                name: it.name.clone(),
            },
        }
    }
}

/// One step of the ordered feed: folding the steps gives the next snapshot.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "kebab-case", deny_unknown_fields)]
pub enum Change {
    /// The entity is there now, in place of one with the same key.
    Put(Box<Entity>),
    /// The entity of this key is gone.
    Remove(Key),
}

impl Change {
    /// A [`Change::Put`].
    pub fn put(entity: Entity) -> Self {
        Self::Put(Box::new(entity))
    }

    /// The key that this change writes.
    pub fn key(&self) -> Key {
        match self {
            Self::Put(entity) => entity.key(),
            Self::Remove(key) => key.clone(),
        }
    }
}
