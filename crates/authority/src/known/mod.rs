//! Every condition key that the Service authorization reference documents for what is served, held
//! against what policies are told: a Deny on a key that AWS supplies and this gate does not would
//! be a hole.
//!
//! A key of an action is in one of four classes, and each claim is tried: a request is driven to
//! the policies, and its context looked at. The reference is the catalogue's own table.

mod global;
mod iam;
mod s3;
mod sts;

use std::collections::BTreeMap;
use std::net::Ipv4Addr;

use catalog::aws::{Action, Catalogue, Service};
use policy::{AccountId, Arn, Context, Values};

use crate::caller::Caller;
use crate::peer::Peer;
use crate::session::{Bearer, Facts, Origin};
use crate::world::{
    Account, Bucket, Change, Entity, InstanceProfile, ManagedPolicy, PolicyVersion, Provider, Role,
    World,
};

const NOW: i64 = 1_795_521_600;
const OWN: &str = "000000000000";

/// What is claimed of a key in a request.
#[derive(Clone, Copy, Debug, PartialEq)]
enum Class {
    /// It is there.
    Supplied,
    /// It is not there, because the header that would bring it is refused.
    Refused(&'static str, &'static str),
    /// It is not there, on AWS neither: why.
    Absent(&'static str),
    /// Its value cannot be told.
    Unknown,
}

/// Which key, in which operations (all without any), and what is claimed.
type Row = (&'static str, &'static [&'static str], Class);

/// The first row that speaks of the key in this operation.
fn class(rows: &[Row], operation: &str, key: &str) -> Class {
    let speaks = |(known, operations, _): &&Row| {
        *known == key && (operations.is_empty() || operations.contains(&operation))
    };
    // The first: rows of single operations are before the one for all.
    let row = rows.iter().find(speaks);
    row.map(|(.., class)| *class)
        .unwrap_or_else(|| panic!("{operation}: the documented key `{key}` is in no class"))
}

/// The keys of an action, with those of the resource types that are asked about here.
fn documented(service: &Service, action: &Action, types: &[&str]) -> Vec<String> {
    let own = action
        .resource_types
        .iter()
        .filter(|of| types.contains(&of.name.as_str()));
    let of_types = own
        .filter_map(|of| service.resource_type(&of.name))
        .flat_map(|of| &of.keys)
        .map(String::as_str);
    let mut keys: Vec<String> = action
        .all_keys()
        .chain(of_types)
        .map(str::to_owned)
        .collect();
    keys.sort();
    keys.dedup();
    keys
}

/// What a context has for a documented key; one with an open part stands for all that fill it in.
fn found(context: &Context, key: &str) -> Option<Values> {
    let Some((family, _)) = key.split_once(['$', '<']) else {
        return context.get(key).cloned();
    };
    // `aws:RequestTag/${TagKey}` is a family of keys; any member shows that it is supplied.
    let is_one = |name: &str| name.to_lowercase().starts_with(&family.to_lowercase());
    context
        .iter()
        .find(|(name, _)| is_one(name))
        .map(|(_, values)| values.clone())
}

/// Tries a claim on a context; what is refused has to be tried on the request besides.
fn assert_class(class: Class, context: &Context, key: &str, sentence: &str) {
    let found = found(context, key);
    match class {
        Class::Supplied => {
            let there = found
                .as_ref()
                // An empty value counts as missing to `Null`, so it supplies nothing.
                .is_some_and(|values| values.as_slice().iter().any(|value| !value.is_empty()));
            assert!(
                there,
                "{sentence}: `{key}` is listed as supplied, and is {found:?}"
            );
        }
        Class::Unknown => assert_eq!(
            found,
            Some(Values::Unknown),
            "{sentence}: `{key}` is listed as unknown"
        ),
        Class::Refused(..) | Class::Absent(_) => {
            assert_eq!(found, None, "{sentence}: `{key}` is listed as absent")
        }
    }
}

fn account() -> AccountId {
    AccountId::parse(OWN).unwrap()
}

fn arn(rest: &str) -> Arn {
    Arn::parse(&format!("arn:aws:iam::{OWN}:{rest}")).unwrap()
}

fn tags() -> BTreeMap<String, String> {
    [("team".to_owned(), "red".to_owned())].into()
}

/// A role `r` with boundary and tags, a policy, a provider and an instance profile with tags, and
/// two buckets.
fn world() -> World {
    let nothing = r#"{"Version":"2012-10-17","Statement":[]}"#.to_owned();
    let role = Role {
        boundary: Some(arn("policy/p")),
        tags: tags(),
        ..Role::bare(OWN, "r", "AROAR")
    };
    let policy = ManagedPolicy {
        account: account(),
        arn: arn("policy/p"),
        name: "p".into(),
        path: "/".into(),
        id: "ANPAP".into(),
        description: None,
        versions: vec![PolicyVersion {
            number: 1,
            document: nothing,
            created: 0,
        }],
        default_version: 1,
        next_version: 2,
        tags: tags(),
        created: 0,
        updated: 0,
    };
    let provider = Provider {
        account: account(),
        arn: arn("oidc-provider/i.example"),
        url: "i.example".into(),
        client_ids: Vec::new(),
        thumbprints: Vec::new(),
        tags: tags(),
        created: 0,
        keys: None,
    };
    let profile = InstanceProfile {
        account: account(),
        arn: arn("instance-profile/ip"),
        name: "ip".into(),
        path: "/".into(),
        id: "AIPAIP".into(),
        role: None,
        tags: tags(),
        created: 0,
    };
    let bucket = |name: &str| Change::put(Entity::Bucket(Bucket::new(name, account(), 0)));
    let own = Account {
        id: account(),
        partition: "aws".into(),
        root_key: None,
    };
    let changes = [
        Change::put(Entity::Account(own)),
        Change::put(Entity::Policy(policy)),
        Change::put(Entity::Role(role)),
        Change::put(Entity::Provider(provider)),
        Change::put(Entity::InstanceProfile(profile)),
        bucket("bucket"),
        bucket("src-bucket"),
    ];
    World::default().fold(1, &changes).unwrap()
}

/// A session of `r` that a token of this provider became.
fn session(provider: &str) -> Caller {
    Caller::of(Bearer::Session(Box::new(Facts {
        account: account(),
        role_id: "AROAR".into(),
        role_name: "r".into(),
        session_name: "s1".into(),
        origin: Origin::WebIdentity {
            provider: provider.into(),
            subject: "someone".into(),
            audience: "sts.amazonaws.com".into(),
            amr: vec!["authenticated".into()],
        },
        issued_at: NOW - 60,
        expires_at: NOW + 3540,
        revision: 1,
        policy: None,
        policy_arns: Vec::new(),
        tags: tags(),
        transitive: Vec::new(),
        source_identity: Some("me".into()),
    })))
}

fn peer() -> Peer {
    Peer {
        source_ip: Ipv4Addr::LOCALHOST.into(),
        secure: false,
        user_agent: Some("agent".into()),
        referer: Some("page".into()),
        region: None,
    }
}

#[test]
fn a_key_in_no_class_is_noticed() {
    let rows: &[Row] = &[("s3:prefix", &["ListObjects"], Class::Supplied)];
    assert_eq!(class(rows, "ListObjects", "s3:prefix"), Class::Supplied);
    assert!(std::panic::catch_unwind(|| class(rows, "HeadBucket", "s3:prefix")).is_err());
    let mut context = Context::new();
    context.insert("aws:ResourceTag/Team", "red");
    context.insert("s3:TlsVersion", Values::Unknown);
    context.insert("s3:prefix", "");
    for (sentence, class, key, true_one) in [
        ("there", Class::Supplied, "aws:resourcetag/${TagKey}", true),
        ("empty", Class::Supplied, "s3:prefix", false),
        ("unknown", Class::Supplied, "s3:TlsVersion", false),
        ("unknown", Class::Unknown, "s3:TlsVersion", true),
        ("there", Class::Unknown, "s3:prefix", false),
        ("there", Class::Absent("none"), "s3:prefix", false),
        ("unknown", Class::Absent("none"), "s3:TlsVersion", false),
        (
            "there",
            Class::Refused("x", ""),
            "aws:ResourceTag/${TagKey}",
            false,
        ),
        ("missing", Class::Absent("none"), "s3:delimiter", true),
    ] {
        let tried = std::panic::catch_unwind(|| assert_class(class, &context, key, sentence));
        assert_eq!(tried.is_ok(), true_one, "{sentence}: {class:?} of {key}");
    }
}

/// The catalogue's service and action.
fn action<'a>(aws: &'a Catalogue, name: &str) -> (&'a Service, &'a Action) {
    aws.action(name).unwrap_or_else(|| panic!("{name}"))
}
