//! Claims that STS makes condition keys of beyond those of every provider: for the providers that
//! AWS names, and no other (IAM user guide, "Available keys for AWS OIDC federation"; service
//! authorization reference of STS).

/// What STS does with a claim of a provider that it knows.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum ProviderKeys {
    /// Each claim is the key of the same name.
    Claims(&'static [&'static str]),
    /// Keys that AWS fills in from something else than an OIDC token, in a way that is not
    /// documented.
    Undocumented(&'static [&'static str]),
}

impl ProviderKeys {
    /// The claims to read.
    pub fn claims(self) -> &'static [&'static str] {
        match self {
            Self::Claims(names) => names,
            Self::Undocumented(_) => &[],
        }
    }
}

/// An issuer without its scheme, `*` for what differs, and its keys without the issuer.
type Row = (&'static str, ProviderKeys);

const GITHUB: ProviderKeys = ProviderKeys::Claims(&[
    "actor",
    "actor_id",
    "enterprise_id",
    "environment",
    "job_workflow_ref",
    "ref",
    "repository",
    "repository_id",
    "repository_owner_id",
    "workflow",
]);
const BUILDKITE: ProviderKeys = ProviderKeys::Claims(&[
    "build_branch",
    "cluster_id",
    "cluster_name",
    "organization_id",
    "organization_slug",
    "pipeline_id",
    "pipeline_slug",
]);
const GITLAB: ProviderKeys = ProviderKeys::Claims(&[
    "namespace_id",
    "pipeline_source",
    "project_id",
    "ref_protected",
    "runner_environment",
    "user_access_level",
    "user_email",
    "user_id",
    "user_login",
]);

const PROVIDERS: [Row; 13] = [
    (
        "accounts.google.com",
        ProviderKeys::Claims(&["google/organization_number"]),
    ),
    ("agent.*.buildkite.dev", BUILDKITE),
    ("agent.*.buildkite.site", BUILDKITE),
    ("agent.buildkite.com", BUILDKITE),
    ("github.com/enterprises/*", GITHUB),
    ("gitlab.com", GITLAB),
    (
        "graph.facebook.com",
        ProviderKeys::Undocumented(&["app_id", "id"]),
    ),
    (
        "idcs-*.identity.oraclecloud.com",
        ProviderKeys::Claims(&["rpst_id"]),
    ),
    (
        "oidc.circleci.com/org/*",
        ProviderKeys::Claims(&["oidc.circleci.com/project-id"]),
    ),
    ("token.actions.*.ghe.com", GITHUB),
    ("token.actions.githubusercontent.com", GITHUB),
    ("token.actions.githubusercontent.com/*", GITHUB),
    (
        "www.amazon.com",
        ProviderKeys::Undocumented(&["app_id", "user_id"]),
    ),
];

/// The keys of a provider, by its issuer without scheme; none for most. Names of hosts have no
/// case.
pub fn provider_keys(issuer: &str) -> ProviderKeys {
    let issuer = issuer.to_ascii_lowercase();
    let row = PROVIDERS
        .iter()
        .find(|(pattern, _)| match pattern.split_once('*') {
            None => *pattern == issuer,
            Some((before, after)) => {
                let inside = issuer
                    .strip_prefix(before)
                    .and_then(|rest| rest.strip_suffix(after));
                inside.is_some_and(|inside| !inside.is_empty())
            }
        });
    row.map_or(ProviderKeys::Claims(&[]), |(_, keys)| *keys)
}

#[cfg(test)]
mod tests {
    use std::collections::BTreeSet;

    use super::*;
    use crate::aws::Catalogue;

    /// What every provider has, or STS has of its own.
    fn is_everybodys(key: &str) -> bool {
        let (prefix, name) = key.split_once(':').unwrap();
        matches!(prefix, "aws" | "sts") || matches!(name, "aud" | "oaud" | "sub" | "amr" | "email")
    }

    #[test]
    fn the_table_is_the_references_whole() {
        let aws = Catalogue::load();
        let (_, action) = aws.action("sts:AssumeRoleWithWebIdentity").unwrap();
        let known: BTreeSet<&str> = action
            .all_keys()
            .filter(|key| !is_everybodys(key))
            .collect();
        assert!(known.len() > 70, "{}", known.len());
        let mut ours = BTreeSet::new();
        for (issuer, keys) in PROVIDERS {
            let (ProviderKeys::Claims(names) | ProviderKeys::Undocumented(names)) = keys;
            for name in names {
                // A template's hole is one of the catalogue's, whatever it is called there.
                let matches = |key: &&&str| {
                    let filled = key
                        .split("${")
                        .enumerate()
                        .map(|(place, part)| match place {
                            0 => part.to_owned(),
                            _ => format!("*{}", part.split_once('}').unwrap().1),
                        });
                    filled.collect::<String>() == format!("{issuer}:{name}")
                };
                let found = known
                    .iter()
                    .find(matches)
                    .unwrap_or_else(|| panic!("{issuer}:{name} is not the reference's"));
                ours.insert(*found);
            }
        }
        assert_eq!(
            known.difference(&ours).collect::<Vec<_>>(),
            Vec::<&&str>::new(),
            "keys of the reference that have no row"
        );
    }

    #[test]
    fn issuers_are_told_apart() {
        for (issuer, first) in [
            ("token.actions.githubusercontent.com", Some("actor")),
            ("token.actions.githubusercontent.com/octo", Some("actor")),
            ("TOKEN.actions.githubusercontent.com", Some("actor")),
            ("token.actions.octo.ghe.com", Some("actor")),
            ("token.actions..ghe.com", None),
            ("token.actions.githubusercontent.com/", None),
            ("token.actions.githubusercontent.com.example.com", None),
            ("gitlab.com", Some("namespace_id")),
            ("gitlab.example.com", None),
            (
                "oidc.circleci.com/org/1",
                Some("oidc.circleci.com/project-id"),
            ),
            ("graph.facebook.com", Some("app_id")),
            ("oidc.eks.eu-west-1.amazonaws.com/id/ABC", None),
        ] {
            let (ProviderKeys::Claims(names) | ProviderKeys::Undocumented(names)) =
                provider_keys(issuer);
            assert_eq!(names.first().copied(), first, "{issuer}");
        }
    }
}
