//! Entities with their documents read, and what a role may do once its references are resolved.

use std::sync::{Arc, OnceLock};

use policy::{Arn, Document, Malformed, Policies, Strictness};

use super::entity::{ManagedPolicy, PolicyVersion, Role};
use super::principals;

/// A role with its documents read.
#[derive(Debug)]
pub struct LoadedRole {
    /// The stored role.
    pub role: Role,
    /// The trust policy; a principal that is the id of a role that is gone means nobody.
    pub trust: Policies,
    trust_text: String,
    /// The ids of the roles that the trust policy names.
    pub(super) trusted: Vec<String>,
    inline: Vec<Arc<Document>>,
    /// Put together when first asked. A change of a policy that it has attached makes the role
    /// anew, so it never goes stale.
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
    /// The default version's document, which many sessions may have for their own.
    pub in_force: Policies,
}

impl LoadedRole {
    /// `show` puts the ARNs in the place of the ids in a trust policy.
    pub(super) fn load(role: Role, show: impl Fn(&str) -> String) -> Result<Self, Malformed> {
        let read = |name: &str, text: &str| Document::read(name, text, Strictness::Evaluate);
        let mut trusted = principals::role_ids(&role.trust);
        // Sorted and without doubles: each id is one entry of the index, put in and taken out once.
        trusted.sort();
        trusted.dedup();
        // Most trust policies name a provider and no role: then nothing is rewritten.
        let trust_text = if trusted.is_empty() {
            role.trust.clone()
        } else {
            show(&role.trust)
        };
        Ok(Self {
            trust: read("trust policy", &trust_text)?.into(),
            trust_text,
            trusted,
            inline: role
                .inline
                .iter()
                .map(|(name, text)| read(name, text).map(Arc::new))
                .collect::<Result<_, _>>()?,
            grants: OnceLock::new(),
            role,
        })
    }

    /// The same role, with nothing put together yet.
    pub(super) fn renewed(&self) -> Self {
        Self {
            role: self.role.clone(),
            trust: self.trust.clone(),
            trust_text: self.trust_text.clone(),
            trusted: self.trusted.clone(),
            inline: self.inline.clone(),
            grants: OnceLock::new(),
        }
    }

    /// The trust policy as it is read: roles by ARN while they are there, by id once they are gone.
    pub(crate) fn trust_text(&self) -> &str {
        &self.trust_text
    }

    pub(super) fn refers_to(&self, policy: &Arn) -> bool {
        self.role.attached.contains(policy) || self.role.boundary.as_ref() == Some(policy)
    }

    /// `Err`: the reference that does not resolve.
    pub(super) fn grants(
        &self,
        resolve: impl Fn(&Arn) -> Option<Policies>,
    ) -> Result<&Grants, &Arn> {
        // All or nothing: without a policy that does not resolve, what it denies would be allowed.
        let find = |arn: &Arn| resolve(arn).ok_or_else(|| arn.clone());
        let put_together = || {
            let attached = self
                .role
                .attached
                .iter()
                .map(find)
                .collect::<Result<Vec<_>, Arn>>()?;
            // Compiled as one: they are asked together at every call of the role.
            let identity = attached
                .iter()
                // Documents are shared with every other role that has them; only their union is
                // this role's.
                .flat_map(Policies::shared)
                .chain(&self.inline)
                .cloned()
                .collect();
            let boundary = self.role.boundary.as_ref().map(find).transpose()?;
            Ok(Grants { identity, boundary })
        };
        self.grants.get_or_init(put_together).as_ref()
    }
}

impl LoadedPolicy {
    pub(super) fn load(policy: ManagedPolicy) -> Result<Self, Malformed> {
        let text = policy
            .default_document()
            .map_or("", |version| version.document.as_str());
        // As it is evaluated, not as it is written: what an older version accepted must still load.
        let in_force = Document::read(&policy.name, text, Strictness::Evaluate)?.into();
        Ok(Self { policy, in_force })
    }
}

impl ManagedPolicy {
    /// The version in force.
    pub(crate) fn default_document(&self) -> Option<&PolicyVersion> {
        self.versions
            .iter()
            .find(|version| version.number == self.default_version)
    }
}

#[cfg(test)]
mod tests {
    use std::collections::BTreeMap;

    use policy::{AccountId, Arn};

    use crate::world::{Account, Change, Entity, Key, ManagedPolicy, PolicyVersion, Role, World};

    const POLICY: &str = "arn:aws:iam::000000000000:policy/p";

    fn account() -> AccountId {
        AccountId::parse("000000000000").unwrap()
    }

    fn policy(action: &str) -> Change {
        let document =
            format!(r#"{{"Statement":{{"Effect":"Allow","Action":"{action}","Resource":"*"}}}}"#);
        Change::put(Entity::Policy(ManagedPolicy {
            account: account(),
            arn: Arn::parse(POLICY).unwrap(),
            name: "p".into(),
            path: "/".into(),
            id: "ANPA".into(),
            description: None,
            versions: vec![PolicyVersion {
                number: 1,
                document,
                created: 0,
            }],
            default_version: 1,
            next_version: 2,
            tags: BTreeMap::new(),
            created: 0,
            updated: 0,
        }))
    }

    fn role(attached: &[&str]) -> Change {
        let attached = attached
            .iter()
            .map(|arn| Arn::parse(arn).unwrap())
            .collect();
        Change::put(Entity::Role(Role {
            attached,
            ..Role::bare("000000000000", "r", "AROA")
        }))
    }

    /// The statements that the role of a snapshot has, or the reference that leads nowhere.
    fn grants(world: &World) -> Result<String, String> {
        let found = world.grants(world.role(&account(), "r").unwrap());
        found
            .map(|it| format!("{:?}", it.identity.documents().collect::<Vec<_>>()))
            .map_err(Arn::to_string)
    }

    #[test]
    fn what_a_role_put_together_never_outlives_its_policies() {
        let state = Change::put(Entity::Account(Account {
            id: account(),
            partition: "aws".into(),
            root_key: None,
        }));
        let managed = "arn:aws:iam::aws:policy/AmazonSQSReadOnlyAccess";
        let first = World::default()
            .fold(
                1,
                &[state, policy("s3:GetObject"), role(&[POLICY, managed])],
            )
            .unwrap();
        let before = grants(&first).unwrap();
        assert!(
            before.contains("s3:GetObject") && before.contains("sqs:"),
            "{before}"
        );

        let second = first.fold(2, &[policy("s3:PutObject")]).unwrap();
        let after = grants(&second).unwrap();
        assert!(
            after.contains("s3:PutObject") && !after.contains("s3:GetObject"),
            "{after}"
        );
        assert_eq!(
            grants(&first),
            Ok(before),
            "the old snapshot stays what it was"
        );

        let gone = second
            .fold(
                3,
                &[Change::Remove(Key::Policy {
                    account: account(),
                    name: "p".into(),
                })],
            )
            .unwrap();
        assert_eq!(
            grants(&gone),
            Err(POLICY.to_owned()),
            "a reference that leads nowhere is told, not dropped"
        );
        assert!(grants(&gone.fold(4, &[policy("s3:PutObject")]).unwrap()).is_ok());

        for unknown in [
            "arn:aws:iam::aws:policy/NoSuchPolicy",
            "arn:aws-cn:iam::aws:policy/AmazonSQSReadOnlyAccess",
        ] {
            let world = second.fold(3, &[role(&[unknown])]).unwrap();
            assert_eq!(grants(&world), Err(unknown.to_owned()));
        }
    }
}
