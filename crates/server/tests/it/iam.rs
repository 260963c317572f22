//! IAM over the wire: how much one call may bring, what tags need, and parameters that do not fit.

use crate::stage::{Draft, Stage};
use crate::tenant::{READ, READ_TRUST};

#[tokio::test(flavor = "multi_thread")]
async fn what_one_call_may_bring_is_bounded() {
    let stage = Stage::new().await;
    let blank = READ_TRUST.replacen(',', &format!(",{}", " ".repeat(12_000)), 1);
    let put = [
        ("RoleName", "reporting"),
        ("PolicyDocument", blank.as_str()),
    ];
    assert_eq!(
        stage
            .iam("UpdateAssumeRolePolicy", &put, &stage.root)
            .await
            .code(),
        "LimitExceeded",
        "white space is not free"
    );

    let long = format!("arn:aws:iam::000000000000:policy/{}", "x".repeat(2_048));
    let answer = stage
        .iam("GetPolicy", &[("PolicyArn", &long)], &stage.root)
        .await;
    assert_eq!(answer.code(), "ValidationError", "{}", answer.text);

    let variables = "${a:xxx}".repeat(2_500);
    let policy = format!(
        r#"{{"Version":"2012-10-17","Statement":{{"Effect":"Allow","Action":"*","Resource":"arn:aws:s3:::b/{variables}"}}}}"#
    );
    let names: Vec<(String, String)> = (1..=25)
        .map(|n| (format!("ActionNames.member.{n}"), format!("s3:Get{n}")))
        .chain((1..=40).map(|n| {
            (
                format!("ResourceArns.member.{n}"),
                format!("arn:aws:s3:::b/{n}"),
            )
        }))
        .collect();
    let mut parameters: Vec<(&str, &str)> = names
        .iter()
        .map(|(name, value)| (name.as_str(), value.as_str()))
        .collect();
    parameters.push(("PolicyInputList.member.1", &policy));
    let answer = stage
        .iam("SimulateCustomPolicy", &parameters, &stage.root)
        .await;
    assert_eq!(
        answer.code(),
        "InvalidInput",
        "{}",
        answer.text.chars().take(400).collect::<String>()
    );
}

/// Within every other bound this filled in 12,000 characters 1,500 times: 150 MB, and with what a
/// form takes a gigabyte.
#[tokio::test(flavor = "multi_thread")]
async fn attack_72_a_simulation_pays_for_what_its_variables_stand_for() {
    let stage = Stage::new().await;
    let simulate = async |times: usize, length: usize| {
        let policy = format!(
            r#"{{"Version":"2012-10-17","Statement":{{"Effect":"Allow","Action":"*","Resource":"arn:aws:s3:::b/*{}"}}}}"#,
            "${aa:bb}".repeat(times)
        );
        let value = "a".repeat(length);
        let parameters = [
            ("ActionNames.member.1", "s3:GetObject"),
            ("ResourceArns.member.1", "arn:aws:s3:::b/aaaa"),
            ("PolicyInputList.member.1", &policy),
            ("ContextEntries.member.1.ContextKeyName", "aa:bb"),
            ("ContextEntries.member.1.ContextKeyType", "string"),
            ("ContextEntries.member.1.ContextKeyValues.member.1", &value),
        ];
        stage
            .iam("SimulateCustomPolicy", &parameters, &stage.root)
            .await
    };
    assert_eq!(simulate(1_500, 12_000).await.code(), "InvalidInput");
    assert_eq!(simulate(4, 1).await.element("EvalDecision"), "allowed");
}

#[tokio::test(flavor = "multi_thread")]
async fn who_may_not_tag_may_not_make_what_is_tagged() {
    let stage = Stage::new().await;
    let policy = r#"{"Version":"2012-10-17","Statement":[{"Effect":"Allow","Action":"iam:*","Resource":"*"},{"Effect":"Deny","Action":"iam:Tag*","Resource":"*"}]}"#;
    let put = [
        ("RoleName", "reporting"),
        ("PolicyName", "untagged"),
        ("PolicyDocument", policy),
    ];
    assert_eq!(
        stage.iam("PutRolePolicy", &put, &stage.root).await.status,
        200
    );
    let tags = [
        ("Tags.member.1.Key", "project"),
        ("Tags.member.1.Value", "secret"),
    ];
    for (action, own) in [
        (
            "CreateRole",
            vec![
                ("RoleName", "tagged"),
                ("AssumeRolePolicyDocument", READ_TRUST),
            ],
        ),
        (
            "CreatePolicy",
            vec![("PolicyName", "tagged"), ("PolicyDocument", READ)],
        ),
        (
            "CreateInstanceProfile",
            vec![("InstanceProfileName", "tagged")],
        ),
    ] {
        let denied = stage
            .iam(action, &[&own[..], &tags[..]].concat(), &stage.reader)
            .await;
        assert_eq!(denied.code(), "AccessDenied", "{action}: {}", denied.text);
        assert_eq!(
            stage.iam(action, &own, &stage.reader).await.status,
            200,
            "{action}"
        );
    }
}

