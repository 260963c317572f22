//! Codes, statuses and texts, a sentence for each; and the bytes of some answers.

use catalog::{Service, query};
use policy::{AccountId, Arn};
use wire::{Fault, RequestId, Words, percent};

use super::{apply, unfit};
use crate::caller::Caller;
use crate::entropy::Entropy;
use crate::grant::{Permit, decide};
use crate::peer::Peer;
use crate::session::{Bearer, Facts};
use crate::world::{Account, Change, Entity, World};

pub(super) const TRUST: &str = r#"{"Version":"2012-10-17","Statement":[{"Effect":"Allow","Principal":{"Federated":"arn:aws:iam::000000000000:oidc-provider/i.example"},"Action":"sts:AssumeRoleWithWebIdentity"}]}"#;
pub(super) const DOCUMENT: &str = r#"{"Version":"2012-10-17","Statement":[{"Effect":"Allow","Action":"s3:GetObject","Resource":"*"}]}"#;
const POLICY: &str = "arn:aws:iam::000000000000:policy/p";
const USERS: &str = r#"{"Version":"2012-10-17","Statement":[{"Effect":"Allow","Action":"iam:GetUser","Resource":"*"}]}"#;
pub(super) const NOW: i64 = 1_795_521_600;

pub(super) fn account() -> AccountId {
    AccountId::parse("000000000000").unwrap()
}

fn form(words: &[(&str, &str)]) -> Words {
    let text: Vec<String> = words
        .iter()
        .map(|(name, value)| format!("{name}={}", percent::encode(value)))
        .collect();
    Words::read(&format!("Version=2010-05-08&{}", text.join("&"))).unwrap()
}

/// The next world, or the fault as one line.
pub(super) fn call(world: &World, words: &[(&str, &str)]) -> Result<(World, String), String> {
    ask(world, &root(), words)
}

fn root() -> Caller {
    Caller::of(Bearer::Root(account()))
}

/// As the server: what names no resource is told all that does not fit, what is denied of the
/// denial, and only what is permitted is done.
fn ask(world: &World, caller: &Caller, words: &[(&str, &str)]) -> Result<(World, String), String> {
    let form = form(words);
    let call = query::call(Service::Iam, form.clone())
        .map_err(|bad| unfit(&form).unwrap_or_else(|| bad.fault()));
    let peer = Peer {
        source_ip: [127, 0, 0, 1].into(),
        secure: false,
        user_agent: None,
        referer: None,
        region: None,
    };
    let permit = call
        .and_then(|call| decide(world, caller, call, &peer, NOW).map_err(|denial| denial.fault));
    let permit = permit.map_err(in_a_line)?;
    carried_out(world, &permit)
}

fn in_a_line(fault: Fault) -> String {
    format!("{} {} {}", fault.code, fault.status, fault.text)
}

fn carried_out(world: &World, permit: &Permit<Words>) -> Result<(World, String), String> {
    let applied = apply(world, permit, NOW, &mut Entropy::new([7; 32])).map_err(in_a_line)?;
    let reply = applied.answer.reply(&RequestId::from_entropy([0; 16]));
    Ok((
        world.fold(world.revision() + 1, &applied.changes).unwrap(),
        String::from_utf8(reply.body).unwrap(),
    ))
}

/// A session of `r`.
fn session(world: &World) -> Caller {
    Caller::of(Bearer::Session(Box::new(Facts {
        issued_at: NOW,
        expires_at: NOW + 3600,
        ..Facts::bare(
            account().as_str(),
            "r",
            &world.role(&account(), "r").unwrap().role.id,
        )
    })))
}

/// A provider, a policy with a version, a role that has it attached and as its boundary.
pub(super) fn world() -> World {
    let own = Change::put(Entity::Account(Account {
        id: account(),
        partition: "aws".into(),
        root_key: None,
    }));
    let mut world = World::default().fold(1, &[own]).unwrap();
    for words in [
        &[
            ("Action", "CreateOpenIDConnectProvider"),
            ("Url", "https://i.example"),
        ][..],
        &[
            ("Action", "CreatePolicy"),
            ("PolicyName", "p"),
            ("PolicyDocument", DOCUMENT),
        ],
        &[
            ("Action", "CreateRole"),
            ("RoleName", "r"),
            ("AssumeRolePolicyDocument", TRUST),
            ("PermissionsBoundary", POLICY),
        ],
        &[
            ("Action", "AttachRolePolicy"),
            ("RoleName", "r"),
            ("PolicyArn", POLICY),
        ],
    ] {
        world = call(&world, words).unwrap().0;
    }
    world
}

