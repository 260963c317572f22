//! AWS's tables as they are embedded: whole, and true in what everybody knows.
#![allow(
    clippy::unwrap_used,
    clippy::expect_used,
    clippy::panic,
    clippy::indexing_slicing,
    reason = "a test"
)]

use catalog::aws::{
    Action, Catalogue, KeyType, Level, Service, all_managed_policies, managed_policies,
    managed_policy,
};
use policy::{Document, Strictness};

fn names(found: &[(&Service, &Action)]) -> Vec<String> {
    found
        .iter()
        .map(|(service, action)| format!("{}:{}", service.prefix, action.name))
        .collect()
}

#[test]
fn the_embedded_services_are_whole() {
    let aws = Catalogue::load();
    let services: Vec<&Service> = aws.services().collect();
    assert!(services.len() >= 400, "{}", services.len());
    assert!(
        services
            .iter()
            .map(|service| service.prefix.as_str())
            .eq(aws.prefixes()),
        "every service that the index names is there"
    );
    let actions: usize = services.iter().map(|service| service.actions.len()).sum();
    assert!(actions >= 20_000, "{actions}");
    assert!(services.iter().filter(|service| service.rcp).count() >= 30);
    assert_eq!(aws.global_keys().len(), 59);
    for service in services {
        let prefix = &service.prefix;
        let key = |name: &str| service.keys.iter().any(|key| key.name == name);
        for action in &service.actions {
            assert!(action.all_keys().all(key), "{prefix}:{}", action.name);
            for resource in &action.resource_types {
                assert!(
                    service.resource_type(&resource.name).is_some(),
                    "{prefix}:{}",
                    action.name
                );
            }
            assert_eq!(
                aws.action(&format!("{prefix}:{}", action.name))
                    .map(|(_, found)| found),
                Some(action)
            );
        }
        for resource in &service.resource_types {
            assert!(
                resource.arn.starts_with("arn:"),
                "{prefix} {}",
                resource.name
            );
        }
        for key in &service.keys {
            assert!(
                aws.key(&key.name)
                    .is_some_and(|found| found.name.eq_ignore_ascii_case(&key.name)),
                "{}",
                key.name
            );
        }
    }
}

#[test]
fn actions_that_everybody_knows() {
    let aws = Catalogue::load();
    for (name, level, resources, wildcard_only) in [
        ("s3:GetObject", &[Level::Read][..], &["object"][..], false),
        ("S3:getobject", &[Level::Read], &["object"], false),
        ("s3:ListBucket", &[Level::List], &["bucket"], false),
        ("s3:ListAllMyBuckets", &[Level::List], &[], true),
        (
            "s3:PutBucketPolicy",
            &[Level::PermissionsManagement, Level::Write],
            &["bucket"],
            false,
        ),
        ("iam:PassRole", &[Level::Write], &["role"], false),
        (
            "iam:TagRole",
            &[Level::Tagging, Level::Write],
            &["role"],
            false,
        ),
        (
            "sts:AssumeRoleWithWebIdentity",
            &[Level::Write],
            &["role"],
            false,
        ),
        ("sts:GetCallerIdentity", &[Level::Read], &[], true),
    ] {
        let (_, action) = aws.action(name).unwrap_or_else(|| panic!("{name}"));
        assert_eq!(action.levels, level, "{name}");
        assert_eq!(action.wildcard_only(), wildcard_only, "{name}");
        let needed = |wanted: &&&str| {
            action
                .resource_types
                .iter()
                .any(|resource| resource.name == **wanted)
        };
        assert_eq!(
            resources.iter().filter(needed).count(),
            resources.len(),
            "{name}: {:?}",
            action.resource_types
        );
    }
    let (s3, get) = aws.action("s3:GetObject").unwrap();
    assert_eq!((s3.name.as_str(), s3.rcp), ("Amazon S3", true));
    // An object or one behind an access point: neither is required by itself.
    assert_eq!(
        get.resource_types
            .iter()
            .map(|of| (&*of.name, of.required))
            .collect::<Vec<_>>(),
        [("accesspointobject", false), ("object", false)]
    );
    let (_, delete) = aws.action("s3:DeleteBucket").unwrap();
    assert_eq!(
        delete
            .resource_types
            .iter()
            .map(|of| (&*of.name, of.required))
            .collect::<Vec<_>>(),
        [("bucket", true)]
    );
    assert!(
        get.all_keys()
            .any(|key| key == "s3:ExistingObjectTag/<key>")
    );
    assert_eq!(
        s3.resource_type("object").unwrap().arn,
        "arn:${Partition}:s3:::${BucketName}/${ObjectName}"
    );
    for unknown in [
        "s3:GetObjekt",
        "s3:",
        "s3",
        "",
        ":",
        "*",
        "*:GetObject",
        "s3:Get*",
        "s4:GetObject",
        "s3:GetObject:x",
    ] {
        assert!(aws.action(unknown).is_none(), "{unknown}");
    }
}

