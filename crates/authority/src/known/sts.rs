//! STS: AssumeRole with every parameter, from sessions of the providers that the reference names;
//! and the exchange with every claim.

use std::collections::BTreeSet;

use catalog::aws::Catalogue;
use catalog::federation::{ProviderKeys, provider_keys};
use catalog::{Service, query};
use wire::Words;

use super::Class::{Absent, Supplied, Unknown};
use super::{NOW, Row, action, arn, assert_class, class, documented, peer, session, tags, world};
use crate::assume_role::{self, Ask};
use crate::caller::CallerContext;
use crate::trust::{self, Claims};

const NO_SAML: &str = "there is no SAML";
const NO_OAUTH: &str = "its tokens are no OpenID Connect, and ProviderId is refused";

const ROWS: &[Row] = &[
    ("aws:RequestTag/${TagKey}", &[], Supplied),
    ("aws:TagKeys", &[], Supplied),
    ("aws:ResourceTag/${TagKey}", &[], Supplied),
    ("iam:ResourceTag/${TagKey}", &[], Supplied),
    ("sts:ExternalId", &[], Supplied),
    ("sts:RoleSessionName", &[], Supplied),
    ("sts:SourceIdentity", &[], Supplied),
    ("sts:TransitiveTagKeys", &[], Supplied),
    // What a token claimed stays in its session.
    ("accounts.google.com:aud", &[], Supplied),
    ("accounts.google.com:sub", &[], Supplied),
    ("cognito-identity.amazonaws.com:amr", &[], Supplied),
    ("cognito-identity.amazonaws.com:aud", &[], Supplied),
    ("cognito-identity.amazonaws.com:sub", &[], Supplied),
    ("graph.facebook.com:app_id", &[], Absent(NO_OAUTH)),
    ("graph.facebook.com:id", &[], Absent(NO_OAUTH)),
    ("www.amazon.com:app_id", &[], Absent(NO_OAUTH)),
    ("www.amazon.com:user_id", &[], Absent(NO_OAUTH)),
    ("saml:aud", &[], Absent(NO_SAML)),
    ("saml:namequalifier", &[], Absent(NO_SAML)),
    ("saml:sub", &[], Absent(NO_SAML)),
    ("saml:sub_type", &[], Absent(NO_SAML)),
];

/// What each signed operation asks for; AssumeRole for more when tags and a source identity come
/// along.
const ASKED: [(&str, &[&str]); 3] = [
    (
        "AssumeRole",
        &["sts:AssumeRole", "sts:TagSession", "sts:SetSourceIdentity"],
    ),
    ("GetAccessKeyInfo", &["sts:GetAccessKeyInfo"]),
    ("GetCallerIdentity", &["sts:GetCallerIdentity"]),
];

#[test]
fn every_documented_key_of_sts_is_in_its_class() {
    let (aws, world) = (Catalogue::load(), world());
    let served: BTreeSet<&str> = query::operations(Service::Sts).into_iter().collect();
    assert_eq!(
        served,
        ASKED.iter().map(|(operation, _)| *operation).collect(),
        "an operation is not held against the reference"
    );
    let form = "RoleArn=arn%3Aaws%3Aiam%3A%3A000000000000%3Arole%2Fr&RoleSessionName=s2&ExternalId=42&SourceIdentity=me\
        &Tags.member.1.Key=team&Tags.member.1.Value=red&TransitiveTagKeys.member.1=team";
    let ask = Ask::read(&Words::read(form).unwrap()).unwrap();
    for (operation, actions) in ASKED {
        for name in actions {
            let (service, action) = action(&aws, name);
            let keys = documented(service, action, &["role"]);
            assert!(
                operation == "AssumeRole" || keys.is_empty(),
                "{operation} is to be driven through, for its keys {keys:?}"
            );
            for key in keys {
                let provider = key.split_once(':').map_or("", |(prefix, _)| prefix);
                let caller = session(if provider.contains('.') {
                    provider
                } else {
                    "i.example"
                });
                let asker = CallerContext::of(&world, &caller);
                let context = assume_role::context(
                    (&asker, &caller),
                    &ask,
                    Some("me"),
                    &tags(),
                    &peer(),
                    NOW,
                );
                let class = class(ROWS, operation, &key);
                if let Absent(why) = class {
                    // No session can be of such a provider, so any other shows it.
                    assert!([NO_SAML, NO_OAUTH].contains(&why), "{key}");
                    let (caller, asker) = (
                        session("i.example"),
                        CallerContext::of(&world, &session("i.example")),
                    );
                    let context = assume_role::context(
                        (&asker, &caller),
                        &ask,
                        Some("me"),
                        &tags(),
                        &peer(),
                        NOW,
                    );
                    assert_class(class, &context, &key, name);
                } else {
                    assert_class(class, &context, &key, name);
                }
            }
        }
    }
}

