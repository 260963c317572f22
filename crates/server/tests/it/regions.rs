//! The regions that a server is: what it takes, what it tells who signed for another, and what
//! policies hear of it.

use crate::stage::{Answer, Credentials, Draft, Stage};

const FORM: [(&str, &str); 1] = [("content-type", "application/x-www-form-urlencoded")];

async fn s3(
    stage: &Stage,
    region: &str,
    method: &str,
    target: &str,
    body: &str,
    by: &Credentials,
) -> Answer {
    stage
        .send(&Draft::signed_for(
            region,
            (method, target),
            "s3",
            &[],
            body.as_bytes(),
            None,
            by,
        ))
        .await
}

async fn form(stage: &Stage, region: &str, service: &str, form: &str, by: &Credentials) -> Answer {
    stage
        .send(&Draft::signed_for(
            region,
            ("POST", "/"),
            service,
            &FORM,
            form.as_bytes(),
            None,
            by,
        ))
        .await
}

const WHO: &str = "Action=GetCallerIdentity&Version=2011-06-15";
const ROLES: &str = "Action=ListRoles&Version=2010-05-08";

/// Denies the reader everything on a condition.
async fn deny(stage: &Stage, condition: &str) {
    let document = format!(
        r#"{{"Version":"2012-10-17","Statement":[{{"Effect":"Deny","Action":"*","Resource":"*","Condition":{condition}}},{{"Effect":"Allow","Action":["iam:ListRoles","s3:CreateBucket","s3:GetBucketLocation"],"Resource":"*"}}]}}"#
    );
    let parameters = [
        ("RoleName", "reporting"),
        ("PolicyName", "region"),
        ("PolicyDocument", document.as_str()),
    ];
    let answer = stage.iam("PutRolePolicy", &parameters, &stage.root).await;
    assert_eq!(answer.status, 200, "{}", answer.text);
}

#[tokio::test(flavor = "multi_thread")]
async fn attack_40_a_signature_for_another_region_is_told_so_as_the_service_does() {
    let stage = Stage::in_regions(&["us-east-1", "eu-west-1"]).await;
    for region in ["us-east-1", "eu-west-1"] {
        assert_eq!(
            s3(&stage, region, "GET", "/reports/q1.csv", "", &stage.reader)
                .await
                .status,
            200,
            "{region}"
        );
        assert_eq!(
            form(&stage, region, "sts", WHO, &stage.reader).await.status,
            200,
            "{region}"
        );
        assert_eq!(
            form(&stage, region, "iam", ROLES, &stage.root).await.status,
            200,
            "{region}"
        );
    }
    let answer = s3(
        &stage,
        "ap-east-1",
        "GET",
        "/reports/q1.csv",
        "",
        &stage.reader,
    )
    .await;
    assert_eq!(
        (answer.status, answer.code(), answer.element("Region")),
        (400, "AuthorizationHeaderMalformed", "us-east-1")
    );
    let text = "The authorization header is malformed; the region 'ap-east-1' is wrong; expecting 'us-east-1'";
    assert_eq!(answer.element("Message"), text);
    assert!(
        answer.text.contains("x-amz-bucket-region: us-east-1\r\n"),
        "{}",
        answer.text
    );
    for (service, what) in [("sts", WHO), ("iam", ROLES)] {
        let answer = form(&stage, "ap-east-1", service, what, &stage.reader).await;
        assert_eq!(
            (answer.status, answer.code()),
            (403, "SignatureDoesNotMatch"),
            "{service}: {}",
            answer.text
        );
        assert_eq!(
            answer.element("Message"),
            "Credential should be scoped to a valid region."
        );
    }
    let kept = stage
        .control("GET", "/decisions/latest-denial", "")
        .await
        .json();
    assert_eq!(
        (&kept["cause"]["cause"], &kept["account"]),
        (&"region".into(), &"000000000000".into())
    );
    assert_eq!(kept["who"]["accessKeyId"], stage.reader.id.as_str());
    // Who cannot sign does not learn where the server is.
    let nobody = Credentials {
        secret: "wrong".to_owned(),
        ..stage.reader.clone()
    };
    assert_eq!(
        s3(&stage, "ap-east-1", "GET", "/", "", &nobody)
            .await
            .code(),
        "SignatureDoesNotMatch"
    );
}

