//! What bucket policies allow and deny: within an account and across, to the anonymous, and what of
//! it a bucket that blocks public access takes back.

use std::collections::BTreeMap;

use catalog::s3::{self, S3Call};
use catalog::{BucketName, Call, ObjectKey};
use policy::AccountId;
use sigv4::AuthType;
use wire::Head;

use super::*;
use crate::caller::Caller;
use crate::denial::Denial;
use crate::peer::Peer;
use crate::record::Cause;
use crate::s3_call::{self, Seen};
use crate::session::{Bearer, Facts};
use crate::world::{Account, Bucket, Change, Entity, Key, PublicAccessBlock, Role, World};

const OWN: &str = "000000000000";
const OTHER: &str = "111111111111";
const ALL: &str =
    r#"{"Version":"2012-10-17","Statement":[{"Effect":"Allow","Action":"s3:*","Resource":"*"}]}"#;
/// Whatever it is asked, of the bucket and of its objects.
const RESOURCE: &str = r#""Action":"s3:*","Resource":["arn:aws:s3:::mine","arn:aws:s3:::mine/*"]"#;
const OPEN: PublicAccessBlock = PublicAccessBlock {
    block_public_acls: false,
    ignore_public_acls: false,
    block_public_policy: false,
    restrict_public_buckets: false,
};

fn account(text: &str) -> AccountId {
    AccountId::parse(text).unwrap()
}

/// Two accounts with a role that may do nothing and one that may do anything in S3, and the bucket
/// `mine` of the first with these statements.
fn world(statements: &str, block: Option<PublicAccessBlock>) -> World {
    let mut changes = Vec::new();
    for (owner, number) in [(OWN, 1), (OTHER, 2)] {
        changes.push(Change::put(Entity::Account(Account {
            id: account(owner),
            partition: "aws".into(),
            root_key: None,
        })));
        for (name, inline) in [
            ("poor", BTreeMap::new()),
            ("rich", BTreeMap::from([("p".to_owned(), ALL.to_owned())])),
        ] {
            let id = format!("AROA{name:X>16}{number}");
            changes.push(Change::put(Entity::Role(Role {
                inline,
                ..Role::bare(owner, name, &id)
            })));
        }
    }
    let world = World::default().fold(1, &changes).unwrap();
    let policy = world.bind_trust(&document(statements)).unwrap();
    let bucket = Bucket {
        policy: (!statements.is_empty()).then_some(policy),
        public_access_block: block,
        ..Bucket::new("mine", account(OWN), 0)
    };
    world
        .fold(2, &[Change::put(Entity::Bucket(bucket))])
        .unwrap()
}

