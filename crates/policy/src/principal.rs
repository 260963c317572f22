//! Who asks, and whether a policy's principal means them.

use crate::arn::{AccountId, Arn, is_account};

/// Who asks.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Principal {
    /// Nobody: an unsigned request.
    Anonymous,
    /// The root user of an account.
    Root {
        /// The account.
        account: AccountId,
        /// Its partition.
        partition: String,
    },
    /// An IAM user.
    User(Arn),
    /// A role's session.
    Session {
        /// The role with its path, when it is known.
        role: Option<Arn>,
        /// `arn:aws:sts::ACCOUNT:assumed-role/NAME/SESSION`.
        session: Arn,
    },
    /// A federated user's session.
    FederatedUser(Arn),
    /// A web identity, during the exchange only.
    WebIdentity {
        /// The provider's ARN.
        provider: Arn,
    },
    /// An AWS service.
    Service(String),
}

/// How a principal element means somebody; for an Allow this decides what else must agree.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub(crate) enum Named {
    /// Through their account: delegation only.
    ViaAccount,
    /// Through the role behind the session.
    ViaEntity,
    /// By themselves, or by `*`.
    Directly,
}

/// One entry of a `Principal` or `NotPrincipal` element.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(crate) enum Entry {
    /// `"*"` or `{"AWS": "*"}`.
    Everyone,
    /// An account by id or by its root ARN.
    Account(AccountId),
    /// A user, role or session.
    Aws(Arn),
    /// An identity provider.
    Federated(String),
    /// A service.
    Service(String),
    /// A form that means nobody: a partial wildcard, an unknown kind.
    Nobody,
}

/// How the session of a role ends whose session is not known; a real name has two characters at
/// least.
const UNNAMED: &str = "/-";

impl Principal {
    /// Reads a principal by its ARN: root, user, session, federated user, role (as a session whose
    /// name is not known) or provider; a name such as `ec2.amazonaws.com` is a service, `*` and
    /// `anonymous` are nobody.
    pub fn from_arn(text: &str) -> Option<Self> {
        if matches!(text, "*" | "anonymous") {
            return Some(Self::Anonymous);
        }
        if let Ok(account) = AccountId::parse(text) {
            return Some(Self::Root {
                account,
                partition: "aws".to_owned(),
            });
        }
        let Ok(arn) = Arn::parse(text) else {
            return (text.ends_with(".amazonaws.com") || text.ends_with(".amazonaws.com.cn"))
                .then(|| Self::Service(text.to_owned()));
        };
        let (kind, name) = arn
            .resource()
            .split_once('/')
            .unwrap_or((arn.resource(), ""));
        Some(match (arn.service(), kind) {
            ("iam", "root") => Self::Root {
                account: AccountId::parse(arn.account()).ok()?,
                partition: arn.partition().to_owned(),
            },
            ("iam", "user") => Self::User(arn),
            ("iam", "oidc-provider" | "saml-provider") => Self::WebIdentity { provider: arn },
            ("iam", "role") => {
                let name = name.rsplit('/').next().unwrap_or(name);
                // Policies of a role are asked by one of its sessions: there is no other way in
                // which a role calls anything.
                let session = format!(
                    "arn:{}:sts::{}:assumed-role/{name}{UNNAMED}",
                    arn.partition(),
                    arn.account()
                );
                Self::Session {
                    session: Arn::parse(&session).ok()?,
                    role: Some(arn),
                }
            }
            ("sts", "assumed-role") if name.contains('/') => Self::Session {
                role: None,
                session: arn,
            },
            ("sts", "federated-user") => Self::FederatedUser(arn),
            _ => return None,
        })
    }

    /// The account that the principal belongs to; none for the anonymous, services and web
    /// identities.
    pub(crate) fn account(&self) -> Option<&str> {
        match self {
            Self::Root { account, .. } => Some(account.as_str()),
            Self::User(arn) | Self::Session { session: arn, .. } | Self::FederatedUser(arn) => {
                Some(arn.account()).filter(|text| is_account(text))
            }
            Self::Anonymous | Self::WebIdentity { .. } | Self::Service(_) => None,
        }
    }

    /// Names of the principal as a policy would write them; for mismatches.
    pub(crate) fn names(&self) -> Vec<String> {
        match self {
            Self::Anonymous => vec!["anonymous".to_owned()],
            Self::Root { account, partition } => {
                vec![format!("arn:{partition}:iam::{account}:root")]
            }
            Self::User(arn) | Self::FederatedUser(arn) => vec![arn.to_string()],
            Self::Session { role, session } => {
                role.iter().chain([session]).map(Arn::to_string).collect()
            }
            Self::WebIdentity { provider } => vec![provider.to_string()],
            Self::Service(name) => vec![name.clone()],
        }
    }

