//! Which region a request is made to, and where buckets may be.

use super::*;

fn only(names: &str) -> Regions {
    Regions::only(names.split(',')).unwrap()
}

#[test]
fn lists_are_read_strictly() {
    assert_eq!(only("eu-west-1,eu-west-1"), only("eu-west-1"));
    assert_ne!(only("eu-west-1,eu-west-2"), only("eu-west-2,eu-west-1"));
    for sound in ["us-gov-west-1", "ap-southeast-5", "us-iso-east-1"] {
        assert!(Regions::only([sound]).is_ok(), "{sound}");
    }
    for odd in [
        "",
        "eu",
        "eu-west",
        "EU-west-1",
        "eu-west-1 ",
        "eu--1",
        "eu-west-x",
        "eu_west_1",
        "1-2-3",
        &"a-".repeat(40),
    ] {
        assert!(
            matches!(Regions::only([odd]), Err(BadRegions::Form(_))),
            "{odd}"
        );
    }
    assert_eq!(Regions::only([]), Err(BadRegions::None));
}

#[test]
fn what_is_asked_is_never_only_the_callers_word() {
    let (any, one, two) = (
        Regions::Any,
        only("eu-west-1"),
        only("cn-north-1,eu-west-1"),
    );
    for (sentence, regions, service, partition, signed, expected) in [
        (
            "any region is as it was signed",
            &any,
            Service::S3,
            "aws",
            "x-y-1",
            Ok("x-y-1"),
        ),
        (
            "but not IAM's",
            &any,
            Service::Iam,
            "aws",
            "x-y-1",
            Ok("us-east-1"),
        ),
        (
            "in China",
            &any,
            Service::Iam,
            "aws-cn",
            "us-east-1",
            Ok("cn-north-1"),
        ),
        (
            "in GovCloud",
            &any,
            Service::Iam,
            "aws-us-gov",
            "us-east-1",
            Ok("us-gov-west-1"),
        ),
        (
            "the server's",
            &one,
            Service::S3,
            "aws",
            "eu-west-1",
            Ok("eu-west-1"),
        ),
        (
            "the server's",
            &one,
            Service::Sts,
            "aws",
            "eu-west-1",
            Ok("eu-west-1"),
        ),
        (
            "another",
            &one,
            Service::S3,
            "aws",
            "us-east-1",
            Err("eu-west-1"),
        ),
        (
            "another",
            &one,
            Service::Sts,
            "aws",
            "eu-west-2",
            Err("eu-west-1"),
        ),
        (
            "IAM's own",
            &one,
            Service::Iam,
            "aws",
            "us-east-1",
            Ok("us-east-1"),
        ),
        (
            "IAM by a client that signs for the server",
            &one,
            Service::Iam,
            "aws",
            "eu-west-1",
            Ok("us-east-1"),
        ),
        (
            "IAM of another partition",
            &one,
            Service::Iam,
            "aws-cn",
            "us-east-1",
            Err("cn-north-1"),
        ),
        (
            "IAM for nothing of ours",
            &one,
            Service::Iam,
            "aws",
            "ap-east-1",
            Err("us-east-1"),
        ),
        (
            "the second",
            &two,
            Service::S3,
            "aws",
            "eu-west-1",
            Ok("eu-west-1"),
        ),
        (
            "told is one of the partition",
            &two,
            Service::S3,
            "aws",
            "us-east-1",
            Err("eu-west-1"),
        ),
        (
            "told is one of the partition",
            &two,
            Service::S3,
            "aws-cn",
            "us-east-1",
            Err("cn-north-1"),
        ),
        (
            "if there is one",
            &one,
            Service::Sts,
            "aws-cn",
            "cn-north-1",
            Err("eu-west-1"),
        ),
    ] {
        let asked = regions.asked(service, partition, signed);
        let asked = asked.as_deref().map_err(|wrong| wrong.expected.as_str());
        assert_eq!(
            asked, expected,
            "{sentence}: {service:?} {partition} {signed}"
        );
    }
    assert_eq!(
        (any.unsigned(), one.unsigned(), two.unsigned()),
        (None, Some("eu-west-1"), None)
    );
    assert_eq!(
        (any.told("aws-cn"), one.told("aws"), two.told("aws-cn")),
        ("cn-north-1", "eu-west-1", "cn-north-1")
    );
}

#[test]
fn buckets_are_made_where_the_server_is() {
    let incompatible = Err("IllegalLocationConstraintException");
    for (regions, signed, named, expected) in [
        (Regions::Any, "us-east-1", None, Ok(())),
        (Regions::Any, "us-east-1", Some("eu-west-1"), Ok(())),
        (Regions::Any, "eu-west-1", Some("eu-west-1"), Ok(())),
        (Regions::Any, "eu-west-1", Some("EU"), Ok(())),
        (Regions::Any, "eu-west-1", None, incompatible),
        (Regions::Any, "eu-west-1", Some("eu-west-2"), incompatible),
        (
            only("us-east-1"),
            "us-east-1",
            Some("eu-west-1"),
            Err("InvalidLocationConstraint"),
        ),
        (
            only("us-east-1,eu-west-1"),
            "us-east-1",
            Some("eu-west-1"),
            Ok(()),
        ),
        (
            only("us-east-1,eu-west-1"),
            "eu-west-1",
            Some("us-west-1"),
            incompatible,
        ),
    ] {
        assert_eq!(
            regions.place(signed, named).map_err(|fault| fault.code),
            expected.map_err(Into::into),
            "{signed} {named:?}"
        );
    }
    let fault = Regions::Any.place("eu-west-1", None).unwrap_err();
    assert_eq!(
        fault.text,
        "The unspecified location constraint is incompatible for the region specific endpoint this request was sent to."
    );
}

#[test]
fn attack_40_a_region_set_covers_a_region_of_the_server_or_is_for_another() {
    let (any, one, two) = (
        Regions::Any,
        only("eu-west-1"),
        only("ap-south-1,eu-west-1"),
    );
    for (sentence, regions, service, set, expected) in [
        ("all", &one, Service::S3, "*", Ok("eu-west-1")),
        (
            "the first that is covered",
            &two,
            Service::S3,
            "*",
            Ok("ap-south-1"),
        ),
        ("a later one", &two, Service::S3, "eu-*", Ok("eu-west-1")),
        (
            "none",
            &two,
            Service::S3,
            "us-east-1,eu-west-2",
            Err("ap-south-1"),
        ),
        (
            "all, where any region is served",
            &any,
            Service::S3,
            "*",
            Ok("us-east-1"),
        ),
        (
            "one, where any is",
            &any,
            Service::S3,
            "eu-west-1",
            Ok("eu-west-1"),
        ),
        (
            "a pattern that is no region",
            &any,
            Service::S3,
            "eu-*",
            Err("us-east-1"),
        ),
        (
            "IAM is in one region",
            &one,
            Service::Iam,
            "us-*",
            Ok("us-east-1"),
        ),
        (
            "or asked in one of the server's",
            &one,
            Service::Iam,
            "eu-west-1",
            Ok("us-east-1"),
        ),
        (
            "and in no other",
            &one,
            Service::Iam,
            "ap-south-1",
            Err("eu-west-1"),
        ),
    ] {
        let covers = |region: &str| {
            set.split(',').any(|one| match one.strip_suffix('*') {
                Some(prefix) => region.starts_with(prefix),
                None => region == one,
            })
        };
        let found = regions.asked_one_of(service, "aws", set, covers);
        assert_eq!(
            found
                .as_deref()
                .map_err(|wrong: &WrongRegion| wrong.expected.as_str()),
            expected,
            "{sentence}"
        );
    }
}
