//! Whatever is changed about a token, it no longer holds.

use proptest::prelude::*;
use token::sign_claims;

use crate::{EC, Fate, RSA, fate, good_claims};

proptest! {
    #![proptest_config(ProptestConfig::with_cases(2_000))]

    #[test]
    fn a_changed_byte_never_holds(place in any::<prop::sample::Index>(), bit in 0u8..7, rsa in any::<bool>()) {
        let token = sign_claims(if rsa { &RSA } else { &EC }, &good_claims()).unwrap();
        let mut bytes = token.clone().into_bytes();
        let place = place.index(bytes.len());
        bytes[place] ^= 1 << bit;
        if let Ok(changed) = String::from_utf8(bytes) {
            prop_assert_ne!(fate(&changed), Fate::Held);
        }
    }

    #[test]
    fn parts_of_two_tokens_never_hold_together(which in 1usize..3) {
        let one = sign_claims(&RSA, &good_claims()).unwrap();
        let two = sign_claims(&RSA, &crate::claims_with(serde_json::json!({ "sub": "system:serviceaccount:ns:other" }))).unwrap();
        let mut parts: Vec<&str> = one.split('.').collect();
        parts[which] = two.split('.').nth(which).unwrap();
        let mixed = parts.join(".");
        prop_assert_ne!(fate(&mixed), Fate::Held);
    }

    #[test]
    fn any_text_is_refused_without_harm(text in "\\PC{0,200}") {
        prop_assert_ne!(fate(&text), Fate::Held);
    }
}
