//! The parameters of each operation: botocore's IAM model (2010-05-08), and those of our own
//! operations.

use catalog::query::longest;

use crate::form::{
    Member, Pattern, Shape, TAG_KEYS as KEYS, TAGS, Text, may, must, patterns, text,
};
use crate::lifetime;

const ARN: Shape = Shape::Text(text(20, longest::ARN));
// The model's bound for every document. The quotas are smaller and have errors of their own.
const DOCUMENT: Text = text(1, 131_072).like(patterns::DOCUMENT);
// IAM's model gives these lists no bound; what an operation allows is checked where it is told in
// IAM's words, and the form itself has a bound.
const MANY: usize = usize::MAX;

const ROLE: Member = must("RoleName", name(longest::ROLE_NAME));
const PROFILE: Member = must("InstanceProfileName", name(longest::INSTANCE_PROFILE_NAME));
const POLICY: Member = must("PolicyArn", ARN);
const PROVIDER: Member = must("OpenIDConnectProviderArn", ARN);
const SOURCE: Member = must("PolicySourceArn", ARN);
const POLICY_NAME: Member = must("PolicyName", name(longest::POLICY_NAME));
const POLICY_DOCUMENT: Member = must("PolicyDocument", Shape::Text(DOCUMENT));
const VERSION: Member = must("VersionId", Shape::Text(text(0, 2_048).like(VERSION_ID)));
// A SHA-1 in hexadecimal. The model bounds its length alone; its digits are checked where it is
// read.
const THUMBPRINTS: Shape = Shape::Texts(MANY, text(40, 40));
const CLIENT: Member = must("ClientID", Shape::Text(text(1, 255)));
const ROLE_DESCRIPTION: Shape = Shape::Text(text(0, 1_000).like(DESCRIPTION));
const LONGEST_SESSION: Member = may(
    "MaxSessionDuration",
    Shape::Number(lifetime::LEAST_OF_ROLE, lifetime::LONGEST),
);
const PATH: Shape = Shape::Text(text(1, longest::PATH).like(ANY_PATH));
// Paths of policies have fewer characters than those of roles: the model's own difference.
const OWN_PATH: Shape = Shape::Text(text(1, longest::PATH).like(POLICY_PATH));
const PREFIX: Member = may(
    "PathPrefix",
    Shape::Text(text(1, longest::PATH).like(PATH_PREFIX)),
);
const TAG_KEYS: Member = must("TagKeys", KEYS);
const USED_AS: Member = may(
    "PolicyUsageFilter",
    Shape::Word(&["PermissionsPolicy", "PermissionsBoundary"]),
);
/// AWS's markers have 320 characters at most. Ours hold the name, and of a policy the ARN, that the
/// page before ended with.
const MARKER: Member = may("Marker", Shape::Text(text(1, 4_096)));
const MAX_ITEMS: Member = may("MaxItems", Shape::Number(1, 1_000));
const POLICIES: Shape = Shape::Texts(MANY, DOCUMENT);
const RESOURCE_NAME: Text = text(1, 2_048);
const BOUNDARIES: Member = may("PermissionsBoundaryPolicyInputList", POLICIES);
const ACTIONS: Member = must("ActionNames", Shape::Texts(MANY, text(3, 128)));
const RESOURCES: Member = may("ResourceArns", Shape::Texts(MANY, RESOURCE_NAME));
const RESOURCE_POLICY: Member = may("ResourcePolicy", Shape::Text(DOCUMENT));
const OWNER: Member = may("ResourceOwner", Shape::Text(RESOURCE_NAME));
const CALLER: Member = may("CallerArn", Shape::Text(RESOURCE_NAME));
const CONTEXT: Member = may("ContextEntries", Shape::Structures(MANY, CONTEXT_ENTRY));
const HANDLING: Member = may("ResourceHandlingOption", Shape::Text(text(1, 64)));

