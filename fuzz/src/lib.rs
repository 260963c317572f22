//! What the fuzz targets share: one caller, and one place where policies are asked.

use policy::{
    Arn, Context, Decision, Document, Layers, Policies, Principal, Question, Strictness, answer,
    decide,
};
use serde_json::Value;

/// An object that the questions are about.
pub const OBJECT: &str = "arn:aws:s3:::reports/2026/q1.csv";

/// A role's session.
pub fn caller() -> Principal {
    let arn = |text| Arn::parse(text).expect("a sound ARN");
    Principal::Session {
        role: Some(arn("arn:aws:iam::111111111111:role/team/app")),
        session: arn("arn:aws:sts::111111111111:assumed-role/app/s1"),
    }
}

/// Every target asks here, and whatever it asks, both engines must answer alike.
pub fn ask(question: &Question<'_>, layers: &Layers<'_>) -> Decision {
    let slow = decide(question, layers);
    let fast = answer(question, layers);
    assert_eq!(
        (fast.verdict, fast.layer, fast.error),
        (slow.verdict, slow.layer, slow.error.is_some()),
        "the engines disagree"
    );
    assert_eq!(
        fast.statement,
        slow.statement.as_ref(),
        "the engines point at different statements"
    );
    slow
}

/// Asks for an action on a resource under identity-based policies.
pub fn identity(
    documents: &[&Document],
    action: &str,
    resource: &str,
    context: &Context,
) -> Decision {
    let principal = caller();
    let policies: Policies = documents
        .iter()
        .map(|document| (*document).clone())
        .collect();
    ask(
        &Question {
            principal: &principal,
            action,
            resource,
            resource_account: None,
            context,
        },
        &Layers {
            identity: Some(&policies),
            ..Layers::default()
        },
    )
}

/// A document that was written as JSON; evaluation keeps whatever it does not understand, so it is
/// always read.
pub fn document(policy: &Value) -> Document {
    Document::read("policy", &policy.to_string(), Strictness::Evaluate)
        .expect("a policy written by serde_json")
}