#[test]
fn refusals_have_awss_words() {
    let world = world();
    let (long, forty) = ("x".repeat(65), "x".repeat(40));
    for (sentence, words, expected) in [
        (
            "a role that is not there",
            &[("Action", "GetRole"), ("RoleName", "none")][..],
            "NoSuchEntity 404 The role with name none cannot be found.",
        ),
        (
            "a role name that is taken, in another case",
            &[
                ("Action", "CreateRole"),
                ("RoleName", "R"),
                ("AssumeRolePolicyDocument", TRUST),
            ],
            "EntityAlreadyExists 409 Role with name R already exists.",
        ),
        (
            "a parameter that must be there",
            &[("Action", "GetRole")],
            "ValidationError 400 1 validation error detected: Value null at 'roleName' failed to satisfy constraint: Member must not be null",
        ),
        (
            "a name that is too long",
            &[("Action", "GetRole"), ("RoleName", &long)],
            "ValidationError 400 1 validation error detected: Value at 'roleName' failed to satisfy constraint: Member must have length less than or equal to 64",
        ),
        (
            "a role with a policy attached",
            &[("Action", "DeleteRole"), ("RoleName", "r")],
            "DeleteConflict 409 Cannot delete entity, must detach all policies first.",
        ),
        (
            "a policy in use",
            &[("Action", "DeletePolicy"), ("PolicyArn", POLICY)],
            "DeleteConflict 409 Cannot delete a policy attached to entities.",
        ),
        (
            "the version in force",
            &[
                ("Action", "DeletePolicyVersion"),
                ("PolicyArn", POLICY),
                ("VersionId", "v1"),
            ],
            "DeleteConflict 409 Cannot delete the default version of a policy.",
        ),
        (
            "a version that is not there",
            &[
                ("Action", "GetPolicyVersion"),
                ("PolicyArn", POLICY),
                ("VersionId", "v2"),
            ],
            "NoSuchEntity 404 Policy arn:aws:iam::000000000000:policy/p version v2 does not exist or is not attachable.",
        ),
        (
            "one of AWS's policies that does not exist",
            &[
                ("Action", "AttachRolePolicy"),
                ("RoleName", "r"),
                ("PolicyArn", "arn:aws:iam::aws:policy/AmazonS3Readonly"),
            ],
            "NoSuchEntity 404 Policy arn:aws:iam::aws:policy/AmazonS3Readonly does not exist or is not attachable.",
        ),
        (
            "a provider that is there",
            &[
                ("Action", "CreateOpenIDConnectProvider"),
                ("Url", "https://i.example"),
            ],
            "EntityAlreadyExists 409 Provider with url https://i.example already exists.",
        ),
        (
            "a provider that is not there",
            &[
                ("Action", "GetOpenIDConnectProvider"),
                (
                    "OpenIDConnectProviderArn",
                    "arn:aws:iam::000000000000:oidc-provider/j.example",
                ),
            ],
            "NoSuchEntity 404 OpenIDConnect Provider not found for arn arn:aws:iam::000000000000:oidc-provider/j.example",
        ),
        (
            "a word that is none of its set",
            &[("Action", "ListPolicies"), ("Scope", "Mine")],
            "ValidationError 400 1 validation error detected: Value at 'scope' failed to satisfy constraint: Member must satisfy enum value set: [All, AWS, Local]",
        ),
        (
            "a page of nothing",
            &[("Action", "ListRoles"), ("MaxItems", "0")],
            "ValidationError 400 1 validation error detected: Value at 'maxItems' failed to satisfy constraint: Member must have value greater than or equal to 1",
        ),
        (
            "a list with a gap, whose end nobody would read",
            &[
                ("Action", "UntagRole"),
                ("RoleName", "r"),
                ("TagKeys.member.1", "a"),
                ("TagKeys.member.3", "b"),
            ],
            "ValidationError 400 Parameter TagKeys.member.3 is not known to this operation",
        ),
        (
            "a member of a tag that is none",
            &[
                ("Action", "TagRole"),
                ("RoleName", "r"),
                ("Tags.member.1.Key", "a"),
                ("Tags.member.1.Value", "b"),
                ("Tags.member.1.Sealed", "c"),
            ],
            "ValidationError 400 Parameter Tags.member.1.Sealed is not known to this operation",
        ),
        (
            "all that does not fit, also of a role that is not there",
            &[
                ("Action", "TagRole"),
                ("RoleName", ""),
                ("Tags.member.1.Key", "!"),
                ("Tags.member.1.Value", "*"),
            ],
            "ValidationError 400 4 validation errors detected: Value at 'roleName' failed to satisfy constraint: Member must have length greater than or equal to 1; Value at 'roleName' failed to satisfy constraint: Member must satisfy regular expression pattern: [\\w+=,.@-]+; Value at 'tags.1.member.key' failed to satisfy constraint: Member must satisfy regular expression pattern: [\\p{L}\\p{Z}\\p{N}_.:/=+\\-@]+; Value at 'tags.1.member.value' failed to satisfy constraint: Member must satisfy regular expression pattern: [\\p{L}\\p{Z}\\p{N}_.:/=+\\-@]*",
        ),
        (
            "thumbprints that are too long",
            &[
                ("Action", "CreateOpenIDConnectProvider"),
                ("Url", "https://j.example"),
                ("ThumbprintList.member.1", &long),
            ],
            "ValidationError 400 1 validation error detected: Value at 'thumbprintList' failed to satisfy constraint: Member must satisfy constraint: [Member must have length less than or equal to 40, Member must have length greater than or equal to 40]",
        ),
        (
            "a thumbprint of forty letters that are no digits",
            &[
                ("Action", "CreateOpenIDConnectProvider"),
                ("Url", "https://j.example"),
                ("ThumbprintList.member.1", &forty),
            ],
            "InvalidInput 400 Invalid thumbprint: a SHA-1 has 40 hexadecimal digits, and `x` is not one.",
        ),
        (
            "an ARN with the line feed of the file that it came from",
            &[
                ("Action", "GetOpenIDConnectProvider"),
                (
                    "OpenIDConnectProviderArn",
                    "arn:aws:iam::000000000000:oidc-provider/i.example\n",
                ),
            ],
            "InvalidInput 400 Invalid ARN arn:aws:iam::000000000000:oidc-provider/i.example\n (it ends in a line feed)",
        ),
        (
            "a policy's ARN with one",
            &[
                ("Action", "GetPolicy"),
                ("PolicyArn", "arn:aws:iam::000000000000:policy/p\n"),
            ],
            "ValidationError 400 Invalid ARN:  Could not be parsed! arn:aws:iam::000000000000:policy/p\n (it ends in a line feed)",
        ),
        (
            "an assumed role as the source of policies",
            &[
                ("Action", "SimulatePrincipalPolicy"),
                (
                    "PolicySourceArn",
                    "arn:aws:sts::000000000000:assumed-role/r/s",
                ),
                ("ActionNames.member.1", "s3:GetObject"),
            ],
            "InvalidInput 400 Invalid Entity Arn: arn:aws:sts::000000000000:assumed-role/r/s does not clearly define entity type and name.",
        ),
    ] {
        assert_eq!(
            call(&world, words).map(|(_, body)| body),
            Err(expected.to_owned()),
            "{sentence}"
        );
    }
    let may = [
        ("Action", "PutRolePolicy"),
        ("RoleName", "r"),
        ("PolicyName", "users"),
        ("PolicyDocument", USERS),
    ];
    let (world, _) = call(&world, &may).unwrap();
    let (world, _) = call(
        &world,
        &[
            ("Action", "DeleteRolePermissionsBoundary"),
            ("RoleName", "r"),
        ],
    )
    .unwrap();
    let refused = ask(&world, &session(&world), &[("Action", "GetUser")]).map(|(_, body)| body);
    assert_eq!(
        refused,
        Err(
            "ValidationError 400 Must specify userName when calling with non-User credentials"
                .to_owned()
        )
    );
}