#[test]
fn services_by_prefix_whatever_its_case() {
    let aws = Catalogue::load();
    assert_eq!(
        aws.service("STS").map(|service| service.prefix.as_str()),
        Some("sts")
    );
    for unknown in ["", "*", "s3x", "s3\t", "Amazon S3"] {
        assert!(aws.service(unknown).is_none(), "{unknown:?}");
    }
}

#[test]
fn keys_as_policies_write_them() {
    let aws = Catalogue::load();
    for (written, expected) in [
        ("aws:SourceIp", Some(("aws:SourceIp", KeyType::IpAddress))),
        ("AWS:sourceip", Some(("aws:SourceIp", KeyType::IpAddress))),
        ("aws:TagKeys", Some(("aws:TagKeys", KeyType::ArrayOfString))),
        (
            "aws:PrincipalOrgPaths",
            Some(("aws:PrincipalOrgPaths", KeyType::ArrayOfString)),
        ),
        ("aws:PrincipalArn", Some(("aws:PrincipalArn", KeyType::Arn))),
        (
            "aws:SecureTransport",
            Some(("aws:SecureTransport", KeyType::Bool)),
        ),
        ("aws:CurrentTime", Some(("aws:CurrentTime", KeyType::Date))),
        (
            "aws:MultiFactorAuthAge",
            Some(("aws:MultiFactorAuthAge", KeyType::Numeric)),
        ),
        (
            "aws:RequestTag/team",
            Some(("aws:RequestTag/${TagKey}", KeyType::String)),
        ),
        (
            "aws:principaltag/a/b",
            Some(("aws:PrincipalTag/${TagKey}", KeyType::String)),
        ),
        ("aws:RequestTag/", None),
        ("aws:RequestTag", None),
        ("aws:SourceIP2", None),
        ("aws:", None),
        ("SourceIp", None),
        ("", None),
        ("s3:prefix", Some(("s3:prefix", KeyType::String))),
        ("s3:max-keys", Some(("s3:max-keys", KeyType::Numeric))),
        (
            "s3:ExistingObjectTag/team",
            Some(("s3:ExistingObjectTag/<key>", KeyType::String)),
        ),
        ("iam:PolicyARN", Some(("iam:PolicyARN", KeyType::Arn))),
        (
            "kms:EncryptionContext:app",
            Some((
                "kms:EncryptionContext:${EncryptionContextKey}",
                KeyType::String,
            )),
        ),
        (
            "ec2:SourceInstanceARN",
            Some(("ec2:SourceInstanceARN", KeyType::Arn)),
        ),
        (
            "sts:RoleSessionName",
            Some(("sts:RoleSessionName", KeyType::String)),
        ),
        (
            "accounts.google.com:aud",
            Some(("accounts.google.com:aud", KeyType::String)),
        ),
        (
            "token.actions.githubusercontent.com:ref",
            Some(("token.actions.githubusercontent.com:ref", KeyType::String)),
        ),
        ("token.actions.githubusercontent.com:sub", None),
        ("saml:aud", Some(("saml:aud", KeyType::String))),
        ("oidc.eks.eu-west-1.amazonaws.com/id/ABC:sub", None),
    ] {
        assert_eq!(
            aws.key(written).map(|key| (key.name.as_str(), key.kind)),
            expected,
            "{written}"
        );
    }
    assert!(aws.key("aws:TagKeys").unwrap().kind.is_multivalued());
    assert!(!aws.key("aws:SourceIp").unwrap().kind.is_multivalued());
}

#[test]
fn patterns_reach_what_a_plain_filter_finds() {
    let aws = Catalogue::load();
    let all: Vec<(&Service, &Action)> = aws
        .services()
        .flat_map(|s| s.actions.iter().map(move |a| (s, a)))
        .collect();
    for pattern in [
        "s3:Get*",
        "S3:gET*",
        "s3:*",
        "*",
        "*:*",
        "s3:?etObject",
        "s*:Get*",
        "s3*:*Tag*",
        "ec2:Describe*s",
        "s3:GetObject",
        "*bject:*",
        "iam:*Role*Pol?cy",
        "?3:*",
    ] {
        let expected: Vec<_> = all
            .iter()
            .filter(|(s, a)| policy::like(pattern, &format!("{}:{}", s.prefix, a.name)))
            .copied()
            .collect();
        assert_eq!(
            names(&aws.actions_like(pattern)),
            names(&expected),
            "{pattern}"
        );
    }
    assert!(aws.actions_like("s3:Get*").len() > 30);
    assert_eq!(aws.actions_like("*").len(), all.len());
    for nothing in [
        "",
        "s3",
        "s3*",
        "**",
        ":",
        "s3:",
        "s4:*",
        "s3:Gut*",
        "s3:GetObject:",
    ] {
        assert_eq!(names(&aws.actions_like(nothing)), [""; 0], "{nothing}");
    }
}

