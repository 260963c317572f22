//! Every cause has words, and they are kept in one file: `INSTA_UPDATE=always cargo test -p doctor`
//! writes it anew; read the difference. A cause without a row of its own below does not compile.
#![allow(
    clippy::unwrap_used,
    clippy::indexing_slicing,
    clippy::disallowed_methods,
    reason = "a test"
)]

use std::collections::BTreeSet;
use std::fmt::Write as _;

use authority::record::{Asked, Cause, Evidence, Link, Outcome, Record, Who};
use policy::{
    AccountId, Context, Document, Layers, Policies, Principal, Question, Strictness, Values, decide,
};
use serde_json::{Value, json};
use wire::RequestId;

const ROLE: &str = "arn:aws:iam::000000000000:role/reporting";
const ISSUER: &str = "https://oidc.example.com";
const PROVIDER: &str = "arn:aws:iam::000000000000:oidc-provider/oidc.example.com";
const SUB: &str = "oidc.example.com:sub";

/// A denial, its cause with all that its words depend on.
struct Story {
    cause: Cause,
    link: Link,
    asked: Vec<Asked>,
    operation: &'static str,
}

fn at(link: Link, cause: Cause) -> Story {
    Story {
        cause,
        link,
        asked: Vec::new(),
        operation: "sts:AssumeRoleWithWebIdentity",
    }
}

fn because(text: &str) -> String {
    text.to_owned()
}

fn texts(all: &[&str]) -> Vec<String> {
    all.iter().map(|text| (*text).to_owned()).collect()
}

impl Story {
    fn operation(mut self, operation: &'static str) -> Self {
        self.operation = operation;
        self
    }

    fn record(&self) -> Record {
        let who = Who {
            role: Some(ROLE.to_owned()),
            issuer: Some(ISSUER.to_owned()),
            ..Who::default()
        };
        let evidence = Evidence {
            outcome: Outcome::Denied,
            link: self.link,
            account: None,
            operation: self.operation.to_owned(),
            who,
            asked: self.asked.clone(),
            cause: Some(self.cause.clone()),
        };
        Record::new(
            RequestId::from_entropy([0; 16]),
            0,
            "127.0.0.1".to_owned(),
            evidence,
        )
    }
}

/// Rows of a pattern, a cause each, and its stories. The patterns are all causes there are, or the
/// match does not compile.
macro_rules! stories {
    ($($pattern:pat => [$($story:expr),+ $(,)?],)+) => {
        fn stories() -> Vec<Story> {
            let rows: Vec<Story> = vec![$($($story),+),+];
            let own = vec![$($(matches!(&$story.cause, $pattern)),+),+];
            assert!(own.iter().all(|own| *own), "a story is in another cause's row: {own:?}");
            rows
        }
        /// Nothing but the proof that no cause is without a row.
        fn _every(cause: &Cause) {
            match cause {
                $($pattern => {})+
            }
        }
    };
}

