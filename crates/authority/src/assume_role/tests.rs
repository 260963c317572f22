//! Who may assume what: same account and another, tags, source identity, chains; and the attacks on
//! each.

use std::collections::BTreeMap;
use std::net::Ipv4Addr;

use policy::{AccountId, Arn};
use wire::{Words, percent};

use super::*;
use crate::world::{Account, Change, Entity, ManagedPolicy, PolicyVersion, Role};
use crate::{Entropy, grant};

const NOW: i64 = 1_795_521_600;
const OWN: &str = "000000000000";
const OTHER: &str = "111111111111";

/// One question: what differs from a session of `app` that may assume `next` of its own account.
#[derive(Clone, Default)]
struct Case {
    /// The caller's identity policy; `None` for one that allows everything of STS on everything.
    identity: Option<&'static str>,
    /// The permissions boundary of `app`.
    boundary: Option<&'static str>,
    /// The Principal of the trust policy; the account when `None`.
    trusts: Option<&'static str>,
    /// Actions of the trust policy's one statement; sts:AssumeRole when empty.
    actions: &'static [&'static str],
    /// Its Condition, and more statements after it.
    condition: &'static str,
    denies: &'static str,
    /// The account of `next`.
    account: Option<&'static str>,
    /// More of the form.
    form: &'static str,
    /// Tags of `app`, of `next`, and of the session, the latter with whether they go on.
    own_tags: &'static [(&'static str, &'static str)],
    next_tags: &'static [(&'static str, &'static str)],
    session_tags: &'static [(&'static str, &'static str, bool)],
    /// Of the session.
    source_identity: Option<&'static str>,
    policy: Option<&'static str>,
}

fn map(pairs: &[(&str, &str)]) -> BTreeMap<String, String> {
    pairs
        .iter()
        .map(|(key, value)| ((*key).to_owned(), (*value).to_owned()))
        .collect()
}

fn boundary() -> Arn {
    Arn::parse(&format!("arn:aws:iam::{OWN}:policy/boundary")).unwrap()
}

fn policy(document: &str) -> Change {
    Change::put(Entity::Policy(ManagedPolicy {
        account: AccountId::parse(OWN).unwrap(),
        arn: boundary(),
        name: "boundary".into(),
        path: "/".into(),
        id: "ANPABOUNDARY".into(),
        description: None,
        versions: vec![PolicyVersion {
            number: 1,
            document: document.to_owned(),
            created: 0,
        }],
        default_version: 1,
        next_version: 2,
        tags: BTreeMap::new(),
        created: 0,
        updated: 0,
    }))
}

fn role(
    account: &str,
    name: &str,
    trust: String,
    inline: Option<&str>,
    tags: &[(&str, &str)],
) -> Role {
    Role {
        account: AccountId::parse(account).unwrap(),
        arn: Arn::parse(&format!("arn:aws:iam::{account}:role/{name}")).unwrap(),
        name: name.into(),
        path: "/".into(),
        id: format!("AROA{}", name.to_uppercase()),
        trust,
        description: None,
        max_session: 43_200,
        boundary: None,
        attached: Vec::new(),
        inline: inline
            .map(|text| ("inline".to_owned(), text.to_owned()))
            .into_iter()
            .collect(),
        tags: map(tags),
        created: 0,
    }
}

