//! AssumeRole over the wire: from one role to another, across accounts, and with session tags.

use crate::stage::{Draft, Stage};
use crate::sts::{ASSUME, WHO, credentials};

pub(crate) async fn next_role(stage: &Stage) {
    let trust = r#"{"Version":"2012-10-17","Statement":[{"Effect":"Allow","Principal":{"AWS":"arn:aws:iam::000000000000:role/reporting"},"Action":["sts:AssumeRole","sts:TagSession","sts:SetSourceIdentity"]}]}"#;
    let policy = r#"{"Version":"2012-10-17","Statement":[{"Effect":"Allow","Action":"s3:GetObject","Resource":"arn:aws:s3:::payroll/*"}]}"#;
    for form in [
        format!(
            "Action=CreateRole&RoleName=next&AssumeRolePolicyDocument={}",
            wire::percent::encode(trust)
        ),
        format!(
            "Action=PutRolePolicy&RoleName=next&PolicyName=p&PolicyDocument={}",
            wire::percent::encode(policy)
        ),
    ] {
        let answer = stage
            .send(&Draft::form(
                "iam",
                &format!("{form}&Version=2010-05-08"),
                &stage.root,
            ))
            .await;
        assert_eq!(answer.status, 200, "{}", answer.text);
    }
}

#[tokio::test(flavor = "multi_thread")]
async fn a_session_becomes_another_role_and_has_its_permissions_only() {
    let stage = Stage::new().await;
    next_role(&stage).await;
    let answer = stage.send(&Draft::form("sts", ASSUME, &stage.reader)).await;
    assert_eq!(
        (answer.status, answer.element("Arn")),
        (200, "arn:aws:sts::000000000000:assumed-role/next/hop"),
        "{}",
        answer.text
    );
    let next = credentials(&answer);
    // Two sessions of one name are told apart: the record of the call says by whom, and which
    // credentials came of it.
    let records = stage
        .recorded(&format!(
            "\"accessKeyId\":\"{}\",\"mintedAccessKeyId\":\"{}\"",
            stage.reader.id, next.id
        ))
        .await;
    assert!(records.contains("sts:AssumeRole"), "{records}");
    assert_eq!(
        stage
            .send(&Draft::s3("GET", "/payroll/salaries.csv", b"", &next))
            .await
            .status,
        200
    );
    assert_eq!(
        stage
            .send(&Draft::s3("GET", "/reports/q1.csv", b"", &next))
            .await
            .code(),
        "AccessDenied"
    );
    // Who one is may always be asked, whatever is denied.
    let deny = wire::percent::encode(
        r#"{"Version":"2012-10-17","Statement":{"Effect":"Deny","Action":"*","Resource":"*"}}"#,
    );
    let put = stage
        .root_iam(&format!(
            "Action=PutRolePolicy&RoleName=next&PolicyName=no&PolicyDocument={deny}"
        ))
        .await;
    assert_eq!(put.status, 200, "{}", put.text);
    assert_eq!(
        stage
            .send(&Draft::s3("GET", "/payroll/salaries.csv", b"", &next))
            .await
            .code(),
        "AccessDenied"
    );
    assert_eq!(
        stage.send(&Draft::form("sts", WHO, &next)).await.status,
        200
    );
    let root = stage.send(&Draft::form("sts", ASSUME, &stage.root)).await;
    assert_eq!(
        (root.status, root.element("Message")),
        (403, "Roles may not be assumed by root accounts.")
    );
    let tagged =
        format!("{ASSUME}&Tags.member.1.Key=team&Tags.member.1.Value=red&SourceIdentity=alice");
    let answer = stage
        .send(&Draft::form("sts", &tagged, &stage.reader))
        .await;
    assert_eq!(
        (answer.status, answer.element("SourceIdentity")),
        (200, "alice"),
        "{}",
        answer.text
    );
    assert!((1..=100).contains(&answer.element("PackedPolicySize").parse::<u32>().unwrap()));
    let json = stage
        .send(&Draft::form("sts", ASSUME, &stage.reader).header("accept", "application/json"))
        .await;
    assert!(
        json.text
            .contains(r#"{"AssumeRoleResponse":{"AssumeRoleResult":{"#),
        "{}",
        json.text
    );
}

#[tokio::test(flavor = "multi_thread")]
async fn across_accounts_both_sides_allow_and_across_partitions_nobody_does() {
    let stage = Stage::new().await;
    let trust = r#"{"Version":"2012-10-17","Statement":[{"Effect":"Allow","Principal":{"AWS":"000000000000"},"Action":"sts:AssumeRole","Condition":{"StringEquals":{"sts:ExternalId":"deal-7"}}}]}"#;
    let mut roles = Vec::new();
    for partition in ["aws", "aws-cn"] {
        let (account, root) = stage.account(partition).await;
        let made = stage
            .iam(
                "CreateRole",
                &[("RoleName", "shared"), ("AssumeRolePolicyDocument", trust)],
                &root,
            )
            .await;
        assert_eq!(made.status, 200, "{}", made.text);
        roles.push((
            format!("arn:{partition}:iam::{account}:role/shared"),
            account,
        ));
    }
    let assume = async |role: &str, more: &str| {
        let role = wire::percent::encode(role);
        let form = format!(
            "Action=AssumeRole&Version=2011-06-15&RoleArn={role}&RoleSessionName=hop{more}"
        );
        stage.send(&Draft::form("sts", &form, &stage.reader)).await
    };
    let [(theirs, account), (abroad, _)] = roles.as_slice() else {
        panic!("two accounts")
    };
    assert_eq!(
        assume(theirs, "&ExternalId=deal-7").await.code(),
        "AccessDenied",
        "the caller's own side says nothing of it"
    );
    let policy = r#"{"Version":"2012-10-17","Statement":[{"Effect":"Allow","Action":"sts:AssumeRole","Resource":"*"}]}"#;
    let put = [
        ("RoleName", "reporting"),
        ("PolicyName", "assume"),
        ("PolicyDocument", policy),
    ];
    assert_eq!(
        stage.iam("PutRolePolicy", &put, &stage.root).await.status,
        200
    );
    assert_eq!(
        assume(theirs, "&ExternalId=deal-8").await.code(),
        "AccessDenied",
        "their side says no"
    );
    let answer = assume(theirs, "&ExternalId=deal-7").await;
    assert_eq!(answer.status, 200, "{}", answer.text);
    assert_eq!(
        answer.element("Arn"),
        format!("arn:aws:sts::{account}:assumed-role/shared/hop")
    );
    let who = stage
        .send(&Draft::form("sts", WHO, &credentials(&answer)))
        .await;
    assert_eq!(who.element("Account"), account);
    assert_eq!(
        assume(abroad, "&ExternalId=deal-7").await.code(),
        "AccessDenied",
        "another partition"
    );
}

#[tokio::test(flavor = "multi_thread")]
async fn attack_22_a_session_tag_by_another_spelling_is_the_roles_tag() {
    let stage = Stage::new().await;
    next_role(&stage).await;
    let trust = r#"{"Version":"2012-10-17","Statement":[{"Effect":"Allow","Principal":{"AWS":"arn:aws:iam::000000000000:role/reporting"},"Action":["sts:AssumeRole","sts:TagSession"]},{"Effect":"Deny","Principal":"*","Action":"sts:TagSession","Condition":{"ForAnyValue:StringEquals":{"aws:TagKeys":"team"}}}]}"#;
    let update = [("RoleName", "next"), ("PolicyDocument", trust)];
    assert_eq!(
        stage
            .iam("UpdateAssumeRolePolicy", &update, &stage.root)
            .await
            .status,
        200
    );
    let tag = [
        ("RoleName", "next"),
        ("Tags.member.1.Key", "team"),
        ("Tags.member.1.Value", "red"),
    ];
    assert_eq!(stage.iam("TagRole", &tag, &stage.root).await.status, 200);
    for (key, status) in [("team", 403), ("TEAM", 403), ("colour", 200)] {
        let form = format!("{ASSUME}&Tags.member.1.Key={key}&Tags.member.1.Value=blue");
        let answer = stage.send(&Draft::form("sts", &form, &stage.reader)).await;
        assert_eq!(answer.status, status, "{key}: {}", answer.text);
    }
}

/// What goes on is named twice, and the second list is held to the role's tags as the first is.
#[tokio::test(flavor = "multi_thread")]
async fn attack_65_a_transitive_key_by_another_spelling_is_the_roles_tag() {
    let stage = Stage::new().await;
    next_role(&stage).await;
    let trust = r#"{"Version":"2012-10-17","Statement":[{"Effect":"Allow","Principal":{"AWS":"arn:aws:iam::000000000000:role/reporting"},"Action":["sts:AssumeRole","sts:TagSession"]},{"Effect":"Deny","Principal":"*","Action":"sts:TagSession","Condition":{"ForAnyValue:StringEquals":{"sts:TransitiveTagKeys":"team"}}}]}"#;
    let update = [("RoleName", "next"), ("PolicyDocument", trust)];
    assert_eq!(
        stage
            .iam("UpdateAssumeRolePolicy", &update, &stage.root)
            .await
            .status,
        200
    );
    let tag = [
        ("RoleName", "next"),
        ("Tags.member.1.Key", "team"),
        ("Tags.member.1.Value", "red"),
    ];
    assert_eq!(stage.iam("TagRole", &tag, &stage.root).await.status, 200);
    for (key, on, status) in [
        ("team", "team", 403),
        ("TEAM", "Team", 403),
        ("TEAM", "", 200),
        ("colour", "colour", 200),
    ] {
        let on = if on.is_empty() {
            String::new()
        } else {
            format!("&TransitiveTagKeys.member.1={on}")
        };
        let form = format!("{ASSUME}&Tags.member.1.Key={key}&Tags.member.1.Value=blue{on}");
        let answer = stage.send(&Draft::form("sts", &form, &stage.reader)).await;
        assert_eq!(answer.status, status, "{key} {on}: {}", answer.text);
    }
}
