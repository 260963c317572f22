//! A decision and its derivation, in the form that logs keep and the doctor reads.

use serde::{Deserialize, Serialize};

/// The answer to one question.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub enum Verdict {
    /// Something allows and nothing denies.
    Allowed,
    /// Nothing allows.
    ImplicitlyDenied,
    /// Something denies.
    ExplicitlyDenied,
}

/// Which kind of policy decided.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize)]
#[serde(rename_all = "lowercase")]
pub enum Layer {
    /// Service control policies.
    Scp,
    /// Resource control policies.
    Rcp,
    /// The resource's policy.
    Resource,
    /// The role's trust policy.
    Trust,
    /// Identity-based policies.
    Identity,
    /// The permissions boundary.
    Boundary,
    /// Session policies.
    Session,
}

/// Where a statement stands.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct StatementRef {
    /// The document's name.
    pub document: String,
    /// Counted from zero.
    pub index: usize,
    /// Its `Sid`.
    pub sid: Option<String>,
    /// Line of its opening brace, counted from one.
    pub line: u32,
    /// Column of its opening brace, counted from one.
    pub column: u32,
}

/// The decision over one question.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct Decision {
    /// The answer.
    pub verdict: Verdict,
    /// The kind of policy that decided: the one that allowed, denied, or did not allow.
    pub layer: Option<Layer>,
    /// The statement that decided; none where the lack of one did.
    pub statement: Option<StatementRef>,
    /// Set when something could not be evaluated, which denies.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub error: Option<EvaluationError>,
    /// How it came to that.
    pub trace: Trace,
}

/// Something in a policy that cannot be evaluated.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct EvaluationError {
    /// Where.
    pub statement: StatementRef,
    /// What, in words.
    pub because: String,
}

/// The derivation: every layer that was there.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
pub struct Trace {
    /// Layers in the order in which they are reported.
    pub layers: Vec<LayerTrace>,
}

/// One layer, or one level of a control policy.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct LayerTrace {
    /// Which.
    pub layer: Layer,
    /// For control policies: 0 is the organization's root.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub level: Option<usize>,
    /// What it said.
    pub outcome: LayerOutcome,
    /// Its documents.
    pub documents: Vec<DocumentTrace>,
}

/// What a layer said.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "lowercase")]
pub enum LayerOutcome {
    /// A statement allows, none denies.
    Allows,
    /// A statement denies.
    Denies,
    /// No statement applies.
    Silent,
    /// A statement cannot be evaluated.
    Error,
}

/// One document of a layer.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct DocumentTrace {
    /// Its name.
    pub name: String,
    /// Its statements in order.
    pub statements: Vec<StatementTrace>,
}

/// One statement and whether it applied.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct StatementTrace {
    /// Where it stands.
    pub statement: StatementRef,
    /// What it would do.
    pub effect: Effect,
    /// Whether it did.
    pub outcome: Outcome,
    /// Of a Deny that did: each of its conditions, and what of the request met it. A denial rests
    /// on them.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub met: Vec<MetCondition>,
}

/// A condition that the request met.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct MetCondition {
    /// The operator as written.
    pub operator: String,
    /// The key as written.
    pub key: String,
    /// The policy's values, as written.
    pub expected: Vec<String>,
    /// What the request has.
    pub actual: Vec<String>,
    /// The request has no such key, which meets this operator.
    #[serde(default, skip_serializing_if = "std::ops::Not::not")]
    pub missing: bool,
}

/// Allow or Deny.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub enum Effect {
    /// Allow
    Allow,
    /// Deny
    Deny,
}

/// Whether a statement applied.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "lowercase")]
pub enum Outcome {
    /// All elements matched.
    Applies,
    /// The first element that did not match.
    Failed(Mismatch),
    /// It cannot be evaluated.
    Error(String),
}

/// The first element of a statement that did not match.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct Mismatch {
    /// Which element.
    pub element: Element,
    /// For a condition: the operator as written.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub operator: Option<String>,
    /// For a condition: the key as written.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub key: Option<String>,
    /// What the policy has, as written.
    pub expected: Vec<String>,
    /// What the request has.
    pub actual: Vec<String>,
    /// For a condition: the request has no such key.
    #[serde(default, skip_serializing_if = "std::ops::Not::not")]
    pub missing: bool,
    /// Why it cannot be told whether it matches: what it rests on is not known here.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub untold: Option<String>,
    /// What was probably meant.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub hints: Vec<Hint>,
}

/// An element of a statement.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub enum Element {
    /// Principal
    Principal,
    /// NotPrincipal
    NotPrincipal,
    /// Action
    Action,
    /// NotAction
    NotAction,
    /// Resource
    Resource,
    /// NotResource
    NotResource,
    /// Condition
    Condition,
}

/// A near-miss: what makes expected and actual differ when they look alike.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(
    rename_all = "kebab-case",
    tag = "hint",
    rename_all_fields = "camelCase"
)]
pub enum Hint {
    /// They differ in case only.
    Case {
        /// The policy's value.
        expected: String,
    },
    /// They differ in a trailing slash only.
    TrailingSlash {
        /// The policy's value.
        expected: String,
    },
    /// A wildcard that the operator takes literally, and that would match.
    WildcardIsLiteral {
        /// The policy's value.
        expected: String,
        /// The operator that has wildcards.
        operator: String,
    },
    /// The request has this claim under another issuer's prefix.
    OtherIssuer {
        /// The key that the request has.
        present: String,
    },
    /// The value that is wanted stands under the other of `aud` and `oaud`.
    OtherAudience {
        /// The key that has it.
        present: String,
    },
    /// The request has a key whose name differs in one or two characters.
    MisspeltKey {
        /// The key that the request has.
        present: String,
    },
    /// They differ in one or two characters.
    Typo {
        /// The policy's value.
        expected: String,
    },
    /// The statement names the bucket, the request an object in it.
    BucketNotObjects {
        /// The policy's resource.
        expected: String,
    },
    /// The statement names objects, the request the bucket itself.
    ObjectsNotBucket {
        /// The policy's resource.
        expected: String,
    },
    /// The key is multivalued, which needs `ForAnyValue:` or `ForAllValues:`.
    Multivalued,
}
