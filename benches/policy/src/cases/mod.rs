//! The cases: policies, one request, and the answer that IAM would give.

mod load_balancer;
mod readonly;
mod role;
mod small;

use serde_json::{Value, json};

/// Who asks in every case.
pub const ROLE: &str = "arn:aws:iam::111111111111:role/app";
/// Its session.
pub const SESSION: &str = "arn:aws:sts::111111111111:assumed-role/app/session";

/// Policies as texts, a request, and the answer.
#[derive(Clone, Debug)]
pub struct Case {
    pub name: &'static str,
    pub identity: Vec<String>,
    pub boundary: Option<String>,
    pub session: Option<String>,
    /// One document a level, root first.
    pub scps: Vec<String>,
    pub action: &'static str,
    pub resource: String,
    /// All keys have one value, a text.
    pub context: Vec<(&'static str, String)>,
    pub allowed: bool,
}

/// All cases.
pub fn all() -> Vec<Case> {
    [
        small::cases(),
        load_balancer::cases(),
        readonly::cases(),
        role::cases(),
    ]
    .concat()
}

impl Case {
    /// Under identity-based policies alone.
    fn identity(
        name: &'static str,
        policies: Vec<String>,
        action: &'static str,
        resource: impl Into<String>,
    ) -> Self {
        let resource = resource.into();
        let (context, scps) = (Vec::new(), Vec::new());
        Self {
            name,
            identity: policies,
            boundary: None,
            session: None,
            scps,
            action,
            resource,
            context,
            allowed: true,
        }
    }

    fn with(mut self, key: &'static str, value: impl Into<String>) -> Self {
        self.context.push((key, value.into()));
        self
    }

    fn denied(self) -> Self {
        Self {
            allowed: false,
            ..self
        }
    }
}

fn policy(statements: &[Value]) -> String {
    json!({ "Version": "2012-10-17", "Statement": statements }).to_string()
}