fn world(case: &Case) -> World {
    let account = |id: &str| {
        Change::put(Entity::Account(Account {
            id: AccountId::parse(id).unwrap(),
            partition: "aws".into(),
            root_key: None,
        }))
    };
    let actions = if case.actions.is_empty() {
        &["sts:AssumeRole"][..]
    } else {
        case.actions
    };
    let condition = if case.condition.is_empty() {
        String::new()
    } else {
        format!(r#","Condition":{}"#, case.condition)
    };
    let trust = format!(
        r#"{{"Version":"2012-10-17","Statement":[{{"Effect":"Allow","Principal":{{"AWS":"{}"}},"Action":{actions:?}{condition}}}{}]}}"#,
        case.trusts.unwrap_or(OWN),
        case.denies
    );
    let all = r#"{"Version":"2012-10-17","Statement":{"Effect":"Allow","Action":"sts:*","Resource":"*"}}"#;
    let closed = r#"{"Version":"2012-10-17","Statement":[]}"#.to_owned();
    let mut app = role(
        OWN,
        "app",
        closed,
        Some(case.identity.unwrap_or(all)),
        case.own_tags,
    );
    app.boundary = case.boundary.map(|_| boundary());
    let next = role(
        case.account.unwrap_or(OWN),
        "next",
        trust,
        None,
        case.next_tags,
    );
    let mut changes = vec![account(OWN), account(OTHER)];
    changes.extend(case.boundary.map(policy));
    changes.extend([app, next].map(|role| Change::put(Entity::Role(role))));
    World::default().fold(1, &changes).unwrap()
}

fn caller(case: &Case) -> Caller {
    Caller::of(Bearer::Session(Box::new(Facts {
        account: AccountId::parse(OWN).unwrap(),
        role_id: "AROAAPP".into(),
        role_name: "app".into(),
        session_name: "s1".into(),
        origin: Origin::WebIdentity {
            provider: "i.example".into(),
            subject: "system:serviceaccount:a:b".into(),
            audience: "sts.amazonaws.com".into(),
            amr: Vec::new(),
        },
        issued_at: NOW - 60,
        expires_at: NOW + 3540,
        revision: 1,
        policy: case.policy.map(str::to_owned),
        policy_arns: Vec::new(),
        tags: case
            .session_tags
            .iter()
            .map(|(key, value, _)| ((*key).to_owned(), (*value).to_owned()))
            .collect(),
        transitive: case
            .session_tags
            .iter()
            .filter(|(_, _, on)| *on)
            .map(|(key, ..)| (*key).to_owned())
            .collect(),
        source_identity: case.source_identity.map(str::to_owned),
    })))
}

fn peer() -> Peer {
    Peer {
        source_ip: Ipv4Addr::LOCALHOST.into(),
        secure: false,
        user_agent: None,
        referer: None,
        region: None,
    }
}

fn ask(case: &Case, role: &str) -> Ask {
    let arn = percent::encode(&format!(
        "arn:aws:iam::{}:role/{role}",
        case.account.unwrap_or(OWN)
    ));
    Ask::read(&Words::read(&format!("RoleArn={arn}&RoleSessionName=s2&{}", case.form)).unwrap())
        .unwrap()
}

fn assume(case: &Case) -> Result<Facts, Denial> {
    let assumption = admit(
        &world(case),
        &caller(case),
        &ask(case, "next"),
        &peer(),
        NOW,
    )?;
    Ok(assumption.into_facts(NOW))
}

fn outcome(case: &Case) -> String {
    match assume(case) {
        Ok(_) => "admitted".to_owned(),
        Err(denial) => format!("{} at {:?}", denial.fault.code, denial.evidence.link),
    }
}

const NOTHING: &str = r#"{"Version":"2012-10-17","Statement":[]}"#;
const ONLY_ASSUME: &str = r#"{"Version":"2012-10-17","Statement":{"Effect":"Allow","Action":"sts:AssumeRole","Resource":"arn:aws:iam::*:role/next"}}"#;
const DENY_ASSUME: &str = r#"{"Version":"2012-10-17","Statement":{"Effect":"Deny","Action":"sts:AssumeRole","Resource":"*"}}"#;
const APP: &str = "arn:aws:iam::000000000000:role/app";
const SESSION: &str = "arn:aws:sts::000000000000:assumed-role/app/s1";
const TAGGING: &[&str] = &["sts:AssumeRole", "sts:TagSession"];
const NAMING: &[&str] = &["sts:AssumeRole", "sts:SetSourceIdentity"];
const TEAM: &str = "Tags.member.1.Key=team&Tags.member.1.Value=red";

#[test]
fn both_sides_decide_as_documented() {
    let case = Case::default;
    for (sentence, case, expected) in [
        (
            "the account is trusted and the caller may",
            case(),
            "admitted",
        ),
        (
            "the account is trusted, the caller may not",
            Case {
                identity: Some(NOTHING),
                ..case()
            },
            "AccessDenied at Permissions",
        ),
        (
            "the role itself is trusted: no word of the caller's own",
            Case {
                trusts: Some(APP),
                identity: Some(NOTHING),
                ..case()
            },
            "admitted",
        ),
        (
            "the session itself is trusted",
            Case {
                trusts: Some(SESSION),
                identity: Some(NOTHING),
                ..case()
            },
            "admitted",
        ),
        (
            "another session is trusted",
            Case {
                trusts: Some("arn:aws:sts::000000000000:assumed-role/app/s9"),
                ..case()
            },
            "AccessDenied at TrustPolicy",
        ),
        (
            "another role is trusted",
            Case {
                trusts: Some("arn:aws:iam::000000000000:role/other"),
                ..case()
            },
            "AccessDenied at TrustPolicy",
        ),
        (
            "a deny of the caller's own is final",
            Case {
                trusts: Some(APP),
                identity: Some(DENY_ASSUME),
                ..case()
            },
            "AccessDenied at Permissions",
        ),
        (
            "across accounts both allow",
            Case {
                account: Some(OTHER),
                ..case()
            },
            "admitted",
        ),
        (
            "across accounts, the role named: the caller must allow too",
            Case {
                account: Some(OTHER),
                trusts: Some(APP),
                identity: Some(NOTHING),
                ..case()
            },
            "AccessDenied at Permissions",
        ),
        (
            "across accounts, the session named: the caller must allow too",
            Case {
                account: Some(OTHER),
                trusts: Some(SESSION),
                identity: Some(NOTHING),
                ..case()
            },
            "AccessDenied at Permissions",
        ),
        (
            "across accounts, only the role's own account is trusted",
            Case {
                account: Some(OTHER),
                trusts: Some(OTHER),
                ..case()
            },
            "AccessDenied at TrustPolicy",
        ),
        (
            "the trust policy is for web identities",
            Case {
                actions: &["sts:AssumeRoleWithWebIdentity"],
                ..case()
            },
            "AccessDenied at TrustPolicy",
        ),
        (
            "the caller's boundary does not allow it",
            Case {
                boundary: Some(NOTHING),
                ..case()
            },
            "AccessDenied at Permissions",
        ),
        (
            "the caller's boundary does not allow it, and the role itself is trusted",
            Case {
                boundary: Some(NOTHING),
                trusts: Some(APP),
                ..case()
            },
            "AccessDenied at Permissions",
        ),
        (
            "the caller's boundary denies it, and the session itself is trusted",
            Case {
                boundary: Some(DENY_ASSUME),
                trusts: Some(SESSION),
                ..case()
            },
            "AccessDenied at Permissions",
        ),
        (
            "the caller's boundary allows it",
            Case {
                boundary: Some(ONLY_ASSUME),
                ..case()
            },
            "admitted",
        ),
        (
            "the caller's session policy does not allow it",
            Case {
                policy: Some(NOTHING),
                ..case()
            },
            "AccessDenied at Permissions",
        ),
        (
            "the external id agrees",
            Case {
                condition: r#"{"StringEquals":{"sts:ExternalId":"deal-7"}}"#,
                form: "ExternalId=deal-7",
                ..case()
            },
            "admitted",
        ),
        (
            "another external id",
            Case {
                condition: r#"{"StringEquals":{"sts:ExternalId":"deal-7"}}"#,
                form: "ExternalId=deal-8",
                ..case()
            },
            "AccessDenied at TrustPolicy",
        ),
        (
            "no external id",
            Case {
                condition: r#"{"StringEquals":{"sts:ExternalId":"deal-7"}}"#,
                ..case()
            },
            "AccessDenied at TrustPolicy",
        ),
        (
            "the session's name is a condition",
            Case {
                condition: r#"{"StringEquals":{"sts:RoleSessionName":"s2"}}"#,
                ..case()
            },
            "admitted",
        ),
        (
            "a tag of the role is a condition",
            Case {
                condition: r#"{"StringEquals":{"aws:ResourceTag/tier":"1"}}"#,
                next_tags: &[("tier", "1")],
                ..case()
            },
            "admitted",
        ),
        (
            "a tag of the caller's role is a condition",
            Case {
                condition: r#"{"StringEquals":{"aws:PrincipalTag/team":"red"}}"#,
                own_tags: &[("team", "red")],
                ..case()
            },
            "admitted",
        ),
        (
            "the session's tag overrides the role's",
            Case {
                condition: r#"{"StringEquals":{"aws:PrincipalTag/team":"red"}}"#,
                own_tags: &[("Team", "red")],
                session_tags: &[("team", "blue", false)],
                ..case()
            },
            "AccessDenied at TrustPolicy",
        ),
        (
            "what the gate says can be read by its operators",
            Case {
                condition: r#"{
                    "DateGreaterThan": { "aws:CurrentTime": "2020-01-01", "aws:EpochTime": "2020-01-01", "aws:TokenIssueTime": "2020-01-01" },
                    "NumericGreaterThan": { "aws:EpochTime": "1" },
                    "IpAddress": { "aws:SourceIp": ["0.0.0.0/0", "::/0"] },
                    "Bool": { "aws:SecureTransport": "false", "aws:ViaAWSService": "false", "aws:PrincipalIsAWSService": "false" },
                    "ArnLike": { "aws:PrincipalArn": "arn:aws:iam::*:role/*" },
                    "ArnLikeIfExists": { "aws:FederatedProvider": "arn:aws:iam::*:oidc-provider/*" }
                }"#,
                ..case()
            },
            "admitted",
        ),
        (
            "a duration of one hour",
            Case {
                form: "DurationSeconds=3600",
                ..case()
            },
            "admitted",
        ),
    ] {
        assert_eq!(outcome(&case), expected, "{sentence}");
    }
}

