//! What an operator makes once: a provider, two roles with their policies, two buckets. All by
//! signed calls to the API.

use super::stage::{Stage, expect, say, title};
use crate::exit::Exit;

pub(super) const ACCOUNT: &str = "000000000000";
pub(super) const CONTROLLER_POLICY: &str =
    include_str!("../../../../examples/load-balancer-controller-policy.json");
pub(super) const REPORTING_POLICY: &str =
    include_str!("../../../../examples/reporting-policy.json");
const CONTROLLER_TRUST: &str =
    include_str!("../../../../examples/load-balancer-controller-trust.json");
const REPORTING_TRUST: &str = include_str!("../../../../examples/reporting-trust.json");

pub(super) async fn make(stage: &Stage) -> Result<(), Exit> {
    title(
        "1. The account trusts the cluster's issuer, and two roles trust one service account each",
    );
    stage
        .iam(
            "CreateOpenIDConnectProvider",
            &[
                ("Url", &stage.environment.issuer),
                ("ClientIDList.member.1", "sts.amazonaws.com"),
            ],
        )
        .await?;
    for (role, policy, trust) in [
        (
            "aws-load-balancer-controller",
            CONTROLLER_POLICY,
            CONTROLLER_TRUST,
        ),
        ("reporting", REPORTING_POLICY, REPORTING_TRUST),
    ] {
        // The examples name the default port; here the issuer has another one.
        let trust = trust.replace("localhost:4567", stage.issuer());
        let arn = format!("arn:aws:iam::{ACCOUNT}:policy/{role}");
        stage
            .iam(
                "CreatePolicy",
                &[("PolicyName", role), ("PolicyDocument", policy)],
            )
            .await?;
        stage
            .iam(
                "CreateRole",
                &[("RoleName", role), ("AssumeRolePolicyDocument", &trust)],
            )
            .await?;
        stage
            .iam(
                "AttachRolePolicy",
                &[("RoleName", role), ("PolicyArn", &arn)],
            )
            .await?;
        let (_, conditions) = trust.split_once("\"StringEquals\": {").unwrap_or(("", ""));
        for line in conditions.lines().filter(|line| line.contains(':')) {
            say(&format!("      trusted only if {}", line.trim()));
        }
    }
    for (bucket, key, text) in [
        ("reports", "q1.csv", "quarter,total\nq1,42\n"),
        ("payroll", "salaries.csv", "name,salary\n"),
    ] {
        let made = stage
            .client
            .s3("PUT", &format!("/{bucket}"), b"", &stage.root)
            .await
            .map_err(Exit::unreachable)?;
        expect(made.status == 200, || {
            format!("CreateBucket answered {}", made.text())
        })?;
        let put = stage
            .client
            .s3(
                "PUT",
                &format!("/{bucket}/{key}"),
                text.as_bytes(),
                &stage.root,
            )
            .await
            .map_err(Exit::unreachable)?;
        expect(put.status == 200, || {
            format!("PutObject answered {}", put.text())
        })?;
        say(&format!("   s3:PutObject s3://{bucket}/{key}"));
    }
    Ok(())
}
