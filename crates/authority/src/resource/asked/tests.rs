//! ARNs filled in, and whose what they name is.

use super::*;
use crate::world::{Account, Bucket, Change, Entity, Role};

const OWN: &str = "000000000000";
const OTHER: &str = "111111111111";

fn account(text: &str) -> AccountId {
    AccountId::parse(text).unwrap()
}

fn bucket(name: &str, owner: &str) -> Change {
    Change::put(Entity::Bucket(Bucket::new(name, account(owner), 0)))
}

fn world() -> World {
    let kept = |id: &str, partition: &str| {
        Change::put(Entity::Account(Account {
            id: account(id),
            partition: partition.into(),
            root_key: None,
        }))
    };
    let role = Role::bare(OWN, "r", "AROA");
    let arn = Arn::parse("arn:aws:iam::000000000000:role/team/r").unwrap();
    let role = Change::put(Entity::Role(Role {
        arn,
        path: "/team/".into(),
        ..role
    }));
    let changes = [
        kept(OWN, "aws"),
        kept(OTHER, "aws-cn"),
        bucket("mine", OWN),
        bucket("theirs", OTHER),
        role,
    ];
    World::default().fold(1, &changes).unwrap()
}

fn s3(resource: &str) -> Target {
    Target::Template(Template::global("s3", resource))
}

#[test]
fn arns_are_filled_with_what_is_the_callers() {
    let (world, own) = (world(), account(OWN));
    let nobody = Holes {
        partition: None,
        region: None,
        account: None,
    };
    let caller = Holes {
        partition: Some("aws"),
        region: Some("eu-west-1"),
        account: Some(&own),
    };
    let role = |name: &str| Target::Entity {
        kind: catalog::EntityKind::Role,
        name: name.into(),
    };
    let regional = Target::Template(Template::regional("sqs", "queue"));
    let of_account = Target::Template(Template::of_account("iam", "policy/p"));
    let operation = Operation {
        service: "any",
        name: "Any",
    };
    for (sentence, holes, target, expected) in [
        ("everything", caller, Target::Everything, Some("*")),
        (
            "no region and no account",
            caller,
            s3("mine/a key:*"),
            Some("arn:aws:s3:::mine/a key:*"),
        ),
        (
            "what looks like a hole in a name is none",
            caller,
            s3("mine/${Region}"),
            Some("arn:aws:s3:::mine/${Region}"),
        ),
        (
            "an account",
            caller,
            of_account.clone(),
            Some("arn:aws:iam::000000000000:policy/p"),
        ),
        (
            "a region and an account",
            caller,
            regional.clone(),
            Some("arn:aws:sqs:eu-west-1:000000000000:queue"),
        ),
        (
            "a role with its path",
            caller,
            role("R"),
            Some("arn:aws:iam::000000000000:role/team/r"),
        ),
        (
            "a role that is not there",
            caller,
            role("none"),
            Some("arn:aws:iam::000000000000:role/none"),
        ),
        (
            "an ARN as it was written",
            caller,
            Target::Written("arn:x".into()),
            Some("arn:x"),
        ),
        ("nobody's account", nobody, of_account, None),
        ("nobody's role", nobody, role("r"), None),
        (
            "a region that is not known",
            Holes {
                region: None,
                ..caller
            },
            regional,
            None,
        ),
        (
            "who has no partition asks in the owner's",
            nobody,
            s3("theirs/k"),
            Some("arn:aws-cn:s3:::theirs/k"),
        ),
    ] {
        let found = Resource::of(&world, holes, operation, &target).map(|resource| resource.arn);
        assert_eq!(found.as_deref(), expected, "{sentence}");
    }
}