#[test]
fn attack_22_tags_and_source_identity_without_permission() {
    let case = Case::default;
    for (sentence, case, expected) in [
        (
            "tags need sts:TagSession in the trust policy",
            Case {
                form: TEAM,
                ..case()
            },
            "AccessDenied at TrustPolicy",
        ),
        (
            "and of the caller",
            Case {
                form: TEAM,
                actions: TAGGING,
                identity: Some(ONLY_ASSUME),
                ..case()
            },
            "AccessDenied at Permissions",
        ),
        (
            "both allow tags",
            Case {
                form: TEAM,
                actions: TAGGING,
                ..case()
            },
            "admitted",
        ),
        (
            "a tag's value is a condition",
            Case {
                form: TEAM,
                actions: TAGGING,
                condition: r#"{"StringEquals":{"aws:RequestTag/team":"blue"}}"#,
                ..case()
            },
            "AccessDenied at TrustPolicy",
        ),
        (
            "tag keys are a condition",
            Case {
                form: TEAM,
                actions: TAGGING,
                condition: r#"{"ForAllValues:StringEquals":{"aws:TagKeys":["cost"]}}"#,
                ..case()
            },
            "AccessDenied at TrustPolicy",
        ),
        (
            "one tag key is a list all the same",
            Case {
                form: TEAM,
                actions: TAGGING,
                condition: r#"{"StringEquals":{"aws:TagKeys":"team"}}"#,
                ..case()
            },
            "AccessDenied at TrustPolicy",
        ),
        (
            "with a set operator it is compared",
            Case {
                form: TEAM,
                actions: TAGGING,
                condition: r#"{"ForAnyValue:StringEquals":{"aws:TagKeys":"team"}}"#,
                ..case()
            },
            "admitted",
        ),
        (
            "transitive keys are a condition",
            Case {
                form: "Tags.member.1.Key=team&Tags.member.1.Value=red&TransitiveTagKeys.member.1=team",
                actions: TAGGING,
                denies: r#",{"Effect":"Deny","Principal":{"AWS":"*"},"Action":"sts:TagSession","Condition":{"ForAnyValue:StringEquals":{"sts:TransitiveTagKeys":"team"}}}"#,
                ..case()
            },
            "AccessDenied at TrustPolicy",
        ),
        (
            "attack 65: in another spelling they are the role's tag",
            Case {
                form: "Tags.member.1.Key=Team&Tags.member.1.Value=red&TransitiveTagKeys.member.1=TEAM",
                actions: TAGGING,
                next_tags: &[("team", "blue")],
                denies: r#",{"Effect":"Deny","Principal":{"AWS":"*"},"Action":"sts:TagSession","Condition":{"ForAnyValue:StringEquals":{"sts:TransitiveTagKeys":"team"}}}"#,
                ..case()
            },
            "AccessDenied at TrustPolicy",
        ),
        (
            "inherited tags need it as well",
            Case {
                session_tags: &[("team", "red", true)],
                ..case()
            },
            "AccessDenied at TrustPolicy",
        ),
        (
            "inherited tags that are allowed",
            Case {
                session_tags: &[("team", "red", true)],
                actions: TAGGING,
                ..case()
            },
            "admitted",
        ),
        (
            "a tag that does not go on needs nothing",
            Case {
                session_tags: &[("team", "red", false)],
                ..case()
            },
            "admitted",
        ),
        (
            "an inherited tag cannot be passed anew, whatever its case",
            Case {
                session_tags: &[("Team", "red", true)],
                form: TEAM,
                actions: TAGGING,
                ..case()
            },
            "InvalidParameterValue at Sts",
        ),
        (
            "a source identity needs its permission",
            Case {
                form: "SourceIdentity=alice",
                ..case()
            },
            "AccessDenied at TrustPolicy",
        ),
        (
            "both allow it",
            Case {
                form: "SourceIdentity=alice",
                actions: NAMING,
                ..case()
            },
            "admitted",
        ),
        (
            "the caller does not",
            Case {
                form: "SourceIdentity=alice",
                actions: NAMING,
                identity: Some(ONLY_ASSUME),
                ..case()
            },
            "AccessDenied at Permissions",
        ),
        (
            "an inherited one needs it too",
            Case {
                source_identity: Some("alice"),
                ..case()
            },
            "AccessDenied at TrustPolicy",
        ),
        (
            "asked for again it is the same",
            Case {
                source_identity: Some("alice"),
                form: "SourceIdentity=alice",
                actions: NAMING,
                ..case()
            },
            "admitted",
        ),
        (
            "it cannot be changed",
            Case {
                source_identity: Some("alice"),
                form: "SourceIdentity=mallory",
                actions: NAMING,
                ..case()
            },
            "AccessDenied at Sts",
        ),
        (
            "an inherited one is a condition",
            Case {
                source_identity: Some("alice"),
                actions: NAMING,
                condition: r#"{"StringEquals":{"sts:SourceIdentity":"bob"}}"#,
                ..case()
            },
            "AccessDenied at TrustPolicy",
        ),
    ] {
        assert_eq!(outcome(&case), expected, "{sentence}");
    }
}

