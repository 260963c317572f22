//! Why node roles are too coarse: what one shared role grants every pod of a node, beside what each
//! role grants.

use std::sync::Arc;

use authority::grant::{CallerPolicies, judge};
use policy::{AccountId, Arn, Context, Document, Policies, Principal, Strictness, Verdict};

use super::resources::{ACCOUNT, CONTROLLER_POLICY, REPORTING_POLICY};
use super::stage::{say, title};
use crate::exit::Exit;

/// Calls that tell the roles apart.
const CALLS: [(&str, &str); 5] = [
    ("s3:GetObject", "arn:aws:s3:::reports/q1.csv"),
    ("s3:GetObject", "arn:aws:s3:::payroll/salaries.csv"),
    ("ec2:DescribeSubnets", "*"),
    (
        "ec2:CreateSecurityGroup",
        "arn:aws:ec2:us-east-1:000000000000:security-group/sg-1",
    ),
    (
        "elasticloadbalancing:CreateListener",
        "arn:aws:elasticloadbalancing:us-east-1:000000000000:loadbalancer/app/a/1",
    ),
];

pub(super) fn compare() -> Result<(), Exit> {
    title("Why not one role for the node? Every pod on it could then do all of this");
    let read = |name, text| {
        Document::read(name, text, Strictness::Evaluate)
            .map(Arc::new)
            .map_err(|bad| Exit::finding(bad.to_string()))
    };
    let (reporting, controller) = (
        read("reporting", REPORTING_POLICY)?,
        read("aws-load-balancer-controller", CONTROLLER_POLICY)?,
    );
    let columns = [
        ("role/reporting", Policies::from_iter([reporting.clone()])),
        (
            "role/aws-load-balancer-controller",
            Policies::from_iter([controller.clone()]),
        ),
        (
            "one node role for both",
            Policies::from_iter([reporting, controller]),
        ),
    ];
    let heads: Vec<&str> = columns.iter().map(|(name, _)| *name).collect();
    say(&format!("   {:<72} {}", "", heads.join("   ")));
    for (action, resource) in CALLS {
        let mut row = format!(
            "   {:<72}",
            format!(
                "{action} {}",
                resource.rsplit(':').next().unwrap_or(resource)
            )
        );
        for (name, policies) in &columns {
            let may = allows(policies, action, resource)?;
            row.push_str(&format!(
                " {:<width$}  ",
                if may { "yes" } else { "-" },
                width = name.len()
            ));
        }
        say(row.trim_end());
    }
    Ok(())
}

/// Asks the function that the gate asks.
fn allows(policies: &Policies, action: &str, resource: &str) -> Result<bool, Exit> {
    let account = AccountId::parse(ACCOUNT).map_err(|error| Exit::finding(error.to_string()))?;
    let session = Arn::parse(&format!("arn:aws:sts::{ACCOUNT}:assumed-role/node/pod"))
        .map_err(|error| Exit::finding(error.to_string()))?;
    let policies = CallerPolicies {
        principal: Principal::Session {
            role: None,
            session,
        },
        identity: Some(policies),
        boundary: None,
        session: None,
    };
    Ok(judge(
        &policies,
        None,
        action,
        resource,
        Some(&account),
        &Context::new(),
    )
    .verdict
        == Verdict::Allowed)
}