    /// Its account's partition.
    pub(crate) fn partition(&self) -> Option<&str> {
        match self {
            Self::Root { partition, .. } => Some(partition),
            Self::User(arn) | Self::Session { session: arn, .. } | Self::FederatedUser(arn) => {
                Some(arn.partition())
            }
            Self::Anonymous | Self::WebIdentity { .. } | Self::Service(_) => None,
        }
    }
}

impl Entry {
    /// Whether this entry means `principal`, and how. `denying`: a Deny for everyone hits web
    /// identities and services too, while an Allow for everyone does not admit them; and a Deny
    /// means a name in whatever case, as no two users or roles of an account differ in case alone
    /// (IAM user guide, "IAM and AWS STS quotas").
    pub(crate) fn names(&self, principal: &Principal, denying: bool) -> Option<Named> {
        match (self, principal) {
            // An Allow for everyone is written for users and roles; who federates from anywhere is
            // admitted only where the provider is named.
            (Self::Everyone, Principal::WebIdentity { .. } | Principal::Service(_)) => {
                denying.then_some(Named::Directly)
            }
            (Self::Everyone, _) => Some(Named::Directly),
            (Self::Account(account), Principal::Root { account: own, .. }) => {
                (account == own).then_some(Named::Directly)
            }
            // An account trusts its own policies to go on: it delegates, and grants nothing by
            // itself (IAM user guide, "AWS JSON policy elements: Principal", "AWS account
            // principals").
            (Self::Account(account), _) => {
                (principal.account() == Some(account.as_str())).then_some(Named::ViaAccount)
            }
            (Self::Aws(arn), Principal::User(own) | Principal::FederatedUser(own)) => {
                same(arn, own, denying).then_some(Named::Directly)
            }
            (Self::Aws(arn), Principal::Session { role, session }) => {
                if same(arn, session, denying) {
                    return Some(Named::Directly);
                }
                // A role's path is no part of its sessions' ARNs, so the name decides; where the
                // role itself is known, it must agree.
                let agrees = role.as_ref().is_none_or(|role| same(arn, role, denying));
                let names_agree = same_name(role_name(arn)?, session_role(session)?, denying);
                (names_agree && same_home(arn, principal) && agrees).then_some(Named::ViaEntity)
            }
            (Self::Federated(name), Principal::WebIdentity { provider }) => {
                // Of an issuer that AWS knows without a provider the name alone is written; its
                // tokens come by a provider here.
                let by_url = || {
                    denying
                        && provider.resource().strip_prefix("oidc-provider/") == Some(name.as_str())
                };
                (name == provider.as_str() || by_url()).then_some(Named::Directly)
            }
            (Self::Service(name), Principal::Service(own)) => {
                (name == own).then_some(Named::Directly)
            }
            (Self::Aws(_) | Self::Federated(_) | Self::Service(_) | Self::Nobody, _) => None,
        }
    }
}

fn same_home(arn: &Arn, principal: &Principal) -> bool {
    principal.account() == Some(arn.account()) && principal.partition() == Some(arn.partition())
}

fn same(arn: &Arn, own: &Arn, denying: bool) -> bool {
    let home = |arn: &'_ Arn| arn.as_str().len() - arn.resource().len();
    let same_home = arn.as_str().get(..home(arn)) == own.as_str().get(..home(own));
    same_home && same_name(arn.resource(), own.resource(), denying)
}

fn same_name(one: &str, other: &str, denying: bool) -> bool {
    one == other || denying && one.eq_ignore_ascii_case(other)
}

/// Whether the entries of a Deny's `NotPrincipal` spare somebody: account and user, or account,
/// role and session must be listed (AWS knowledge center, "explicit-deny-principle-elements-s3").
/// `*` lists nobody.
pub(crate) fn spares(entries: &[Entry], principal: &Principal) -> bool {
    let listed = |wanted: Named| {
        let mut entries = entries.iter().filter(|entry| **entry != Entry::Everyone);
        entries.any(|entry| entry.names(principal, false) == Some(wanted))
    };
    match principal {
        Principal::Anonymous => false,
        // Who has no account of theirs, or is the account.
        Principal::Root { .. } | Principal::WebIdentity { .. } | Principal::Service(_) => {
            listed(Named::Directly)
        }
        Principal::User(_) | Principal::FederatedUser(_) => {
            listed(Named::ViaAccount) && listed(Named::Directly)
        }
        Principal::Session { session, .. } => {
            let role = listed(Named::ViaAccount) && listed(Named::ViaEntity);
            role && (listed(Named::Directly) || session.resource().ends_with(UNNAMED))
        }
    }
}

fn role_name(arn: &Arn) -> Option<&str> {
    let path = arn
        .resource()
        .strip_prefix("role/")
        .filter(|_| arn.service() == "iam")?;
    path.rsplit('/').next()
}

fn session_role(session: &Arn) -> Option<&str> {
    session
        .resource()
        .strip_prefix("assumed-role/")?
        .split('/')
        .next()
}