stories! {
    Cause::Unreadable { .. } => [at(Link::Credentials, Cause::Unreadable { because: because("the head has no Host") })],
    Cause::Unmapped { .. } => [at(Link::Permissions, Cause::Unmapped { because: because("`?legal-hold` is not supported") })],
    Cause::Internal { .. } => [at(Link::Permissions, Cause::Internal { because: because("the store cannot be written") })],
    Cause::Busy { .. } => [at(Link::Credentials, Cause::Busy { because: because("too many bodies are on their way") })],
    Cause::Parameter { .. } => [at(Link::Sts, Cause::Parameter { because: because("1 validation error detected: ...") })],
    Cause::TokenMalformed { .. } => [at(Link::Token, Cause::TokenMalformed { because: because("it has two parts") })],
    Cause::TokenRefused { .. } => [at(Link::Token, Cause::TokenRefused { because: because("the token has expired") })],
    Cause::RoleNotInClaim { .. } => [at(Link::Token, Cause::RoleNotInClaim { listed: texts(&["arn:a", "arn:b"]) })],
    Cause::NoProvider { .. } => [
        at(Link::OidcProvider, Cause::NoProvider { issuer: because(ISSUER), registered: vec![] }),
        at(Link::OidcProvider, Cause::NoProvider { issuer: because(ISSUER), registered: texts(&["https://a", "https://b"]) }),
    ],
    Cause::NoKeys { .. } => [
        at(Link::OidcProvider, Cause::NoKeys { issuer: because(ISSUER), because: because("") }),
        at(Link::OidcProvider, Cause::NoKeys { issuer: because(ISSUER), because: because("the host has no address") }),
    ],
    Cause::Audience { .. } => [
        at(Link::OidcProvider, Cause::Audience { presented: texts(&["vault"]), accepted: texts(&["sts.amazonaws.com", "x"]) }),
    ],
    Cause::NoRole { .. } => [
        at(Link::TrustPolicy, Cause::NoRole { existing: texts(&["arn:aws:iam::000000000000:role/team/reporting"]) }),
        at(Link::TrustPolicy, Cause::NoRole { existing: vec![] }).operation("sts:AssumeRole"),
    ],
    Cause::TrustPolicy => [
        at(Link::TrustPolicy, Cause::TrustPolicy),
        trust(&json!({ "Effect": "Allow", "Action": "*", "Condition": { "StringEquals": { SUB: "a:b" } } })),
        trust(&json!({ "Effect": "Allow", "Action": "*", "Condition": { "StringEquals": { "x:none": "a" } } })),
        trust(&json!({ "Effect": "Allow", "Action": "*", "Condition": { "StringEquals": { SUB: "ns:App" } } })),
        trust(&json!({ "Effect": "Allow", "Action": "sts:TagSession" })),
        trust(&json!({ "Effect": "Deny", "Action": "*", "Condition": { "StringLike": { SUB: "ns:*" } } })),
        trust(&json!({ "Effect": "Deny", "Action": "*", "Condition": { "StringLike": { "aws:userid": "x" } } })),
        tag_session(),
        trust(&json!({ "Effect": "Allow", "Action": "s3:*" })).operation("sts:AssumeRole"),
    ],
    Cause::Duration { .. } => [at(Link::Sts, Cause::Duration { asked: 7200, most: 3600 })],
    Cause::ChainedDuration { .. } => [at(Link::Sts, Cause::ChainedDuration { asked: 7200 })],
    Cause::RootAssumes => [at(Link::Credentials, Cause::RootAssumes).operation("sts:AssumeRole")],
    Cause::TagFixed { .. } => [at(Link::Sts, Cause::TagFixed { key: because("team") })],
    Cause::SourceIdentityFixed { .. } => [
        at(Link::Sts, Cause::SourceIdentityFixed { set: because("alice"), asked: because("bob") }),
    ],
    Cause::SessionTooLarge { .. } => [at(Link::Sts, Cause::SessionTooLarge { percent: 112 })],
    Cause::Unsigned => [at(Link::Credentials, Cause::Unsigned)],
    Cause::Signature { .. } => [at(Link::Credentials, Cause::Signature { because: because("the signature does not match") })],
    Cause::ForeignKey { .. } => [
        at(Link::Credentials, Cause::ForeignKey { access_key_id: Some(because("test")) }),
        at(Link::Credentials, Cause::ForeignKey { access_key_id: None }),
    ],
    Cause::Region { .. } => [
        at(Link::Credentials, Cause::Region { because: because("signed for `eu-west-1`"), expected: because("us-east-1") }),
    ],
    Cause::Credentials { .. } => [at(Link::Credentials, Cause::Credentials { because: because("the session has expired") })],
    Cause::RoleGone { .. } => [at(Link::Credentials, Cause::RoleGone { role: because("reporting") })],
    Cause::Transport { .. } => [at(Link::Credentials, Cause::Transport { because: because("an unsigned body needs TLS") })],
    Cause::Body { .. } => [at(Link::Credentials, Cause::Body { because: because("the body's hash does not match") })],
    Cause::Unresolved { .. } => [
        at(Link::Permissions, Cause::Unresolved { policy: because("arn:aws:iam::000000000000:policy/gone") }),
    ],
    Cause::Permissions => [
        at(Link::Permissions, Cause::Permissions),
        identity(&json!({ "Effect": "Allow", "Action": ["s3:PutObject", "s3:ListBucket"], "Resource": "*" })),
        identity(&json!({ "Effect": "Allow", "NotAction": "s3:*", "Resource": "*" })),
        identity(&json!({ "Effect": "Allow", "Action": "*", "Resource": ["arn:aws:s3:::b", "a", "b", "c", "d"] })),
        identity(&json!({ "Effect": "Allow", "Action": "*", "NotResource": "arn:aws:s3:::b/*" })),
        identity(&json!({ "Effect": "Allow", "Action": "*", "Resource": "*",
            "Condition": { "StringEquals": { "aws:PrincipalTag/taem": "red" } } })),
        identity(&json!({ "Effect": "Allow", "Action": "*", "Resource": "*",
            "Condition": { "StringEquals": { "aws:userid": "x" } } })),
        identity(&json!({ "Effect": "Deny", "Action": "s3:*", "Resource": "*" })),
        identity(&json!({ "Effect": "Deny", "Action": "s3:*", "Resource": "*", "Condition": {
            "StringNotEquals": { "aws:RequestedRegion": ["eu-central-1", "eu-west-1"], "aws:SourceVpc": "vpc-1" } } })),
        identity(&json!({ "Effect": "Deny", "Action": "*", "Resource": "*",
            "Condition": { "Bool": { "aws:SecureTransport": "false" } } })),
        identity(&json!({ "Effect": "Deny", "Action": "*", "Resource": "*",
            "Condition": { "Bool": { "aws:MultiFactorAuthPresent": "false" } } })),
        identity(&json!({ "Effect": "Deny", "Action": "*", "Resource": "*",
            "Condition": { "Null": { "s3:if-none-match": "true", "s3:if-match": "true" } } })),
        identity(&json!({ "Effect": "Deny", "Action": "*", "Resource": "*", "Condition": { "NoSuch": { "a:b": "c" } } })),
        nothing_attached(),
        other_account(),
    ],
    Cause::NoBucket { .. } => [at(Link::ResourcePolicy, Cause::NoBucket { bucket: because("reports") })],
    Cause::OtherOwner { .. } => [
        at(Link::ResourcePolicy, Cause::OtherOwner { bucket: because("reports"), expected: account("111111111111") }),
    ],
    Cause::BucketTaken { .. } => [at(Link::ResourcePolicy, Cause::BucketTaken { bucket: because("reports") })],
    Cause::SignatureV2 => [at(Link::Credentials, Cause::SignatureV2)],
    Cause::PostPolicy { .. } => [
        at(Link::Credentials, Cause::PostPolicy { because: because("Extra input fields: x-amz-meta-a") }).operation("s3:PostObject"),
    ],
    Cause::PublicPolicy { .. } => [
        at(Link::ResourcePolicy, Cause::PublicPolicy { bucket: because("reports") }).operation("s3:PutBucketPolicy"),
    ],
    Cause::PublicRestricted { .. } => [
        at(Link::ResourcePolicy, Cause::PublicRestricted { bucket: because("reports") }).operation("s3:GetObject"),
    ],
    Cause::ForeignPolicy { .. } => [
        at(Link::ResourcePolicy, Cause::ForeignPolicy { bucket: because("reports") }).operation("s3:GetBucketPolicy"),
    ],
    Cause::LocksOut { .. } => [
        at(Link::ResourcePolicy, Cause::LocksOut { bucket: because("reports") }).operation("s3:PutBucketPolicy"),
    ],
    Cause::MalformedPolicy { .. } => [
        at(Link::ResourcePolicy, Cause::MalformedPolicy {
            because: because("Policy has invalid resource"),
            detail: because("Statement[0].Resource (line 1, column 90): `*` is neither the bucket nor an object in it"),
        }).operation("s3:PutBucketPolicy"),
    ],
    Cause::NoObject { .. } => [
        at(Link::ResourcePolicy, Cause::NoObject { bucket: because("reports"), key: because("q9.csv") }).operation("s3:GetObject"),
    ],
}