#[test]
fn whose_a_bucket_is_goes_by_service_and_operation() {
    let (world, own) = (world(), account(OWN));
    let holes = Holes {
        partition: Some("aws"),
        region: Some("us-east-1"),
        account: Some(&own),
    };
    let written = Target::Written("arn:aws:lightsail:us-east-1:111111111111:Bucket/b".into());
    let regional = Target::Template(Template::regional("lightsail", "Bucket/b"));
    let access_point = Target::Template(Template::regional("s3", "accesspoint/theirs"));
    for (service, operation, target, owner, told) in [
        ("s3", "CreateBucket", s3("free"), OWN, None),
        (
            "s3",
            "CreateBucket",
            s3("mine"),
            OWN,
            // In us-east-1, as it always was there.
            None,
        ),
        (
            "s3",
            "CreateBucket",
            s3("theirs"),
            OWN,
            Some("BucketAlreadyExists"),
        ),
        ("s3", "GetObject", s3("theirs/k"), OTHER, None),
        ("s3", "GetObject", s3("free/k"), OWN, Some("NoSuchBucket")),
        ("s3", "GetObject", access_point, OWN, None),
        ("s3", "ListBuckets", Target::Everything, OWN, None),
        // An operation of the same name makes no bucket of S3's.
        ("lightsail", "CreateBucket", s3("theirs"), OTHER, None),
        (
            "lightsail",
            "CreateBucket",
            s3("free"),
            OWN,
            Some("NoSuchBucket"),
        ),
        ("lightsail", "CreateBucket", written, OTHER, None),
        ("lightsail", "CreateBucket", regional, OWN, None),
    ] {
        let asking = Operation {
            service,
            name: operation,
        };
        let resource = Resource::of(&world, holes, asking, &target).unwrap();
        assert_eq!(
            resource.owner,
            Some(account(owner)),
            "{service}:{operation} {target:?}"
        );
        let ask = Ask::new("any:Any", target);
        let refusal = resource.refusal(asking, holes, &ask);
        assert_eq!(
            refusal.map(|denial| denial.fault.code).as_deref(),
            told,
            "{service}:{operation} {:?}",
            ask.target
        );
    }
}

#[test]
fn every_expected_owner_must_be_the_owner() {
    let (world, own) = (world(), account(OWN));
    let holes = Holes {
        partition: Some("aws"),
        region: None,
        account: Some(&own),
    };
    let operation = Operation {
        service: "s3",
        name: "CopyObject",
    };
    let resource = Resource::of(&world, holes, operation, &s3("mine/k")).unwrap();
    for (expected, told) in [
        (vec![], None),
        (vec![OWN], None),
        (vec![OTHER], Some(OTHER)),
        (vec![OWN, OTHER], Some(OTHER)),
    ] {
        let expected_owners = expected.iter().map(|text| account(text)).collect();
        let ask = Ask {
            expected_owners,
            ..Ask::new("s3:GetObject", s3("mine/k"))
        };
        let cause = resource
            .refusal(operation, holes, &ask)
            .and_then(|denial| denial.evidence.cause);
        let wanted = told.map(|text| crate::record::Cause::OtherOwner {
            bucket: "mine".into(),
            expected: account(text),
        });
        assert_eq!(cause, wanted, "{expected:?}");
    }
}

#[test]
fn ones_own_bucket_again_is_told_by_the_region() {
    let (world, own) = (world(), account(OWN));
    let operation = Operation {
        service: "s3",
        name: "CreateBucket",
    };
    for (region, told) in [
        (Some("us-east-1"), None),
        (Some("eu-west-1"), Some("BucketAlreadyOwnedByYou")),
        (None, Some("BucketAlreadyOwnedByYou")),
    ] {
        let holes = Holes {
            partition: Some("aws"),
            region,
            account: Some(&own),
        };
        let resource = Resource::of(&world, holes, operation, &s3("mine")).unwrap();
        let ask = Ask::new("s3:CreateBucket", s3("mine"));
        let refusal = resource.refusal(operation, holes, &ask);
        assert_eq!(
            refusal.map(|denial| denial.fault.code).as_deref(),
            told,
            "{region:?}"
        );
    }
}