/// One name of a kind as it stands in a policy.
pub(crate) fn entry(kind: &str, name: &str) -> Entry {
    match kind {
        "AWS" if name == "*" => Entry::Everyone,
        "AWS" => match (AccountId::parse(name), Arn::parse(name)) {
            (Ok(account), _) => Entry::Account(account),
            // A wildcard is no part of a name: "you cannot use a wildcard to match part of a
            // principal name or ARN" (IAM user guide, "AWS JSON policy elements: Principal").
            (_, Ok(arn))
                if name.contains(['*', '?']) || !matches!(arn.service(), "iam" | "sts") =>
            {
                Entry::Nobody
            }
            (_, Ok(arn)) if arn.resource() == "root" => {
                AccountId::parse(arn.account()).map_or(Entry::Nobody, Entry::Account)
            }
            (_, Ok(arn)) => Entry::Aws(arn),
            _ => Entry::Nobody,
        },
        "Federated" => Entry::Federated(name.to_owned()),
        "Service" => Entry::Service(name.to_owned()),
        _ => Entry::Nobody,
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn arn(text: &str) -> Arn {
        Arn::parse(text).unwrap()
    }

    #[test]
    fn entries_name_principals() {
        let session = Principal::from_arn("arn:aws:sts::111111111111:assumed-role/app/s1").unwrap();
        let alice = Principal::from_arn("arn:aws:iam::111111111111:user/alice").unwrap();
        let web = Principal::WebIdentity {
            provider: arn("arn:aws:iam::111111111111:oidc-provider/i.example"),
        };
        let one = Entry::Account(AccountId::parse("111111111111").unwrap());
        for (sentence, entry, principal, denying, expected) in [
            (
                "a role with a path means its sessions",
                Entry::Aws(arn("arn:aws:iam::111111111111:role/team/app")),
                &session,
                false,
                Some(Named::ViaEntity),
            ),
            (
                "the session itself",
                Entry::Aws(arn("arn:aws:sts::111111111111:assumed-role/app/s1")),
                &session,
                false,
                Some(Named::Directly),
            ),
            (
                "another session",
                Entry::Aws(arn("arn:aws:sts::111111111111:assumed-role/app/s2")),
                &session,
                false,
                None,
            ),
            (
                "a role of the same name elsewhere",
                Entry::Aws(arn("arn:aws:iam::222222222222:role/app")),
                &session,
                false,
                None,
            ),
            (
                "another partition",
                Entry::Aws(arn("arn:aws-cn:iam::111111111111:role/app")),
                &session,
                false,
                None,
            ),
            (
                "a role in another case",
                Entry::Aws(arn("arn:aws:iam::111111111111:role/APP")),
                &session,
                false,
                None,
            ),
            (
                "a Deny means it in whatever case",
                Entry::Aws(arn("arn:aws:iam::111111111111:role/APP")),
                &session,
                true,
                Some(Named::ViaEntity),
            ),
            (
                "a Deny means a user in whatever case",
                Entry::Aws(arn("arn:aws:iam::111111111111:user/Alice")),
                &alice,
                true,
                Some(Named::Directly),
            ),
            (
                "but not elsewhere",
                Entry::Aws(arn("arn:aws:iam::222222222222:user/Alice")),
                &alice,
                true,
                None,
            ),
            (
                "the account",
                one.clone(),
                &alice,
                false,
                Some(Named::ViaAccount),
            ),
            (
                "the account does not mean a web identity",
                one,
                &web,
                true,
                None,
            ),
            (
                "everyone in an Allow leaves web identities out",
                Entry::Everyone,
                &web,
                false,
                None,
            ),
            (
                "everyone in a Deny takes them in",
                Entry::Everyone,
                &web,
                true,
                Some(Named::Directly),
            ),
            (
                "the very provider",
                Entry::Federated("arn:aws:iam::111111111111:oidc-provider/i.example".into()),
                &web,
                false,
                Some(Named::Directly),
            ),
            (
                "a prefix of the provider",
                Entry::Federated("arn:aws:iam::111111111111:oidc-provider/i.ex".into()),
                &web,
                false,
                None,
            ),
        ] {
            assert_eq!(entry.names(principal, denying), expected, "{sentence}");
        }
    }

    #[test]
    fn attack_67_a_deny_of_an_issuer_by_its_own_name_is_one() {
        let google = Principal::WebIdentity {
            provider: arn("arn:aws:iam::111111111111:oidc-provider/accounts.google.com"),
        };
        for (name, denying, expected) in [
            ("accounts.google.com", true, Some(Named::Directly)),
            ("accounts.google.com", false, None),
            ("google.com", true, None),
            ("www.amazon.com", true, None),
            ("", true, None),
        ] {
            assert_eq!(
                Entry::Federated(name.to_owned()).names(&google, denying),
                expected,
                "{name:?} {denying}"
            );
        }
    }
}
