//! `simulate FILE`: questions over policies that the file gives, every layer, by the function that
//! the gate asks.

use std::collections::BTreeMap;
use std::io::Read as _;

use authority::record::Asked;
use policy::{
    AccountId, Context, Decision, Document, Layers, Policies, Principal, Question, Strictness,
    Values, Verdict, decide,
};
use serde::Deserialize;
use serde_json::json;
use serde_json::value::RawValue;

use crate::cli::{Output, SimulateArgs};
use crate::exit::{Exit, print, print_json};

/// One question as the file has it.
#[derive(Deserialize)]
// A misspelt layer would be one that is not there, and the answer wrong.
#[serde(deny_unknown_fields)]
struct Asking<'a> {
    principal: String,
    action: String,
    resource: String,
    #[serde(default)]
    resource_account: Option<AccountId>,
    #[serde(default)]
    context: BTreeMap<String, Values>,
    #[serde(borrow, default)]
    // As text: only there a member that appears twice, and the line of a statement, can be seen.
    identity_policies: Option<Vec<&'a RawValue>>,
    #[serde(borrow, default)]
    resource_policy: Option<&'a RawValue>,
    #[serde(borrow, default)]
    permissions_boundary: Option<&'a RawValue>,
    #[serde(borrow, default)]
    session_policies: Option<Vec<&'a RawValue>>,
    #[serde(borrow, default)]
    service_control_policies: Option<Vec<Vec<&'a RawValue>>>,
    #[serde(borrow, default)]
    resource_control_policies: Option<Vec<Vec<&'a RawValue>>>,
}

pub(crate) fn run(args: &SimulateArgs) -> Result<Exit, Exit> {
    let name = args.file.display().to_string();
    let mut text = String::new();
    let read = if name == "-" {
        std::io::stdin().read_to_string(&mut text).map(drop)
    } else {
        std::fs::read_to_string(&args.file).map(|found| text = found)
    };
    read.map_err(|error| Exit::usage(format!("{name}: {error}")))?;
    let refuse = |because: String| Exit::usage(format!("{name}: {because}"));

    let is_list = text.trim_start().starts_with('[');
    let questions: Vec<Asking<'_>> = if is_list {
        serde_json::from_str(&text)
    } else {
        serde_json::from_str(&text).map(|one| vec![one])
    }
    .map_err(|error| refuse(error.to_string()))?;
    let file = File { text: &text };
    let answers = questions.iter().enumerate().map(|(place, asking)| {
        file.answer(asking).map_err(|because| {
            refuse(if is_list {
                format!("question {}: {because}", place + 1)
            } else {
                because
            })
        })
    });
    let answers: Vec<Asked> = answers.collect::<Result<_, _>>()?;

    match args.output {
        Output::Text => answers
            .iter()
            .for_each(|asked| print(&doctor::explain_question(asked).text())),
        Output::Json => {
            let mut all: Vec<_> = answers
                .iter()
                .map(|asked| as_json(&asked.decision))
                .collect();
            let shown = if is_list {
                json!(all)
            } else {
                all.pop().unwrap_or_default()
            };
            print_json(&format!("{shown:#}"));
        }
    }
    let all_allowed = answers
        .iter()
        .all(|asked| asked.decision.verdict == Verdict::Allowed);
    Ok(Exit::status(u8::from(!all_allowed)))
}

fn as_json(decision: &Decision) -> serde_json::Value {
    let mut answer = json!({
        "decision": decision.verdict,
        "layer": decision.layer,
        "statement": decision.statement,
        "trace": decision.trace,
    });
    if let (Some(error), Some(answer)) = (&decision.error, answer.as_object_mut()) {
        answer.insert("reason".to_owned(), json!("evaluation-error"));
        answer.insert("error".to_owned(), json!(error));
    }
    answer
}

/// The file that documents are in, to tell where a statement is.
struct File<'a> {
    text: &'a str,
}

impl File<'_> {
    fn answer(&self, asking: &Asking<'_>) -> Result<Asked, String> {
        let principal = Principal::from_arn(&asking.principal)
            .ok_or_else(|| format!("`{}` is not a principal", asking.principal))?;
        let mut context = Context::new();
        for (key, values) in &asking.context {
            context.insert(key.clone(), values.clone());
        }
        let identity = self.documents("identity_policies", asking.identity_policies.as_deref())?;
        let session = self.documents("session_policies", asking.session_policies.as_deref())?;
        let resource = self.document("resource_policy", asking.resource_policy)?;
        let boundary = self.document("permissions_boundary", asking.permissions_boundary)?;
        let scps = self.levels(
            "service_control_policies",
            asking.service_control_policies.as_deref(),
        )?;
        let rcps = self.levels(
            "resource_control_policies",
            asking.resource_control_policies.as_deref(),
        )?;

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
        Ok(Asked {
            action: asking.action.clone(),
            resource: asking.resource.clone(),
            decision: decide(&question, &layers),
        })
    }

    fn levels(&self, name: &str, raw: Option<&[Vec<&RawValue>]>) -> Result<Vec<Policies>, String> {
        let level = |(place, documents): (usize, &Vec<&RawValue>)| {
            self.documents(&format!("{name}[{place}]"), Some(documents))
                .map(Option::unwrap_or_default)
        };
        raw.unwrap_or_default()
            .iter()
            .enumerate()
            .map(level)
            .collect()
    }

    fn documents(&self, name: &str, raw: Option<&[&RawValue]>) -> Result<Option<Policies>, String> {
        let one = |(place, raw): (usize, &&RawValue)| self.read(&format!("{name}[{place}]"), raw);
        raw.map(|all| all.iter().enumerate().map(one).collect())
            .transpose()
    }

    fn document(&self, name: &str, raw: Option<&RawValue>) -> Result<Option<Policies>, String> {
        // `null` says what leaving it out says.
        raw.filter(|raw| raw.get() != "null")
            .map(|raw| self.read(name, raw).map(Policies::from))
            .transpose()
    }

    fn read(&self, name: &str, raw: &RawValue) -> Result<Document, String> {
        let (line, column) = self.place(raw.get());
        // Read as the gate reads what is stored: this is no check of what IAM would accept at a
        // write.
        let read = Document::read_within(name, raw.get(), (line, column), Strictness::Evaluate);
        read.map_err(|bad| {
            format!(
                "{name}, line {}, column {}: {}",
                bad.line, bad.column, bad.because
            )
        })
    }

    /// Line and column, counted from one, at which a part of the text begins.
    fn place(&self, part: &str) -> (u32, u32) {
        // The part was borrowed from this very text, so its address says where it is.
        let offset = (part.as_ptr() as usize).saturating_sub(self.text.as_ptr() as usize);
        let before = self.text.get(..offset).unwrap_or("");
        let line = before.matches('\n').count() + 1;
        let column = before.rsplit('\n').next().unwrap_or("").chars().count() + 1;
        (
            u32::try_from(line).unwrap_or(u32::MAX),
            u32::try_from(column).unwrap_or(u32::MAX),
        )
    }
}