fn account(id: &str) -> AccountId {
    AccountId::parse(id).unwrap()
}

fn document(name: &str, statements: &Value) -> Document {
    let text = json!({ "Version": "2012-10-17", "Statement": statements }).to_string();
    Document::read(name, &text, Strictness::Evaluate).unwrap()
}

/// What a request has: of two keys it is not known what they are.
fn context() -> Context {
    let mut context = Context::new();
    for (key, value) in [
        (SUB, json!("ns:app")),
        ("aws:userid", json!(null)),
        ("aws:RequestedRegion", json!("us-east-1")),
        ("aws:PrincipalTag/team", json!("red")),
        ("aws:SecureTransport", json!("false")),
        ("aws:MultiFactorAuthPresent", json!("false")),
    ] {
        context.insert(
            key.to_owned(),
            serde_json::from_value::<Values>(value).unwrap(),
        );
    }
    context
}

fn question(
    principal: &str,
    action: &str,
    resource: &str,
    owner: &str,
    layers: &Layers<'_>,
) -> Vec<Asked> {
    let (principal, context, owner) = (
        Principal::from_arn(principal).unwrap(),
        context(),
        account(owner),
    );
    let resource_account = Some(&owner);
    let question = Question {
        principal: &principal,
        action,
        resource,
        resource_account,
        context: &context,
    };
    vec![Asked {
        action: action.to_owned(),
        resource: resource.to_owned(),
        decision: decide(&question, layers),
    }]
}