#[tokio::test(flavor = "multi_thread")]
async fn attack_46_iam_is_in_its_own_region_whatever_was_signed() {
    let stage = Stage::new().await;
    deny(
        &stage,
        r#"{"StringNotEquals":{"aws:RequestedRegion":"eu-west-1"}}"#,
    )
    .await;
    assert_eq!(
        s3(
            &stage,
            "eu-west-1",
            "GET",
            "/reports/q1.csv",
            "",
            &stage.reader
        )
        .await
        .status,
        200,
        "any region is taken"
    );
    assert_eq!(
        s3(
            &stage,
            "us-east-1",
            "GET",
            "/reports/q1.csv",
            "",
            &stage.reader
        )
        .await
        .code(),
        "AccessDenied"
    );
    for region in ["eu-west-1", "us-east-1"] {
        assert_eq!(
            form(&stage, region, "iam", ROLES, &stage.reader)
                .await
                .code(),
            "AccessDenied",
            "{region}"
        );
    }
    deny(
        &stage,
        r#"{"StringNotEquals":{"aws:RequestedRegion":"us-east-1"}}"#,
    )
    .await;
    assert_eq!(
        form(&stage, "eu-west-1", "iam", ROLES, &stage.reader)
            .await
            .status,
        200
    );
}

#[tokio::test(flavor = "multi_thread")]
async fn a_bucket_is_made_where_the_server_is_and_says_so() {
    let stage = Stage::in_regions(&["us-east-1", "eu-west-1"]).await;
    let named = |name: &str| {
        format!(
            "<CreateBucketConfiguration><LocationConstraint>{name}</LocationConstraint></CreateBucketConfiguration>"
        )
    };
    // Whoever may not create hears nothing of the server's regions; what is no constraint at all is
    // refused for everybody.
    for (region, body, code, of_others) in [
        (
            "eu-west-1",
            String::new(),
            "IllegalLocationConstraintException",
            "AccessDenied",
        ),
        (
            "eu-west-1",
            named("us-west-1"),
            "IllegalLocationConstraintException",
            "AccessDenied",
        ),
        (
            "us-east-1",
            named("us-west-1"),
            "InvalidLocationConstraint",
            "AccessDenied",
        ),
        (
            "us-east-1",
            named("us-east-1"),
            "InvalidLocationConstraint",
            "InvalidLocationConstraint",
        ),
        (
            "us-east-1",
            named("nowhere"),
            "InvalidLocationConstraint",
            "InvalidLocationConstraint",
        ),
    ] {
        let answer = s3(&stage, region, "PUT", "/made-somewhere", &body, &stage.root).await;
        assert_eq!(
            (answer.status, answer.code()),
            (400, code),
            "{region} {body}: {}",
            answer.text
        );
        let denied = s3(
            &stage,
            region,
            "PUT",
            "/made-somewhere",
            &body,
            &stage.reader,
        )
        .await;
        assert_eq!(denied.code(), of_others, "{region} {body}: {}", denied.text);
    }
    assert_eq!(
        s3(
            &stage,
            "us-east-1",
            "HEAD",
            "/made-somewhere",
            "",
            &stage.root
        )
        .await
        .status,
        404,
        "nothing was made"
    );
    for (region, body) in [
        ("eu-west-1", named("eu-west-1")),
        ("us-east-1", named("eu-west-1")),
        ("us-east-1", String::new()),
    ] {
        let answer = s3(&stage, region, "PUT", "/made-somewhere", &body, &stage.root).await;
        assert_eq!(answer.status, 200, "{region} {body}: {}", answer.text);
        let answer = s3(
            &stage,
            region,
            "GET",
            "/made-somewhere?location",
            "",
            &stage.root,
        )
        .await;
        let expected = if region == "us-east-1" { "" } else { region };
        assert_eq!(
            (answer.status, answer.element("Code")),
            (200, ""),
            "{}",
            answer.text
        );
        assert!(
            answer
                .text
                .ends_with(&format!("2006-03-01/\">{expected}</LocationConstraint>")),
            "{}",
            answer.text
        );
        assert_eq!(
            s3(&stage, region, "DELETE", "/made-somewhere", "", &stage.root)
                .await
                .status,
            204
        );
    }
}
