//! What is kept of a bucket, and what it answers.

use std::collections::BTreeMap;

use catalog::s3::{self, S3Call};
use policy::AccountId;
use wire::Head;

use super::*;
use crate::caller::Caller;
use crate::grant;
use crate::peer::Peer;
use crate::record::{Cause, Outcome};
use crate::session::{Bearer, Facts};
use crate::world::{Account, Role};

const OWN: &str = "000000000000";
const ID: &str = "AROAXXXXXXXXXXXXXXXXX";

fn account(text: &str) -> AccountId {
    AccountId::parse(text).unwrap()
}

/// An account, its role `r`, which may do anything, and its bucket `mine`.
fn world() -> World {
    let all =
        r#"{"Version":"2012-10-17","Statement":[{"Effect":"Allow","Action":"*","Resource":"*"}]}"#;
    let role = Role {
        inline: BTreeMap::from([("p".to_owned(), all.to_owned())]),
        ..Role::bare(OWN, "r", ID)
    };
    let own = Account {
        id: account(OWN),
        partition: "aws".into(),
        root_key: None,
    };
    let changes = [
        Change::put(Entity::Account(own)),
        Change::put(Entity::Role(role)),
        Change::put(Entity::Bucket(Bucket::new("mine", account(OWN), 0))),
    ];
    World::default().fold(1, &changes).unwrap()
}

fn role() -> Caller {
    Caller::of(Bearer::Session(Box::new(Facts::bare(OWN, "r", ID))))
}

fn root() -> Caller {
    Caller::of(Bearer::Root(account(OWN)))
}

fn permit(
    world: &World,
    caller: &Caller,
    (method, target): (&str, &str),
    headers: &[(&str, &str)],
    body: &str,
) -> Permit<S3Call> {
    let fields = headers
        .iter()
        .map(|(name, value)| (*name, value.as_bytes()));
    let head = Head::read(method, target, fields).unwrap();
    let call = s3::route(&head, None)
        .unwrap()
        .call(body.as_bytes())
        .unwrap();
    let peer = Peer {
        source_ip: [127, 0, 0, 1].into(),
        secure: false,
        user_agent: None,
        referer: None,
        region: None,
    };
    grant::decide(world, caller, call, &peer, 0).unwrap()
}

/// The world after, and the status of the answer; or the denial.
fn put(world: &World, caller: &Caller, policy: &str) -> Result<(World, u16), Denial> {
    write(world, caller, ("PUT", "/mine?policy"), &[], policy)
}

fn write(
    world: &World,
    caller: &Caller,
    what: (&str, &str),
    headers: &[(&str, &str)],
    body: &str,
) -> Result<(World, u16), Denial> {
    let permit = permit(world, caller, what, headers, body);
    assert!(changes(permit.call().detail.operation));
    let (changes, reply) = apply(world, &permit, 0)?;
    assert!(reply.body.is_empty(), "{what:?}");
    Ok((
        world.fold(world.revision() + 1, &changes).unwrap(),
        reply.status,
    ))
}

/// Status and body, or the code of the fault.
fn told(world: &World, target: &str) -> Result<String, (u16, String)> {
    let permit = permit(world, &root(), ("GET", target), &[], "");
    assert!(is_configuration(permit.call().detail.operation), "{target}");
    assert!(!changes(permit.call().detail.operation), "{target}");
    let reply = read(world, &permit).map_err(|fault| (fault.status, fault.code.into_owned()))?;
    assert_eq!(reply.status, 200, "{target}");
    let text = String::from_utf8(reply.body).unwrap();
    Ok(text
        .replace("<?xml version=\"1.0\" encoding=\"UTF-8\"?>", "")
        .replace(" xmlns=\"http://s3.amazonaws.com/doc/2006-03-01/\"", "")
        .trim()
        .to_owned())
}