#[test]
fn a_provider_with_a_port_is_read_back_with_its_scheme() {
    for (url, back) in [
        ("https://j.example/a:b", "j.example/a:b"),
        ("https://localhost:4567", "https://localhost:4567"),
    ] {
        let (world, _) = call(
            &world(),
            &[("Action", "CreateOpenIDConnectProvider"), ("Url", url)],
        )
        .unwrap();
        let arn = format!(
            "arn:aws:iam::000000000000:oidc-provider/{}",
            url.trim_start_matches("https://")
        );
        let (_, xml) = call(
            &world,
            &[
                ("Action", "GetOpenIDConnectProvider"),
                ("OpenIDConnectProviderArn", &arn),
            ],
        )
        .unwrap();
        assert!(xml.contains(&format!("<Url>{back}</Url>")), "{xml}");
    }
}

#[test]
fn five_versions_are_the_most() {
    let version = [
        ("Action", "CreatePolicyVersion"),
        ("PolicyArn", POLICY),
        ("PolicyDocument", DOCUMENT),
    ];
    let world = (0..4).fold(world(), |world, _| call(&world, &version).unwrap().0);
    let expected = "LimitExceeded 409 A managed policy can have up to 5 versions. Before you create a new version, you must delete an existing version.";
    assert_eq!(
        call(&world, &version).map(|(_, body)| body),
        Err(expected.to_owned())
    );
    // What a role may do is the version in force, at once.
    let arn = Arn::parse(POLICY).unwrap();
    let deny = DOCUMENT.replace("Allow", "Deny");
    let world = call(
        &world,
        &[
            ("Action", "DeletePolicyVersion"),
            ("PolicyArn", POLICY),
            ("VersionId", "v2"),
        ],
    )
    .unwrap()
    .0;
    let new = [
        ("Action", "CreatePolicyVersion"),
        ("PolicyArn", POLICY),
        ("PolicyDocument", deny.as_str()),
        ("SetAsDefault", "true"),
    ];
    let world = call(&world, &new).unwrap().0;
    assert_eq!(world.policy_by_arn(&arn).unwrap().policy.default_version, 6);
    let grants = world.grants(world.role(&account(), "r").unwrap()).unwrap();
    assert!(format!("{:?}", grants.identity).contains("Deny"));
}