#[test]
fn every_managed_policy_is_there_and_is_a_policy() {
    /// What IAM lets customers write (`CreatePolicy`, `PolicyDocument`), and so what is read.
    const MOST: usize = 131_072;
    let (listed, all) = (managed_policies(), all_managed_policies());
    assert!(listed.len() >= 1_400, "{}", listed.len());
    assert!(listed.is_sorted_by(|a, b| a.name < b.name));
    let heads = all
        .iter()
        .map(|policy| (&policy.name, &policy.path, &policy.version));
    assert!(
        heads.eq(listed
            .iter()
            .map(|policy| (&policy.name, &policy.path, &policy.version)))
    );
    let refused = all.iter().filter_map(|policy| {
        let bad = Document::read(&policy.name, &policy.document, Strictness::Evaluate).err()?;
        Some((
            policy.name.as_str(),
            policy.document.len() > MOST,
            bad.to_string(),
        ))
    });
    // The one that AWS itself wrote longer than customers may; it hangs on a service-linked role
    // only.
    assert_eq!(
        refused.collect::<Vec<_>>(),
        [(
            "AWSSupportServiceRolePolicy",
            true,
            "Syntax errors in policy.".to_owned()
        )]
    );
    for policy in all.iter().step_by(97) {
        let arn = format!("arn:aws:iam::aws:policy{}{}", policy.path, policy.name);
        assert_eq!(managed_policy(&arn).as_ref(), Some(policy), "{arn}");
    }
}

#[test]
fn managed_policies_by_arn_to_the_letter() {
    for (arn, there) in [
        ("arn:aws:iam::aws:policy/AmazonS3ReadOnlyAccess", true),
        ("arn:aws-cn:iam::aws:policy/AmazonS3ReadOnlyAccess", true),
        (
            "arn:aws-us-gov:iam::aws:policy/AmazonS3ReadOnlyAccess",
            true,
        ),
        ("arn:aws:iam::aws:policy/AmazonEKS_CNI_Policy", true),
        ("arn:aws-cn:iam::aws:policy/AmazonEKS_CNI_Policy", false),
        (
            "arn:aws:iam::aws:policy/service-role/AWSLambdaBasicExecutionRole",
            true,
        ),
        ("arn:aws:iam::aws:policy/job-function/ViewOnlyAccess", true),
        ("arn:aws:iam::aws:policy/AWSLambdaBasicExecutionRole", false),
        (
            "arn:aws:iam::aws:policy/service-role/AmazonS3ReadOnlyAccess",
            false,
        ),
        ("arn:aws:iam::aws:policy//AmazonS3ReadOnlyAccess", false),
        (
            "arn:aws:iam::aws:policy/service-role//AWSLambdaBasicExecutionRole",
            false,
        ),
        ("arn:aws:iam::aws:policy/amazons3readonlyaccess", false),
        ("arn:aws:iam::aws:policy/AmazonS3ReadOnlyAcces", false),
        ("arn:aws:iam::aws:policy/AmazonS3ReadOnlyAccess/", false),
        (
            "arn:aws:iam::123456789012:policy/AmazonS3ReadOnlyAccess",
            false,
        ),
        (
            "arn:aws-other:iam::aws:policy/AmazonS3ReadOnlyAccess",
            false,
        ),
        ("arn:aws:iam::aws:role/AmazonS3ReadOnlyAccess", false),
        ("arn:aws:iam::aws:policyAmazonS3ReadOnlyAccess", false),
        ("arn:aws:iam::aws:policy/*", false),
        ("arn:aws:iam::aws:policy/", false),
        ("AmazonS3ReadOnlyAccess", false),
        ("", false),
    ] {
        assert_eq!(managed_policy(arn).is_some(), there, "{arn}");
    }
    let read = managed_policy("arn:aws:iam::aws:policy/AdministratorAccess").unwrap();
    assert_eq!(
        read.document,
        r#"{"Version":"2012-10-17","Statement":[{"Effect":"Allow","Action":"*","Resource":"*"}]}"#
    );
}
