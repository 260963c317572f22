//! One question over two documents, put to the interpreter and to the compiled engine: they give
//! the same answer, by the same statement. (So they do for whatever the other targets ask; here the
//! question itself is free.)
#![no_main]

use libfuzzer_sys::fuzz_target;
use podpass_fuzz::ask;
use policy::{Context, Document, Layers, Policies, Principal, Question, Strictness, Values};

// `PRINCIPAL ACTION RESOURCE`, then a line `KEY=VALUE` for each key (several values between tabs, a
// list of one after a tab; a key alone is unknown), an empty line, a document, a line `--`, another
// document.
fuzz_target!(|text: &str| {
    let Some((head, documents)) = text.split_once("\n\n") else {
        return;
    };
    let mut lines = head.lines();
    let mut words = lines.next().unwrap_or("").split(' ');
    let (Some(principal), Some(action), Some(resource)) =
        (words.next(), words.next(), words.next())
    else {
        return;
    };
    let Some(principal) = Principal::from_arn(principal) else {
        return;
    };
    let mut context = Context::new();
    for line in lines {
        let Some((key, value)) = line.split_once('=') else {
            context.insert(line, Values::Unknown);
            continue;
        };
        let list = value
            .strip_prefix('\t')
            .or_else(|| value.contains('\t').then_some(value));
        let many = |list: &str| Values::Many(list.split('\t').map(str::to_owned).collect());
        context.insert(key, list.map_or_else(|| Values::from(value), many));
    }
    let (one, other) = documents.split_once("\n--\n").unwrap_or((documents, "{}"));
    let read = |text| {
        Document::read("policy", text, Strictness::Evaluate)
            .ok()
            .map(Policies::from)
    };
    let (Some(one), Some(other)) = (read(one), read(other)) else {
        return;
    };
    let question = Question {
        principal: &principal,
        action,
        resource,
        resource_account: None,
        context: &context,
    };
    let (one, other) = (Some(&one), Some(&other));
    for layers in [
        Layers {
            identity: one,
            resource: other,
            ..Layers::default()
        },
        Layers {
            identity: one,
            boundary: other,
            ..Layers::default()
        },
        Layers {
            identity: other,
            session: one,
            resource: other,
            ..Layers::default()
        },
        Layers {
            identity: one,
            resource: other,
            resource_is_trust: true,
            ..Layers::default()
        },
    ] {
        ask(&question, &layers);
    }
});
