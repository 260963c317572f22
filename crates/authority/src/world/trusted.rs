//! Roles that trust policies name. What is kept is the role's unique id, so that a role made anew
//! under the name inherits no trust (IAM user guide, "AWS JSON policy elements: Principal"); an id
//! that no role has means nobody.

use policy::{AccountId, Arn};

use super::World;
use super::principals::{principals, role_id, with};

/// A principal that cannot be bound: no such role or user is here.
#[derive(Debug, PartialEq, Eq)]
pub(crate) struct UnknownPrincipal(pub(crate) String);

impl World {
    /// A trust policy as it is kept: every role in it by its unique id.
    ///
    /// # Errors
    /// The first role, session or user that is not here.
    pub(crate) fn bind_trust(&self, given: &str) -> Result<String, UnknownPrincipal> {
        let mut kept = Vec::new();
        for (from, to, name) in principals(given) {
            if let Some(bound) = self.bound(&name).map_err(|()| UnknownPrincipal(name))? {
                kept.push((from, to, bound));
            }
        }
        Ok(with(given, kept))
    }

    /// A kept trust policy as it is read and evaluated: the ARN in place of an id whose role is
    /// there.
    pub(super) fn show_trust(&self, kept: &str) -> String {
        let shown = principals(kept)
            .into_iter()
            .filter_map(|(from, to, name)| Some((from, to, self.shown(&name)?)));
        with(kept, shown.collect())
    }

    /// What is kept of a principal; `None`: it stays as it is.
    fn bound(&self, name: &str) -> Result<Option<String>, ()> {
        let Ok(arn) = Arn::parse(name) else {
            return Ok(None);
        };
        let (kind, rest) = arn
            .resource()
            .split_once('/')
            .unwrap_or((arn.resource(), ""));
        match (arn.service(), kind) {
            ("iam", "role") => self
                .role_by_arn(&arn)
                .map(|found| Some(found.role.id.clone()))
                .ok_or(()),
            ("sts", "assumed-role") => {
                let (role, session) = rest.split_once('/').ok_or(())?;
                let account = AccountId::parse(arn.account()).map_err(|_| ())?;
                // The name as it is written: a session's ARN has no path, and its case counts.
                let found = self.role(&account, role).filter(|it| {
                    it.role.name == role && it.role.arn.partition() == arn.partition()
                });
                found
                    .map(|it| Some(format!("{}:{session}", it.role.id)))
                    .ok_or(())
            }
            // There are no users here.
            ("iam", "user") => Err(()),
            // Accounts, providers and services have no ids that could be made anew; their names are
            // kept.
            _ => Ok(None),
        }
    }