#[test]
fn what_goes_along_a_chain_and_what_does_not() {
    let case = Case {
        session_tags: &[("team", "red", true), ("desk", "4", false)],
        source_identity: Some("alice"),
        form: "Tags.member.1.Key=cost&Tags.member.1.Value=7&TransitiveTagKeys.member.1=COST",
        actions: &["sts:AssumeRole", "sts:TagSession", "sts:SetSourceIdentity"],
        account: Some(OTHER),
        ..Case::default()
    };
    let facts = assume(&case).unwrap();
    assert_eq!(
        (
            facts.account.as_str(),
            facts.role_id.as_str(),
            facts.session_name.as_str()
        ),
        (OTHER, "AROANEXT", "s2")
    );
    assert_eq!(
        facts.tags,
        map(&[("cost", "7"), ("team", "red")]),
        "what is not transitive stays behind"
    );
    assert_eq!(facts.transitive, ["team", "cost"]);
    assert_eq!(facts.source_identity.as_deref(), Some("alice"));
    assert_eq!(
        facts.origin,
        Origin::Role {
            by: SESSION.to_owned()
        }
    );
    let many: Vec<_> = (0..49).map(|n| (format!("k{n}"), "v".to_owned())).collect();
    let mut parent = caller(&case);
    if let Some(Bearer::Session(facts)) = parent.bearer() {
        let transitive = many.iter().map(|(key, _)| key.clone()).collect();
        parent = Caller::of(Bearer::Session(Box::new(Facts {
            tags: many.into_iter().collect(),
            transitive,
            ..(**facts).clone()
        })));
    }
    let two = Case {
        form: "Tags.member.1.Key=a&Tags.member.1.Value=1&Tags.member.2.Key=b&Tags.member.2.Value=1",
        ..case
    };
    let denial = admit(&world(&two), &parent, &ask(&two, "next"), &peer(), NOW).unwrap_err();
    assert_eq!(denial.fault.code, "ValidationError", "inherited tags count");
}