fn exchange(action: &str, statement: &Value) -> Story {
    let mut statement = statement.clone();
    statement["Principal"] = json!({ "Federated": PROVIDER });
    let trust = Policies::from(document("trust policy", &statement));
    let layers = Layers {
        resource: Some(&trust),
        resource_is_trust: true,
        ..Layers::default()
    };
    let asked = question(PROVIDER, action, ROLE, "000000000000", &layers);
    Story {
        asked,
        ..at(Link::TrustPolicy, Cause::TrustPolicy)
    }
}

fn trust(statement: &Value) -> Story {
    exchange("sts:AssumeRoleWithWebIdentity", statement)
}

fn tag_session() -> Story {
    exchange(
        "sts:TagSession",
        &json!({ "Effect": "Allow", "Action": "sts:AssumeRoleWithWebIdentity" }),
    )
}

fn call(layers: &Layers<'_>, owner: &str) -> Story {
    let session = "arn:aws:sts::000000000000:assumed-role/reporting/s";
    let asked = question(session, "s3:GetObject", "arn:aws:s3:::b/x", owner, layers);
    Story {
        asked,
        ..at(Link::Permissions, Cause::Permissions).operation("s3:GetObject")
    }
}

fn identity(statement: &Value) -> Story {
    let policies = Policies::from(document("reporting", statement));
    call(
        &Layers {
            identity: Some(&policies),
            ..Layers::default()
        },
        "000000000000",
    )
}

/// A role without policies, and one whose only policy has no statement, say so.
fn nothing_attached() -> Story {
    let (none, every) = (
        Policies::default(),
        Policies::from(document(
            "every",
            &json!({ "Effect": "Allow", "Action": "*", "Resource": "*" }),
        )),
    );
    call(
        &Layers {
            identity: Some(&every),
            session: Some(&none),
            ..Layers::default()
        },
        "000000000000",
    )
}

fn other_account() -> Story {
    let empty = Policies::from(document("bucket policy", &json!([])));
    let every = Policies::from(document(
        "every",
        &json!({ "Effect": "Allow", "Action": "*", "Resource": "*" }),
    ));
    call(
        &Layers {
            identity: Some(&every),
            resource: Some(&empty),
            ..Layers::default()
        },
        "111111111111",
    )
}