#[test]
fn answers_to_the_byte() {
    let world = world();
    let head = |name: &str| {
        format!("<{name}Response xmlns=\"https://iam.amazonaws.com/doc/2010-05-08/\">")
    };
    let tail = "<ResponseMetadata><RequestId>00000000-0000-4000-8000-000000000000</RequestId></ResponseMetadata>";
    for (words, inside) in [
        (
            &[("Action", "GetUser")][..],
            "<GetUserResult><User><Path>/</Path><UserName>root</UserName><UserId>000000000000</UserId><Arn>arn:aws:iam::000000000000:root</Arn><CreateDate>1970-01-01T00:00:00Z</CreateDate></User></GetUserResult>",
        ),
        (
            &[
                ("Action", "UpdateRole"),
                ("RoleName", "r"),
                ("MaxSessionDuration", "7200"),
            ],
            "<UpdateRoleResult></UpdateRoleResult>",
        ),
        (
            &[
                ("Action", "DeleteRolePermissionsBoundary"),
                ("RoleName", "r"),
            ],
            "",
        ),
        (
            &[("Action", "ListAttachedRolePolicies"), ("RoleName", "r")],
            "<ListAttachedRolePoliciesResult><AttachedPolicies><member><PolicyName>p</PolicyName><PolicyArn>arn:aws:iam::000000000000:policy/p</PolicyArn></member></AttachedPolicies><IsTruncated>false</IsTruncated></ListAttachedRolePoliciesResult>",
        ),
        (
            &[("Action", "ListAccountAliases")],
            "<ListAccountAliasesResult><AccountAliases></AccountAliases><IsTruncated>false</IsTruncated></ListAccountAliasesResult>",
        ),
        (
            &[
                ("Action", "SimulateCustomPolicy"),
                ("PolicyInputList.member.1", DOCUMENT),
                ("ActionNames.member.1", "s3:GetObject"),
            ],
            "<SimulateCustomPolicyResult><EvaluationResults><member><EvalActionName>s3:GetObject</EvalActionName><EvalResourceName>*</EvalResourceName><EvalDecision>allowed</EvalDecision><MatchedStatements><member><SourcePolicyId>PolicyInputList.1</SourcePolicyId><SourcePolicyType>IAM Policy</SourcePolicyType><StartPosition><Line>1</Line><Column>38</Column></StartPosition><EndPosition><Line>1</Line><Column>95</Column></EndPosition></member></MatchedStatements><MissingContextValues></MissingContextValues></member></EvaluationResults><IsTruncated>false</IsTruncated></SimulateCustomPolicyResult>",
        ),
    ] {
        let name = words[0].1;
        let (_, body) = call(&world, words).unwrap();
        assert_eq!(
            body,
            format!("{}{inside}{tail}</{name}Response>", head(name)),
            "{name}"
        );
    }
}