#[test]
fn inherited_and_passed_tags_are_at_most_fifty() {
    let case = |inherited: usize, passed: usize| {
        let tag = |n: usize| (String::leak(format!("inherited{n}")) as &str, "x", true);
        let form =
            (1..=passed).map(|n| format!("Tags.member.{n}.Key=passed{n}&Tags.member.{n}.Value=x"));
        let form = String::leak(form.collect::<Vec<_>>().join("&"));
        Case {
            session_tags: Vec::leak((0..inherited).map(tag).collect()),
            actions: TAGGING,
            form,
            ..Case::default()
        }
    };
    for (inherited, passed) in [(30, 20), (50, 0), (0, 50)] {
        assert_eq!(assume(&case(inherited, passed)).unwrap().tags.len(), 50);
    }
    for (inherited, passed) in [(30, 21), (50, 1)] {
        let denial = assume(&case(inherited, passed)).unwrap_err();
        assert_eq!(
            denial.fault.code, "ValidationError",
            "{inherited} and {passed}"
        );
    }
}

#[test]
fn attack_23_and_19_a_role_that_is_not_there_sounds_like_one_that_does_not_trust() {
    for account in [OWN, OTHER, "222222222222"] {
        let case = Case {
            trusts: Some("222222222222"),
            account: Some(account),
            ..Case::default()
        };
        let world = world(&case);
        let absent = admit(&world, &caller(&case), &ask(&case, "none"), &peer(), NOW).unwrap_err();
        let upper = admit(&world, &caller(&case), &ask(&case, "NEXT"), &peer(), NOW).unwrap_err();
        let path = admit(&world, &caller(&case), &ask(&case, "x/next"), &peer(), NOW).unwrap_err();
        let expected = |role: &str| {
            format!(
                "User: {SESSION} is not authorized to perform: sts:AssumeRole on resource: arn:aws:iam::{account}:role/{role}"
            )
        };
        let distrusts =
            admit(&world, &caller(&case), &ask(&case, "next"), &peer(), NOW).unwrap_err();
        for (denial, role) in [
            (absent, "none"),
            (upper, "NEXT"),
            (path, "x/next"),
            (distrusts, "next"),
        ] {
            assert_eq!(
                denial.fault,
                Fault::new("AccessDenied", 403, expected(role))
            );
            let names_others = matches!(&denial.evidence.cause, Some(Cause::NoRole { existing }) if account != OWN && !existing.is_empty());
            assert!(!names_others, "the roles of another account are not listed");
        }
    }
}

