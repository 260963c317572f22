//! Every row has a name of its own and a policy that exists.

use super::*;
use crate::aws;

#[test]
fn every_role_is_told_apart_and_its_policy_exists() {
    assert!(ROWS.is_sorted_by(|one, other| one.service < other.service));
    let mut roles: Vec<&str> = ROWS.iter().map(|it| it.role).collect();
    roles.sort_unstable();
    roles.dedup();
    assert_eq!(roles.len(), ROWS.len());
    for it in ROWS {
        assert!(
            it.role.starts_with(NAME_BEGINS) && it.role.len() <= 64,
            "{it:?}"
        );
        assert!(
            it.service.ends_with(".amazonaws.com") && of(it.service) == Some(it),
            "{it:?}"
        );
        let arn = format!("arn:aws:iam::aws:policy{PATH_BEGINS}{}", it.policy);
        assert!(aws::managed_policy(&arn).is_some(), "{it:?}");
    }
    for unknown in [
        "",
        "elasticloadbalancing",
        "ElasticLoadBalancing.amazonaws.com",
        "ec2.amazonaws.com",
        "sts.amazonaws.com",
    ] {
        assert_eq!(of(unknown), None, "{unknown}");
    }
}

#[test]
fn a_task_names_its_role() {
    for (task, expected) in [
        (
            "task/aws-service-role/eks.amazonaws.com/AWSServiceRoleForAmazonEKS/1-2",
            Some(("eks.amazonaws.com", "AWSServiceRoleForAmazonEKS")),
        ),
        (
            "task/aws-service-role/eks.amazonaws.com/AWSServiceRoleForAmazonEKS",
            None,
        ),
        ("task/aws-service-role/eks.amazonaws.com/a/b/c", None),
        ("task/aws-service-role//a/b", None),
        ("task/other/eks.amazonaws.com/a/b", None),
        ("x", None),
    ] {
        assert_eq!(deleted_role(task), expected, "{task}");
    }
}
