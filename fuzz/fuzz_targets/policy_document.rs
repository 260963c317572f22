//! Any text as a policy document: reading never panics, and what IAM would keep can be evaluated.
#![no_main]

use libfuzzer_sys::fuzz_target;
use podpass_fuzz::{OBJECT, ask, caller};
use policy::{Context, Document, Kind, Layers, Policies, Principal, Question, Strictness};

fuzz_target!(|text: &str| {
    let evaluated = Document::read("policy", text, Strictness::Evaluate);
    for kind in [Kind::Identity, Kind::Resource, Kind::Trust, Kind::Session] {
        match Document::read("policy", text, Strictness::Write(kind)) {
            Ok(document) => {
                assert!(
                    evaluated.is_ok(),
                    "{kind:?} is written, but cannot be evaluated"
                );
                // Without context no key is ambiguous or has several values, so the document alone
                // would be to blame.
                heard(&document, kind, true);
            }
            Err(malformed) => {
                let lines =
                    u32::try_from(text.split('\n').count()).expect("libFuzzer's inputs are short");
                assert!(
                    (1..=lines).contains(&malformed.line)
                        && malformed.column > 0
                        && !malformed.because.is_empty()
                );
            }
        }
        if let Ok(document) = &evaluated {
            heard(document, kind, false);
        }
    }
});

/// Asks several people for several things.
fn heard(document: &Document, kind: Kind, sound: bool) {
    let (context, policies) = (Context::new(), Policies::from(document.clone()));
    let this = Some(&policies);
    let layers = match kind {
        Kind::Identity => Layers {
            identity: this,
            boundary: this,
            ..Layers::default()
        },
        Kind::Session => Layers {
            identity: this,
            session: this,
            ..Layers::default()
        },
        Kind::Resource => Layers {
            resource: this,
            ..Layers::default()
        },
        Kind::Trust => Layers {
            resource: this,
            resource_is_trust: true,
            ..Layers::default()
        },
    };
    let role = "arn:aws:iam::111111111111:role/app";
    let everyone = [caller(), Principal::Anonymous]
        .into_iter()
        .chain(Principal::from_arn(
            "arn:aws:iam::111111111111:oidc-provider/i.example",
        ));
    for principal in everyone {
        for (action, resource) in [
            ("s3:GetObject", OBJECT),
            ("ec2:DescribeInstances", "*"),
            ("sts:AssumeRoleWithWebIdentity", role),
            ("iam:PassRole", role),
        ] {
            let question = Question {
                principal: &principal,
                action,
                resource,
                resource_account: None,
                context: &context,
            };
            let decision = ask(&question, &layers);
            assert!(
                !sound || decision.error.is_none(),
                "{kind:?} is written, but: {:?}",
                decision.error
            );
        }
    }
}