#[test]
fn attack_23_the_session_of_a_role_made_anew_assumes_nothing() {
    let case = Case::default();
    let Some(Bearer::Session(facts)) = caller(&case).bearer().cloned() else {
        panic!()
    };
    let old = Caller::of(Bearer::Session(Box::new(Facts {
        role_id: "AROAOLD".into(),
        ..*facts
    })));
    let denial = admit(&world(&case), &old, &ask(&case, "next"), &peer(), NOW).unwrap_err();
    assert_eq!(denial.fault.code, "InvalidClientTokenId");
}

#[test]
fn attack_29_a_session_policy_does_not_fall_away_by_assuming() {
    // A session that may do nothing but read cannot leave its bounds through a role of its own
    // account.
    let bound = r#"{"Version":"2012-10-17","Statement":{"Effect":"Allow","Action":"s3:GetObject","Resource":"*"}}"#;
    let case = Case::default;
    for (sentence, case, expected) in [
        (
            "through the account",
            Case {
                policy: Some(bound),
                ..case()
            },
            "AccessDenied at Permissions",
        ),
        (
            "through the role's name",
            Case {
                policy: Some(bound),
                trusts: Some(APP),
                ..case()
            },
            "AccessDenied at Permissions",
        ),
        (
            "across accounts",
            Case {
                policy: Some(bound),
                trusts: Some(SESSION),
                account: Some(OTHER),
                ..case()
            },
            "AccessDenied at Permissions",
        ),
        (
            "with a deny, even for the session's own name",
            Case {
                policy: Some(DENY_ASSUME),
                trusts: Some(SESSION),
                ..case()
            },
            "AccessDenied at Permissions",
        ),
        (
            "with an allow for this",
            Case {
                policy: Some(ONLY_ASSUME),
                ..case()
            },
            "admitted",
        ),
    ] {
        assert_eq!(outcome(&case), expected, "{sentence}");
    }
    // What cannot be read any more denies.
    assert_eq!(
        outcome(&Case {
            policy: Some("{"),
            ..case()
        }),
        "AccessDenied at Permissions"
    );
    // The child is bound by its own session policy.
    let child = assume(&Case { form: "Policy=%7B%22Version%22%3A%222012-10-17%22%2C%22Statement%22%3A%5B%7B%22Effect%22%3A%22Allow%22%2C%22Action%22%3A%22s3%3AGetObject%22%2C%22Resource%22%3A%22*%22%7D%5D%7D", ..case() }).unwrap();
    assert!(child.policy.is_some());
}

