//! What a session token says, and whom credentials belong to.

use std::collections::BTreeMap;

use policy::{AccountId, Arn};
use serde::{Deserialize, Serialize};

/// What a session token says; all that the gate needs to know about its bearer.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct Facts {
    /// The role's account.
    pub account: AccountId,
    /// The role's unique id: the session ends with the role, whatever is made anew under its name.
    pub role_id: String,
    /// The role's name.
    pub role_name: String,
    /// The session's name.
    pub session_name: String,
    /// How the session came to be.
    pub origin: Origin,
    /// Unix seconds.
    pub issued_at: i64,
    /// Unix seconds; the credentials are dead from this second on.
    pub expires_at: i64,
    /// The store's revision that the assumption was decided over.
    pub revision: u64,
    /// Inline session policy, as it was given.
    pub policy: Option<String>,
    /// Managed session policies.
    pub policy_arns: Vec<Arn>,
    /// Session tags.
    pub tags: BTreeMap<String, String>,
    /// Keys of the tags that go on to the next role of a chain.
    pub transitive: Vec<String>,
    /// Source identity.
    pub source_identity: Option<String>,
}

/// How a session came to be.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub enum Origin {
    /// By a web identity token.
    WebIdentity {
        /// The provider's URL without scheme.
        provider: String,
        /// The token's `sub`.
        subject: String,
        /// The audience that matched.
        audience: String,
        /// The token's `amr`.
        amr: Vec<String>,
    },
    /// By the session of another role: role chaining.
    Role {
        /// ARN of that session.
        by: String,
    },
}

/// Whom credentials belong to.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Bearer {
    /// A role's session.
    Session(Box<Facts>),
    /// An account's root, for bootstrap.
    Root(AccountId),
}

impl Bearer {
    /// The account that the credentials are of.
    pub fn account(&self) -> &AccountId {
        match self {
            Self::Session(facts) => &facts.account,
            Self::Root(account) => account,
        }
    }
}

impl Facts {
    /// `arn:PARTITION:sts::ACCOUNT:assumed-role/ROLE/SESSION`; the role's path is not part of it.
    pub fn arn(&self, partition: &str) -> String {
        format!(
            "arn:{partition}:sts::{}:assumed-role/{}/{}",
            self.account, self.role_name, self.session_name
        )
    }

    /// `AROA...:SESSION`, the value of `aws:userid`.
    pub fn user_id(&self) -> String {
        format!("{}:{}", self.role_id, self.session_name)
    }
}

#[cfg(test)]
impl Facts {
    /// A role's session without policies and tags, for tests to say what they are about.
    pub(crate) fn bare(owner: &str, role: &str, role_id: &str) -> Self {
        Self {
            account: AccountId::parse(owner).unwrap(),
            role_id: role_id.into(),
            role_name: role.into(),
            session_name: "s".into(),
            origin: Origin::Role { by: "x".into() },
            issued_at: 0,
            expires_at: 1,
            revision: 1,
            policy: None,
            policy_arns: Vec::new(),
            tags: BTreeMap::new(),
            transitive: Vec::new(),
            source_identity: None,
        }
    }
}
