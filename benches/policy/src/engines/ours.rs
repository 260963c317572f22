//! Our own. What a case needs is leaked: the layers borrow policies, and a benchmark ends soon.

use policy::{
    Arn, Context, Document, Layers, Policies, Principal, Question, Strictness, Verdict, answer,
    decide,
};

use super::Decide;
use crate::cases::{Case, ROLE, SESSION};

pub(super) fn interpreter(case: &Case) -> Result<Decide, String> {
    let (question, layers) = (question(case)?, layers(case)?);
    Ok(Box::new(move || {
        decide(&question, &layers).verdict == Verdict::Allowed
    }))
}

pub(super) fn compiled(case: &Case) -> Result<Decide, String> {
    let (question, layers) = (question(case)?, layers(case)?);
    // The first answer compiles.
    answer(&question, &layers);
    Ok(Box::new(move || {
        answer(&question, &layers).verdict == Verdict::Allowed
    }))
}

fn question(case: &Case) -> Result<Question<'static>, String> {
    let arn = |text| Arn::parse(text).map_err(|error| error.to_string());
    let mut context = Context::new();
    for (key, value) in &case.context {
        context.insert(*key, value.clone());
    }
    Ok(Question {
        principal: leaked(Principal::Session {
            role: Some(arn(ROLE)?),
            session: arn(SESSION)?,
        }),
        action: case.action,
        resource: leaked(case.resource.clone()),
        resource_account: None,
        context: leaked(context),
    })
}

fn layers(case: &Case) -> Result<Layers<'static>, String> {
    let all = |texts: &[String]| {
        texts
            .iter()
            .map(|text| document(text))
            .collect::<Result<Policies, String>>()
    };
    let one = |text: &Option<String>| {
        let policies = text
            .as_ref()
            .map(|text| all(std::slice::from_ref(text)))
            .transpose()?;
        Ok::<_, String>(policies.map(|it| leaked(it) as &'static Policies))
    };
    let scps = case
        .scps
        .iter()
        .map(|text| all(std::slice::from_ref(text)))
        .collect::<Result<Vec<_>, String>>()?;
    Ok(Layers {
        identity: Some(leaked(all(&case.identity)?)),
        boundary: one(&case.boundary)?,
        session: one(&case.session)?,
        scps: leaked(scps),
        ..Layers::default()
    })
}

fn document(text: &str) -> Result<Document, String> {
    Document::read("policy", text, Strictness::Evaluate).map_err(|malformed| malformed.because)
}

fn leaked<T>(value: T) -> &'static T {
    Box::leak(Box::new(value))
}
