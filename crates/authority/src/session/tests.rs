//! What is minted opens, and nothing else does.

use std::collections::BTreeMap;

use base64::Engine as _;
use base64::engine::general_purpose::STANDARD;
use policy::AccountId;
use sigv4::SecretKey;

use super::packing::{DEFLATED, MAX_PLAIN_BYTES, SHORT_BYTES, pack, unpack};
use super::*;
use crate::assumption::Assumption;
use crate::entropy::Entropy;
use crate::keyring::{Keyring, SealingKey};
use crate::lifetime::CLOCKS_APART;

const NOW: i64 = 1_795_521_600;

fn ring(deployment: &str, numbers: &[u32]) -> Keyring {
    let keys = numbers
        .iter()
        .map(|number| (*number, SealingKey::new(&[*number as u8; 32]).unwrap()))
        .collect();
    let account = AccountId::parse("000000000000").unwrap();
    Keyring::new(deployment.to_owned(), *numbers.last().unwrap(), keys).with_root(
        "AKIAROOT".to_owned(),
        account,
        SecretKey::new("root".to_owned()),
    )
}

fn facts() -> Facts {
    Facts {
        account: AccountId::parse("000000000000").unwrap(),
        role_id: "AROAX".to_owned(),
        role_name: "reporting".to_owned(),
        session_name: "s".to_owned(),
        origin: Origin::WebIdentity {
            provider: "localhost:4567".to_owned(),
            subject: "system:serviceaccount:reports:reporting".to_owned(),
            audience: "sts.amazonaws.com".to_owned(),
            amr: Vec::new(),
        },
        issued_at: 0,
        expires_at: 0,
        revision: 7,
        policy: None,
        policy_arns: Vec::new(),
        tags: BTreeMap::new(),
        transitive: Vec::new(),
        source_identity: None,
    }
}

fn minted(ring: &Keyring, seed: u8) -> Session {
    mint(
        Assumption::of(facts(), 3600),
        ring,
        NOW,
        &mut Entropy::new([seed; 32]),
    )
    .unwrap()
}

#[test]
fn what_is_long_is_deflated_and_what_is_strange_is_nothing() {
    for length in [0, 1, SHORT_BYTES, SHORT_BYTES + 1, MAX_PLAIN_BYTES] {
        let plain = vec![b'x'; length];
        let packed = pack(&plain);
        assert_eq!(packed[0] == DEFLATED, length > SHORT_BYTES, "{length}");
        assert_eq!(unpack(&packed).as_deref(), Some(&plain[..]), "{length}");
    }
    assert!(
        STANDARD
            .encode(vec![0; crate::keyring::OVERHEAD + 1 + SHORT_BYTES])
            .len()
            <= 820
    );
    for packed in [
        &[][..],
        &[2, 1],
        &[DEFLATED],
        &pack(&vec![0; MAX_PLAIN_BYTES + 1]),
    ] {
        assert_eq!(unpack(packed), None);
    }
}

#[test]
fn a_session_opens_until_its_last_second() {
    let ring = ring("d", &[1]);
    let session = minted(&ring, 1);
    assert!(
        session.token.len() <= 800,
        "{} characters",
        session.token.len()
    );
    assert_eq!(session.secret.expose().len(), 40);
    let opened = open(
        &session.access_key_id,
        Some(&session.token),
        &ring,
        NOW + 3599,
    )
    .unwrap();
    assert_eq!(opened.secret().expose(), session.secret.expose());
    assert_eq!(
        opened.bearer,
        Bearer::Session(Box::new(session.facts.clone()))
    );
    assert_eq!(
        open(
            &session.access_key_id,
            Some(&session.token),
            &ring,
            NOW + 3600
        )
        .err(),
        Some(Refusal::Expired { at: NOW + 3600 })
    );
    assert!(!format!("{session:?} {opened:?}").contains(session.secret.expose()));
    let early = |now| open(&session.access_key_id, Some(&session.token), &ring, now).err();
    assert_eq!(
        (early(NOW - CLOCKS_APART), early(NOW - CLOCKS_APART - 1)),
        (None, Some(Refusal::Unknown)),
        "minted in the future"
    );
}

#[test]
fn attack_24_tokens_that_are_changed_moved_or_cut() {
    let ring_one = ring("d", &[1]);
    let (session, other) = (minted(&ring_one, 1), minted(&ring_one, 2));
    let refused = |id: &str, token: &str, ring: &Keyring| {
        assert_eq!(
            open(id, Some(token), ring, NOW).err(),
            Some(Refusal::Unknown)
        )
    };
    let sealed = STANDARD.decode(&session.token).unwrap();
    for place in 0..sealed.len() {
        let mut changed = sealed.clone();
        changed[place] ^= 1;
        refused(&session.access_key_id, &STANDARD.encode(changed), &ring_one);
        refused(
            &session.access_key_id,
            &STANDARD.encode(&sealed[..place]),
            &ring_one,
        );
    }
    refused(&other.access_key_id, &session.token, &ring_one);
    refused(
        &session.access_key_id,
        &session.token,
        &ring("another deployment", &[1]),
    );
    refused(&session.access_key_id, &session.token, &ring("d", &[2]));
    refused(&session.access_key_id, &"A".repeat(100_000), &ring_one);
    refused(&session.access_key_id, "not base64!", &ring_one);
    assert!(
        open(
            &session.access_key_id,
            Some(&session.token),
            &ring("d", &[1, 2]),
            NOW
        )
        .is_ok(),
        "a key that was followed by another still opens"
    );
}