fn document(statements: &str) -> String {
    format!(r#"{{"Version":"2012-10-17","Statement":[{statements}]}}"#)
}

fn statement(effect: &str, principal: &str) -> String {
    format!(r#"{{"Effect":"{effect}",{principal},{RESOURCE}}}"#)
}

fn session(owner: &str, name: &str) -> Caller {
    let number = if owner == OWN { 1 } else { 2 };
    Caller::of(Bearer::Session(Box::new(Facts::bare(
        owner,
        name,
        &format!("AROA{name:X>16}{number}"),
    ))))
}

fn root(owner: &str) -> Caller {
    Caller::of(Bearer::Root(account(owner)))
}

fn peer() -> Peer {
    Peer {
        source_ip: [127, 0, 0, 1].into(),
        secure: false,
        user_agent: None,
        referer: None,
        region: Some("us-east-1".to_owned()),
    }
}

fn call(method: &str, target: &str, headers: &[(&str, &str)], body: &str) -> Call<S3Call> {
    let fields = headers
        .iter()
        .map(|(name, value)| (*name, value.as_bytes()));
    let head = Head::read(method, target, fields).unwrap();
    s3::route(&head, None)
        .unwrap()
        .call(body.as_bytes())
        .unwrap()
}

fn get() -> Call<S3Call> {
    call("GET", "/mine/k", &[], "")
}

/// `permitted`, or status, code and cause of the denial.
fn told(decided: Result<Permit<S3Call>, Denial>) -> String {
    match decided {
        Ok(_) => "permitted".to_owned(),
        Err(denial) => {
            let cause = serde_json::to_value(denial.evidence.cause.unwrap()).unwrap();
            let cause = cause["cause"].as_str().unwrap().to_owned();
            format!("{} {} {cause}", denial.fault.status, denial.fault.code)
        }
    }
}

fn asked(world: &World, caller: &Caller, call: Call<S3Call>) -> String {
    told(decide(world, caller, call, &peer(), 1_000))
}

const DENIED: &str = "403 AccessDenied permissions";
const RESTRICTED: &str = "403 AccessDenied public-restricted";

#[test]
fn either_side_allows_within_an_account_and_both_across() {
    let by = |principal: &str| statement("Allow", principal);
    let role = |owner: &str, name: &str| {
        by(&format!(
            r#""Principal":{{"AWS":"arn:aws:iam::{owner}:role/{name}"}}"#
        ))
    };
    let whole = |owner: &str| by(&format!(r#""Principal":{{"AWS":"{owner}"}}"#));
    for (sentence, statements, caller, expected) in [
        (
            "no policy, and none of the caller's own",
            String::new(),
            session(OWN, "poor"),
            DENIED,
        ),
        (
            "no policy, and one of the caller's own",
            String::new(),
            session(OWN, "rich"),
            "permitted",
        ),
        (
            "no policy: the owner's root",
            String::new(),
            root(OWN),
            "permitted",
        ),
        (
            "the bucket's policy alone names the role",
            role(OWN, "poor"),
            session(OWN, "poor"),
            "permitted",
        ),
        (
            "it names another role",
            role(OWN, "rich"),
            session(OWN, "poor"),
            DENIED,
        ),
        (
            "it names the account, which only delegates",
            whole(OWN),
            session(OWN, "poor"),
            DENIED,
        ),
        (
            "across accounts by the caller's own policy alone",
            String::new(),
            session(OTHER, "rich"),
            DENIED,
        ),
        (
            "across accounts by the bucket's alone",
            role(OTHER, "poor"),
            session(OTHER, "poor"),
            DENIED,
        ),
        (
            "across accounts by both, the role named",
            role(OTHER, "rich"),
            session(OTHER, "rich"),
            "permitted",
        ),
        (
            "across accounts by both, the account named",
            whole(OTHER),
            session(OTHER, "rich"),
            "permitted",
        ),
        (
            "another account's root, its account named",
            whole(OTHER),
            root(OTHER),
            "permitted",
        ),
        ("another account's root", String::new(), root(OTHER), DENIED),
        (
            "the anonymous are nobody's account",
            whole(OTHER),
            Caller::anonymous(),
            DENIED,
        ),
    ] {
        let world = world(&statements, Some(OPEN));
        assert_eq!(asked(&world, &caller, get()), expected, "{sentence}");
    }
}

#[test]
fn a_deny_of_the_bucket_is_final_but_for_the_owners_root_and_the_policy_itself() {
    let everybody = statement("Deny", r#""Principal":"*""#);
    let world = world(&everybody, Some(OPEN));
    for (sentence, caller, call, expected) in [
        ("an object", session(OWN, "rich"), get(), DENIED),
        ("an object, to root", root(OWN), get(), DENIED),
        (
            "the policy",
            session(OWN, "rich"),
            call("GET", "/mine?policy", &[], ""),
            DENIED,
        ),
        (
            "the policy, to root",
            root(OWN),
            call("GET", "/mine?policy", &[], ""),
            "permitted",
        ),
        (
            "another policy, by root",
            root(OWN),
            call("PUT", "/mine?policy", &[], "{}"),
            "permitted",
        ),
        (
            "no policy, by root",
            root(OWN),
            call("DELETE", "/mine?policy", &[], ""),
            "permitted",
        ),
        (
            "what is public, to root",
            root(OWN),
            call("GET", "/mine?policyStatus", &[], ""),
            DENIED,
        ),
        (
            "the policy, to another root",
            root(OTHER),
            call("GET", "/mine?policy", &[], ""),
            DENIED,
        ),
    ] {
        assert_eq!(asked(&world, &caller, call), expected, "{sentence}");
    }
    let nobody = statement("Deny", r#""Principal":{"AWS":"111111111111"}"#);
    let spared = super::bucket_tests::world(&nobody, Some(OPEN));
    assert_eq!(asked(&spared, &session(OWN, "rich"), get()), "permitted");
}

#[test]
fn the_policy_of_a_bucket_is_its_owners_alone() {
    let policy = || call("GET", "/mine?policy", &[], "");
    let foreign = "405 MethodNotAllowed foreign-policy";
    let world = world(
        &statement("Allow", r#""Principal":{"AWS":"111111111111"}"#),
        Some(OPEN),
    );
    for (sentence, caller, call, expected) in [
        ("read by who may", session(OTHER, "rich"), policy(), foreign),
        ("read by its root", root(OTHER), policy(), foreign),
        (
            "put",
            session(OTHER, "rich"),
            call("PUT", "/mine?policy", &[], "{}"),
            foreign,
        ),
        (
            "deleted",
            session(OTHER, "rich"),
            call("DELETE", "/mine?policy", &[], ""),
            foreign,
        ),
        (
            "read by who may not",
            session(OTHER, "poor"),
            policy(),
            DENIED,
        ),
        (
            "an object by who may",
            session(OTHER, "rich"),
            get(),
            "permitted",
        ),
        (
            "read by the owner's role",
            session(OWN, "rich"),
            policy(),
            "permitted",
        ),
    ] {
        assert_eq!(asked(&world, &caller, call), expected, "{sentence}");
    }
}

#[test]
fn attack_47_the_anonymous_have_what_the_policy_gives_everybody_and_no_more() {
    let public = statement("Allow", r#""Principal":"*""#);
    let read = r#"{"Effect":"Allow","Principal":"*","Action":"s3:GetObject","Resource":"arn:aws:s3:::mine/public/*"}"#;
    let block = |restrict| PublicAccessBlock {
        restrict_public_buckets: restrict,
        ..OPEN
    };
    let of = |statements: &str, block| world(statements, block);
    let anonymous = Caller::anonymous();
    let object = |key: &str| call("GET", &format!("/mine/{key}"), &[], "");
    for (sentence, world, caller, call, expected) in [
        (
            "nothing is public",
            of("", None),
            anonymous.clone(),
            get(),
            DENIED,
        ),
        (
            "all is public",
            of(&public, Some(OPEN)),
            anonymous.clone(),
            get(),
            "permitted",
        ),
        (
            "nothing blocks any more",
            of(&public, None),
            anonymous.clone(),
            get(),
            "permitted",
        ),
        (
            "what is public is restricted",
            of(&public, Some(block(true))),
            anonymous.clone(),
            get(),
            RESTRICTED,
        ),
        (
            "a folder is public",
            of(read, Some(OPEN)),
            anonymous.clone(),
            object("public/k"),
            "permitted",
        ),
        (
            "another is not",
            of(read, Some(OPEN)),
            anonymous.clone(),
            object("k"),
            DENIED,
        ),
        (
            "nor is writing",
            of(read, Some(OPEN)),
            anonymous.clone(),
            call("PUT", "/mine/public/k", &[], ""),
            DENIED,
        ),
        (
            "nor a copy from elsewhere in it",
            of(read, Some(OPEN)),
            anonymous.clone(),
            call(
                "PUT",
                "/mine/public/k",
                &[("x-amz-copy-source", "mine/k")],
                "",
            ),
            DENIED,
        ),
        (
            "nor listing",
            of(read, Some(OPEN)),
            anonymous.clone(),
            call("GET", "/mine", &[], ""),
            DENIED,
        ),
        (
            "the policy is the owner's",
            of(&public, Some(OPEN)),
            anonymous.clone(),
            call("GET", "/mine?policy", &[], ""),
            "405 MethodNotAllowed foreign-policy",
        ),
        (
            "restricted to other accounts too",
            of(&public, Some(block(true))),
            session(OTHER, "rich"),
            get(),
            RESTRICTED,
        ),
        (
            "not to the owner's account",
            of(&public, Some(block(true))),
            session(OWN, "poor"),
            get(),
            "permitted",
        ),
        (
            "nor to its root",
            of(&public, Some(block(true))),
            root(OWN),
            get(),
            "permitted",
        ),
        (
            "one public statement restricts the others",
            of(
                &format!(
                    "{read},{}",
                    statement("Allow", r#""Principal":{"AWS":"111111111111"}"#)
                ),
                Some(block(true)),
            ),
            session(OTHER, "rich"),
            get(),
            RESTRICTED,
        ),
        (
            "without it they hold",
            of(
                &statement("Allow", r#""Principal":{"AWS":"111111111111"}"#),
                Some(block(true)),
            ),
            session(OTHER, "rich"),
            get(),
            "permitted",
        ),
        (
            "one address is not the public",
            of(
                &format!(
                    r#"{{"Effect":"Allow","Principal":"*",{RESOURCE},"Condition":{{"IpAddress":{{"aws:SourceIp":"127.0.0.1"}}}}}}"#
                ),
                Some(block(true)),
            ),
            anonymous.clone(),
            get(),
            "permitted",
        ),
        (
            "nor is another one",
            of(
                &format!(
                    r#"{{"Effect":"Allow","Principal":"*",{RESOURCE},"Condition":{{"IpAddress":{{"aws:SourceIp":"203.0.113.7"}}}}}}"#
                ),
                Some(block(true)),
            ),
            anonymous.clone(),
            get(),
            DENIED,
        ),
        (
            "no bucket is told to nobody",
            of(&public, Some(OPEN)),
            anonymous.clone(),
            call("GET", "/none/k", &[], ""),
            DENIED,
        ),
    ] {
        assert_eq!(asked(&world, &caller, call), expected, "{sentence}");
    }
}

#[test]
fn not_principal_spares_only_whom_it_lists_whole() {
    let listed = |names: &[&str]| {
        let names: Vec<String> = names.iter().map(|name| format!("\"{name}\"")).collect();
        statement(
            "Deny",
            &format!(r#""NotPrincipal":{{"AWS":[{}]}}"#, names.join(",")),
        )
    };
    const ACCOUNT: &str = "000000000000";
    const ROLE: &str = "arn:aws:iam::000000000000:role/rich";
    const SESSION: &str = "arn:aws:sts::000000000000:assumed-role/rich/s";
    for (sentence, names, expected) in [
        ("nobody of the caller", &["111111111111"][..], DENIED),
        ("the account alone", &[ACCOUNT], DENIED),
        ("the role alone", &[ROLE], DENIED),
        ("account and role", &[ACCOUNT, ROLE], DENIED),
        (
            "account, role and session",
            &[ACCOUNT, ROLE, SESSION],
            "permitted",
        ),
    ] {
        let world = world(&listed(names), Some(OPEN));
        assert_eq!(
            asked(&world, &session(OWN, "rich"), get()),
            expected,
            "{sentence}"
        );
        assert_eq!(
            asked(&world, &Caller::anonymous(), get()),
            DENIED,
            "{sentence}"
        );
    }
    let world = world(&listed(&[ACCOUNT]), Some(OPEN));
    assert_eq!(
        asked(&world, &root(OWN), get()),
        "permitted",
        "root is its account"
    );
}

#[test]
fn tags_of_an_object_are_known_once_somebody_looked() {
    let tagged = |effect: &str, operator: &str| {
        format!(
            r#"{{"Effect":"{effect}","Principal":{{"AWS":"arn:aws:iam::000000000000:role/poor"}},"Action":["s3:GetObject","s3:PutObjectTagging","s3:GetObjectTagging"],"Resource":"arn:aws:s3:::mine/*","Condition":{{"{operator}":{{"s3:ExistingObjectTag/team":"red"}}}}}}"#
        )
    };
    let allow = world(&tagged("Allow", "StringEquals"), Some(OPEN));
    let deny = world(
        &format!(
            "{},{}",
            statement(
                "Allow",
                r#""Principal":{"AWS":"arn:aws:iam::000000000000:role/poor"}"#
            ),
            tagged("Deny", "StringEquals")
        ),
        Some(OPEN),
    );
    let caller = session(OWN, "poor");
    let object = (
        BucketName::parse("mine").unwrap(),
        ObjectKey::parse("k").unwrap(),
    );
    let seen = |tags: Option<&[(&str, &str)]>| -> Vec<Seen> {
        let tags = tags.map(|tags| {
            tags.iter()
                .map(|(key, value)| ((*key).to_owned(), (*value).to_owned()))
                .collect()
        });
        vec![(object.clone(), tags)]
    };
    for (sentence, seen, by_allow, by_deny) in [
        ("nobody looked", vec![], DENIED, DENIED),
        (
            "the tag",
            seen(Some(&[("team", "red")])),
            "permitted",
            DENIED,
        ),
        (
            "the tag in other letters",
            seen(Some(&[("Team", "red")])),
            "permitted",
            DENIED,
        ),
        (
            "another value",
            seen(Some(&[("team", "blue")])),
            DENIED,
            "permitted",
        ),
        (
            "another tag",
            seen(Some(&[("cost", "red")])),
            DENIED,
            "permitted",
        ),
        ("no tags", seen(Some(&[])), DENIED, "permitted"),
        ("no object", seen(None), DENIED, DENIED),
        (
            "two spellings",
            seen(Some(&[("team", "red"), ("Team", "blue")])),
            DENIED,
            DENIED,
        ),
        (
            "a tag named as all tags are",
            seen(Some(&[("*", "red")])),
            DENIED,
            "permitted",
        ),
    ] {
        let call = || s3_call::with_tags(get(), &seen);
        assert_eq!(
            asked(&allow, &caller, call()),
            by_allow,
            "{sentence}, allowed by it"
        );
        assert_eq!(
            asked(&deny, &caller, call()),
            by_deny,
            "{sentence}, denied by it"
        );
    }
    let one = std::slice::from_ref(&object);
    let with = |world: &World, call: &Call<S3Call>| s3_call::objects(world, &caller, call);
    let plain = world(&statement("Allow", r#""Principal":"*""#), Some(OPEN));
    let put = call("PUT", "/mine/k", &[], "");
    let copy = call("PUT", "/mine/to", &[("x-amz-copy-source", "mine/k")], "");
    assert_eq!(with(&allow, &get()), one);
    assert_eq!(with(&plain, &get()), [], "no policy asks for tags");
    assert_eq!(
        with(&allow, &put),
        [],
        "nor is a write asked about those that are there"
    );
    assert_eq!(with(&plain, &copy), one, "a copy takes them along");
    let actions = |call: &Call<S3Call>| -> Vec<String> {
        call.asks().map(|ask| ask.action.to_string()).collect()
    };
    let copied = s3_call::with_tags(copy.clone(), &seen(Some(&[("team", "red")])));
    assert_eq!(
        actions(&copied),
        [
            "s3:GetObject",
            "s3:PutObject",
            "s3:GetObjectTagging",
            "s3:PutObjectTagging"
        ]
    );
    assert_eq!(
        actions(&s3_call::with_tags(copy, &seen(Some(&[])))),
        ["s3:GetObject", "s3:PutObject"],
        "none are copied"
    );
}

#[test]
fn a_variable_asks_for_a_tag_as_a_condition_does() {
    let by_variable = r#"{"Effect":"Allow","Principal":"*","Action":"s3:GetObject","Resource":"arn:aws:s3:::mine/${s3:ExistingObjectTag/team}"}"#;
    let world = world(by_variable, Some(OPEN));
    let anonymous = Caller::anonymous();
    let object = (
        BucketName::parse("mine").unwrap(),
        ObjectKey::parse("k").unwrap(),
    );
    let one = std::slice::from_ref(&object);
    assert_eq!(s3_call::objects(&world, &anonymous, &get()), one);
    for (value, expected) in [("k", "permitted"), ("*", DENIED)] {
        let seen = [(
            object.clone(),
            Some(vec![("team".to_owned(), value.to_owned())]),
        )];
        let call = s3_call::with_tags(get(), &seen);
        assert_eq!(asked(&world, &anonymous, call), expected, "{value}");
    }
}

#[test]
fn attack_47_each_key_of_a_deletion_is_decided_for_itself() {
    let statements = r#"{"Effect":"Allow","Principal":{"AWS":"arn:aws:iam::000000000000:role/poor"},"Action":"s3:DeleteObject","Resource":"arn:aws:s3:::mine/tmp/*"}"#;
    let world = world(statements, Some(OPEN));
    let body = "<Delete><Object><Key>tmp/a</Key></Object><Object><Key>keep</Key></Object><Object><Key>tmp/b</Key><VersionId>null</VersionId></Object></Delete>";
    let call = call("POST", "/mine?delete", &[], body);
    let permit = decide(&world, &session(OWN, "poor"), call, &peer(), 0).unwrap();
    let allowed: Vec<usize> = permit.allowed().map(|(place, _)| place).collect();
    // A version is deleted by another action than an object is.
    let denied: Vec<(usize, &str)> = permit
        .denied()
        .map(|(place, denial)| (place, denial.fault.code.as_ref()))
        .collect();
    assert_eq!(allowed, [0]);
    assert_eq!(denied, [(1, "AccessDenied"), (2, "AccessDenied")]);
    assert_eq!(permit.whole().unwrap_err().fault.code, "AccessDenied");
}

#[test]
fn attack_39_the_age_of_a_presigned_url_is_the_policys_to_limit() {
    let limited = format!(
        r#"{},{{"Effect":"Deny","Principal":"*",{RESOURCE},"Condition":{{"NumericGreaterThan":{{"s3:signatureAge":"600000"}}}}}}"#,
        statement(
            "Allow",
            r#""Principal":{"AWS":"arn:aws:iam::000000000000:role/poor"}"#
        )
    );
    let only_headers = format!(
        r#"{},{{"Effect":"Deny","Principal":"*",{RESOURCE},"Condition":{{"StringNotEquals":{{"s3:authType":"REST-HEADER"}}}}}}"#,
        statement(
            "Allow",
            r#""Principal":{"AWS":"arn:aws:iam::000000000000:role/poor"}"#
        )
    );
    for (sentence, statements, auth_type, age, expected) in [
        ("a young one", &limited, AuthType::Query, 600, "permitted"),
        ("an old one", &limited, AuthType::Query, 601, DENIED),
        (
            "of a clock that is ahead",
            &limited,
            AuthType::Query,
            -60,
            "permitted",
        ),
        (
            "a header has no age",
            &limited,
            AuthType::Header,
            601,
            "permitted",
        ),
        ("a header", &only_headers, AuthType::Header, 0, "permitted"),
        ("a query string", &only_headers, AuthType::Query, 0, DENIED),
        ("a form", &only_headers, AuthType::Post, 0, DENIED),
    ] {
        let caller = session(OWN, "poor").by(auth_type, 1_000 - age, "us-east-1");
        let world = world(statements, Some(OPEN));
        assert_eq!(asked(&world, &caller, get()), expected, "{sentence}");
    }
}

#[test]
fn attack_52_a_bucket_policy_is_read_as_it_is_now() {
    let statements = statement(
        "Allow",
        r#""Principal":{"AWS":"arn:aws:iam::000000000000:role/poor"}"#,
    );
    let before = world(&statements, Some(OPEN));
    let caller = session(OWN, "poor");
    assert_eq!(asked(&before, &caller, get()), "permitted");
    let without = Bucket {
        policy: None,
        ..before.bucket("mine").unwrap().clone()
    };
    let detached = before
        .fold(3, &[Change::put(Entity::Bucket(without))])
        .unwrap();
    assert_eq!(asked(&detached, &caller, get()), DENIED);

    // Whoever is made under the name of a role that is gone is not whom the policy names.
    let gone = before
        .fold(
            3,
            &[Change::Remove(Key::Role {
                account: account(OWN),
                name: "poor".into(),
            })],
        )
        .unwrap();
    assert_eq!(
        asked(&gone, &caller, get()),
        "403 InvalidClientTokenId role-gone"
    );
    let id = "AROANEWROLEOFTHENAME1";
    let anew = gone
        .fold(4, &[Change::put(Entity::Role(Role::bare(OWN, "poor", id)))])
        .unwrap();
    let mut facts = match caller.bearer().unwrap() {
        Bearer::Session(facts) => facts.clone(),
        Bearer::Root(_) => panic!("a session"),
    };
    facts.role_id = id.to_owned();
    let other = Caller::of(Bearer::Session(facts));
    assert_eq!(asked(&anew, &other, get()), DENIED);
    let text = |world: &World| {
        world
            .loaded_bucket("mine")
            .unwrap()
            .policy_text
            .clone()
            .unwrap()
    };
    assert!(text(&before).contains("arn:aws:iam::000000000000:role/poor"));
    assert!(!text(&anew).contains("role/poor"), "{}", text(&anew));
    let deleted = anew
        .fold(
            5,
            &[Change::Remove(Key::Bucket {
                name: "mine".into(),
            })],
        )
        .unwrap();
    assert_eq!(
        asked(&deleted, &root(OWN), get()),
        "404 NoSuchBucket no-bucket"
    );
}

#[test]
fn a_missing_object_is_told_to_who_may_list() {
    let key = ObjectKey::parse("home/k").unwrap();
    let bucket = BucketName::parse("mine").unwrap();
    let list = |condition: &str| {
        format!(
            r#"{{"Effect":"Allow","Principal":{{"AWS":"arn:aws:iam::000000000000:role/poor"}},"Action":"s3:ListBucket","Resource":"arn:aws:s3:::mine"{condition}}}"#
        )
    };
    let prefix = r#","Condition":{"StringLike":{"s3:prefix":"home/*"}}"#;
    for (sentence, statements, caller, expected) in [
        ("who may", list(""), session(OWN, "poor"), Ok("NoSuchKey")),
        (
            "who may by a prefix, which is not asked",
            list(prefix),
            session(OWN, "poor"),
            Err("AccessDenied"),
        ),
        (
            "who may not",
            String::new(),
            session(OWN, "poor"),
            Err("AccessDenied"),
        ),
        ("root", String::new(), root(OWN), Ok("NoSuchKey")),
        ("nobody", list(""), Caller::anonymous(), Err("AccessDenied")),
    ] {
        let world = world(&statements, Some(OPEN));
        let told = s3_call::missing(&world, &caller, &peer(), (&bucket, &key), 0);
        match (told, expected) {
            (Ok(fault), Ok(code)) => {
                assert_eq!(
                    (fault.status, fault.code.as_ref()),
                    (404, code),
                    "{sentence}"
                );
            }
            (Err(denial), Err(code)) => {
                let fault = &denial.fault;
                assert_eq!(
                    (fault.status, fault.code.as_ref(), fault.text.as_str()),
                    (403, code, "Access Denied"),
                    "{sentence}"
                );
                let cause = Cause::NoObject {
                    bucket: "mine".into(),
                    key: "home/k".into(),
                };
                assert_eq!(denial.evidence.cause, Some(cause), "{sentence}");
                assert_eq!(
                    denial.is_strangers(),
                    caller.signed().is_none(),
                    "{sentence}"
                );
            }
            (told, _) => panic!("{sentence}: {told:?}"),
        }
    }
}

#[test]
fn attack_46_no_header_or_tag_of_a_request_is_a_key_of_the_gate() {
    let odd = [
        ("x-forwarded-for", "203.0.113.7"),
        ("x-real-ip", "203.0.113.7"),
        ("forwarded", "for=203.0.113.7"),
        ("authtype", "POST"),
        ("x-amz-tagging", "authType=POST&s3%3AauthType=POST"),
    ];
    let (plain, odd) = (
        call("PUT", "/mine/k", &[], ""),
        call("PUT", "/mine/k", &odd, ""),
    );
    let world = world("", None);
    let caller = session(OWN, "rich");
    let of = |call: &Call<S3Call>| contexts(&world, &caller, call, &peer(), 1_000).remove(0);
    let (plain, odd) = (of(&plain), of(&odd));
    for key in [
        "aws:SourceIp",
        "s3:authType",
        "aws:PrincipalArn",
        "s3:ResourceAccount",
    ] {
        assert!(plain.get(key).is_some(), "{key}");
        assert_eq!(odd.get(key), plain.get(key), "{key}");
    }
    assert_eq!(
        odd.get("s3:ExistingObjectTag/x"),
        plain.get("s3:ExistingObjectTag/x")
    );
}

/// "The bucket's policy does not allow it" tells that there is such a bucket.
#[test]
fn attack_44_who_may_do_nothing_is_told_nothing_of_another_accounts_bucket() {
    let text = |world: &World, caller: &Caller, call: Call<S3Call>| {
        let denial = decide(world, caller, call, &peer(), 1_000).unwrap_err();
        denial.fault.text.replace("none", "mine")
    };
    let (poor, rich) = (session(OTHER, "poor"), session(OTHER, "rich"));
    for statements in [
        String::new(),
        statement("Deny", r#""Principal":"*""#),
        statement("Allow", r#""Principal":{"AWS":"000000000000"}"#),
        statement("Allow", r#""Principal":{"AWS":"111111111111"}"#),
    ] {
        let world = world(&statements, Some(OPEN));
        for (method, target) in [
            ("GET", "k"),
            ("DELETE", "k"),
            ("GET", "?list-type=2"),
            ("GET", "?policy"),
            ("DELETE", ""),
        ] {
            let of = |bucket: &str| call(method, &format!("/{bucket}/{target}"), &[], "");
            let there = text(&world, &poor, of("mine"));
            assert_eq!(there, text(&world, &poor, of("none")), "{method} {target}");
            assert!(there.contains("no identity-based policy allows"), "{there}");
        }
    }
    // Who would hear that it is missing may hear that it is not.
    let denied = world(&statement("Deny", r#""Principal":"*""#), Some(OPEN));
    let there = text(&denied, &rich, get());
    assert!(there.ends_with("in a resource-based policy"), "{there}");
}
