//! Every reader under noise: whatever comes, a reader answers and does not panic, and nothing that
//! it lets in is odd.

use authority::assume_role;
use authority::keyring::{Keyring, SealingKey};
use authority::session;
use authority::web_identity::Ask;
use catalog::{Service, query, s3};
use pod::manifest;
use policy::{AskedOf, BucketFacts, Document, Kind, Strictness};
use proptest::prelude::*;
use sigv4::Claim;
use token::{Issuer, KeySet, Owner, Unverified};
use wire::{Head, Words};

/// Noise with the characters that matter to a grammar.
fn noise(alphabet: &'static str) -> impl Strategy<Value = String> {
    let letters: Vec<char> = alphabet.chars().collect();
    prop_oneof![
        proptest::collection::vec(proptest::sample::select(letters), 0..120)
            .prop_map(|all| all.into_iter().collect()),
        "\\PC{0,80}"
    ]
}

proptest! {
    #![proptest_config(ProptestConfig::with_cases(2_000))]

    #[test]
    fn tokens_and_keys(token in noise("eyJhbGci.-_=AB \n"), jwks in noise("{}[]\":,keysnktyRSA01")) {
        drop(Unverified::read(&token));
        drop(KeySet::admit(Owner::new("o"), jwks.as_bytes()));
    }

    #[test]
    fn issuers_let_in_name_one_host(text in noise("https:/.@[]?#a1localhost-")) {
        if let Ok(issuer) = Issuer::parse(&text) {
            prop_assert!(issuer.as_str().starts_with("https://") && !issuer.without_scheme().contains(['@', '?', '#', ' ']));
        }
    }

    #[test]
    fn targets_and_headers(target in noise("/%2eE.ab?&=\\+#"), value in noise("AWS4-HMAC256 Credential=/,;Signature0af")) {
        let fields = [("host", &b"localhost"[..]), ("authorization", value.as_bytes()), ("x-amz-copy-source", value.as_bytes())];
        if let Ok(head) = Head::read("GET", &format!("/{target}"), fields) {
            drop(Claim::read(&head));
            if let Ok(route) = s3::route(&head, None) {
                // A body that is missing is refused, whatever the path.
                let Ok(call) = route.call(b"") else { return Ok(()) };
                for ask in call.asks() {
                    if let catalog::Target::Template(it) = &ask.target
                        && let Some((_, key)) = it.resource.split_once('/')
                    {
                        prop_assert!((1..=1_024).contains(&key.len()) && !key.contains('\0'));
                    }
                }
            }
        }
    }

    #[test]
    fn presigned_requests(noise in noise("X-Amz-SignatureDateCredential=sts&%2F/;0a_Expires"), place in 0usize..200) {
        let whole = "/?Action=GetCallerIdentity&X-Amz-Algorithm=AWS4-HMAC-SHA256&X-Amz-Credential=AKID/20150830/us-east-1/sts/aws4_request&X-Amz-Date=20150830T123600Z&X-Amz-SignedHeaders=host&X-Amz-Signature=0000000000000000000000000000000000000000000000000000000000000000";
        let cut = whole.get(..place.min(whole.len())).unwrap_or(whole);
        for target in [format!("{cut}{noise}"), format!("{whole}&{noise}")] {
            if let Ok(head) = Head::read("GET", &target, [("host", &b"localhost"[..])]) {
                // No noise makes a signature, and what is read names its service.
                if let Ok(Some(claim)) = Claim::read(&head) {
                    prop_assert!(claim.is_presigned() && claim.scope().service == "sts");
                    prop_assert!(claim.verify(&head, sigv4::Payload::Buffered(sigv4::sha256(b"")), &sigv4::SecretKey::new("s".into()), 1_440_938_160).is_err());
                }
            }
        }
    }

    #[test]
    fn forms(text in noise("Action=&%20+.member1RoleNPy")) {
        if let Ok(words) = Words::read(&text) {
            drop(Ask::read(&words));
            drop(assume_role::Ask::read(&words));
            drop(query::call(Service::Iam, words));
        }
    }

    #[test]
    fn policies(text in noise("{}[]\":,EffctAlowDnyStamRsuVi2017-*$")) {
        for strictness in [Strictness::Evaluate, Strictness::Write(Kind::Identity), Strictness::Write(Kind::Trust), Strictness::Write(Kind::Resource)] {
            drop(Document::read("p", &text, strictness));
        }
        let any = AskedOf { anything: true, bucket: true, object: true };
        let facts = BucketFacts { bucket: "b", partition: "aws", action: &|_| any, key: &|_| true };
        // What a bucket keeps can be read again, and told of.
        if let Ok(document) = Document::read_bucket_policy(&text, &facts) {
            policy::is_public(&document);
        }
    }

    #[test]
    fn manifests(text in noise("kind: ServceAountmta{}[]-&*!|>\n\"'")) {
        drop(manifest::read("f", &text));
    }

    #[test]
    fn session_tokens(token in noise("ABCabc0123+/=")) {
        let ring = Keyring::new("d".to_owned(), 1, [(1, SealingKey::new(&[1; 32]).unwrap())].into());
        prop_assert!(session::open("ASIAQAAAAAAAAAAAAAAA", Some(&token), &ring, 0).is_err());
    }
}
