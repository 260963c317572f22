//! Shapes that show one cost each: a condition, many candidates, wildcards that must come back.

use serde_json::{Value, json};

use super::{Case, policy};

const OBJECT: &str = "arn:aws:s3:::reports/2026/q1.csv";
const NINE_STARS: &str = "a*a*a*a*a*a*a*a*a*b";

pub(super) fn cases() -> Vec<Case> {
    let one = json!({
        "Effect": "Allow", "Action": "s3:GetObject", "Resource": "arn:aws:s3:::reports/*",
        "Condition": { "StringEquals": { "aws:PrincipalTag/team": "red" } },
    });
    let hundred: Vec<Value> = (1..=100)
        .map(|n| json!({ "Effect": "Allow", "Action": "s3:GetObject", "Resource": format!("arn:aws:s3:::bucket-{n}/*") }))
        .collect();
    let mut cases = vec![
        Case::identity(
            "1 one statement, one condition",
            vec![policy(&[one])],
            "s3:GetObject",
            OBJECT,
        )
        .with("aws:PrincipalTag/team", "red"),
        Case::identity(
            "2 hundred statements, the last",
            vec![policy(&hundred)],
            "s3:GetObject",
            "arn:aws:s3:::bucket-100/x",
        ),
    ];
    let condition = json!({
        "Effect": "Allow", "Action": "s3:GetObject", "Resource": "*", "Condition": { "StringLike": { "s3:prefix": NINE_STARS } },
    });
    let resource = json!({ "Effect": "Allow", "Action": "s3:GetObject", "Resource": format!("arn:aws:s3:::reports/{NINE_STARS}") });
    for (length, in_condition, in_resource) in [
        (
            40,
            "5 nine stars, condition,   40",
            "5 nine stars, resource,    40",
        ),
        (
            400,
            "5 nine stars, condition,  400",
            "5 nine stars, resource,   400",
        ),
        (
            4000,
            "5 nine stars, condition, 4000",
            "5 nine stars, resource,  4000",
        ),
    ] {
        let text = "a".repeat(length);
        cases.push(
            Case::identity(
                in_condition,
                vec![policy(&[condition.clone()])],
                "s3:GetObject",
                OBJECT,
            )
            .with("s3:prefix", text.clone())
            .denied(),
        );
        let object = format!("arn:aws:s3:::reports/{text}");
        cases.push(
            Case::identity(
                in_resource,
                vec![policy(&[resource.clone()])],
                "s3:GetObject",
                object,
            )
            .denied(),
        );
    }
    // Few stars and a long rest: what comes back to the last star compares the whole rest again,
    // length times length.
    let tail = json!({
        "Effect": "Allow", "Action": "s3:GetObject", "Resource": "*",
        "Condition": { "StringLike": { "s3:prefix": format!("*{}b", "a".repeat(500)) } },
    });
    for (length, name) in [
        (1000, "5 long tail, condition,   1000"),
        (4000, "5 long tail, condition,   4000"),
    ] {
        let case = Case::identity(name, vec![policy(&[tail.clone()])], "s3:GetObject", OBJECT);
        cases.push(case.with("s3:prefix", "a".repeat(length)).denied());
    }
    cases
}
