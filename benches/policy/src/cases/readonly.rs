//! AWS's `ReadOnlyAccess`: one statement with more than a thousand patterns of actions.

use super::Case;

const ARN: &str = "arn:aws:iam::aws:policy/ReadOnlyAccess";

pub(super) fn cases() -> Vec<Case> {
    let policy: Vec<String> = catalog::aws::managed_policy(ARN)
        .into_iter()
        .map(|policy| policy.document)
        .collect();
    let object = "arn:aws:s3:::reports/2026/q1.csv";
    vec![
        Case::identity(
            "4 ReadOnlyAccess, allowed",
            policy.clone(),
            "s3:GetObject",
            object,
        ),
        Case::identity("4 ReadOnlyAccess, denied", policy, "s3:PutObject", object).denied(),
    ]
}