#[test]
fn every_cause_has_words() {
    let mut shown = String::new();
    for story in stories() {
        let finding = doctor::explain(&story.record());
        let text = finding.text();
        // The code is the cause's own name, or it and the story's.
        let name = serde_json::to_value(&story.cause).unwrap()["cause"]
            .as_str()
            .unwrap()
            .to_owned();
        let is_its = finding.code == name || finding.code.starts_with(&format!("{name}-"));
        assert!(is_its, "`{}` is no code of `{name}`", finding.code);
        assert!(
            !finding.message.is_empty() && finding.link == Some(story.link),
            "{text}"
        );
        writeln!(shown, "{}\n{text}", finding.code).unwrap();
    }
    insta::assert_snapshot!("causes", shown);
}

#[test]
fn a_finding_is_data_before_it_is_text() {
    let deny = json!({ "Sid": "Regions", "Effect": "Deny", "Action": "s3:*", "Resource": "*",
        "Condition": { "StringNotEquals": { "aws:RequestedRegion": ["eu-central-1", "eu-west-1"] } } });
    let story = identity(&deny);
    let json: Value = serde_json::from_str(&doctor::json(&story.record()).unwrap()).unwrap();
    assert_eq!(json["record"]["cause"]["cause"], "permissions");
    assert_eq!(
        serde_json::from_value::<Record>(json["record"].clone()).unwrap(),
        story.record(),
        "it reads back"
    );
    let found = &json["explanation"];
    assert_eq!(
        (&found["code"], &found["link"]),
        (&json!("permissions-explicit-deny"), &json!("permissions"))
    );
    insta::assert_snapshot!("explicit-deny", format!("{found:#}"));

    let long = at(
        Link::Sts,
        Cause::Duration {
            asked: 7200,
            most: 3600,
        },
    );
    insta::assert_snapshot!(
        "duration",
        format!(
            "{:#}",
            serde_json::to_value(doctor::explain(&long.record())).unwrap()
        )
    );
}

/// Programs read codes: the page has all that there are, and no others.
#[test]
fn the_page_lists_every_code() {
    let page =
        std::fs::read_to_string(concat!(env!("CARGO_MANIFEST_DIR"), "/../../docs/why.md")).unwrap();
    let (_, table) = page.split_once("\n| code | what happened |\n").unwrap();
    let listed: Vec<&str> = table
        .lines()
        .filter_map(|line| Some(line.strip_prefix("| `")?.split_once('`')?.0))
        .collect();
    let mut found: BTreeSet<&str> = stories()
        .iter()
        .map(|story| doctor::explain(&story.record()).code)
        .collect();
    let mut record = stories().remove(0).record();
    record.evidence.cause = None;
    found.insert(doctor::explain(&record).code);
    record.evidence.outcome = Outcome::Allowed;
    found.insert(doctor::explain(&record).code);
    assert_eq!(listed.iter().copied().collect::<BTreeSet<_>>(), found);
    assert_eq!(listed.len(), found.len(), "a code is listed twice");
}

/// Records of 0.1 know nothing of what met a Deny: they are explained all the same.
#[test]
fn a_record_without_what_met_a_deny_is_read_and_explained() {
    let deny = json!({ "Effect": "Deny", "Action": "s3:*", "Resource": "*", "Condition": { "Null": { "a:b": "true" } } });
    let mut old = serde_json::to_value(identity(&deny).record()).unwrap();
    let statement =
        &mut old["asked"][0]["decision"]["trace"]["layers"][0]["documents"][0]["statements"][0];
    assert!(
        statement.as_object_mut().unwrap().remove("met").is_some(),
        "{statement}"
    );
    let text = doctor::explain(&serde_json::from_value::<Record>(old).unwrap()).text();
    assert!(
        text.contains("\"reporting\", statement 1 (line 1) Deny: applies\n"),
        "{text}"
    );
    assert!(
        text.ends_with(
            "help: no Allow outweighs a Deny: if this is intended to work, change \"reporting\", statement 1 (line 1)\n"
        )
    );
}
