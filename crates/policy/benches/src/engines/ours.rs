//! Our own. What a case needs is leaked: the layers borrow documents, and a benchmark ends soon.

use policy::{Arn, Context, Document, Layers, Principal, Question, Strictness, Verdict, decide};

use super::Decide;
use crate::cases::{Case, ROLE, SESSION};

pub(super) fn interpreter(case: &Case) -> Result<Decide, String> {
    let (question, layers) = (question(case)?, layers(case)?);
    Ok(Box::new(move || decide(&question, &layers).verdict == Verdict::Allowed))
}

// The compiled engine goes here: the same `question`, and `layers` compiled before the closure is made.

fn question(case: &Case) -> Result<Question<'static>, String> {
    let arn = |text| Arn::parse(text).map_err(|error| error.to_string());
    let mut context = Context::new();
    for (key, value) in &case.context {
        context.insert(*key, value.clone());
    }
    Ok(Question {
        principal: leaked(Principal::Session { role: Some(arn(ROLE)?), session: arn(SESSION)? }),
        action: case.action,
        resource: leaked(case.resource.clone()),
        resource_account: None,
        context: leaked(context),
    })
}

fn layers(case: &Case) -> Result<Layers<'static>, String> {
    let one = |text: &Option<String>| text.as_deref().map(document).transpose();
    let session = one(&case.session)?.map(|document| &leaked(vec![document])[..]);
    let identity = case.identity.iter().map(|text| document(text)).collect::<Result<Vec<_>, _>>()?;
    let scps = case.scps.iter().map(|text| Ok(vec![document(text)?])).collect::<Result<Vec<_>, String>>()?;
    Ok(Layers {
        identity: Some(leaked(identity)),
        boundary: one(&case.boundary)?,
        session,
        scps: leaked(scps),
        ..Layers::default()
    })
}

fn document(text: &str) -> Result<&'static Document, String> {
    let read = Document::read("policy", text, Strictness::Evaluate);
    read.map(|document| leaked(document)).map_err(|malformed| malformed.because)
}

fn leaked<T>(value: T) -> &'static T {
    Box::leak(Box::new(value))
}