#[test]
fn attack_25_to_28_credentials_that_do_not_belong_together() {
    let ring = ring("d", &[1]);
    let session = minted(&ring, 1);
    assert_eq!(
        open(&session.access_key_id, None, &ring, NOW).err(),
        Some(Refusal::TokenMissing)
    );
    assert_eq!(
        open("AKIAROOT", Some(&session.token), &ring, NOW).err(),
        Some(Refusal::TokenUnexpected)
    );
    assert_eq!(
        open("AKIANOBODY", None, &ring, NOW).err(),
        Some(Refusal::Unknown)
    );
    assert!(open("AKIAROOT", None, &ring, NOW).is_ok());
    assert_ne!(minted(&ring, 2).secret.expose(), session.secret.expose());
    // What the bearer can read, the token itself, does not yield the secret without the ring's key.
    for key in [&b""[..], b"root", &[0; 32], session.token.as_bytes()] {
        let tag = aws_lc_rs::hmac::sign(
            &aws_lc_rs::hmac::Key::new(aws_lc_rs::hmac::HMAC_SHA256, key),
            session.token.as_bytes(),
        );
        assert!(!STANDARD.encode(tag).starts_with(session.secret.expose()));
    }
}

#[test]
fn a_token_can_be_asked_to_be_longer() {
    let ring = ring("d", &[1]);
    let natural = minted(&ring, 1).token.len();
    for (least, expected) in [
        (0, natural),
        (10, natural),
        (1000, 1000),
        (1001, 1004),
        (4096, 4096),
    ] {
        let session = mint(
            Assumption::of(facts(), 3600).padded(least),
            &ring,
            NOW,
            &mut Entropy::new([1; 32]),
        )
        .unwrap();
        assert_eq!(session.token.len(), expected);
        let opened = open(&session.access_key_id, Some(&session.token), &ring, NOW).unwrap();
        assert_eq!(
            opened.bearer,
            Bearer::Session(Box::new(session.facts.clone()))
        );
    }
}

#[test]
fn a_session_that_does_not_fit_is_not_minted() {
    let ring = ring("d", &[1]);
    let mut large = facts();
    let noise = |n: u32| {
        (0..200u32)
            .map(|k| {
                char::from(
                    b'a' + (aws_lc_rs::digest::digest(
                        &aws_lc_rs::digest::SHA256,
                        &[n as u8, k as u8],
                    )
                    .as_ref()[0]
                        % 26),
                )
            })
            .collect::<String>()
    };
    large.tags = (0..50).map(|n| (format!("tag{n}"), noise(n))).collect();
    let result = mint(
        Assumption::of(large, 3600),
        &ring,
        NOW,
        &mut Entropy::new([1; 32]),
    );
    assert!(matches!(result, Err(NotMinted::TooLarge { percent, tagged: true }) if percent > 100));
}

/// Sessions outlive an upgrade. What is in the fixture was sealed by 0.1 and is never made anew.
#[test]
fn sessions_of_0_1_open_to_the_same_facts() {
    let kept: serde_json::Value =
        serde_json::from_str(include_str!("../../tests/fixtures/0.1/sessions.json")).unwrap();
    let text = |value: &serde_json::Value| value.as_str().unwrap().to_owned();
    let keys = kept["sealingKeys"]
        .as_object()
        .unwrap()
        .iter()
        .map(|(number, material)| {
            let material: [u8; 32] = STANDARD.decode(text(material)).unwrap().try_into().unwrap();
            (number.parse().unwrap(), SealingKey::new(&material).unwrap())
        });
    let ring = Keyring::new(text(&kept["deployment"]), 2, keys.collect());
    let sessions = kept["sessions"].as_array().unwrap();
    assert_eq!(sessions.len(), 3);
    for session in sessions {
        let (id, token) = (
            text(&session["accessKeyId"]),
            text(&session["sessionToken"]),
        );
        let facts: Facts = serde_json::from_value(session["facts"].clone()).unwrap();
        let opened = open(&id, Some(&token), &ring, NOW + 43_199).unwrap();
        assert_eq!(
            opened.secret().expose(),
            text(&session["secretAccessKey"]),
            "{}",
            session["what"]
        );
        assert_eq!(
            opened.bearer,
            Bearer::Session(Box::new(facts)),
            "{}",
            session["what"]
        );
    }
}