/// Members that IAM leaves out, as recordings of the service of 2026 have them.
#[test]
fn what_is_empty_or_not_repeated_is_left_out() {
    let world = world();
    let tag = &[("Tags.member.1.Key", "k"), ("Tags.member.1.Value", "v")][..];
    let provider = "arn:aws:iam::000000000000:oidc-provider/i.example";
    let role = &[
        ("Action", "CreateRole"),
        ("RoleName", "n"),
        ("AssumeRolePolicyDocument", TRUST),
        ("Description", "d"),
    ][..];
    let policy = &[
        ("Action", "CreatePolicy"),
        ("PolicyName", "n"),
        ("PolicyDocument", DOCUMENT),
        ("Description", "d"),
    ][..];
    let issuer = &[
        ("Action", "CreateOpenIDConnectProvider"),
        ("Url", "https://n.example"),
    ][..];
    for (sentence, words, there, absent) in [
        (
            "a role",
            role,
            &["<RoleId>"][..],
            &[
                "Tags",
                "Description",
                "MaxSessionDuration",
                "RoleLastUsed",
                "PermissionsBoundary",
            ][..],
        ),
        (
            "a policy",
            policy,
            &["<PolicyId>"],
            &["Tags", "Description"],
        ),
        (
            "a provider",
            issuer,
            &["<OpenIDConnectProviderArn>"],
            &["Tags"],
        ),
        (
            "a role read back",
            &[("Action", "GetRole"), ("RoleName", "r")],
            &[
                "<MaxSessionDuration>3600<",
                "<RoleLastUsed>",
                "<PermissionsBoundaryArn>",
            ],
            &["Tags", "Description"],
        ),
        (
            "a policy read back",
            &[("Action", "GetPolicy"), ("PolicyArn", POLICY)],
            &["<Tags></Tags>"],
            &["Description"],
        ),
        (
            "one of AWS's",
            &[
                ("Action", "GetPolicy"),
                (
                    "PolicyArn",
                    "arn:aws:iam::aws:policy/AmazonSQSReadOnlyAccess",
                ),
            ],
            &["<Tags></Tags>"],
            &["Description"],
        ),
        (
            "a provider read back",
            &[
                ("Action", "GetOpenIDConnectProvider"),
                ("OpenIDConnectProviderArn", provider),
            ],
            &["<Tags></Tags>"],
            &[],
        ),
        (
            "roles in a list",
            &[("Action", "ListRoles")],
            &["<MaxSessionDuration>3600<"],
            &["Tags", "RoleLastUsed", "PermissionsBoundary"],
        ),
        (
            "tags in a list",
            &[("Action", "ListRoleTags"), ("RoleName", "r")],
            &["<Tags></Tags>"],
            &[],
        ),
        (
            "the account",
            &[
                ("Action", "GetAccountAuthorizationDetails"),
                ("Filter.member.1", "Role"),
            ],
            &["<Tags></Tags>"],
            &[],
        ),
    ] {
        let (_, body) = call(&world, words).unwrap();
        for part in there {
            assert!(body.contains(part), "{sentence}: {part} in {body}");
        }
        for name in absent {
            assert!(
                !body.contains(&format!("<{name}>")),
                "{sentence}: {name} in {body}"
            );
        }
        if words[0].1.starts_with("Create") {
            let (_, body) = call(&world, &[words, tag].concat()).unwrap();
            assert!(
                body.contains("<Tags><member><Key>k</Key><Value>v</Value></member></Tags>"),
                "{sentence}: {body}"
            );
        }
    }
}

