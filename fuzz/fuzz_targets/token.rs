//! What comes from strangers before anything is proved: a token, a key set, a discovery document.
//! Reading never panics, a key set has no more keys than it may, and no token is believed that
//! nobody signed.
#![no_main]

use std::sync::LazyLock;
use std::time::Duration;

use libfuzzer_sys::fuzz_target;
use token::{
    Expectation, Issuer, KeySet, Owner, SigningKey, Unverified, public_jwks, read_discovery,
};

/// A key of each kind, made at start: nothing that the fuzzer finds can carry its signature.
static KEYS: LazyLock<KeySet> = LazyLock::new(|| {
    let keys: Vec<SigningKey> = [token::Algorithm::Rs256, token::Algorithm::Es256]
        .map(|algorithm| SigningKey::generate(algorithm).expect("a key"))
        .into();
    let jwks = public_jwks(&keys.iter().collect::<Vec<_>>());
    KeySet::admit(Owner::new("provider"), jwks.as_bytes())
        .expect("our own key set")
        .0
});

// The first line says what the rest is.
fuzz_target!(|bytes: &[u8]| {
    let Some(end) = bytes.iter().position(|byte| *byte == b'\n') else {
        return;
    };
    let (kind, rest) = (&bytes[..end], &bytes[end + 1..]);
    match kind {
        b"token" => {
            let Some(unverified) = std::str::from_utf8(rest)
                .ok()
                .and_then(|text| Unverified::read(text).ok())
            else {
                return;
            };
            let clients = ["sts.amazonaws.com".to_owned()];
            let issuer = unverified.issuer().to_owned();
            let expectation = Expectation {
                issuer: &issuer,
                client_ids: &clients,
                max_age: Duration::from_secs(u64::from(u32::MAX)),
                claims: &["actor"],
            };
            assert!(
                unverified
                    .verify(&KEYS, &expectation, 1_800_000_000)
                    .is_err(),
                "believed what nobody signed"
            );
        }
        b"keys" => drop(KeySet::admit(Owner::new("provider"), rest)),
        b"discovery" => {
            let issuer = Issuer::parse("https://issuer.example/id/1").expect("an issuer");
            drop(read_discovery(&issuer, rest));
        }
        _ => {}
    }
});
