//! The AWS Load Balancer Controller's own policy: a tag condition that a late statement meets, and
//! the same without the tag.

use super::Case;

const POLICY: &str = include_str!("../../../../examples/load-balancer-controller-policy.json");
const GROUP: &str = "arn:aws:ec2:eu-west-1:111111111111:security-group/sg-0123456789abcdef0";

pub(super) fn cases() -> Vec<Case> {
    let policy = vec![POLICY.to_owned()];
    vec![
        Case::identity(
            "3 load balancer, allowed",
            policy.clone(),
            "ec2:CreateTags",
            GROUP,
        )
        .with("aws:RequestedRegion", "eu-west-1")
        .with("aws:ResourceTag/elbv2.k8s.aws/cluster", "demo"),
        Case::identity("3 load balancer, denied", policy, "ec2:CreateTags", GROUP)
            .with("aws:RequestedRegion", "eu-west-1")
            .with("aws:ResourceTag/team", "red")
            .denied(),
    ]
}