#[test]
fn a_provider_is_deleted_once_or_more() {
    let world = world();
    let arn = "arn:aws:iam::000000000000:oidc-provider/i.example";
    let code = |fault: String| fault.split(' ').next().unwrap().to_owned();
    let delete = |world: &World, arn: &str| {
        // Whoever asks about another account's is denied before; the operation itself finds nothing
        // there either.
        let words = form(&[
            ("Action", "DeleteOpenIDConnectProvider"),
            ("OpenIDConnectProviderArn", arn),
        ]);
        let deletion = query::call(Service::Iam, words).unwrap();
        let done = carried_out(world, &Permit::undecided(deletion, root(), "aws"));
        done.map(|(world, _)| world.providers(&account()).count())
            .map_err(code)
    };
    let theirs = (
        "OpenIDConnectProviderArn",
        "arn:aws:iam::111111111111:oidc-provider/i.example",
    );
    let denied = call(&world, &[("Action", "DeleteOpenIDConnectProvider"), theirs]);
    assert_eq!(
        denied.map(|_| ()).map_err(code),
        Err("AccessDenied".to_owned())
    );
    let without = call(
        &world,
        &[
            ("Action", "DeleteOpenIDConnectProvider"),
            ("OpenIDConnectProviderArn", arn),
        ],
    )
    .unwrap()
    .0;
    assert_eq!((delete(&world, arn), delete(&without, arn)), (Ok(0), Ok(0)));
    for (sentence, arn, expected) in [
        (
            "another of the account",
            "arn:aws:iam::000000000000:oidc-provider/j.example",
            Ok(1),
        ),
        (
            "one of another account",
            "arn:aws:iam::111111111111:oidc-provider/i.example",
            Err("NoSuchEntity".to_owned()),
        ),
        (
            "one of another partition",
            "arn:aws-cn:iam::000000000000:oidc-provider/i.example",
            Err("NoSuchEntity".to_owned()),
        ),
        (
            "a role",
            "arn:aws:iam::000000000000:role/i.example",
            Err("InvalidInput".to_owned()),
        ),
        (
            "no host",
            "arn:aws:iam::000000000000:oidc-provider/",
            Err("InvalidInput".to_owned()),
        ),
        (
            "a region",
            "arn:aws:iam:us-east-1:000000000000:oidc-provider/i.example",
            Err("InvalidInput".to_owned()),
        ),
        (
            "no ARN at all",
            "https://i.example/and/so/on",
            Err("InvalidInput".to_owned()),
        ),
    ] {
        assert_eq!(delete(&world, arn), expected, "{sentence}");
    }
}

#[test]
fn nothing_is_done_with_another_services_permit() {
    let words = form(&[
        ("Action", "DeleteOpenIDConnectProvider"),
        (
            "OpenIDConnectProviderArn",
            "arn:aws:iam::000000000000:oidc-provider/i.example",
        ),
    ]);
    let mut of_another = query::call(Service::Iam, words).unwrap();
    of_another.service = "lightsail".into();
    let refused =
        carried_out(&world(), &Permit::undecided(of_another, root(), "aws")).map(|(_, body)| body);
    let words = "InvalidAction 400 Could not find operation DeleteOpenIDConnectProvider for version 2010-05-08";
    assert_eq!(refused, Err(words.to_owned()));
}