const CONTEXT_ENTRY: &[Member] = &[
    must("ContextKeyName", Shape::Text(text(5, 256))),
    must("ContextKeyType", Shape::Word(&CONTEXT_TYPES)),
    may("ContextKeyValues", Shape::Texts(MANY, text(0, MANY))),
];
const CONTEXT_TYPES: [&str; 12] = [
    "string",
    "stringList",
    "numeric",
    "numericList",
    "boolean",
    "booleanList",
    "ip",
    "ipList",
    "binary",
    "binaryList",
    "date",
    "dateList",
];
const ENTITIES: &[&str] = &[
    "User",
    "Role",
    "Group",
    "LocalManagedPolicy",
    "AWSManagedPolicy",
];

/// A name of IAM, of at most so many characters.
const fn name(most: usize) -> Shape {
    Shape::Text(text(1, most).like(patterns::NAME))
}

/// Two slashes side by side are refused, although the pattern lets them through: no ARN with them
/// could be told from another.
const ANY_PATH: Pattern = Pattern {
    text: "(\\u002F)|(\\u002F[\\u0021-\\u007E]+\\u002F)",
    matches: |text| {
        text.starts_with('/')
            && text.ends_with('/')
            && !text.contains("//")
            && text.bytes().all(|byte| byte.is_ascii_graphic())
    },
};
const POLICY_PATH: Pattern = Pattern {
    text: "((/[A-Za-z0-9\\.,\\+@=_-]+)*)/",
    matches: |text| {
        let plain = |c: char| c.is_ascii_alphanumeric() || "/.,+@=_-".contains(c);
        text.starts_with('/')
            && text.ends_with('/')
            && !text.contains("//")
            && text.chars().all(plain)
    },
};
const PATH_PREFIX: Pattern = Pattern {
    text: "\\u002F[\\u0021-\\u007F]*",
    matches: |text| text.starts_with('/') && text.chars().all(|c| matches!(c, '!'..='\u{7f}')),
};
const DESCRIPTION: Pattern = Pattern {
    text: "[\\u0009\\u000A\\u000D\\u0020-\\u007E\\u00A1-\\u00FF]*",
    matches: |text| {
        text.chars()
            .all(|c| matches!(c, '\t' | '\n' | '\r' | ' '..='~' | '\u{a1}'..='\u{ff}'))
    },
};
const VERSION_ID: Pattern = Pattern {
    text: "v[1-9][0-9]*(\\.[A-Za-z0-9-]*)?",
    matches: |text| {
        let Some(rest) = text.strip_prefix('v') else {
            return false;
        };
        let (number, more) = rest.split_once('.').unwrap_or((rest, ""));
        !number.is_empty()
            && !number.starts_with('0')
            && number.bytes().all(|byte| byte.is_ascii_digit())
            && more
                .bytes()
                .all(|byte| byte.is_ascii_alphanumeric() || byte == b'-')
    },
};

/// The members of an operation; `None` for one that is not served.
pub(super) fn of(operation: &str) -> Option<&'static [Member]> {
    ROWS.iter()
        .find(|(name, _)| *name == operation)
        .map(|(_, members)| *members)
}

