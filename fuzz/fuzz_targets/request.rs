//! The head and the body of a request as any client may send them: reading, the claim of a
//! signature, S3's route and the forms of IAM and STS never panic, and what a route asks of
//! policies is in one bucket and one key, or not understood.
#![no_main]

use catalog::{Service, query, s3};
use libfuzzer_sys::fuzz_target;
use sigv4::Claim;
use wire::{Head, Words};

// `METHOD TARGET`, a line `NAME: VALUE` for each header, an empty line, the body.
fuzz_target!(|text: &str| {
    let (head, body) = text.split_once("\n\n").unwrap_or((text, ""));
    if let Ok(words) = Words::read(body) {
        for service in [Service::Iam, Service::Sts] {
            if let Ok(form) = Words::read(body) {
                drop(query::call(service, form));
            }
        }
        assert!(words.iter().count() <= wire::MAX_WORDS);
    }
    let mut lines = head.lines();
    let Some((method, target)) = lines.next().and_then(|line| line.split_once(' ')) else {
        return;
    };
    let fields: Vec<(&str, &[u8])> = lines
        .filter_map(|line| line.split_once(": "))
        .map(|(name, value)| (name, value.as_bytes()))
        .collect();
    let Ok(head) = Head::read(method, target, fields) else {
        return;
    };
    drop(Claim::read(&head));
    if let Ok(route) = s3::route(&head, None)
        && let Ok(call) = route.call(body.as_bytes())
    {
        assert!(
            call.asks().next().is_some(),
            "{} asks nothing of any policy",
            call.operation
        );
    }
});