    fn shown(&self, name: &str) -> Option<String> {
        let role = &self.role_by_id(role_id(name)?)?.role;
        match name.split_once(':') {
            None => Some(role.arn.to_string()),
            Some((_, session)) => {
                let (partition, account) = (role.arn.partition(), &role.account);
                Some(format!(
                    "arn:{partition}:sts::{account}:assumed-role/{}/{session}",
                    role.name
                ))
            }
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::world::{Change, Entity, Key, Role};

    fn account(id: &str) -> AccountId {
        AccountId::parse(id).unwrap()
    }

    fn role(owner: &str, name: &str, id: &str, trust: &str) -> Change {
        Change::put(Entity::Role(Role {
            trust: trust.into(),
            ..Role::bare(owner, name, id)
        }))
    }

    fn shown(world: &World) -> String {
        world
            .role(&account("000000000000"), "opens")
            .unwrap()
            .trust_text()
            .to_owned()
    }

    const NOBODY: &str = r#"{"Statement":[]}"#;
    const APP: &str = "AROAQAAAAAAAAAAAAAAA2";
    const ANEW: &str = "AROAQAAAAAAAAAAAAAAA3";

    #[test]
    fn a_role_made_anew_inherits_no_trust() {
        let given = "{\"Statement\":[{\"Effect\":\"Allow\",\"Principal\":{\"AWS\":[\n \"arn:aws:iam::111111111111:role/app\",\"arn:aws:sts::111111111111:assumed-role/app/é\", \"000000000000\"]},\"Action\":\"sts:AssumeRole\"}]}";
        let world = World::default()
            .fold(1, &[role("111111111111", "app", APP, NOBODY)])
            .unwrap();
        let kept = world.bind_trust(given).unwrap();
        assert_eq!(
            kept,
            given
                .replace("arn:aws:iam::111111111111:role/app", APP)
                .replace(
                    "arn:aws:sts::111111111111:assumed-role/app/é",
                    &format!("{APP}:é")
                )
        );

        let bound = world
            .fold(
                2,
                &[role(
                    "000000000000",
                    "opens",
                    "AROAQAAAAAAAAAAAAAAA4",
                    &kept,
                )],
            )
            .unwrap();
        assert_eq!(shown(&bound), given);
        let gone = bound
            .fold(
                3,
                &[Change::Remove(Key::Role {
                    account: account("111111111111"),
                    name: "app".into(),
                })],
            )
            .unwrap();
        assert_eq!(
            shown(&gone),
            kept,
            "an id that no role has is shown as it is"
        );
        let anew = gone
            .fold(4, &[role("111111111111", "app", ANEW, NOBODY)])
            .unwrap();
        assert_eq!(
            shown(&anew),
            kept,
            "the name is the old one's, the id is not"
        );
        let replaced = bound
            .fold(3, &[role("111111111111", "app", ANEW, NOBODY)])
            .unwrap();
        assert_eq!(
            shown(&replaced),
            kept,
            "one that takes the other's place at once is another too"
        );

        // The order in which a store is read does not matter.
        let later = [
            role("000000000000", "opens", "AROAQAAAAAAAAAAAAAAA4", &kept),
            role("111111111111", "app", APP, NOBODY),
        ];
        assert_eq!(shown(&World::default().fold(1, &later).unwrap()), given);
        assert_eq!(shown(&bound), given, "the old snapshot stays what it was");
    }

    #[test]
    fn a_role_that_stays_itself_makes_nobody_read_anew() {
        let sessions: Vec<String> = (0..30).map(|n| format!(r#""{APP}:s{n}""#)).collect();
        let kept = format!(
            r#"{{"Statement":[{{"Principal":{{"AWS":[{}]}}}}]}}"#,
            sessions.join(",")
        );
        let world = World::default()
            .fold(1, &[role("111111111111", "app", APP, NOBODY)])
            .unwrap();
        let world = world
            .fold(
                2,
                &[role(
                    "000000000000",
                    "opens",
                    "AROAQAAAAAAAAAAAAAAA4",
                    &kept,
                )],
            )
            .unwrap();
        let opens = |world: &World| {
            std::ptr::from_ref(world.role(&account("000000000000"), "opens").unwrap())
        };
        assert_eq!(
            world
                .role(&account("000000000000"), "opens")
                .unwrap()
                .trusted,
            [APP],
            "named thirty times, kept once"
        );
        let tagged = world
            .fold(3, &[role("111111111111", "app", APP, NOBODY)])
            .unwrap();
        assert_eq!(opens(&world), opens(&tagged));
        let anew = tagged
            .fold(4, &[role("111111111111", "app", ANEW, NOBODY)])
            .unwrap();
        assert_ne!(opens(&tagged), opens(&anew));
    }

    #[test]
    fn who_is_not_here_cannot_be_trusted() {
        let world = World::default()
            .fold(1, &[role("111111111111", "app", APP, NOBODY)])
            .unwrap();
        for (principal, known) in [
            ("*", true),
            ("222222222222", true),
            ("arn:aws:iam::222222222222:root", true),
            ("arn:aws:iam::111111111111:role/app", true),
            ("arn:aws:iam::111111111111:role/App", false),
            ("arn:aws:iam::111111111111:role/team/app", false),
            ("arn:aws-cn:iam::111111111111:role/app", false),
            ("arn:aws:iam::222222222222:role/app", false),
            ("arn:aws:sts::111111111111:assumed-role/none/s", false),
            ("arn:aws:iam::111111111111:user/alice", false),
        ] {
            let text = format!(
                r#"{{"Statement":{{"Effect":"Allow","Principal":{{"AWS":"{principal}"}},"Action":"sts:AssumeRole"}}}}"#
            );
            assert_eq!(world.bind_trust(&text).is_ok(), known, "{principal}");
        }
    }
}