const ROWS: &[(&str, &[Member])] = &[
    (
        "CreateOpenIDConnectProvider",
        &[
            must("Url", Shape::Text(text(1, longest::URL))),
            may("ClientIDList", Shape::Texts(MANY, text(1, 255))),
            may("ThumbprintList", THUMBPRINTS),
            may("Tags", TAGS),
        ],
    ),
    ("GetOpenIDConnectProvider", &[PROVIDER]),
    ("ListOpenIDConnectProviders", &[]),
    ("DeleteOpenIDConnectProvider", &[PROVIDER]),
    (
        "UpdateOpenIDConnectProviderThumbprint",
        &[PROVIDER, must("ThumbprintList", THUMBPRINTS)],
    ),
    ("AddClientIDToOpenIDConnectProvider", &[PROVIDER, CLIENT]),
    (
        "RemoveClientIDFromOpenIDConnectProvider",
        &[PROVIDER, CLIENT],
    ),
    ("TagOpenIDConnectProvider", &[PROVIDER, must("Tags", TAGS)]),
    ("UntagOpenIDConnectProvider", &[PROVIDER, TAG_KEYS]),
    (
        "ListOpenIDConnectProviderTags",
        &[PROVIDER, MARKER, MAX_ITEMS],
    ),
    (
        "PutOpenIDConnectProviderKeys",
        &[PROVIDER, must("JWKS", Shape::Free)],
    ),
    ("DeleteOpenIDConnectProviderKeys", &[PROVIDER]),
    (
        "CreatePolicy",
        &[
            POLICY_NAME,
            may("Path", OWN_PATH),
            POLICY_DOCUMENT,
            may("Description", Shape::Text(text(0, 1_000))),
            may("Tags", TAGS),
        ],
    ),
    ("GetPolicy", &[POLICY]),
    (
        "ListPolicies",
        &[
            may("Scope", Shape::Word(&["All", "AWS", "Local"])),
            may("OnlyAttached", Shape::Flag),
            may("PathPrefix", OWN_PATH),
            USED_AS,
            MARKER,
            MAX_ITEMS,
        ],
    ),
    ("DeletePolicy", &[POLICY]),
    (
        "CreatePolicyVersion",
        &[POLICY, POLICY_DOCUMENT, may("SetAsDefault", Shape::Flag)],
    ),
    ("GetPolicyVersion", &[POLICY, VERSION]),
    ("ListPolicyVersions", &[POLICY, MARKER, MAX_ITEMS]),
    ("SetDefaultPolicyVersion", &[POLICY, VERSION]),
    ("DeletePolicyVersion", &[POLICY, VERSION]),
    (
        "ListEntitiesForPolicy",
        &[
            POLICY,
            may("EntityFilter", Shape::Word(ENTITIES)),
            may("PathPrefix", PATH),
            USED_AS,
            MARKER,
            MAX_ITEMS,
        ],
    ),
    ("TagPolicy", &[POLICY, must("Tags", TAGS)]),
    ("UntagPolicy", &[POLICY, TAG_KEYS]),
    ("ListPolicyTags", &[POLICY, MARKER, MAX_ITEMS]),
    (
        "CreateRole",
        &[
            may("Path", PATH),
            ROLE,
            must("AssumeRolePolicyDocument", Shape::Text(DOCUMENT)),
            may("Description", ROLE_DESCRIPTION),
            LONGEST_SESSION,
            may("PermissionsBoundary", ARN),
            may("Tags", TAGS),
        ],
    ),
    ("GetRole", &[ROLE]),
    ("ListRoles", &[PREFIX, MARKER, MAX_ITEMS]),
    (
        "UpdateRole",
        &[ROLE, may("Description", ROLE_DESCRIPTION), LONGEST_SESSION],
    ),
    (
        "UpdateRoleDescription",
        &[ROLE, must("Description", ROLE_DESCRIPTION)],
    ),
    ("UpdateAssumeRolePolicy", &[ROLE, POLICY_DOCUMENT]),
    (
        "PutRolePermissionsBoundary",
        &[ROLE, must("PermissionsBoundary", ARN)],
    ),
    ("DeleteRolePermissionsBoundary", &[ROLE]),
    ("DeleteRole", &[ROLE]),
    ("TagRole", &[ROLE, must("Tags", TAGS)]),
    ("UntagRole", &[ROLE, TAG_KEYS]),
    ("ListRoleTags", &[ROLE, MARKER, MAX_ITEMS]),
    ("AttachRolePolicy", &[ROLE, POLICY]),
    ("DetachRolePolicy", &[ROLE, POLICY]),
    (
        "ListAttachedRolePolicies",
        &[ROLE, may("PathPrefix", OWN_PATH), MARKER, MAX_ITEMS],
    ),
    ("PutRolePolicy", &[ROLE, POLICY_NAME, POLICY_DOCUMENT]),
    ("GetRolePolicy", &[ROLE, POLICY_NAME]),
    ("ListRolePolicies", &[ROLE, MARKER, MAX_ITEMS]),
    ("DeleteRolePolicy", &[ROLE, POLICY_NAME]),
    (
        "CreateServiceLinkedRole",
        &[
            must("AWSServiceName", name(longest::SERVICE_NAME)),
            may("Description", ROLE_DESCRIPTION),
            may("CustomSuffix", name(longest::CUSTOM_SUFFIX)),
        ],
    ),
    ("DeleteServiceLinkedRole", &[ROLE]),
    (
        "GetServiceLinkedRoleDeletionStatus",
        &[must(
            "DeletionTaskId",
            Shape::Text(text(1, longest::DELETION_TASK_ID)),
        )],
    ),
    (
        "CreateInstanceProfile",
        &[PROFILE, may("Path", PATH), may("Tags", TAGS)],
    ),
    ("GetInstanceProfile", &[PROFILE]),
    ("DeleteInstanceProfile", &[PROFILE]),
    ("AddRoleToInstanceProfile", &[PROFILE, ROLE]),
    ("RemoveRoleFromInstanceProfile", &[PROFILE, ROLE]),
    ("ListInstanceProfiles", &[PREFIX, MARKER, MAX_ITEMS]),
    ("TagInstanceProfile", &[PROFILE, must("Tags", TAGS)]),
    ("UntagInstanceProfile", &[PROFILE, TAG_KEYS]),
    ("ListInstanceProfileTags", &[PROFILE, MARKER, MAX_ITEMS]),
    ("ListInstanceProfilesForRole", &[ROLE, MARKER, MAX_ITEMS]),
    ("GetUser", &[may("UserName", name(longest::USER_NAME))]),
    ("ListUsers", &[PREFIX, MARKER, MAX_ITEMS]),
    ("ListGroups", &[PREFIX, MARKER, MAX_ITEMS]),
    ("ListAccountAliases", &[MARKER, MAX_ITEMS]),
    ("GetAccountSummary", &[]),
    (
        "GetAccountAuthorizationDetails",
        &[may("Filter", Shape::Words(ENTITIES)), MARKER, MAX_ITEMS],
    ),
    (
        "GetContextKeysForCustomPolicy",
        &[must("PolicyInputList", POLICIES)],
    ),
    (
        "GetContextKeysForPrincipalPolicy",
        &[SOURCE, may("PolicyInputList", POLICIES)],
    ),
    (
        "SimulateCustomPolicy",
        &[
            must("PolicyInputList", POLICIES),
            BOUNDARIES,
            ACTIONS,
            RESOURCES,
            RESOURCE_POLICY,
            OWNER,
            CALLER,
            CONTEXT,
            HANDLING,
            MARKER,
            MAX_ITEMS,
        ],
    ),
    (
        "SimulatePrincipalPolicy",
        &[
            SOURCE,
            may("PolicyInputList", POLICIES),
            BOUNDARIES,
            ACTIONS,
            RESOURCES,
            RESOURCE_POLICY,
            OWNER,
            CALLER,
            CONTEXT,
            HANDLING,
            MARKER,
            MAX_ITEMS,
        ],
    ),
];

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn every_operation_has_its_members() {
        let mut served = catalog::query::operations(catalog::Service::Iam);
        let mut rows: Vec<&str> = ROWS.iter().map(|(name, _)| *name).collect();
        served.sort_unstable();
        rows.sort_unstable();
        assert_eq!(served, rows);
    }

    #[test]
    fn patterns_hold_for_what_aws_would_take() {
        for (pattern, text, matches) in [
            (ANY_PATH, "/", true),
            (ANY_PATH, "/a/b!/", true),
            (ANY_PATH, "/a", false),
            (ANY_PATH, "/a b/", false),
            (POLICY_PATH, "/", true),
            (POLICY_PATH, "/a.b/c+d/", true),
            (POLICY_PATH, "/a!/", false),
            (POLICY_PATH, "/a", false),
            (PATH_PREFIX, "/a", true),
            (PATH_PREFIX, "a/", false),
            (DESCRIPTION, "é\t\n", true),
            (DESCRIPTION, "\u{a0}", false),
            (DESCRIPTION, "€", false),
            (VERSION_ID, "v1", true),
            (VERSION_ID, "v10.a-b", true),
            (VERSION_ID, "v01", false),
            (VERSION_ID, "1", false),
            (VERSION_ID, "v", false),
            (VERSION_ID, "v1.a_b", false),
        ] {
            assert_eq!((pattern.matches)(text), matches, "{} {text}", pattern.text);
        }
    }
}