#[test]
fn attack_31_a_chain_lasts_an_hour_whatever_the_role_allows() {
    let case = Case::default;
    let facts = assume(&case()).unwrap();
    assert_eq!(
        (facts.issued_at, facts.expires_at),
        (NOW, NOW + 3600),
        "an hour when nothing is asked for"
    );
    let short = assume(&Case {
        form: "DurationSeconds=900",
        ..case()
    })
    .unwrap();
    assert_eq!(short.expires_at, NOW + 900);
    let denial = assume(&Case {
        form: "DurationSeconds=3601",
        ..case()
    })
    .unwrap_err();
    assert_eq!(denial.fault.code, "ValidationError");
    assert_eq!(
        denial.fault.text,
        "The requested DurationSeconds exceeds the 1 hour session limit for roles assumed by role chaining."
    );
}

#[test]
fn attack_30_root_assumes_nothing() {
    let case = Case {
        trusts: Some("*"),
        ..Case::default()
    };
    let root = Caller::of(Bearer::Root(AccountId::parse(OWN).unwrap()));
    let denial = admit(&world(&case), &root, &ask(&case, "next"), &peer(), NOW).unwrap_err();
    assert_eq!(
        denial.fault,
        Fault::new(
            "AccessDenied",
            403,
            "Roles may not be assumed by root accounts."
        )
    );
    let unsigned = admit(
        &world(&case),
        &Caller::anonymous(),
        &ask(&case, "next"),
        &peer(),
        NOW,
    )
    .unwrap_err();
    assert_eq!(
        (unsigned.fault.code.as_ref(), unsigned.evidence.cause),
        ("MissingAuthenticationToken", Some(Cause::Unsigned))
    );
}

#[test]
fn a_chained_session_is_minted_and_opens_with_its_own_policies() {
    let keys = [(1, crate::keyring::SealingKey::new(&[1; 32]).unwrap())].into();
    let ring = crate::keyring::Keyring::new("d".into(), 1, keys);
    let case = Case {
        account: Some(OTHER),
        ..Case::default()
    };
    let world = world(&case);
    let assumption = admit(&world, &caller(&case), &ask(&case, "next"), &peer(), NOW).unwrap();
    let session = crate::session::mint(assumption, &ring, NOW, &mut Entropy::new([1; 32])).unwrap();
    let opened =
        crate::session::open(&session.access_key_id, Some(&session.token), &ring, NOW).unwrap();
    let child = Caller::of(opened.bearer);
    // Everything of STS was the parent's; the child has what its own role has: nothing.
    let form =
        Words::read("Action=GetAccessKeyInfo&Version=2011-06-15&AccessKeyId=AKIAIOSFODNN7EXAMPLE")
            .unwrap();
    let call = catalog::query::call(catalog::Service::Sts, form).unwrap();
    let denial = grant::decide(&world, &child, call, &peer(), NOW).unwrap_err();
    assert_eq!(
        denial.evidence.who.arn.as_deref(),
        Some("arn:aws:sts::111111111111:assumed-role/next/s2")
    );
    assert_eq!(
        (
            denial.evidence.who.assumed_by.as_deref(),
            denial.evidence.who.subject
        ),
        (Some(SESSION), None)
    );
}
