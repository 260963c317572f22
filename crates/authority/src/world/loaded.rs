//! Entities with their documents read, and what a role may do once its references are resolved.

use std::sync::{Arc, OnceLock};

use policy::{Arn, Document, Malformed, Policies, Strictness};

use super::entity::{ManagedPolicy, PolicyVersion, Role};

/// A role with its documents read.
#[derive(Debug)]
pub struct LoadedRole {
    /// The stored role.
    pub role: Role,
    /// The trust policy.
    pub trust: Policies,
    inline: Vec<Arc<Document>>,
    /// Put together when first asked. A change of a policy that it has attached makes the role anew, so it never goes stale.
    grants: OnceLock<Result<Grants, Arn>>,
}

/// What a role may do.
#[derive(Debug)]
pub struct Grants {
    /// Attached and inline policies.
    pub identity: Policies,
    /// The permissions boundary.
    pub boundary: Option<Policies>,
}

/// A managed policy with the document in force read.
#[derive(Debug)]
pub struct LoadedPolicy {
    /// The stored policy.
    pub policy: ManagedPolicy,
    /// The default version's document.
    pub document: Arc<Document>,
}

impl LoadedRole {
    pub(super) fn load(role: Role) -> Result<Self, Malformed> {
        let read = |name: &str, text: &str| Document::read(name, text, Strictness::Evaluate);
        Ok(Self {
            trust: read("trust policy", &role.trust)?.into(),
            inline: role.inline.iter().map(|(name, text)| read(name, text).map(Arc::new)).collect::<Result<_, _>>()?,
            grants: OnceLock::new(),
            role,
        })
    }

    /// The same role, with nothing put together yet.
    pub(super) fn renewed(&self) -> Self {
        Self { role: self.role.clone(), trust: self.trust.clone(), inline: self.inline.clone(), grants: OnceLock::new() }
    }

    pub(super) fn refers_to(&self, policy: &Arn) -> bool {
        self.role.attached.contains(policy) || self.role.boundary.as_ref() == Some(policy)
    }

    /// `Err`: the reference that does not resolve.
    pub(super) fn grants(&self, resolve: impl Fn(&Arn) -> Option<Arc<Document>>) -> Result<&Grants, &Arn> {
        let find = |arn: &Arn| resolve(arn).ok_or_else(|| arn.clone());
        let put_together = || {
            let attached = self.role.attached.iter().map(find);
            let identity = attached.chain(self.inline.iter().cloned().map(Ok)).collect::<Result<Policies, Arn>>()?;
            let boundary = self.role.boundary.as_ref().map(|arn| find(arn).map(|it| std::iter::once(it).collect())).transpose()?;
            Ok(Grants { identity, boundary })
        };
        self.grants.get_or_init(put_together).as_ref()
    }
}

impl LoadedPolicy {
    pub(super) fn load(policy: ManagedPolicy) -> Result<Self, Malformed> {
        let text = policy.default_document().map_or("", |version| version.document.as_str());
        let document = Arc::new(Document::read(&policy.name, text, Strictness::Evaluate)?);
        Ok(Self { policy, document })
    }
}

impl ManagedPolicy {
    /// The version in force.
    pub fn default_document(&self) -> Option<&PolicyVersion> {
        self.versions.iter().find(|version| version.number == self.default_version)
    }
}