/// A tag is the same whatever its case, and so policies must be asked.
#[tokio::test(flavor = "multi_thread")]
async fn attack_46_a_tag_by_another_spelling_is_the_tag_that_it_changes() {
    let stage = Stage::new().await;
    let policy = r#"{"Version":"2012-10-17","Statement":[{"Effect":"Allow","Action":"iam:*","Resource":"*"},{"Effect":"Deny","Action":"iam:*","Resource":"*","Condition":{"ForAnyValue:StringEquals":{"aws:TagKeys":"env"}}}]}"#;
    let put = [
        ("RoleName", "reporting"),
        ("PolicyName", "keeps-env"),
        ("PolicyDocument", policy),
    ];
    assert_eq!(
        stage.iam("PutRolePolicy", &put, &stage.root).await.status,
        200
    );
    let tag = [
        ("RoleName", "reporting"),
        ("Tags.member.1.Key", "env"),
        ("Tags.member.1.Value", "test"),
    ];
    assert_eq!(stage.iam("TagRole", &tag, &stage.root).await.status, 200);
    for key in ["env", "ENV", "Env"] {
        let tag = [
            ("RoleName", "reporting"),
            ("Tags.member.1.Key", key),
            ("Tags.member.1.Value", "production"),
        ];
        assert_eq!(
            stage.iam("TagRole", &tag, &stage.reader).await.code(),
            "AccessDenied",
            "{key}"
        );
        let untag = [
            ("RoleName", "reporting"),
            ("TagKeys.member.1", "team"),
            ("TagKeys.member.2", key),
        ];
        assert_eq!(
            stage.iam("UntagRole", &untag, &stage.reader).await.code(),
            "AccessDenied",
            "{key}"
        );
    }
    let tag = [
        ("RoleName", "reporting"),
        ("Tags.member.1.Key", "team"),
        ("Tags.member.1.Value", "red"),
    ];
    assert_eq!(stage.iam("TagRole", &tag, &stage.reader).await.status, 200);
    assert_eq!(
        stage
            .iam(
                "UntagRole",
                &[("RoleName", "reporting"), ("TagKeys.member.1", "TEAM")],
                &stage.reader
            )
            .await
            .status,
        200
    );
    let tags = stage
        .iam("ListRoleTags", &[("RoleName", "reporting")], &stage.root)
        .await;
    assert_eq!(
        (
            tags.text.matches("<Key>").count(),
            tags.element("Key"),
            tags.element("Value")
        ),
        (1, "env", "test"),
        "{}",
        tags.text
    );
}

/// A call that is refused before it is decided tells of all that does not fit too.
#[tokio::test(flavor = "multi_thread")]
async fn parameters_that_do_not_fit_are_told_together() {
    let stage = Stage::new().await;
    let long = "x".repeat(129);
    let tagged = [
        ("RoleName", long.as_str()),
        ("Tags.member.1.Key", "!"),
        ("Tags.member.1.Value", "v"),
    ];
    let answer = stage.iam("TagRole", &tagged, &stage.root).await;
    let words = "2 validation errors detected: Value at 'roleName' failed to satisfy constraint: Member must have length less than or equal to 64; Value at 'tags.1.member.key' failed";
    assert!(
        answer
            .element("Message")
            .replace("&apos;", "'")
            .starts_with(words),
        "{}",
        answer.text
    );
    let answer = stage
        .iam(
            "TagRole",
            &[("Tags.member.1.Key", "!"), ("Tags.member.1.Value", "v")],
            &stage.root,
        )
        .await;
    let words = "2 validation errors detected: Value null at 'roleName' failed to satisfy constraint: Member must not be null; Value at 'tags.1.member.key' failed";
    assert!(
        answer
            .element("Message")
            .replace("&apos;", "'")
            .starts_with(words),
        "{}",
        answer.text
    );
    let form = "Action=AssumeRole&Version=2011-06-15&DurationSeconds=1";
    let answer = stage.send(&Draft::form("sts", form, &stage.reader)).await;
    assert!(
        answer
            .element("Message")
            .starts_with("3 validation errors detected: "),
        "{}",
        answer.text
    );
}
