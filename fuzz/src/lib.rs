//! What the fuzz targets share: one caller, and one place where the law is asked.

use policy::{Arn, Context, Decision, Document, Layers, Principal, Question, Strictness, decide};
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

/// Every target asks here. A second engine is asked here too, and must give the same verdict.
pub fn ask(question: &Question<'_>, layers: &Layers<'_>) -> Decision {
    decide(question, layers)
}

/// Asks for an action on a resource under identity-based policies.
pub fn identity(documents: &[&Document], action: &str, resource: &str, context: &Context) -> Decision {
    let principal = caller();
    ask(
        &Question { principal: &principal, action, resource, resource_account: None, context },
        &Layers { identity: Some(documents), ..Layers::default() },
    )
}

/// A document that was written as JSON; evaluation keeps whatever it does not understand, so it is always read.
pub fn document(policy: &Value) -> Document {
    Document::read("policy", &policy.to_string(), Strictness::Evaluate).expect("a policy written by serde_json")
}