/// A token of the provider that a key names, with every claim that STS reads.
fn claims(issuer: &str) -> Claims {
    let claimed = |(names, value): (&[&str], Option<&str>)| {
        names
            .iter()
            .map(|name| ((*name).to_owned(), value.map(str::to_owned)))
            .collect()
    };
    let provider = claimed(match provider_keys(issuer) {
        ProviderKeys::Claims(names) => (names, Some("claimed")),
        ProviderKeys::Undocumented(names) => (names, None),
    });
    Claims {
        issuer: issuer.to_owned(),
        subject: "someone".to_owned(),
        audiences: vec!["sts.amazonaws.com".to_owned()],
        amr: vec!["authenticated".to_owned()],
        email: Some("someone@example.com".to_owned()),
        tags: tags(),
        transitive: vec!["team".to_owned()],
        source_identity: Some("me".to_owned()),
        roles: Some(vec!["arn".to_owned()]),
        azp: None,
        provider,
    }
}

#[test]
fn every_documented_key_of_the_exchange_is_in_its_class() {
    let (aws, provider) = (Catalogue::load(), arn("oidc-provider/i.example"));
    let mut providers = BTreeSet::new();
    for name in [
        "sts:AssumeRoleWithWebIdentity",
        "sts:TagSession",
        "sts:SetSourceIdentity",
    ] {
        let (service, action) = action(&aws, name);
        for key in documented(service, action, &["role"])
            .iter()
            .filter(|key| !key.starts_with("saml:") && *key != "sts:ExternalId")
        {
            // What differs between issuers of one kind is filled in.
            let filled =
                key.split("${")
                    .enumerate()
                    .map(|(place, part)| match part.split_once('}') {
                        Some((_, rest)) if place > 0 => format!("x{rest}"),
                        _ => part.to_owned(),
                    });
            let is_providers = key
                .split_once(':')
                .is_some_and(|(prefix, _)| prefix.contains('.'));
            let key = if is_providers {
                filled.collect::<String>()
            } else {
                key.clone()
            };
            let issuer = key
                .split_once(':')
                .map(|(prefix, _)| prefix)
                .filter(|_| is_providers)
                .unwrap_or("i.example");
            let context = trust::context(&claims(issuer), &provider, "s1", &tags());
            let undocumented =
                is_providers && matches!(provider_keys(issuer), ProviderKeys::Undocumented(_));
            assert_class(
                if undocumented { Unknown } else { Supplied },
                &context,
                &key,
                name,
            );
            providers.insert(issuer.to_owned());
        }
    }
    assert!(providers.len() >= 14, "{providers:?}");
}

#[test]
fn whether_the_issuer_authorized_the_role_is_not_told_where_the_token_does_not_say() {
    let silent = Claims {
        roles: None,
        ..claims("i.example")
    };
    let context = trust::context(&silent, &arn("oidc-provider/i.example"), "s1", &tags());
    assert_class(
        Unknown,
        &context,
        "sts:RoleAuthorizedByIdp",
        "a token without the claim",
    );
}
