//! Reads `tests/vectors`: one file a family, one row a case, each with the source of its
//! expectation.
//!
//! Case numbers are those of the project's list of tricky cases; 0 is a row beyond it. `uncertain`
//! rows have the denying reading where sources disagree or are silent. A question is what
//! `podpass simulate` reads.

use std::collections::BTreeMap;
use std::path::{Path, PathBuf};

use policy::{
    AccountId, Context, Document, Kind, Layer, Layers, Policies, Principal, Question, Strictness,
    Values, Verdict,
};
use serde::Deserialize;
use serde_json::Value;
use serde_json::value::RawValue;

/// One row: a question, a document to be written, or a scenario of the road where only the
/// authority can show it.
#[derive(Clone, Debug, Deserialize)]
#[serde(deny_unknown_fields)]
pub(crate) struct Row {
    pub(crate) case: u32,
    pub(crate) title: String,
    pub(crate) source: String,
    #[serde(default)]
    #[expect(dead_code, reason = "for readers")]
    pub(crate) uncertain: bool,
    pub(crate) question: Option<Asking>,
    pub(crate) expect: Option<Expect>,
    /// An object, or a text where the document is no JSON.
    pub(crate) document: Option<Value>,
    pub(crate) kind: Option<String>,
    pub(crate) refused: Option<String>,
    #[serde(default)]
    pub(crate) accepted: bool,
    pub(crate) road: Option<String>,
}

#[derive(Clone, Debug, Deserialize)]
#[serde(deny_unknown_fields)]
pub(crate) struct Expect {
    pub(crate) decision: Verdict,
    pub(crate) layer: Option<Layer>,
    pub(crate) sid: Option<String>,
    pub(crate) reason: Option<String>,
}

#[derive(Clone, Debug, Deserialize)]
#[serde(deny_unknown_fields)]
pub(crate) struct Asking {
    principal: String,
    action: String,
    resource: String,
    resource_account: Option<AccountId>,
    #[serde(default)]
    context: BTreeMap<String, Values>,
    identity_policies: Option<Vec<Box<RawValue>>>,
    resource_policy: Option<Box<RawValue>>,
    permissions_boundary: Option<Box<RawValue>>,
    session_policies: Option<Vec<Box<RawValue>>>,
    #[serde(default)]
    service_control_policies: Vec<Vec<Box<RawValue>>>,
    #[serde(default)]
    resource_control_policies: Vec<Vec<Box<RawValue>>>,
}

#[expect(clippy::disallowed_methods, reason = "tests read their data")]
fn read(path: &Path) -> String {
    std::fs::read_to_string(path).unwrap_or_else(|error| panic!("{}: {error}", path.display()))
}

/// The workspace's own folder.
pub(crate) fn workspace() -> PathBuf {
    Path::new(env!("CARGO_MANIFEST_DIR")).join("../..")
}

/// Every row of every family, with the family's name.
#[expect(clippy::disallowed_methods, reason = "tests read their data")]
pub(crate) fn rows() -> Vec<(String, Row)> {
    let folder = Path::new(env!("CARGO_MANIFEST_DIR")).join("tests/vectors");
    let mut files: Vec<PathBuf> = std::fs::read_dir(folder)
        .unwrap()
        .map(|entry| entry.unwrap().path())
        .collect();
    files.sort();
    let mut all = Vec::new();
    for file in files {
        let family = file.file_stem().unwrap().to_string_lossy().into_owned();
        let rows: Vec<Row> = serde_json::from_str(&read(&file))
            .unwrap_or_else(|error| panic!("{}: {error}", file.display()));
        all.extend(rows.into_iter().map(|row| (family.clone(), row)));
    }
    all
}

/// Puts every question row before a judge, with its layers.
pub(crate) fn each_question(mut judge: impl FnMut(&Row, &Question<'_>, &Layers<'_>)) {
    for (_, row) in rows() {
        if let Some(asking) = &row.question {
            ask(asking, |question, layers| judge(&row, question, layers));
        }
    }
}

/// Reads a question as `podpass simulate` does and puts it before a judge.
pub(crate) fn ask<T>(asking: &Asking, judge: impl FnOnce(&Question<'_>, &Layers<'_>) -> T) -> T {
    let one = |raw: &RawValue| Document::read("policy", raw.get(), Strictness::Evaluate).unwrap();
    let many = |raw: &Vec<Box<RawValue>>| raw.iter().map(|raw| one(raw)).collect::<Policies>();

    let principal = Principal::from_arn(&asking.principal).unwrap();
    let context = Context::from(asking.context.clone());
    let (identity, session) = (
        asking.identity_policies.as_ref().map(many),
        asking.session_policies.as_ref().map(many),
    );
    let alone = |raw: &Option<Box<RawValue>>| raw.as_deref().map(|raw| Policies::from(one(raw)));
    let (resource, boundary) = (
        alone(&asking.resource_policy),
        alone(&asking.permissions_boundary),
    );
    let scps: Vec<Policies> = asking.service_control_policies.iter().map(many).collect();
    let rcps: Vec<Policies> = asking.resource_control_policies.iter().map(many).collect();

    let question = Question {
        principal: &principal,
        action: &asking.action,
        resource: &asking.resource,
        resource_account: asking.resource_account.as_ref(),
        context: &context,
    };
    let layers = Layers {
        identity: identity.as_ref(),
        resource: resource.as_ref(),
        resource_is_trust: policy::asks_trust(&asking.action),
        boundary: boundary.as_ref(),
        session: session.as_ref(),
        scps: &scps,
        rcps: &rcps,
    };
    judge(&question, &layers)
}

impl Row {
    /// The document's text and what it is for.
    pub(crate) fn written(&self) -> Option<(String, Kind)> {
        let text = match self.document.as_ref()? {
            Value::String(text) => text.clone(),
            value => value.to_string(),
        };
        let kind = match self.kind.as_deref() {
            Some("identity") => Kind::Identity,
            Some("resource") => Kind::Resource,
            Some("trust") => Kind::Trust,
            Some("session") => Kind::Session,
            other => panic!("{}: {other:?} is no kind of document", self.title),
        };
        Some((text, kind))
    }
}
