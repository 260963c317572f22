//! STS, but for the exchange: AssumeRole with every parameter, from sessions of the providers that the reference names.

use std::collections::BTreeSet;

use catalog::aws::Catalogue;
use catalog::{Service, query};
use wire::Words;

use super::Class::{Absent, Supplied};
use super::{NOW, Row, action, class, documented, holds, peer, session, tags, world};
use crate::assume_role::{self, Ask};
use crate::stand::Stand;

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
    // What a token said stays in its session.
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

/// What each signed operation asks for; AssumeRole for more when tags and a source identity come along.
const ASKED: [(&str, &[&str]); 3] = [
    ("AssumeRole", &["sts:AssumeRole", "sts:TagSession", "sts:SetSourceIdentity"]),
    ("GetAccessKeyInfo", &["sts:GetAccessKeyInfo"]),
    ("GetCallerIdentity", &["sts:GetCallerIdentity"]),
];

#[test]
fn every_documented_key_of_sts_is_in_its_class() {
    let (aws, world) = (Catalogue::load(), world());
    let served: BTreeSet<&str> = query::operations(Service::Sts).into_iter().collect();
    assert_eq!(served, ASKED.iter().map(|(operation, _)| *operation).collect(), "an operation is not held against the reference");
    let form = "RoleArn=arn%3Aaws%3Aiam%3A%3A000000000000%3Arole%2Fr&RoleSessionName=s2&ExternalId=42&SourceIdentity=me\
        &Tags.member.1.Key=team&Tags.member.1.Value=red&TransitiveTagKeys.member.1=team";
    let ask = Ask::read(&Words::read(form).unwrap()).unwrap();
    for (operation, actions) in ASKED {
        for name in actions {
            let (service, action) = action(&aws, name);
            let keys = documented(service, action, &["role"]);
            assert!(operation == "AssumeRole" || keys.is_empty(), "{operation} is to be driven through, for its keys {keys:?}");
            for key in keys {
                let provider = key.split_once(':').map_or("", |(prefix, _)| prefix);
                let caller = session(if provider.contains('.') { provider } else { "i.example" });
                let stand = Stand::of(&world, &caller);
                let context = assume_role::context((&stand, &caller), &ask, Some("me"), &tags(), &peer(), NOW);
                let class = class(ROWS, operation, &key);
                if let Absent(why) = class {
                    // No session can be of such a provider, so any other shows it.
                    assert!([NO_SAML, NO_OAUTH].contains(&why), "{key}");
                    let (caller, stand) = (session("i.example"), Stand::of(&world, &session("i.example")));
                    let context = assume_role::context((&stand, &caller), &ask, Some("me"), &tags(), &peer(), NOW);
                    holds(class, &context, &key, name);
                } else {
                    holds(class, &context, &key, name);
                }
            }
        }
    }
}