fn policy(members: &str) -> String {
    format!(r#"{{"Version":"2012-10-17","Statement":[{{{members}}}]}}"#)
}

const MINE: &str = r#""Action":"s3:*","Resource":["arn:aws:s3:::mine","arn:aws:s3:::mine/*"]"#;

#[test]
fn a_bucket_that_was_told_nothing_answers_as_a_new_one_of_aws() {
    let none = |status, code: &str| Err((status, code.to_owned()));
    let xml = |text: &str| Ok(text.to_owned());
    let acl = format!(
        "<AccessControlPolicy><Owner><ID>{OWN}</ID></Owner><AccessControlList><Grant><Grantee xmlns:xsi=\"http://www.w3.org/2001/XMLSchema-instance\" xsi:type=\"CanonicalUser\"><ID>{OWN}</ID></Grantee><Permission>FULL_CONTROL</Permission></Grant></AccessControlList></AccessControlPolicy>"
    );
    for (target, expected) in [
        ("/mine?policy", none(404, "NoSuchBucketPolicy")),
        ("/mine?policyStatus", none(404, "NoSuchBucketPolicy")),
        (
            "/mine?publicAccessBlock",
            xml(
                "<PublicAccessBlockConfiguration><BlockPublicAcls>true</BlockPublicAcls><IgnorePublicAcls>true</IgnorePublicAcls><BlockPublicPolicy>true</BlockPublicPolicy><RestrictPublicBuckets>true</RestrictPublicBuckets></PublicAccessBlockConfiguration>",
            ),
        ),
        (
            "/mine?ownershipControls",
            xml(
                "<OwnershipControls><Rule><ObjectOwnership>BucketOwnerEnforced</ObjectOwnership></Rule></OwnershipControls>",
            ),
        ),
        ("/mine?acl", xml(&acl)),
        ("/mine/k?acl", xml(&acl)),
        (
            "/mine?versioning",
            xml("<VersioningConfiguration></VersioningConfiguration>"),
        ),
        (
            "/mine?encryption",
            none(404, "ServerSideEncryptionConfigurationNotFoundError"),
        ),
        ("/mine?cors", none(404, "NoSuchCORSConfiguration")),
        ("/mine?lifecycle", none(404, "NoSuchLifecycleConfiguration")),
        (
            "/mine?logging",
            xml("<BucketLoggingStatus></BucketLoggingStatus>"),
        ),
        ("/mine?website", none(404, "NoSuchWebsiteConfiguration")),
        (
            "/mine?replication",
            none(404, "ReplicationConfigurationNotFoundError"),
        ),
        (
            "/mine?accelerate",
            xml("<AccelerateConfiguration></AccelerateConfiguration>"),
        ),
        (
            "/mine?requestPayment",
            xml(
                "<RequestPaymentConfiguration><Payer>BucketOwner</Payer></RequestPaymentConfiguration>",
            ),
        ),
        ("/mine?tagging", none(404, "NoSuchTagSet")),
        (
            "/mine?object-lock",
            none(404, "ObjectLockConfigurationNotFoundError"),
        ),
        (
            "/mine?notification",
            xml("<NotificationConfiguration></NotificationConfiguration>"),
        ),
    ] {
        assert_eq!(told(&world(), target), expected, "{target}");
    }
}

#[test]
fn every_configuration_is_answered_here_and_nothing_else() {
    let here = s3::Operation::ALL
        .iter()
        .filter(|operation| is_configuration(**operation));
    let names: Vec<&str> = here.map(|operation| operation.name()).collect();
    assert_eq!(names.len(), 24, "{names:?}");
    for name in [
        "CreateBucket",
        "GetBucketLocation",
        "ListBuckets",
        "GetObjectTagging",
    ] {
        assert!(!names.contains(&name), "{name}");
    }
}

#[test]
fn a_policy_is_kept_read_and_deleted() {
    let first = world();
    // The role by its id, as it is kept; by its ARN, as it is read.
    let text = policy(&format!(
        r#""Effect":"Allow","Principal":{{"AWS":"arn:aws:iam::{OWN}:role/r"}},{MINE}"#
    ));
    let (kept, status) = put(&first, &role(), &text).unwrap();
    assert_eq!(status, 204);
    let stored = kept.bucket("mine").unwrap().policy.clone().unwrap();
    assert_eq!(
        stored,
        text.replace(&format!("arn:aws:iam::{OWN}:role/r"), ID)
    );
    assert_eq!(told(&kept, "/mine?policy"), Ok(text.clone()));
    assert_eq!(
        told(&kept, "/mine?policyStatus"),
        Ok("<PolicyStatus><IsPublic>false</IsPublic></PolicyStatus>".to_owned())
    );
    let permit = permit(&kept, &role(), ("PUT", "/mine?policy"), &[], &text);
    assert_eq!(
        apply(&kept, &permit, 0).unwrap().0,
        [],
        "the same again changes nothing"
    );
    let (gone, status) = write(&kept, &role(), ("DELETE", "/mine?policy"), &[], "").unwrap();
    assert_eq!(
        (status, told(&gone, "/mine?policy").unwrap_err().0),
        (204, 404)
    );
    let again = write(&gone, &role(), ("DELETE", "/mine?policy"), &[], "").unwrap();
    assert_eq!(again.1, 204, "there need not be one");
}

#[test]
fn what_is_no_bucket_policy_is_refused_in_s3s_words() {
    for (sentence, text, message) in [
        (
            "no JSON",
            "policy".to_owned(),
            "Policies must be valid JSON and the first byte must be '{'",
        ),
        (
            "nothing",
            String::new(),
            "Policies must be valid JSON and the first byte must be '{'",
        ),
        (
            "another bucket",
            policy(
                r#""Effect":"Deny","Principal":"*","Action":"s3:*","Resource":"arn:aws:s3:::yours/*""#,
            ),
            "Policy has invalid resource",
        ),
        (
            "an action of nobody",
            policy(
                r#""Effect":"Deny","Principal":"*","Action":"s3:GetObjects","Resource":"arn:aws:s3:::mine/*""#,
            ),
            "Policy has invalid action",
        ),
        (
            "an object's of the bucket",
            policy(
                r#""Effect":"Deny","Principal":"*","Action":"s3:GetObject","Resource":"arn:aws:s3:::mine""#,
            ),
            "Action does not apply to any resource(s) in statement",
        ),
        (
            "no principal",
            policy(r#""Effect":"Deny","Action":"s3:GetObject","Resource":"arn:aws:s3:::mine/*""#),
            "Missing required field Principal",
        ),
        (
            "a role that is not here",
            policy(
                r#""Effect":"Deny","Principal":{"AWS":"arn:aws:iam::000000000000:role/none"},"Action":"s3:GetObject","Resource":"arn:aws:s3:::mine/*""#,
            ),
            "Invalid principal in policy",
        ),
        (
            "nor spared",
            policy(
                r#""Effect":"Deny","NotPrincipal":{"AWS":"arn:aws:iam::000000000000:role/none"},"Action":"s3:GetObject","Resource":"arn:aws:s3:::mine/*""#,
            ),
            "Invalid principal in policy",
        ),
        (
            "a key of nobody",
            policy(
                r#""Effect":"Deny","Principal":"*","Action":"s3:ListBucket","Resource":"arn:aws:s3:::mine","Condition":{"StringEquals":{"s3:prefxi":"a"}}"#,
            ),
            "Policy has an invalid condition key",
        ),
    ] {
        let denial = put(&world(), &root(), &text).unwrap_err();
        assert_eq!(
            (
                denial.fault.status,
                denial.fault.code.as_ref(),
                denial.fault.text.as_str()
            ),
            (400, "MalformedPolicy", message),
            "{sentence}"
        );
        let Some(Cause::MalformedPolicy { because, detail }) = &denial.evidence.cause else {
            panic!("{sentence}: {:?}", denial.evidence.cause)
        };
        assert_eq!(because, message, "{sentence}");
        assert!(!detail.is_empty(), "{sentence}");
        assert_eq!(
            denial.evidence.operation, "s3:PutBucketPolicy",
            "{sentence}"
        );
        assert!(!denial.is_strangers(), "{sentence}");
    }
    for key in [
        "s3:ExistingObjectTag/team",
        "s3:RequestObjectTag/a",
        "s3:x-amz-acl",
        "aws:SourceIp",
        "S3:PREFIX",
    ] {
        let text = policy(&format!(
            r#""Effect":"Deny","Principal":"*",{MINE},"Condition":{{"StringEquals":{{"{key}":"1"}}}}"#
        ));
        assert!(put(&world(), &root(), &text).is_ok(), "{key}");
    }
}

#[test]
fn a_public_policy_is_refused_while_the_bucket_blocks_such() {
    let public = policy(&format!(r#""Effect":"Allow","Principal":"*",{MINE}"#));
    let denial = put(&world(), &role(), &public).unwrap_err();
    let text = "User: arn:aws:sts::000000000000:assumed-role/r/s is not authorized to perform: s3:PutBucketPolicy on resource: \"arn:aws:s3:::mine\" because public policies are blocked by the BlockPublicPolicy block public access setting.";
    assert_eq!(
        (
            denial.fault.status,
            denial.fault.code.as_ref(),
            denial.fault.text.as_str()
        ),
        (403, "AccessDenied", text)
    );
    let cause = Cause::PublicPolicy {
        bucket: "mine".into(),
    };
    assert_eq!(denial.evidence.cause, Some(cause));
    assert_eq!(denial.evidence.outcome, Outcome::Denied);
    assert_eq!(
        denial.evidence.asked.len(),
        1,
        "what was allowed is on record"
    );

    let open = |flags: &str| {
        let body =
            format!("<PublicAccessBlockConfiguration>{flags}</PublicAccessBlockConfiguration>");
        write(
            &world(),
            &role(),
            ("PUT", "/mine?publicAccessBlock"),
            &[],
            &body,
        )
        .unwrap()
    };
    let (restricts, status) = open("<RestrictPublicBuckets>true</RestrictPublicBuckets>");
    assert_eq!(status, 200);
    let (restricted, _) = put(&restricts, &role(), &public).unwrap();
    assert_eq!(
        told(&restricted, "/mine?policyStatus"),
        Ok("<PolicyStatus><IsPublic>true</IsPublic></PolicyStatus>".to_owned())
    );
    assert!(restricted.loaded_bucket("mine").unwrap().is_restricted());
    let (blocks, _) = open("<BlockPublicPolicy>true</BlockPublicPolicy>");
    assert_eq!(
        put(&blocks, &role(), &public).unwrap_err().fault.code,
        "AccessDenied"
    );
    let (deleted, status) = write(
        &world(),
        &role(),
        ("DELETE", "/mine?publicAccessBlock"),
        &[],
        "",
    )
    .unwrap();
    assert_eq!(status, 204);
    assert_eq!(
        told(&deleted, "/mine?publicAccessBlock"),
        Err((404, "NoSuchPublicAccessBlockConfiguration".to_owned()))
    );
    let (public, _) = put(&deleted, &role(), &public).unwrap();
    assert!(!public.loaded_bucket("mine").unwrap().is_restricted());
}

#[test]
fn nobody_is_locked_out_without_saying_so() {
    let locks = policy(&format!(
        r#""Effect":"Deny","Principal":{{"AWS":"arn:aws:iam::{OWN}:role/r"}},{MINE}"#
    ));
    let denial = put(&world(), &role(), &locks).unwrap_err();
    assert_eq!(
        (denial.fault.status, denial.fault.code.as_ref()),
        (400, "MalformedPolicy")
    );
    let cause = Cause::LocksOut {
        bucket: "mine".into(),
    };
    assert_eq!(denial.evidence.cause, Some(cause));
    let confirmed = [("x-amz-confirm-remove-self-bucket-access", "true")];
    let (locked, status) = write(
        &world(),
        &role(),
        ("PUT", "/mine?policy"),
        &confirmed,
        &locks,
    )
    .unwrap();
    assert_eq!(status, 204);
    let all = policy(&format!(r#""Effect":"Deny","Principal":"*",{MINE}"#));
    let (all_locked, _) = put(&world(), &root(), &all).unwrap();
    for locked in [locked, all_locked] {
        // Root of the owner's account always has a way back.
        let (free, status) = write(&locked, &root(), ("DELETE", "/mine?policy"), &[], "").unwrap();
        assert_eq!(status, 204);
        assert_eq!(free.bucket("mine").unwrap().policy, None);
    }
}

#[test]
fn ownership_is_the_owners_or_was_deleted() {
    let (gone, status) = write(
        &world(),
        &role(),
        ("DELETE", "/mine?ownershipControls"),
        &[],
        "",
    )
    .unwrap();
    assert_eq!(status, 204);
    assert_eq!(
        told(&gone, "/mine?ownershipControls"),
        Err((404, "OwnershipControlsNotFoundError".to_owned()))
    );
    let body = "<OwnershipControls><Rule><ObjectOwnership>BucketOwnerEnforced</ObjectOwnership></Rule></OwnershipControls>";
    let (back, status) = write(
        &gone,
        &role(),
        ("PUT", "/mine?ownershipControls"),
        &[],
        body,
    )
    .unwrap();
    assert_eq!((status, back.bucket("mine")), (200, world().bucket("mine")));
}

/// Stores of 0.1 know of a bucket what is it called and whose it is.
#[test]
fn a_bucket_of_an_old_store_is_blocked_as_a_new_one_is() {
    let old = r#"{"kind":"bucket","name":"mine","owner":"000000000000","created":7}"#;
    let read: Entity = serde_json::from_str(old).unwrap();
    assert_eq!(read, Entity::Bucket(Bucket::new("mine", account(OWN), 7)));
    let deleted = Bucket {
        public_access_block: None,
        ownership: None,
        ..Bucket::new("mine", account(OWN), 7)
    };
    let kept = serde_json::to_string(&Entity::Bucket(deleted.clone())).unwrap();
    assert_eq!(
        serde_json::from_str::<Entity>(&kept).unwrap(),
        Entity::Bucket(deleted),
        "what was deleted stays so: {kept}"
    );
}
